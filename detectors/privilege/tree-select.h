/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Which nodes of a document a `tree:` is about: its keys `format`, `select` and `where` (matchers.h). */

#include "detectors/privilege/predicate.h"
#include "detectors/privilege/tree-path.h"
#include "detectors/ruleset.h"

#define TREE_FORMATS_MAX 16

struct tree_select {
        char *formats[TREE_FORMATS_MAX];
        size_t n_formats;
        struct tree_path *path;
        struct predicate_list where;
};

/* Takes the value v if its key is one of those. Returns 1; 0: it is another key; -EBADMSG with *reterr; -ENOMEM. To
 * be freed with _done() in any case. */
int tree_select_set(struct tree_select *s, const struct node *v, struct ruleset_error *reterr);
void tree_select_done(struct tree_select *s);

/* A path of its own; text NULL: the value is none. Returns as tree_select_set(), but 0 for 1. */
int tree_select_path(struct tree_path **ret, const struct node *config,
                     struct ruleset_error *reterr);

/* Whether it is for documents of that format; without `format` for all but those with a shape of their own. */
bool tree_select_fits(const struct tree_select *s, const char *format);
/* Names, as bits of a key_set, of which a document has one if anything is selected in it and `where` may hold;
 * *ret_if_known: that is so only if all of the document is known (tree_doc_known()). Returns their number, at most max; 0:
 * something may be selected in any. */
unsigned tree_select_names(const struct tree_select *s, uint16_t *ret, unsigned max,
                           bool *ret_if_known);

/* Calls fn for each node that `select` leads to; a list of mappings stands for each of them. `where` is left to fn. */
void tree_select_run(const struct tree_select *s, struct tree_walk *walk,
                     void (*fn)(void *userdata, struct node *n), void *userdata);
