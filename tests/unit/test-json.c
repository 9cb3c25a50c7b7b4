/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/buffer.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void values_know_their_places(void **state)
{
        (void)state;
        tree_assert("json",
                    "{\"a\": [1, -2.5e3, true, null],\n"
                    "  \"b\"  :\n"
                    "    {\"c\": \"d\"}}\n",
                    "{} 1:1-3 0+55\n"
                    "  a=[] 1:7-1 6+23 key 1:2\n"
                    "    n'1' 1:8-1 7+1\n"
                    "    n'-2.5e3' 1:11-1 10+6\n"
                    "    b'true' 1:19-1 18+4\n"
                    "    null 1:25-1 24+4\n"
                    "  b={} 3:5-3 44+10 key 2:3\n"
                    "    c=q'd' 3:11-3 50+3 key 3:6\n");
}

static void columns_count_characters_and_offsets_bytes(void **state)
{
        (void)state;
        tree_assert("json", "\xef\xbb\xbf{\"\xc3\xa4\": \"\xe2\x82\xac\",\r\n\"b\": 1}\r\n",
                    "{} 1:1-2 3+22\n"
                    "  \xc3\xa4=q'\xe2\x82\xac' 1:7-1 10+5 key 1:2\n"
                    "  b=n'1' 2:6-2 23+1 key 2:1\n");
}

static void escapes_are_decoded(void **state)
{
        (void)state;
        tree_assert_shape("json", "[\"\\\"\\\\\\/\\n\\u00e4\\ud83d\\ude00\", \"a\\u0000b\"]",
                          "[]\n  q'\"\\/\\n\xc3\xa4\xf0\x9f\x98\x80'\n  q'a\\0b'\n");
        /* lone surrogates, and escapes that are none */
        tree_assert_shape("json", "[\"\\ud83dx\", \"\\q\", \"\\u12\", \"\\ude00\"]",
                          "[]\n  q'\xef\xbf\xbdx'\n  q'\\q'\n  q'\\u12'\n  q'\xef\xbf\xbd'\n");
}

static void comments_and_trailing_commas_are_accepted(void **state)
{
        (void)state;
        tree_assert_shape(
                "json", "// one\n{ /* two */ \"a\" /* x */ : // y\n 1, \"b\": [1, 2,],\n}\n// end",
                "{}\n  a=n'1'\n  b=[]\n    n'1'\n    n'2'\n");
}

static void several_documents_are_one_sequence(void **state)
{
        (void)state;
        tree_assert("json", "{\"a\":1}\n{\"a\":2}\n",
                    "multi[] 1:1-2 0+16\n"
                    "  {} 1:1-1 0+7\n"
                    "    a=n'1' 1:6-1 5+1 key 1:2\n"
                    "  {} 2:1-2 8+7\n"
                    "    a=n'2' 2:6-2 13+1 key 2:2\n");
        tree_assert_shape("json", "", "");
        tree_assert_shape("json", "\"x\"", "q'x'\n");
}

static void duplicate_keys_are_kept(void **state)
{
        (void)state;
        tree_assert_shape("json", "{\"a\": 1, \"a\": 2}", "{}\n  a=n'1'\n  a=n'2'\n");
}

static void malformed_text_is_refused_where_it_breaks(void **state)
{
        (void)state;
        tree_assert_bad("json", "{\"a\": 1\n \"b\": 2}", 2, 2);
        tree_assert_bad("json", "[1, 2", 1, 6);
        tree_assert_bad("json", "{\"a\" 1}", 1, 6);
        tree_assert_bad("json", "{a: 1}", 1, 2);
        tree_assert_bad("json", "[\"a\nb\"]", 1, 2);
        tree_assert_bad("json", "[1, nul]", 1, 5);
        tree_assert_bad("json", "[~]", 1, 2);
        tree_assert_bad("json", "[1}", 1, 3);
        tree_assert_bad("json", "{\"a\": [1,, 2]}", 1, 10);
        tree_assert_bad("json", "hello", 1, 1);
        tree_assert_bad("json", "]", 1, 1);
        /* templates belong to strings of other formats */
        tree_assert_bad("json", "{\"a\": ${x}}", 1, 7);
}

