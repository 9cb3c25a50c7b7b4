/* SPDX-FileCopyrightText: giad maintainers */
#include "detectors/formats/format.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void objects_are_entered(void)
{
        static const char text[] = "package a\ndefault b := {\n  \"allowed\": true\n}\n";
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;

        assert_int_equal(tree_parse("rego", text, sizeof(text) - 1, &d, &error), 0);
        struct node *value = node_get(node_get(doc_root(d), "rules")->first, "value");
        const struct node *allowed = node_get(doc_embedded(d, value), "allowed");
        assert_int_equal(node_truth(allowed), 1);
        assert_int_equal(allowed->line, 3);
        assert_int_equal(allowed->column, 14);
}

static void modules_have_rules(void **state)
{
        (void)state;
        tree_assert("rego",
                    "package authz\n"
                    "import rego.v1\n"
                    "import data.a as b # c\n"
                    "\n"
                    "default allow := false\n"
                    "allow if {\n"
                    "\tinput.method == \"GET\" # d\n"
                    "\tvalid(input.token)\n"
                    "}\n",
                    "{} 1:1-9 0+135\n"
                    "  imports=[] 1:1-3 0+42 key 0:0\n"
                    "    s'rego.v1' 2:8-2 21+7\n"
                    "    s'data.a' 3:8-3 36+6\n"
                    "  rules=[] 1:1-9 0+135 key 0:0\n"
                    "    {} 5:1-5 53+22\n"
                    "      name=s'allow' 5:9-5 61+5 key 0:0\n"
                    "      default=b'true' 5:1-5 53+13 key 0:0\n"
                    "      calls=[] 5:1-5 53+0 key 0:0\n"
                    "      value=b'false' 5:18-5 70+5 key 0:0\n"
                    "      always=b'true' 5:9-5 61+5 key 0:0\n"
                    "    {} 6:1-9 76+59\n"
                    "      name=s'allow' 6:1-6 76+5 key 0:0\n"
                    "      calls=[] 8:2-8 115+5 key 0:0\n"
                    "        s'valid' 8:2-8 115+5\n"
                    "      value=b'true' 6:1-6 76+5 key 0:0\n"
                    "      body=[] 6:10-9 85+50 key 0:0\n"
                    "        {} 7:2-7 88+21\n"
                    "          text=s'input.method == \"GET\"' 7:2-7 88+21 key 0:0\n"
                    "          left=s'input.method' 7:2-7 88+12 key 0:0\n"
                    "          operator=s'==' 7:15-7 101+2 key 0:0\n"
                    "          right=q'GET' 7:18-7 104+5 key 0:0\n"
                    "        {} 8:2-8 115+18\n"
                    "          text=s'valid(input.token)' 8:2-8 115+18 key 0:0\n"
                    "      always=b'false' 6:1-6 76+5 key 0:0\n"
                    "  package=s'authz' 1:9-1 8+5 key 0:0\n");
}

static void rules_may_be_written_as_before(void **state)
{
        (void)state;
        tree_assert_shape("rego",
                          "package a\n"
                          "allow { input.x; not input.y }\n"
                          "allow = true { true }\n"
                          "deny[msg] { msg := sprintf(\"a {\", []) }\n"
                          "v = 3\n"
                          "n = null { a } { b }\n",
                          "{}\n"
                          "  imports=[]\n"
                          "  rules=[]\n"
                          "    {}\n"
                          "      name=s'allow'\n"
                          "      calls=[]\n"
                          "      value=b'true'\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'input.x'\n"
                          "        {}\n"
                          "          text=s'not input.y'\n"
                          "      always=b'false'\n"
                          "    {}\n"
                          "      name=s'allow'\n"
                          "      calls=[]\n"
                          "      value=b'true'\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'true'\n"
                          "      always=b'true'\n"
                          "    {}\n"
                          "      name=s'deny'\n"
                          "      calls=[]\n"
                          "        s'sprintf'\n"
                          "      key=s'msg'\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'msg := sprintf(\"a {\", [])'\n"
                          "          left=s'msg'\n"
                          "          operator=s':='\n"
                          "          right=s'sprintf(\"a {\", [])'\n"
                          "      always=b'false'\n"
                          "    {}\n"
                          "      name=s'v'\n"
                          "      calls=[]\n"
                          "      value=n'3'\n"
                          "      always=b'true'\n"
                          "    {}\n"
                          "      name=s'n'\n"
                          "      calls=[]\n"
                          "      value=null\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'a'\n"
                          "      always=b'false'\n"
                          "    {}\n"
                          "      name=s'n'\n"
                          "      calls=[]\n"
                          "      value=null\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'b'\n"
                          "      always=b'false'\n"
                          "  package=s'a'\n");
}

