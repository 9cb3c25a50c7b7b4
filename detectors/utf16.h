/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum utf16_order { UTF16_NONE, UTF16_LE, UTF16_BE };

/* By the byte order mark, or because every other byte of the beginning is zero. */
enum utf16_order utf16_detect(const uint8_t *data, size_t n);

/* Room that utf16_to_utf8() may need for n bytes. */
#define UTF16_ROOM(n) ((n) / 2 * 3)

/* Writes n bytes (an odd last one is left out) as UTF-8 and returns how many bytes that gave. Every
 * character is as many bytes in the source as utf16_width() says of it: lone surrogates become
 * U+FFFD one by one. */
size_t utf16_to_utf8(enum utf16_order order, const uint8_t *src, size_t n, uint8_t *dst);

/* Whether p[0..2) is the second half of a character beyond the first plane. */
static inline bool utf16_is_low(enum utf16_order order, const uint8_t *p)
{
        return (p[order == UTF16_LE ? 1 : 0] & 0xfc) == 0xdc;
}

/* Bytes in UTF-16 of the character whose UTF-8 begins with lead: 0 for a continuation byte. */
static inline unsigned utf16_width(uint8_t lead)
{
        return (lead & 0xc0) == 0x80 ? 0 : lead >= 0xf0 ? 4 : 2;
}
