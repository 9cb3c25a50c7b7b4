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
#include <sys/inotify.h>

#include "common/base/macros.h"
#include "watchers/inotify-internal.h"

#define COVER_RETRY (100 * USEC_PER_MSEC)
/* a file in the deepest directory can still be named */
#define COVER_PATH_MAX (PATH_MAX - NAME_MAX - 2)

bool inotify_cover_has_room(const struct inotify_watcher *w)
{
        return inotify_walk_pending(w) < w->limits.pending_max;
}

int inotify_cover_watch(struct inotify_watcher *w, int fd, uint32_t mask)
{
        char path[64];

        /* the magic link leads to the very inode that was opened, whatever its name is by now */
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        int wd = inotify_add_watch(w->fd, path, mask | IN_ONLYDIR | IN_MASK_ADD);
        if (wd < 0)
                return -errno;
        if (w->limits.watches_max > 0 && w->tree.watches >= w->limits.watches_max &&
            !tree_find_wd(&w->tree, wd)) {
                (void)inotify_rm_watch(w->fd, wd);
                return -ENOSPC;
        }
        return wd;
}

static void unwatch_unused(struct inotify_watcher *w, int wd)
{
        if (wd >= 0 && !tree_find_wd(&w->tree, wd))
                (void)inotify_rm_watch(w->fd, wd);
}

void inotify_cover_failed(struct inotify_watcher *w, struct tree_node *parent, const char *path,
                          int error)
{
        struct inotify_workspace *ws = inotify_owner(parent);
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
                        inotify_gap(w, ws, REASON_OTHER_MOUNT, path);
                break;
        case EAGAIN:
        case EINTR:
        case EMFILE:
        case ENFILE:
        case ENOMEM:
                inotify_walk_defer(w, parent, w->now + COVER_RETRY);
                break;
        default:
                inotify_gap(w, ws, REASON_WORKSPACE_UNREADABLE, path);
                break;
        }
}

/* The node of the directory that is open at parent/name, if the tree has it. wd -1: no watch. */
static struct tree_node *find_known(struct inotify_watcher *w, struct tree_node *parent,
                                    const char *name, int wd)
{
        struct tree_node *node = NULL;

        if (wd >= 0)
                node = tree_find_owned(&w->tree, wd, parent->owner);
        return node ? node : tree_find_place(&w->tree, parent, name);
}

static int make_node(struct inotify_watcher *w, struct tree_node *parent, const char *name, int wd,
                     struct tree_node **ret)
{
        struct inotify_workspace *ws = inotify_owner(parent);
        struct tree_node *node;

        if (!inotify_cover_has_room(w) || (wd < 0 && w->tree.unwatched > w->limits.pending_max / 2))
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

void inotify_cover_lacks_watch(struct inotify_watcher *w, struct inotify_workspace *ws,
                               const char *path)
{
        inotify_gap(w, ws, REASON_WATCH_LIMIT, path);
        if (w->next_poll == USEC_INFINITY)
                w->next_poll = w->now + w->limits.poll_interval;
}

/* Makes the tree agree that the directory with this watch lies at parent/name. */
static int reconcile(struct inotify_watcher *w, struct tree_node *parent, const char *name, int wd,
                     struct tree_node **ret)
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
        int r = tree_move(&w->tree, node, parent, name);
        return r < 0 ? r : 1;
}

int inotify_cover_opened(struct inotify_watcher *w, struct tree_node *parent, const char *name,
                         int fd, const char *path, struct tree_node **ret_node)
{
        struct inotify_workspace *ws = inotify_owner(parent);
        struct tree_node *node = NULL;

        int wd = inotify_cover_watch(w, fd, INOTIFY_COVER_MASK);
        if (wd == -ENOSPC) {
                inotify_cover_lacks_watch(w, ws, path);
        } else if (wd < 0) {
                inotify_cover_failed(w, parent, path, wd);
                return 0;
        }
        int r = ws->removed ? -ESTALE : reconcile(w, parent, name, MAX_OF(wd, -1), &node);
        if (r < 0) {
                unwatch_unused(w, wd);
                if (r == -ELOOP)
                        /* two directories have changed places across levels and the tree is behind:
                         * a walk from the top puts it right */
                        inotify_walk_whole(w, ws);
                else
                        inotify_walk_defer(w, parent, r == -ENOBUFS ? 0 : w->now + COVER_RETRY);
                return 0;
        }
        node->seen = true;
        *ret_node = node;
        return r;
}

int inotify_cover(struct inotify_watcher *w, struct tree_node *parent, int parent_fd,
                  const char *name, struct tree_node **ret_node)
{
        struct inotify_workspace *ws = inotify_owner(parent);
        char path[PATH_MAX];
        unsigned depth;

        *ret_node = NULL;
        int n = tree_path(parent, path, COVER_PATH_MAX, &depth);
        if (n == -ENAMETOOLONG)
                inotify_gap(w, ws, REASON_DEPTH_LIMIT, name);
        if (n < 0 || ws->removed)
                return 0;
        size_t len = (size_t)n, name_len = strlen(name);
        if (len > 0)
                path[len++] = '/';
        memcpy(path + len, name, name_len + 1);
        if (ws->exclude && ws->exclude(ws->exclude_userdata, path))
                return 0;
        if (depth >= w->limits.depth_max || len + name_len > COVER_PATH_MAX) {
                inotify_gap(w, ws, REASON_DEPTH_LIMIT, path);
                return 0;
        }

        _cleanup_close_ int fd = parent_fd >= 0 ? walk_open_directory(parent_fd, name)
                                                : walk_open_directory(ws->root_fd, path);
        if (fd < 0) {
                inotify_cover_failed(w, parent, path, fd);
                return 0;
        }
        return inotify_cover_opened(w, parent, name, fd, path, ret_node);
}

void inotify_cover_verify(struct inotify_watcher *w, struct tree_node *node, int parent_fd)
{
        struct tree_node *parent = node->place->parent, *there;
        char name[NAME_MAX + 1];

        /* a copy: the node's own goes when the node moves */
        memcpy(name, node->place->name, strlen(node->place->name) + 1);
        if (inotify_cover(w, parent, parent_fd, name, &there) > 0)
                inotify_walk_want(w, there, true);
        if (there != node && tree_lies_at(node, parent, name))
                tree_drop(&w->tree, node);
}
