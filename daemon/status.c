/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the daemon's state in words and numbers, read from the manager's parts. Does not own: the
 * parts, and who may ask (methods.c).
 */
#include "daemon/status.h"

#include <string.h>
#include <unistd.h>

#include "daemon/answer.h"
#include "daemon/manager.h"

static void add_gap(cJSON *list, enum reason reason, usec_t since, const char *detail)
{
        cJSON *gap = cJSON_CreateObject();

        answer_text(gap, "reason", reason_to_string(reason));
        answer_text(gap, "text", reason_text(reason));
        answer_time(gap, "since", since);
        if (detail)
                answer_text(gap, "detail", detail);
        (void)cJSON_AddItemToArray(list, gap);
}

/* When all of it was last looked at, and is to be again. */
static void add_sweep(cJSON *o, const struct manager *m, const struct workspace *ws)
{
        usec_t next = sweeper_next(m->sweeper, ws);

        (void)cJSON_AddBoolToObject(o, "sweeping", next == 0);
        if (ws->swept > 0)
                answer_time(o, "swept", ws->swept);
        if (next > 0 && next != USEC_INFINITY)
                answer_time(o, "next_sweep", next);
}

static const char *blind_to(const struct workspace *ws, char *buf, size_t size)
{
        (void)snprintf(buf, size, "%s%s", back_end_blind_to(ws->back_end),
                       ws->errors_told ? "" : "; errors of its file system, which does not tell");
        return buf;
}

static cJSON *describe_workspace(const struct manager *m, const struct workspace *ws)
{
        char blind[512];
        cJSON *o = cJSON_CreateObject(), *gaps = cJSON_AddArrayToObject(o, "gaps");

        answer_text(o, "path", ws->path);
        answer_text(o, "agent", ws->agent);
        answer_text(o, "backend", back_end_to_string(ws->back_end));
        answer_text(o, "blind_to", blind_to(ws, blind, sizeof(blind)));
        (void)cJSON_AddBoolToObject(o, "gated", ws->gated);
        add_sweep(o, m, ws);
        answer_count(o, "scanned", ws->scanned);
        answer_count(o, "findings", ws->findings);
        answer_count(o, "quarantined", ws->quarantined);
        if (ws->weak)
                answer_text(o, "weaker_quarantine", ws->weak);
        for (int i = 0; i < _REASON_MAX; i++)
                if (ws->gaps[i].open)
                        add_gap(gaps, (enum reason)i, ws->gaps[i].since, ws->gaps[i].detail);
        return o;
}

static cJSON *describe_workspaces(struct manager *m)
{
        cJSON *list = cJSON_CreateArray();

        for (size_t i = 0; workspaces_at(m->workspaces, i); i++)
                (void)cJSON_AddItemToArray(list,
                                           describe_workspace(m, workspaces_at(m->workspaces, i)));
        return list;
}

static cJSON *describe_watcher(struct manager *m)
{
        cJSON *o = cJSON_CreateObject();
        struct watcher_stats s;

        workspaces_stats(m->workspaces, &s);
        answer_count(o, "events", s.events);
        answer_count(o, "candidates", s.candidates);
        answer_count(o, "overflows", s.overflows);
        answer_count(o, "directories", s.directories);
        answer_count(o, "polled", s.polled);
        answer_count(o, "walked", s.walked);
        answer_count(o, "pending", s.pending);
        return o;
}

static cJSON *describe_gate(struct manager *m)
{
        cJSON *o = cJSON_CreateObject();
        struct gate_stats s;

        gatekeeper_stats(m->gatekeeper, &s);
        answer_count(o, "opens", s.opens);
        answer_count(o, "outside", s.outside);
        answer_count(o, "known", s.known);
        answer_count(o, "waited", s.waited);
        answer_count(o, "denied", s.denied);
        answer_count(o, "passed", s.passed);
        answer_count(o, "larger", s.larger);
        answer_count(o, "waiting", s.waiting);
        answer_count(o, "verdicts", s.verdicts);
        return o;
}

static cJSON *describe_scanner(struct manager *m)
{
        cJSON *o = cJSON_CreateObject();
        struct scan_pool_stats s = {0};

        if (m->pool)
                scan_pool_stats(m->pool->scanners, &s);
        answer_count(o, "workers", s.workers);
        answer_count(o, "ready", s.ready);
        answer_count(o, "sweepers", s.sweepers);
        answer_count(o, "rules", s.rules);
        answer_count(o, "scanned", s.scanned);
        answer_count(o, "bytes", s.bytes);
        answer_count(o, "in_flight", s.in_flight);
        answer_count(o, "deaths", s.deaths);
        answer_count(o, "deadlines", s.deadlines);
        return o;
}

