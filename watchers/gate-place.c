/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: where the file of an event lies, and the mounts of the file systems that hold gated workspaces.
 * Does not own: what follows from it (gate-judge.c).
 *
 * The kernel shows a path as it is through the opener's mount, in whatever mount namespace that is. The mount's line in
 * the mount table says what of the file system it shows, and so the path within the file system is found, which is the
 * same for all; the workspaces have one, too. That a file is outside must be shown: the path must lead back to it, from
 * a mount of our own. What cannot be shown to be outside is inside: a file that was opened by its handle and has no name
 * yet, one in a mount that was taken away, one that moves meanwhile.
 *
 * A workspace's own path is asked for anew before anything is taken to be outside, since a directory above it may be
 * renamed; in this order, so that a move between the two makes the path of the file lead nowhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/base/macros.h"
#include "common/base/mountinfo.h"
#include "common/base/text.h"
#include "watchers/gate-internal.h"

#define OWN_TABLE "/proc/self/mountinfo"
#define MOUNTS_MAX 4096u
#define DELETED " (deleted)"

struct gate_mount {
        uint64_t id;     /* as the tables have it; given again when the mount has gone */
        uint64_t unique; /* never given again; 0: not asked for yet */
        dev_t dev;
        bool own; /* in our mount namespace */
        char *root, *point;
};

/* --- workspaces -------------------------------------------------------------------------------- */

struct gate_ws *gate_ws_ref(struct gate_ws *ws)
{
        ws->refs++;
        return ws;
}

struct gate_ws *gate_ws_unref(struct gate_ws *ws)
{
        if (!ws || --ws->refs > 0)
                return NULL;
        (void)fd_close(ws->root_fd);
        (void)fd_close(ws->cover_fd);
        free(ws->cover_root);
        free(ws->in_fs);
        free(ws);
        return NULL;
}

void gate_place_set(struct gate_place *p, struct gate_ws *const *list, size_t n)
{
        for (size_t i = 0; i < p->n; i++)
                (void)gate_ws_unref(p->list[i]);
        for (p->n = 0; p->n < n; p->n++)
                p->list[p->n] = list[p->n];
        p->stale = true;
}

struct gate_ws *gate_place_workspace(const struct gate_place *p, uint32_t id)
{
        for (size_t i = 0; i < p->n; i++)
                if (p->list[i]->id == id)
                        return p->list[i];
        return NULL;
}

static bool holds_workspace(const struct gate_place *p, dev_t dev)
{
        for (size_t i = 0; i < p->n; i++)
                if (p->list[i]->sb_dev == dev)
                        return true;
        return false;
}

/* --- mounts ------------------------------------------------------------------------------------ */

/* Those of this mount namespace (own), or of others. */
static void forget_mounts(struct gate_place *p, bool own)
{
        size_t kept = 0;

        for (size_t i = 0; i < p->n_mounts; i++) {
                struct gate_mount *m = &p->mounts[i];

                if (m->own != own) {
                        p->mounts[kept++] = *m;
                        continue;
                }
                free(m->root);
                free(m->point);
        }
        p->n_mounts = kept;
}

static struct gate_mount *find_mount(struct gate_place *p, uint64_t id, bool own)
{
        for (size_t i = 0; i < p->n_mounts; i++)
                if (p->mounts[i].own == own && p->mounts[i].id == id)
                        return &p->mounts[i];
        return NULL;
}

static struct gate_mount *find_unique(struct gate_place *p, uint64_t unique)
{
        for (size_t i = 0; unique > 0 && i < p->n_mounts; i++)
                if (p->mounts[i].unique == unique)
                        return &p->mounts[i];
        return NULL;
}

