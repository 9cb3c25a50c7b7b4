/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <string.h>

#include "common/base/text.h"
#include "tests/unit/test.h"

static void utf8_width_refuses_what_rfc3629_refuses(void **state)
{
        (void)state;
        assert_int_equal(text_utf8_width("a", 1), 1);
        assert_int_equal(text_utf8_width("\xc3\xa4", 2), 2);
        assert_int_equal(text_utf8_width("\xf0\x9f\x98\x80", 4), 4);
        assert_int_equal(text_utf8_width("\xc0\xaf", 2), 0);     /* overlong */
        assert_int_equal(text_utf8_width("\xed\xa0\x80", 3), 0); /* surrogate */
        assert_int_equal(text_utf8_width("\xf4\x90\x80\x80", 4), 0);
        assert_int_equal(text_utf8_width("\xc3", 1), 0);
        assert_int_equal(text_utf8_width("", 0), 0);
}

static void printable_shows_controls_and_disguises_as_bytes(void **state)
{
        char out[64];

        (void)state;
        assert_string_equal(text_printable(out, sizeof(out), "a\nb", 3), "a\\x0ab");
        assert_string_equal(text_printable(out, sizeof(out), "\x1b[31m", 5), "\\x1b[31m");
        assert_string_equal(text_printable(out, sizeof(out), "\xe2\x80\xae", 3), "\\xe2\\x80\\xae");
        assert_string_equal(text_printable(out, sizeof(out), "\xff", 1), "\\xff");
        assert_string_equal(text_printable(out, 8, "abcdefghij", 10), "abcd\xe2\x80\xa6");
        assert_string_equal(text_printable(out, 8, "abcdefg", 7), "abcdefg");
}

static void mask_hides_what_could_be_a_token(void **state)
{
        char out[64];

        (void)state;
        /* put together here: no file of ours holds what looks like a token */
        assert_string_equal(text_mask(out, sizeof(out),
                                      "a/glpat-"
                                      "Zq7Lm2Xv9Rt4Kp8W"
                                      "n3Bc.env"),
                            "a/glpat-[...].env");
        assert_string_equal(text_mask(out, sizeof(out), "0123456789abcdef"), "[...]");
        assert_string_equal(text_mask(out, sizeof(out), "abcdefghabcdefghabcdefghabcdefgh"),
                            "[...]");
        assert_string_equal(text_mask(out, sizeof(out), "main.tf"), "main.tf");
        assert_string_equal(text_mask(out, sizeof(out), "kubernetes_cluster_role/x"),
                            "kubernetes_cluster_role/x");
        assert_string_equal(text_mask(out, sizeof(out), "2026112603323220"), "2026112603323220");
        assert_string_equal(text_mask(out, sizeof(out), ""), "");
        assert_string_equal(text_mask(out, 8, "ab/0123456789abcdef/c"), "ab/");
        assert_string_equal(text_mask(out, 4, "abcdef"), "");
}

static void copy_never_cuts_a_character(void **state)
{
        char out[4];

        (void)state;
        assert_true(text_copy(out, sizeof(out), "abc"));
        assert_false(text_copy(out, sizeof(out), "ab\xc3\xa4"));
        assert_string_equal(out, "ab");
}

static void unhex_takes_exactly_its_digits(void **state)
{
        uint8_t bytes[2];

        (void)state;
        assert_int_equal(text_unhex(bytes, 2, "0aFf"), 0);
        assert_int_equal(bytes[1], 255);
        assert_int_equal(text_unhex(bytes, 2, "0aF"), -EINVAL);
        assert_int_equal(text_unhex(bytes, 2, "0ag0"), -EINVAL);
}

static void nearest_word_is_a_slip_of_the_pen(void **state)
{
        static const char *const words[] = {"workspaces", "policy", "outputs"};

        (void)state;
        assert_string_equal(text_nearest("worksapces", words, 3), "workspaces");
        assert_null(text_nearest("zzz", words, 3));
}

