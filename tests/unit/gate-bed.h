/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * A file system of its own with a gated workspace on it, and a judge who refuses what holds GATE_BAD. What opens files is
 * done in children: this process is let in.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "watchers/gate.h"

#define GATE_BAD "OFFENDS"
#define GATE_TICKETS 4096

struct gate_bed {
        bool deny_late; /* of its workspace */
        struct gate *gate;
        struct gate_limits limits;
        char top[PATH_MAX];    /* the file system */
        char root[PATH_MAX];   /* the workspace */
        char beside[PATH_MAX]; /* a directory that is in none */
        int root_fd;
        bool silent; /* verdicts are not given */
        bool bad_id; /* of another state, once */
        unsigned wanted, denied, late, finals;
        uint64_t passed;
        uint64_t tickets[GATE_TICKETS];
        struct file_id ids[GATE_TICKETS];
        pid_t last_pid;
        char last_path[PATH_MAX];
        char wanted_path[PATH_MAX];
};

static const struct gate_limits gate_bed_limits = {
        .deadline = 2 * USEC_PER_SEC,
        .hold_max = 500 * USEC_PER_MSEC,
        .fresh = 10 * USEC_PER_MSEC,
        .size_max = 1 << 20,
        .waiting_max = 256,
        .verdicts_max = 1000,
};

/* A loop device with ext4, or tmpfs where there is none. In a mount namespace of its own: nothing is left. */
static inline int gate_bed_mount(struct gate_bed *b)
{
        char command[6 * PATH_MAX];

        (void)snprintf(b->top, sizeof(b->top), "/tmp/giad-gate-XXXXXX");
        if (!mkdtemp(b->top) || unshare(CLONE_NEWNS) < 0 ||
            mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
                return -errno;
        (void)snprintf(
                command, sizeof(command),
                "truncate -s 64M %s.img && mkfs.ext4 -q -F %s.img && mount -o loop %s.img %s; "
                "s=$?; rm -f %s.img; exit $s",
                b->top, b->top, b->top, b->top, b->top);
        if ((getenv("GATE_TMPFS") || system(command) != 0) &&
            mount("giad-gate", b->top, "tmpfs", 0, "size=64m,mode=755") < 0)
                return -errno;
        (void)snprintf(b->root, sizeof(b->root), "%.1024s/work", b->top);
        (void)snprintf(b->beside, sizeof(b->beside), "%.1024s/beside", b->top);
        return mkdir(b->root, 0755) < 0 || mkdir(b->beside, 0755) < 0 ? -errno : 0;
}

static inline void gate_bed_unmount(struct gate_bed *b)
{
        (void)umount2(b->top, MNT_DETACH);
        (void)rmdir(b->top);
}

static inline bool gate_bed_judge(int fd)
{
        static char text[(1 << 20) + 1];
        ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

        return n <= 0 || !memmem(text, (size_t)n, GATE_BAD, strlen(GATE_BAD));
}

static inline void gate_bed_wanted(void *userdata, const struct gate_request *r)
{
        struct gate_bed *b = userdata;
        struct file_id id;
        struct stat st;

        b->tickets[b->wanted % GATE_TICKETS] = r->ticket;
        b->ids[b->wanted % GATE_TICKETS] = r->id;
        b->wanted++;
        b->finals += r->final;
        (void)snprintf(b->wanted_path, sizeof(b->wanted_path), "%s", r->path);
        if (b->silent || fstat(r->fd, &st) < 0)
                return;
        file_id_from_stat(&id, &st);
        if (b->bad_id)
                id.mtime_ns--;
        b->bad_id = false;
        gate_verdict(b->gate, r->ticket, &id, gate_bed_judge(r->fd));
}

static inline void gate_bed_denied(void *userdata, const struct gate_denial *d)
{
        struct gate_bed *b = userdata;

        b->denied++;
        b->late += d->late;
        b->last_pid = d->who ? d->who->pid : 0;
        (void)snprintf(b->last_path, sizeof(b->last_path), "%s", d->path);
}

static inline void gate_bed_passed(void *userdata, uint32_t workspace, const char *path, uint64_t n)
{
        struct gate_bed *b = userdata;

        (void)workspace;
        b->passed += n;
        (void)snprintf(b->last_path, sizeof(b->last_path), "%s", path);
}

static inline bool gate_bed_exclude(void *userdata, const char *path)
{
        (void)userdata;
        return strncmp(path, "excluded/", 9) == 0;
}

static inline int gate_bed_start(struct gate_bed *b, const struct gate_limits *limits)
{
        const struct gate_handler handler = {.wanted = gate_bed_wanted,
                                             .denied = gate_bed_denied,
                                             .passed = gate_bed_passed,
                                             .userdata = b};
        int r = gate_new(&b->gate, &handler, limits);

        b->limits = *limits;
        b->silent = b->bad_id = false;
        b->wanted = b->denied = b->late = b->finals = 0;
        b->passed = 0;
        if (r < 0)
                return r;
        b->root_fd = open(b->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return gate_add_workspace(b->gate, &(struct gate_workspace){.id = 7,
                                                                    .root_fd = b->root_fd,
                                                                    .deny_late = b->deny_late,
                                                                    .exclude = gate_bed_exclude});
}

static inline void gate_bed_stop(struct gate_bed *b)
{
        b->gate = gate_free(b->gate);
        b->root_fd = fd_close(b->root_fd);
}

/* Dispatches for that long, or until the process ends (then its status is returned; -1: it has not). */
static inline int gate_bed_pump(struct gate_bed *b, pid_t child, usec_t most)
{
        struct pollfd p = {.fd = gate_fd(b->gate), .events = POLLIN};
        usec_t end = clock_monotonic() + most;
        int status;

        do {
                if (poll(&p, 1, 1) > 0 && gate_dispatch(b->gate) < 0)
                        return -2;
                if (child > 0 && waitpid(child, &status, WNOHANG) == child) {
                        (void)gate_dispatch(b->gate);
                        return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
                }
        } while (clock_monotonic() < end);
        return -1;
}

static inline pid_t gate_bed_fork(int (*act)(struct gate_bed *b, void *argument),
                                  struct gate_bed *b, void *argument)
{
        pid_t pid = fork();

        if (pid == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                /* the gate's, too: it ends when nobody has it open */
                (void)syscall(SYS_close_range, 3U, ~0U, 0);
                _exit(act(b, argument));
        }
        return pid;
}

/* Runs it in a child, and dispatches until it has ended. */
static inline int gate_bed_run(struct gate_bed *b, int (*act)(struct gate_bed *b, void *argument),
                               void *argument)
{
        return gate_bed_pump(b, gate_bed_fork(act, b, argument), 20 * USEC_PER_SEC);
}
