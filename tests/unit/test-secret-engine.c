/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The pattern engine by itself: what is confirmed, what is judged, what is shown.
 */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/secrets/checksum.h"
#include "detectors/secrets/judge.h"
#include "detectors/secrets/name.h"
#include "detectors/secrets/placeholder.h"
#include "detectors/secrets/secrets.h"
#include "tests/unit/test.h"

#define RULE(id, pattern)                                                           \
        "  - id: " id "\n    title: t\n    class: github-pat\n    severity: high\n" \
        "    confidence: high\n    remediation: r\n    pattern: " pattern "\n"

struct found {
        struct secret_match list[64];
        size_t n;
};

static int keep(void *userdata, const struct secret_match *m)
{
        struct found *f = userdata;

        assert_true(f->n < ELEMENTSOF(f->list));
        f->list[f->n++] = *m;
        return 0;
}

static struct ruleset *rules_of(const char *pack)
{
        struct ruleset *rules = NULL;
        struct ruleset_error error;

        assert_int_equal(ruleset_new(&rules), 0);
        if (ruleset_add(rules, "p", pack, strlen(pack), &error) < 0)
                fail_msg("%u: %s", error.line, error.message);
        return rules;
}

static bool scan_text(const char *pack, unsigned per_rule, const char *path,
                      const struct secret_text *text, struct found *f)
{
        struct ruleset *rules = rules_of(pack);
        struct secret_engine *e = NULL;
        struct ruleset_error error;
        bool capped = false;

        if (secret_engine_new(&e, rules, per_rule, NULL, &error) < 0)
                fail_msg("%s", error.message);
        f->n = 0;
        secret_engine_begin(e);
        assert_int_equal(secret_engine_scan(e, path, ARTEFACT_NONE, text, keep, f, &capped), 0);
        (void)secret_engine_free(e);
        /* rules of matches are gone, positions stay */
        (void)ruleset_free(rules);
        return capped;
}

static bool scan_with(const char *pack, unsigned per_rule, const char *path, const char *text,
                      struct found *f)
{
        const struct secret_text all = {(const uint8_t *)text, strlen(text), false};

        return scan_text(pack, per_rule, path, &all, f);
}

/* The first byte stands before the place that matters: there no text begins, and a line only if
 * that byte ends one. */
static void a_text_that_goes_on_has_no_beginning(void **state)
{
        const char *begin = "rules:\n" RULE("a", "{regex: '\\Ak_([a-z]{4,8})'}");
        const char *either = "rules:\n" RULE("a", "{regex: '(?:\\A|;)k_([a-z]{4,8})'}");
        const char *line = "rules:\n" RULE("a", "{regex: '(?m)^k_([a-z]{4,8})'}");
        const char *word = "rules:\n" RULE("a", "{regex: '\\bk_([a-z]{4,8})'}");
        const struct {
                const char *pack, *text;
                unsigned first, later; /* matches */
        } cases[] = {
                {begin, "k_qwertz k_qwertz", 1, 0},
                {begin, "\nk_qwertz", 0, 0},
                {either, "k_qwertz;k_asdfgh", 2, 1},
                {line, "k_qwertz\nk_asdfgh", 2, 1},
                {line, "\nk_qwertz\nk_asdfgh", 2, 2},
                {line, "-k_qwertz\nk_asdfgh", 1, 1},
                {word, "xk_qwertz", 0, 0},
                {word, " k_qwertz", 1, 1},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct secret_text text = {(const uint8_t *)cases[i].text, strlen(cases[i].text),
                                           false};
                struct found f;

                (void)scan_text(cases[i].pack, 100, "x", &text, &f);
                assert_int_equal(f.n, cases[i].first);
                text.continued = true;
                (void)scan_text(cases[i].pack, 100, "x", &text, &f);
                assert_int_equal(f.n, cases[i].later);
        }
}

