/* SPDX-FileCopyrightText: giad maintainers */
/* Owns: which events follow from a verdict. Does not own: what is in them (tell.c). */
#include "daemon/pipeline-internal.h"
#include "daemon/policy/policy.h"
#include "daemon/record.h"
#include "daemon/writer.h"

struct told_file pipeline_told(const struct workspace *ws, const struct work_item *item,
                               const struct scan_result *result, struct inside *inside)
{
        inside_find(inside, item->writer, ws, item->path, record_path(item, result));
        return (struct told_file){
                .workspace = ws,
                .path = record_path(item, result),
                .id = item->id,
                .mode = item->mode,
                .owner = item->owner,
                .writer = item->writer,
                .repository = item->repository,
                .found_by = work_cause_to_string(item->cause),
                .inside = inside,
        };
}

/* Gaps that left nothing unread, only ununderstood, are told for identity artefacts alone: every
 * template in a tree of sources would be one otherwise. They are counted all the same. */
static bool worth_telling(enum reason reason, const struct scan_result *result)
{
        if (reason == REASON_MALFORMED || reason == REASON_PARSER_LIMIT ||
            reason == REASON_TOO_LARGE_TO_PARSE || reason == REASON_FINDINGS_CAPPED)
                return result->artefact != ARTEFACT_NONE;
        return true;
}

void pipeline_tell(struct pipeline *p, const struct workspace *ws, const struct work_item *item,
                   const struct scan_result *result, const struct verdict *v)
{
        struct inside inside;
        const struct told_file file = pipeline_told(ws, item, result, &inside);
        usec_t now = clock_realtime();
        struct judging judging;

        pipeline_subject(p, ws, item, result, now, &judging);

        if (result->artefact != ARTEFACT_NONE) {
                p->stats.artefacts++;
                p->host.emit(p->host.userdata, tell_artefact(&file, result));
        }
        for (uint32_t i = 0; i < result->n_findings; i++) {
                const struct finding *f = &result->findings[i];
                bool counts = policy_counts(p->config, &judging.subject, f, now);

                p->host.emit(p->host.userdata, tell_finding(&file, result, f, !counts));
        }
        for (unsigned i = 0; i < result->n_gaps; i++) {
                enum reason reason = (enum reason)result->gaps[i].reason;

                p->stats.reasons[reason]++;
                if (worth_telling(reason, result))
                        p->host.emit(p->host.userdata, tell_not_scanned(&file, reason, NULL));
        }
        if (result->n_findings > 0 || v->action != ACTION_REPORT || v->approved)
                p->host.emit(p->host.userdata, tell_verdict(&file, result, v));
}
