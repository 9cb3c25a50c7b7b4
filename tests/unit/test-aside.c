/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>

#include "daemon/sinks/aside.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

/* cmocka's header first */
#include "tests/unit/fake-sink.h"
#include "tests/unit/spool-fixture.h"

struct bed {
        struct fake_log log;
        struct sink *sink;
};

static int set_up(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        fake_log_init(&b->log);
        assert_int_equal(aside_new(&b->sink, fake_new(&fake_vtable, &b->log)), 0);
        *state = b;
        return 0;
}

static int tear_down(void **state)
{
        struct bed *b = *state;

        if (b->sink)
                assert_null(b->sink->vtable->free(b->sink));
        assert_int_equal(b->log.freed, 1);
        fake_log_done(&b->log);
        free(b);
        return 0;
}

static int deliver(struct bed *b, struct event *e)
{
        return b->sink->vtable->deliver(b->sink, e);
}

static struct event *numbered(uint64_t seq)
{
        return spool_event(EVENT_HEALTH, SEVERITY_INFO, seq);
}

/* The receiver's answer comes in time, or is asked for once more. */
static int deliver_at_last(struct bed *b, struct event *e)
{
        int k = -EAGAIN;

        for (int i = 0; i < 500 && k == -EAGAIN; i++)
                k = deliver(b, e);
        return k;
}

static void it_answers_as_the_receiver_does(void **state)
{
        struct bed *b = *state;
        _cleanup_event_ struct event *one = numbered(1), *two = numbered(2), *three = numbered(3);

        assert_string_equal(b->sink->vtable->name, "fake");
        assert_false(b->sink->vtable->waits);
        assert_int_equal(deliver_at_last(b, one), 0);
        fake_answer(&b->log, -EMSGSIZE);
        assert_int_equal(deliver_at_last(b, two), -EMSGSIZE);
        fake_answer(&b->log, 0);
        assert_int_equal(deliver_at_last(b, three), 0);
        assert_string_equal(b->log.seen.data, "1 3 ");
        assert_int_equal(b->sink->vtable->pending(b->sink), 0);
        assert_int_equal(one->refs, 1);
}

static void a_refusal_is_one(void **state)
{
        struct bed *b = *state;
        _cleanup_event_ struct event *e = numbered(1);

        fake_answer(&b->log, -EAGAIN);
        assert_int_equal(deliver(b, e), -EAGAIN);
        assert_int_equal(b->sink->vtable->pending(b->sink), 0);
        unsigned attempts = b->log.attempts;
        assert_in_range(attempts, 1, 1);
        assert_int_equal(deliver(b, e), -EAGAIN);
        assert_int_equal(b->log.attempts, attempts + 1);
}

static void a_receiver_that_hangs_costs_a_moment_and_delivers_once(void **state)
{
        struct bed *b = *state;
        _cleanup_event_ struct event *one = numbered(1), *two = numbered(2);
        /* as it comes back from the spool */
        _cleanup_event_ struct event *again = numbered(1);

        event_copy(again, one, FIELD_EVENT_ID);
        fake_hang(&b->log, true);
        usec_t start = clock_monotonic();
        for (int i = 0; i < 5; i++)
                assert_int_equal(deliver(b, one), -EAGAIN);
        assert_true(clock_monotonic() - start < 2 * USEC_PER_SEC);
        assert_int_equal(b->sink->vtable->pending(b->sink), 1);
        fake_hang(&b->log, false);
        assert_int_equal(deliver_at_last(b, again), 0);
        assert_int_equal(deliver_at_last(b, two), 0);
        assert_string_equal(b->log.seen.data, "1 2 ");
        assert_int_equal(b->log.attempts, 2);
}

