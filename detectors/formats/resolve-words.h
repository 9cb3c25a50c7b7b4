/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* ${…} in YAML: Serverless' references into the file itself, and fallbacks there and in Compose. */

#include "detectors/formats/resolve-internal.h"

bool resolve_words_fits(const struct node *root);
/* As resolve_fn. */
bool resolve_words(struct resolver *r, struct node *n);