static void every_match_of_a_rule_is_confirmed_once(void **state)
{
        struct found f;

        (void)state;
        assert_false(scan_with("rules:\n" RULE("a", "{regex: 'k_([a-z]{4,8})'}"), 100, "x",
                               "k_qwertz k_asdfgh k_yxcvbn\nk_uiopqw", &f));
        assert_int_equal(f.n, 4);
        assert_int_equal(f.list[0].start, 0);
        assert_int_equal(f.list[0].end, 8);
        assert_int_equal(f.list[0].secret_start, 2);
        assert_int_equal(f.list[3].secret_end, 35);
}

static void stored_patterns_serve_the_same_rules_and_no_others(void **state)
{
        struct ruleset *rules = rules_of("rules:\n" RULE("a", "{regex: 'k_([a-z]{4,8})'}"));
        struct ruleset *others = rules_of("rules:\n" RULE("a", "{regex: 'x_([a-z]{4,8})'}"));
        struct secret_engine *e = NULL, *again = NULL;
        struct ruleset_error error = {0};
        struct found f = {.n = 0};
        bool capped = false;
        void *bytes;
        size_t n;

        (void)state;
        assert_int_equal(secret_engine_new(&e, rules, 100, NULL, &error), 0);
        assert_int_equal(secret_engine_patterns(e, &bytes, &n), 0);
        (void)secret_engine_free(e);
        const struct secret_patterns stored = {bytes, n};
        assert_int_equal(secret_engine_new(&again, rules, 100, &stored, &error), 0);
        secret_engine_begin(again);
        const struct secret_text text = {(const uint8_t *)"k_qwertz", 8, false};
        assert_int_equal(secret_engine_scan(again, "x", ARTEFACT_NONE, &text, keep, &f, &capped),
                         0);
        assert_int_equal(f.n, 1);
        (void)secret_engine_free(again);
        assert_int_equal(secret_engine_new(&again, others, 100, &stored, &error), -ESTALE);
        assert_string_equal(error.message, "");
        /* whatever is damaged, nothing is made of it */
        for (size_t i = 0; i < n; i += i < 200 ? 1 : 97) {
                ((uint8_t *)bytes)[i] ^= 0x55;
                int k = secret_engine_new(&again, rules, 100, &stored, &error);
                /* (four bytes of the header mean nothing) */
                assert_true(k == -ESTALE || k == -EBADMSG || (k == 0 && i >= 12 && i < 16));
                if (k == 0)
                        (void)secret_engine_free(again);
                ((uint8_t *)bytes)[i] ^= 0x55;
        }
        for (size_t cut = 0; cut < n; cut += 61) {
                const struct secret_patterns part = {bytes, cut};
                assert_int_equal(secret_engine_new(&again, rules, 100, &part, &error), -EBADMSG);
        }
        free(bytes);
        (void)ruleset_free(rules);
        (void)ruleset_free(others);
}

/* "key: api_key = …": what follows the first name is not a value, and begins the second name. */
static void a_rejected_match_may_begin_another(void **state)
{
        struct found f;

        (void)state;
        (void)scan_with("rules:\n" RULE("a",
                                        "{regex: '(?:key|app)[a-z_]{0,9}(?:: |=)([a-z0-9_]+)', "
                                        "anchor: '(?:key|app)[a-z_]{0,9}(?:: |=)[a-z0-9_]{6}', "
                                        "validator: generic}"),
                        100, "x.py", "# key: app_key=q7w2e9r4t1z6u3i8o5p0a7s2", &f);
        assert_int_equal(f.n, 1);
        assert_int_equal(f.list[0].secret_start, 15);
}

static void a_generic_value_ends_at_a_zero_byte(void **state)
{
        static const char text[] = "password: \0Removing8 user\0db_password=q7W2e9R4t1\0HOME=/x\0";
        const char *pack =
                "rules:\n" RULE("a", "{regex: 'password[:=] ?([^ ]{4,})', validator: generic}");
        struct ruleset *rules = rules_of(pack);
        struct secret_engine *e = NULL;
        struct ruleset_error error;
        struct found f = {.n = 0};
        bool capped = false;

        (void)state;
        assert_int_equal(secret_engine_new(&e, rules, 100, NULL, &error), 0);
        secret_engine_begin(e);
        const struct secret_text all = {(const uint8_t *)text, sizeof(text), false};
        assert_int_equal(secret_engine_scan(e, "x", ARTEFACT_NONE, &all, keep, &f, &capped), 0);
        (void)secret_engine_free(e);
        (void)ruleset_free(rules);
        assert_int_equal(f.n, 1);
        assert_int_equal(f.list[0].secret_end - f.list[0].secret_start, strlen("q7W2e9R4t1"));
}

