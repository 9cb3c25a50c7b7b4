/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The pool and its sweepers, with scanners that do as they should (tests/unit/fake-scanner.c).
 */
#include <linux/ioprio.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "tests/unit/test.h"

/* cmocka's header first */
#include "tests/unit/scan-pool-fixture.h"

static void good_scanner_answers_in_order(void **state)
{
        struct pool_bed *b = *state;
        static const char *const paths[] = {"ok", "dir/finding", "ok", "finding", "error"};

        start(b, "ok", 1);
        assert_int_equal(b->hello.rules, 3);
        assert_int_equal(b->hello.generation[0], 0x5a); /* the key had come there */
        assert_int_equal(stats_of(b).ready, 1);
        submit_all(b, paths, ELEMENTSOF(paths));
        assert_int_equal(stats_of(b).in_flight, 5);
        until(b, enough_done, 5);
        for (unsigned i = 0; i < 4; i++) {
                assert_int_equal(b->jobs[i].order, i + 1);
                assert_true(b->jobs[i].answered);
                assert_int_equal(b->jobs[i].reason, REASON_NONE);
                assert_int_equal(b->jobs[i].findings, i % 2);
        }
        assert_false(b->jobs[4].answered);
        assert_int_equal(b->jobs[4].reason, REASON_READ_ERROR);
        assert_int_equal(stats_of(b).in_flight, 0);
        assert_int_equal(stats_of(b).scanned, 5);
        assert_int_equal(b->n_died + b->n_missing, 0);
}

static void content_of_the_fd_is_what_is_read(void **state)
{
        struct pool_bed *b = *state;
        char path[128];
        struct job *j = &b->jobs[b->n_jobs++];

        start(b, "ok", 1);
        (void)snprintf(path, sizeof(path), "%s/file", b->dir);
        _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        assert_int_equal(write(fd, "12345", 5), 5);
        const struct scan_job job = {
                .userdata = j, .fd = fd, .path = "file", .mode = 0100600, .size = 5};
        assert_int_equal(scan_pool_submit(b->pool, &job), 0);
        until(b, enough_done, 1);
        assert_int_equal(stats_of(b).bytes, 5);
}

static void peers_go_with_the_file(void **state)
{
        struct pool_bed *b = *state;
        char path[128];
        struct job *j = &b->jobs[b->n_jobs++];

        start(b, "ok", 1);
        (void)snprintf(path, sizeof(path), "%s/peers.tf", b->dir);
        _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        assert_int_equal(write(fd, "12345", 5), 5);
        const struct scan_job job = {
                .userdata = j, .fd = fd, .path = "peers.tf", .mode = 0100600, .size = 5};
        b->n_peers = 2;
        assert_int_equal(scan_pool_submit(b->pool, &job), 0);
        until(b, enough_done, 1);
        assert_int_equal(stats_of(b).bytes, 2000 + 2 * sizeof("a.tf"));
}

static void large_files_are_not_sent_ahead(void **state)
{
        struct pool_bed *b = *state;

        start(b, "ok", 1);
        assert_true(scan_pool_has_room(b->pool, false));
        assert_true(scan_pool_has_room(b->pool, true)); /* there is none for sweeps alone */
        assert_int_equal(submit_to(b, "ok", 1 << 30, false), 0);
        assert_false(scan_pool_has_room(b->pool, false));
        assert_int_equal(submit(b, "ok"), -EAGAIN);
        b->n_jobs = 1;
        until(b, enough_done, 1);
        assert_int_equal(submit_to(b, "ok", 255 << 10, true), 0);
        assert_int_equal(submit_to(b, "ok", 255 << 10, false), 0);
        assert_int_equal(submit(b, "ok"), -EAGAIN);
        until(b, enough_done, 3);
}

/* --- sweeps ---- */

static bool no_sweeper(void *userdata)
{
        return stats_of(userdata).sweepers == 0;
}

/* One worker and one for sweeps, which has begun. Returns its pid. */
static pid_t start_sweep(struct pool_bed *b, usec_t deadline, usec_t rest)
{
        struct scan_pool_config config = config_of(b, "ok", 1);

        config.deadline = deadline;
        config.sweepers = 1;
        config.sweeper_rest = rest;
        config.nice = 3;
        assert_int_equal(make_pool(b, &config), 0);
        assert_true(scan_pool_sweeps(b->pool));
        scan_pool_begin_sweep(b->pool); /* before any is ready: nothing */
        until(b, enough_ready, 1);
        assert_false(scan_pool_has_room(b->pool, true));
        scan_pool_begin_sweep(b->pool);
        scan_pool_begin_sweep(b->pool);
        until(b, enough_ready, 2);
        assert_int_equal(stats_of(b).sweepers, 1);
        assert_int_equal(stats_of(b).ready, 1);
        return b->workers[1];
}

