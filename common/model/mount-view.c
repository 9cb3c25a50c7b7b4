/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the mounts of a process, and following them from a file to its name.
 * Does not own: whose table it is, and when it is read (watchers/writers.c).
 *
 * A mount shows a file if it is of its file system and the file lies beneath its root; or if it is an overlay and the
 * file lies in its upper directory, whose path the table has as the host called it. Of those the one with the longest root
 * is the nearest. The name counts only if it leads back to that mount: another one may lie over it.
 *
 * The table is the kernel's, but whoever may mount chooses how long it is and what is in it, so the work for a file is
 * bounded: a few mounts are tried, and a few are followed for each.
 */
#include "common/model/mount-view.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mountinfo.h"
#include "common/base/text.h"

#define OWN_TABLE "/proc/self/mountinfo"
#define TRIES_MAX 8u
#define HOPS_MAX 64u
#define ROOTS_MAX 16u

struct mount {
        uint64_t id, parent;
        dev_t dev;
        const char *root, *point; /* "" is "/" */
        char *upper;              /* of an overlay; NULL: it has none */
};

struct mount_view {
        _Atomic unsigned refs;
        char *table; /* as it was */
        size_t table_n;
        char *text; /* what the mounts point into */
        struct mount *mounts;
        size_t n;
        const struct mount *root; /* that all others lie on; NULL: the process sees none */
};

/* --- paths ----------------------------------------------------------------------------------- */

/* "/" goes in front of what is below without being doubled. */
static const char *base_path(const char *path)
{
        return strcmp(path, "/") == 0 ? "" : path;
}

/* What is left of the path beneath the directory, "" or from a slash on; NULL: it is not beneath it. */
static const char *beneath(const char *directory, const char *path)
{
        size_t n = strlen(directory);

        return strncmp(directory, path, n) == 0 && (path[n] == '/' || path[n] == '\0') ? path + n
                                                                                       : NULL;
}

/* --- life ------------------------------------------------------------------------------------ */

static char *read_upper(const struct mount_line *line)
{
        char path[PATH_MAX];

        if (strcmp(line->type, "overlay") != 0 ||
            !mountinfo_option(line->options, "upperdir", path, sizeof(path)) || path[0] != '/')
                return NULL;
        return strdup(base_path(path));
}

static size_t count_lines(const char *text)
{
        size_t n = 0;

        for (; *text; text++)
                n += *text == '\n';
        return n + 1;
}

static bool has_mount(const struct mount_view *v, uint64_t id)
{
        for (size_t i = 0; i < v->n; i++)
                if (v->mounts[i].id == id)
                        return true;
        return false;
}

/* Its own parent is not in the table. */
static const struct mount *find_root(const struct mount_view *v)
{
        unsigned tried = 0;

        for (size_t i = 0; i < v->n && tried < ROOTS_MAX; i++) {
                const struct mount *m = &v->mounts[i];

                if (*m->point != '\0')
                        continue;
                if (m->parent == m->id || !has_mount(v, m->parent))
                        return m;
                tried++;
        }
        return NULL;
}

static int parse(struct mount_view *v)
{
        struct mount_line line;

        v->mounts = calloc(count_lines(v->text), sizeof(*v->mounts));
        if (!v->mounts)
                return -ENOMEM;
        for (char *at = v->text, *next; at && *at; at = next) {
                next = strchr(at, '\n');
                if (next)
                        *next++ = '\0';
                if (!mountinfo_parse(at, &line))
                        continue;
                v->mounts[v->n++] = (struct mount){.id = line.id,
                                                   .parent = line.parent,
                                                   .dev = line.dev,
                                                   .root = base_path(line.root),
                                                   .point = base_path(line.point),
                                                   .upper = read_upper(&line)};
        }
        v->root = find_root(v);
        return 0;
}

int mount_view_new(struct mount_view **ret, const char *table, size_t n)
{
        _cleanup_(mount_view_unrefp) struct mount_view *v =
                n <= MOUNT_VIEW_BYTES_MAX ? calloc(1, sizeof(*v)) : NULL;

        if (n > MOUNT_VIEW_BYTES_MAX)
                return -E2BIG;
        if (!v)
                return -ENOMEM;
        v->refs = 1;
        v->table_n = n;
        v->table = malloc(n + 1);
        v->text = strndup(table, n);
        if (!v->table || !v->text)
                return -ENOMEM;
        memcpy(v->table, table, n);
        int r = parse(v);
        if (r == 0)
                *ret = take_ptr(&v);
        return r;
}

struct mount_view *mount_view_ref(struct mount_view *v)
{
        if (v)
                v->refs++;
        return v;
}

struct mount_view *mount_view_unref(struct mount_view *v)
{
        if (!v || --v->refs > 0)
                return NULL;
        for (size_t i = 0; i < v->n; i++)
                free(v->mounts[i].upper);
        free(v->mounts);
        free(v->text);
        free(v->table);
        free(v);
        return NULL;
}

bool mount_view_is(const struct mount_view *v, const char *table, size_t n)
{
        return v->table_n == n && memcmp(v->table, table, n) == 0;
}

/* --- from a file to its name ----------------------------------------------------------------- */

/* A file of the host, by both its names. */
struct file {
        dev_t dev;
        char in_fs[PATH_MAX], on_host[PATH_MAX];
};

static bool name_file(struct file *f, const struct mount_place *place, const char *path)
{
        if (!place->in_fs || !place->on_host)
                return false;
        int a = snprintf(f->in_fs, sizeof(f->in_fs), "%s/%s", base_path(place->in_fs), path),
            b = snprintf(f->on_host, sizeof(f->on_host), "%s/%s", base_path(place->on_host), path);
        f->dev = place->dev;
        return a > 0 && (size_t)a < sizeof(f->in_fs) && b > 0 && (size_t)b < sizeof(f->on_host);
}