static void rules_may_be_written_as_since(void **state)
{
        (void)state;
        tree_assert_shape("rego",
                          "package a\n"
                          "allow if input.x == 1\n"
                          "allow := true\n"
                          "  if input.a\n"
                          "deny contains msg if { some i; msg := input.m[i] }\n"
                          "f(x, y) := z if { z := x +\n"
                          "  y }\n"
                          "g.h[x].y := 1\n",
                          "{}\n"
                          "  imports=[]\n"
                          "  rules=[]\n"
                          "    {}\n"
                          "      name=s'allow'\n"
                          "      calls=[]\n"
                          "      value=b'true'\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'input.x == 1'\n"
                          "          left=s'input.x'\n"
                          "          operator=s'=='\n"
                          "          right=n'1'\n"
                          "      always=b'false'\n"
                          "    {}\n"
                          "      name=s'allow'\n"
                          "      calls=[]\n"
                          "      value=b'true'\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'input.a'\n"
                          "      always=b'false'\n"
                          "    {}\n"
                          "      name=s'deny'\n"
                          "      calls=[]\n"
                          "      key=s'msg'\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'some i'\n"
                          "        {}\n"
                          "          text=s'msg := input.m[i]'\n"
                          "          left=s'msg'\n"
                          "          operator=s':='\n"
                          "          right=s'input.m[i]'\n"
                          "      always=b'false'\n"
                          "    {}\n"
                          "      name=s'f'\n"
                          "      calls=[]\n"
                          "      args=s'x, y'\n"
                          "      value=s'z'\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'z := x +\\n  y'\n"
                          "          left=s'z'\n"
                          "          operator=s':='\n"
                          "          right=s'x +\\n  y'\n"
                          "      always=b'false'\n"
                          "    {}\n"
                          "      name=s'g.h'\n"
                          "      calls=[]\n"
                          "      key=s'x'\n"
                          "      value=n'1'\n"
                          "      always=b'true'\n"
                          "  package=s'a'\n");
}

static void branches_are_a_list(void **state)
{
        (void)state;
        tree_assert_shape("rego",
                          "package a\n"
                          "x := 1 if {\n"
                          "  a\n"
                          "} else := 2 if { b }\n"
                          "else := true\n"
                          "y { a } else = \"c\" { true }\n",
                          "{}\n"
                          "  imports=[]\n"
                          "  rules=[]\n"
                          "    {}\n"
                          "      name=s'x'\n"
                          "      calls=[]\n"
                          "      value=n'1'\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'a'\n"
                          "      always=b'false'\n"
                          "      else=[]\n"
                          "        {}\n"
                          "          calls=[]\n"
                          "          value=n'2'\n"
                          "          body=[]\n"
                          "            {}\n"
                          "              text=s'b'\n"
                          "          always=b'false'\n"
                          "        {}\n"
                          "          calls=[]\n"
                          "          value=b'true'\n"
                          "          always=b'true'\n"
                          "    {}\n"
                          "      name=s'y'\n"
                          "      calls=[]\n"
                          "      value=b'true'\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'a'\n"
                          "      always=b'false'\n"
                          "      else=[]\n"
                          "        {}\n"
                          "          calls=[]\n"
                          "          value=q'c'\n"
                          "          body=[]\n"
                          "            {}\n"
                          "              text=s'true'\n"
                          "          always=b'true'\n"
                          "  package=s'a'\n");
}

static void values_are_constants_or_sources(void **state)
{
        (void)state;
        tree_assert_shape("rego",
                          "package a\n"
                          "a := \"b c\"\n"
                          "d := -1.5\n"
                          "e := {\"x\": true, \"y\": [1]}\n"
                          "f := {\"x\": input.y}\n"
                          "g := [x | x := input.z[_]; x > 1]\n"
                          "h := `raw\n"
                          "}`\n",
                          "{}\n"
                          "  imports=[]\n"
                          "  rules=[]\n"
                          "    {}\n"
                          "      name=s'a'\n"
                          "      calls=[]\n"
                          "      value=q'b c'\n"
                          "      always=b'true'\n"
                          "    {}\n"
                          "      name=s'd'\n"
                          "      calls=[]\n"
                          "      value=n'-1.5'\n"
                          "      always=b'true'\n"
                          "    {}\n"
                          "      name=s'e'\n"
                          "      calls=[]\n"
                          "      value=s'{\"x\": true, \"y\": [1]}'\n"
                          "      always=b'true'\n"
                          "    {}\n"
                          "      name=s'f'\n"
                          "      calls=[]\n"
                          "      value=s'{\"x\": input.y}'\n"
                          "      always=b'true'\n"
                          "    {}\n"
                          "      name=s'g'\n"
                          "      calls=[]\n"
                          "      value=s'[x | x := input.z[_]; x > 1]'\n"
                          "      always=b'true'\n"
                          "    {}\n"
                          "      name=s'h'\n"
                          "      calls=[]\n"
                          "      value=q'raw\\n}'\n"
                          "      always=b'true'\n"
                          "  package=s'a'\n");
        objects_are_entered();
}

