/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Who wrote a file: what was known of the process when it did so. Made once for a process and shared by all that
 * it wrote; nobody changes it after that.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/clock.h"
#include "common/base/macros.h"

#define PROVENANCE_COMM_MAX 16u /* as the kernel has it, with NUL */
#define PROVENANCE_ANCESTORS_MAX 12u
#define PROVENANCE_NONE UINT32_MAX /* of ids: not known, or not set */

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
        uint64_t mount_namespace, pid_namespace, user_namespace;        /* inodes; 0: not known */
        struct provenance_ancestor ancestors[PROVENANCE_ANCESTORS_MAX]; /* the parent first */
        unsigned n_ancestors;
        int pidfd;           /* as long as not too many are held; -1 otherwise */
        char *json;          /* made by who tells of it, once; NULL: not yet */
        const char *missing; /* why something is not known: static text, or NULL */
};

/* With one reference; everything is unknown. NULL: out of memory. */
struct provenance *provenance_new(pid_t pid);
/* Keeps a copy of the process's descriptor, if there is room for one more. Before anybody else has it. */
void provenance_keep(struct provenance *p, int pidfd);
struct provenance *provenance_ref(struct provenance *p);
/* Drops one reference; accepts NULL and returns NULL. */
struct provenance *provenance_unref(struct provenance *p);
DEFINE_CLEANUP(struct provenance *, provenance_unref);
