/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* An event in one line for a person: when, how bad, whose, where, what, and what was done. */

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "common/base/buffer.h"

struct ctl;

/* Appends it with its newline. width: columns of the terminal; 0: nothing is cut. date: with the
 * day. */
void event_line(const struct ctl *ctl, const cJSON *event, unsigned width, bool date,
                struct buffer *out);
void event_line_heading(const struct ctl *ctl, bool date, struct buffer *out);
/* Of standard output; 0: it is no terminal, or does not say. */
unsigned event_line_width(void);
