/* SPDX-FileCopyrightText: giad maintainers */
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void changes_are_blocks_and_unknown_is_unknown(void **state)
{
        (void)state;
        tree_assert(
                "plan.json",
                "{\"terraform_version\": \"1.9.8\",\n"
                " \"planned_values\": {\"root_module\": {\"resources\": [{\"type\": \"t\"}]}},\n"
                " \"resource_changes\": [\n"
                "  {\"mode\": \"managed\", \"type\": \"t\", \"name\": \"x\", \"change\": {\n"
                "   \"after\": {\"a\": 1, \"b\": null, \"in\": [{\"c\": 2}, {}]},\n"
                "   \"after_unknown\": {\"b\": true, \"id\": true, \"in\": [{}, {\"d\": true}],"
                " \"a\": false}}},\n"
                "  {\"type\": \"t\", \"name\": \"gone\", \"change\": {\"after\": null}}]}\n",
                "{} 1:1-7 0+381\n"
                "  terraform_version=q'1.9.8' 1:23-1 22+7 key 1:2\n"
                "  planned_values={} 2:20-2 50+47 key 2:2\n"
                "  resource_changes=[] 3:22-7 120+260 key 3:2\n"
                "  resource=[] 4:3-4 124+0 key 0:0\n"
                "    <t><x>block{} 5:13-5 194+41\n"
                "      a=n'1' 5:19-5 200+1 key 5:14\n"
                "      b=u'known after apply' 5:27-5 208+4 key 5:22\n"
                "      in=[] 5:39-5 220+14 key 5:33\n"
                "        {} 5:40-5 221+8\n"
                "          c=n'2' 5:46-5 227+1 key 5:41\n"
                "        {} 5:50-5 231+2\n"
                "          d=u'known after apply' 5:50-5 231+0 key 0:0\n"
                "      id=u'known after apply' 5:13-5 194+0 key 0:0\n");
}

static void values_of_modules_and_of_states_are_blocks(void **state)
{
        (void)state;
        tree_assert_shape(
                "show.json",
                "{\"terraform_version\": \"1.9.8\", \"values\": {\"root_module\": {\n"
                " \"resources\": [{\"type\": \"t\", \"name\": \"x\", \"values\": {\"a\": 1}}],\n"
                " \"child_modules\": [{\"resources\": [\n"
                "  {\"mode\": \"data\", \"type\": \"u\", \"name\": \"y\", \"values\": {}}]}]}}}\n",
                "{}\n"
                "  terraform_version=q'1.9.8'\n"
                "  values={}\n"
                "  resource=[]\n"
                "    <t><x>block{}\n"
                "      a=n'1'\n"
                "  data=[]\n"
                "    <u><y>block{}\n");
        tree_assert_shape(
                "terraform.tfstate",
                "{\"version\": 4, \"terraform_version\": \"1.9.8\", \"resources\": [\n"
                " {\"mode\": \"managed\", \"type\": \"t\", \"name\": \"x\", \"instances\": [\n"
                "  {\"attributes\": {\"a\": 1}}, {\"attributes\": {\"a\": 2}}]}]}\n",
                "{}\n"
                "  version=n'4'\n"
                "  terraform_version=q'1.9.8'\n"
                "  resources=[]\n"
                "  resource=[]\n"
                "    <t><x>block{}\n"
                "      a=n'1'\n"
                "    <t><x>block{}\n"
                "      a=n'2'\n");
}

static void other_json_stays(void **state)
{
        (void)state;
        tree_assert_shape("a.json",
                          "{\"a\": {\"terraform_version\": \"1\"}, \"resource_changes\": [{}]}\n",
                          "{}\n"
                          "  a={}\n"
                          "    terraform_version=q'1'\n"
                          "  resource_changes=[]\n"
                          "    {}\n");
        tree_assert_shape("a.json",
                          "{\"terraform_version\": \"1\", \"resource_changes\": {\"a\": 1},\n"
                          " \"resources\": [1, {\"instances\": [{\"attributes\": 2}]}]}\n",
                          "{}\n"
                          "  terraform_version=q'1'\n"
                          "  resource_changes={}\n"
                          "    a=n'1'\n"
                          "  resources=[]\n"
                          "    n'1'\n"
                          "    {}\n"
                          "      instances=[]\n"
                          "        {}\n"
                          "          attributes=n'2'\n");
        tree_assert_bad("a.json", "{\"terraform_version\": \"1\", \"resources\": [}\n", 1, 42);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(changes_are_blocks_and_unknown_is_unknown),
                cmocka_unit_test(values_of_modules_and_of_states_are_blocks),
                cmocka_unit_test(other_json_stays),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
