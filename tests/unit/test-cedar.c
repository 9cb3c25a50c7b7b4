/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>

#include "detectors/formats/format.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void rest_is_read(void)
{
        static const char text[] = "permit(principal);\nforbid(principal, action, resource);\n";
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;

        assert_int_equal(tree_parse("cedar", text, sizeof(text) - 1, &d, &error), -EBADMSG);
        const struct node *last = node_get(doc_root(d), "policies")->last;
        assert_string_equal(node_text(node_get(last, "effect")), "forbid");
        assert_int_equal(node_truth(node_get(last, "always")), 1);
}

static void policies_have_scopes_and_conditions(void **state)
{
        (void)state;
        tree_assert("cedar",
                    "@id(\"a\")\n"
                    "permit (\n"
                    "  principal in Role::\"ops\",\n"
                    "  action == Action::\"view\",\n"
                    "  resource\n"
                    ") when { resource.open };\n",
                    "{} 1:1-6 0+110\n"
                    "  policies=[] 1:1-6 0+110 key 0:0\n"
                    "    {} 1:1-6 0+110\n"
                    "      annotations={} 1:1-1 0+6 key 0:0\n"
                    "        id=s'a' 1:6-1 5+1 key 1:1\n"
                    "      effect=s'permit' 2:1-2 9+6 key 0:0\n"
                    "      principal={} 3:3-3 20+23 key 0:0\n"
                    "        op=s'in' 3:13-3 30+2 key 0:0\n"
                    "        entity={} 3:16-3 33+10 key 0:0\n"
                    "          type=s'Role' 3:16-3 33+4 key 0:0\n"
                    "          id=s'ops' 3:23-3 40+3 key 0:0\n"
                    "      action={} 4:3-4 48+23 key 0:0\n"
                    "        op=s'==' 4:10-4 55+2 key 0:0\n"
                    "        entity={} 4:13-4 58+13 key 0:0\n"
                    "          type=s'Action' 4:13-4 58+6 key 0:0\n"
                    "          id=s'view' 4:22-4 67+4 key 0:0\n"
                    "      resource={} 5:3-5 76+9 key 0:0\n"
                    "        op=s'All' 5:3-5 76+9 key 0:0\n"
                    "      conditions=[] 6:3-6 87+22 key 0:0\n"
                    "        {} 6:3-6 87+22\n"
                    "          kind=s'when' 6:3-6 87+4 key 0:0\n"
                    "          body=s'resource.open' 6:10-6 94+13 key 0:0\n"
                    "      always=b'false' 2:1-2 9+6 key 0:0\n");
}

static void scopes_compare(void **state)
{
        (void)state;
        tree_assert_shape(
                "cedar",
                "forbid(principal is App::User in Group::\"a\\\"b\", action in [A::\"v\", "
                "B::C::\"d;e\"],\n"
                " resource == ?resource,) unless { context.x == \"}\" } when { /* */ true };",
                "{}\n"
                "  policies=[]\n"
                "    {}\n"
                "      effect=s'forbid'\n"
                "      principal={}\n"
                "        op=s'is'\n"
                "        entity_type=s'App::User'\n"
                "        entity={}\n"
                "          type=s'Group'\n"
                "          id=s'a\\\"b'\n"
                "      action={}\n"
                "        op=s'in'\n"
                "        entities=[]\n"
                "          {}\n"
                "            type=s'A'\n"
                "            id=s'v'\n"
                "          {}\n"
                "            type=s'B::C'\n"
                "            id=s'd;e'\n"
                "      resource={}\n"
                "        op=s'=='\n"
                "        slot=s'?resource'\n"
                "      conditions=[]\n"
                "        {}\n"
                "          kind=s'unless'\n"
                "          body=s'context.x == \"}\"'\n"
                "        {}\n"
                "          kind=s'when'\n"
                "          body=s'/* */ true'\n"
                "      always=b'false'\n");
}

