/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What tokens.c shares with the files that cut single kinds of tokens; nobody else includes it. */

#include <string.h>

#include "detectors/source/tokens.h"

#define DEPTH_MAX 256 /* no caller's limit goes beyond: the builder recurses */

struct cutter {
        struct tokens *out;
        enum language language;
        uint32_t flags;
        struct word_lengths lengths;
        const char *data;
        size_t n, at;
        unsigned depth_limit;
        uint32_t max;
        /* position of the last token, carried forward */
        size_t seen;
        uint32_t line, column;
        bool newline, space;
        /* brackets that are open: indices of their tokens */
        uint32_t open[DEPTH_MAX];
        unsigned n_open;
        unsigned too_deep;      /* brackets open beyond the limit */
        size_t no_regex_before; /* a search for the end of one failed up to here */
        size_t heredoc_end;     /* where the next line begins, if heredocs stand on this one */
        size_t heredoc_budget;  /* bytes that may still be searched for their ends */
};

static inline bool is_name_start(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
               (unsigned char)c >= 0x80;
}

static inline bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static inline bool is_name(char c)
{
        return is_name_start(c) || is_digit(c);
}

static inline char look(const struct cutter *c, size_t ahead)
{
        return c->at + ahead < c->n ? c->data[c->at + ahead] : '\0';
}

static inline bool starts(const struct cutter *c, const char *with)
{
        size_t n = strlen(with);
        return c->n - c->at >= n && memcmp(c->data + c->at, with, n) == 0;
}

/* Appends the token of length bytes that begins here and moves behind it. NULL when it is left out.
 */
struct token *cutter_push(struct cutter *c, enum token_type type, size_t length);
/* True where an operand may stand, so that `/` begins a regex and `<<` a heredoc. */
bool cutter_operand_expected(const struct cutter *c);

/* tokens-heredoc.c: true if one begins here and was taken */
bool cutter_heredoc(struct cutter *c);
bool cutter_percent(struct cutter *c);
