/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The pipeline when there is much to do, or no memory; who scans what, and what is read once.
 */
#include <dirent.h>

#include "tests/unit/fail-alloc.h"
#include "tests/unit/pipeline-fixture.h"
#include "tests/unit/test.h"

/* --- much work ---- */

static void past_the_limit_of_work_a_gap_opens(void **state)
{
        struct line *l = *state;
        char name[32];

        line_set_config(l, REPORTS "limits: {pending: 1000}\n");
        pipeline_set_pool(l->pipeline, NULL); /* nothing moves */
        for (int i = 0; i < 1003; i++) {
                (void)snprintf(name, sizeof(name), "f%d", i);
                fixture_write(&l->bed.f, name, "x", 1);
                line_candidate(l, name, CANDIDATE_WRITTEN);
        }
        /* one workspace alone: four fifths, so that there is room for others */
        assert_int_equal(line_stats(l).pending, 800);
        assert_int_equal(l->n_gaps, 203);
        assert_false(pipeline_has_room(l->pipeline, l->ws.id));
        assert_true(pipeline_has_room(l->pipeline, l->ws.id + 1));
        assert_int_equal(l->gap, REASON_WORK_LIMIT);
        assert_true(line_stats(l).held <= config_number(l->bed.config, OPTION_HELD_FDS));
        pipeline_set_pool(l->pipeline, l->pool);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 800);
        assert_int_equal(line_stats(l).held, 0);
        assert_true(pipeline_has_room(l->pipeline, l->ws.id));
}

static void file_that_waited_without_a_fd_is_what_was_named_or_nothing(void **state)
{
        struct line *l = *state;
        char name[32];

        line_set_config(l, REPORTS "limits: {held_files: 16}\n");
        pipeline_set_pool(l->pipeline, NULL);
        for (int i = 0; i < 20; i++) {
                (void)snprintf(name, sizeof(name), "finding%d", i);
                fixture_write(&l->bed.f, name, "x", 1);
                line_candidate(l, name, CANDIDATE_WRITTEN);
        }
        assert_int_equal(line_stats(l).held, 16);
        assert_int_equal(unlinkat(l->bed.f.root_fd, "finding19", 0), 0);
        assert_int_equal(unlinkat(l->bed.f.root_fd, "finding18", 0), 0);
        assert_int_equal(symlinkat("finding0", l->bed.f.root_fd, "finding18"), 0);
        fixture_write(&l->bed.f, "finding17", "longer", 6);
        pipeline_set_pool(l->pipeline, l->pool);
        line_settle(l);
        assert_int_equal(line_count(l, EVENT_FINDING), 18);
        assert_int_equal(line_stats(l).reasons[REASON_GONE], 2);
}

static void note_order(struct line *l, const struct work_item *item)
{
        (void)snprintf(l->gap_detail + strlen(l->gap_detail),
                       sizeof(l->gap_detail) - strlen(l->gap_detail), "%s ", item->path);
}

static void
likely_name_goes_first_and_what_is_named_twice_before_its_turn_is_scanned_once(void **state)
{
        struct line *l = *state;
        static const char *const names[] = {"readme", "notes", "id_rsa", "list", "token.txt"};

        pipeline_set_pool(l->pipeline, NULL);
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                fixture_write(&l->bed.f, names[i], "x", 1);
                line_candidate(l, names[i], CANDIDATE_WRITTEN);
        }
        fixture_write(&l->bed.f, "notes", "longer", 6);
        line_candidate(l, "notes", CANDIDATE_WRITTEN);
        line_candidate(l, "notes", CANDIDATE_WALK);
        l->gap_detail[0] = '\0';
        l->before = note_order;
        pipeline_set_pool(l->pipeline, l->pool);
        line_settle(l);
        assert_string_equal(l->gap_detail, "id_rsa token.txt readme notes list ");
        assert_int_equal(line_stats(l).scans, 5);
        assert_int_equal(line_stats(l).rescans, 0);
        line_candidate(l, "notes", CANDIDATE_WALK); /* as it was scanned */
        assert_int_equal(line_stats(l).pending, 0);
}

/* --- sweeps ---- */

#define SWEPT 40u
#define HAD 16u /* by a scanner at once */

/* Files that were not changed a moment ago, of which there are none in a test's own directory. */
struct old_files {
        int root_fd, kept; /* the workspace's own */
        char names[SWEPT][256];
};

/* The scanner of the tests would do something about it. */
static bool is_order(const char *name)
{
        static const char *const orders[] = {"die",  "hang",  "close", "find",  "leave", "last",
                                             "deaf", "error", "long",  "short", "cut",   "twice"};

        for (size_t i = 0; i < ELEMENTSOF(orders); i++)
                if (strncmp(name, orders[i], strlen(orders[i])) == 0)
                        return true;
        return false;
}

