/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading the kernel's queue, and what each record means for a file or a directory.
 * Does not own: the watches (live-cover.c) and the walks (live-walk.c) that it asks for.
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
#include "watchers/live-internal.h"

static void overflow(struct live_watcher *w)
{
        w->counters.overflows++;
        for (struct live_workspace *next, *ws = w->workspaces; ws; ws = next) {
                next = ws->hh.next;
                if (!ws->root)
                        continue;
                live_gap(w, ws, REASON_QUEUE_OVERFLOW, NULL);
                live_walk_whole(w, ws);
        }
}

static int settle_try(struct live_watcher *w, struct tree_node *dir, const char *name,
                      enum candidate_why why)
{
        if (!live_cover_has_room(w) && !settle_has(w->settle, dir, name))
                return -ENOBUFS;
        int r = settle_touch(w->settle, dir, name, why, w->now);
        if (r > 0)
                tree_ref(dir);
        return r;
}

/* Puts it among what settles; where there is no room, its directory is listed later instead. */
static void settle_later(struct live_watcher *w, struct tree_node *dir, const char *name,
                         enum candidate_why why)
{
        if (settle_try(w, dir, name, why) < 0)
                live_walk_defer(w, dir, 0);
}

static void settled(struct live_watcher *w, struct tree_node *dir, const char *name)
{
        if (settle_cancel(w->settle, dir, name))
                tree_unref(&w->tree, dir);
}

