/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What /proc says of a process, read so that it can never be another one's. */

#include "common/model/provenance.h"

/* Who the process behind pidfd is (pid: its number here), made anew. If it has gone already, or pidfd is negative, no
 * more is known than the number, and missing says so. NULL: out of memory. */
struct provenance *process_read(pid_t pid, int pidfd);

/* Whether the process has not been waited for: until then its number is not given to another. */
bool process_is_there(int pidfd);

/* When the process that has this number now was started, as provenance has it; 0: there is none. */
usec_t process_started(pid_t pid);

/* The name of the agent that this is the process of, or works for; NULL: none that is known. environ: the
 * process's, NUL-separated, n bytes; only names are looked at. */
const char *process_agent(const struct provenance *p, const char *environ, size_t n);

/* A cgroup's path → the systemd unit, and the container's id or name; each is allocated, or NULL: none. */
char *process_unit(const char *cgroup);
char *process_container(const char *cgroup);