static void find_old_files(struct old_files *o)
{
        DIR *dir = opendir("/usr/include");
        const struct dirent *e;
        struct stat st;
        unsigned n = 0;

        if (!dir)
                skip();
        while (n < SWEPT && (e = readdir(dir)))
                if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                    S_ISREG(st.st_mode) && st.st_size < 8192 && !is_order(e->d_name))
                        (void)snprintf(o->names[n++], sizeof(o->names[0]), "%s", e->d_name);
        (void)closedir(dir);
        if (n < SWEPT)
                skip();
        o->root_fd = open("/usr/include", O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(o->root_fd >= 0);
}

static bool is_one_left_with_the_sweeper(void *userdata)
{
        return line_stats(userdata).pending == HAD;
}

static bool sweeper_runs(void *userdata)
{
        struct scan_pool_stats stats;

        scan_pool_stats(((struct line *)userdata)->pool, &stats);
        return stats.sweepers == 1;
}

static bool all_were_judged(void *userdata)
{
        return ((struct line *)userdata)->n_judged == SWEPT;
}

/* A walk finds old files; the sweeper has HAD of them and never the processor, the others have been read. */
static void sweep_that_does_not_get_on(struct line *l, struct old_files *o)
{
        pid_t ordinary;

        find_old_files(o);
        l->sweepers = 1;
        line_start_pool(l, 1);
        o->kept = l->ws.root_fd;
        l->ws.root_fd = o->root_fd;
        assert_int_equal(scan_pool_pids(l->pool, &ordinary, 1), 1);
        assert_int_equal(kill(ordinary, SIGSTOP), 0);
        l->stop_next = true;
        for (unsigned i = 0; i < SWEPT; i++)
                line_candidate(l, o->names[i], CANDIDATE_WALK);
        assert_int_equal(line_stats(l).pending, SWEPT);
        loop_until(l->bed.event, sweeper_runs, l);
        l->stop_next = false;
        assert_int_equal(kill(ordinary, SIGCONT), 0);
        /* the ordinary scanner helps with the rest */
        loop_until(l->bed.event, is_one_left_with_the_sweeper, l);
        assert_int_equal(line_stats(l).scans, SWEPT - HAD);
}

static void done_with(struct line *l, struct old_files *o)
{
        l->ws.root_fd = o->kept;
        (void)fd_close(o->root_fd);
}

static void what_a_sweeper_has_is_taken_back_when_somebody_writes_it(void **state)
{
        struct line *l = *state;
        struct old_files o;

        sweep_that_does_not_get_on(l, &o);
        for (unsigned i = 0; i < SWEPT; i++)
                line_candidate(l, o.names[i], CANDIDATE_WRITTEN);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 2 * SWEPT - HAD);
        done_with(l, &o);
}

static void who_waits_at_the_gate_waits_for_no_sweeper(void **state)
{
        struct line *l = *state;
        struct old_files o;

        sweep_that_does_not_get_on(l, &o);
        for (unsigned i = 0; i < SWEPT; i++) {
                struct gate_request r = {
                        .ticket = i + 1, .workspace = l->ws.id, .path = o.names[i]};
                _cleanup_close_ int fd = openat(o.root_fd, o.names[i], O_RDONLY | O_CLOEXEC);
                struct stat st;

                assert_int_equal(fstat(fd, &st), 0);
                file_id_from_stat(&r.id, &st);
                r.fd = fd;
                r.mode = st.st_mode;
                r.final = true;
                pipeline_wanted(l->pipeline, &r);
        }
        loop_until(l->bed.event, all_were_judged, l);
        line_settle(l);
        done_with(l, &o);
}

/* As git's: each is made, renamed, and replaced by the next, which gets the inode's number again. */
static void file_that_waits_is_read_once_under_its_last_name(void **state)
{
        struct line *l = *state;
        char name[32], before[32] = "plain";

        pipeline_set_pool(l->pipeline, NULL);
        fixture_write(&l->bed.f, before, "x", 1);
        line_candidate(l, before, CANDIDATE_WALK);
        for (int i = 0; i < 10; i++) {
                (void)snprintf(name, sizeof(name), "finding%d", i);
                assert_int_equal(renameat(l->bed.f.root_fd, before, l->bed.f.root_fd, name), 0);
                line_candidate(l, name, CANDIDATE_MOVED_IN);
                (void)snprintf(before, sizeof(before), "%s", name);
        }
        fixture_write(&l->bed.f, name, "longer", 6);
        line_candidate(l, name, CANDIDATE_WRITTEN);
        line_candidate(l, name, CANDIDATE_WALK);
        pipeline_set_pool(l->pipeline, l->pool);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 1);
        assert_int_equal(line_stats(l).reasons[REASON_GONE], 0);
        assert_int_equal(l->n_rewalks, 0);
        assert_int_equal(line_count(l, EVENT_FINDING), 1);
        assert_non_null(strstr(told_field(line_find(l, EVENT_FINDING), FIELD_PATH), "/finding9"));
}

