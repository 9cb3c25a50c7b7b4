/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the events' numbers, and what the daemon says of itself.
 *
 * Numbers have no gaps while giad runs and are never used twice, not even after kill -9: a ceiling
 * is written to the register ahead of them, and after an unclean end numbering goes on from there.
 * A jump in the numbers is therefore always followed by a `started` event.
 */
#include "daemon/events.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "daemon/health.h"
#include "daemon/methods.h"
#include "daemon/tell.h"

/* More than can wait in the storer's queue: what was numbered while the disk stood still may be
 * known to the sinks only. */
#define SEEN_ROWS_MAX 2000000u
#define SEQUENCE_AHEAD (1u << 20)

/* --- numbers ---- */

struct ceiling_job {
        struct storer_job job;
        uint64_t ceiling;
};

static int write_ceiling(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        char text[24];

        (void)quarantine;
        (void)snprintf(text, sizeof(text), "%llu",
                       (unsigned long long)((struct ceiling_job *)job)->ceiling);
        return reg_meta_put(reg, "sequence_ceiling", text);
}

static void raise_ceiling(struct manager *m, uint64_t ceiling)
{
        struct ceiling_job *job = calloc(1, sizeof(*job));

        if (!job)
                return;
        job->ceiling = ceiling;
        job->job.run = write_ceiling;
        job->job.durable = true;
        storer_submit(m->storer, &job->job);
}

void events_keep_sequence(struct manager *m)
{
        raise_ceiling(m, m->seq + 2 * SEQUENCE_AHEAD);
}

int events_load_sequence(struct manager *m, struct reg *reg)
{
        char *text = NULL, next[24];
        uint64_t last = 0;
        int k = reg_event_last_seq(reg, &last);

        if (k >= 0 && reg_meta_get(reg, "sequence_ceiling", &text) >= 0) {
                uint64_t ceiling = strtoull(text, NULL, 10);

                last = MAX_OF(last, ceiling);
                free(text);
        }
        if (k < 0)
                return k;
        last = MAX_OF(last, m->seq);
        m->seq = last;
        (void)snprintf(next, sizeof(next), "%llu", (unsigned long long)(last + 2 * SEQUENCE_AHEAD));
        k = reg_begin(reg);
        if (k >= 0)
                k = reg_meta_put(reg, "sequence_ceiling", next);
        return k < 0 ? k : reg_commit(reg, true);
}

/* --- delivery ---- */

struct event_job {
        struct storer_job job;
        struct event *event;
        uint64_t keep;
};

static int write_event(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct event_job *e = (struct event_job *)job;

        (void)quarantine;
        return reg_event_put(reg, e->event, e->keep);
}

static void event_written(struct storer_job *job, void *userdata)
{
        (void)userdata;
        (void)event_free(((struct event_job *)job)->event);
        free(job);
}

void events_schedule_sinks(struct manager *m)
{
        usec_t deadline = sinks_deadline(m->sinks);

        if (deadline == m->sinks_due)
                return;
        m->sinks_due = deadline;
        if (deadline == USEC_INFINITY) {
                (void)sd_event_source_set_enabled(m->sink_timer, SD_EVENT_OFF);
                return;
        }
        (void)sd_event_source_set_time(m->sink_timer, deadline);
        (void)sd_event_source_set_enabled(m->sink_timer, SD_EVENT_ONESHOT);
}

void manager_emit(struct manager *m, struct event *e)
{
        struct event_job *job;

        if (!e)
                return;
        event_set_seq(e, ++m->seq);
        if (m->seq % SEQUENCE_AHEAD == 0 && m->storer)
                raise_ceiling(m, m->seq + 2 * SEQUENCE_AHEAD);
        job = m->storer ? calloc(1, sizeof(*job)) : NULL;
        if (job) {
                job->event = event_ref(e);
                job->keep = config_number(m->config, OPTION_EVENTS_KEPT);
                job->job.run = write_event;
                job->job.patient = true;
                job->job.done = event_written;
                storer_submit(m->storer, &job->job);
        }
        counters_event(&m->counters, e);
        health_event(m, e);
        methods_event(m, e);
        if (m->sinks) {
                sinks_emit(m->sinks, e);
                if (m->sink_timer)
                        events_schedule_sinks(m);
        } else {
                (void)event_free(e);
        }
}

