/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* $NAME in a Dockerfile's FROM and USER. */

#include "detectors/formats/resolve-internal.h"

/* As resolve_fn. */
bool resolve_docker(struct resolver *r, struct node *n);
