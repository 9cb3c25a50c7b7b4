/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the watchers, and driving them.
 * Does not own: workspaces (workspaces.c); what the watchers tell goes straight to the handler.
 */
#include "daemon/back-ends.h"

#include <errno.h>

#include "common/base/macros.h"

static void schedule(struct back_end_slot *slot)
{
        if (slot->watcher)
                driver_schedule(&slot->driver, slot->watcher->vtable->deadline(slot->watcher));
}

static void run(void *userdata)
{
        struct back_end_slot *slot = userdata;

        (void)slot->watcher->vtable->dispatch(slot->watcher, clock_monotonic());
        schedule(slot);
}

static int start(struct back_ends *b, enum back_end back_end)
{
        struct back_end_slot *slot = &b->slots[back_end];
        const struct watcher_vtable *v = watcher_by_name(back_end_to_string(back_end));

        if (slot->watcher)
                return 0;
        if (!v)
                return -ENOSYS;
        int k = v->new (&slot->watcher, &b->handler, &b->limits);
        if (k < 0)
                return k;
        /* the kernel's queue is emptied before anything else is done */
        k = driver_init(&slot->driver, b->event, v->fd(slot->watcher),
                        SD_EVENT_PRIORITY_NORMAL - 10, run, slot);
        if (k < 0) {
                driver_done(&slot->driver);
                slot->watcher = v->free(slot->watcher);
                return k;
        }
        v->set_agents(slot->watcher, b->agents);
        return 0;
}

int back_ends_start(struct back_ends *b)
{
        return start(b, BACK_END_INOTIFY);
}

void back_ends_done(struct back_ends *b)
{
        for (size_t i = 0; i < _BACK_END_MAX; i++) {
                struct back_end_slot *slot = &b->slots[i];

                driver_done(&slot->driver);
                if (slot->watcher)
                        slot->watcher = slot->watcher->vtable->free(slot->watcher);
        }
        b->agents = agents_unref(b->agents);
}

static int add(struct back_ends *b, enum back_end back_end, const struct watcher_workspace *ws)
{
        struct back_end_slot *slot = &b->slots[back_end];
        int k = start(b, back_end);

        if (k == 0)
                k = slot->watcher->vtable->add_workspace(slot->watcher, ws);
        schedule(slot);
        return k;
}

int back_ends_add(struct back_ends *b, enum back_end wanted, const struct watcher_workspace *ws,
                  enum back_end *ret, int *ret_refused)
{
        int k = add(b, wanted, ws);

        *ret = wanted;
        *ret_refused = 0;
        if (k >= 0 || wanted == BACK_END_INOTIFY)
                return k;
        *ret_refused = k;
        *ret = BACK_END_INOTIFY;
        k = add(b, BACK_END_INOTIFY, ws);
        return k < 0 ? k : 1;
}

void back_ends_remove(struct back_ends *b, enum back_end back_end, uint32_t id)
{
        struct watcher *w = b->slots[back_end].watcher;

        if (w)
                w->vtable->remove_workspace(w, id);
}

void back_ends_rewalk(struct back_ends *b, enum back_end back_end, uint32_t id)
{
        struct watcher *w = b->slots[back_end].watcher;

        if (w)
                (void)w->vtable->rewalk(w, id);
        schedule(&b->slots[back_end]);
}

void back_ends_ignore(struct back_ends *b, int fd)
{
        for (size_t i = 0; i < _BACK_END_MAX; i++) {
                struct watcher *w = b->slots[i].watcher;

                if (w)
                        w->vtable->ignore(w, fd);
        }
}

void back_ends_schedule(struct back_ends *b)
{
        for (size_t i = 0; i < _BACK_END_MAX; i++)
                schedule(&b->slots[i]);
}

void back_ends_set_agents(struct back_ends *b, struct agents *agents)
{
        struct agents *old = b->agents;

        b->agents = agents_ref(agents);
        (void)agents_unref(old);
        for (size_t i = 0; i < _BACK_END_MAX; i++)
                if (b->slots[i].watcher)
                        b->slots[i].watcher->vtable->set_agents(b->slots[i].watcher, agents);
}

void back_ends_stats(const struct back_ends *b, struct watcher_stats *ret)
{
        *ret = (struct watcher_stats){0};
        for (size_t i = 0; i < _BACK_END_MAX; i++) {
                const struct watcher *w = b->slots[i].watcher;
                struct watcher_stats s;

                if (!w)
                        continue;
                w->vtable->stats(w, &s);
                ret->events += s.events;
                ret->candidates += s.candidates;
                ret->overflows += s.overflows;
                ret->directories += s.directories;
                ret->polled += s.polled;
                ret->walked += s.walked;
                ret->pending += s.pending;
        }
}
