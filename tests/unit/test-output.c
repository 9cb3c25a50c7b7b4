/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <sys/stat.h>

#include "daemon/sinks/output.h"
#include "daemon/sinks/spool-position.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

/* cmocka's header first */
#include "tests/unit/fake-sink.h"
#include "tests/unit/spool-fixture.h"

#define PATIENCE (200 * USEC_PER_MSEC)

/* An output whose time is the test's. */
struct bed {
        struct spool_bed disk;
        struct output *output;
        struct fake_log log;
        usec_t now;
        struct sink_loss lost; /* all that was reported */
        unsigned told;
};

static void make_output(struct bed *b)
{
        assert_int_equal(output_new(&b->output, b->disk.dir, b->disk.max), 0);
        output_set_sink(b->output, fake_new(&fake_vtable, &b->log));
        output_open(b->output, b->now);
}

static int set_up(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));

        spool_bed_make(&b->disk, 1024 * 1024);
        fake_log_init(&b->log);
        b->now = 1000 * USEC_PER_SEC;
        make_output(b);
        *state = b;
        return 0;
}

static int tear_down(void **state)
{
        struct bed *b = *state;

        b->output = output_free(b->output);
        fake_log_done(&b->log);
        spool_bed_done(&b->disk);
        free(b);
        return 0;
}

static int take(struct bed *b, uint64_t seq)
{
        _cleanup_event_ struct event *e = spool_event(EVENT_ARTEFACT, SEVERITY_INFO, seq);

        return output_take(b->output, e, false, false, b->now);
}

/* As the courier does: offered until it is taken. */
static void take_all(struct bed *b, uint64_t from, uint64_t to)
{
        for (uint64_t seq = from; seq <= to; seq++) {
                for (unsigned i = 0; take(b, seq) == -EAGAIN; i++) {
                        usec_t next = output_deadline(b->output, true, false);

                        assert_true(next > b->now && next < USEC_INFINITY);
                        assert_true(i < 50);
                        b->now = next;
                }
        }
}

static struct sink_stats look(struct bed *b)
{
        struct output_report report;

        output_report(b->output, &report);
        sink_loss_merge(&b->lost, &report.loss);
        b->told += report.tell;
        return report.stats;
}

static void run_until_empty(struct bed *b)
{
        for (unsigned i = 0; look(b).queued > 0; i++) {
                assert_true(i < 2000);
                b->now = MAX_OF(b->now, output_deadline(b->output, false, false));
                output_run(b->output, b->now);
        }
}

static void a_receiver_that_is_well_never_touches_the_disk(void **state)
{
        struct bed *b = *state;
        unsigned files;

        take_all(b, 1, 50);
        output_run(b->output, b->now);
        struct sink_stats s = look(b);
        assert_int_equal(s.delivered, 50);
        assert_int_equal(s.spooled, 0);
        assert_false(s.down);
        assert_int_equal(spool_bed_bytes(&b->disk, &files), 0);
        assert_int_equal(files, 0);
        assert_true(output_deadline(b->output, false, false) == USEC_INFINITY);
}

static void a_receiver_that_is_full_for_a_moment_is_waited_for(void **state)
{
        struct bed *b = *state;

        fake_answer(&b->log, -EAGAIN);
        assert_int_equal(take(b, 1), -EAGAIN);
        assert_true(output_deadline(b->output, true, false) <= b->now + 5 * USEC_PER_MSEC);
        b->now += 5 * USEC_PER_MSEC;
        assert_int_equal(take(b, 1), -EAGAIN);
        fake_answer(&b->log, 0);
        b->now += 10 * USEC_PER_MSEC;
        assert_int_equal(take(b, 1), 0);
        assert_string_equal(b->log.seen.data, "1 ");
        struct sink_stats s = look(b);
        assert_int_equal(s.spooled, 0);
        assert_false(s.down);
}

