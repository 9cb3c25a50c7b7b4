/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: how a worker comes to be: which rules it is given, its setup, and what is listened to.
 * Does not own: the process (spawn.c), and what it says and is asked (pool.c).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "common/base/cache-file.h"
#include "common/base/io.h"
#include "common/base/macros.h"
#include "common/base/text.h"
#include "common/model/rule-files.h"
#include "daemon/scan/pool-internal.h"
#include "daemon/scan/spawn.h"

/* stored_fd: compiled patterns, or negative. One that has ended by now is heard of elsewhere: its
 * status says more than a broken pipe. */
static int send_setup(int socket, struct scan_setup *setup, int stored_fd)
{
        struct iovec iov = {setup, sizeof(*setup)};
        int k = io_send(socket, &iov, 1, &stored_fd, stored_fd >= 0, 0);

        return k == -EPIPE ? 0 : k;
}

static int worker_setup(struct worker *w)
{
        const struct scan_pool_config *c = &w->pool->config;
        struct scan_setup setup = {
                .type = SCAN_SETUP,
                .version = SCAN_WIRE_VERSION,
                .memory = c->memory,
                .parse_max = c->parse_max,
                .file_max = c->file_max,
        };
        sd_event *e = w->pool->event;

        memcpy(setup.key, c->key, sizeof(setup.key));
        _cleanup_close_ int stored_fd = c->patterns ? cache_file_open(c->patterns) : -1;
        int k = send_setup(w->socket, &setup, stored_fd);
        explicit_bzero(setup.key, sizeof(setup.key));
        if (k >= 0)
                k = sd_event_add_io(e, &w->on_socket, w->socket, EPOLLIN, pool_on_message, w);
        if (k >= 0 && w->sweeps)
                k = sd_event_source_set_ratelimit(w->on_socket, SWEEP_ANSWERS, 1);
        if (k >= 0)
                k = sd_event_add_io(e, &w->on_err, w->err, EPOLLIN, pool_on_stderr, w);
        if (k >= 0)
                k = sd_event_add_io(e, &w->on_exit, w->pidfd, EPOLLIN, pool_on_exit, w);
        if (k >= 0)
                /* its last answers are read before its death is */
                k = sd_event_source_set_priority(w->on_exit, SD_EVENT_PRIORITY_NORMAL + 10);
        return k;
}

/* Workers that live have the rules that were taken last. */
static bool rules_are_in_use(const struct scan_pool *p)
{
        for (unsigned i = 0; i < p->n_workers; i++)
                if (p->workers[i].pid > 0)
                        return true;
        return false;
}

/* While no worker could read the rules they may be mended on disk. */
static int take_rules(struct scan_pool *p, char *detail, size_t size)
{
        struct rule_files_error error;
        char reason[64], path[512];
        int fd = -1;

        if (p->rules_serve || rules_are_in_use(p))
                return 0;
        int k = rule_files_take(&fd, p->rules, p->local_rules, &error);
        if (k < 0) {
                (void)snprintf(
                        detail, size, "%s: %s",
                        *error.path
                                ? text_printable(path, sizeof(path), error.path, strlen(error.path))
                                : "taking the rules",
                        *error.message ? error.message : strerror_r(-k, reason, sizeof(reason)));
                return k;
        }
        (void)fd_close(p->rules_fd);
        p->rules_fd = fd;
        return 0;
}

static int worker_spawn(struct worker *w, char *detail, size_t size)
{
        struct scan_pool *p = w->pool;
        char reason[64];
        int k = take_rules(p, detail, size);

        if (k < 0)
                return k;
        k = scan_spawn(&p->config, w->sweeps, p->rules_fd, &w->pid, &w->pidfd, &w->socket, &w->err);
        if (k >= 0) {
                p->stats.restarts++;
                k = worker_setup(w);
                if (k < 0) {
                        (void)kill(w->pid, SIGKILL);
                        (void)waitpid(w->pid, NULL, 0);
                        pool_worker_close(w);
                }
        }
        if (k < 0)
                (void)snprintf(detail, size, "starting %.80s: %s", p->config.scanner,
                               k == -ESRCH ? "its user does not exist (scanner.user)"
                                           : strerror_r(-k, reason, sizeof(reason)));
        return k;
}

int pool_worker_start(struct worker *w)
{
        struct scan_pool *p = w->pool;
        char detail[SAID_MAX];

        w->first = w->n_jobs = 0;
        w->bytes = 0;
        w->wanted = true;
        w->retired = w->late = false;
        w->next_id = 1;
        w->killed_for = REASON_NONE;
        w->said[0] = '\0';
        if (worker_spawn(w, detail, sizeof(detail)) < 0) {
                if (p->stats.ready == 0)
                        pool_set_missing(p, true, detail);
                pool_worker_later(w);
                return 0;
        }
        pool_worker_timer(w, p->config.start_deadline);
        return 0;
}
