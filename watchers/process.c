/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading who a process is.
 * Does not own: when that is done (fanotify.c), and what is made of it.
 *
 * Numbers of processes are given again, so a number alone may lead to another process. The directory of /proc is
 * opened first; then the pidfd, which cannot change, is asked whether its process is still there. If so, the
 * directory is that process's, and stays it: whatever is read through it later is of that process, or
 * nothing. A parent is treated alike: if it is still the parent after its directory was opened, then that is
 * the parent's.
 */
#include "watchers/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/base/proc.h"

#define ENVIRON_MAX ((size_t)64 << 10)
#define READ_MAX 8192u        /* bytes of a file of /proc */
#define UNIX98_PTY_FIRST 136u /* major numbers of pts */
#define UNIX98_PTY_LAST 143u
#define TTY_MAJOR 4u

static char *link_at(int dirfd, const char *name)
{
        char target[4096];
        ssize_t n = readlinkat(dirfd, name, target, sizeof(target) - 1);

        return n > 0 ? strndup(target, (size_t)n) : NULL;
}

bool process_is_there(int pidfd)
{
        return syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) == 0 || errno == EPERM;
}

/* --- one call ------------------------------------------------------------------------------ */

/* include/uapi/linux/pidfd.h since Linux 6.13; Debian 12's headers are older. */
struct pidfd_info {
        uint64_t mask, cgroup;
        uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
        int32_t exit_code;
};
_Static_assert(sizeof(struct pidfd_info) == 64, "PIDFD_INFO_SIZE_VER0");

#define INFO_CREDS (UINT64_C(1) << 1)
#define INFO_CGROUP (UINT64_C(1) << 2)
#define INFO_EXIT (UINT64_C(1) << 3)
#define GET_INFO _IOWR(0xff, 11, struct pidfd_info)

void process_brief_read(int pidfd, struct process_brief *ret)
{
        struct pidfd_info info = {.mask = INFO_CREDS | INFO_CGROUP | INFO_EXIT};

        *ret = (struct process_brief){.uid = PROVENANCE_NONE, .gid = PROVENANCE_NONE};
        if (pidfd < 0 || ioctl(pidfd, GET_INFO, &info) < 0)
                return;
        ret->cgroup = info.mask & INFO_CGROUP ? info.cgroup : 0;
        ret->known = info.mask & INFO_CREDS;
        if (ret->known) {
                ret->uid = info.ruid;
                ret->gid = info.rgid;
        }
}

/* --- one file after the other -------------------------------------------------------------- */

bool process_ids(int proc_fd, uint32_t *ret_uid, uint32_t *ret_gid)
{
        char status[READ_MAX];
        const char *line;

        if (proc_read(proc_fd, "status", status, sizeof(status)) <= 0 ||
            !(line = strstr(status, "\nUid:\t")))
                return false;
        *ret_uid = (uint32_t)strtoul(line + strlen("\nUid:\t"), NULL, 10);
        if (!(line = strstr(line, "\nGid:\t")))
                return false;
        *ret_gid = (uint32_t)strtoul(line + strlen("\nGid:\t"), NULL, 10);
        return true;
}

static void read_cgroup(int fd, struct provenance *p)
{
        char path[4096];

        if (!proc_read_cgroup(fd, path, sizeof(path)))
                return;
        p->cgroup = strdup(path);
        p->unit = process_unit(path);
        p->container = process_container(path);
}

static uint64_t namespace_of(int fd, const char *name)
{
        struct stat st;

        return fstatat(fd, name, &st, 0) == 0 ? st.st_ino : 0;
}

/* include/uapi/linux/nsfs.h since Linux 6.11 */
#define GET_MOUNT_NAMESPACE_ID _IOR(0xb7, 0x5, uint64_t)

static void read_mount_namespace(int fd, struct provenance *p)
{
        _cleanup_close_ int ns = openat(fd, "ns/mnt", O_RDONLY | O_CLOEXEC | O_NOCTTY);
        struct stat st;

        if (ns < 0 || fstat(ns, &st) < 0)
                return;
        p->mount_namespace = st.st_ino;
        if (ioctl(ns, GET_MOUNT_NAMESPACE_ID, &p->mount_namespace_id) < 0)
                p->mount_namespace_id = 0;
}

static char *terminal_name(unsigned device)
{
        char name[32];
        unsigned number = major(device);

        if (number >= UNIX98_PTY_FIRST && number <= UNIX98_PTY_LAST)
                (void)snprintf(name, sizeof(name), "pts/%u",
                               (number - UNIX98_PTY_FIRST) * 256 + minor(device));
        else if (number == TTY_MAJOR)
                (void)snprintf(name, sizeof(name), minor(device) < 64 ? "tty%u" : "ttyS%u",
                               minor(device) < 64 ? minor(device) : minor(device) - 64);
        else
                return NULL;
        return strdup(name);
}

/* Opens the parent's directory if it is sure to be the parent's. */
static int open_parent(int child, pid_t parent)
{
        char comm[PROVENANCE_COMM_MAX];
        int fd = proc_open(parent);

        if (fd >= 0 && proc_read_parent(child, comm, NULL, NULL) != parent) {
                (void)close(fd);
                return -ESRCH;
        }
        return fd;
}

void ancestors_done(struct ancestors *a)
{
        for (unsigned i = 0; i < a->n; i++)
                free(a->list[i].exe);
        a->proc_fd = fd_close(a->proc_fd);
        *a = ANCESTORS_NULL;
}

