/* SPDX-FileCopyrightText: giad maintainers */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "daemon/sinks/sink.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"
#include "tools/sample-event.h"

/* A receiver that the test opens and closes. */
struct fake {
        struct sink sink;
        int answer; /* of deliver() */
        int *freed;
        struct buffer *seen; /* seq of each delivered event and a space */
        int attempts;
};

static struct sink *fake_free(struct sink *sink)
{
        struct fake *f = (struct fake *)sink;

        (*f->freed)++;
        free(f);
        return NULL;
}

static int fake_deliver(struct sink *sink, const struct event *e)
{
        struct fake *f = (struct fake *)sink;

        f->attempts++;
        if (f->answer == 0)
                buffer_printf(f->seen, "%llu ", (unsigned long long)e->seq);
        return f->answer;
}

static const struct sink_vtable fake_vtable = {
        .name = "fake",
        .free = fake_free,
        .deliver = fake_deliver,
};

struct fixture {
        struct sinks *sinks;
        struct fake *fake;
        struct buffer seen;
        int freed;
        uint64_t lost;
        unsigned lost_calls, down_calls, up_calls;
        bool emit_when_told; /* as the manager does: an event about the loss */
        usec_t now;
};

static struct event *numbered(enum event_kind kind, enum severity severity, uint64_t seq)
{
        struct event *e = event_new(kind, severity);

        assert_non_null(e);
        event_set_seq(e, seq);
        return e;
}

static void on_lost(void *userdata, const char *sink, uint64_t count)
{
        struct fixture *f = userdata;

        assert_string_equal(sink, "fake");
        f->lost += count;
        f->lost_calls++;
        if (f->emit_when_told)
                sinks_emit(f->sinks, numbered(EVENT_GAP_OPENED, SEVERITY_MEDIUM, 1000));
}

static void on_down(void *userdata, const char *sink, bool down, const char *detail)
{
        struct fixture *f = userdata;

        assert_string_equal(sink, "fake");
        assert_non_null(detail);
        if (down)
                f->down_calls++;
        else
                f->up_calls++;
}

static int set_up(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));
        const struct sinks_handler handler = {.lost = on_lost, .down = on_down, .userdata = f};

        f->fake = calloc(1, sizeof(*f->fake));
        f->fake->sink.vtable = &fake_vtable;
        f->fake->seen = &f->seen;
        f->fake->freed = &f->freed;
        assert_int_equal(sinks_new(&f->sinks, &handler, 4), 0);
        assert_int_equal(sinks_add(f->sinks, &f->fake->sink), 0);
        f->now = clock_monotonic();
        *state = f;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *f = *state;

        sinks_free(f->sinks);
        assert_int_equal(f->freed, 1);
        buffer_done(&f->seen);
        free(f);
        return 0;
}

static void emit_infos(struct fixture *f, uint64_t from, uint64_t to)
{
        for (uint64_t seq = from; seq <= to; seq++)
                sinks_emit(f->sinks, numbered(EVENT_ARTEFACT, SEVERITY_INFO, seq));
}

static struct sink_stats stats_of(const struct fixture *f)
{
        struct sink_stats stats;
        const char *name;

        assert_true(sinks_stats(f->sinks, 0, &name, &stats));
        assert_string_equal(name, "fake");
        assert_false(sinks_stats(f->sinks, 1, &name, &stats));
        return stats;
}

static void delivers_at_once_when_the_receiver_takes_it(void **state)
{
        struct fixture *f = *state;

        emit_infos(f, 1, 3);
        assert_string_equal(f->seen.data, "1 2 3 ");
        assert_int_equal(stats_of(f).delivered, 3);
        assert_true(sinks_deadline(f->sinks) == USEC_INFINITY);
}

static void waiting_events_keep_their_order(void **state)
{
        struct fixture *f = *state;

        f->fake->answer = -EAGAIN;
        emit_infos(f, 1, 2);
        assert_true(stats_of(f).down);
        assert_int_equal(stats_of(f).queued, 2);
        f->fake->answer = 0;
        emit_infos(f, 3, 3); /* must not overtake */
        assert_null(f->seen.data);
        sinks_retry(f->sinks, f->now + USEC_PER_SEC);
        assert_string_equal(f->seen.data, "1 2 3 ");
        assert_false(stats_of(f).down);
        assert_int_equal(stats_of(f).queued, 0);
        assert_true(sinks_deadline(f->sinks) == USEC_INFINITY);
}

