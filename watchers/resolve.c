/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: following the symlinks of a configured path by hand.
 * Does not own: paths below a workspace; there no link is followed at all (common/base/open.h).
 *
 * The owner of a link is asked on the very link that is then read, so that nobody can put another
 * in its place between the two.
 */
#include "watchers/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"

#define RESOLVE_LINKS_MAX 16

/* What is still to be looked up, as text. */
struct rest {
        char path[PATH_MAX];
        unsigned links;
};

/* Takes the first name off. 1: there is one, 0: nothing is left; or -ENAMETOOLONG. */
static int rest_next(struct rest *rest, char name[static NAME_MAX + 1])
{
        const char *start = rest->path + strspn(rest->path, "/");
        size_t n = strcspn(start, "/");

        if (n == 0)
                return 0;
        if (n > NAME_MAX)
                return -ENAMETOOLONG;
        memcpy(name, start, n);
        name[n] = '\0';
        start += n;
        start += strspn(start, "/");
        memmove(rest->path, start, strlen(start) + 1);
        return 1;
}

/* Puts the link's target in front. 1: the target is absolute, 0: relative; or negative errno. */
static int rest_follow(struct rest *rest, int link)
{
        char target[PATH_MAX];
        struct stat st;

        if (fstat(link, &st) < 0)
                return -errno;
        if (st.st_uid != 0 && st.st_uid != geteuid())
                return -ELOOP;
        if (++rest->links > RESOLVE_LINKS_MAX)
                return -ELOOP;
        ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);
        if (n < 0)
                return -errno;
        size_t len = (size_t)n, old = strlen(rest->path);
        if (len + 1 + old >= sizeof(rest->path))
                return -ENAMETOOLONG;
        memmove(rest->path + len + 1, rest->path, old + 1);
        memcpy(rest->path, target, len);
        rest->path[len] = '/';
        return target[0] == '/';
}

int resolve_directory(const struct resolve_observer *o, int dirfd, const char *name, bool follow)
{
        struct rest rest = {.links = 0};
        char part[NAME_MAX + 1];

        if (strlen(name) > NAME_MAX)
                return -ENAMETOOLONG;
        memcpy(rest.path, name, strlen(name) + 1);
        _cleanup_close_ int at = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
        if (at < 0)
                return -errno;
        for (;;) {
                struct stat st;
                int next = rest_next(&rest, part);

                if (next < 0)
                        return next;
                if (next == 0)
                        return take_fd(&at);

                o->depends(o->userdata, at, part);
                _cleanup_close_ int fd = openat(at, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
                if (fd < 0 || fstat(fd, &st) < 0)
                        return -errno;
                if (S_ISLNK(st.st_mode)) {
                        int r = follow ? rest_follow(&rest, fd) : -ELOOP;
                        if (r < 0)
                                return r;
                        if (r > 0) {
                                (void)fd_close(at);
                                at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
                                if (at < 0)
                                        return -errno;
                        }
                        continue;
                }
                if (!S_ISDIR(st.st_mode))
                        return -ENOTDIR;
                (void)fd_close(at);
                at = take_fd(&fd);
        }
}
