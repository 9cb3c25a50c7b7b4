/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/decode.h"

/* The value of a digit in base 16 or 64 (both alphabets), or -1. */
extern const int8_t decode_hex_digits[256], decode_base64_digits[256];

static inline int decode_hex_digit(uint8_t c)
{
        return decode_hex_digits[c];
}

static inline int decode_base64_digit(uint8_t c)
{
        return decode_base64_digits[c];
}

/* The plain text that is being made, and where each byte of it comes from. */
struct decoder {
        const struct decode_request *request;
        const uint8_t *src;
        size_t n;      /* bytes of src */
        uint8_t *text; /* DECODE_PIECE */
        uint32_t *map; /* DECODE_PIECE + 1 */
        size_t used;
        const void *data;              /* what a fill function needs beside the text */
        size_t resume_at, resume_used; /* where the next piece begins, if this one becomes full */
        int error;
};

/* Decodes src[at..end) into the decoder's text and returns where it stopped. *ret_more is set if
 * that was for lack of room. */
typedef size_t (*decode_fill_fn)(struct decoder *d, size_t at, size_t end, bool *ret_more);

struct decode_kind {
        const char *what;
        decode_fill_fn fill;
        bool literal, doubtful; /* as struct decoded has them */
};

/* Takes the memory that is needed; also remembers that there was none. */
bool decoder_ready(struct decoder *d);
void decoder_done(struct decoder *d);

/* Before each unit (at most 4 bytes of plain text): false if the piece is full. */
static inline bool decoder_room(struct decoder *d, size_t at)
{
        if (d->resume_used == 0 && d->used >= DECODE_PIECE - 2 * DECODE_EDGE) {
                d->resume_at = at;
                d->resume_used = d->used;
        }
        return d->used + 4 <= DECODE_PIECE;
}

static inline void decoder_put(struct decoder *d, uint8_t c, size_t from)
{
        d->map[d->used] = (uint32_t)from;
        d->text[d->used++] = c;
}

/* Decodes src[at..end) piece by piece and hands the pieces on. Returns where it stopped. */
size_t decoder_run(struct decoder *d, const struct decode_kind *kind, size_t at, size_t end);
/* Counts one value of n bytes. */
bool decoder_charge(struct decoder *d, size_t n);

/* Text for people and machines: no control characters but those of white space. */
static inline bool decode_is_text(uint8_t c)
{
        return c >= 0x20 ? c != 0x7f : (c >= '\t' && c <= '\r') || c == 0x1b;
}

/* decode-run.c: src[begin..end) are characters of base64, with something else on both sides.
 * Returns how far it was read, at least `end`. */
size_t decode_base64_run(struct decoder *d, size_t begin, size_t end);
/* base64 of one value, from `at` on; prefix is put before it. */
void decode_base64_value(struct decoder *d, const char *what, const char *prefix, size_t at,
                         size_t end);
void decode_utf16_runs(struct decoder *d);
/* decode-escape.c: the three families of escapes */
void decode_escapes(struct decoder *d);
/* decode-table.c: cells below the names of their columns */
void decode_table(struct decoder *d);
/* decode-gzip.c: data is compressed; begin and end are its place in the source. Returns true if all
 * of it was seen. */
bool decode_inflate(struct decoder *d, const char *what, const uint8_t *data, size_t n,
                    size_t begin, size_t end);