static void nobody_is_waited_for_in_a_hurry(void **state)
{
        struct bed *b = *state;
        _cleanup_event_ struct event *e = spool_event(EVENT_ARTEFACT, SEVERITY_INFO, 1);

        fake_answer(&b->log, -EAGAIN);
        assert_int_equal(output_take(b->output, e, false, false, b->now), -EAGAIN);
        assert_true(output_deadline(b->output, true, true) <= b->now);
        assert_int_equal(output_take(b->output, e, false, true, b->now), 0);
        assert_int_equal(look(b).queued_disk, 1);
}

static void what_is_refused_for_longer_is_on_disk_at_once_and_in_order(void **state)
{
        struct bed *b = *state;
        usec_t start = b->now;

        fake_answer(&b->log, -EAGAIN);
        take_all(b, 1, 1);
        assert_true(b->now - start <= 2 * PATIENCE);
        assert_int_equal(spool_bed_bytes(&b->disk, NULL), look(b).spool_bytes);
        usec_t then = b->now;
        take_all(b, 2, 40);
        assert_true(b->now == then); /* the others do not wait */
        struct sink_stats s = look(b);
        assert_true(s.down);
        assert_int_equal(s.queued, 40);
        assert_int_equal(s.queued_disk, 40);
        assert_int_equal(s.spooled, 40);
        assert_true(s.spool_bytes > 0);
        fake_answer(&b->log, 0);
        take_all(b, 41, 41); /* does not overtake */
        assert_string_equal(b->log.seen.data, "");
        run_until_empty(b);
        take_all(b, 42, 42);
        const char *at = b->log.seen.data;
        for (unsigned long seq = 1; seq <= 42; seq++) {
                char *end;

                assert_int_equal(strtoul(at, &end, 10), seq);
                assert_int_equal(*end, ' '); /* no mark */
                at = end + 1;
        }
        assert_int_equal(*at, '\0');
        s = look(b);
        assert_false(s.down);
        assert_int_equal(s.delivered, 42);
        assert_int_equal(s.lost, 0);
        assert_int_equal(s.spool_bytes, 0);
}

static void retries_back_off_to_half_a_minute(void **state)
{
        struct bed *b = *state;
        usec_t previous = 0;

        fake_answer(&b->log, -EAGAIN);
        take_all(b, 1, 1);
        output_run(b->output, b->now + 2 * USEC_PER_SEC); /* synced: only retries are left */
        b->now += 2 * USEC_PER_SEC;
        for (int i = 0; i < 20; i++) {
                usec_t next = output_deadline(b->output, false, false);
                unsigned before = b->log.attempts;

                assert_true(next > b->now);
                assert_true(next - b->now >= previous);
                previous = next - b->now;
                assert_true(previous <= 30 * USEC_PER_SEC);
                output_run(b->output, next - 1);
                assert_int_equal(b->log.attempts, before);
                output_run(b->output, next);
                assert_int_equal(b->log.attempts, before + 1);
                b->now = next;
        }
        assert_int_equal(previous, 30 * USEC_PER_SEC);
}

static void reopening_tries_at_once(void **state)
{
        struct bed *b = *state;

        fake_answer(&b->log, -EAGAIN);
        take_all(b, 1, 3);
        for (int i = 0; i < 12; i++) {
                b->now = output_deadline(b->output, false, false);
                output_run(b->output, b->now);
        }
        assert_true(output_deadline(b->output, false, false) > b->now + USEC_PER_SEC);
        fake_answer(&b->log, 0);
        output_reopen(b->output);
        assert_int_equal(b->log.reopened, 1);
        output_run(b->output, b->now);
        assert_string_equal(b->log.seen.data, "1 2 3 ");
        /* and so does another receiver */
        fake_answer(&b->log, -EAGAIN);
        take_all(b, 4, 4);
        fake_answer(&b->log, 0);
        output_set_sink(b->output, fake_new(&fake_vtable, &b->log));
        assert_int_equal(b->log.freed, 1);
        output_run(b->output, b->now);
        assert_string_equal(b->log.seen.data, "1 2 3 4 ");
}

