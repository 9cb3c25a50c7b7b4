/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the parts that live as long as the daemon, their order of birth and death, signals and
 * timers. Does not own: what each configuration brings anew (generation.c), the way of a file
 * (pipeline.c), the numbering of events (events.c), and answers to operators (methods.c,
 * decisions.c).
 *
 *   born    configuration, register, store, storer, sinks, pipeline, workspaces, control
 *   runs    scanners ready ─► what was seen is read ─► workspaces watched ─► crash repaired ─► READY
 *   dies    in reverse; the storer runs its queue to the end
 */
#include "daemon/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-daemon.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "daemon/events.h"
#include "daemon/generation.h"
#include "daemon/health.h"
#include "daemon/interface.h"
#include "daemon/methods.h"
#include "daemon/metrics.h"
#include "daemon/missed.h"
#include "daemon/offboard.h"
#include "daemon/own-directories.h"
#include "daemon/rebuild.h"
#include "daemon/register-check.h"
#include "daemon/rollback.h"
#include "daemon/signatures.h"
#include "daemon/state.h"
#include "daemon/tell.h"

#define RETENTION_FIRST (10 * USEC_PER_SEC)
#define RETENTION_INTERVAL (3600 * USEC_PER_SEC)
#define CHECK_INTERVAL (24 * 3600 * USEC_PER_SEC)
#define RECHECK_INTERVAL (5 * USEC_PER_SEC)
#define SINKS_LIMIT (2 * USEC_PER_SEC)

/* --- gaps of the daemon as a whole ---- */

static void arm_recheck(struct manager *m)
{
        /* a register is found again within seconds; the others wait for somebody to make room */
        (void)sd_event_source_set_time_relative(m->recheck, m->gaps[REASON_REGISTER_DAMAGED].open
                                                                    ? USEC_PER_SEC
                                                                    : RECHECK_INTERVAL);
        (void)sd_event_source_set_enabled(m->recheck, SD_EVENT_ONESHOT);
}

void manager_gap(struct manager *m, enum reason reason, bool open, const char *detail)
{
        if (m->gaps[reason].open == open)
                return;
        m->gaps[reason].open = open;
        m->gaps[reason].since = clock_realtime();
        free(m->gaps[reason].detail);
        m->gaps[reason].detail = open && detail ? strdup(detail) : NULL;
        manager_emit(m, tell_gap(NULL, reason, open, detail));
        if (open && reason == REASON_REGISTER_DAMAGED)
                arm_recheck(m);
}

/* --- what the pipeline and the gate ask for ---- */

static struct workspace *host_workspace(void *userdata, uint32_t id)
{
        return workspaces_get(((struct manager *)userdata)->workspaces, id);
}

static void host_emit(void *userdata, struct event *e)
{
        manager_emit(userdata, e);
}

static void host_gap(void *userdata, uint32_t id, enum reason reason, bool open, const char *detail)
{
        struct manager *m = userdata;
        struct workspace *ws = workspaces_get(m->workspaces, id);

        if (!ws && id == 0)
                manager_gap(m, reason, open, detail);
        if (!ws)
                return;
        if (reason == REASON_WORK_LIMIT)
                ws->dropped = open;
        workspaces_gap(m->workspaces, ws, reason, open, detail);
        if (open && (reason == REASON_WORK_LIMIT || reason == REASON_STORE_FAILED))
                arm_recheck(m);
}

static void host_judged(void *userdata, uint64_t ticket, int fd, const struct file_id *id,
                        bool allow)
{
        gatekeeper_verdict(((struct manager *)userdata)->gatekeeper, ticket, fd, id, allow);
}

static void host_wanted(void *userdata, const struct gate_request *r)
{
        pipeline_wanted(((struct manager *)userdata)->pipeline, r);
}

static void host_rewalk(void *userdata, uint32_t id)
{
        struct workspaces *w = ((struct manager *)userdata)->workspaces;

        if (id == 0)
                workspaces_rewalk_all(w);
        else
                workspaces_rewalk(w, id);
}

static int on_again(sd_event_source *s, uint64_t usec, void *userdata)
{
        struct manager *m = userdata;

        (void)s;
        (void)usec;
        m->again_at = 0;
        offboard_approvals(m);
        workspaces_rewalk_all(m->workspaces);
        return 0;
}

/* An approval, a suppression or a full store: what was decided once may be decided otherwise then.
 */
