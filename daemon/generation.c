/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what is made anew from each configuration, the scanners and the outputs, and the reload
 * that replaces them: all or nothing. Does not own: the parts that stay (manager.c), reading the
 * file (daemon/config), and what scanners and outputs do.
 *
 *   read the file ─► outputs and scanners beside the present ones ─► a scanner has read its rules ─► all of it in force
 *                 └────────────────────┴──────────── any error ───────────────┴─► refused: what runs stays
 *
 * A rule file may be broken as well as the configuration, and only a scanner may read it: so a
 * reload ends later than it begins.
 */
#include "daemon/generation.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "daemon/events.h"
#include "daemon/metrics.h"
#include "daemon/signatures.h"
#include "daemon/tell.h"

#define WORKERS_DEFAULT_MAX 4

/* --- scanners ---- */

static void on_scanned(void *userdata, void *job, const struct scan_result *result,
                       enum reason reason)
{
        pipeline_scanned(((struct manager_pool *)userdata)->manager->pipeline, job, result, reason);
}

static void put_into_force(struct manager *m);

/* They read what is inside the gate. */
static void exempt_scanners(struct manager *m)
{
        pid_t pids[128];
        size_t n = m->pool ? scan_pool_pids(m->pool->scanners, pids, ELEMENTSOF(pids)) : 0;

        gatekeeper_exempt(m->gatekeeper, pids, n);
}

static void on_scanner_ready(void *userdata, const struct scan_hello *hello)
{
        struct manager_pool *pool = userdata;
        struct manager *m = pool->manager;

        if (pool == m->next.pool)
                put_into_force(m);
        bool changed = pipeline_set_generation(m->pipeline, hello->generation);
        manager_gap(m, REASON_SCANNER_MISSING, false, NULL);
        exempt_scanners(m);
        if (changed)
                gatekeeper_forget(m->gatekeeper);
        if (changed && m->ready)
                workspaces_rewalk_all(m->workspaces);
        manager_begin_watching(m);
}

static void on_scanner_died(void *userdata, pid_t pid, const char *path, enum reason reason,
                            int status)
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
                if (missing) {
                        (void)text_copy(m->next.refusal, sizeof(m->next.refusal), detail);
                        (void)sd_event_source_set_enabled(m->refusal, SD_EVENT_ONESHOT);
                }
                return;
        }
        manager_gap(m, REASON_SCANNER_MISSING, missing, detail);
        manager_begin_watching(m);
}

static void on_scanner_room(void *userdata)
{
        pipeline_pump(((struct manager_pool *)userdata)->manager->pipeline);
}

static void on_scanner_about(void *userdata, void *job, const struct scan_about *about)
{
        pipeline_about(((struct manager_pool *)userdata)->manager->pipeline, job, about);
}

static void on_scanner_beside(void *userdata, const struct scan_job *job, struct scan_beside *ret)
{
        pipeline_beside(((struct manager_pool *)userdata)->manager->pipeline, job, ret);
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
                n = (uint64_t)(cpus < 1                     ? 1
                               : cpus > WORKERS_DEFAULT_MAX ? WORKERS_DEFAULT_MAX
                                                            : cpus);
        return (unsigned)n;
}

static bool sweeps_are_idle(const struct config *c)
{
        return strcmp(config_text(c, OPTION_SWEEP_PRIORITY), "idle") == 0;
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
                .about = on_scanner_about,
                .beside = on_scanner_beside,
                .userdata = pool,
        };
        char patterns[4200];
        (void)snprintf(patterns, sizeof(patterns), "%s/patterns",
                       config_text(c, OPTION_CACHE_DIRECTORY));
        (void)mkdir(config_text(c, OPTION_CACHE_DIRECTORY), 0700);
        struct scan_pool_config config = {
                .scanner =
                        m->options.scanner ? m->options.scanner : GIAD_LIBEXECDIR "/giad-scanner",
                .rules = config_text(c, OPTION_RULES_DIRECTORY),
                .local_rules = config_text(c, OPTION_LOCAL_RULES_DIRECTORY),
                .patterns = patterns,
                .workers = worker_count(c),
                .sweepers = sweeps_are_idle(c) ? worker_count(c) : 0,
                .nice = (int)config_number(c, OPTION_SCANNER_NICE),
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
        struct scan_pool_stats s = {0};

        if (m->pool)
                scan_pool_stats(m->pool->scanners, &s);
        m->former.deaths += s.deaths;
        m->former.deadlines += s.deadlines;
        m->pool = pool_free(m->pool);
        m->pool = pool;
        pipeline_set_pool(m->pipeline, pool->scanners);
}

