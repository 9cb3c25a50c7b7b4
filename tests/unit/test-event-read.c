/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/model/event-read.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"
#include "tools/sample-event.h"

static struct event *read_back(const struct buffer *json)
{
        struct event *e = NULL;

        assert_int_equal(event_read_json(&e, json->data, json->len), 0);
        return e;
}

/* What is read back is written as it was. */
static void assert_same(const struct event *e)
{
        _cleanup_buffer_ struct buffer one = BUFFER_NULL, two = BUFFER_NULL;

        event_to_json(e, &one);
        _cleanup_event_ struct event *again = read_back(&one);
        event_to_json(again, &two);
        assert_string_equal(one.data, two.data);
        assert_int_equal(again->kind, e->kind);
        assert_true(again->seq == e->seq);
        assert_true(again->time == e->time);
        assert_int_equal(event_priority(again), event_priority(e));
        assert_int_equal(again->object_pid, 0);
        if (e->fields[FIELD_SEVERITY])
                assert_int_equal(again->severity, e->severity);
}

static void every_kind_is_read_back_as_it_was(void **state)
{
        (void)state;
        for (int kind = 0; kind < _EVENT_MAX; kind++) {
                _cleanup_event_ struct event *e = sample_event((enum event_kind)kind);

                e->object_pid = 4711; /* may be another process by then */
                assert_same(e);
        }
}

static void every_field_and_byte_is_read_back(void **state)
{
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
        char text[300];

        (void)state;
        for (size_t i = 0; i < sizeof(text) - 1; i++)
                text[i] = (char)(1 + i % 255);
        text[sizeof(text) - 1] = '\0';
        for (int i = FIELD_WORKSPACE; i < _FIELD_MAX; i++) {
                if (field_info((enum field)i)->type == FIELD_TYPE_NUMBER)
                        event_set_u64(e, (enum field)i, UINT64_MAX - (uint64_t)i);
                else
                        event_set(e, (enum field)i, text);
        }
        event_message(e, "\xe2\x82\xac \" \\ %s", text);
        event_set_seq(e, UINT64_MAX);
        assert_same(e);
        event_set(e, FIELD_PATH, "/w/\xf0\x9f\x94\x91/\x7f\xff");
        assert_same(e);
}

static void the_longest_values_are_read_back(void **state)
{
        _cleanup_event_ struct event *e = sample_event(EVENT_HEALTH);
        static char text[4096];

        (void)state;
        memset(text, '"', sizeof(text) - 1);
        event_set(e, FIELD_DETAIL, text);
        assert_true(strlen(e->fields[FIELD_DETAIL]) > 2000);
        assert_same(e);
}

static int read_text(const char *json)
{
        struct event *e = NULL;
        int k = event_read_json(&e, json, strlen(json));

        assert_int_equal(e != NULL, k == 0);
        (void)event_free(e);
        return k;
}

#define HEAD "{\"event\":\"ready\",\"time\":\"2026-09-21T14:13:20.123456Z\","

static void fields_of_another_version_are_left_out(void **state)
{
        struct event *e = NULL;
        const char *json =
                HEAD "\"colour\":\"blue\",\"weight\":7,\"detail\":\"x\",\"message\":\"\"}";

        (void)state;
        assert_int_equal(event_read_json(&e, json, strlen(json)), 0);
        assert_string_equal(e->fields[FIELD_DETAIL], "x");
        (void)event_free(e);
}

