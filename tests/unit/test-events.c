/* SPDX-FileCopyrightText: giad maintainers */
#include <pthread.h>
#include <signal.h>

#include "daemon/events.h"
#include "tests/unit/daemon-fixture.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

/* A manager of which only the parts that number and keep events are there. */
struct events_bed {
        struct bed bed;
        struct manager m;
};

static void open_numbers(struct events_bed *b)
{
        struct reg *reg = NULL;

        assert_int_equal(reg_open(&reg, b->bed.reg_path, false, NULL), 0);
        assert_int_equal(events_load_sequence(&b->m, reg), 0);
        assert_int_equal(storer_new(&b->bed.storer, b->bed.event, reg, b->bed.f.q, bed_failed, b),
                         0);
        b->m.storer = b->bed.storer;
}

static int setup(void **state)
{
        struct events_bed *b = calloc(1, sizeof(*b));
        char versions[128];
        const struct quarantine_config config = {.store = versions, .copies = true};

        assert_non_null(b);
        bed_make(&b->bed, "");
        b->bed.storer = storer_free(b->bed.storer);
        b->m.options.config_path = "/etc/giad/giad.yaml";
        b->m.config = b->bed.config;
        b->m.quarantine = b->bed.f.q;
        (void)snprintf(versions, sizeof(versions), "%s/versions", b->bed.f.base);
        assert_int_equal(quarantine_new(&b->m.versions, &config), 0);
        open_numbers(b);
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        struct events_bed *b = *state;

        b->m.versions = quarantine_free(b->m.versions);
        bed_done(&b->bed);
        free(b);
        return 0;
}

static void emit(struct events_bed *b, unsigned n)
{
        for (unsigned i = 0; i < n; i++) {
                struct event *e = event_new(EVENT_HEALTH, SEVERITY_INFO);

                assert_non_null(e);
                manager_emit(&b->m, e);
        }
}

/* The number of the next event after a restart. */
static uint64_t restart(struct events_bed *b)
{
        b->bed.storer = storer_free(b->bed.storer);
        open_numbers(b);
        emit(b, 1);
        return b->m.seq;
}

static void numbers_have_no_gaps_over_a_clean_restart(void **state)
{
        struct events_bed *b = *state;

        emit(b, 5);
        assert_int_equal(b->m.seq, 5);
        events_stopped(&b->m);
        assert_int_equal(restart(b), 7);
        events_stopped(&b->m);
        assert_int_equal(restart(b), 9);
}

static void no_number_is_used_twice_after_a_crash(void **state)
{
        struct events_bed *b = *state;
        uint64_t last = 0;

        for (int i = 0; i < 4; i++) {
                emit(b, 10);
                uint64_t before = b->m.seq;
                /* told to the sinks, but it never came to the register */
                b->m.storer = NULL;
                emit(b, 100);
                assert_int_equal(b->m.seq, before + 100);
                last = b->m.seq;
                assert_true(restart(b) > last);
        }
}

static uint64_t ceiling_of(const struct events_bed *b)
{
        struct reg *reader = NULL;
        _cleanup_free_ char *text = NULL;

        assert_int_equal(reg_open(&reader, b->bed.reg_path, true, NULL), 0);
        assert_int_equal(reg_meta_get(reader, "sequence_ceiling", &text), 0);
        (void)reg_free(reader);
        return strtoull(text, NULL, 10);
}

static void ceiling_rises_before_it_is_reached(void **state)
{
        struct events_bed *b = *state;
        uint64_t half = ceiling_of(b) / 2;

        assert_true(half > 5);
        for (unsigned i = 1; i < 5; i++) {
                b->m.seq = i * half - 5; /* nobody wants to wait for a million events */
                emit(b, 10);
                bed_settle(&b->bed);
                assert_true(ceiling_of(b) >= b->m.seq + half);
        }
}

