/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the files of the gate share. Who uses it: watchers/gate*.c. */

#include <limits.h>
#include <pthread.h>

#include "watchers/gate-opener.h"
#include "watchers/gate-table.h"
#include "watchers/gate.h"

#define GATE_WORKSPACES_MAX 64u
#define GATE_EXEMPT_MAX 128u

/* A workspace; whoever still looks at one that was removed has a reference. */
struct gate_ws {
        _Atomic unsigned refs;
        uint32_t id;
        int root_fd;       /* a copy */
        uint64_t dev;      /* of the root directory: st_dev */
        dev_t sb_dev;      /* of the file system, as the mount table has it */
        uint64_t mount_id; /* of the mount that it is on */
        int cover_fd; /* a mount of that file system, to look up its files in; -1: none leads there */
        char *cover_root; /* what of the file system that shows */
        char *in_fs;      /* the path in the file system; the thread's own once it is added */
        watcher_exclude_fn exclude;
        void *exclude_userdata;
        bool deny_late;
        /* under the lock */
        bool removed;
        uint64_t passed; /* since the last call of the handler */
        char example[256];
};

/* From the thread to who dispatches. */
enum gate_notice_kind { GATE_NOTICE_WANTED, GATE_NOTICE_DENIED };

struct gate_notice {
        struct gate_notice *next;
        enum gate_notice_kind kind;
        uint64_t ticket;
        uint32_t workspace, mode, owner;
        struct file_id id;
        struct provenance *who; /* a reference */
        int fd;                 /* owned */
        bool final, late;
        char path[];
};

/* And back. */
enum gate_command_kind { GATE_COMMAND_VERDICT, GATE_COMMAND_LEARN };

struct gate_command {
        struct gate_command *next;
        enum gate_command_kind kind;
        uint64_t ticket, generation;
        struct file_id id;
        int fd; /* owned */
        bool allow;
};

struct gate_counts {
        _Atomic uint64_t opens, outside, known, waited, denied, passed, larger, untold, waiting,
                verdicts;
};

/* Of a file system that is marked. */
struct gate_lock {
        dev_t dev;
        int fd;
};

struct gate {
        struct gate_handler handler;
        struct gate_limits limits;
        pid_t pid;
        _Atomic int fd; /* fanotify */
        int wake_fd;    /* for who dispatches */
        int command_fd; /* for the thread: there is something to do */
        bool started;
        pthread_t thread;
        _Atomic int error;
        _Atomic bool stop;
        _Atomic uint64_t generation; /* of the rules */
        _Atomic uint64_t version;    /* of the list of workspaces and of who is exempt */
        struct gate_counts counts;
        /* whoever adds and removes workspaces */
        struct gate_lock locks[GATE_WORKSPACES_MAX];
        size_t n_locks;
        pid_t other;
        pthread_mutex_t lock; /* of what follows; never held over a call that may wait */
        struct gate_ws *workspaces[GATE_WORKSPACES_MAX];
        size_t n_workspaces;
        pid_t exempt[GATE_EXEMPT_MAX];
        size_t n_exempt;
        struct gate_notice *notices, **last_notice;
        size_t n_denials;
        struct gate_command *commands, **last_command;
        size_t n_learned;
};

/* --- gate-tell.c: the two queues -------------------------------------------------------------- */

struct gate_notice *gate_notice_new(const char *path);
struct gate_notice *gate_notice_free(struct gate_notice *n);
/* Takes it over. */
void gate_tell(struct gate *g, struct gate_notice *n);
void gate_tell_passed(struct gate *g, struct gate_ws *ws, const char *path);
/* All that there is, for who dispatches; freed by it. */
struct gate_notice *gate_take_notices(struct gate *g);
/* Takes the fd over. */
void gate_order(struct gate *g, const struct gate_command *command);
struct gate_command *gate_take_commands(struct gate *g);
struct gate_command *gate_command_free(struct gate_command *c);
void gate_wake(int event_fd);

/* --- gate-place.c ----------------------------------------------------------------------------- */

struct gate_mount;

/* Where files lie; the thread's own. */
struct gate_place {
        int mounts_fd; /* the own mount table; told of changes once: EPOLLPRI */
        bool stale;
        struct gate_mount *mounts;
        size_t n_mounts, alloc;
        struct gate_ws *list[GATE_WORKSPACES_MAX]; /* with a reference each */
        size_t n;
        /* of what was found to be outside last: its path below a mount of ours; NULL: none was needed */
        const struct gate_ws *found_cover;
        char found[PATH_MAX];
};