/* --- sinks ---- */

static void on_sink_lost(void *userdata, const char *sink, const struct sink_loss *loss)
{
        bool all = loss->count == loss->to - loss->from + 1;
        char detail[160], numbers[64];

        (void)snprintf(numbers, sizeof(numbers), "%s %llu to %llu",
                       all ? "numbers" : "out of the numbers", (unsigned long long)loss->from,
                       (unsigned long long)loss->to);
        (void)snprintf(detail, sizeof(detail), "%s lost %llu events, %s", sink,
                       (unsigned long long)loss->count,
                       loss->to > 0 ? numbers : "whose numbers are not known");
        manager_emit(userdata, tell_gap(NULL, REASON_EVENTS_LOST, true, detail));
}

/* Each output is told; coverage is whole again when none is left that has the trouble. */
static void tell_trouble(struct manager *m, enum reason reason, int *n, bool begins,
                         const char *text)
{
        *n += begins ? 1 : -1;
        if (*n == (begins ? 1 : 0))
                manager_gap(m, reason, begins, text);
        else if (begins)
                manager_emit(m, tell_gap(NULL, reason, true, text));
}

void manager_output_down(struct manager *m, const char *output, bool down, const char *detail)
{
        char text[512];

        (void)snprintf(text, sizeof(text), "%s%s%s", output, detail ? ": " : "",
                       detail ? detail : "");
        tell_trouble(m, REASON_SINK_DOWN, &m->sinks_down, down, text);
}

static void on_sink_down(void *userdata, const char *sink, bool down, const char *detail)
{
        manager_output_down(userdata, sink, down, detail);
}

static void on_spool_failed(void *userdata, const char *sink, bool failed, int error)
{
        struct manager *m = userdata;
        char text[256], why[64];

        (void)snprintf(text, sizeof(text), "%s: %s", sink, strerror_r(-error, why, sizeof(why)));
        tell_trouble(m, REASON_SPOOL_FAILED, &m->spools_failed, failed, text);
}

static int add_sink(struct sinks_next *next, const char *name, const struct sink_config *config)
{
        const struct sink_vtable *v = sink_by_name(name);
        struct sink *sink = NULL;
        int k = v ? v->new (&sink, config) : -ENOENT;

        if (k >= 0)
                k = sinks_next_add(next, sink);
        return k < 0 ? log_error_errno(k, "Output %s cannot be set up", name) : 0;
}

/* What a configuration wants to be told to. Nothing is delivered yet. */
static int make_sinks(struct manager *m, const struct config *c, struct sinks_next **ret)
{
        struct sink_config config = {.fd = STDOUT_FILENO, .colour = isatty(STDOUT_FILENO) == 1};
        struct sinks_next *next = NULL;
        int k = sinks_next_new(&next, m->sinks);

        if (k < 0)
                return log_error_errno(k, "Outputs cannot be set up");
        if (config_bool(c, OPTION_TERMINAL) || m->options.foreground)
                k = add_sink(next, "terminal", &config);
        if (k >= 0 && config_bool(c, OPTION_JOURNAL))
                k = add_sink(next, "journal", &config);
        config.path = config_text(c, OPTION_SYSLOG_PATH);
        if (k >= 0 && config_bool(c, OPTION_SYSLOG))
                k = add_sink(next, "syslog", &config);
        if (k >= 0 && config_bool(c, OPTION_AUDIT))
                k = add_sink(next, "audit", &config);
        config.path = config_text(c, OPTION_JSONL_PATH);
        config.schema = config_text(c, OPTION_JSONL_SCHEMA);
        if (k >= 0 && config_bool(c, OPTION_JSONL))
                k = add_sink(next, "jsonl", &config);
        if (k < 0) {
                (void)sinks_next_free(next);
                return k;
        }
        *ret = next;
        return 0;
}

/* The events that still wait for an output go on waiting for its successor. */
static void use_sinks(struct manager *m, const struct config *c, struct sinks_next *next)
{
        sinks_apply(m->sinks, next, config_number(c, OPTION_QUEUE),
                    config_number(c, OPTION_SPOOL_SIZE));
}

static int start_sinks(struct manager *m)
{
        const struct sinks_handler handler = {.lost = on_sink_lost,
                                              .down = on_sink_down,
                                              .spool_failed = on_spool_failed,
                                              .userdata = m};
        struct sinks_next *next = NULL;
        char spools[4200];

        (void)snprintf(spools, sizeof(spools), "%s/spool",
                       config_text(m->config, OPTION_STATE_DIRECTORY));
        int k = sinks_new(&m->sinks, &handler, spools);
        if (k < 0)
                (void)log_error_errno(k, "Outputs cannot be set up");
        else
                k = make_sinks(m, m->config, &next);
        if (k >= 0)
                use_sinks(m, m->config, next);
        return k;
}

