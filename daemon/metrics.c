/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the metrics' text, from metrics.def and the manager's parts.
 * Does not own: the parts, and where the text goes (metrics-output.c).
 */
#include "daemon/metrics.h"

#include <string.h>

#include "daemon/manager.h"

struct snapshot {
        const struct manager *m;
        struct watcher_stats watcher;
        struct gate_stats gate;
        struct scan_pool_stats scanner;
        struct pipeline_stats pipeline;
        struct quarantine_stats store;
        struct control_stats control;
        size_t storing;
        uint64_t workspaces[_BACK_END_MAX], gated, gaps[_REASON_MAX];
        const uint64_t *states;
};

static double seconds_of(usec_t t)
{
        return (double)t / (double)USEC_PER_SEC;
}

/* --- lines ---- */

static void put_value(struct buffer *out, double value)
{
        /* numbers below 2^53 whole */
        buffer_printf(out, " %.16g\n", value);
}

/* Texts of labels are names of ours but for the version, which is the build's. */
static void put_labelled(struct buffer *out, const char *name, const char *label, const char *text,
                         double value)
{
        buffer_printf(out, "%s{%s=\"%s\"}", name, label, text);
        put_value(out, value);
}

static void put_head(struct buffer *out, const char *name, const char *type, const char *help)
{
        buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_histogram(struct buffer *out, const char *name, const struct histogram *h)
{
        uint64_t n = 0;
        char bound[32];

        for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
                char bucket[128];

                n += h->counts[i];
                (void)snprintf(bound, sizeof(bound), "%.16g", seconds_of(histogram_bound(i)));
                (void)snprintf(bucket, sizeof(bucket), "%s_bucket", name);
                put_labelled(out, bucket, "le", bound, (double)n);
        }
        n += h->counts[HISTOGRAM_BUCKETS];
        buffer_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.16g\n%s_count %llu\n", name,
                      (unsigned long long)n, name, seconds_of(h->sum), name, (unsigned long long)n);
}

/* --- series ---- */

static void put_build(const struct snapshot *s, const char *name, struct buffer *out)
{
        (void)s;
        put_labelled(out, name, "version", PACKAGE_VERSION, 1);
}

static void put_events(const struct snapshot *s, const char *name, struct buffer *out)
{
        for (int i = 0; i < _EVENT_MAX; i++)
                put_labelled(out, name, "event", event_kind_to_string(i),
                             (double)s->m->counters.events[i]);
}

static void put_findings(const struct snapshot *s, const char *name, struct buffer *out)
{
        for (int i = 0; i < _SEVERITY_MAX; i++) {
                for (int k = 0; k < _FINDING_KIND_MAX; k++) {
                        buffer_printf(out, "%s{severity=\"%s\",kind=\"%s\"}", name,
                                      severity_to_string(i), finding_kind_to_string(k));
                        put_value(out, (double)s->m->counters.findings[i][k]);
                }
        }
}

static void put_verdicts(const struct snapshot *s, const char *name, struct buffer *out)
{
        for (int i = 0; i < _ACTION_MAX; i++)
                put_labelled(out, name, "action", action_to_string(i),
                             (double)s->m->counters.verdicts[i]);
}

static void put_workspaces(const struct snapshot *s, const char *name, struct buffer *out)
{
        for (int i = 0; i < _BACK_END_MAX; i++)
                put_labelled(out, name, "backend", back_end_to_string(i), (double)s->workspaces[i]);
}

static void put_gaps(const struct snapshot *s, const char *name, struct buffer *out)
{
        for (int i = REASON_NONE + 1; i < _REASON_MAX; i++)
                put_labelled(out, name, "reason", reason_to_string(i), (double)s->gaps[i]);
}

static void put_reasons(const struct snapshot *s, const char *name, struct buffer *out)
{
        for (int i = REASON_NONE + 1; i < _REASON_MAX; i++)
                put_labelled(out, name, "reason", reason_to_string(i),
                             (double)s->pipeline.reasons[i]);
}

static void put_scan_duration(const struct snapshot *s, const char *name, struct buffer *out)
{
        put_histogram(out, name, &s->pipeline.scan_duration);
}

