/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Which text a rule sees: lines with ends of several kinds, UTF-16 once and not twice, the
 * beginning of the file and not of what is looked at on its way.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/detect.h"
#include "tests/unit/test.h"

#define RULE(id, pattern)                                                                        \
        "  - id: " id "\n    title: t\n    class: github-pat\n    severity: high\n"              \
        "    confidence: high\n    remediation: r\n    pattern: {validator: any, window: 4096, " \
        "regex: '" pattern "'}\n"

static const char pack[] = "rules:\n" RULE("line", "(?m)^\\S{1,20} \\S{1,20} ([^\\s\"]{8,40})\\r?$")
        RULE("head", "\\A([a-z/]{20,2000})\\z") RULE("first", "\\A[^;]{1,3000};first=([A-Z]{8})")
                RULE("whole", "\\Awhole=([A-Z]{8})") RULE("long", "go=([a-z/\\\\]{600,2000});")
                        RULE("part", "go=([a-z/]{20,400})") RULE("loose", "pwd=([^{}; ]{6,60})")
                                RULE("number", "number[^:]{1,4}?([0-9]{3,9}:[A-Z]{8})")
                                        RULE("braced", "pwd=[{]([^{}]{6,60})[}]");

struct fixture {
        struct ruleset *rules;
        struct detector *detector;
        struct scan_result *res;
        struct buffer text;
};

static int set_up(void **state)
{
        static struct fixture fx;
        struct ruleset_error error;
        struct detector_options options = {.parse_max = 1 << 20};

        fx = (struct fixture){.text.max = (size_t)8 << 20};
        assert_int_equal(ruleset_new(&fx.rules), 0);
        if (ruleset_add(fx.rules, "p", pack, strlen(pack), &error) < 0)
                fail_msg("%u: %s", error.line, error.message);
        if (detector_new(&fx.detector, fx.rules, &options, &error) < 0)
                fail_msg("%s", error.message);
        fx.res = calloc(1, sizeof(*fx.res));
        assert_non_null(fx.res);
        *state = &fx;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *fx = *state;

        (void)detector_free(fx->detector);
        (void)ruleset_free(fx->rules);
        free(fx->res);
        buffer_done(&fx->text);
        return 0;
}

static void scan(struct fixture *fx, const void *data, size_t n)
{
        detector_scan(fx->detector, "notes.txt", S_IFREG | 0644, data, n, fx->res);
}

static void is_found(const struct fixture *fx, const char *rule, uint32_t line, uint32_t column)
{
        assert_int_equal(fx->res->n_findings, 1);
        assert_string_equal(fx->res->findings[0].rule, rule);
        assert_int_equal(fx->res->findings[0].line, line);
        assert_int_equal(fx->res->findings[0].column, column);
}

static void ends_of_lines_may_differ(void **state)
{
        static const char *const texts[] = {
                "a\rb\nlogin x ABCDEFGHIJK1\rc\r",
                "a\r\nb\rlogin x ABCDEFGHIJK1\rc\n",
                "a\rb\rlogin x ABCDEFGHIJK1\r\nc",
                "a\nb\rlogin x ABCDEFGHIJK1\r",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                scan(*state, texts[i], strlen(texts[i]));
                is_found(*state, "line", 3, 9);
        }
}

/* "anything but white space" takes the zeros for characters. */
static void utf16_is_not_found_again_as_bytes(void **state)
{
        static const char text[] = "a\nlogin x ABCDEFGHIJK1\nb\n";
        uint8_t wide[2 * sizeof(text)] = {0};
        const size_t n = 2 * strlen(text);

        for (size_t order = 0; order < 2; order++) {
                memset(wide, 0, sizeof(wide));
                for (size_t i = 0; text[i]; i++)
                        wide[2 * i + order] = (uint8_t)text[i];
                scan(*state, wide, n);
                is_found(*state, "line", 2, 9);
        }
}

static void fill(struct fixture *fx, const char *begin, size_t n, const char *end)
{
        buffer_reset(&fx->text);
        buffer_puts(&fx->text, begin);
        for (size_t i = 0; i < n; i++)
                buffer_putc(&fx->text, 'x');
        buffer_puts(&fx->text, end);
        assert_int_equal(fx->text.error, 0);
        scan(fx, fx->text.data, fx->text.len);
}

