/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of artefacts.
 * Does not own: approvals and what a state means (daemon/policy).
 * Ownership: callbacks borrow the structs they are given.
 *
 * Closed sets are kept by name, so that a later build may reorder its tables.
 */
#include "daemon/register/artefacts.h"

#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/register/versions.h"

static const char *const state_names[] = {
        [REG_OBSERVED] = "observed", [REG_PENDING] = "pending",         [REG_APPROVED] = "approved",
        [REG_REJECTED] = "rejected", [REG_QUARANTINED] = "quarantined", [REG_RELEASED] = "released",
        [REG_GONE] = "gone",         [REG_SUPERSEDED] = "superseded",
};
_Static_assert(ELEMENTSOF(state_names) == _REG_STATE_MAX, "every state has a name");

const char *reg_state_to_string(int value)
{
        return value >= 0 && value < _REG_STATE_MAX ? state_names[value] : "?";
}

int reg_state_from_string(const char *name)
{
        for (int i = 0; i < _REG_STATE_MAX; i++)
                if (strcmp(state_names[i], name) == 0)
                        return i;
        return -EINVAL;
}

void reg_artefact_done(struct reg_artefact *a)
{
        free(a->workspace);
        free(a->path);
        free(a->agent);
        free(a->evidence);
        *a = (struct reg_artefact){.id = ""};
}

/* Is it known? 1 with its row, id and first sight; 0 if not. */
static int artefact_find(struct reg *r, struct reg_artefact *a, uint64_t *ret_row)
{
        _cleanup_query_ struct query q = query_kept(r, STATEMENT_ARTEFACT_FIND);

        query_text(&q, a->workspace);
        query_text(&q, a->path);
        int k = query_step(&q);
        if (k > 0) {
                *ret_row = query_column_u64(&q, 0);
                query_column_copy(&q, 1, a->id, sizeof(a->id));
                a->first_seen = query_column_u64(&q, 2);
        }
        return k;
}

static int artefact_write(struct reg *r, struct reg_artefact *a, bool known, uint64_t *row)
{
        struct query q =
                query_kept(r, known ? STATEMENT_ARTEFACT_UPDATE : STATEMENT_ARTEFACT_INSERT);

        query_text(&q, a->agent);
        query_text(&q, artefact_kind_to_string((int)a->kind));
        query_text(&q, a->evidence);
        query_blob(&q, a->sha256, sizeof(a->sha256));
        query_u64(&q, a->size);
        query_u64(&q, a->owner);
        query_text(&q, reg_state_to_string((int)a->state));
        query_text(&q, severity_to_string((int)a->severity));
        query_u64(&q, a->n_findings);
        query_u64(&q, a->last_seen);
        if (known) {
                query_u64(&q, *row);
                return query_run(&q);
        }
        query_text(&q, a->id);
        query_text(&q, a->workspace);
        query_text(&q, a->path);
        query_u64(&q, a->first_seen);
        int k = query_run(&q);
        if (k == 0)
                *row = (uint64_t)sqlite3_last_insert_rowid(r->db);
        return k;
}

static int artefact_put(struct reg *r, struct reg_artefact *a, const struct finding *findings,
                        size_t n)
{
        uint64_t row = 0;
        int known = artefact_find(r, a, &row), k = known;

        if (known == 0) {
                if (!a->first_seen)
                        a->first_seen = a->last_seen;
                k = id_new(a->id);
        }
        if (k >= 0)
                k = artefact_write(r, a, known > 0, &row);
        if (k == 0 && known > 0)
                k = findings_clear(r, row);
        return k < 0 ? k : findings_write(r, row, findings, n);
}

int reg_artefact_copy(struct reg_artefact *to, const struct reg_artefact *from)
{
        char *const texts[] = {from->workspace, from->path, from->agent, from->evidence};
        char **const copies[] = {&to->workspace, &to->path, &to->agent, &to->evidence};

        *to = *from;
        for (size_t i = 0; i < ELEMENTSOF(copies); i++)
                *copies[i] = NULL;
        for (size_t i = 0; i < ELEMENTSOF(copies); i++) {
                *copies[i] = texts[i] ? strdup(texts[i]) : NULL;
                if (texts[i] && !*copies[i]) {
                        reg_artefact_done(to);
                        return -ENOMEM;
                }
        }
        return 0;
}

int reg_artefact_put(struct reg *r, struct reg_artefact *a, const struct finding *findings,
                     size_t n)
{
        struct reg_artefact before = *a;
        int k;

        if (!a->workspace || !a->path)
                return -EINVAL;
        if (!a->last_seen)
                a->last_seen = clock_realtime();
        a->n_findings = MAX_OF(a->n_findings, (uint32_t)n);
        k = query_enter(r);
        if (k == 0)
                k = query_leave(r, artefact_put(r, a, findings, n));
        if (k < 0)
                *a = before;
        return k;
}