static void what_always_permits_is_told(void **state)
{
        (void)state;
        tree_assert_shape("cedar", "permit(principal, action, resource);",
                          "{}\n"
                          "  policies=[]\n"
                          "    {}\n"
                          "      effect=s'permit'\n"
                          "      principal={}\n"
                          "        op=s'All'\n"
                          "      action={}\n"
                          "        op=s'All'\n"
                          "      resource={}\n"
                          "        op=s'All'\n"
                          "      always=b'true'\n");
        tree_assert_shape("cedar",
                          "// all\n"
                          "permit(principal,action,// any\n"
                          "resource)when{(1==1)||context.a}unless{!true};",
                          "{}\n"
                          "  policies=[]\n"
                          "    {}\n"
                          "      effect=s'permit'\n"
                          "      principal={}\n"
                          "        op=s'All'\n"
                          "      action={}\n"
                          "        op=s'All'\n"
                          "      resource={}\n"
                          "        op=s'All'\n"
                          "      conditions=[]\n"
                          "        {}\n"
                          "          kind=s'when'\n"
                          "          body=s'(1==1)||context.a'\n"
                          "        {}\n"
                          "          kind=s'unless'\n"
                          "          body=s'!true'\n"
                          "      always=b'true'\n");
        tree_assert_shape("cedar",
                          "permit(principal, action, resource) when { // for now\n"
                          "  // all\n"
                          "  true // yes\n"
                          "};",
                          "{}\n"
                          "  policies=[]\n"
                          "    {}\n"
                          "      effect=s'permit'\n"
                          "      principal={}\n"
                          "        op=s'All'\n"
                          "      action={}\n"
                          "        op=s'All'\n"
                          "      resource={}\n"
                          "        op=s'All'\n"
                          "      conditions=[]\n"
                          "        {}\n"
                          "          kind=s'when'\n"
                          "          body=s'true // yes'\n"
                          "      always=b'true'\n");
        tree_assert_shape("cedar", "permit(principal, action, resource) unless { true };",
                          "{}\n"
                          "  policies=[]\n"
                          "    {}\n"
                          "      effect=s'permit'\n"
                          "      principal={}\n"
                          "        op=s'All'\n"
                          "      action={}\n"
                          "        op=s'All'\n"
                          "      resource={}\n"
                          "        op=s'All'\n"
                          "      conditions=[]\n"
                          "        {}\n"
                          "          kind=s'unless'\n"
                          "          body=s'true'\n"
                          "      always=b'false'\n");
        tree_assert_shape("cedar", "permit(principal is User, action, resource);",
                          "{}\n"
                          "  policies=[]\n"
                          "    {}\n"
                          "      effect=s'permit'\n"
                          "      principal={}\n"
                          "        op=s'is'\n"
                          "        entity_type=s'User'\n"
                          "      action={}\n"
                          "        op=s'All'\n"
                          "      resource={}\n"
                          "        op=s'All'\n"
                          "      always=b'false'\n");
}

static void annotations_may_be_bare(void **state)
{
        (void)state;
        tree_assert_shape("cedar",
                          "@a @b(\"c d\") @e(\"\")\n"
                          "forbid(principal, action, resource) when { a };",
                          "{}\n"
                          "  policies=[]\n"
                          "    {}\n"
                          "      annotations={}\n"
                          "        a=s''\n"
                          "        b=s'c d'\n"
                          "        e=s''\n"
                          "      effect=s'forbid'\n"
                          "      principal={}\n"
                          "        op=s'All'\n"
                          "      action={}\n"
                          "        op=s'All'\n"
                          "      resource={}\n"
                          "        op=s'All'\n"
                          "      conditions=[]\n"
                          "        {}\n"
                          "          kind=s'when'\n"
                          "          body=s'a'\n"
                          "      always=b'false'\n");
}

static void what_is_no_policy_is_the_error_and_the_rest_is_read(void **state)
{
        (void)state;
        tree_assert_bad("cedar", "permit(principal; action);\n", 1, 17);
        tree_assert_bad("cedar", "allow(principal, action, resource);", 1, 1);
        tree_assert_bad("cedar", "permit(principal, action, resource) when { a ", 1, 46);
        tree_assert_bad("cedar", "permit(principal in A::\"b, action, resource);", 1, 46);
        tree_assert_bad("cedar", "permit(principal, action, resource)", 1, 36);
        rest_is_read();
        tree_assert_sturdy("cedar", "@a(\"b\")\n"
                                    "permit(principal in A::\"x\", action in [B::\"c\"], resource "
                                    "is D in ?resource) when {x[\"y\"]} unless { false };");
        tree_assert_bounded(
                "cedar", "@a(\"b\")\n"
                         "permit(principal in A::\"x\", action in [B::\"c\"], resource) when {x};");
        tree_assert_shape("cedar", "",
                          "{}\n"
                          "  policies=[]\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(policies_have_scopes_and_conditions),
                cmocka_unit_test(scopes_compare),
                cmocka_unit_test(what_always_permits_is_told),
                cmocka_unit_test(annotations_may_be_bare),
                cmocka_unit_test(what_is_no_policy_is_the_error_and_the_rest_is_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