static int wait_for_door(struct storer_job *job, struct reg *reg, struct quarantine *q)
{
        pthread_mutex_t *door = job->userdata;

        (void)reg;
        (void)q;
        (void)pthread_mutex_lock(door);
        (void)pthread_mutex_unlock(door);
        return 0;
}

static void free_job(struct storer_job *job, void *userdata)
{
        (void)userdata;
        free(job);
}

/* The disk stands still, and the host loses power before it moves again. */
static void numbers_of_a_stuck_storer_are_not_used_twice(void **state)
{
        struct events_bed *b = *state;
        pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
        struct storer_job *job = calloc(1, sizeof(*job));

        assert_non_null(job);
        job->run = wait_for_door;
        job->done = free_job;
        job->userdata = &door;
        (void)pthread_mutex_lock(&door);
        storer_submit(b->bed.storer, job);
        emit(b, 40000);
        uint64_t ceiling = ceiling_of(b);
        (void)pthread_mutex_unlock(&door);
        assert_true(ceiling >= b->m.seq);
        bed_settle(&b->bed);
}

static void damaged_ceiling_does_not_turn_numbers_back(void **state)
{
        struct events_bed *b = *state;
        struct reg *reg = NULL;

        emit(b, 20);
        b->bed.storer = storer_free(b->bed.storer);
        assert_int_equal(reg_open(&reg, b->bed.reg_path, false, NULL), 0);
        assert_int_equal(reg_meta_put(reg, "sequence_ceiling", "nonsense"), 0);
        (void)reg_free(reg);
        assert_true(restart(b) > 20);
}

static int count_event(void *userdata, uint64_t seq, const char *json)
{
        (void)seq;
        (void)json;
        ++*(unsigned *)userdata;
        return 0;
}

static int keep_newest(void *userdata, uint64_t seq, const char *json)
{
        char *buf = userdata;

        (void)seq;
        (void)snprintf(buf, 2048, "%s", json);
        return 1;
}

static unsigned kept(struct events_bed *b, char ret_newest[static 2048])
{
        struct reg *reader = NULL;
        unsigned n = 0;

        bed_settle(&b->bed);
        assert_int_equal(reg_open(&reader, b->bed.reg_path, true, NULL), 0);
        (void)reg_event_each(reader, 0, 0, UINT32_MAX, count_event, &n);
        (void)reg_event_each(reader, 0, 0, 1, keep_newest, ret_newest);
        (void)reg_free(reader);
        return n;
}

static void every_event_is_kept(void **state)
{
        struct events_bed *b = *state;
        char newest[2048];

        emit(b, 40);
        events_started(&b->m);
        assert_int_equal(kept(b, newest), 41);
        assert_non_null(strstr(newest, "\"event\":\"started\""));
        assert_non_null(strstr(newest, "/etc/giad/giad.yaml"));
        manager_emit(&b->m, NULL); /* memory was out: no number is spent */
        assert_int_equal(b->m.seq, 41);
}

static void dead_scanner_is_told_with_what_it_read(void **state)
{
        struct events_bed *b = *state;
        char newest[2048];

        events_scanner_died(&b->m, 123, "dir/file", REASON_SCANNER_DIED, SIGSEGV);
        (void)kept(b, newest);
        assert_non_null(strstr(newest, "signal 11 while it read dir/file"));
        events_scanner_died(&b->m, 123, NULL, REASON_SCANNER_DEADLINE, 3 << 8);
        (void)kept(b, newest);
        assert_non_null(strstr(newest, "status 3"));
        assert_null(strstr(newest, "while it read"));
}

static void refused_configuration_is_told_with_its_place(void **state)
{
        struct events_bed *b = *state;
        struct config_error error = {
                .file = "/etc/x.yaml", .line = 3, .column = 9, .message = "no \x1b such"};
        char newest[2048];

        events_config_refused(&b->m, &error, -EBADMSG);
        (void)kept(b, newest);
        assert_non_null(strstr(newest, "/etc/x.yaml:3:9: no "));
        assert_null(strchr(newest, '\x1b'));
        events_config_loaded(&b->m);
        (void)kept(b, newest);
        assert_non_null(strstr(newest, "config-loaded"));
}

