/* SPDX-FileCopyrightText: giad maintainers */
#include <stdio.h>
#include <string.h>

#include "common/base/buffer.h"
#include "detectors/formats/format.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void values_know_their_places(void **state)
{
        (void)state;
        tree_assert("yaml",
                    "kind: Role\n"
                    "rules:\n"
                    "  - verbs: ['*', \"get\"]\n"
                    "    n: 12\n"
                    "x:\n",
                    "{} 1:1-5 0+54\n"
                    "  kind=s'Role' 1:7-1 6+4 key 1:1\n"
                    "  rules=[] 3:3-4 20+31 key 2:1\n"
                    "    {} 3:5-4 22+29\n"
                    "      verbs=[] 3:12-3 29+12 key 3:5\n"
                    "        q'*' 3:13-3 30+3\n"
                    "        q'get' 3:18-3 35+5\n"
                    "      n=n'12' 4:8-4 49+2 key 4:5\n"
                    "  x=null 5:3-5 54+0 key 5:1\n");
}

static void columns_count_characters_and_offsets_bytes(void **state)
{
        (void)state;
        tree_assert("yaml",
                    "\xef\xbb\xbf\xc3\xa4: {\xe2\x82\xac: \xf0\x9f\x98\x80, b: c}\r\nd: e\r\n",
                    "{} 1:1-2 3+27\n"
                    "  \xc3\xa4={} 1:4-1 7+17 key 1:1\n"
                    "    \xe2\x82\xac=s'\xf0\x9f\x98\x80' 1:8-1 13+4 key 1:5\n"
                    "    b=s'c' 1:14-1 22+1 key 1:11\n"
                    "  d=s'e' 2:4-2 29+1 key 2:1\n");
}

static void block_scalars_end_with_their_text(void **state)
{
        (void)state;
        tree_assert("yaml",
                    "a: |\n"
                    "  one\n"
                    "  two\n"
                    "\n"
                    "\n"
                    "b: >-\n"
                    "  x\n"
                    "  y\n"
                    "c: d\n",
                    "{} 1:1-9 0+37\n"
                    "  a=s'one\\ntwo\\n' 1:4-3 3+13 key 1:1\n"
                    "  b=s'x y' 6:4-8 22+10 key 6:1\n"
                    "  c=s'd' 9:4-9 36+1 key 9:1\n");
}

static void bare_words_get_types_and_quoted_ones_do_not(void **state)
{
        (void)state;
        tree_assert_shape(
                "yaml",
                "on: [True, \"true\", yes, 0x1f, '1', ~, null, 2012-10-17, !!str 1, !!int '5']\n"
                "t: |\n true\n",
                "{}\n"
                "  on=[]\n"
                "    b'true'\n"
                "    q'true'\n"
                "    s'yes'\n"
                "    n'0x1f'\n"
                "    q'1'\n"
                "    null\n"
                "    null\n"
                "    s'2012-10-17'\n"
                "    s'1'\n"
                "    q'5'\n"
                "  t=s'true\\n'\n");
}

static void several_documents_are_one_sequence(void **state)
{
        (void)state;
        tree_assert("yaml", "---\na: 1\n---\n# nothing\n---\nb: 2\n...\n",
                    "multi[] 1:1-6 0+31\n"
                    "  {} 2:1-2 4+4\n"
                    "    a=n'1' 2:4-2 7+1 key 2:1\n"
                    "  {} 6:1-6 27+4\n"
                    "    b=n'2' 6:4-6 30+1 key 6:1\n");
        tree_assert_shape("yaml", "---\n---\na: 1\n", "{}\n  a=n'1'\n");
        tree_assert_shape("yaml", "--- null\n--- x\n", "multi[]\n  null\n  s'x'\n");
        tree_assert_shape("yaml", "", "");
        tree_assert_shape("yaml", "# only a comment\n", "");
}

static void aliases_stand_where_they_are_used(void **state)
{
        (void)state;
        tree_assert("yaml",
                    "a: &x\n"
                    "  k: [v]\n"
                    "b: *x\n"
                    "c: &y !!str 12\n"
                    "*y : z\n",
                    "{} 1:1-5 0+42\n"
                    "  a={} 2:3-2 8+6 key 1:1\n"
                    "    k=[] 2:6-2 11+3 key 2:3\n"
                    "      s'v' 2:7-2 12+1\n"
                    "  b={} 3:4-3 18+2 key 3:1\n"
                    "    k=[] 2:6-2 11+3 key 2:3\n"
                    "      s'v' 2:7-2 12+1\n"
                    "  c=s'12' 4:13-4 33+2 key 4:1\n"
                    "  12=s'z' 5:6-5 41+1 key 5:1\n");
}

