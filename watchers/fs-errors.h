/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What file systems report about themselves: that metadata turned out to be damaged (FAN_FS_ERROR, Linux 5.16). A
 * fanotify group of its own, since one that is told names is not told of errors. CAP_SYS_ADMIN.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/statfs.h>

struct fs_error {
        const __fsid_t *fsid; /* NULL: of any, as some were lost */
        int error;            /* a positive errno; 0: not told */
        uint32_t count;       /* how many there were since this one, with it */
        uint64_t ino;         /* 0: none, or not told */
};

/* Returns an fd that the caller owns and that polls readable when there are errors, or negative errno. */
int fs_errors_open(void);
/* Asks for the errors of the file system that is open as root_fd (O_PATH will do). Returns 0; -EOPNOTSUPP: it takes the
 * question, but is not known to report any; or another negative errno: it cannot be asked. */
int fs_errors_mark(int fd, int root_fd);
/* Hands over what there is. Returns 0 or negative errno. */
int fs_errors_read(int fd, void (*told)(void *userdata, const struct fs_error *e), void *userdata);
