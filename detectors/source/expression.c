/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Expressions and lists of them: operands with the operators between them, `key: value` items,
 * calls' arguments. It must not know statements. Values belong to the lexer.
 *
 * Precedence is not followed: an expression is its row of operands, each with the operator before
 * it, which is all that folding constants and looking for `or "default"` need. An expression of one
 * operand is that operand.
 */

#include <string.h>

#include "common/base/macros.h"
#include "detectors/source/reader.h"

/* A row of operands while it grows. */
struct row {
        struct value *first, *last;
        unsigned n;
        char op;      /* before the next operand */
        bool plain;   /* nothing but operands and operators that were understood */
        bool wanting; /* an operator waits for its operand */
        bool ternary; /* a `?` waits for its `:` */
};

static bool starts_operand(const struct token *t)
{
        return t->type <= TOKEN_OPEN || t->type == TOKEN_AT;
}

/* A line's end ends a statement unless something is missing on either side of it. */
static bool line_ends(const struct builder *b, uint32_t at, const struct row *row)
{
        const struct token *t = &b->t[at];

        if (t->newline && b->language == LANGUAGE_PYTHON)
                return row->n || row->wanting;
        if (!t->newline || !row->n)
                return false;
        return !row->wanting && starts_operand(t) &&
               !(t->type == TOKEN_NAME && (t->word == WORD_OPERATOR || t->word == WORD_AS));
}

static bool expression_ends(const struct builder *b, uint32_t at, const struct row *row,
                            enum mode mode)
{
        const struct token *t = &b->t[at];

        switch (t->type) {
        case TOKEN_COMMA:
        case TOKEN_SEMI:
        case TOKEN_CLOSE:
                return true;
        case TOKEN_ASSIGN:
        case TOKEN_AUGMENT:
                return mode == MODE_STATEMENT;
        case TOKEN_COLON:
                return mode != MODE_ITEM && !row->ternary;
        case TOKEN_ARROW:
                return mode == MODE_KEY && row->n;
        default:
                return mode == MODE_STATEMENT && line_ends(b, at, row);
        }
}

static void row_append(struct row *row, struct value *v, struct builder *b)
{
        if (row->n && !row->wanting) {
                /* two operands side by side: a type before its name, a cast, or not understood */
                bool typed = b->language == LANGUAGE_JAVA || b->language == LANGUAGE_CSHARP ||
                             b->language == LANGUAGE_PHP;
                if (row->n == 1 && typed) {
                        row->first = row->last = v;
                        return;
                }
                row->plain = false;
        }
        v->op = row->op;
        if (row->last)
                row->last->next = v;
        else
                row->first = v;
        row->last = v;
        row->n++;
        row->op = 0;
        row->wanting = false;
}

static void row_operator(struct row *row, char op)
{
        if (row->wanting || (!row->n && op != '-' && op != '!' && op != '+'))
                row->plain = false;
        if (op == '?')
                row->ternary = true;
        row->op = op;
        row->wanting = true;
}

static char word_operator(const struct builder *b, uint32_t at)
{
        if (build_is(b, at, at + 1, "or"))
                return 'O';
        if (build_is(b, at, at + 1, "and"))
                return 'A';
        return build_is(b, at, at + 1, "not") ? '!' : 'w';
}

/* A word with a meaning, used as a name: object.get(x), record = y, f(from) */
static bool word_is_name(const struct builder *b, uint32_t at, uint32_t end)
{
        enum word w = (enum word)b->t[at].word;
        bool soft = w == WORD_CLASS || w == WORD_AS || w == WORD_IN || w == WORD_IMPORT ||
                    w == WORD_FOR;

        if (w == WORD_NONE || w == WORD_FUNCTION || w == WORD_NEW || w == WORD_LAMBDA ||
            w >= WORD_TRUE || at_type(b, at + 1, end, TOKEN_DOT))
                return true;
        if (at + 1 < end && (b->t[at + 1].type == TOKEN_ASSIGN ||
                             (b->t[at + 1].type == TOKEN_COMMA && w != WORD_CONTROL)))
                return true;
        return soft && w != WORD_IN && w != WORD_FOR && at_op(b, at + 1, end, TOKEN_OPEN, '(');
}

