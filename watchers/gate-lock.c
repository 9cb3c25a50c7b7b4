/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the lock files of gated file systems.
 *
 * flock(2), and not a record lock: it is given up when the last copy of the descriptor is closed, and by nothing else
 * that this process does with the file. No child keeps a copy: all execute another program, and the guard, which does
 * not, is begun before.
 */
#include "watchers/gate-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/base/macros.h"

#define TRIES 8u

static int open_directory(const char *path)
{
        struct stat st;

        if (mkdir(path, 0755) < 0 && errno != EEXIST)
                return -errno;
        _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (st.st_uid != geteuid() || st.st_mode & 0022)
                return -EPERM;
        return take_fd(&fd);
}

static void name_of(dev_t dev, char ret[static 32])
{
        (void)snprintf(ret, 32, "%u:%u", major(dev), minor(dev));
}

static pid_t read_holder(int fd)
{
        char text[24];
        ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

        if (n <= 0)
                return 0;
        text[n] = '\0';
        return (pid_t)strtol(text, NULL, 10);
}

/* Who had it may have removed the file between our open and our lock. */
static bool is_there(int directory, const char *name, int fd)
{
        struct stat a, b;

        return fstat(fd, &a) == 0 && fstatat(directory, name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
               a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int try(int directory, const char *name, pid_t *ret_other)
{
        _cleanup_close_ int fd = openat(
                directory, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

        if (fd < 0)
                return -errno;
        if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                if (errno != EWOULDBLOCK)
                        return -errno;
                *ret_other = read_holder(fd);
                return -EBUSY;
        }
        return is_there(directory, name, fd) ? take_fd(&fd) : -ESTALE;
}

int gate_lock_take(const char *directory, dev_t dev, pid_t *ret_other)
{
        _cleanup_close_ int dir_fd = open_directory(directory);
        char name[32];
        int r = -ESTALE;

        *ret_other = 0;
        if (dir_fd < 0)
                return dir_fd;
        name_of(dev, name);
        for (unsigned i = 0; i < TRIES && r == -ESTALE; i++)
                r = try(dir_fd, name, ret_other);
        if (r >= 0 && ftruncate(r, 0) == 0)
                (void)dprintf(r, "%d\n", (int)getpid()); /* only for messages */
        return r;
}

void gate_lock_release(const char *directory, dev_t dev, int fd)
{
        _cleanup_close_ int dir_fd = open_directory(directory);
        char name[32];

        name_of(dev, name);
        if (dir_fd >= 0 && is_there(dir_fd, name, fd))
                (void)unlinkat(dir_fd, name, 0);
        (void)fd_close(fd);
}
