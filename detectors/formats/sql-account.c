/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: CREATE and ALTER of ROLE, USER, LOGIN and GROUP, and SET PASSWORD: whom, with which options,
 * and how a password is given — never the password itself.
 * Does not own: names (sql-name.c); where statements are (sql.c, whose head shows the tree). ALTER ROLE
 * … ADD MEMBER is a grant.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "detectors/formats/parts.h"
#include "detectors/formats/sql-internal.h"

/* Options of PostgreSQL that are a word, or the word with NO before it. */
static const char *const flags[] = {"superuser",   "createdb",  "createrole",
                                    "createuser",  "inherit",   "login",
                                    "replication", "bypassrls", NULL};

static struct node *options(struct sql_reader *r, struct node *statement, size_t begin)
{
        return sql_container(r, statement, "options", NODE_MAPPING, begin);
}

static bool is_variable(const struct sql_lexer *l)
{
        const char *s = l->data + l->t.inside;
        size_t n = l->t.size;

        return (n > 1 && (*s == '$' || *s == ':' || *s == '&') && s[1] != '$') ||
               memmem(s, n, "{{", 2) || memmem(s, n, "${", 2) || (n == 2 && *s == '%') ||
               memmem(s, n, "<%", 2);
}

/* How the password at hand is given. */
static int read_password(struct sql_reader *r, struct node *statement)
{
        struct sql_lexer *l = &r->l;
        const char *how = "variable";
        size_t begin = l->t.begin;
        struct sql_name name;

        if (node_get(statement, "password") || sql_at_end(l))
                return 0;
        if (sql_is(l, "null"))
                how = "none";
        else if (l->t.type == SQL_STRING || l->t.type == SQL_QUOTED)
                how = is_variable(l) ? "variable" : l->t.size == 0 ? "empty" : "literal";
        size_t end = l->t.end;
        if (!sql_read_name(l, &name))
                sql_next(l);
        return sql_text(r, statement, "password", begin, end, how, strlen(how));
}

/* IDENTIFIED [WITH plugin] BY 'x', EXTERNALLY, VIA plugin. */
static int read_identified(struct sql_reader *r, struct node *statement)
{
        struct sql_lexer *l = &r->l;
        struct sql_name plugin;
        int error = 0;

        if ((sql_take(l, "with") || sql_take(l, "via")) && sql_read_name(l, &plugin))
                error = sql_text(r, options(r, statement, plugin.begin), "plugin", plugin.begin,
                                 plugin.end, plugin.text, plugin.n);
        if (error == 0 && (sql_take(l, "by") || sql_take(l, "as"))) {
                (void)sql_take(l, "password");
                (void)sql_take(l, "values");
                error = read_password(r, statement);
        }
        return error;
}

/* WORD = value, whatever the word. *name is the word, which was passed; so is the sign. */
static int read_assigned(struct sql_reader *r, struct node *statement, const struct sql_name *name)
{
        struct sql_name value;
        char *key = doc_text(r->doc, name->text, name->n);

        if (!key || !sql_read_name(&r->l, &value))
                return doc_error(r->doc);
        for (char *s = key; *s; s++)
                *s = (char)tolower((unsigned char)*s);
        return sql_text(r, options(r, statement, name->begin), key, value.begin, value.end,
                        value.text, value.n);
}

static const char *flag_of(const struct sql_name *word, bool *ret_truth)
{
        for (size_t i = 0; flags[i]; i++) {
                *ret_truth = strcasecmp(word->text, flags[i]) == 0;
                if (*ret_truth || (strncasecmp(word->text, "no", 2) == 0 &&
                                   strcasecmp(word->text + 2, flags[i]) == 0))
                        return flags[i];
        }
        return NULL;
}

static int read_flag(struct sql_reader *r, struct node *statement, const char *flag, bool truth,
                     const struct sql_name *word)
{
        struct node *to = options(r, statement, word->begin);
        struct cursor from = sql_place(r, word->begin), end = sql_place(r, word->end);

        if (to && node_get(to, flag))
                return 0;
        return part_bool(r->doc, to, flag, &from, &end, truth) ? 0 : doc_error(r->doc);
}

/* ADD MEMBER x, DROP MEMBER x, ADD USER x: the account at hand is put into the altered role. */
static int read_member(struct sql_reader *r, struct node *statement, bool add)
{
        const struct node *accounts = node_get(statement, "accounts");
        const char *role = node_text(node_get(accounts ? accounts->first : NULL, "name"));
        struct sql_name name = {.begin = statement->offset, .end = r->l.t.begin};

        if (!role)
                return doc_error(r->doc);
        name.n = MIN_OF(strlen(role), sizeof(name.text) - 1);
        memcpy(name.text, role, name.n);
        struct node *grant = sql_begin_membership(r, add, statement->offset, &name);
        int error = grant ? sql_read_accounts(r, grant, "grantees") : doc_error(r->doc);
        /* no dialect has more than one such clause */
        while (error == 0 && !sql_at_end(&r->l))
                sql_next(&r->l);
        return error;
}