/* --- what the daemon says of itself ---- */

static struct event *about_daemon(const struct manager *m, enum event_kind kind)
{
        struct event *e = event_new(kind, SEVERITY_INFO);

        if (e) {
                event_set(e, FIELD_VERSION, PACKAGE_VERSION);
                event_set(e, FIELD_CONFIG, m->options.config_path);
        }
        return e;
}

void events_started(struct manager *m)
{
        struct event *e = about_daemon(m, EVENT_STARTED);

        if (e)
                event_message(e, "giad %s started with %s", PACKAGE_VERSION,
                              m->options.config_path);
        manager_emit(m, e);
}

void events_stopped(struct manager *m)
{
        struct event *e = about_daemon(m, EVENT_STOPPED);

        if (e)
                event_message(e, "giad %s stopped", PACKAGE_VERSION);
        manager_emit(m, e);
        raise_ceiling(m, m->seq);
}

void events_config_loaded(struct manager *m)
{
        struct event *e = about_daemon(m, EVENT_CONFIG_LOADED);

        if (e)
                event_message(e, "Configuration %s is in force: %zu workspaces, %zu policy lines",
                              m->options.config_path, m->config->n_workspaces, m->config->n_policy);
        manager_emit(m, e);
}

void events_config_refused(struct manager *m, const struct config_error *error, int k)
{
        struct event *e = about_daemon(m, EVENT_CONFIG_REFUSED);
        char text[64], detail[sizeof(error->file) + sizeof(error->message) + 32];

        if (k != -EBADMSG)
                (void)snprintf(detail, sizeof(detail), "%s", strerror_r(-k, text, sizeof(text)));
        else if (*error->file)
                (void)snprintf(detail, sizeof(detail), "%s:%u:%u: %s", error->file, error->line,
                               error->column, error->message);
        else /* of the scanner: it names a rule file itself */
                (void)snprintf(detail, sizeof(detail), "%s", error->message);
        log_error("%s; the configuration before stays in force", detail);
        if (e) {
                event_set(e, FIELD_DETAIL, detail);
                event_message(e, "Configuration refused, the one before stays in force: %s",
                              detail);
        }
        manager_emit(m, e);
}

void events_scanner_died(struct manager *m, pid_t pid, const char *path, enum reason reason,
                         int status)
{
        struct event *e = about_daemon(m, EVENT_SCANNER_DIED);
        const char *how = WIFSIGNALED(status) ? "signal" : "status";
        int number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
        char masked[SCAN_PATH_MAX];

        /* who could have told whether a secret stands in it is dead */
        path = path ? text_mask(masked, sizeof(masked), path) : NULL;

        if (e) {
                event_set(e, FIELD_REASON, reason_to_string(reason));
                event_set(e, FIELD_PATH, path);
                event_setf(e, FIELD_DETAIL, "process %d ended with %s %d", (int)pid, how, number);
                event_message(e, "A scanner ended with %s %d%s%s", how, number,
                              path ? " while it read " : "", path ? path : "");
        }
        manager_emit(m, e);
}

void events_refused(void *userdata, const struct control_peer *peer, const char *method,
                    const char *why)
{
        struct manager *m = userdata;
        const struct told_operator by = {peer->name, peer->uid, peer->auid};
        char detail[256];

        (void)snprintf(detail, sizeof(detail), "%.80s: %.160s", method, why);
        manager_emit(m, tell_decision(EVENT_ACCESS_DENIED, &by, NULL, NULL, detail));
}

/* --- repair and retention ---- */