/* --- reload ---- */

/* What is taken once, at the start. Returns the first key that differs, or NULL. */
static const char *needs_restart(const struct config *a, const struct config *b)
{
        static const enum config_option texts[] = {OPTION_STATE_DIRECTORY,
                                                   OPTION_RUNTIME_DIRECTORY};
        static const enum config_option numbers[] = {
                OPTION_STORE_SIZE, OPTION_DEPTH, OPTION_PENDING, OPTION_SETTLE,
                OPTION_SETTLE_MAX, OPTION_POLL,  OPTION_WATCHES, OPTION_VERSIONS_SIZE};

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                if (strcmp(config_text(a, texts[i]), config_text(b, texts[i])) != 0)
                        return option_info(texts[i])->path;
        for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
                if (config_number(a, numbers[i]) != config_number(b, numbers[i]))
                        return option_info(numbers[i])->path;
        return NULL;
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
        m->next.sinks = sinks_next_free(m->next.sinks);
        m->next.config = config_unref(m->next.config);
        m->next.refusal[0] = '\0';
        (void)sd_event_source_set_enabled(m->refusal, SD_EVENT_OFF);
}

/* All that can fail, before anything of the present generation is let go. */
static int prepare_next(struct manager *m, struct config *fresh, struct config_error *error)
{
        const char *fixed = needs_restart(m->config, fresh);

        if (fixed)
                return refuse(m, error, "%s only changes with a restart", fixed);
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
        struct sinks_next *sinks = m->next.sinks;

        (void)config_unref(m->config);
        m->config = m->next.config;
        m->next = (struct manager_next){0};
        (void)sd_event_source_set_enabled(m->refusal, SD_EVENT_OFF);
        pipeline_set_config(m->pipeline, m->config);
        use_sinks(m, m->config, sinks);
        events_schedule_sinks(m);
        control_set_groups(m->control, config_text(m->config, OPTION_READ_GROUP),
                           config_text(m->config, OPTION_DECIDE_GROUP));
        use_scanners(m, pool);
        int k = m->ready ? workspaces_apply(m->workspaces, m->config) : 0;
        if (k < 0)
                (void)log_error_errno(k, "Not all workspaces can be watched");
        sweeper_schedule(m->sweeper);
        signatures_reload(m);
        m->configurations++;
        m->configured = clock_realtime();
        k = metrics_output_apply(m);
        if (k < 0)
                (void)log_error_errno(k, "Metrics cannot be written");
        events_config_loaded(m);
        (void)sd_notify(0, "READY=1");
}

static int on_refusal(sd_event_source *s, void *userdata)
{
        struct manager *m = userdata;
        struct config_error error = {0};

        (void)s;
        if (!m->next.pool)
                return 0;
        /* the scanner's own words, which name the rule file, the line and the column */
        (void)text_copy(error.message, sizeof(error.message), m->next.refusal);
        refuse_next(m, &error, -EBADMSG);
        return 0;
}

/* Goes on in put_into_force() or on_refusal(), when the new scanners have read their rules: a rule
 * file may be broken too. */
int manager_reload(struct manager *m)
{
        _cleanup_(config_unrefp) struct config *fresh = NULL;
        struct config_error error;

        (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
                         (unsigned long long)clock_monotonic());
        drop_next(m);
        int k = config_load(&fresh, m->options.config_path, &error);
        if (k >= 0)
                k = prepare_next(m, fresh, &error);
        if (k < 0)
                refuse_next(m, &error, k);
        return k;
}

/* --- for the manager ---- */

int generation_init(struct manager *m)
{
        int k = start_sinks(m);

        if (k >= 0)
                k = sd_event_add_defer(m->event, &m->refusal, on_refusal, m);
        return k < 0 ? k : sd_event_source_set_enabled(m->refusal, SD_EVENT_OFF);
}

int generation_start(struct manager *m)
{
        struct manager_pool *pool = NULL;
        int k = start_scanners(m, m->config, &pool);

        if (k >= 0)
                use_scanners(m, pool);
        return k;
}

void generation_stop(struct manager *m)
{
        if (m->refusal)
                drop_next(m);
        m->refusal = sd_event_source_disable_unref(m->refusal);
        m->pool = pool_free(m->pool);
}