/* Text with escapes is read in regions: none of them is the file. */
static void a_region_is_no_beginning(void **state)
{
        struct fixture *fx = *state;

        fill(fx, "", 100, "\\/first");
        is_found(fx, "head", 1, 1);
        fill(fx, "A ", 1000, "\\/first");
        assert_int_equal(fx->res->n_findings, 0);
        fill(fx, "", 1000, "\\u003bfirst=ABCDEFGH");
        assert_int_equal(fx->res->n_findings, 0);
        fill(fx, "", 300, "\\u003bfirst=ABCDEFGH");
        is_found(fx, "first", 1, 313);
}

/* The buffer is cut anywhere in a large file; so are long encoded values. */
static void a_piece_is_no_beginning(void **state)
{
        struct fixture *fx = *state;

        for (size_t n = 0; n < 2; n++) {
                buffer_reset(&fx->text);
                buffer_puts(&fx->text, n == 0 ? "whole=ABCDEFGH\n" : "\nwhole=ABCDEFGH\n");
                while (fx->text.len < (size_t)5 << 19)
                        buffer_puts(&fx->text, "whole=ABCDEFGH\n");
                scan(fx, fx->text.data, fx->text.len);
                assert_int_equal(fx->res->n_findings, n == 0);
        }
}

/* What is encoded as a whole is a text of its own. */
static void a_value_has_a_beginning(void **state)
{
        static const char text[] = "some words\nvalue: d2hvbGU9QUJDREVGR0g=\n";

        scan(*state, text, strlen(text));
        is_found(*state, "whole", 2, 8);
}

/* The first rule takes the escape of a brace for the beginning of a password. */
static void what_is_meant_counts_before_what_is_written(void **state)
{
        static const struct {
                const char *text, *rule;
                uint32_t column;
        } cases[] = {
                {"pwd={ABCDE;GHIJ}", "braced", 6},
                {"pwd=\\u007bABCDE;GHIJ\\u007d", "braced", 11},
                {"pwd=\\u007bABC\\u0044E;GHIJ\\u007d", "braced", 11},
                {"pwd=%7bABC%44E%3bGHIJ%7d", "braced", 8},
                {"pwd=ABC\\u0044EFGHIJ;", "loose", 5},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                scan(*state, cases[i].text, strlen(cases[i].text));
                is_found(*state, cases[i].rule, 1, cases[i].column);
        }
}

/* A region ends before a long value does: what is found in it is a part of that value. */
static void a_part_does_not_count_before_the_whole(void **state)
{
        struct fixture *fx = *state;

        fill(fx, "go=abc\\/", 900, ";");
        is_found(fx, "long", 1, 4);
        assert_int_equal(fx->res->findings[0].length, 905);
        fill(fx, "go=abc\\/", 100, ";");
        is_found(fx, "part", 1, 4);
}

/* The text says so, and one part of it is not: the rule fits what is left of the value, too. */
static void mail_has_parts_that_are_not_quoted(void **state)
{
        static const struct {
                const char *text;
                uint32_t column;
        } cases[] = {
                {"quoted-printable number=888291587:ABCDEFGH", 25},
                {"quoted-printable number=418291587:ABCDEFGH", 25},
                {"quoted-printable number=3D888291587:ABCDEFGH", 27},
                {"quoted-printable number=3D888291587:=\nABCDEFGH", 27},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                scan(*state, cases[i].text, strlen(cases[i].text));
                is_found(*state, "number", 1, cases[i].column);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(ends_of_lines_may_differ),
                cmocka_unit_test(utf16_is_not_found_again_as_bytes),
                cmocka_unit_test(a_region_is_no_beginning),
                cmocka_unit_test(a_piece_is_no_beginning),
                cmocka_unit_test(a_value_has_a_beginning),
                cmocka_unit_test(a_part_does_not_count_before_the_whole),
                cmocka_unit_test(mail_has_parts_that_are_not_quoted),
                cmocka_unit_test(what_is_meant_counts_before_what_is_written),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
