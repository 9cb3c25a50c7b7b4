/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>
#include <sys/sysmacros.h>

#include "common/base/text.h"
#include "daemon/tell.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

static char root[] = "/srv/w";
static const struct workspace ws = {.path = root, .agent = "alice"};

static struct told_file file(const char *path)
{
        return (struct told_file){
                .workspace = &ws,
                .path = path,
                .id = {.dev = makedev(8, 3), .ino = 77, .size = 12},
                .mode = 0104755,
                .owner = 1000,
        };
}

static const char *at(const struct event *e, enum field field)
{
        assert_non_null(e);
        return e->fields[field] ? e->fields[field] : "";
}

static void fill(struct scan_result *r)
{
        memset(r, 0, sizeof(*r));
        r->artefact = ARTEFACT_NONE + 1;
        r->hashed = 1;
        memset(r->sha256, 0xab, sizeof(r->sha256));
        (void)text_copy(r->evidence, sizeof(r->evidence), "its name");
        r->findings_dropped = 2;
        struct finding *f = scan_result_add_finding(r);
        f->severity = SEVERITY_CRITICAL;
        f->confidence = CONFIDENCE_MEDIUM;
        f->class = CLASS_SUDO_MISUSE;
        f->line = 4;
        f->column = 2;
        (void)text_copy(f->rule, sizeof(f->rule), "a-rule");
        (void)text_copy(f->title, sizeof(f->title), "A title");
        (void)text_copy(f->redacted, sizeof(f->redacted), "ab…");
        (void)text_copy(f->fingerprint, sizeof(f->fingerprint), "ffee");
}

static struct scan_result result; /* too large for the stack of a loop */

static void file_is_described_in_every_event_about_it(void **state)
{
        const struct told_file f = file("dir/x");
        const struct verdict v = {
                .action = ACTION_QUARANTINE, .severity = SEVERITY_HIGH, .policy = "giad.yaml:3"};

        (void)state;
        fill(&result);
        struct event *events[] = {
                tell_artefact(&f, &result),
                tell_finding(&f, &result, &result.findings[0], false),
                tell_verdict(&f, &result, &v),
                tell_not_scanned(&f, REASON_ENCRYPTED, NULL),
                tell_response_failed(&f, &v, REASON_READ_ONLY, -EROFS),
        };
        for (size_t i = 0; i < ELEMENTSOF(events); i++) {
                struct event *e = events[i];

                assert_string_equal(at(e, FIELD_PATH), "/srv/w/dir/x");
                assert_string_equal(at(e, FIELD_WORKSPACE), "/srv/w");
                assert_string_equal(at(e, FIELD_AGENT), "alice");
                assert_string_equal(at(e, FIELD_SIZE), "12");
                assert_string_equal(at(e, FIELD_INODE), "77");
                assert_string_equal(at(e, FIELD_DEVICE), "8:3");
                assert_string_equal(at(e, FIELD_MODE), "4755");
                assert_string_equal(at(e, FIELD_OWNER), "1000");
                assert_string_equal(at(e, FIELD_WRITER_CERTAINTY), "owner");
                assert_non_null(strstr(e->message, "/srv/w/dir/x"));
                assert_null(event_free(e));
        }
}

static void finding_says_what_where_and_how_sure(void **state)
{
        const struct told_file f = file("x");

        (void)state;
        fill(&result);
        struct event *e = tell_finding(&f, &result, &result.findings[0], false);
        assert_int_equal(e->kind, EVENT_FINDING);
        assert_int_equal(e->severity, SEVERITY_CRITICAL);
        assert_string_equal(at(e, FIELD_RULE), "a-rule");
        assert_string_equal(at(e, FIELD_LINE), "4");
        assert_string_equal(at(e, FIELD_COLUMN), "2");
        assert_string_equal(at(e, FIELD_REDACTED), "ab…");
        assert_string_equal(at(e, FIELD_FINGERPRINT), "ffee");
        assert_string_equal(at(e, FIELD_CONFIDENCE), "medium");
        assert_string_equal(at(e, FIELD_CERTAINTY), "yes");
        assert_string_equal(at(e, FIELD_FINDINGS), "3"); /* with those that were dropped */
        assert_int_equal(strlen(at(e, FIELD_SHA256)), 64);
        assert_non_null(strstr(at(e, FIELD_REFERENCES), "CWE"));
        assert_non_null(strstr(e->message, "line 4"));
        assert_string_equal(at(e, FIELD_ACTION), "");
        assert_null(event_free(e));
        e = tell_finding(&f, &result, &result.findings[0], true);
        assert_string_equal(at(e, FIELD_ACTION), "suppressed");
        assert_non_null(strstr(e->message, "suppressed"));
        assert_null(event_free(e));
}

