/* SPDX-FileCopyrightText: giad maintainers */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "daemon/sinks/sinks.h"
#include "daemon/sinks/spool-position.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

/* cmocka's header first */
#include "tests/unit/fake-sink.h"
#include "tests/unit/spool-fixture.h"

/* for what a thread does: only a broken test waits that long */
#define PATIENCE (30 * USEC_PER_SEC)
#define QUEUE 1000
#define SPOOL ((uint64_t)1024 * 1024)

struct fixture {
        char base[64], spools[80];
        struct sinks *sinks;
        struct fake_log log, other;
        struct sink_loss lost;
        char lost_name[16], down_detail[64];
        unsigned lost_calls, down_calls, up_calls, spool_calls, spool_back_calls;
        bool emit_when_told; /* as the manager does: an event about the loss */
};

static struct event *numbered(enum event_kind kind, enum severity severity, uint64_t seq)
{
        return spool_event(kind, severity, seq);
}

static void on_lost(void *userdata, const char *sink, const struct sink_loss *loss)
{
        struct fixture *f = userdata;

        (void)snprintf(f->lost_name, sizeof(f->lost_name), "%s", sink);
        sink_loss_merge(&f->lost, loss);
        f->lost_calls++;
        if (f->emit_when_told)
                sinks_emit(f->sinks, numbered(EVENT_GAP_OPENED, SEVERITY_MEDIUM, 100000));
}

static void on_down(void *userdata, const char *sink, bool down, const char *detail)
{
        struct fixture *f = userdata;

        assert_string_equal(sink, "fake");
        (void)snprintf(f->down_detail, sizeof(f->down_detail), "%s", detail);
        f->down_calls += down;
        f->up_calls += !down;
}

static void on_spool_failed(void *userdata, const char *sink, bool failed, int error)
{
        struct fixture *f = userdata;

        assert_string_equal(sink, "fake");
        assert_int_equal(failed, error < 0);
        f->spool_calls += failed;
        f->spool_back_calls += !failed;
}

static void open_sinks(struct fixture *f)
{
        const struct sinks_handler handler = {
                .lost = on_lost, .down = on_down, .spool_failed = on_spool_failed, .userdata = f};

        assert_int_equal(sinks_new(&f->sinks, &handler, f->spools), 0);
}

/* As a configuration does, with one or two receivers. */
static void apply(struct fixture *f, bool fake, bool other, size_t queue_max)
{
        struct sinks_next *next = NULL;

        assert_int_equal(sinks_next_new(&next, f->sinks), 0);
        if (fake)
                assert_int_equal(sinks_next_add(next, fake_new(&fake_vtable, &f->log)), 0);
        if (other)
                assert_int_equal(sinks_next_add(next, fake_new(&fake_other_vtable, &f->other)), 0);
        sinks_apply(f->sinks, next, queue_max, SPOOL);
}

static int set_up(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));

        (void)snprintf(f->base, sizeof(f->base), "%s/giad-sinks-XXXXXX",
                       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        assert_non_null(mkdtemp(f->base));
        (void)snprintf(f->spools, sizeof(f->spools), "%s/spool", f->base);
        fake_log_init(&f->log);
        fake_log_init(&f->other);
        open_sinks(f);
        apply(f, true, false, QUEUE);
        *state = f;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *f = *state;

        f->sinks = sinks_free(f->sinks, PATIENCE);
        fake_log_done(&f->log);
        fake_log_done(&f->other);
        remove_tree(f->base);
        free(f);
        return 0;
}

static void emit_infos(struct fixture *f, uint64_t from, uint64_t to)
{
        for (uint64_t seq = from; seq <= to; seq++)
                sinks_emit(f->sinks, numbered(EVENT_ARTEFACT, SEVERITY_INFO, seq));
}

static struct sink_stats stats_of(const struct fixture *f, const char *wanted)
{
        struct sink_stats stats;
        const char *name;

        for (size_t i = 0; sinks_stats(f->sinks, i, &name, &stats); i++)
                if (strcmp(name, wanted) == 0)
                        return stats;
        fail_msg("no output %s", wanted);
        return stats;
}

