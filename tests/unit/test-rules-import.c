/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl rules import: expressions, paths and allowlists as ours, and what is said of the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "daemon/ctl/rules-import.h"
#include "detectors/detect.h"
#include "tests/unit/test.h"

/* The expression for PCRE2; freed by the caller. */
static char *carried(const char *go, unsigned secret, struct rules_import_regex *ret)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        char *text = NULL;

        rules_import_regex(go, secret, &b, ret);
        assert_int_equal(buffer_take(&b, &text), 0);
        return text;
}

static void expressions_are_spelled_for_pcre2(void **state)
{
        static const struct {
                const char *go, *ours;
                unsigned secret;
        } cases[] = {
                {"a(b)(?P<c>d)(?<e>f)", "a(b)(?:d)(?:f)", 0},
                {"a(b)(?P<c>d)(?<e>f)", "a(?:b)(d)(?:f)", 2},
                {"(?i:a)(?P<c>d)(?:e)", "(?i:a)(d)(?:e)", 0},
                {"\\Qa.b*\\E+", "a\\.b\\*+", 0},
                {"\\x41\\x{42}\\103\\v\\z", "\\x41\\x42\\x43\\x0b\\z", 0},
                {"a{2}b{,3}c{2,}{d}", "a{2}b\\{,3}c{2,}\\{d}", 0},
                {"[]a(b)[:alpha:]{]+", "[]a(b)[:alpha:]{]+", 0},
                {"[^](\\x2d]([x[])", "[^](\\x2d]([x\\[])", 0},
                {"\xc3\xa9+\\x{20ac}", "(?:\xc3\xa9)+(?:\\xe2\\x82\\xac)", 0},
                {"\\(\\)(a)", "\\(\\)(a)", 0},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct rules_import_regex told;
                _cleanup_free_ char *text = carried(cases[i].go, cases[i].secret, &told);

                assert_null(told.error);
                assert_string_equal(text, cases[i].ours);
        }
}

static void what_cannot_be_carried_is_said(void **state)
{
        static const char *const bad[] = {"a\\C", "[\\x{e9}]", "a\\", "[abc", "(?P<name"};
        struct rules_import_regex told;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                free(carried(bad[i], 0, &told));
                assert_non_null(told.error);
        }
        free(carried("(a)", 2, &told));
        assert_non_null(told.error);
        free(carried("(a)[\xc3\xa9]\\pL", 1, &told));
        assert_null(told.error);
        assert_true(told.bytes && told.properties);
        assert_int_equal(told.groups, 1);
}

static void expect_texts(const struct texts *t, const char *joined)
{
        char text[512] = "";

        for (size_t i = 0; i < t->n; i++) {
                size_t n = strlen(text);
                (void)snprintf(text + n, sizeof(text) - n, "%s ", t->list[i]);
        }
        assert_string_equal(text, joined);
}

static void paths_become_globs_or_nothing(void **state)
{
        static const struct {
                const char *go, *globs; /* NULL: none says it */
        } cases[] = {
                {"\\.tf$", "*.tf "},
                {"(?i)\\.(?:tf|tfvars)$", "*.tf *.tfvars "},
                {"(^|/)config\\.json$", "config.json "},
                {"^src/.*\\.go$", "src/**.go "},
                {"(?:^|/)testdata/", "testdata/** "},
                {"a[0-9]+$", NULL},
                {"(a|b)+$", NULL},
                {"(?:[^/]+/){3}x$", NULL},
                {"what\\?", "*what\\?** "},
                {"(unended", NULL},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct texts globs = {0};

                assert_int_equal(rules_import_globs(cases[i].go, &globs), cases[i].globs != NULL);
                if (cases[i].globs)
                        expect_texts(&globs, cases[i].globs);
                texts_done(&globs);
        }
}

static void texts_of_allowlists_are_stop_words(void **state)
{
        static const struct {
                const char *go, *words;
        } cases[] = {
                {"EXAMPLE", "EXAMPLE "},
                {"(?i)(?:foo|b\\.r)", "foo b.r "},
                {".*sample.*", "sample "},
                {"^x$", NULL},
                {"a|b+", NULL},
                {"", NULL},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct texts words = {0};

                assert_int_equal(rules_import_literals(cases[i].go, &words),
                                 cases[i].words != NULL);
                expect_texts(&words, cases[i].words ? cases[i].words : "");
                texts_done(&words);
        }
}

/* --- whole files ---- */

struct imported {
        struct buffer pack, notes;
        struct rules_import_count count;
        struct ruleset *rules;
        struct detector *detector;
        struct scan_result *result;
};