/* Whether what is kept is of that parent still: its directory leads to it or nowhere, and it has the same parent. */
static bool is_kept(const struct ancestors *a, pid_t parent)
{
        char comm[PROVENANCE_COMM_MAX];

        if (a->parent != parent || a->n == 0)
                return false;
        pid_t above = proc_read_parent(a->proc_fd, comm, NULL, NULL);
        return strcmp(comm, a->list[0].comm) == 0 && above == (a->n > 1 ? a->list[1].pid : 0);
}

static void read_chain(int child, pid_t parent, struct ancestors *a)
{
        _cleanup_close_ int at = -1;

        ancestors_done(a);
        a->parent = parent;
        while (parent > 0 && a->n < PROVENANCE_ANCESTORS_MAX) {
                struct provenance_ancestor *one = &a->list[a->n];
                int fd = open_parent(at >= 0 ? at : child, parent);

                if (fd < 0)
                        return;
                if (a->n == 0)
                        a->proc_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
                (void)fd_close(at);
                at = fd;
                *one = (struct provenance_ancestor){.pid = parent};
                parent = proc_read_parent(at, one->comm, NULL, NULL);
                one->exe = link_at(at, "exe");
                a->n++;
        }
}

static void read_ancestors(int child, pid_t parent, struct provenance *p, struct ancestors *a)
{
        if (!is_kept(a, parent))
                read_chain(child, parent, a);
        for (; p->n_ancestors < a->n; p->n_ancestors++) {
                struct provenance_ancestor *to = &p->ancestors[p->n_ancestors];

                *to = a->list[p->n_ancestors];
                to->exe = to->exe ? strdup(to->exe) : NULL;
        }
}

/* agents.def's and the configuration's, by what the variables are called. */
static void read_agent(int fd, struct provenance *p, const struct agents *agents, bool memory)
{
        _cleanup_free_ char *variables = memory ? malloc(ENVIRON_MAX) : NULL;
        ssize_t n = variables ? proc_read(fd, "environ", variables, ENVIRON_MAX) : -1;

        const char *name = process_agent(p, variables, n > 0 ? (size_t)n : 0, agents);
        p->agent = name ? strdup(name) : NULL;
        if (n > 0)
                explicit_bzero(variables, (size_t)n);
}

/* What is in it is for a scanner to say; one byte more tells that there is more. */
static void read_command(int fd, struct provenance *p)
{
        char *raw = malloc(PROVENANCE_COMMAND_MAX + 2);
        ssize_t n = raw ? proc_read(fd, "cmdline", raw, PROVENANCE_COMMAND_MAX + 2) : -1;

        if (n > 0) {
                provenance_set_raw_command(p, raw, (size_t)n);
                return;
        }
        free(raw);
        p->command_missing = "its command line could not be read";
}

static usec_t started_at(pid_t pid)
{
        _cleanup_close_ int fd = proc_open(pid);
        char comm[PROVENANCE_COMM_MAX];
        usec_t started = 0;

        if (fd >= 0)
                (void)proc_read_parent(fd, comm, &started, NULL);
        return started;
}

bool process_lives(const struct provenance *p)
{
        if (p->pidfd >= 0)
                return process_is_there(p->pidfd);
        return p->started > 0 && started_at(p->pid) == p->started;
}

/* How the control group is called when only its id is known. */
static char *cgroup_by_id(uint64_t id)
{
        char text[32];

        if (id == 0)
                return NULL;
        (void)snprintf(text, sizeof(text), "#%llu", (unsigned long long)id);
        return strdup(text);
}

static void read_directory(int fd, struct provenance *p, struct ancestors *kept,
                           const struct agents *agents, bool memory)
{
        unsigned terminal = 0;

        /* what goes first when a process ends is read first */
        p->exe = link_at(fd, "exe");
        pid_t parent = proc_read_parent(fd, p->comm, &p->started, &terminal);
        read_cgroup(fd, p);
        if (p->uid == PROVENANCE_NONE)
                (void)process_ids(fd, &p->uid, &p->gid);
        p->login_uid = proc_read_id(fd, "loginuid");
        p->session = proc_read_id(fd, "sessionid");
        read_mount_namespace(fd, p);
        p->pid_namespace = namespace_of(fd, "ns/pid");
        p->user_namespace = namespace_of(fd, "ns/user");
        p->terminal = terminal_name(terminal);
        read_ancestors(fd, parent, p, kept);
        if (memory)
                read_command(fd, p);
        read_agent(fd, p, agents, memory);
}

static struct provenance *read_process(pid_t pid, int pidfd, const struct process_brief *brief,
                                       struct ancestors *kept, const struct agents *agents,
                                       bool memory)
{
        struct provenance *p = provenance_new(pid);
        _cleanup_close_ int fd = p && pidfd >= 0 ? proc_open(pid) : -1;
        struct ancestors own = ANCESTORS_NULL;

        if (!p)
                return NULL;
        if (brief) {
                p->uid = brief->uid;
                p->gid = brief->gid;
        }
        if (fd >= 0 && process_is_there(pidfd)) {
                read_directory(fd, p, kept ?: &own, agents, memory);
                provenance_keep(p, pidfd);
        }
        if (brief && !p->cgroup)
                p->cgroup = cgroup_by_id(brief->cgroup);
        ancestors_done(&own);
        if (!p->exe)
                p->missing =
                        p->comm[0] ? "the process was ending: its executable is not known any more"
                                   : "the process had ended before it could be looked at";
        return p;
}

struct provenance *process_read(pid_t pid, int pidfd, const struct process_brief *brief,
                                struct ancestors *kept, const struct agents *agents)
{
        return read_process(pid, pidfd, brief, kept, agents, true);
}

struct provenance *process_read_at_once(pid_t pid, int pidfd, struct ancestors *kept)
{
        return read_process(pid, pidfd, NULL, kept, NULL, false);
}
