/* SPDX-FileCopyrightText: giad maintainers */
/* Owns: the buckets of a histogram. */
#include "daemon/histogram.h"

static const usec_t bounds[HISTOGRAM_BUCKETS] = {
        1 * USEC_PER_MSEC,  5 * USEC_PER_MSEC,   10 * USEC_PER_MSEC,
        50 * USEC_PER_MSEC, 100 * USEC_PER_MSEC, 500 * USEC_PER_MSEC,
        1 * USEC_PER_SEC,   5 * USEC_PER_SEC,    10 * USEC_PER_SEC,
};

usec_t histogram_bound(unsigned i)
{
        return bounds[i];
}

void histogram_add(struct histogram *h, usec_t took)
{
        unsigned i = 0;

        while (i < HISTOGRAM_BUCKETS && took > bounds[i])
                i++;
        h->counts[i]++;
        h->sum += took;
}
