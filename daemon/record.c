/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: making the register's entry of an artefact from a scanner's answer and its verdict.
 * Does not own: when one is made (pipeline.c), writing it (storer.c, register/).
 */
#include "daemon/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "daemon/repositories.h"

const char *record_path(const struct work_item *item, const struct scan_result *result)
{
        return result->shown[0] ? result->shown : item->path;
}

struct artefact_job {
        struct storer_job job;
        struct reg_artefact artefact;
        struct reg_version version;
        uint64_t keep; /* versions */
        char policy[sizeof(((struct verdict *)NULL)->policy)];
        uint32_t n, n_assertions;
        struct assertion *assertions;
        struct finding findings[];
};

static int write_artefact(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct artefact_job *a = (struct artefact_job *)job;
        int k = reg_artefact_put(reg, &a->artefact, a->findings, a->n);

        (void)quarantine;
        return k < 0 ? k
                     : reg_version_put(reg, a->artefact.id, &a->version, a->assertions,
                                       a->n_assertions, a->keep, *a->policy ? a->policy : NULL);
}

static void artefact_written(struct storer_job *job, void *userdata)
{
        struct artefact_job *a = (struct artefact_job *)job;

        (void)userdata;
        reg_artefact_done(&a->artefact);
        reg_version_done(&a->version);
        free(a->assertions);
        free(a);
}

/* What the file says, and the secrets that are in it, which the next version may not have. */
static void copy_assertions(struct artefact_job *job, const struct scan_result *result)
{
        job->assertions =
                calloc(result->n_assertions + result->n_findings + 1u, sizeof(*job->assertions));
        if (!job->assertions)
                return;
        for (uint32_t i = 0; i < result->n_assertions; i++)
                job->assertions[job->n_assertions++] = result->assertions[i];
        for (uint32_t i = 0; i < result->n_findings; i++) {
                const struct finding *f = &result->findings[i];
                struct assertion *a = &job->assertions[job->n_assertions];

                if (finding_kind_of(f) != FINDING_SECRET)
                        continue;
                *a = (struct assertion){
                        .kind = ASSERTION_SECRET, .certainty = f->certainty, .line = f->line};
                (void)snprintf(a->text, sizeof(a->text), "%s %s", finding_class_to_string(f->class),
                               f->fingerprint);
                job->n_assertions++;
        }
}

/* Without memory for one of these less is known of it. */
static void describe_writer(struct reg_version *v, const struct provenance *w)
{
        char exe[256], text[400];

        if (!w)
                return;
        if (w->exe)
                (void)snprintf(text, sizeof(text), "%s (process %d, uid %u)",
                               text_mask(exe, sizeof(exe), w->exe), (int)w->pid, w->uid);
        else
                (void)snprintf(text, sizeof(text), "process %d", (int)w->pid);
        v->writer = strdup(text);
        v->agent = w->agent ? strdup(w->agent) : NULL;
        v->container = w->container ? strdup(text_mask(exe, sizeof(exe), w->container)) : NULL;
}

static void describe_repository(struct reg_version *v, const struct workspace *ws,
                                const struct repository *r)
{
        char path[SCAN_PATH_MAX], shown[SCAN_PATH_MAX];

        if (!r)
                return;
        (void)snprintf(path, sizeof(path), "%s%s%s", ws->path, *r->path ? "/" : "", r->path);
        v->repository = strdup(text_mask(shown, sizeof(shown), path));
        v->branch = *r->branch ? strdup(r->branch) : NULL;
        v->revision = *r->commit ? strdup(r->commit) : NULL;
}

static void describe_version(struct artefact_job *job, const struct workspace *ws,
                             const struct work_item *item, const struct scan_result *result)
{
        struct reg_artefact *a = &job->artefact;
        struct reg_version *v = &job->version;

        memcpy(v->sha256, a->sha256, sizeof(v->sha256));
        v->size = a->size;
        v->state = a->state;
        v->severity = a->severity;
        v->n_findings = a->n_findings;
        v->first_seen = v->last_seen = a->last_seen;
        author_of(&v->author, item->writer, item->owner, a->last_seen);
        if (a->path && strcmp(a->path, item->path) != 0)
                v->place = strdup(result->shown[0] ? "" : item->path);
        describe_writer(v, item->writer);
        if (!v->agent && *ws->agent)
                v->agent = strdup(ws->agent);
        describe_repository(v, ws, item->repository);
}

void record_artefact(struct storer *storer, uint64_t keep, const struct workspace *ws,
                     const struct work_item *item, const struct scan_result *result,
                     const struct verdict *v, enum reg_state state)
{
        struct artefact_job *job =
                calloc(1, sizeof(*job) + result->n_findings * sizeof(struct finding));
        char path[SCAN_PATH_MAX];

        if (!job)
                return;
        struct reg_artefact *a = &job->artefact;
        a->workspace = strdup(ws->path);
        const char *shown = record_path(item, result);
        a->path = strdup(text_printable(path, sizeof(path), shown, strlen(shown)));
        a->agent = strdup(ws->agent);
        a->kind = (enum artefact_kind)result->artefact;
        a->evidence = strdup(result->evidence);
        memcpy(a->sha256, result->sha256, sizeof(a->sha256));
        a->size = item->id.size;
        a->owner = item->owner;
        a->state = state;
        a->severity = v->severity;
        a->n_findings = result->n_findings;
        a->last_seen = a->first_seen = clock_realtime();
        job->keep = keep;
        job->n = result->n_findings;
        (void)text_copy(job->policy, sizeof(job->policy), v->policy);
        memcpy(job->findings, result->findings, result->n_findings * sizeof(struct finding));
        copy_assertions(job, result);
        describe_version(job, ws, item, result);
        job->job.run = write_artefact;
        job->job.done = artefact_written;
        job->job.patient = true;
        if (!a->workspace || !a->path || !a->agent || !a->evidence) {
                artefact_written(&job->job, NULL);
                return;
        }
        storer_submit(storer, &job->job);
}
