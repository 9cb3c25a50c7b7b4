/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: one open directory and the buffer of its entries.
 * Does not own: what is done with an entry, nor which directory comes next; a back end keeps that,
 * so that a walk can stop after any entry and go on later.
 *
 * getdents64() directly: readdir() would take a DIR from the heap for each directory, and d_type
 * spares the stat of whatever need not be looked at.
 */
#include "watchers/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "common/base/open.h"

/* what the kernel writes; the alignment of d_ino is kept by d_reclen */
struct walk_dirent {
        uint64_t d_ino;
        int64_t d_off;
        unsigned short d_reclen;
        unsigned char d_type;
        char d_name[];
};

/* btrfs lists what was there at the last open() or rewind (seen with Linux 6.18): what came since, before there was a watch,
 * would be in neither. */
static int rewind_directory(int fd)
{
        return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int take(struct walk *w, int fd, bool needs_buffer)
{
        walk_close(w);
        w->fd = fd;
        if (needs_buffer && !w->buffer)
                w->buffer = malloc(WALK_BUFFER);
        return needs_buffer && !w->buffer ? -ENOMEM : 0;
}

int walk_open(struct walk *w, int fd)
{
        int r = take(w, fd, true);

        if (r >= 0)
                r = rewind_directory(fd);
        if (r < 0)
                walk_close(w);
        return r;
}

static bool is_dots(const char *name)
{
        return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static int look_at(int dirfd, const char *name, struct stat *ret)
{
        return fstatat(dirfd, name, ret, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0 ? -errno : 0;
}

static int read_entries(struct walk_listing *l, int fd)
{
        long n;

        l->len = 0;
        do {
                n = syscall(SYS_getdents64, fd, l->entries + l->len, WALK_LISTING_SIZE - l->len);
                l->len += n > 0 ? (size_t)n : 0;
        } while (n > 0 && WALK_LISTING_SIZE - l->len >= sizeof(struct walk_dirent) + NAME_MAX + 1);
        l->whole = n == 0;
        return n < 0 ? -errno : 0;
}

int walk_list(struct walk_listing *l, int fd, const _Atomic bool *stop)
{
        l->n_found = 0;
        int r = rewind_directory(fd);
        if (r >= 0)
                r = read_entries(l, fd);
        for (size_t at = 0; r >= 0 && at < l->len && !*stop;) {
                const struct walk_dirent *d = (const void *)(l->entries + at);
                struct walk_found *found = &l->found[l->n_found];

                at += d->d_reclen;
                if (is_dots(d->d_name))
                        continue;
                /* of directories as well: whoever opens them next finds their inodes in memory */
                found->error = look_at(fd, d->d_name, &found->st);
                l->n_found++;
        }
        return r;
}

int walk_open_listed(struct walk *w, int fd, const struct walk_listing *l)
{
        int r = take(w, fd, !l->whole);

        if (r < 0) {
                walk_close(w);
                return r;
        }
        w->listing = l;
        w->entries = l->entries;
        w->len = l->len;
        w->met = 0;
        return 0;
}

/* Returns 1, 0: there are no more entries, or negative errno. */
static int more_entries(struct walk *w)
{
        if (w->listing && w->listing->whole)
                return 0;
        w->listing = NULL;
        long n = syscall(SYS_getdents64, w->fd, w->buffer, WALK_BUFFER);
        if (n <= 0)
                return n < 0 ? -errno : 0;
        w->entries = w->buffer;
        w->at = 0;
        w->len = (size_t)n;
        return 1;
}

int walk_next(struct walk *w, const char **ret_name, unsigned char *ret_type)
{
        const struct walk_dirent *d;

        do {
                int r = w->at < w->len ? 1 : more_entries(w);
                if (r <= 0)
                        return r;
                d = (const void *)(w->entries + w->at);
                w->at += d->d_reclen;
        } while (is_dots(d->d_name));
        w->found = w->listing && w->met < w->listing->n_found ? &w->listing->found[w->met++] : NULL;
        w->ino = d->d_ino;
        *ret_name = d->d_name;
        *ret_type = d->d_type;
        return 1;
}

int walk_stat(const struct walk *w, const char *name, struct stat *ret)
{
        if (!w->found)
                return look_at(w->fd, name, ret);
        *ret = w->found->st;
        return w->found->error;
}

void walk_close(struct walk *w)
{
        w->fd = fd_close(w->fd);
        w->at = w->len = 0;
        w->listing = NULL;
}

void walk_done(struct walk *w)
{
        walk_close(w);
        free(take_ptr(&w->buffer));
}

int walk_open_directory(int dirfd, const char *path)
{
        return open_beneath(dirfd, path, O_RDONLY | O_DIRECTORY);
}
