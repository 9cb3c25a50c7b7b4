/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: a back end as a whole: its workspaces, the order of work in a dispatch, and when
 * a gap closes. Does not own: what an event means, where watches go, how a directory is listed (see
 * live-internal.h). Root descriptors are borrowed and never used after a workspace was removed.
 *
 * dispatch: events --> settled files --> a slice of walking --> events again --> gaps that may
 * close
 *
 * A gap closes only if nothing of its workspace waits to be listed and the kernel's queue was found
 * empty after that: an overflow that happened during the walk would have left its record there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "common/base/macros.h"
#include "watchers/live-internal.h"

#define LIVE_READ_SLICE (5 * USEC_PER_MSEC)
#define LIVE_MOUNTS_PACE (50 * USEC_PER_MSEC)
#define LIVE_REAP_SLICE ((size_t)1000)

static struct live_watcher *self(struct watcher *w)
{
        return (struct live_watcher *)(void *)w;
}

static struct live_workspace *find_workspace(struct live_watcher *w, uint32_t id)
{
        struct live_workspace *ws;

        HASH_FIND(hh, w->workspaces, &id, sizeof(id), ws);
        return ws;
}

void live_gap(struct live_watcher *w, struct live_workspace *ws, enum reason reason,
              const char *path)
{
        if (!ws->removed)
                gaps_open(&ws->gaps, &w->handler, ws->id, reason, path);
}

bool live_is_excluded(struct live_watcher *w, const struct tree_node *dir, const char *name)
{
        struct live_workspace *ws = live_owner(dir);
        size_t n = strlen(name);

        if (!ws->exclude)
                return false;
        int len = tree_path(dir, w->path, sizeof(w->path) - n - 1, NULL);
        if (len < 0)
                return false;
        if (len > 0)
                w->path[len++] = '/';
        memcpy(w->path + len, name, n + 1);
        return ws->exclude(ws->exclude_userdata, w->path);
}

void live_emit(struct live_watcher *w, struct tree_node *dir, const char *name,
               enum candidate_why why, const struct file_id *seen)
{
        struct live_workspace *ws = live_owner(dir);
        size_t n = strlen(name);

        if (ws->removed)
                return;
        int len = tree_path(dir, w->path, sizeof(w->path) - n - 1, NULL);
        if (len == -ENAMETOOLONG)
                live_gap(w, ws, REASON_DEPTH_LIMIT, name);
        if (len < 0)
                return;
        if (len > 0)
                w->path[len++] = '/';
        memcpy(w->path + len, name, n + 1);
        if (ws->exclude && ws->exclude(ws->exclude_userdata, w->path))
                return;
        w->counters.candidates++;
        w->handler.candidate(w->handler.userdata, &(struct candidate){.workspace = ws->id,
                                                                      .path = w->path,
                                                                      .why = why,
                                                                      .seen = seen,
                                                                      .writer = w->writer});
}

bool live_root_is_gone(const struct live_workspace *ws)
{
        struct stat st;

        return fstat(ws->root_fd, &st) == 0 && st.st_nlink == 0;
}

static void drop_all(struct live_watcher *w, struct live_workspace *ws)
{
        if (ws->root)
                tree_drop(&w->tree, take_ptr(&ws->root));
        if (ws->anchor)
                tree_drop(&w->tree, take_ptr(&ws->anchor));
}

void live_root_lost(struct live_watcher *w, struct live_workspace *ws)
{
        if (ws->removed || !ws->root)
                return;
        drop_all(w, ws);
        w->handler.root_lost(w->handler.userdata, ws->id);
}

static void on_unwatch(void *userdata, int wd)
{
        struct live_watcher *w = userdata;

        if (w->fd >= 0)
                w->source->unwatch(w->events, wd);
}

static void on_freed(void *userdata, struct tree_node *node)
{
        (void)userdata;
        live_owner(node)->nodes--;
}

static void free_removed(struct live_watcher *w)
{
        for (struct live_workspace **at = &w->removed; *at;) {
                struct live_workspace *ws = *at;

                if (ws->nodes > 0) {
                        at = &ws->next_removed;
                        continue;
                }
                *at = ws->next_removed;
                free(ws);
        }
}

