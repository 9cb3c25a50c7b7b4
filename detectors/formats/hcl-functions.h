/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Terraform's functions, as far as their results can be told from their arguments and the files at hand. */

#include "detectors/formats/resolve-internal.h"

#define HCL_ARGUMENTS_MAX 16u
#define HCL_RENDER_MAX 16u /* templates and names that are being followed */

/* The result of name[0..n)(args), or NULL: the function is another one, or an argument that it needs
 * (NULL) is not known. What is made has the place of `at`. */
const struct node *hcl_call(struct resolver *r, const struct node *at, const char *name, size_t n,
                            const struct node *const *args, unsigned n_args);
/* The text of a template with the values of the mapping `variables` (NULL: none is known). */
const struct node *hcl_render(struct resolver *r, const struct node *at, const char *text, size_t n,
                              const struct node *variables);
