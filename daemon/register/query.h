/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * One statement on its way: parameters are bound in order, rows are read, and everything that went
 * wrong on the way is told once, by query_step() or query_run(). Only for daemon/register.
 */

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "daemon/register/file.h"
#include "daemon/register/register.h"

enum statement {
#define STATEMENT(id, sql) STATEMENT_##id,
#include "daemon/register/statements.def"
#undef STATEMENT
        _STATEMENT_MAX,
};

struct reg {
        sqlite3 *db;
        sqlite3_stmt *statements[_STATEMENT_MAX]; /* prepared when first used */
        struct buffer json;                       /* of the event that is being written */
        uint64_t seen_epoch; /* rows of `seen` with a smaller one were not confirmed since */
        uint64_t n_events;   /* rows of `events`, if events_counted */
        bool events_counted;
        char *path;
        char aside[FILE_ASIDE_MAX];  /* what was at its path before; "": nothing that was damaged */
        uint8_t header[FILE_HEADER]; /* of the file, when it was opened to be written */
        bool read_only;
        bool damaged;      /* SQLite said so since it was opened */
        unsigned renewals; /* how many were set aside before this one */
};

struct query {
        struct reg *reg;
        sqlite3_stmt *stmt;
        int bound; /* parameters so far */
        int rc;    /* first SQLite error */
        bool kept; /* belongs to the register, is reset and not finalised */
};

/* Negative errno of an SQLite result code; 0 for SQLITE_OK, ROW and DONE. */
int query_errno(int rc);

/* A kept statement. A kept statement must not be used again while a query of it is not done. */
struct query query_kept(struct reg *r, enum statement id);
/* A statement of its own: for loops that call back. */
struct query query_fresh(struct reg *r, const char *sql);
void query_done(struct query *q);
#define _cleanup_query_ _cleanup_(query_done)

/* Bind the next parameter. Texts and blobs must live until the query is done. */
void query_text(struct query *q, const char *s);      /* NULL: SQL's NULL */
void query_text_copy(struct query *q, const char *s); /* need not live so long */
void query_blob(struct query *q, const void *data, size_t n);
void query_raw(struct query *q, const char *s); /* NUL-terminated raw bytes, as a blob */
void query_u64(struct query *q, uint64_t value);
void query_i64(struct query *q, int64_t value);

/* 1: a row stands there, 0: no more, or negative errno. */
int query_step(struct query *q);
/* Runs a statement that has no rows. 0 or negative errno. */
int query_run(struct query *q);
/* A kept statement without parameters. */
int query_exec(struct reg *r, enum statement id);
/* Text that is not kept: pragmas, the schema. */
int query_script(struct reg *r, const char *sql);

/* Columns of the row. */
uint64_t query_column_u64(struct query *q, int column);
bool query_column_is_null(struct query *q, int column);
const char *query_column_text(struct query *q,
                              int column); /* borrowed until the next step; "" for NULL */
int query_column_dup(struct query *q, int column,
                     char **ret); /* NULL stays NULL; frees the former */
/* The same of a column that is NOT NULL: it is so in a damaged file, and becomes "" then. */
int query_column_need(struct query *q, int column, char **ret);
void query_column_copy(struct query *q, int column, char *dst, size_t size);
void query_column_blob(struct query *q, int column, uint8_t *dst,
                       size_t n); /* zeroes if not n long */

/* A value of a closed set, kept by its name. A name that this build does not know becomes the first of its set: the row stays
 * visible. */
int query_column_enum(struct query *q, int column, int (*from_string)(const char *name));

/* Everything between enter and leave happens, or nothing; inside a transaction or alone. */
int query_enter(struct reg *r);
int query_leave(struct reg *r, int error);