static void aliases_of_nothing_and_of_themselves_are_unknown(void **state)
{
        (void)state;
        tree_assert_shape("yaml", "a: &x [1, *x]\nb: *none\n",
                          "{}\n"
                          "  a=[]\n"
                          "    n'1'\n"
                          "    u'*x'\n"
                          "  b=u'*none'\n");
        /* anchors end with their document */
        tree_assert_shape("yaml", "a: &x 1\n--- \nb: *x\n",
                          "multi[]\n  {}\n    a=n'1'\n  {}\n    b=u'*x'\n");
}

static void merge_keys_yield_to_explicit_ones(void **state)
{
        (void)state;
        tree_assert_shape("yaml",
                          "base: &b {a: 1, b: 2}\n"
                          "other: &o {b: 3, c: 4}\n"
                          "one:\n"
                          "  b: 5\n"
                          "  <<: *b\n"
                          "many:\n"
                          "  <<: [*b, *o]\n"
                          "  d: 6\n"
                          "text:\n"
                          "  <<: x\n"
                          "quoted:\n"
                          "  '<<': {a: 1}\n",
                          "{}\n"
                          "  base={}\n    a=n'1'\n    b=n'2'\n"
                          "  other={}\n    b=n'3'\n    c=n'4'\n"
                          "  one={}\n    a=n'1'\n    b=n'5'\n"
                          "  many={}\n    c=n'4'\n    a=n'1'\n    b=n'2'\n    d=n'6'\n"
                          "  text={}\n    <<=s'x'\n"
                          "  quoted={}\n    <<={}\n      a=n'1'\n");
}

static void custom_tags_are_kept(void **state)
{
        (void)state;
        tree_assert("yaml",
                    "a: !Sub \"${X}-y\"\n"
                    "b: !GetAtt\n"
                    "  - R\n"
                    "c: !Join [a]\n"
                    "d: !If {x: y}\n"
                    "e: !!binary aGk=\n"
                    "f: !!python/name:os.system x\n",
                    "{} 1:1-7 0+106\n"
                    "  a=!Sub q'${X}-y' 1:9-1 8+8 key 1:1\n"
                    "  b=!GetAtt [] 3:3-3 30+3 key 2:1\n"
                    "    s'R' 3:5-3 32+1\n"
                    "  c=!Join [] 4:10-4 43+3 key 4:1\n"
                    "    s'a' 4:11-4 44+1\n"
                    "  d=!If {} 5:8-5 54+6 key 5:1\n"
                    "    x=s'y' 5:12-5 58+1 key 5:9\n"
                    "  e=!!binary s'aGk=' 6:13-6 73+4 key 6:1\n"
                    "  f=!!python/name:os.system s'x' 7:28-7 105+1 key 7:1\n");
}

static void containers_as_keys_are_their_source(void **state)
{
        (void)state;
        tree_assert_shape("yaml", "? [a, b]\n: 1\n? {x: y}\n: 2\nz: 3\n",
                          "{}\n  [a, b]=n'1'\n  {x: y}=n'2'\n  z=n'3'\n");
}

static void bare_templates_are_unknown(void **state)
{
        (void)state;
        tree_assert("yaml", "a: {{ role }}\nb: \"{{ x }}\"\n",
                    "{} 1:1-2 0+26\n"
                    "  a=u'{{ role }}' 1:4-1 3+10 key 1:1\n"
                    "  b=q'{{ x }}' 2:4-2 17+9 key 2:1\n");
}

static void a_comment_may_stand_behind_a_template(void **state)
{
        (void)state;
        tree_assert_shape("yaml",
                          "{{- if .x }} \t# why: \"it's, }\na: 1\nb: {{ .y }} # z\n"
                          "{{ include \"l\" . }} # {{ .z }}\n{{- end }}  # end\n",
                          "{}\n  a=n'1'\n  b=u'{{ .y }}'\n");
}

