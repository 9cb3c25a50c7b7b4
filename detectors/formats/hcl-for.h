/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Loops in HCL's expressions: [for x in list : f(x)], {for k, v in map : k => f(v)}. */

#include "detectors/formats/hcl-parser.h"

/* Whether one begins here, behind its bracket. */
bool hcl_for_begins(const struct expression *p);
/* The loop that begins here; what it makes is put into `made`, which is empty and says by its type which
 * loop it is. Returns that; NULL if it is not known or bad. */
const struct node *hcl_for(struct expression *p, struct node *made);
