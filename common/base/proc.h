/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Small files of /proc/PID. They are read through the process's directory: once that is open it leads to the same
 * process or nowhere, whoever has the number later. Whether it was the right one when it was opened is the caller's to
 * find out, by a pidfd for example.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/clock.h"

#define PROC_COMM_MAX 16u /* of a process's name, as the kernel has it, with NUL */

/* The directory, or negative errno. */
int proc_open(pid_t pid);
/* Up to size - 1 bytes of the file, NUL-terminated, without a newline at the end. Returns how many, or negative
 * errno. */
ssize_t proc_read(int directory_fd, const char *name, char *dst, size_t size);
/* The number in the file; UINT32_MAX: none, or not to be had. */
uint32_t proc_read_id(int directory_fd, const char *name);
/* The path of the control group in the unified hierarchy ("0::/…"), or in systemd's own on older hosts. False, and
 * nothing is written: not to be had, or it does not fit: half a path could be taken for another one. */
bool proc_read_cgroup(int directory_fd, char *dst, size_t size);
/* The parent's number, and the process's own name. *ret_started: microseconds since boot; *ret_terminal: its device's number; both may
 * be NULL. 0: it has no parent that is seen from here, or nothing could be read: then nothing is written. */
pid_t proc_read_parent(int directory_fd, char comm[static PROC_COMM_MAX], usec_t *ret_started,
                       unsigned *ret_terminal);
