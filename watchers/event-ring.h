/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Records on their way from one thread to another, in a bounded room. One puts, one takes. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_ring {
        uint8_t *data;
        size_t size;               /* a power of two */
        _Atomic size_t put, taken; /* bytes since the beginning */
        size_t reserved; /* of the record that is being written, with what was skipped before it */
        _Atomic bool waiting; /* who puts waits for room */
        int room_fd;          /* eventfd: there is room again */
};

#define EVENT_RING_NULL ((struct event_ring){.room_fd = -1})

/* size: a power of two. 0 or negative errno. */
int event_ring_init(struct event_ring *r, size_t size);
void event_ring_done(struct event_ring *r);

/* Room for one more record of n bytes (n <= size / 4), aligned to 8; NULL: there is none now. */
void *event_ring_reserve(struct event_ring *r, size_t n);
/* Waits until there may be room for such a record; false: stop_fd is readable. Everything must have been put. */
bool event_ring_wait(struct event_ring *r, size_t n, int stop_fd);
/* The oldest record that is reserved is complete. */
void event_ring_put(struct event_ring *r);

/* The oldest record, or NULL. It stays until event_ring_take(). */
const void *event_ring_first(struct event_ring *r);
void event_ring_take(struct event_ring *r);
bool event_ring_is_empty(struct event_ring *r);
