/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the gate and its guard, which are there only while a workspace has one.
 * Does not own: answering the kernel (watchers/gate.h), verdicts (pipeline.c).
 *
 * Where the gate cannot be had the workspace is watched all the same, and a gap says so. If it ends by itself, who
 * waits is let in, and everything is walked: what was opened meanwhile may have been read.
 */
#include "daemon/gatekeeper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "daemon/tell.h"
#include "watchers/guard.h"

#define FRESH (10 * USEC_PER_MSEC)
#define PATIENCE (2 * USEC_PER_SEC) /* how long the guard waits for a sign of life */
#define IGNORE_AGE \
        (60 * USEC_PER_SEC) /* what root alone can change, and has not for so long, is let be */
#define WAITING_MAX 4096u   /* each holds a descriptor */
#define GATED_MAX 64u       /* workspaces */
#define LOCK_DIRECTORY "/run/giad-gate" /* of the host: not that of one configuration */
#define VERDICTS_MAX 65536u             /* about 100 bytes each */

/* A workspace at the gate. The configuration's list of excludes is read by the gate's thread, and stays as long. */
struct gated {
        uint32_t id;
        struct config *config;
};

struct gatekeeper {
        sd_event *event; /* borrowed */
        struct gatekeeper_host host;
        struct gate *gate; /* NULL: not in use */
        struct guard guard;
        sd_event_source *source, *guard_source;
        struct gated *gated;
        size_t n_gated;
        pid_t exempt[128];
        size_t n_exempt;
};

int gatekeeper_new(struct gatekeeper **ret, sd_event *event, const struct gatekeeper_host *host)
{
        struct gatekeeper *k = calloc(1, sizeof(*k));

        if (!k)
                return -ENOMEM;
        k->event = event;
        k->host = *host;
        k->guard = GUARD_NULL;
        *ret = k;
        return 0;
}

static void take_down(struct gatekeeper *k)
{
        k->source = sd_event_source_disable_unref(k->source);
        k->guard_source = sd_event_source_disable_unref(k->guard_source);
        k->gate = gate_free(k->gate);
        guard_stop(&k->guard);
        for (size_t i = 0; i < k->n_gated; i++)
                (void)config_unref(k->gated[i].config);
        free(k->gated);
        k->gated = NULL;
        k->n_gated = 0;
}

struct gatekeeper *gatekeeper_free(struct gatekeeper *k)
{
        if (k)
                take_down(k);
        free(k);
        return NULL;
}

bool gatekeeper_stands(const struct gatekeeper *k)
{
        return k && k->gate;
}

/* --- what the gate tells ---- */

static void on_wanted(void *userdata, const struct gate_request *r)
{
        struct gatekeeper *k = userdata;

        k->host.wanted(k->host.userdata, r);
}

static void on_denied(void *userdata, const struct gate_denial *d)
{
        struct gatekeeper *k = userdata;
        const struct workspace *ws = k->host.workspace(k->host.userdata, d->workspace);

        if (ws)
                k->host.emit(k->host.userdata, tell_open_denied(ws, d));
}

static void on_passed(void *userdata, uint32_t workspace, const char *path, uint64_t how_many)
{
        struct gatekeeper *k = userdata;
        char masked[1024], detail[1152];

        (void)snprintf(detail, sizeof(detail), "%llu times, as with %s",
                       (unsigned long long)how_many, text_mask(masked, sizeof(masked), path));
        k->host.gap(k->host.userdata, workspace, REASON_GATE_LATE, true, detail);
        k->host.rewalk(k->host.userdata, workspace);
}

/* Nothing stands without it: a gate that nobody watches could stop the host. */
static int on_guard_ended(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        struct gatekeeper *k = userdata;
        uint32_t ids[GATED_MAX];
        size_t n = MIN_OF(k->n_gated, ELEMENTSOF(ids));

        (void)s;
        (void)fd;
        (void)revents;
        log_warning("The gate's guard ended; both are put up anew");
        for (size_t i = 0; i < n; i++)
                ids[i] = k->gated[i].id;
        take_down(k);
        for (size_t i = 0; i < n; i++) {
                struct workspace *ws = k->host.workspace(k->host.userdata, ids[i]);

                if (!ws)
                        continue;
                ws->gated = false;
                gatekeeper_add(k, ws);
                k->host.rewalk(k->host.userdata, ws->id);
        }
        return 0;
}

static int on_ready(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        struct gatekeeper *k = userdata;
        int r = gate_dispatch(k->gate);

        (void)s;
        (void)fd;
        (void)revents;
        if (r >= 0)
                return 0;
        (void)log_error_errno(r, "The gate ended; opens do not wait any more");
        take_down(k);
        k->host.gap(k->host.userdata, 0, REASON_GATE_DOWN, true, "it ended by itself");
        k->host.rewalk(k->host.userdata, 0);
        return 0;
}

/* --- putting it up ---- */