/* Runs what the daemon's loop runs, until it is so. */
#define until(f, condition)                                                                \
        do {                                                                               \
                usec_t end_ = clock_monotonic() + PATIENCE;                                \
                while (!(condition)) {                                                     \
                        struct pollfd p_ = {.fd = sinks_fd((f)->sinks), .events = POLLIN}; \
                        if (poll(&p_, 1, 5) > 0 ||                                         \
                            sinks_deadline((f)->sinks) <= clock_monotonic())               \
                                sinks_dispatch((f)->sinks, clock_monotonic());             \
                        assert_true(clock_monotonic() < end_);                             \
                }                                                                          \
        } while (0)

#define until_delivered(f, n) until(f, stats_of(f, "fake").delivered == (n))

static void wait_seconds(struct fixture *f, double seconds)
{
        usec_t end = clock_monotonic() + (usec_t)(seconds * 1e6);

        until(f, clock_monotonic() >= end);
}

static void events_are_delivered_in_order(void **state)
{
        struct fixture *f = *state;

        emit_infos(f, 1, 5);
        until_delivered(f, 5);
        assert_string_equal(f->log.seen.data, "1 2 3 4 5 ");
        assert_int_equal(stats_of(f, "fake").queued, 0);
        assert_int_equal(stats_of(f, "fake").spooled, 0);
        sinks_emit(f->sinks, NULL); /* memory was out */
        wait_seconds(f, 1.5);
        assert_true(sinks_deadline(f->sinks) == USEC_INFINITY); /* nothing wakes it for nothing */
}

static void a_burst_is_told_of_when_it_pauses(void **state)
{
        const usec_t quiet = 10 * USEC_PER_MSEC;
        struct fixture *f = *state;
        bool at_once = false, waited = false;
        uint64_t seq = 0;

        for (unsigned i = 0; i < 500 && !(at_once && waited); i++) {
                wait_seconds(f, 0.03);
                usec_t begin = clock_monotonic();
                emit_infos(f, seq + 1, seq + 1);
                until_delivered(f, seq + 1);
                usec_t first = clock_monotonic();
                emit_infos(f, seq + 2, seq + 10);
                until_delivered(f, seq + 10);
                usec_t last = clock_monotonic();
                seq += 10;
                at_once = at_once || first - begin < quiet;
                /* unless so much time went by before the second that it was none of a burst */
                waited = waited || last - first >= quiet;
        }
        assert_true(at_once && waited);
}

static void a_burst_without_end_is_told_of(void **state)
{
        struct fixture *f = *state;
        usec_t end = clock_monotonic() + PATIENCE;
        uint64_t seq = 1;

        /* the first is delivered at once */
        for (; stats_of(f, "fake").delivered < 2; seq++) {
                assert_true(clock_monotonic() < end && stats_of(f, "fake").queued < QUEUE);
                emit_infos(f, seq, seq);
                until(f, true);
                (void)usleep(4000);
        }
        until_delivered(f, seq - 1);
}

static void a_receiver_that_hangs_delays_neither_the_loop_nor_another(void **state)
{
        struct fixture *f = *state;

        apply(f, true, true, QUEUE);
        fake_hang(&f->log, true);
        usec_t start = clock_monotonic();
        emit_infos(f, 1, 500);
        assert_true(clock_monotonic() - start < USEC_PER_SEC / 2);
        until(f, stats_of(f, "other").delivered == 500);
        assert_int_equal(stats_of(f, "fake").delivered, 0);
        assert_int_equal(stats_of(f, "fake").queued, 500);
        /* it is as good as down, and is told so */
        until(f, f->down_calls == 1);
        struct sink_stats s = stats_of(f, "fake");
        assert_true(s.down);
        assert_true(clock_realtime() - s.down_since >= 3 * USEC_PER_SEC);
        fake_hang(&f->log, false);
        until_delivered(f, 500);
        until(f, f->up_calls == 1);
        assert_int_equal(stats_of(f, "fake").lost, 0);
}

