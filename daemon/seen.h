/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Which state of which inode has been scanned: 24 bytes a file, so that a million files fit. Only
 * the loop thread uses it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/open.h"

struct seen;

/* max: about so many are kept at most. */
int seen_new(struct seen **ret, size_t max);
struct seen *seen_free(struct seen *s);
/* True if exactly this state of the inode was put, in this place (any number that stands for a
 * path). */
bool seen_same(const struct seen *s, const struct file_id *id, uint64_t place);
/* False if the inode is not known at all: spares making the place. */
bool seen_known(const struct seen *s, const struct file_id *id);
/* Remembers it, in the place of an older state. Returns 0 or -ENOMEM (it is then scanned again,
 * nothing worse). */
int seen_put(struct seen *s, const struct file_id *id, uint64_t place);
void seen_clear(struct seen *s);
size_t seen_count(const struct seen *s);
