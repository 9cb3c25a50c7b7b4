/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A gate of a program's own, with a judge that refuses what holds a text: to measure it without the daemon. */

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "watchers/gate.h"

struct gate_self {
        struct gate *gate;
        const char *offence;
        int root_fd;
        uint64_t wanted, denied, passed;
};

static inline void gate_self_wanted(void *userdata, const struct gate_request *r)
{
        struct gate_self *s = userdata;
        char text[65536];
        struct file_id id;
        struct stat st;
        ssize_t n = pread(r->fd, text, sizeof(text), 0);

        s->wanted++;
        if (fstat(r->fd, &st) < 0)
                return;
        file_id_from_stat(&id, &st);
        gate_verdict(s->gate, r->ticket, &id,
                     n <= 0 || !memmem(text, (size_t)n, s->offence, strlen(s->offence)));
}

static inline void gate_self_denied(void *userdata, const struct gate_denial *d)
{
        struct gate_self *s = userdata;

        (void)d;
        s->denied++;
}

static inline void gate_self_passed(void *userdata, uint32_t workspace, const char *path,
                                    uint64_t n)
{
        struct gate_self *s = userdata;

        (void)workspace;
        (void)path;
        s->passed += n;
}

/* 0 or negative errno. */
static inline int gate_self_start(struct gate_self *s, const char *root, const char *offence)
{
        static const struct gate_limits limits = {
                .deadline = 5 * USEC_PER_SEC,
                .hold_max = USEC_PER_SEC,
                .fresh = 10 * USEC_PER_MSEC,
                .size_max = 1 << 20,
                .waiting_max = 256,
                .verdicts_max = 10000,
                .ignore_age = USEC_PER_SEC,
        };
        const struct gate_handler handler = {.wanted = gate_self_wanted,
                                             .denied = gate_self_denied,
                                             .passed = gate_self_passed,
                                             .userdata = s};

        s->offence = offence;
        s->root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        int r = gate_new(&s->gate, &handler, &limits);
        return r < 0 ? r
                     : gate_add_workspace(s->gate,
                                          &(struct gate_workspace){.id = 1, .root_fd = s->root_fd});
}

static inline void gate_self_stop(struct gate_self *s)
{
        s->gate = gate_free(s->gate);
        s->root_fd = fd_close(s->root_fd);
}

/* Until the process ends; its wait status. */
static inline int gate_self_serve(struct gate_self *s, pid_t child)
{
        int status = 0;

        for (;;) {
                struct pollfd p = {.fd = s->gate ? gate_fd(s->gate) : -1, .events = POLLIN};

                if (poll(&p, 1, 20) > 0 && gate_dispatch(s->gate) < 0)
                        return -1;
                if (p.revents == 0 && waitpid(child, &status, WNOHANG) == child)
                        return status;
        }
}
