/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the thread that reads fanotify's queue, and its records on their way.
 * Does not own: what an event means (fanotify.c, live.h).
 *
 * Only events that give a file its content, or another name, are asked for their writer; that it was made or written to
 * and is still open, or that its mode changed, is looked at later anyway.
 *
 * To be woken for each of four events for a file costs the writer and this thread more than the events themselves. Who
 * makes many in a row without anybody between lives on: they are collected for a moment that is shorter than a process
 * takes to end.
 */
#include "watchers/fanotify-drain.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/macros.h"
#include "watchers/handles.h"

#define EVENTS_BUFFER ((size_t)64 * 1024)
#define RING_SIZE ((size_t)1 << 20)
#define WAKE_EVERY 16u
#define NICE (-15)
#define LATER (5 * USEC_PER_MSEC) /* after which who takes is woken for what can wait */
#define URGENT_MAX (20 * USEC_PER_MSEC)
#define ROW_MIN 64u                  /* events of one process: it is a long row */
#define ROW_GAP (10 * USEC_PER_MSEC) /* without any event: it is over */
#define PAUSE ((struct timespec){.tv_nsec = 100 * 1000})
/* Of what this process does itself: that a name is there again, as after a release, is told all the same. */
#define NAMING_MASK (FAN_MOVED_TO | FAN_CREATE)
#define WRITER_MASK (FAN_CLOSE_WRITE | FAN_MOVED_TO)

static void wake(struct drain *d)
{
        uint64_t one = 1;

        d->wake_due = false;
        d->wake_late = 0;
        (void)!write(d->wake_fd, &one, sizeof(one));
}

/* A file that was made or written to is looked at when it is closed, or has settled. */
static bool cannot_wait(uint64_t mask)
{
        return mask & (FAN_CLOSE_WRITE | FAN_MOVED_TO | FAN_ONDIR | FAN_Q_OVERFLOW);
}

/* Takes a table that somebody left for it. */
static void take_agents(struct drain *d)
{
        struct agents *agents = d->agents ? atomic_exchange(&d->agents, NULL) : NULL;

        if (agents)
                writers_set_agents(d->writers, agents);
}

/* Events that come all the time, of whatever directory, must not keep what can wait from being told of. */
static bool is_late(const struct drain *d)
{
        return d->wake_late > 0 && clock_monotonic() >= d->wake_late;
}

/* Finds out the rest about the writer of the oldest event, and hands it on. */
static void finish_first(struct drain *d)
{
        struct drain_waiting *w = &d->waiting[d->first_waiting];

        take_agents(d);
        if (w->asks)
                w->event->writer = writers_get(d->writers, w->pid, w->pidfd, &w->brief, w->reading);
        (void)fd_close(w->pidfd);
        if (cannot_wait(w->event->mask))
                d->wake_due = true;
        else if (d->wake_late == 0)
                d->wake_late = clock_monotonic() + LATER;
        event_ring_put(&d->ring);
        d->first_waiting = (d->first_waiting + 1) % DRAIN_WAITING_MAX;
        d->n_waiting--;
        /* who takes need not wait for all of them */
        if ((d->wake_due && d->n_waiting % WAKE_EVERY == 0) || is_late(d))
                wake(d);
}

/* What the records behind an event say. */
struct records {
        const char *
                directory; /* a struct fanotify_event_info_fid, and the name behind its handle; NULL: none */
        bool named;
        int pidfd;
};

static void read_records(const char *at, const char *end, struct records *ret)
{
        *ret = (struct records){.pidfd = -1};
        while ((size_t)(end - at) >= sizeof(struct fanotify_event_info_header)) {
                const struct fanotify_event_info_header *h = (const void *)at;

                if (h->len < sizeof(*h) || h->len > end - at)
                        return;
                if (h->info_type == FAN_EVENT_INFO_TYPE_DFID_NAME ||
                    h->info_type == FAN_EVENT_INFO_TYPE_DFID) {
                        ret->directory = at;
                        ret->named = h->info_type == FAN_EVENT_INFO_TYPE_DFID_NAME;
                } else if (h->info_type == FAN_EVENT_INFO_TYPE_PIDFD)
                        ret->pidfd =
                                ((const struct fanotify_event_info_pidfd *)(const void *)h)->pidfd;
                at += h->len;
        }
}

