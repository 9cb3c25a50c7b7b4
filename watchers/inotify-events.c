/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading the kernel's queue, and what each record means for a file or a directory.
 * Does not own: the watches (inotify-cover.c) and the walks (inotify-walk.c) that it asks for.
 *
 * Nothing is counted or paired. A record is a hint that something is to be looked at: at once when
 * a writer closed it, when it was moved in, or when it is a link; after it has settled when it was
 * made or changed and no close follows.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/macros.h"
#include "common/base/open.h"
#include "watchers/inotify-internal.h"

static void overflow(struct inotify_watcher *w)
{
        w->counters.overflows++;
        for (struct inotify_workspace *next, *ws = w->workspaces; ws; ws = next) {
                next = ws->hh.next;
                if (!ws->root)
                        continue;
                inotify_gap(w, ws, REASON_QUEUE_OVERFLOW, NULL);
                inotify_walk_whole(w, ws);
        }
}

static int settle_try(struct inotify_watcher *w, struct tree_node *dir, const char *name,
                      enum candidate_why why)
{
        if (!inotify_cover_has_room(w) && !settle_has(w->settle, dir, name))
                return -ENOBUFS;
        int r = settle_touch(w->settle, dir, name, why, w->now);
        if (r > 0)
                tree_ref(dir);
        return r;
}

/* Puts it among what settles; where there is no room, its directory is listed later instead. */
static void settle_later(struct inotify_watcher *w, struct tree_node *dir, const char *name,
                         enum candidate_why why)
{
        if (settle_try(w, dir, name, why) < 0)
                inotify_walk_defer(w, dir, 0);
}

static void settled(struct inotify_watcher *w, struct tree_node *dir, const char *name)
{
        if (settle_cancel(w->settle, dir, name))
                tree_unref(&w->tree, dir);
}

/* An entry without a name stands for the directory itself: CANDIDATE_OPEN with all below it. */
static void list_later(struct inotify_watcher *w, struct tree_node *dir, bool deep)
{
        if (settle_try(w, dir, "", deep ? CANDIDATE_OPEN : CANDIDATE_CHANGED) < 0)
                inotify_walk_want(w, dir, deep);
}

/* Looks at a name without opening what it leads to. 0 or negative errno. */
static int look_at(const struct tree_node *dir, const char *name, struct stat *ret)
{
        char path[PATH_MAX];
        size_t n = strlen(name);

        int len = tree_path(dir, path, sizeof(path) - n - 1, NULL);
        if (len < 0)
                return len;
        if (len > 0)
                path[len++] = '/';
        memcpy(path + len, name, n + 1);
        _cleanup_close_ int fd = open_beneath(inotify_owner(dir)->root_fd, path, O_PATH);
        if (fd < 0)
                return fd;
        struct stat st;
        if (fstat(fd, &st) < 0)
                return -errno;
        *ret = st;
        return 0;
}

/* What was made just now and was neither written to nor closed: a link, or a writer that takes its
 * time. */
static void look_at_fresh(struct inotify_watcher *w)
{
        const struct settle_entry *e;

        while ((e = settle_next_fresh(w->settle))) {
                struct tree_node *dir = settle_entry_dir(e);
                const char *name = settle_entry_name(e);
                struct stat st;
                int r = look_at(dir, name, &st);

                if (r == 0 && S_ISREG(st.st_mode) && st.st_nlink <= 1)
                        continue;
                if (r == 0 && !S_ISDIR(st.st_mode))
                        inotify_emit(w, dir, name, CANDIDATE_LINKED, NULL);
                else if (r != 0 && r != -ENOENT)
                        continue;
                settled(w, dir, name);
        }
}

/* "#12345": how the kernel names a file made with O_TMPFILE, under whatever name it was linked
 * since. */
static bool is_unnamed(const char *name)
{
        if (*name++ != '#' || *name == '\0')
                return false;
        while (isdigit((unsigned char)*name))
                name++;
        return *name == '\0';
}

