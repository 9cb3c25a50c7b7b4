/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the gate as others see it: its marks, its thread's life, and the calls of the handler.
 * Does not own: the answers (gate-thread.c).
 */
#include "watchers/gate.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include "common/base/macros.h"
#include "watchers/gate-internal.h"
#include "watchers/gate-lock.h"
#include "watchers/guard.h"

/* An open for execution is told of as an open, too. */
#define MARK_MASK (FAN_OPEN_PERM | FAN_ACCESS_PERM)
#define FUSE_MAGIC 0x65735546

static int init(struct gate *g)
{
        struct rlimit files;

        /* each that waits holds two descriptors, and what is asked one more for as long as it is on its way: without
         * one the kernel refuses an open by itself */
        if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY)
                g->limits.waiting_max = MIN_OF(g->limits.waiting_max, (size_t)(files.rlim_cur / 4));
        g->limits.waiting_max = MAX_OF(g->limits.waiting_max, (size_t)1);
        g->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        g->command_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (g->wake_fd < 0 || g->command_fd < 0)
                return -errno;
        g->fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE |
                                      FAN_UNLIMITED_MARKS | FAN_REPORT_TID,
                              O_RDONLY | O_CLOEXEC | O_LARGEFILE | O_NONBLOCK);
        return g->fd < 0 ? -errno : 0;
}

static int start_thread(struct gate *g)
{
        sigset_t all, before;

        /* signals are the main thread's; SIGIO, of a lease, is this one's, and nobody takes it */
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        int r = -pthread_create(&g->thread, NULL, gate_run, g);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        g->started = r == 0;
        return r;
}

int gate_new(struct gate **ret, const struct gate_handler *handler,
             const struct gate_limits *limits)
{
        struct gate *g = calloc(1, sizeof(*g));

        if (!g)
                return -ENOMEM;
        g->handler = *handler;
        g->limits = *limits;
        g->pid = getpid();
        g->fd = g->wake_fd = g->command_fd = -1;
        g->generation = 1;
        g->last_notice = &g->notices;
        g->last_command = &g->commands;
        (void)pthread_mutex_init(&g->lock, NULL);
        int r = init(g);
        if (r == 0)
                r = start_thread(g);
        if (r < 0) {
                (void)gate_free(g);
                return r;
        }
        *ret = g;
        return 0;
}

/* --- locks: one gate for a file system -------------------------------------------------------- */

static int take_lock(struct gate *g, dev_t sb_dev)
{
        if (!g->limits.lock_directory)
                return 0;
        int fd = gate_lock_take(g->limits.lock_directory, sb_dev, &g->other);
        if (fd < 0)
                return fd;
        g->locks[g->n_locks++] = (struct gate_lock){sb_dev, fd};
        return 0;
}

static void release_lock(struct gate *g, dev_t sb_dev)
{
        for (size_t i = 0; i < g->n_locks; i++) {
                if (g->locks[i].dev != sb_dev)
                        continue;
                gate_lock_release(g->limits.lock_directory, sb_dev, g->locks[i].fd);
                g->locks[i] = g->locks[--g->n_locks];
                return;
        }
}

/* --- life, ended -------------------------------------------------------------------------------- */

struct gate *gate_free(struct gate *g)
{
        if (!g)
                return NULL;
        if (g->started) {
                g->stop = true;
                gate_wake(g->command_fd);
                (void)pthread_join(g->thread, NULL);
        }
        if (g->limits.guard)
                guard_arm(g->limits.guard, false);
        for (struct gate_notice *n = gate_take_notices(g), *next; n; n = next) {
                next = n->next;
                (void)gate_notice_free(n);
        }
        for (struct gate_command *c = gate_take_commands(g), *next; c; c = next) {
                next = c->next;
                (void)gate_command_free(c);
        }
        for (size_t i = 0; i < g->n_workspaces; i++)
                (void)gate_ws_unref(g->workspaces[i]);
        (void)fd_close(g->fd);
        while (g->n_locks > 0)
                release_lock(g, g->locks[0].dev);
        (void)fd_close(g->wake_fd);
        (void)fd_close(g->command_fd);
        (void)pthread_mutex_destroy(&g->lock);
        free(g);
        return NULL;
}

