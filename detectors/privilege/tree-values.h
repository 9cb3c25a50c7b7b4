/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Values of a document as a text shows them: each once, in the order of their bytes, so that what is written in another order,
 * or in another form, is the same text. A mapping is its leaves, each behind its keys ("StringEquals aws:x y"); a
 * function of CloudFormation is what it names, whether long or short ({"Fn::GetAtt": [A, Arn]} and !GetAtt A.Arn are
 * "A.Arn"); of a URL the user-info and the query are left out.
 */

#include "common/base/buffer.h"
#include "detectors/formats/doc.h"

#define TREE_VALUES_MAX 64u /* that are kept; more are counted */

struct tree_values {
        char *v[TREE_VALUES_MAX]; /* each owned */
        unsigned n;
        unsigned more;              /* that had no room */
        const struct node *unknown; /* a value that is not known, or NULL */
};

void tree_values_done(struct tree_values *values);
/* All that n holds; NULL holds nothing. What there is no memory for is left out. */
void tree_values_add(struct tree_values *values, const struct node *n);
/* "a, b, and 3 more" */
void tree_values_append(struct tree_values *values, struct buffer *b);
