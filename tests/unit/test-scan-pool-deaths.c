/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The pool against scanners that do what they should not (tests/unit/fake-scanner.c), while they scan.
 */
#include "tests/unit/test.h"

/* cmocka's header first */
#include "tests/unit/scan-pool-fixture.h"

static void death_is_charged_to_the_file_that_was_read(void **state)
{
        struct pool_bed *b = *state;
        static const char *const paths[] = {"ok1", "finding", "dir/die", "ok2", "finding2", "ok3"};

        start(b, "ok", 1);
        submit_all(b, paths, ELEMENTSOF(paths));
        until(b, enough_done, 6);
        for (unsigned i = 0; i < ELEMENTSOF(paths); i++) {
                assert_int_equal(b->jobs[i].answered, i != 2);
                assert_int_equal(b->jobs[i].order, i + 1);
        }
        assert_int_equal(b->jobs[2].reason, REASON_SCANNER_DIED);
        assert_int_equal(b->n_died, 1);
        assert_string_equal(b->died_path, "dir/die");
        assert_int_equal(b->died_reason, REASON_SCANNER_DIED);
        assert_true(WIFEXITED(b->died_status));
        assert_int_equal(WEXITSTATUS(b->died_status), 7);
        assert_int_equal(stats_of(b).deaths, 1);
        assert_int_equal(stats_of(b).in_flight, 0);
        assert_int_equal(b->n_ready, 2);
        assert_int_equal(b->n_missing, 0); /* it was started again at once */
}

static void many_deaths_cost_one_file_each(void **state)
{
        struct pool_bed *b = *state;
        const char *paths[16];
        unsigned deaths = 0;

        start(b, "ok", 2);
        for (unsigned i = 0; i < 16; i++)
                paths[i] = i % 3 == 1 ? "die" : "ok";
        submit_all(b, paths, 16);
        until(b, enough_done, 16);
        for (unsigned i = 0; i < 16; i++) {
                assert_int_equal(b->jobs[i].answered, i % 3 != 1);
                deaths += i % 3 == 1;
        }
        assert_int_equal(stats_of(b).deaths, deaths);
        assert_int_equal(stats_of(b).in_flight, 0);
}

/* What it said before it ended counts, though both are noticed at once, and though requests are
 * left unread. */
static void answers_before_a_death_count(void **state)
{
        struct pool_bed *b = *state;
        static const char *const paths[] = {"ok", "last", "ok"};
        siginfo_t end;

        start(b, "ok", 1);
        submit_all(b, paths, ELEMENTSOF(paths));
        assert_int_equal(waitid(P_PID, b->hello.pid, &end, WEXITED | WNOWAIT), 0);
        until(b, enough_died, 1);
        assert_true(b->jobs[0].answered);
        assert_true(b->jobs[1].answered);
        assert_int_equal(b->n_died, 1);
        /* it had begun nothing, but nobody can know that: the next file is charged */
        until(b, enough_done, 3);
        assert_false(b->jobs[2].answered);
}

static void file_that_takes_too_long_is_given_up(void **state)
{
        struct pool_bed *b = *state;
        static const char *const paths[] = {"ok", "hang", "ok", "finding"};

        start_with_deadline(b, 2 * USEC_PER_SEC);
        submit_all(b, paths, ELEMENTSOF(paths));
        until(b, enough_done, 4);
        assert_int_equal(b->jobs[1].reason, REASON_SCANNER_DEADLINE);
        assert_false(b->jobs[1].answered);
        assert_true(b->jobs[0].answered && b->jobs[2].answered && b->jobs[3].answered);
        assert_string_equal(b->died_path, "hang");
        assert_int_equal(b->died_reason, REASON_SCANNER_DEADLINE);
        assert_true(WIFSIGNALED(b->died_status));
        assert_int_equal(stats_of(b).deadlines, 1);
}

static void broken_answers_end_the_scanner(void **state)
{
        struct pool_bed *b = *state;
        static const char *const paths[] = {"garbage",  "long", "short",       "cut",
                                            "other-id", "enum", "unprintable", "hello"};

        start(b, "ok", 1);
        for (unsigned i = 0; i < ELEMENTSOF(paths); i++) {
                unsigned first = b->n_done;

                assert_int_equal(submit(b, paths[i]), 0);
                assert_int_equal(submit(b, "ok"), 0);
                until(b, enough_done, first + 2);
                assert_false(b->jobs[first].answered);
                assert_int_equal(b->jobs[first].reason, REASON_SCANNER_ANSWER);
                assert_true(b->jobs[first + 1].answered);
                assert_int_equal(b->n_died, i + 1);
                assert_int_equal(b->died_reason, REASON_SCANNER_ANSWER);
                assert_string_equal(b->died_path, paths[i]);
                until(b, enough_ready, i + 2);
        }
}

