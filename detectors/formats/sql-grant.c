/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: GRANT, REVOKE and DENY, ALTER DEFAULT PRIVILEGES, and the other ways to put somebody into a
 * role (sp_addrolemember).
 * Does not own: names and accounts (sql-name.c); where statements are (sql.c, whose head shows the
 * tree). What is no grant of any dialect is left out.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/parts.h"
#include "detectors/formats/sql-internal.h"

static const char *const item_ends[] = {"on", "to", "from", NULL};
static const char *const object_ends[] = {"to", "from", NULL};

/* Looks ahead: whether somebody is named, and an object before. */
static bool names_somebody(const struct sql_lexer *l, bool *ret_object)
{
        struct sql_lexer ahead = *l;

        *ret_object = false;
        for (; !sql_at_end(&ahead); sql_next(&ahead)) {
                if (sql_is_one_of(&ahead, object_ends))
                        return true;
                *ret_object |= sql_is(&ahead, "on");
        }
        return false;
}

/* What is granted: privileges on an object, or roles. */
static int read_items(struct sql_reader *r, struct node *statement, bool object)
{
        struct sql_lexer *l = &r->l;
        const char *key = object ? "privileges" : "roles";
        struct sql_name item;

        if (!object && (sql_take(l, "role") || sql_take(l, "system")))
                key = "roles";
        struct node *list = sql_container(r, statement, key, NODE_SEQUENCE, r->l.t.begin);
        while (list && !sql_at_end(l)) {
                if (sql_read_words(l, item_ends, object, &item) &&
                    sql_text(r, list, NULL, item.begin, item.end, item.text, item.n) < 0)
                        break;
                if (!sql_take_sign(l, ','))
                        break;
        }
        return doc_error(r->doc);
}

/* An object that is all there is: ALL DATABASES, ON SERVER; Snowflake's ACCOUNT only where a role comes
 * behind, for elsewhere it is the name of a table. */
static bool is_whole(const struct sql_lexer *l, const char *words)
{
        if (strncmp(words, "all ", 4) == 0 && !strchr(words + 4, ' '))
                return true;
        if (strcmp(words, "server") == 0)
                return true;
        if (strcmp(words, "account") != 0)
                return false;
        struct sql_lexer next = *l;
        sql_next(&next);
        return sql_is(&next, "role");
}

static int add_object(struct sql_reader *r, struct node *statement, const struct sql_name *name)
{
        struct node *list = sql_container(r, statement, "objects", NODE_SEQUENCE, name->begin);

        return sql_text(r, list, NULL, name->begin, name->end, name->text, name->n);
}

static void append_word(struct sql_name *to, const struct sql_name *word)
{
        int n = snprintf(to->text + to->n, sizeof(to->text) - to->n, "%s%s", to->n > 0 ? " " : "",
                         word->text);

        to->n = n < 0 ? to->n : MIN_OF(to->n + (size_t)n, sizeof(to->text) - 1);
        to->end = word->end;
}

static void fold(struct sql_name *name)
{
        for (size_t i = 0; i < name->n; i++)
                name->text[i] = (char)tolower((unsigned char)name->text[i]);
}

/* The names up to the first comma or TO: the last is an object, those before say of which type.
 * Returns whether there is any. */
static bool read_object_words(struct sql_lexer *l, struct sql_name *ret_type,
                              struct sql_name *ret_last)
{
        bool any = false;

        *ret_type = (struct sql_name){.begin = l->t.begin};
        while (!sql_at_end(l) && !sql_is_one_of(l, object_ends) && !sql_is_sign(l, ',')) {
                struct sql_name name;

                if (sql_is_sign(l, '(')) {
                        sql_skip_brackets(l);
                        continue;
                }
                if (sql_take_sign(l, ':')) /* SCHEMA::dbo */
                        continue;
                if (!sql_read_name(l, &name))
                        break;
                sql_skip_host(l, name.end);
                if (any)
                        append_word(ret_type, ret_last);
                *ret_last = name;
                any = true;
        }
        return any;
}

/* ON [type words] name, name … */
static int read_object(struct sql_reader *r, struct node *statement)
{
        struct sql_lexer *l = &r->l;
        struct sql_name type, last;
        int error = 0;

        if (!read_object_words(l, &type, &last))
                return 0;
        struct sql_name whole = type;
        append_word(&whole, &last);
        fold(&type);
        fold(&whole);
        /* default privileges are for kinds of objects, not for one */
        bool alone = is_whole(l, whole.text) || node_get(statement, "default_privileges");
        const struct sql_name *what = alone ? &whole : &type;
        if (what->n > 0)
                error = sql_text(r, statement, "object_type", what->begin, what->end, what->text,
                                 what->n);
        if (error == 0 && !alone)
                error = add_object(r, statement, &last);
        while (error == 0 && sql_take_sign(l, ',') && sql_read_name(l, &last)) {
                error = add_object(r, statement, &last);
                if (sql_is_sign(l, '('))
                        sql_skip_brackets(l);
        }
        return error;
}

