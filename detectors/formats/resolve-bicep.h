/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/formats/resolve-internal.h"

bool resolve_bicep(struct resolver *r, struct node *n);
