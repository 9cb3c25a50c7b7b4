/* SPDX-FileCopyrightText: giad maintainers */

/* The call matcher: its tests in three values, where findings are put, and what they do not say. */

#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/format.h"
#include "detectors/privilege/call-test.h"
#include "detectors/privilege/matchers.h"
#include "detectors/privilege/reporter.h"
#include "detectors/source/lexer.h"
#include "tests/unit/test.h"

/* report.c asks for it only on behalf of analysers. */
const struct rule_check *ruleset_checks(const struct ruleset *rs, size_t *ret_n)
{
        (void)rs;
        *ret_n = 0;
        return NULL;
}

static const struct rule rule = {
        .id = "test", .title = "test", .class = CLASS_COOKIE_INSECURE, .severity = SEVERITY_HIGH};
static const uint8_t key[32] = {7};
static struct scan_result result;

static int matcher(struct call_match **ret, const char *config, struct ruleset_error *error)
{
        struct doc_error doc_error = {0};
        struct doc *doc = NULL;

        assert_int_equal(doc_new(&doc, &DOC_LIMITS_DEFAULT), 0);
        assert_int_equal(format_by_name("yaml")->parse(doc, config, strlen(config), &doc_error), 0);
        int r = call_match_new(ret, doc_root(doc), error);
        (void)doc_free(doc);
        return r;
}

/* Runs the matcher over a file of that name; what it finds is in `result`. */
static unsigned run(const char *config, const char *path, const char *text)
{
        struct ruleset_error error = {0};
        struct call_match *m = NULL;
        struct lexer *l = NULL;
        struct reporter reporter;

        memset(&result, 0, sizeof(result));
        if (matcher(&m, config, &error) < 0)
                fail_msg("%u:%u: %s", error.line, error.column, error.message);
        assert_int_equal(lexer_read(&l, lexer_language(path), text, strlen(text), NULL), 0);
        struct subject subject = {
                .path = path, .data = text, .size = strlen(text), .source = lexer_source(l)};
        reporter_init(&reporter, &result, NULL, &subject, key);
        call_match_run(m, &rule, &subject, &reporter);
        reporter_done(&reporter);
        (void)lexer_free(l);
        (void)call_match_free(m);
        return result.n_findings;
}

/* What one test says of the call f(…) in Python: 'y', 'u' or 'n'. */
static char says(const char *where, const char *text)
{
        char config[512];

        (void)snprintf(config, sizeof(config), "{callee: f, where: [%s]}", where);
        if (run(config, "a.py", text) == 0)
                return 'n';
        return result.findings[0].certainty == CERTAINTY_YES ? 'y' : 'u';
}

static void arguments_are_found_by_name_index_and_path(void **state)
{
        (void)state;
        assert_int_equal(says("{arg: a, equals: x}", "f(a='X')"), 'y');
        assert_int_equal(says("{arg: 1, equals: x}", "f(1, 'x')"), 'y');
        assert_int_equal(says("{arg: o.p, equals: x}", "f(o={'p': 'x'})"), 'y');
        assert_int_equal(says("{arg: 0.o.p, equals: x}", "f({'o': {'p': 'x'}})"), 'y');
        assert_int_equal(says("{arg: p, equals: x}", "f({'p': 'x'})"), 'y');
        assert_int_equal(says("{arg: [a, 0], equals: x}", "f('x')"), 'y');
        assert_int_equal(says("{arg: a, equals: [y, null]}", "f(a=None)"), 'y');
        assert_int_equal(says("{arg: 1, equals: x}", "f('x')"), 'n');
}

static void absence_is_unknown_where_something_is_spread(void **state)
{
        (void)state;
        assert_int_equal(says("{arg: a, absent: true}", "f(b=1)"), 'y');
        assert_int_equal(says("{arg: a, absent: true}", "f(a=None)"), 'y');
        assert_int_equal(says("{arg: a, absent: true}", "f(a=1)"), 'n');
        assert_int_equal(says("{arg: a, absent: true}", "f(**kw)"), 'u');
        assert_int_equal(says("{arg: a, absent: true}", "f(b=1,"), 'u');
        assert_int_equal(says("{arg: a, absent: true}", "kw = {'a': 1}\nf(**kw)"), 'n');
        assert_int_equal(says("{arg: 1.a, absent: true}", "f(1, opts)"), 'u');
        assert_int_equal(says("{arg: 1.a, absent: true}", "f(1)"), 'y');
        assert_int_equal(says("{arg: a, absent: false}", "f(a=x)"), 'y');
}

