/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading what SQL says about identity, in the spellings of PostgreSQL, MySQL, SQL Server,
 * Oracle, Snowflake and Cassandra: which statements there are. Others are skipped, data (INSERT, COPY)
 * without being cut into tokens. The tree is a list `statements` of mappings:
 *
 *   GRANT SELECT, INSERT (a) ON TABLE s.t TO app, ROLE b WITH GRANT OPTION
 *       statement: grant (revoke, deny)   privileges: [select, insert]   object_type: table
 *       objects: [s.t]   grantees: [{name: app}, {type: role, name: b}]   grant_option: true
 *   GRANT ALL ON *.* TO 'a'@'%'           … objects: ['*.*']   grantees: [{name: a, host: '%'}]
 *   GRANT ALL ON ALL TABLES IN SCHEMA s   … object_type: all tables in schema   objects: [s]
 *   GRANT dba, CREATE SESSION TO b WITH ADMIN OPTION, GRANT ROLE dba TO USER b
 *       statement: grant   roles: [dba, CREATE SESSION]   grantees   admin_option: true
 *   ALTER ROLE [db_owner] ADD MEMBER [b], EXEC sp_addrolemember 'db_owner', 'b', ALTER GROUP g ADD USER b
 *       the same: statement: grant (DROP: revoke)   roles   grantees
 *   ALTER DEFAULT PRIVILEGES FOR ROLE o IN SCHEMA s GRANT …
 *       as GRANT, with default_privileges: true   owners: [o]   schemas: [s]
 *   CREATE|ALTER ROLE|USER|LOGIN|GROUP a SUPERUSER NOLOGIN VALID UNTIL '2030-01-01' IN ROLE b
 *       statement: create role   accounts: [{name: a}]   roles: [b]   members   admins   default_roles
 *       options: {superuser: true, login: false, valid_until: '2030-01-01'}, also WORD = value
 *       password: literal, empty, variable or none (NULL); the password itself is not in the tree
 *   SET PASSWORD FOR a = 'x'              statement: set password   accounts   password
 *   CREATE|ALTER POLICY p ON t AS … FOR … TO … USING (…) WITH CHECK (…)
 *       statement: create policy   name   object   as   for   grantees   using   check
 *       always: whether the condition holds for every row
 *   ALTER TABLE t DISABLE ROW LEVEL SECURITY
 *       statement: alter table   object: t   row_security: false (FORCE: row_security_forced: true)
 *   CREATE FUNCTION|PROCEDURE f … SECURITY DEFINER SET search_path = s
 *       statement: create function   name: f   security: DEFINER   search_path: s
 *       (left out if it says neither)
 *
 * Keys are there only if the statement says it. Privileges and types of objects are in small letters;
 * names are without their quotes and as they are written. Statements stand behind `;` and behind BEGIN,
 * THEN, ELSE and LOOP, first on a line, in the dollar-quoted bodies of functions and DO, and in
 * strings that are executed or set to a variable.
 *
 * Does not own: tokens (sql-lexer.c), the statements themselves (sql-grant.c, sql-account.c,
 * sql-policy.c). The error is a quote or comment without end; what stands behind is read.
 */
#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/parts.h"
#include "detectors/formats/sql-internal.h"

#define DEPTH_MAX 4u

struct cursor sql_place(struct sql_reader *r, size_t at)
{
        if (at < r->here.at)
                r->here = at < r->mark.at ? cursor_begin(r->here.data, r->here.n) : r->mark;
        cursor_move(&r->here, at);
        return r->here;
}

int sql_text(struct sql_reader *r, struct node *to, const char *key, size_t begin, size_t end,
             const char *text, size_t n)
{
        struct cursor from = sql_place(r, begin), until = sql_place(r, end);

        return part_value(r->doc, to, key, &from, &until, text, n) ? 0 : doc_error(r->doc);
}

int sql_bool(struct sql_reader *r, struct node *to, const char *key, bool truth)
{
        struct cursor at = sql_place(r, r->l.t.begin);

        return part_bool(r->doc, to, key, &at, &at, truth) ? 0 : doc_error(r->doc);
}

struct node *sql_container(struct sql_reader *r, struct node *to, const char *key,
                           enum node_type type, size_t begin)
{
        struct node *n = node_get(to, key);

        if (n)
                return n;
        struct cursor at = sql_place(r, begin);
        return part_container(r->doc, to, key, type, &at);
}

struct node *sql_begin(struct sql_reader *r, const char *what, size_t begin)
{
        struct cursor from, until;

        r->mark = from = sql_place(r, begin);
        until = sql_place(r, r->l.t.begin > begin ? r->l.t.begin : r->l.t.end);
        struct node *statement = part_container(r->doc, r->statements, NULL, NODE_MAPPING, &from);
        part_trim(&from, &until);
        return part_value(r->doc, statement, "statement", &from, &until, what, strlen(what))
                       ? statement
                       : NULL;
}

/* --- which statement ---- */

