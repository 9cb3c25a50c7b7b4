/* SPDX-FileCopyrightText: giad maintainers */

/*
 * The lexical reader's front door: bytes → tokens → calls and assignments → constants. It owns the
 * result, of which everything lives in the lexer's memory; tokens are gone when it returns.
 *
 *   data ──► tokens_read() ──► build_block() ──► constant_settle() ──► struct source
 *
 * Reading by tokens rather than by a grammar for each language is what lets one reader serve ten of
 * them, and lets it read files that do not compile. What it pays for that: it knows no types, and
 * no order of execution.
 */

#include <errno.h>
#include <stdlib.h>

#include "common/base/macros.h"
#include "detectors/source/reader.h"

#define DEPTH_DEFAULT 64
#define NODES_DEFAULT 200000
#define BYTES_DEFAULT ((size_t)32 << 20)
#define TOKENS_PER_NODE 8

DEFINE_CLEANUP(struct lexer *, lexer_free);

static struct lexer *lexer_new(enum language language, const struct lexer_limits *limits)
{
        struct lexer *l = calloc(1, sizeof(*l));
        if (!l)
                return NULL;
        l->source.language = language;
        l->nodes_max = limits && limits->nodes ? limits->nodes : NODES_DEFAULT;
        l->bytes_max = limits && limits->bytes ? limits->bytes : BYTES_DEFAULT;
        l->calls_end = &l->source.calls;
        l->assignments_end = &l->source.assignments;
        l->values_end = &l->values;
        return l;
}

static int lexer_build(struct lexer *l, const char *data, const struct tokens *tokens,
                       unsigned depth)
{
        struct builder b = {
                .l = l,
                .language = l->source.language,
                .flags = language_flags(l->source.language),
                .data = data,
                .tokens = tokens,
                .t = tokens->items,
                .depth_max =
                        4 * MIN_OF(depth, 256u), /* expressions nest in more ways than brackets */
        };
        struct scope *top = build_scope(&b, "", true);

        if (!top)
                return l->error;
        b.scope = top;
        build_block(&b, 0, tokens->n);
        int building = l->error == -E2BIG ? 0 : l->error; /* what was read until then counts */
        if (building < 0)
                return building;
        building = l->error;
        l->error = 0;
        int r = constant_settle(l);
        if (r < 0)
                return r;
        return building || l->too_deep ? -E2BIG : 0;
}

static void collect_ends(struct source *s)
{
        for (struct call *c = s->calls; c; c = c->next) {
                c->end = name_end(c->callee);
                name_ends_add(&s->callees, c->end);
        }
        for (struct assignment *a = s->assignments; a; a = a->next) {
                a->end = name_end(a->name);
                name_ends_add(&s->targets, a->end);
        }
}

int lexer_read(struct lexer **ret, enum language language, const char *data, size_t n,
               const struct lexer_limits *limits)
{
        _cleanup_(lexer_freep) struct lexer *l = lexer_new(language, limits);
        unsigned depth = limits && limits->depth ? limits->depth : DEPTH_DEFAULT;
        struct tokens tokens = {0};
        int r = 0;

        if (!l)
                return -ENOMEM;
        if (language > LANGUAGE_NONE && language < _LANGUAGE_MAX) {
                uint32_t max = (uint32_t)MIN_OF((uint64_t)l->nodes_max * TOKENS_PER_NODE,
                                                (uint64_t)UINT32_MAX / 2);
                int cut = tokens_read(&tokens, language, data, n, depth, max);
                r = cut == -ENOMEM ? cut : lexer_build(l, data, &tokens, depth);
                r = r == 0 ? cut : r;
                tokens_done(&tokens);
        }
        if (r < 0 && r != -E2BIG)
                return r;
        collect_ends(&l->source);
        *ret = take_ptr(&l);
        return r;
}

struct lexer *lexer_free(struct lexer *l)
{
        if (l) {
                memory_free(l);
                free(l);
        }
        return NULL;
}

const struct source *lexer_source(const struct lexer *l)
{
        return &l->source;
}
