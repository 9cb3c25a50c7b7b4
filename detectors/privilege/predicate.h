/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>

#include "common/base/macros.h"
#include "detectors/privilege/tree-path.h"
#include "detectors/privilege/where.h"
#include "detectors/ruleset.h"

/* The `where` entries of the tree matcher (matchers.h), evaluated in three values. */

struct predicate;

struct predicate_list {
        struct predicate *items;
        size_t n;
};

/* config is a sequence of mappings (or one mapping). Returns 0; -EBADMSG with *reterr; -ENOMEM. */
int predicate_list_new(struct predicate_list *ret, const struct node *config,
                       struct ruleset_error *reterr);
void predicate_list_done(struct predicate_list *list);

/* What made the answer: for the place of a finding, and for the reason of an unknown. */
struct predicate_witness {
        const char *at_path; /* in: the path whose deciding node is asked for, or NULL */
        bool anywhere;       /* in: the first deciding node is asked for, wherever it is */
        struct node *at;     /* out: that node, or NULL */
        /* out: what the last of the tests but none found there; NULL: it found nothing, and was right */
        struct node *decided;
        struct node *unknown; /* out: a node that is not known, or NULL */
        bool partial;         /* out: something is not there in what is only a part */
};

/* Names, as bits of a key_set (key-index.h), of which a document in which all is known (tree_doc_known()) has one if all of
 * them hold for any node of it. Returns their number, at most max; 0: they may hold in any. */
unsigned predicate_list_names(const struct predicate_list *list, uint16_t *ret, unsigned max);

/* All of them about n. */
enum trilean predicate_list_all(const struct predicate_list *list, struct tree_walk *walk,
                                struct node *n, struct predicate_witness *witness);
