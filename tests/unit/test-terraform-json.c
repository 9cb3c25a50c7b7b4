/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define FILE_NAME "main.tf.json"

static void objects_below_labels_are_blocks(void **state)
{
        (void)state;
        tree_assert(FILE_NAME,
                    "{\"//\": \"made\",\n"
                    " \"resource\": {\"aws_iam_role\": {\n"
                    "   \"r\": {\"name\": \"x\"},\n"
                    "   \"s\": {\"tags\": {\"a\": 1}}}},\n"
                    " \"locals\": {\"b\": true}}\n",
                    "{} 1:1-5 0+123\n"
                    "  //=q'made' 1:8-1 7+6 key 1:2\n"
                    "  resource=[] 2:14-4 28+70 key 2:2\n"
                    "    <aws_iam_role><r>block{} 3:9-3 55+13\n"
                    "      name=q'x' 3:18-3 64+3 key 3:10\n"
                    "    <aws_iam_role><s>block{} 4:9-4 78+18\n"
                    "      tags={} 4:18-4 87+8 key 4:10\n"
                    "        a=n'1' 4:24-4 93+1 key 4:19\n"
                    "  locals=[] 5:12-5 111+11 key 5:2\n"
                    "    block{} 5:12-5 111+11\n"
                    "      b=b'true' 5:18-5 117+4 key 5:13\n");
        tree_assert_shape(FILE_NAME,
                          "{\"provider\": {\"aws\": [{\"a\": 1}, {\"a\": 2}]},\n"
                          " \"terraform\": [{}, {}],\n"
                          " \"resource\": [{\"t\": {\"x\": [{}]}}, {\"u\": {\"y\": {}}}]}\n",
                          "{}\n"
                          "  provider=[]\n"
                          "    <aws>block{}\n"
                          "      a=n'1'\n"
                          "    <aws>block{}\n"
                          "      a=n'2'\n"
                          "  terraform=[]\n"
                          "    block{}\n"
                          "    block{}\n"
                          "  resource=[]\n"
                          "    <t><x>block{}\n"
                          "    <u><y>block{}\n");
}

static void what_is_no_block_stays(void **state)
{
        (void)state;
        tree_assert_shape(
                FILE_NAME,
                "{\"resource\": {\"t\": {\"x\": 1, \"y\": {}}}, \"data\": {}, \"output\": \"a\","
                " \"module\": {\"m\": {}}}\n",
                "{}\n"
                "  resource={}\n"
                "    t={}\n"
                "      x=n'1'\n"
                "      y={}\n"
                "  data={}\n"
                "  output=q'a'\n"
                "  module=[]\n"
                "    <m>block{}\n");
        tree_assert_shape(FILE_NAME, "[{\"resource\": {\"t\": {\"x\": {}}}}]\n",
                          "[]\n  {}\n    resource={}\n      t={}\n        x={}\n");
        tree_assert_bad(FILE_NAME, "{\"resource\": {\"t\": {\"x\": {\"a\": }\n", 1, 32);
}

static void strings_with_templates_are_unknown(void **state)
{
        (void)state;
        tree_assert_shape(
                FILE_NAME,
                "{\"resource\": {\"t\": {\"x\": {\"a\": \"${var.b}\", \"c\": \"$${d}\"}}}}\n",
                "{}\n"
                "  resource=[]\n"
                "    <t><x>block{}\n"
                "      a=U'${var.b}'\n"
                "      c=q'${d}'\n");
        /* quotes in a template are escaped as elsewhere in JSON */
        tree_assert_shape(
                FILE_NAME,
                "{\"resource\": {\"t\": {\"x\": {\"a\": \"${b[\\\"c\\\"]}-%{if d}\"}}}}\n",
                "{}\n"
                "  resource=[]\n"
                "    <t><x>block{}\n"
                "      a=U'${b[\"c\"]}-%{if d}'\n");
}

static void dynamic_blocks_and_statements_are_blocks(void **state)
{
        (void)state;
        tree_assert_shape(
                FILE_NAME,
                "{\"resource\": {\"t\": {\"x\": {\"dynamic\": {\"in\": {\"for_each\": 1}}}}},\n"
                " \"data\": {\"aws_iam_policy_document\": {\"p\": {\n"
                "   \"statement\": [{\"actions\": [], \"condition\": {\"test\": 1}}],\n"
                "   \"version\": {}}}}}\n",
                "{}\n"
                "  resource=[]\n"
                "    <t><x>block{}\n"
                "      dynamic=[]\n"
                "        <in>block{}\n"
                "          for_each=n'1'\n"
                "  data=[]\n"
                "    <aws_iam_policy_document><p>block{}\n"
                "      statement=[]\n"
                "        block{}\n"
                "          actions=[]\n"
                "          condition=block{}\n"
                "            test=n'1'\n"
                "      version={}\n");
}

static void nothing_gets_lost_by_limits_and_slips(void **state)
{
        static const char text[] =
                "{\"resource\": {\"t\": {\"x\": [{\"dynamic\": {\"in\": {}}}]}}}\n";

        (void)state;
        tree_assert_sturdy(FILE_NAME, text);
        tree_assert_bounded(FILE_NAME, text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(objects_below_labels_are_blocks),
                cmocka_unit_test(what_is_no_block_stays),
                cmocka_unit_test(strings_with_templates_are_unknown),
                cmocka_unit_test(dynamic_blocks_and_statements_are_blocks),
                cmocka_unit_test(nothing_gets_lost_by_limits_and_slips),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