static void apply_slow(struct fixture *f, size_t queue_max)
{
        struct sinks_next *next = NULL;

        assert_int_equal(sinks_next_new(&next, f->sinks), 0);
        assert_int_equal(sinks_next_add(next, fake_new(&fake_slow_vtable, &f->log)), 0);
        sinks_apply(f->sinks, next, queue_max, SPOOL);
}

/* As the audit log and a file do. */
static void what_comes_while_a_receiver_hangs_waits_on_disk(void **state)
{
        struct fixture *f = *state;

        apply_slow(f, 20);
        fake_hang(&f->log, true);
        for (uint64_t seq = 1; seq <= 400; seq++) {
                emit_infos(f, seq, seq);
                if (seq % 10 == 0) /* memory would be full many times */
                        until(f, stats_of(f, "fake").queued_disk + 10 >= seq);
        }
        assert_int_equal(stats_of(f, "fake").lost, 0);
        assert_true(stats_of(f, "fake").down);
        /* another configuration: what hangs may have it, and is marked for its successor */
        apply_slow(f, 20);
        fake_hang(&f->log, false);
        until(f, stats_of(f, "fake").queued == 0);
        assert_int_equal(stats_of(f, "fake").delivered, 400);
        const char *at = f->log.seen.data;
        assert_true(strstr(at, "1! 2 3 4 ") != NULL);
        assert_null(strchr(strchr(at, '!') + 1, '!'));
        assert_non_null(strstr(at, " 399 400 "));
}

static void what_is_refused_waits_on_disk(void **state)
{
        struct fixture *f = *state;

        fake_answer(&f->log, -EAGAIN);
        /* in all more than memory takes */
        for (uint64_t seq = 0; seq < 3 * QUEUE; seq += QUEUE / 2) {
                emit_infos(f, seq + 1, seq + QUEUE / 2);
                until(f, stats_of(f, "fake").lost + stats_of(f, "fake").queued_disk ==
                                 seq + QUEUE / 2);
        }
        assert_true(stats_of(f, "fake").queued_disk > QUEUE);
        fake_answer(&f->log, 0);
        sinks_reopen(f->sinks);
        until(f, stats_of(f, "fake").queued == 0);
        assert_int_equal(stats_of(f, "fake").delivered + stats_of(f, "fake").lost, 3 * QUEUE);
}

static void down_and_back_are_told_once_each(void **state)
{
        struct fixture *f = *state;

        fake_answer(&f->log, -EAGAIN);
        emit_infos(f, 1, 2);
        wait_seconds(f, 0.5);
        assert_int_equal(f->down_calls, 0); /* a moment is not worth a word */
        until(f, f->down_calls == 1);
        assert_string_equal(f->down_detail, "2 events wait");
        wait_seconds(f, 1.5);
        assert_int_equal(f->down_calls, 1);
        fake_answer(&f->log, 0);
        sinks_reopen(f->sinks);
        until(f, f->up_calls == 1);
        wait_seconds(f, 0.2);
        assert_int_equal(f->down_calls, 1);
        assert_int_equal(f->up_calls, 1);
}

static void losses_are_told_completely_and_with_their_numbers(void **state)
{
        struct fixture *f = *state;

        f->emit_when_told = true;
        fake_hang(&f->log, true);
        emit_infos(f, 1, 1);
        until(f, f->log.attempts == 1);
        emit_infos(f, 2, 2 * QUEUE + 1);
        until(f, f->lost_calls == 1);
        uint64_t lost = stats_of(f, "fake").lost;
        assert_in_range(lost, QUEUE, QUEUE + 1);
        assert_int_equal(f->lost.from, 2);
        assert_true(f->lost.to >= lost);
        /* telling of it lost another one, which is no news by itself */
        wait_seconds(f, 2.5);
        assert_in_range(f->lost_calls, 1, 2);
        fake_hang(&f->log, false);
        until(f, stats_of(f, "fake").queued == 0);
        wait_seconds(f, 1.2);
        assert_true(f->lost_calls <= 3);
        assert_true(stats_of(f, "fake").lost - f->lost.count <= 1);
}

/* --- from one configuration to the next ---- */