static uint64_t may_have_taken;

static uint64_t pending(struct sink *sink)
{
        (void)sink;
        return may_have_taken;
}

/* A receiver that does not say what it has done with some, and another one that does not with the first of them. */
static void what_former_receivers_may_have_is_marked(void **state)
{
        struct bed *b = *state;
        const struct sink_vtable silent = {
                .name = "fake", .free = fake_free, .deliver = fake_deliver, .pending = pending};

        output_set_sink(b->output, fake_new(&silent, &b->log));
        may_have_taken = 3;
        output_set_sink(b->output, fake_new(&silent, &b->log));
        may_have_taken = 1;
        output_set_sink(b->output, fake_new(&fake_vtable, &b->log));
        take_all(b, 1, 5);
        assert_string_equal(b->log.seen.data, "1! 2! 3! 4 5 ");
}

/* What is announced is in doubt after a crash, and nothing else. */
static void the_position_tells_what_was_begun(void **state)
{
        struct bed *b = *state;
        struct event *events[16];
        struct spool_position p;

        for (uint64_t i = 0; i < ELEMENTSOF(events); i++)
                events[i] = spool_event(EVENT_ARTEFACT, SEVERITY_INFO, i + 2);
        /* not before it is known how far the output has come */
        output_expect(b->output, events, ELEMENTSOF(events));
        assert_int_equal(spool_position_look(b->disk.dir, &p), 0);
        assert_int_equal(p.begun, 0);
        take_all(b, 1, 1);
        output_expect(b->output, events, ELEMENTSOF(events));
        take_all(b, 2, 5);
        assert_int_equal(spool_position_look(b->disk.dir, &p), 0);
        assert_int_equal(p.handled, 1);
        assert_int_equal(p.begun_from, 2);
        assert_int_equal(p.begun, 17);
        take_all(b, 6, 17);
        assert_int_equal(spool_position_look(b->disk.dir, &p), 0);
        assert_int_equal(p.handled, 17);
        /* numbers begin anew where there is another register */
        take_all(b, 1, 1);
        assert_int_equal(spool_position_look(b->disk.dir, &p), 0);
        assert_int_equal(p.handled, 1);
        for (size_t i = 0; i < ELEMENTSOF(events); i++)
                (void)event_free(events[i]);
}

static void an_event_that_is_never_taken_is_lost_and_blocks_nobody(void **state)
{
        struct bed *b = *state;

        fake_answer(&b->log, -EMSGSIZE);
        assert_int_equal(take(b, 7), 0);
        fake_answer(&b->log, 0);
        take_all(b, 8, 8);
        assert_string_equal(b->log.seen.data, "8 ");
        struct sink_stats s = look(b);
        assert_int_equal(s.lost, 1);
        assert_int_equal(b->told, 1);
        assert_int_equal(b->lost.count, 1);
        assert_int_equal(b->lost.from, 7);
        assert_int_equal(b->lost.to, 7);
        /* nor one that has come to the disk */
        fake_answer(&b->log, -EAGAIN);
        take_all(b, 9, 10);
        fake_answer(&b->log, -EMSGSIZE);
        run_until_empty(b);
        assert_int_equal(look(b).lost, 3);
        assert_int_equal(b->lost.to, 10);
}

static void what_a_full_spool_gives_up_is_told_with_its_numbers(void **state)
{
        struct bed *b = *state;

        fake_answer(&b->log, -EAGAIN);
        take_all(b, 1, 8000);
        struct sink_stats s = look(b);
        assert_true(s.spool_bytes <= b->disk.max);
        assert_true(s.lost > 0);
        assert_int_equal(s.lost + s.queued, 8000);
        assert_int_equal(b->lost.count, s.lost);
        assert_int_equal(b->lost.from, 1);
        assert_int_equal(b->lost.to, s.lost);
        assert_true(b->told > 0);
        fake_answer(&b->log, 0);
        run_until_empty(b);
        assert_int_equal(look(b).delivered, 8000 - s.lost);
}