static void what_was_read_before_an_error_is_kept(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        const char *text = "{\"a\": 1, \"b\": [2, {\"c\": 3, ";
        struct doc_error error;

        (void)state;
        assert_int_equal(tree_parse("json", text, strlen(text), &d, &error), -EBADMSG);
        _cleanup_free_ char *shape = tree_shape(doc_root(d));
        assert_string_equal(shape, "{}\n  a=n'1'\n  b=[]\n    n'2'\n    {}\n      c=n'3'\n");
}

static void deep_nesting_is_refused(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;
        char text[200000];

        (void)state;
        memset(text, '[', sizeof(text));
        assert_int_equal(tree_parse("json", text, sizeof(text), &d, &error), -E2BIG);
        tree_assert_consistent(doc_root(d), sizeof(text));
}

static void many_nodes_are_refused(void **state)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;

        (void)state;
        for (int i = 0; i < 300000; i++)
                buffer_puts(&b, "1\n");
        assert_int_equal(tree_parse("json", b.data, b.len, &d, &error), -E2BIG);
}

/* Reads `text` as `format`, takes the value at `path` and compares the tree inside it. */
static void assert_embedded(const char *format, const char *text, const char *path,
                            const char *expected)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;

        assert_int_equal(tree_parse(format, text, strlen(text), &d, &error), 0);
        struct node *outer = node_at(doc_root(d), path), *tree = doc_embedded(d, outer);
        assert_non_null(outer);
        if (!expected) {
                assert_null(tree);
                return;
        }
        assert_non_null(tree);
        assert_ptr_equal(tree, doc_embedded(d, outer));
        assert_ptr_equal(tree->parent, outer);

        _cleanup_free_ char *shown = tree_text(tree);
        assert_string_equal(shown, expected);
        tree_assert_consistent(tree, strlen(text));
}

static void embedded_json_has_places_in_the_file(void **state)
{
        (void)state;
        assert_embedded("json", "{\"p\": \"{\\\"A\\\": [\\\"\\u0073\\\",\\n 1]}\"}", "p",
                        "{} 1:8-1 7+26\n"
                        "  A=[] 1:16-1 15+17 key 1:9\n"
                        "    q's' 1:17-1 16+10\n"
                        "    n'1' 1:31-1 30+1\n");
        assert_embedded("yaml",
                        "p: |\n"
                        "  {\n"
                        "    \"A\": \"\xc3\xa4\",\n"
                        "    \"B\": {}\n"
                        "  }\n",
                        "p",
                        "{} 2:3-5 7+32\n"
                        "  A=q'\xc3\xa4' 3:10-3 18+4 key 3:5\n"
                        "  B={} 4:10-4 33+2 key 4:5\n");
        assert_embedded("yaml", "p: '[\"it''s\", 2]'\n", "p",
                        "[] 1:5-1 4+12\n"
                        "  q'it's' 1:6-1 5+7\n"
                        "  n'2' 1:15-1 14+1\n");
        assert_embedded("yaml", "p: \"{\\\"a\\\":\\\n   \\x32,\\\"b\\\":3}\"\n", "p",
                        "{} 1:5-2 4+25\n"
                        "  a=n'2' 2:4-2 16+4 key 1:6\n"
                        "  b=n'3' 2:15-2 27+1 key 2:9\n");
}

static void embedded_templates_are_unknown(void **state)
{
        (void)state;
        assert_embedded("yaml",
                        "p: !Sub '{\"R\": \"a:${X}\", \"S\": ${Y}-z, \"T\": \"$${l}\", ${W}}'\n"
                        "q: '{\"R\": \"a:${aws:username}\"}'\n"
                        "t: '{\"R\": \"{{ x }}\", \"S\": {{ y }}}'\n",
                        "p",
                        "{} 1:10-1 9+48\n"
                        "  R=U'a:${X}' 1:16-1 15+8 key 1:11\n"
                        "  S=u'${Y}-z' 1:31-1 30+6 key 1:26\n"
                        "  T=q'${l}' 1:44-1 43+7 key 1:39\n"
                        "  ${W}=u'${W}' 1:53-1 52+4 key 1:53\n");
}