static void what_waits_goes_on_waiting_for_the_successor(void **state)
{
        struct fixture *f = *state;

        fake_answer(&f->log, -EAGAIN);
        emit_infos(f, 1, 6);
        until(f, stats_of(f, "fake").queued_disk == 6);
        assert_int_equal(f->log.freed, 0);
        apply(f, true, false, QUEUE);
        until(f, f->log.freed == 1);
        assert_int_equal(stats_of(f, "fake").queued, 6);
        fake_answer(&f->log, 0);
        apply(f, true, true, QUEUE);
        until_delivered(f, 6);
        assert_string_equal(f->log.seen.data, "1 2 3 4 5 6 ");
        assert_int_equal(stats_of(f, "other").delivered, 0);
        assert_int_equal(f->lost.count, 0);
}

static void what_waits_for_an_output_that_is_no_more_is_told_as_lost(void **state)
{
        struct fixture *f = *state;
        char path[120];
        struct stat st;

        fake_answer(&f->log, -EAGAIN);
        emit_infos(f, 1, 3);
        until(f, f->down_calls == 1);
        apply(f, false, true, QUEUE);
        until(f, f->lost.count == 3);
        assert_string_equal(f->lost_name, "fake");
        assert_int_equal(f->lost.from, 1);
        assert_int_equal(f->lost.to, 3);
        until(f, f->up_calls == 1); /* its gap is not left open */
        assert_string_equal(f->down_detail, "the output was switched off");
        (void)snprintf(path, sizeof(path), "%s/fake", f->spools);
        assert_int_equal(stat(path, &st), -1);
        /* and it can come back */
        fake_answer(&f->log, 0);
        apply(f, true, false, QUEUE);
        emit_infos(f, 4, 4);
        until_delivered(f, 1);
        assert_string_equal(f->log.seen.data, "4 ");
}

static void an_output_cannot_come_back_before_it_has_gone(void **state)
{
        struct fixture *f = *state;
        struct sinks_next *next = NULL;

        fake_hang(&f->log, true);
        emit_infos(f, 1, 1);
        until(f, f->log.attempts == 1);
        apply(f, false, true, QUEUE);
        assert_int_equal(sinks_next_new(&next, f->sinks), 0);
        assert_int_equal(sinks_next_add(next, fake_new(&fake_vtable, &f->log)), -EBUSY);
        assert_null(sinks_next_free(next));
        fake_hang(&f->log, false);
        wait_seconds(f, 0.3);
        apply(f, true, true, QUEUE);
        emit_infos(f, 2, 2);
        until_delivered(f, 1);
}

static void a_configuration_that_is_dropped_leaves_nothing(void **state)
{
        struct fixture *f = *state;
        struct sinks_next *next = NULL;

        assert_int_equal(sinks_next_new(&next, f->sinks), 0);
        assert_int_equal(sinks_next_add(next, fake_new(&fake_vtable, &f->log)), 0);
        assert_int_equal(sinks_next_add(next, fake_new(&fake_other_vtable, &f->other)), 0);
        assert_null(sinks_next_free(next));
        assert_null(sinks_next_free(NULL));
        assert_int_equal(f->log.freed, 1);
        assert_int_equal(f->other.freed, 1);
        emit_infos(f, 1, 1);
        until_delivered(f, 1);
}

/* --- over a restart ---- */

static void what_is_in_memory_goes_to_disk_at_the_end(void **state)
{
        struct fixture *f = *state;

        fake_answer(&f->log, -EAGAIN);
        emit_infos(f, 1, 200);
        f->sinks = sinks_free(f->sinks, PATIENCE);
        assert_int_equal(f->log.freed, 1);
        fake_answer(&f->log, 0);
        open_sinks(f);
        apply(f, true, false, QUEUE);
        assert_true(sinks_handled(f->sinks) == 200);
        emit_infos(f, 201, 201);
        until_delivered(f, 201);
        assert_int_equal(strncmp(f->log.seen.data, "1 2 3 4 ", 8), 0);
        assert_null(strchr(f->log.seen.data, '!'));
}

