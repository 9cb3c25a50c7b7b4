/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the room between two threads.
 * Does not own: what the records are, and what they hold.
 *
 * A record lies in one piece: where it would not fit before the end of the room, a mark says to go on at its
 * beginning.
 */
#include "watchers/event-ring.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/macros.h"

struct head {
        uint32_t size; /* of the record with its head */
        bool skip;     /* nothing: go on at the beginning */
};

_Static_assert(sizeof(struct head) == 8, "records are aligned to 8");

int event_ring_init(struct event_ring *r, size_t size)
{
        *r = EVENT_RING_NULL;
        r->data = malloc(size);
        r->room_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (!r->data || r->room_fd < 0) {
                int error = r->data ? -errno : -ENOMEM;

                event_ring_done(r);
                return error;
        }
        r->size = size;
        return 0;
}

void event_ring_done(struct event_ring *r)
{
        free(r->data);
        r->data = NULL;
        r->room_fd = fd_close(r->room_fd);
}

static struct head *head_at(struct event_ring *r, size_t at)
{
        return (struct head *)(void *)(r->data + (at & (r->size - 1)));
}

/* NULL: there is no room now. */
static void *try_reserve(struct event_ring *r, size_t n)
{
        size_t at = r->put, taken = r->taken, to_end = r->size - (at & (r->size - 1));
        size_t skip = to_end < n ? to_end : 0;

        if (at + skip + n - taken > r->size)
                return NULL;
        if (skip > 0)
                *head_at(r, at) = (struct head){.size = (uint32_t)skip, .skip = true};
        *head_at(r, at + skip) = (struct head){.size = (uint32_t)n};
        r->reserved = skip + n;
        return head_at(r, at + skip) + 1;
}

void *event_ring_reserve(struct event_ring *r, size_t n, int stop_fd)
{
        struct pollfd p[] = {{.fd = r->room_fd, .events = POLLIN},
                             {.fd = stop_fd, .events = POLLIN}};
        uint64_t count;
        void *room;

        n = (n + sizeof(struct head) + 7) & ~(size_t)7;
        while (!(room = try_reserve(r, n))) {
                r->waiting = true;
                /* who takes may not have seen that */
                if ((room = try_reserve(r, n)))
                        break;
                if (poll(p, ELEMENTSOF(p), -1) < 0 && errno != EINTR)
                        return NULL;
                if (p[1].revents)
                        return NULL;
                (void)!read(r->room_fd, &count, sizeof(count));
        }
        r->waiting = false;
        return room;
}

void event_ring_put(struct event_ring *r)
{
        r->put += r->reserved;
        r->reserved = 0;
}

bool event_ring_is_empty(struct event_ring *r)
{
        return r->put == r->taken;
}

const void *event_ring_first(struct event_ring *r)
{
        if (event_ring_is_empty(r))
                return NULL;
        const struct head *head = head_at(r, r->taken);
        if (head->skip) {
                r->taken += head->size;
                head = head_at(r, r->taken);
        }
        return head + 1;
}

void event_ring_take(struct event_ring *r)
{
        uint64_t one = 1;

        r->taken += head_at(r, r->taken)->size;
        if (r->waiting)
                (void)!write(r->room_fd, &one, sizeof(one));
}