/* An entry without a name stands for the directory itself: CANDIDATE_OPEN with all below it. */
static void list_later(struct live_watcher *w, struct tree_node *dir, bool deep)
{
        if (settle_try(w, dir, "", deep ? CANDIDATE_OPEN : CANDIDATE_CHANGED) < 0)
                live_walk_want(w, dir, deep);
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
        _cleanup_close_ int fd = open_beneath(live_owner(dir)->root_fd, path, O_PATH);
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
static void look_at_fresh(struct live_watcher *w)
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
                        live_emit(w, dir, name, CANDIDATE_LINKED, NULL);
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

static void on_file(struct live_watcher *w, struct tree_node *dir, const char *name, uint32_t what)
{
        struct stat st;

        if (is_unnamed(name) && look_at(dir, name, &st) == -ENOENT) {
                list_later(w, dir, false);
                return;
        }
        if (what & (LIVE_CLOSED | LIVE_MOVED_IN)) {
                settled(w, dir, name);
                live_emit(w, dir, name, what & LIVE_CLOSED ? CANDIDATE_WRITTEN : CANDIDATE_MOVED_IN,
                          NULL);
                return;
        }
        if (!settle_has(w->settle, dir, name) && live_is_excluded(w, dir, name))
                return;
        if (what & LIVE_CREATED)
                settle_later(w, dir, name, CANDIDATE_LINKED);
        else if (what & LIVE_MODIFIED)
                settle_later(w, dir, name, CANDIDATE_OPEN);
        else if (what & LIVE_ATTRIBUTES)
                settle_later(w, dir, name, CANDIDATE_CHANGED);
}

/* Whether a directory that was made needs no listing: all that is in it will be told of. Not while others wait to be listed:
 * events may have been lost, and that was told of before. */
static bool is_heard_from_birth(struct live_watcher *w, const struct tree_node *node, int fd,
                                uint32_t what)
{
        return !(what & LIVE_MOVED_IN) && node->wd >= 0 && live_owner(node)->waiting == 0 &&
               w->source->hears_all && w->source->hears_all(w->events, node->wd, fd);
}

static void on_directory(struct live_watcher *w, struct tree_node *dir, const char *name,
                         uint32_t what)
{
        struct tree_node *there;
        _cleanup_close_ int fd = -1;

        if (what & (LIVE_CREATED | LIVE_MOVED_IN)) {
                int r = live_cover(w, dir, -1, name, &there, &fd);
                if (!there)
                        return;
                bool known = there->wanted > 0; /* it was listed, or is about to be */
                if (!known && r > 0 && is_heard_from_birth(w, there, fd, what))
                        live_walk_spare(there);
                else if (known && what & LIVE_MOVED_IN)
                        /* its watches came along; what was made in it while its path was not known
                         * is found by a walk, but not by one for each of many renames */
                        list_later(w, there, true);
                else if (there->walked == 0)
                        live_walk_want_opened(w, there, r > 0, &fd);
        } else if (what & LIVE_ATTRIBUTES && live_owner(dir)->root &&
                   gaps_is_open(&live_owner(dir)->gaps, REASON_WORKSPACE_UNREADABLE)) {
                list_later(w, live_owner(dir)->root, true);
        }
}

/* The watched directory itself moved or went away. */
static void on_self(struct live_watcher *w, struct tree_node *node, uint32_t what)
{
        if (!node->place->parent)
                live_root_lost(w, live_owner(node));
        else if (what & LIVE_SELF_MOVED)
                live_cover_verify(w, node, -1);
        else
                tree_drop(&w->tree, node);
}

static void on_node(struct live_watcher *w, struct tree_node *node, const struct live_event *e)
{
        struct live_workspace *ws = live_owner(node);

        if (ws->removed || !tree_is_live(node))
                return;
        if (node->anchor) {
                if (e->what & (LIVE_DELETED | LIVE_UNMOUNTED) && live_root_is_gone(ws))
                        live_root_lost(w, ws);
                return;
        }
        if (e->what & (LIVE_SELF_DELETED | LIVE_SELF_MOVED | LIVE_UNMOUNTED))
                on_self(w, node, e->what);
        else if (*e->name == '\0')
                return;
        else if (e->what & LIVE_DIRECTORY)
                on_directory(w, node, e->name, e->what);
        else
                on_file(w, node, e->name, e->what);
}

/* The kernel took the watch away: the directory was deleted or unmounted. */
static void on_ignored(struct live_watcher *w, struct tree_node *node, int wd)
{
        for (; node; node = node->twin) {
                struct live_workspace *ws = live_owner(node);

                if (node == ws->anchor)
                        ws->anchor = NULL;
                else if (node == ws->root)
                        live_root_lost(w, ws);
        }
        tree_forget_wd(&w->tree, wd);
}

void live_event(struct live_watcher *w, const struct live_event *e)
{
        w->counters.events++;
        /* the overflow record has no watch: it must be handled before any look-up */
        if (e->what & LIVE_OVERFLOW) {
                overflow(w);
                return;
        }
        struct tree_node *node = tree_find_wd(&w->tree, e->wd);
        if (e->what & LIVE_UNWATCHED) {
                on_ignored(w, node, e->wd);
                return;
        }
        w->writer = e->writer;
        while (node) {
                struct tree_node *twin = node->twin;

                on_node(w, node, e);
                node = twin;
        }
        w->writer = NULL;
}

void live_events_end(struct live_watcher *w)
{
        look_at_fresh(w);
}

int live_events_read(struct live_watcher *w, usec_t until)
{
        do {
                int r = w->source->read(w->events, w);

                if (r != 0)
                        return r;
        } while (clock_monotonic() < until);
        return 0;
}

void live_events_settle(struct live_watcher *w, usec_t until)
{
        struct settle_entry *e;

        while (clock_monotonic() < until && (e = settle_take(w->settle, w->now))) {
                struct tree_node *dir = settle_entry_dir(e);
                const char *name = settle_entry_name(e);
                enum candidate_why why = settle_entry_why(e);

                if (*name != '\0')
                        live_emit(w, dir, name, why, NULL);
                else if (tree_is_live(dir))
                        live_walk_want(w, dir, why == CANDIDATE_OPEN);
                tree_unref(&w->tree, dir);
                (void)settle_entry_free(e);
        }
}
