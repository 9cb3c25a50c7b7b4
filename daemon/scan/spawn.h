/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <sys/types.h>

#include "daemon/scan/pool.h"

/* Starts one scanner with these rule files (borrowed), of idle priority if it is for sweeps: *ret_socket is our end of the SOCK_SEQPACKET pair (non-blocking), *ret_stderr
 * the reading end of its stderr (non-blocking), *ret_pidfd refers to it. The caller owns all three.
 * Returns 0 or negative errno (-ENOENT no such program or user). */
int scan_spawn(const struct scan_pool_config *config, bool sweeps, int rules, pid_t *ret_pid,
               int *ret_pidfd, int *ret_socket, int *ret_stderr);