static void what_is_not_constant_is_unknown(void **state)
{
        (void)state;
        assert_int_equal(says("{arg: a, truth: false}", "f(a=DEBUG)"), 'u');
        assert_int_equal(says("{arg: a, truth: false}", "f(a=not DEBUG)"), 'u');
        assert_int_equal(says("{arg: a, truth: false}", "D = False\nf(a=D)"), 'y');
        assert_int_equal(says("{arg: a, truth: false}", "f(a=0)"), 'y');
        assert_int_equal(says("{arg: a, truth: true}", "f(a=None)"), 'n');
        assert_int_equal(says("{arg: a, matches: ^x}", "f(a=name)"), 'u');
        assert_int_equal(says("{arg: a, known: true}", "f(a=name)"), 'n');
        assert_int_equal(run("{callee: f, unknown: skip, where: {arg: a, truth: false}}", "a.py",
                             "f(a=DEBUG)"),
                         0);
}

static void strings_and_fallbacks_are_told_from_names(void **state)
{
        (void)state;
        assert_int_equal(says("{arg: 0, string: true}", "f('x')"), 'y');
        assert_int_equal(says("{arg: 0, string: true}", "f('')"), 'n');
        assert_int_equal(says("{arg: 0, string: true}", "f(x)"), 'n');
        assert_int_equal(says("{arg: 0, string: true}", "f('x'.encode())"), 'y');
        assert_int_equal(says("{arg: 0, string: true, min-length: 3}", "f('xy')"), 'n');
        assert_int_equal(says("{arg: 0, fallback: true}", "f(os.environ.get('A', 'x'))"), 'y');
        assert_int_equal(says("{arg: 0, fallback: true}", "f(os.environ.get('A'))"), 'n');
        assert_int_equal(says("{arg: 0, fallback: true}", "f(env or 'x')"), 'y');
        assert_int_equal(says("{arg: 0, fallback: true}", "f('x')"), 'n');
        assert_int_equal(says("{arg: 0, name-matches: secret}", "f(my_secret)"), 'y');
        assert_int_equal(says("{arg: 0, name-matches: secret}", "f('my_secret')"), 'n');
        assert_int_equal(says("{arg: 0, name-matches: secret}", "f(bytes(secret, 'u'))"), 'y');
}

static void lists_and_keys_are_searched(void **state)
{
        (void)state;
        assert_int_equal(says("{arg: a, contains: none}", "f(a=['HS256', 'None'])"), 'y');
        assert_int_equal(says("{arg: a, contains: none}", "f(a=['HS256'])"), 'n');
        assert_int_equal(says("{arg: a, contains: none}", "f(a=['HS256', X])"), 'u');
        assert_int_equal(says("{arg: a, contains: AllowAny}", "f(a=[AllowAny])"), 'y');
        assert_int_equal(says("{arg: a.1, equals: x}", "f(a=['y', 'x'])"), 'y');
        assert_int_equal(says("{arg: 0, object: true}", "f({'a': 1})"), 'y');
        assert_int_equal(says("{arg: 0, object: true}", "f(opts)"), 'u');
        assert_int_equal(says("{arg: 0, object: true}", "f(time() + 1)"), 'n');
        assert_int_equal(says("{arg: a, contains: none}", "f(a='none')"), 'y');
        assert_int_equal(says("{arg: 0, has-key: '(?i)^pass'}", "f({'a': 1, 'Password': p})"), 'y');
        assert_int_equal(says("{arg: 0, has-key: ^pass}", "f({'a': 1})"), 'n');
        assert_int_equal(says("{arg: 0, has-key: ^pass}", "f(claims)"), 'u');
}

