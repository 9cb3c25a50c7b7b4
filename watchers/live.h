/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What the back ends have in common, which hear of changes by directory and name: the tree of known
 * directories, what settles, the walks and the gaps. A back end is a source of events for it, which can say
 * of each directory that is opened which one it is. Its watch must stand before the directory is listed.
 */

#include "watchers/watcher.h"

struct live_watcher;

/* What happened in a directory, or to it. */
enum live_what {
        LIVE_CLOSED = 1 << 0,   /* the file was closed by who could write to it */
        LIVE_MOVED_IN = 1 << 1, /* something got this name by a rename */
        LIVE_CREATED = 1 << 2,  /* something got this name otherwise */
        LIVE_MODIFIED = 1 << 3, /* the file was written to */
        LIVE_ATTRIBUTES = 1 << 4,
        LIVE_DELETED = 1 << 5,    /* a name vanished; only asked of the directory above a root */
        LIVE_SELF_MOVED = 1 << 6, /* the directory itself got another name */
        LIVE_SELF_DELETED = 1 << 7,
        LIVE_UNMOUNTED = 1 << 8,
        LIVE_DIRECTORY = 1 << 9,  /* what has the name is a directory */
        LIVE_UNWATCHED = 1 << 10, /* there is no watch on the directory any more */
        LIVE_OVERFLOW = 1 << 11,  /* events were lost; nothing else is set */
};

struct live_event {
        int wd;
        uint32_t what;
        const char *name;          /* "" for the directory itself */
        struct provenance *writer; /* borrowed; NULL: not known */
};

struct live_source {
        /* Opens the queue; *ret_fd, which stays the source's, polls readable when there are events. *ret
         * is given to the others. 0 or negative errno. */
        int (*open)(void **ret, int *ret_fd, const struct watcher_limits *limits);
        void (*free)(void *source);
        /* The directory becomes the root of a workspace, or is none any more; may be NULL. The first returns 0 or
         * negative errno: the workspace cannot be watched. */
        int (*add_root)(void *source, int root_fd);
        void (*remove_root)(void *source, int root_fd);
        /* Watches the directory that is open as fd. Returns a number that is the same for the same directory, until it
         * is given back, or negative errno; -ENOSPC: no more can be had. above: it holds a root, and only deletions in
         * it are of interest. */
        int (*watch)(void *source, int fd, bool above);
        void (*unwatch)(void *source, int wd);
        /* Whether all that happened in the directory (open as fd) since it was made is told of behind the event by which
         * it was, so that it need not be listed; may be NULL: never. */
        bool (*hears_all)(void *source, int wd, int fd);
        /* Whether events are on their way that read() cannot have yet; may be NULL: never. */
        bool (*is_behind)(void *source);
        /* Nothing that happens in the directory is asked for; may be NULL. */
        void (*ignore)(void *source, int fd);
        /* Reads some events and hands them to live_event(), then calls live_events_end(). Returns 1 if there was none, 0,
         * or negative errno. */
        int (*read)(void *source, struct live_watcher *w);
        /* As the watcher's; NULL: it is not told who writes. */
        void (*set_agents)(void *source, struct agents *agents);
};

/* The vtable is the back end's, made with LIVE_VTABLE. */
int live_new(struct watcher **ret, const struct watcher_vtable *vtable,
             const struct live_source *source, const struct watcher_handler *handler,
             const struct watcher_limits *limits);
struct watcher *live_free(struct watcher *watcher);
int live_add_workspace(struct watcher *watcher, const struct watcher_workspace *add);
void live_remove_workspace(struct watcher *watcher, uint32_t id);
int live_rewalk(struct watcher *watcher, uint32_t id);
void live_ignore(struct watcher *watcher, int fd);
int live_fd(struct watcher *watcher);
void live_set_agents(struct watcher *watcher, struct agents *agents);
usec_t live_deadline(struct watcher *watcher);
int live_dispatch(struct watcher *watcher, usec_t now);
void live_stats(const struct watcher *watcher, struct watcher_stats *ret);

#define LIVE_VTABLE(back_end, new_watcher)                                                      \
        {                                                                                       \
                .name = (back_end), .new = (new_watcher), .free = live_free,                    \
                .add_workspace = live_add_workspace, .remove_workspace = live_remove_workspace, \
                .rewalk = live_rewalk, .ignore = live_ignore, .set_agents = live_set_agents,    \
                .fd = live_fd, .deadline = live_deadline, .dispatch = live_dispatch,            \
                .stats = live_stats,                                                            \
        }

/* One event; e is borrowed. */
void live_event(struct live_watcher *w, const struct live_event *e);
/* What was read together has been handed over. */
void live_events_end(struct live_watcher *w);