static void the_anchor_may_stand_anywhere_in_the_match(void **state)
{
        struct found f;

        (void)state;
        (void)scan_with("rules:\n" RULE("a", "{regex: '[a-z]{6}MARK[a-z]{6}(?!x)', anchor: MARK}"),
                        100, "x", "..qwertzMARKasdfgh.. MARK qwertzMARKasdfghx", &f);
        assert_int_equal(f.n, 1);
        assert_int_equal(f.list[0].start, 2);
        assert_int_equal(f.list[0].end, 18);
}

static void a_match_longer_than_the_window_is_whole(void **state)
{
        struct found f;
        static char text[9000];

        (void)state;
        memset(text, 'a', sizeof(text) - 1);
        for (size_t i = 0; i < sizeof(text) - 1; i++)
                text[i] = (char)('a' + i * 7 % 26);
        memcpy(text, "BEGIN:", 6);
        (void)scan_with(
                "rules:\n" RULE("a", "{regex: 'BEGIN:[a-z]+', anchor: 'BEGIN:', window: 64}"), 100,
                "x", text, &f);
        assert_int_equal(f.n, 1);
        assert_int_equal(f.list[0].end, sizeof(text) - 1);
}

static void confirmations_are_capped_and_it_is_said(void **state)
{
        struct found f;

        (void)state;
        assert_true(scan_with("rules:\n" RULE("a", "{regex: 'k_[a-z]{4}'}"), 2, "x",
                              "k_qwer k_asdf k_yxcv k_uiop", &f));
        assert_int_equal(f.n, 2);
        assert_false(scan_with("rules:\n" RULE("a", "{regex: 'k_[a-z]{4}'}"), 4, "x",
                               "k_qwer k_asdf k_yxcv k_uiop", &f));
        assert_int_equal(f.n, 4);
}

static void a_long_run_of_hits_costs_little_and_hides_nothing(void **state)
{
        static const char letters[] = "qW3eR7tY2uI9oP4aS6dF1gH8jK5lZ0xC";
        static char text[200000];
        size_t end = sizeof(text) - 200;
        struct found f;

        (void)state;
        memset(text, 'A', sizeof(text) - 1);
        text[end] = ' ';
        for (size_t i = end + 21; i < sizeof(text) - 1; i++)
                text[i] = letters[i * 7 % (sizeof(letters) - 1)];
        assert_false(scan_with(
                "rules:\n" RULE("a", "{regex: '\\b(A{20}[A-Za-z0-9]{60,120})', "
                                     "anchor: 'A{20}[A-Za-z0-9]{40}', window: 1024, entropy: 3}"),
                2, "x", text, &f));
        assert_int_equal(f.n, 1);
        assert_int_equal(f.list[0].start, end + 1);
}

static void a_rule_for_paths_looks_only_there(void **state)
{
        struct found f;
        const char *pack =
                "rules:\n  - id: a\n    title: t\n    class: jwt\n    severity: low\n"
                "    remediation: r\n    paths: ['.npmrc']\n    pattern: {regex: 'k_[a-z]{4}'}\n";

        (void)state;
        (void)scan_with(pack, 9, "dir/.npmrc", "k_qwer", &f);
        assert_int_equal(f.n, 1);
        (void)scan_with(pack, 9, "dir/npmrc.txt", "k_qwer", &f);
        assert_int_equal(f.n, 0);
}

static void entropy_and_stop_words_gate(void **state)
{
        struct found f;

        (void)state;
        (void)scan_with("rules:\n" RULE("a", "{regex: 'k_([a-z]{8})', entropy: 2.5, stop: [foo]}"),
                        9, "x", "k_abababab k_qwertzui k_qFOOtzui k_qwfooyui", &f);
        assert_int_equal(f.n, 1);
        assert_int_equal(f.list[0].secret_start, 13);
}

