/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading /proc/self/mountinfo.
 * Does not own: what a mount below a workspace means.
 *
 * The kernel says that the table changed once for each open file of it, to whoever polls first. The
 * one that sits in an epoll set is therefore only good for waking, and a second one is asked.
 */
#include "watchers/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "common/base/text.h"

#define MOUNTS_TABLE "/proc/self/mountinfo"

int mounts_open(struct mounts *m)
{
        _cleanup_close_ int wake = open(MOUNTS_TABLE, O_RDONLY | O_CLOEXEC);
        if (wake < 0)
                return -errno;
        int check = open(MOUNTS_TABLE, O_RDONLY | O_CLOEXEC);
        if (check < 0)
                return -errno;
        m->wake_fd = take_fd(&wake);
        m->check_fd = check;
        return 0;
}

void mounts_close(struct mounts *m)
{
        m->wake_fd = fd_close(m->wake_fd);
        m->check_fd = fd_close(m->check_fd);
}

bool mounts_changed(const struct mounts *m)
{
        struct pollfd p = {.fd = m->check_fd, .events = POLLPRI};

        return m->check_fd >= 0 && poll(&p, 1, 0) > 0 && p.revents & (POLLPRI | POLLERR);
}

/* A field of the table, in place, with \ooo for blanks and backslashes. */
static void decode(char *field)
{
        char *to = field;

        for (const char *from = field; *from;) {
                if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
                        *to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + from[3] - '0');
                        from += 4;
                } else {
                        *to++ = *from++;
                }
        }
        *to = '\0';
}

bool mounts_parse(char *line, struct mount_line *ret)
{
        char *fields[5];
        unsigned major_number, minor_number;

        for (size_t i = 0; i < ELEMENTSOF(fields); i++) {
                fields[i] = line;
                line = strchr(line, ' ');
                if (!line)
                        return false;
                *line++ = '\0';
        }
        if (sscanf(fields[2], "%u:%u", &major_number, &minor_number) != 2)
                return false;
        decode(fields[3]);
        decode(fields[4]);
        *ret = (struct mount_line){
                .id = strtoull(fields[0], NULL, 10),
                .dev = makedev(major_number, minor_number),
                .root = fields[3],
                .point = fields[4],
        };
        return true;
}

int mounts_find_below(int dirfd, char *ret_path, size_t size)
{
        char link[64], dir[PATH_MAX];
        _cleanup_free_ char *line = NULL;
        size_t alloc = 0;

        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dirfd);
        ssize_t n = readlink(link, dir, sizeof(dir) - 1);
        if (n < 0)
                return -errno;
        /* "/" has no name of its own to be put in front of what is below */
        size_t len = n == 1 ? 0 : (size_t)n;
        dir[len] = '\0';
        _cleanup_fclose_ FILE *f = fopen(MOUNTS_TABLE, "re");
        if (!f)
                return -errno;
        while (getline(&line, &alloc, f) > 0) {
                struct mount_line m;

                if (mounts_parse(line, &m) && strncmp(m.point, dir, len) == 0 &&
                    m.point[len] == '/' && m.point[len + 1] != '\0') {
                        (void)text_copy(ret_path, size, m.point + len + 1);
                        return 1;
                }
        }
        return 0;
}
