/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the loops around write(2) and fread(3), and how an fd is put into a message.
 */
#include "common/base/io.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/macros.h"

int io_write_all(int fd, const void *data, size_t n)
{
        const char *at = data;

        while (n > 0) {
                ssize_t k = write(fd, at, n);

                if (k < 0 && errno != EINTR)
                        return -errno;
                at += k > 0 ? k : 0;
                n -= k > 0 ? (size_t)k : 0;
        }
        return 0;
}

int io_read_file(const char *path, struct buffer *b)
{
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        char block[16384];
        size_t n;

        if (!f)
                return -errno;
        errno = 0;
        while ((n = fread(block, 1, sizeof(block), f)) > 0 && b->error == 0)
                buffer_append(b, block, n);
        return ferror(f) ? -(errno ? errno : EIO) : b->error;
}

int io_send(int socket, struct iovec *parts, size_t n_parts, const int *fds, size_t n_fds,
            int flags)
{
        union {
                struct cmsghdr align;
                char buf[CMSG_SPACE(IO_FDS_MAX * sizeof(int))];
        } control = {0};
        struct msghdr msg = {.msg_iov = parts, .msg_iovlen = n_parts};

        if (n_fds > IO_FDS_MAX)
                return -EINVAL;
        if (n_fds > 0) {
                msg.msg_control = control.buf;
                msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
                struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
                c->cmsg_level = SOL_SOCKET;
                c->cmsg_type = SCM_RIGHTS;
                c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
                memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
        }
        while (sendmsg(socket, &msg, flags | MSG_NOSIGNAL) < 0)
                if (errno != EINTR)
                        return -errno;
        return 0;
}