static cJSON *describe_pipeline(struct manager *m)
{
        cJSON *o = cJSON_CreateObject(), *reasons;
        struct pipeline_stats s;

        pipeline_stats(m->pipeline, &s);
        answer_count(o, "candidates", s.candidates);
        answer_count(o, "already_seen", s.dropped);
        answer_count(o, "scans", s.scans);
        answer_count(o, "rescans", s.rescans);
        answer_count(o, "bytes", s.bytes);
        answer_count(o, "artefacts", s.artefacts);
        answer_count(o, "findings", s.findings);
        answer_count(o, "quarantined", s.quarantined);
        answer_count(o, "response_failed", s.response_failed);
        answer_count(o, "pending", s.pending);
        answer_count(o, "held_files", s.held);
        answer_count(o, "seen", s.seen);
        answer_count(o, "storing", storer_queued(m->storer));
        reasons = cJSON_AddObjectToObject(o, "reasons");
        for (int i = 0; i < _REASON_MAX; i++)
                if (s.reasons[i] > 0)
                        answer_count(reasons, reason_to_string(i), s.reasons[i]);
        return o;
}

static cJSON *describe_sinks(struct manager *m)
{
        cJSON *list = cJSON_CreateArray();
        struct sink_stats s;
        const char *name;
        char error[64];

        for (size_t i = 0; sinks_stats(m->sinks, i, &name, &s); i++) {
                cJSON *o = cJSON_CreateObject();

                answer_text(o, "name", name);
                answer_count(o, "delivered", s.delivered);
                answer_count(o, "queued", s.queued);
                answer_count(o, "queued_disk", s.queued_disk);
                answer_count(o, "spool_bytes", s.spool_bytes);
                answer_count(o, "spooled", s.spooled);
                answer_count(o, "lost", s.lost);
                (void)cJSON_AddBoolToObject(o, "down", s.down);
                if (s.down)
                        answer_time(o, "down_since", s.down_since);
                if (s.spool_error < 0)
                        answer_text(o, "spool_error",
                                    strerror_r(-s.spool_error, error, sizeof(error)));
                (void)cJSON_AddItemToArray(list, o);
        }
        return list;
}

cJSON *status_describe(struct manager *m)
{
        cJSON *o = cJSON_CreateObject(), *gaps = cJSON_AddArrayToObject(o, "gaps"), *q;
        struct quarantine_stats store;

        answer_text(o, "version", PACKAGE_VERSION);
        answer_count(o, "pid", (uint64_t)getpid());
        answer_time(o, "started", m->started);
        answer_text(o, "config", m->config->path);
        (void)cJSON_AddBoolToObject(o, "ready", m->ready);
        (void)cJSON_AddBoolToObject(o, "walked", workspaces_walked(m->workspaces));
        answer_count(o, "seq", m->seq);
        (void)cJSON_AddItemToObject(o, "workspaces", describe_workspaces(m));
        for (int i = 0; i < _REASON_MAX; i++)
                if (m->gaps[i].open)
                        add_gap(gaps, (enum reason)i, m->gaps[i].since, m->gaps[i].detail);
        for (size_t i = 0; i < m->n_missing; i++)
                add_gap(gaps, REASON_WORKSPACE_MISSING, m->started, m->missing[i]);
        (void)cJSON_AddItemToObject(o, "watcher", describe_watcher(m));
        if (gatekeeper_stands(m->gatekeeper))
                (void)cJSON_AddItemToObject(o, "gate", describe_gate(m));
        (void)cJSON_AddItemToObject(o, "scanner", describe_scanner(m));
        (void)cJSON_AddItemToObject(o, "pipeline", describe_pipeline(m));
        (void)cJSON_AddItemToObject(o, "sinks", describe_sinks(m));
        quarantine_stats(m->quarantine, &store);
        q = cJSON_AddObjectToObject(o, "quarantine");
        answer_count(q, "entries", store.entries);
        answer_count(q, "bytes", store.bytes);
        answer_count(q, "held", store.held);
        return o;
}
