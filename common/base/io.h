/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Whole writes, whole files, messages with an fd. */

#include <stddef.h>
#include <sys/uio.h>

#include "common/base/buffer.h"

/* Writes all of it. 0 or negative errno; some may be written then. */
int io_write_all(int fd, const void *data, size_t n);

/* Appends the content of a file that the user names (it may be a pipe). 0 or negative errno; -ENOBUFS:
 * there is more than the buffer takes. */
int io_read_file(const char *path, struct buffer *b);

/* Sends one message over a SOCK_SEQPACKET socket, with n_fds fds (at most IO_FDS_MAX); flags beside
 * MSG_NOSIGNAL are sendmsg(2)'s. 0 or negative errno. */
#define IO_FDS_MAX 19u
int io_send(int socket, struct iovec *parts, size_t n_parts, const int *fds, size_t n_fds,
            int flags);