static void substitution_lists_have_templates(void **state)
{
        static const char *const texts[] = {
                "p: !Sub\n  - '{\"R\": \"${X}\"}'\n  - {X: 1}\n",
                "p:\n  Fn::Sub:\n  - '{\"R\": \"${X}\"}'\n  - {X: 1}\n",
                "{\"p\": {\"Fn::Sub\": [\"{\\\"R\\\": \\\"${X}\\\"}\", {}]}}",
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_(doc_freep) struct doc *d = NULL;
                struct doc_error error;

                assert_int_equal(
                        tree_parse(i < 2 ? "yaml" : "json", texts[i], strlen(texts[i]), &d, &error),
                        0);
                struct node *p = node_get(doc_root(d), "p");
                struct node *list = node_get(p, "Fn::Sub") ? node_get(p, "Fn::Sub") : p;
                _cleanup_free_ char *shape = tree_shape(doc_embedded(d, list->first));
                assert_string_equal(shape, "{}\n  R=U'${X}'\n");
        }
}

static void policy_variables_are_no_templates(void **state)
{
        (void)state;
        assert_embedded("yaml", "q: '{\"R\": \"a:${aws:username}\"}'\n", "q",
                        "{} 1:5-1 4+26\n  R=q'a:${aws:username}' 1:11-1 10+19 key 1:6\n");
        assert_embedded("yaml", "t: '{\"R\": \"{{ x }}\", \"S\": {{ y }}}'\n", "t",
                        "{} 1:5-1 4+30\n"
                        "  R=U'{{ x }}' 1:11-1 10+9 key 1:6\n"
                        "  S=u'{{ y }}' 1:27-1 26+7 key 1:22\n");
}

static void other_strings_embed_nothing(void **state)
{
        (void)state;
        assert_embedded("yaml", "p: '{a: 1}'\n", "p", NULL);
        assert_embedded("yaml", "p: '{} x'\n", "p", NULL);
        assert_embedded("yaml", "p: '{} {}'\n", "p", NULL);
        assert_embedded("yaml", "p: '[1'\n", "p", NULL);
        assert_embedded("yaml", "p: '1'\n", "p", NULL);
        assert_embedded("yaml", "p: 1\n", "p", NULL);
        assert_null(doc_embedded(NULL, NULL));
}

static void limits_are_kept_at_every_point(void **state)
{
        (void)state;
        tree_assert_bounded(
                "json", "[{\"a\": [1, \"x\\n\"], \"b\": {\"c\": null}}, \"{\\\"e\\\": 1}\"]\n{}\n");
}

static void broken_text_does_no_harm(void **state)
{
        (void)state;
        tree_assert_sturdy(
                "json",
                "\xef\xbb\xbf// c\n{\"a\": [1, -2.5, true, null, \"\\u00e4\\ud83d\\ude00\\n\"],"
                "\n /* d */ \"\xc3\xa4\": {\"\": {}, }}\n[]\n");
}

static void large_files_are_read_in_linear_time(void **state)
{
        _cleanup_buffer_ struct buffer b = {.max = (size_t)32 << 20};

        (void)state;
        buffer_puts(&b, "[");
        for (int i = 0; b.len < 10000000; i++)
                buffer_printf(&b,
                              "{\"Effect\": \"Allow\", \"Sid\": \"s%d\", \"Action\": [\"*\"], "
                              "\"n\": 12},\n",
                              i);
        buffer_puts(&b, "]");
        assert_int_equal(tree_time("json", b.data, b.len), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_know_their_places),
                cmocka_unit_test(columns_count_characters_and_offsets_bytes),
                cmocka_unit_test(escapes_are_decoded),
                cmocka_unit_test(comments_and_trailing_commas_are_accepted),
                cmocka_unit_test(several_documents_are_one_sequence),
                cmocka_unit_test(duplicate_keys_are_kept),
                cmocka_unit_test(malformed_text_is_refused_where_it_breaks),
                cmocka_unit_test(what_was_read_before_an_error_is_kept),
                cmocka_unit_test(deep_nesting_is_refused),
                cmocka_unit_test(many_nodes_are_refused),
                cmocka_unit_test(embedded_json_has_places_in_the_file),
                cmocka_unit_test(embedded_templates_are_unknown),
                cmocka_unit_test(substitution_lists_have_templates),
                cmocka_unit_test(policy_variables_are_no_templates),
                cmocka_unit_test(other_strings_embed_nothing),
                cmocka_unit_test(limits_are_kept_at_every_point),
                cmocka_unit_test(broken_text_does_no_harm),
                cmocka_unit_test(large_files_are_read_in_linear_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
