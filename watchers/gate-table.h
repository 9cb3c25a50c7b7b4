/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The files that were opened in gated workspaces, by inode, with the last verdict on each: they stay known when they are
 * renamed or linked out. As many as may be; then who was asked for longest ago goes, but nobody that is waited for. For
 * one thread.
 */

#include <stdbool.h>

#include "common/base/clock.h"
#include "common/base/open.h"
#include "common/base/table.h"

struct gate_waiter;

struct gate_key {
        uint64_t dev, ino;
};

/* What was asked for. */
struct gate_asked {
        uint64_t ticket; /* 0: nothing */
        struct file_id state;
        uint64_t generation; /* of the rules */
        usec_t at;
        int fd; /* of the file; owned */
        /* Nobody had it open for writing then, nor since. */
        bool final;
};

struct gate_file {
        UT_hash_handle hh;
        struct gate_key key;
        int64_t born_ns; /* another inode of this number was made at another time; 0: not known */
        struct gate_file *older, *newer;
        uint32_t workspace;
        char *path; /* that it had when it was last looked for, for who is told of it; or NULL */
        /* the verdict */
        bool judged, allow;
        bool final; /* nobody has had it open for writing since: it holds as long as the state is this */
        struct file_id state;
        uint64_t generation;
        usec_t judged_at, took;
        bool quiet; /* reading it makes no events while the verdict is final */
        usec_t writer_since; /* who has it open for writing came last then, or was seen first; 0: nobody has */
        bool idle; /* nobody had it open for writing, and nobody came since that may write */
        struct gate_asked asked;
        struct gate_waiter *waiters;
};

/* Takes note of where the file is. */
void gate_file_set_path(struct gate_file *f, const char *path);

struct gate_table {
        struct gate_file *by_key;
        struct gate_file *oldest, *newest;
        size_t n, max;
        struct gate_file **asked; /* by the low bits of the ticket */
        size_t asked_max, asked_next;
        uint64_t asked_n; /* since the start */
};

/* max: files; asked_max: how many may be asked about at once. 0 or -ENOMEM. */
int gate_table_init(struct gate_table *t, size_t max, size_t asked_max);

struct gate_file *gate_table_find(struct gate_table *t, const struct gate_key *key);
/* One more, in place of the oldest if there are too many. NULL: out of memory. */
struct gate_file *gate_table_add(struct gate_table *t, const struct gate_key *key);
/* It is asked for again: it goes last. */
void gate_table_touch(struct gate_table *t, struct gate_file *f);
void gate_table_remove(struct gate_table *t, struct gate_file *f);
/* The file that is asked about under this number. */
struct gate_file *gate_table_asked(struct gate_table *t, uint64_t ticket);
/* Notes what is asked, under a new number; takes the fd over. False: too many are asked about that somebody waits for. */
bool gate_table_ask(struct gate_table *t, struct gate_file *f, const struct gate_asked *asked);
/* Nothing is asked any more. */
void gate_table_answered(struct gate_table *t, struct gate_file *f);
void gate_table_done(struct gate_table *t);
