/* SPDX-FileCopyrightText: giad maintainers */
#include "detectors/formats/format.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void rows_have_columns(void **state)
{
        (void)state;
        tree_assert("casbin",
                    "# roles\n"
                    "p, alice, data1, read\r\n"
                    "g,bob ,role:admin\n"
                    "\n"
                    "  p2, a , b\n",
                    "{} 1:1-5 0+61\n"
                    "  rows=[] 1:1-5 0+61 key 0:0\n"
                    "    {} 2:1-2 8+21\n"
                    "      ptype=s'p' 2:1-2 8+1 key 0:0\n"
                    "      v0=s'alice' 2:4-2 11+5 key 0:0\n"
                    "      v1=s'data1' 2:11-2 18+5 key 0:0\n"
                    "      v2=s'read' 2:18-2 25+4 key 0:0\n"
                    "    {} 3:1-3 31+17\n"
                    "      ptype=s'g' 3:1-3 31+1 key 0:0\n"
                    "      v0=s'bob' 3:3-3 33+3 key 0:0\n"
                    "      v1=s'role:admin' 3:8-3 38+10 key 0:0\n"
                    "    {} 5:3-5 52+9\n"
                    "      ptype=s'p2' 5:3-5 52+2 key 0:0\n"
                    "      v0=s'a' 5:7-5 56+1 key 0:0\n"
                    "      v1=s'b' 5:11-5 60+1 key 0:0\n");
}

static void fields_may_be_quoted(void **state)
{
        (void)state;
        tree_assert_shape("casbin", "p, \"a, b\", \"say \"\"x\"\"\" , \"\", c d\n",
                          "{}\n"
                          "  rows=[]\n"
                          "    {}\n"
                          "      ptype=s'p'\n"
                          "      v0=q'a, b'\n"
                          "      v1=q'say \"x\"'\n"
                          "      v2=q''\n"
                          "      v3=s'c d'\n");
}

static void columns_may_be_empty_or_too_many(void **state)
{
        (void)state;
        tree_assert_shape("casbin",
                          "p,,x\n"
                          "p, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, \"12\", 13\n",
                          "{}\n"
                          "  rows=[]\n"
                          "    {}\n"
                          "      ptype=s'p'\n"
                          "      v0=s''\n"
                          "      v1=s'x'\n"
                          "    {}\n"
                          "      ptype=s'p'\n"
                          "      v0=s'0'\n"
                          "      v1=s'1'\n"
                          "      v2=s'2'\n"
                          "      v3=s'3'\n"
                          "      v4=s'4'\n"
                          "      v5=s'5'\n"
                          "      v6=s'6'\n"
                          "      v7=s'7'\n"
                          "      v8=s'8'\n"
                          "      v9=s'9'\n"
                          "      v10=s'10'\n"
                          "      v11=s'11'\n");
}

static void what_is_cut_ends(void **state)
{
        (void)state;
        tree_assert_shape("casbin", "",
                          "{}\n"
                          "  rows=[]\n");
        tree_assert_shape("casbin", "p, a, ",
                          "{}\n"
                          "  rows=[]\n"
                          "    {}\n"
                          "      ptype=s'p'\n"
                          "      v0=s'a'\n"
                          "      v1=s''\n");
        tree_assert_bad("casbin",
                        "p, a\n"
                        "p, \"b\n"
                        "p, c\n",
                        2, 5);
        tree_assert_sturdy("casbin", "﻿p, \"a\"\"b\", *\n"
                                     "# c\n"
                                     " g, a\t,b\r\n");
        tree_assert_bounded("casbin", "p, \"a\"\"b\", *\n"
                                      "g, a, b\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_have_columns),
                cmocka_unit_test(fields_may_be_quoted),
                cmocka_unit_test(columns_may_be_empty_or_too_many),
                cmocka_unit_test(what_is_cut_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
