/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which directories wait to be listed, and the listing that goes on.
 * Does not own: watches; each directory gets or confirms its watch through live-cover.c before
 * its first entry is read.
 *
 * want --> stack --> begin (open and watch, unless that was kept; then list) --> entries --> sweep of what was not met
 *            ^                                             |
 *            +---- room again <---- deferred <---- no room +
 *
 * Once a walk of a whole workspace has taken long, threads list those on top of the stack ahead (ahead.c). What they found is
 * used only if nobody wanted or deferred the directory, or let go of what is in it, since: what happened there since is
 * told of by its watch, which stands.
 *
 * The stack is last in, first out, so that what waits stays few even in a wide tree. Waiting costs
 * no memory, since the links are in the nodes; the limit keeps the number of *new* nodes in bounds.
 * A directory that could not take all its children is listed again when there is room, and goes on
 * where it was, because children that were listed for the same generation are passed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/macros.h"
#include "common/base/open.h"
#include "watchers/live-internal.h"

#define KEPT_MAX 4096u /* more directories than most have in them */
#define KEPT_SHARE 16u /* of the descriptors that there may be */
#define AHEAD 16u      /* directories that others list before it is their turn */
#define SLICE (3 * USEC_PER_MSEC)

static void queue_push(struct live_queue *q, struct tree_node *node)
{
        node->queue_next = q->first;
        q->first = node;
        if (!q->last)
                q->last = node;
        q->n++;
}

static void queue_append(struct live_queue *q, struct tree_node *node)
{
        node->queue_next = NULL;
        if (q->last)
                q->last->queue_next = node;
        else
                q->first = node;
        q->last = node;
        q->n++;
}

static struct tree_node *queue_pop(struct live_queue *q)
{
        struct tree_node *node = q->first;

        if (!node)
                return NULL;
        q->first = node->queue_next;
        if (!q->first)
                q->last = NULL;
        q->n--;
        return node;
}

static void hold(struct live_watcher *w, struct tree_node *node)
{
        struct live_workspace *ws = live_owner(node);

        if (ws->waiting++ == 0)
                ws->busy_since = w->now;
        tree_ref(node);
}

/* The descriptor that was kept for the node, or -1. */
static int take_kept(struct live_watcher *w, struct tree_node *node)
{
        int fd = take_fd(&node->fd);

        if (fd >= 0)
                w->kept--;
        return fd;
}

void live_walk_forget(struct live_watcher *w, struct tree_node *node)
{
        if (node->ahead)
                ahead_drop(w->ahead, node);
        node->ahead = false;
}

static const struct walk_listing *take_listing(struct live_watcher *w, struct tree_node *node)
{
        const struct walk_listing *listing = node->ahead ? ahead_take(w->ahead, node) : NULL;

        node->ahead = false;
        return listing;
}

static void release(struct live_watcher *w, struct tree_node *node)
{
        live_walk_forget(w, node);
        (void)fd_close(take_kept(w, node));
        live_owner(node)->waiting--;
        tree_unref(&w->tree, node);
}

void live_walk_want(struct live_watcher *w, struct tree_node *node, bool deep)
{
        struct live_workspace *ws = live_owner(node);

        live_walk_forget(w, node);
        if (deep)
                node->wanted = ++ws->generation;
        if (node->queued || node->deferred)
                return;
        hold(w, node);
        node->queued = true;
        queue_push(&w->stack, node);
}

void live_walk_want_opened(struct live_watcher *w, struct tree_node *node, bool deep, int *fd)
{
        live_walk_want(w, node, deep);
        if (!node->queued || node->fd >= 0 || node->wd < 0 || w->kept >= w->kept_max)
                return;
        node->fd = take_fd(fd);
        w->kept++;
}

void live_walk_spare(struct tree_node *node)
{
        node->walked = node->wanted = ++live_owner(node)->generation;
}

void live_walk_defer(struct live_watcher *w, struct tree_node *node, usec_t not_before)
{
        struct live_workspace *ws = live_owner(node);
        char path[PATH_MAX];

        if (not_before > 0)
                w->retry = not_before;
        if (tree_path(node, path, sizeof(path), NULL) < 0)
                return;
        live_gap(w, ws, REASON_WORK_LIMIT, path);
        /* what was found in it before is not what has to be found */
        live_walk_forget(w, node);
        if (node->queued || node->deferred)
                return;
        hold(w, node);
        node->deferred = true;
        queue_append(&w->deferred, node);
}

