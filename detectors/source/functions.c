/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Definitions: functions, methods, lambdas and classes. Their parameters hide names of the same
 * spelling outside, so that a constant of the file is not taken for an argument. It must not know
 * what bodies hold. Scopes belong to the lexer.
 */

#include <string.h>

#include "common/base/macros.h"
#include "detectors/source/reader.h"

#define HEADER_MAX \
        48 /* tokens between parameters and body that are looked at: result types, throws, where \
            */

/* Every name in a parameter list is no constant; defaults and annotations are read for the calls in
 * them. */
static void parameters(struct builder *b, uint32_t at, uint32_t end, unsigned depth)
{
        while (at < end && !b->l->error) {
                const struct token *t = &b->t[at];
                uint32_t before = at;
                if (t->type == TOKEN_AT) {
                        build_decorator(b, &at, end);
                } else if (t->type == TOKEN_ASSIGN || t->type == TOKEN_COLON) {
                        at++;
                        (void)build_expression(b, &at, end, MODE_STATEMENT, NULL);
                } else if (t->type == TOKEN_OPEN) {
                        uint32_t close = build_match(b, at, end);
                        if (depth)
                                parameters(b, at + 1, close, depth - 1);
                        at = close + 1;
                } else {
                        if (t->type == TOKEN_NAME && t->word == WORD_NONE)
                                build_bind(b, build_text(b, at), NULL);
                        at++;
                }
                if (at == before)
                        at++;
        }
}

static struct scope *enter(struct builder *b, const char *function, bool class)
{
        struct scope *before = b->scope;
        struct scope *s = build_scope(b, function ? function : b->scope->function, class);
        if (s)
                b->scope = s;
        return before;
}

/* Index of the body's `{`, of the `=` or `=>` before a body that is an expression, or 0: there is
 * none. */
static uint32_t body_after(const struct builder *b, uint32_t at, uint32_t end)
{
        uint32_t stop = MIN_OF(end, at + HEADER_MAX);

        for (uint32_t i = at; i < stop; i++) {
                const struct token *t = &b->t[i];
                if (t->type == TOKEN_OPEN && t->op == '{') {
                        /* a type in braces: another `{` follows the first one's end */
                        uint32_t close = build_match(b, i, end);
                        if (b->language == LANGUAGE_JAVASCRIPT && i > at &&
                            b->t[i - 1].type == TOKEN_COLON &&
                            at_op(b, close + 1, end, TOKEN_OPEN, '{'))
                                return close + 1;
                        return i;
                }
                if (t->type == TOKEN_SEMI || t->type == TOKEN_CLOSE)
                        return 0;
                if (t->type == TOKEN_ASSIGN ||
                    (t->type == TOKEN_ARROW && b->language != LANGUAGE_PYTHON))
                        return i;
                if (t->newline && i > at && t->type == TOKEN_NAME && t->word == WORD_FUNCTION)
                        return 0;
                uint32_t generics = build_generics(b, i, end);
                if (generics)
                        i = generics - 1;
                else if (t->type == TOKEN_OPEN)
                        i = build_match(b, i, end);
        }
        return 0;
}

/* Reads the body that begins at `at` (see body_after) in the present scope; behind it. */
static uint32_t body(struct builder *b, uint32_t at, uint32_t end, enum mode mode)
{
        if (b->t[at].type == TOKEN_ASSIGN || b->t[at].type == TOKEN_ARROW) {
                at++;
                if (!at_op(b, at, end, TOKEN_OPEN, '{')) {
                        (void)build_expression(b, &at, end, mode, NULL);
                        return at;
                }
        }
        if (!at_op(b, at, end, TOKEN_OPEN, '{'))
                return at;
        uint32_t close = build_match(b, at, end);
        build_block(b, at + 1, close);
        return MIN_OF(close + 1, end);
}

