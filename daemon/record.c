/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: making the register's entry of an artefact from a scanner's answer and its verdict.
 * Does not own: when one is made (pipeline.c), writing it (storer.c, register/).
 */
#include "daemon/record.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/text.h"

const char *record_path(const struct work_item *item, const struct scan_result *result)
{
        return result->shown[0] ? result->shown : item->path;
}

struct artefact_job {
        struct storer_job job;
        struct reg_artefact artefact;
        uint32_t n;
        struct finding findings[];
};

static int write_artefact(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct artefact_job *a = (struct artefact_job *)job;

        (void)quarantine;
        return reg_artefact_put(reg, &a->artefact, a->findings, a->n);
}

static void artefact_written(struct storer_job *job, void *userdata)
{
        (void)userdata;
        reg_artefact_done(&((struct artefact_job *)job)->artefact);
        free(job);
}

void record_artefact(struct storer *storer, const struct workspace *ws,
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
        job->n = result->n_findings;
        memcpy(job->findings, result->findings, result->n_findings * sizeof(struct finding));
        job->job.run = write_artefact;
        job->job.done = artefact_written;
        if (!a->workspace || !a->path || !a->agent || !a->evidence) {
                artefact_written(&job->job, NULL);
                return;
        }
        storer_submit(storer, &job->job);
}