/* What one call tells of the file of an event. */
struct gate_look {
        struct gate_key key;
        int64_t born_ns, changed_ns;
        struct file_id state;
        uint64_t mount; /* a number that is not given again; 0: there is none (Linux 6.8) */
        uint32_t mode, owner, links;
        /* gate_look_writer() */
        bool writer; /* somebody has it open for writing */
        bool sure;   /* that could be found out */
};

enum gate_where { GATE_OUTSIDE, GATE_EXCLUDED, GATE_INSIDE };

int gate_place_init(struct gate_place *p);
void gate_place_done(struct gate_place *p);
/* The mount table has changed since it was asked last. */
void gate_place_check(struct gate_place *p);
/* Takes over the references. */
void gate_place_set(struct gate_place *p, struct gate_ws *const *list, size_t n);
struct gate_ws *gate_place_workspace(const struct gate_place *p, uint32_t id);
/* Where the file is. Inside is also what cannot be shown to be outside. ret_path: relative to the workspace, "": it has
 * no name there; PATH_MAX bytes. */
enum gate_where gate_place_find(struct gate_place *p, struct gate *g, int fd,
                                const struct gate_look *l, pid_t opener, struct gate_ws **ret,
                                char *ret_path);
/* Fills in where the workspace is, by its root_fd. 0 or negative errno. */
int gate_place_locate(struct gate_ws *ws);

struct gate_ws *gate_ws_ref(struct gate_ws *ws);
struct gate_ws *gate_ws_unref(struct gate_ws *ws);

/* --- gate-judge.c ----------------------------------------------------------------------------- */

/* Somebody who waits, or has just come. */
struct gate_waiter {
        struct gate_waiter *next;           /* of the same file; or free */
        struct gate_waiter *before, *after; /* of all, in the order in which they came */
        struct gate_file *file;
        int fd;       /* of the event; owned */
        pid_t opener; /* its thread */
        bool reads;   /* from an fd that it has; otherwise it opens the file */
        bool asked_how;
        enum gate_opener how;
        bool alone;          /* how is not known, but nobody else is known to write */
        bool held;           /* until who writes has closed it, or it is not fresh any more */
        uint64_t ticket;     /* of the verdict that it waits for */
        usec_t arrived, due; /* to be looked at again, if it is held */
};

enum gate_answer { GATE_ALLOW, GATE_DENY, GATE_HOLD, GATE_ASK };

/* False: it could not be looked at. */
bool gate_look(int fd, struct gate_look *ret);
/* Whether somebody has the file open for writing. owner: the thread that a signal about it would go to. */
void gate_look_writer(int fd, pid_t owner, struct gate_look *l);
/* What is to be done with who waits, or has come, as the file is now. */
enum gate_answer gate_judge(const struct gate *g, struct gate_file *f, const struct gate_look *l,
                            struct gate_waiter *w, usec_t now);
/* The verdict on what was asked has come; as gate_judge(), and GATE_ASK: once more. */
enum gate_answer gate_judge_again(const struct gate *g, struct gate_file *f,
                                  const struct gate_look *l, struct gate_waiter *w, uint64_t ticket,
                                  usec_t now);
/* Takes notice of whether somebody has it open for writing: what is known holds no longer than that. */
void gate_note_writer(struct gate_file *f, const struct gate_look *l, usec_t now);

/* --- gate-outside.c ---------------------------------------------------------------------------- */

struct gate_outside {
        int fd;            /* fanotify: what was ignored has moved; -1: nothing is ignored */
        usec_t not_before; /* nothing is ignored until then */
};

/* 0 or negative errno: nothing can be ignored. */
int gate_outside_init(struct gate_outside *o);
void gate_outside_done(struct gate_outside *o);
/* Opening the file makes no more events, if that is safe. */
void gate_outside_ignore(struct gate_outside *o, const struct gate *g, struct gate_place *p, int fd,
                         const struct gate_look *l, usec_t now);
/* Everything makes events again. */
void gate_marks_flush(struct gate_outside *o, const struct gate *g, struct gate_table *t,
                      usec_t now);
/* Reading the file makes no events (on), or does again. */
bool gate_quiet(const struct gate *g, int fd, bool on);

/* --- gate-thread.c ---------------------------------------------------------------------------- */

void *gate_run(void *gate);
