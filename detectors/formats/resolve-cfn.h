/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* CloudFormation's intrinsic functions over parameters with defaults, mappings and constants. */

#include "detectors/formats/resolve-internal.h"

bool resolve_cfn_fits(const struct node *root);
/* As resolve_fn. Both spellings: !Ref X, and {"Ref": "X"}. */
bool resolve_cfn(struct resolver *r, struct node *n);
