/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the scanner workers, which job each of them has, and the deadline of the one that it is
 * reading. Does not own: the files (their fds are the pipeline's until done() was called) and what
 * an answer means.
 *
 *   submit → queue of a worker → SCAN_REQUEST + fd ─► giad-scanner ─► SCAN_ANSWER → done
 *
 * Requests are answered in order, so the oldest unanswered one is what a worker is reading: it
 * alone is charged with a death or a missed deadline, the rest are given to another worker. A few
 * requests are sent ahead, so that a worker never waits for us.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/log.h"
#include "common/base/macros.h"
#include "common/base/text.h"
#include "daemon/scan/pool-internal.h"

#define FDS_MAX (1 + SCAN_PEERS_MAX + _SCAN_REPOSITORY_MAX + SCAN_CONTAINER_FDS)
_Static_assert(FDS_MAX <= IO_FDS_MAX, "they go with one message");

#define START_DEADLINE (60 * USEC_PER_SEC) /* loading rules and compiling patterns */
#define SWEEPER_REST (30 * USEC_PER_SEC)   /* without work until it ends */
#define RESTART_MIN (50 * USEC_PER_MSEC)
#define RESTART_MAX (30 * USEC_PER_SEC)

/* --- timers ---- */

/* Its end is noticed and dealt with in pool_on_exit(). */
void pool_worker_kill(struct worker *w, enum reason reason)
{
        if (reason != REASON_NONE)
                w->killed_for = reason;
        (void)syscall(SYS_pidfd_send_signal, w->pidfd, SIGKILL, NULL, 0);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
        struct worker *w = userdata;

        (void)s;
        (void)usec;
        if (w->pid == 0)
                return pool_worker_start(w);
        if (w->sweeps && w->ready) {
                pool_sweeper_timeout(w);
                return 0;
        }
        w->pool->stats.deadlines++;
        pool_worker_kill(w, REASON_SCANNER_DEADLINE);
        return 0;
}

void pool_worker_timer(struct worker *w, usec_t after)
{
        if (after == USEC_INFINITY) {
                (void)sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
                return;
        }
        (void)sd_event_source_set_time_relative(w->timer, after);
        (void)sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

/* --- jobs ---- */

/* The fds behind the others; which they are. A job that has none of its own has none of these. */
static uint8_t add_repository(const struct scan_repository *r, int *fds, size_t *n_fds)
{
        unsigned which = 0;

        for (unsigned i = 0; i<_SCAN_REPOSITORY_MAX && * n_fds> 0; i++)
                if (r->fds[i] >= 0) {
                        fds[(*n_fds)++] = r->fds[i];
                        which |= 1u << i;
                }
        return (uint8_t)which;
}

/* Likewise, behind those; how many. */
static uint8_t add_container(const struct scan_container *c, int *fds, size_t *n_fds)
{
        uint8_t n = 0;

        for (unsigned i = 0; i<SCAN_CONTAINER_FDS && * n_fds> 0; i++)
                if (c->fds[i] >= 0) {
                        fds[(*n_fds)++] = c->fds[i];
                        n++;
                }
        return n;
}

static int send_request(struct worker *w, const struct scan_job *job,
                        const struct scan_beside *beside)
{
        const struct scan_peers *peers = &beside->peers;
        const struct scan_container *container = &beside->container;
        int fds[FDS_MAX] = {job->fd};
        size_t n_fds = job->fd >= 0 ? 1 + peers->n : 0;
        struct scan_request request = {
                .type = SCAN_REQUEST,
                .mode = job->mode,
                .id = w->next_id,
                .size = job->size,
                .path_size = (uint32_t)strlen(job->path) + 1,
                .text_size = job->text ? (uint32_t)strlen(job->text) : 0,
                .peers_size = (uint32_t)peers->names_size,
                .command_size = (uint32_t)beside->command_size,
                .command_cut = beside->command_cut,
                .log_size = beside->repository.log_size,
                .container = (uint8_t)container->files,
                .container_size =
                        container->files ? (uint8_t)(strlen(container->id) + 1) : (uint8_t)0,
        };
        struct iovec iov[6] = {
                {&request, sizeof(request)},
                {(void *)(uintptr_t)job->path, request.path_size},
                {(void *)(uintptr_t)job->text, request.text_size},
                {(void *)(uintptr_t)peers->names, request.peers_size},
                {(void *)(uintptr_t)beside->command, request.command_size},
                {(void *)(uintptr_t)container->id, request.container_size},
        };

        memcpy(fds + 1, peers->fds, peers->n * sizeof(int));
        request.repository = add_repository(&beside->repository, fds, &n_fds);
        request.container_fds = add_container(container, fds, &n_fds);
        return io_send(w->socket, iov, ELEMENTSOF(iov), fds, n_fds, MSG_DONTWAIT);
}

static int worker_send(struct worker *w, const struct scan_job *job)
{
        const struct scan_pool_handler *handler = &w->pool->handler;
        struct scan_beside beside = SCAN_BESIDE_NONE;

        if (handler->beside)
                handler->beside(handler->userdata, job, &beside);
        int k = send_request(w, job, &beside);
        scan_peers_close(&beside.peers);
        scan_repository_close(&beside.repository);
        scan_container_close(&beside.container);
        if (k < 0)
                return k;
        w->next_id++;
        return 0;
}

/* So that what comes next does not stand behind more than it must. */
bool pool_worker_has_room(const struct worker *w)
{
        return w->ready && !w->late && !w->retired &&
               w->n_jobs < (w->sweeps ? AHEAD : AHEAD_FRESH) &&
               (w->n_jobs == 0 || w->bytes < AHEAD_BYTES);
}

static int worker_submit(struct worker *w, const struct scan_job *job)
{
        if (!pool_worker_has_room(w))
                return -EAGAIN;
        int k = worker_send(w, job);
        if (k < 0) {
                /* full; or it closed its end, and would live on without work if nobody ended it */
                if (k != -EAGAIN)
                        pool_worker_kill(w, REASON_NONE);
                return -EAGAIN;
        }
        w->jobs[(w->first + w->n_jobs) % AHEAD] = *job;
        w->bytes += job->size;
        if (w->n_jobs++ == 0)
                pool_worker_timer(w, w->pool->config.deadline);
        w->pool->stats.in_flight++;
        return 0;
}

/* Of those for sweeps or the others, the one that has least to do. NULL: none has room. */
static struct worker *best_worker(const struct scan_pool *p, bool sweep)
{
        bool sweeps = sweep && p->config.sweepers > 0;
        struct worker *best = NULL;

        if (p->n_retry > 0)
                return NULL;
        for (unsigned i = 0; i < p->n_workers; i++) {
                struct worker *w = &p->workers[i];

                if (w->sweeps == sweeps && pool_worker_has_room(w) &&
                    (!best || w->n_jobs < best->n_jobs))
                        best = w;
        }
        return best;
}

bool scan_pool_has_room(const struct scan_pool *p, bool sweep)
{
        return best_worker(p, sweep);
}

int scan_pool_submit(struct scan_pool *p, const struct scan_job *job)
{
        if (strlen(job->path) >= SCAN_PATH_MAX || (job->text && strlen(job->text) > SCAN_TEXT_MAX))
                return -ENAMETOOLONG;
        struct worker *best = best_worker(p, job->sweep);
        return best ? worker_submit(best, job) : -EAGAIN;
}

void pool_pump_retries(struct scan_pool *p)
{
        while (p->n_retry > 0) {
                const struct scan_job *job = &p->retry[p->n_retry - 1];
                unsigned i = 0;

                while (i < p->config.workers && worker_submit(&p->workers[i], job) < 0)
                        i++;
                if (i == p->config.workers)
                        return;
                p->n_retry--;
        }
}

/* The oldest job is no longer the worker's. */
static struct scan_job take_first(struct worker *w)
{
        struct scan_job job = w->jobs[w->first];

        w->first = (w->first + 1) % AHEAD;
        w->n_jobs--;
        w->bytes -= job.size;
        w->pool->stats.in_flight--;
        return job;
}

void pool_worker_finish(struct worker *w, const struct scan_result *result, enum reason reason)
{
        struct scan_pool *p = w->pool;
        const struct scan_job job = take_first(w);

        w->late = false;
        if (w->n_jobs > 0)
                pool_worker_timer(w, p->config.deadline);
        else if (w->sweeps)
                pool_sweeper_rests(w);
        else
                pool_worker_timer(w, USEC_INFINITY);
        if (job.path)
                p->handler.done(p->handler.userdata, job.userdata, result, reason);
}

/* --- what a worker says ---- */

/* Returns false when there will be no more. */
static bool hear(struct worker *w)
{
        char raw[1024];
        ssize_t n = read(w->err, raw, sizeof(raw));

        if (n <= 0)
                return n < 0 && errno == EAGAIN;
        for (char *at = raw, *end = raw + n; at < end;) {
                char *newline = memchr(at, '\n', (size_t)(end - at));
                size_t len = (size_t)((newline ? newline : end) - at);

                if (len > 0)
                        log_warning("giad-scanner[%d]: %s", (int)w->pid,
                                    text_printable(w->said, sizeof(w->said), at, len));
                at += len + 1;
        }
        return true;
}

/* --- a worker's end ---- */

void pool_worker_close(struct worker *w)
{
        w->on_socket = sd_event_source_disable_unref(w->on_socket);
        w->on_exit = sd_event_source_disable_unref(w->on_exit);
        w->on_err = sd_event_source_disable_unref(w->on_err);
        w->socket = fd_close(w->socket);
        w->pidfd = fd_close(w->pidfd);
        w->err = fd_close(w->err);
        w->pid = 0;
        if (w->ready)
                (*(w->sweeps ? &w->pool->stats.sweepers : &w->pool->stats.ready))--;
        w->ready = false;
}

void pool_set_missing(struct scan_pool *p, bool missing, const char *detail)
{
        if (p->missing == missing)
                return;
        p->missing = missing;
        p->handler.missing(p->handler.userdata, missing, detail);
}

void pool_worker_later(struct worker *w)
{
        pool_worker_timer(w, w->backoff);
        w->backoff = MIN_OF(w->backoff * 2, RESTART_MAX);
}

void pool_hand_over(struct worker *w)
{
        struct scan_pool *p = w->pool;

        /* newest first, so that the retry stack gives them out oldest first */
        for (unsigned i = w->n_jobs; i-- > 0;) {
                struct scan_job *job = &w->jobs[(w->first + i) % AHEAD];

                if (job->path)
                        p->retry[p->n_retry++] = *job;
                job->path = NULL;
        }
}

/* A worker that was ready has ended, and nobody wanted that. */
static void worker_died(struct worker *w, pid_t pid, enum reason reason, int status)
{
        struct scan_pool *p = w->pool;

        p->handler.died(p->handler.userdata, pid, w->n_jobs > 0 ? w->jobs[w->first].path : NULL,
                        reason, status);
        if (w->answered > 0)
                w->backoff = RESTART_MIN;
        if (w->n_jobs == 0)
                return;
        const struct scan_job job = take_first(w);
        pool_hand_over(w);
        if (job.path)
                p->handler.done(p->handler.userdata, job.userdata, NULL, reason);
}

static void worker_ended(struct worker *w, int status)
{
        struct scan_pool *p = w->pool;
        bool was_ready = w->ready;
        enum reason reason = w->killed_for ? w->killed_for : REASON_SCANNER_DIED;
        pid_t pid = w->pid;

        (void)hear(w);
        pool_worker_close(w);
        if (w->retired) {
                w->wanted = false;
                pool_worker_timer(w, USEC_INFINITY);
                p->handler.room(p->handler.userdata); /* something to sweep may have come */
                return;
        }
        p->stats.deaths++;
        if (was_ready) {
                worker_died(w, pid, reason, status);
        } else {
                char detail[128];

                (void)snprintf(detail, sizeof(detail), "the scanner ended while starting (%s %d)",
                               WIFSIGNALED(status) ? "signal" : "status",
                               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
                if (p->stats.ready == 0)
                        pool_set_missing(p, true, *w->said ? w->said : detail);
        }
        /* none of them is under way any more */
        p->stats.in_flight -= w->n_jobs;
        w->n_jobs = 0;
        pool_worker_later(w);
        pool_pump_retries(p);
        /* done() may have brought more, and the other workers may have room */
        if (p->n_retry == 0)
                p->handler.room(p->handler.userdata);
}

int pool_on_exit(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        struct worker *w = userdata;
        int status = 0;

        (void)s;
        (void)fd;
        (void)revents;
        if (waitpid(w->pid, &status, WNOHANG) == w->pid)
                worker_ended(w, status);
        return 0;
}

/* --- what else it says ---- */

int pool_on_stderr(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        struct worker *w = userdata;

        (void)s;
        (void)fd;
        (void)revents;
        return hear(w) ? 0 : sd_event_source_set_enabled(w->on_err, SD_EVENT_OFF);
}

/* --- starting ---- */

int scan_pool_new(struct scan_pool **ret, sd_event *event, const struct scan_pool_config *config,
                  const struct scan_pool_handler *handler)
{
        struct scan_pool *p = calloc(1, sizeof(*p));

        if (!p)
                return -ENOMEM;
        p->event = sd_event_ref(event);
        p->config = *config;
        if (p->config.start_deadline == 0)
                p->config.start_deadline = START_DEADLINE;
        if (p->config.sweeper_rest == 0)
                p->config.sweeper_rest = SWEEPER_REST;
        p->handler = *handler;
        p->config.scanner = p->scanner = strdup(config->scanner);
        p->config.rules = p->rules = strdup(config->rules);
        p->config.local_rules = p->local_rules =
                strdup(config->local_rules ? config->local_rules : "");
        p->config.user = p->user = config->user ? strdup(config->user) : NULL;
        p->config.patterns = p->patterns = config->patterns ? strdup(config->patterns) : NULL;
        p->all_started = !p->patterns;
        p->rules_fd = -1;
        p->stats.workers = config->workers;
        p->n_workers = config->workers + config->sweepers;
        p->workers = calloc(p->n_workers, sizeof(*p->workers));
        p->retry = calloc((size_t)p->n_workers * AHEAD, sizeof(*p->retry));
        int k = p->scanner && p->rules && p->local_rules && p->workers && p->retry ? 0 : -ENOMEM;
        for (unsigned i = 0; i < p->n_workers && k >= 0; i++) {
                struct worker *w = &p->workers[i];

                *w = (struct worker){.pool = p,
                                     .sweeps = i >= config->workers,
                                     .pidfd = -1,
                                     .socket = -1,
                                     .err = -1,
                                     .backoff = RESTART_MIN};
                k = sd_event_add_time_relative(event, &w->timer, CLOCK_MONOTONIC, 0, 0, on_timer,
                                               w);
                if (k >= 0)
                        /* it starts with a time that has come */
                        k = sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
                if (k >= 0 && (i == 0 || (p->all_started && !w->sweeps)))
                        k = pool_worker_start(w);
        }
        if (k < 0) {
                (void)scan_pool_free(p);
                return k;
        }
        *ret = p;
        return 0;
}

struct scan_pool *scan_pool_free(struct scan_pool *p)
{
        if (!p)
                return NULL;
        for (unsigned i = 0; p->workers && i < p->n_workers; i++) {
                struct worker *w = &p->workers[i];

                if (w->pid > 0) {
                        (void)kill(w->pid, SIGKILL);
                        if (!w->sweeps || pool_reap_later(w) < 0)
                                (void)waitpid(w->pid, NULL, 0);
                }
                if (w->pool)
                        pool_worker_close(w);
                w->timer = sd_event_source_disable_unref(w->timer);
        }
        explicit_bzero(p->config.key, sizeof(p->config.key));
        p->rules_fd = fd_close(p->rules_fd);
        free(p->workers);
        free(p->retry);
        free(p->scanner);
        free(p->rules);
        free(p->local_rules);
        free(p->patterns);
        free(p->user);
        (void)sd_event_unref(p->event);
        free(p);
        return NULL;
}

void scan_pool_stats(const struct scan_pool *p, struct scan_pool_stats *ret)
{
        *ret = p->stats;
}

size_t scan_pool_pids(const struct scan_pool *p, pid_t *ret, size_t max)
{
        size_t n = 0;

        for (unsigned i = 0; i < p->n_workers && n < max; i++)
                if (p->workers[i].pid > 0)
                        ret[n++] = p->workers[i].pid;
        return n;
}
