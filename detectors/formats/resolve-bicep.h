/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/formats/resolve-internal.h"

bool resolve_bicep(struct resolver *r, struct node *n);
/* The value of n: itself if it is known, or what its expression comes to; NULL: not known. */
const struct node *resolve_bicep_value(struct resolver *r, const struct node *n);
/* The same as resolve_bicep(), for what depends on the item of a loop (resolve-bicep-loop.c). */
bool resolve_bicep_loop(struct resolver *r, struct node *n);
