/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What TOML has beyond INI: typed values, arrays and inline tables over several lines, dotted keys.
 */

#include "detectors/formats/cursor.h"

/* True if every value of the text is written as TOML wants it, and some as only TOML has it. */
bool toml_is(struct cursor c);

/* A key, dotted or not, bare or quoted, begins at the cursor: reads its next part and steps over it
 * and over the dot behind it. *ret_more says whether there was a dot. Returns 0; -EBADMSG if no
 * part begins here; or doc_error. */
int toml_read_key_part(struct cursor *c, struct doc *d, const char **ret, bool *ret_more);

/* The value at the cursor, hung under `parent` as `key`, which stands at `key_at`. Returns 0;
 * -EBADMSG, *reterr set; or doc_error. */
int toml_read_value(struct cursor *c, struct doc *d, struct node *parent, const char *key,
                    const struct cursor *key_at, struct doc_error *reterr);