static void a_bad_expression_is_named(void **state)
{
        static const struct {
                const char *pack, *says;
        } cases[] = {
                {"rules:\n" RULE("broken", "{regex: 'a(b'}"), "broken"},
                {"rules:\n" RULE("looks-back", "{regex: '(?<!x)abcd'}"), "anchor"},
                {"rules:\n" RULE("unknown", "{regex: abcd, validator: none-such}"), "validator"},
                {"rules:\n" RULE("unknown", "{regex: abcd, checksum: none-such}"), "checksum"},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct ruleset *rules = rules_of(cases[i].pack);
                struct secret_engine *e = NULL;
                struct ruleset_error error = {0};

                assert_int_equal(secret_engine_new(&e, rules, 9, NULL, &error), -EBADMSG);
                if (!strstr(error.message, cases[i].says) || error.line != 2)
                        fail_msg("%u: %s", error.line, error.message);
                assert_null(e);
                (void)ruleset_free(rules);
        }
}

static void checksums_tell_right_from_wrong(void **state)
{
        char token[64] = "ghp_0123456789ABCDEFGHIJabcdefghij";

        (void)state;
        /* the CRC-32 of the 30 characters in base62, worked out with another program */
        const char *right = "4Us3aw";
        memcpy(token + 34, right, 7);
        int with = checksum_github(token, 40);
        token[39] = token[39] == 'A' ? 'B' : 'A';
        assert_int_equal(checksum_github(token, 40), 0);
        assert_int_equal(with, 1);
        assert_int_equal(checksum_github("ghp_short", 9), -1);
        assert_int_equal(checksum_github("nounderscore", 12), -1);
        assert_int_equal(checksum_luhn("79927398713", 11), 1);
        assert_int_equal(checksum_luhn("79927398714", 11), 0);
        assert_int_equal(checksum_luhn("7992a", 5), -1);
        assert_int_equal(checksum_base32("AKIAQRSTUVWXYZ234567", 20), 1);
        assert_int_equal(checksum_base32("AKIAQRSTUVWXYZ234518", 20), 0);
}

static bool stands_in(const char *s)
{
        return placeholder((const uint8_t *)s, strlen(s));
}

static void references_are_no_secrets_and_odd_passwords_are(void **state)
{
        static const char *const references[] = {"${TOKEN}", "x-${TOKEN:-y}", "{{ .Values.a }}",
                                                 "$TOKEN",   "%TOKEN%",       "<your token>",
                                                 "#{token}", "$(cat file)",   "<%= @t %>",
                                                 "{{h}}",    "__TOKEN__"};
        static const char *const secrets[] = {"m{{h}o)p${e]no", "$ecr3t!word", "a$b%c^d&e",
                                              "p#{x]y", "Tr0ub4dor&3"};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(references); i++)
                if (!stands_in(references[i]))
                        fail_msg("%s", references[i]);
        for (size_t i = 0; i < ELEMENTSOF(secrets); i++)
                if (stands_in(secrets[i]))
                        fail_msg("%s", secrets[i]);
        assert_true(stands_in("xxxxxxxxxxxxxxxx"));
        assert_true(stands_in("00000000-0000-0000-0000-000000000000"));
        assert_true(stands_in("changeme"));
        assert_true(stands_in("AKIAIOSFODNN7EXAMPLE"));
}

static enum name_kind kind_of(const char *s)
{
        return name_kind((const uint8_t *)s, strlen(s));
}

