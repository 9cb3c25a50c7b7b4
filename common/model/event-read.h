/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>

#include "common/model/event.h"

/* Reads back what event_to_json() wrote: one object in n bytes, nothing before or behind it. Fields
 * that this version does not know are left out. What the native form does not hold is not there
 * again: object_pid is 0, and the severity of a kind with a priority of its own is SEVERITY_INFO.
 * Returns 0, and the caller owns one reference; -EBADMSG: not the native form, or of a kind that
 * this version does not know; -ENOMEM. */
int event_read_json(struct event **ret, const char *json, size_t n);
