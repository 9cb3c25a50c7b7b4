/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Texts of rules in which values of the document stand: "{role} for {member}". What is in braces is a path
 * (tree-path.h) from a node, or one of these words:
 *   {subject}  what the node belongs to, as the file names it: the block of Terraform ("aws_iam_role.ci"), the resource of
 *              CloudFormation, the object of Kubernetes ("Role ci/deployer"), the job of a workflow, …; "-" if nothing above
 *              it has a name
 *   {key}      the node's own key, or that of the list it is in, or its labels if it is a block
 *   {parent}   the same of what it is in
 *   {each}     what the caller gives
 *   {each-key} its key, as {key}; {each-parent} that of what it is in, as {parent}
 *   {each/…}   the value of a path from there
 *   {found}    what the caller gives, a text
 * and of several the first that has a value counts: {name || id || 'a text'}; the text may be empty. A text before a value
 * stands there only if there is one, and nothing does if not: {' if ' Condition}.
 */

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/privilege/tree-path.h"
#include "detectors/ruleset.h"

struct tree_piece {
        char *before;           /* a text that stands before the value if there is one, or NULL */
        char *text;             /* literal text, or … */
        struct tree_path *path; /* … the value there, or … */
        enum tree_piece_type {
                PIECE_TEXT,
                PIECE_PATH,
                PIECE_SUBJECT,
                PIECE_KEY,
                PIECE_PARENT,
                PIECE_EACH,
                PIECE_EACH_KEY,
                PIECE_EACH_PARENT,
                PIECE_EACH_PATH,
                PIECE_FOUND,
        } type;
        bool more; /* the next one counts if this has no value */
};

struct tree_template {
        struct tree_piece *pieces;
        size_t n;
};

/* config: the text. Returns 0; -EBADMSG with *reterr; -ENOMEM. To be freed with _done() in any case. */
int tree_template_new(struct tree_template *ret, const struct node *config,
                      struct ruleset_error *reterr);
void tree_template_done(struct tree_template *t);

/* Whether the text has the key of what the caller gives: then it says something without a value, too. */
bool tree_template_has_each_key(const struct tree_template *t);

struct tree_filling {
        struct tree_walk *walk;
        struct node *at;   /* where paths begin */
        struct node *each; /* NULL: "-" */
        const char *found; /* printable; NULL: "-" */
        bool all; /* all values that a path leads to are shown, as tree-values.h says, not the first one */
        const struct node *unknown; /* out: a value that is not known, or NULL */
        bool empty;                 /* out: nothing in braces had a value or a text */
};

/* Values are shown as text_printable() makes them, at most 96 bytes of each unless `all` is set; "-" where there is none. */
void tree_template_append(const struct tree_template *t, struct tree_filling *f, struct buffer *b);

/* A value by itself; of a sequence its first item. */
void tree_value_append(struct buffer *b, const struct node *n);