int reg_artefact_state(struct reg *r, const char *workspace, const char *path, enum reg_state state,
                       const struct reg_decision *by)
{
        struct reg_artefact a = {.workspace = (char *)(uintptr_t)workspace,
                                 .path = (char *)(uintptr_t)path};
        uint64_t row = 0;
        int k = query_enter(r);

        if (k < 0)
                return k;
        k = artefact_find(r, &a, &row);
        if (k > 0) {
                struct query q = query_kept(r, STATEMENT_ARTEFACT_STATE);

                query_text(&q, reg_state_to_string((int)state));
                query_u64(&q, row);
                k = query_run(&q);
                if (k == 0)
                        k = version_decided(r, row, state, by);
        } else if (k == 0) {
                k = -ENOENT;
        }
        return query_leave(r, k);
}

int artefact_read(struct query *q, struct reg_artefact *a)
{
        int k = query_column_need(q, ARTEFACT_WORKSPACE, &a->workspace);

        if (k == 0)
                k = query_column_need(q, ARTEFACT_PATH, &a->path);
        if (k == 0)
                k = query_column_dup(q, ARTEFACT_AGENT, &a->agent);
        if (k == 0)
                k = query_column_dup(q, ARTEFACT_EVIDENCE, &a->evidence);
        query_column_copy(q, ARTEFACT_ID, a->id, sizeof(a->id));
        a->kind =
                (enum artefact_kind)query_column_enum(q, ARTEFACT_KIND, artefact_kind_from_string);
        query_column_blob(q, ARTEFACT_SHA256, a->sha256, sizeof(a->sha256));
        a->size = query_column_u64(q, ARTEFACT_SIZE);
        a->owner = (uint32_t)query_column_u64(q, ARTEFACT_OWNER);
        a->state = (enum reg_state)query_column_enum(q, ARTEFACT_STATE, reg_state_from_string);
        a->severity = (enum severity)query_column_enum(q, ARTEFACT_SEVERITY, severity_from_string);
        a->n_findings = (uint32_t)query_column_u64(q, ARTEFACT_FINDINGS);
        a->first_seen = query_column_u64(q, ARTEFACT_FIRST_SEEN);
        a->last_seen = query_column_u64(q, ARTEFACT_LAST_SEEN);
        return k;
}

/* Calls fn for each row, until it stops. */
static int each(struct query *q, int (*fn)(void *userdata, const struct reg_artefact *a),
                void *userdata)
{
        int k;

        while ((k = query_step(q)) > 0) {
                _cleanup_(reg_artefact_done) struct reg_artefact a = {.id = ""};

                k = artefact_read(q, &a);
                if (k < 0)
                        return k;
                if (fn(userdata, &a) != 0)
                        return 0;
        }
        return k;
}

int reg_artefact_count(struct reg *r, uint64_t ret[static _REG_STATE_MAX])
{
        _cleanup_query_ struct query q = query_kept(r, STATEMENT_ARTEFACT_COUNT);
        uint64_t counts[_REG_STATE_MAX] = {0};
        int k;

        while ((k = query_step(&q)) > 0)
                counts[query_column_enum(&q, 0, reg_state_from_string)] = query_column_u64(&q, 1);
        if (k == 0)
                memcpy(ret, counts, sizeof(counts));
        return k;
}

int reg_artefact_each(struct reg *r, const char *workspace, const char *path,
                      enum reg_state state_or_max,
                      int (*fn)(void *userdata, const struct reg_artefact *a), void *userdata)
{
        char sql[640];

        /* a condition that is not there cannot keep an index from being used */
        (void)snprintf(sql, sizeof(sql),
                       "SELECT " ARTEFACT_COLUMNS
                       " FROM artefacts a WHERE 1%s%s%s ORDER BY a.workspace, a.path",
                       workspace ? " AND a.workspace = ?" : "", path ? " AND a.path = ?" : "",
                       state_or_max < _REG_STATE_MAX ? " AND a.state = ?" : "");
        _cleanup_query_ struct query q = query_fresh(r, sql);
        if (workspace)
                query_text(&q, workspace);
        if (path)
                query_text(&q, path);
        if (state_or_max < _REG_STATE_MAX)
                query_text(&q, reg_state_to_string((int)state_or_max));
        return each(&q, fn, userdata);
}

int reg_artefact_find(struct reg *r, const char *id, const char *workspace, const char *path,
                      struct reg_artefact *ret)
{
        _cleanup_query_ struct query q =
                query_fresh(r, id ? "SELECT " ARTEFACT_COLUMNS " FROM artefacts a WHERE a.id = ?"
                                  : "SELECT " ARTEFACT_COLUMNS
                                    " FROM artefacts a WHERE a.workspace = ? AND a.path = ?");
        _cleanup_(reg_artefact_done) struct reg_artefact a = {.id = ""};

        if (id) {
                query_text(&q, id);
        } else {
                query_text(&q, workspace);
                query_text(&q, path);
        }
        int k = query_step(&q);
        if (k <= 0)
                return k < 0 ? k : -ENOENT;
        k = artefact_read(&q, &a);
        if (k < 0)
                return k;
        *ret = a;
        a = (struct reg_artefact){.id = ""};
        return 0;
}