static void refused_operator_is_told_with_name_and_method(void **state)
{
        struct events_bed *b = *state;
        const struct control_peer peer = {.name = "mallory", .uid = 4711, .auid = UINT32_MAX};
        char newest[2048];

        events_refused(&b->m, &peer, "io.giad.Control.QuarantineRelease", "not a member");
        (void)kept(b, newest);
        assert_non_null(strstr(newest, "mallory"));
        assert_non_null(strstr(newest, "4711"));
        assert_non_null(strstr(newest, "QuarantineRelease: not a member"));
}

static void interrupted_quarantine_is_finished_and_told(void **state)
{
        struct events_bed *b = *state;
        struct quarantine_ticket *ticket = NULL;
        char newest[2048];

        if (kernel_calls_missing())
                skip();
        fixture_write(&b->bed.f, "x", "content", 7);
        assert_int_equal(fixture_take(&b->bed.f, "x", &ticket), 0);
        (void)quarantine_ticket_free(ticket); /* never stored */
        events_recover(&b->m);
        (void)kept(b, newest);
        assert_non_null(strstr(newest, "\"event\":\"quarantined\""));
}

static void entries_are_purged_when_their_time_is_over(void **state)
{
        struct events_bed *b = *state;
        struct quarantine_entry e;
        struct quarantine_stats stats;
        char newest[2048];

        if (kernel_calls_missing())
                skip();
        fixture_write(&b->bed.f, "x", "content", 7);
        fixture_quarantine(&b->bed.f, "x", &e);
        quarantine_entry_done(&e);
        events_purge_expired(&b->m);
        assert_int_equal(kept(b, newest), 0); /* it is young */
        b->m.config = config_from("quarantine: {retention: 1s}\n");
        for (usec_t end = clock_monotonic() + PATIENCE;;) {
                assert_true(clock_monotonic() < end);
                events_purge_expired(&b->m);
                if (kept(b, newest) > 0)
                        break;
                assert_true(sd_event_run(b->bed.event, 100 * USEC_PER_MSEC) >= 0);
        }
        assert_non_null(strstr(newest, "\"event\":\"purged\""));
        quarantine_stats(b->bed.f.q, &stats);
        assert_int_equal(stats.entries, 0);
        (void)config_unref(b->m.config);
}

static bool emit_with_failure(struct events_bed *b, long n)
{
        uint64_t before = b->m.seq;

        fail_alloc.failed = false;
        fail_alloc.left = n;
        events_started(&b->m);
        events_scanner_died(&b->m, 1, "p", REASON_SCANNER_DIED, 0);
        fail_alloc.left = -1;
        assert_true(b->m.seq <= before + 2);
        bed_settle(&b->bed);
        return fail_alloc.failed;
}

static void want_of_memory_turns_no_number_back(void **state)
{
        struct events_bed *b = *state;
        long n = 0;

        while (emit_with_failure(b, n))
                n++;
        assert_true(n > 4);
        uint64_t last = b->m.seq;
        assert_true(restart(b) > last);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(numbers_have_no_gaps_over_a_clean_restart),
                T(no_number_is_used_twice_after_a_crash),
                T(ceiling_rises_before_it_is_reached),
                T(numbers_of_a_stuck_storer_are_not_used_twice),
                T(damaged_ceiling_does_not_turn_numbers_back),
                T(every_event_is_kept),
                T(dead_scanner_is_told_with_what_it_read),
                T(refused_configuration_is_told_with_its_place),
                T(refused_operator_is_told_with_name_and_method),
                T(interrupted_quarantine_is_finished_and_told),
                T(entries_are_purged_when_their_time_is_over),
                T(want_of_memory_turns_no_number_back),
#undef T
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
