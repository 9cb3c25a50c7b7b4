/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the tables of artefacts ask of those of versions. Only for daemon/register. */

#include "daemon/register/query.h"

/* The last version of the artefact in that row has another state now; by NULL: giad decided. 0 or negative errno; an
 * artefact without a version is none. */
int version_decided(struct reg *r, uint64_t artefact, enum reg_state state,
                    const struct reg_decision *by);
