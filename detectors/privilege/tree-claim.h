/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What the `tree:` of an assertion selects in a document, and the text that is made of it:
 *
 *   tree:
 *     format: [hcl, json]     as of a rule (matchers.h)
 *     select: "resource[aws_iam_role_policy]/policy/Statement"
 *     where: [...]            as of a rule
 *     each: Action            optional: one text for each value there, or each item of a list
 *     find: "secrets\\.(\\w+)" optional: one text for each match in such a value, or in the selected node's
 *   text: "{subject}: {each} on {Resource}"     tree-template.h
 */

#include "detectors/classify.h"
#include "detectors/privilege/tree-template.h"
#include "detectors/ruleset.h"

struct tree_claim;

/* tree and text: values of the two keys. Returns 0; -EBADMSG with *reterr; -ENOMEM. */
int tree_claim_new(struct tree_claim **ret, const struct node *tree, const struct node *text,
                   struct ruleset_error *reterr);
struct tree_claim *tree_claim_free(struct tree_claim *c);
DEFINE_CLEANUP(struct tree_claim *, tree_claim_free);

/* Whether it is for documents of that format. */
bool tree_claim_fits(const struct tree_claim *c, const char *format);

/* As tree_select_names(): of which a document has one if there is any text. */
unsigned tree_claim_names(const struct tree_claim *c, uint16_t *ret, unsigned max,
                          bool *ret_if_known);

/* at: where it stands. known: no value in the text is unknown, nor whether it is selected. */
typedef void (*tree_claim_fn)(void *userdata, const char *text, const struct node *at, bool known);
/* The subject has a document of a format that fits. False: not all of it was looked at. */
bool tree_claim_run(const struct tree_claim *c, const struct subject *s, tree_claim_fn fn,
                    void *userdata);