static void sweeper_has_the_lowest_priority_and_ends_when_there_is_nothing(void **state)
{
        struct pool_bed *b = *state;
        pid_t sweeper = start_sweep(b, PATIENCE, 200 * USEC_PER_MSEC), pids[4];

        assert_int_equal(scan_pool_pids(b->pool, pids, 4), 2);
        assert_int_equal(sched_getscheduler(sweeper), SCHED_IDLE);
        assert_int_equal(sched_getscheduler(b->workers[0]), SCHED_OTHER);
        assert_int_equal(getpriority(PRIO_PROCESS, (id_t)b->workers[0]), 3);
        assert_int_equal(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, sweeper) >> IOPRIO_CLASS_SHIFT,
                         IOPRIO_CLASS_IDLE);
        assert_int_equal(submit_to(b, "finding", 0, true), 0);
        until(b, enough_done, 1);
        assert_int_equal(b->jobs[0].findings, 1);
        unsigned before = b->n_room;
        loop_until(b->event, no_sweeper, b);
        assert_true(b->n_room > before);
        assert_int_equal(kill(sweeper, 0), -1);
        assert_int_equal(b->n_died + b->n_missing, 0);
        assert_int_equal(stats_of(b).deaths, 0);
        /* and comes back */
        scan_pool_begin_sweep(b->pool);
        b->n_workers = 1;
        until(b, enough_ready, 3);
        assert_int_equal(submit_to(b, "ok", 0, true), 0);
        until(b, enough_done, 2);
}

static void what_a_sweeper_does_not_get_to_is_done_by_others(void **state)
{
        struct pool_bed *b = *state;
        pid_t sweeper = start_sweep(b, 300 * USEC_PER_MSEC, PATIENCE);

        assert_int_equal(kill(sweeper, SIGSTOP), 0); /* it does not have the processor */
        for (unsigned i = 0; i < 3; i++)
                assert_int_equal(submit_to(b, "finding", 0, true), 0);
        assert_int_equal(submit(b, "ok"), 0);
        until(b, enough_done, 1);
        assert_true(b->jobs[3].answered); /* it has not waited for them */
        until(b, enough_done, 4);
        for (unsigned i = 0; i < 3; i++)
                assert_int_equal(b->jobs[i].findings, 1);
        assert_false(scan_pool_has_room(b->pool, true));
        assert_int_equal(kill(sweeper, SIGCONT), 0);
        /* what it says of them now is nothing to anybody, and it goes on */
        while (!scan_pool_has_room(b->pool, true))
                assert_true(sd_event_run(b->event, PATIENCE) >= 0);
        assert_int_equal(b->n_died, 0);
        assert_int_equal(submit_to(b, "finding", 0, true), 0);
        until(b, enough_done, 5);
        assert_int_equal(b->jobs[4].findings, 1);
}

static void sweeper_that_hangs_is_ended_and_charged_to_nobody(void **state)
{
        struct pool_bed *b = *state;
        pid_t sweeper = start_sweep(b, 100 * USEC_PER_MSEC, PATIENCE);

        assert_int_equal(kill(sweeper, SIGSTOP), 0);
        assert_int_equal(submit_to(b, "ok", 0, true), 0);
        until(b, enough_done, 1);
        assert_true(b->jobs[0].answered);
        until(b, enough_died, 1);
        assert_int_equal(b->died_reason, REASON_SCANNER_DEADLINE);
        assert_string_equal(b->died_path, "(none)");
        until(b, enough_ready, 3);
        assert_int_equal(b->n_done, 1);
        assert_int_equal(stats_of(b).in_flight, 0);
}