static void what_an_output_of_the_last_run_left_is_told_as_lost(void **state)
{
        struct fixture *f = *state;
        char path[120], terminal[120];
        struct stat st;

        fake_answer(&f->log, -EAGAIN);
        emit_infos(f, 1, 4);
        f->sinks = sinks_free(f->sinks, PATIENCE);
        /* only names of the table are taken for outputs */
        (void)snprintf(path, sizeof(path), "%s/fake", f->spools);
        (void)snprintf(terminal, sizeof(terminal), "%s/terminal", f->spools);
        assert_int_equal(rename(path, terminal), 0);
        (void)snprintf(path, sizeof(path), "%s/somebody's", f->spools);
        assert_int_equal(mkdir(path, 0700), 0);
        open_sinks(f);
        apply(f, false, true, QUEUE);
        until(f, f->lost.count == 4);
        assert_string_equal(f->lost_name, "terminal");
        until(f, stat(terminal, &st) < 0);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(stats_of(f, "other").lost, 0);
}

static void one_that_hangs_is_left_alone_at_the_end(void **state)
{
        struct fixture *f = *state;

        apply(f, true, true, QUEUE);
        fake_hang(&f->log, true);
        emit_infos(f, 1, 3);
        until(f, stats_of(f, "other").delivered == 3);
        usec_t start = clock_monotonic();
        f->sinks = sinks_free(f->sinks, 200 * USEC_PER_MSEC);
        assert_in_range(clock_monotonic() - start, 190 * USEC_PER_MSEC, 5 * USEC_PER_SEC);
        assert_int_equal(f->other.freed, 1);
        /* it ends by itself, and frees all that is its */
        fake_hang(&f->log, false);
        for (int i = 0; i < 1000 && f->log.freed == 0; i++)
                (void)usleep(5000);
        (void)usleep(50000);
}

static void note_position(struct fixture *f, uint64_t handled, uint64_t begun, bool clean,
                          bool this_boot)
{
        struct spool_position p = {.handled = handled, .begun = begun, .clean = clean};
        char path[120];

        (void)snprintf(path, sizeof(path), "%s/fake", f->spools);
        int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int fd = spool_position_open(dir);
        assert_true(fd >= 0);
        spool_position_boot(p.boot);
        p.boot[0] ^= !this_boot;
        assert_int_equal(spool_position_write(fd, &p), 0);
        (void)close(fd);
        (void)close(dir);
}

static void tell_missed(struct fixture *f, uint64_t from, uint64_t to)
{
        for (uint64_t seq = from; seq <= to; seq++) {
                _cleanup_event_ struct event *e = numbered(EVENT_ARTEFACT, SEVERITY_INFO, seq);
                _cleanup_buffer_ struct buffer json = BUFFER_NULL;

                event_to_json(e, &json);
                assert_int_equal(sinks_missed(f->sinks, seq, json.data), 0);
        }
}

static void what_the_last_run_had_not_brought_is_brought(void **state)
{
        struct fixture *f = *state;
        static const struct {
                uint64_t begun;
                bool clean, this_boot;
                const char *seen;
        } cases[] = {
                {0, false, true, "8! 9 10 "}, /* killed: the next one may have been delivered */
                {8, false, true, "8! 9 10 "},
                {9, false, true, "8! 9! 10 "},   /* two were begun together */
                {0, false, false, "8! 9! 10! "}, /* the power failed: the note may be old */
                {0, true, true, "8 9 10 "}, /* the register had more than could be kept elsewhere */
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                until(f, stats_of(f, "fake").queued == 0);
                f->sinks = sinks_free(f->sinks, PATIENCE);
                note_position(f, 7, cases[i].begun, cases[i].clean, cases[i].this_boot);
                buffer_reset(&f->log.seen);
                open_sinks(f);
                apply(f, true, true, QUEUE); /* the other has no memory, and misses nothing */
                assert_true(sinks_handled(f->sinks) == 7);
                tell_missed(f, 6, 10);
                until_delivered(f, 3);
                assert_string_equal(f->log.seen.data, cases[i].seen);
                assert_int_equal(stats_of(f, "other").delivered, 0);
                assert_int_equal(sinks_missed(f->sinks, 11, "{}"), -EBADMSG);
                emit_infos(f, 11, 11);
                until_delivered(f, 4);
                apply(f, true, false, QUEUE);
                wait_seconds(f, 0.1);
        }
}

