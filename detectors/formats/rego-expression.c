/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: where an expression of Rego ends, its comparison, and the functions it calls.
 * Does not own: rules and bodies (rego.c); what an expression means.
 * Why without a grammar: rules ask how an expression reads. Brackets, strings and line ends are
 * enough for its bounds, and they are the same in all versions of the language.
 */
#include "detectors/formats/rego-expression.h"

#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/parts.h"

static bool is_name_char(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
}

static bool is_one_of(char c, const char *signs)
{
        return c != '\0' && strchr(signs, c);
}

void rego_skip_space(struct cursor *c, bool lines)
{
        while (!cursor_ended(c)) {
                if (lines && cursor_peek(c, 0) == '#')
                        cursor_to_line_end(c);
                else if (is_one_of(cursor_peek(c, 0), lines ? " \t\r\n" : " \t\r"))
                        cursor_step(c);
                else
                        return;
        }
}

bool rego_at_word(const struct cursor *c, const char *word)
{
        return cursor_at(c, word) && !is_name_char(cursor_peek(c, strlen(word)));
}

void rego_skip_name(struct cursor *c)
{
        while (is_name_char(cursor_peek(c, 0)) ||
               (cursor_peek(c, 0) == '.' && is_name_char(cursor_peek(c, 1))))
                cursor_step(c);
}

/* Behind the string at the cursor. A string in " ends with its line at the latest. */
static bool skip_string(struct cursor *c)
{
        char quote = cursor_peek(c, 0);

        cursor_step(c);
        while (!cursor_ended(c) && cursor_peek(c, 0) != quote) {
                if (quote == '"' && cursor_peek(c, 0) == '\n')
                        return true;
                cursor_skip(c, quote == '"' && cursor_peek(c, 0) == '\\' ? 2 : 1);
        }
        bool ended = !cursor_ended(c);
        cursor_skip(c, 1);
        return ended;
}

struct scan {
        struct cursor *c;
        struct rego_expression *e;
        bool head;
        bool operand; /* a value comes next, so that a line's end or `{` does not end it */
        size_t depth;
};

static size_t operator_length(const struct cursor *c)
{
        static const char *const operators[] = {":=", "==", "!=", "<=", ">=", "=", "<", ">"};

        for (size_t i = 0; i < ELEMENTSOF(operators); i++)
                if (cursor_at(c, operators[i]))
                        return strlen(operators[i]);
        return rego_at_word(c, "in") ? 2 : 0;
}

static void read_operator(struct scan *s, size_t n)
{
        struct cursor begin = *s->c;

        cursor_skip(s->c, n);
        s->operand = true;
        if (s->depth > 0)
                return;
        if (s->e->operators++ == 0) {
                s->e->operator_begin = begin;
                s->e->operator_end = *s->c;
        }
}

static bool ends_here(const struct scan *s)
{
        char byte = cursor_peek(s->c, 0);

        if (cursor_ended(s->c))
                return true;
        if (s->depth > 0)
                return false;
        if (byte == '\n' || byte == '#')
                return !s->operand;
        if (is_one_of(byte, ";)]}"))
                return true;
        return s->head && ((byte == '{' && !s->operand) || rego_at_word(s->c, "if") ||
                           rego_at_word(s->c, "else"));
}

/* A name, and whether it is called. */
static int read_name(struct scan *s, struct doc *d, struct node *calls)
{
        struct cursor begin = *s->c;

        rego_skip_name(s->c);
        s->operand = false;
        if (cursor_peek(s->c, 0) != '(' || !calls)
                return 0;
        return part_source(d, calls, NULL, &begin, s->c) ? 0 : doc_error(d);
}

static void read_sign(struct scan *s)
{
        char byte = cursor_peek(s->c, 0);

        if (is_one_of(byte, "([{")) {
                s->depth++;
                s->operand = true;
        } else if (is_one_of(byte, ")]}")) {
                s->depth--;
                s->operand = false;
        } else {
                s->operand = is_one_of(byte, "+-*/%&|,:");
        }
        cursor_step(s->c);
}

static int read_part(struct scan *s, struct doc *d, struct node *calls)
{
        char byte = cursor_peek(s->c, 0);
        size_t length;

        if (is_one_of(byte, " \t\r\n#")) {
                rego_skip_space(s->c, s->depth > 0 || s->operand);
                return 0;
        }
        if (byte == '"' || byte == '`') {
                s->e->broken |= !skip_string(s->c);
                s->operand = false;
        } else if ((length = operator_length(s->c)) > 0) {
                read_operator(s, length);
        } else if (is_name_char(byte)) {
                return read_name(s, d, calls);
        } else {
                read_sign(s);
        }
        return 0;
}

int rego_read_expression(struct cursor *c, bool head, struct doc *d, struct node *calls,
                         struct rego_expression *ret)
{
        struct scan s = {.c = c, .e = ret, .head = head, .operand = true};
        int error = 0;

        rego_skip_space(c, true);
        *ret = (struct rego_expression){.begin = *c};
        while (error == 0 && !ends_here(&s)) {
                size_t at = c->at;

                error = read_part(&s, d, calls);
                if (c->at > at && !is_one_of(c->data[c->at - 1], " \t\r\n"))
                        ret->end = *c;
        }
        if (ret->end.data == NULL)
                ret->end = ret->begin;
        ret->broken |= s.depth > 0;
        return error;
}
