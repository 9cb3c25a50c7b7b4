/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/formats/cursor.h"

/* An expression of Rego, and what is to be known of it. */
struct rego_expression {
        struct cursor begin, end; /* without white space around it */
        struct cursor operator_begin, operator_end;
        unsigned operators; /* comparisons and assignments outside of brackets */
        bool broken;        /* a bracket or a raw string has no end; begin is where it begins */
};

/* Steps over blanks and, if `lines`, line ends and comments. */
void rego_skip_space(struct cursor *c, bool lines);

/* True if the word, and no longer one, comes next. */
bool rego_at_word(const struct cursor *c, const char *word);

/* Behind the name (a.b_c) that begins here. */
void rego_skip_name(struct cursor *c);

/* Reads the expression at the cursor and steps behind it, not over what ends it: a line's end, `;`, a
 * comment, a bracket that was opened before. In a head also `if`, `else` and the `{` of a body. The names of functions it calls, at any depth, are appended to `calls`. Returns 0 or the
 * document's error. */
int rego_read_expression(struct cursor *c, bool head, struct doc *d, struct node *calls,
                         struct rego_expression *ret);
