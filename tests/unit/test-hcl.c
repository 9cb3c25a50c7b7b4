/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/buffer.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void values_know_their_places(void **state)
{
        (void)state;
        tree_assert("hcl",
                    "resource \"aws_iam_role\" \"r\" {\n"
                    "  name = \"x\" # why\n"
                    "  size = [1, -2.5]\n"
                    "}\n"
                    "resource \"b\" \"\xc3\xa4\" { count = 2 }\n"
                    "a = true\n",
                    "{} 1:1-6 0+111\n"
                    "  resource=[] 1:1-5 0+0 key 1:1\n"
                    "    <aws_iam_role><r>block{} 1:1-4 0+69\n"
                    "      name=q'x' 2:10-2 39+3 key 2:3\n"
                    "      size=[] 3:10-3 58+9 key 3:3\n"
                    "        n'1' 3:11-3 59+1\n"
                    "        n'-2.5' 3:14-3 62+4\n"
                    "    <b><\xc3\xa4>block{} 5:1-5 70+31\n"
                    "      count=n'2' 5:28-5 98+1 key 5:20\n"
                    "  a=b'true' 6:5-6 106+4 key 6:1\n");
}

static void the_type_of_a_variable_is_no_unknown_value(void **state)
{
        (void)state;
        tree_assert_shape("hcl",
                          "variable \"a\" {\n"
                          "  type = string\n"
                          "}\n"
                          "variable \"b\" {\n"
                          "  type = list(object({ id = string }))\n"
                          "  default = var.c\n"
                          "}\n"
                          "resource \"x\" \"y\" {\n"
                          "  type = local.t\n"
                          "}\n",
                          "{}\n"
                          "  variable=[]\n"
                          "    <a>block{}\n"
                          "      type=s'string'\n"
                          "    <b>block{}\n"
                          "      type=s'list(object({ id = string }))'\n"
                          "      default=u'var.c'\n"
                          "  resource=[]\n"
                          "    <x><y>block{}\n"
                          "      type=u'local.t'\n");
}

static void blocks_nest_and_repeat(void **state)
{
        (void)state;
        tree_assert_shape("hcl",
                          "terraform {}\n"
                          "data \"p\" d {\n"
                          "  statement {\n"
                          "    actions = [\"*\"]\n"
                          "    condition { test = \"x\" }\n"
                          "  }\n"
                          "  statement {\n"
                          "  }\n"
                          "  dynamic \"s\" {\n"
                          "    for_each = var.x\n"
                          "    content {}\n"
                          "  }\n"
                          "}\n",
                          "{}\n"
                          "  terraform=[]\n"
                          "    block{}\n"
                          "  data=[]\n"
                          "    <p><d>block{}\n"
                          "      statement=[]\n"
                          "        block{}\n"
                          "          actions=[]\n"
                          "            q'*'\n"
                          "          condition=[]\n"
                          "            block{}\n"
                          "              test=q'x'\n"
                          "        block{}\n"
                          "      dynamic=[]\n"
                          "        <s>block{}\n"
                          "          for_each=u'var.x'\n"
                          "          content=[]\n"
                          "            block{}\n");
}

static void constants_become_values(void **state)
{
        (void)state;
        tree_assert_shape("hcl",
                          "a = null\n"
                          "b = [\n"
                          "  \"x\", // one\n"
                          "  2, /* two */ [],\n"
                          "  # none\n"
                          "]\n"
                          "c = {\n"
                          "  k = 1, \"a:b\" : \"v\"\n"
                          "  (var.k) = 2\n"
                          "  \"${var.n}-x\" = 3\n"
                          "  n = { m = false } }\n"
                          "d = \"tab\\tq\\\"$${x}%%{y}\\u00e4\"\n",
                          "{}\n"
                          "  a=null\n"
                          "  b=[]\n"
                          "    q'x'\n"
                          "    n'2'\n"
                          "    []\n"
                          "  c={}\n"
                          "    k=n'1'\n"
                          "    a:b=q'v'\n"
                          "    (var.k)=n'2'\n"
                          "    ${var.n}-x=n'3'\n"
                          "    n={}\n"
                          "      m=b'false'\n"
                          "  d=q'tab\tq\"${x}%{y}\xc3\xa4'\n");
}

