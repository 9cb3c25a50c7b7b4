/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The JSON reader, for files and for documents inside strings. */

#include "detectors/formats/doc.h"

enum json_flags {
        JSON_EMBEDDED = 1 << 0, /* exactly one object or array; `{{ … }}` is unknown; key_column is
                                 * the key's byte in data, from 1 */
        JSON_TEMPLATES = 1 << 1, /* `${…}` and `%{…}` stand for something unknown, quotes and all */
        JSON_TEXT_TEMPLATES =
                1 << 2, /* the same within the values of strings alone, whose quotes are
                                       * escaped like any other */
};

/* Reads data. *ret is the root, complete or (on an error) as far as it was read, or NULL. Returns
 * what format.parse() returns. */
int json_read(struct doc *d, const char *data, size_t n, enum json_flags flags, struct node **ret,
              struct doc_error *reterr);