static int put_up(struct gatekeeper *k, const struct config *c)
{
        const struct gate_handler handler = {
                .wanted = on_wanted, .denied = on_denied, .passed = on_passed, .userdata = k};
        const struct gate_limits limits = {
                .deadline = config_number(c, OPTION_GATE_DEADLINE),
                .hold_max = config_number(c, OPTION_GATE_HOLD),
                .fresh = FRESH,
                .size_max = config_number(c, OPTION_GATE_SIZE),
                .waiting_max = WAITING_MAX,
                .verdicts_max = VERDICTS_MAX,
                .ignore_age = IGNORE_AGE,
                .guard = &k->guard,
                .lock_directory = LOCK_DIRECTORY,
        };

        if (k->gate)
                return 0;
        int r = guard_start(&k->guard, PATIENCE);
        if (r < 0)
                return r;
        r = gate_new(&k->gate, &handler, &limits);
        if (r >= 0) {
                /* before the watchers' queues are looked at again, but after what is in them: who wrote a file is
                 * known by then */
                r = sd_event_add_io(k->event, &k->source, gate_fd(k->gate), EPOLLIN, on_ready, k);
                if (r >= 0)
                        r = sd_event_source_set_priority(k->source, SD_EVENT_PRIORITY_NORMAL - 5);
                if (r >= 0)
                        r = sd_event_add_io(k->event, &k->guard_source, k->guard.pidfd, EPOLLIN,
                                            on_guard_ended, k);
        }
        if (r < 0) {
                take_down(k);
                return r;
        }
        gate_set_exempt(k->gate, k->exempt, k->n_exempt);
        return 0;
}

static bool is_on_root_file_system(const struct workspace *ws)
{
        struct stat root, st;

        return stat("/", &root) < 0 || fstat(ws->root_fd, &st) < 0 || root.st_dev == st.st_dev;
}

static void refuse(struct gatekeeper *k, struct workspace *ws, const char *why)
{
        ws->gated = false;
        k->host.gap(k->host.userdata, ws->id, REASON_GATE_REFUSED, true, why);
}

static bool is_excluded(void *userdata, const char *path)
{
        const struct word_list *exclude = userdata;

        return exclude->n > 0 && word_list_matches_path(exclude, path);
}

static int gate_one(struct gatekeeper *k, const struct workspace *ws,
                    const struct config_workspace *settings)
{
        const struct gate_workspace add = {
                .id = ws->id,
                .root_fd = ws->root_fd,
                .exclude = is_excluded,
                .exclude_userdata = (void *)(uintptr_t)&settings->exclude,
                .deny_late = settings->deny_late,
        };
        struct gated *more = reallocarray(k->gated, k->n_gated + 1, sizeof(*more));

        if (!more)
                return -ENOMEM;
        k->gated = more;
        int r = gate_add_workspace(k->gate, &add);
        if (r >= 0)
                k->gated[k->n_gated++] = (struct gated){ws->id, config_ref(ws->config)};
        return r;
}

void gatekeeper_add(struct gatekeeper *k, struct workspace *ws)
{
        const struct config_workspace *settings = &ws->config->workspaces[ws->pattern];
        char why[128];

        if (!settings->gate || ws->gated)
                return;
        if (ws->back_end != BACK_END_FANOTIFY) {
                refuse(k, ws, "it is watched with inotify");
                return;
        }
        if (is_on_root_file_system(ws) && !config_bool(ws->config, OPTION_GATE_ROOT)) {
                refuse(k, ws,
                       "it is on the root file system: give it one of its own, or set "
                       "gate.root_file_system");
                return;
        }
        int r = put_up(k, ws->config);
        if (r >= 0)
                r = gate_one(k, ws, settings);
        if (r < 0) {
                char text[64];

                if (r == -EBUSY && k->gate)
                        (void)snprintf(why, sizeof(why),
                                       "another giad (process %d) gates its file system; reload "
                                       "when it does not any more",
                                       (int)gate_other(k->gate));
                else
                        (void)snprintf(why, sizeof(why), "%s", strerror_r(-r, text, sizeof(text)));
                if (k->n_gated == 0)
                        take_down(k);
                refuse(k, ws, why);
                return;
        }
        ws->gated = true;
        k->host.gap(k->host.userdata, ws->id, REASON_GATE_REFUSED, false, NULL);
        /* until what is there was walked */
        k->host.gap(k->host.userdata, ws->id, REASON_GATE_DOWN, true,
                    "it stands from now on; what was written before is looked at");
}

void gatekeeper_remove(struct gatekeeper *k, struct workspace *ws)
{
        ws->gated = false;
        for (size_t i = 0; k && i < k->n_gated; i++) {
                if (k->gated[i].id != ws->id)
                        continue;
                gate_remove_workspace(k->gate, ws->id);
                (void)config_unref(k->gated[i].config);
                k->gated[i] = k->gated[--k->n_gated];
        }
        if (k && k->n_gated == 0)
                take_down(k);
}

/* --- what it is told ---- */

void gatekeeper_verdict(struct gatekeeper *k, uint64_t ticket, int fd, const struct file_id *id,
                        bool allow)
{
        if (!gatekeeper_stands(k))
                return;
        if (ticket > 0)
                gate_verdict(k->gate, ticket, id, allow);
        else if (fd >= 0)
                gate_learn(k->gate, fd, id, allow);
}

void gatekeeper_forget(struct gatekeeper *k)
{
        if (k->gate)
                gate_forget(k->gate);
}

void gatekeeper_exempt(struct gatekeeper *k, const pid_t *pids, size_t n)
{
        k->n_exempt = MIN_OF(n, ELEMENTSOF(k->exempt));
        memcpy(k->exempt, pids, k->n_exempt * sizeof(*pids));
        if (k->gate)
                gate_set_exempt(k->gate, k->exempt, k->n_exempt);
}

void gatekeeper_stats(const struct gatekeeper *k, struct gate_stats *ret)
{
        *ret = (struct gate_stats){0};
        if (k->gate)
                gate_stats(k->gate, ret);
}
