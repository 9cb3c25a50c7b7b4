/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the thread that reads fanotify's queue, and its records on their way.
 * Does not own: what an event means (fanotify.c, live.h).
 *
 * Only events that give a file its content or its name are asked for their writer; that it was written to and is
 * still open, or that its mode changed, is looked at later anyway.
 */
#include "watchers/fanotify-drain.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "watchers/handles.h"

#define EVENTS_BUFFER ((size_t)64 * 1024)
#define RING_SIZE ((size_t)1 << 20)
#define WRITER_MASK (FAN_CLOSE_WRITE | FAN_MOVED_TO | FAN_CREATE)

/* What the records behind an event say. */
struct records {
        const char *
                directory; /* a struct fanotify_event_info_fid, and the name behind its handle; NULL: none */
        bool named;
        int pidfd;
};

static void read_records(const struct fanotify_event_metadata *m, struct records *ret)
{
        const char *at = (const char *)m + m->metadata_len, *end = (const char *)m + m->event_len;

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

/* False: it is to stop. */
static bool put(struct drain *d, const struct fanotify_event_metadata *m, const struct records *r)
{
        static const size_t fsid = offsetof(struct fanotify_event_info_fid, fsid),
                            at = offsetof(struct fanotify_event_info_fid, handle);
        const struct file_handle *handle = r->directory ? (const void *)(r->directory + at) : NULL;
        size_t handle_n = handle ? offsetof(struct handle_name, handle) + handle->handle_bytes : 0;
        const char *name = handle && r->named ? r->directory + fsid + handle_n : "";
        size_t name_n = strlen(name) + 1;

        if (!handle && !(m->mask & FAN_Q_OVERFLOW))
                return true;
        /* before anything that may have to wait */
        struct provenance *writer =
                handle && m->mask & WRITER_MASK ? writers_get(d->writers, m->pid, r->pidfd) : NULL;
        struct drained *e =
                event_ring_reserve(&d->ring, sizeof(*e) + handle_n + name_n, d->stop_fd);
        if (!e) {
                (void)provenance_unref(writer);
                return false;
        }
        *e = (struct drained){.mask = m->mask, .writer = writer, .handle_size = (uint16_t)handle_n};
        if (handle_n > 0)
                memcpy(e->data, r->directory + fsid, handle_n);
        memcpy(e->data + handle_n, name, name_n);
        event_ring_put(&d->ring);
        return true;
}

/* 1, 0 if it is to stop, or negative errno. */
static int drain(struct drain *d)
{
        uint64_t one = 1;
        ssize_t n = read(d->fd, d->buffer, EVENTS_BUFFER);
        const struct fanotify_event_metadata *m = (const void *)d->buffer;
        bool go_on = true;

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 1 : -errno;
        for (; FAN_EVENT_OK(m, n); m = FAN_EVENT_NEXT(m, n)) {
                struct records r;

                if (m->vers != FANOTIFY_METADATA_VERSION)
                        return -EPROTO;
                read_records(m, &r);
                go_on = go_on && put(d, m, &r);
                if (r.pidfd >= 0)
                        (void)close(r.pidfd);
        }
        (void)!write(d->wake_fd, &one, sizeof(one));
        return go_on;
}

static void *run(void *userdata)
{
        struct drain *d = userdata;
        struct pollfd p[] = {{.fd = d->fd, .events = POLLIN}, {.fd = d->stop_fd, .events = POLLIN}};
        uint64_t one = 1;
        int r = 1;

        while (r > 0) {
                if (poll(p, ELEMENTSOF(p), -1) < 0 && errno != EINTR)
                        r = -errno;
                else if (p[1].revents)
                        r = 0;
                else if (p[0].revents) {
                        d->busy = true;
                        r = drain(d);
                        d->busy = false;
                }
        }
        d->error = r;
        (void)!write(d->wake_fd, &one, sizeof(one));
        return NULL;
}

int drain_start(struct drain *d, int fd)
{
        sigset_t all, before;

        *d = DRAIN_NULL;
        d->fd = fd;
        d->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        d->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (d->wake_fd < 0 || d->stop_fd < 0)
                return -errno;
        d->buffer = malloc(EVENTS_BUFFER);
        d->writers = writers_new();
        if (!d->buffer || !d->writers)
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
        d->writers = writers_free(d->writers);
        free(d->buffer);
        d->wake_fd = fd_close(d->wake_fd);
        d->stop_fd = fd_close(d->stop_fd);
        *d = DRAIN_NULL;
}

const struct drained *drain_first(struct drain *d, bool *ret_empty)
{
        uint64_t count;
        int waiting = 0;
        const struct drained *e = event_ring_first(&d->ring);

        *ret_empty = false;
        if (e)
                return e;
        /* first it is taken back that there is something, then looked again: nothing is overlooked */
        (void)!read(d->wake_fd, &count, sizeof(count));
        /* in this order, as events go: from the kernel's queue to the thread, and from there to the ring */
        *ret_empty =
                d->fd < 0 || (ioctl(d->fd, FIONREAD, &waiting) == 0 && waiting == 0 && !d->busy);
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
