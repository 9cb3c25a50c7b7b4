/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/formats/doc.h"

/* In every mapping of the tree the values of equal keys become one sequence, at the place of the
 * first. Returns 0, -ENOMEM or doc_error. */
int fold_repeated_keys(struct doc *d, struct node *root);
