/* SPDX-FileCopyrightText: giad maintainers */
/*
 * How scanners begin, and what hinders them; how the pool ends.
 */
#include <sys/socket.h>

#include "daemon/scan/spawn.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

/* cmocka's header first */
#include "tests/unit/scan-pool-fixture.h"

/* --- beginnings ---------------------------------------------------------------------------------
 */

static void scanner_that_ends_while_starting_is_missing(void **state)
{
        struct pool_bed *b = *state;
        const struct scan_pool_config config = config_of(b, "exits", 2);

        assert_int_equal(make_pool(b, &config), 0);
        until(b, enough_missing, 1);
        assert_non_null(strstr(b->missing_detail, "status 3"));
        assert_int_equal(submit(b, "ok"), -EAGAIN);
        /* it is tried again, and told once only */
        for (usec_t end = clock_monotonic() + PATIENCE; stats_of(b).restarts < 6;) {
                assert_true(clock_monotonic() < end);
                (void)sd_event_run(b->event, 50 * USEC_PER_MSEC);
        }
        assert_int_equal(b->n_missing, 1);
        assert_int_equal(b->n_found, 0);
        assert_int_equal(b->n_died, 0); /* it never was one */
}

static void rules_may_be_mended_until_they_serve(void **state)
{
        struct pool_bed *b = *state;
        const struct scan_pool_config config = config_of(b, "exits", 1);

        assert_int_equal(make_pool(b, &config), 0);
        until(b, enough_missing, 1);
        fake_scanner_rules(b->rules, sizeof(b->rules), b->dir, "ok");
        until(b, enough_ready, 1);
        assert_int_equal(b->n_found, 1);
        /* from now on nothing that happens to them on disk matters */
        fake_scanner_rules(b->rules, sizeof(b->rules), b->dir, "exits");
        assert_int_equal(kill(b->workers[0], SIGKILL), 0);
        until(b, enough_ready, 2);
        remove_tree(b->rules);
        assert_int_equal(kill(b->workers[0], SIGKILL), 0);
        until(b, enough_ready, 3);
        assert_int_equal(b->n_missing, 1);
        assert_int_equal(submit(b, "ok"), 0);
        until(b, enough_done, 1);
}

static void no_rules_is_told_with_their_place(void **state)
{
        struct pool_bed *b = *state;
        const struct scan_pool_config config = config_of(b, "ok", 1);

        remove_tree(b->rules);
        assert_int_equal(make_pool(b, &config), 0);
        until(b, enough_missing, 1);
        assert_non_null(strstr(b->missing_detail, b->rules));
        assert_non_null(strstr(b->missing_detail, "holds no rule packs"));
}

static void restarts_grow_rarer(void **state)
{
        struct pool_bed *b = *state;
        const struct scan_pool_config config = config_of(b, "exits", 1);
        usec_t begin = clock_monotonic();

        assert_int_equal(make_pool(b, &config), 0);
        while (clock_monotonic() < begin + 2 * USEC_PER_SEC)
                (void)sd_event_run(b->event, 50 * USEC_PER_MSEC);
        /* 50, 100, 200, 400, 800 ms: six starts in a little less than two seconds; fewer on a slow
         * machine */
        assert_true(stats_of(b).restarts >= 2);
        assert_true(stats_of(b).restarts <= 7);
}

static void wrong_hello_is_no_beginning(void **state)
{
        struct pool_bed *b = *state;
        static const char *const begins[] = {"version", "stub"};

        for (unsigned i = 0; i < ELEMENTSOF(begins); i++) {
                const struct scan_pool_config config = config_of(b, begins[i], 1);

                assert_int_equal(make_pool(b, &config), 0);
                until(b, enough_missing, i + 1);
                assert_int_equal(b->n_ready, 0);
                assert_int_equal(submit(b, "ok"), -EAGAIN);
                b->pool = scan_pool_free(b->pool);
        }
}