static void a_new_output_misses_nothing(void **state)
{
        struct fixture *f = *state;

        assert_true(sinks_handled(f->sinks) == UINT64_MAX);
        emit_infos(f, 1, 1);
        until_delivered(f, 1);
}

/* --- without a disk ---- */

static void a_spool_that_cannot_be_had_is_told_and_memory_is_used(void **state)
{
        struct fixture *f = *state;

        f->sinks = sinks_free(f->sinks, PATIENCE);
        remove_tree(f->spools);
        FILE *file = fopen(f->spools, "we");
        assert_non_null(file);
        (void)fclose(file);
        open_sinks(f);
        apply(f, true, false, 10);
        until(f, f->spool_calls == 1);
        assert_int_equal(stats_of(f, "fake").spool_error, -ENOTDIR);
        fake_answer(&f->log, -EAGAIN);
        emit_infos(f, 1, 25);
        until(f, f->lost.count > 0);
        assert_in_range(stats_of(f, "fake").queued, 10, 11);
        fake_answer(&f->log, 0);
        sinks_reopen(f->sinks);
        until(f, stats_of(f, "fake").queued == 0);
        assert_int_equal(stats_of(f, "fake").delivered + stats_of(f, "fake").lost, 25);
        assert_int_equal(unlink(f->spools), 0);
        until(f, f->spool_back_calls == 1);
}

/* What the loop makes, wherever memory runs out; the threads have nothing to do. */
static bool make_with_failure(struct fixture *f, long n)
{
        struct sinks *sinks = NULL;
        struct sinks_next *next = NULL;
        struct sink *sink = fake_new(&fake_vtable, &f->log);

        fail_alloc.failed = false;
        fail_alloc.left = n;
        int k = sinks_new(&sinks, NULL, f->spools);
        if (k >= 0)
                k = sinks_next_new(&next, sinks);
        if (k >= 0)
                k = sinks_next_add(next, take_ptr(&sink));
        fail_alloc.left = -1;
        assert_int_equal(k, fail_alloc.failed ? -ENOMEM : 0);
        if (sink)
                (void)sink->vtable->free(sink);
        (void)sinks_next_free(next);
        (void)sinks_free(sinks, PATIENCE);
        return fail_alloc.failed;
}

static void want_of_memory_refuses_an_output_whole(void **state)
{
        struct fixture *f = *state;
        long n = 0;

        /* the fixture's own has made what it needs */
        emit_infos(f, 1, 1);
        until_delivered(f, 1);
        while (make_with_failure(f, n))
                n++;
        assert_in_range(n, 5, 100);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                T(events_are_delivered_in_order),
                T(a_burst_is_told_of_when_it_pauses),
                T(a_burst_without_end_is_told_of),
                T(a_receiver_that_hangs_delays_neither_the_loop_nor_another),
                T(what_comes_while_a_receiver_hangs_waits_on_disk),
                T(what_is_refused_waits_on_disk),
                T(down_and_back_are_told_once_each),
                T(losses_are_told_completely_and_with_their_numbers),
                T(what_waits_goes_on_waiting_for_the_successor),
                T(what_waits_for_an_output_that_is_no_more_is_told_as_lost),
                T(an_output_cannot_come_back_before_it_has_gone),
                T(a_configuration_that_is_dropped_leaves_nothing),
                T(what_is_in_memory_goes_to_disk_at_the_end),
                T(what_an_output_of_the_last_run_left_is_told_as_lost),
                T(one_that_hangs_is_left_alone_at_the_end),
                T(what_the_last_run_had_not_brought_is_brought),
                T(a_new_output_misses_nothing),
                T(a_spool_that_cannot_be_had_is_told_and_memory_is_used),
                T(want_of_memory_refuses_an_output_whole),
        };
#undef T

        return cmocka_run_group_tests(tests, NULL, NULL);
}
