/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading the clocks; a point in time as text, and back.
 */
#include "common/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
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

int clock_from_rfc3339(const char *text, usec_t *ret)
{
        char again[CLOCK_RFC3339_MAX];
        struct tm tm = {0};
        const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S.", &tm);
        usec_t fraction = 0;

        if (!rest)
                return -EINVAL;
        for (int i = 0; i < 6; i++, rest++) {
                if (*rest < '0' || *rest > '9')
                        return -EINVAL;
                fraction = fraction * 10 + (usec_t)(*rest - '0');
        }
        time_t seconds = timegm(&tm);
        if (seconds < 0)
                return -EINVAL;
        usec_t when = (usec_t)seconds * USEC_PER_SEC + fraction;
        /* strptime() is lenient: spaces, short numbers, the 31st of February */
        clock_rfc3339(when, again);
        if (strcmp(again, text) != 0)
                return -EINVAL;
        *ret = when;
        return 0;
}