static void names_are_read_to_their_end(void **state)
{
        static const char *const tokens[] = {"API_TOKEN",    "clientSecret", "x.auth.token",
                                             "stripeApiKey", "signing_key",  "githubtoken",
                                             "TOKEN_PROD",   "api-key-2"};
        static const char *const others[] = {"token_type", "secretName",   "keyboard",
                                             "page_token", "public_key",   "key_length",
                                             "tokenizer",  "next-token",   "password_policy",
                                             "authors",    "passwordField"};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(tokens); i++)
                if (kind_of(tokens[i]) != NAME_TOKEN)
                        fail_msg("%s", tokens[i]);
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                if (kind_of(others[i]) != NAME_OTHER)
                        fail_msg("%s", others[i]);
        assert_int_equal(kind_of("DB_PASSWORD"), NAME_PASSWORD);
        assert_int_equal(kind_of("spring.datasource.password"), NAME_PASSWORD);
        assert_int_equal(kind_of("userPwd"), NAME_PASSWORD);
        assert_int_equal(kind_of("beamer_key"), NAME_WEAK_KEY);
}

static void only_the_prescribed_beginning_is_shown(void **state)
{
        struct ruleset *rules =
                rules_of("rules:\n" RULE("a", "{regex: '\\b(ghp_[A-Za-z0-9]{36})\\b'}")
                                 RULE("b", "{regex: 'x=([a-z0-9]{20})'}")
                                         RULE("c", "{regex: '(abcdefgh[0-9]+)'}")
                                                 RULE("d", "{regex: '(ab|cd)x'}"));
        char shown[128];

        (void)state;
        secret_redact(ruleset_find(rules, "a"),
                      (const uint8_t *)"ghp_0123456789012345678901234567890", 35, shown,
                      sizeof(shown));
        assert_string_equal(shown, "ghp_… (35 characters)");
        secret_redact(ruleset_find(rules, "b"), (const uint8_t *)"abcdefghij0123456789", 20, shown,
                      sizeof(shown));
        assert_string_equal(shown, "… (20 characters)");
        secret_redact(ruleset_find(rules, "c"), (const uint8_t *)"abcdefgh1234", 12, shown,
                      sizeof(shown));
        assert_string_equal(shown, "abc… (12 characters)");
        secret_redact(ruleset_find(rules, "d"), (const uint8_t *)"abx", 3, shown, sizeof(shown));
        assert_string_equal(shown, "… (3 characters)");
        (void)ruleset_free(rules);
}

static void a_text_is_scrubbed(void **state)
{
        struct ruleset *rules = rules_of("rules:\n" RULE("a", "{regex: 'k_([a-z]{8})'}"));
        struct secret_engine *e = NULL;
        struct ruleset_error error;
        char text[64];

        (void)state;
        assert_int_equal(secret_engine_new(&e, rules, 9, NULL, &error), 0);
        assert_int_equal(secret_scrub(e, "curl -u k_qwertzui x", text, sizeof(text)), 0);
        assert_string_equal(text, "curl -u k_[redacted] x");
        assert_int_equal(secret_scrub(e, "nothing here", text, sizeof(text)), 0);
        assert_string_equal(text, "nothing here");
        assert_int_equal(secret_scrub(e, "a k_qwertzui", text, 8), 0);
        assert_null(strstr(text, "qwer"));
        (void)secret_engine_free(e);
        (void)ruleset_free(rules);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_text_that_goes_on_has_no_beginning),
                cmocka_unit_test(every_match_of_a_rule_is_confirmed_once),
                cmocka_unit_test(stored_patterns_serve_the_same_rules_and_no_others),
                cmocka_unit_test(a_rejected_match_may_begin_another),
                cmocka_unit_test(a_generic_value_ends_at_a_zero_byte),
                cmocka_unit_test(the_anchor_may_stand_anywhere_in_the_match),
                cmocka_unit_test(a_match_longer_than_the_window_is_whole),
                cmocka_unit_test(confirmations_are_capped_and_it_is_said),
                cmocka_unit_test(a_long_run_of_hits_costs_little_and_hides_nothing),
                cmocka_unit_test(a_rule_for_paths_looks_only_there),
                cmocka_unit_test(entropy_and_stop_words_gate),
                cmocka_unit_test(a_bad_expression_is_named),
                cmocka_unit_test(checksums_tell_right_from_wrong),
                cmocka_unit_test(references_are_no_secrets_and_odd_passwords_are),
                cmocka_unit_test(names_are_read_to_their_end),
                cmocka_unit_test(only_the_prescribed_beginning_is_shown),
                cmocka_unit_test(a_text_is_scrubbed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
