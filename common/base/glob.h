/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Many globs, held against one path. Nearly every glob fits nearly no path, so each has a hint: the letters that stand
 * side by side in whatever it fits, as a set of 64 (text_pairs()). One that has a pair which the path has not is passed
 * over by a comparison.
 *
 * A glob without '/' is held against the last name, in which upper and lower case are the same; one with '/' against the
 * path, as text_glob_path() does.
 */

#include <stdbool.h>
#include <stdint.h>

struct glob_hint {
        uint64_t pairs;
        bool whole; /* it is about the path, not the name alone */
};

/* The path is borrowed. */
struct glob_path {
        const char *path, *name;
        uint64_t of_path, of_name;
};

struct glob_hint glob_hint(const char *glob);
struct glob_path glob_path(const char *path);

/* False: it does not fit, whether or not case counts. */
static inline bool glob_may_fit(const struct glob_hint *h, const struct glob_path *p)
{
        return (h->pairs & ~(h->whole ? p->of_path : p->of_name)) == 0;
}

/* hint: that of the glob. */
bool glob_fits(const char *glob, const struct glob_hint *hint, const struct glob_path *p);
