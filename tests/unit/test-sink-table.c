/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What all receivers have in common, and the terminal, which has no file of its own.
 */
#include <fcntl.h>
#include <string.h>

#include "daemon/sinks/sink.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"
#include "tools/sample-event.h"

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

/* All sinks, with receivers that are away or near; wherever memory runs out, nothing leaks,
 * nothing crashes, and no event is delivered in part. */
static void run_all_sinks(const char *dir)
{
        static const char *const names[] = {"journal", "syslog", "jsonl", "terminal"};
        static const char *const schemas[] = {"native", "ocsf", "ecs"};
        char path[128];

        for (size_t i = 0; i < ELEMENTSOF(names) + 2; i++) {
                const char *name = names[i < ELEMENTSOF(names) ? i : 2];
                struct sink *sink = NULL;

                (void)snprintf(path, sizeof(path), "%s/%zu", dir, i);
                const struct sink_config config = {
                        .path = path, .schema = schemas[i % 3], .fd = 1 << 20};
                if (sink_by_name(name)->new (&sink, &config) < 0)
                        continue;
                for (int kind = 0; kind < 4; kind++) {
                        _cleanup_event_ struct event *e = sample_event((enum event_kind)kind);

                        if (e)
                                (void)sink->vtable->deliver(sink, e);
                }
                (void)sink->vtable->free(sink);
        }
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_sink_of_the_table_is_found_by_name),
                cmocka_unit_test(running_out_of_memory_anywhere_is_survived),
                cmocka_unit_test(the_terminal_shows_word_place_title_and_redaction),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