void live_remove_workspace(struct watcher *watcher, uint32_t id)
{
        struct live_watcher *w = self(watcher);
        struct live_workspace *ws = find_workspace(w, id);

        if (!ws)
                return;
        drop_all(w, ws);
        if (ws->armed && w->fd >= 0 && w->source->remove_root)
                w->source->remove_root(w->events, ws->root_fd);
        ws->removed = true;
        ws->root_fd = -1;
        HASH_DEL(w->workspaces, ws);
        ws->next_removed = w->removed;
        w->removed = ws;
}

static int add_node(struct live_watcher *w, struct live_workspace *ws, int fd, bool above,
                    struct tree_node **ret)
{
        struct tree_node *node;

        int wd = live_cover_watch(w, fd, above);
        if (wd < 0 && wd != -ENOSPC)
                return wd;
        int r = tree_add(&w->tree, ws, NULL, "", &node);
        if (r < 0)
                return r;
        ws->nodes++;
        if (wd >= 0)
                r = tree_set_wd(&w->tree, node, wd);
        *ret = node;
        return r;
}

/* While somebody holds the root open its own deletion is told only to the directory above it. */
static void add_anchor(struct live_watcher *w, struct live_workspace *ws)
{
        _cleanup_close_ int fd = openat(ws->root_fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (fd >= 0 && add_node(w, ws, fd, true, &ws->anchor) == 0)
                ws->anchor->anchor = true;
}

int live_add_workspace(struct watcher *watcher, const struct watcher_workspace *add)
{
        struct live_watcher *w = self(watcher);

        if (find_workspace(w, add->id))
                return -EEXIST;
        struct live_workspace *ws = calloc(1, sizeof(*ws));
        if (!ws)
                return -ENOMEM;
        *ws = (struct live_workspace){
                .id = add->id,
                .root_fd = add->root_fd,
                .exclude = add->exclude,
                .exclude_userdata = add->exclude_userdata,
                .announce = true,
        };
        HASH_ADD(hh, w->workspaces, id, sizeof(ws->id), ws);
        if (!ws->hh.tbl) {
                free(ws);
                return -ENOMEM;
        }
        int r = w->source->add_root ? w->source->add_root(w->events, add->root_fd) : 0;
        ws->armed = r == 0;
        if (r == 0)
                r = add_node(w, ws, add->root_fd, false, &ws->root);
        if (r < 0) {
                live_remove_workspace(watcher, add->id);
                return r;
        }
        add_anchor(w, ws);
        live_walk_whole(w, ws);
        return 0;
}

int live_rewalk(struct watcher *watcher, uint32_t id)
{
        struct live_watcher *w = self(watcher);
        struct live_workspace *ws = find_workspace(w, id);

        if (!ws)
                return -ENOENT;
        ws->announce = ws->root;
        live_walk_whole(w, ws);
        return 0;
}

void live_ignore(struct watcher *watcher, int fd)
{
        struct live_watcher *w = self(watcher);

        if (w->source->ignore)
                w->source->ignore(w->events, fd);
}

int live_fd(struct watcher *watcher)
{
        return self(watcher)->epoll_fd;
}

usec_t live_deadline(struct watcher *watcher)
{
        struct live_watcher *w = self(watcher);

        if (w->more || w->tree.doomed || live_walk_is_due(w))
                return 0;
        usec_t t = MIN_OF(settle_deadline(w->settle), MIN_OF(w->next_poll, w->mounts_at));
        if (w->deferred.first && w->retry > w->now)
                t = MIN_OF(t, w->retry);
        return t;
}

static void announce(struct live_watcher *w)
{
        for (struct live_workspace *next, *ws = w->workspaces; ws; ws = next) {
                next = ws->hh.next;
                if (!ws->announce)
                        continue;
                ws->announce = false;
                live_gap(w, ws, REASON_WALK_RUNNING, NULL);
        }
}

/* A mount that came after the walk hides what is below it; when it has gone a walk closes the gap.
 */
static void review_mounts(struct live_watcher *w)
{
        char path[PATH_MAX];

        w->mounts_at = USEC_INFINITY;
        for (struct live_workspace *next, *ws = w->workspaces; ws; ws = next) {
                next = ws->hh.next;
                if (!ws->root || ws->removed)
                        continue;
                if (mounts_find_below(ws->root_fd, path, sizeof(path)) > 0)
                        live_gap(w, ws, REASON_OTHER_MOUNT, path);
                else if (gaps_is_open(&ws->gaps, REASON_OTHER_MOUNT))
                        live_walk_whole(w, ws);
        }
}

/* Every directory without a watch is listed again, and tries to get one. */
static void poll_unwatched(struct live_watcher *w)
{
        struct tree_node *node, *next_node;
        bool lacking = false;

        w->next_poll = w->now + w->limits.poll_interval;
        /* the last round is not done: polling must not take all the time there is */
        if (live_walk_is_due(w))
                return;
        for (struct live_workspace *ws = w->workspaces; ws; ws = ws->hh.next) {
                lacking = lacking || gaps_is_open(&ws->gaps, REASON_WATCH_LIMIT);
                gaps_forget_one(&ws->gaps, REASON_WATCH_LIMIT);
        }
        HASH_ITER(hh, w->tree.by_place, node, next_node)
        if (!node->anchor && tree_is_live(node))
                live_walk_want(w, node, false);
        if (!lacking)
                w->next_poll = USEC_INFINITY;
}

static void close_gap(struct live_watcher *w, struct live_workspace *ws, enum reason reason)
{
        if (!ws->removed)
                gaps_close(&ws->gaps, &w->handler, ws->id, reason);
}

/* Everything of the workspace has been listed and the queue was empty after it. */
static void close_gaps(struct live_watcher *w, struct live_workspace *ws)
{
        static const enum reason lasting[] = {REASON_OTHER_MOUNT, REASON_DEPTH_LIMIT,
                                              REASON_WORKSPACE_UNREADABLE};

        for (size_t i = 0; ws->whole && i < ELEMENTSOF(lasting); i++)
                if (!gaps_was_found(&ws->gaps, lasting[i]))
                        close_gap(w, ws, lasting[i]);
        ws->whole = false;
        if (!gaps_was_found(&ws->gaps, REASON_WATCH_LIMIT))
                close_gap(w, ws, REASON_WATCH_LIMIT);
        close_gap(w, ws, REASON_WORK_LIMIT);
        close_gap(w, ws, REASON_WALK_RUNNING);
        close_gap(w, ws, REASON_QUEUE_OVERFLOW);
}

static void review_gaps(struct live_watcher *w, bool drained)
{
        for (struct live_workspace *next, *ws = w->workspaces; ws; ws = next) {
                next = ws->hh.next;
                if (!ws->root)
                        continue;
                /* a gap that is open says as much: polling opens no new one in each round */
                if (ws->waiting > 0 && !gaps_is_open(&ws->gaps, REASON_WATCH_LIMIT) &&
                    w->now - ws->busy_since > w->limits.settle)
                        live_gap(w, ws, REASON_WALK_RUNNING, NULL);
                if (ws->waiting == 0 && drained && ws->gaps.open)
                        close_gaps(w, ws);
        }
}

/* Nothing is heard of any workspace any more. */
static int lost_queue(struct live_watcher *w, int error)
{
        char text[64];

        for (struct live_workspace *next, *ws = w->workspaces; ws; ws = next) {
                next = ws->hh.next;
                live_gap(w, ws, REASON_WORKSPACE_UNREADABLE,
                         strerror_r(-error, text, sizeof(text)));
        }
        return error;
}

int live_dispatch(struct watcher *watcher, usec_t now)
{
        struct live_watcher *w = self(watcher);

        w->now = MAX_OF(now, w->now);
        announce(w);
        int r = live_events_read(w, clock_monotonic() + LIVE_READ_SLICE);
        if (r < 0)
                return lost_queue(w, r);
        /* containers come and go: the table is read once in a while at most */
        if (w->mounts_at == USEC_INFINITY && mounts_changed(&w->mounts))
                w->mounts_at = w->now + LIVE_MOUNTS_PACE;
        if (w->now >= w->mounts_at)
                review_mounts(w);
        if (w->now >= w->next_poll)
                poll_unwatched(w);
        live_events_settle(w, clock_monotonic() + LIVE_READ_SLICE);
        if (live_walk_is_due(w)) {
                live_walk_slice(w);
                r = live_events_read(w, clock_monotonic() + LIVE_READ_SLICE);
                if (r < 0)
                        return lost_queue(w, r);
        }
        w->more = r == 0;
        review_gaps(w, r > 0);
        (void)tree_reap(&w->tree, LIVE_REAP_SLICE);
        free_removed(w);
        return 0;
}

void live_set_agents(struct watcher *watcher, struct agents *agents)
{
        const struct live_watcher *w = self(watcher);

        if (w->source->set_agents)
                w->source->set_agents(w->events, agents);
}

void live_stats(const struct watcher *watcher, struct watcher_stats *ret)
{
        const struct live_watcher *w = (const struct live_watcher *)(const void *)watcher;
        size_t anchors = 0;

        for (const struct live_workspace *ws = w->workspaces; ws; ws = ws->hh.next)
                anchors += ws->anchor ? 1 : 0;
        *ret = w->counters;
        ret->polled = w->tree.unwatched;
        ret->directories = w->tree.nodes - w->tree.unwatched - anchors;
        ret->pending = live_walk_pending(w) + w->deferred.n + (w->walking ? 1 : 0);
        if (w->source->is_behind && w->source->is_behind(w->events))
                ret->pending++;
}

struct watcher *live_free(struct watcher *watcher)
{
        if (!watcher)
                return NULL;
        struct live_watcher *w = self(watcher);
        /* all watches go with the source, at once */
        w->fd = -1;
        w->epoll_fd = fd_close(w->epoll_fd);
        mounts_close(&w->mounts);
        while (w->workspaces)
                live_remove_workspace(watcher, w->workspaces->id);
        if (w->settle)
                live_walk_done(w);
        for (struct settle_entry *e; w->settle && (e = settle_take(w->settle, USEC_INFINITY));) {
                tree_unref(&w->tree, settle_entry_dir(e));
                (void)settle_entry_free(e);
        }
        w->settle = settle_free(w->settle);
        (void)tree_reap(&w->tree, SIZE_MAX);
        free_removed(w);
        w->source->free(w->events);
        free(w);
        return NULL;
}

static void cleanup_watcher(struct live_watcher **w)
{
        if (*w)
                (void)live_free(&(*w)->base);
}

static int open_epoll(struct live_watcher *w)
{
        struct epoll_event e = {.events = EPOLLIN};

        w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (w->epoll_fd < 0 || epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->fd, &e) < 0)
                return -errno;
        int r = mounts_open(&w->mounts);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        e.events = EPOLLPRI;
        return epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->mounts.wake_fd, &e) < 0 ? -errno : 0;
}

int live_new(struct watcher **ret, const struct watcher_vtable *vtable,
             const struct live_source *source, const struct watcher_handler *handler,
             const struct watcher_limits *limits)
{
        _cleanup_(cleanup_watcher) struct live_watcher *w = calloc(1, sizeof(*w));

        if (!w)
                return -ENOMEM;
        w->fd = w->epoll_fd = -1;
        w->source = source;
        w->mounts = MOUNTS_NULL;
        w->mounts_at = USEC_INFINITY;
        w->base.vtable = vtable;
        w->handler = *handler;
        w->limits = *limits;
        w->tree = (struct tree){.unwatch = on_unwatch, .freed = on_freed, .userdata = w};
        live_walk_init(w);
        w->next_poll = USEC_INFINITY;
        int r = source->open(&w->events, &w->fd, limits);
        if (r < 0)
                return r;
        r = open_epoll(w);
        if (r < 0)
                return r;
        r = settle_new(&w->settle, limits->settle, limits->settle_max, limits->pending_max);
        if (r < 0)
                return r;
        *ret = &take_ptr(&w)->base;
        return 0;
}