/* IN ROLE a, ROLE b, ADMIN c, DEFAULT ROLE d, VALID UNTIL 'e'; *ret: it was one of them. */
static int read_list(struct sql_reader *r, struct node *statement, bool *ret)
{
        struct sql_lexer *l = &r->l;
        struct sql_lexer next = *l;
        struct sql_name value;

        sql_next(&next);
        *ret = true;
        if ((sql_is(l, "in") && (sql_is(&next, "role") || sql_is(&next, "group"))) ||
            (sql_is(l, "default") && sql_is(&next, "role"))) {
                const char *key = sql_is(l, "in") ? "roles" : "default_roles";

                sql_next(l);
                sql_next(l);
                return sql_read_names(r, statement, key);
        }
        if ((sql_is(l, "valid") && sql_is(&next, "until")) ||
            (sql_is(l, "password") && sql_is(&next, "expire"))) {
                const char *key = sql_is(l, "valid") ? "valid_until" : "password_expire";

                sql_next(l);
                sql_next(l);
                if (!sql_read_name(l, &value))
                        return 0;
                return sql_text(r, options(r, statement, value.begin), key, value.begin, value.end,
                                value.text, value.n);
        }
        if ((sql_is(l, "role") || sql_is(l, "admin") || sql_is(l, "user")) &&
            (sql_is_name(&next) || next.t.type == SQL_STRING)) {
                const char *key = sql_is(l, "admin") ? "admins" : "members";

                sql_next(l);
                return sql_read_names(r, statement, key);
        }
        *ret = false;
        return 0;
}

static int read_option(struct sql_reader *r, struct node *statement)
{
        struct sql_lexer *l = &r->l;
        struct sql_lexer next = *l;
        struct sql_name word;
        bool truth, listed;
        int error = read_list(r, statement, &listed);

        if (listed || error < 0)
                return error;
        sql_next(&next);
        if ((sql_is(l, "add") || sql_is(l, "drop")) &&
            (sql_is(&next, "member") || sql_is(&next, "user"))) {
                bool add = sql_is(l, "add");

                sql_next(l);
                sql_next(l);
                return read_member(r, statement, add);
        }
        if (sql_take(l, "identified"))
                return read_identified(r, statement);
        if (sql_take(l, "password")) {
                (void)sql_take_sign(l, '=');
                return read_password(r, statement);
        }
        if (l->t.type != SQL_WORD || !sql_read_name(l, &word)) {
                sql_next(l);
                return 0;
        }
        const char *flag = flag_of(&word, &truth);
        bool assigned = sql_take_sign(l, '=');
        if (flag && assigned)
                truth = sql_is(l, "true") || sql_is(l, "yes");
        if (flag)
                return read_flag(r, statement, flag, truth, &word);
        return assigned ? read_assigned(r, statement, &word) : 0;
}

/* ALTER ROLE … SET x, RENAME TO x: what stands behind is no option. */
static bool is_other_alteration(const struct sql_lexer *l)
{
        static const char *const words[] = {"set", "reset", "rename", "owner", NULL};

        return sql_is_one_of(l, words);
}

/* The accounts, of which MySQL has several with options between them. */
static int read_all(struct sql_reader *r, struct node *statement)
{
        struct sql_lexer *l = &r->l;
        int error = sql_read_accounts(r, statement, "accounts");

        while (error == 0 && !sql_at_end(l) && !is_other_alteration(l)) {
                if (!sql_take_sign(l, ','))
                        error = read_option(r, statement);
                else if (l->t.type == SQL_STRING || l->t.type == SQL_QUOTED)
                        error = sql_read_accounts(r, statement, "accounts");
        }
        return error;
}

/* The words that tell what is made: SERVER ROLE, ROLE, IF NOT EXISTS. */
static const char *read_kind(struct sql_lexer *l)
{
        static const char *const kinds[] = {"role", "user", "login", "group", NULL};
        const char *kind = NULL;

        for (size_t i = 0; kinds[i]; i++)
                if (sql_is(l, kinds[i]))
                        kind = kinds[i];
        sql_next(l);
        if (sql_take(l, "if")) {
                (void)sql_take(l, "not");
                (void)sql_take(l, "exists");
        }
        return kind;
}

int sql_read_role(struct sql_reader *r, const char *verb, size_t begin)
{
        struct sql_lexer *l = &r->l;
        char what[24];
        const char *kind = read_kind(l);

        /* CREATE USER MAPPING FOR is no user; ALTER USER CURRENT_USER() is one */
        if (!kind || sql_at_end(l) || sql_is(l, "mapping"))
                return 0;
        (void)snprintf(what, sizeof(what), "%s %s", verb, kind);
        struct node *statement = sql_begin(r, what, begin);
        return statement ? read_all(r, statement) : doc_error(r->doc);
}

int sql_read_set_password(struct sql_reader *r, size_t begin)
{
        struct sql_lexer *l = &r->l;
        struct node *statement = sql_begin(r, "set password", begin);
        int error = statement ? 0 : doc_error(r->doc);

        sql_next(l);
        if (error == 0 && sql_take(l, "for"))
                error = sql_read_accounts(r, statement, "accounts");
        if (error == 0 && sql_take_sign(l, '=')) {
                if (sql_take(l, "password"))
                        (void)sql_take_sign(l, '(');
                error = read_password(r, statement);
        }
        return error;
}
