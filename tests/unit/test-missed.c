/* SPDX-FileCopyrightText: giad maintainers */
#include <fcntl.h>

#include "daemon/missed.h"
#include "daemon/sinks/spool-position.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

/* cmocka's header first */
#include "tests/unit/fake-sink.h"
#include "tests/unit/spool-fixture.h"

#define PATIENCE (30 * USEC_PER_SEC)

/* A register with events, and one output with a memory. */
struct bed {
        char base[64], spools[80];
        struct reg *reg;
        struct sinks *sinks;
        struct fake_log log;
};

static void start(struct bed *b)
{
        struct sinks_next *next = NULL;

        assert_int_equal(sinks_new(&b->sinks, NULL, b->spools), 0);
        assert_int_equal(sinks_next_new(&next, b->sinks), 0);
        assert_int_equal(sinks_next_add(next, fake_new(&fake_vtable, &b->log)), 0);
        sinks_apply(b->sinks, next, 100, 1024 * 1024);
}

static int set_up(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));
        char path[80];

        assert_non_null(b);
        (void)snprintf(b->base, sizeof(b->base), "%s/giad-missed-XXXXXX",
                       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        assert_non_null(mkdtemp(b->base));
        (void)snprintf(b->spools, sizeof(b->spools), "%s/spool", b->base);
        (void)snprintf(path, sizeof(path), "%s/register.db", b->base);
        assert_int_equal(reg_open(&b->reg, path, false, NULL), 0);
        fake_log_init(&b->log);
        start(b);
        *state = b;
        return 0;
}

static int tear_down(void **state)
{
        struct bed *b = *state;

        b->sinks = sinks_free(b->sinks, PATIENCE);
        b->reg = reg_free(b->reg);
        fake_log_done(&b->log);
        remove_tree(b->base);
        free(b);
        return 0;
}

static void write_events(struct bed *b, uint64_t from, uint64_t to)
{
        assert_int_equal(reg_begin(b->reg), 0);
        for (uint64_t seq = from; seq <= to; seq++) {
                _cleanup_event_ struct event *e = spool_event(EVENT_ARTEFACT, SEVERITY_INFO, seq);

                assert_int_equal(reg_event_put(b->reg, e, 1000), 0);
        }
        assert_int_equal(reg_commit(b->reg, false), 0);
}

/* Ends the run as if it had been killed when the output had dealt with that number. */
static void restart_at(struct bed *b, uint64_t handled)
{
        struct spool_position p = {.handled = handled};
        char path[120];

        b->sinks = sinks_free(b->sinks, PATIENCE);
        (void)snprintf(path, sizeof(path), "%s/fake", b->spools);
        int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int fd = spool_position_open(dir);
        assert_true(fd >= 0);
        spool_position_boot(p.boot);
        assert_int_equal(spool_position_write(fd, &p), 0);
        (void)close(fd);
        (void)close(dir);
        start(b);
}

static const char *seen(struct bed *b)
{
        b->sinks = sinks_free(b->sinks, PATIENCE); /* all of it is delivered first */
        return b->log.seen.data;
}

static void what_was_not_brought_comes_from_the_register(void **state)
{
        struct bed *b = *state;

        write_events(b, 1, 9);
        restart_at(b, 6);
        assert_int_equal(missed_tell(b->sinks, b->reg, 100), 0);
        assert_string_equal(seen(b), "7! 8 9 ");
}

static void not_more_than_memory_takes_and_the_newest(void **state)
{
        struct bed *b = *state;

        write_events(b, 1, 200);
        restart_at(b, 1);
        assert_int_equal(missed_tell(b->sinks, b->reg, 3), 0);
        assert_string_equal(seen(b), "198! 199 200 ");
}

static void a_new_output_is_not_told_of_the_past(void **state)
{
        struct bed *b = *state;

        write_events(b, 1, 9);
        assert_int_equal(missed_tell(b->sinks, b->reg, 100), 0);
        assert_string_equal(seen(b), "");
}

/* Another register, whose numbers begin again. */
static void numbers_that_are_higher_than_the_registers_ask_for_nothing(void **state)
{
        struct bed *b = *state;

        write_events(b, 1, 9);
        restart_at(b, 5000);
        assert_int_equal(missed_tell(b->sinks, b->reg, 100), 0);
        assert_string_equal(seen(b), "");
}

static bool tell_with_failure(struct bed *b, long n)
{
        fail_alloc.failed = false;
        fail_alloc.left = n;
        (void)missed_tell(b->sinks, b->reg, 100);
        fail_alloc.left = -1;
        return fail_alloc.failed;
}

static void want_of_memory_is_survived(void **state)
{
        struct bed *b = *state;
        long n = 0;

        write_events(b, 1, 5);
        restart_at(b, 1);
        while (tell_with_failure(b, n))
                n++;
        assert_true(n > 10);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                T(what_was_not_brought_comes_from_the_register),
                T(not_more_than_memory_takes_and_the_newest),
                T(a_new_output_is_not_told_of_the_past),
                T(numbers_that_are_higher_than_the_registers_ask_for_nothing),
                T(want_of_memory_is_survived),
        };
#undef T

        return cmocka_run_group_tests(tests, NULL, NULL);
}
