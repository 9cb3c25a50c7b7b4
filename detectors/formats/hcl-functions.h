/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Terraform's functions that pass on, join or pick from what they are given. */

#include "detectors/formats/resolve-internal.h"

#define HCL_ARGUMENTS_MAX 16u

/* The result of name[0..n)(args), or NULL: the function is another one, or an argument that it needs
 * (NULL) is not known. What is made has the place of `at`. */
const struct node *hcl_call(struct resolver *r, const struct node *at, const char *name, size_t n,
                            const struct node *const *args, unsigned n_args);
