/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the thread, its connection to the register, and what it found.
 * Does not own: when it runs, and what follows (rebuild.c).
 */
#include "daemon/register-check.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "common/base/log.h"
#include "common/base/macros.h"
#include "daemon/register/register.h"

#define NICE 19
#define JOIN_STEP_NS 20000000 /* between two attempts to break it off */

struct register_check {
        char *path;
        void (*found)(void *userdata);
        void *userdata;
        sd_event_source *source;
        int wake; /* eventfd: it has ended */
        pthread_t thread;
        bool running;

        pthread_mutex_t lock; /* guards what follows */
        struct reg *reg; /* of the thread, while it looks; interrupting it is all that others do */
        bool stop;
        int result;
};

static void *run(void *userdata)
{
        struct register_check *c = userdata;
        const uint64_t one = 1;
        struct reg *reg = NULL;

        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
        (void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
                      IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
        int k = reg_open(&reg, c->path, true, NULL);
        (void)pthread_mutex_lock(&c->lock);
        c->reg = reg;
        k = c->stop ? -EINTR : k;
        (void)pthread_mutex_unlock(&c->lock);
        if (k == 0)
                k = reg_check(reg);
        (void)pthread_mutex_lock(&c->lock);
        c->reg = NULL;
        c->result = k;
        (void)pthread_mutex_unlock(&c->lock);
        (void)reg_free(reg);
        (void)!write(c->wake, &one, sizeof(one));
        return NULL;
}

static int on_end(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct register_check *c = userdata;
        uint64_t count;

        (void)source;
        (void)revents;
        (void)!read(fd, &count, sizeof(count));
        if (!c->running)
                return 0;
        (void)pthread_join(c->thread, NULL);
        c->running = false;
        if (c->result == -EUCLEAN)
                c->found(c->userdata);
        else if (c->result < 0)
                (void)log_error_errno(c->result, "The register cannot be checked, ignoring");
        return 0;
}

void register_check_start(struct register_check *c)
{
        sigset_t all, old;

        if (c->running)
                return;
        /* signals are the loop's */
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &old);
        c->running = pthread_create(&c->thread, NULL, run, c) == 0;
        (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* SQLite forgets an interruption that comes before a statement has begun, so there is more than one. */
static void break_off(struct register_check *c)
{
        struct timespec until;

        do {
                (void)pthread_mutex_lock(&c->lock);
                c->stop = true;
                if (c->reg)
                        reg_interrupt(c->reg);
                (void)pthread_mutex_unlock(&c->lock);
                (void)clock_gettime(CLOCK_MONOTONIC, &until);
                until.tv_nsec += JOIN_STEP_NS;
                until.tv_sec += until.tv_nsec / 1000000000;
                until.tv_nsec %= 1000000000;
        } while (pthread_clockjoin_np(c->thread, NULL, CLOCK_MONOTONIC, &until) != 0);
        c->running = false;
}

int register_check_new(struct register_check **ret, sd_event *event, const char *path,
                       void (*found)(void *userdata), void *userdata)
{
        struct register_check *c = calloc(1, sizeof(*c));

        if (!c)
                return -ENOMEM;
        c->found = found;
        c->userdata = userdata;
        c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        c->path = strdup(path);
        int k = c->wake < 0 ? -errno : c->path ? 0 : -ENOMEM;
        if (k >= 0)
                k = -pthread_mutex_init(&c->lock, NULL);
        if (k >= 0)
                k = sd_event_add_io(event, &c->source, c->wake, EPOLLIN, on_end, c);
        if (k < 0) {
                (void)register_check_free(c);
                return k;
        }
        *ret = c;
        return 0;
}

struct register_check *register_check_free(struct register_check *c)
{
        if (!c)
                return NULL;
        if (c->running)
                break_off(c);
        c->source = sd_event_source_disable_unref(c->source);
        c->wake = fd_close(c->wake);
        (void)pthread_mutex_destroy(&c->lock);
        free(c->path);
        free(c);
        return NULL;
}
