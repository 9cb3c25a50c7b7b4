/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "daemon/control/control.h"

/* No such group. */
#define PEER_NO_GROUP ((gid_t)-1)

/* Who is at the other end of the socket fd. read_gid and decide_gid give the rights. Returns 0, or
 * negative errno if the kernel does not say who it is. */
int peer_read(int fd, gid_t read_gid, gid_t decide_gid, struct control_peer *ret);

/* The gid of a group by name; PEER_NO_GROUP if name is NULL or there is none. */
gid_t peer_group(const char *name);
