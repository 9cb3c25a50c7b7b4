/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* One row of a spool's files: those of one priority, oldest first. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/sinks/loss.h"
#include "daemon/sinks/spool-record.h"

struct spool_file {
        TAILQ_ENTRY(spool_file) entry;
        uint64_t first;   /* number of its first record: its name */
        uint64_t bytes;   /* its size */
        uint64_t records; /* good ones that wait */
        uint64_t seq_from, seq_to;
        uint64_t read_at; /* what comes next stands there */
        uint32_t read_index, next_index;
        int fd;       /* -1: not open */
        bool appends; /* this run made it, and it is not full */
        bool dirty;   /* not synced */
};

TAILQ_HEAD(spool_files, spool_file);

struct spool_row {
        struct spool_files files;
        int dir_fd; /* borrowed */
        int priority;
        uint64_t bytes, records; /* of all files */
        uint64_t last_seq;       /* of the record read last; 0: none was */
        struct spool_record
                head; /* of the record that comes next, if loaded; its payload is in scan */
        bool loaded;
        struct spool_scan scan;
};

void spool_row_init(struct spool_row *row, int dir_fd, int priority);
/* Closes the files; what is on disk stays. */
void spool_row_done(struct spool_row *row);

/* Takes up a file that an earlier run left; they come in the order of their names. Records up to
 * number `delivered` do not wait any more. *ret_last: number of its last record, 0: it has none.
 * Returns 0 (also if it is no file of ours, which then stays where it is) or -ENOMEM. */
int spool_row_adopt(struct spool_row *row, uint64_t first, uint64_t delivered, uint64_t *ret_last);

/* Writes a record whose payload is made; number and seq are given. A file has at most file_max bytes
 * unless it has one record only. Returns 0 or negative errno: nothing has changed then. */
int spool_row_append(struct spool_row *row, struct buffer *record, uint64_t number, uint64_t seq,
                     uint64_t file_max);

/* Loads the record that comes next; damaged ones before it are added to *loss. Returns 1, 0: none is
 * left, or -ENOMEM. */
int spool_row_load(struct spool_row *row, struct sink_loss *loss);
/* The record that was loaded is dealt with. */
void spool_row_next(struct spool_row *row);
/* Gives up the oldest file. */
void spool_row_drop(struct spool_row *row, struct sink_loss *loss);

/* Makes durable what was appended. Returns 0 or negative errno. */
int spool_row_sync(struct spool_row *row);
bool spool_row_is_dirty(const struct spool_row *row);