void live_walk_whole(struct live_watcher *w, struct live_workspace *ws)
{
        if (ws->root)
                live_walk_want(w, ws->root, true);
}

size_t live_walk_pending(const struct live_watcher *w)
{
        return settle_count(w->settle) + w->stack.n;
}

static bool may_release(const struct live_watcher *w)
{
        return w->deferred.first && w->now >= w->retry &&
               live_walk_pending(w) <= w->limits.pending_max / 4 * 3;
}

static void release_deferred(struct live_watcher *w)
{
        while (may_release(w)) {
                struct tree_node *node = queue_pop(&w->deferred);

                node->deferred = false;
                node->queued = true;
                queue_push(&w->stack, node);
        }
}

bool live_walk_is_due(const struct live_watcher *w)
{
        return w->walking || w->stack.first || may_release(w);
}

/* Opens the root for listing; it has no parent whose listing could give it back its watch. */
static int open_root(struct live_watcher *w, struct tree_node *root)
{
        struct live_workspace *ws = live_owner(root);

        if (live_root_is_gone(ws)) {
                live_root_lost(w, ws);
                return -ESTALE;
        }
        if (root->walked < root->wanted) {
                ws->whole = true;
                gaps_forget(&ws->gaps);
        }
        int fd = open_beneath(ws->root_fd, ".", O_RDONLY | O_DIRECTORY);
        if (fd < 0) {
                live_gap(w, ws, REASON_WORKSPACE_UNREADABLE, NULL);
                return fd;
        }
        if (root->wd < 0) {
                int wd = live_cover_watch(w, fd, false);
                if (wd < 0 || tree_set_wd(&w->tree, root, wd) < 0)
                        live_cover_lacks_watch(w, ws, NULL);
        }
        return fd;
}

/* Opens the directory for listing after its watch was confirmed. -ESTALE: something else is there.
 */
static int open_node(struct live_watcher *w, struct tree_node *node)
{
        struct live_workspace *ws = live_owner(node);
        struct tree_node *parent = node->place->parent, *there = NULL;
        char path[PATH_MAX];

        int kept = take_kept(w, node);
        if (kept >= 0)
                return kept;
        int r = tree_path(node, path, sizeof(path), NULL);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = walk_open_directory(ws->root_fd, path);
        if (fd < 0) {
                live_cover_failed(w, parent, path, fd);
                live_cover_astray(w, node);
                /* without a watch nothing else would tell that it has gone */
                if (node->wd < 0)
                        tree_drop(&w->tree, node);
                return fd;
        }
        r = live_cover_opened(w, parent, node->place->name, fd, path, false, &there);
        if (there == node)
                return take_fd(&fd);
        if (there && (r > 0 || there->walked < node->wanted))
                live_walk_want(w, there, true);
        live_cover_astray(w, parent);
        tree_drop(&w->tree, node);
        return -ESTALE;
}

static bool begin(struct live_watcher *w, struct tree_node *node)
{
        if (live_owner(node)->removed || !tree_is_live(node))
                return false;
        const struct walk_listing *listing = take_listing(w, node);
        int fd = node->place->parent ? open_node(w, node) : open_root(w, node);
        if (fd < 0)
                return false;
        int r = listing ? walk_open_listed(&w->walk, fd, listing) : walk_open(&w->walk, fd);
        if (r < 0) {
                live_walk_defer(w, node, w->now + USEC_PER_SEC / 10);
                return false;
        }
        node->walked = w->listing = node->wanted;
        for (struct tree_node *child = node->children; child; child = child->next)
                child->seen = false;
        w->walking = node;
        w->incomplete = false;
        return true;
}

static void list_directory(struct live_watcher *w, struct tree_node *dir, const char *name)
{
        struct tree_node *child;
        _cleanup_close_ int fd = -1;

        if (!live_cover_has_room(w)) {
                w->incomplete = true;
                live_walk_defer(w, dir, 0);
                return;
        }
        int r = live_cover(w, dir, w->walk.fd, name, &child, &fd);
        if (!child)
                return;
        if (r > 0)
                live_walk_want_opened(w, child, true, &fd);
        else if (child->walked < w->listing || child->walked == 0) {
                child->wanted = MAX_OF(child->wanted, w->listing);
                live_walk_want_opened(w, child, false, &fd);
        }
}