static void everything_else_is_its_source(void **state)
{
        (void)state;
        tree_assert_shape("hcl",
                          "a = var.role\n"
                          "b = \"${var.a}-b\"\n"
                          "c = var.x ? \"a\" : \"b\"  # why\n"
                          "d = [for k, v in var.m : upper(\"${v[\"}\"]}\") if k != \"]\"]\n"
                          "e = { for k in x : k => v... }\n"
                          "f = merge(\n  { a = 1 }, # )\n  local.t,\n)\n"
                          "g = \"a\" == var.b ? 1 : 2\n"
                          "h = [1, 2][0]\n"
                          "i = { a = 1 }[\"a\"]\n"
                          "j = aws_x.y[*].z\n"
                          "k = 1 + 2\n"
                          "l = !true\n"
                          "m = -var.x\n"
                          "n = (1)\n"
                          "o = [var.a, \"x\", f(1, [2]), true ? 1\n : 2]\n"
                          "p = { q = f(<<E\n)\nE\n), r = a == b }\n"
                          "s = a.b /* } */ . c\n",
                          "{}\n"
                          "  a=u'var.role'\n"
                          "  b=U'${var.a}-b'\n"
                          "  c=u'var.x ? \"a\" : \"b\"'\n"
                          "  d=u'[for k, v in var.m : upper(\"${v[\"}\"]}\") if k != \"]\"]'\n"
                          "  e=u'{ for k in x : k => v... }'\n"
                          "  f=u'merge(\\n  { a = 1 }, # )\\n  local.t,\\n)'\n"
                          "  g=u'\"a\" == var.b ? 1 : 2'\n"
                          "  h=u'[1, 2][0]'\n"
                          "  i=u'{ a = 1 }[\"a\"]'\n"
                          "  j=u'aws_x.y[*].z'\n"
                          "  k=u'1 + 2'\n"
                          "  l=u'!true'\n"
                          "  m=u'-var.x'\n"
                          "  n=u'(1)'\n"
                          "  o=[]\n"
                          "    u'var.a'\n"
                          "    q'x'\n"
                          "    u'f(1, [2])'\n"
                          "    u'true ? 1\\n : 2'\n"
                          "  p={}\n"
                          "    q=u'f(<<E\\n)\\nE\\n)'\n"
                          "    r=u'a == b'\n"
                          "  s=u'a.b /* } */ . c'\n");
}

static void heredocs_are_strings(void **state)
{
        (void)state;
        tree_assert("hcl",
                    "a = <<EOF\n"
                    "  one\n"
                    "EOF two\n"
                    "  EOF\n"
                    "b = <<-E-1\r\n"
                    "    x\r\n"
                    "\r\n"
                    "      $${y}\r\n"
                    "    E-1\r\n"
                    "c = <<X\n"
                    "${z}$${w}\n"
                    "X\n",
                    "{} 1:1-12 0+93\n"
                    "  a=s'  one\\nEOF two\\n' 1:5-4 4+25 key 1:1\n"
                    "  b=s'x\r\\n\r\\n  ${y}\r\\n' 5:5-9 34+37 key 5:1\n"
                    "  c=u'${z}$${w}\\n' 10:5-12 77+15 key 10:1\n");
}

static void encoded_objects_are_themselves(void **state)
{
        (void)state;
        tree_assert("hcl",
                    "a = jsonencode({\n"
                    "  S = [{ A = \"*\" }],\n"
                    "})\n"
                    "b = yamlencode( [1], )\n"
                    "c = jsonencode(var.x)\n"
                    "d = jsonencode({ a = 1 }) == 1\n"
                    "e = jsonencode([for x in y : x])\n"
                    "f = jsonencode({} , {})\n"
                    "g = [jsonencode({}).x]\n",
                    "{} 1:1-9 0+197\n"
                    "  a=jsonencode {} 1:5-3 4+36 key 1:1\n"
                    "    S=[] 2:7-2 23+13 key 2:3\n"
                    "      {} 2:8-2 24+11\n"
                    "        A=q'*' 2:14-2 30+3 key 2:10\n"
                    "  b=yamlencode [] 4:5-4 45+18 key 4:1\n"
                    "    n'1' 4:18-4 58+1\n"
                    "  c=u'jsonencode(var.x)' 5:5-5 68+17 key 5:1\n"
                    "  d=u'jsonencode({ a = 1 }) == 1' 6:5-6 90+26 key 6:1\n"
                    "  e=u'jsonencode([for x in y : x])' 7:5-7 121+28 key 7:1\n"
                    "  f=u'jsonencode({} , {})' 8:5-8 154+19 key 8:1\n"
                    "  g=[] 9:5-9 178+18 key 9:1\n"
                    "    u'jsonencode({}).x' 9:6-9 179+16\n");
}

