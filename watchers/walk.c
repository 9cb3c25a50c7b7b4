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

int walk_open(struct walk *w, int fd)
{
        walk_close(w);
        if (!w->buffer)
                w->buffer = malloc(WALK_BUFFER);
        if (!w->buffer) {
                (void)fd_close(fd);
                return -ENOMEM;
        }
        w->fd = fd;
        /* btrfs lists what was there at the last open() or rewind (seen with Linux 6.18): what came since, before there was a
         * watch, would be in neither */
        if (lseek(fd, 0, SEEK_SET) < 0) {
                int r = -errno;

                walk_close(w);
                return r;
        }
        return 0;
}

static bool is_dots(const char *name)
{
        return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

int walk_next(struct walk *w, const char **ret_name, unsigned char *ret_type)
{
        w->filled = false;
        for (;;) {
                if (w->at == w->len) {
                        long n = syscall(SYS_getdents64, w->fd, w->buffer, WALK_BUFFER);

                        if (n <= 0)
                                return n < 0 ? -errno : 0;
                        w->at = 0;
                        w->len = (size_t)n;
                        w->filled = true;
                }
                const struct walk_dirent *d = (const void *)(w->buffer + w->at);
                w->at += d->d_reclen;
                if (is_dots(d->d_name))
                        continue;
                w->ino = d->d_ino;
                *ret_name = d->d_name;
                *ret_type = d->d_type;
                return 1;
        }
}

int walk_peek(const struct walk *w, size_t *at, const char **ret_name, unsigned char *ret_type)
{
        while (w->at + *at < w->len) {
                const struct walk_dirent *d = (const void *)(w->buffer + w->at + *at);

                *at += d->d_reclen;
                if (is_dots(d->d_name))
                        continue;
                *ret_name = d->d_name;
                *ret_type = d->d_type;
                return 1;
        }
        return 0;
}

int walk_stat(const struct walk *w, const char *name, struct stat *ret)
{
        struct stat st;

        if (fstatat(w->fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
                return -errno;
        *ret = st;
        return 0;
}

void walk_close(struct walk *w)
{
        w->fd = fd_close(w->fd);
        w->at = w->len = 0;
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
