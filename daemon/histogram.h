/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdint.h>

#include "common/base/clock.h"

/* How long something took, in buckets that are the same for all. */

#define HISTOGRAM_BUCKETS 9

struct histogram {
        uint64_t
                counts[HISTOGRAM_BUCKETS + 1]; /* of each bucket alone; the last: longer than all */
        uint64_t sum;                          /* usec */
};

/* The longest time that falls into the i-th bucket, i < HISTOGRAM_BUCKETS. */
usec_t histogram_bound(unsigned i);
void histogram_add(struct histogram *h, usec_t took);