static void host_again_at(void *userdata, usec_t when)
{
        struct manager *m = userdata;

        if (m->again_at && m->again_at <= when)
                return;
        m->again_at = when;
        (void)sd_event_source_set_time(m->again, when);
        (void)sd_event_source_set_enabled(m->again, SD_EVENT_ONESHOT);
}

static struct rollback *host_rollback(void *userdata, const struct workspace *ws, const char *shown,
                                      const char *path, const uint8_t *present)
{
        struct manager *m = userdata;
        _cleanup_(reg_artefact_done) struct reg_artefact a = {.id = ""};
        struct rollback *rb = NULL;
        char printable[SCAN_PATH_MAX];

        (void)text_printable(printable, sizeof(printable), shown, strlen(shown));
        if (reg_artefact_find(m->reader, NULL, ws->path, printable, &a) < 0 ||
            rollback_begin(m, ws, &a, path, 0, present, &rb) < 0)
                return NULL;
        return rb;
}

/* --- what the workspaces tell ---- */

static void on_candidate(void *userdata, const struct candidate *c)
{
        health_candidate(userdata, c);
        pipeline_candidate(((struct manager *)userdata)->pipeline, c);
}

static bool on_swept_known(void *userdata, uint32_t id, const char *path,
                           const struct file_id *file)
{
        struct manager *m = userdata;
        const struct workspace *ws = workspaces_get(m->workspaces, id);

        return !ws || pipeline_knows(m->pipeline, ws, path, file);
}

static void on_sweep_ended(void *userdata, struct workspace *ws, usec_t begun)
{
        struct manager *m = userdata;

        file_systems_swept(m->file_systems, ws, begun);
        offboard_workspace(m, ws);
}

static void on_swept_met(void *userdata, uint32_t id, const char *path, uint64_t ino)
{
        struct manager *m = userdata;
        struct workspace *ws = workspaces_get(m->workspaces, id);

        if (ws)
                file_systems_met(m->file_systems, ws, path, ino);
}

static void host_sweep(void *userdata, struct workspace *ws)
{
        sweeper_want(((struct manager *)userdata)->sweeper, ws);
}

static void on_there(void *userdata, struct workspace *ws, bool there)
{
        struct manager *m = userdata;

        if (!there) {
                gatekeeper_remove(m->gatekeeper, ws);
                sweeper_forget(m->sweeper, ws);
                return;
        }
        int k = quarantine_prepare(m->quarantine, ws->root_fd, ws->path, &ws->weak);
        if (k < 0)
                workspaces_gap(m->workspaces, ws, REASON_HOLDING_MISSING, true, ws->weak);
}

static void on_watched(void *userdata, struct workspace *ws)
{
        struct manager *m = userdata;

        own_directories_look(m->own_directories);
        file_systems_add(m->file_systems, ws);
        gatekeeper_add(m->gatekeeper, ws);
}

static void remember_missing(struct manager *m, const char *pattern, bool missing)
{
        for (size_t i = 0; i < m->n_missing; i++) {
                if (strcmp(m->missing[i], pattern) != 0)
                        continue;
                if (!missing) {
                        free(m->missing[i]);
                        m->missing[i] = m->missing[--m->n_missing];
                }
                return;
        }
        if (!missing)
                return;
        char **all = reallocarray(m->missing, m->n_missing + 1, sizeof(*all));
        if (!all)
                return;
        m->missing = all;
        all[m->n_missing] = strdup(pattern);
        if (all[m->n_missing])
                m->n_missing++;
}

static void on_workspace_gap(void *userdata, struct workspace *ws, enum reason reason, bool open,
                             const char *detail)
{
        struct manager *m = userdata;

        if (!ws && reason == REASON_WORKSPACE_MISSING && detail) {
                size_t before = m->n_missing;

                remember_missing(m, detail, open);
                if (m->n_missing == before)
                        return;
        }
        /* what may have been read before there was a verdict on it has been looked at now */
        if (ws && reason == REASON_WALK_RUNNING && !open) {
                workspaces_gap(m->workspaces, ws, REASON_GATE_DOWN, false, NULL);
                workspaces_gap(m->workspaces, ws, REASON_GATE_LATE, false, NULL);
                sweeper_schedule(m->sweeper);
                /* outputs have made theirs by now, at the first start */
                own_directories_look(m->own_directories);
        }
        /* the walk at start is progress, not a hole that somebody must look at */
        if (reason != REASON_WALK_RUNNING)
                manager_emit(m, tell_gap(ws, reason, open, detail));
        else
                (void)sd_notifyf(0, "STATUS=%s",
                                 workspaces_walked(m->workspaces)
                                         ? "watching"
                                         : "watching; files written before are being walked");
}