/* Consumes a token that is no operand. True if it did. */
static bool row_step(struct builder *b, struct row *row, uint32_t *at, uint32_t end)
{
        const struct token *t = &b->t[*at];

        if (t->type == TOKEN_NAME) {
                if (word_is_name(b, *at, end) ||
                    (b->language == LANGUAGE_GO && t->word == WORD_OPERATOR))
                        return false;
                if (t->word == WORD_CLASS) {
                        build_class(b, at, end);
                        row->plain = false;
                        return true;
                }
                if (t->word != WORD_PREFIX)
                        row_operator(row, word_operator(b, *at));
        } else if (t->type == TOKEN_COLON) {
                row_operator(row, ':');
                row->ternary = false;
        } else if (starts_operand(t) || (t->type == TOKEN_ARROW && b->language == LANGUAGE_RUBY)) {
                return false;
        } else if (!(b->language == LANGUAGE_GO && t->op == '&' && (!row->n || row->wanting))) {
                /* Go's &Type{…} is the object itself as far as anybody asks */
                row_operator(row, t->type == TOKEN_OPERATOR ? (char)t->op : 'x');
        }
        (*at)++;
        return true;
}

/* A block behind an operand: if (x) {…}, f(x) {…}, class bodies without a word */
static bool row_block(struct builder *b, struct row *row, uint32_t *at, uint32_t end)
{
        if (!at_op(b, *at, end, TOKEN_OPEN, '{') || !row->n || row->wanting)
                return false;
        uint32_t close = build_match(b, *at, end);
        build_block(b, *at + 1, close);
        *at = MIN_OF(close + 1, end);
        return true;
}

static struct value *row_value(struct builder *b, const struct row *row, uint32_t from, uint32_t to)
{
        if (!row->n)
                return NULL;
        if (row->n == 1 && row->plain && !row->first->op && !row->wanting)
                return row->first;
        struct value *v = build_other(b, from, to);
        if (v)
                v->first = row->first;
        /* not understood: the operands may be looked at, but not joined */
        if (v && !row->plain && row->first->op != '.')
                row->first->op = row->first->op ? row->first->op : 'x';
        return v;
}

struct value *build_expression(struct builder *b, uint32_t *at, uint32_t end, enum mode mode,
                               struct target *ret_target)
{
        struct row row = {.plain = true};
        struct target target = {0};
        uint32_t from = *at;

        if (b->depth >= b->depth_max) {
                b->l->too_deep = true;
                (*at)++;
                return NULL;
        }
        b->depth++;
        while (*at < end && !b->l->error && !expression_ends(b, *at, &row, mode)) {
                if (row_block(b, &row, at, end)) {
                        if (mode == MODE_STATEMENT)
                                break;
                        row.plain = false;
                        continue;
                }
                if (row_step(b, &row, at, end))
                        continue;
                target = (struct target){.at = *at};
                uint32_t before = *at;
                struct value *v = build_operand(b, at, end, mode, &target);
                if (*at == before)
                        (*at)++;
                if (!v)
                        break;
                row_append(&row, v, b);
        }
        b->depth--;
        if (ret_target)
                *ret_target = target;
        return row_value(b, &row, from, MAX_OF(*at, from + 1));
}

/* --- items ---- */

static bool is_key_token(const struct token *t)
{
        return t->type == TOKEN_NAME || t->type == TOKEN_STRING || t->type == TOKEN_SYMBOL ||
               t->type == TOKEN_NUMBER;
}