static void add_mount(struct gate_place *p, const struct mount_line *line, bool own)
{
        if (p->n_mounts == p->alloc) {
                size_t alloc = p->alloc ? p->alloc * 2 : 16;
                struct gate_mount *mounts = reallocarray(p->mounts, alloc, sizeof(*mounts));

                if (!mounts)
                        return;
                p->mounts = mounts;
                p->alloc = alloc;
        }
        struct gate_mount m = {.id = line->id,
                               .dev = line->dev,
                               .own = own,
                               .root = strdup(line->root),
                               .point = strdup(line->point)};
        if (m.root && m.point) {
                p->mounts[p->n_mounts++] = m;
                return;
        }
        free(m.root);
        free(m.point);
}

static void read_mounts(struct gate_place *p, const char *table, bool own)
{
        _cleanup_fclose_ FILE *f = fopen(table, "re");
        _cleanup_free_ char *text = NULL;
        size_t alloc = 0;
        struct mount_line line;

        while (f && p->n_mounts < MOUNTS_MAX && getline(&text, &alloc, f) > 0)
                if (mountinfo_parse(text, &line) && holds_workspace(p, line.dev) &&
                    !find_mount(p, line.id, own))
                        add_mount(p, &line, own);
}

static void refresh(struct gate_place *p)
{
        if (!p->stale)
                return;
        p->stale = false;
        forget_mounts(p, true);
        read_mounts(p, OWN_TABLE, true);
}

static bool get_mount(int fd, uint64_t *ret)
{
        struct statx st;

        if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0 || !(st.stx_mask & STATX_MNT_ID))
                return false;
        *ret = st.stx_mnt_id;
        return true;
}

/* The mount of the file. One of another mount namespace is looked up in the opener's table, and is kept only by the
 * number that is not given again (Linux 6.8), as nobody tells when it has gone. *ret_kept: that is from before. */
static struct gate_mount *mount_of(struct gate_place *p, int fd, uint64_t unique, pid_t opener,
                                   bool *ret_kept)
{
        char table[48];
        uint64_t id;

        refresh(p);
        struct gate_mount *m = find_unique(p, unique);
        *ret_kept = m && !m->own;
        if (m)
                return m;
        if (!get_mount(fd, &id))
                return NULL;
        m = find_mount(p, id, true);
        if (!m) {
                (void)snprintf(table, sizeof(table), "/proc/%d/mountinfo", (int)opener);
                forget_mounts(p, false);
                read_mounts(p, table, false);
                m = find_mount(p, id, false);
        }
        if (m)
                m->unique = unique;
        return m;
}

void gate_place_check(struct gate_place *p)
{
        struct pollfd pfd = {.fd = p->mounts_fd, .events = POLLPRI};

        if (poll(&pfd, 1, 0) != 0)
                p->stale = true;
}

int gate_place_init(struct gate_place *p)
{
        *p = (struct gate_place){.stale = true};
        p->mounts_fd = open(OWN_TABLE, O_RDONLY | O_CLOEXEC);
        return p->mounts_fd < 0 ? -errno : 0;
}

void gate_place_done(struct gate_place *p)
{
        gate_place_set(p, NULL, 0);
        forget_mounts(p, true);
        forget_mounts(p, false);
        free(p->mounts);
        p->mounts_fd = fd_close(p->mounts_fd);
}

/* --- paths ------------------------------------------------------------------------------------- */

/* What of the path is below the directory, from its '/' on, or "". NULL: it is not. */
static const char *below(const char *path, const char *directory)
{
        size_t n = strlen(directory);

        if (n == 1 && *directory == '/')
                return path;
        if (strncmp(path, directory, n) != 0 || (path[n] != '/' && path[n] != '\0'))
                return NULL;
        return path + n;
}

static bool read_path(int fd, char *ret)
{
        char link[48];

        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, ret, PATH_MAX - 1);
        if (n <= 0 || n >= PATH_MAX - 1)
                return false;
        ret[n] = '\0';
        return *ret == '/';
}

/* The path in the file system, PATH_MAX bytes. */
static bool to_fs(const char *root, const char *point, const char *path, char *ret)
{
        const char *rest = below(path, point);

        /* the root of the mount was deleted */
        if (!rest || *root != '/' || text_ends_with(root, "//deleted"))
                return false;
        if (strcmp(root, "/") == 0)
                root = *rest == '\0' ? "/" : "";
        else if (strcmp(rest, "/") == 0)
                rest = "";
        return snprintf(ret, PATH_MAX, "%s%s", root, rest) < PATH_MAX;
}

