/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Expressions of HCL (Terraform's language) whose value is in the files at hand. */

#include "detectors/formats/resolve-internal.h"

/* The value of the reference, expression or template n, made in the document's arena or a node of
 * it or of a peer; NULL if it is not known here. */
const struct node *hcl_evaluate(struct resolver *r, const struct node *n);
