/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the sweep that goes on, and the timer of that and of the next one.
 * Does not own: what a sweep finds (the handler).
 *
 * Each workspace keeps when it was swept last; its first walk counts as a sweep, as it looks at everything.
 */
#include "daemon/sweeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

#define SLICE USEC_PER_MSEC
#define SHARE 50u /* a slice, then this many times as long until the next one */
#define PAUSE_MIN (20 * USEC_PER_MSEC)
#define SLICE_ACCURACY (5 * USEC_PER_MSEC)
#define DUE_ACCURACY (300 * USEC_PER_SEC)
#define RETRY (600 * USEC_PER_SEC)

struct sweeper {
        sd_event_source *timer;
        struct workspaces *workspaces;
        struct sweeper_host host;
        struct sweep *sweep; /* NULL: none goes on */
        uint32_t id;         /* of its workspace */
        usec_t begun;        /* realtime */
};

static usec_t interval_of(const struct workspace *ws)
{
        return config_number(ws->config, OPTION_SWEEP);
}

/* Monotonic; 0: now. */
static usec_t due(const struct workspace *ws)
{
        if (ws->sweep_wanted)
                return 0;
        return ws->walked && interval_of(ws) > 0 ? ws->swept_at + interval_of(ws) : USEC_INFINITY;
}

static struct workspace *next_one(const struct sweeper *s)
{
        struct workspace *best = NULL, *ws;

        for (size_t i = 0; (ws = workspaces_at(s->workspaces, i)); i++)
                if (due(ws) != USEC_INFINITY && (!best || due(ws) < due(best)))
                        best = ws;
        return best;
}

/* when: monotonic */
static void set_timer(struct sweeper *s, usec_t when, usec_t accuracy)
{
        (void)sd_event_source_set_time_accuracy(s->timer, accuracy);
        (void)sd_event_source_set_time(s->timer, when);
        (void)sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
}

void sweeper_schedule(struct sweeper *s)
{
        const struct workspace *ws = next_one(s);

        if (s->sweep)
                return;
        if (!ws)
                (void)sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
        else if (ws->sweep_wanted)
                set_timer(s, 0, SLICE_ACCURACY);
        else
                set_timer(s, due(ws), MIN_OF(DUE_ACCURACY, interval_of(ws) / 10));
}

/* It does not count; the next one is due a little later. */
static void set_failed(struct workspace *ws)
{
        usec_t interval = interval_of(ws);

        ws->swept_at = clock_monotonic() - (interval > RETRY ? interval - RETRY : 0);
}

static void end(struct sweeper *s, bool all)
{
        struct workspace *ws = workspaces_get(s->workspaces, s->id);

        s->sweep = sweep_free(s->sweep);
        if (ws && all) {
                workspaces_set_swept(ws);
                s->host.ended(s->host.userdata, ws, s->begun);
        } else if (ws) {
                set_failed(ws);
        }
        sweeper_schedule(s);
}

static void begin(struct sweeper *s, struct workspace *ws)
{
        const struct watcher_workspace told = workspaces_told(ws);

        ws->sweep_wanted = false;
        s->id = ws->id;
        s->begun = clock_realtime();
        int k = sweep_new(&s->sweep, &told, (unsigned)config_number(ws->config, OPTION_DEPTH),
                          &s->host.sweep);
        /* its watcher says why it cannot be listed */
        if (k < 0)
                set_failed(ws);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct sweeper *s = userdata;
        usec_t now = clock_monotonic(), pause;

        (void)source;
        (void)usec;
        if (!s->sweep) {
                struct workspace *ws = next_one(s);

                if (ws && due(ws) <= now)
                        begin(s, ws);
                if (!s->sweep) {
                        sweeper_schedule(s);
                        return 0;
                }
        }
        int r = sweep_slice(s->sweep, now + SLICE, &pause);
        if (r > 0) {
                end(s, r == SWEEP_E_ALL);
                return 0;
        }
        usec_t then = clock_monotonic();
        pause = MAX_OF(MAX_OF((then - now) * (SHARE - 1), PAUSE_MIN), pause);
        set_timer(s, then + pause, SLICE_ACCURACY);
        return 0;
}

void sweeper_want(struct sweeper *s, struct workspace *ws)
{
        ws->sweep_wanted = true;
        sweeper_schedule(s);
}

void sweeper_forget(struct sweeper *s, const struct workspace *ws)
{
        if (s->sweep && s->id == ws->id)
                s->sweep = sweep_free(s->sweep);
        sweeper_schedule(s);
}

usec_t sweeper_next(const struct sweeper *s, const struct workspace *ws)
{
        usec_t at = due(ws), now = clock_monotonic();

        if (s->sweep && s->id == ws->id)
                return 0;
        return at == USEC_INFINITY ? at : clock_realtime() + (at > now ? at - now : 0);
}

int sweeper_new(struct sweeper **ret, sd_event *event, struct workspaces *workspaces,
                const struct sweeper_host *host)
{
        struct sweeper *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        s->workspaces = workspaces;
        s->host = *host;
        int k = sd_event_add_time(event, &s->timer, CLOCK_MONOTONIC, 0, 0, on_timer, s);
        if (k >= 0)
                k = sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
        if (k >= 0)
                /* as a walk: nothing waits for it */
                k = sd_event_source_set_priority(s->timer, SD_EVENT_PRIORITY_IDLE);
        if (k < 0) {
                (void)sweeper_free(s);
                return k;
        }
        *ret = s;
        return 0;
}

struct sweeper *sweeper_free(struct sweeper *s)
{
        if (!s)
                return NULL;
        s->timer = sd_event_source_disable_unref(s->timer);
        s->sweep = sweep_free(s->sweep);
        free(s);
        return NULL;
}
