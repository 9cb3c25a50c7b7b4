/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/buffer.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void values_know_their_places(void **state)
{
        (void)state;
        tree_assert("dotenv",
                    "# why\n"
                    "A=one two  # three\r\n"
                    "  export B = 'x#\xc3\xa4' # y\n"
                    "C=\"l1\n"
                    "l2\\n\\\"\"\n"
                    "D=\n"
                    "E\n"
                    "F: 1\n",
                    "{} 1:1-8 0+74\n"
                    "  A=s'one two' 2:3-2 8+7 key 2:1\n"
                    "  B=q'x#\xc3\xa4' 3:14-3 39+6 key 3:10\n"
                    "  C=q'l1\\nl2\\n\"' 4:3-5 52+11 key 4:1\n"
                    "  D=s'' 6:3-6 66+0 key 6:1\n"
                    "  E=null 7:2-7 68+0 key 7:1\n"
                    "  F=n'1' 8:4-8 72+1 key 8:1\n");
}

static void references_are_unknown(void **state)
{
        (void)state;
        tree_assert_shape(
                "dotenv",
                "A=${B}/x\nC=\"$(pass show y)\"\nD='${B}'\nE=pa$$word\nF=\"\\${B}\"\nG=`${B}`\n",
                "{}\n"
                "  A=u'${B}/x'\n"
                "  C=U'$(pass show y)'\n"
                "  D=q'${B}'\n"
                "  E=s'pa$$word'\n"
                "  F=q'${B}'\n"
                "  G=q'${B}'\n");
}

static void quotes_that_do_not_end_are_text(void **state)
{
        (void)state;
        tree_assert_shape("dotenv", "A=it's\nB=\"x\nC='a'b\nD=1\nE=a#b\n",
                          "{}\n  A=s'it's'\n  B=s'\"x'\n  C=s''a'b'\n  D=n'1'\n  E=s'a#b'\n");
}

static void repeated_names_are_a_sequence(void **state)
{
        (void)state;
        tree_assert_shape("dotenv", "B=0\nA=1\nB=2\nA=3\nC=4\n",
                          "{}\n"
                          "  B=[]\n    n'0'\n    n'2'\n"
                          "  A=[]\n    n'1'\n    n'3'\n"
                          "  C=n'4'\n");
}

static void json_in_a_value_is_a_tree(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        const char *text = "A={\"type\": \"x\"}\nB='{\n\"t\": 1}'\nC=\"{\\\"t\\\": 2}\"\n";
        struct doc_error error;

        (void)state;
        assert_int_equal(tree_parse("dotenv", text, strlen(text), &d, &error), 0);
        _cleanup_free_ char *a = tree_text(doc_embedded(d, node_get(doc_root(d), "A")));
        assert_string_equal(a, "{} 1:3-1 2+13\n  type=q'x' 1:12-1 11+3 key 1:4\n");
        _cleanup_free_ char *b = tree_text(doc_embedded(d, node_get(doc_root(d), "B")));
        assert_string_equal(b, "{} 2:4-3 19+9\n  t=n'1' 3:6-3 26+1 key 3:1\n");
        _cleanup_free_ char *c = tree_text(doc_embedded(d, node_get(doc_root(d), "C")));
        assert_string_equal(c, "{} 4:4-4 33+10\n  t=n'2' 4:12-4 41+1 key 4:5\n");
}

static void other_lines_are_refused_and_skipped(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        const char *text = "A=1\nif true; then\n=x\nB=2\n";
        struct doc_error error;

        (void)state;
        tree_assert_bad("dotenv", text, 2, 4);
        assert_int_equal(tree_parse("dotenv", text, strlen(text), &d, &error), -EBADMSG);
        assert_non_null(node_get(doc_root(d), "B"));
}

static void limits_are_kept_at_every_point(void **state)
{
        (void)state;
        tree_assert_bounded("dotenv", "A=1\nexport B='{\"e\": 1}'\nA=\"x\\n${C}\"\nD\n");
}

static void broken_text_does_no_harm(void **state)
{
        (void)state;
        tree_assert_sturdy("dotenv",
                           "\xef\xbb\xbf# c\nexport A=b # c\r\nB='x\ny' \nC=\"\\n\\\"${D}\"\n"
                           "E=`f`\nF: {\"a\": 1}\nF\n");
}

static void large_files_are_read_in_linear_time(void **state)
{
        _cleanup_buffer_ struct buffer b = {.max = (size_t)32 << 20};

        (void)state;
        for (int i = 0; b.len < 10000000; i++)
                buffer_printf(&b, "NAME_%d=\"value # %d'\nexport OTHER='x\n", i, i);
        assert_int_equal(tree_time("dotenv", b.data, b.len), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_know_their_places),
                cmocka_unit_test(references_are_unknown),
                cmocka_unit_test(quotes_that_do_not_end_are_text),
                cmocka_unit_test(repeated_names_are_a_sequence),
                cmocka_unit_test(json_in_a_value_is_a_tree),
                cmocka_unit_test(other_lines_are_refused_and_skipped),
                cmocka_unit_test(limits_are_kept_at_every_point),
                cmocka_unit_test(broken_text_does_no_harm),
                cmocka_unit_test(large_files_are_read_in_linear_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
