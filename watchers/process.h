/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What /proc says of a process, read so that it can never be another one's. */

#include "common/model/agents.h"
#include "common/model/provenance.h"

/* What one call tells of a process (Linux 6.13), also of one that has ended but was not waited for: taken at once,
 * while the rest has to wait its turn. */
struct process_brief {
        bool known;
        uint32_t uid, gid;
        uint64_t cgroup; /* id; 0: not known. Known also of one that was waited for (6.15) */
};

void process_brief_read(int pidfd, struct process_brief *ret);

/* The same ids from the process's directory in /proc (common/base/proc.h). False: not to be had any more. */
bool process_ids(int proc_fd, uint32_t *ret_uid, uint32_t *ret_gid);

/* Ancestors that were read for the last processes: most processes of a burst have the same. */
struct ancestors {
        pid_t parent; /* 0: none yet */
        int proc_fd;  /* of the parent */
        unsigned n;
        struct provenance_ancestor list[PROVENANCE_ANCESTORS_MAX];
};

#define ANCESTORS_NULL ((struct ancestors){.proc_fd = -1})
void ancestors_done(struct ancestors *a);

/* Who the process behind pidfd is (pid: its number here), made anew; brief: what is known already, or NULL. If it has
 * gone, or pidfd is negative, no more is known than that, and missing says so. kept: of the call before, or NULL.
 * agents: the configuration's, or NULL. NULL: out of memory. */
struct provenance *process_read(pid_t pid, int pidfd, const struct process_brief *brief,
                                struct ancestors *kept, const struct agents *agents);

/* The same without what lies in the memory of the process (its command line and variables), which may have to come from
 * the disk first. It never has to come from somebody else: the kernel reads no mapped file there (FOLL_ANON), and does
 * not ask a userfaultfd. */
struct provenance *process_read_at_once(pid_t pid, int pidfd, struct ancestors *kept);

/* Whether the process has not been waited for: until then its number is not given to another. */
bool process_is_there(int pidfd);

/* Whether that process is still there, and not another of its number. */
bool process_lives(const struct provenance *p);

/* The name of the agent that this is the process of, or works for; NULL: none that is known. It stays as long as the
 * table. variables: the process's, NUL-separated, n bytes; only names are looked at. agents: asked before agents.def;
 * may be NULL. */
const char *process_agent(const struct provenance *p, const char *variables, size_t n,
                          const struct agents *agents);

/* A cgroup's path → the systemd unit, and the container's id or name; each is allocated, or NULL: none. */
char *process_unit(const char *cgroup);
char *process_container(const char *cgroup);
/* The container runtime that the path names, or NULL: none. */
const char *process_runtime(const char *cgroup);
/* The user in whose slice the path is; PROVENANCE_NONE: it is the system's. */
uint32_t process_cgroup_user(const char *cgroup);
