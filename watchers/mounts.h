/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* When the mount table changes, and what is mounted below a path: whoever may use FUSE can mount
 * over a directory that is watched, and the watch then sees nothing of it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mounts {
        int wake_fd;  /* for epoll: EPOLLPRI */
        int check_fd; /* only asked by mounts_changed() */
};

#define MOUNTS_NULL ((struct mounts){.wake_fd = -1, .check_fd = -1})

/* Opens the mount table of this process. 0 or negative errno (-ENOENT: no /proc). */
int mounts_open(struct mounts *m);
void mounts_close(struct mounts *m);
/* True once for each change. */
bool mounts_changed(const struct mounts *m);

/* Looks for an overlay mount whose upper directory holds the directory dirfd or lies in it, likewise. Returns 1 and its mount point,
 * cut to size, 0 or negative errno. Those of other mount namespaces are not in the table. */
int mounts_find_overlay(int dirfd, char *ret_point, size_t size);

/* Looks for a mount point strictly below the directory dirfd, as the table has it now. Returns 1
 * and its path relative to the directory, cut to size, 0 if there is none, or negative errno. */
int mounts_find_below(int dirfd, char *ret_path, size_t size);
