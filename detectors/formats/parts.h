/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the readers of languages (rego, cedar, sql, casbin) make their trees of. Their keys are the
 * reader's own words, string literals. Each function appends to parent, makes it as long as its
 * part, and gives NULL when doc_error() says why; a NULL parent is such an error handed on. */

#include "detectors/formats/cursor.h"

/* A mapping or sequence that begins there. */
struct node *part_container(struct doc *d, struct node *parent, const char *key,
                            enum node_type type, const struct cursor *at);
/* A string that stands there, with this value instead of its source. */
struct node *part_value(struct doc *d, struct node *parent, const char *key,
                        const struct cursor *from, const struct cursor *to, const char *text,
                        size_t n);
/* A string that is its source. */
struct node *part_source(struct doc *d, struct node *parent, const char *key,
                         const struct cursor *from, const struct cursor *to);
struct node *part_bool(struct doc *d, struct node *parent, const char *key,
                       const struct cursor *from, const struct cursor *to, bool truth);

/* n and what it is in end there, up to the node `top` whose end is set by its reader. */
void part_extend(struct node *n, const struct cursor *to);

/* Moves `to` back over white space, not before `from`. */
void part_trim(const struct cursor *from, struct cursor *to);