static void retries_back_off_to_half_a_minute(void **state)
{
        struct fixture *f = *state;
        usec_t previous = 0, now = f->now;

        f->fake->answer = -EAGAIN;
        emit_infos(f, 1, 1);
        for (int i = 0; i < 20; i++) {
                usec_t deadline = sinks_deadline(f->sinks);

                assert_true(deadline >= now);
                assert_true(deadline - now >= previous || deadline - now == 30 * USEC_PER_SEC);
                previous = i == 0 ? 0 : deadline - now;
                assert_true(previous <= 30 * USEC_PER_SEC);
                sinks_retry(f->sinks, deadline - 1);
                assert_int_equal(f->fake->attempts, i + 1);
                sinks_retry(f->sinks, deadline);
                assert_int_equal(f->fake->attempts, i + 2);
                now = deadline;
        }
        assert_int_equal(previous, 30 * USEC_PER_SEC);
}

static void a_full_queue_gives_up_its_oldest(void **state)
{
        struct fixture *f = *state;

        f->fake->answer = -EAGAIN;
        emit_infos(f, 1, 6);
        assert_int_equal(stats_of(f).queued, 4);
        assert_int_equal(stats_of(f).lost, 2);
        f->fake->answer = 0;
        sinks_retry(f->sinks, f->now + USEC_PER_SEC);
        assert_string_equal(f->seen.data, "3 4 5 6 ");
}

static void a_flood_of_harmless_events_does_not_push_a_finding_out(void **state)
{
        struct fixture *f = *state;

        f->fake->answer = -EAGAIN;
        emit_infos(f, 1, 1);
        sinks_emit(f->sinks, numbered(EVENT_FINDING, SEVERITY_CRITICAL, 2));
        emit_infos(f, 3, 50);
        f->fake->answer = 0;
        sinks_retry(f->sinks, f->now + USEC_PER_SEC);
        assert_string_equal(f->seen.data, "2 48 49 50 ");
}

static void a_harmless_event_does_not_enter_a_queue_of_findings(void **state)
{
        struct fixture *f = *state;

        f->fake->answer = -EAGAIN;
        for (uint64_t seq = 1; seq <= 4; seq++)
                sinks_emit(f->sinks, numbered(EVENT_FINDING, SEVERITY_HIGH, seq));
        emit_infos(f, 5, 5);
        f->fake->answer = 0;
        sinks_retry(f->sinks, f->now + USEC_PER_SEC);
        assert_string_equal(f->seen.data, "1 2 3 4 ");
        assert_int_equal(stats_of(f).lost, 1);
}

static void losses_are_told_once_a_second_and_completely(void **state)
{
        struct fixture *f = *state;

        f->fake->answer = -EAGAIN;
        emit_infos(f, 1, 10);
        assert_int_equal(f->lost_calls, 1);
        assert_int_equal(f->lost, 1);
        assert_true(sinks_deadline(f->sinks) < USEC_INFINITY);
        sinks_retry(f->sinks, f->now + 2 * USEC_PER_SEC);
        assert_int_equal(f->lost_calls, 2);
        assert_int_equal(f->lost, 6);
        assert_int_equal(stats_of(f).lost, 6);
}

static void telling_of_a_loss_does_not_feed_itself(void **state)
{
        struct fixture *f = *state;

        f->emit_when_told = true;
        f->fake->answer = -EAGAIN;
        emit_infos(f, 1, 5);
        assert_int_equal(f->lost_calls, 1);
        for (unsigned i = 1; i < 100; i++)
                sinks_retry(f->sinks, f->now + i * 10 * USEC_PER_SEC);
        assert_int_equal(f->lost_calls, 1);
        /* what was lost by the telling itself is told when the receiver is back */
        f->fake->answer = 0;
        sinks_retry(f->sinks, f->now + 2000 * USEC_PER_SEC);
        assert_int_equal(f->lost_calls, 2);
        assert_int_equal(f->lost, stats_of(f).lost);
}

static void down_and_back_are_told_once_each(void **state)
{
        struct fixture *f = *state;

        f->fake->answer = -EAGAIN;
        emit_infos(f, 1, 1);
        sinks_retry(f->sinks, f->now + USEC_PER_SEC / 2);
        assert_int_equal(f->down_calls, 0); /* a moment is not worth a word */
        for (unsigned i = 2; i < 50; i++)
                sinks_retry(f->sinks, f->now + i * USEC_PER_SEC);
        assert_int_equal(f->down_calls, 1);
        f->fake->answer = 0;
        sinks_retry(f->sinks, f->now + 100 * USEC_PER_SEC);
        assert_int_equal(f->down_calls, 1);
        assert_int_equal(f->up_calls, 1);
}

