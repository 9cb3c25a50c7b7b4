/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What waits on disk for one output: a directory of files of records (spool-record.h) and the note
 * of how far the output has come (spool-position.h).
 *
 *      STATE/spool/OUTPUT/position
 *      STATE/spool/OUTPUT/P-NNNNNNNNNNNNNNNNNNNN       priority, number of the first record
 *
 * Files are only appended to, by the run that made them, and are deleted when all of their records
 * have been dealt with. There is one row of files for each priority, so that what is least important
 * can be given up by deleting a file; records are delivered in the order of their numbers, whatever
 * row they are in.
 *
 * Nothing here waits for the disk by itself: appending is one write(2) into the page cache, which
 * outlives the process but not the power, and spool_sync() is called by who can wait. Not locked: it
 * belongs to one output's thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/macros.h"
#include "common/model/event.h"
#include "daemon/sinks/loss.h"

struct spool;

struct spool_stats {
        uint64_t records; /* that wait */
        uint64_t bytes;   /* of the files */
};

/* Opens the directory, which is made (0700) if its parent is there or can be made, and reads what an
 * earlier run left. max: bytes of all files together; never exceeded. What has to be given up at once,
 * because the bound is lower than it was, is added to *loss. Returns 0 or negative errno. */
int spool_open(struct spool **ret, const char *directory, uint64_t max, struct sink_loss *loss);
/* Syncs and frees. clean: nothing was delivered beyond what was noted. What the run before left in doubt, and nobody has read
 * yet, remains so. Accepts NULL, returns NULL. */
struct spool *spool_close(struct spool *s, bool clean);
/* Frees, and nothing else: as if the process had ended here. */
struct spool *spool_abandon(struct spool *s);
DEFINE_CLEANUP(struct spool *, spool_abandon);
#define _cleanup_spool_ _cleanup_(spool_abandonp)

/* Another bound; what does not fit is given up at the next append. */
void spool_set_max(struct spool *s, uint64_t max);

/* Appends the event; what has to be given up for it is added to *loss. Returns 0; -ENOBUFS: all that
 * is there is more important, or the event is too large; another negative errno: the disk does not
 * take it, and nothing has changed. */
int spool_append(struct spool *s, const struct event *e, struct sink_loss *loss);

bool spool_is_empty(const struct spool *s);
/* The oldest event, which stays the spool's until spool_advance(), spool_append() or
 * spool_abandon(). It has FIELD_REDELIVERED if it may have been delivered before. Records that are
 * damaged or cannot be read are passed over and added to *loss. Returns 1, 0: nothing is left, or
 * -ENOMEM. */
int spool_peek(struct spool *s, const struct event **ret, struct sink_loss *loss);
/* What was peeked at is dealt with. */
void spool_advance(struct spool *s);

/* Several events, from one sequence number to the other, may be delivered without being noted one by one. False: they may
 * not, since it is not known yet how far the output has come: the first has to be noted. */
bool spool_begin(struct spool *s, uint64_t from, uint64_t to);
/* All events up to this sequence number were delivered, appended or given up; at_once: so that a crash leaves none of
 * these in doubt, although several were begun. */
void spool_note(struct spool *s, uint64_t seq, bool at_once);
/* Whether something was appended since the last sync. */
bool spool_is_dirty(const struct spool *s);
/* Returns 0 or negative errno. */
int spool_sync(struct spool *s);

void spool_stats(const struct spool *s, struct spool_stats *ret);

/* Deletes the files and the directory. What waited is added to *loss. */
void spool_remove(struct spool *s, const char *directory, struct sink_loss *loss);
