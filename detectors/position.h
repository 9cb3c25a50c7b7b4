/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a byte of the scanned text stands in the file. Moves only forward. */
struct position {
        size_t at;       /* byte of the scanned text */
        uint64_t offset; /* byte of the file */
        uint32_t line;   /* from 1 */
        uint32_t column; /* in characters, from 1 */
        bool wide;       /* the file is UTF-16, the text its UTF-8 */
};

/* Moves on to text[to]; to must not be behind p->at. */
void position_advance(struct position *p, const uint8_t *text, size_t to);
/* Moves on to the character at the file's byte `offset`, at most to text[n]. */
void position_advance_to_offset(struct position *p, const uint8_t *text, size_t n, uint64_t offset);