/* The spool was full, and what was under way has been given up. */
static void the_answer_for_an_event_that_was_given_up_is_not_anothers(void **state)
{
        struct bed *b = *state;
        _cleanup_event_ struct event *one = numbered(1), *two = numbered(2), *three = numbered(3);
        /* another run's, with the same number */
        _cleanup_event_ struct event *other = numbered(3);

        fake_hang(&b->log, true);
        assert_int_equal(deliver(b, one), -EAGAIN);
        assert_int_equal(deliver(b, two), -EAGAIN);
        fake_hang(&b->log, false);
        assert_int_equal(deliver_at_last(b, two), 0);
        assert_string_equal(b->log.seen.data, "1 2 ");
        fake_hang(&b->log, true);
        assert_int_equal(deliver(b, three), -EAGAIN);
        fake_hang(&b->log, false);
        assert_int_equal(deliver_at_last(b, other), 0);
        assert_string_equal(b->log.seen.data, "1 2 3 3 ");
}

static void what_was_delivered_and_not_asked_for_is_pending(void **state)
{
        struct bed *b = *state;
        _cleanup_event_ struct event *e = numbered(7);

        fake_hang(&b->log, true);
        assert_int_equal(deliver(b, e), -EAGAIN);
        fake_hang(&b->log, false);
        for (int i = 0; i < 1000 && fake_had(&b->log) == 0; i++)
                (void)usleep(1000);
        assert_int_equal(b->sink->vtable->pending(b->sink), 7);
        assert_int_equal(deliver_at_last(b, e), 0);
        assert_int_equal(b->sink->vtable->pending(b->sink), 0);
        assert_string_equal(b->log.seen.data, "7 ");
}

static void those_that_are_expected_go_in_one_go_and_once(void **state)
{
        struct bed *b = *state;
        _cleanup_event_ struct event *one = numbered(1), *two = numbered(2), *three = numbered(3);
        struct event *events[] = {one, two, three};

        b->sink->vtable->expect(b->sink, events, 3);
        for (int i = 0; i < 1000 && b->log.attempts < 3; i++)
                (void)usleep(1000);
        assert_int_equal(b->sink->vtable->pending(b->sink), 3);
        for (size_t i = 0; i < 3; i++)
                assert_int_equal(deliver_at_last(b, events[i]), 0);
        assert_string_equal(b->log.seen.data, "1 2 3 ");
        assert_int_equal(b->log.attempts, 3);
        assert_int_equal(b->sink->vtable->pending(b->sink), 0);
        assert_int_equal(one->refs + two->refs + three->refs, 3);
}

static void none_goes_past_one_that_is_refused(void **state)
{
        struct bed *b = *state;
        _cleanup_event_ struct event *one = numbered(1), *two = numbered(2), *three = numbered(3);
        struct event *events[] = {one, two, three};

        fake_answer(&b->log, -EAGAIN);
        b->sink->vtable->expect(b->sink, events, 3);
        assert_int_equal(deliver(b, one), -EAGAIN);
        assert_int_equal(b->log.attempts, 1);
        assert_int_equal(b->sink->vtable->pending(b->sink), 0);
        assert_int_equal(two->refs + three->refs, 2);
        fake_answer(&b->log, 0);
        b->sink->vtable->expect(b->sink, events, 3);
        for (size_t i = 0; i < 3; i++)
                assert_int_equal(deliver_at_last(b, events[i]), 0);
        assert_string_equal(b->log.seen.data, "1 2 3 ");
}

/* All of them may have been taken, whatever was asked for. */
static void those_behind_one_that_hangs_are_delivered_once(void **state)
{
        struct bed *b = *state;
        _cleanup_event_ struct event *one = numbered(1), *two = numbered(2), *three = numbered(3);
        _cleanup_event_ struct event *four = numbered(4);
        struct event *events[] = {one, two, three};

        fake_hang(&b->log, true);
        b->sink->vtable->expect(b->sink, events, 3);
        assert_int_equal(deliver(b, one), -EAGAIN);
        assert_int_equal(b->sink->vtable->pending(b->sink), 3);
        /* while they are under way nothing else is begun */
        b->sink->vtable->expect(b->sink, &(struct event *){four}, 1);
        fake_hang(&b->log, false);
        assert_int_equal(deliver_at_last(b, one), 0);
        /* the second was given up meanwhile */
        assert_int_equal(deliver_at_last(b, three), 0);
        assert_int_equal(deliver_at_last(b, four), 0);
        assert_string_equal(b->log.seen.data, "1 2 3 4 ");
        assert_int_equal(b->log.attempts, 4);
}

