/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the tables of versions, of what each asserts, and of what became of an artefact by whom.
 * Does not own: which states there are and what they mean (daemon/policy).
 * Ownership: callbacks borrow the structs they are given.
 *
 * All of it goes with its artefact, by triggers.
 */
#include "daemon/register/versions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/model/scan.h"

void reg_version_done(struct reg_version *v)
{
        free(v->writer);
        free(v->agent);
        free(v->container);
        free(v->repository);
        free(v->branch);
        free(v->revision);
        free(v->place);
        free(v->kept);
        *v = (struct reg_version){.n = 0};
}

/* The last version as it is in the table. */
struct last {
        uint64_t row, n;
        uint8_t sha256[32];
        enum reg_state state;
        usec_t first_seen;
};

/* 1: there is one, 0: none, or negative errno. */
static int find_last(struct reg *r, uint64_t artefact, struct last *ret)
{
        _cleanup_query_ struct query q = query_kept(r, STATEMENT_VERSION_LAST);
        char state[32];

        *ret = (struct last){.row = 0};
        query_u64(&q, artefact);
        int k = query_step(&q);
        if (k <= 0)
                return k;
        ret->row = query_column_u64(&q, 0);
        ret->n = query_column_u64(&q, 1);
        query_column_blob(&q, 2, ret->sha256, sizeof(ret->sha256));
        query_column_copy(&q, 3, state, sizeof(state));
        k = reg_state_from_string(state);
        ret->state = k < 0 ? REG_OBSERVED : (enum reg_state)k;
        ret->first_seen = query_column_u64(&q, 4);
        return 1;
}

static int find_row(struct reg *r, const char *artefact_id, uint64_t *ret)
{
        _cleanup_query_ struct query q = query_kept(r, STATEMENT_ARTEFACT_ROW);

        query_text(&q, artefact_id);
        int k = query_step(&q);
        if (k > 0)
                *ret = query_column_u64(&q, 0);
        return k < 0 ? k : k == 0 ? -ENOENT : 0;
}

static int write_state(struct reg *r, uint64_t version, enum reg_state state)
{
        struct query q = query_kept(r, STATEMENT_VERSION_STATE);

        query_text(&q, reg_state_to_string((int)state));
        query_u64(&q, version);
        return query_run(&q);
}

static int write_transition(struct reg *r, uint64_t artefact, uint64_t version,
                            enum reg_state state, const struct reg_decision *by)
{
        struct query q = query_kept(r, STATEMENT_TRANSITION_PUT);

        query_u64(&q, artefact);
        query_u64(&q, clock_realtime());
        query_u64(&q, version);
        query_text(&q, reg_state_to_string((int)state));
        query_text(&q, by ? by->operator_name : NULL);
        query_u64(&q, by ? by->operator_uid : 0);
        query_text(&q, by ? by->reason : NULL);
        int k = query_run(&q);
        if (k < 0)
                return k;
        struct query trim = query_kept(r, STATEMENT_TRANSITION_TRIM);

        query_u64(&trim, artefact);
        query_u64(&trim, REG_TRANSITIONS_MAX);
        return query_run(&trim);
}

int version_decided(struct reg *r, uint64_t artefact, enum reg_state state,
                    const struct reg_decision *by)
{
        struct last last;
        int k = find_last(r, artefact, &last);

        if (k > 0)
                k = write_state(r, last.row, state);
        return k < 0 ? k : write_transition(r, artefact, last.n, state, by);
}

/* A number that is not known is NULL: another time it may be. */
static void query_known(struct query *q, uint32_t value)
{
        if (value == PROVENANCE_NONE)
                query_text(q, NULL);
        else
                query_u64(q, value);
}

static void bind_author(struct query *q, const struct author *a)
{
        query_known(q, a->uid);
        query_known(q, a->login_uid);
        query_known(q, a->session);
        query_known(q, a->pid > 0 ? (uint32_t)a->pid : PROVENANCE_NONE);
        query_text(q, *a->cgroup ? a->cgroup : NULL);
}

static int write_version(struct reg *r, const struct reg_version *v, uint64_t artefact,
                         uint64_t *row)
{
        bool known = *row > 0;
        struct query q = query_kept(r, known ? STATEMENT_VERSION_UPDATE : STATEMENT_VERSION_INSERT);

        query_blob(&q, v->sha256, sizeof(v->sha256));
        query_u64(&q, v->size);
        query_text(&q, reg_state_to_string((int)v->state));
        query_text(&q, severity_to_string((int)v->severity));
        query_u64(&q, v->n_findings);
        query_u64(&q, v->last_seen);
        query_text(&q, v->writer);
        query_text(&q, v->agent);
        query_text(&q, v->container);
        query_text(&q, v->repository);
        query_text(&q, v->branch);
        query_text(&q, v->revision);
        bind_author(&q, &v->author);
        if (v->place)
                query_raw(&q, v->place);
        else
                query_text(&q, NULL);
        if (known) {
                query_u64(&q, *row);
                return query_run(&q);
        }
        query_u64(&q, artefact);
        query_u64(&q, v->n);
        query_u64(&q, v->first_seen);
        int k = query_run(&q);
        if (k == 0)
                *row = (uint64_t)sqlite3_last_insert_rowid(r->db);
        return k;
}