/* Behind the name that a definition gives; NULL name: anonymous. Go's receiver is skipped. */
static const char *definition_name(struct builder *b, uint32_t *at, uint32_t end)
{
        const char *name = NULL;

        if (b->language == LANGUAGE_GO && at_op(b, *at, end, TOKEN_OPEN, '(')) {
                uint32_t behind = build_match(b, *at, end) + 1;
                if (at_type(b, behind, end, TOKEN_NAME) &&
                    at_op(b, behind + 1, end, TOKEN_OPEN, '('))
                        *at = behind;
        }
        while (at_type(b, *at, end, TOKEN_OPERATOR))
                (*at)++; /* function*, fn &name */
        while (at_type(b, *at, end, TOKEN_NAME)) {
                name = build_text(b, (*at)++);
                if (!at_type(b, *at, end, TOKEN_DOT))
                        break;
                (*at)++; /* def self.name, fun Type.name */
        }
        uint32_t generics = build_generics(b, *at, end);
        if (generics)
                *at = generics;
        return name;
}

/* Python and Ruby: the body is what stands further right; build_block() ends the scope. */
static void function_indented(struct builder *b, uint32_t *at, uint32_t end, uint32_t column,
                              const char *name)
{
        (void)enter(b, name, false);
        b->scope->column = column;
        if (!at_op(b, *at, end, TOKEN_OPEN, '('))
                return; /* Ruby without brackets: the names bind as operands would, which harms
                           nobody */
        uint32_t close = build_match(b, *at, end);
        parameters(b, *at + 1, close, 1);
        *at = MIN_OF(close + 1, end);
        if (at_type(b, *at, end, TOKEN_ARROW)) {
                (*at)++;
                (void)build_expression(b, at, end, MODE_STATEMENT, NULL);
        }
        if (at_type(b, *at, end, TOKEN_COLON))
                (*at)++;
}

/* The column of the line that a definition stands on: `async def` and decorators begin before the
 * word. */
static uint32_t line_column(const struct builder *b, uint32_t at)
{
        while (at > 0 && !b->t[at].newline)
                at--;
        return b->t[at].column;
}

void build_function(struct builder *b, uint32_t *at, uint32_t end)
{
        const char *pending = take_ptr(&b->pending);
        uint32_t column = line_column(b, *at);

        (*at)++;
        const char *name = definition_name(b, at, end);
        if (b->flags & LANGUAGE_INDENTED) {
                function_indented(b, at, end, column, name);
                return;
        }
        struct scope *before = enter(b, name ? name : pending, false);
        if (at_op(b, *at, end, TOKEN_OPEN, '(')) {
                uint32_t close = build_match(b, *at, end);
                parameters(b, *at + 1, close, 2);
                *at = MIN_OF(close + 1, end);
        }
        uint32_t begin = body_after(b, *at, end);
        if (begin)
                *at = body(b, begin, end, MODE_STATEMENT);
        b->scope = before;
}

bool build_is_method(const struct builder *b, uint32_t name, uint32_t open, uint32_t end,
                     enum mode mode)
{
        if (!(b->flags & LANGUAGE_METHODS) || mode != MODE_STATEMENT ||
            !at_op(b, open, end, TOKEN_OPEN, '('))
                return false;
        uint32_t begin = build_match(b, open, end) + 1;
        if (begin >= end)
                return false;
        if (!(b->flags & LANGUAGE_TYPE_FIRST)) {
                if (at_type(b, begin, end, TOKEN_COLON))
                        begin = body_after(b, begin + 1, end);
                return begin && at_op(b, begin, end, TOKEN_OPEN, '{');
        }
        if (name == 0)
                return false;
        const struct token *type = &b->t[name - 1];
        bool typed = (type->type == TOKEN_NAME &&
                      (type->word == WORD_NONE || type->word == WORD_PREFIX)) ||
                     (type->type == TOKEN_OPERATOR && (type->op == '>' || type->op == '?')) ||
                     (type->type == TOKEN_CLOSE && type->op == ']');
        if (!typed || (type->type == TOKEN_NAME && b->t[name].newline))
                return false;
        const struct token *t = &b->t[begin];
        return (t->type == TOKEN_OPEN && t->op == '{') || t->type == TOKEN_ARROW ||
               at_word(b, begin, end, WORD_CONTROL) ||
               (t->type == TOKEN_COLON && b->language == LANGUAGE_CSHARP) ||
               build_is(b, begin, end, "where");
}

