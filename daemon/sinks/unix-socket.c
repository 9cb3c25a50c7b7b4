/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: one non-blocking socket to a local log daemon.
 * Does not own: the bytes that travel (journal.c, syslog.c).
 */
#include "daemon/sinks/unix-socket.h"

#include <string.h>

#include "common/base/macros.h"

/* room for a burst while the daemon is busy; the kernel bounds it by net.core.wmem_max */
#define SEND_BUFFER (1024 * 1024)

int unix_socket_init(struct unix_socket *u, const char *path)
{
        size_t n = strlen(path);

        *u = (struct unix_socket){.fd = -1, .type = SOCK_DGRAM};
        u->address.sun_family = AF_UNIX;
        if (n == 0 || n >= sizeof(u->address.sun_path))
                return -EINVAL;
        memcpy(u->address.sun_path, path, n + 1);
        u->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + 1);
        return 0;
}

void unix_socket_close(struct unix_socket *u)
{
        u->fd = fd_close(u->fd);
}

void unix_socket_done(struct unix_socket *u)
{
        unix_socket_close(u);
}

static int connect_as(struct unix_socket *u, int type)
{
        const int size = SEND_BUFFER;
        _cleanup_close_ int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        if (connect(fd, (const struct sockaddr *)&u->address, u->address_size) < 0)
                return -errno;
        u->fd = take_fd(&fd);
        u->type = type;
        return 0;
}

int unix_socket_connect(struct unix_socket *u)
{
        if (u->fd >= 0)
                return 0;
        int r = connect_as(u, u->type);
        if (r == -EPROTOTYPE)
                r = connect_as(u, u->type == SOCK_DGRAM ? SOCK_STREAM : SOCK_DGRAM);
        return r < 0 ? -EAGAIN : 0;
}

int unix_socket_send(struct unix_socket *u, const void *data, size_t n)
{
        /* a second try for a daemon that was restarted since the last send */
        for (int attempt = 0; attempt < 2; attempt++) {
                int r = unix_socket_connect(u);

                if (r < 0)
                        return r;
                ssize_t sent = send(u->fd, data, n, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (sent == (ssize_t)n)
                        return 0;
                if (sent < 0 && errno == EMSGSIZE)
                        return -EMSGSIZE;
                if (sent < 0 &&
                    (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM || errno == EINTR))
                        return -EAGAIN;
                /* the daemon has gone, or a stream took a part: what follows must not join it */
                unix_socket_close(u);
        }
        return -EAGAIN;
}
