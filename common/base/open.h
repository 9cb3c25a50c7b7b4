/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Which file, and which state of it: an inode and what changes when somebody writes to it. Two
 * equal values mean "the same content" as far as the file system tells. */
struct file_id {
        uint64_t dev; /* st_dev */
        uint64_t ino;
        uint64_t size;    /* bytes */
        int64_t ctime_ns; /* since the epoch */
        int64_t mtime_ns;
};

/* Nanoseconds since 1970, as near as 64 bits come. */
int64_t time_to_ns(const struct timespec *t);
void file_id_from_stat(struct file_id *ret, const struct stat *st);
/* True if dev, ino, size, ctime and mtime are equal. */
bool file_id_equal(const struct file_id *a, const struct file_id *b);
/* True if it is the same inode with the same size and mtime (a rename changes only the ctime). */
bool file_id_same_content(const struct file_id *a, const struct file_id *b);

/* openat2() below the directory rootfd: never follows a symlink, a magic link or a mount, never
 * leaves rootfd. path is relative; "." or "" is rootfd itself. flags are open(2)'s; O_CLOEXEC,
 * O_NOFOLLOW, O_NONBLOCK and O_NOCTTY are added. Returns an fd that the caller owns, or negative
 * errno: -ENOENT gone, -ELOOP a link on the way or at the end, -EXDEV another mount, -EAGAIN
 * (after bounded retries) the tree was being renamed meanwhile. */
int open_beneath(int rootfd, const char *path, int flags);

/* The directory that holds path, as an O_PATH fd opened beneath rootfd; *ret_name points into path.
 * Returns the fd or negative errno as above. */
int open_parent_beneath(int rootfd, const char *path, const char **ret_name);

/* Whether anybody has the regular file that is open as fd (for reading alone) open for writing, or mapped so: 1, or 0; or
 * negative errno if that cannot be found out (it takes CAP_LEASE, or to be the owner). */
int file_is_written_to(int fd);

/* Opens again, for reading, the file that an O_PATH or read-only fd refers to, through
 * /proc/self/fd. Returns a new fd or negative errno. */
int open_again(int fd, int flags);
