/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* How files write a key that is text: its lines, and what source code puts between them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The alphabet of base64, without padding. */
bool key_text_is_base64(uint8_t c);

/* What stands for a line's end at p, which is before end: it, or how source code writes it. Returns
 * its width or 0. */
size_t key_text_line_end(const uint8_t *p, const uint8_t *end);

/* p is a '+' in text[..end): true for the sign between two literals, false for a digit of base64.
 */
bool key_text_joins(const uint8_t *text, const uint8_t *p, const uint8_t *end);

/* The characters of base64 alone from `from` on, which is in text, without what source code puts
 * between them. Stops at padding, at anything that cannot be there, and when dst is full. Returns
 * how many there are. */
size_t key_text_pack(const uint8_t *text, const uint8_t *from, const uint8_t *end, uint8_t *dst,
                     size_t size);
