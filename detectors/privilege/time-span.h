/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>

/* Reads a span of time as people and formats write it, in seconds: "90", "12h", "1h30m", "30d", "8
 * hours", "1.5 days", "PT8H", "P30D". A bare number counts in `unit` seconds. Months are 30 days,
 * years 365. Returns false if s is none. */
bool time_span_parse(const char *s, double unit, double *ret);

/* "seconds", "hours", "d", … in seconds; 0 if it is no unit of time. */
double time_span_unit(const char *name);