static bool key_follows(const struct builder *b, uint32_t at, uint32_t end, enum items_kind kind)
{
        const struct token *t = &b->t[at];
        const struct token *next = at + 1 < end ? &b->t[at + 1] : NULL;
        bool object = kind == ITEMS_OBJECT;

        if (!next || !is_key_token(t))
                return false;
        if (next->type == TOKEN_ASSIGN)
                return t->type == TOKEN_NAME && (b->flags & LANGUAGE_KEY_EQUALS) &&
                       (kind == ITEMS_CALL || b->language == LANGUAGE_CSHARP);
        if (next->type == TOKEN_ARROW)
                return b->flags & LANGUAGE_KEY_ARROW;
        if (next->type != TOKEN_COLON)
                return false;
        if (object)
                return b->language != LANGUAGE_JAVA;
        return (b->flags & LANGUAGE_KEY_COLON) && (t->type == TOKEN_NAME || !next->space) &&
               (b->language != LANGUAGE_RUBY || !next->space);
}

static const char *key_text(struct builder *b, uint32_t at)
{
        size_t n;

        if (b->t[at].type == TOKEN_STRING || b->t[at].type == TOKEN_SYMBOL)
                return build_string(b, at, &n);
        return build_text(b, at);
}

/* {name}, {name, …} */
static bool is_shorthand(const struct builder *b, uint32_t at, uint32_t end, enum items_kind kind)
{
        return b->language == LANGUAGE_JAVASCRIPT && kind == ITEMS_OBJECT &&
               b->t[at].type == TOKEN_NAME && (at + 1 >= end || b->t[at + 1].type == TOKEN_COMMA);
}

/* {name(…) {…}}; prefixes are get, set, async and * */
static bool object_method(struct builder *b, uint32_t *at, uint32_t end)
{
        uint32_t i = *at;

        if (b->language != LANGUAGE_JAVASCRIPT)
                return false;
        while (at_op(b, i, end, TOKEN_OPERATOR, '*') ||
               (at_type(b, i, end, TOKEN_NAME) &&
                (at_type(b, i + 1, end, TOKEN_NAME) || at_op(b, i + 1, end, TOKEN_OPERATOR, '*'))))
                i++;
        if (!at_type(b, i, end, TOKEN_NAME) || !at_op(b, i + 1, end, TOKEN_OPEN, '(') ||
            !build_is_method(b, i, i + 1, end, MODE_STATEMENT))
                return false;
        *at = i + 1;
        build_method(b, i, at, end);
        return true;
}

static struct value *spread(struct builder *b, uint32_t *at, uint32_t end)
{
        uint32_t from = (*at)++;
        struct value *inner = build_expression(b, at, end, MODE_ITEM, NULL);
        struct value *v = inner ? build_other(b, from, *at) : NULL;

        if (!v)
                return NULL;
        inner->op = '.';
        v->first = inner;
        return v;
}

static bool is_spread(const struct builder *b, uint32_t at)
{
        return b->t[at].type == TOKEN_SPREAD ||
               (b->t[at].type == TOKEN_OPERATOR && b->t[at].op == '*' &&
                (b->language == LANGUAGE_PYTHON || b->language == LANGUAGE_RUBY));
}

/* `key` of *ret is set if the item has one. */
static struct value *item(struct builder *b, uint32_t *at, uint32_t end, enum items_kind kind)
{
        const char *key = NULL;
        uint32_t from = *at;
        bool can_be_keyed = kind == ITEMS_OBJECT || (b->flags & LANGUAGE_KEY_ARROW);

