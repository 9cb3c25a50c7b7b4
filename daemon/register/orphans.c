/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which artefacts are there, and which of them nobody answers for any more, as the register notes it.
 * Does not own: finding that out (daemon/offboard.c).
 */
#include <errno.h>
#include <string.h>

#include "daemon/register/query.h"
#include "daemon/register/register.h"

#define ORPHANS_MAX 256u
/* artefacts.orphaned: 0, or what is gone */
#define BY_WORKSPACE "1"
#define BY_OWNER "2"
#define IS_THERE "state NOT IN ('gone', 'quarantined')"

int reg_place_each(struct reg *r, const char *workspace, uint64_t from, uint64_t limit,
                   int (*fn)(void *userdata, const char *path, const char *place), void *userdata,
                   uint64_t *ret_next)
{
        _cleanup_query_ struct query q = query_fresh(
                r, "SELECT row, path, (SELECT place FROM versions v WHERE v.artefact = a.row"
                   " ORDER BY n DESC LIMIT 1) FROM artefacts a WHERE workspace = ? AND row >= ?"
                   " AND " IS_THERE " ORDER BY row LIMIT ?");
        uint64_t n = 0;
        int k;

        *ret_next = 0;
        query_text(&q, workspace);
        query_u64(&q, from);
        query_u64(&q, limit);
        while ((k = query_step(&q)) > 0) {
                _cleanup_free_ char *path = NULL, *place = NULL;

                *ret_next = ++n < limit ? 0 : query_column_u64(&q, 0) + 1;
                k = query_column_need(&q, 1, &path);
                if (k == 0)
                        k = query_column_dup(&q, 2, &place);
                if (k < 0)
                        return k;
                if (fn(userdata, path, place ? place : path) != 0)
                        return 0;
        }
        return k;
}

int reg_workspace_each(struct reg *r, int (*fn)(void *userdata, const char *workspace),
                       void *userdata)
{
        _cleanup_query_ struct query q =
                query_fresh(r, "SELECT DISTINCT workspace FROM artefacts WHERE " IS_THERE);
        int k;

        while ((k = query_step(&q)) > 0) {
                _cleanup_free_ char *workspace = NULL;

                k = query_column_need(&q, 0, &workspace);
                if (k < 0)
                        return k;
                if (fn(userdata, workspace) != 0)
                        return 0;
        }
        return k;
}

int reg_owner_each(struct reg *r, int (*fn)(void *userdata, uint32_t owner), void *userdata)
{
        _cleanup_query_ struct query q =
                query_fresh(r, "SELECT DISTINCT owner FROM artefacts WHERE " IS_THERE);
        int k;

        while ((k = query_step(&q)) > 0)
                if (fn(userdata, (uint32_t)query_column_u64(&q, 0)) != 0)
                        return 0;
        return k;
}

static int note(struct reg *r, const char *id, bool by_workspace)
{
        struct query q = query_fresh(
                r, by_workspace ? "UPDATE artefacts SET orphaned = " BY_WORKSPACE " WHERE id = ?"
                                : "UPDATE artefacts SET orphaned = " BY_OWNER " WHERE id = ?");

        query_text(&q, id);
        return query_run(&q);
}

/* The ids first: a table is not written to while it is read. */
static int collect(struct reg *r, const char *workspace, uint32_t owner, uint64_t limit,
                   char (*ids)[ID_SIZE], size_t *ret_n)
{
        _cleanup_query_ struct query q = query_fresh(
                r,
                workspace
                        ? "SELECT id FROM artefacts WHERE workspace = ? AND NOT orphaned "
                          "AND " IS_THERE " ORDER BY row LIMIT ?"
                        : "SELECT id FROM artefacts WHERE owner = ? AND NOT orphaned AND " IS_THERE
                          " ORDER BY row LIMIT ?");
        int k;

        if (workspace)
                query_text(&q, workspace);
        else
                query_u64(&q, owner);
        query_u64(&q, limit);
        while ((k = query_step(&q)) > 0)
                query_column_copy(&q, 0, ids[(*ret_n)++], ID_SIZE);
        return k;
}

int reg_orphan_each(struct reg *r, const char *workspace, uint32_t owner, uint64_t limit,
                    void (*fn)(void *userdata, const struct reg_artefact *a), void *userdata)
{
        char ids[ORPHANS_MAX][ID_SIZE];
        size_t n = 0;
        int k = collect(r, workspace, owner, MIN_OF(limit, (uint64_t)ORPHANS_MAX), ids, &n);

        for (size_t i = 0; i < n && k == 0; i++) {
                _cleanup_(reg_artefact_done) struct reg_artefact a = {.id = ""};

                k = reg_artefact_find(r, ids[i], NULL, NULL, &a);
                if (k == 0)
                        k = note(r, ids[i], workspace != NULL);
                if (k == 0)
                        fn(userdata, &a);
        }
        return k;
}

int reg_orphan_clear(struct reg *r, const char *workspace, uint32_t owner)
{
        struct query q = query_fresh(
                r, workspace ? "UPDATE artefacts SET orphaned = 0 WHERE orphaned = " BY_WORKSPACE
                               " AND workspace = ?"
                             : "UPDATE artefacts SET orphaned = 0 WHERE orphaned = " BY_OWNER
                               " AND owner = ?");

        if (workspace)
                query_text(&q, workspace);
        else
                query_u64(&q, owner);
        return query_run(&q);
}
