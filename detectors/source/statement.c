/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Statements: blocks, assignments, attributes, and the words that begin something else. It must not
 * look inside expressions. Assignments belong to the lexer.
 */

#include <string.h>

#include "common/base/macros.h"
#include "detectors/source/reader.h"

#define TARGETS_MAX 8 /* a, b, c = …: names that are followed */

/* Names that an assignment is about to give a value. */
struct targets {
        struct target items[TARGETS_MAX];
        const struct value *patterns[TARGETS_MAX]; /* {a, b} = … */
        unsigned n;
        bool several;
};

static void assignment_add(struct builder *b, const char *name, struct value *value, uint32_t at)
{
        struct assignment *a = memory_take(b->l, sizeof(*a));

        if (!a || !name || !value)
                return;
        *a = (struct assignment){
                .name = name,
                .value = value,
                .line = b->t[at].line,
                .column = b->t[at].column,
                .function = b->scope->function,
        };
        *b->l->assignments_end = a;
        b->l->assignments_end = &a->next;
        b->l->source.n_assignments++;
}

/* {a, b: c} and [a, b] bind what they name, to nothing that is constant. */
static void bind_pattern(struct builder *b, const struct value *pattern)
{
        for (const struct value *v = pattern ? pattern->first : NULL; v; v = v->next)
                if (v->type == VALUE_NAME)
                        build_bind(b, v->text, NULL);
}

static void assign(struct builder *b, const struct targets *t, struct value *value, bool constant)
{
        for (unsigned i = 0; i < t->n; i++) {
                bind_pattern(b, t->patterns[i]);
                if (!t->items[i].is_name || !t->items[i].name[0])
                        continue;
                const char *name = memory_text(b->l, t->items[i].name, strlen(t->items[i].name));
                if (!t->items[i].computed)
                        build_bind(b, name, constant && !t->several ? value : NULL);
                if (!t->several && value)
                        assignment_add(b, name, value, t->items[i].at);
        }
}

static void targets_add(struct targets *t, const struct target *target, const struct value *pattern)
{
        if (t->n == TARGETS_MAX)
                return;
        bool brackets = pattern && (pattern->type == VALUE_LIST || pattern->type == VALUE_OBJECT);
        t->items[t->n] = *target;
        t->patterns[t->n++] = brackets ? pattern : NULL;
}

/* a, b on the right is one list */
static struct value *rest_of_tuple(struct builder *b, uint32_t *at, uint32_t end, uint32_t from,
                                   struct value *first)
{
        struct value **tail = first ? &first->next : NULL;

        while (tail && at_type(b, *at, end, TOKEN_COMMA)) {
                (*at)++;
                uint32_t before = *at;
                struct value *v = build_expression(b, at, end, MODE_STATEMENT, NULL);
                if (*at == before || !v)
                        break;
                *tail = v;
                tail = &v->next;
        }
        struct value *list = build_value(b, VALUE_LIST, memory_text(b->l, "", 0), from, *at);
        if (list)
                list->first = first;
        return list;
}

/* At `=`: everything from here to the end of the chain a = b = value. */
static void assignment(struct builder *b, uint32_t *at, uint32_t end, struct targets *t)
{
        bool tuples = b->language == LANGUAGE_PYTHON || b->language == LANGUAGE_RUBY ||
                      b->language == LANGUAGE_GO;
        struct value *value = NULL;

        while (at_type(b, *at, end, TOKEN_ASSIGN) && !b->l->error) {
                struct target target;
                uint32_t from = ++(*at);
                if (from >= end)
                        break;
                const char *dot = t->n ? strrchr(t->items[0].name, '.') : NULL;
                b->pending = t->n && t->items[0].name[0]
                                     ? memory_text(b->l, dot ? dot + 1 : t->items[0].name,
                                                   strlen(dot ? dot + 1 : t->items[0].name))
                                     : NULL;
                value = build_expression(b, at, end, MODE_STATEMENT, &target);
                b->pending = NULL;
                if (*at == from)
                        (*at)++;
                if (at_type(b, *at, end, TOKEN_ASSIGN) && value)
                        targets_add(t, &target, value);
                else if (tuples && at_type(b, *at, end, TOKEN_COMMA) && value)
                        value = rest_of_tuple(b, at, end, from, value);
        }
        assign(b, t, value, value != NULL);
}

