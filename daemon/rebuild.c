/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what is done again for a register that was begun anew.
 * Does not own: noticing the damage (storer.c, register-check.c, who reads), setting the file aside (register/).
 *
 *   storer: damaged ─► set aside, begun anew ─► loop: read the new one, forget what was seen ─► walk ─► artefacts are recorded again
 *                                                  └─► storer: entries of the quarantine store
 */
#include "daemon/rebuild.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "daemon/events.h"
#include "daemon/rights.h"

#define ENTRIES_AT_ONCE 200u /* in a tenth of a second: others have something to store, too */

/* --- what was taken away ---- */

struct entries_job {
        struct storer_job job;
        struct quarantine_listing *listing; /* NULL: not begun */
};

static const char *text_of(const cJSON *o, const char *name)
{
        const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

        return s ? s : "";
}

static uint32_t number_of(const cJSON *o, const char *name)
{
        const cJSON *n = cJSON_GetObjectItemCaseSensitive(o, name);

        return cJSON_IsNumber(n) && n->valuedouble >= 0 && n->valuedouble < UINT32_MAX
                       ? (uint32_t)n->valuedouble
                       : 0;
}

static void copy_printable(char *dst, size_t size, const char *s)
{
        (void)text_printable(dst, size, s, strlen(s));
}

static void read_finding(struct finding *f, const cJSON *o)
{
        int class = finding_class_from_string(text_of(o, "class")),
            severity = severity_from_string(text_of(o, "severity"));

        copy_printable(f->rule, sizeof(f->rule), text_of(o, "rule"));
        copy_printable(f->title, sizeof(f->title), text_of(o, "title"));
        copy_printable(f->redacted, sizeof(f->redacted), text_of(o, "redacted"));
        copy_printable(f->remediation, sizeof(f->remediation), text_of(o, "remediation"));
        copy_printable(f->fingerprint, sizeof(f->fingerprint), text_of(o, "fingerprint"));
        f->class = (uint16_t)(class < 0 ? 0 : class);
        f->severity = (uint8_t)(severity < 0 ? SEVERITY_INFO : severity);
        f->line = f->end_line = number_of(o, "line");
        f->column = number_of(o, "column");
}

/* Returns how many there are. */
static size_t read_findings(const struct quarantine_entry *e, struct finding **ret)
{
        cJSON *list = cJSON_Parse(e->findings ? e->findings : "[]");
        const cJSON *o;
        size_t n = 0;

        *ret = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof(**ret));
        cJSON_ArrayForEach(o, list) if (*ret) read_finding(&(*ret)[n++], o);
        cJSON_Delete(list);
        return n;
}

/* What a walk has found at the place since is newer than what was taken away there. */
static bool is_known(struct reg *reg, const char *workspace, const char *path)
{
        _cleanup_(reg_artefact_done) struct reg_artefact a = {.id = ""};

        return reg_artefact_find(reg, NULL, workspace, path, &a) == 0 && a.state != REG_QUARANTINED;
}

static int put_entry(struct reg *reg, const struct quarantine_entry *e)
{
        _cleanup_free_ struct finding *findings = NULL;
        _cleanup_(reg_artefact_done) struct reg_artefact a = {.id = ""};
        size_t n = read_findings(e, &findings);
        char path[8192];

        copy_printable(path, sizeof(path), e->shown ? e->shown : e->path);
        if (is_known(reg, e->workspace, path))
                return 0;
        a = (struct reg_artefact){
                .workspace = strdup(e->workspace),
                .path = strdup(path),
                .evidence = strdup("not read again: it is in the quarantine store"),
                .size = e->size,
                .owner = e->uid,
                .state = REG_QUARANTINED,
                .first_seen = e->taken,
                .last_seen = e->taken,
        };
        if (!a.workspace || !a.path || !a.evidence || !findings)
                return -ENOMEM;
        memcpy(a.sha256, e->sha256, sizeof(a.sha256));
        int kind = e->artefact ? artefact_kind_from_string(e->artefact) : -EINVAL;
        a.kind = kind < 0 ? ARTEFACT_NONE : (enum artefact_kind)kind;
        for (size_t i = 0; i < n; i++)
                a.severity = MAX_OF(a.severity, (enum severity)findings[i].severity);
        struct reg_version v = {
                .size = a.size,
                .state = a.state,
                .severity = a.severity,
                .n_findings = (uint32_t)n,
                .first_seen = a.first_seen,
                .last_seen = a.last_seen,
        };
        memcpy(v.sha256, a.sha256, sizeof(v.sha256));
        rights_author_from_json(&v.author, e->writer, e->uid, e->taken);
        int k = reg_artefact_put(reg, &a, findings, n);
        return k < 0 ? k : reg_version_put(reg, a.id, &v, NULL, 0, 1, e->reason);
}