static int write_assertions(struct reg *r, uint64_t version, const struct assertion *assertions,
                            size_t n)
{
        int k = 0;

        for (size_t i = 0; i < n && k == 0; i++) {
                const struct assertion *a = &assertions[i];
                struct query q = query_kept(r, STATEMENT_ASSERTION_INSERT);

                query_u64(&q, version);
                query_u64(&q, i);
                query_text(&q, assertion_kind_to_string(a->kind));
                query_text(&q, a->text);
                query_text(&q, certainty_to_string(a->certainty));
                query_u64(&q, a->line);
                k = query_run(&q);
        }
        return k;
}

static int clear_assertions(struct reg *r, uint64_t version)
{
        struct query q = query_kept(r, STATEMENT_ASSERTION_CLEAR);

        query_u64(&q, version);
        return query_run(&q);
}

static int trim(struct reg *r, uint64_t artefact, uint64_t n, uint64_t keep)
{
        struct query q = query_kept(r, STATEMENT_VERSION_TRIM);

        if (n <= keep)
                return 0;
        query_u64(&q, artefact);
        query_u64(&q, n - keep);
        return query_run(&q);
}

/* What was decided about a version stays; what was only noted gives way. */
static bool gives_way(enum reg_state state)
{
        return state == REG_OBSERVED || state == REG_PENDING || state == REG_APPROVED ||
               state == REG_RELEASED;
}

static int put(struct reg *r, uint64_t artefact, struct reg_version *v,
               const struct assertion *assertions, size_t n, uint64_t keep, const char *reason)
{
        struct last last;
        int k = find_last(r, artefact, &last);

        if (k < 0)
                return k;
        bool same = k > 0 && memcmp(last.sha256, v->sha256, sizeof(v->sha256)) == 0;
        uint64_t row = same ? last.row : 0;

        v->n = same ? last.n : last.n + 1;
        k = same ? clear_assertions(r, row) : 0;
        if (k == 0 && !same && last.row > 0 && gives_way(last.state))
                k = write_state(r, last.row, REG_SUPERSEDED);
        if (k == 0)
                k = write_version(r, v, artefact, &row);
        if (k == 0)
                k = write_assertions(r, row, assertions, n);
        if (k == 0 && !same)
                k = trim(r, artefact, v->n, keep);
        if (k == 0 && (!same || last.state != v->state))
                k = write_transition(r, artefact, v->n, v->state,
                                     &(struct reg_decision){.reason = reason});
        return k;
}

int reg_version_put(struct reg *r, const char *artefact_id, struct reg_version *v,
                    const struct assertion *assertions, size_t n, uint64_t keep, const char *reason)
{
        uint64_t artefact = 0;
        int k = query_enter(r);

        if (k < 0)
                return k;
        if (!v->last_seen)
                v->last_seen = clock_realtime();
        if (!v->first_seen)
                v->first_seen = v->last_seen;
        k = find_row(r, artefact_id, &artefact);
        if (k == 0)
                k = put(r, artefact, v, assertions, n, MAX_OF(keep, UINT64_C(1)), reason);
        return query_leave(r, k);
}

int reg_version_kept(struct reg *r, const char *artefact_id, uint64_t n, const char *kept)
{
        struct query q = query_kept(r, STATEMENT_VERSION_KEPT);

        query_text(&q, kept);
        query_text(&q, artefact_id);
        query_u64(&q, n);
        return query_run(&q);
}

/* --- reading ---- */

/* When in doubt it does: what is kept in vain costs room only. */
bool reg_version_refers(struct reg *r, const char *kept)
{
        _cleanup_query_ struct query q =
                query_fresh(r, "SELECT 1 FROM versions WHERE kept = ? LIMIT 1");

        query_text(&q, kept);
        return query_step(&q) != 0;
}

static void read_author(struct query *q, int column, struct author *a)
{
        uint32_t *const numbers[] = {&a->uid, &a->login_uid, &a->session};

        for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
                *numbers[i] = query_column_is_null(q, column + (int)i)
                                      ? PROVENANCE_NONE
                                      : (uint32_t)query_column_u64(q, column + (int)i);
        a->pid = (pid_t)query_column_u64(q, column + 3);
        query_column_copy(q, column + 4, a->cgroup, sizeof(a->cgroup));
}

