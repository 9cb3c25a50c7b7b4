/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/privilege/reporter.h"
#include "tests/unit/test.h"

static const uint8_t key[32] = {1, 2, 3};

/* The reporter asks the rule set only for the rules of a check: this one has two. */
static const struct analyser analyser = {.name = "test"};
static char check_name[] = "star";
static char glob_name[] = "*.tf";
static char *globs[] = {glob_name};
static struct rule check_rules[] = {
        {.id = "star-tf",
         .enabled = true,
         .matcher = MATCHER_ANALYSER,
         .analyser = &analyser,
         .check = check_name,
         .paths = globs,
         .n_paths = 1,
         .severity = SEVERITY_HIGH},
        {.id = "star-off",
         .enabled = false,
         .matcher = MATCHER_ANALYSER,
         .analyser = &analyser,
         .check = check_name},
        {.id = "star-policy",
         .enabled = true,
         .matcher = MATCHER_ANALYSER,
         .analyser = &analyser,
         .check = check_name,
         .kinds = UINT64_C(1) << ARTEFACT_IAM_POLICY},
};

const struct rule_check *ruleset_checks(const struct ruleset *rs, size_t *ret_n)
{
        static struct rule_check checks[ELEMENTSOF(check_rules)];

        (void)rs;
        for (size_t i = 0; i < ELEMENTSOF(checks); i++)
                checks[i] = (struct rule_check){check_rules[i].analyser, &check_rules[i]};
        *ret_n = ELEMENTSOF(checks);
        return checks;
}

static const struct rule rule = {
        .id = "wide-role",
        .title = "a role that is too wide",
        .remediation = "name what is needed",
        .class = CLASS_IAM_ADMIN_POLICY,
        .severity = SEVERITY_HIGH,
        .confidence = CONFIDENCE_MEDIUM,
        .enabled = true,
};

struct fixture {
        struct scan_result result;
        struct subject subject;
        struct reporter reporter;
};

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));

        f->subject = (struct subject){.path = "a/main.tf", .kind = ARTEFACT_TERRAFORM};
        reporter_init(&f->reporter, &f->result, NULL, &f->subject, key);
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        reporter_done(&f->reporter);
        free(f);
        return 0;
}

static const struct spot spot = {.line = 7, .column = 3, .end_line = 9, .offset = 80, .length = 12};

static void finding_carries_the_rule_and_is_valid(void **state)
{
        struct fixture *f = *state;
        const struct finding *found = &f->result.findings[0];

        report(&f->reporter, &rule, spot, CERTAINTY_UNKNOWN, 0, NULL, "grants %s to\n%s", "*",
               "all");
        assert_int_equal(f->result.n_findings, 1);
        assert_true(finding_valid(found));
        assert_string_equal(found->rule, "wide-role");
        assert_string_equal(found->title, rule.title);
        assert_string_equal(found->remediation, rule.remediation);
        assert_string_equal(found->detail, "grants * to\\x0aall");
        assert_string_equal(found->redacted, "");
        assert_int_equal(found->class, CLASS_IAM_ADMIN_POLICY);
        assert_int_equal(found->severity, SEVERITY_HIGH);
        assert_int_equal(found->confidence, CONFIDENCE_MEDIUM);
        assert_int_equal(found->certainty, CERTAINTY_UNKNOWN);
        assert_int_equal(found->line, 7);
        assert_int_equal(found->end_line, 9);
        assert_int_equal(found->offset, 80);
}

static void fingerprint_follows_identity_and_not_the_place(void **state)
{
        struct fixture *f = *state;
        struct spot other = spot;

        other.line = 20;
        report(&f->reporter, &rule, spot, CERTAINTY_YES, 0, "role x", "first");
        report(&f->reporter, &rule, other, CERTAINTY_YES, 0, "role x", "second");
        other.line = 21;
        report(&f->reporter, &rule, other, CERTAINTY_YES, 0, "role y", "first");
        assert_int_equal(f->result.n_findings, 3);
        assert_int_equal(strlen(f->result.findings[0].fingerprint), 32);
        assert_string_equal(f->result.findings[0].fingerprint, f->result.findings[1].fingerprint);
        assert_string_not_equal(f->result.findings[0].fingerprint,
                                f->result.findings[2].fingerprint);
        f->reporter.key[0] ^= 1;
        other.line = 22;
        report(&f->reporter, &rule, other, CERTAINTY_YES, 0, "role x", "first");
        assert_string_not_equal(f->result.findings[0].fingerprint,
                                f->result.findings[3].fingerprint);
}

static void one_place_is_reported_once_and_certainty_wins(void **state)
{
        struct fixture *f = *state;

        report(&f->reporter, &rule, spot, CERTAINTY_UNKNOWN, -1, "x", "first");
        report(&f->reporter, &rule, spot, CERTAINTY_YES, 0, "y", "second");
        report(&f->reporter, &rule, spot, CERTAINTY_UNKNOWN, -2, "z", "third");
        assert_int_equal(f->result.n_findings, 1);
        assert_int_equal(f->result.findings[0].certainty, CERTAINTY_YES);
        assert_int_equal(f->result.findings[0].severity, SEVERITY_HIGH);
        assert_string_equal(f->result.findings[0].detail, "first");
}