static void death_of_a_sweeper_costs_the_file_that_it_was_reading(void **state)
{
        struct pool_bed *b = *state;
        pid_t sweeper = start_sweep(b, PATIENCE, PATIENCE);

        assert_int_equal(kill(sweeper, SIGSTOP), 0);
        assert_int_equal(submit_to(b, "die", 0, true), 0);
        assert_int_equal(submit_to(b, "finding", 0, true), 0);
        assert_int_equal(kill(sweeper, SIGCONT), 0);
        until(b, enough_done, 2);
        assert_int_equal(b->jobs[0].reason, REASON_SCANNER_DIED);
        assert_int_equal(b->jobs[1].findings, 1);
        assert_string_equal(b->died_path, "die");
        assert_int_equal(stats_of(b).in_flight, 0);
}

static void recalled_job_is_not_answered(void **state)
{
        struct pool_bed *b = *state;
        pid_t sweeper = start_sweep(b, PATIENCE, PATIENCE);

        assert_int_equal(kill(sweeper, SIGSTOP), 0);
        assert_int_equal(kill(b->workers[0], SIGSTOP), 0);
        pid_t ordinary = b->workers[0];
        assert_int_equal(submit_to(b, "finding", 0, true), 0);
        assert_int_equal(submit_to(b, "die", 0, true), 0);
        assert_int_equal(submit_to(b, "ok", 0, true), 0);
        assert_int_equal(submit(b, "finding"), 0);
        assert_false(scan_pool_recall(b->pool, &b->jobs[3], true)); /* that is no sweep */
        assert_true(scan_pool_recall(b->pool, &b->jobs[0], true));
        assert_true(scan_pool_recall(b->pool, &b->jobs[1], false));
        assert_true(scan_pool_recall(b->pool, &b->jobs[3], false));
        assert_false(scan_pool_recall(b->pool, &b->jobs[3], false));
        assert_int_equal(kill(ordinary, SIGCONT), 0);
        assert_int_equal(kill(sweeper, SIGCONT), 0);
        until(b, enough_done,
              1); /* by the ordinary one: the sweeper died of a job that is nobody's */
        assert_true(b->jobs[2].answered);
        assert_int_equal(b->n_died, 1);
        assert_string_equal(b->died_path, "(none)");
        assert_int_equal(submit(b, "ok"), 0);
        until(b, enough_done, 2);
        assert_false(b->jobs[0].done || b->jobs[1].done || b->jobs[3].done);
        assert_int_equal(stats_of(b).in_flight, 0);
}

static void busy_workers_have_no_room_and_room_is_told(void **state)
{
        struct pool_bed *b = *state;
        unsigned n = 0;

        start(b, "ok", 2);
        while (submit(b, "ok") == 0)
                n++;
        assert_int_equal(n, 16); /* eight each */
        unsigned before = b->n_room;
        until(b, enough_done, n);
        assert_true(b->n_room > before);
        assert_int_equal(submit(b, "ok"), 0);
        until(b, enough_done, n + 1);
}

static void texts_that_are_too_long_are_refused(void **state)
{
        struct pool_bed *b = *state;
        static char path[SCAN_PATH_MAX + 1], text[SCAN_TEXT_MAX + 2];

        start(b, "ok", 1);
        memset(path, 'p', SCAN_PATH_MAX);
        assert_int_equal(submit(b, path), -ENAMETOOLONG);
        path[SCAN_PATH_MAX - 1] = '\0';
        memset(text, 't', SCAN_TEXT_MAX);
        struct scan_job job = {.userdata = &b->jobs[0], .fd = -1, .path = path, .text = text};
        b->n_jobs = 1;
        assert_int_equal(scan_pool_submit(b->pool, &job), 0);
        until(b, enough_done, 1);
        assert_true(b->jobs[0].answered);
        text[SCAN_TEXT_MAX] = 't';
        assert_int_equal(scan_pool_submit(b->pool, &job), -ENAMETOOLONG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(good_scanner_answers_in_order),
                T(content_of_the_fd_is_what_is_read),
                T(peers_go_with_the_file),
                T(large_files_are_not_sent_ahead),
                T(sweeper_has_the_lowest_priority_and_ends_when_there_is_nothing),
                T(what_a_sweeper_does_not_get_to_is_done_by_others),
                T(sweeper_that_hangs_is_ended_and_charged_to_nobody),
                T(death_of_a_sweeper_costs_the_file_that_it_was_reading),
                T(recalled_job_is_not_answered),
                T(busy_workers_have_no_room_and_room_is_told),
                T(texts_that_are_too_long_are_refused),
#undef T
        };

        SKIP_WITHOUT_KERNEL_CALLS();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