static struct gate_ws *find_around(const struct gate_place *p, dev_t dev, const char *in_fs,
                                   const char **ret_rest)
{
        struct gate_ws *best = NULL;

        for (size_t i = 0; i < p->n; i++) {
                struct gate_ws *ws = p->list[i];
                const char *rest = ws->sb_dev == dev ? below(in_fs, ws->in_fs) : NULL;

                /* of one in another, the inner */
                if (rest && (!best || strlen(ws->in_fs) > strlen(best->in_fs))) {
                        best = ws;
                        *ret_rest = rest + strspn(rest, "/");
                }
        }
        return best;
}

/* Asks where the workspaces of the file system are now. */
static void refresh_workspaces(struct gate_place *p, dev_t dev)
{
        char path[PATH_MAX], in_fs[PATH_MAX];

        for (size_t i = 0; i < p->n; i++) {
                struct gate_ws *ws = p->list[i];
                const struct gate_mount *m =
                        ws->sb_dev == dev ? find_mount(p, ws->mount_id, true) : NULL;

                if (!m || !read_path(ws->root_fd, path) || !to_fs(m->root, m->point, path, in_fs) ||
                    strcmp(in_fs, ws->in_fs) == 0)
                        continue;
                char *copy = strdup(in_fs);
                if (!copy)
                        continue;
                free(ws->in_fs);
                ws->in_fs = copy;
        }
}

/* Whether the path leads to that file, in a mount of ours. */
static bool leads_back(struct gate_place *p, dev_t dev, const char *in_fs,
                       const struct gate_key *key)
{
        struct stat st;

        for (size_t i = 0; i < p->n; i++) {
                const struct gate_ws *ws = p->list[i];
                const char *rest = ws->sb_dev == dev && ws->cover_fd >= 0
                                           ? below(in_fs, ws->cover_root)
                                           : NULL;

                if (!rest)
                        continue;
                (void)snprintf(p->found, sizeof(p->found), "%s", rest + strspn(rest, "/"));
                p->found_cover = ws;
                _cleanup_close_ int fd = open_beneath(ws->cover_fd, p->found, O_PATH);
                return fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == key->dev &&
                       st.st_ino == key->ino;
        }
        return false;
}

/* --- where a file is --------------------------------------------------------------------------- */

static bool is_excluded(struct gate *g, const struct gate_ws *ws, const char *path)
{
        bool excluded = false;

        (void)pthread_mutex_lock(&g->lock);
        if (!ws->removed && ws->exclude && *path)
                excluded = ws->exclude(ws->exclude_userdata, path);
        (void)pthread_mutex_unlock(&g->lock);
        return excluded;
}

/* Of a file that may be anywhere. */
static enum gate_where somewhere(const struct gate_place *p, uint64_t dev, struct gate_ws **ret)
{
        *ret = NULL;
        for (size_t i = 0; i < p->n; i++)
                if (!*ret || (p->list[i]->dev == dev && (*ret)->dev != dev))
                        *ret = p->list[i];
        return *ret ? GATE_INSIDE : GATE_OUTSIDE;
}

static enum gate_where inside(struct gate *g, struct gate_ws *ws, const char *rest, bool deleted,
                              struct gate_ws **ret, char *ret_path)
{
        *ret = ws;
        if (is_excluded(g, ws, rest))
                return GATE_EXCLUDED;
        (void)snprintf(ret_path, PATH_MAX, "%s", deleted ? "" : rest);
        return GATE_INSIDE;
}

