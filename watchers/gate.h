/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The gate: who opens a file of a gated workspace waits until there is a verdict on its content, and is refused
 * (EPERM) if that offends. A fanotify group of the permission class with one mark on each file system that holds a
 * gated workspace; CAP_SYS_ADMIN, and CAP_LEASE to learn whether a file is open for writing.
 *
 * A thread of its own answers at once what needs no verdict or has one: this process's own opens, what lies outside
 * the gated workspaces, who opens only to write, a state of the file that was judged before. The rest waits: while
 * somebody else has the file open for writing, while it is empty and fresh, and until gate_verdict(). Nobody waits
 * longer than limits.deadline. The thread opens no file on a marked file system, takes no lock that is held over an
 * open, and tells nobody before it has answered.
 *
 * No lease is held: one is had and given back at each look, for some microseconds. SIGIO of one that
 * is broken in between goes to the gate's thread, which blocks all signals; nothing is asked of the process's own. Where
 * no lease can be had (no CAP_LEASE, or the file system has none) nobody is waited for who writes, and no verdict is kept.
 *
 * This process, and who is exempt, must not write to files of a workspace in place while others may have them open: their
 * opens are not looked at.
 *
 * What comes through: a mapping, or what is mapped from an fd that was opened, before the content was there; what is
 * written between the verdict on a file that somebody else is writing to and the read that it was for, and for who reads
 * it again, until the verdict is four times as old as it took, 20 ms at most; what was outside, never opened in a
 * workspace and not learned of, and reached from there by another name.
 *
 * All functions are for one thread (the event loop's); the handler is called from gate_dispatch() only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/clock.h"
#include "common/base/open.h"
#include "common/model/enums.h"
#include "common/model/provenance.h"
#include "watchers/watcher.h"

struct gate;
struct guard;

/* Somebody waits for a verdict on this state of a file. */
struct gate_request {
        uint64_t ticket;    /* for gate_verdict() */
        uint32_t workspace; /* the id that was given with it */
        const char *path; /* relative to the workspace; "" if the file has no name there any more */
        int fd; /* open for reading, and reading from it makes no events; borrowed until the call returns */
        struct file_id id; /* as it was when it was asked for */
        uint32_t mode, owner;
        bool final; /* nobody had it open for writing then: the verdict may be kept */
};

/* Somebody was refused. */
struct gate_denial {
        uint32_t workspace;
        const char *path;
        struct file_id id;
        struct provenance *who; /* borrowed; NULL: not known */
        bool late; /* not because of a verdict: there was none in time, and the policy is to refuse */
};

struct gate_handler {
        /* A verdict is wanted. Asked once for each state of a file, however many wait. */
        void (*wanted)(void *userdata, const struct gate_request *r);
        void (*denied)(void *userdata, const struct gate_denial *d);
        /* Openers were let in without a verdict since the last call (deadline passed, too many waited): how many,
         * and one path as an example. */
        void (*passed)(void *userdata, uint32_t workspace, const char *path, uint64_t how_many);
        void *userdata;
};

struct gate_limits {
        usec_t deadline; /* an opener is answered at the latest after this */
        /* while others have the file open for writing, a reader waits at most this long, and not for those who have had
         * it open for so long already; then it gets a verdict on what is there */
        usec_t hold_max;
        usec_t fresh;      /* an empty file is held while it is younger than this */
        uint64_t size_max; /* bytes: larger files are let through */
        size_t waiting_max; /* openers that wait at once; past it the workspace's `deny_late` decides */
        size_t verdicts_max; /* files whose verdict is remembered */
        usec_t ignore_age; /* files outside that only root can change or move, and that have not changed for so long,
                                make no events; 0: all do */
        struct guard *
                guard; /* watches over the gate while there are workspaces; borrowed; NULL: nobody does */
        const char *
                lock_directory; /* where file systems that have a gate are locked (gate-lock.h); NULL: not at all */
};

struct gate_workspace {
        uint32_t id;
        int root_fd; /* borrowed until it is removed */
        /* Not gated, as not watched. Called from the gate's thread; must be free of locks and side effects until the
         * workspace was removed. NULL: nothing is excluded. */
        watcher_exclude_fn exclude;
        void *exclude_userdata;
        bool deny_late; /* fail closed: without a verdict in time, refuse */
};

struct gate_stats {
        uint64_t opens;   /* events that were answered */
        uint64_t outside; /* of those: in no gated workspace */
        uint64_t known;   /* answered from a kept verdict */
        uint64_t waited;  /* had to wait for a verdict or for a writer */
        uint64_t denied;
        uint64_t passed; /* let in without a verdict */
        uint64_t larger; /* let in because they are larger than size_max */
        uint64_t
                untold; /* denials that the handler was not called for: there were too many at once */
        uint64_t waiting;  /* now */
        uint64_t verdicts; /* remembered now */
};

/* -EPERM, -ENOSYS, -EINVAL: no gate can be had here. */
int gate_new(struct gate **ret, const struct gate_handler *handler,
             const struct gate_limits *limits);
/* Everybody who waits is let in. Accepts NULL and returns NULL. */
struct gate *gate_free(struct gate *g);
/* Marks its file system. 0 or negative errno: it cannot be gated; -EBUSY: another gate has that (gate_other()). */
int gate_add_workspace(struct gate *g, const struct gate_workspace *ws);
/* The process that has the gate of the file system that was refused last with -EBUSY; 0: not known. */
pid_t gate_other(const struct gate *g);
void gate_remove_workspace(struct gate *g, uint32_t id);
/* Processes whose opens and reads are answered at once besides this one's: the scanners. n at most 64. */
void gate_set_exempt(struct gate *g, const pid_t *pids, size_t n);
/* Polls readable when the handler has to be called. */
int gate_fd(const struct gate *g);
/* 0, or the negative errno with which the thread ended: there is no gate any more. */
int gate_dispatch(struct gate *g);
/* The answer to a request; a ticket that is not waited for any more is ignored. id: the state of the file that was
 * scanned; if it is not what it is now, those who wait for it go on waiting and it is asked for again. */
void gate_verdict(struct gate *g, uint64_t ticket, const struct file_id *id, bool allow);
/* A verdict that was had in another way (the watcher saw the file written): it is kept if nobody has the file open for
 * writing; fd: the file's own, borrowed. */
void gate_learn(struct gate *g, int fd, const struct file_id *id, bool allow);
/* Rules, policy or approvals changed: no verdict that was given before counts any more. */
void gate_forget(struct gate *g);
void gate_stats(const struct gate *g, struct gate_stats *ret);
