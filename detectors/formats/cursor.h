/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A place in a text that moves forward and knows its line and column. Used by all readers that scan
 * for themselves. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detectors/formats/doc.h"

struct cursor {
        const char *data; /* borrowed */
        size_t n, at;
        uint32_t line, column; /* from 1, column in characters */
};

/* At the beginning, or behind a byte order mark. */
struct cursor cursor_begin(const char *data, size_t n);

/* The byte k bytes ahead, '\0' behind the end (and for a NUL: cursor_ended() tells). */
static inline char cursor_peek(const struct cursor *c, size_t k)
{
        return k < c->n - c->at ? c->data[c->at + k] : '\0';
}

static inline bool cursor_ended(const struct cursor *c)
{
        return c->at >= c->n;
}

static inline void cursor_step(struct cursor *c)
{
        unsigned char byte = (unsigned char)c->data[c->at++];

        if (byte == '\n') {
                c->line++;
                c->column = 1;
        } else if ((byte & 0xc0) != 0x80) {
                c->column++;
        }
}

/* Steps over n bytes, or to the end. */
void cursor_skip(struct cursor *c, size_t n);
/* Moves forward to byte `at`: for long ways, line by line instead of byte by byte. */
void cursor_move(struct cursor *c, size_t at);
/* True if s comes next. */
bool cursor_at(const struct cursor *c, const char *s);
/* Steps over s if it comes next. */
bool cursor_take(struct cursor *c, const char *s);
/* Steps to the end of the line, not over it. */
void cursor_to_line_end(struct cursor *c);
/* Steps behind the next `end`, or to the end of the text. */
void cursor_to_behind(struct cursor *c, const char *end);
/* Steps over the C comment that begins here: to the end of its line, or behind its end. False: none does. */
bool cursor_skip_comment(struct cursor *c);

/* A node that begins here. */
struct node *cursor_node(const struct cursor *c, struct doc *d, enum node_type type);
/* n ends here. */
void cursor_end_node(const struct cursor *c, struct node *n);
/* n, which ends here, becomes UNKNOWN, with what is written there as its text. 0, or see doc_error. */
int cursor_end_unknown(const struct cursor *c, struct doc *d, struct node *n);
/* The text between two places, copied into the arena; NULL: see doc_error. */
char *cursor_text(const struct cursor *from, const struct cursor *to, struct doc *d);

/* Sets *reterr to this place; returns -EBADMSG. */
int cursor_bad(const struct cursor *c, struct doc_error *reterr, const char *message);