static void import(struct imported *im, const char *toml)
{
        const struct detector_options options = {0};
        struct rules_import_error error;
        struct ruleset_error wrong = {0};

        if (rules_import_convert("x.toml", toml, strlen(toml), &im->pack, &im->notes, &im->count,
                                 &error) < 0)
                fail_msg("%u: %s", error.line, error.message);
        assert_int_equal(ruleset_new(&im->rules), 0);
        if (ruleset_add(im->rules, "pack", im->pack.data, im->pack.len, &wrong) < 0)
                fail_msg("%u: %s\n%s", wrong.line, wrong.message, im->pack.data);
        if (detector_new(&im->detector, im->rules, &options, &wrong) < 0)
                fail_msg("%s", wrong.message);
        im->result = calloc(1, sizeof(*im->result));
        assert_non_null(im->result);
}

static void imported_done(struct imported *im)
{
        buffer_done(&im->pack);
        buffer_done(&im->notes);
        (void)detector_free(im->detector);
        (void)ruleset_free(im->rules);
        free(im->result);
}

static unsigned findings(struct imported *im, const char *path, const char *text)
{
        detector_scan(im->detector, path, 0100644, (const uint8_t *)text, strlen(text), im->result);
        return im->result->n_findings;
}

#define EXAMPLE                                                             \
        "[allowlist]\nstopwords = ['dummyword']\n"                          \
        "[[rules]]\nid = \"Acme_Token\"\ndescription = \"Acme's: token\"\n" \
        "regex = '''(?i)(?P<kind>acme|akme)_(?P<value>[a-z0-9]{24})'''\n"   \
        "secretGroup = 2\nentropy = 3.2\nkeywords = ['acme', 'akme']\n"     \
        "path = '''\\.conf$'''\n"                                           \
        "[[rules.allowlists]]\nregexes = ['''q7q7''']\n"                    \
        "[[rules]]\nid = 'acme token'\nregex = '''(?U)boreal[0-9]{8}'''\n"  \
        "keywords = ['boreal']\n"                                           \
        "[[rules]]\nid = 'file'\npath = '''\\.pfx$'''\n"

static void an_imported_pack_finds_what_it_should(void **state)
{
        struct imported im = {0};

        (void)state;
        import(&im, EXAMPLE);
        assert_int_equal(im.count.rules, 3);
        assert_int_equal(im.count.imported, 2);
        const struct rule *r = ruleset_find(im.rules, "gitleaks-acme-token");
        assert_non_null(r);
        assert_string_equal(r->title, "Acme's: token");
        /* of two that would be called alike, one gets a number; libhs does not take its expression
         */
        r = ruleset_find(im.rules, "gitleaks-acme-token-2");
        assert_non_null(r);
        assert_string_equal(r->pattern.anchor, "(?i)(?:boreal)");
        assert_non_null(strstr(im.notes.data, "file: the rule is not carried over"));

        assert_int_equal(findings(&im, "a.conf", "x = acme_k3v9d82jf0s7a6h5g4b1n2m8\n"), 1);
        assert_int_equal(im.result->findings[0].length, 24);
        assert_int_equal(findings(&im, "a.c", "x = acme_k3v9d82jf0s7a6h5g4b1n2m8\n"), 0);
        assert_int_equal(findings(&im, "a.conf", "x = acme_aaaaaaaaaaaaaaaaaaaaaaaa\n"), 0);
        assert_int_equal(findings(&im, "a.conf", "x = acme_k3v9d82jq7q7a6h5g4b1n2m8\n"), 0);
        assert_int_equal(findings(&im, "a.conf", "x = acme_k3v9ddummyword5g4b1n2m8z\n"), 0);
        assert_int_equal(findings(&im, "a.c", "boreal48151623\n"), 1);
        imported_done(&im);
}

static void what_is_no_gitleaks_file_is_refused(void **state)
{
        static const char *const bad[] = {"a: b\n", "title = \"x\"\n", "", "[[rules]]\nid = \"x"};
        struct rules_import_count count;
        struct rules_import_error error;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_buffer_ struct buffer pack = BUFFER_NULL, notes = BUFFER_NULL;

                assert_int_equal(rules_import_convert("x", bad[i], strlen(bad[i]), &pack, &notes,
                                                      &count, &error),
                                 -EBADMSG);
                assert_true(error.message[0] != '\0');
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(expressions_are_spelled_for_pcre2),
                cmocka_unit_test(what_cannot_be_carried_is_said),
                cmocka_unit_test(paths_become_globs_or_nothing),
                cmocka_unit_test(texts_of_allowlists_are_stop_words),
                cmocka_unit_test(an_imported_pack_finds_what_it_should),
                cmocka_unit_test(what_is_no_gitleaks_file_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
