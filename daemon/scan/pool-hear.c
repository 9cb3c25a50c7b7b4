/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what a worker says on its socket: that it is ready, and its answers. One that breaks the protocol was taken over, and
 * is killed.
 * Does not own: what follows from an answer (pool.c, and who owns the pool).
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/cache-file.h"
#include "common/base/log.h"
#include "common/base/macros.h"
#include "daemon/scan/pool-internal.h"

/* Once the first worker has its patterns the others need not compile them. */
static void start_others(struct scan_pool *p)
{
        if (p->all_started)
                return;
        p->all_started = true;
        for (unsigned i = 1; i < p->config.workers; i++)
                (void)pool_worker_start(&p->workers[i]);
}

/* fd: patterns that it had to compile, or -1; borrowed. */
static int worker_hello(struct worker *w, const struct scan_hello *hello, size_t n, int fd)
{
        struct scan_pool *p = w->pool;
        char reason[64];

        if (n != sizeof(*hello) || w->ready || hello->version != SCAN_WIRE_VERSION)
                return -EBADMSG;
        int k = fd >= 0 && p->patterns ? cache_file_store(p->patterns, fd) : 0;
        if (k < 0)
                log_notice(
                        "%s cannot be written, ignoring; patterns are compiled at each start: %s",
                        p->patterns, strerror_r(-k, reason, sizeof(reason)));
        p->rules_serve = true;
        start_others(p);
        w->ready = true;
        w->answered = 0;
        w->rules = hello->rules;
        (*(w->sweeps ? &p->stats.sweepers : &p->stats.ready))++;
        p->stats.rules = hello->rules;
        if (w->sweeps)
                pool_sweeper_rests(w);
        else
                pool_worker_timer(w, USEC_INFINITY);
        pool_set_missing(p, false, NULL);
        p->handler.ready(p->handler.userdata, hello);
        pool_pump_retries(p);
        p->handler.room(p->handler.userdata);
        return 0;
}

static int worker_answer(struct worker *w, struct scan_answer *answer, size_t n)
{
        struct scan_pool *p = w->pool;

        if (!w->ready || w->n_jobs == 0 || scan_answer_check(answer, n) < 0 ||
            answer->id != w->next_id - w->n_jobs)
                return -EBADMSG;
        w->answered++;
        p->stats.scanned++;
        p->stats.bytes += answer->result.bytes;
        const struct scan_about *about = scan_answer_about(answer);
        if (about && p->handler.about && w->jobs[w->first].path)
                p->handler.about(p->handler.userdata, w->jobs[w->first].userdata, about);
        scan_answer_unpack(answer);
        pool_worker_finish(w, answer->error ? NULL : &answer->result,
                           answer->error ? REASON_READ_ERROR : REASON_NONE);
        return 0;
}

/* One message, and the fd that came with it (-1: none). */
static ssize_t receive(int socket, struct scan_answer *answer, int *ret_fd)
{
        struct iovec iov = {answer, sizeof(*answer)};
        union {
                struct cmsghdr align;
                char buf[CMSG_SPACE(sizeof(int))];
        } control;
        struct msghdr msg = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = control.buf,
                             .msg_controllen = sizeof(control.buf)};
        ssize_t n = recvmsg(socket, &msg, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);

        *ret_fd = -1;
        if (n < 0)
                return n;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
                if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
                        memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
        return n;
}

int pool_on_message(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        struct worker *w = userdata;
        struct scan_pool *p = w->pool;

        (void)s;
        (void)revents;
        /* as long as it owes something: what it says unasked is heard of by the next event */
        for (unsigned i = 0; i < 2 * AHEAD && (i == 0 || w->n_jobs > 0); i++) {
                int came = -1;
                ssize_t n = receive(fd, &p->answer, &came);
                _cleanup_close_ int came_fd = came;
                int k = 0;

                if (n < 0 && errno == EAGAIN)
                        break;
                /* a reset (it ended with requests unread) is told before the answers that it had
                 * sent */
                if (n < 0 && (errno == EINTR || errno == ECONNRESET))
                        continue;
                if (n <= 0) {
                        pool_worker_kill(w, REASON_NONE);
                        return sd_event_source_set_enabled(w->on_socket, SD_EVENT_OFF);
                }
                if ((size_t)n > sizeof(p->answer) || (size_t)n < sizeof(uint32_t))
                        k = -EBADMSG;
                else if (p->answer.type == SCAN_HELLO)
                        k = worker_hello(w, (const struct scan_hello *)&p->answer, (size_t)n,
                                         came_fd);
                else if (came_fd >= 0)
                        k = -EBADMSG;
                else
                        k = worker_answer(w, &p->answer, (size_t)n);
                if (k < 0) {
                        /* a scanner that breaks the protocol was taken over: nothing more is read
                         * from it */
                        log_warning("giad-scanner[%d] broke the protocol, killing it", (int)w->pid);
                        pool_worker_kill(w, REASON_SCANNER_ANSWER);
                        return sd_event_source_set_enabled(w->on_socket, SD_EVENT_OFF);
                }
        }
        pool_pump_retries(p);
        if (p->n_retry == 0)
                p->handler.room(p->handler.userdata);
        return 0;
}
