/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Loading packs: what is said of a bad one, and what a later pack may change.
 */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/assertion-rule.h"
#include "detectors/ruleset.h"
#include "tests/unit/test.h"

#define HEAD                      \
        "rules:\n"                \
        "  - id: one\n"           \
        "    title: First rule\n" \
        "    class: github-pat\n" \
        "    severity: high\n"
#define BODY                                                                              \
        "    pattern: {regex: 'a(b+)c', entropy: 1.5, stop: [foo, bar], loud: why not}\n" \
        "    remediation: do it otherwise\n"

static struct ruleset *fresh(void)
{
        struct ruleset *rs = NULL;

        assert_int_equal(ruleset_new(&rs), 0);
        return rs;
}

static int add(struct ruleset *rs, const char *pack, struct ruleset_error *error)
{
        return ruleset_add(rs, "pack.yaml", pack, strlen(pack), error);
}

static void a_pack_is_read_whole(void **state)
{
        struct ruleset_error error;
        struct ruleset *rs = fresh();

        (void)state;
        assert_int_equal(add(rs,
                             HEAD
                             "    confidence: low\n"
                             "    kinds: [dotenv, terraform-identity]\n"
                             "    paths: ['*.env']\n" BODY "    references: [CWE-798]\n"
                             "    examples:\n"
                             "      bad: [{path: x.env, text: abbc, line: 1}, {base64: YWJj}]\n"
                             "      good: [plain, {text: x, also: [two, three]}]\n",
                             &error),
                         0);
        assert_int_equal(ruleset_count(rs), 1);
        const struct rule *r = ruleset_find(rs, "one");
        assert_ptr_equal(r, ruleset_at(rs, 0));
        assert_string_equal(r->title, "First rule");
        assert_int_equal(r->class, CLASS_GITHUB_PAT);
        assert_int_equal(r->severity, SEVERITY_HIGH);
        assert_int_equal(r->confidence, CONFIDENCE_LOW);
        assert_true(r->enabled);
        assert_int_equal(r->kinds,
                         (UINT64_C(1) << ARTEFACT_DOTENV) | (UINT64_C(1) << ARTEFACT_TERRAFORM));
        assert_int_equal(r->n_paths, 1);
        assert_int_equal(r->matcher, MATCHER_PATTERN);
        assert_string_equal(r->pattern.regex, "a(b+)c");
        assert_int_equal(r->pattern.window, 512);
        assert_int_equal(r->pattern.n_stop, 2);
        assert_string_equal(r->remediation, "do it otherwise");
        assert_int_equal(r->n_bad, 2);
        assert_string_equal(r->bad[0].path, "x.env");
        assert_int_equal(r->bad[0].line, 1);
        assert_int_equal(r->bad[1].size, 3);
        assert_memory_equal(r->bad[1].text, "abc", 3);
        assert_string_equal(r->good[0].text, "plain");
        assert_int_equal(r->good[0].n_also, 0);
        assert_int_equal(r->good[1].n_also, 2);
        assert_string_equal(r->good[1].also[1], "three");
        assert_string_equal(r->pattern.loud, "why not");
        assert_string_equal(r->pack, "pack.yaml");
        assert_int_equal(r->line, 2);
        assert_null(ruleset_at(rs, 1));
        (void)ruleset_free(rs);
}

static void a_bad_pack_is_refused_with_its_line(void **state)
{
        static const struct {
                const char *pack;
                uint32_t line;
                const char *says;
        } cases[] = {
                {"- a\n- b\n", 1, "mapping with a list 'rules'"},
                {"rules: []\nextra: 1\n", 2, "unknown key 'extra'"},
                {"rules:\n  - just text\n", 2, "a rule is a mapping"},
                {"rules:\n  - title: no id\n", 2, "needs 'id'"},
                {"rules:\n  - id: Not_Good\n", 2, "lower-case"},
                {HEAD "    titel: x\n" BODY, 6, "did you mean 'title'"},
                {HEAD, 2, "needs 'remediation'"},
                {HEAD "    remediation: x\n", 2, "needs one of 'pattern'"},
                {HEAD "    remediation: x\n    pattern: {entropy: 2}\n", 2, "needs 'regex'"},
                {HEAD "    remediation: x\n    pattern: {regexp: a}\n", 7, "did you mean 'regex'"},
                {HEAD "    pattern:\n      regex: a\n      entropy: much\n", 8,
                 "number from 0 to 8"},
                {HEAD "    pattern:\n      regex: a\n      window: 99999999\n", 8,
                 "number from 16"},
                {HEAD "    severity: low\n" BODY, 6, "twice"},
                {HEAD "    confidence: hihg\n" BODY, 6, "did you mean 'high'"},
                {HEAD "    kinds: [dotenw]\n" BODY, 6, "did you mean 'dotenv'"},
                {HEAD "    enabled: perhaps\n" BODY, 6, "true or false"},
                {HEAD BODY "    analyser: aws-iam\n", 8, "one of 'pattern'"},
                {HEAD "    remediation: x\n    analyser: no-such\n", 7, "no analyser 'no-such'"},
                {HEAD "    remediation: x\n    analyser: aws-iam\n    check: nonsense\n", 2,
                 "no check 'nonsense'"},
                {HEAD BODY "    examples: {bad: [{text: a, base64: YQ==}]}\n", 8, "one of 'text'"},
                {HEAD BODY "    examples: {bad: [{base64: '*'}]}\n", 8, "does not decode"},
                {HEAD BODY "    examples: {bad: [{file: a}]}\n", 8, "unknown key 'file'"},
                {HEAD BODY "    examples: {bad: [{text: a, also: [two]}]}\n", 8,
                 "'also' belongs to a good example"},
                {HEAD BODY "  - id: one\n", 8, "there already, in line 2"},
                {"rules: [\n", 2, ""},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct ruleset_error error = {0};
                struct ruleset *rs = fresh();

                if (add(rs, cases[i].pack, &error) != -EBADMSG)
                        fail_msg("case %zu was taken", i);
                if (error.line != cases[i].line || !strstr(error.message, cases[i].says))
                        fail_msg("case %zu: %u: %s", i, error.line, error.message);
                assert_int_equal(ruleset_count(rs), 0);
                (void)ruleset_free(rs);
        }
}

