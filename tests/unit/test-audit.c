/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "daemon/sinks/audit.h"
#include "daemon/sinks/sink.h"
#include "tests/unit/test.h"
#include "tools/sample-event.h"

#define ANOM_ACCESS_FS 2111
#define RESP_ANOMALY 2200
#define RESP_ALERT 2201
#define USYS_CONFIG 1111

static bool has_audit;

static char *rendered(const struct event *e, int *type, bool *success)
{
        struct buffer out = BUFFER_NULL;
        char *text = NULL;

        assert_int_equal(audit_render(e, type, success, &out), 1);
        assert_int_equal(buffer_take(&out, &text), 0);
        return text;
}

static void kinds_become_the_records_that_aureport_lists(void **state)
{
        static const struct {
                enum event_kind kind;
                int type;
                bool success;
                const char *text;
        } expected[] = {
                {EVENT_FINDING, ANOM_ACCESS_FS, true,
                 "op=detect path=\"/srv/agents/alpha/work/infra/iam.tf\" rule=aws-iam-star-action"},
                {EVENT_VERDICT, RESP_ANOMALY, true,
                 "op=require-approval path=\"/srv/agents/alpha/work/infra/iam.tf\""},
                {EVENT_QUARANTINED, RESP_ALERT, true,
                 "op=quarantine path=\"/srv/agents/alpha/work/infra/iam.tf\" "
                 "qid=01M34E2M000000000000000002"},
                {EVENT_RESPONSE_FAILED, RESP_ALERT, false,
                 "op=quarantine path=\"/srv/agents/alpha/work/infra/iam.tf\" reason=immutable"},
                {EVENT_RELEASED, USYS_CONFIG, true,
                 "op=release path=\"/srv/agents/alpha/work/infra/iam.tf\" "
                 "qid=01M34E2M000000000000000002 acct=\"olga\" auid=1000"},
                {EVENT_ACCESS_DENIED, USYS_CONFIG, false,
                 "op=refuse reason=not-permitted acct=\"agent-alpha\" auid=1001"},
                {EVENT_CONFIG_REFUSED, USYS_CONFIG, false, "op=load-config"},
        };

        (void)state;
        if (!has_audit)
                skip();
        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                _cleanup_event_ struct event *e = sample_event(expected[i].kind);
                int type = 0;
                bool success = !expected[i].success;
                _cleanup_free_ char *text = rendered(e, &type, &success);

                assert_string_equal(text, expected[i].text);
                assert_int_equal(type, expected[i].type);
                assert_int_equal(success, expected[i].success);
        }
}

static void what_concerns_no_auditor_is_not_recorded(void **state)
{
        static const enum event_kind quiet[] = {EVENT_ARTEFACT, EVENT_STARTED, EVENT_STOPPED,
                                                EVENT_HEALTH, EVENT_GAP_CLOSED};
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;
        int type;
        bool success;

        (void)state;
        if (!has_audit)
                skip();
        for (size_t i = 0; i < ELEMENTSOF(quiet); i++) {
                _cleanup_event_ struct event *e = sample_event(quiet[i]);

                assert_int_equal(audit_render(e, &type, &success, &out), 0);
        }
        /* a clean file's verdict, and one that is followed by the response's own record */
        _cleanup_event_ struct event *e = sample_event(EVENT_VERDICT);
        event_set_u64(e, FIELD_FINDINGS, 0);
        assert_int_equal(audit_render(e, &type, &success, &out), 0);
        event_set_u64(e, FIELD_FINDINGS, 1);
        event_set(e, FIELD_ACTION, "quarantine");
        assert_int_equal(audit_render(e, &type, &success, &out), 0);
        _cleanup_event_ struct event *known = sample_event(EVENT_FINDING);
        event_set(known, FIELD_ACTION, "suppressed");
        assert_int_equal(audit_render(known, &type, &success, &out), 0);
        assert_int_equal(out.len, 0);
}

static void untrusted_text_cannot_forge_a_field(void **state)
{
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
        int type;
        bool success;

        (void)state;
        if (!has_audit)
                skip();
        event_set(e, FIELD_PATH, "/w/a b\" res=success acct=root");
        event_set(e, FIELD_RULE, "x op=release");
        _cleanup_free_ char *text = rendered(e, &type, &success);
        assert_string_equal(text, "op=detect path=2F772F6120622220"
                                  "7265733D7375636365737320616363743D726F6F74 rule=?");
}

static void a_build_without_libaudit_says_so(void **state)
{
        struct sink *sink = NULL;
        const struct sink_config config = {.path = NULL};
        int r = sink_by_name("audit")->new (&sink, &config);

        (void)state;
        assert_int_equal(r, has_audit ? 0 : -EOPNOTSUPP);
        if (r == 0)
                (void)sink->vtable->free(sink);
}

/* test-audit deliver: sends one event of each kind to the kernel, for tests/system/check-audit */
static int deliver_all(void)
{
        struct sink *sink = NULL;
        const struct sink_config config = {.path = NULL};

        if (sink_by_name("audit")->new (&sink, &config) < 0)
                return 77;
        int status = 0;
        for (int kind = 0; kind < _EVENT_MAX; kind++) {
                _cleanup_event_ struct event *e = sample_event((enum event_kind)kind);

                assert_non_null(e);
                event_set(e, FIELD_PATH, "/srv/agents/sp ace/\"quoted\"/iam.tf");
                int r = sink->vtable->deliver(sink, e);
                if (r < 0) {
                        fprintf(stderr, "%s: %s\n", event_info((enum event_kind)kind)->name,
                                strerror(-r));
                        status = r == -EAGAIN && kind == EVENT_FINDING ? 77 : 1;
                        break;
                }
        }
        (void)sink->vtable->free(sink);
        return status;
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(kinds_become_the_records_that_aureport_lists),
                cmocka_unit_test(what_concerns_no_auditor_is_not_recorded),
                cmocka_unit_test(untrusted_text_cannot_forge_a_field),
                cmocka_unit_test(a_build_without_libaudit_says_so),
        };
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;
        int type;
        bool success;

        has_audit = audit_render(e, &type, &success, &out) != -EOPNOTSUPP;
        if (argc > 1 && strcmp(argv[1], "deliver") == 0)
                return deliver_all();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
