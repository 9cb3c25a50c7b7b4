/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Text line by line, and which of several line grammars it fits: for files that no other syntax
 * tells. */

#define TEXT_LINE_MAX 512

struct text_lines {
        const char *p, *end;      /* borrowed */
        char text[TEXT_LINE_MAX]; /* the line without blanks around it, cut */
        bool indented;
};

/* data may be NULL with n 0. */
struct text_lines text_lines(const char *data, size_t n);
/* False at the end. */
bool text_lines_next(struct text_lines *l);

/* Whether s begins with the word, or with one of them, in whatever case. */
bool text_line_begins(const char *s, const char *word);
bool text_line_begins_one_of(const char *s, const char *const *words, size_t n);

enum line_fit {
        LINE_FOREIGN, /* not of this kind */
        LINE_FITS,    /* may be */
        LINE_TELLS,   /* is */
};

struct line_grammar {
        enum line_fit (*line)(const char *s);
        unsigned least; /* lines that must tell */
};

#define LINE_GRAMMARS_MAX 16u

/* The first grammar of which enough lines tell and hardly one is foreign, or -1. Comments (#) and
 * empty lines do not count. At most LINE_GRAMMARS_MAX. */
int line_grammar_pick(const struct line_grammar *grammars, size_t n_grammars, const char *data,
                      size_t n);