/* What of the file's name follows the mount's point, and how near its root is to the file; NULL: the mount does not show it. */
static const char *shown_by(const struct mount *m, const struct file *f, size_t *ret_nearness)
{
        const char *rest = m->dev == f->dev ? beneath(m->root, f->in_fs) : NULL;

        *ret_nearness = strlen(m->root);
        if (rest || !m->upper)
                return rest;
        rest = beneath(m->upper, f->on_host);
        *ret_nearness += strlen(m->upper);
        return rest ? beneath(m->root, rest) : NULL;
}

/* The mount that lies on the given one where the path goes through it first; NULL: none does. */
static const struct mount *next_on_way(const struct mount_view *v, const struct mount *on,
                                       const char *path)
{
        const struct mount *found = NULL;

        for (size_t i = 0; i < v->n; i++) {
                const struct mount *m = &v->mounts[i];

                if (m->parent == on->id && m != on && beneath(m->point, path) &&
                    (!found || strlen(m->point) <= strlen(found->point)))
                        found = m;
        }
        return found;
}

/* Whether the path leads to a file of that mount, and not of one that lies over it. */
static bool leads_to(const struct mount_view *v, const char *path, const struct mount *m)
{
        const struct mount *at = v->root;

        for (unsigned i = 0; at && i < HOPS_MAX; i++) {
                const struct mount *next = next_on_way(v, at, path);

                if (!next)
                        return at == m;
                at = next;
        }
        return false;
}

struct attempt {
        const struct mount *m;
        const char *rest;
        size_t nearness;
};

/* The mount that is nearest to the file among those that were not tried yet: these are farther, or later in the table. */
static bool next_attempt(const struct mount_view *v, const struct file *f, struct attempt *a)
{
        struct attempt best = {0}, last = *a;

        for (size_t i = 0; i < v->n; i++) {
                const struct mount *m = &v->mounts[i];
                size_t nearness;
                const char *rest = shown_by(m, f, &nearness);
                bool tried = last.m && (nearness > last.nearness ||
                                        (nearness == last.nearness && m <= last.m));

                if (rest && !tried && (!best.m || nearness > best.nearness))
                        best = (struct attempt){m, rest, nearness};
        }
        *a = best;
        return best.m;
}

bool mount_view_find(const struct mount_view *v, const struct mount_place *place, const char *path,
                     char *dst, size_t size, size_t *ret_tail)
{
        struct attempt a = {0};
        struct file file;
        char name[PATH_MAX];

        if (!name_file(&file, place, path))
                return false;
        for (unsigned i = 0; i < TRIES_MAX && next_attempt(v, &file, &a); i++) {
                int n = snprintf(name, sizeof(name), "%s%s", a.m->point, a.rest);

                if (n < 0 || (size_t)n >= sizeof(name) || !leads_to(v, name, a.m))
                        continue;
                /* what the file's own path has of it */
                size_t tail = MIN_OF(strlen(a.rest), strlen(path)), head = (size_t)n - tail;
                if (head >= size)
                        return false;
                memcpy(dst, name, head);
                dst[head] = '\0';
                *ret_tail = strlen(path) - tail;
                return true;
        }
        return false;
}

bool mount_view_overlays(const struct mount_view *v, const struct mount_place *place,
                         const char *path)
{
        struct file file;

        if (!name_file(&file, place, path))
                return false;
        for (size_t i = 0; i < v->n; i++)
                if (v->mounts[i].upper && beneath(v->mounts[i].upper, file.on_host))
                        return true;
        return false;
}

/* --- places ---------------------------------------------------------------------------------- */

static bool read_mount_id(int fd, uint64_t *ret)
{
        char path[64], line[128];

        (void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        while (f && fgets(line, sizeof(line), f))
                if (strncmp(line, "mnt_id:", 7) == 0) {
                        *ret = strtoull(line + 7, NULL, 10);
                        return true;
                }
        return false;
}

/* host: the directory's path; line: its mount's. */
static int fill_place(struct mount_place *ret, const char *host, const struct mount_line *line)
{
        const char *rest = beneath(base_path(line->point), host);
        char in_fs[PATH_MAX];

        if (!rest || snprintf(in_fs, sizeof(in_fs), "%s%s", base_path(line->root), rest) >=
                             (int)sizeof(in_fs))
                return -ENOENT;
        *ret = (struct mount_place){line->dev, strdup(in_fs), strdup(host)};
        if (ret->in_fs && ret->on_host)
                return 0;
        mount_place_done(ret);
        return -ENOMEM;
}

int mount_place_read(struct mount_place *ret, int fd)
{
        char link[64], path[PATH_MAX];
        _cleanup_free_ char *text = NULL;
        struct mount_line line;
        size_t alloc = 0;
        uint64_t id;

        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof(path) - 1);
        if (n < 0 || !read_mount_id(fd, &id))
                return n < 0 ? -errno : -ENOENT;
        path[n] = '\0';
        _cleanup_fclose_ FILE *f = fopen(OWN_TABLE, "re");
        if (!f)
                return -errno;
        while (getline(&text, &alloc, f) > 0)
                if (mountinfo_parse(text, &line) && line.id == id)
                        return fill_place(ret, base_path(path), &line);
        return -ENOENT;
}

void mount_place_done(struct mount_place *p)
{
        free(p->in_fs);
        free(p->on_host);
        *p = (struct mount_place){0};
}
