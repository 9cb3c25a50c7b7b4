/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The one interface to what sees files change. A watcher turns kernel events and directory listings
 * into candidates and coverage gaps; it knows nothing of secrets, policy or quarantine, opens no
 * file for reading, and keeps no content.
 *
 * Contract (tests/contract holds every back end to it, with a plain walk as oracle): for each
 * regular file or symlink below a workspace that is not excluded, after the tree has been quiet for
 * the settle time, its final content has been handed over as a candidate at least once since it
 * last changed, or a gap for the workspace is open. Gaps open before anything is missed silently
 * and close only after the tree was walked again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/model/agents.h"
#include "common/model/candidate.h"
#include "common/model/enums.h"

struct watcher;

/* What a watcher tells. Called from watcher_dispatch() only; must not call back into the watcher
 * except watcher_remove_workspace(). */
struct watcher_handler {
        void (*candidate)(void *userdata, const struct candidate *c);
        /* A gap of this reason opened (open) or closed for the workspace; detail is one printable
         * line for people, or NULL. At most one gap of a reason is open for a workspace at a time.
         */
        void (*gap)(void *userdata, uint32_t workspace, enum reason reason, bool open,
                    const char *detail);
        /* The root of the workspace was deleted, moved away or unmounted: its watches are gone. The
         * owner calls watcher_remove_workspace() (now or later). */
        void (*root_lost)(void *userdata, uint32_t workspace);
        void *userdata;
};

struct watcher_limits {
        usec_t settle;        /* quiet time after which a file that was changed but not closed is a
                                 candidate */
        usec_t settle_max;    /* while writes go on, it is one at least this often */
        usec_t poll_interval; /* how often directories without a watch are walked */
        size_t pending_max;   /* unsettled files and directories waiting to be walked, over all
                                 workspaces */
        unsigned depth_max;   /* directories below the root */
        size_t watches_max;   /* 0: as many as the kernel gives; tests set it to reach the limit */
        usec_t walk_slice; /* for so long a walk goes on by itself; 0: 3 ms; tests set it to have threads go ahead of it */
        bool ignore_own; /* what this process does itself need not be told, where it can be told apart */
};

/* True if the directory or file at this path relative to the workspace's root is not to be looked
 * at. */
typedef bool (*watcher_exclude_fn)(void *userdata, const char *path);

struct watcher_workspace {
        uint32_t id;
        int root_fd; /* O_PATH or O_RDONLY directory; borrowed until the workspace is removed */
        const char *path;           /* absolute, for messages and /proc; copied */
        watcher_exclude_fn exclude; /* NULL: nothing is excluded */
        void *exclude_userdata;
};

struct watcher_stats {
        uint64_t events;     /* kernel events read */
        uint64_t candidates; /* handed over */
        uint64_t overflows;
        uint64_t directories; /* watched now */
        uint64_t polled;      /* directories that have no watch and are walked on a timer */
        uint64_t walked;      /* directory entries listed since the start */
        uint64_t
                pending; /* unsettled files and directories waiting to be walked, and one for events on their way */
};

/* One back end. Every function returns 0 or negative errno unless it says otherwise. */
struct watcher_vtable {
        const char *name; /* "inotify" */
        int (*new)(struct watcher **ret, const struct watcher_handler *handler,
                   const struct watcher_limits *limits);
        struct watcher *(*free)(struct watcher *w);
        /* Starts to watch; the tree is then walked by later dispatches, a WALK_RUNNING gap is open
         * until that is done. -ENOSPC is not an error here: what cannot be watched is polled, with
         * a gap. */
        int (*add_workspace)(struct watcher *w, const struct watcher_workspace *ws);
        void (*remove_workspace)(struct watcher *w, uint32_t id);
        /* Walks the workspace again and hands over every file in it. */
        int (*rewalk)(struct watcher *w, uint32_t id);
        /* The directory that is open as fd (borrowed) is the caller's own, and so is all that happens to what is directly
         * in it: where the kernel can be told so, it makes no events of that. One that is watched, now or later, is
         * not ignored. 128 at most; more are not. */
        void (*ignore)(struct watcher *w, int fd);
        /* The agents that the configuration names, from now on; a reference is taken, NULL: none. For back ends that are
         * told who writes. */
        void (*set_agents)(struct watcher *w, struct agents *agents);
        /* fd that polls readable when there are kernel events */
        int (*fd)(struct watcher *w);
        /* Point in time (monotonic) at which dispatch wants to be called even without events: 0 at
         * once, USEC_INFINITY never. */
        usec_t (*deadline)(struct watcher *w);
        /* Reads what the kernel has, hands over what is due, and walks a bounded slice (a few
         * milliseconds) of what waits to be walked. Kernel events go first. */
        int (*dispatch)(struct watcher *w, usec_t now);
        void (*stats)(const struct watcher *w, struct watcher_stats *ret);
};

/* All back ends (common/model/watchers.def); NULL if there is none of that name. */
const struct watcher_vtable *watcher_by_name(const char *name);

/* Convenience over the vtable: a watcher of struct watcher_vtable begins with its vtable pointer.
 */
struct watcher {
        const struct watcher_vtable *vtable;
};