static void scanner_that_never_says_hello_is_given_up(void **state)
{
        struct pool_bed *b = *state;
        struct scan_pool_config config = config_of(b, "silent", 1);

        config.start_deadline = USEC_PER_SEC;
        assert_int_equal(make_pool(b, &config), 0);
        assert_int_equal(submit(b, "ok"), -EAGAIN);
        until(b, enough_missing, 1);
        assert_int_equal(b->n_ready, 0);
        assert_int_equal(stats_of(b).deadlines, 1);
        for (usec_t end = clock_monotonic() + PATIENCE; stats_of(b).restarts < 2;) {
                assert_true(clock_monotonic() < end);
                (void)sd_event_run(b->event, 50 * USEC_PER_MSEC);
        }
}

static void missing_scanner_is_found_when_it_appears(void **state)
{
        struct pool_bed *b = *state;
        char real[4096];

        (void)snprintf(real, sizeof(real), "%s", b->scanner);
        (void)snprintf(b->scanner, sizeof(b->scanner), "%s/scanner", b->dir);
        const struct scan_pool_config config = config_of(b, "ok", 2);
        assert_int_equal(make_pool(b, &config), 0);
        assert_int_equal(b->n_missing, 1); /* known at once */
        assert_non_null(strstr(b->missing_detail, "No such file"));
        assert_int_equal(submit(b, "ok"), -EAGAIN);
        assert_int_equal(symlink(real, b->scanner), 0);
        until(b, enough_ready, 2);
        assert_int_equal(b->n_found, 1);
        assert_true(b->n_room > 0);
        assert_int_equal(submit(b, "ok"), 0);
        until(b, enough_done, 1);
}