static int read_create(struct sql_reader *r, const char *verb)
{
        static const char *const prefixes[] = {"or",     "replace",   "alter",       "editionable",
                                               "server", "database",  "application", "global",
                                               "local",  "temporary", "temp",        NULL};
        static const char *const roles[] = {"role", "user", "login", "group", NULL};
        struct sql_lexer *l = &r->l;
        size_t begin = l->t.begin;

        sql_next(l);
        if (sql_is(l, "definer")) /* MySQL: CREATE DEFINER = a FUNCTION */
                while (!sql_at_end(l) && !sql_is(l, "function") && !sql_is(l, "procedure"))
                        sql_next(l);
        while (sql_is_one_of(l, prefixes))
                sql_next(l);
        if (sql_is_one_of(l, roles))
                return sql_read_role(r, verb, begin);
        if (sql_is(l, "policy"))
                return sql_read_row_policy(r, verb, begin);
        if (sql_is(l, "function") || sql_is(l, "procedure"))
                return sql_read_function(r, begin);
        if (sql_is(l, "table") && strcmp(verb, "alter") == 0)
                return sql_read_table(r, begin);
        if (sql_take(l, "default"))
                return sql_is(l, "privileges") ? sql_read_default_privileges(r, begin) : 0;
        return 0;
}

/* The strings of what is left of a statement: what they say is executed, now or later. */
static int read_strings(struct sql_reader *r)
{
        struct sql_lexer *l = &r->l;

        while (!sql_at_end(l)) {
                struct sql_token t = l->t;

                if (t.type == SQL_STRING) {
                        int error = sql_read_inside(r, t.inside, t.inside + t.size);

                        if (error < 0)
                                return error;
                }
                sql_next(l);
        }
        return 0;
}

/* EXECUTE 'GRANT …', EXEC('…'), EXECUTE format('…', a), PREPARE s FROM '…', DO $$ … $$ */
static int read_dynamic(struct sql_reader *r)
{
        static const char *const procedures[] = {"sp_addrolemember", "sp_addsrvrolemember",
                                                 "sp_droprolemember", "sp_dropsrvrolemember", NULL};
        struct sql_lexer *l = &r->l;
        size_t begin = l->t.begin;

        sql_next(l);
        /* master.dbo.sp_addsrvrolemember */
        for (struct sql_lexer next = *l; sql_is_name(l) || sql_is_sign(l, '.'); *l = next) {
                if (sql_is_one_of(l, procedures))
                        return sql_read_member_procedure(r, begin);
                sql_next(&next);
                if (!sql_is_sign(&next, '.') && !sql_is_sign(l, '.'))
                        break;
        }
        return read_strings(r);
}

static int read_statement(struct sql_reader *r)
{
        static const char *const data[] = {"insert", "copy", "replace", "values", "merge", NULL};
        static const char *const dynamic[] = {"exec", "execute", "prepare", "do", NULL};
        static const char *const lines[] = {"delimiter", "prompt", "rem", "remark", NULL};
        struct sql_lexer *l = &r->l;
        int error = 0;

        if (sql_is_one_of(l, data)) {
                sql_skip_data(l);
                return 0;
        }
        if ((l->t.first && sql_is_one_of(l, lines)) || sql_is_sign(l, '\\')) {
                sql_skip_line(l);
                return 0;
        }
        if (sql_is(l, "grant") || sql_is(l, "revoke") || sql_is(l, "deny")) {
                error = sql_read_grant(r);
        } else if (sql_is(l, "create")) {
                error = read_create(r, "create");
        } else if (sql_is(l, "alter")) {
                error = read_create(r, "alter");
        } else if (sql_is_one_of(l, dynamic)) {
                error = read_dynamic(r);
        } else if (sql_is(l, "set")) {
                size_t begin = l->t.begin;

                sql_next(l);
                error = sql_is(l, "password") ? sql_read_set_password(r, begin) : read_strings(r);
        } else if (sql_is(l, "declare")) {
                error = read_strings(r);
        } else if (sql_pass_end(l)) {
                return 0; /* what comes next is a statement */
        } else {
                sql_next(l); /* none of interest, though its word may begin one */
        }
        sql_skip_statement(l);
        return error;
}

static int read_statements(struct sql_reader *r)
{
        int error = 0;

        while (error == 0 && r->l.t.type != SQL_END)
                error = read_statement(r);
        return error;
}

int sql_read_inside(struct sql_reader *r, size_t from, size_t to)
{
        struct sql_lexer outer = r->l;
        int error = 0;

        if (r->depth >= DEPTH_MAX)
                return 0;
        r->depth++;
        sql_lexer_begin(&r->l, outer.data, from, to);
        error = read_statements(r);
        r->depth--;
        /* a quote without end in a string ends with the string */
        r->l = outer;
        return error;
}

static int sql_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct sql_reader r = {.doc = doc, .here = cursor_begin(data, n)};
        struct node *root = cursor_node(&r.here, doc, NODE_MAPPING);

        r.mark = r.here;
        r.statements = part_container(doc, root, "statements", NODE_SEQUENCE, &r.here);
        doc_set_root(doc, root);
        if (!r.statements)
                return doc_error(doc);
        sql_lexer_begin(&r.l, data, r.here.at, n);
        int error = read_statements(&r);
        if (error < 0 || !r.l.broken)
                return error;
        struct cursor at = sql_place(&r, r.l.broken_at);
        return cursor_bad(&at, reterr, "a quote or comment without end");
}

const struct format format_sql = {.name = "sql", .parse = sql_read, .language = true};