static void linked_file_that_waits_is_read_under_each_name(void **state)
{
        struct line *l = *state;

        pipeline_set_pool(l->pipeline, NULL);
        fixture_write(&l->bed.f, "plain", "x", 1);
        line_candidate(l, "plain", CANDIDATE_WRITTEN);
        assert_int_equal(linkat(l->bed.f.root_fd, "plain", l->bed.f.root_fd, "finding", 0), 0);
        line_candidate(l, "finding", CANDIDATE_LINKED);
        pipeline_set_pool(l->pipeline, l->pool);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 2);
        assert_int_equal(line_count(l, EVENT_FINDING), 1);
}

static void what_lost_scanners_had_is_scanned_by_the_next(void **state)
{
        struct line *l = *state;

        fixture_write(&l->bed.f, "finding", "x", 1);
        line_candidate(l, "finding", CANDIDATE_WRITTEN);
        fixture_write(&l->bed.f, "finding2", "x", 1);
        line_candidate(l, "finding2", CANDIDATE_WRITTEN);
        assert_int_equal(line_stats(l).pending, 2);
        line_start_pool(l, 2); /* a reload; answers of the old ones may come first */
        line_settle(l);
        assert_int_equal(line_count(l, EVENT_FINDING), 2);
}

/* --- memory ---- */

static bool flow_with_failure(struct line *l, long n)
{
        char name[64];

        line_forget(l);
        l->n_memory_out = 0;
        (void)snprintf(name, sizeof(name), "finding%ld", n);
        fixture_write(&l->bed.f, name, "x", 1);
        fail_alloc.failed = false;
        fail_alloc.left = n;
        line_candidate(l, name, CANDIDATE_WRITTEN);
        loop_until(l->bed.event, line_is_quiet, l);
        fail_alloc.left = -1;
        bed_settle(&l->bed);
        /* taken; or somebody is told that it was not */
        if (fixture_there(&l->bed.f, name))
                assert_true(l->n_gaps > 0 || line_count(l, EVENT_RESPONSE_FAILED) > 0 ||
                            line_count(l, EVENT_NOT_SCANNED) > 0 || l->n_memory_out > 0);
        return fail_alloc.failed;
}

static void want_of_memory_passes_no_file_in_silence(void **state)
{
        long n = 0;

        while (flow_with_failure(*state, n))
                n++;
        assert_true(n > 20);
}

static bool make_with_failure(struct line *l, long n)
{
        const struct pipeline_parts parts = line_parts(l);
        const struct pipeline_host host = line_host(l);
        struct pipeline *p = NULL;

        fail_alloc.failed = false;
        fail_alloc.left = n;
        int k = pipeline_new(&p, &parts, &host);
        fail_alloc.left = -1;
        assert_int_equal(k, fail_alloc.failed ? -ENOMEM : 0);
        assert_int_equal(p != NULL, k == 0);
        (void)pipeline_free(p);
        return fail_alloc.failed;
}

static void pipeline_without_memory_is_not_made(void **state)
{
        long n = 0;

        while (make_with_failure(*state, n))
                n++;
        assert_true(n >= 5);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define R(fn) cmocka_unit_test_setup_teardown(fn, line_setup_reporting, line_teardown)
#define T(fn) cmocka_unit_test_setup_teardown(fn, line_setup_taking, line_teardown)
                R(past_the_limit_of_work_a_gap_opens),
                R(file_that_waited_without_a_fd_is_what_was_named_or_nothing),
                R(likely_name_goes_first_and_what_is_named_twice_before_its_turn_is_scanned_once),
                R(what_a_sweeper_has_is_taken_back_when_somebody_writes_it),
                R(who_waits_at_the_gate_waits_for_no_sweeper),
                R(file_that_waits_is_read_once_under_its_last_name),
                R(linked_file_that_waits_is_read_under_each_name),
                R(what_lost_scanners_had_is_scanned_by_the_next),
                T(want_of_memory_passes_no_file_in_silence),
                R(pipeline_without_memory_is_not_made),
#undef R
#undef T
        };

        SKIP_WITHOUT_KERNEL_CALLS();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
