/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the parts that live as long as the daemon, their order of birth and death, signals, reload, and the numbering of events.
 * Does not own: the way of a file (pipeline.c), and answers to operators (methods.c, decisions.c).
 *
 *   born    configuration, register, store, storer, sinks, pipeline, workspaces, control
 *   runs    scanners ready ─► what was seen is read ─► workspaces watched ─► crash repaired ─► READY
 *   dies    in reverse; the storer runs its queue to the end
 */
#include "daemon/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <systemd/sd-daemon.h>

#include "common/base/log.h"
#include "daemon/events.h"
#include "daemon/methods.h"
#include "daemon/tell.h"

#define WORKERS_DEFAULT_MAX 4
#define RETENTION_INTERVAL (3600 * USEC_PER_SEC)
#define RECHECK_INTERVAL (5 * USEC_PER_SEC)

/* --- gaps of the daemon as a whole ------------------------------------------------------------------------------ */

static void arm_recheck(struct manager *m)
{
        (void)sd_event_source_set_time_relative(m->recheck, RECHECK_INTERVAL);
        (void)sd_event_source_set_enabled(m->recheck, SD_EVENT_ONESHOT);
}

static void daemon_gap(struct manager *m, enum reason reason, bool open, const char *detail)
{
        if (m->gaps[reason].open == open)
                return;
        m->gaps[reason].open = open;
        m->gaps[reason].since = clock_realtime();
        free(m->gaps[reason].detail);
        m->gaps[reason].detail = open && detail ? strdup(detail) : NULL;
        manager_emit(m, tell_gap(NULL, reason, open, detail));
}

/* --- what the pipeline asks for ------------------------------------------------------------------------------------- */

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

        if (!ws)
                return;
        workspaces_gap(m->workspaces, ws, reason, open, detail);
        if (open && (reason == REASON_WORK_LIMIT || reason == REASON_STORE_FAILED))
                arm_recheck(m);
}

static void host_rewalk(void *userdata, uint32_t id)
{
        workspaces_rewalk(((struct manager *)userdata)->workspaces, id);
}

/* --- what the workspaces tell ------------------------------------------------------------------------------------------ */

static void on_candidate(void *userdata, const struct candidate *c)
{
        pipeline_candidate(((struct manager *)userdata)->pipeline, c);
}

