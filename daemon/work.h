/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Files on their way through the pipeline, keyed by inode, so that two names or two events never
 * cause two scans.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "common/base/clock.h"
#include "common/base/open.h"
#include "common/model/candidate.h"
#include "common/model/provenance.h"
#include "daemon/turns.h"

struct work;

struct repository;
struct repository_question;
struct container_question;

/* Why a file is looked at. Those from WORK_EVENT on do so also if its state was scanned: the inode may have this
 * name only now, and a rename may fall between a scan and its end and then has the same ctime; or a
 * writer has closed it, and one who wrote through a mapping changed no time after the first store. */
enum work_cause {
        WORK_WALK,    /* it was found */
        WORK_CHANGED, /* it is still open, or its attributes changed */
        WORK_SWEEP,   /* it changed, and nothing told of that */
        WORK_EVENT,   /* somebody wrote it, or gave it its name */
        WORK_PEER,    /* what its names mean may have changed */
        WORK_DECIDED, /* somebody decided about it */
        WORK_GATE,    /* somebody wants to open it */
        _WORK_CAUSE_MAX,
};

/* As events have it (found_by). */
const char *work_cause_to_string(enum work_cause cause);
enum work_cause work_cause_of(enum candidate_why why);

struct work_name {
        struct work_name *next;
        uint32_t workspace;
        char path[];
};

#define WORK_NAMES_MAX 4

/* One file. Owned by the table until work_drop(). */
struct work_item {
        uint32_t workspace; /* does not change */
        char *path;         /* relative */
        char *target;       /* a symlink's, or NULL */
        int fd; /* read-only; -1: a symlink, or too many are held and it is opened when its turn
                   comes */
        struct file_id id; /* as it was when it was last opened */
        uint32_t mode, owner;
        nlink_t links;
        struct provenance *writer; /* who wrote it last, or NULL: not known */
        struct provenance
                *asked; /* whose command line a scanner was given with it (beside.c), or NULL */
        struct repository *repository;        /* in which it lies, or NULL: in none, or not known */
        struct repository_question *question; /* what a scanner was asked with it, or NULL */
        struct container_question
                *container_question; /* likewise of its writer's container, or NULL */
        bool asks_repository;        /* a scanner is to be asked with it */
        bool asks_container;         /* likewise */
        bool has_asked;              /* that was so before: once is enough */
        bool scanning;               /* a scanner has it */
        bool again;  /* named again by its path meanwhile: look once more afterwards */
        bool surely; /* then: also if that state was scanned */
        struct work_name
                *names; /* other names that it was given meanwhile: each is looked at afterwards */
        unsigned n_names;
        enum work_cause cause; /* why it is looked at */
        bool told;             /* by an event or a sweep, not found by a walk */
        bool fresh;            /* told by an event, or changed a moment before it was found */
        bool likely;           /* by its path, to be an identity artefact */
        bool for_peer;         /* only because a file that may define its names changed */
        uint64_t ticket;       /* who waits for its verdict at the gate; 0: nobody */
        bool settled;          /* nobody had it open for writing before a scanner had it */
        usec_t since;          /* monotonic: it was named */
        usec_t given;          /* monotonic: a scanner got it */
        unsigned tries;        /* scans that were void because it changed */
};

int work_new(struct work **ret);
struct work *work_free(struct work *w);

struct work_item *work_find(struct work *w, const struct file_id *id);
/* A new item; it waits for nothing yet. path is copied, fd and target are handed over (also on
 * failure). NULL: out of memory. */
struct work_item *work_add(struct work *w, const struct file_id *id, uint32_t workspace,
                           const char *path, int fd, char *target);
/* The next item of these classes (turns.h) that waits, or NULL; it stays in the table. */
struct work_item *work_next(struct work *w, unsigned classes);
bool work_any(const struct work *w, unsigned classes);
/* The item waits, in the class that its fields say: behind the others of its workspace, or before them (head: no scanner
 * had room, or it had its turn already). */
void work_wait(struct work *w, struct work_item *item, bool head);
/* Its fields say otherwise now: if it waits, it does so where it belongs. */
void work_place(struct work *w, struct work_item *item);
bool work_waits(const struct work_item *item);
void work_names_free(struct work_name *names);
/* Notes another name of the item, once. -ENOBUFS: it has WORK_NAMES_MAX already; or -ENOMEM. */
int work_name_add(struct work_item *item, uint32_t workspace, const char *path);
bool work_is_at(const struct work_item *item, uint32_t workspace, const char *path);
/* The item's inode was met at path, as st has it. What waits for a scanner has been read by nobody: it will be as it is then,
 * and nothing need be looked at twice. If it has one link, this is its only name in the workspace; under the others it has
 * gone, or its inode is another file's by now. False: that is not so here, or memory is out. */
bool work_meet(struct work *w, struct work_item *item, uint32_t workspace, const char *path,
               const struct stat *st);
/* Gives an item another identity (it was opened again). */
void work_rekey(struct work *w, struct work_item *item, const struct file_id *id);
/* Notes who wrote it; takes a reference. NULL leaves what is known. */
void work_set_writer(struct work_item *item, struct provenance *writer);
/* Closes and frees; whether it waits or not. */
void work_drop(struct work *w, struct work_item *item);
/* Puts everything that a scanner has back into the queue: the scanners are gone. */
void work_requeue_all(struct work *w);

size_t work_count(const struct work *w);
size_t work_of(const struct work *w, uint32_t workspace); /* of them, in this workspace */
size_t work_held(const struct work *w);                   /* open fds */
/* Counts an item's fd that was opened or closed by the caller. */
void work_set_fd(struct work *w, struct work_item *item, int fd);