static void a_comment_is_told_whether_it_is_obeyed_or_not(void **state)
{
        static struct config_workspace allowing = {.inline_suppressions = true};
        struct config config = {.workspaces = &allowing, .n_workspaces = 1};
        struct told_file f = file("x");
        struct workspace other = *f.workspace;

        (void)state;
        fill(&result);
        struct event *e = tell_finding(&f, &result, &result.findings[0], false);
        assert_string_equal(at(e, FIELD_SUPPRESSION_COMMENT), "");
        assert_null(event_free(e));
        result.findings[0].comment = 1;
        e = tell_finding(&f, &result, &result.findings[0], false);
        assert_string_equal(at(e, FIELD_SUPPRESSION_COMMENT), "ignored");
        assert_non_null(strstr(at(e, FIELD_DETAIL), "suppression comment (ignored)"));
        assert_null(event_free(e));
        other.config = &config;
        f.workspace = &other;
        e = tell_finding(&f, &result, &result.findings[0], true);
        assert_string_equal(at(e, FIELD_SUPPRESSION_COMMENT), "allowed");
        assert_null(event_free(e));
}

static void finding_of_the_whole_file_names_no_line(void **state)
{
        const struct told_file f = file("x");

        (void)state;
        fill(&result);
        result.findings[0].line = result.findings[0].column = 0;
        struct event *e = tell_finding(&f, &result, &result.findings[0], false);
        assert_string_equal(at(e, FIELD_LINE), "");
        assert_null(strstr(e->message, "line 0"));
        assert_null(event_free(e));
}

static void names_cannot_break_a_line(void **state)
{
        const struct told_file f = file("a\nb\x1b[31m\xff\x7f");

        (void)state;
        struct event *e = tell_not_scanned(&f, REASON_UNREADABLE, "de\ntail");
        for (const char *c = e->message; *c; c++)
                assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
        assert_string_equal(at(e, FIELD_PATH), "/srv/w/a\\x0ab\\x1b[31m\\xff\\x7f");
        assert_null(strchr(at(e, FIELD_DETAIL), '\n'));
        assert_null(event_free(e));
}

static void approved_verdict_says_so(void **state)
{
        const struct told_file f = file("x");
        const struct verdict v = {
                .action = ACTION_REPORT, .approved = true, .counted = 1, .policy = "p:1"};

        (void)state;
        fill(&result);
        struct event *e = tell_verdict(&f, &result, &v);
        assert_non_null(strstr(e->message, "approved"));
        assert_string_equal(at(e, FIELD_POLICY), "p:1");
        assert_non_null(strstr(at(e, FIELD_DETAIL), "approval"));
        assert_null(event_free(e));
}

static struct quarantine_entry entry(void)
{
        static char path[] = "dir/secret-name", shown[] = "dir/<redacted>",
                    reason[] = "giad.yaml:9";

        return (struct quarantine_entry){.id = "01JABCDEFGHJKMNPQRSTVWXYZ0",
                                         .workspace = root,
                                         .path = path,
                                         .shown = shown,
                                         .reason = reason,
                                         .mode = 0600,
                                         .uid = 1000};
}

static void quarantine_tells_the_path_as_it_may_be_shown(void **state)
{
        struct quarantine_entry q = entry();
        const struct verdict v = {.severity = SEVERITY_HIGH, .counted = 2};

        (void)state;
        struct event *e = tell_quarantined(&q, "alice", NULL, &v, QUARANTINE_HELD, false);
        assert_string_equal(at(e, FIELD_PATH), "/srv/w/dir/<redacted>");
        assert_null(strstr(e->message, "secret-name"));
        assert_string_equal(at(e, FIELD_QUARANTINE_ID), q.id);
        assert_string_equal(at(e, FIELD_POLICY), "giad.yaml:9");
        assert_string_equal(at(e, FIELD_FINDINGS), "2");
        assert_null(event_free(e));
        q.shown = NULL;
        e = tell_quarantined(&q, "alice", NULL, NULL, QUARANTINE_HELD, false);
        assert_string_equal(at(e, FIELD_PATH), "/srv/w/dir/secret-name");
        assert_null(event_free(e));
}