/* --- workspaces -------------------------------------------------------------------------------- */

static int mark(const struct gate *g, unsigned flags, int fd)
{
        char path[48];

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return fanotify_mark(g->fd, flags | FAN_MARK_FILESYSTEM, MARK_MASK, AT_FDCWD, path) < 0
                       ? -errno
                       : 0;
}

static bool is_marked(const struct gate *g, dev_t sb_dev)
{
        for (size_t i = 0; i < g->n_workspaces; i++)
                if (g->workspaces[i]->sb_dev == sb_dev)
                        return true;
        return false;
}

pid_t gate_other(const struct gate *g)
{
        return g->other;
}

/* The thread takes it from here. */
static void change(struct gate *g)
{
        g->version++;
        gate_wake(g->command_fd);
}

static int make_workspace(struct gate_ws **ret, const struct gate_workspace *from)
{
        struct gate_ws *ws = calloc(1, sizeof(*ws));
        struct statfs fs;

        if (!ws)
                return -ENOMEM;
        ws->refs = 1;
        ws->id = from->id;
        ws->exclude = from->exclude;
        ws->exclude_userdata = from->exclude_userdata;
        ws->deny_late = from->deny_late;
        ws->cover_fd = -1;
        ws->root_fd = fcntl(from->root_fd, F_DUPFD_CLOEXEC, 3);
        int r = ws->root_fd < 0 || fstatfs(ws->root_fd, &fs) < 0 ? -errno : 0;
        /* whoever serves it could have the thread wait for him */
        if (r == 0 && fs.f_type == FUSE_MAGIC)
                r = -EOPNOTSUPP;
        if (r == 0)
                r = gate_place_locate(ws);
        if (r < 0) {
                (void)gate_ws_unref(ws);
                return r;
        }
        *ret = ws;
        return 0;
}

int gate_add_workspace(struct gate *g, const struct gate_workspace *from)
{
        struct gate_ws *ws;

        if (g->error < 0)
                return g->error;
        if (g->n_workspaces == GATE_WORKSPACES_MAX)
                return -ENOSPC;
        int r = make_workspace(&ws, from);
        if (r < 0)
                return r;
        bool marked = is_marked(g, ws->sb_dev);
        r = marked ? 0 : take_lock(g, ws->sb_dev);
        if (r < 0) {
                (void)gate_ws_unref(ws);
                return r;
        }
        (void)pthread_mutex_lock(&g->lock);
        g->workspaces[g->n_workspaces++] = ws;
        (void)pthread_mutex_unlock(&g->lock);
        change(g);
        if (g->limits.guard)
                guard_arm(g->limits.guard, true);
        r = marked ? 0 : mark(g, FAN_MARK_ADD, ws->root_fd);
        if (r < 0)
                gate_remove_workspace(g, from->id);
        return r;
}

void gate_remove_workspace(struct gate *g, uint32_t id)
{
        struct gate_ws *ws = NULL;

        (void)pthread_mutex_lock(&g->lock);
        for (size_t i = 0; i < g->n_workspaces && !ws; i++) {
                if (g->workspaces[i]->id != id)
                        continue;
                ws = g->workspaces[i];
                ws->removed = true;
                g->workspaces[i] = g->workspaces[--g->n_workspaces];
        }
        (void)pthread_mutex_unlock(&g->lock);
        if (!ws)
                return;
        if (!is_marked(g, ws->sb_dev)) {
                (void)mark(g, FAN_MARK_REMOVE, ws->root_fd);
                release_lock(g, ws->sb_dev);
        }
        change(g);
        if (g->limits.guard && g->n_workspaces == 0)
                guard_arm(g->limits.guard, false);
        (void)gate_ws_unref(ws);
}

