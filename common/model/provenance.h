/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Who wrote a file: what was known of the process when it did so. Made once for a process and shared by all that
 * it wrote; nobody changes it after that, but for what is said of it, which is the event loop's alone.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/clock.h"
#include "common/base/macros.h"
#include "common/base/proc.h"

#define PROVENANCE_COMM_MAX PROC_COMM_MAX
#define PROVENANCE_ANCESTORS_MAX 12u
#define PROVENANCE_NONE UINT32_MAX /* of ids: not known, or not set */

struct event;
struct container_facts;
struct mount_view;

struct provenance_ancestor {
        pid_t pid;
        char comm[PROVENANCE_COMM_MAX];
        char *exe; /* or NULL */
};

struct provenance {
        _Atomic unsigned refs;
        pid_t pid;
        usec_t started; /* since boot; 0: not known */
        uint32_t uid, gid;
        uint32_t login_uid; /* PROVENANCE_NONE: not logged in, or not known */
        uint32_t session;   /* of audit; likewise */
        char comm[PROVENANCE_COMM_MAX];
        char *exe;       /* NULL: see missing */
        char *cgroup;    /* in the unified hierarchy, "/" and what is below */
        char *unit;      /* of systemd, or NULL: none */
        char *container; /* id or name, or NULL: none */
        char *terminal;  /* "pts/3", or NULL: none */
        char *agent;     /* of agents.def or the configuration's; NULL: none known */
        uint64_t mount_namespace, pid_namespace, user_namespace; /* inodes; 0: not known */
        uint64_t
                mount_namespace_id; /* never given again, as inodes are; 0: not known (Linux 6.11) */
        bool elsewhere;             /* its mount namespace is not the host's */
        struct mount_view *mounts;  /* of it then; NULL: see mounts_missing */
        const char *mounts_missing;                                     /* static text */
        struct provenance_ancestor ancestors[PROVENANCE_ANCESTORS_MAX]; /* the parent first */
        unsigned n_ancestors;
        /* The command line: as it was read, until a scanner has masked it; wiped then. */
        char *raw_command;
        size_t raw_command_size;
        bool raw_command_cut;
        int pidfd;           /* as long as not too many are held; -1 otherwise */
        const char *missing; /* why something is not known: static text, or NULL */
        /* the event loop's */
        char *command;               /* masked; NULL: not known */
        bool command_clean;          /* nothing in it had to be masked */
        const char *command_missing; /* why: static text, or NULL */
        struct container_facts
                *container_facts; /* what the runtime says of its container; NULL: not asked yet */
        char *json;               /* made by who tells of it; NULL: not yet */
        struct event *told;       /* likewise: the fields of an event about it */
};

#define PROVENANCE_COMMAND_MAX 4096u /* bytes that are read of a command line */

/* With one reference; everything is unknown. NULL: out of memory. */
struct provenance *provenance_new(pid_t pid);
/* Keeps a copy of the process's descriptor, if there is room for one more. Before anybody else has it. */
void provenance_keep(struct provenance *p, int pidfd);
/* Takes over what was read, n bytes; at most PROVENANCE_COMMAND_MAX are kept. Before anybody else has it. */
void provenance_set_raw_command(struct provenance *p, char *raw, size_t n);
/* The command line as it may be shown (copied), once, and whether nothing in it had to be masked. What was read is wiped. For
 * the event loop, as the next one. */
void provenance_set_command(struct provenance *p, const char *shown, bool clean);
/* Why it is not known (static text), likewise. */
void provenance_miss_command(struct provenance *p, const char *missing);
/* What is known of its container from now on; a reference is taken. For the event loop. */
void provenance_set_container(struct provenance *p, struct container_facts *facts);
struct provenance *provenance_ref(struct provenance *p);
/* Drops one reference; accepts NULL and returns NULL. */
struct provenance *provenance_unref(struct provenance *p);
DEFINE_CLEANUP(struct provenance *, provenance_unref);
