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

static size_t with_head(size_t n)
{
        return (n + sizeof(struct head) + 7) & ~(size_t)7;
}

/* What must be skipped so that the next n bytes are in one piece. */
static size_t to_skip(const struct event_ring *r, size_t n)
{
        size_t to_end = r->size - (r->reserved & (r->size - 1));

        return to_end < n ? to_end : 0;
}

static bool has_room(const struct event_ring *r, size_t n)
{
        return r->reserved + to_skip(r, n) + n - r->taken <= r->size;
}

void *event_ring_reserve(struct event_ring *r, size_t n)
{
        n = with_head(n);
        if (!has_room(r, n))
                return NULL;
        size_t skip = to_skip(r, n), at = r->reserved + skip;
        if (skip > 0)
                *head_at(r, r->reserved) = (struct head){.size = (uint32_t)skip, .skip = true};
        *head_at(r, at) = (struct head){.size = (uint32_t)n};
        r->reserved = at + n;
        return head_at(r, at) + 1;
}

bool event_ring_wait(struct event_ring *r, size_t n, int stop_fd)
{
        struct pollfd p[] = {{.fd = r->room_fd, .events = POLLIN},
                             {.fd = stop_fd, .events = POLLIN}};
        uint64_t count;

        r->waiting = true;
        /* who takes may have made room before it saw that */
        if (!has_room(r, with_head(n)))
                (void)poll(p, ELEMENTSOF(p), -1);
        r->waiting = false;
        (void)!read(r->room_fd, &count, sizeof(count));
        return !p[1].revents;
}

void event_ring_put(struct event_ring *r)
{
        const struct head *head = head_at(r, r->put);
        size_t n = head->size;

        if (head->skip)
                n += head_at(r, r->put + n)->size;
        r->put += n;
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
