/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Files that were changed but not closed, waiting until they have been quiet for a while. Keyed by
 * directory and name; the directory is only a key here, and whoever puts it in keeps it alive.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/clock.h"
#include "common/model/candidate.h"

struct settle;
struct settle_entry;

/* quiet: how long without a touch; longest: how long at most while touches go on; max: entries. */
int settle_new(struct settle **ret, usec_t quiet, usec_t longest, size_t max);
/* The entries must have been taken out, or their directories need no release. */
struct settle *settle_free(struct settle *s);

/* The file was touched. why: CANDIDATE_LINKED (made), CANDIDATE_OPEN (written to) or
 * CANDIDATE_CHANGED (attributes); the strongest is kept. Returns 1 for a new entry, 0 for a known
 * one, -ENOBUFS when there are max entries, or -ENOMEM. */
int settle_touch(struct settle *s, void *dir, const char *name, enum candidate_why why, usec_t now);
/* True if it was in and is out now. */
bool settle_cancel(struct settle *s, void *dir, const char *name);
bool settle_has(struct settle *s, void *dir, const char *name);

/* Takes out one entry that is due, or any one with now == USEC_INFINITY; NULL if there is none. The
 * caller frees it. */
struct settle_entry *settle_take(struct settle *s, usec_t now);
/* Point in time at which settle_take() has something; USEC_INFINITY: empty. */
usec_t settle_deadline(struct settle *s);
size_t settle_count(const struct settle *s);

/* The next entry that was new with CANDIDATE_LINKED and has not been touched since, once for each;
 * it stays in. NULL: none. */
const struct settle_entry *settle_next_fresh(struct settle *s);

struct settle_entry *settle_entry_free(struct settle_entry *e);
void *settle_entry_dir(const struct settle_entry *e);
const char *settle_entry_name(const struct settle_entry *e);
enum candidate_why settle_entry_why(const struct settle_entry *e);
