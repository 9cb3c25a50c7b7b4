/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "detectors/source/lexer.h"

/* What a word does to the words around it; everything else about a language's grammar is ignored.
 */
enum word {
        WORD_NONE,     /* a name */
        WORD_PREFIX,   /* stands before something and means nothing here: const, public, await */
        WORD_OPERATOR, /* joins or turns operands: and, or, not, instanceof */
        WORD_CONTROL,  /* if, while, return: a bracket after it is no call */
        WORD_FOR,      /* binds the names up to WORD_IN */
        WORD_IN,       /* in, of */
        WORD_AS,       /* casts, or binds the name behind it */
        WORD_FUNCTION, /* def, function, func */
        WORD_CLASS,    /* class, interface, module */
        WORD_NEW,
        WORD_LAMBDA, /* Python's */
        WORD_IMPORT, /* the rest of the statement is names */
        WORD_TRUE,
        WORD_FALSE,
        WORD_NULL,
};

enum language_flag {
        LANGUAGE_HASH_COMMENT = 1 << 0,
        LANGUAGE_SLASH_COMMENT = 1 << 1, /* and block comments */
        LANGUAGE_NEWLINE_ENDS = 1 << 2,  /* a statement, wherever it could end */
        LANGUAGE_INDENTED = 1 << 3,      /* functions end where the indentation does */
        LANGUAGE_KEY_EQUALS = 1 << 4,    /* f(name = value) */
        LANGUAGE_KEY_COLON = 1 << 5,     /* f(name: value) */
        LANGUAGE_KEY_ARROW = 1 << 6,     /* {"name" => value} */
        LANGUAGE_TYPED_NAME = 1 << 7,    /* name: type = value */
        LANGUAGE_GENERICS = 1 << 8,      /* name<type>(…) */
        LANGUAGE_METHODS = 1 << 9,       /* name(…) {…} defines */
        LANGUAGE_TYPE_FIRST = 1 << 10,   /* … but only behind a type: void name(…) {…} */
        LANGUAGE_TRIPLE = 1 << 11,       /* """ */
        LANGUAGE_JOINED = 1 << 12,       /* adjacent strings are one */
        LANGUAGE_REGEX = 1 << 13,        /* /…/ where an operand may stand */
        LANGUAGE_COMMANDS = 1 << 14,     /* calls without brackets */
        LANGUAGE_HEREDOC = 1 << 15,
        LANGUAGE_BRACE_LIST = 1 << 16,     /* {a, b} without keys is a list */
        LANGUAGE_TRAILING_BLOCK = 1 << 17, /* f(x) { … } hands over a block */
};

/* The table's row of a language: static, never NULL. */
uint32_t language_flags(enum language language);

#define WORD_LONGEST 14u

/* How long the language's words are, by their first letters: bit n, n characters. */
struct word_lengths {
        uint16_t of[32];
};

void language_lengths(enum language language, struct word_lengths *ret);
/* What n bytes of a word mean in the language. */
enum word language_word(enum language language, const struct word_lengths *lengths,
                        const char *word, size_t n);
