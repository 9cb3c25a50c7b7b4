/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the life of what is known of a writer.
 * Does not own: finding it out (watchers/process.h).
 */
#include "common/model/provenance.h"

#include <fcntl.h>
#include <stdlib.h>

#define HELD_MAX 512u /* pidfds of all together */

static _Atomic unsigned held;

void provenance_keep(struct provenance *p, int pidfd)
{
        if (p->pidfd >= 0 || pidfd < 0 || held >= HELD_MAX)
                return;
        p->pidfd = fcntl(pidfd, F_DUPFD_CLOEXEC, 3);
        held += p->pidfd >= 0;
}

struct provenance *provenance_new(pid_t pid)
{
        struct provenance *p = calloc(1, sizeof(*p));

        if (!p)
                return NULL;
        p->refs = 1;
        p->pid = pid;
        p->pidfd = -1;
        p->uid = p->gid = p->login_uid = p->session = PROVENANCE_NONE;
        return p;
}

struct provenance *provenance_ref(struct provenance *p)
{
        if (p)
                p->refs++;
        return p;
}

struct provenance *provenance_unref(struct provenance *p)
{
        if (!p || --p->refs > 0)
                return NULL;
        for (unsigned i = 0; i < p->n_ancestors; i++)
                free(p->ancestors[i].exe);
        held -= p->pidfd >= 0;
        p->pidfd = fd_close(p->pidfd);
        free(p->json);
        free(p->exe);
        free(p->cgroup);
        free(p->unit);
        free(p->container);
        free(p->terminal);
        free(p->agent);
        free(p);
        return NULL;
}