/* --- watching ---- */

static int add_seen(void *userdata, const struct reg_seen *seen)
{
        pipeline_add_seen(userdata, seen);
        return 0;
}

void manager_begin_watching(struct manager *m)
{
        if (m->ready)
                return;
        m->ready = true;
        int k = workspaces_apply(m->workspaces, m->config);
        if (k < 0) {
                (void)log_error_errno(k, "Watching cannot be started");
                (void)sd_event_exit(m->event, k);
                return;
        }
        events_recover(m);
        struct event *e = event_new(EVENT_READY, SEVERITY_INFO);
        if (e)
                event_message(e, "giad is ready: all watches stand");
        manager_emit(m, e);
        (void)sd_notify(0, "READY=1\nSTATUS=watching");
}

/* --- signals and timers ---- */

static int on_sink_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
        struct manager *m = userdata;

        (void)s;
        (void)usec;
        m->sinks_due = 0;
        sinks_dispatch(m->sinks, clock_monotonic());
        events_schedule_sinks(m);
        return 0;
}

static int on_sink_wake(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        (void)fd;
        (void)revents;
        return on_sink_timer(s, 0, userdata);
}

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata)
{
        struct manager *m = userdata;

        (void)s;
        switch (si->ssi_signo) {
        case SIGHUP:
                (void)manager_reload(m);
                break;
        case SIGUSR1:
                sinks_reopen(m->sinks);
                break;
        default:
                m->stopping = true;
                (void)sd_notify(0, "STOPPING=1");
                (void)sd_event_exit(m->event, 0);
        }
        return 0;
}

static int add_signals(struct manager *m)
{
        static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
        sigset_t set;
        int k = 0;

        (void)sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTSOF(signals); i++)
                (void)sigaddset(&set, signals[i]);
        (void)sigaddset(&set, SIGPIPE);
        /* a lease that an agent breaks while it is asked for (respond.c) must not end giad */
        (void)sigaddset(&set, SIGIO);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ELEMENTSOF(signals) && k >= 0; i++)
                k = sd_event_add_signal(m->event, &m->signals[i], signals[i], on_signal, m);
        return k;
}

/* The loop runs, or this would not be called; the storer must move as well. Nothing else feeds the
 * watchdog. */
