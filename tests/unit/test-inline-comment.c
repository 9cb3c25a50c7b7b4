/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Suppression comments: which lines carry one, and that findings are marked and stay.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/macros.h"
#include "detectors/detect.h"
#include "detectors/inline-comment.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

static int read_from(struct inline_comments *c, struct position at, const char *text, size_t n)
{
        struct position_index index;

        position_index_init(&index, &at, (const uint8_t *)text, n);
        return inline_comments_read(c, &index);
}

static const char pack[] =
        "rules:\n  - id: token\n    title: t\n    class: github-pat\n    severity: high\n"
        "    confidence: high\n    remediation: r\n    pattern: {regex: "
        "'\\btok_([A-Z0-9]{12})\\b'}\n";

#define TOKEN "tok_ABCDEF123456"

struct fixture {
        struct ruleset *rules;
        struct detector *detector;
        struct scan_result *res;
};

static int set_up(void **state)
{
        static struct fixture fx;
        struct ruleset_error error;
        struct detector_options options = {.parse_max = 1 << 20};

        fx = (struct fixture){0};
        assert_int_equal(ruleset_new(&fx.rules), 0);
        assert_int_equal(ruleset_add(fx.rules, "p", pack, strlen(pack), &error), 0);
        assert_int_equal(detector_new(&fx.detector, fx.rules, &options, &error), 0);
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
        return 0;
}

static void scan(struct fixture *fx, const void *data, size_t n)
{
        detector_scan(fx->detector, "notes.txt", S_IFREG | 0644, data, n, fx->res);
        for (uint32_t i = 0; i < fx->res->n_findings; i++)
                assert_true(finding_valid(&fx->res->findings[i]));
}

static void scan_without_memory(struct fixture *fx, const char *text, long n)
{
        fail_alloc.failed = false;
        fail_alloc.left = n;
        scan(fx, text, strlen(text));
        fail_alloc.left = -1;
}

static bool line_is_marked(const char *line, bool secret)
{
        struct inline_comments c = {0};
        const struct position at = {.line = 1, .column = 1};

        assert_int_equal(read_from(&c, at, line, strlen(line)), 0);
        bool covers = inline_comments_cover(&c, 1, 1, secret);
        inline_comments_done(&c);
        return covers;
}

static void the_words_of_the_scanners_in_use_are_known(void **state)
{
        static const char *const marked[] = {
                "x = 1 # gitleaks:allow",
                "x = 1 // trufflehog:ignore",
                "x = 1 # pragma: allowlist secret",
                "x = 1 # pragma:allowlist secret",
                "x = 1 # pragma: allowlist-secret",
                "x = 1 # pragma: whitelist secret",
                "x = 1 # nosec",
                "x = 1 # nosec: B105",
                "x = 1 //nosec G101",
                "x = 1 /* giad:allow */",
        };
        static const char *const others[] = {
                "x = 1",
                "nosec = 1",
                "x = 1 # nosection",
                "x = 1 # a nosec",
                "see gitleaks:allowed",
                "notgiad:allow",
                "# pragma: once",
                "# allowlist secret",
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(marked); i++)
                if (!line_is_marked(marked[i], true))
                        fail_msg("not seen: %s", marked[i]);
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                if (line_is_marked(others[i], true))
                        fail_msg("taken for a comment: %s", others[i]);
}

static void what_is_about_secrets_says_nothing_of_privileges(void **state)
{
        (void)state;
        assert_false(line_is_marked("x # gitleaks:allow", false));
        assert_false(line_is_marked("x # pragma: allowlist secret", false));
        assert_true(line_is_marked("x # nosec", false));
        assert_true(line_is_marked("x # giad:allow", false));
        /* two on one line: what either allows */
        assert_true(line_is_marked("x # gitleaks:allow # nosec", false));
}

static void a_finding_is_marked_and_stays(void **state)
{
        static const char text[] = "a = " TOKEN "\n"
                                   "b = " TOKEN " # gitleaks:allow\n"
                                   "c = " TOKEN "\n"
                                   "# pragma: allowlist nextline secret\n"
                                   "d = " TOKEN "\n"
                                   "# gitleaks:allow\n"
                                   "e = " TOKEN "\n";
        static const bool marked[] = {false, true, false, true, false};
        struct fixture *fx = *state;

        scan(fx, text, strlen(text));
        assert_int_equal(fx->res->n_findings, ELEMENTSOF(marked));
        for (size_t i = 0; i < ELEMENTSOF(marked); i++)
                assert_int_equal(fx->res->findings[i].comment, marked[i]);
}

