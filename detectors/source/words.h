/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Words that a source file must hold for something to be found in it, all looked for in one pass,
 * so that a file need not be read (lexer.h) in which nothing can be found.
 *
 * Whatever the reader makes a name or a key of stands in the text: as it is written, or in a string
 * with escapes, or (where adjacent strings are one) in pieces. All three are looked for.
 * What the reader makes of a name that it cuts, one of more than 48 characters or of 200 with its
 * dots, is not.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detectors/source/language.h"

#define WORDS_MAX 4096u /* of a table */
#define WORD_TERM_MAX 8u

struct words;

/* Words that must all be there. None: nothing is known of what must be there. */
struct word_term {
        uint16_t ids[WORD_TERM_MAX];
        uint8_t n;
};

/* Which words a text holds. */
struct word_set {
        uint64_t bits[WORDS_MAX / 64];
        bool all;     /* it was not looked through: any may be there */
        bool escaped; /* a part of a name is written with the number of a character */
};

enum words_flag {
        WORDS_BEGINS = 1 << 0,      /* nothing of a name stands before the text */
        WORDS_ENDS = 1 << 1,        /* nor behind it */
        WORDS_IGNORE_CASE = 1 << 2, /* of ASCII */
};

int words_new(struct words **ret);
struct words *words_free(struct words *w);
/* Adds to *term the words that are there wherever the text is. What is short, or may go on in the
 * text that is looked through, is left out, and so is what the table has no room for: a term that
 * says less excludes less. Returns 0 or -ENOMEM. */
int words_add(struct words *w, const char *text, size_t n, unsigned flags, struct word_term *term);
/* The same for a glob of callee_matches(). */
int words_add_glob(struct words *w, const char *glob, unsigned flags, struct word_term *term);

/* *found holds at least the words that names and keys of the text hold. */
void words_look(const struct words *w, enum language language, const char *data, size_t n,
                struct word_set *found);
bool words_have(const struct word_set *found, const struct word_term *term);

/* True if strings of the text may be joined to one that holds all words of the term, none of which
 * begins or ends in the midst of it. */
bool words_may_join(const struct words *w, const struct word_set *found,
                    const struct word_term *term, enum language language, const char *data,
                    size_t n);