static void templates_of_charts_are_unknown(void **state)
{
        (void)state;
        tree_assert("yaml",
                    "{{- if .Values.rbac -}}\n"
                    "kind: ClusterRole\n"
                    "metadata:\n"
                    "  name: {{ include \"x: y\" . }}-\xc3\xa4\n"
                    "  labels:\n"
                    "    {{- include \"l\" . | nindent 4 }}\n"
                    "  \"q\": \"{{ .v }}:{{ .w }}\"\n"
                    "rules:\n"
                    "{{- range .Values.rules }}\n"
                    "  - verbs: [\"*\", {{ .verb }}]\n"
                    "    {{ .key }}: 1\n"
                    "{{- end }}{{/*\n"
                    "  c */}}\n"
                    "---\n"
                    "{%- for x in y %}\n"
                    "a: {% if x %}b{% endif %}\n"
                    "{{- end }}\n",
                    "multi[] 1:1-16 0+313\n"
                    "  {} 2:1-11 24+217\n"
                    "    kind=s'ClusterRole' 2:7-2 30+11 key 2:1\n"
                    "    metadata={} 4:3-7 54+105 key 3:1\n"
                    "      name=u'{{ include \"x: y\" . }}-\xc3\xa4' 4:9-4 60+25 key 4:3\n"
                    "      labels=u'{{- include \"l\" . | nindent 4 }}' 5:10-5 95+0 key 5:3\n"
                    "      q=U'{{ .v }}:{{ .w }}' 7:8-7 140+19 key 7:3\n"
                    "    rules=[] 10:3-11 196+45 key 8:1\n"
                    "      {} 10:5-11 198+43\n"
                    "        verbs=[] 10:12-10 205+18 key 10:5\n"
                    "          q'*' 10:13-10 206+3\n"
                    "          u'{{ .verb }}' 10:18-10 211+11\n"
                    "        {{ .key }}=n'1' 11:17-11 240+1 key 11:5\n"
                    "  {} 16:1-16 288+25\n"
                    "    a=u'{% if x %}b{% endif %}' 16:4-16 291+22 key 16:1\n");
}

static void strange_bytes_are_kept(void **state)
{
        (void)state;
        tree_assert("yaml", "a: \"\xe4\x1b\"\nb: \xef\x9c\x80 # \x01 \xc2\x85\nc: \xe2\x80\xa8z\n",
                    "{} 1:1-3 0+29\n"
                    "  a=q'\xe4\x1b' 1:4-1 3+4 key 1:1\n"
                    "  b=s'\xef\x9c\x80' 2:4-2 11+3 key 2:1\n"
                    "  c=s'\xe2\x80\xa8z' 3:4-3 25+4 key 3:1\n");
}

static void malformed_text_is_refused_where_it_breaks(void **state)
{
        (void)state;
        tree_assert_bad("yaml", "a: b\nc: [1\nd: e\n", 3, 2);
        tree_assert_bad("yaml", "a: \"b\n", 2, 1);
        tree_assert_bad("yaml", "a: b\n\tc: d\n", 2, 1);
        tree_assert_bad("yaml", "Resource: *\n", 1, 12);
}

static void what_was_read_before_an_error_is_kept(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        const char *text = "a: b\nc:\n  - d\n  - [e, 'f\n";
        struct doc_error error;

        (void)state;
        assert_int_equal(tree_parse("yaml", text, strlen(text), &d, &error), -EBADMSG);
        char *shape = tree_shape(doc_root(d));
        assert_string_equal(shape, "{}\n  a=s'b'\n  c=[]\n    s'd'\n");
        free(shape);
}

static void documents_behind_a_broken_one_are_read(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        const char *text = "a: [\xc3\xa4\n"
                           "---\n"
                           "b: \xc3\xa4\n"
                           "  c: *\n"
                           "---x\n"
                           "--- # two\n"
                           "d: e\n"
                           "---\n"
                           "f: 'g\n";
        struct doc_error error;

        (void)state;
        assert_int_equal(tree_parse("yaml", text, strlen(text), &d, &error), -EBADMSG);
        assert_int_equal(error.line, 2);
        tree_assert_consistent(doc_root(d), strlen(text));
        _cleanup_free_ char *shown = tree_text(doc_root(d));
        assert_string_equal(shown, "multi[] 1:1-9 0+48\n"
                                   "  {} 1:1-1 0+6\n"
                                   "    a=[] 1:4-1 3+3 key 1:1\n"
                                   "      s'\xc3\xa4' 1:5-1 4+2\n"
                                   "  {} 3:1-4 11+9\n"
                                   "    b=s'\xc3\xa4 c' 3:4-4 14+6 key 3:1\n"
                                   "  {} 7:1-7 39+4\n"
                                   "    d=s'e' 7:4-7 42+1 key 7:1\n"
                                   "  {} 9:1-9 48+0\n");
}

static void assert_too_big(const struct buffer *b)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error = {0};

        assert_int_equal(b->error, 0);
        assert_int_equal(tree_parse("yaml", b->data, b->len, &d, &error), -E2BIG);
        tree_assert_consistent(doc_root(d), b->len);
}

static void alias_bombs_are_refused(void **state)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;

        (void)state;
        buffer_puts(&b, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 12; i++) {
                buffer_printf(&b, "a%d: &a%d [", i, i);
                for (int k = 0; k < 10; k++)
                        buffer_printf(&b, "*a%d,", i - 1);
                buffer_puts(&b, "]\n");
        }
        assert_too_big(&b);
}