static int put_back(void *userdata, const struct quarantine_entry *e)
{
        /* of a damaged entry, or one from holding, nobody knows where it was */
        if (e->workspace && *e->workspace && e->path && *e->path && e->taken > 0)
                (void)put_entry(userdata, e);
        return 0;
}

static int put_back_some(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct entries_job *entries = (struct entries_job *)job;
        int k = entries->listing ? 0 : quarantine_listing_new(&entries->listing, quarantine);

        return k < 0 ? k
                     : quarantine_listing_step(entries->listing, quarantine, ENTRIES_AT_ONCE,
                                               put_back, reg);
}

static void some_put_back(struct storer_job *job, void *userdata)
{
        struct manager *m = userdata;

        if (job->result > 0 && !m->stopping) {
                storer_submit(m->storer, job);
                return;
        }
        (void)quarantine_listing_free(((struct entries_job *)job)->listing);
        free(job);
}

static void put_back_entries(struct manager *m)
{
        struct entries_job *job = calloc(1, sizeof(*job));

        if (!job)
                return;
        job->job.run = put_back_some;
        job->job.done = some_put_back;
        job->job.userdata = m;
        storer_submit(m->storer, &job->job);
}

/* --- the rest ---- */

static int run_forget_seen(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        (void)job;
        (void)quarantine;
        return reg_seen_forget(reg);
}

static void forget_seen(struct manager *m)
{
        struct storer_job *job = calloc(1, sizeof(*job));

        if (!job)
                return;
        job->run = run_forget_seen;
        storer_submit(m->storer, job);
}

struct condemn_job {
        struct storer_job job;
        unsigned renewals;
};

static int condemn(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        (void)quarantine;
        if (reg_renewals(reg) == ((const struct condemn_job *)job)->renewals)
                reg_condemn(reg);
        return 0;
}

/* What operators decided is in memory still; signed approvals are in files of their own. */
struct approval_job {
        struct storer_job job;
        struct reg_approval approval;
};

static int put_approval(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        (void)quarantine;
        return reg_approval_put(reg, &((struct approval_job *)job)->approval);
}

static void approval_put(struct storer_job *job, void *userdata)
{
        (void)userdata;
        reg_approval_done(&((struct approval_job *)job)->approval);
        free(job);
}

static int keep_approval(void *userdata, const struct reg_approval *a)
{
        struct approval_job *job = a->pattern ? NULL : calloc(1, sizeof(*job));

        if (!job)
                return 0;
        if (reg_approval_copy(&job->approval, a) < 0) {
                free(job);
                return 0;
        }
        job->job.run = put_approval;
        job->job.done = approval_put;
        storer_submit(((struct manager *)userdata)->storer, &job->job);
        return 0;
}

/* It reads the one that was set aside: better than none, should this fail. */
static void read_new(struct manager *m)
{
        struct reg *reader = NULL;
        int k = reg_open(&reader, reg_path(m->reader), true, NULL);

        if (k < 0) {
                (void)log_error_errno(k, "The register that was begun anew cannot be read");
                return;
        }
        (void)reg_free(m->reader);
        m->reader = reader;
}

void rebuild_at_start(struct manager *m, const char *detail)
{
        manager_gap(m, REASON_REGISTER_DAMAGED, true, detail);
        put_back_entries(m);
}

void rebuild_begin(void *userdata, unsigned renewals, const char *detail)
{
        struct manager *m = userdata;

        if (!m->reader)
                return; /* all ends; the next start finds it out */
        read_new(m);
        m->renewals = renewals;
        events_keep_sequence(m);
        /* once more if it is open already: another register was lost */
        manager_gap(m, REASON_REGISTER_DAMAGED, false, NULL);
        manager_gap(m, REASON_REGISTER_DAMAGED, true, detail);
        /* what was on its way to the former one is known of files that are not in this one */
        pipeline_forget(m->pipeline);
        forget_seen(m);
        approvals_each(m->approvals, keep_approval, m);
        put_back_entries(m);
        workspaces_rewalk_all(m->workspaces);
}

void rebuild_suspect(struct manager *m, unsigned renewals)
{
        struct condemn_job *job = calloc(1, sizeof(*job));

        if (!job)
                return;
        job->renewals = renewals;
        job->job.run = condemn;
        storer_submit(m->storer, &job->job);
}

bool rebuild_under_way(struct manager *m)
{
        struct pipeline_stats s;

        if (!m->gaps[REASON_REGISTER_DAMAGED].open)
                return false;
        pipeline_stats(m->pipeline, &s);
        if (!m->ready || !workspaces_walked(m->workspaces) || s.pending > 0 ||
            storer_queued(m->storer) > 0)
                return true;
        manager_gap(m, REASON_REGISTER_DAMAGED, false, NULL);
        return false;
}