static void what_always_holds_is_told(void **state)
{
        (void)state;
        tree_assert_shape("rego",
                          "package a\n"
                          "allow if true\n"
                          "allow if { 1 == 1; not false }\n"
                          "allow if { # all\n"
                          "}\n"
                          "allow if { true; input.x }\n"
                          "allow if { x := 1 }\n",
                          "{}\n"
                          "  imports=[]\n"
                          "  rules=[]\n"
                          "    {}\n"
                          "      name=s'allow'\n"
                          "      calls=[]\n"
                          "      value=b'true'\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'true'\n"
                          "      always=b'true'\n"
                          "    {}\n"
                          "      name=s'allow'\n"
                          "      calls=[]\n"
                          "      value=b'true'\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'1 == 1'\n"
                          "          left=n'1'\n"
                          "          operator=s'=='\n"
                          "          right=n'1'\n"
                          "        {}\n"
                          "          text=s'not false'\n"
                          "      always=b'true'\n"
                          "    {}\n"
                          "      name=s'allow'\n"
                          "      calls=[]\n"
                          "      value=b'true'\n"
                          "      body=[]\n"
                          "      always=b'true'\n"
                          "    {}\n"
                          "      name=s'allow'\n"
                          "      calls=[]\n"
                          "      value=b'true'\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'true'\n"
                          "        {}\n"
                          "          text=s'input.x'\n"
                          "      always=b'false'\n"
                          "    {}\n"
                          "      name=s'allow'\n"
                          "      calls=[]\n"
                          "      value=b'true'\n"
                          "      body=[]\n"
                          "        {}\n"
                          "          text=s'x := 1'\n"
                          "          left=s'x'\n"
                          "          operator=s':='\n"
                          "          right=n'1'\n"
                          "      always=b'false'\n"
                          "  package=s'a'\n");
}

static void calls_are_found_at_any_depth(void **state)
{
        (void)state;
        tree_assert_shape(
                "rego",
                "package a\n"
                "a if {\n"
                "  [_, p, _] := io.jwt.decode(input.t)\n"
                "  count({x | x := http.send({\"url\": f(p)}).body}) > 0\n"
                "}\n"
                "b := to_number(\"c(d)\")\n",
                "{}\n"
                "  imports=[]\n"
                "  rules=[]\n"
                "    {}\n"
                "      name=s'a'\n"
                "      calls=[]\n"
                "        s'io.jwt.decode'\n"
                "        s'count'\n"
                "        s'http.send'\n"
                "        s'f'\n"
                "      value=b'true'\n"
                "      body=[]\n"
                "        {}\n"
                "          text=s'[_, p, _] := io.jwt.decode(input.t)'\n"
                "          left=s'[_, p, _]'\n"
                "          operator=s':='\n"
                "          right=s'io.jwt.decode(input.t)'\n"
                "        {}\n"
                "          text=s'count({x | x := http.send({\"url\": f(p)}).body}) > 0'\n"
                "          left=s'count({x | x := http.send({\"url\": f(p)}).body})'\n"
                "          operator=s'>'\n"
                "          right=n'0'\n"
                "      always=b'false'\n"
                "    {}\n"
                "      name=s'b'\n"
                "      calls=[]\n"
                "        s'to_number'\n"
                "      value=s'to_number(\"c(d)\")'\n"
                "      always=b'true'\n"
                "  package=s'a'\n");
}

static void what_is_no_rule_is_the_error(void **state)
{
        (void)state;
        tree_assert_bad("rego",
                        "package a\n"
                        "allow if {\n"
                        "  x\n",
                        2, 10);
        tree_assert_bad("rego",
                        "package a\n"
                        "x := [1\n",
                        2, 6);
        tree_assert_bad("rego",
                        "package a\n"
                        "%%\n",
                        2, 1);
        tree_assert_bad("rego",
                        "package a\n"
                        "x := `b\n",
                        2, 6);
        tree_assert_bad("rego",
                        "package a\n"
                        "allow true\n",
                        2, 7);
        tree_assert_bad("rego",
                        "package a\n"
                        "allow if { ) }\n",
                        2, 12);
        tree_assert_bad("rego",
                        "package a\n"
                        "x[a := 1\n",
                        2, 9);
        tree_assert_shape("rego", "",
                          "{}\n"
                          "  imports=[]\n"
                          "  rules=[]\n");
        tree_assert_shape("rego", "package",
                          "{}\n"
                          "  imports=[]\n"
                          "  rules=[]\n"
                          "  package=s''\n");
        tree_assert_bad("rego", "default", 1, 8);
        tree_assert_sturdy("rego", "package a\n"
                                   "import b.c as d\n"
                                   "default x = {\"a\": 1}\n"
                                   "f(y)[z] := \"a\\\"b\" if { x == `c`; every i in y { i } } else "
                                   "= 2 { true } { g.h(1) }\n");
        tree_assert_bounded("rego", "package a\n"
                                    "import b\n"
                                    "default x = 1\n"
                                    "f(y) := 2 if { x == 1; g(3) } else := 4\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(modules_have_rules),
                cmocka_unit_test(rules_may_be_written_as_before),
                cmocka_unit_test(rules_may_be_written_as_since),
                cmocka_unit_test(branches_are_a_list),
                cmocka_unit_test(values_are_constants_or_sources),
                cmocka_unit_test(what_always_holds_is_told),
                cmocka_unit_test(calls_are_found_at_any_depth),
                cmocka_unit_test(what_is_no_rule_is_the_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
