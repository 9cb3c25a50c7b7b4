/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the decision whether a directory is watched, polled or left alone, and placing the watch.
 * Does not own: listing; a caller asks for that when it sees a new node.
 *
 * The kernel gives the same descriptor for the same inode, so adding a watch to what is found at a
 * name tells which directory that is: a known one has moved there, an unknown one is new. Nothing
 * depends on pairing MOVED_FROM with MOVED_TO, and a watch always stands before its directory is
 * listed. A node that is not where the tree has it may be dropped safely: wherever its directory is
 * now, an event or a listing of that place is still to come.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "watchers/live-internal.h"

#define COVER_RETRY (100 * USEC_PER_MSEC)
/* a file in the deepest directory can still be named */
#define COVER_PATH_MAX (PATH_MAX - NAME_MAX - 2)

bool live_cover_has_room(const struct live_watcher *w)
{
        return live_walk_pending(w) < w->limits.pending_max;
}

int live_cover_watch(struct live_watcher *w, int fd, bool above)
{
        int wd = w->source->watch(w->events, fd, above);

        if (wd < 0)
                return wd;
        if (w->limits.watches_max > 0 && w->tree.watches >= w->limits.watches_max &&
            !tree_find_wd(&w->tree, wd)) {
                w->source->unwatch(w->events, wd);
                return -ENOSPC;
        }
        return wd;
}

static void unwatch_unused(struct live_watcher *w, int wd)
{
        if (wd >= 0 && !tree_find_wd(&w->tree, wd))
                w->source->unwatch(w->events, wd);
}

void live_cover_astray(struct live_watcher *w, struct tree_node *node)
{
        for (; node->place->parent; node = node->place->parent) {
                node->walked = 0;
                live_walk_forget(w, node);
        }
}

void live_cover_failed(struct live_watcher *w, struct tree_node *parent, const char *path,
                       int error)
{
        struct live_workspace *ws = live_owner(parent);
        char mount[PATH_MAX];

        switch (-error) {
        case ENOENT:
        case ENOTDIR:
        case ELOOP:
        case ESTALE:
                /* it has gone again, or is no directory any more: an event says what is there now
                 */
                break;
        case EXDEV:
                /* also what a directory gives that left the root while it was looked up */
                if (mounts_find_below(ws->root_fd, mount, sizeof(mount)) > 0)
                        live_gap(w, ws, REASON_OTHER_MOUNT, path);
                break;
        case EAGAIN:
        case EINTR:
        case EMFILE:
        case ENFILE:
        case ENOMEM:
                live_walk_defer(w, parent, w->now + COVER_RETRY);
                break;
        default:
                live_gap(w, ws, REASON_WORKSPACE_UNREADABLE, path);
                break;
        }
}

/* The node of the directory that is open at parent/name, if the tree has it. wd -1: no watch. */
static struct tree_node *find_known(struct live_watcher *w, struct tree_node *parent,
                                    const char *name, int wd)
{
        struct tree_node *node = NULL;

        if (wd >= 0)
                node = tree_find_owned(&w->tree, wd, parent->owner);
        return node ? node : tree_find_place(&w->tree, parent, name);
}

static int make_node(struct live_watcher *w, struct tree_node *parent, const char *name, int wd,
                     struct tree_node **ret)
{
        struct live_workspace *ws = live_owner(parent);
        struct tree_node *node;

        if (!live_cover_has_room(w) || (wd < 0 && w->tree.unwatched > w->limits.pending_max / 2))
                return -ENOBUFS;
        int r = tree_add(&w->tree, ws, parent, name, &node);
        if (r < 0)
                return r;
        ws->nodes++;
        if (wd >= 0) {
                r = tree_set_wd(&w->tree, node, wd);
                if (r < 0) {
                        tree_drop(&w->tree, node);
                        return r;
                }
        }
        *ret = node;
        return 1;
}

void live_cover_lacks_watch(struct live_watcher *w, struct live_workspace *ws, const char *path)
{
        live_gap(w, ws, REASON_WATCH_LIMIT, path);
        if (w->next_poll == USEC_INFINITY)
                w->next_poll = w->now + w->limits.poll_interval;
}

/* The watch of what is at dirfd/path, or negative. */
static int peek_wd(struct live_watcher *w, int dirfd, const char *path, int *ret_fd)
{
        *ret_fd = walk_open_directory(dirfd, path);
        if (*ret_fd < 0)
                return *ret_fd;
        int wd = live_cover_watch(w, *ret_fd, false);
        unwatch_unused(w, wd);
        return wd;
}

static bool is_shortage(int error)
{
        return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EINTR ||
               error == -EAGAIN;
}

/* Whether the directory with this watch lies in the parent, and not in what is at its path meanwhile: 1, 0, or negative
 * errno if that cannot be said now. Only what is watched can be told apart. */
