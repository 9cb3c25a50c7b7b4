/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/formats/cursor.h"

/* Appends the UTF-8 form of a code point (at most 4 bytes) to dst; returns its length. Surrogates
 * and what lies past U+10FFFF become U+FFFD. */
size_t json_string_encode(char *dst, uint32_t c);

/* Decodes the escapes of n bytes to dst, which is as large and may be s itself; returns the size of
 * the result. */
size_t json_string_decode(const char *s, size_t n, char *dst);

/* A string in double quotes that begins at the cursor, decoded into the arena; the cursor is behind
 * it then. templates: `${…}` inside is kept as it is, and *ret_template set. Unknown escapes stay
 * as they are. Returns 0; -EBADMSG if it does not end on its line, *reterr set; or doc_error. */
int json_string_read(struct cursor *c, struct doc *d, bool templates, const char **ret,
                     size_t *ret_size, bool *ret_template, struct doc_error *reterr);