static void what_is_not_the_native_form_is_refused(void **state)
{
        static const char *const bad[] = {
                "",
                "{",
                "{}",
                "[]",
                "null",
                "{\"event\"}",
                "{\"event\":\"health\"}", /* no time */
                "{\"time\":\"2026-09-21T14:13:20.123456Z\",\"event\":\"health\"}",
                "{\"event\":\"carrier-pigeon\",\"time\":\"2026-09-21T14:13:20.123456Z\"}",
                "{\"event\":7,\"time\":\"2026-09-21T14:13:20.123456Z\"}",
                "{\"event\":\"health\",\"time\":\"2026-09-21T14:13:20Z\"}",
                "{\"event\":\"health\",\"time\":\"2026-02-31T14:13:20.123456Z\"}",
                "{\"event\":\"health\",\"time\":\"1965-09-21T14:13:20.123456Z\"}",
                /* a finding's priority is its severity's */
                "{\"event\":\"finding\",\"time\":\"2026-09-21T14:13:20.123456Z\",\"message\":\"\"}",
                HEAD "\"severity\":\"terrible\"}",
                HEAD "\"seq\":\"1\"}",
                HEAD "\"seq\":-1}",
                HEAD "\"seq\":1.5}",
                HEAD "\"seq\":18446744073709551616}",
                HEAD "\"seq\":}",
                HEAD "\"detail\":1}",
                HEAD "\"detail\":true}",
                HEAD "\"detail\":{}}",
                HEAD "\"detail\":\"x}",
                HEAD "\"detail\":\"\\x\"}",
                HEAD "\"detail\":\"\\u0000\"}",
                HEAD "\"detail\":\"\\u00\"}",
                HEAD "\"detail\":\"\\ud83d\"}",
                HEAD "\"detail\":\"a\nb\"}",
                HEAD "\"detail\":\"x\"",
                HEAD "\"detail\":\"x\",}",
                HEAD "\"detail\":\"x\"} ",
                HEAD "\"detail\":\"x\"}{}",
                HEAD " \"detail\":\"x\"}",
                HEAD "\"detail\":\"x\",\"detail\":\"x\"}",
                HEAD "\"event\":\"finding\"}",
                HEAD "\"message\":\"\",\"message\":\"x\"}",
        };

        (void)state;
        assert_int_equal(read_text(HEAD "\"detail\":\"x\"}"), 0);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (read_text(bad[i]) != -EBADMSG)
                        fail_msg("taken: %s", bad[i]);
}

static void no_beginning_of_an_event_is_taken_for_one(void **state)
{
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
        _cleanup_buffer_ struct buffer json = BUFFER_NULL;
        struct event *got = NULL;

        (void)state;
        event_to_json(e, &json);
        for (size_t n = 0; n < json.len; n++)
                assert_int_equal(event_read_json(&got, json.data, n), -EBADMSG);
        assert_null(got);
}

static void a_value_that_nobody_wrote_is_refused_not_cut(void **state)
{
        _cleanup_buffer_ struct buffer json = BUFFER_NULL;

        (void)state;
        buffer_puts(&json, HEAD "\"detail\":\"");
        for (int i = 0; i < 20000; i++)
                buffer_putc(&json, 'x');
        buffer_puts(&json, "\"}");
        assert_int_equal(read_text(json.data), -EBADMSG);
}

static void running_out_of_memory_anywhere_is_told(void **state)
{
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
        _cleanup_buffer_ struct buffer json = BUFFER_NULL;
        long n = 0;
        int k;

        (void)state;
        event_to_json(e, &json);
        do {
                struct event *got = NULL;

                fail_alloc.failed = false;
                fail_alloc.left = n++;
                k = event_read_json(&got, json.data, json.len);
                fail_alloc.left = -1;
                assert_int_equal(got != NULL, k == 0);
                if (fail_alloc.failed && k < 0)
                        assert_int_equal(k, -ENOMEM);
                (void)event_free(got);
        } while (fail_alloc.failed && n < 5000);
        assert_int_equal(k, 0);
        assert_in_range(n, 20, 4999);
}

static void a_point_in_time_comes_back_from_its_text(void **state)
{
        static const char *const bad[] = {"",
                                          "x",
                                          "2026-01-31T12:34:56.789012",
                                          "2026-01-31T12:34:56.78901Z",
                                          "2026-01-31T12:34:56.7890123Z",
                                          "2026-1-31T12:34:56.789012Z",
                                          "2026-01-31T12:34:56.789012Z ",
                                          "2026-01-31 12:34:56.789012Z",
                                          "2026-13-31T12:34:56.789012Z"};
        const usec_t times[] = {0, 1, 1790000000123456, 4102444800000000};
        char text[CLOCK_RFC3339_MAX];
        usec_t got = 7;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(times); i++) {
                clock_rfc3339(times[i], text);
                assert_int_equal(clock_from_rfc3339(text, &got), 0);
                assert_true(got == times[i]);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(clock_from_rfc3339(bad[i], &got), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_kind_is_read_back_as_it_was),
                cmocka_unit_test(every_field_and_byte_is_read_back),
                cmocka_unit_test(the_longest_values_are_read_back),
                cmocka_unit_test(fields_of_another_version_are_left_out),
                cmocka_unit_test(what_is_not_the_native_form_is_refused),
                cmocka_unit_test(no_beginning_of_an_event_is_taken_for_one),
                cmocka_unit_test(a_value_that_nobody_wrote_is_refused_not_cut),
                cmocka_unit_test(running_out_of_memory_anywhere_is_told),
                cmocka_unit_test(a_point_in_time_comes_back_from_its_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
