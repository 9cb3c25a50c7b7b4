/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The file `position` of a spool: how far its output has come, noted after each event, or before and after several. It
 * is overwritten in place and not synced: it outlives the process, not the power.
 */

#include <stdbool.h>
#include <stdint.h>

#define SPOOL_BOOT_SIZE 16

struct spool_position {
        uint64_t delivered; /* number of the last record of the spool that was dealt with */
        uint64_t
                handled; /* sequence number of the last event that was delivered, spooled or given up */
        uint64_t begun_from,
                begun; /* sequence numbers of events that may have been delivered unnoted */
        uint8_t boot[SPOOL_BOOT_SIZE]; /* in which that was noted: spool_position_boot() */
        bool clean; /* the output was closed after it: nothing more was delivered */
};

/* What may have been delivered without having been noted. */
enum spool_doubt {
        SPOOL_DOUBT_NONE,
        SPOOL_DOUBT_SOME, /* events: the one behind `handled`, and those begun; records: the one behind `delivered` */
        SPOOL_DOUBT_ALL, /* the host went down: the note may be as old as the last writeback */
};

/* Opens or makes the file in the directory. Returns the fd, which the caller owns, or negative
 * errno. */
int spool_position_open(int dir_fd);
/* Returns 0; -ENODATA: there is none yet; -EBADMSG: it is damaged; or another negative errno. */
int spool_position_read(int fd, struct spool_position *ret);
/* The same of a spool's directory, without making anything. */
int spool_position_look(const char *directory, struct spool_position *ret);
/* Returns 0 or negative errno. */
int spool_position_write(int fd, const struct spool_position *p);
/* The id of this boot; all zero if it is not known. */
void spool_position_boot(uint8_t ret[static SPOOL_BOOT_SIZE]);
/* Of a position that was just read. */
enum spool_doubt spool_position_doubt(const struct spool_position *p);