static int version_read(struct query *q, struct reg_version *v)
{
        char **const texts[] = {&v->writer,     &v->agent,  &v->container,
                                &v->repository, &v->branch, &v->revision};
        int k = 0;

        v->n = query_column_u64(q, 1);
        query_column_blob(q, 2, v->sha256, sizeof(v->sha256));
        v->size = query_column_u64(q, 3);
        v->state = (enum reg_state)query_column_enum(q, 4, reg_state_from_string);
        v->severity = (enum severity)query_column_enum(q, 5, severity_from_string);
        v->n_findings = (uint32_t)query_column_u64(q, 6);
        v->first_seen = query_column_u64(q, 7);
        v->last_seen = query_column_u64(q, 8);
        for (size_t i = 0; i < ELEMENTSOF(texts) && k == 0; i++)
                k = query_column_dup(q, 9 + (int)i, texts[i]);
        if (k == 0)
                k = query_column_dup(q, 15, &v->place);
        if (k == 0)
                k = query_column_dup(q, 16, &v->kept);
        read_author(q, 17, &v->author);
        v->author.wrote = v->first_seen;
        return k;
}

static int read_assertions(struct reg *r, uint64_t version, struct assertion *ret, size_t *ret_n)
{
        _cleanup_query_ struct query q = query_fresh(
                r, "SELECT kind, text, certainty, line FROM assertions WHERE version = ?"
                   " ORDER BY n");
        int k = 0;

        *ret_n = 0;
        query_u64(&q, version);
        while (*ret_n < REG_ASSERTIONS_MAX && (k = query_step(&q)) > 0) {
                struct assertion *a = &ret[(*ret_n)++];
                char text[ASSERTION_TEXT_MAX];

                *a = (struct assertion){.line = (uint32_t)query_column_u64(&q, 3)};
                a->kind = (uint8_t)query_column_enum(&q, 0, assertion_kind_from_string);
                a->certainty = (uint8_t)query_column_enum(&q, 2, certainty_from_string);
                query_column_copy(&q, 1, text, sizeof(text));
                (void)text_printable(a->text, sizeof(a->text), text, strlen(text));
        }
        return k < 0 ? k : 0;
}

int reg_version_each(struct reg *r, const char *artefact_id,
                     int (*fn)(void *userdata, const struct reg_version *v,
                               const struct assertion *assertions, size_t n),
                     void *userdata)
{
        _cleanup_free_ struct assertion *assertions =
                calloc(REG_ASSERTIONS_MAX, sizeof(*assertions));
        _cleanup_query_ struct query q = query_fresh(
                r, "SELECT v.row, v.n, v.sha256, v.size, v.state, v.severity, v.n_findings,"
                   " v.first_seen, v.last_seen, v.writer, v.agent, v.container, v.repository,"
                   " v.branch, v.revision, v.place, v.kept, v.author_uid, v.author_login_uid,"
                   " v.author_session, v.author_pid, v.author_cgroup FROM versions v JOIN "
                   "artefacts a ON a.row = v.artefact"
                   " WHERE a.id = ? ORDER BY v.n");
        int k;

        if (!assertions)
                return -ENOMEM;
        query_text(&q, artefact_id);
        while ((k = query_step(&q)) > 0) {
                _cleanup_(reg_version_done) struct reg_version v = {.n = 0};
                size_t n = 0;

                k = version_read(&q, &v);
                if (k == 0)
                        k = read_assertions(r, query_column_u64(&q, 0), assertions, &n);
                if (k < 0)
                        return k;
                if (fn(userdata, &v, assertions, n) != 0)
                        return 0;
        }
        return k;
}

static void transition_done(struct reg_transition *t)
{
        free(t->operator_name);
        free(t->reason);
}

int reg_transition_each(struct reg *r, const char *artefact_id,
                        int (*fn)(void *userdata, const struct reg_transition *t), void *userdata)
{
        _cleanup_query_ struct query q = query_fresh(
                r, "SELECT t.at, t.version, t.state, t.operator_name, t.operator_uid, t.reason"
                   " FROM transitions t JOIN artefacts a ON a.row = t.artefact WHERE a.id = ?"
                   " ORDER BY t.row");
        int k;

        query_text(&q, artefact_id);
        while ((k = query_step(&q)) > 0) {
                _cleanup_(transition_done) struct reg_transition t = {
                        .at = query_column_u64(&q, 0),
                        .version = query_column_u64(&q, 1),
                        .state = (enum reg_state)query_column_enum(&q, 2, reg_state_from_string),
                        .operator_uid = (uint32_t)query_column_u64(&q, 4),
                };

                k = query_column_dup(&q, 3, &t.operator_name);
                if (k == 0)
                        k = query_column_dup(&q, 5, &t.reason);
                if (k < 0)
                        return k;
                if (fn(userdata, &t) != 0)
                        return 0;
        }
        return k;
}