static void second_answer_to_one_request_ends_the_scanner(void **state)
{
        struct pool_bed *b = *state;

        start(b, "ok", 1);
        assert_int_equal(submit(b, "twice"), 0);
        until(b, enough_died, 1);
        assert_true(b->jobs[0].answered); /* the first one was in order */
        assert_int_equal(b->died_reason, REASON_SCANNER_ANSWER);
        assert_string_equal(b->died_path, "(none)");
        until(b, enough_ready, 2);
        /* and it does not pass for the answer to the next one */
        unsigned first = b->n_jobs;
        assert_int_equal(submit(b, "twice"), 0);
        assert_int_equal(submit(b, "finding"), 0);
        until(b, enough_done, first + 2);
        assert_true(b->jobs[first].answered);
        assert_false(b->jobs[first + 1].answered);
        assert_int_equal(b->jobs[first + 1].reason, REASON_SCANNER_ANSWER);
}

static void answer_that_nobody_asked_for_ends_the_scanner(void **state)
{
        struct pool_bed *b = *state;

        start(b, "unasked", 1);
        until(b, enough_died, 1);
        assert_int_equal(b->died_reason, REASON_SCANNER_ANSWER);
        assert_int_equal(b->n_done, 0);
}

/* It cannot be asked any more, and does not end by itself. */
static void scanner_that_closes_its_socket_is_replaced(void **state)
{
        struct pool_bed *b = *state;

        start(b, "ok", 1);
        assert_int_equal(submit(b, "leave"), 0);
        until(b, enough_done, 1);
        assert_true(b->jobs[0].answered);
        until(b, enough_ready, 2);
        assert_int_equal(b->n_died, 1);
        assert_int_equal(submit(b, "finding"), 0);
        until(b, enough_done, 2);
        assert_true(b->jobs[1].answered);
        /* the same in the middle of a file, long before its deadline */
        assert_int_equal(submit(b, "close"), 0);
        until(b, enough_done, 3);
        assert_int_equal(b->jobs[2].reason, REASON_SCANNER_DIED);
}

static void scanner_that_stops_listening_is_replaced(void **state)
{
        struct pool_bed *b = *state;

        start(b, "ok", 1);
        assert_int_equal(submit(b, "deaf"), 0);
        until(b, enough_done, 1);
        assert_true(b->jobs[0].answered);
        /* noticed with the first file that cannot be given to it, which another one is to have */
        for (usec_t end = clock_monotonic() + PATIENCE; b->n_ready < 2;) {
                assert_true(clock_monotonic() < end);
                if (b->n_jobs == 1)
                        (void)submit(b, "ok");
                (void)sd_event_run(b->event, 20 * USEC_PER_MSEC);
        }
        if (b->n_jobs == 1)
                assert_int_equal(submit(b, "ok"), 0);
        until(b, enough_done, 2);
        assert_int_equal(b->n_died, 1);
}

static void room_is_told_after_a_death_too(void **state)
{
        struct pool_bed *b = *state;

        start(b, "ok", 2);
        loop_drain(b->event);
        unsigned before = b->n_room;
        assert_int_equal(submit(b, "die"), 0);
        until(b, enough_died, 1);
        /* the other worker has room: whoever was put off by done() need not wait for the restart */
        assert_true(b->n_room > before || b->n_ready > 2);
        assert_int_equal(b->n_ready, 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(death_is_charged_to_the_file_that_was_read),
                T(many_deaths_cost_one_file_each),
                T(answers_before_a_death_count),
                T(file_that_takes_too_long_is_given_up),
                T(broken_answers_end_the_scanner),
                T(second_answer_to_one_request_ends_the_scanner),
                T(answer_that_nobody_asked_for_ends_the_scanner),
                T(scanner_that_closes_its_socket_is_replaced),
                T(scanner_that_stops_listening_is_replaced),
                T(room_is_told_after_a_death_too),
#undef T
        };

        SKIP_WITHOUT_KERNEL_CALLS();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
