/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/buffer.h"
#include "daemon/sinks/queue.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

struct bed {
        struct queue queue;
        size_t max;
        struct sink_loss loss;
        struct buffer seen;
};

static int set_up(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        b->queue = QUEUE_NULL;
        b->max = 4;
        *state = b;
        return 0;
}

static int tear_down(void **state)
{
        struct bed *b = *state;

        queue_done(&b->queue);
        assert_int_equal(b->queue.count, 0);
        buffer_done(&b->seen);
        free(b);
        return 0;
}

static void push(struct bed *b, enum event_kind kind, enum severity severity, uint64_t seq)
{
        _cleanup_event_ struct event *e = event_new(kind, severity);

        assert_non_null(e);
        event_set_seq(e, seq);
        queue_push(&b->queue, b->max, e, false, &b->loss);
}

static void push_infos(struct bed *b, uint64_t from, uint64_t to)
{
        for (uint64_t seq = from; seq <= to; seq++)
                push(b, EVENT_ARTEFACT, SEVERITY_INFO, seq);
}

static const char *pop_all(struct bed *b)
{
        struct queue_slot *slot;

        buffer_reset(&b->seen);
        buffer_puts(&b->seen, "");
        while ((slot = queue_pop(&b->queue))) {
                buffer_printf(&b->seen, "%llu ", (unsigned long long)slot->event->seq);
                (void)queue_slot_free(slot);
        }
        return b->seen.data;
}

static void the_oldest_comes_first_whatever_its_priority(void **state)
{
        struct bed *b = *state;

        push_infos(b, 1, 1);
        push(b, EVENT_FINDING, SEVERITY_CRITICAL, 2);
        push_infos(b, 3, 3);
        push(b, EVENT_FINDING, SEVERITY_HIGH, 4);
        assert_string_equal(pop_all(b), "1 2 3 4 ");
        assert_int_equal(b->loss.count, 0);
}

static void a_full_queue_gives_up_its_oldest(void **state)
{
        struct bed *b = *state;

        push_infos(b, 1, 6);
        assert_int_equal(b->queue.count, 4);
        assert_int_equal(b->loss.count, 2);
        assert_int_equal(b->loss.from, 1);
        assert_int_equal(b->loss.to, 2);
        assert_string_equal(pop_all(b), "3 4 5 6 ");
}

static void a_flood_of_harmless_events_does_not_push_a_finding_out(void **state)
{
        struct bed *b = *state;

        push_infos(b, 1, 1);
        push(b, EVENT_FINDING, SEVERITY_CRITICAL, 2);
        push_infos(b, 3, 50);
        assert_string_equal(pop_all(b), "2 48 49 50 ");
}

static void a_harmless_event_does_not_enter_a_queue_of_findings(void **state)
{
        struct bed *b = *state;

        for (uint64_t seq = 1; seq <= 4; seq++)
                push(b, EVENT_FINDING, SEVERITY_HIGH, seq);
        push_infos(b, 5, 5);
        assert_int_equal(b->loss.from, 5);
        assert_string_equal(pop_all(b), "1 2 3 4 ");
}

static void what_is_put_back_is_the_oldest_again(void **state)
{
        struct bed *b = *state;

        push_infos(b, 1, 2);
        push(b, EVENT_FINDING, SEVERITY_CRITICAL, 3);
        struct queue_slot *slot = queue_pop(&b->queue);
        assert_int_equal(slot->event->seq, 1);
        push_infos(b, 4, 5);
        queue_put_back(&b->queue, slot); /* above the bound, and it stays */
        assert_int_equal(b->queue.count, 5);
        assert_int_equal(b->loss.count, 0);
        push_infos(b, 6, 6);
        assert_int_equal(b->queue.count, 4);
        assert_string_equal(pop_all(b), "3 4 5 6 ");
}

static void a_lower_bound_is_kept_by_the_next_one(void **state)
{
        struct bed *b = *state;

        b->max = 10;
        push_infos(b, 1, 10);
        b->max = 2;
        push_infos(b, 11, 11);
        assert_string_equal(pop_all(b), "10 11 ");
        assert_int_equal(b->loss.count, 9);
}

static void want_of_memory_is_a_loss(void **state)
{
        struct bed *b = *state;
        struct event *e = event_new(EVENT_HEALTH, SEVERITY_INFO);

        event_set_seq(e, 7);
        fail_alloc.left = 0;
        queue_push(&b->queue, b->max, e, false, &b->loss);
        fail_alloc.left = -1;
        (void)event_free(e);
        assert_int_equal(b->loss.count, 1);
        assert_int_equal(b->loss.from, 7);
        assert_string_equal(pop_all(b), "");
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                T(the_oldest_comes_first_whatever_its_priority),
                T(a_full_queue_gives_up_its_oldest),
                T(a_flood_of_harmless_events_does_not_push_a_finding_out),
                T(a_harmless_event_does_not_enter_a_queue_of_findings),
                T(what_is_put_back_is_the_oldest_again),
                T(a_lower_bound_is_kept_by_the_next_one),
                T(want_of_memory_is_a_loss),
        };
#undef T

        return cmocka_run_group_tests(tests, NULL, NULL);
}
