/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: when workers for sweeps run, what becomes of a file that one of them does not get to, recalling jobs, and the end
 * of such a worker's process.
 * Does not own: their priority (spawn.c), and which files have time (pipeline.c).
 *
 *   something to sweep ─► started ─► jobs ─► nothing for sweeper_rest ─► ended
 *                                     └► no answer within the deadline: the other workers have them
 */
#include <errno.h>
#include <sys/wait.h>

#include "common/base/macros.h"
#include "daemon/scan/pool-internal.h"

#define LATE_MAX 6u /* deadlines until one that does not answer is taken for hung */

bool scan_pool_sweeps(const struct scan_pool *p)
{
        return p->config.sweepers > 0;
}

void scan_pool_begin_sweep(struct scan_pool *p)
{
        /* once the others have their rules and patterns, and behind them */
        for (unsigned i = p->config.workers; i < p->n_workers && p->stats.ready > 0; i++)
                if (!p->workers[i].wanted)
                        (void)pool_worker_start(&p->workers[i]);
}

void pool_sweeper_rests(struct worker *w)
{
        pool_worker_timer(w, w->pool->config.sweeper_rest);
}

/* One that is late goes on when it has the processor, and what it says then is of no interest. One that hangs would hold
 * the memory for ever. */
void pool_sweeper_timeout(struct worker *w)
{
        struct scan_pool *p = w->pool;

        if (w->n_jobs == 0) {
                w->retired = true;
                pool_worker_kill(w, REASON_NONE);
                return;
        }
        if (w->late) {
                p->stats.deadlines++;
                pool_worker_kill(w, REASON_SCANNER_DEADLINE);
                return;
        }
        w->late = true;
        pool_worker_timer(w, LATE_MAX * p->config.deadline);
        pool_hand_over(w);
        pool_pump_retries(p);
}

static bool recall_retry(struct scan_pool *p, const void *userdata)
{
        for (size_t i = 0; i < p->n_retry; i++) {
                if (p->retry[i].userdata != userdata)
                        continue;
                for (p->n_retry--; i < p->n_retry; i++)
                        p->retry[i] = p->retry[i + 1];
                return true;
        }
        return false;
}

bool scan_pool_recall(struct scan_pool *p, const void *userdata, bool sweep)
{
        for (unsigned i = sweep ? p->config.workers : 0; i < p->n_workers; i++) {
                struct worker *w = &p->workers[i];

                for (unsigned k = 0; k < w->n_jobs; k++) {
                        struct scan_job *job = &w->jobs[(w->first + k) % AHEAD];

                        if (!job->path || job->userdata != userdata)
                                continue;
                        job->path = NULL;
                        return true;
                }
        }
        return !sweep && recall_retry(p, userdata);
}

static int on_end(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        const pid_t *pid = userdata;

        (void)fd;
        (void)revents;
        if (waitpid(*pid, NULL, WNOHANG) == 0)
                return 0;
        return sd_event_source_set_floating(s, false); /* the loop's was the last reference */
}

/* Even to die it needs the processor: on a busy host that took up to 5 s, in which nobody would be answered. */
int pool_reap_later(struct worker *w)
{
        _cleanup_free_ pid_t *pid = malloc(sizeof(*pid));
        sd_event_source *s = NULL;

        if (!pid)
                return -ENOMEM;
        *pid = w->pid;
        w->on_exit = sd_event_source_disable_unref(w->on_exit);
        int k = sd_event_add_io(w->pool->event, &s, w->pidfd, EPOLLIN, on_end, pid);
        if (k < 0)
                return k;
        w->pidfd = -1;
        (void)take_ptr(&pid);
        (void)sd_event_source_set_io_fd_own(s, true);
        (void)sd_event_source_set_destroy_callback(s, free);
        (void)sd_event_source_set_floating(s, true);
        (void)sd_event_source_unref(s);
        return 0;
}
