/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/id.h"
#include "common/model/event.h"
#include "common/model/scan.h"
#include "tests/unit/test.h"

static void event_becomes_one_json_object(void **state)
{
        _cleanup_event_ struct event *e = event_new(EVENT_FINDING, SEVERITY_HIGH);
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;

        (void)state;
        assert_non_null(e);
        event_set(e, FIELD_PATH, "/w/a\"b\nc");
        event_set_u64(e, FIELD_LINE, 7);
        event_message(e, "A finding");
        event_set_seq(e, 3);
        event_to_json(e, &out);
        assert_non_null(strstr(out.data, "\"path\":\"/w/a\\\"b\\\\x0ac\""));
        assert_non_null(strstr(out.data, "\"line\":7"));
        assert_non_null(strstr(out.data, "\"seq\":3"));
        assert_non_null(strstr(out.data, "\"message\":\"A finding\"}"));
        assert_int_equal(event_priority(e), 3);
}

static void message_ids_are_distinct_and_well_formed(void **state)
{
        (void)state;
        for (int i = 0; i < _EVENT_MAX; i++) {
                const struct event_info *a = event_info((enum event_kind)i);

                assert_int_equal(strlen(a->message_id), 32);
                assert_int_equal(strspn(a->message_id, "0123456789abcdef"), 32);
                for (int k = 0; k < i; k++)
                        assert_string_not_equal(a->message_id,
                                                event_info((enum event_kind)k)->message_id);
        }
}

static void answers_from_the_scanner_are_checked(void **state)
{
        static struct scan_answer answer;
        const size_t empty = offsetof(struct scan_answer, result.findings);

        (void)state;
        answer.type = SCAN_ANSWER;
        assert_int_equal(scan_answer_check(&answer, empty), 0);
        assert_true(scan_answer_check(&answer, empty - 1) < 0);
        struct finding *f = scan_result_add_finding(&answer.result);
        assert_non_null(f);
        assert_true(scan_answer_check(&answer, empty) < 0);
        assert_int_equal(scan_answer_check(&answer, empty + sizeof(*f)), 0);
        memset(f->title, 'x', sizeof(f->title));
        assert_true(scan_answer_check(&answer, empty + sizeof(*f)) < 0);
        f->title[3] = '\0';
        assert_int_equal(scan_answer_check(&answer, empty + sizeof(*f)), 0);
        f->title[1] = '\x1b';
        assert_true(scan_answer_check(&answer, empty + sizeof(*f)) < 0);
        f->title[1] = 'a';
        f->severity = _SEVERITY_MAX;
        assert_true(scan_answer_check(&answer, empty + sizeof(*f)) < 0);
}

static void findings_past_the_limit_are_counted(void **state)
{
        static struct scan_result r;

        (void)state;
        for (unsigned i = 0; i < SCAN_FINDINGS_MAX + 3; i++)
                (void)scan_result_add_finding(&r);
        assert_int_equal(r.n_findings, SCAN_FINDINGS_MAX);
        assert_int_equal(r.findings_dropped, 3);
        assert_int_equal(r.gaps[0].reason, REASON_FINDINGS_CAPPED);
}

static void ids_sort_by_time_and_are_file_names(void **state)
{
        char a[ID_SIZE], b[ID_SIZE];

        (void)state;
        assert_int_equal(id_new(a), 0);
        assert_int_equal(id_new(b), 0);
        assert_true(id_valid(a));
        assert_string_not_equal(a, b);
        assert_false(id_valid("../../../../etc/passwd0000"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(event_becomes_one_json_object),
                cmocka_unit_test(message_ids_are_distinct_and_well_formed),
                cmocka_unit_test(answers_from_the_scanner_are_checked),
                cmocka_unit_test(findings_past_the_limit_are_counted),
                cmocka_unit_test(ids_sort_by_time_and_are_file_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