static void on_recovered(void *userdata, const struct quarantine_entry *entry)
{
        struct verdict v = {.severity = SEVERITY_MEDIUM, .action = ACTION_QUARANTINE};

        manager_emit(userdata, tell_quarantined(entry, "", NULL, &v, QUARANTINE_HELD, false));
}

static void on_returned(void *userdata, const char *workspace, const char *path)
{
        (void)userdata;
        log_notice(
                "An interrupted quarantine was undone, the file is back and will be scanned: %s/%s",
                workspace, path);
}

static void on_recovery_failed(void *userdata, const char *what, int error)
{
        char text[64], detail[512];

        (void)snprintf(detail, sizeof(detail), "%.400s: %s", what,
                       strerror_r(-error, text, sizeof(text)));
        manager_emit(userdata, tell_gap(NULL, REASON_STORE_FAILED, true, detail));
}

static void on_given_back(void *userdata, const char *workspace, const char *path)
{
        char masked[SCAN_PATH_MAX], shown[SCAN_PATH_MAX];
        const struct told_artefact what = {.workspace = workspace, .path = shown};

        (void)text_mask(masked, sizeof(masked), path);
        (void)text_printable(shown, sizeof(shown), masked, strlen(masked));

        manager_emit(userdata, tell_judgement(EVENT_ROLLED_BACK, NULL, &what, NULL, NULL,
                                              "giad was killed in between, and has ended it now"));
}

/* A place that was being made free for an approved version is free now, or is not. */
static void recover_rollbacks(struct manager *m)
{
        const struct quarantine_recovery handler = {
                .stored = on_recovered,
                .returned = on_given_back,
                .failed = on_recovery_failed,
                .userdata = m,
        };
        int k = quarantine_recover(m->versions, &handler);

        if (k < 0)
                on_recovery_failed(m, "repairing interrupted rollbacks", k);
}

void events_recover(struct manager *m)
{
        const struct quarantine_recovery handler = {
                .stored = on_recovered,
                .returned = on_returned,
                .failed = on_recovery_failed,
                .userdata = m,
        };
        int k = quarantine_recover(m->quarantine, &handler);

        if (k < 0)
                on_recovery_failed(m, "repairing interrupted quarantines", k);
        recover_rollbacks(m);
}

/* In the storer's thread; what was stored is told in the loop. */
struct retry_job {
        struct storer_job job;
        int failures;
        char (*stored)[ID_SIZE];
        size_t n, alloc;
};

static void count_failure(void *userdata, const char *what, int error)
{
        (void)what;
        (void)error;
        ((struct retry_job *)userdata)->failures++;
}

static void note_stored(void *userdata, const struct quarantine_entry *entry)
{
        struct retry_job *retry = userdata;

        if (retry->n == retry->alloc) {
                size_t alloc = MAX_OF(2 * retry->alloc, (size_t)16);
                char(*stored)[ID_SIZE] = reallocarray(retry->stored, alloc, sizeof(*stored));

                if (!stored)
                        return; /* `quarantine list` shows it all the same */
                retry->stored = stored;
                retry->alloc = alloc;
        }
        memcpy(retry->stored[retry->n++], entry->id, ID_SIZE);
}

static void ignore_returned(void *userdata, const char *workspace, const char *path)
{
        (void)userdata;
        (void)workspace;
        (void)path;
}

static int retry_store(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct retry_job *retry = (struct retry_job *)job;
        const struct quarantine_recovery handler = {.stored = note_stored,
                                                    .returned = ignore_returned,
                                                    .failed = count_failure,
                                                    .userdata = retry};
        int k = quarantine_recover(quarantine, &handler);

        (void)reg;
        return k < 0 ? k : retry->failures ? -EIO : 0;
}

