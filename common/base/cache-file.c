/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: opening and replacing such a file. Does not own: what is in it, and whether it serves.
 */
#include "common/base/cache-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"

#define CACHE_FILE_MAX ((off_t)256 << 20)

int cache_file_open(const char *path)
{
        struct stat st;
        _cleanup_close_ int fd =
                open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022))
                return -EPERM;
        return take_fd(&fd);
}

static int copy(int from, int to, off_t size)
{
        off_t at = 0;

        while (at < size) {
                ssize_t n = sendfile(to, from, &at, (size_t)(size - at));

                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n == 0)
                        return -EIO;
        }
        return 0;
}

int cache_file_store(const char *path, int fd)
{
        char fresh[4200];
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > CACHE_FILE_MAX)
                return -EBADMSG;
        (void)snprintf(fresh, sizeof(fresh), "%s.new", path);
        (void)unlink(fresh);
        _cleanup_close_ int to =
                open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (to < 0)
                return -errno;
        int k = copy(fd, to, st.st_size);
        if (k == 0 && rename(fresh, path) < 0)
                k = -errno;
        if (k < 0)
                (void)unlink(fresh);
        return k;
}
