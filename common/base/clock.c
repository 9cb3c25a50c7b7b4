/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading the clocks and writing a point in time as text.
 */
#include "common/base/clock.h"

#include <stdio.h>
#include <time.h>

static usec_t read_clock(clockid_t id)
{
        struct timespec ts;

        if (clock_gettime(id, &ts) < 0)
                return 0;
        return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}

usec_t clock_monotonic(void)
{
        return read_clock(CLOCK_MONOTONIC);
}

usec_t clock_realtime(void)
{
        return read_clock(CLOCK_REALTIME);
}

usec_t clock_boottime(void)
{
        return read_clock(CLOCK_BOOTTIME);
}

void clock_rfc3339(usec_t realtime, char buf[static CLOCK_RFC3339_MAX])
{
        time_t seconds = (time_t)(realtime / USEC_PER_SEC);
        struct tm tm;

        if (!gmtime_r(&seconds, &tm))
                seconds = 0, (void)gmtime_r(&seconds, &tm);
        size_t n = strftime(buf, CLOCK_RFC3339_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
        (void)snprintf(buf + n, CLOCK_RFC3339_MAX - n, ".%06uZ",
                       (unsigned)(realtime % USEC_PER_SEC));
}
