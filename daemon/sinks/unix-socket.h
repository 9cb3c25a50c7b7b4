/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A non-blocking connection to a log daemon's socket, made when it is needed and made anew when the
 * daemon was restarted. */
struct unix_socket {
        struct sockaddr_un address;
        socklen_t address_size;
        int fd;   /* -1: not connected */
        int type; /* SOCK_DGRAM, or SOCK_STREAM when the receiver wants that */
};

/* Does not connect yet. Returns 0 or -EINVAL if path is empty or too long. */
int unix_socket_init(struct unix_socket *u, const char *path);
void unix_socket_done(struct unix_socket *u);
/* The next send connects anew. */
void unix_socket_close(struct unix_socket *u);
/* Returns 0 when connected, -EAGAIN if the receiver is away. */
int unix_socket_connect(struct unix_socket *u);
/* Sends one message whole, connecting first if needed. Returns 0; -EAGAIN: full or away; -EMSGSIZE:
 * will never be taken. */
int unix_socket_send(struct unix_socket *u, const void *data, size_t n);
