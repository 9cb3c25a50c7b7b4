/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: names and accounts of SQL: parts with dots, quotes taken off, hosts of MySQL's accounts.
 * Does not own: tokens (sql-lexer.c); what is named. A name that a variable or template stands for is
 * that variable, as it is written.
 */
#include <ctype.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/parts.h"
#include "detectors/formats/sql-internal.h"

#define TEMPLATE_TOKENS 16u

static void append(struct sql_name *name, const char *s, size_t n)
{
        n = MIN_OF(n, sizeof(name->text) - 1 - name->n);
        memcpy(name->text + name->n, s, n);
        name->n += n;
        name->text[name->n] = '\0';
}

static void append_token(struct sql_lexer *l, struct sql_name *name)
{
        append(name, l->data + l->t.inside, l->t.size);
        name->end = l->t.end;
        sql_next(l);
}

/* {{ a }}, ${a}, $(a), :a, :'a', @a, &a, %I, ? */
static bool read_template(struct sql_lexer *l, struct sql_name *name)
{
        size_t begin = l->t.begin, end = l->t.end;

        bool dollar = l->t.size == 1 && l->data[begin] == '$';
        if (!dollar && (l->t.type != SQL_SIGN || !strchr("{:&%@?", l->data[begin])))
                return false;
        bool braces = l->data[begin] == '{';
        sql_next(l);
        if (sql_is_sign(l, '{') || sql_is_sign(l, '(') || braces) {
                for (unsigned i = 0; i < TEMPLATE_TOKENS && !sql_at_end(l); i++) {
                        bool last = sql_is_sign(l, '}') || sql_is_sign(l, ')');

                        end = l->t.end;
                        sql_next(l);
                        if (last && !(sql_is_sign(l, '}') && l->t.begin == end))
                                break;
                }
        } else if (l->t.begin == end && l->t.type != SQL_SIGN && l->t.type != SQL_END) {
                end = l->t.end;
                sql_next(l);
        }
        append(name, l->data + begin, end - begin);
        name->end = end;
        return true;
}

static bool read_part(struct sql_lexer *l, struct sql_name *name)
{
        if (read_template(l, name)) {
                if (l->t.begin == name->end && l->t.type == SQL_WORD)
                        append_token(l, name);
                return true;
        }
        if (!sql_is_name(l) && l->t.type != SQL_STRING && !sql_is_sign(l, '*'))
                return false;
        append_token(l, name);
        return true;
}

/* sys:dba: the colon stands close on both sides. */
static bool at_colon(const struct sql_lexer *l, const struct sql_name *name)
{
        struct sql_lexer next = *l;

        if (!sql_is_sign(l, ':') || l->t.begin != name->end)
                return false;
        sql_next(&next);
        return next.t.type == SQL_WORD && next.t.begin == l->t.end;
}

/* a_${b}: a template stands close behind. */
static bool at_template(const struct sql_lexer *l, const struct sql_name *name)
{
        bool dollar = l->t.type == SQL_WORD && l->t.size == 1 && l->data[l->t.begin] == '$';

        return l->t.begin == name->end && (dollar || sql_is_sign(l, '{'));
}

bool sql_read_name(struct sql_lexer *l, struct sql_name *ret)
{
        *ret = (struct sql_name){.begin = l->t.begin, .end = l->t.begin};
        if (!read_part(l, ret))
                return false;
        while (sql_is_sign(l, '.') || at_colon(l, ret) || at_template(l, ret)) {
                if (!at_template(l, ret))
                        append_token(l, ret);
                if (!read_part(l, ret))
                        break;
        }
        return true;
}

void sql_skip_host(struct sql_lexer *l, size_t end)
{
        struct sql_name host;

        if (sql_is_sign(l, '@') && l->t.begin == end) {
                sql_next(l);
                if (!sql_read_name(l, &host))
                        return;
        }
}

bool sql_read_words(struct sql_lexer *l, const char *const *ends, bool fold, struct sql_name *ret)
{
        *ret = (struct sql_name){.begin = l->t.begin, .end = l->t.begin};
        while (!sql_at_end(l) && !sql_is_one_of(l, ends)) {
                struct sql_name part;
                bool word = l->t.type == SQL_WORD;

                if (sql_is_sign(l, '(')) {
                        sql_skip_brackets(l);
                        continue;
                }
                if (!sql_read_name(l, &part))
                        break;
                for (size_t i = 0; fold && word && i < part.n; i++)
                        part.text[i] = (char)tolower((unsigned char)part.text[i]);
                append(ret, " ", ret->n > 0);
                append(ret, part.text, part.n);
                ret->end = part.end;
                sql_skip_host(l, part.end);
        }
        return ret->n > 0;
}

/* ROLE, USER, GROUP … before the name of one. */
static bool read_type(struct sql_lexer *l, struct sql_name *ret)
{
        static const char *const types[] = {"role",  "user",     "group",       "login",
                                            "share", "database", "application", NULL};
        struct sql_lexer next = *l;

        if (!sql_is_one_of(l, types))
                return false;
        sql_next(&next);
        if (sql_at_end(&next) || sql_is(&next, "with") ||
            !(sql_is_name(&next) || next.t.type == SQL_STRING ||
              (next.t.type == SQL_SIGN && !strchr(",;@", next.data[next.t.begin]))))
                return false;
        *ret = (struct sql_name){.begin = l->t.begin};
        do {
                append(ret, " ", ret->n > 0);
                append_token(l, ret);
        } while (sql_is(l, "role"));
        for (size_t i = 0; i < ret->n; i++)
                ret->text[i] = (char)tolower((unsigned char)ret->text[i]);
        return true;
}

static int read_host(struct sql_reader *r, struct node *account)
{
        struct sql_lexer *l = &r->l;
        struct sql_name host;

        if (!sql_is_sign(l, '@'))
                return 0;
        l->mysql = true;
        sql_next(l);
        if (sql_is_sign(l, '%')) {
                host = (struct sql_name){.text = "%", .n = 1, .begin = l->t.begin, .end = l->t.end};
                sql_next(l);
        } else if (!sql_read_name(l, &host)) {
                return 0;
        }
        return sql_text(r, account, "host", host.begin, host.end, host.text, host.n);
}

bool sql_read_account(struct sql_reader *r, struct node *list)
{
        struct sql_name name, type = {0};
        size_t begin = r->l.t.begin;
        bool typed = read_type(&r->l, &type);

        if (!sql_read_name(&r->l, &name))
                return false;
        struct cursor at = sql_place(r, begin);
        struct node *account = part_container(r->doc, list, NULL, NODE_MAPPING, &at);
        return account &&
               (!typed ||
                sql_text(r, account, "type", type.begin, type.end, type.text, type.n) == 0) &&
               sql_text(r, account, "name", name.begin, name.end, name.text, name.n) == 0 &&
               read_host(r, account) == 0;
}

int sql_read_accounts(struct sql_reader *r, struct node *to, const char *key)
{
        struct node *list = sql_container(r, to, key, NODE_SEQUENCE, r->l.t.begin);

        while (list && sql_read_account(r, list) && sql_take_sign(&r->l, ','))
                continue;
        return doc_error(r->doc);
}

int sql_read_names(struct sql_reader *r, struct node *to, const char *key)
{
        struct node *list = sql_container(r, to, key, NODE_SEQUENCE, r->l.t.begin);
        struct sql_name name;

        while (list && sql_read_name(&r->l, &name) &&
               sql_text(r, list, NULL, name.begin, name.end, name.text, name.n) == 0 &&
               sql_take_sign(&r->l, ','))
                continue;
        return doc_error(r->doc);
}