static void put_verdict_latency(const struct snapshot *s, const char *name, struct buffer *out)
{
        put_histogram(out, name, &s->pipeline.verdict_latency);
}

static void put_delivered(const struct snapshot *s, const char *name, struct buffer *out)
{
        struct sink_stats stats;
        const char *sink;

        for (size_t i = 0; sinks_stats(s->m->sinks, i, &sink, &stats); i++)
                put_labelled(out, name, "sink", sink, (double)stats.delivered);
}

static void put_lost(const struct snapshot *s, const char *name, struct buffer *out)
{
        struct sink_stats stats;
        const char *sink;

        for (size_t i = 0; sinks_stats(s->m->sinks, i, &sink, &stats); i++)
                put_labelled(out, name, "sink", sink, (double)stats.lost);
}

static void put_queued(const struct snapshot *s, const char *name, struct buffer *out)
{
        struct sink_stats stats;
        const char *sink;

        for (size_t i = 0; sinks_stats(s->m->sinks, i, &sink, &stats); i++)
                put_labelled(out, name, "sink", sink, (double)stats.queued);
}

static void put_up(const struct snapshot *s, const char *name, struct buffer *out)
{
        struct sink_stats stats;
        const char *sink;

        for (size_t i = 0; sinks_stats(s->m->sinks, i, &sink, &stats); i++)
                put_labelled(out, name, "sink", sink, stats.down ? 0 : 1);
}

static void put_register(const struct snapshot *s, const char *name, struct buffer *out)
{
        for (int i = 0; i < _REG_STATE_MAX; i++)
                put_labelled(out, name, "state", reg_state_to_string(i), (double)s->states[i]);
}

static void put_refused(const struct snapshot *s, const char *name, struct buffer *out)
{
        put_labelled(out, name, "what", "connection", (double)s->control.refused_connections);
        put_labelled(out, name, "what", "method", (double)s->control.refused_methods);
}

static void put_health(const struct snapshot *s, const char *name, struct buffer *out)
{
        uint64_t failed = s->m->counters.unhealthy;

        put_labelled(out, name, "result", "ok",
                     (double)(s->m->counters.events[EVENT_HEALTH] - failed));
        put_labelled(out, name, "result", "failed", (double)failed);
}

/* --- all of them ---- */

static void take_workspaces(struct snapshot *s)
{
        const struct workspace *ws;

        for (size_t i = 0; (ws = workspaces_at(s->m->workspaces, i)); i++) {
                s->workspaces[ws->back_end]++;
                s->gated += ws->gated;
                for (int k = 0; k < _REASON_MAX; k++)
                        s->gaps[k] += ws->gaps[k].open;
        }
        for (int k = 0; k < _REASON_MAX; k++)
                s->gaps[k] += s->m->gaps[k].open;
        s->gaps[REASON_WORKSPACE_MISSING] += s->m->n_missing;
}

void metrics_describe(const struct manager *m, const uint64_t states[static _REG_STATE_MAX],
                      struct buffer *out)
{
        struct snapshot taken = {.m = m, .states = states};
        const struct snapshot *s = &taken;

        workspaces_stats(m->workspaces, &taken.watcher);
        gatekeeper_stats(m->gatekeeper, &taken.gate);
        if (m->pool)
                scan_pool_stats(m->pool->scanners, &taken.scanner);
        pipeline_stats(m->pipeline, &taken.pipeline);
        quarantine_stats(m->quarantine, &taken.store);
        control_stats(m->control, &taken.control);
        taken.storing = storer_queued(m->storer);
        take_workspaces(&taken);

#define METRIC_COUNTER "counter"
#define METRIC_GAUGE "gauge"
#define METRIC_HISTOGRAM "histogram"
#define VALUE(name, type, value, help)            \
        put_head(out, name, METRIC_##type, help); \
        buffer_puts(out, name);                   \
        put_value(out, (double)(value));
#define SERIES(name, type, labels, function, help) \
        put_head(out, name, METRIC_##type, help);  \
        function(s, name, out);
#include "daemon/metrics.def"
#undef VALUE
#undef SERIES
}
