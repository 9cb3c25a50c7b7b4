/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the event sources of something that is driven by a descriptor and a deadline.
 * Does not own: the descriptor, and what is done.
 */
#include "daemon/driver.h"

#include <sys/epoll.h>

static void run(struct driver *d)
{
        d->run(d->userdata);
}

static int on_io(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        (void)s;
        (void)fd;
        (void)revents;
        run(userdata);
        return 0;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
        (void)s;
        (void)usec;
        run(userdata);
        return 0;
}

static int on_defer(sd_event_source *s, void *userdata)
{
        (void)s;
        run(userdata);
        return 0;
}

void driver_schedule(struct driver *d, usec_t deadline)
{
        (void)sd_event_source_set_enabled(d->defer, deadline == 0 ? SD_EVENT_ON : SD_EVENT_OFF);
        if (deadline == 0 || deadline == USEC_INFINITY) {
                (void)sd_event_source_set_enabled(d->timer, SD_EVENT_OFF);
                return;
        }
        (void)sd_event_source_set_time(d->timer, deadline);
        (void)sd_event_source_set_enabled(d->timer, SD_EVENT_ONESHOT);
}

int driver_init(struct driver *d, sd_event *event, int fd, int64_t priority,
                void (*callback)(void *userdata), void *userdata)
{
        *d = (struct driver){.run = callback, .userdata = userdata};
        int k = sd_event_add_io(event, &d->io, fd, EPOLLIN, on_io, d);

        if (k >= 0)
                k = sd_event_source_set_priority(d->io, priority);
        if (k >= 0)
                k = sd_event_add_time(event, &d->timer, CLOCK_MONOTONIC, 0, 1000, on_timer, d);
        if (k >= 0)
                k = sd_event_source_set_enabled(d->timer, SD_EVENT_OFF);
        if (k >= 0)
                k = sd_event_add_defer(event, &d->defer, on_defer, d);
        if (k >= 0)
                k = sd_event_source_set_enabled(d->defer, SD_EVENT_OFF);
        if (k >= 0)
                /* walking is the least urgent thing there is */
                k = sd_event_source_set_priority(d->defer, SD_EVENT_PRIORITY_IDLE);
        return k;
}

void driver_done(struct driver *d)
{
        d->io = sd_event_source_disable_unref(d->io);
        d->timer = sd_event_source_disable_unref(d->timer);
        d->defer = sd_event_source_disable_unref(d->defer);
}