static void an_end_in_the_midst_lets_go_of_all(void **state)
{
        struct bed *b = *state;
        _cleanup_event_ struct event *one = numbered(1), *two = numbered(2), *three = numbered(3);
        struct event *events[] = {one, two, three};

        fake_hang(&b->log, true);
        b->sink->vtable->expect(b->sink, events, 3);
        assert_int_equal(deliver(b, one), -EAGAIN);
        b->sink = b->sink->vtable->free(b->sink);
        fake_hang(&b->log, false);
        for (int i = 0; i < 5000 && b->log.freed == 0; i++)
                (void)usleep(1000);
        (void)usleep(20000); /* it frees its receiver first */
        /* none was begun after the end */
        assert_string_equal(b->log.seen.data, "1 ");
        assert_int_equal(one->refs + two->refs + three->refs, 3);
}

static void reopening_is_the_threads(void **state)
{
        struct bed *b = *state;
        _cleanup_event_ struct event *e = numbered(1);

        fake_hang(&b->log, true);
        assert_int_equal(deliver(b, e), -EAGAIN);
        assert_int_equal(b->sink->vtable->reopen(b->sink), 0); /* does not wait either */
        assert_int_equal(b->log.reopened, 0);
        fake_hang(&b->log, false);
        assert_int_equal(deliver_at_last(b, e), 0);
        for (int i = 0; i < 1000 && b->log.reopened == 0; i++)
                (void)usleep(1000);
        assert_int_equal(b->log.reopened, 1);
}

static void one_that_hangs_is_left_to_itself(void **state)
{
        struct bed *b = *state;
        _cleanup_event_ struct event *e = numbered(1);

        fake_hang(&b->log, true);
        assert_int_equal(deliver(b, e), -EAGAIN);
        usec_t start = clock_monotonic();
        b->sink = b->sink->vtable->free(b->sink);
        assert_true(clock_monotonic() - start < USEC_PER_SEC);
        assert_int_equal(b->log.freed, 0);
        fake_hang(&b->log, false);
        for (int i = 0; i < 5000 && b->log.freed == 0; i++)
                (void)usleep(1000);
        (void)usleep(20000); /* it frees its receiver first */
}

static bool make_with_failure(struct bed *b, long n)
{
        struct sink *inner = fake_new(&fake_vtable, &b->log), *sink = NULL;
        unsigned freed = b->log.freed;

        fail_alloc.failed = false;
        fail_alloc.left = n;
        int k = aside_new(&sink, inner);
        fail_alloc.left = -1;
        assert_int_equal(k, fail_alloc.failed ? -ENOMEM : 0);
        if (k == 0)
                (void)sink->vtable->free(sink);
        assert_int_equal(b->log.freed, freed + 1);
        b->log.freed = freed;
        return fail_alloc.failed;
}

static void want_of_memory_frees_the_receiver(void **state)
{
        long n = 0;

        while (make_with_failure(*state, n))
                n++;
        assert_true(n >= 1);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                T(it_answers_as_the_receiver_does),
                T(a_refusal_is_one),
                T(a_receiver_that_hangs_costs_a_moment_and_delivers_once),
                T(the_answer_for_an_event_that_was_given_up_is_not_anothers),
                T(what_was_delivered_and_not_asked_for_is_pending),
                T(those_that_are_expected_go_in_one_go_and_once),
                T(none_goes_past_one_that_is_refused),
                T(those_behind_one_that_hangs_are_delivered_once),
                T(an_end_in_the_midst_lets_go_of_all),
                T(reopening_is_the_threads),
                T(one_that_hangs_is_left_to_itself),
                T(want_of_memory_frees_the_receiver),
        };
#undef T

        return cmocka_run_group_tests(tests, NULL, NULL);
}
