/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Operands that are written out: strings, numbers, true and null, lists, objects, templates. It
 * must not know names or what may hang on an operand. Values belong to the lexer.
 */

#include <string.h>

#include "common/base/macros.h"
#include "detectors/source/reader.h"

/* --- constants ---- */

/* How many string tokens in a row are one string, and how long that can get. */
static uint32_t joined_run(const struct builder *b, uint32_t at, uint32_t end, enum mode mode,
                           size_t *ret_bound)
{
        uint32_t i = at;

        for (*ret_bound = 0; at_type(b, i, end, TOKEN_STRING); i++) {
                if (i > at &&
                    (!(b->flags & LANGUAGE_JOINED) || (mode == MODE_STATEMENT && b->t[i].newline)))
                        break;
                *ret_bound += token_string_bound(b->tokens, &b->t[i]);
        }
        return i;
}

static struct value *string_operand(struct builder *b, uint32_t *at, uint32_t end, enum mode mode)
{
        uint32_t from = *at;
        bool dynamic = false;
        size_t n = 0, bound;
        uint32_t behind = joined_run(b, from, end, mode, &bound);
        char *text = memory_take(b->l, bound + 1);

        *at = behind;
        if (!text)
                return NULL;
        for (uint32_t i = from; i < behind; i++) {
                dynamic = dynamic || (b->t[i].op & STRING_DYNAMIC);
                n += token_string_decode(b->tokens, &b->t[i], b->data, text + n);
        }
        text[n] = '\0';
        if (dynamic)
                return build_other(b, from, *at);
        return build_value(b, VALUE_STRING, text, from, *at);
}

static struct value *symbol_operand(struct builder *b, uint32_t *at)
{
        size_t n;

        (*at)++;
        return build_value(b, VALUE_STRING, build_string(b, *at - 1, &n), *at - 1, *at);
}

/* As written, without underscores and without the suffix that tells the type */
static struct value *number_operand(struct builder *b, uint32_t *at)
{
        const struct token *t = &b->t[*at];
        char buf[64];
        size_t n = 0;
        bool hex = t->length > 1 && (b->data[t->offset + 1] | 0x20) == 'x';

        for (uint32_t i = 0; i < t->length && n < sizeof(buf) - 1; i++)
                if (b->data[t->offset + i] != '_')
                        buf[n++] = b->data[t->offset + i];
        while (n > 1 && !hex && strchr("lLfFdDuUnmM", buf[n - 1]))
                n--;
        (*at)++;
        return build_value(b, VALUE_NUMBER, memory_text(b->l, buf, n), *at - 1, *at);
}

static struct value *word_operand(struct builder *b, uint32_t *at)
{
        enum word w = (enum word)b->t[*at].word;
        const char *text = w == WORD_TRUE ? "true" : w == WORD_FALSE ? "false" : "null";

        (*at)++;
        return build_value(b, w == WORD_NULL ? VALUE_NULL : VALUE_BOOL,
                           memory_text(b->l, text, strlen(text)), *at - 1, *at);
}

/* --- brackets ---- */

static struct value *list_value(struct builder *b, enum value_type type, struct value *first,
                                uint32_t from, uint32_t to)
{
        struct value *v = build_value(b, type, memory_text(b->l, "", 0), from, to);
        if (v)
                v->first = first;
        return v;
}

/* (a) is a, (a, b) a list */
static struct value *round_operand(struct builder *b, uint32_t *at, uint32_t end)
{
        uint32_t from = *at, close = build_match(b, *at, end);
        bool keyed;
        unsigned n;
        struct value *first = build_items(b, from + 1, close, ITEMS_LIST, &n, &keyed);

        *at = MIN_OF(close + 1, end);
        if (n == 1 && b->t[close - 1].type != TOKEN_COMMA)
                return first;
        return list_value(b, VALUE_LIST, first, from, *at);
}

static struct value *square_operand(struct builder *b, uint32_t *at, uint32_t end)
{
        uint32_t from = *at, close = build_match(b, *at, end);
        bool keyed;
        unsigned n;
        struct value *first = build_items(b, from + 1, close, ITEMS_LIST, &n, &keyed);
        bool object = keyed && (b->flags & LANGUAGE_KEY_ARROW);

        *at = MIN_OF(close + 1, end);
        return list_value(b, object ? VALUE_OBJECT : VALUE_LIST, first, from, *at);
}

static bool brace_is_block(const struct builder *b, uint32_t from, uint32_t close)
{
        const struct token *t = &b->t[from + 1];

        switch (b->language) {
        case LANGUAGE_PHP:
                return true;
        case LANGUAGE_JAVA:
        case LANGUAGE_CSHARP:
                return close > from + 1 && t->type != TOKEN_STRING && t->type != TOKEN_NUMBER &&
                       t->type != TOKEN_OPEN &&
                       !(b->language == LANGUAGE_CSHARP &&
                         at_type(b, from + 2, close, TOKEN_ASSIGN));
        default:
                return false;
        }
}

static struct value *brace_operand(struct builder *b, uint32_t *at, uint32_t end)
{
        uint32_t from = *at, close = build_match(b, *at, end);
        bool keyed = false;
        unsigned n = 0;

        *at = MIN_OF(close + 1, end);
        if (brace_is_block(b, from, close)) {
                build_block(b, from + 1, close);
                return build_other(b, from, *at);
        }
        struct value *first = build_items(b, from + 1, close, ITEMS_OBJECT, &n, &keyed);
        bool list = (b->flags & LANGUAGE_BRACE_LIST) && n && !keyed;
        return list_value(b, list ? VALUE_LIST : VALUE_OBJECT, first, from, *at);
}

/* `text ${expression} text`: the expressions are looked into */
struct value *build_template(struct builder *b, uint32_t *at, uint32_t end)
{
        uint32_t from = *at, close = build_match(b, *at, end);
        bool keyed;
        unsigned n;

        for (uint32_t i = from + 1; i < close; i++) {
                if (b->t[i].type != TOKEN_OPEN)
                        continue;
                uint32_t inner = build_match(b, i, close);
                (void)build_items(b, i + 1, inner, ITEMS_LIST, &n, &keyed);
                i = inner;
        }
        *at = MIN_OF(close + 1, end);
        return build_other(b, from, *at);
}

static struct value *bracket_operand(struct builder *b, uint32_t *at, uint32_t end)
{
        switch (b->t[*at].op) {
        case '(':
                return round_operand(b, at, end);
        case '[':
                return square_operand(b, at, end);
        case '{':
                return brace_operand(b, at, end);
        default:
                return build_template(b, at, end);
        }
}

struct value *build_literal(struct builder *b, uint32_t *at, uint32_t end, enum mode mode)
{
        const struct token *t = &b->t[*at];

        switch (t->type) {
        case TOKEN_NUMBER:
                return number_operand(b, at);
        case TOKEN_STRING:
                return string_operand(b, at, end, mode);
        case TOKEN_SYMBOL:
                return symbol_operand(b, at);
        case TOKEN_OPEN:
                return bracket_operand(b, at, end);
        case TOKEN_NAME:
                return word_operand(b, at);
        default:
                (*at)++;
                return build_other(b, *at - 1, *at);
        }
}