static void utf16_is_read_too(void **state)
{
        static const char text[] = "\nb = " TOKEN " # nosec\n";
        uint8_t wide[2 * sizeof(text)] = {0xff, 0xfe};
        struct fixture *fx = *state;

        for (size_t i = 0; i + 1 < sizeof(text); i++)
                wide[2 + 2 * i] = (uint8_t)text[i];
        scan(fx, wide, 2 * sizeof(text));
        assert_int_equal(fx->res->n_findings, 1);
        assert_int_equal(fx->res->findings[0].line, 2);
        assert_int_equal(fx->res->findings[0].comment, 1);
}

/* The comment may be in another piece than the finding, or be seen twice. */
static void edges_of_pieces_make_no_difference(void **state)
{
        const size_t edge = (size_t)1 << 20;
        struct fixture *fx = *state;
        static const char line[] = TOKEN " # giad:allow\n" TOKEN "\n";
        const size_t n = 2 * edge;
        char *text = malloc(n);

        assert_non_null(text);
        for (size_t shift = 0; shift < sizeof(line) + 4; shift++) {
                memset(text, '\n', n);
                memcpy(text + edge - shift, line, sizeof(line) - 1);
                memcpy(text + edge - 65536 - shift, line, sizeof(line) - 1);
                scan(fx, text, n);
                assert_int_equal(fx->res->n_findings, 4);
                for (uint32_t i = 0; i < 4; i++)
                        assert_int_equal(fx->res->findings[i].comment, i % 2 == 0);
        }
        free(text);
}

static void more_lines_than_are_kept_are_not_obeyed(void **state)
{
        struct inline_comments c = {0};
        const struct position at = {.line = 1, .column = 1};
        const size_t lines = 70000;
        char *text = malloc(lines * 12 + 1);

        (void)state;
        assert_non_null(text);
        for (size_t i = 0; i < lines; i++)
                memcpy(text + 12 * i, "#giad:allow\n", 12);
        assert_int_equal(read_from(&c, at, text, lines * 12), 0);
        assert_true(inline_comments_cover(&c, 65536, 65536, true));
        assert_false(inline_comments_cover(&c, 65537, 65537, true));
        /* once more: nothing is taken twice */
        assert_int_equal(read_from(&c, at, text, 12 * 1000), 0);
        assert_int_equal(c.n, 65536);
        inline_comments_reset(&c);
        assert_false(inline_comments_cover(&c, 1, 70000, true));
        inline_comments_done(&c);
        free(text);
}

/* Whichever allocation fails: no mark is made up, and what is not looked at is said. */
static void without_memory_nothing_is_obeyed(void **state)
{
        static const char text[] = "a = " TOKEN "\nb = " TOKEN " # gitleaks:allow\n";
        struct fixture *fx = *state;
        long n = 0;

        do {
                scan_without_memory(fx, text, n);
                for (uint32_t i = 0; i < fx->res->n_findings; i++)
                        assert_true(fx->res->findings[i].comment == 0 ||
                                    fx->res->findings[i].line == 2);
                if (fail_alloc.failed)
                        assert_true(fx->res->n_gaps > 0 || fx->res->n_findings == 2);
        } while (fail_alloc.failed && ++n < 1000);
        assert_true(n > 0 && n < 1000);
        assert_int_equal(fx->res->n_findings, 2);
        assert_int_equal(fx->res->findings[1].comment, 1);
}

static void what_is_said_tells_whether_it_is_obeyed(void **state)
{
        struct finding f = {.detail = "because", .comment = 1};
        char said[FINDING_SAID_MAX];

        (void)state;
        assert_string_equal(finding_said(&f, false, said),
                            "because; the line carries a suppression comment (ignored)");
        assert_string_equal(finding_said(&f, true, said),
                            "because; the line carries a suppression comment (allowed)");
        f.detail[0] = '\0';
        assert_string_equal(finding_said(&f, false, said),
                            "the line carries a suppression comment (ignored)");
        f.comment = 0;
        assert_string_equal(finding_said(&f, false, said), "");
        f.comment = 2;
        assert_false(finding_valid(&f));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_words_of_the_scanners_in_use_are_known),
                cmocka_unit_test(what_is_about_secrets_says_nothing_of_privileges),
                cmocka_unit_test_setup_teardown(a_finding_is_marked_and_stays, set_up, tear_down),
                cmocka_unit_test_setup_teardown(utf16_is_read_too, set_up, tear_down),
                cmocka_unit_test_setup_teardown(edges_of_pieces_make_no_difference, set_up,
                                                tear_down),
                cmocka_unit_test(more_lines_than_are_kept_are_not_obeyed),
                cmocka_unit_test_setup_teardown(without_memory_nothing_is_obeyed, set_up,
                                                tear_down),
                cmocka_unit_test(what_is_said_tells_whether_it_is_obeyed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
