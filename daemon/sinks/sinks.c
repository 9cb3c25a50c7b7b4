/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which outputs there are, the change from one configuration's to the next one's, and what is
 * told of them. Does not own: how a record looks or travels (each sink's own file); delivering it
 * (courier.c and what it uses).
 *
 *   sinks_emit() ─► one shared event, counted ─► every courier's queue; the last one frees it
 *
 * Losses are told at most once a second; those that the telling itself causes are counted, but ask
 * for no further telling, or a dead receiver would be reported for ever.
 */
#include "daemon/sinks/sinks.h"

#include <dirent.h>
#include <string.h>
#include <sys/eventfd.h>

#include "daemon/sinks/aside.h"
#include "daemon/sinks/courier.h"
#include "daemon/sinks/sink-table.h"

#define TELL_INTERVAL USEC_PER_SEC
/* a receiver whose socket is full for a moment is not worth a word */
#define DOWN_GRACE USEC_PER_SEC
/* nor a courier that has not been heard of, since a disk took its time, or the processor was another's */
#define HANG_GRACE (3 * USEC_PER_SEC)
#define OUTPUTS_MAX 16

struct entry {
        struct courier *courier;
        bool told_down, told_spool_failed;
        usec_t lost_tell_at, down_tell_at; /* not before */
        bool retired;                      /* it is no output any more, but has to end */
};

struct sinks {
        struct sinks_handler handler;
        char *directory;
        int wake_fd;
        struct entry entries[OUTPUTS_MAX];
        size_t n;
        usec_t check_at; /* whether something hangs, and what could not be told yet; 0: never */
        bool telling;
};

struct sinks_next {
        struct sinks *sinks;
        struct {
                struct sink *sink;
                struct courier *fresh; /* NULL: there is one of that name */
        } wanted[OUTPUTS_MAX];
        size_t n;
};

int sinks_new(struct sinks **ret, const struct sinks_handler *handler, const char *directory)
{
        struct sinks *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        if (handler)
                s->handler = *handler;
        s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        int k = s->wake_fd < 0 ? -errno : 0;
        s->directory = directory ? strdup(directory) : NULL;
        if (k < 0 || (directory && !s->directory)) {
                (void)sinks_free(s, 0);
                return k < 0 ? k : -ENOMEM;
        }
        *ret = s;
        return 0;
}

struct sinks *sinks_free(struct sinks *s, usec_t limit)
{
        usec_t until = clock_monotonic() + limit;

        if (!s)
                return NULL;
        for (size_t i = 0; i < s->n; i++)
                courier_stop(s->entries[i].courier, until);
        for (size_t i = 0; i < s->n; i++) {
                /* what was told to retire is let finish that too */
                (void)courier_wait(s->entries[i].courier, until);
                (void)courier_free(s->entries[i].courier);
        }
        (void)fd_close(s->wake_fd);
        free(s->directory);
        free(s);
        return NULL;
}

static struct entry *entry_named(struct sinks *s, const char *name)
{
        for (size_t i = 0; i < s->n; i++)
                if (!s->entries[i].retired &&
                    strcmp(courier_name(s->entries[i].courier), name) == 0)
                        return &s->entries[i];
        return NULL;
}

/* --- from one configuration to the next ---- */

int sinks_next_new(struct sinks_next **ret, struct sinks *s)
{
        struct sinks_next *next = calloc(1, sizeof(*next));

        if (!next)
                return -ENOMEM;
        next->sinks = s;
        *ret = next;
        return 0;
}

struct sinks_next *sinks_next_free(struct sinks_next *next)
{
        for (size_t i = 0; next && i < next->n; i++) {
                struct sink *sink = next->wanted[i].sink;

                if (sink)
                        (void)sink->vtable->free(sink);
                (void)courier_free(next->wanted[i].fresh);
        }
        free(next);
        return NULL;
}

static int new_courier(struct sinks *s, const char *name, struct courier **ret)
{
        char path[4300];

        (void)snprintf(path, sizeof(path), "%s/%s", s->directory ? s->directory : "", name);
        return courier_new(ret, name, s->directory ? path : NULL, s->wake_fd);
}

int sinks_next_add(struct sinks_next *next, struct sink *sink)
{
        const char *name = sink->vtable->name;
        int k = next->n == OUTPUTS_MAX / 2 ? -ENOBUFS : 0;

        /* the spool is still being deleted, since there was none of that name before */
        for (size_t i = 0; i < next->sinks->n; i++)
                if (next->sinks->entries[i].retired &&
                    strcmp(courier_name(next->sinks->entries[i].courier), name) == 0)
                        k = -EBUSY;
        if (k < 0) {
                (void)sink->vtable->free(sink);
                return k;
        }
        if (sink->vtable->waits)
                k = aside_new(&sink, sink);
        if (k < 0)
                return k;
        if (!entry_named(next->sinks, name))
                k = new_courier(next->sinks, name, &next->wanted[next->n].fresh);
        if (k < 0) {
                (void)sink->vtable->free(sink);
                return k;
        }
        next->wanted[next->n++].sink = sink;
        return 0;
}

static bool is_wanted(const struct sinks_next *next, const char *name)
{
        for (size_t i = 0; i < next->n; i++)
                if (strcmp(next->wanted[i].sink->vtable->name, name) == 0)
                        return true;
        return false;
}

static void retire(struct sinks *s, struct entry *e)
{
        e->retired = true;
        courier_retire(e->courier);
        s->check_at = clock_monotonic() + TELL_INTERVAL;
}

/* Spools of outputs that an earlier run had, and this one has not. */
static void retire_left_overs(struct sinks *s, const struct sinks_next *next)
{
        DIR *dir = s->directory ? opendir(s->directory) : NULL;
        struct dirent *d;

        while (dir && (d = readdir(dir)) && s->n < OUTPUTS_MAX) {
                struct courier *c = NULL;

                if (!sink_by_name(d->d_name) || entry_named(s, d->d_name) ||
                    is_wanted(next, d->d_name) || new_courier(s, d->d_name, &c) < 0)
                        continue;
                s->entries[s->n] = (struct entry){.courier = c};
                retire(s, &s->entries[s->n++]);
        }
        if (dir)
                (void)closedir(dir);
}

void sinks_apply(struct sinks *s, struct sinks_next *next, size_t queue_max, uint64_t spool_max)
{
        bool first = s->n == 0;

        for (size_t i = 0; i < s->n; i++)
                if (!s->entries[i].retired && !is_wanted(next, courier_name(s->entries[i].courier)))
                        retire(s, &s->entries[i]);
        if (first)
                retire_left_overs(s, next);
        for (size_t i = 0; i < next->n; i++) {
                struct sink *sink = take_ptr(&next->wanted[i].sink);
                struct entry *e = entry_named(s, sink->vtable->name);

                if (!e) {
                        e = &s->entries[s->n++];
                        *e = (struct entry){.courier = take_ptr(&next->wanted[i].fresh)};
                }
                courier_go(e->courier, sink, queue_max, spool_max);
        }
        (void)sinks_next_free(next);
}

/* --- events ---- */

void sinks_emit(struct sinks *s, struct event *e)
{
        if (!e)
                return;
        for (size_t i = 0; i < s->n; i++)
                if (!s->entries[i].retired)
                        courier_push(s->entries[i].courier, e, s->telling);
        (void)event_free(e);
        if (s->check_at == 0)
                s->check_at = clock_monotonic() + DOWN_GRACE;
}

uint64_t sinks_handled(const struct sinks *s)
{
        uint64_t lowest = UINT64_MAX;

        for (size_t i = 0; i < s->n; i++)
                if (!s->entries[i].retired)
                        lowest = MIN_OF(lowest, courier_handled(s->entries[i].courier));
        return lowest;
}

int sinks_missed(struct sinks *s, uint64_t seq, const char *json)
{
        int error = 0;

        for (size_t i = 0; i < s->n; i++) {
                int k = s->entries[i].retired ? 0
                                              : courier_missed(s->entries[i].courier, seq, json);

                error = error < 0 ? error : k;
        }
        return error;
}

void sinks_reopen(struct sinks *s)
{
        for (size_t i = 0; i < s->n; i++)
                courier_reopen(s->entries[i].courier);
}

/* --- telling ---- */

/* When one that is down is worth a word. */
static usec_t down_at(const struct courier_state *state)
{
        return state->down_since + (state->stats.down ? DOWN_GRACE : HANG_GRACE);
}

static void tell_down(struct sinks *s, struct entry *e, const struct courier_state *state,
                      usec_t now)
{
        bool down =
                !state->ended && state->down_since > 0 && (e->told_down || now >= down_at(state));
        char detail[64];

        if (down == e->told_down || now < e->down_tell_at)
                return;
        e->told_down = down;
        e->down_tell_at = now + TELL_INTERVAL;
        if (e->retired)
                (void)snprintf(detail, sizeof(detail), "the output was switched off");
        else
                (void)snprintf(detail, sizeof(detail), "%llu events wait",
                               (unsigned long long)state->stats.queued);
        if (s->handler.down)
                s->handler.down(s->handler.userdata, courier_name(e->courier), down, detail);
}

static void tell_spool(struct sinks *s, struct entry *e, const struct courier_state *state)
{
        int error = state->ended ? 0 : state->stats.spool_error;

        if ((error < 0) == e->told_spool_failed)
                return;
        e->told_spool_failed = error < 0;
        if (s->handler.spool_failed)
                s->handler.spool_failed(s->handler.userdata, courier_name(e->courier), error < 0,
                                        error);
}

static void tell_loss(struct sinks *s, struct entry *e, const struct courier_state *state,
                      usec_t now)
{
        struct sink_loss loss;

        if (!state->loss || now < e->lost_tell_at)
                return;
        courier_take_loss(e->courier, &loss);
        e->lost_tell_at = now + TELL_INTERVAL;
        if (loss.count > 0 && s->handler.lost)
                s->handler.lost(s->handler.userdata, courier_name(e->courier), &loss);
}

/* Returns true if it is to be looked at again in a while. */
static bool look_at(struct sinks *s, struct entry *e, usec_t now)
{
        struct courier_state state;

        courier_look(e->courier, &state);
        if (state.ended)
                /* nothing comes after this */
                e->down_tell_at = e->lost_tell_at = 0;
        tell_down(s, e, &state, now);
        tell_spool(s, e, &state);
        tell_loss(s, e, &state, now);
        courier_told(e->courier, e->told_down, e->told_spool_failed);
        return (state.busy && !e->told_down) || (state.loss && now < e->lost_tell_at) ||
               (e->told_down && state.down_since == 0) || (e->retired && !state.ended);
}

static void reap(struct sinks *s)
{
        size_t kept = 0;

        for (size_t i = 0; i < s->n; i++) {
                struct courier_state state;

                courier_look(s->entries[i].courier, &state);
                if (s->entries[i].retired && state.ended)
                        (void)courier_free(s->entries[i].courier);
                else
                        s->entries[kept++] = s->entries[i];
        }
        s->n = kept;
}

int sinks_fd(const struct sinks *s)
{
        return s->wake_fd;
}

usec_t sinks_deadline(const struct sinks *s)
{
        return s->check_at > 0 ? s->check_at : USEC_INFINITY;
}

void sinks_dispatch(struct sinks *s, usec_t now)
{
        uint64_t count;
        bool again = false;

        (void)!read(s->wake_fd, &count, sizeof(count));
        s->check_at = 0;
        s->telling = true;
        for (size_t i = 0; i < s->n; i++)
                again = look_at(s, &s->entries[i], now) || again;
        s->telling = false;
        reap(s);
        if (again && s->check_at == 0)
                s->check_at = now + TELL_INTERVAL;
}

bool sinks_stats(const struct sinks *s, size_t i, const char **ret_name, struct sink_stats *ret)
{
        for (size_t k = 0; k < s->n; k++) {
                struct courier_state state;

                if (s->entries[k].retired || i-- > 0)
                        continue;
                courier_look(s->entries[k].courier, &state);
                *ret_name = courier_name(s->entries[k].courier);
                *ret = state.stats;
                if (!ret->down && state.down_since > 0 && clock_monotonic() >= down_at(&state)) {
                        /* it hangs in its receiver */
                        ret->down = true;
                        ret->down_since = clock_realtime() - (clock_monotonic() - state.down_since);
                }
                return true;
        }
        return false;
}
