/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what follows from a scanner's answer, in this order: is it still the same file, judge, respond, record, tell.
 * Does not own: any of these steps.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "daemon/beside.h"
#include "daemon/pipeline-internal.h"
#include "daemon/record.h"
#include "daemon/siblings.h"

#define TRIES_MAX 3                   /* scans that are void because the file changed meanwhile */
#define COARSE_CTIME (10 * 1000000ll) /* ns: two changes this close may have one ctime */

void pipeline_beside(struct pipeline *p, const struct scan_job *job, struct scan_beside *ret)
{
        struct work_item *item = job->userdata;

        beside_fill(&p->beside, p->host.workspace(p->host.userdata, item->workspace), item, ret);
}

void pipeline_about(struct pipeline *p, void *job, const struct scan_about *about)
{
        struct work_item *item = job;

        beside_learn(&p->beside, p->host.workspace(p->host.userdata, item->workspace), item, about);
}

static void look_at_sibling(void *userdata, struct workspace *ws, const char *path)
{
        pipeline_look(userdata, ws, path, WORK_PEER, NULL);
}

/* What it defines may change what the others mean. A walk finds those by itself, and one that was
 * looked at for this reason changed nothing. */
static void look_at_siblings(struct pipeline *p, struct workspace *ws, const struct work_item *item,
                             const struct scan_result *result)
{
        if (item->told && !item->for_peer && (result->defines || scan_peers_values(item->path)))
                siblings_of(ws, item->path, look_at_sibling, p);
}

/* Whether anybody need hear of the answer: if a file was looked at only because of another one, only
 * if it is another answer now. */
static bool is_news(struct pipeline *p, const struct workspace *ws, const struct work_item *item,
                    const struct scan_result *result, const struct verdict *v)
{
        bool same = scan_peers_wanted(item->path) &&
                    known_answer_same(p->known, ws, item->path, result);

        return !same || !item->for_peer || v->action != ACTION_REPORT;
}

static bool still_same(const struct work_item *item, struct file_id *ret_now)
{
        struct stat st;

        *ret_now = item->id;
        if (item->fd < 0)
                return true; /* a symlink cannot be written to */
        if (fstat(item->fd, &st) < 0)
                return false;
        file_id_from_stat(ret_now, &st);
        return file_id_equal(ret_now, &item->id);
}

/* A ctime this young may stay the same when the file is written to again. */
static bool ctime_is_coarse(const struct workspace *ws, const struct file_id *id)
{
        return !ws->fine_times && (int64_t)(clock_realtime() * 1000) - id->ctime_ns < COARSE_CTIME;
}

/* No verdict could be had: policy for that reason decides. */
static void scan_failed(struct pipeline *p, struct workspace *ws, struct work_item *item,
                        enum reason reason)
{
        struct scan_result empty = {0};
        struct verdict v = {.action = ACTION_REPORT, .severity = SEVERITY_MEDIUM, .decisive = -1};

        if (p->host.synthetic && p->host.synthetic(p->host.userdata, &item->id, NULL, reason, &v)) {
                pipeline_finish(p, ws, item);
                return;
        }
        /* nobody has looked for secrets in its name either */
        if (strcmp(text_mask(empty.shown, sizeof(empty.shown), item->path), item->path) == 0)
                empty.shown[0] = '\0';
        struct inside inside;
        const struct told_file file = pipeline_told(ws, item, &empty, &inside);
        p->stats.reasons[reason]++;
        p->host.emit(p->host.userdata, tell_not_scanned(&file, reason, NULL));
        if (p->config->on_failure[reason] == FAILURE_RETRY && item->tries++ < TRIES_MAX) {
                work_wait(p->work, item, false);
                return;
        }
        pipeline_judge_failure(p, reason, &v);
        pipeline_answer_gate(p, item, v.action < ACTION_QUARANTINE);
        int state = pipeline_respond(p, ws, item, &empty, &v);
        if (state == -ESTALE)
                item->again = item->surely = true;
        else if (state == REG_OBSERVED)
                known_put(p->known, ws, item->path,
                          &item->id); /* unless it changes, the same would happen again */
        pipeline_finish(p, ws, item);
}

static void scan_succeeded(struct pipeline *p, struct workspace *ws, struct work_item *item,
                           const struct scan_result *result)
{
        struct file_id now;
        struct verdict verdict;
        bool same = still_same(item, &now);

        if (item->ticket || same) {
                pipeline_judge(p, ws, item, result, &verdict);
                pipeline_answer_gate(p, item, verdict.action < ACTION_QUARANTINE);
        }
        if (!same && item->tries++ < TRIES_MAX) {
                p->stats.rescans++;
                work_rekey(p->work, item, &now);
                work_wait(p->work, item, false);
                return;
        }
        if (beside_is_wanted(&p->beside, ws, item, result)) {
                work_wait(p->work, item, true);
                return;
        }
        if (!same) {
                p->stats.reasons[REASON_CHANGING]++;
                pipeline_judge(p, ws, item, result, &verdict);
        }
        bool synthetic = p->host.synthetic && p->host.synthetic(p->host.userdata, &item->id, result,
                                                                REASON_NONE, &verdict);
        int state = pipeline_respond(p, ws, item, result, &verdict);
        if (state == -ESTALE)
                item->again = item->surely = true;
        if (state == -ESTALE || synthetic) {
                pipeline_finish(p, ws, item);
                return;
        }
        if (item->cause == WORK_EVENT || item->cause == WORK_GATE)
                histogram_add(&p->stats.verdict_latency, clock_monotonic() - item->since);
        ws->scanned++;
        ws->findings += result->n_findings;
        p->stats.findings += result->n_findings;
        if (is_news(p, ws, item, result, &verdict)) {
                if (result->artefact != ARTEFACT_NONE || result->n_findings > 0 ||
                    verdict.action != ACTION_REPORT)
                        record_artefact(p->storer, config_number(p->config, OPTION_VERSIONS), ws,
                                        item, result, &verdict,
                                        state < 0 ? REG_OBSERVED : (enum reg_state)state);
                pipeline_tell(p, ws, item, result, &verdict);
        }
        look_at_siblings(p, ws, item, result);
        if (verdict.until)
                p->host.again_at(p->host.userdata, verdict.until);
        /* gone: it has another name by now, and was not dealt with. Nor is a verdict final that
         * will end. */
        if (same && state >= 0 && state != REG_QUARANTINED && state != REG_GONE && !verdict.until &&
            !ctime_is_coarse(ws, &item->id))
                known_put(p->known, ws, item->path, &item->id);
        pipeline_finish(p, ws, item);
}

void pipeline_scanned(struct pipeline *p, void *job, const struct scan_result *result,
                      enum reason reason)
{
        struct work_item *item = job;
        struct workspace *ws = p->host.workspace(p->host.userdata, item->workspace);

        item->scanning = false;
        histogram_add(&p->stats.scan_duration, clock_monotonic() - item->given);
        p->stats.scans++;
        if (!ws) {
                work_drop(p->work, item);
        } else if (result) {
                p->stats.bytes += result->bytes;
                scan_succeeded(p, ws, item, result);
        } else if (beside_give_up(&p->beside, ws, item)) {
                /* it may have been that: once more without it */
                work_wait(p->work, item, false);
        } else {
                scan_failed(p, ws, item, reason);
        }
}
