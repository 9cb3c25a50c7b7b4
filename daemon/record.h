/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "common/model/scan.h"
#include "common/model/verdict.h"
#include "daemon/register/register.h"
#include "daemon/storer.h"
#include "daemon/work.h"
#include "daemon/workspace.h"

/* The item's path as it may be told: without the secrets that stand in it. */
const char *record_path(const struct work_item *item, const struct scan_result *result);

/* Hands the artefact, its findings and what this version of it says to the storer; the last `keep` versions stay. Without memory nothing is recorded; the events tell
 * of it all the same. */
void record_artefact(struct storer *storer, uint64_t keep, const struct workspace *ws,
                     const struct work_item *item, const struct scan_result *result,
                     const struct verdict *v, enum reg_state state);
