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
#include <unistd.h>

#include "common/base/macros.h"
#include "common/base/mountinfo.h"
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

/* The directory's path; "" is the root. 0 or negative errno. */
static int read_path(int dirfd, char dir[static PATH_MAX])
{
        char link[64];

        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dirfd);
        ssize_t n = readlink(link, dir, PATH_MAX - 1);
        if (n < 0)
                return -errno;
        /* "/" has no name of its own to be put in front of what is below */
        dir[n == 1 ? 0 : n] = '\0';
        return 0;
}

static bool is_beneath(const char *dir, const char *path)
{
        size_t n = strlen(dir);

        return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* What is looked for in the table: whether the line is of it, and its name. */
typedef bool (*matches_fn)(const struct mount_line *line, const char *dir, const char **ret_name);

static bool is_below(const struct mount_line *line, const char *dir, const char **ret_name)
{
        size_t n = strlen(dir);

        if (!is_beneath(dir, line->point) || line->point[n] == '\0' || line->point[n + 1] == '\0')
                return false;
        *ret_name = line->point + n + 1;
        return true;
}

static bool is_overlay_of(const struct mount_line *line, const char *dir, const char **ret_name)
{
        char upper[PATH_MAX];

        *ret_name = line->point;
        return strcmp(line->type, "overlay") == 0 &&
               mountinfo_option(line->options, "upperdir", upper, sizeof(upper)) &&
               (is_beneath(dir, upper) || is_beneath(upper, dir));
}

static int find(int dirfd, matches_fn matches, char *ret_name, size_t size)
{
        _cleanup_free_ char *line = NULL;
        struct mount_line m;
        char dir[PATH_MAX];
        const char *name;
        size_t alloc = 0;

        int r = read_path(dirfd, dir);
        if (r < 0)
                return r;
        _cleanup_fclose_ FILE *f = fopen(MOUNTS_TABLE, "re");
        if (!f)
                return -errno;
        while (getline(&line, &alloc, f) > 0)
                if (mountinfo_parse(line, &m) && matches(&m, dir, &name)) {
                        (void)text_copy(ret_name, size, name);
                        return 1;
                }
        return 0;
}

int mounts_find_below(int dirfd, char *ret_path, size_t size)
{
        return find(dirfd, is_below, ret_path, size);
}

int mounts_find_overlay(int dirfd, char *ret_point, size_t size)
{
        return find(dirfd, is_overlay_of, ret_point, size);
}
