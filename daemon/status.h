/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <cjson/cJSON.h>

struct manager;

/* What runs, what is watched, every open gap, counters, as the method Status answers it; the
 * caller's. */
cJSON *status_describe(struct manager *m);