/* `name: type = value`. Moves behind the type; false if the colon is none of a type. */
static bool skip_type(struct builder *b, uint32_t *at, uint32_t end, const struct value *v,
                      uint32_t start)
{
        bool begins = start > 0 ? b->t[start].newline || b->t[start - 1].type == TOKEN_SEMI ||
                                          b->t[start - 1].type == TOKEN_OPEN ||
                                          b->t[start - 1].type == TOKEN_COMMA ||
                                          b->t[start - 1].word == WORD_PREFIX
                                : true;

        if (!(b->flags & LANGUAGE_TYPED_NAME) || !at_type(b, *at, end, TOKEN_COLON) || !v ||
            v->type != VALUE_NAME || !begins)
                return false;
        uint32_t before = ++(*at);
        (void)build_expression(b, at, end, MODE_STATEMENT, NULL);
        return *at > before || at_type(b, *at, end, TOKEN_ASSIGN);
}

/* return {…}, export default {…}: configuration files are often just that, so it is an assignment
 * to the word */
static void returned(struct builder *b, uint32_t word, struct value *v)
{
        if (v && v->type == VALUE_OBJECT &&
            (build_is(b, word, word + 1, "return") || build_is(b, word, word + 1, "default")))
                assignment_add(b, build_text(b, word), v, word);
}

static void expression_statement(struct builder *b, uint32_t *at, uint32_t end)
{
        struct targets targets = {.n = 0};
        uint32_t start = *at;

        while (*at < end && !b->l->error) {
                struct target target = {0};
                uint32_t from = *at;
                struct value *v = build_expression(b, at, end, MODE_STATEMENT, &target);
                if (*at == from) {
                        (*at)++;
                        return;
                }
                if (v && v->type == VALUE_NAME && skip_type(b, at, end, v, target.at))
                        target.is_name = true;
                if (v)
                        targets_add(&targets, &target, v);
                if (at_type(b, *at, end, TOKEN_COMMA)) {
                        targets.several = true;
                        (*at)++;
                        continue;
                }
                if (at_type(b, *at, end, TOKEN_ASSIGN)) {
                        assignment(b, at, end, &targets);
                        targets = (struct targets){.n = 0};
                        if (!at_type(b, *at, end, TOKEN_COMMA))
                                return;
                        (*at)++; /* const a = 1, b = 2 */
                        continue;
                }
                if (at_type(b, *at, end, TOKEN_AUGMENT)) {
                        (*at)++;
                        assign(b, &targets, build_expression(b, at, end, MODE_STATEMENT, NULL),
                               false);
                } else if (start > 0) {
                        returned(b, start - 1, v);
                }
                return;
        }
}

/* for x in y, for (const [k, v] of z), for i := …: the names change in every round */
static void for_names(struct builder *b, uint32_t *at, uint32_t end)
{
        for ((*at)++; *at < end; (*at)++) {
                const struct token *t = &b->t[*at];
                if (t->type == TOKEN_NAME && t->word == WORD_NONE)
                        build_bind(b, build_text(b, *at), NULL);
                else if (t->type != TOKEN_COMMA &&
                         !(t->type == TOKEN_NAME && t->word == WORD_PREFIX))
                        break;
                if (at_type(b, *at + 1, end, TOKEN_DOT) || at_op(b, *at + 1, end, TOKEN_OPEN, '('))
                        break;
        }
}

static void import_statement(struct builder *b, uint32_t *at, uint32_t end)
{
        for ((*at)++; *at < end; (*at)++) {
                const struct token *t = &b->t[*at];
                if (t->newline || t->type == TOKEN_SEMI || t->type == TOKEN_CLOSE)
                        break;
                if (t->type == TOKEN_OPEN)
                        *at = build_match(b, *at, end);
        }
}

