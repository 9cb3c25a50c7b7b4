/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "daemon/policy/policy.h"
#include "tests/unit/test.h"

static struct config *config;

static void use(const char *text)
{
        struct config_error e;

        config = config_unref(config);
        if (config_parse(&config, "/etc/giad/giad.yaml", text, strlen(text), &e) < 0)
                fail_msg("%u:%u: %s", e.line, e.column, e.message);
}

static int clean(void **state)
{
        (void)state;
        config = config_unref(config);
        return 0;
}

static const struct policy_subject subject = {
        .workspace = "/srv/a",
        .agent = "alice",
        .path = "infra/main.tf",
        .kind = ARTEFACT_TERRAFORM,
        .writer_uid = 1000,
};

static struct finding finding(enum finding_class class, enum severity severity,
                              enum confidence confidence, enum certainty certainty)
{
        struct finding f = {.rule = "some-rule", .fingerprint = "abc"};

        f.class = (uint16_t) class;
        f.severity = (uint8_t)severity;
        f.confidence = (uint8_t)confidence;
        f.certainty = (uint8_t)certainty;
        return f;
}

static struct verdict decide(const struct finding *f, uint32_t n)
{
        struct verdict v;

        policy_decide(config, &subject, f, n, 1000, &v);
        return v;
}

static void first_line_that_matches_wins(void **state)
{
        const struct finding f = finding(CLASS_JWT, SEVERITY_HIGH, CONFIDENCE_HIGH, CERTAINTY_YES);

        (void)state;
        use("policy:\n"
            "  - {when: {kind: privilege}, action: quarantine}\n"
            "  - {when: {class: jwt}, action: require-approval}\n"
            "  - {when: {kind: secret}, action: quarantine}\n");
        const struct verdict v = decide(&f, 1);
        assert_int_equal(v.action, ACTION_REQUIRE_APPROVAL);
        assert_string_equal(v.policy, "giad.yaml:3");
        assert_int_equal(v.severity, SEVERITY_HIGH);
}

static void strongest_finding_decides_for_the_file(void **state)
{
        const struct finding f[] = {
                finding(CLASS_JWT, SEVERITY_LOW, CONFIDENCE_HIGH, CERTAINTY_YES),
                finding(CLASS_PRIVATE_KEY, SEVERITY_CRITICAL, CONFIDENCE_HIGH, CERTAINTY_YES),
        };

        (void)state;
        use("policy:\n  - {when: {severity: critical}, action: quarantine}\n  - {action: "
            "report}\n");
        const struct verdict v = decide(f, 2);
        assert_int_equal(v.action, ACTION_QUARANTINE);
        assert_int_equal(v.decisive, 1);
        assert_int_equal(v.counted, 2);
}

static void unknown_is_not_taken_away_unless_it_is_named(void **state)
{
        const struct finding f =
                finding(CLASS_IAM_ADMIN_POLICY, SEVERITY_HIGH, CONFIDENCE_HIGH, CERTAINTY_UNKNOWN);

        (void)state;
        use("policy:\n  - {when: {kind: privilege}, action: quarantine}\n  - {action: report}\n");
        assert_int_equal(decide(&f, 1).action, ACTION_REPORT);
        use("policy:\n  - {when: {kind: privilege, certainty: [yes, unknown]}, action: "
            "quarantine}\n");
        assert_int_equal(decide(&f, 1).action, ACTION_QUARANTINE);
}

static void artefact_without_findings_can_need_approval(void **state)
{
        (void)state;
        use("policy:\n"
            "  - {when: {artefact: terraform-identity, severity: high}, action: quarantine}\n"
            "  - {when: {artefact: terraform-identity}, action: require-approval}\n");
        const struct verdict v = decide(NULL, 0);
        assert_int_equal(v.action, ACTION_REQUIRE_APPROVAL);
        assert_int_equal(v.decisive, -1);
}

static void suppressed_findings_do_not_count_until_they_expire(void **state)
{
        const struct finding f = finding(CLASS_JWT, SEVERITY_HIGH, CONFIDENCE_HIGH, CERTAINTY_YES);
        struct verdict v;

        (void)state;
        use("policy:\n  - {when: {kind: secret}, action: quarantine}\n"
            "suppress:\n  - {rule: some-*, path: infra, reason: sample, expires: 2001-01-01}\n");
        v = decide(&f, 1);
        assert_int_equal(v.action, ACTION_REPORT);
        assert_int_equal(v.suppressed, 1);
        policy_decide(config, &subject, &f, 1, 2000000000 * USEC_PER_SEC, &v);
        assert_int_equal(v.action, ACTION_QUARANTINE);
}

