/* SPDX-FileCopyrightText: giad maintainers */
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void answers_have_the_facts_around_them(void **state)
{
        (void)state;
        tree_assert_shape(
                "polkit",
                "polkit.addRule(function(action, subject) {\n"
                "  if (action.id == \"a\" || action.id === 'b') {\n"
                "    if (subject.isInGroup(\"g\") && !subject.isInGroup(\"h\") && subject.active)\n"
                "      return polkit.Result.YES;\n"
                "  }\n"
                "  return polkit.Result.NOT_HANDLED\n"
                "});\n",
                "{}\n"
                "  rules=[]\n"
                "    {}\n"
                "      type=s'rule'\n"
                "      answers=[]\n"
                "        {}\n"
                "          result=s'yes'\n"
                "          asks_action=b'true'\n"
                "          actions=[]\n"
                "            s'a'\n"
                "            s'b'\n"
                "          asks_subject=b'true'\n"
                "          groups=[]\n"
                "            s'g'\n"
                "          active=b'true'\n"
                "        {}\n"
                "          result=s'not_handled'\n"
                "          always=b'true'\n");
}

static void answers_elsewhere_are_told(void **state)
{
        (void)state;
        tree_assert_shape(
                "polkit",
                "// polkit.addRule(x)\n"
                "polkit.addRule((action, subject) => {\n"
                "  if (/^a\\/b/.test(action.id)) return 'yes'; else { return polkit.Result.NO }\n"
                "  for (var i = 0; i < 3; i++) if (x) return polkit.Result.AUTH_SELF;\n"
                "  return subject.user == \"u\" ? polkit.Result.YES : null;\n"
                "});\n"
                "return polkit.Result.YES;\n"
                "polkit.addAdminRule(function(a) { return [\"unix-group:x\", 'unix-user:0']; });\n",
                "{}\n"
                "  rules=[]\n"
                "    {}\n"
                "      type=s'rule'\n"
                "      answers=[]\n"
                "        {}\n"
                "          result=s'yes'\n"
                "          asks_action=b'true'\n"
                "        {}\n"
                "          result=s'no'\n"
                "          otherwise=b'true'\n"
                "        {}\n"
                "          result=s'auth_self'\n"
                "          otherwise=b'true'\n"
                "        {}\n"
                "          result=s'yes'\n"
                "          asks_subject=b'true'\n"
                "          users=[]\n"
                "            s'u'\n"
                "    {}\n"
                "      type=s'admin_rule'\n"
                "      answers=[]\n"
                "        {}\n"
                "          administrators=[]\n"
                "            s'unix-group:x'\n"
                "            s'unix-user:0'\n"
                "          always=b'true'\n");
}

static void what_does_not_end_is_read_until_there(void **state)
{
        (void)state;
        tree_assert_shape("polkit", "polkit.addRule(function(a, s) { if (a.id == \"x",
                          "{}\n"
                          "  rules=[]\n"
                          "    {}\n"
                          "      type=s'rule'\n"
                          "      answers=[]\n");
        tree_assert_shape("polkit", "}}}))); return; polkit.addRule(",
                          "{}\n"
                          "  rules=[]\n"
                          "    {}\n"
                          "      type=s'rule'\n"
                          "      answers=[]\n");
        tree_assert_shape("rules.d/a.rules", "polkit.addRule(f); /* `\n",
                          "{}\n"
                          "  rules=[]\n"
                          "    {}\n"
                          "      type=s'rule'\n"
                          "      answers=[]\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(answers_have_the_facts_around_them),
                cmocka_unit_test(answers_elsewhere_are_told),
                cmocka_unit_test(what_does_not_end_is_read_until_there),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
