/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The progress of a long scan, on a terminal's stderr: a bar once it is known how much there is, a
 * count before. Nothing within the first second. */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/clock.h"

struct progress {
        bool on, drawn;
        uint64_t done, total, bytes; /* files; total 0: not known */
        usec_t started, shown;
};

void progress_begin(struct progress *p, bool on);
/* Counts the files below a root, for at most the given time; adds to total, or gives up and sets it
 * to 0. */
void progress_count(struct progress *p, const char *const *roots, unsigned n, usec_t limit);
/* One more file. */
void progress_step(struct progress *p, uint64_t bytes);
/* Something else is going to be printed, or it is over: takes the line away. */
void progress_clear(struct progress *p);