static void policies_in_strings_are_trees(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;
        static const char text[] = "p = <<-EOF\n"
                                   "  {\n"
                                   "    \"A\": \"*\",\n"
                                   "    %{ if x }\"R\": [\"${a}\", ${b}],%{ endif }\n"
                                   "    \"V\": \"$${aws:username}\"\n"
                                   "  }\n"
                                   "EOF\n"
                                   "q = \"{\\\"A\\\": \\\"${join(\",\", x)}\\\"}\"\n"
                                   "r = \"{\\\"A\\\": \\\"$${u}\\\"}\"\n";

        (void)state;
        assert_int_equal(tree_parse("hcl", text, sizeof(text) - 1, &d, &error), 0);
        struct node *root = doc_root(d);
        _cleanup_free_ char *p = tree_text(doc_embedded(d, node_get(root, "p")));
        assert_string_equal(p, "{} 2:3-6 13+91\n"
                               "  A=q'*' 3:10-3 24+3 key 3:5\n"
                               "  R=[] 4:19-4 47+14 key 4:14\n"
                               "    U'${a}' 4:20-4 48+6\n"
                               "    u'${b}' 4:28-4 56+4\n"
                               "  V=q'${aws:username}' 5:10-5 82+18 key 5:5\n");
        _cleanup_free_ char *q = tree_text(doc_embedded(d, node_get(root, "q")));
        assert_string_equal(q, "{} 8:6-8 114+28\n"
                               "  A=U'${join(\",\", x)}' 8:14-8 122+19 key 8:7\n");
        _cleanup_free_ char *s = tree_shape(doc_embedded(d, node_get(root, "r")));
        assert_string_equal(s, "{}\n  A=q'${u}'\n");
}

static void older_spellings_are_accepted(void **state)
{
        (void)state;
        tree_assert_shape("hcl",
                          "path \"secret/*\" { capabilities = [\"read\", \"sudo\"], }\n"
                          "\"quoted\" = 1\n"
                          "one { a = 1, b = \"x\" }\n"
                          "three \"a\" \"b\" \"c\" {}\n"
                          "s = [{\n  a = 1\n  p {\n    t = 2\n  }\n  p { t = 3 }\n}]\n",
                          "{}\n"
                          "  path=[]\n"
                          "    <secret/*>block{}\n"
                          "      capabilities=[]\n"
                          "        q'read'\n"
                          "        q'sudo'\n"
                          "  quoted=n'1'\n"
                          "  one=[]\n"
                          "    block{}\n"
                          "      a=n'1'\n"
                          "      b=q'x'\n"
                          "  three=[]\n"
                          "    <a><b>block{}\n"
                          "  s=[]\n"
                          "    {}\n"
                          "      a=n'1'\n"
                          "      p=[]\n"
                          "        block{}\n"
                          "          t=n'2'\n"
                          "        block{}\n"
                          "          t=n'3'\n");
}

static void malformed_text_is_refused_where_it_breaks(void **state)
{
        (void)state;
        tree_assert_bad("hcl", "a = \"b\nc = 1\n", 1, 5);
        tree_assert_bad("hcl", "a = <<E\nb\n", 1, 5);
        tree_assert_bad("hcl", "a {\n", 2, 1);
        tree_assert_bad("hcl", "a = [1,\n", 2, 1);
        tree_assert_bad("hcl", "a = {b\n}\n", 1, 7);
        tree_assert_bad("hcl", "a =\n", 2, 1);
        tree_assert_bad("hcl", "a b\n", 1, 4);
        tree_assert_bad("hcl", "}\n", 1, 1);
        tree_assert_bad("hcl", "a = f(1\n", 1, 8);
        tree_assert_bad("hcl", "{{ x }}\n", 1, 1);
}