static int is_in(struct live_watcher *w, const struct tree_node *parent, const char *name, int wd)
{
        _cleanup_close_ int parent_fd = -1, fd = -1;
        char path[PATH_MAX];

        if (parent->wd < 0 || tree_path(parent, path, sizeof(path), NULL) < 0)
                return 0;
        int there = peek_wd(w, live_owner(parent)->root_fd, *path ? path : ".", &parent_fd);
        if (there == parent->wd)
                there = peek_wd(w, parent_fd, name, &fd);
        else if (!is_shortage(there))
                return 0;
        return is_shortage(there) ? there : there == wd;
}

/* Makes the tree agree that the directory with this watch lies at parent/name. sure: it was looked up in the parent itself.
 * By a path it may be another's: while the tree is behind, two nodes have one path, and what is below one of them must not
 * be given to the other. -ESTALE: so it may be; somebody will come from the right side. */
static int reconcile(struct live_watcher *w, struct tree_node *parent, const char *name, int wd,
                     bool sure, struct tree_node **ret)
{
        struct tree_node *node = find_known(w, parent, name, wd);

        if (!node)
                return make_node(w, parent, name, wd, ret);
        *ret = node;
        if (node->wd < 0 && wd >= 0) {
                /* what happened since it was last listed was not seen */
                node->walked = 0;
                return tree_set_wd(&w->tree, node, wd);
        }
        if (tree_lies_at(node, parent, name))
                return 0;
        int r = sure ? 1 : is_in(w, parent, name, wd);
        if (r <= 0)
                return r < 0 ? r : -ESTALE;
        r = tree_move(&w->tree, node, parent, name);
        return r < 0 ? r : 1;
}

int live_cover_opened(struct live_watcher *w, struct tree_node *parent, const char *name, int fd,
                      const char *path, bool sure, struct tree_node **ret_node)
{
        struct live_workspace *ws = live_owner(parent);
        struct tree_node *node = NULL;

        int wd = live_cover_watch(w, fd, false);
        if (wd == -ENOSPC) {
                live_cover_lacks_watch(w, ws, path);
        } else if (wd < 0) {
                live_cover_failed(w, parent, path, wd);
                return 0;
        }
        int r = ws->removed ? -ESTALE : reconcile(w, parent, name, MAX_OF(wd, -1), sure, &node);
        if (r < 0) {
                unwatch_unused(w, wd);
                if (r == -ELOOP)
                        /* two directories have changed places across levels and the tree is behind:
                         * a walk from the top puts it right */
                        live_walk_whole(w, ws);
                else if (r == -ESTALE)
                        live_cover_astray(w, parent);
                else
                        live_walk_defer(w, parent, r == -ENOBUFS ? 0 : w->now + COVER_RETRY);
                return 0;
        }
        node->seen = true;
        *ret_node = node;
        return r;
}

int live_cover(struct live_watcher *w, struct tree_node *parent, int parent_fd, const char *name,
               struct tree_node **ret_node, int *ret_fd)
{
        struct live_workspace *ws = live_owner(parent);
        char path[PATH_MAX];
        unsigned depth;

        *ret_node = NULL;
        *ret_fd = -1;
        int n = tree_path(parent, path, COVER_PATH_MAX, &depth);
        if (n == -ENAMETOOLONG)
                live_gap(w, ws, REASON_DEPTH_LIMIT, name);
        if (n < 0 || ws->removed)
                return 0;
        size_t len = (size_t)n, name_len = strlen(name);
        if (len > 0)
                path[len++] = '/';
        memcpy(path + len, name, name_len + 1);
        if (ws->exclude && ws->exclude(ws->exclude_userdata, path))
                return 0;
        if (depth >= w->limits.depth_max || len + name_len > COVER_PATH_MAX) {
                live_gap(w, ws, REASON_DEPTH_LIMIT, path);
                return 0;
        }

        _cleanup_close_ int fd = parent_fd >= 0 ? walk_open_directory(parent_fd, name)
                                                : walk_open_directory(ws->root_fd, path);
        if (fd < 0) {
                live_cover_failed(w, parent, path, fd);
                if (parent_fd < 0)
                        live_cover_astray(w, parent);
                return 0;
        }
        int r = live_cover_opened(w, parent, name, fd, path, parent_fd >= 0, ret_node);
        if (*ret_node)
                *ret_fd = take_fd(&fd);
        return r;
}

void live_cover_verify(struct live_watcher *w, struct tree_node *node, int parent_fd)
{
        struct tree_node *parent = node->place->parent, *there;
        _cleanup_close_ int fd = -1;
        char name[NAME_MAX + 1];

        /* a copy: the node's own goes when the node moves */
        memcpy(name, node->place->name, strlen(node->place->name) + 1);
        if (live_cover(w, parent, parent_fd, name, &there, &fd) > 0 ||
            (there && there->walked == 0))
                live_walk_want_opened(w, there, true, &fd);
        if (there != node && tree_lies_at(node, parent, name)) {
                if (parent_fd < 0)
                        live_cover_astray(w, parent);
                tree_drop(&w->tree, node);
        }
}
