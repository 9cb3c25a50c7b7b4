/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what the gate asks of the pipeline, and is told by it.
 * Does not own: who waits, and how long (watchers/gate.h).
 */
#include <fcntl.h>

#include "daemon/pipeline-internal.h"

void pipeline_answer_gate(struct pipeline *p, struct work_item *item, bool allow)
{
        uint64_t ticket = item->ticket;

        item->ticket = 0;
        if (p->host.judged && (ticket > 0 || !allow || item->settled))
                p->host.judged(p->host.userdata, ticket, item->fd, &item->id, allow);
}

static struct work_item *add_wanted(struct pipeline *p, const struct gate_request *r)
{
        /* a file without a name is scanned under one that no rule is for */
        const char *path = *r->path ? r->path : "unnamed";
        int fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);
        struct work_item *item =
                fd >= 0 ? work_add(p->work, &r->id, r->workspace, path, fd, NULL) : NULL;

        if (!item)
                return NULL;
        item->mode = r->mode;
        item->owner = r->owner;
        item->links = 1;
        item->settled = r->final;
        item->cause = WORK_GATE;
        item->fresh = true;
        item->likely = likely_path(p->likely, path);
        work_wait(p->work, item, false);
        return item;
}

void pipeline_wanted(struct pipeline *p, const struct gate_request *r)
{
        struct workspace *ws = p->host.workspace(p->host.userdata, r->workspace);
        struct work_item *item = work_find(p->work, &r->id);

        if (!ws || !p->host.judged)
                return;
        /* not what is known of it: who writes through a mapping changes no time */
        if (!item)
                item = add_wanted(p, r);
        if (!item)
                return; /* out of memory or descriptors: who waits is answered when the time is up */
        item->ticket = r->ticket;
        /* what a scanner has of it already may be older than what is asked about */
        if (pipeline_recall(p, item, false))
                work_wait(p->work, item, false);
        else
                work_place(p->work, item);
        pipeline_pump(p);
}
