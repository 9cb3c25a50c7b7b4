/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/macros.h"
#include "detectors/formats/doc.h"

/*
 * Path expressions over the document tree; matchers.h says what they mean. Besides: `**` at the end
 * is every mapping, the one where the path begins among them; `a|b` is one name or the other
 * (`~a|b`: both loosely), and so with labels, `name[a|b]`; a key that holds a '/' is written with '?' in its place, one that is a '*' as `\*`;
 * and a label in brackets also finds Terraform's JSON syntax, where labels are keys ({"resource":
 * {"aws_iam_role": {"x": …}}}).
 */
struct tree_path;

/* One walk over one document: bounds the steps of everything that is asked of it. */
struct tree_walk {
        struct doc *doc;
        unsigned steps; /* left; once 0 every visit ends early and `exhausted` is set */
        bool exhausted;
};
#define TREE_WALK_STEPS 1500000u

/* blocked: the path could not be followed to its end because n is not known (a variable, a dynamic
 * block); otherwise n is what the path leads to. Return non-zero to stop. */
typedef int (*tree_path_fn)(struct node *n, bool blocked, void *userdata);

/* Returns 0; -EBADMSG with *reterr a static text; -ENOMEM. */
int tree_path_new(struct tree_path **ret, const char *text, const char **reterr);
struct tree_path *tree_path_free(struct tree_path *p);
DEFINE_CLEANUP(struct tree_path *, tree_path_free);

/* As it was written. */
const char *tree_path_text(const struct tree_path *p);

/* Names, as bits of a key_set (key-index.h), of which a document has one if p leads to anything in it from anywhere, other
 * than blocked. Returns their number, at most max; 0: it may lead somewhere in any. */
unsigned tree_path_names(const struct tree_path *p, uint16_t *ret, unsigned max);

/* Calls fn for every node that p leads to from `from`, in file order. Returns 0 or what fn
 * returned. */
int tree_path_visit(const struct tree_path *p, struct tree_walk *w, struct node *from,
                    tree_path_fn fn, void *userdata);

/* True if the value of n cannot be known from the file: an unresolved expression, a CloudFormation
 * function. */
bool tree_node_unknown(const struct node *n);
/* A mapping that is a part of one that lies elsewhere: what is not in it may be there. */
bool tree_node_partial(const struct node *n);
/* False if any node of it is one of those, or stands for blocks whose number is not known: what a path does not reach
 * may be there all the same. */
bool tree_doc_known(struct doc *d);
