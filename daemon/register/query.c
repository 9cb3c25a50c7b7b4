/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: talking to SQLite: preparing, binding, stepping, reading columns, and what its result codes
 * mean as errno.
 * Does not own: the statements (statements.def) and what they mean.
 * Ownership: kept statements belong to struct reg; fresh ones to their struct query.
 *
 * Binding errors are remembered and told by the step, so that callers read as a list of columns.
 */
#include "daemon/register/query.h"

#include <errno.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/register/artefacts.h" /* columns that statements name */

static const char *const statements[] = {
#define STATEMENT(id, sql) [STATEMENT_##id] = sql,
#include "daemon/register/statements.def"
#undef STATEMENT
};

int query_errno(int rc)
{
        switch (rc & 0xff) {
        case SQLITE_OK:
        case SQLITE_ROW:
        case SQLITE_DONE:
                return 0;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
                return -EUCLEAN;
        case SQLITE_NOMEM:
                return -ENOMEM;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return -EBUSY;
        case SQLITE_FULL:
                return -ENOSPC;
        case SQLITE_READONLY:
                return -EROFS;
        case SQLITE_CONSTRAINT:
                return -EEXIST;
        case SQLITE_TOOBIG:
                return -EMSGSIZE;
        case SQLITE_INTERRUPT:
                return -EINTR;
        case SQLITE_PERM:
        case SQLITE_AUTH:
                return -EACCES;
        default:
                return -EIO;
        }
}

struct query query_kept(struct reg *r, enum statement id)
{
        struct query q = {.reg = r, .kept = true};

        if (!r->statements[id])
                q.rc = sqlite3_prepare_v3(r->db, statements[id], -1, SQLITE_PREPARE_PERSISTENT,
                                          &r->statements[id], NULL);
        q.stmt = r->statements[id];
        return q;
}

struct query query_fresh(struct reg *r, const char *sql)
{
        struct query q = {.reg = r, .kept = false};

        q.rc = sqlite3_prepare_v2(r->db, sql, -1, &q.stmt, NULL);
        return q;
}

void query_done(struct query *q)
{
        if (!q->stmt)
                return;
        if (q->kept) {
                (void)sqlite3_reset(q->stmt);
                (void)sqlite3_clear_bindings(q->stmt);
        } else {
                (void)sqlite3_finalize(q->stmt);
        }
        q->stmt = NULL;
}

static void query_bound(struct query *q, int rc)
{
        if (q->rc == SQLITE_OK)
                q->rc = rc;
}

void query_text(struct query *q, const char *s)
{
        query_bound(q, sqlite3_bind_text(q->stmt, ++q->bound, s, -1, SQLITE_STATIC));
}

void query_text_copy(struct query *q, const char *s)
{
        query_bound(q, sqlite3_bind_text(q->stmt, ++q->bound, s, -1, SQLITE_TRANSIENT));
}

void query_blob(struct query *q, const void *data, size_t n)
{
        query_bound(q, sqlite3_bind_blob64(q->stmt, ++q->bound, data, n, SQLITE_STATIC));
}

void query_raw(struct query *q, const char *s)
{
        query_blob(q, s, strlen(s));
}

void query_u64(struct query *q, uint64_t value)
{
        query_i64(q, (int64_t)value);
}

void query_i64(struct query *q, int64_t value)
{
        query_bound(q, sqlite3_bind_int64(q->stmt, ++q->bound, value));
}

/* Whoever writes or reads next need not find it out again. */
static int query_told(struct reg *r, int rc)
{
        int k = query_errno(rc);

        r->damaged = r->damaged || k == -EUCLEAN;
        return k;
}

int query_step(struct query *q)
{
        if (q->rc == SQLITE_OK) {
                int rc = sqlite3_step(q->stmt);

                if (rc == SQLITE_ROW)
                        return 1;
                if (rc == SQLITE_DONE)
                        return 0;
                q->rc = rc;
        }
        return query_told(q->reg, q->rc);
}

int query_run(struct query *q)
{
        int r = query_step(q);

        query_done(q);
        return r < 0 ? r : 0;
}

int query_exec(struct reg *r, enum statement id)
{
        struct query q = query_kept(r, id);

        return query_run(&q);
}

int query_script(struct reg *r, const char *sql)
{
        return query_told(r, sqlite3_exec(r->db, sql, NULL, NULL, NULL));
}

uint64_t query_column_u64(struct query *q, int column)
{
        return (uint64_t)sqlite3_column_int64(q->stmt, column);
}

bool query_column_is_null(struct query *q, int column)
{
        return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

int query_column_dup(struct query *q, int column, char **ret)
{
        bool null = sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
        const void *data = sqlite3_column_blob(q->stmt, column);
        size_t n = (size_t)sqlite3_column_bytes(q->stmt, column);
        char *copy = NULL;

        if (!null) {
                copy = strndup(data ? data : "", n);
                if (!copy)
                        return -ENOMEM;
        }
        free(*ret);
        *ret = copy;
        return 0;
}

int query_column_need(struct query *q, int column, char **ret)
{
        int k = query_column_dup(q, column, ret);

        if (k == 0 && !*ret)
                *ret = strdup("");
        return k < 0 || *ret ? k : -ENOMEM;
}

const char *query_column_text(struct query *q, int column)
{
        const void *text = sqlite3_column_text(q->stmt, column);

        return text ? text : "";
}

void query_column_copy(struct query *q, int column, char *dst, size_t size)
{
        (void)text_copy(dst, size, query_column_text(q, column));
}

void query_column_blob(struct query *q, int column, uint8_t *dst, size_t n)
{
        const void *data = sqlite3_column_blob(q->stmt, column);

        if (data && (size_t)sqlite3_column_bytes(q->stmt, column) == n)
                memcpy(dst, data, n);
        else
                memset(dst, 0, n);
}

int query_enter(struct reg *r)
{
        return query_exec(r, STATEMENT_SAVEPOINT);
}

int query_leave(struct reg *r, int error)
{
        if (error < 0)
                (void)query_exec(r, STATEMENT_SAVEPOINT_UNDO);
        int released = query_exec(r, STATEMENT_SAVEPOINT_RELEASE);
        return error < 0 ? error : released;
}

int query_column_enum(struct query *q, int column, int (*from_string)(const char *name))
{
        char name[64];

        query_column_copy(q, column, name, sizeof(name));
        int value = from_string(name);
        return value < 0 ? 0 : value;
}