static void weaker_quarantine_is_told_as_what_it_is(void **state)
{
        struct quarantine_entry q = entry();

        (void)state;
        struct event *e = tell_quarantined(&q, "", NULL, NULL, QUARANTINE_IN_PLACE, false);
        assert_non_null(strstr(e->message, "weaker"));
        assert_null(event_free(e));
        e = tell_quarantined(&q, "", NULL, NULL, QUARANTINE_MODE_ZERO, true);
        assert_non_null(strstr(e->message, "weakest"));
        assert_string_equal(at(e, FIELD_REASON), "still-open");
        assert_null(event_free(e));
        q.other_names = 3;
        e = tell_quarantined(&q, "", NULL, NULL, QUARANTINE_HELD, false);
        assert_string_equal(at(e, FIELD_REASON), "other-names");
        assert_non_null(strstr(at(e, FIELD_DETAIL), "3 other names"));
        assert_null(event_free(e));
}

static void gap_is_told_for_a_workspace_or_the_daemon(void **state)
{
        (void)state;
        struct event *e = tell_gap(&ws, REASON_QUEUE_OVERFLOW, true, "detail");
        assert_int_equal(e->kind, EVENT_GAP_OPENED);
        assert_string_equal(at(e, FIELD_REASON), "queue-overflow");
        assert_non_null(strstr(e->message, "/srv/w: "));
        assert_null(event_free(e));
        e = tell_gap(NULL, REASON_SINK_DOWN, false, NULL);
        assert_int_equal(e->kind, EVENT_GAP_CLOSED);
        assert_non_null(strstr(e->message, "giad: coverage is whole again after sink-down"));
        assert_null(event_free(e));
}

static void decision_names_who_decided(void **state)
{
        struct quarantine_entry q = entry();
        struct told_operator by = {.name = "bob", .uid = 1001, .auid = 1002};

        (void)state;
        struct event *e = tell_decision(EVENT_RELEASED, &by, &q, "it is right", "acl not restored");
        assert_string_equal(at(e, FIELD_OPERATOR), "bob");
        assert_string_equal(at(e, FIELD_OPERATOR_UID), "1001");
        assert_string_equal(at(e, FIELD_OPERATOR_AUID), "1002");
        assert_string_equal(at(e, FIELD_COMMENT), "it is right");
        assert_non_null(strstr(e->message, "by bob: /srv/w/dir/<redacted>: acl not restored"));
        assert_null(event_free(e));
        by.auid = UINT32_MAX;
        e = tell_decision(EVENT_ACCESS_DENIED, &by, NULL, NULL, NULL);
        assert_string_equal(at(e, FIELD_OPERATOR_AUID), "");
        assert_null(event_free(e));
}

static bool tell_with_failure(long n)
{
        const struct told_file f = file("x");
        struct quarantine_entry q = entry();
        const struct verdict v = {.action = ACTION_QUARANTINE};

        fail_alloc.failed = false;
        fail_alloc.left = n;
        (void)event_free(tell_artefact(&f, &result));
        (void)event_free(tell_finding(&f, &result, &result.findings[0], false));
        (void)event_free(tell_verdict(&f, &result, &v));
        (void)event_free(tell_response_failed(&f, &v, REASON_READ_ONLY, -EROFS));
        (void)event_free(tell_quarantined(&q, "a", NULL, &v, QUARANTINE_HELD, true));
        (void)event_free(tell_gap(&ws, REASON_SINK_DOWN, true, "x"));
        fail_alloc.left = -1;
        return fail_alloc.failed;
}

static void want_of_memory_loses_a_field_or_the_event(void **state)
{
        long n = 0;

        (void)state;
        fill(&result);
        while (tell_with_failure(n))
                n++;
        assert_true(n > 60);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(file_is_described_in_every_event_about_it),
                cmocka_unit_test(finding_says_what_where_and_how_sure),
                cmocka_unit_test(a_comment_is_told_whether_it_is_obeyed_or_not),
                cmocka_unit_test(finding_of_the_whole_file_names_no_line),
                cmocka_unit_test(names_cannot_break_a_line),
                cmocka_unit_test(approved_verdict_says_so),
                cmocka_unit_test(quarantine_tells_the_path_as_it_may_be_shown),
                cmocka_unit_test(weaker_quarantine_is_told_as_what_it_is),
                cmocka_unit_test(gap_is_told_for_a_workspace_or_the_daemon),
                cmocka_unit_test(decision_names_who_decided),
                cmocka_unit_test(want_of_memory_loses_a_field_or_the_event),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