/* Inside with *ret NULL: that is not sure. */
static enum gate_where find_by(struct gate_place *p, struct gate *g, const struct gate_mount *m,
                               int fd, const struct gate_look *l, struct gate_ws **ret,
                               char *ret_path)
{
        char path[PATH_MAX], in_fs[PATH_MAX];
        const char *rest;

        *ret = NULL;
        if (!m || !read_path(fd, path) || !to_fs(m->root, m->point, path, in_fs))
                return GATE_INSIDE;
        bool deleted = l->links == 0 && text_ends_with(in_fs, DELETED);
        struct gate_ws *ws = find_around(p, m->dev, in_fs, &rest);
        if (ws)
                return inside(g, ws, rest, deleted, ret, ret_path);
        refresh_workspaces(p, m->dev);
        ws = find_around(p, m->dev, in_fs, &rest);
        if (ws)
                return inside(g, ws, rest, deleted, ret, ret_path);
        /* what has no name any more had its last one where it says */
        return (deleted && m->own) || leads_back(p, m->dev, in_fs, &l->key) ? GATE_OUTSIDE
                                                                            : GATE_INSIDE;
}

enum gate_where gate_place_find(struct gate_place *p, struct gate *g, int fd,
                                const struct gate_look *l, pid_t opener, struct gate_ws **ret,
                                char *ret_path)
{
        bool kept;

        *ret_path = '\0';
        p->found_cover = NULL;
        const struct gate_mount *m = mount_of(p, fd, l->mount, opener, &kept);
        enum gate_where where = find_by(p, g, m, fd, l, ret, ret_path);
        if (where == GATE_INSIDE && !*ret && kept) {
                /* it may have another mount point by now */
                forget_mounts(p, false);
                m = mount_of(p, fd, l->mount, opener, &kept);
                where = find_by(p, g, m, fd, l, ret, ret_path);
        }
        return where == GATE_INSIDE && !*ret ? somewhere(p, l->key.dev, ret) : where;
}

/* --- a workspace that is added ----------------------------------------------------------------- */

/* Takes this mount to look files up in, if its mount point still leads to it. */
static void try_cover(struct gate_ws *ws, const struct gate_mount *m)
{
        _cleanup_close_ int fd = open(m->point, O_PATH | O_DIRECTORY | O_CLOEXEC);
        char *root = strdup(m->root);
        uint64_t id;

        if (fd < 0 || !root || !get_mount(fd, &id) || id != m->id) {
                free(root);
                return;
        }
        ws->cover_fd = take_fd(&fd);
        ws->cover_root = root;
}

int gate_place_locate(struct gate_ws *ws)
{
        char path[PATH_MAX], in_fs[PATH_MAX];
        struct gate_place p = {.mounts_fd = -1};
        struct stat st;
        int r = -ENOTSUP;

        if (fstat(ws->root_fd, &st) < 0)
                return -errno;
        ws->dev = st.st_dev;
        if (!get_mount(ws->root_fd, &ws->mount_id) || !read_path(ws->root_fd, path))
                return -ENOTSUP;
        /* once to learn which file system it is, and once for all its mounts */
        p.list[p.n++] = ws;
        _cleanup_fclose_ FILE *f = fopen(OWN_TABLE, "re");
        _cleanup_free_ char *text = NULL;
        size_t alloc = 0;
        struct mount_line line;
        while (f && getline(&text, &alloc, f) > 0)
                if (mountinfo_parse(text, &line) && line.id == ws->mount_id)
                        ws->sb_dev = line.dev;
        read_mounts(&p, OWN_TABLE, true);
        const struct gate_mount *m = find_mount(&p, ws->mount_id, true);
        if (m && to_fs(m->root, m->point, path, in_fs)) {
                ws->in_fs = strdup(in_fs);
                r = ws->in_fs ? 0 : -ENOMEM;
                if (strcmp(m->root, "/") == 0)
                        try_cover(ws, m);
                for (size_t i = 0; i < p.n_mounts && ws->cover_fd < 0; i++)
                        if (p.mounts[i].dev == m->dev && strcmp(p.mounts[i].root, "/") == 0)
                                try_cover(ws, &p.mounts[i]);
                if (ws->cover_fd < 0)
                        try_cover(ws, m);
        }
        forget_mounts(&p, true);
        free(p.mounts);
        return r;
}
