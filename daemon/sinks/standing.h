/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What an event means to who is to be woken by it, the same for every foreign form. */

#include "common/model/event.h"

/* The configuration says that this finding is known, and no offence. */
bool standing_is_suppressed(const struct event *e);
/* A verdict on what an approval covers. */
bool standing_is_approved(const struct event *e);
/* A finding that nobody has excused, or a verdict on a file that has such findings, unless an approval covers it. */
bool standing_offends(const struct event *e);
