/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Members of the JSON objects that the control socket answers with. */

#include <cjson/cJSON.h>
#include <stdint.h>

#include "common/base/clock.h"

/* Paths and names of workspaces are an agent's words: raw, one of them could move the cursor of
 * whoever asks, or make a whole answer unreadable that is not UTF-8. They are made printable. */
void answer_text(cJSON *object, const char *name, const char *value);
/* RFC 3339 */
void answer_time(cJSON *object, const char *name, usec_t when);
void answer_count(cJSON *object, const char *name, uint64_t value);
