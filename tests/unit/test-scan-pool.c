/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The pool against scanners that do what they should not (tests/unit/fake-scanner.c).
 */
#include <linux/ioprio.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/model/rule-files.h"
#include "daemon/scan/pool.h"
#include "daemon/scan/spawn.h"
#include "tests/unit/daemon-fixture.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/fake-scanner.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"

#define JOBS_MAX 64

struct job {
        const char *path;
        bool done, answered;
        enum reason reason;
        uint32_t findings;
        unsigned order; /* of the answers, from 1 */
};

struct pool_bed {
        sd_event *event;
        struct scan_pool *pool;
        char scanner[4096], dir[64], rules[128];
        struct job jobs[JOBS_MAX];
        unsigned n_jobs, n_done, n_ready, n_died, n_missing, n_found, n_room;
        char died_path[256], missing_detail[256];
        enum reason died_reason;
        int died_status;
        struct scan_hello hello;
        pid_t workers[8]; /* that live */
        unsigned n_workers;
        unsigned want; /* for loop_until() */
        unsigned n_peers;
};

static void on_done(void *userdata, void *job, const struct scan_result *result, enum reason reason)
{
        struct pool_bed *b = userdata;
        struct job *j = job;

        assert_false(j->done);
        j->done = true;
        j->answered = result != NULL;
        j->reason = reason;
        j->findings = result ? result->n_findings : 0;
        j->order = ++b->n_done;
}

static void on_beside(void *userdata, const struct scan_job *job, struct scan_beside *beside)
{
        const struct pool_bed *b = userdata;
        struct scan_peers *ret = &beside->peers;

        for (unsigned i = 0; job->fd >= 0 && i < b->n_peers; i++) {
                ret->fds[ret->n++] = dup(job->fd);
                memcpy(ret->names + ret->names_size, "a.tf", sizeof("a.tf"));
                ret->names_size += sizeof("a.tf");
        }
}

static void on_ready(void *userdata, const struct scan_hello *hello)
{
        struct pool_bed *b = userdata;

        b->n_ready++;
        b->hello = *hello;
        assert_true(b->n_workers < ELEMENTSOF(b->workers));
        b->workers[b->n_workers++] = (pid_t)hello->pid;
}

static void on_died(void *userdata, pid_t pid, const char *path, enum reason reason, int status)
{
        struct pool_bed *b = userdata;

        unsigned i = 0;

        while (i < b->n_workers && b->workers[i] != pid)
                i++;
        assert_true(i < b->n_workers);
        b->workers[i] = b->workers[--b->n_workers];
        b->n_died++;
        b->died_reason = reason;
        b->died_status = status;
        (void)snprintf(b->died_path, sizeof(b->died_path), "%s", path ? path : "(none)");
}

static void on_missing(void *userdata, bool missing, const char *detail)
{
        struct pool_bed *b = userdata;

        if (missing)
                b->n_missing++;
        else
                b->n_found++;
        if (missing)
                (void)snprintf(b->missing_detail, sizeof(b->missing_detail), "%s", detail);
}

static void on_room(void *userdata)
{
        ((struct pool_bed *)userdata)->n_room++;
}

static struct scan_pool_config config_of(struct pool_bed *b, const char *begin, unsigned workers)
{
        fake_scanner_rules(b->rules, sizeof(b->rules), b->dir, begin);
        struct scan_pool_config config = {
                .scanner = b->scanner,
                .rules = b->rules,
                .workers = workers,
                .deadline = PATIENCE,
                .memory = 1 << 20,
                .parse_max = 1 << 20,
                .file_max = 1 << 20,
        };

        memset(config.key, 0x5a, sizeof(config.key));
        return config;
}

static int make_pool(struct pool_bed *b, const struct scan_pool_config *config)
{
        const struct scan_pool_handler handler = {
                .done = on_done,
                .beside = on_beside,
                .ready = on_ready,
                .died = on_died,
                .missing = on_missing,
                .room = on_room,
                .userdata = b,
        };

        return scan_pool_new(&b->pool, b->event, config, &handler);
}

static bool enough_ready(void *userdata)
{
        const struct pool_bed *b = userdata;

        return b->n_ready >= b->want;
}

static bool enough_done(void *userdata)
{
        const struct pool_bed *b = userdata;

        return b->n_done >= b->want;
}

static bool enough_missing(void *userdata)
{
        const struct pool_bed *b = userdata;

        return b->n_missing >= b->want;
}

static bool enough_died(void *userdata)
{
        const struct pool_bed *b = userdata;

        return b->n_died >= b->want;
}

static void until(struct pool_bed *b, bool (*done)(void *), unsigned want)
{
        b->want = want;
        loop_until(b->event, done, b);
}

static void start(struct pool_bed *b, const char *begin, unsigned workers)
{
        const struct scan_pool_config config = config_of(b, begin, workers);

        assert_int_equal(make_pool(b, &config), 0);
        until(b, enough_ready, workers);
}

static void start_with_deadline(struct pool_bed *b, usec_t deadline)
{
        struct scan_pool_config config = config_of(b, "ok", 1);

        config.deadline = deadline;
        assert_int_equal(make_pool(b, &config), 0);
        until(b, enough_ready, 1);
}

static int submit_to(struct pool_bed *b, const char *path, uint64_t size, bool sweep)
{
        struct job *j = &b->jobs[b->n_jobs];
        const struct scan_job job = {.userdata = j,
                                     .fd = -1,
                                     .path = path,
                                     .text = "target",
                                     .mode = 0120777,
                                     .size = size,
                                     .sweep = sweep};

        assert_true(b->n_jobs < JOBS_MAX);
        *j = (struct job){.path = path};
        int k = scan_pool_submit(b->pool, &job);
        if (k == 0)
                b->n_jobs++;
        return k;
}

static int submit(struct pool_bed *b, const char *path)
{
        return submit_to(b, path, 0, false);
}

/* Before a scanner looks at the first of them. */
static void submit_all(struct pool_bed *b, const char *const *paths, unsigned n)
{
        for (unsigned i = 0; i < b->n_workers; i++)
                assert_int_equal(kill(b->workers[i], SIGSTOP), 0);
        for (unsigned i = 0; i < n; i++)
                assert_int_equal(submit(b, paths[i]), 0);
        for (unsigned i = 0; i < b->n_workers; i++)
                assert_int_equal(kill(b->workers[i], SIGCONT), 0);
}

static struct scan_pool_stats stats_of(const struct pool_bed *b)
{
        struct scan_pool_stats stats;

        scan_pool_stats(b->pool, &stats);
        return stats;
}

static int setup(void **state)
{
        struct pool_bed *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        assert_int_equal(sd_event_new(&b->event), 0);
        fake_scanner_path(b->scanner, sizeof(b->scanner));
        (void)snprintf(b->dir, sizeof(b->dir), "/tmp/giad-pool-XXXXXX");
        assert_non_null(mkdtemp(b->dir));
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        struct pool_bed *b = *state;

        assert_null(scan_pool_free(b->pool));
        /* sweepers are waited for in the loop */
        while (b->event && waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) == 0)
                assert_true(sd_event_run(b->event, PATIENCE) > 0);
        b->event = sd_event_unref(b->event);
        remove_tree(b->dir);
        free(b);
        /* no zombie is left */
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
        return 0;
}

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
