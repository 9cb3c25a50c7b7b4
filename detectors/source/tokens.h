/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detectors/source/language.h"

enum token_type {
        TOKEN_NAME,
        TOKEN_NUMBER,
        TOKEN_STRING,
        TOKEN_SYMBOL, /* Ruby's :name, a string without quotes */
        TOKEN_REGEX,  /* and whatever else is an operand that is not understood */
        TOKEN_OPEN,   /* ( [ { and a template literal's ` */
        TOKEN_CLOSE,
        TOKEN_COMMA,
        TOKEN_SEMI,
        TOKEN_DOT, /* . ?. :: &. and PHP's -> */
        TOKEN_COLON,
        TOKEN_ASSIGN,   /* = := */
        TOKEN_AUGMENT,  /* += ||= */
        TOKEN_ARROW,    /* => and the -> of lambdas */
        TOKEN_AT,       /* @ where a decorator may stand */
        TOKEN_SPREAD,   /* ... ** */
        TOKEN_OPERATOR, /* op: its first character, 'A' for && and 'O' for || ?? */
};

enum string_flag {
        STRING_RAW = 1 << 0,     /* backslashes are themselves */
        STRING_DYNAMIC = 1 << 1, /* expressions stand in it */
        STRING_DOUBLED = 1 << 2, /* a doubled quote is one */
        STRING_LINES = 1 << 3,   /* may hold newlines */
        STRING_HEREDOC = 1 << 4, /* the text is heredocs[match] */
};

struct token {
        uint32_t offset, length; /* bytes */
        uint32_t line, column;
        uint32_t match; /* brackets: the other one's index */
        uint8_t type;   /* enum token_type */
        uint8_t word;   /* TOKEN_NAME: enum word */
        uint8_t op;     /* TOKEN_OPERATOR; brackets: the character; strings: enum string_flag */
        uint8_t head;   /* strings: bytes of prefix and quote */
        uint8_t tail;   /* strings: bytes of quote at the end, 0 if it is missing */
        bool newline;   /* first on its line */
        bool space;     /* white space or a comment before it */
};

struct token_range {
        uint32_t from, to;
};

struct tokens {
        struct token *items;
        uint32_t n, allocated;
        struct token_range *heredocs;
        uint32_t n_heredocs;
        int error; /* -E2BIG, -ENOMEM or 0 */
};

/* Cuts data into tokens; brackets that are never closed are closed at the end. Nesting deeper than
 * depth is left out. Returns 0, -E2BIG (the tokens until then are there), -ENOMEM. tokens_done()
 * either way. */
int tokens_read(struct tokens *ret, enum language language, const char *data, size_t n,
                unsigned depth, uint32_t max);
void tokens_done(struct tokens *t);

/* Bytes of the string that begins at data[from] with its prefix; fills flags, head and tail of t.
 * 0: none begins there. tokens-string.c */
size_t token_string_scan(enum language language, const char *data, size_t n, size_t from,
                         struct token *t);
/* Decodes a string token's text into dst (at least length bytes); returns bytes. tokens-string.c */
size_t token_string_decode(const struct tokens *all, const struct token *t, const char *data,
                           char *dst);
/* Bytes of the text that would be decoded, an upper bound. */
size_t token_string_bound(const struct tokens *all, const struct token *t);
/* One escape of a string, s (n > 0 bytes) behind the backslash: the bytes it stands for go to dst.
 * Returns bytes read. tokens-string.c */
size_t token_escape(const char *s, size_t n, char *dst, size_t *written);