static void nested_tests_combine_three_values(void **state)
{
        (void)state;
        assert_int_equal(
                says("{any: [{arg: a, truth: true}, {arg: b, truth: true}]}", "f(a=x, b=True)"),
                'y');
        assert_int_equal(says("{none: [{arg: a, truth: true}]}", "f(a=x)"), 'u');
        assert_int_equal(
                says("{all: [{arg: a, truth: true}, {arg: b, absent: true}]}", "f(a=True)"), 'y');
}

static bool lasts(const char *path, const char *text, double seconds)
{
        char config[160];

        (void)snprintf(config, sizeof(config),
                       "{callee: f, where: {arg: 0, greater: %.0f, less: %.0f}}", seconds - 1,
                       seconds + 1);
        return run(config, path, text) == 1 && result.findings[0].certainty == CERTAINTY_YES;
}

static void spans_are_read_in_every_language(void **state)
{
        (void)state;
        assert_true(lasts("a.py", "f(timedelta(days=2, hours=1))", 2 * 86400 + 3600));
        assert_true(lasts("a.py", "f(datetime.utcnow() + timedelta(3))", 3 * 86400));
        assert_true(lasts("a.py", "f(time.time() + 60 * 60)", 3600));
        assert_true(lasts("a.py", "H = 3600\nf(int(time.time()) + H * 24)", 86400));
        assert_true(lasts("a.js", "f('7d')", 7 * 86400));
        assert_true(lasts("a.js", "f(Math.floor(Date.now() / 1000) + (60 * 60))", 3600));
        assert_true(lasts(
                "a.go", "package a\nfunc b() { f(time.Now().Add(24 * time.Hour).Unix()) }", 86400));
        assert_true(lasts("a.rb", "f(30.days.from_now)", 30 * 86400));
        assert_true(lasts("a.cs", "class A { void B() { f(DateTime.UtcNow.AddDays(30)); } }",
                          30 * 86400));
        assert_true(lasts("a.java", "class A { void b() { f(Duration.ofHours(5)); } }", 5 * 3600));
        assert_int_equal(says("{arg: 0, greater: 10}", "f(x)"), 'u');
        assert_int_equal(says("{arg: 0, greater: 10}", "f(days * 86400)"), 'u');
        assert_int_equal(says("{arg: 0, greater: 3600, unit: minutes}", "f(120)"), 'y');
}

static void assignments_are_matched_by_target(void **state)
{
        (void)state;
        static const char config[] =
                "{assign: ['*.config.SECRET_KEY', SECRET_KEY], where: {arg: 0, string: true}}";

        assert_int_equal(run(config, "a.py", "app.config['SECRET_KEY'] = 'x'\n"), 1);
        assert_int_equal(result.findings[0].line, 1);
        assert_int_equal(run(config, "a.py", "\nSECRET_KEY = 'x'\n"), 1);
        assert_int_equal(result.findings[0].line, 2);
        assert_int_equal(run(config, "a.py", "SECRET_KEY = os.environ['X']\n"), 0);
        assert_int_equal(run("{assign: return, where: {arg: a.b, truth: false}}", "a.php",
                             "<?php\nreturn ['a' => ['b' => false]];"),
                         1);
}

static void language_shape_and_file_narrow(void **state)
{
        (void)state;
        assert_int_equal(run("{language: [go], callee: f}", "a.py", "f()"), 0);
        assert_int_equal(run("{language: [python], callee: f}", "a.py", "f()"), 1);
        assert_int_equal(run("{callee: f, shape: decorator}", "a.py", "f()\n@f\ndef g(): pass"), 1);
        assert_int_equal(result.findings[0].line, 2);
        assert_int_equal(run("{callee: f, file-matches: import}", "a.py", "f()"), 0);
        assert_int_equal(run("{callee: f, file-not-matches: import}", "a.py", "f()"), 1);
        assert_int_equal(run("{callee: 'a*.c', callee-not-matches: sign}", "a.py", "a.sign().c()"),
                         0);
        assert_int_equal(run("{callee: 'a*.c', callee-not-matches: sign}", "a.py", "a.b().c()"), 1);
}

