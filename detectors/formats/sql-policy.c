/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what decides about rows and callers: CREATE POLICY, row level security of tables, and with
 * whose rights functions run.
 * Does not own: names (sql-name.c); where statements are (sql.c, whose head shows the tree).
 */
#include <stdio.h>
#include <string.h>

#include "detectors/formats/constant.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/parts.h"
#include "detectors/formats/sql-internal.h"

/* The condition in the brackets at hand. */
static int read_condition(struct sql_reader *r, struct node *policy, const char *key,
                          enum constant *ret)
{
        struct sql_lexer *l = &r->l;
        size_t begin = l->t.end, end = begin;

        if (!sql_is_sign(l, '('))
                return 0;
        size_t depth = 0;
        do {
                depth += sql_is_sign(l, '(');
                depth -= sql_is_sign(l, ')');
                end = l->t.begin;
                sql_next(l);
        } while (depth > 0 && l->t.type != SQL_END && !sql_is_sign(l, ';'));
        if (depth > 0)
                end = l->t.begin; /* the bracket has no end */
        *ret = depth == 0 ? constant_value(l->data + begin, end - begin) : CONSTANT_NONE;
        while (begin < end && strchr(" \t\r\n", l->data[begin]))
                begin++;
        struct cursor from = sql_place(r, begin), to = sql_place(r, end);
        part_trim(&from, &to);
        return part_source(r->doc, policy, key, &from, &to) ? 0 : doc_error(r->doc);
}

static int read_clause(struct sql_reader *r, struct node *policy,
                       enum constant conditions[static 2])
{
        struct sql_lexer *l = &r->l;
        struct sql_name word;

        if (sql_take(l, "as") && sql_read_name(l, &word))
                return sql_text(r, policy, "as", word.begin, word.end, word.text, word.n);
        if (sql_take(l, "for") && sql_read_name(l, &word))
                return sql_text(r, policy, "for", word.begin, word.end, word.text, word.n);
        if (sql_take(l, "to"))
                return sql_read_accounts(r, policy, "grantees");
        if (sql_take(l, "using"))
                return read_condition(r, policy, "using", &conditions[0]);
        if (sql_take(l, "check"))
                return read_condition(r, policy, "check", &conditions[1]);
        sql_next(l);
        return 0;
}

int sql_read_row_policy(struct sql_reader *r, const char *verb, size_t begin)
{
        struct sql_lexer *l = &r->l;
        enum constant conditions[2] = {CONSTANT_NONE, CONSTANT_NONE};
        struct sql_name name, object;
        char what[24];

        sql_next(l);
        if (sql_take(l, "if")) {
                (void)sql_take(l, "not");
                (void)sql_take(l, "exists");
        }
        /* elsewhere a policy is another thing (password policy p) */
        if (!sql_read_name(l, &name) || !sql_take(l, "on") || !sql_read_name(l, &object))
                return 0;
        (void)snprintf(what, sizeof(what), "%s policy", verb);
        struct node *policy = sql_begin(r, what, begin);
        int error = sql_text(r, policy, "name", name.begin, name.end, name.text, name.n);
        if (error == 0)
                error = sql_text(r, policy, "object", object.begin, object.end, object.text,
                                 object.n);
        while (error == 0 && !sql_at_end(l))
                error = read_clause(r, policy, conditions);
        bool open = conditions[0] == CONSTANT_TRUE ||
                    (!node_get(policy, "using") && conditions[1] == CONSTANT_TRUE);
        return error < 0 ? error : sql_bool(r, policy, "always", open);
}

int sql_read_table(struct sql_reader *r, size_t begin)
{
        struct sql_lexer *l = &r->l;
        struct sql_name name;

        sql_next(l);
        if (sql_take(l, "if"))
                (void)sql_take(l, "exists");
        (void)sql_take(l, "only");
        if (!sql_read_name(l, &name))
                return 0;
        bool enable = sql_is(l, "enable"), force = sql_is(l, "force"), no = sql_is(l, "no");
        if (!enable && !force && !no && !sql_is(l, "disable"))
                return 0;
        sql_next(l);
        if (no && sql_take(l, "force"))
                force = true;
        if (!sql_take(l, "row") || !sql_take(l, "level") || !sql_is(l, "security"))
                return 0;
        struct node *statement = sql_begin(r, "alter table", begin);
        int error = sql_text(r, statement, "object", name.begin, name.end, name.text, name.n);
        return error < 0 ? error
                         : sql_bool(r, statement, force ? "row_security_forced" : "row_security",
                                    enable || (force && !no));
}

/* SECURITY DEFINER, SET search_path, and the bodies in quotes, in which there are statements. */
static int read_function_clause(struct sql_reader *r, struct node *function)
{
        struct sql_lexer *l = &r->l;
        struct sql_name word;

        if (sql_take(l, "security") && sql_read_name(l, &word) && !node_get(function, "security"))
                return sql_text(r, function, "security", word.begin, word.end, word.text, word.n);
        if (sql_take(l, "set") && sql_is(l, "search_path") && !node_get(function, "search_path")) {
                sql_next(l);
                if ((sql_take_sign(l, '=') || sql_take(l, "to")) && sql_read_name(l, &word))
                        return sql_text(r, function, "search_path", word.begin, word.end, word.text,
                                        word.n);
                return 0;
        }
        if (l->t.dollar) {
                struct sql_token body = l->t;
                int error = sql_read_inside(r, body.inside, body.inside + body.size);

                sql_next(l);
                return error;
        }
        if (!sql_at_end(l))
                sql_next(l);
        return 0;
}

int sql_read_function(struct sql_reader *r, size_t begin)
{
        struct sql_lexer *l = &r->l;
        struct node *before = r->statements->last, *function;
        struct sql_name name;
        const char *what = sql_is(l, "procedure") ? "create procedure" : "create function";

        sql_next(l);
        if (!sql_read_name(l, &name))
                return 0;
        function = sql_begin(r, what, begin);
        int error = sql_text(r, function, "name", name.begin, name.end, name.text, name.n);
        if (error == 0 && sql_is_sign(l, '('))
                sql_skip_brackets(l);
        while (error == 0 && !sql_at_end(l))
                error = read_function_clause(r, function);
        /* most say nothing of whose rights they run with */
        if (error == 0 && !node_get(function, "security") && !node_get(function, "search_path"))
                node_unlink(function, before);
        return error;
}
