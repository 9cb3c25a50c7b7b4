/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Moving through Bicep without understanding it: the reader never loses its place in an expression.
 */

#include "detectors/formats/cursor.h"

/* What ends an expression besides a comma and a closing bracket. */
enum bicep_ends {
        BICEP_ENDS_LINE,     /* the end of a line that does not go on in the next */
        BICEP_ENDS_BRACKETS, /* nothing else: in calls */
        BICEP_ENDS_TYPE,     /* the end of the line and `=`: a type */
};

bool bicep_skip_is_name(const struct cursor *c);
void bicep_skip_name(struct cursor *c);
/* Steps over the name if it comes next as a whole. */
bool bicep_skip_word(struct cursor *c, const char *word);
/* Steps over blanks and comments within a line. */
void bicep_skip_blanks(struct cursor *c);
/* Steps over blanks, comments, directives (#disable-next-line) and ends of lines. */
void bicep_skip_lines(struct cursor *c);

/* Steps over the string that begins here, with what is interpolated; false if it does not end. */
bool bicep_skip_string(struct cursor *c);
/* True if an expression that was read up to here is complete. */
bool bicep_skip_is_end(struct cursor c, enum bicep_ends ends);
/* Steps over an expression (or the rest of one); the cursor is behind its last token then. False if
 * something in it does not end. */
bool bicep_skip_expression(struct cursor *c, enum bicep_ends ends);
/* Behind the `in …:` of a for-expression; false if there is no colon. */
bool bicep_skip_loop_head(struct cursor *c);