static void file_that_is_no_program_is_missing(void **state)
{
        struct pool_bed *b = *state;

        (void)snprintf(b->scanner, sizeof(b->scanner), "%s/scanner", b->dir);
        _cleanup_close_ int fd = open(b->scanner, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
        assert_int_equal(write(fd,
                               "\x7f"
                               "not an ELF",
                               11),
                         11);
        fd = fd_close(fd);
        const struct scan_pool_config config = config_of(b, "ok", 1);
        assert_int_equal(make_pool(b, &config), 0);
        until(b, enough_missing, 1);
        assert_non_null(strstr(b->missing_detail, "cannot be executed"));
}

static void unknown_user_is_said(void **state)
{
        struct pool_bed *b = *state;
        struct scan_pool_config config = config_of(b, "ok", 1);

        if (geteuid() != 0)
                skip();
        config.user = "no-such-user-of-giad";
        assert_int_equal(make_pool(b, &config), 0);
        assert_int_equal(b->n_missing, 1);
        assert_non_null(strstr(b->missing_detail, "user does not exist"));
}

static void jobs_in_flight_end_with_the_pool(void **state)
{
        struct pool_bed *b = *state;

        start(b, "ok", 1);
        assert_int_equal(submit(b, "hang"), 0);
        assert_int_equal(submit(b, "ok"), 0);
        b->pool = scan_pool_free(b->pool);
        loop_drain(b->event);
        assert_int_equal(b->n_done, 0);
        assert_null(scan_pool_free(NULL));
}

static void what_it_writes_to_stderr_harms_nothing(void **state)
{
        struct pool_bed *b = *state;

        start(b, "talks", 1);
        assert_int_equal(submit(b, "ok"), 0);
        until(b, enough_done, 1);
        assert_int_equal(b->n_died, 0);
}

/* --- one process ---------------------------------------------------------------------------------
 */

static int take_rules(const struct pool_bed *b)
{
        struct rule_files_error error;
        int fd = -1;

        assert_int_equal(rule_files_take(&fd, b->rules, NULL, &error), 0);
        return fd;
}

static void child_inherits_three_files_its_socket_and_the_rules(void **state)
{
        struct pool_bed *b = *state;
        const struct scan_pool_config config = config_of(b, "silent", 1);
        char path[64];
        pid_t pid;
        int pidfd, sock, err, leak = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */

        assert_true(leak >= 0);
        int rules = take_rules(b);
        assert_int_equal(scan_spawn(&config, false, rules, &pid, &pidfd, &sock, &err), 0);
        (void)close(rules);
        const struct scan_setup setup = {.type = SCAN_SETUP, .version = SCAN_WIRE_VERSION};
        assert_int_equal(send(sock, &setup, sizeof(setup), MSG_NOSIGNAL), sizeof(setup));
        (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
        struct stat st;
        char link[128], exe[4096], real[4096];
        for (usec_t end = clock_monotonic() + PATIENCE;;) {
                (void)snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
                ssize_t n = readlink(link, exe, sizeof(exe) - 1);
                exe[n > 0 ? n : 0] = '\0';
                if (realpath(b->scanner, real) && strcmp(exe, real) == 0)
                        break;
                assert_true(clock_monotonic() < end);
        }
        /* what its loader opens, it closes again; what it inherited stays */
        usec_t end = clock_monotonic() + PATIENCE;
        for (int fd = 0; fd < 64; fd++) {
                (void)snprintf(link, sizeof(link), "%s/%d", path, fd);
                while ((lstat(link, &st) == 0) != (fd <= 4))
                        assert_true(clock_monotonic() < end);
        }
        assert_true(fcntl(sock, F_GETFL) & O_NONBLOCK);
        assert_true(fcntl(err, F_GETFL) & O_NONBLOCK);
        assert_true(fcntl(sock, F_GETFD) & FD_CLOEXEC);
        assert_true(fcntl(err, F_GETFD) & FD_CLOEXEC);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        (void)close(pidfd);
        (void)close(sock);
        (void)close(err);
        (void)close(leak);
}

static void program_that_is_not_there_cannot_be_spawned(void **state)
{
        struct pool_bed *b = *state;
        struct scan_pool_config config = config_of(b, "ok", 1);
        pid_t pid = -7;
        int pidfd = -7, sock = -7, err = -7;

        config.scanner = "/nonexistent/giad-scanner";
        _cleanup_close_ int rules = take_rules(b);
        assert_int_equal(scan_spawn(&config, false, rules, &pid, &pidfd, &sock, &err), -ENOENT);
        assert_true(pid == -7 && pidfd == -7 && sock == -7 && err == -7);
}

static bool run_with_failure(struct pool_bed *b, long n)
{
        const struct scan_pool_config config = config_of(b, "ok", 1);
        static const char *const paths[] = {"die", "finding"};

        b->n_ready = b->n_done = b->n_jobs = b->n_workers = 0;
        fail_alloc.failed = false;
        fail_alloc.left = n;
        int k = make_pool(b, &config);
        if (k == 0) {
                until(b, enough_ready, 1);
                submit_all(b, paths, ELEMENTSOF(paths));
                until(b, enough_done, 2);
                assert_true(b->jobs[1].answered);
        } else {
                assert_int_equal(k, -ENOMEM);
                assert_null(b->pool);
        }
        fail_alloc.left = -1;
        b->pool = scan_pool_free(b->pool);
        return fail_alloc.failed;
}

static void want_of_memory_is_told_at_the_beginning(void **state)
{
        long n = 0;

        while (run_with_failure(*state, n))
                n++;
        assert_true(n >= 5);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(scanner_that_ends_while_starting_is_missing),
                T(rules_may_be_mended_until_they_serve),
                T(no_rules_is_told_with_their_place),
                T(restarts_grow_rarer),
                T(wrong_hello_is_no_beginning),
                T(scanner_that_never_says_hello_is_given_up),
                T(missing_scanner_is_found_when_it_appears),
                T(file_that_is_no_program_is_missing),
                T(unknown_user_is_said),
                T(jobs_in_flight_end_with_the_pool),
                T(what_it_writes_to_stderr_harms_nothing),
                T(child_inherits_three_files_its_socket_and_the_rules),
                T(program_that_is_not_there_cannot_be_spawned),
                T(want_of_memory_is_told_at_the_beginning),
#undef T
        };

        SKIP_WITHOUT_KERNEL_CALLS();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
