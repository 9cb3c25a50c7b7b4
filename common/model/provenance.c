/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the life of what is known of a writer.
 * Does not own: finding it out (watchers/process.h).
 */
#include "common/model/provenance.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/model/container.h"
#include "common/model/event.h"
#include "common/model/mount-view.h"

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

void provenance_set_raw_command(struct provenance *p, char *raw, size_t n)
{
        p->raw_command = raw;
        p->raw_command_cut = n > PROVENANCE_COMMAND_MAX;
        if (p->raw_command_cut)
                explicit_bzero(raw + PROVENANCE_COMMAND_MAX, n - PROVENANCE_COMMAND_MAX);
        p->raw_command_size = MIN_OF(n, (size_t)PROVENANCE_COMMAND_MAX);
}

static void wipe_command(struct provenance *p)
{
        if (p->raw_command)
                explicit_bzero(p->raw_command, p->raw_command_size);
        free(p->raw_command);
        p->raw_command = NULL;
        p->raw_command_size = 0;
}

/* What was said of it: it says something else by now. */
static void forget_told(struct provenance *p)
{
        free(p->json);
        p->json = NULL;
        p->told = event_free(p->told);
}

void provenance_set_command(struct provenance *p, const char *shown, bool clean)
{
        if (!p->raw_command)
                return;
        wipe_command(p);
        p->command = strdup(shown);
        p->command_clean = clean && p->command;
        p->command_missing = p->command ? NULL : "out of memory";
        forget_told(p);
}

void provenance_miss_command(struct provenance *p, const char *missing)
{
        if (!p->raw_command)
                return;
        wipe_command(p);
        p->command_missing = missing;
        forget_told(p);
}

void provenance_set_container(struct provenance *p, struct container_facts *facts)
{
        struct container_facts *old = p->container_facts;

        if (old == facts)
                return;
        p->container_facts = container_facts_ref(facts);
        (void)container_facts_unref(old);
        forget_told(p);
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
        wipe_command(p);
        free(p->command);
        forget_told(p);
        (void)container_facts_unref(p->container_facts);
        (void)mount_view_unref(p->mounts);
        free(p->exe);
        free(p->cgroup);
        free(p->unit);
        free(p->container);
        free(p->terminal);
        free(p->agent);
        free(p);
        return NULL;
}
