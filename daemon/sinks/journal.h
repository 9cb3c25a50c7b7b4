/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "common/base/buffer.h"
#include "common/model/event.h"

/* Appends the event's fields as journald's native protocol has them: NAME=value, each with a newline. */
void journal_render(const struct event *e, struct buffer *out);