static int on_watchdog(sd_event_source *s, uint64_t usec, void *userdata)
{
        struct manager *m = userdata;

        (void)usec;
        if (storer_alive(m->storer, m->watchdog_usec))
                (void)sd_notify(0, "WATCHDOG=1");
        (void)sd_event_source_set_time_relative(s, m->watchdog_usec / 3);
        return sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

static void check_register(struct manager *m)
{
        usec_t now = clock_monotonic();

        if (reg_damaged(m->reader))
                rebuild_suspect(m, m->renewals);
        if (m->checked_at && now - m->checked_at < CHECK_INTERVAL)
                return;
        m->checked_at = now;
        m->checked = m->renewals;
        register_check_start(m->register_check);
}

static int on_retention(sd_event_source *s, uint64_t usec, void *userdata)
{
        (void)usec;
        events_purge_expired(userdata);
        events_trim_register(userdata);
        offboard_approvals(userdata);
        offboard_artefacts(userdata);
        check_register(userdata);
        (void)sd_event_source_set_time_relative(s, RETENTION_INTERVAL);
        return sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

/* Gaps that giad closes by itself once there is room again. */
static int on_recheck(sd_event_source *s, uint64_t usec, void *userdata)
{
        struct manager *m = userdata;
        bool open = false;

        (void)s;
        (void)usec;
        for (size_t i = 0; workspaces_at(m->workspaces, i); i++) {
                struct workspace *ws = workspaces_at(m->workspaces, i);

                if (ws->dropped && pipeline_has_room(m->pipeline, ws->id)) {
                        ws->dropped = false;
                        workspaces_rewalk(m->workspaces, ws->id);
                        workspaces_gap(m->workspaces, ws, REASON_WORK_LIMIT, false, NULL);
                }
                if (ws->gaps[REASON_STORE_FAILED].open)
                        events_retry_store(m);
                open = open || ws->dropped || ws->gaps[REASON_STORE_FAILED].open;
        }
        open = rebuild_under_way(m) || open;
        if (open)
                arm_recheck(m);
        return 0;
}

static int add_timers(struct manager *m)
{
        uint64_t usec = 0;
        int k = sd_event_add_time(m->event, &m->sink_timer, CLOCK_MONOTONIC, 0, 0, on_sink_timer,
                                  m);

        if (k >= 0)
                k = sd_event_source_set_enabled(m->sink_timer, SD_EVENT_OFF);
        if (k >= 0)
                k = sd_event_add_io(m->event, &m->sink_wake, sinks_fd(m->sinks), EPOLLIN,
                                    on_sink_wake, m);
        if (k >= 0)
                k = sd_event_add_time(m->event, &m->recheck, CLOCK_MONOTONIC, 0, 0, on_recheck, m);
        if (k >= 0)
                k = sd_event_source_set_enabled(m->recheck, SD_EVENT_OFF);
        if (k >= 0)
                k = sd_event_add_time(m->event, &m->again, CLOCK_REALTIME, 0, USEC_PER_SEC,
                                      on_again, m);
        if (k >= 0)
                k = sd_event_source_set_enabled(m->again, SD_EVENT_OFF);
        if (k >= 0)
                k = sd_event_add_time_relative(m->event, &m->retention, CLOCK_MONOTONIC,
                                               RETENTION_FIRST, USEC_PER_SEC, on_retention, m);
        if (k >= 0 && sd_watchdog_enabled(0, &usec) > 0) {
                m->watchdog_usec = usec;
                k = sd_event_add_time_relative(m->event, &m->watchdog, CLOCK_MONOTONIC, 0, 0,
                                               on_watchdog, m);
        }
        return k;
}

/* --- birth ---- */

static int make_pipeline(struct manager *m)
{
        const struct pipeline_parts parts = {
                .event = m->event,
                .config = m->config,
                .quarantine = m->quarantine,
                .storer = m->storer,
                .approvals = m->approvals,
                .key = m->key,
        };
        const struct pipeline_host host = {
                .workspace = host_workspace,
                .emit = host_emit,
                .gap = host_gap,
                .rewalk = host_rewalk,
                .again_at = host_again_at,
                .judged = host_judged,
                .rollback = host_rollback,
                .synthetic = health_judged,
                .userdata = m,
        };
        const struct gatekeeper_host gate_host = {
                .workspace = host_workspace,
                .wanted = host_wanted,
                .emit = host_emit,
                .gap = host_gap,
                .rewalk = host_rewalk,
                .userdata = m,
        };
        const struct workspaces_handler handler = {
                .candidate = on_candidate,
                .there = on_there,
                .watched = on_watched,
                .gap = on_workspace_gap,
                .userdata = m,
        };
        const struct sweeper_host sweeper_host = {
                .sweep = {.known = on_swept_known,
                          .candidate = on_candidate,
                          .met = on_swept_met,
                          .userdata = m},
                .ended = on_sweep_ended,
                .userdata = m,
        };
        const struct file_systems_host fs_host = {
                .sweep = host_sweep, .emit = host_emit, .userdata = m};
        int k = workspaces_new(&m->workspaces, m->event, &handler);

        if (k >= 0)
                k = own_directories_new(&m->own_directories, m);
        if (k >= 0)
                k = sweeper_new(&m->sweeper, m->event, m->workspaces, &sweeper_host);
        if (k >= 0)
                k = file_systems_new(&m->file_systems, m->event, m->workspaces, &fs_host);
        if (k >= 0)
                k = gatekeeper_new(&m->gatekeeper, m->event, &gate_host);
        if (k >= 0)
                k = pipeline_new(&m->pipeline, &parts, &host);
        return k < 0 ? log_error_errno(k, "The pipeline cannot be made") : 0;
}

static int make_control(struct manager *m)
{
        char path[4200];
        struct control_config config = {
                .path = path,
                .read_group = config_text(m->config, OPTION_READ_GROUP),
                .decide_group = config_text(m->config, OPTION_DECIDE_GROUP),
                .refused = events_refused,
                .userdata = m,
        };

        (void)snprintf(path, sizeof(path), "%s/control",
                       config_text(m->config, OPTION_RUNTIME_DIRECTORY));
        config.interface = interface_table();
        config.methods = methods_table(&config.n_methods);
        int k = control_new(&m->control, m->event, &config);
        return k < 0 ? log_error_errno(k, "The control socket %s cannot be made", path) : 0;
}

static int load_config(struct manager *m)
{
        struct config_error error;
        int k = config_load(&m->config, m->options.config_path, &error);

        if (k == -EBADMSG && error.line > 0)
                log_error("%s:%u:%u: %s", error.file, error.line, error.column, error.message);
        else if (k == -EBADMSG)
                log_error("%s: %s", error.file, error.message);
        else if (k < 0)
                (void)log_error_errno(k, "The configuration cannot be read");
        return k;
}

int manager_new(struct manager **ret, const struct manager_options *options)
{
        struct manager *m = calloc(1, sizeof(*m));

        if (!m)
                return -ENOMEM;
        m->options = *options;
        m->started = m->configured = clock_realtime();
        m->configurations = 1;
        int k = load_config(m);
        if (k >= 0)
                k = sd_event_default(&m->event);
        if (k >= 0)
                k = add_signals(m);
        if (k >= 0)
                k = state_open(m);
        if (k >= 0)
                k = generation_init(m);
        if (k >= 0)
                k = add_timers(m);
        if (k >= 0)
                k = make_pipeline(m);
        if (k >= 0)
                k = make_control(m);
        if (k >= 0)
                k = metrics_output_apply(m);
        if (k < 0) {
                (void)manager_free(m);
                return k;
        }
        k = missed_tell(m->sinks, m->reader, config_number(m->config, OPTION_QUEUE));
        if (k < 0)
                (void)log_error_errno(
                        k, "Not all that the last run had to tell can be told, ignoring");
        events_started(m);
        signatures_load(m);
        if (m->register_failed[0])
                manager_gap(m, REASON_REGISTER_FAILED, true, m->register_failed);
        if (m->register_damaged)
                rebuild_at_start(m, m->register_damaged);
        *ret = m;
        return 0;
}

int manager_run(struct manager *m)
{
        int k = generation_start(m);

        if (k < 0)
                return k;
        /* while the scanners read their rules */
        (void)reg_seen_each(m->reader, add_seen, m->pipeline);
        return sd_event_loop(m->event);
}

struct manager *manager_free(struct manager *m)
{
        if (!m)
                return NULL;
        m->stopping = true;
        health_stop(m);
        metrics_output_stop(m);
        /* nobody is to wait for a verdict that does not come */
        m->gatekeeper = gatekeeper_free(m->gatekeeper);
        generation_stop(m);
        /* what it still stores is told, leaves its note in a workspace, and may be an operator's
         * question */
        if (m->storer)
                storer_stop(m->storer);
        if (m->pipeline)
                pipeline_flush(m->pipeline);
        control_tell_refusals(m->control);
        if (m->sinks && m->storer)
                events_stopped(m);
        m->control = control_free(m->control);
        methods_done(m);
        m->register_check = register_check_free(m->register_check);
        /* the writer closes last: only it can put the log back into the database */
        m->reader = reg_free(m->reader);
        m->storer = storer_free(m->storer);
        m->pipeline = pipeline_free(m->pipeline);
        m->sweeper = sweeper_free(m->sweeper);
        m->file_systems = file_systems_free(m->file_systems);
        m->own_directories = own_directories_free(m->own_directories);
        m->workspaces = workspaces_free(m->workspaces);
        m->sink_wake = sd_event_source_disable_unref(m->sink_wake);
        m->sinks = sinks_free(m->sinks, SINKS_LIMIT);
        state_close(m);
        for (size_t i = 0; i < ELEMENTSOF(m->signals); i++)
                m->signals[i] = sd_event_source_disable_unref(m->signals[i]);
        m->sink_timer = sd_event_source_disable_unref(m->sink_timer);
        m->watchdog = sd_event_source_disable_unref(m->watchdog);
        m->retention = sd_event_source_disable_unref(m->retention);
        m->recheck = sd_event_source_disable_unref(m->recheck);
        m->again = sd_event_source_disable_unref(m->again);
        for (size_t i = 0; i < m->n_missing; i++)
                free(m->missing[i]);
        free(m->missing);
        free(m->register_damaged);
        for (size_t i = 0; i < _REASON_MAX; i++)
                free(m->gaps[i].detail);
        (void)config_unref(m->config);
        (void)sd_event_unref(m->event);
        explicit_bzero(m->key, sizeof(m->key));
        free(m);
        return NULL;
}
