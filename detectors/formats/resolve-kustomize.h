/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Objects of Kubernetes that a kustomization has within texts. */

#include "detectors/formats/resolve-internal.h"

bool resolve_kustomize_fits(const struct node *root);
/* Makes a file of several documents of it: itself, and what each of its patches says of an object. */
void resolve_kustomize(struct resolver *r);