static void a_later_pack_overrides_only_what_it_gives(void **state)
{
        struct ruleset_error error;
        struct ruleset *rs = fresh();

        (void)state;
        assert_int_equal(add(rs, HEAD BODY, &error), 0);
        const struct rule *r = ruleset_find(rs, "one");
        assert_int_equal(add(rs,
                             "rules:\n  - id: one\n    severity: low\n"
                             "    pattern: {entropy: 3}\n",
                             &error),
                         0);
        assert_int_equal(ruleset_count(rs), 1);
        assert_ptr_equal(ruleset_find(rs, "one"), r);
        assert_int_equal(r->severity, SEVERITY_LOW);
        assert_string_equal(r->title, "First rule");
        assert_string_equal(r->pattern.regex, "a(b+)c");
        assert_true(r->pattern.entropy > 2.9);
        assert_int_equal(r->pattern.n_stop, 2);
        assert_true(r->enabled);
        (void)ruleset_free(rs);
}

static void an_overridden_expression_loses_its_anchor(void **state)
{
        struct ruleset_error error;
        struct ruleset *rs = fresh();

        (void)state;
        assert_int_equal(add(rs,
                             HEAD "    remediation: x\n"
                                  "    pattern: {regex: 'abc+', anchor: abc, window: 99}\n",
                             &error),
                         0);
        assert_int_equal(add(rs, "rules:\n  - id: one\n    pattern: {regex: 'xyz'}\n", &error), 0);
        const struct rule *r = ruleset_find(rs, "one");
        assert_string_equal(r->pattern.regex, "xyz");
        assert_null(r->pattern.anchor);
        assert_int_equal(r->pattern.window, 99);
        (void)ruleset_free(rs);
}

static void a_rule_can_be_switched_off_and_on(void **state)
{
        struct ruleset_error error;
        struct ruleset *rs = fresh();

        (void)state;
        assert_int_equal(add(rs, HEAD BODY, &error), 0);
        assert_int_equal(add(rs, "rules:\n  - {id: one, enabled: false}\n", &error), 0);
        assert_false(ruleset_find(rs, "one")->enabled);
        assert_int_equal(add(rs, "rules:\n  - {id: one, enabled: true}\n", &error), 0);
        assert_true(ruleset_find(rs, "one")->enabled);
        (void)ruleset_free(rs);
}

static void a_bad_override_changes_nothing(void **state)
{
        struct ruleset_error error;
        struct ruleset *rs = fresh();
        uint8_t before[32], after[32];

        (void)state;
        assert_int_equal(add(rs, HEAD BODY, &error), 0);
        ruleset_digest(rs, before);
        assert_int_equal(add(rs,
                             "rules:\n  - {id: one, severity: low}\n"
                             "  - {id: two, severity: wrong}\n",
                             &error),
                         -EBADMSG);
        assert_int_equal(error.line, 3);
        assert_int_equal(ruleset_find(rs, "one")->severity, SEVERITY_HIGH);
        ruleset_digest(rs, after);
        assert_memory_equal(before, after, sizeof(before));
        (void)ruleset_free(rs);
}

static void the_digest_follows_the_packs(void **state)
{
        struct ruleset_error error;
        struct ruleset *a = fresh(), *b = fresh();
        uint8_t x[32], y[32];

        (void)state;
        assert_int_equal(add(a, HEAD BODY, &error), 0);
        assert_int_equal(add(b, HEAD BODY, &error), 0);
        ruleset_digest(a, x);
        ruleset_digest(b, y);
        assert_memory_equal(x, y, sizeof(x));
        assert_int_equal(add(b, "rules:\n  - {id: one, severity: low}\n", &error), 0);
        ruleset_digest(b, y);
        assert_memory_not_equal(x, y, sizeof(x));
        (void)ruleset_free(a);
        (void)ruleset_free(b);
}