static void another_call_in_the_function_excuses(void **state)
{
        static const char config[] = "{callee: f, unless-called: ['*.verify', check]}";

        (void)state;
        assert_int_equal(run(config, "a.py", "def a():\n  f(1)\ndef b():\n  x.verify(2)\n  f(3)\n"),
                         1);
        assert_int_equal(result.findings[0].line, 2);
        assert_int_equal(run(config, "a.py", "f(1)\ncheck()\n"), 0);
}

static void finding_is_put_at_the_argument(void **state)
{
        (void)state;
        assert_int_equal(run("{callee: f, at: a}", "a.py", "f(\n  1,\n  a=2)"), 1);
        assert_int_equal(result.findings[0].line, 3);
        assert_int_equal(run("{callee: f, at: b}", "a.py", "f(\n  1,\n  a=2)"), 1);
        assert_int_equal(result.findings[0].line, 1);
        assert_int_equal(result.findings[0].end_line, 3);
}

static void finding_never_says_a_value(void **state)
{
        (void)state;
        assert_int_equal(run("{callee: '*', where: {arg: 0, string: true}}", "a.py",
                             "def g():\n  x['hush hush'].f('topsecret')\n"),
                         1);
        assert_null(strstr(result.findings[0].detail, "topsecret"));
        assert_null(strstr(result.findings[0].detail, "hush hush"));
        assert_non_null(strstr(result.findings[0].detail, "call of f in g"));
}

static void fingerprint_stays_when_lines_move(void **state)
{
        char before[FINDING_FINGERPRINT_MAX];

        (void)state;
        assert_int_equal(run("{callee: f}", "a.py", "f('a')"), 1);
        memcpy(before, result.findings[0].fingerprint, sizeof(before));
        assert_int_equal(run("{callee: f}", "a.py", "\n\nf('a')"), 1);
        assert_string_equal(result.findings[0].fingerprint, before);
        assert_int_equal(run("{callee: f}", "a.py", "f('b')"), 1);
        assert_string_not_equal(result.findings[0].fingerprint, before);
}

static void bad_rules_are_refused_with_their_place(void **state)
{
        static const char *const bad[] = {
                "a",
                "{where: []}",
                "{callee: f, assign: g}",
                "{callee: f, languages: go}",
                "{callee: f, language: cobol}",
                "{callee: f, where: {arg: a}}",
                "{callee: f, where: {equals: a}}",
                "{callee: f, where: {arg: a, equal: b}}",
                "{callee: f, where: {arg: a, matches: '('}}",
                "{callee: f, where: {arg: a, absent: maybe}}",
                "{callee: f, where: {arg: a, absent: true, equals: b}}",
                "{callee: f, where: {arg: a, greater: x}}",
                "{callee: f, unknown: never}",
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                struct ruleset_error error = {0};
                struct call_match *m = NULL;
                if (matcher(&m, bad[i], &error) != -EBADMSG)
                        fail_msg("%s was taken", bad[i]);
                assert_int_equal(error.line, 1);
                assert_true(error.message[0] != '\0');
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(arguments_are_found_by_name_index_and_path),
                cmocka_unit_test(absence_is_unknown_where_something_is_spread),
                cmocka_unit_test(what_is_not_constant_is_unknown),
                cmocka_unit_test(strings_and_fallbacks_are_told_from_names),
                cmocka_unit_test(lists_and_keys_are_searched),
                cmocka_unit_test(nested_tests_combine_three_values),
                cmocka_unit_test(spans_are_read_in_every_language),
                cmocka_unit_test(assignments_are_matched_by_target),
                cmocka_unit_test(language_shape_and_file_narrow),
                cmocka_unit_test(another_call_in_the_function_excuses),
                cmocka_unit_test(finding_is_put_at_the_argument),
                cmocka_unit_test(finding_never_says_a_value),
                cmocka_unit_test(fingerprint_stays_when_lines_move),
                cmocka_unit_test(bad_rules_are_refused_with_their_place),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