static void store_retried(struct storer_job *job, void *userdata)
{
        struct retry_job *retry = (struct retry_job *)job;
        struct manager *m = userdata;

        for (size_t i = 0; i < retry->n; i++) {
                struct quarantine_entry entry = {.id = ""};

                if (quarantine_get(m->quarantine, retry->stored[i], &entry) >= 0)
                        on_recovered(m, &entry);
                quarantine_entry_done(&entry);
        }
        for (size_t i = 0; job->result >= 0 && workspaces_at(m->workspaces, i); i++)
                workspaces_gap(m->workspaces, workspaces_at(m->workspaces, i), REASON_STORE_FAILED,
                               false, NULL);
        free(retry->stored);
        free(retry);
}

void events_retry_store(struct manager *m)
{
        struct retry_job *retry = calloc(1, sizeof(*retry));

        if (!retry)
                return;
        retry->job.run = retry_store;
        retry->job.done = store_retried;
        retry->job.userdata = m;
        storer_submit(m->storer, &retry->job);
}

struct purge_job {
        struct storer_job job;
        char id[ID_SIZE], why[32];
        struct event *event; /* told when it is done */
};

static int purge_one(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        const struct purge_job *p = (const struct purge_job *)job;
        int k = quarantine_purge(quarantine, p->id);

        /* the register is an index of the store, and may have been begun anew since */
        if (k >= 0)
                (void)reg_quarantine_state(reg, p->id, "purged", "giad", p->why);
        return k;
}

static void purge_done(struct storer_job *job, void *userdata)
{
        struct purge_job *p = (struct purge_job *)job;

        if (job->result >= 0)
                manager_emit(userdata, take_ptr(&p->event));
        else
                /* retention tries again within the hour */
                log_warning("Entry %s cannot be purged (%s), ignoring", p->id, p->why);
        (void)event_free(p->event);
        free(p);
}

int events_purge(struct manager *m, const struct quarantine_entry *entry,
                 const struct told_operator *by, const char *why)
{
        struct purge_job *job = calloc(1, sizeof(*job));

        if (!job)
                return -ENOMEM;
        memcpy(job->id, entry->id, sizeof(job->id));
        (void)text_copy(job->why, sizeof(job->why), why);
        job->event = tell_decision(EVENT_PURGED, by, entry, why, NULL);
        job->job.run = purge_one;
        job->job.done = purge_done;
        job->job.userdata = m;
        storer_submit(m->storer, &job->job);
        return 0;
}

static int purge_if_expired(void *userdata, const struct quarantine_entry *entry)
{
        struct manager *m = userdata;
        const struct told_operator giad = {"giad", 0, UINT32_MAX};
        usec_t now = clock_realtime();

        /* 0: the entry is damaged and nobody knows how old it is; later than now: the clock was set
         * back */
        if (entry->held || entry->taken == 0 || entry->taken > now ||
            now - entry->taken < config_number(m->config, OPTION_RETENTION))
                return 0;
        return events_purge(m, entry, &giad, "retention");
}

void events_purge_expired(struct manager *m)
{
        if (config_number(m->config, OPTION_RETENTION) > 0)
                (void)quarantine_list(m->quarantine, purge_if_expired, m);
}

struct trim_job {
        struct storer_job job;
        uint64_t artefacts;
};

static int trim_register(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        (void)quarantine;
        return reg_trim(reg, SEEN_ROWS_MAX, ((const struct trim_job *)job)->artefacts);
}

/* Some at a time: what else is to be stored comes in between. */
static void register_trimmed(struct storer_job *job, void *userdata)
{
        struct manager *m = userdata;
        bool more = job->result > 0 && !m->stopping;

        free(job);
        if (more)
                events_trim_register(m);
}

void events_trim_register(struct manager *m)
{
        struct trim_job *job = calloc(1, sizeof(*job));

        if (!job)
                return;
        job->artefacts = config_number(m->config, OPTION_ARTEFACTS_KEPT);
        job->job.run = trim_register;
        job->job.done = register_trimmed;
        job->job.userdata = m;
        storer_submit(m->storer, &job->job);
}
