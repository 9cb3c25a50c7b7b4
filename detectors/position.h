/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a byte of the scanned text stands in the file. */
struct position {
        size_t at;       /* byte of the scanned text */
        uint64_t offset; /* byte of the file */
        uint32_t line;   /* from 1 */
        uint32_t column; /* in characters, from 1 */
        bool wide;       /* the file is UTF-16, the text its UTF-8 */
        bool cr;         /* behind a carriage return: a line feed belongs to it */
        uint8_t inside;  /* bytes that are still to come of a character */
};

#define POSITION_MARKS 128u

/* Finds positions in a text in any order. Those that are asked for in order, or nearly so, cost
 * going over the text once, however long its lines are. */
struct position_index {
        const uint8_t *text;
        size_t n;
        size_t step; /* bytes between two marks */
        unsigned known;
        struct position mark[POSITION_MARKS]; /* the first `known` are valid */
        struct position last;
};

/* start is the position of text[0]; the text is borrowed. */
void position_index_init(struct position_index *x, const struct position *start,
                         const uint8_t *text, size_t n);
/* Of text[at], or of the end. */
struct position position_index_at(struct position_index *x, size_t at);
/* Of the first character that is at or behind the file's byte `offset`, or of the end. */
struct position position_index_offset(struct position_index *x, uint64_t offset);
