/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Values that a module's variables get from who calls it. */

#include "detectors/formats/resolve-internal.h"

/* True if calls of the file's directory that are at hand decide what the variable is: *ret is its value
 * with the place of `at`, or NULL if they do not all say the same or it is not known. False: there is no
 * call, or none of them says anything. */
bool hcl_call_value(struct resolver *r, const struct node *at, const char *name,
                    const struct node **ret);
/* Whether the document calls modules in directories of its own. */
bool hcl_calls_here(const struct node *root);