static void reading_goes_on_behind_an_error(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;
        const char *text = "a \"b\" {\n"
                           "  c = [1, {\n"
                           "  x: \"y\n"
                           "  z\n"
                           "}\n"
                           "d \"e\" {\n"
                           "  f = 1\n"
                           "}\n"
                           "?\n";

        (void)state;
        assert_int_equal(tree_parse("hcl", text, strlen(text), &d, &error), -EBADMSG);
        assert_int_equal(error.line, 3);
        _cleanup_free_ char *shape = tree_shape(doc_root(d));
        assert_string_equal(shape, "{}\n"
                                   "  a=[]\n"
                                   "    <b>block{}\n"
                                   "      c=[]\n"
                                   "        n'1'\n"
                                   "        {}\n"
                                   "  d=[]\n"
                                   "    <e>block{}\n"
                                   "      f=n'1'\n");
        tree_assert_consistent(doc_root(d), strlen(text));
}

static void deep_nesting_is_refused(void **state)
{
        static const struct {
                const char *begin, *unit;
        } cases[] = {
                {"a = ", "["},
                {"", "a {\n"},
                {"a = {", "a = {"},
                {"a = ", "jsonencode({a="},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_buffer_ struct buffer b = BUFFER_NULL;
                _cleanup_(doc_freep) struct doc *d = NULL;
                struct doc_error error;

                buffer_puts(&b, cases[i].begin);
                for (int k = 0; k < 10000; k++)
                        buffer_puts(&b, cases[i].unit);
                assert_int_equal(tree_parse("hcl", b.data, b.len, &d, &error), -E2BIG);
        }
}

static void deep_expressions_are_only_skipped(void **state)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;

        (void)state;
        buffer_puts(&b, "x = f");
        for (int k = 0; k < 10000; k++)
                buffer_puts(&b, "(");
        for (int k = 0; k < 10000; k++)
                buffer_puts(&b, ")");
        buffer_puts(&b, "\ny = 1\n");
        assert_int_equal(tree_parse("hcl", b.data, b.len, &d, &error), 0);
        assert_true(node_equals(node_get(doc_root(d), "y"), "1"));
}

static void limits_are_kept_at_every_point(void **state)
{
        (void)state;
        tree_assert_bounded("hcl", "a \"b\" \"c\" {\n  p = jsonencode({ s = [1, \"x\", f(y)] })\n  "
                                   "q = <<E\n{\"e\": 1}\nE\n  r = [1][0]\n}\n");
}

static void broken_text_does_no_harm(void **state)
{
        (void)state;
        tree_assert_sturdy("hcl", "\xef\xbb\xbfresource \"a\" \"\xc3\xa4\" { /* c */\n"
                                  "  p = jsonencode({ A = [1, \"x\", f(\"${y[\"z\"]}\")], })\n"
                                  "  h = <<-E\n    {\"a\": \"${b}$${c}\"}\n  E\n"
                                  "  o = [for k in x : k]\n"
                                  "  d { e = true, \"f\" = -1.5e+3 } # x\n"
                                  "}\n"
                                  "g = {(k) = 1, l : null}[\"m\"]\r\n"
                                  "n = \"\\u00e4%{if x}y%{endif}\"\n");
}

static void large_files_are_read_in_linear_time(void **state)
{
        _cleanup_buffer_ struct buffer b = {.max = (size_t)32 << 20};

        (void)state;
        for (int i = 0; b.len < 10000000; i++)
                buffer_printf(&b,
                              "resource \"aws_iam_policy\" \"p%d\" {\n"
                              "  policy = jsonencode({ Statement = [{ Action = \"*\" }] })\n"
                              "  name = \"${var.x}-a\"\n"
                              "  description = <<EOF\nsome words\nEOF\n"
                              "}\n",
                              i);
        assert_int_equal(tree_time("hcl", b.data, b.len), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_know_their_places),
                cmocka_unit_test(the_type_of_a_variable_is_no_unknown_value),
                cmocka_unit_test(blocks_nest_and_repeat),
                cmocka_unit_test(constants_become_values),
                cmocka_unit_test(everything_else_is_its_source),
                cmocka_unit_test(heredocs_are_strings),
                cmocka_unit_test(encoded_objects_are_themselves),
                cmocka_unit_test(policies_in_strings_are_trees),
                cmocka_unit_test(older_spellings_are_accepted),
                cmocka_unit_test(malformed_text_is_refused_where_it_breaks),
                cmocka_unit_test(reading_goes_on_behind_an_error),
                cmocka_unit_test(deep_nesting_is_refused),
                cmocka_unit_test(deep_expressions_are_only_skipped),
                cmocka_unit_test(limits_are_kept_at_every_point),
                cmocka_unit_test(broken_text_does_no_harm),
                cmocka_unit_test(large_files_are_read_in_linear_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