static void list_entry(struct live_watcher *w, struct tree_node *dir, const char *name,
                       unsigned char type)
{
        struct file_id id;
        struct stat st;

        w->counters.walked++;
        if (type == DT_DIR) {
                list_directory(w, dir, name);
                return;
        }
        int r = walk_stat(&w->walk, name, &st);
        if (r == -ENOENT)
                return;
        if (r == 0 && S_ISDIR(st.st_mode)) {
                list_directory(w, dir, name);
                return;
        }
        if (r == 0)
                file_id_from_stat(&id, &st);
        live_emit(w, dir, name, CANDIDATE_WALK, r == 0 ? &id : NULL);
}

/* Children that the listing did not meet have gone, or were missed because they were renamed
 * meanwhile. */
static void sweep(struct live_watcher *w, struct tree_node *dir)
{
        for (struct tree_node *next, *child = dir->children; child; child = next) {
                next = child->next;
                if (!child->seen)
                        live_cover_verify(w, child, w->walk.fd);
                if (live_owner(dir)->removed)
                        return;
        }
}

static void finish(struct live_watcher *w)
{
        walk_close(&w->walk);
        release(w, take_ptr(&w->walking));
}

/* Those that come next are listed by others meanwhile. They are watched already. */
static void go_ahead(struct live_watcher *w)
{
        struct tree_node *next[AHEAD], *node = w->stack.first;
        size_t n = 0;

        for (size_t i = 0; w->ahead && node && i < AHEAD; i++, node = node->queue_next)
                if (node->fd >= 0 && !node->ahead)
                        next[n++] = node;
        /* what is put last is listed first */
        while (n-- > 0)
                next[n]->ahead = ahead_put(w->ahead, next[n], next[n]->fd);
}

static void step(struct live_watcher *w)
{
        struct tree_node *dir = w->walking;
        const char *name;
        unsigned char type;

        if (live_owner(dir)->removed || dir->dead) {
                finish(w);
                return;
        }
        int r = walk_next(&w->walk, &name, &type);
        if (r > 0) {
                list_entry(w, dir, name, type);
                return;
        }
        /* -ENOENT: it was deleted while it was listed */
        if (r < 0 && r != -ENOENT && tree_path(dir, w->path, sizeof(w->path), NULL) >= 0)
                live_gap(w, live_owner(dir), REASON_WORKSPACE_UNREADABLE, w->path);
        else if (r == 0 && !w->incomplete && tree_is_live(dir))
                sweep(w, dir);
        finish(w);
}

static void take_steps(struct live_watcher *w, usec_t until)
{
        do {
                release_deferred(w);
                if (w->walking) {
                        step(w);
                        continue;
                }
                struct tree_node *node = queue_pop(&w->stack);
                if (!node)
                        return;
                node->queued = false;
                go_ahead(w);
                if (!begin(w, node))
                        release(w, node);
        } while (clock_monotonic() < until);
}

/* A walk of a whole workspace that is not done in a moment. */
static bool is_long(const struct live_watcher *w)
{
        const struct tree_node *node = w->walking ? w->walking : w->stack.first;

        return node && live_owner(node)->whole;
}

void live_walk_slice(struct live_watcher *w)
{
        usec_t slice = w->limits.walk_slice > 0 ? w->limits.walk_slice : SLICE;

        take_steps(w, clock_monotonic() + slice);
        if (!w->walking && !w->stack.first && !w->deferred.first)
                w->ahead = ahead_free(w->ahead);
        else if (!w->ahead && is_long(w))
                w->ahead = ahead_new();
}

void live_walk_init(struct live_watcher *w)
{
        struct rlimit files;

        w->walk = WALK_NULL;
        w->kept_max = KEPT_MAX;
        if (getrlimit(RLIMIT_NOFILE, &files) == 0)
                w->kept_max = MIN_OF(w->kept_max, (size_t)(files.rlim_cur / KEPT_SHARE));
}

void live_walk_done(struct live_watcher *w)
{
        struct tree_node *node;

        if (w->walking)
                finish(w);
        while ((node = queue_pop(&w->stack)) || (node = queue_pop(&w->deferred)))
                release(w, node);
        w->ahead = ahead_free(w->ahead);
        walk_done(&w->walk);
}
