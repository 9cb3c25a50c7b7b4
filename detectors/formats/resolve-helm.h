/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Values of a Helm chart in its templates. */

#include "detectors/formats/resolve-internal.h"

/* Whether a file of values is among the peers. */
bool resolve_helm_fits(const struct resolver *r);
/* As resolve_fn: {{ .Values.a.b }}, also with quote, toString or default "x" behind it, alone or in a
 * text. */
bool resolve_helm(struct resolver *r, struct node *n);