static void an_event_that_is_never_taken_is_lost_and_blocks_nobody(void **state)
{
        struct fixture *f = *state;

        f->fake->answer = -EMSGSIZE;
        emit_infos(f, 1, 1);
        f->fake->answer = 0;
        emit_infos(f, 2, 2);
        assert_string_equal(f->seen.data, "2 ");
        assert_int_equal(stats_of(f).lost, 1);
        assert_int_equal(f->lost, 1);
}

static void two_sinks_share_one_event(void **state)
{
        struct fixture *f = *state;
        struct buffer seen = BUFFER_NULL;
        int freed = 0;
        struct fake *second = calloc(1, sizeof(*second));

        *second = (struct fake){{&fake_vtable}, 0, &freed, &seen, 0};
        assert_int_equal(sinks_add(f->sinks, &second->sink), 0);
        f->fake->answer = -EAGAIN;
        sinks_emit(f->sinks, numbered(EVENT_ARTEFACT, SEVERITY_INFO, 1));
        assert_string_equal(seen.data, "1 ");
        f->fake->answer = 0;
        sinks_retry(f->sinks, f->now + USEC_PER_SEC);
        assert_string_equal(f->seen.data, "1 ");
        assert_string_equal(seen.data, "1 ");
        sinks_free(f->sinks);
        assert_int_equal(freed, 1);
        buffer_done(&seen);
        f->sinks = NULL;
}

/* A second set of sinks with a fake of its own, as a reload makes it; fake == NULL: without one. */
static struct sinks *successor(struct fixture *f, struct fake **fake)
{
        const struct sinks_handler handler = {.lost = on_lost, .down = on_down, .userdata = f};
        struct sinks *sinks;

        assert_int_equal(sinks_new(&sinks, &handler, 4), 0);
        if (fake) {
                *fake = calloc(1, sizeof(**fake));
                (*fake)->sink.vtable = &fake_vtable;
                (*fake)->seen = &f->seen;
                (*fake)->freed = &f->freed;
                assert_int_equal(sinks_add(sinks, &(*fake)->sink), 0);
        }
        return sinks;
}

static void what_waits_is_inherited_in_its_order(void **state)
{
        struct fixture *f = *state;
        struct fake *fake;

        f->fake->answer = -EAGAIN;
        emit_infos(f, 1, 6); /* two of them do not fit */
        sinks_retry(f->sinks, f->now + 2 * USEC_PER_SEC);
        assert_int_equal(f->down_calls, 1);
        struct sinks *fresh = successor(f, &fake);
        sinks_inherit(fresh, f->sinks);
        sinks_free(f->sinks);
        assert_int_equal(f->freed, 1);
        f->freed = 0;
        f->sinks = fresh;
        assert_int_equal(stats_of(f).queued, 4);
        assert_int_equal(stats_of(f).lost, 2);
        assert_true(stats_of(f).down);
        sinks_retry(f->sinks, f->now + 5 * USEC_PER_SEC);
        assert_string_equal(f->seen.data, "3 4 5 6 ");
        assert_int_equal(f->up_calls, 1);
        assert_int_equal(f->lost, 2);
}

static void what_waits_for_an_output_that_is_no_more_is_told_as_lost(void **state)
{
        struct fixture *f = *state;

        f->fake->answer = -EAGAIN;
        emit_infos(f, 1, 3);
        sinks_retry(f->sinks, f->now + 2 * USEC_PER_SEC);
        struct sinks *fresh = successor(f, NULL);
        sinks_inherit(fresh, f->sinks);
        sinks_free(f->sinks);
        f->sinks = fresh;
        assert_int_equal(f->lost, 3);
        assert_int_equal(f->up_calls, 1); /* its gap is not left open */
}

static void flush_gives_up_at_its_limit(void **state)
{
        struct fixture *f = *state;
        usec_t start = clock_monotonic();

        f->fake->answer = -EAGAIN;
        emit_infos(f, 1, 2);
        sinks_flush(f->sinks, 50 * USEC_PER_MSEC);
        assert_true(clock_monotonic() - start >= 50 * USEC_PER_MSEC);
        assert_int_equal(stats_of(f).queued, 2);
        f->fake->answer = 0;
        sinks_flush(f->sinks, USEC_PER_SEC);
        assert_string_equal(f->seen.data, "1 2 ");
}

static void every_sink_of_the_table_is_found_by_name(void **state)
{
        static const char *const names[] = {"journal", "syslog", "audit", "jsonl", "terminal"};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                const struct sink_vtable *v = sink_by_name(names[i]);

                assert_non_null(v);
                assert_string_equal(v->name, names[i]);
        }
        assert_null(sink_by_name("carrier-pigeon"));
}

