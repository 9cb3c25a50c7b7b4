/* SPDX-FileCopyrightText: giad maintainers */

/*
 * The pieces that all builders use: looking at tokens, making values with a place, names that grow,
 * scopes. It must not decide what an expression or a statement is. Everything made belongs to the
 * lexer.
 */

#include <string.h>

#include "common/base/macros.h"
#include "detectors/source/reader.h"

#define OTHER_MAX 200   /* bytes of source kept of an expression that is not understood */
#define GENERICS_MAX 24 /* tokens that are looked at for the end of <types> */

bool build_is(const struct builder *b, uint32_t at, uint32_t end, const char *s)
{
        return at < end && b->t[at].length == strlen(s) &&
               memcmp(b->data + b->t[at].offset, s, b->t[at].length) == 0;
}

uint32_t build_match(const struct builder *b, uint32_t at, uint32_t end)
{
        return MIN_OF(b->t[at].match, end);
}

const char *build_text(const struct builder *b, uint32_t at)
{
        const struct token *t = &b->t[at];
        bool sigil = b->language == LANGUAGE_PHP && b->data[t->offset] == '$';
        return memory_text(b->l, b->data + t->offset + sigil, t->length - sigil);
}

/* Gives v the place of the tokens [from, to). */
static void value_place(const struct builder *b, struct value *v, uint32_t from, uint32_t to)
{
        const struct token *first = &b->t[from];
        uint32_t behind = to > from ? to - 1 : from;

        /* `to` may be the index behind the last token, when a bracket was never closed */
        behind = MIN_OF(behind, b->tokens->n - 1);
        const struct token *last = &b->t[behind];
        v->line = first->line;
        v->column = first->column;
        v->end_line = last->line;
        v->offset = first->offset;
        v->length = last->offset + last->length - first->offset;
        if (last->type == TOKEN_STRING && !(last->op & STRING_HEREDOC))
                for (uint32_t i = last->offset; i < last->offset + last->length; i++)
                        v->end_line += b->data[i] == '\n';
}

struct value *build_value(struct builder *b, enum value_type type, const char *text, uint32_t from,
                          uint32_t to)
{
        struct value *v = memory_value(b->l, type, text);
        if (!v)
                return NULL;
        ((struct lexer_value *)v)->scope = b->scope;
        value_place(b, v, from, to);
        return v;
}

struct value *build_other(struct builder *b, uint32_t from, uint32_t to)
{
        const struct token *first = &b->t[from];
        const struct token *last = &b->t[MIN_OF(to > from ? to - 1 : from, b->tokens->n - 1)];
        size_t n = last->offset + last->length - first->offset;

        return build_value(b, VALUE_OTHER,
                           memory_text(b->l, b->data + first->offset, MIN_OF(n, (size_t)OTHER_MAX)),
                           from, to);
}

const char *build_string(struct builder *b, uint32_t at, size_t *ret_n)
{
        const struct token *t = &b->t[at];
        char *p = memory_take(b->l, token_string_bound(b->tokens, t) + 1);
        if (!p)
                return NULL;
        *ret_n = token_string_decode(b->tokens, t, b->data, p);
        p[*ret_n] = '\0';
        return p;
}

struct scope *build_scope(struct builder *b, const char *function, bool class)
{
        struct scope *s = memory_take(b->l, sizeof(*s));
        if (!s || !function)
                return NULL;
        *s = (struct scope){
                .parent = b->scope,
                .function = function,
                .id = b->l->n_scopes++,
                .class = class,
        };
        return s;
}

/* The innermost class (or the file): what this.x and self.x are bound in. */
static const struct scope *scope_of_object(const struct scope *s)
{
        while (s->parent && !s->class)
                s = s->parent;
        return s;
}

static const char *strip_self(const char *name)
{
        static const char *const selves[] = {"self.", "this.", "cls.", "@@", "@"};

        for (size_t i = 0; i < ELEMENTSOF(selves); i++)
                if (strncmp(name, selves[i], strlen(selves[i])) == 0)
                        return name + strlen(selves[i]);
        return NULL;
}

void build_bind(struct builder *b, const char *name, struct value *value)
{
        struct lexer *l = b->l;
        const char *member = name ? strip_self(name) : NULL;
        const struct scope *scope = member ? scope_of_object(b->scope) : b->scope;

        if (!name || l->error)
                return;
        if (l->n_bindings == l->bindings_allocated) {
                size_t want = l->bindings_allocated ? l->bindings_allocated * 2 : 64;
                struct binding *p = realloc(l->bindings, want * sizeof(*p));
                if (!p) {
                        l->error = -ENOMEM;
                        return;
                }
                l->bindings = p;
                l->bindings_allocated = want;
        }
        l->bindings[l->n_bindings] = (struct binding){
                .name = member ? member : name,
                .value = value,
                .scope = scope->id,
                .order = (uint32_t)l->n_bindings,
        };
        l->n_bindings++;
}

/* Past the limit the middle goes: rules look at how a name begins and ends. */
void dotted_add(struct dotted *d, const char *s, size_t n)
{
        n = MIN_OF(n, (size_t)48);
        if (d->n + n + 1 > CALLEE_MAX) {
                size_t cut = MIN_OF(d->n - CALLEE_MAX / 2, n + 1);
                memmove(d->text + CALLEE_MAX / 2, d->text + CALLEE_MAX / 2 + cut,
                        d->n - CALLEE_MAX / 2 - cut);
                d->n -= cut;
        }
        if (d->n)
                d->text[d->n++] = '.';
        memcpy(d->text + d->n, s, n);
        d->n += n;
        d->text[d->n] = '\0';
}

uint32_t build_generics(const struct builder *b, uint32_t at, uint32_t end)
{
        unsigned open = 0;
        uint32_t stop = MIN_OF(end, at + GENERICS_MAX);

        if (!at_op(b, at, end, TOKEN_OPERATOR, '<'))
                return 0;
        for (uint32_t i = at; i < stop; i++) {
                const struct token *t = &b->t[i];
                bool op = t->type == TOKEN_OPERATOR;

                if (op && t->op == '<' && t->length == 1)
                        open++;
                else if (op && t->op == '>' && t->length == 1 && --open == 0)
                        return i + 1;
                else if (t->type == TOKEN_OPEN)
                        i = build_match(b, i, end);
                else if (t->type != TOKEN_NAME && t->type != TOKEN_COMMA && t->type != TOKEN_DOT &&
                         t->type != TOKEN_STRING && !(op && strchr("|&?*", t->op)))
                        return 0;
        }
        return 0;
}