        if (is_spread(b, *at))
                return spread(b, at, end);
        if (is_shorthand(b, *at, end, kind)) {
                key = build_text(b, *at);
                struct value *v = build_value(b, VALUE_NAME, key, *at, *at + 1);
                (*at)++;
                if (v)
                        v->key = key;
                return v;
        }
        if (kind == ITEMS_OBJECT && object_method(b, at, end))
                return build_other(b, from, *at);
        if (key_follows(b, *at, end, kind)) {
                key = key_text(b, *at);
                b->pending = key;
                *at += 2;
        }
        struct value *v =
                build_expression(b, at, end, key || !can_be_keyed ? MODE_ITEM : MODE_KEY, NULL);
        if (!key && can_be_keyed && *at < end &&
            (b->t[*at].type == TOKEN_COLON || b->t[*at].type == TOKEN_ARROW)) {
                key = v ? v->text : memory_text(b->l, "", 0);
                (*at)++;
                v = build_expression(b, at, end, MODE_ITEM, NULL);
        }
        b->pending = NULL;
        if (v)
                v->key = key;
        return v;
}

struct value *build_items(struct builder *b, uint32_t from, uint32_t end, enum items_kind kind,
                          unsigned *ret_n, bool *ret_keyed)
{
        struct value *first = NULL, **tail = &first;
        unsigned n = 0;
        bool keyed = false;

        for (uint32_t at = from; at < end && !b->l->error;) {
                if (b->t[at].type == TOKEN_COMMA || b->t[at].type == TOKEN_SEMI) {
                        at++;
                        continue;
                }
                if (b->t[at].type == TOKEN_AT) {
                        build_decorator(b, &at, end);
                        continue;
                }
                uint32_t before = at;
                struct value *v = item(b, &at, end, kind);
                if (at == before)
                        at++;
                if (!v)
                        continue;
                keyed = keyed || v->key || (v->first && v->first->op == '.');
                *tail = v;
                tail = &v->next;
                n++;
        }
        *ret_n = n;
        *ret_keyed = keyed;
        return first;
}

/* A bracket that is never closed: what is missing may be anything, as if it were spread. */
static void call_cut_off(struct builder *b, struct call *c, uint32_t open)
{
        struct value **tail = &c->args;
        struct value *rest = build_other(b, open, open + 1);
        struct value *unknown = build_other(b, open, open + 1);

        if (!rest || !unknown)
                return;
        unknown->op = '.';
        rest->first = unknown;
        while (*tail)
                tail = &(*tail)->next;
        *tail = rest;
        c->n_args++;
}

struct call *build_call(struct builder *b, const char *callee, uint32_t first, uint32_t from,
                        uint32_t end)
{
        struct call *c = memory_call(b->l, memory_text(b->l, callee, strlen(callee)));
        const struct token *t = &b->t[first];
        const struct token *last = &b->t[MIN_OF(end, b->tokens->n - 1)];
        bool keyed;

        if (!c)
                return NULL;
        c->line = t->line;
        c->column = t->column;
        c->offset = t->offset;
        c->end_line = last->line;
        c->length = last->offset + last->length - t->offset;
        c->function = b->scope->function;
        c->args = build_items(b, from, MAX_OF(from, end), ITEMS_CALL, &c->n_args, &keyed);
        if (end == b->tokens->n && from > first && b->t[from - 1].match == end)
                call_cut_off(b, c, from - 1);
        return c;
}

void build_decorator(struct builder *b, uint32_t *at, uint32_t end)
{
        struct dotted name = {.n = 0};
        uint32_t first = *at;
        struct call *c = NULL;

        for ((*at)++; at_type(b, *at, end, TOKEN_NAME); (*at)++) {
                dotted_add(&name, b->data + b->t[*at].offset, b->t[*at].length);
                if (!at_type(b, *at + 1, end, TOKEN_DOT)) {
                        (*at)++;
                        break;
                }
                (*at)++;
        }
        if (!name.n)
                return;
        if (at_op(b, *at, end, TOKEN_OPEN, '(') && !b->t[*at].newline) {
                uint32_t close = build_match(b, *at, end);
                c = build_call(b, name.text, first, *at + 1, close);
                *at = MIN_OF(close + 1, end);
        } else {
                c = build_call(b, name.text, first, *at, *at - 1);
        }
        if (c)
                c->decorator = true;
}
