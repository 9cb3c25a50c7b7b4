/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: clauses of words that must be there. Does not own: whose needs they are.
 */
#include "detectors/source/need.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/macros.h"

void need_clause_done(struct need_clause *c)
{
        free(c->terms);
        *c = (struct need_clause){0};
}

void need_done(struct need *need)
{
        for (size_t i = 0; i < need->n; i++)
                need_clause_done(&need->clauses[i]);
        free(need->clauses);
        *need = (struct need){0};
}

int need_clause_add(struct need_clause *c, const struct need_term *term)
{
        struct need_term *terms;

        if (term->words.n == 0)
                c->open = true;
        if (c->open)
                return 0;
        terms = reallocarray(c->terms, c->n + 1, sizeof(*terms));
        if (!terms)
                return -ENOMEM;
        c->terms = terms;
        c->terms[c->n++] = *term;
        return 0;
}

int need_add(struct need *need, struct need_clause *clause)
{
        struct need_clause *clauses;

        if (clause->open || clause->n == 0) {
                need_clause_done(clause);
                return 0;
        }
        clauses = reallocarray(need->clauses, need->n + 1, sizeof(*clauses));
        if (!clauses) {
                need_clause_done(clause);
                return -ENOMEM;
        }
        need->clauses = clauses;
        need->clauses[need->n++] = *clause;
        *clause = (struct need_clause){0};
        return 0;
}

static bool term_met(const struct need_term *term, const struct need_text *text)
{
        if (words_have(text->found, &term->words))
                return true;
        return term->joined && words_may_join(text->words, text->found, &term->words,
                                              text->language, text->data, text->n);
}

static bool clause_met(const struct need_clause *c, const struct need_text *text)
{
        for (size_t i = 0; i < c->n; i++)
                if (term_met(&c->terms[i], text))
                        return true;
        return false;
}

bool need_met(const struct need *need, const struct need_text *text)
{
        if (need->languages && !(need->languages >> text->language & 1))
                return false;
        for (size_t i = 0; i < need->n; i++)
                if (!clause_met(&need->clauses[i], text))
                        return false;
        return true;
}

uint64_t need_terms_met(const struct need *need, const struct need_text *text)
{
        uint64_t met = 0;

        if (need->n == 0)
                return UINT64_MAX;
        for (size_t i = 0; i < MIN_OF(need->clauses[0].n, (size_t)64); i++)
                met |= (uint64_t)term_met(&need->clauses[0].terms[i], text) << i;
        return met;
}