static void the_terminal_shows_word_place_title_and_redaction(void **state)
{
        struct sink *sink = NULL;
        char text[4096] = "";
        int fds[2];

        (void)state;
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        const struct sink_config config = {.fd = fds[1], .colour = true};
        assert_int_equal(sink_by_name("terminal")->new (&sink, &config), 0);
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
        assert_int_equal(sink->vtable->deliver(sink, e), 0);
        assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
        assert_string_equal(text,
                            "\x1b[31mhigh    \x1b[0m /srv/agents/alpha/work/infra/iam.tf:12:9: "
                            "Policy allows every action\n"
                            "          Action = \"*\"  rule aws-iam-star-action\n");
        /* nobody reads: the sink says so and never waits */
        int r = 0;
        for (int i = 0; i < 1000 && r == 0; i++)
                r = sink->vtable->deliver(sink, e);
        assert_int_equal(r, -EAGAIN);
        assert_int_equal(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
        (void)sink->vtable->free(sink);
        (void)close(fds[0]);
        (void)close(fds[1]);
}

/* All sinks at once, with receivers that are away or near; wherever memory runs out, nothing leaks,
 * nothing crashes, and no event is delivered in part. */
static void run_all_sinks(const char *dir)
{
        static const char *const names[] = {"journal", "syslog", "jsonl", "terminal"};
        static const char *const schemas[] = {"native", "ocsf", "ecs"};
        struct sinks *sinks = NULL;
        char path[128];

        if (sinks_new(&sinks, NULL, 2) < 0)
                return;
        for (size_t i = 0; i < ELEMENTSOF(names) + 2; i++) {
                const char *name = names[i < ELEMENTSOF(names) ? i : 2];
                struct sink *sink = NULL;

                (void)snprintf(path, sizeof(path), "%s/%zu", dir, i);
                const struct sink_config config = {
                        .path = path, .schema = schemas[i % 3], .fd = 1 << 20};
                if (sink_by_name(name)->new (&sink, &config) == 0)
                        (void)sinks_add(sinks, sink);
        }
        for (int kind = 0; kind < 4; kind++)
                sinks_emit(sinks, sample_event((enum event_kind)kind));
        sinks_retry(sinks, clock_monotonic() + USEC_PER_SEC);
        sinks_free(sinks);
}

static void running_out_of_memory_anywhere_is_survived(void **state)
{
        char dir[] = "/tmp/giad-sinks-XXXXXX", path[64];
        long n = 0;

        (void)state;
        assert_non_null(mkdtemp(dir));
        do {
                fail_alloc.failed = false;
                fail_alloc.left = n++;
                run_all_sinks(dir);
                fail_alloc.left = -1;
        } while (fail_alloc.failed && n < 5000);
        assert_in_range(n, 50, 4999);
        for (int i = 0; i < 6; i++) {
                FILE *in;
                char line[32768];

                (void)snprintf(path, sizeof(path), "%s/%d", dir, i);
                in = fopen(path, "re");
                while (in && fgets(line, sizeof(line), in)) {
                        assert_int_equal(line[0], '{');
                        assert_string_equal(line + strlen(line) - 2, "}\n");
                }
                if (in)
                        (void)fclose(in);
                (void)unlink(path);
        }
        assert_int_equal(rmdir(dir), 0);
}

#define with_fixture(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static int tear_down_freed(void **state)
{
        struct fixture *f = *state;

        buffer_done(&f->seen);
        free(f);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                with_fixture(delivers_at_once_when_the_receiver_takes_it),
                with_fixture(waiting_events_keep_their_order),
                with_fixture(retries_back_off_to_half_a_minute),
                with_fixture(a_full_queue_gives_up_its_oldest),
                with_fixture(a_flood_of_harmless_events_does_not_push_a_finding_out),
                with_fixture(a_harmless_event_does_not_enter_a_queue_of_findings),
                with_fixture(losses_are_told_once_a_second_and_completely),
                with_fixture(telling_of_a_loss_does_not_feed_itself),
                with_fixture(down_and_back_are_told_once_each),
                with_fixture(an_event_that_is_never_taken_is_lost_and_blocks_nobody),
                cmocka_unit_test_setup_teardown(two_sinks_share_one_event, set_up, tear_down_freed),
                with_fixture(what_waits_is_inherited_in_its_order),
                with_fixture(what_waits_for_an_output_that_is_no_more_is_told_as_lost),
                with_fixture(flush_gives_up_at_its_limit),
                cmocka_unit_test(every_sink_of_the_table_is_found_by_name),
                cmocka_unit_test(running_out_of_memory_anywhere_is_survived),
                cmocka_unit_test(the_terminal_shows_word_place_title_and_redaction),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