static void on_there(void *userdata, struct workspace *ws, bool there)
{
        struct manager *m = userdata;

        if (!there)
                return;
        int k = quarantine_prepare(m->quarantine, ws->root_fd, ws->path, &ws->weak);
        if (k < 0)
                workspaces_gap(m->workspaces, ws, REASON_HOLDING_MISSING, true, ws->weak);
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

static void on_workspace_gap(void *userdata, struct workspace *ws, enum reason reason, bool open, const char *detail)
{
        struct manager *m = userdata;

        if (!ws && reason == REASON_WORKSPACE_MISSING && detail) {
                size_t before = m->n_missing;

                remember_missing(m, detail, open);
                if (m->n_missing == before)
                        return;
        }
        /* the walk at start is progress, not a hole that somebody must look at */
        if (reason != REASON_WALK_RUNNING)
                manager_emit(m, tell_gap(ws, reason, open, detail));
        else
                (void)sd_notifyf(0, "STATUS=%s", workspaces_walked(m->workspaces)
                                                         ? "watching"
                                                         : "watching; files written before are being walked");
}

/* --- scanners ------------------------------------------------------------------------------------------------------------ */

static int add_seen(void *userdata, const struct reg_seen *seen)
{
        pipeline_add_seen(userdata, seen);
        return 0;
}

/* Once: the scanners are there, or it is known that they will not be for now. */
static void begin_watching(struct manager *m)
{
        if (m->ready)
                return;
        m->ready = true;
        (void)reg_seen_each(m->reader, add_seen, m->pipeline);
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

static void on_scanned(void *userdata, void *job, const struct scan_result *result, enum reason reason)
{
        pipeline_scanned(((struct manager_pool *)userdata)->manager->pipeline, job, result, reason);
}

static void put_into_force(struct manager *m);

static void on_scanner_ready(void *userdata, const struct scan_hello *hello)
{
        struct manager_pool *pool = userdata;
        struct manager *m = pool->manager;

        if (pool == m->next.pool)
                put_into_force(m);
        bool changed = pipeline_set_generation(m->pipeline, hello->generation);
        daemon_gap(m, REASON_SCANNER_MISSING, false, NULL);
        if (changed && m->ready)
                workspaces_rewalk_all(m->workspaces);
        begin_watching(m);
}

static void on_scanner_died(void *userdata, pid_t pid, const char *path, enum reason reason, int status)
{
        events_scanner_died(((struct manager_pool *)userdata)->manager, pid, path, reason, status);
}

static void on_scanner_missing(void *userdata, bool missing, const char *detail)
{
        struct manager_pool *pool = userdata;
        struct manager *m = pool->manager;

        if (missing)
                log_error("No scanner: %s", detail);
        if (pool == m->next.pool) {
                /* not here: the pool that tells cannot be freed meanwhile */
                if (missing)
                        (void)sd_event_source_set_enabled(m->refusal, SD_EVENT_ONESHOT);
                return;
        }
        daemon_gap(m, REASON_SCANNER_MISSING, missing, detail);
        begin_watching(m);
}

static void on_scanner_room(void *userdata)
{
        pipeline_pump(((struct manager_pool *)userdata)->manager->pipeline);
}

static struct manager_pool *pool_free(struct manager_pool *pool)
{
        if (!pool)
                return NULL;
        (void)scan_pool_free(pool->scanners);
        free(pool);
        return NULL;
}

static unsigned worker_count(const struct config *c)
{
        long cpus = sysconf(_SC_NPROCESSORS_ONLN);
        uint64_t n = config_number(c, OPTION_SCANNERS);

        if (n == 0)
                n = (uint64_t)(cpus < 1 ? 1 : cpus > WORKERS_DEFAULT_MAX ? WORKERS_DEFAULT_MAX : cpus);
        return (unsigned)n;
}

/* *at is set before anything is told of it. */
static int start_scanners(struct manager *m, const struct config *c, struct manager_pool **at)
{
        struct manager_pool *pool = calloc(1, sizeof(*pool));

        if (!pool)
                return -ENOMEM;
        pool->manager = m;
        *at = pool;
        const struct scan_pool_handler handler = {
                .done = on_scanned,
                .ready = on_scanner_ready,
                .died = on_scanner_died,
                .missing = on_scanner_missing,
                .room = on_scanner_room,
                .userdata = pool,
        };
        struct scan_pool_config config = {
                .scanner = m->options.scanner ? m->options.scanner : GIAD_LIBEXECDIR "/giad-scanner",
                .rules = config_text(c, OPTION_RULES_DIRECTORY),
                .local_rules = config_text(c, OPTION_LOCAL_RULES_DIRECTORY),
                .workers = worker_count(c),
                .deadline = config_number(c, OPTION_SCAN_DEADLINE),
                .memory = config_number(c, OPTION_SCAN_MEMORY),
                .parse_max = config_number(c, OPTION_PARSE_SIZE),
                .file_max = config_number(c, OPTION_FILE_SIZE),
                .user = config_text(c, OPTION_SCANNER_USER),
        };

        memcpy(config.key, m->key, sizeof(config.key));
        int k = scan_pool_new(&pool->scanners, m->event, &config, &handler);
        explicit_bzero(config.key, sizeof(config.key));
        if (k < 0) {
                *at = pool_free(pool);
                return log_error_errno(k, "Scanners cannot be started");
        }
        return 0;
}

static void use_scanners(struct manager *m, struct manager_pool *pool)
{
        m->pool = pool_free(m->pool);
        m->pool = pool;
        pipeline_set_pool(m->pipeline, pool->scanners);
}

/* --- sinks ------------------------------------------------------------------------------------------------------------------ */

static int on_sink_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
        struct manager *m = userdata;

        (void)s;
        (void)usec;
        sinks_retry(m->sinks, clock_monotonic());
        events_schedule_sinks(m);
        return 0;
}

static void on_sink_lost(void *userdata, const char *sink, uint64_t count)
{
        char detail[128];

        (void)snprintf(detail, sizeof(detail), "%s lost %llu events", sink, (unsigned long long)count);
        manager_emit(userdata, tell_gap(NULL, REASON_EVENTS_LOST, true, detail));
}

static void on_sink_down(void *userdata, const char *sink, bool down, const char *detail)
{
        char text[256];

        struct manager *m = userdata;

        (void)snprintf(text, sizeof(text), "%s%s%s", sink, detail ? ": " : "", detail ? detail : "");
        m->sinks_down += down ? 1 : -1;
        if (m->sinks_down == (down ? 1 : 0))
                daemon_gap(m, REASON_SINK_DOWN, down, text);
        else if (down)
                /* each is told; coverage is whole again when the last one is back */
                manager_emit(m, tell_gap(NULL, REASON_SINK_DOWN, true, text));
}

static int add_sink(struct sinks *sinks, const char *name, const struct sink_config *config)
{
        const struct sink_vtable *v = sink_by_name(name);
        struct sink *sink = NULL;
        int k = v ? v->new(&sink, config) : -ENOENT;

        if (k >= 0)
                k = sinks_add(sinks, sink);
        return k < 0 ? log_error_errno(k, "Output %s cannot be set up", name) : 0;
}

/* What a configuration wants to be told to. Nothing is delivered yet. */
static int make_sinks(struct manager *m, const struct config *c, struct sinks **ret)
{
        const struct sinks_handler handler = {.lost = on_sink_lost, .down = on_sink_down, .userdata = m};
        struct sink_config config = {.fd = STDOUT_FILENO, .colour = isatty(STDOUT_FILENO) == 1};
        struct sinks *sinks = NULL;
        int k = sinks_new(&sinks, &handler, config_number(c, OPTION_QUEUE));

        if (k < 0)
                return log_error_errno(k, "Outputs cannot be set up");
        if (config_bool(c, OPTION_TERMINAL) || m->options.foreground)
                k = add_sink(sinks, "terminal", &config);
        if (k >= 0 && config_bool(c, OPTION_JOURNAL))
                k = add_sink(sinks, "journal", &config);
        config.path = config_text(c, OPTION_SYSLOG_PATH);
        if (k >= 0 && config_bool(c, OPTION_SYSLOG))
                k = add_sink(sinks, "syslog", &config);
        if (k >= 0 && config_bool(c, OPTION_AUDIT))
                k = add_sink(sinks, "audit", &config);
        config.path = config_text(c, OPTION_JSONL_PATH);
        config.schema = config_text(c, OPTION_JSONL_SCHEMA);
        if (k >= 0 && config_bool(c, OPTION_JSONL))
                k = add_sink(sinks, "jsonl", &config);
        if (k < 0) {
                (void)sinks_free(sinks);
                return k;
        }
        *ret = sinks;
        return 0;
}

/* The events that still wait for an output go on waiting for its successor. */
static void replace_sinks(struct manager *m, struct sinks *fresh)
{
        struct sinks *old = m->sinks;

        m->sinks = fresh;
        sinks_inherit(fresh, old);
        (void)sinks_free(old);
        events_schedule_sinks(m);
}

/* --- reload ------------------------------------------------------------------------------------------------------------------- */

static bool needs_restart(const struct config *a, const struct config *b)
{
        return strcmp(config_text(a, OPTION_STATE_DIRECTORY), config_text(b, OPTION_STATE_DIRECTORY)) != 0 ||
               strcmp(config_text(a, OPTION_RUNTIME_DIRECTORY), config_text(b, OPTION_RUNTIME_DIRECTORY)) != 0 ||
               config_number(a, OPTION_STORE_SIZE) != config_number(b, OPTION_STORE_SIZE);
}

static int refuse(struct manager *m, struct config_error *error, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

static int refuse(struct manager *m, struct config_error *error, const char *fmt, ...)
{
        va_list ap;

        *error = (struct config_error){0};
        (void)snprintf(error->file, sizeof(error->file), "%.500s", m->options.config_path);
        va_start(ap, fmt);
        (void)vsnprintf(error->message, sizeof(error->message), fmt, ap);
        va_end(ap);
        return -EBADMSG;
}

static void drop_next(struct manager *m)
{
        m->next.pool = pool_free(m->next.pool);
        m->next.sinks = sinks_free(m->next.sinks);
        m->next.config = config_unref(m->next.config);
        (void)sd_event_source_set_enabled(m->refusal, SD_EVENT_OFF);
}

/* All that can fail, before anything of the present generation is let go. */
static int prepare_next(struct manager *m, struct config *fresh, struct config_error *error)
{
        if (needs_restart(m->config, fresh))
                return refuse(m, error, "state_directory, runtime_directory and limits.store_size only change with a restart");
        m->next.config = config_ref(fresh);
        if (make_sinks(m, fresh, &m->next.sinks) < 0)
                return refuse(m, error, "an output cannot be set up");
        if (start_scanners(m, fresh, &m->next.pool) < 0)
                return refuse(m, error, "the scanners cannot be started");
        return 0;
}

static void refuse_next(struct manager *m, const struct config_error *error, int k)
{
        drop_next(m);
        events_config_refused(m, error, k);
        (void)sd_notify(0, "READY=1");
}

/* A scanner of the next generation has loaded its rules: nothing can go wrong any more. */
static void put_into_force(struct manager *m)
{
        struct manager_pool *pool = m->next.pool;
        struct sinks *sinks = m->next.sinks;

        (void)config_unref(m->config);
        m->config = m->next.config;
        m->next = (struct manager_next){0};
        (void)sd_event_source_set_enabled(m->refusal, SD_EVENT_OFF);
        pipeline_set_config(m->pipeline, m->config);
        replace_sinks(m, sinks);
        control_set_groups(m->control, config_text(m->config, OPTION_READ_GROUP),
                           config_text(m->config, OPTION_DECIDE_GROUP));
        use_scanners(m, pool);
        int k = m->ready ? workspaces_apply(m->workspaces, m->config) : 0;
        if (k < 0)
                (void)log_error_errno(k, "Not all workspaces can be watched");
        events_config_loaded(m);
        (void)sd_notify(0, "READY=1");
}

static int on_refusal(sd_event_source *s, void *userdata)
{
        struct manager *m = userdata;
        struct config_error error;

        (void)s;
        if (m->next.pool)
                refuse_next(m, &error, refuse(m, &error, "no scanner can be started with it: see the log, and giactl check-config"));
        return 0;
}

/* Goes on in put_into_force() or on_refusal(), when the new scanners have read their rules: a rule file may be broken too. */
int manager_reload(struct manager *m)
{
        _cleanup_(config_unrefp) struct config *fresh = NULL;
        struct config_error error;

        (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)clock_monotonic());
        drop_next(m);
        int k = config_load(&fresh, m->options.config_path, &error);
        if (k >= 0)
                k = prepare_next(m, fresh, &error);
        if (k < 0)
                refuse_next(m, &error, k);
        return k;
}

/* --- signals and timers ---------------------------------------------------------------------------------------------------------- */

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
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ELEMENTSOF(signals) && k >= 0; i++)
                k = sd_event_add_signal(m->event, &m->signals[i], signals[i], on_signal, m);
        return k;
}

