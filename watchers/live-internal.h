/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What the files of live.h share:
 *
 *   live.c         life of the watcher and its workspaces, dispatch, when gaps close
 *   live-events.c  what one kernel event means
 *   live-cover.c   which directory gets a watch and a node: the only place where they meet
 *   live-walk.c    which directories wait to be listed, and listing them
 */

#include <limits.h>

#include "watchers/ahead.h"
#include "watchers/gaps.h"
#include "watchers/live.h"
#include "watchers/mounts.h"
#include "watchers/settle.h"
#include "watchers/tree.h"
#include "watchers/walk.h"
#include "watchers/watcher.h"

struct live_workspace {
        UT_hash_handle hh; /* by id */
        struct live_workspace *next_removed;
        uint32_t id;
        int root_fd; /* borrowed; -1 once removed */
        watcher_exclude_fn exclude;
        void *exclude_userdata;
        struct tree_node *root;   /* NULL once lost or removed */
        struct tree_node *anchor; /* the directory above, NULL if it cannot be watched */
        struct gaps gaps;
        uint32_t generation; /* the last one given to a walk */
        size_t nodes;        /* that name this workspace as their owner; it is freed after them */
        size_t waiting;      /* nodes queued, deferred or being listed */
        usec_t busy_since;   /* since when nodes are waiting */
        bool announce;       /* a walk was asked for: say so in the next dispatch */
        bool whole;          /* a walk from the root is going on */
        bool armed;          /* the source was told of its root */
        bool removed;
};

struct live_queue {
        struct tree_node *first, *last;
        size_t n;
};

struct live_watcher {
        struct watcher base;
        struct watcher_handler handler;
        struct watcher_limits limits;
        struct watcher_stats counters; /* events, candidates, overflows and walked */
        int epoll_fd;                  /* what the owner polls: the two below */
        int fd;                        /* the source's queue */
        const struct live_source *source;
        void *events;         /* what the source keeps */
        struct mounts mounts; /* without /proc: none */
        usec_t mounts_at; /* when the mount table is to be read; USEC_INFINITY: it has not changed
                           */
        struct live_workspace *workspaces;
        struct live_workspace *removed; /* a list; freed after their last node */
        struct tree tree;
        struct settle *settle;

        struct live_queue stack;    /* to be listed, newest first */
        struct live_queue deferred; /* to be listed when there is room */
        usec_t retry; /* when what was deferred is tried again; USEC_INFINITY: when there is room */
        struct walk walk;          /* the listing that goes on */
        struct tree_node *walking; /* its directory, referenced */
        uint32_t listing; /* for which generation; what the node says may be forgotten meanwhile */
        bool incomplete;  /* it had to skip directories: no room */
        size_t kept, kept_max; /* directories on the stack that are open */
        struct ahead *ahead;   /* of a whole walk; NULL: not now */
        usec_t next_poll;      /* USEC_INFINITY: every directory has its watch */
        bool more;             /* the last dispatch left events unread */

        usec_t now;                /* as dispatch was told */
        struct provenance *writer; /* of the event that is looked at, or NULL */
        char path[PATH_MAX];       /* of what is being handed over */
};

/* live.c */

/* Hands the file over unless it is excluded or its directory is gone. seen may be NULL. */
void live_emit(struct live_watcher *w, struct tree_node *dir, const char *name,
               enum candidate_why why, const struct file_id *seen);
bool live_is_excluded(struct live_watcher *w, const struct tree_node *dir, const char *name);
void live_gap(struct live_watcher *w, struct live_workspace *ws, enum reason reason,
              const char *path);
/* The root is not there any more: lets go of everything below and tells the owner, once. */
void live_root_lost(struct live_watcher *w, struct live_workspace *ws);
bool live_root_is_gone(const struct live_workspace *ws);

/* live-events.c */

/* Reads until the queue is empty (returns 1) or the slice is over (0), or returns negative errno.
 */
int live_events_read(struct live_watcher *w, usec_t until);
/* Hands over what has settled, at most until the slice is over. */
void live_events_settle(struct live_watcher *w, usec_t until);

/* live-cover.c */

/* Something may have changed at parent/name (a directory made, moved there, met by a listing):
 * looks, places a watch, and makes the tree agree. parent_fd: parent opened, or -1 to go by its
 * path. *ret_node: the node of the directory that is there, NULL if none is to be watched or polled
 * there. *ret_fd: that directory, opened to be listed; -1 without a node. Returns 1 if the node is
 * new or has come from elsewhere, 0 otherwise. Whatever stands in the way is noted as a gap or
 * deferred. */
int live_cover(struct live_watcher *w, struct tree_node *parent, int parent_fd, const char *name,
               struct tree_node **ret_node, int *ret_fd);
/* The same for a directory that is open already (O_PATH or for reading); borrows fd. sure: it was looked up in the parent
 * itself and not by a path, which may be another's by now. */
int live_cover_opened(struct live_watcher *w, struct tree_node *parent, const char *name, int fd,
                      const char *path, bool sure, struct tree_node **ret_node);
/* Looks whether the node's directory is still where the tree has it; drops the node if not. */
void live_cover_verify(struct live_watcher *w, struct tree_node *node, int parent_fd);
/* Watches the directory that is open as fd; see the source. -ENOSPC: none to be had. */
int live_cover_watch(struct live_watcher *w, int fd, bool above);
/* Notes that a watch was not to be had: a gap, and a timer for the next try. */
void live_cover_lacks_watch(struct live_watcher *w, struct live_workspace *ws, const char *path);
/* Why the directory at path below parent could not be opened, watched or listed: a gap of the
 * workspace, another try later, or nothing when it has merely gone. */
void live_cover_failed(struct live_watcher *w, struct tree_node *parent, const char *path,
                       int error);
/* What is directly below the node was looked for by its path and was not there, or was another's: one of those above may be
 * elsewhere just now, and back before anybody looks, and nothing would tell of what is let go of meanwhile. Whoever
 * meets one of them lists it. The root, which may not move, is listed as a whole or not at all. */
void live_cover_astray(struct live_watcher *w, struct tree_node *node);
bool live_cover_has_room(const struct live_watcher *w);

/* live-walk.c */

/* The directory is to be listed. deep: with all below it, whether listed before or not. */
void live_walk_want(struct live_watcher *w, struct tree_node *node, bool deep);
/* The same for one that live_cover() has just opened and watched: need not be done again if its turn comes
 * soon. *fd is taken over, or left to the caller. */
void live_walk_want_opened(struct live_watcher *w, struct tree_node *node, bool deep, int *fd);
/* What somebody found in the directory before its turn is not enough: it has to be listed in its turn. */
void live_walk_forget(struct live_watcher *w, struct tree_node *node);
/* The directory is as if it had been listed just now. */
void live_walk_spare(struct tree_node *node);
/* The directory is to be listed when there is room, and not before the given time; opens a
 * WORK_LIMIT gap. */
void live_walk_defer(struct live_watcher *w, struct tree_node *node, usec_t not_before);
/* The whole workspace is to be walked again. */
void live_walk_whole(struct live_watcher *w, struct live_workspace *ws);
/* Lists for a moment. */
void live_walk_slice(struct live_watcher *w);
bool live_walk_is_due(const struct live_watcher *w);
/* Nothing is queued, and nothing listed. */
void live_walk_init(struct live_watcher *w);
/* Lets go of every queue. */
void live_walk_done(struct live_watcher *w);
size_t live_walk_pending(const struct live_watcher *w);

static inline struct live_workspace *live_owner(const struct tree_node *node)
{
        return node->owner;
}