/* Makes room, by finishing what waits and then by waiting for who takes. False: it is to stop. */
static bool make_room(struct drain *d, size_t n)
{
        if (d->n_waiting > 0) {
                finish_first(d);
                return true;
        }
        wake(d);
        return event_ring_wait(&d->ring, n, d->stop_fd);
}

/* Writes the event down with what one call tells of its writer; the rest waits. Takes the pidfd over. False: it is to
 * stop. */
static bool note(struct drain *d, const struct fanotify_event_metadata *m, const struct records *r)
{
        static const size_t fsid = offsetof(struct fanotify_event_info_fid, fsid),
                            at = offsetof(struct fanotify_event_info_fid, handle);
        const struct file_handle *handle = r->directory ? (const void *)(r->directory + at) : NULL;
        size_t handle_n = handle ? offsetof(struct handle_name, handle) + handle->handle_bytes : 0;
        const char *name = handle && r->named ? r->directory + fsid + handle_n : "";
        size_t name_n = strlen(name) + 1, size = sizeof(struct drained) + handle_n + name_n;
        bool asks = handle && m->mask & WRITER_MASK;
        struct drain_waiting waiting = {
                .pid = m->pid, .pidfd = asks ? r->pidfd : -1, .asks = asks, .reading = d->reading};
        struct drained *e = NULL;

        if (!asks && r->pidfd >= 0)
                (void)close(r->pidfd);
        if (!handle && !(m->mask & FAN_Q_OVERFLOW))
                return true;
        if (d->ignored > 0 && m->pid == d->ignored && !(m->mask & NAMING_MASK)) {
                (void)fd_close(waiting.pidfd);
                return true;
        }
        process_brief_read(waiting.pidfd, &waiting.brief);
        while (d->n_waiting == DRAIN_WAITING_MAX || !(e = event_ring_reserve(&d->ring, size))) {
                if (!make_room(d, size)) {
                        (void)fd_close(waiting.pidfd);
                        return false;
                }
        }
        *e = (struct drained){.mask = m->mask, .handle_size = (uint16_t)handle_n};
        if (handle_n > 0)
                memcpy(e->data, r->directory + fsid, handle_n);
        memcpy(e->data + handle_n, name, name_n);
        waiting.event = e;
        d->waiting[(d->first_waiting + d->n_waiting++) % DRAIN_WAITING_MAX] = waiting;
        return true;
}

/* Reads what the kernel has. 1 (*ret_empty: that was nothing), 0 if it is to stop, or negative errno. */
static int read_queue(struct drain *d, bool *ret_empty)
{
        ssize_t n = read(d->fd, d->buffer, EVENTS_BUFFER);
        struct fanotify_event_metadata m;
        bool go_on = true;

        *ret_empty = n < 0 && errno == EAGAIN;
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 1 : -errno;
        d->reading = writers_reading(d->writers);
        d->paused = false;
        for (const char *at = d->buffer, *end = at + n; (size_t)(end - at) >= sizeof(m);
             at += m.event_len) {
                struct records r;

                /* events are aligned to 4, which is not enough for it */
                memcpy(&m, at, sizeof(m));
                if (m.vers != FANOTIFY_METADATA_VERSION || m.event_len < sizeof(m) ||
                    m.event_len > (size_t)(end - at))
                        return -EPROTO;
                read_records(at + m.metadata_len, at + m.event_len, &r);
                d->row = m.pid == d->last ? d->row + 1 : 0;
                d->last = m.pid;
                if (go_on)
                        go_on = note(d, &m, &r);
                else if (r.pidfd >= 0)
                        (void)close(r.pidfd);
        }
        return go_on;
}

/* A writer must be asked before it has ended, so this thread goes before all others when an event comes. It is no
 * longer urgent once it has run for URGENT_MAX without a pause: whoever makes events without end would have it take
 * a processor from everybody. */
static void set_urgent(struct drain *d, bool urgent)
{
        const struct sched_param param = {.sched_priority = urgent ? 1 : 0};

        if (d->urgent != urgent)
                (void)sched_setscheduler(0, urgent ? SCHED_FIFO : SCHED_OTHER, &param);
        d->urgent = urgent;
}

