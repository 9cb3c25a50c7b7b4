/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What names in HCL's expressions refer to. */

#include "detectors/formats/resolve-internal.h"

/* The value of KIND.NAME (var.x, local.y) for a reference at `at`, or NULL if it is not known here. */
const struct node *hcl_name(struct resolver *r, const struct node *at, const char *kind,
                            size_t n_kind, const char *name, size_t n_name);
/* What the data source TYPE.NAME gives, as a mapping of its attributes, or NULL: those of files are known. */
const struct node *hcl_data(struct resolver *r, const struct node *at, const char *type,
                            size_t n_type, const char *name, size_t n_name);