static void telling_of_a_loss_does_not_ask_for_telling(void **state)
{
        struct bed *b = *state;

        fake_answer(&b->log, -EAGAIN);
        take_all(b, 1, 1);
        (void)look(b);
        b->told = 0;
        for (uint64_t seq = 2; seq < 8000; seq++) {
                _cleanup_event_ struct event *e = spool_event(EVENT_ARTEFACT, SEVERITY_INFO, seq);

                assert_int_equal(output_take(b->output, e, true, false, b->now), 0);
        }
        assert_true(look(b).lost > 0);
        assert_int_equal(b->told, 0);
        /* but what was lost so is known, and told when somebody hears it */
        fake_answer(&b->log, -EAGAIN);
        for (uint64_t seq = 8000; seq < 8100; seq++) {
                _cleanup_event_ struct event *e = spool_event(EVENT_ARTEFACT, SEVERITY_INFO, seq);

                assert_int_equal(output_take(b->output, e, true, false, b->now), 0);
        }
        fake_answer(&b->log, 0);
        b->now += 60 * USEC_PER_SEC;
        output_run(b->output, b->now);
        (void)look(b);
        assert_int_equal(b->lost.count, look(b).lost);
}

static void what_waits_is_delivered_by_the_next_run(void **state)
{
        struct bed *b = *state;

        fake_answer(&b->log, -EAGAIN);
        take_all(b, 1, 5);
        b->output = output_free(b->output);
        fake_answer(&b->log, 0);
        make_output(b);
        assert_int_equal(look(b).queued, 5);
        take_all(b, 6, 6);
        run_until_empty(b);
        assert_string_equal(b->log.seen.data, "1 2 3 4 5 6 ");
}

/* In place of the spool's directory is a file: nothing can be kept on disk. */
static void break_disk(struct bed *b)
{
        char parent[120];

        b->output = output_free(b->output);
        remove_tree(b->disk.dir);
        (void)snprintf(parent, sizeof(parent), "%s/spool", b->disk.base);
        (void)rmdir(parent);
        FILE *f = fopen(parent, "we");
        assert_non_null(f);
        (void)fclose(f);
        make_output(b);
}

static void mend_disk(struct bed *b)
{
        char parent[120];

        (void)snprintf(parent, sizeof(parent), "%s/spool", b->disk.base);
        assert_int_equal(unlink(parent), 0);
}

static void without_a_disk_it_asks_for_patience_and_says_why(void **state)
{
        struct bed *b = *state;

        break_disk(b);
        assert_int_equal(look(b).spool_error, -ENOTDIR);
        take_all(b, 1, 3); /* a receiver that is well needs none */
        fake_answer(&b->log, -EAGAIN);
        for (int i = 0; i < 40; i++) {
                assert_int_equal(take(b, 4), -EAGAIN);
                usec_t next = output_deadline(b->output, true, false);
                assert_true(next > b->now && next <= b->now + 30 * USEC_PER_SEC);
                b->now = next;
        }
        mend_disk(b);
        b->now += 2 * USEC_PER_SEC;
        take_all(b, 4, 5);
        struct sink_stats s = look(b);
        assert_int_equal(s.spool_error, 0);
        assert_int_equal(s.queued, 2);
        assert_int_equal(s.lost, 0);
}

