/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the life of what is known of a writer.
 * Does not own: finding it out (watchers/process.h).
 */
#include "common/model/provenance.h"

#include <stdlib.h>

struct provenance *provenance_new(pid_t pid)
{
        struct provenance *p = calloc(1, sizeof(*p));

        if (!p)
                return NULL;
        p->refs = 1;
        p->pid = pid;
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
        free(p->exe);
        free(p->cgroup);
        free(p->unit);
        free(p->container);
        free(p->terminal);
        free(p);
        return NULL;
}
