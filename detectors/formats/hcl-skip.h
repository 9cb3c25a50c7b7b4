/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Moving through HCL without understanding it: the reader never loses its place in an expression.
 */

#include "detectors/formats/cursor.h"

/* What ends an expression besides a comma and a closing bracket. */
enum hcl_ends {
        HCL_ENDS_LINE,     /* the end of the line: in bodies and objects */
        HCL_ENDS_BRACKETS, /* nothing else: in lists and calls */
        HCL_ENDS_KEY,      /* the end of the line, `=` and `:`: a key of an object */
};

/* An identifier begins here. */
bool hcl_skip_is_name(const struct cursor *c);
/* Steps over the identifier that begins here. */
void hcl_skip_name(struct cursor *c);
/* Steps over blanks and comments within a line. */
void hcl_skip_blanks(struct cursor *c);
/* Steps over blanks, comments and ends of lines. */
void hcl_skip_lines(struct cursor *c);

/* True if an expression that was read up to here is complete. */
bool hcl_skip_is_end(struct cursor c, enum hcl_ends ends);

/* Steps over an expression (or the rest of one) with its brackets, strings, heredocs and comments;
 * the cursor is behind its last token then. `open` brackets are open already. False if a string or
 * heredoc in it does not end. */
bool hcl_skip_expression(struct cursor *c, enum hcl_ends ends, unsigned open);