void gate_set_exempt(struct gate *g, const pid_t *pids, size_t n)
{
        (void)pthread_mutex_lock(&g->lock);
        g->n_exempt = MIN_OF(n, (size_t)GATE_EXEMPT_MAX);
        memcpy(g->exempt, pids, g->n_exempt * sizeof(*pids));
        (void)pthread_mutex_unlock(&g->lock);
        change(g);
}

/* --- the handler ------------------------------------------------------------------------------- */

int gate_fd(const struct gate *g)
{
        return g->wake_fd;
}

static bool has_workspace(const struct gate *g, uint32_t id)
{
        for (size_t i = 0; i < g->n_workspaces; i++)
                if (g->workspaces[i]->id == id)
                        return true;
        return false;
}

static void call(const struct gate *g, const struct gate_notice *n)
{
        if (!has_workspace(g, n->workspace))
                return;
        if (n->kind == GATE_NOTICE_WANTED)
                g->handler.wanted(g->handler.userdata,
                                  &(struct gate_request){.ticket = n->ticket,
                                                         .workspace = n->workspace,
                                                         .path = n->path,
                                                         .fd = n->fd,
                                                         .id = n->id,
                                                         .mode = n->mode,
                                                         .owner = n->owner,
                                                         .final = n->final});
        else if (g->handler.denied)
                g->handler.denied(g->handler.userdata,
                                  &(struct gate_denial){.workspace = n->workspace,
                                                        .path = n->path,
                                                        .id = n->id,
                                                        .who = n->who,
                                                        .late = n->late});
}

static void tell_passed(struct gate *g)
{
        for (size_t i = 0; i < g->n_workspaces; i++) {
                struct gate_ws *ws = g->workspaces[i];
                char example[sizeof(ws->example)];

                (void)pthread_mutex_lock(&g->lock);
                uint64_t n = ws->passed;
                memcpy(example, ws->example, sizeof(example));
                ws->passed = 0;
                (void)pthread_mutex_unlock(&g->lock);
                if (n > 0 && g->handler.passed)
                        g->handler.passed(g->handler.userdata, ws->id, example, n);
        }
}

int gate_dispatch(struct gate *g)
{
        uint64_t count;

        (void)!read(g->wake_fd, &count, sizeof(count));
        for (struct gate_notice *n = gate_take_notices(g), *next; n; n = next) {
                next = n->next;
                call(g, n);
                (void)gate_notice_free(n);
        }
        tell_passed(g);
        return g->error;
}

void gate_verdict(struct gate *g, uint64_t ticket, const struct file_id *id, bool allow)
{
        gate_order(g, &(struct gate_command){.kind = GATE_COMMAND_VERDICT,
                                             .ticket = ticket,
                                             .id = *id,
                                             .fd = -1,
                                             .allow = allow});
}

void gate_learn(struct gate *g, int fd, const struct file_id *id, bool allow)
{
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

        if (copy >= 0)
                gate_order(g, &(struct gate_command){.kind = GATE_COMMAND_LEARN,
                                                     .generation = g->generation,
                                                     .id = *id,
                                                     .fd = copy,
                                                     .allow = allow});
}

void gate_forget(struct gate *g)
{
        g->generation++;
        gate_wake(g->command_fd);
}

void gate_stats(const struct gate *g, struct gate_stats *ret)
{
        const struct gate_counts *c = &g->counts;

        *ret = (struct gate_stats){
                .opens = c->opens,
                .outside = c->outside,
                .known = c->known,
                .waited = c->waited,
                .denied = c->denied,
                .passed = c->passed,
                .larger = c->larger,
                .untold = c->untold,
                .waiting = c->waiting,
                .verdicts = c->verdicts,
        };
}
