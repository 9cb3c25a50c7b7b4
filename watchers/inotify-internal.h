/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What the files of the inotify back end share:
 *
 *   inotify.c         life of the watcher and its workspaces, dispatch, when gaps close
 *   inotify-events.c  what one kernel event means
 *   inotify-cover.c   which directory gets a watch and a node: the only place where they meet
 *   inotify-walk.c    which directories wait to be listed, and listing them
 */

#include <limits.h>
#include <sys/inotify.h>

#include "watchers/gaps.h"
#include "watchers/mounts.h"
#include "watchers/settle.h"
#include "watchers/tree.h"
#include "watchers/walk.h"
#include "watchers/watcher.h"

/* Names that appear, content and attributes that change; for a directory whose entries vanish there
 * is nothing to do. */
#define INOTIFY_COVER_MASK                                                                 \
        (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | \
         IN_DELETE_SELF)

#define INOTIFY_EVENTS_BUFFER ((size_t)64 * 1024)

struct inotify_workspace {
        UT_hash_handle hh; /* by id */
        struct inotify_workspace *next_removed;
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
        bool removed;
};

struct inotify_queue {
        struct tree_node *first, *last;
        size_t n;
};

struct inotify_watcher {
        struct watcher base;
        struct watcher_handler handler;
        struct watcher_limits limits;
        struct watcher_stats counters; /* events, candidates, overflows and walked */
        int epoll_fd;                  /* what the owner polls: the two below */
        int fd;                        /* inotify */
        struct mounts mounts;          /* without /proc: none */
        usec_t mounts_at; /* when the mount table is to be read; USEC_INFINITY: it has not changed
                           */
        struct inotify_workspace *workspaces;
        struct inotify_workspace *removed; /* a list; freed after their last node */
        struct tree tree;
        struct settle *settle;

        struct inotify_queue stack;    /* to be listed, newest first */
        struct inotify_queue deferred; /* to be listed when there is room */
        usec_t retry; /* when what was deferred is tried again; USEC_INFINITY: when there is room */
        struct walk walk;          /* the listing that goes on */
        struct tree_node *walking; /* its directory, referenced */
        bool incomplete;           /* it had to skip directories: no room */
        usec_t next_poll;          /* USEC_INFINITY: every directory has its watch */
        bool more;                 /* the last dispatch left events unread */

        usec_t now; /* as dispatch was told */
        char *buffer;
        char path[PATH_MAX]; /* of what is being handed over */
};

/* inotify.c */

/* Hands the file over unless it is excluded or its directory is gone. seen may be NULL. */
void inotify_emit(struct inotify_watcher *w, struct tree_node *dir, const char *name,
                  enum candidate_why why, const struct file_id *seen);
void inotify_gap(struct inotify_watcher *w, struct inotify_workspace *ws, enum reason reason,
                 const char *path);
/* The root is not there any more: lets go of everything below and tells the owner, once. */
void inotify_root_lost(struct inotify_watcher *w, struct inotify_workspace *ws);
bool inotify_root_is_gone(const struct inotify_workspace *ws);

/* inotify-events.c */

/* Reads until the queue is empty (returns 1) or the slice is over (0), or returns negative errno.
 */
int inotify_events_read(struct inotify_watcher *w, usec_t until);
/* Hands over what has settled, at most until the slice is over. */
void inotify_events_settle(struct inotify_watcher *w, usec_t until);

/* inotify-cover.c */

/* Something may have changed at parent/name (a directory made, moved there, met by a listing):
 * looks, places a watch, and makes the tree agree. parent_fd: parent opened, or -1 to go by its
 * path. *ret_node: the node of the directory that is there, NULL if none is to be watched or polled
 * there. Returns 1 if the node is new or has come from elsewhere, 0 otherwise. Whatever stands in
 * the way is noted as a gap or deferred. */
int inotify_cover(struct inotify_watcher *w, struct tree_node *parent, int parent_fd,
                  const char *name, struct tree_node **ret_node);
/* The same for a directory that is open already (O_PATH or for reading); borrows fd. */
int inotify_cover_opened(struct inotify_watcher *w, struct tree_node *parent, const char *name,
                         int fd, const char *path, struct tree_node **ret_node);
/* Looks whether the node's directory is still where the tree has it; drops the node if not. */
void inotify_cover_verify(struct inotify_watcher *w, struct tree_node *node, int parent_fd);
/* Watches what /proc/self/fd of fd leads to. Returns the descriptor, or negative errno: -ENOSPC
 * none to be had. */
int inotify_cover_watch(struct inotify_watcher *w, int fd, uint32_t mask);
/* Notes that a watch was not to be had: a gap, and a timer for the next try. */
void inotify_cover_lacks_watch(struct inotify_watcher *w, struct inotify_workspace *ws,
                               const char *path);
/* Why the directory at path below parent could not be opened, watched or listed: a gap of the
 * workspace, another try later, or nothing when it has merely gone. */
void inotify_cover_failed(struct inotify_watcher *w, struct tree_node *parent, const char *path,
                          int error);
bool inotify_cover_has_room(const struct inotify_watcher *w);

/* inotify-walk.c */

/* The directory is to be listed. deep: with all below it, whether listed before or not. */
void inotify_walk_want(struct inotify_watcher *w, struct tree_node *node, bool deep);
/* The directory is to be listed when there is room, and not before the given time; opens a
 * WORK_LIMIT gap. */
void inotify_walk_defer(struct inotify_watcher *w, struct tree_node *node, usec_t not_before);
/* The whole workspace is to be walked again. */
void inotify_walk_whole(struct inotify_watcher *w, struct inotify_workspace *ws);
/* Lists until the slice is over. Returns true if nothing is waiting any more. */
bool inotify_walk_slice(struct inotify_watcher *w, usec_t until);
bool inotify_walk_is_due(const struct inotify_watcher *w);
/* Lets go of every queue. */
void inotify_walk_done(struct inotify_watcher *w);
size_t inotify_walk_pending(const struct inotify_watcher *w);

static inline struct inotify_workspace *inotify_owner(const struct tree_node *node)
{
        return node->owner;
}