/* The loop runs, or this would not be called; the storer must move as well. Nothing else feeds the watchdog. */
static int on_watchdog(sd_event_source *s, uint64_t usec, void *userdata)
{
        struct manager *m = userdata;

        (void)usec;
        if (storer_alive(m->storer, m->watchdog_usec))
                (void)sd_notify(0, "WATCHDOG=1");
        (void)sd_event_source_set_time_relative(s, m->watchdog_usec / 3);
        return sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

static int on_retention(sd_event_source *s, uint64_t usec, void *userdata)
{
        (void)usec;
        events_purge_expired(userdata);
        (void)sd_event_source_set_time_relative(s, RETENTION_INTERVAL);
        return sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

/* Gaps that giad closes by itself once there is room again. */
static int on_recheck(sd_event_source *s, uint64_t usec, void *userdata)
{
        struct manager *m = userdata;
        struct pipeline_stats stats;
        bool open = false;

        (void)s;
        (void)usec;
        pipeline_stats(m->pipeline, &stats);
        for (size_t i = 0; workspaces_at(m->workspaces, i); i++) {
                struct workspace *ws = workspaces_at(m->workspaces, i);

                if (ws->gaps[REASON_WORK_LIMIT].open &&
                    stats.pending < config_number(m->config, OPTION_PENDING) / 2) {
                        workspaces_rewalk(m->workspaces, ws->id);
                        workspaces_gap(m->workspaces, ws, REASON_WORK_LIMIT, false, NULL);
                }
                if (ws->gaps[REASON_STORE_FAILED].open)
                        events_retry_store(m);
                open = open || ws->gaps[REASON_WORK_LIMIT].open || ws->gaps[REASON_STORE_FAILED].open;
        }
        if (open)
                arm_recheck(m);
        return 0;
}

static int add_timers(struct manager *m)
{
        uint64_t usec = 0;
        int k = sd_event_add_time(m->event, &m->sink_timer, CLOCK_MONOTONIC, 0, 0, on_sink_timer, m);

        if (k >= 0)
                k = sd_event_source_set_enabled(m->sink_timer, SD_EVENT_OFF);
        if (k >= 0)
                k = sd_event_add_defer(m->event, &m->refusal, on_refusal, m);
        if (k >= 0)
                k = sd_event_source_set_enabled(m->refusal, SD_EVENT_OFF);
        if (k >= 0)
                k = sd_event_add_time(m->event, &m->recheck, CLOCK_MONOTONIC, 0, 0, on_recheck, m);
        if (k >= 0)
                k = sd_event_source_set_enabled(m->recheck, SD_EVENT_OFF);
        if (k >= 0)
                k = sd_event_add_time_relative(m->event, &m->retention, CLOCK_MONOTONIC, 60 * USEC_PER_SEC,
                                               60 * USEC_PER_SEC, on_retention, m);
        if (k >= 0 && sd_watchdog_enabled(0, &usec) > 0) {
                m->watchdog_usec = usec;
                k = sd_event_add_time_relative(m->event, &m->watchdog, CLOCK_MONOTONIC, 0, 0, on_watchdog, m);
        }
        return k;
}

/* --- birth ------------------------------------------------------------------------------------------------------------------------ */

static int make_key(struct manager *m, const char *path)
{
        char fresh[4300];

        (void)snprintf(fresh, sizeof(fresh), "%s.new", path);
        _cleanup_close_ int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        if (getrandom(m->key, sizeof(m->key), 0) != (ssize_t)sizeof(m->key) ||
            write(fd, m->key, sizeof(m->key)) != (ssize_t)sizeof(m->key) || fsync(fd) < 0)
                return -EIO;
        /* whole or not there: a crash in between must not leave a key that is too short for ever */
        return rename(fresh, path) < 0 ? -errno : 0;
}

static int load_key(struct manager *m, const char *state)
{
        char path[4200];

        (void)snprintf(path, sizeof(path), "%s/host.key", state);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0)
                return read(fd, m->key, sizeof(m->key)) == (ssize_t)sizeof(m->key) ? 0 : -EBADMSG;
        return errno == ENOENT ? make_key(m, path) : -errno;
}

static int make_directory(const char *path, mode_t mode)
{
        if (mkdir(path, mode) < 0 && errno != EEXIST)
                return log_error_errno(-errno, "%s cannot be made", path);
        return 0;
}

static int add_approval(void *userdata, const struct reg_approval *a)
{
        return approvals_add(userdata, a);
}

static void on_register_failed(void *userdata, bool failed, int error)
{
        char text[64];

        daemon_gap(userdata, REASON_REGISTER_FAILED, failed,
                   failed ? strerror_r(-error, text, sizeof(text)) : NULL);
}

static int open_state(struct manager *m, bool *ret_set_aside)
{
        const char *state = config_text(m->config, OPTION_STATE_DIRECTORY);
        char path[4200], store[4200];
        struct reg *reg = NULL;
        int k = make_directory(state, 0700);

        if (k >= 0)
                k = make_directory(config_text(m->config, OPTION_RUNTIME_DIRECTORY), 0755);
        if (k < 0)
                return k;
        k = load_key(m, state);
        if (k < 0)
                return log_error_errno(k, "%s/host.key cannot be read or made", state);
        (void)snprintf(path, sizeof(path), "%s/register.db", state);
        k = reg_open(&reg, path, false, ret_set_aside);
        if (k < 0)
                return log_error_errno(k, "%s cannot be opened", path);
        k = events_load_sequence(m, reg);
        if (k >= 0)
                k = reg_open(&m->reader, path, true, NULL);
        if (k >= 0)
                k = approvals_new(&m->approvals);
        if (k >= 0)
                k = reg_approval_each(reg, add_approval, m->approvals);
        (void)snprintf(store, sizeof(store), "%s/quarantine", state);
        const struct quarantine_config config = {
                .store = store,
                .store_max = config_number(m->config, OPTION_STORE_SIZE),
        };
        if (k >= 0)
                k = quarantine_new(&m->quarantine, &config);
        if (k >= 0)
                k = storer_new(&m->storer, m->event, reg, m->quarantine, on_register_failed, m);
        if (k < 0) {
                (void)reg_free(reg);
                return log_error_errno(k, "The state below %s cannot be used", state);
        }
        return 0;
}

static int make_pipeline(struct manager *m)
{
        const struct pipeline_parts parts = {
                .event = m->event,
                .config = m->config,
                .quarantine = m->quarantine,
                .storer = m->storer,
                .approvals = m->approvals,
        };
        const struct pipeline_host host = {
                .workspace = host_workspace,
                .emit = host_emit,
                .gap = host_gap,
                .rewalk = host_rewalk,
                .userdata = m,
        };
        const struct workspaces_handler handler = {
                .candidate = on_candidate,
                .there = on_there,
                .gap = on_workspace_gap,
                .userdata = m,
        };
        int k = workspaces_new(&m->workspaces, m->event, &handler);

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

        (void)snprintf(path, sizeof(path), "%s/control", config_text(m->config, OPTION_RUNTIME_DIRECTORY));
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
        bool set_aside = false;

        if (!m)
                return -ENOMEM;
        m->options = *options;
        m->started = clock_realtime();
        int k = load_config(m);
        if (k >= 0)
                k = sd_event_default(&m->event);
        if (k >= 0)
                k = add_signals(m);
        if (k >= 0)
                k = open_state(m, &set_aside);
        if (k >= 0)
                k = make_sinks(m, m->config, &m->sinks);
        if (k >= 0)
                k = add_timers(m);
        if (k >= 0)
                k = make_pipeline(m);
        if (k >= 0)
                k = make_control(m);
        if (k < 0) {
                (void)manager_free(m);
                return k;
        }
        events_started(m);
        if (set_aside)
                manager_emit(m, tell_gap(NULL, REASON_REGISTER_DAMAGED, true, NULL));
        *ret = m;
        return 0;
}

int manager_run(struct manager *m)
{
        struct manager_pool *pool = NULL;
        int k = start_scanners(m, m->config, &pool);

        if (k < 0)
                return k;
        use_scanners(m, pool);
        return sd_event_loop(m->event);
}

struct manager *manager_free(struct manager *m)
{
        if (!m)
                return NULL;
        if (m->sinks && m->storer)
                events_stopped(m);
        m->control = control_free(m->control);
        methods_done(m);
        m->workspaces = workspaces_free(m->workspaces);
        if (m->refusal)
                drop_next(m);
        m->pool = pool_free(m->pool);
        if (m->pipeline)
                pipeline_flush(m->pipeline);
        /* the writer closes last: only it can put the log back into the database */
        m->reader = reg_free(m->reader);
        m->storer = storer_free(m->storer);
        m->pipeline = pipeline_free(m->pipeline);
        if (m->sinks)
                sinks_flush(m->sinks, 2 * USEC_PER_SEC);
        m->sinks = sinks_free(m->sinks);
        m->approvals = approvals_free(m->approvals);
        m->quarantine = quarantine_free(m->quarantine);
        for (size_t i = 0; i < ELEMENTSOF(m->signals); i++)
                m->signals[i] = sd_event_source_disable_unref(m->signals[i]);
        m->sink_timer = sd_event_source_disable_unref(m->sink_timer);
        m->watchdog = sd_event_source_disable_unref(m->watchdog);
        m->retention = sd_event_source_disable_unref(m->retention);
        m->recheck = sd_event_source_disable_unref(m->recheck);
        m->refusal = sd_event_source_disable_unref(m->refusal);
        for (size_t i = 0; i < m->n_missing; i++)
                free(m->missing[i]);
        free(m->missing);
        for (size_t i = 0; i < _REASON_MAX; i++)
                free(m->gaps[i].detail);
        (void)config_unref(m->config);
        (void)sd_event_unref(m->event);
        explicit_bzero(m->key, sizeof(m->key));
        free(m);
        return NULL;
}