static void without_a_spool_it_delivers_what_is_held_once_it_can(void **state)
{
        struct bed *b = *state;

        b->output = output_free(b->output);
        assert_int_equal(output_new(&b->output, NULL, 0), 0);
        output_set_sink(b->output, fake_new(&fake_vtable, &b->log));
        output_open(b->output, b->now);
        fake_answer(&b->log, -EAGAIN);
        for (int i = 0; i < 20; i++) {
                assert_int_equal(take(b, 1), -EAGAIN);
                b->now = output_deadline(b->output, true, false);
        }
        fake_answer(&b->log, 0);
        take_all(b, 1, 2);
        assert_string_equal(b->log.seen.data, "1 2 ");
        assert_true(output_deadline(b->output, false, false) == USEC_INFINITY);
}

static void damage_is_counted_and_told(void **state)
{
        struct bed *b = *state;

        fake_answer(&b->log, -EAGAIN);
        take_all(b, 1, 3);
        b->output = output_free(b->output);
        int fd = open(spool_bed_file(&b->disk, 0), O_WRONLY | O_CLOEXEC);
        assert_int_equal(pwrite(fd, "x", 1, 60), 1);
        (void)close(fd);
        fake_answer(&b->log, 0);
        make_output(b);
        run_until_empty(b);
        assert_string_equal(b->log.seen.data, "2 3 ");
        assert_int_equal(look(b).lost, 1);
        assert_true(b->told > 0);
        assert_int_equal(b->lost.count, 1);
}

static void at_its_end_nothing_is_left_on_disk(void **state)
{
        struct bed *b = *state;
        struct stat st;

        fake_answer(&b->log, -EAGAIN);
        take_all(b, 1, 3);
        output_end(b->output);
        assert_int_equal(look(b).lost, 3);
        assert_int_equal(b->lost.from, 1);
        assert_int_equal(b->lost.to, 3);
        assert_int_equal(stat(b->disk.dir, &st), -1);
}

static void what_is_appended_is_synced_within_a_second(void **state)
{
        struct bed *b = *state;

        fake_answer(&b->log, -EAGAIN);
        take_all(b, 1, 1);
        for (int i = 0; i < 40; i++) {
                b->now = output_deadline(b->output, false, false);
                output_run(b->output, b->now);
        }
        /* only the retry is left */
        usec_t next = output_deadline(b->output, false, false);
        assert_true(next > b->now + USEC_PER_SEC);
}

static bool all_with_failure(struct bed *b, long n)
{
        fail_alloc.failed = false;
        fail_alloc.left = n;
        struct output *o = NULL;
        int k = output_new(&o, b->disk.dir, b->disk.max);
        fail_alloc.left = -1;
        assert_int_equal(k, fail_alloc.failed ? -ENOMEM : 0);
        (void)output_free(o);
        return fail_alloc.failed;
}

static void running_out_of_memory_anywhere_is_told(void **state)
{
        long n = 0;

        while (all_with_failure(*state, n))
                n++;
        assert_true(n >= 2);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                T(a_receiver_that_is_well_never_touches_the_disk),
                T(a_receiver_that_is_full_for_a_moment_is_waited_for),
                T(nobody_is_waited_for_in_a_hurry),
                T(what_is_refused_for_longer_is_on_disk_at_once_and_in_order),
                T(retries_back_off_to_half_a_minute),
                T(reopening_tries_at_once),
                T(what_former_receivers_may_have_is_marked),
                T(the_position_tells_what_was_begun),
                T(an_event_that_is_never_taken_is_lost_and_blocks_nobody),
                T(what_a_full_spool_gives_up_is_told_with_its_numbers),
                T(telling_of_a_loss_does_not_ask_for_telling),
                T(what_waits_is_delivered_by_the_next_run),
                T(without_a_disk_it_asks_for_patience_and_says_why),
                T(without_a_spool_it_delivers_what_is_held_once_it_can),
                T(damage_is_counted_and_told),
                T(at_its_end_nothing_is_left_on_disk),
                T(what_is_appended_is_synced_within_a_second),
                T(running_out_of_memory_anywhere_is_told),
        };
#undef T

        return cmocka_run_group_tests(tests, NULL, NULL);
}