/* C#: [HttpPost("/x"), Authorize(Roles = "a")] */
static bool attributes(struct builder *b, uint32_t *at, uint32_t end)
{
        bool php = b->language == LANGUAGE_PHP && at_op(b, *at, end, TOKEN_OPERATOR, '#');
        uint32_t open = *at + (php ? 1 : 0);

        if ((b->language != LANGUAGE_CSHARP && !php) || !at_op(b, open, end, TOKEN_OPEN, '['))
                return false;
        uint32_t close = build_match(b, open, end);
        for (uint32_t i = open; i + 1 < close;) {
                uint32_t before = i;
                /* the bracket or comma stands where a decorator has its @ */
                build_decorator(b, &i, close);
                while (i < close && b->t[i].type != TOKEN_COMMA)
                        i++;
                if (i == before)
                        i++;
        }
        *at = MIN_OF(close + 1, end);
        return true;
}

/* Words that begin a statement. True: go on with the same statement behind them. */
static bool statement_word(struct builder *b, uint32_t *at, uint32_t end)
{
        const struct token *t = &b->t[*at];
        const struct token *next = *at + 1 < end ? &b->t[*at + 1] : NULL;
        bool as_name = next && (next->type == TOKEN_DOT || next->type == TOKEN_ASSIGN);

        if (t->type != TOKEN_NAME || as_name)
                return false;
        switch (t->word) {
        case WORD_PREFIX:
                if (next && next->type == TOKEN_COLON)
                        return false; /* `default:`, a property of that name */
                (*at)++;
                return true;
        case WORD_CONTROL:
                (*at)++;
                return true;
        case WORD_FOR:
                for_names(b, at, end);
                return true;
        default:
                return false;
        }
}

/* return {…}, export default {…}, const {…} = …: an object, no block */
static bool brace_is_value(const struct builder *b, uint32_t start, uint32_t at)
{
        if (b->flags & LANGUAGE_INDENTED)
                return true;
        return at > start &&
               (build_is(b, at - 1, at, "return") || b->t[at - 1].word == WORD_PREFIX);
}

static void statement(struct builder *b, uint32_t *at, uint32_t end)
{
        uint32_t start = *at;
        const struct token *t = &b->t[start];

        if (t->type == TOKEN_AT) {
                build_decorator(b, at, end);
                return;
        }
        if (attributes(b, at, end))
                return;
        while (*at < end && statement_word(b, at, end))
                ;
        if (*at >= end)
                return;
        t = &b->t[*at];
        if (t->type == TOKEN_OPEN && t->op == '{' && !brace_is_value(b, start, *at)) {
                uint32_t close = build_match(b, *at, end);
                build_block(b, *at + 1, close);
                *at = MIN_OF(close + 1, end);
        } else if (t->type == TOKEN_NAME && t->word == WORD_FUNCTION) {
                build_function(b, at, end);
        } else if (t->type == TOKEN_NAME && t->word == WORD_CLASS &&
                   (at_type(b, *at + 1, end, TOKEN_NAME) ||
                    at_op(b, *at + 1, end, TOKEN_OPEN, '{'))) {
                build_class(b, at, end);
        } else if (t->type == TOKEN_NAME && t->word == WORD_IMPORT &&
                   !at_type(b, *at + 1, end, TOKEN_DOT) &&
                   !at_type(b, *at + 1, end, TOKEN_ASSIGN) &&
                   (b->language == LANGUAGE_GO || !at_op(b, *at + 1, end, TOKEN_OPEN, '('))) {
                import_statement(b, at, end);
        } else {
                expression_statement(b, at, end);
        }
}

void build_block(struct builder *b, uint32_t from, uint32_t end)
{
        struct scope *outer = b->scope;

        if (b->depth >= b->depth_max) {
                b->l->too_deep = true;
                return;
        }
        b->depth++;
        for (uint32_t at = from; at < end && !b->l->error;) {
                const struct token *t = &b->t[at];
                while ((b->flags & LANGUAGE_INDENTED) && t->newline && b->scope != outer &&
                       t->column <= b->scope->column)
                        b->scope = b->scope->parent;
                uint32_t before = at;
                if (t->type == TOKEN_SEMI || t->type == TOKEN_COMMA || t->type == TOKEN_CLOSE ||
                    t->type == TOKEN_COLON)
                        at++;
                else
                        statement(b, &at, end);
                if (at == before)
                        at++;
        }
        b->depth--;
        b->scope = outer;
}
