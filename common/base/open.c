/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: opening paths that somebody else may be changing at the same time.
 * Does not own: deciding what may be opened.
 *
 * openat2() resolves the whole path in one call, so that no check can be raced; a path is resolved
 * once and from then on only the fd is used.
 */
#include "common/base/open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/macros.h"

#define BENEATH_RETRIES 16

int64_t time_to_ns(const struct timespec *t)
{
        /* a file may have any time of 2^64 seconds; nanoseconds reach from 1677 to 2262 */
        const int64_t max = INT64_MAX / 1000000000 - 1;

        if (t->tv_sec > max || t->tv_sec < -max)
                return t->tv_sec > 0 ? INT64_MAX : INT64_MIN;
        return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

void file_id_from_stat(struct file_id *ret, const struct stat *st)
{
        *ret = (struct file_id){
                .dev = st->st_dev,
                .ino = st->st_ino,
                .size = (uint64_t)st->st_size,
                .ctime_ns = time_to_ns(&st->st_ctim),
                .mtime_ns = time_to_ns(&st->st_mtim),
        };
}

bool file_id_same_content(const struct file_id *a, const struct file_id *b)
{
        return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
               a->mtime_ns == b->mtime_ns;
}

bool file_id_equal(const struct file_id *a, const struct file_id *b)
{
        return file_id_same_content(a, b) && a->ctime_ns == b->ctime_ns;
}

int open_beneath(int rootfd, const char *path, int flags)
{
        struct open_how how = {
                .flags = (uint64_t)(flags | O_CLOEXEC | O_NOFOLLOW),
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
                           RESOLVE_NO_XDEV,
        };

        if (!(flags & O_PATH))
                how.flags |= O_NONBLOCK | O_NOCTTY;
        if (*path == '\0')
                path = ".";
        for (unsigned i = 0;; i++) {
                long fd = syscall(SYS_openat2, rootfd, path, &how, sizeof(how));

                if (fd >= 0)
                        return (int)fd;
                /* EAGAIN: a rename happened somewhere on the machine; the kernel asks to try again
                 */
                if ((errno != EAGAIN && errno != EINTR) || i == BENEATH_RETRIES)
                        return -errno;
        }
}

int open_parent_beneath(int rootfd, const char *path, const char **ret_name)
{
        const char *slash = strrchr(path, '/');
        char parent[4096];
        int fd;

        if (!slash) {
                fd = open_beneath(rootfd, ".", O_PATH | O_DIRECTORY);
                slash = path - 1;
        } else {
                size_t n = (size_t)(slash - path);

                if (n >= sizeof(parent))
                        return -ENAMETOOLONG;
                memcpy(parent, path, n);
                parent[n] = '\0';
                fd = open_beneath(rootfd, parent, O_PATH | O_DIRECTORY);
        }
        if (fd >= 0)
                *ret_name = slash + 1;
        return fd;
}

/* By a read lease, which is refused while somebody has. Who breaks it in the moment that it is had makes the kernel send a
 * signal: one that is ignored unless it is asked for. */
int file_is_written_to(int fd)
{
        if (fcntl(fd, F_SETSIG, SIGURG) < 0)
                return -errno;
        if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
                return errno == EAGAIN ? 1 : -errno;
        (void)fcntl(fd, F_SETLEASE, F_UNLCK);
        return 0;
}

int open_again(int fd, int flags)
{
        char path[64];

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        int again = open(path, flags | O_CLOEXEC | O_NOCTTY);
        return again < 0 ? -errno : again;
}
