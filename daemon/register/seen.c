/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of files that were scanned and not changed since.
 * Does not own: deciding whether a file must be scanned again.
 *
 * Every row carries the epoch (a run of the daemon, or what follows a clear) in which it was last
 * confirmed, so that files that are gone can be forgotten without looking for each of them.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/register/query.h"
#include "daemon/register/register.h"

#define TRIM_AT_ONCE 2000u /* artefacts, in a tenth of a second */

int reg_seen_put(struct reg *r, const struct reg_seen *seen)
{
        struct query q = query_kept(r, STATEMENT_SEEN_PUT);

        query_u64(&q, seen->id.dev);
        query_u64(&q, seen->id.ino);
        query_u64(&q, seen->id.size);
        query_i64(&q, seen->id.ctime_ns);
        query_i64(&q, seen->id.mtime_ns);
        query_u64(&q, seen->place);
        query_blob(&q, seen->generation, sizeof(seen->generation));
        query_u64(&q, r->seen_epoch);
        return query_run(&q);
}

int reg_seen_each(struct reg *r, int (*fn)(void *userdata, const struct reg_seen *seen),
                  void *userdata)
{
        _cleanup_query_ struct query q =
                query_fresh(r, "SELECT dev, ino, size, ctime, mtime, place, generation FROM seen");
        int k;

        while ((k = query_step(&q)) > 0) {
                struct reg_seen seen = {
                        .id = {.dev = query_column_u64(&q, 0),
                               .ino = query_column_u64(&q, 1),
                               .size = query_column_u64(&q, 2),
                               .ctime_ns = (int64_t)query_column_u64(&q, 3),
                               .mtime_ns = (int64_t)query_column_u64(&q, 4)},
                        .place = query_column_u64(&q, 5),
                };

                query_column_blob(&q, 6, seen.generation, sizeof(seen.generation));
                if (fn(userdata, &seen) != 0)
                        return 0;
        }
        return k;
}

int reg_seen_clear(struct reg *r)
{
        uint64_t next = r->seen_epoch + 1;
        char text[24];
        int k = query_enter(r);

        if (k < 0)
                return k;
        struct query q = query_kept(r, STATEMENT_SEEN_CLEAR);
        query_u64(&q, r->seen_epoch);
        k = query_run(&q);
        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)next);
        if (k == 0)
                k = reg_meta_put(r, "seen-epoch", text);
        k = query_leave(r, k);
        if (k == 0)
                r->seen_epoch = next;
        return k;
}

int reg_seen_forget(struct reg *r)
{
        return query_exec(r, STATEMENT_SEEN_FORGET);
}

static int count(struct reg *r, enum statement statement, uint64_t *ret)
{
        _cleanup_query_ struct query q = query_kept(r, statement);
        int k = query_step(&q);

        if (k > 0)
                *ret = query_column_u64(&q, 0);
        return k < 0 ? k : 0;
}

int reg_trim(struct reg *r, uint64_t seen_max, uint64_t artefacts_max)
{
        uint64_t seen = 0, artefacts = 0;
        int k = count(r, STATEMENT_SEEN_COUNT, &seen);

        if (k == 0 && seen > seen_max)
                k = reg_seen_clear(r);
        if (k == 0)
                k = count(r, STATEMENT_TRIM_COUNT, &artefacts);
        if (k < 0 || artefacts <= artefacts_max)
                return k;
        struct query q = query_kept(r, STATEMENT_TRIM);
        query_u64(&q, MIN_OF(artefacts - artefacts_max, (uint64_t)TRIM_AT_ONCE));
        k = query_run(&q);
        return k < 0 ? k : artefacts - artefacts_max > TRIM_AT_ONCE;
}
