/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Lists of the daemon that come in many replies: none of them is held as a whole unless somebody wants to. */

#include "daemon/ctl/ctl.h"

/* Calls a method and gives fn each item of the list `name` of its replies, borrowed. fn ends it with non-zero. Consumes
 * parameters. Returns EXIT_OK, or EXIT_ERROR after an error was printed. */
int listing_each(struct ctl *ctl, const char *method, cJSON *parameters, const char *name,
                 int (*fn)(void *userdata, const cJSON *item), void *userdata);
/* Prints the items as they come, as one JSON value (json) or one a line (jsonl). The same. */
int listing_print(struct ctl *ctl, const char *method, cJSON *parameters, const char *name);

/* For people so many are shown unless they say otherwise. */
#define LISTING_SHOWN 1000u
/* What --limit says (0: all), or of what people are shown one more than LISTING_SHOWN. EXIT_OK or EXIT_ERROR. */
int listing_limit(const struct ctl *ctl, cJSON *parameters);
/* Says on stderr that there are more, if n is that one more. Returns how many are to be shown. */
size_t listing_cut(const struct ctl *ctl, size_t n);