static void merge_bombs_are_refused(void **state)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;

        (void)state;
        buffer_puts(&b, "a0: &a0 {k: {k: {k: v}}}\n");
        for (int i = 1; i < 60; i++)
                buffer_printf(&b, "a%d: &a%d {<<: *a%d, x%d: *a%d, y%d: *a%d}\n", i, i, i - 1, i,
                              i - 1, i, i - 1);
        assert_too_big(&b);
}

static void deep_nesting_is_refused(void **state)
{
        _cleanup_buffer_ struct buffer flow = BUFFER_NULL, block = BUFFER_NULL, keys = BUFFER_NULL;

        (void)state;
        for (int i = 0; i < 900; i++) {
                buffer_putc(&flow, '[');
                buffer_puts(&block, "- ");
                buffer_puts(&keys, "{a: ");
        }
        assert_too_big(&flow);
        assert_too_big(&block);
        assert_too_big(&keys);
}

static void many_anchors_are_refused(void **state)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;

        (void)state;
        for (int i = 0; i < 5000; i++)
                buffer_printf(&b, "- &a%d x\n", i);
        assert_too_big(&b);
}

static void many_nodes_are_refused(void **state)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;

        (void)state;
        for (int i = 0; i < 300000; i++)
                buffer_puts(&b, "- x\n");
        assert_too_big(&b);
}

static const char sturdy[] = "\xef\xbb\xbf%YAML 1.1\n"
                             "---\n"
                             "base: &b {a: 1, 'b': \"\\u00e4\\n\"}\n"
                             "use: !T\n"
                             "  <<: *b\n"
                             "  ? [x]\n"
                             "  : |2-\n"
                             "      lit\n"
                             "\xc3\xa4: >+\n"
                             "  {\"a\":\n"
                             "  [1]}\n"
                             "\n"
                             "--- # next\n"
                             "- {{ t }}\n"
                             "- &c !!str\n"
                             "- *c\n";

static void limits_are_kept_at_every_point(void **state)
{
        (void)state;
        tree_assert_bounded("yaml", "a: &x {k: [1, 'v']}\nb: *x\nc:\n  <<: *x\n  d: !T |\n    "
                                    "{\"e\": 1}\n? [q]\n: \xff\n---\n- 1\n");
}

static void broken_text_does_no_harm(void **state)
{
        (void)state;
        tree_assert_sturdy("yaml", sturdy);
        tree_assert_sturdy("yaml", "a: b\n{{- if \xc3\xa4 }}\nc: \xff{{ d }}-\xc3\xa4\n  {% e %} "
                                   "{# f #}\ng:\n\n {{ h }}\n");
}

static void large_files_are_read_in_linear_time(void **state)
{
        _cleanup_buffer_ struct buffer b = {.max = (size_t)32 << 20};

        (void)state;
        for (int i = 0; b.len < 10000000; i++)
                buffer_printf(&b,
                              "- kind: Role\n  name: role-%d\n  rules: [{verbs: ['*', \"get\"]}]\n",
                              i);
        assert_int_equal(tree_time("yaml", b.data, b.len), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_know_their_places),
                cmocka_unit_test(columns_count_characters_and_offsets_bytes),
                cmocka_unit_test(block_scalars_end_with_their_text),
                cmocka_unit_test(bare_words_get_types_and_quoted_ones_do_not),
                cmocka_unit_test(several_documents_are_one_sequence),
                cmocka_unit_test(aliases_stand_where_they_are_used),
                cmocka_unit_test(aliases_of_nothing_and_of_themselves_are_unknown),
                cmocka_unit_test(merge_keys_yield_to_explicit_ones),
                cmocka_unit_test(custom_tags_are_kept),
                cmocka_unit_test(containers_as_keys_are_their_source),
                cmocka_unit_test(bare_templates_are_unknown),
                cmocka_unit_test(a_comment_may_stand_behind_a_template),
                cmocka_unit_test(templates_of_charts_are_unknown),
                cmocka_unit_test(strange_bytes_are_kept),
                cmocka_unit_test(malformed_text_is_refused_where_it_breaks),
                cmocka_unit_test(what_was_read_before_an_error_is_kept),
                cmocka_unit_test(documents_behind_a_broken_one_are_read),
                cmocka_unit_test(alias_bombs_are_refused),
                cmocka_unit_test(merge_bombs_are_refused),
                cmocka_unit_test(deep_nesting_is_refused),
                cmocka_unit_test(many_anchors_are_refused),
                cmocka_unit_test(many_nodes_are_refused),
                cmocka_unit_test(limits_are_kept_at_every_point),
                cmocka_unit_test(broken_text_does_no_harm),
                cmocka_unit_test(large_files_are_read_in_linear_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