static void glob_of_a_name(void **state)
{
        (void)state;
        assert_true(text_glob_name("*.TF", "main.tf"));
        assert_true(text_glob_name("dockerfile*", "Dockerfile.dev"));
        assert_true(text_glob_name("[Dd]ockerfile", "Dockerfile"));
        assert_true(text_glob_name("x.[ab]", "x.b"));
        assert_true(text_glob_name("\\*", "*"));
        assert_true(text_glob_name("?", "x"));
        assert_true(text_glob_name("", ""));
        assert_false(text_glob_name("", "x"));
        assert_false(text_glob_name("x", ""));
        assert_true(text_glob_name("*", ""));
        assert_false(text_glob_name("*.tf", "main.tfx"));
        assert_true(text_glob_exact("*.tf", "main.tf"));
        assert_false(text_glob_exact("*.tf", "main.TF"));
        assert_false(text_glob_exact("Dockerfile", "dockerfile"));
        assert_true(text_glob_exact(".docker/config*", ".docker/config.json"));
        assert_true(text_glob_exact("a*z", "a/b/z"));
}

static void glob_follows_gitignore(void **state)
{
        (void)state;
        assert_true(text_glob_path("node_modules", "a/node_modules/b.js"));
        assert_false(text_glob_path("node_modules", "a/node_modules2/b.js"));
        assert_true(text_glob_path(".git/objects", "x/.git/objects/ab/cd"));
        assert_false(text_glob_path(".git/objects", "x/.git/config"));
        assert_true(text_glob_path("*.tf", "a/b/main.tf"));
        assert_true(text_glob_path("/etc/*.conf", "etc/a.conf"));
        assert_false(text_glob_path("/etc/*.conf", "x/etc/a.conf"));
        assert_true(text_glob_path("a/**/z", "a/b/c/z"));
        assert_true(text_glob_path("a/**", "a/b/c"));
}

static void glob_of_a_word_crosses_everything(void **state)
{
        char many[2048];

        (void)state;
        assert_true(text_glob_word("*", ""));
        assert_true(text_glob_word("/a/*", "/a/b/c"));
        assert_true(text_glob_word("*.slice/*.service", "/x.slice/y.slice/z.service"));
        assert_false(text_glob_word("*.slice/*.service", "/x.slice/z.service/y"));
        assert_true(text_glob_word("a?c*", "abc"));
        assert_false(text_glob_word("a?c", "ac"));
        assert_false(text_glob_word("", "a"));
        assert_true(text_glob_word("**b", "ab"));
        assert_true(text_glob_word("[a]\\", "[a]\\"));
        /* which takes time without end where each '*' is tried with each of the others */
        memset(many, 'a', sizeof(many) - 1);
        many[sizeof(many) - 1] = '\0';
        assert_false(text_glob_word("*a*a*a*a*a*a*a*a*a*a*b", many));
}

static void numbers_are_the_whole_text(void **state)
{
        uint64_t n;

        (void)state;
        assert_int_equal(text_to_u64("42", 10, &n), 0);
        assert_int_equal(n, 42);
        assert_int_equal(text_to_u64("-1", 10, &n), -EINVAL);
        assert_int_equal(text_to_u64("1x", 10, &n), -EINVAL);
        assert_int_equal(text_to_u64("99999999999999999999", 10, &n), -ERANGE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(utf8_width_refuses_what_rfc3629_refuses),
                cmocka_unit_test(printable_shows_controls_and_disguises_as_bytes),
                cmocka_unit_test(mask_hides_what_could_be_a_token),
                cmocka_unit_test(copy_never_cuts_a_character),
                cmocka_unit_test(unhex_takes_exactly_its_digits),
                cmocka_unit_test(nearest_word_is_a_slip_of_the_pen),
                cmocka_unit_test(glob_of_a_name),
                cmocka_unit_test(glob_follows_gitignore),
                cmocka_unit_test(glob_of_a_word_crosses_everything),
                cmocka_unit_test(numbers_are_the_whole_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