static void severity_stays_in_range(void **state)
{
        struct fixture *f = *state;
        struct spot other = spot;

        report(&f->reporter, &rule, spot, CERTAINTY_YES, -9, "x", "first");
        other.column++;
        report(&f->reporter, &rule, other, CERTAINTY_YES, 9, "x", "first");
        assert_int_equal(f->result.findings[0].severity, SEVERITY_INFO);
        assert_int_equal(f->result.findings[1].severity, SEVERITY_CRITICAL);
}

static void code_of_a_test_is_less_severe(void **state)
{
        struct fixture *f = *state;
        struct rule call = rule;
        struct spot other = spot;

        call.matcher = MATCHER_CALL;
        f->subject.path = "src/tests/app.py";
        report(&f->reporter, &call, spot, CERTAINTY_YES, 0, "x", "first");
        assert_int_equal(f->result.findings[0].severity, SEVERITY_MEDIUM);
        /* documents are used wherever they lie */
        other.column++;
        report(&f->reporter, &rule, other, CERTAINTY_YES, 0, "x", "first");
        assert_int_equal(f->result.findings[1].severity, SEVERITY_HIGH);
}

static void long_detail_is_cut_and_valid(void **state)
{
        struct fixture *f = *state;
        char text[2000];

        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        report(&f->reporter, &rule, spot, CERTAINTY_YES, 0, NULL, "%s", text);
        assert_true(finding_valid(&f->result.findings[0]));
        assert_true(strlen(f->result.findings[0].detail) < FINDING_DETAIL_MAX);
}

static void more_than_a_result_holds_is_counted(void **state)
{
        struct fixture *f = *state;

        for (uint32_t i = 1; i <= SCAN_FINDINGS_MAX + 5; i++)
                report(&f->reporter, &rule, (struct spot){.line = i, .column = 1}, CERTAINTY_YES, 0,
                       NULL, "x");
        assert_int_equal(f->result.n_findings, SCAN_FINDINGS_MAX);
        assert_int_equal(f->result.findings_dropped, 5);
}

static void a_grave_finding_takes_the_place_of_a_little_one(void **state)
{
        struct fixture *f = *state;
        const struct finding *last = &f->result.findings[SCAN_FINDINGS_MAX - 1];

        for (uint32_t i = 1; i <= SCAN_FINDINGS_MAX; i++)
                report(&f->reporter, &rule, (struct spot){.line = i, .column = 1}, CERTAINTY_YES,
                       -1, NULL, "x");
        assert_true(report_keeps(&f->reporter, &rule, (struct spot){.line = 900, .column = 1}));
        report(&f->reporter, &rule, (struct spot){.line = 900, .column = 1}, CERTAINTY_YES, 1, NULL,
               "grave");
        assert_int_equal(f->result.n_findings, SCAN_FINDINGS_MAX);
        assert_int_equal(f->result.findings_dropped, 1);
        assert_int_equal(last->line, 900);
        assert_int_equal(last->severity, SEVERITY_CRITICAL);
        assert_string_equal(last->detail, "grave");
}

static void what_would_be_dropped_is_counted_without_a_text(void **state)
{
        struct fixture *f = *state;

        for (uint32_t i = 1; i <= SCAN_FINDINGS_MAX; i++)
                report(&f->reporter, &rule, (struct spot){.line = i, .column = 1}, CERTAINTY_YES, 0,
                       NULL, "x");
        /* one that is there already may be made stronger */
        assert_true(report_keeps(&f->reporter, &rule, (struct spot){.line = 3, .column = 1}));
        assert_int_equal(f->result.findings_dropped, 0);
        assert_false(report_keeps(&f->reporter, &rule, (struct spot){.line = 900, .column = 1}));
        assert_int_equal(f->result.findings_dropped, 1);
}

static void check_finds_enabled_rules_of_kind_and_path(void **state)
{
        struct fixture *f = *state;

        f->reporter.rules = (const struct ruleset *)&f->result; /* never looked into */
        report_check(&f->reporter, &analyser, "star", spot, CERTAINTY_YES, 0, "x", "first");
        assert_int_equal(f->result.n_findings, 1);
        assert_string_equal(f->result.findings[0].rule, "star-tf");
        report_check(&f->reporter, &analyser, "other", spot, CERTAINTY_YES, 0, "x", "first");
        assert_int_equal(f->result.n_findings, 1);
        f->subject.path = "a/policy.json";
        f->subject.kind = ARTEFACT_IAM_POLICY;
        report_check(&f->reporter, &analyser, "star", spot, CERTAINTY_YES, 0, "x", "first");
        assert_int_equal(f->result.n_findings, 2);
        assert_string_equal(f->result.findings[1].rule, "star-policy");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(finding_carries_the_rule_and_is_valid),
                TEST(fingerprint_follows_identity_and_not_the_place),
                TEST(one_place_is_reported_once_and_certainty_wins),
                TEST(severity_stays_in_range),
                TEST(code_of_a_test_is_less_severe),
                TEST(long_detail_is_cut_and_valid),
                TEST(more_than_a_result_holds_is_counted),
                TEST(a_grave_finding_takes_the_place_of_a_little_one),
                TEST(what_would_be_dropped_is_counted_without_a_text),
                TEST(check_finds_enabled_rules_of_kind_and_path),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
