/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What a source file must hold for something to be found in it: of each clause one of its terms, of
 * a term all words (words.h). A clause with a term that says nothing is none.
 */

#include "detectors/source/words.h"

struct need_term {
        struct word_term words;
        bool joined; /* they stand in a string, which may be joined of others */
};

struct need_clause {
        struct need_term *terms;
        size_t n;
        bool open; /* something else would do, too */
};

struct need {
        uint32_t languages; /* bit per enum language; 0: all */
        struct need_clause *clauses;
        size_t n;
};

void need_done(struct need *need);
/* Returns 0 or -ENOMEM. */
int need_clause_add(struct need_clause *c, const struct need_term *term);
void need_clause_done(struct need_clause *c);
/* Consumes the clause, also when it fails. Returns 0 or -ENOMEM. */
int need_add(struct need *need, struct need_clause *clause);

/* The text, and what words_look() found in it. */
struct need_text {
        const struct words *words;
        const struct word_set *found;
        enum language language;
        const char *data;
        size_t n;
};

/* False: nothing can be found in the text for which this is needed. */
bool need_met(const struct need *need, const struct need_text *text);
/* Which of the first clause's terms are met, a bit for each of the first 64. All, if there is no
 * clause. */
uint64_t need_terms_met(const struct need *need, const struct need_text *text);
