/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Microseconds. Points in time are since the epoch (CLOCK_REALTIME) or since boot
 * (CLOCK_MONOTONIC); which one is said where a value is declared. */
typedef uint64_t usec_t;

#define USEC_PER_SEC ((usec_t)1000000)
#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_INFINITY UINT64_MAX

usec_t clock_monotonic(void);
usec_t clock_realtime(void);
usec_t clock_boottime(void); /* also counts the time of sleep */

/* Writes "2026-01-31T12:34:56.789012Z" (UTC, 27 bytes and the NUL) into buf. */
#define CLOCK_RFC3339_MAX 32
void clock_rfc3339(usec_t realtime, char buf[static CLOCK_RFC3339_MAX]);
/* The reverse, of exactly that form. Returns 0 or -EINVAL. */
int clock_from_rfc3339(const char *text, usec_t *ret);