void build_method(struct builder *b, uint32_t name, uint32_t *at, uint32_t end)
{
        struct scope *before = enter(b, build_text(b, name), false);
        uint32_t close = build_match(b, *at, end);

        parameters(b, *at + 1, close, 2);
        *at = MIN_OF(close + 1, end);
        uint32_t begin = body_after(b, *at, end);
        if (begin)
                *at = body(b, begin, end, MODE_STATEMENT);
        b->scope = before;
}

uint32_t build_lambda_arrow(const struct builder *b, uint32_t at, uint32_t end)
{
        uint32_t behind = at + 1;

        if (b->language == LANGUAGE_RUBY || b->language == LANGUAGE_PHP ||
            b->language == LANGUAGE_PYTHON || at >= end)
                return 0;
        if (at_op(b, at, end, TOKEN_OPEN, '('))
                behind = build_match(b, at, end) + 1;
        else if (!at_word(b, at, end, WORD_NONE))
                return 0;
        if (at_type(b, behind, end, TOKEN_ARROW))
                return behind;
        /* (x): type => … */
        if (b->language != LANGUAGE_JAVASCRIPT || behind == at + 1 ||
            !at_type(b, behind, end, TOKEN_COLON))
                return 0;
        uint32_t stop = MIN_OF(end, behind + HEADER_MAX / 2);
        for (uint32_t i = behind + 1; i < stop; i++) {
                if (b->t[i].type == TOKEN_ARROW)
                        return i;
                if (b->t[i].type == TOKEN_OPEN)
                        i = build_match(b, i, end);
                else if (b->t[i].type != TOKEN_NAME && b->t[i].type != TOKEN_DOT &&
                         b->t[i].type != TOKEN_OPERATOR && b->t[i].type != TOKEN_STRING)
                        return 0;
        }
        return 0;
}

struct value *build_lambda(struct builder *b, uint32_t *at, uint32_t end, enum mode mode,
                           uint32_t arrow)
{
        uint32_t from = *at;
        struct scope *before = enter(b, take_ptr(&b->pending), false);

        if (arrow) {
                parameters(b, from, arrow, 2);
                *at = body(b, arrow, end, mode);
        } else {
                uint32_t colon = from + 1;
                while (colon < end && b->t[colon].type != TOKEN_COLON)
                        colon = b->t[colon].type == TOKEN_OPEN ? build_match(b, colon, end) + 1
                                                               : colon + 1;
                colon = MIN_OF(colon, end);
                parameters(b, from + 1, colon, 1);
                *at = MIN_OF(colon + 1, end);
                (void)build_expression(b, at, end, mode, NULL);
        }
        b->scope = before;
        return build_other(b, from, *at);
}

void build_class(struct builder *b, uint32_t *at, uint32_t end)
{
        uint32_t column = line_column(b, *at);
        uint32_t first = ++(*at);

        if (b->flags & LANGUAGE_INDENTED) {
                while ((at_type(b, *at, end, TOKEN_NAME) || at_type(b, *at, end, TOKEN_DOT)) &&
                       !b->t[*at].newline)
                        (*at)++;
                if (at_op(b, *at, end, TOKEN_OPEN, '(') && !b->t[*at].newline)
                        *at = MIN_OF(build_match(b, *at, end) + 1, end);
                if (at_type(b, *at, end, TOKEN_COLON))
                        (*at)++;
                (void)enter(b, NULL, true);
                b->scope->column = column;
                return;
        }
        uint32_t begin = body_after(b, first, end);
        if (!begin || !at_op(b, begin, end, TOKEN_OPEN, '{'))
                return;
        /* what stands before the body may be a constructor's parameters */
        struct scope *outer = enter(b, NULL, true);
        uint32_t close = build_match(b, begin, end);
        build_block(b, begin + 1, close);
        *at = MIN_OF(close + 1, end);
        b->scope = outer;
}
