/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Records go from one thread to another: all of them, whole and in order, whatever their sizes, also when there is
 * no room for a while.
 */
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "tests/unit/test.h"
#include "watchers/event-ring.h"

#define RECORDS 200000u
#define SIZE 4096u

struct record {
        uint32_t number, size;
        uint8_t bytes[];
};

static uint32_t size_of(uint32_t number)
{
        return number * 2654435761u % (SIZE / 4 - 64);
}

struct giver {
        struct event_ring *ring;
        int stop_fd;
        unsigned ahead; /* records that are reserved before one is put */
        bool stopped;
};

static void *give(void *userdata)
{
        struct giver *g = userdata;
        unsigned held = 0;

        for (uint32_t i = 0; i < RECORDS;) {
                struct record *r = held <= g->ahead
                                           ? event_ring_reserve(g->ring, sizeof(*r) + size_of(i))
                                           : NULL;

                if (r) {
                        *r = (struct record){.number = i, .size = size_of(i)};
                        memset(r->bytes, (int)(i & 0xff), r->size);
                        held++;
                        i++;
                } else if (held > 0) {
                        event_ring_put(g->ring);
                        held--;
                } else if (!event_ring_wait(g->ring, sizeof(*r) + size_of(i), g->stop_fd)) {
                        g->stopped = true;
                        return NULL;
                }
        }
        for (; held > 0; held--)
                event_ring_put(g->ring);
        return NULL;
}

static void take_all(unsigned ahead)
{
        struct event_ring ring;
        struct giver g = {.ring = &ring, .stop_fd = eventfd(0, EFD_CLOEXEC), .ahead = ahead};
        pthread_t thread;

        assert_int_equal(event_ring_init(&ring, SIZE), 0);
        assert_int_equal(pthread_create(&thread, NULL, give, &g), 0);
        for (uint32_t i = 0; i < RECORDS;) {
                const struct record *r = event_ring_first(&ring);

                if (!r)
                        continue;
                assert_ptr_equal(event_ring_first(&ring), r);
                assert_int_equal(r->number, i);
                assert_int_equal(r->size, size_of(i));
                for (uint32_t k = 0; k < r->size; k += 37)
                        assert_int_equal(r->bytes[k], i & 0xff);
                event_ring_take(&ring);
                i++;
        }
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(event_ring_is_empty(&ring));
        event_ring_done(&ring);
        (void)close(g.stop_fd);
}

static void all_arrive_in_order(void **state)
{
        (void)state;
        take_all(0);
        take_all(3);
        take_all(1000);
}

static void who_waits_for_room_can_be_stopped(void **state)
{
        struct event_ring ring;
        struct giver g = {.ring = &ring, .stop_fd = eventfd(0, EFD_CLOEXEC)};
        uint64_t one = 1;
        pthread_t thread;

        (void)state;
        assert_int_equal(event_ring_init(&ring, SIZE), 0);
        assert_int_equal(pthread_create(&thread, NULL, give, &g), 0);
        assert_int_equal(write(g.stop_fd, &one, sizeof(one)), sizeof(one));
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(g.stopped);
        assert_false(event_ring_is_empty(&ring));
        event_ring_done(&ring);
        (void)close(g.stop_fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_arrive_in_order),
                cmocka_unit_test(who_waits_for_room_can_be_stopped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