static bool is_excluded(struct inotify_watcher *w, const struct tree_node *dir, const char *name)
{
        struct inotify_workspace *ws = inotify_owner(dir);
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

static void on_file(struct inotify_watcher *w, struct tree_node *dir, const char *name,
                    uint32_t mask)
{
        struct stat st;

        if (is_unnamed(name) && look_at(dir, name, &st) == -ENOENT) {
                list_later(w, dir, false);
                return;
        }
        if (mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) {
                settled(w, dir, name);
                inotify_emit(w, dir, name,
                             mask & IN_CLOSE_WRITE ? CANDIDATE_WRITTEN : CANDIDATE_MOVED_IN, NULL);
                return;
        }
        if (!settle_has(w->settle, dir, name) && is_excluded(w, dir, name))
                return;
        if (mask & IN_CREATE)
                settle_later(w, dir, name, CANDIDATE_LINKED);
        else if (mask & IN_MODIFY)
                settle_later(w, dir, name, CANDIDATE_OPEN);
        else if (mask & IN_ATTRIB)
                settle_later(w, dir, name, CANDIDATE_CHANGED);
}

static void on_directory(struct inotify_watcher *w, struct tree_node *dir, const char *name,
                         uint32_t mask)
{
        struct tree_node *there;

        if (mask & (IN_CREATE | IN_MOVED_TO)) {
                int r = inotify_cover(w, dir, -1, name, &there);
                if (!there)
                        return;
                if (there->walked == 0)
                        inotify_walk_want(w, there, r > 0);
                else if (mask & IN_MOVED_TO)
                        /* its watches came along; what was made in it while its path was not known
                         * is found by a walk, but not by one for each of many renames */
                        list_later(w, there, true);
        } else if (mask & IN_ATTRIB && inotify_owner(dir)->root &&
                   gaps_is_open(&inotify_owner(dir)->gaps, REASON_WORKSPACE_UNREADABLE)) {
                list_later(w, inotify_owner(dir)->root, true);
        }
}

/* The watched directory itself moved or went away. */
static void on_self(struct inotify_watcher *w, struct tree_node *node, uint32_t mask)
{
        if (!node->place->parent)
                inotify_root_lost(w, inotify_owner(node));
        else if (mask & IN_MOVE_SELF)
                inotify_cover_verify(w, node, -1);
        else
                tree_drop(&w->tree, node);
}

static void on_node(struct inotify_watcher *w, struct tree_node *node,
                    const struct inotify_event *e)
{
        struct inotify_workspace *ws = inotify_owner(node);

        if (ws->removed || !tree_is_live(node))
                return;
        if (node->anchor) {
                if (e->mask & (IN_DELETE | IN_UNMOUNT) && inotify_root_is_gone(ws))
                        inotify_root_lost(w, ws);
                return;
        }
        if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT))
                on_self(w, node, e->mask);
        else if (e->len == 0)
                return;
        else if (e->mask & IN_ISDIR)
                on_directory(w, node, e->name, e->mask);
        else
                on_file(w, node, e->name, e->mask);
}

/* The kernel took the watch away: the directory was deleted or unmounted. */
static void on_ignored(struct inotify_watcher *w, struct tree_node *node, int wd)
{
        for (; node; node = node->twin) {
                struct inotify_workspace *ws = inotify_owner(node);

                if (node == ws->anchor)
                        ws->anchor = NULL;
                else if (node == ws->root)
                        inotify_root_lost(w, ws);
        }
        tree_forget_wd(&w->tree, wd);
}

static void on_event(struct inotify_watcher *w, const struct inotify_event *e)
{
        /* the overflow record has no watch: it must be handled before any look-up */
        if (e->mask & IN_Q_OVERFLOW) {
                overflow(w);
                return;
        }
        struct tree_node *node = tree_find_wd(&w->tree, e->wd);
        if (e->mask & IN_IGNORED) {
                on_ignored(w, node, e->wd);
                return;
        }
        while (node) {
                struct tree_node *twin = node->twin;

                on_node(w, node, e);
                node = twin;
        }
}

static void on_buffer(struct inotify_watcher *w, size_t n)
{
        for (size_t at = 0; at < n;) {
                const struct inotify_event *e = (const void *)(w->buffer + at);

                w->counters.events++;
                on_event(w, e);
                at += sizeof(*e) + e->len;
        }
        look_at_fresh(w);
}

int inotify_events_read(struct inotify_watcher *w, usec_t until)
{
        do {
                ssize_t n = read(w->fd, w->buffer, INOTIFY_EVENTS_BUFFER);

                if (n < 0 && errno == EAGAIN)
                        return 1;
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n > 0)
                        on_buffer(w, (size_t)n);
        } while (clock_monotonic() < until);
        return 0;
}

void inotify_events_settle(struct inotify_watcher *w, usec_t until)
{
        struct settle_entry *e;

        while (clock_monotonic() < until && (e = settle_take(w->settle, w->now))) {
                struct tree_node *dir = settle_entry_dir(e);
                const char *name = settle_entry_name(e);
                enum candidate_why why = settle_entry_why(e);

                if (*name != '\0')
                        inotify_emit(w, dir, name, why, NULL);
                else if (tree_is_live(dir))
                        inotify_walk_want(w, dir, why == CANDIDATE_OPEN);
                tree_unref(&w->tree, dir);
                (void)settle_entry_free(e);
        }
}
