/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Source code in pieces, for rewriting it. It knows no more of a language than is needed for that,
 * and gives up where it might be wrong; it shares nothing with the reader that is tested. */

#include "tests/property/rewriting.h"

#define PIECES_MAX 8000u
#define PIECES_ITEMS_MAX 64u

enum piece_kind {
        PIECE_WORD, /* and numbers */
        PIECE_STRING,
        PIECE_COMMENT,
        PIECE_SPACE, /* within a line */
        PIECE_LINE_END,
        PIECE_SIGN,
        PIECE_OTHER, /* stays as it is: HTML around PHP, regular expressions */
};

struct piece {
        enum piece_kind kind;
        const char *s;
        size_t n;
        unsigned depth; /* brackets that are open where it begins */
        size_t match;   /* of a bracket: the other one; 0: there is none */
};

struct pieces {
        struct piece list[PIECES_MAX];
        size_t n;
        enum language language;
        const char *text;
};

struct pieces_span {
        size_t at, n; /* bytes of the text */
};

/* False if the file is not cut into pieces: a heredoc, tags in code, brackets that do not match. */
bool pieces_read(struct pieces *ret, const struct original *o);
/* The next one, or the one before, that is no space, comment or end of a line; i if there is none.
 */
size_t pieces_next(const struct pieces *t, size_t i);
size_t pieces_before(const struct pieces *t, size_t i);
/* The bracket holds the parameters of a function that is defined here. */
bool pieces_is_definition(const struct pieces *t, size_t open);
/* The named arguments or entries of the bracket at i, if their order means nothing. */
unsigned pieces_named_items(const struct pieces *t, size_t i,
                            struct pieces_span ret[static PIECES_ITEMS_MAX]);

static inline bool piece_is(const struct piece *piece, char sign)
{
        return piece->kind == PIECE_SIGN && piece->n == 1 && piece->s[0] == sign;
}