#define ASSERTION                                 \
        "assertions:\n"                           \
        "  - id: users\n"                         \
        "    what: principal\n"                   \
        "    kinds: [k8s-rbac]\n"                 \
        "    tree: {select: users, each: name}\n" \
        "    text: 'user {each}'\n"

static void assertions_are_taken_over_by_their_ids(void **state)
{
        struct ruleset_error error;
        struct ruleset *rs = fresh();
        const struct assertion_rules *list = ruleset_assertions(rs);

        (void)state;
        assert_int_equal(add(rs, ASSERTION HEAD BODY, &error), 0);
        assert_int_equal(ruleset_count(rs), 1);
        assert_int_equal(list->n, 1);
        assert_int_equal(list->list[0]->what, ASSERTION_PRINCIPAL);
        assert_int_equal(list->list[0]->kinds, UINT64_C(1) << ARTEFACT_K8S_RBAC);
        assert_string_equal(list->list[0]->pack, "pack.yaml");
        assert_int_equal(add(rs, "assertions: [{id: users, enabled: no}]", &error), 0);
        assert_int_equal(list->n, 1);
        assert_false(list->list[0]->enabled);
        (void)ruleset_free(rs);
}

static void examples_can_be_left_out(void **state)
{
        struct ruleset_error error;
        struct ruleset *rs = fresh();

        (void)state;
        assert_int_equal(add(rs,
                             ASSERTION "    examples: [{path: a, text: b, gives: [c]}]\n" HEAD BODY
                                       "    examples: {bad: [abbc], good: [x]}\n",
                             &error),
                         0);
        const struct rule *rule = ruleset_at(rs, 0);
        assert_int_equal(rule->n_bad + rule->n_good, 2);
        assert_int_equal(ruleset_assertions(rs)->list[0]->n_examples, 1);
        ruleset_forget_examples(rs);
        assert_int_equal(rule->n_bad + rule->n_good, 0);
        assert_int_equal(ruleset_assertions(rs)->list[0]->n_examples, 0);
        assert_string_equal(rule->pattern.regex, "a(b+)c");
        ruleset_forget_examples(rs);
        (void)ruleset_free(rs);
}

static void what_is_wrong_with_an_assertion_is_said(void **state)
{
        static const struct {
                const char *pack, *message;
                uint32_t line;
        } cases[] = {
                {"assertions: {}", "'assertions' takes a list", 1},
                {"assertions:\n  - what: role\n", "needs 'id'", 2},
                {"assertions:\n  - id: a\n    what: job\n", "allowed: principal", 3},
                {"assertions:\n  - {id: a, what: role, text: x}\n", "needs 'what', 'tree'", 2},
                {"assertions:\n  - {id: a, what: role, text: x, tree: {where: []}}\n", "", 2},
                {"assertions:\n  - {id: a, what: role, text: x, tree: {each: b}}\n", "`select`", 2},
                {"assertions:\n  - {id: a, what: role, text: '{', tree: {select: b}}\n",
                 "'{' without '}'", 2},
                {"assertions:\n  - {id: a, what: role, text: x, tree: {select: b, eech: c}}\n",
                 "each", 2},
                {"assertions:\n  - {id: a, enabled: no}\n  - {id: a, enabled: no}\n",
                 "is there already, in line 2", 3},
                {"assertions:\n  - id: a\n    id: b\n", "given twice", 2},
                {"assertions:\n  - {id: a, examples: [{path: x, text: y}]}\n", "'gives'", 2},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct ruleset_error error;
                struct ruleset *rs = fresh();

                assert_int_equal(add(rs, cases[i].pack, &error), -EBADMSG);
                if (!strstr(error.message, cases[i].message) || error.line != cases[i].line)
                        fail_msg("%s: %u: %s", cases[i].pack, error.line, error.message);
                assert_int_equal(ruleset_assertions(rs)->n, 0);
                (void)ruleset_free(rs);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_pack_is_read_whole),
                cmocka_unit_test(a_bad_pack_is_refused_with_its_line),
                cmocka_unit_test(a_later_pack_overrides_only_what_it_gives),
                cmocka_unit_test(an_overridden_expression_loses_its_anchor),
                cmocka_unit_test(a_rule_can_be_switched_off_and_on),
                cmocka_unit_test(a_bad_override_changes_nothing),
                cmocka_unit_test(the_digest_follows_the_packs),
                cmocka_unit_test(assertions_are_taken_over_by_their_ids),
                cmocka_unit_test(examples_can_be_left_out),
                cmocka_unit_test(what_is_wrong_with_an_assertion_is_said),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