/* Waits for events. 1, 0 if it is to stop, or negative errno. */
static int wait_for_events(struct drain *d)
{
        struct pollfd p[] = {{.fd = d->fd, .events = POLLIN}, {.fd = d->stop_fd, .events = POLLIN}};
        usec_t before = clock_monotonic();
        int n;

        if (d->row >= ROW_MIN && !d->paused) {
                d->paused = true;
                n = ppoll(&p[1], 1, &PAUSE, NULL);
        } else {
                n = poll(p, ELEMENTSOF(p), d->wake_late > 0 ? (int)(LATER / USEC_PER_MSEC) : -1);
        }
        d->since = clock_monotonic();
        if (d->since - before > ROW_GAP)
                d->row = 0;
        return n < 0 && errno != EINTR ? -errno : !p[1].revents;
}

/* The kernel's queue goes before everything else: who is in it may end at any moment. */
static int step(struct drain *d)
{
        bool empty;

        d->busy = true;
        int r = read_queue(d, &empty);
        if (r <= 0 || !empty)
                return r;
        if (d->n_waiting > 0) {
                if (d->urgent && clock_monotonic() - d->since > URGENT_MAX)
                        set_urgent(d, false);
                finish_first(d);
                return 1;
        }
        if (d->wake_due || is_late(d))
                wake(d);
        set_urgent(d, true);
        d->busy = false;
        return wait_for_events(d);
}

static void *run(void *userdata)
{
        struct drain *d = userdata;
        int r;

        /* what is left of it where the thread may not be urgent */
        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
        set_urgent(d, true);
        while ((r = step(d)) > 0)
                ;
        while (d->n_waiting > 0)
                finish_first(d);
        d->error = r;
        d->busy = false;
        wake(d);
        return NULL;
}

int drain_start(struct drain *d, int fd, bool ignore_own)
{
        sigset_t all, before;

        *d = DRAIN_NULL;
        d->fd = fd;
        d->ignored = ignore_own ? getpid() : 0;
        d->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        d->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (d->wake_fd < 0 || d->stop_fd < 0)
                return -errno;
        d->buffer = malloc(EVENTS_BUFFER);
        d->writers = writers_new();
        d->waiting = calloc(DRAIN_WAITING_MAX, sizeof(*d->waiting));
        if (!d->buffer || !d->writers || !d->waiting)
                return -ENOMEM;
        int r = event_ring_init(&d->ring, RING_SIZE);
        if (r < 0)
                return r;
        /* signals are the main thread's */
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        r = -pthread_create(&d->thread, NULL, run, d);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        d->started = r == 0;
        return r;
}

void drain_done(struct drain *d)
{
        uint64_t one = 1;
        bool empty;

        if (d->started) {
                (void)!write(d->stop_fd, &one, sizeof(one));
                (void)pthread_join(d->thread, NULL);
        }
        d->fd = fd_close(d->fd);
        while (d->ring.data && drain_first(d, &empty))
                drain_take(d);
        event_ring_done(&d->ring);
        d->agents = agents_unref(d->agents);
        d->writers = writers_free(d->writers);
        free(d->buffer);
        free(d->waiting);
        d->wake_fd = fd_close(d->wake_fd);
        d->stop_fd = fd_close(d->stop_fd);
        *d = DRAIN_NULL;
}

void drain_set_agents(struct drain *d, struct agents *agents)
{
        /* none are a table without entries: NULL says that there is nothing new */
        struct agents *next = agents ? agents_ref(agents) : agents_new();

        if (next)
                (void)agents_unref(atomic_exchange(&d->agents, next));
}

bool drain_is_behind(const struct drain *d)
{
        int waiting = 0;

        /* in this order, as events go: from the kernel's queue to the thread, and from there to the ring */
        return d->fd >= 0 && (ioctl(d->fd, FIONREAD, &waiting) < 0 || waiting > 0 || d->busy);
}

const struct drained *drain_first(struct drain *d, bool *ret_empty)
{
        uint64_t count;
        const struct drained *e = event_ring_first(&d->ring);

        *ret_empty = false;
        if (e)
                return e;
        /* first it is taken back that there is something, then looked again: nothing is overlooked */
        (void)!read(d->wake_fd, &count, sizeof(count));
        *ret_empty = !drain_is_behind(d);
        e = event_ring_first(&d->ring);
        *ret_empty = *ret_empty && !e;
        return e;
}

void drain_take(struct drain *d)
{
        const struct drained *e = event_ring_first(&d->ring);

        (void)provenance_unref(e->writer);
        event_ring_take(&d->ring);
}
