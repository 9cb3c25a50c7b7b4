/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: writing a file so that nobody ever sees half of it.
 * Does not own: what is in it.
 */
#include "daemon/ctl/new-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/id.h"
#include "common/base/io.h"
#include "common/base/macros.h"
#include "common/base/text.h"

/* Fills a new file and makes it durable. */
static int fill(int fd, const char *text, size_t n, const struct stat *like)
{
        int k = io_write_all(fd, text, n);

        if (k == 0 && like && fchown(fd, like->st_uid, like->st_gid) < 0)
                k = -errno;
        if (k == 0 && like && fchmod(fd, like->st_mode & 0777) < 0)
                k = -errno;
        if (k == 0 && fsync(fd) < 0)
                k = -errno;
        return k;
}

int new_file_put(const char *path, const char *text, size_t n, bool replace,
                 const struct stat *like)
{
        const char *slash = strrchr(path, '/');
        char directory[4096], name[4200], id[ID_SIZE];

        if (slash ? snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path + 1), path) >=
                            (int)sizeof(directory)
                  : !text_copy(directory, sizeof(directory), "./"))
                return -ENAMETOOLONG;
        int k = id_new(id);
        if (k < 0)
                return k;
        (void)snprintf(name, sizeof(name), "%s.giactl-%s", directory, id);
        _cleanup_close_ int fd =
                open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        k = fill(fd, text, n, like);
        if (k == 0 && renameat2(AT_FDCWD, name, AT_FDCWD, path, replace ? 0 : RENAME_NOREPLACE) < 0)
                k = -errno;
        if (k < 0) {
                (void)unlink(name);
                return k;
        }
        _cleanup_close_ int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return dir < 0 || fsync(dir) < 0 ? -errno : 0;
}
