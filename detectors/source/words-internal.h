/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the files of the table of words share; nobody else includes it. */

#include "detectors/source/words.h"

#define WORDS_BUCKETS 8192u
#define WORDS_FILTER_BITS 16u /* of an index */
#define WORDS_FILTER ((1u << WORDS_FILTER_BITS) / 64)
#define WORDS_LEAST 3u /* characters of a word */
#define WORDS_LONGEST 64u

struct words_entry {
        char *text;
        uint32_t tail; /* its last four characters, folded; 0: it has less, or may go on */
        uint16_t n;
        uint8_t flags; /* enum words_flag */
        uint16_t next; /* of the bucket, plus one */
};

struct words {
        struct words_entry list[WORDS_MAX];
        unsigned n;
        /* the first word of each hash, plus one: of a word's last characters, or of the first ones
         * if the word may go on */
        uint16_t endings[WORDS_BUCKETS], beginnings[WORDS_BUCKETS];
        /* filters of the last, or the first, four characters */
        uint64_t may_end[WORDS_FILTER], may_begin[WORDS_FILTER];
};

static inline bool words_is_name(uint8_t c)
{
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

/* words.c: what is written as it is */
void words_look_plain(const struct words *w, const char *s, size_t n, struct word_set *found);
/* words-odd.c: names with escapes, and in pieces */
void words_look_odd(const struct words *w, enum language language, const char *data, size_t n,
                    struct word_set *found);
/* Whether a string may end with a beginning of the word and one may begin with an end of it, so
 * that the two, and others between them, may be joined to it. */
bool words_is_cut(const struct words_entry *w, enum language language, const char *data, size_t n);
