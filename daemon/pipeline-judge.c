/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which verdict follows from an answer, and that it is carried out.
 * Does not own: policy, approvals, the move into the store (respond.c).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/pipeline-internal.h"
#include "daemon/policy/policy.h"
#include "daemon/writer.h"

#define RESPONSE_RETRY (300 * USEC_PER_SEC)

void pipeline_judge_failure(const struct pipeline *p, enum reason reason, struct verdict *v)
{
        if (p->config->on_failure[reason] != FAILURE_QUARANTINE || v->action >= ACTION_QUARANTINE)
                return;
        v->action = ACTION_QUARANTINE;
        v->severity = MAX_OF(v->severity, SEVERITY_MEDIUM);
        (void)snprintf(v->policy, sizeof(v->policy), "on_failure: %s", reason_to_string(reason));
}

static void add_approved(const struct pipeline *p, const struct workspace *ws,
                         const struct finding *f, usec_t now, struct judging *ret)
{
        usec_t until = approvals_class_until(p->approvals, ws->path,
                                             finding_class_to_string(f->class), now);

        if (until == APPROVALS_NONE)
                return;
        ret->approved[f->class / 64] |= UINT64_C(1) << (f->class % 64);
        ret->subject.approved = ret->approved;
        if (until && (!ret->until || until < ret->until))
                ret->until = until;
}

void pipeline_subject(const struct pipeline *p, const struct workspace *ws,
                      const struct work_item *item, const struct scan_result *result, usec_t now,
                      struct judging *ret)
{
        *ret = (struct judging){.subject = {
                                        .workspace = ws->path,
                                        .agent = ws->agent,
                                        .path = item->path,
                                        .kind = (enum artefact_kind)result->artefact,
                                        .writer_uid = writer_uid(item->writer, item->owner),
                                        .inline_suppressions = workspace_obeys_comments(ws),
                                }};
        for (uint32_t i = 0; i < result->n_findings; i++)
                add_approved(p, ws, &result->findings[i], now, ret);
}

/* A person has said that this content is not to stand there. */
static bool judge_rejected(const struct pipeline *p, const struct workspace *ws,
                           const struct work_item *item, const struct scan_result *result,
                           struct verdict *v)
{
        const struct reg_approval *rejected =
                approvals_rejected(p->approvals, ws->path, item->path, result);

        if (!rejected)
                return false;
        v->rejected = true;
        if (v->action < ACTION_QUARANTINE)
                v->action = ACTION_QUARANTINE;
        (void)snprintf(v->policy, sizeof(v->policy), "rejected by %.64s",
                       rejected->operator_name ? rejected->operator_name : "an operator");
        return true;
}

static void ends_at(struct verdict *v, usec_t until)
{
        if (until && (!v->until || until < v->until))
                v->until = until;
}

void pipeline_judge(struct pipeline *p, const struct workspace *ws, const struct work_item *item,
                    const struct scan_result *result, struct verdict *ret)
{
        usec_t now = clock_realtime();
        struct judging judging;

        pipeline_subject(p, ws, item, result, now, &judging);
        policy_decide(p->config, &judging.subject, result->findings, result->n_findings, now, ret);
        ends_at(ret, judging.until);
        for (unsigned i = 0; i < result->n_gaps; i++)
                pipeline_judge_failure(p, (enum reason)result->gaps[i].reason, ret);
        if (judge_rejected(p, ws, item, result, ret) || ret->action == ACTION_REPORT)
                return;
        const struct reg_approval *approval =
                approvals_covering(p->approvals, ws->path, item->path, result, now);
        if (!approval)
                return;
        ret->approved = true;
        ret->action = ACTION_REPORT;
        memcpy(ret->approval, approval->id, sizeof(ret->approval));
        ends_at(ret, approval->expires);
}

/* A file that was taken in its own directory has mode 0000 and lies where it is watched. */
static void own_taken(struct pipeline *p, const struct work_item *item)
{
        struct file_id id;
        struct stat st;

        if (item->fd >= 0 && fstat(item->fd, &st) == 0 && (st.st_mode & 07777) == 0) {
                file_id_from_stat(&id, &st);
                known_own(p->known, &id);
        }
}

int pipeline_respond(struct pipeline *p, struct workspace *ws, const struct work_item *item,
                     const struct scan_result *result, const struct verdict *verdict)
{
        enum reason reason = REASON_NONE;

        switch (verdict->action) {
        case ACTION_QUARANTINE:
        case ACTION_ROLLBACK: {
                int k = responder_quarantine(p->responder, ws, item, result, verdict, &reason);

                if (k == -ESTALE)
                        return k;
                if (k == -ENOENT)
                        return REG_GONE;
                if (k < 0) {
                        struct inside inside;
                        const struct told_file file = pipeline_told(ws, item, result, &inside);

                        p->stats.response_failed++;
                        p->stats.reasons[reason]++;
                        p->host.emit(p->host.userdata,
                                     tell_response_failed(&file, verdict, reason, k));
                        /* the store may have room again by then */
                        if (reason == REASON_STORE_FAILED)
                                p->host.again_at(p->host.userdata,
                                                 clock_realtime() + RESPONSE_RETRY);
                        return -EAGAIN;
                }
                own_taken(p, item);
                p->stats.quarantined++;
                ws->quarantined++;
                if (item->links > 1)
                        /* its other names in any workspace are found by walking: the rename changed
                         * the ctime */
                        p->host.rewalk(p->host.userdata, 0);
                return REG_QUARANTINED;
        }
        case ACTION_REQUIRE_APPROVAL:
                return REG_PENDING;
        case ACTION_REPORT:
        case _ACTION_MAX:
                break;
        }
        return verdict->approved ? REG_APPROVED : REG_OBSERVED;
}