static void lines_match_by_workspace_agent_path_and_writer(void **state)
{
        const struct finding f = finding(CLASS_JWT, SEVERITY_HIGH, CONFIDENCE_HIGH, CERTAINTY_YES);
        static const struct {
                const char *when;
                enum action action;
        } cases[] = {
                {"{workspace: /srv/*}", ACTION_QUARANTINE},
                {"{workspace: /home/*}", ACTION_REPORT},
                {"{agent: alice}", ACTION_QUARANTINE},
                {"{agent: [bob, carol]}", ACTION_REPORT},
                {"{path: \"*.tf\"}", ACTION_QUARANTINE},
                {"{path: docs}", ACTION_REPORT},
                {"{writer_uid: 1000}", ACTION_QUARANTINE},
                {"{writer_uid: 0}", ACTION_REPORT},
                {"{rule: some-rule}", ACTION_QUARANTINE},
                {"{confidence: low}", ACTION_REPORT},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[256];

                (void)snprintf(text, sizeof(text), "policy:\n  - {when: %s, action: quarantine}\n",
                               cases[i].when);
                use(text);
                assert_int_equal(decide(&f, 1).action, cases[i].action);
        }
}

static void a_comment_counts_only_where_the_workspace_allows_it(void **state)
{
        struct finding f = finding(CLASS_JWT, SEVERITY_HIGH, CONFIDENCE_HIGH, CERTAINTY_YES);
        struct policy_subject allowing = subject;
        struct verdict v;

        (void)state;
        use("policy:\n  - {when: {kind: secret}, action: quarantine}\n");
        allowing.inline_suppressions = true;
        f.comment = 1;
        v = decide(&f, 1);
        assert_int_equal(v.action, ACTION_QUARANTINE);
        assert_int_equal(v.suppressed, 0);
        policy_decide(config, &allowing, &f, 1, 1000, &v);
        assert_int_equal(v.action, ACTION_REPORT);
        assert_int_equal(v.suppressed, 1);
        f.comment = 0;
        policy_decide(config, &allowing, &f, 1, 1000, &v);
        assert_int_equal(v.action, ACTION_QUARANTINE);
}

static void what_a_workspace_allows_is_part_of_the_digest(void **state)
{
        static const char *const texts[] = {
                "workspaces:\n  - {path: /srv/a}\n",
                "workspaces:\n  - {path: /srv/a, inline_suppressions: no}\n",
                "workspaces:\n  - {path: /srv/a, inline_suppressions: yes}\n",
        };
        uint8_t digests[3][32];
        const uint8_t rules[32] = {1};

        (void)state;
        for (size_t i = 0; i < 3; i++) {
                use(texts[i]);
                policy_digest(config, rules, digests[i]);
        }
        assert_memory_equal(digests[0], digests[1], 32);
        assert_memory_not_equal(digests[0], digests[2], 32);
}

static void verdict_says_when_the_first_suppression_ends(void **state)
{
        const struct finding f = finding(CLASS_JWT, SEVERITY_HIGH, CONFIDENCE_HIGH, CERTAINTY_YES);

        (void)state;
        use("suppress:\n  - {rule: some-rule, reason: r, expires: 2100-01-01}\n");
        const struct verdict v = decide(&f, 1);
        assert_int_equal(v.suppressed, 1);
        assert_int_equal(v.until, config->suppress[0].expires);
        use("suppress:\n  - {rule: some-rule, reason: r}\n");
        assert_int_equal(decide(&f, 1).until, 0);
}

static void digest_changes_with_all_that_decides(void **state)
{
        static const char *const texts[] = {
                "policy: [{action: report}]\n",
                "policy: [{action: quarantine}]\n",
                "policy: [{when: {class: jwt}, action: report}]\n",
                "policy: [{when: {path: a}, action: report}]\n",
                "policy: [{when: {writer_uid: 0}, action: report}]\n",
                "policy: [{action: report}]\nsuppress: [{rule: x, reason: r}]\n",
                "policy: [{action: report}]\non_failure: {encrypted: quarantine}\n",
                "policy: [{action: report}]\nlimits: {file_size: 2M}\n",
        };
        uint8_t digest[ELEMENTSOF(texts) + 2][32], rules[32] = {1};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                use(texts[i]);
                policy_digest(config, rules, digest[i]);
        }
        use(texts[0]);
        policy_digest(config, (uint8_t[32]){2}, digest[ELEMENTSOF(texts)]);
        for (size_t i = 0; i <= ELEMENTSOF(texts); i++)
                for (size_t k = 0; k < i; k++)
                        assert_memory_not_equal(digest[i], digest[k], 32);
        /* a reason or an output decides nothing */
        use("policy: [{action: report}]\noutputs: {audit: {enabled: yes}}\n");
        policy_digest(config, rules, digest[ELEMENTSOF(texts) + 1]);
        assert_memory_equal(digest[ELEMENTSOF(texts) + 1], digest[0], 32);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(verdict_says_when_the_first_suppression_ends),
                cmocka_unit_test(digest_changes_with_all_that_decides),
                cmocka_unit_test(first_line_that_matches_wins),
                cmocka_unit_test(strongest_finding_decides_for_the_file),
                cmocka_unit_test(unknown_is_not_taken_away_unless_it_is_named),
                cmocka_unit_test(artefact_without_findings_can_need_approval),
                cmocka_unit_test(suppressed_findings_do_not_count_until_they_expire),
                cmocka_unit_test(a_comment_counts_only_where_the_workspace_allows_it),
                cmocka_unit_test(what_a_workspace_allows_is_part_of_the_digest),
                cmocka_unit_test(lines_match_by_workspace_agent_path_and_writer),
        };

        return cmocka_run_group_tests(tests, NULL, clean);
}
