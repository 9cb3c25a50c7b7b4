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

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/macros.h"

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

/* The rows of an array, each with a glob; their hints are made when it is asked for the first time. Any thread may ask. It
 * makes no system call unless two do so at once, so that a scanner may in its sandbox. */
struct glob_table {
        const char *const *first;
        size_t n, step; /* rows; bytes from one glob to the next */
        struct glob_hint *hints;
        pthread_mutex_t making;
        atomic_bool made;
};

/* hints: an array of as many. */
#define GLOB_TABLE(rows, glob, hints_of_rows)                                               \
        {                                                                                   \
                .first = &(rows)[0].glob, .n = ELEMENTSOF(rows), .step = sizeof((rows)[0]), \
                .hints = (hints_of_rows), .making = PTHREAD_MUTEX_INITIALIZER               \
        }

/* The first row from `from` on whose glob may fit, with its hint in hints; n: there is none. */
size_t glob_table_next(struct glob_table *t, const struct glob_path *p, size_t from);
