/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of the last events, and the index of the quarantine store.
 * Does not own: numbering events, and the store itself: where both differ, the store is right.
 */
#include <string.h>

#include "daemon/register/query.h"
#include "daemon/register/register.h"

static int count_events(struct reg *r)
{
        _cleanup_query_ struct query q = query_kept(r, STATEMENT_EVENT_COUNT);
        int k = query_step(&q);

        if (k < 0)
                return k;
        r->n_events = k > 0 ? query_column_u64(&q, 0) : 0;
        r->events_counted = true;
        return 0;
}

/* By rows: after a crash the numbers jump, and the events of before are wanted all the more. */
static int trim_events(struct reg *r, uint64_t keep)
{
        if (r->n_events <= keep)
                return 0;
        struct query trim = query_kept(r, STATEMENT_EVENT_TRIM);
        query_u64(&trim, r->n_events - keep);
        int k = query_run(&trim);
        if (k >= 0)
                r->n_events = keep;
        return k;
}

int reg_event_put(struct reg *r, const struct event *e, uint64_t keep)
{
        buffer_reset(&r->json);
        event_to_json(e, &r->json);
        if (r->json.error)
                return r->json.error;

        int k = r->events_counted ? 0 : count_events(r);
        if (k < 0)
                return k;
        struct query put = query_kept(r, STATEMENT_EVENT_PUT);
        query_u64(&put, e->seq);
        query_text(&put, r->json.data);
        k = query_run(&put);
        if (k < 0)
                return k;
        r->n_events++;
        /* the last one always stays: it is the memory of the sequence number */
        return trim_events(r, MAX_OF(keep, (uint64_t)1));
}

int reg_event_last_seq(struct reg *r, uint64_t *ret)
{
        _cleanup_query_ struct query q = query_kept(r, STATEMENT_EVENT_LAST);
        int k = query_step(&q);

        if (k < 0)
                return k;
        *ret = k > 0 ? query_column_u64(&q, 0) : 0;
        return 0;
}

int reg_event_each(struct reg *r, uint64_t since_seq, uint64_t before_seq, uint64_t limit,
                   int (*fn)(void *userdata, uint64_t seq, const char *json), void *userdata)
{
        _cleanup_query_ struct query q = query_fresh(
                r,
                "SELECT seq, json FROM events WHERE seq > ? AND seq < ? ORDER BY seq DESC LIMIT ?");
        int k;

        query_u64(&q, since_seq);
        query_u64(&q, before_seq ? MIN_OF(before_seq, (uint64_t)INT64_MAX) : (uint64_t)INT64_MAX);
        query_u64(&q, MIN_OF(limit, (uint64_t)INT64_MAX));
        while ((k = query_step(&q)) > 0) {
                _cleanup_free_ char *json = NULL;

                k = query_column_need(&q, 1, &json);
                if (k < 0)
                        return k;
                if (fn(userdata, query_column_u64(&q, 0), json) != 0)
                        return 0;
        }
        return k;
}

int reg_quarantine_put(struct reg *r, const char *id, const char *workspace, const char *path,
                       const uint8_t sha256[static 32], usec_t taken)
{
        struct query q = query_kept(r, STATEMENT_QUARANTINE_PUT);

        query_text(&q, id);
        query_raw(&q, workspace);
        query_raw(&q, path);
        query_blob(&q, sha256, 32);
        query_u64(&q, taken);
        query_u64(&q, clock_realtime());
        return query_run(&q);
}

int reg_quarantine_state(struct reg *r, const char *id, const char *state,
                         const char *operator_name, const char *reason)
{
        struct query q = query_kept(r, STATEMENT_QUARANTINE_STATE);

        query_text(&q, state);
        query_text(&q, operator_name);
        query_text(&q, reason);
        query_u64(&q, clock_realtime());
        query_text(&q, id);
        int k = query_run(&q);
        if (k < 0)
                return k;
        return sqlite3_changes(r->db) > 0 ? 0 : -ENOENT;
}