/* WITH GRANT OPTION, WITH ADMIN OPTION, and what else may stand behind. */
static int read_options(struct sql_reader *r, struct node *statement)
{
        struct sql_lexer *l = &r->l;

        while (!sql_at_end(l)) {
                bool grant = sql_is(l, "grant"), admin = sql_is(l, "admin");

                if (grant || admin) {
                        const char *key = grant ? "grant_option" : "admin_option";
                        struct sql_lexer next = *l;

                        sql_next(&next);
                        if ((sql_is(&next, "option") || sql_is(&next, "true")) &&
                            !node_get(statement, key) && sql_bool(r, statement, key, true) < 0)
                                return doc_error(r->doc);
                }
                sql_next(l);
        }
        return 0;
}

int sql_read_granted(struct sql_reader *r, struct node *statement)
{
        struct sql_lexer *l = &r->l;
        bool object;

        if (!names_somebody(l, &object))
                return 0;
        /* REVOKE GRANT OPTION FOR select ON … */
        struct sql_lexer ahead = *l;
        if (sql_take(&ahead, "grant") && sql_take(&ahead, "option") && sql_take(&ahead, "for"))
                *l = ahead;
        ahead = *l;
        if (sql_take(&ahead, "admin") && sql_take(&ahead, "option") && sql_take(&ahead, "for"))
                *l = ahead;
        /* GRANT ON CLUSTER c select ON … */
        ahead = *l;
        if (sql_take(&ahead, "on") && sql_take(&ahead, "cluster")) {
                sql_next(&ahead);
                *l = ahead;
        }
        int error = read_items(r, statement, object);
        if (error == 0 && sql_take(l, "on"))
                error = read_object(r, statement);
        if (error == 0 && (sql_take(l, "to") || sql_take(l, "from")))
                error = sql_read_accounts(r, statement, "grantees");
        return error < 0 ? error : read_options(r, statement);
}

int sql_read_grant(struct sql_reader *r)
{
        struct sql_lexer *l = &r->l;
        const char *what = sql_is(l, "grant") ? "grant" : sql_is(l, "deny") ? "deny" : "revoke";
        size_t begin = l->t.begin;
        bool object;

        struct sql_lexer ahead = *l;
        sql_next(&ahead);
        if (!names_somebody(&ahead, &object)) {
                sql_next(l);
                return 0;
        }
        struct node *statement = sql_begin(r, what, begin);
        sql_next(l);
        return statement ? sql_read_granted(r, statement) : doc_error(r->doc);
}

int sql_read_default_privileges(struct sql_reader *r, size_t begin)
{
        struct sql_lexer *l = &r->l, ahead;
        struct node *statement = NULL;

        /* here GRANT does not begin a statement, even where it begins a line */
        for (ahead = *l;
             !sql_is(&ahead, "grant") && !sql_is(&ahead, "revoke") && !sql_at_end(&ahead);)
                sql_next(&ahead);
        if (!sql_is(&ahead, "grant") && !sql_is(&ahead, "revoke"))
                return 0;
        statement = sql_begin(r, sql_is(&ahead, "grant") ? "grant" : "revoke", begin);
        int error = sql_bool(r, statement, "default_privileges", true);
        while (error == 0 && l->t.begin < ahead.t.begin) {
                if (sql_take(l, "schema"))
                        error = sql_read_names(r, statement, "schemas");
                else if (sql_take(l, "role") || sql_take(l, "user"))
                        error = sql_read_names(r, statement, "owners");
                else
                        sql_next(l);
        }
        if (error < 0)
                return error;
        if (l->t.begin == ahead.t.begin)
                sql_next(l);
        return sql_read_granted(r, statement);
}

struct node *sql_begin_membership(struct sql_reader *r, bool granted, size_t begin,
                                  const struct sql_name *role)
{
        struct node *statement = sql_begin(r, granted ? "grant" : "revoke", begin);
        struct node *roles = sql_container(r, statement, "roles", NODE_SEQUENCE, role->begin);

        return sql_text(r, roles, NULL, role->begin, role->end, role->text, role->n) == 0
                       ? statement
                       : NULL;
}

/* An argument: @name = N'value', or the value. */
static bool read_argument(struct sql_lexer *l, struct sql_name *ret)
{
        struct sql_lexer next = *l;

        if (sql_take_sign(&next, '@') && sql_is_name(&next)) {
                sql_next(&next);
                if (sql_take_sign(&next, '='))
                        *l = next;
        }
        bool read = sql_read_name(l, ret);
        (void)sql_take_sign(l, ',');
        return read;
}

int sql_read_member_procedure(struct sql_reader *r, size_t begin)
{
        struct sql_lexer *l = &r->l;
        bool server = sql_is(l, "sp_addsrvrolemember") || sql_is(l, "sp_dropsrvrolemember");
        bool add = sql_is(l, "sp_addrolemember") || sql_is(l, "sp_addsrvrolemember");
        struct sql_name first, second;

        sql_next(l);
        if (!read_argument(l, &first) || !read_argument(l, &second))
                return 0;
        const struct sql_name *role = server ? &second : &first,
                              *member = server ? &first : &second;
        struct node *statement = sql_begin_membership(r, add, begin, role);
        struct node *list = sql_container(r, statement, "grantees", NODE_SEQUENCE, member->begin);
        struct cursor at = sql_place(r, member->begin);
        struct node *account = part_container(r->doc, list, NULL, NODE_MAPPING, &at);

        return sql_text(r, account, "name", member->begin, member->end, member->text, member->n);
}
