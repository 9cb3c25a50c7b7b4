/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Pattern rules under examination: hits and matches are counted, and what the database misses is
 * seen.
 */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/secrets/probe.h"
#include "tests/unit/test.h"

#define RULE(id, pattern)                                                                         \
        "  - {id: " id ", title: t, class: github-pat, severity: high, remediation: r, pattern: " \
        "{" pattern "}}\n"

struct fixture {
        struct ruleset *rules;
        struct secret_probe *probe;
};

static void make(struct fixture *fx, const char *pack)
{
        struct ruleset_error error = {0};
        const struct rule *list[8];
        unsigned n = 0;

        assert_int_equal(ruleset_new(&fx->rules), 0);
        if (ruleset_add(fx->rules, "pack", pack, strlen(pack), &error) < 0)
                fail_msg("%u: %s", error.line, error.message);
        for (; n < ruleset_count(fx->rules) && n < ELEMENTSOF(list); n++)
                list[n] = ruleset_at(fx->rules, n);
        if (secret_probe_new(&fx->probe, list, n, &error) < 0)
                fail_msg("%s", error.message);
}

static void done(struct fixture *fx)
{
        (void)secret_probe_free(fx->probe);
        (void)ruleset_free(fx->rules);
}

static int agrees(struct fixture *fx, unsigned i, const char *text, size_t *ret_at)
{
        *ret_at = 999;
        return secret_probe_agrees(fx->probe, i, (const uint8_t *)text, strlen(text), ret_at);
}

static void hits_and_matches_are_counted_by_rule(void **state)
{
        struct secret_probe_count counts[2] = {{0}};
        static const char text[] = "tok_ABCD tok_XY tok_EFGH key=1 key=22";
        struct fixture fx;

        (void)state;
        make(&fx, "rules:\n" RULE("tok", "regex: 'tok_[A-Z]{4}', anchor: 'tok_'")
                          RULE("key", "regex: 'key=[0-9]{2}'"));
        for (int i = 0; i < 2; i++)
                assert_int_equal(secret_probe_count(fx.probe, NULL, (const uint8_t *)text,
                                                    strlen(text), counts),
                                 0);
        assert_int_equal(counts[0].hits, 6);
        assert_int_equal(counts[0].matches, 4);
        assert_int_equal(counts[1].hits, 2);
        assert_int_equal(counts[1].matches, 2);
        done(&fx);
}

static void a_match_without_a_hit_is_told(void **state)
{
        struct fixture fx;
        size_t at;

        (void)state;
        make(&fx, "rules:\n" RULE("narrow", "regex: 'tok_[A-Z]{4}', anchor: 'tok_A'")
                          RULE("aside", "regex: 'x=([a-z]{3})', anchor: ';'")
                                  RULE("far", "regex: 'a{40}b', anchor: 'b', before: 16"));
        assert_int_equal(agrees(&fx, 0, "tok_ABCD", &at), 1);
        assert_int_equal(agrees(&fx, 0, "nothing", &at), 1);
        assert_int_equal(agrees(&fx, 0, "", &at), 1);
        assert_int_equal(agrees(&fx, 0, "tok_ABCD  tok_BCDE", &at), 0);
        assert_int_equal(at, 10);
        /* a hit behind the match is none of it */
        assert_int_equal(agrees(&fx, 1, "x=abc;", &at), 0);
        assert_int_equal(at, 0);
        assert_int_equal(agrees(&fx, 2, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", &at), 0);
        done(&fx);
}

static void nothing_to_examine_is_well(void **state)
{
        struct ruleset_error error;
        struct secret_probe *probe = NULL;

        (void)state;
        assert_int_equal(secret_probe_new(&probe, NULL, 0, &error), 0);
        assert_int_equal(secret_probe_count(probe, NULL, (const uint8_t *)"x", 1, NULL), 0);
        assert_null(secret_probe_free(probe));
        assert_null(secret_probe_free(NULL));
}

static void an_expression_that_libhs_refuses_names_its_rule(void **state)
{
        static const char pack[] = "rules:\n" RULE("bad", "regex: 'a(?=b)'");
        struct ruleset_error error = {0};
        struct ruleset *rules = NULL;
        struct secret_probe *probe = NULL;

        (void)state;
        assert_int_equal(ruleset_new(&rules), 0);
        assert_int_equal(ruleset_add(rules, "pack", pack, strlen(pack), &error), 0);
        const struct rule *rule = ruleset_at(rules, 0);
        assert_int_equal(secret_probe_new(&probe, &rule, 1, &error), -EBADMSG);
        assert_non_null(strstr(error.message, "bad"));
        assert_null(probe);
        (void)ruleset_free(rules);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hits_and_matches_are_counted_by_rule),
                cmocka_unit_test(a_match_without_a_hit_is_told),
                cmocka_unit_test(nothing_to_examine_is_well),
                cmocka_unit_test(an_expression_that_libhs_refuses_names_its_rule),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
