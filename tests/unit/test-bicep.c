/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "detectors/formats/format.h"
#include "detectors/formats/resolve.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

/* What the tree is when names stand for their values. */
static void assert_resolved(const char *data, const char *expected)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;

        assert_int_equal(tree_parse("bicep", data, strlen(data), &d, &error), 0);
        assert_int_equal(doc_resolve(d, "bicep", NULL, 0), 0);
        tree_assert_consistent(doc_root(d), strlen(data));
        char *shape = tree_shape(doc_root(d));
        assert_string_equal(shape, expected);
        free(shape);
}

static void statements_become_a_template(void **state)
{
        (void)state;
        tree_assert("bicep",
                    "targetScope = 'subscription'\n"
                    "\n"
                    "@description('who')\n"
                    "@secure()\n"
                    "param pw string\n"
                    "param tier string = 'a'\n"
                    "var roles = [\n"
                    "  1\n"
                    "  2, 3\n"
                    "]\n"
                    "resource r 'A.B/c@2024-01-01' = {\n"
                    "  name: 'x'\n"
                    "  properties: { on: true }\n"
                    "}\n"
                    "output id string = r.id\n",
                    "{} 1:1-15 0+226\n"
                    "  targetScope=q'subscription' 1:15-1 14+14 key 1:1\n"
                    "  parameters={} 5:1-6 60+39 key 0:0\n"
                    "    pw={} 5:1-5 60+15 key 5:7\n"
                    "      type=s'securestring' 5:10-5 69+6 key 0:0\n"
                    "      metadata={} 5:1-5 60+0 key 0:0\n"
                    "        description=q'who' 3:14-3 43+5 key 3:2\n"
                    "    tier={} 6:1-6 76+23 key 6:7\n"
                    "      type=s'string' 6:12-6 87+6 key 0:0\n"
                    "      defaultValue=q'a' 6:21-6 96+3 key 6:19\n"
                    "  variables={} 7:1-10 100+26 key 0:0\n"
                    "    roles=[] 7:13-10 112+14 key 7:5\n"
                    "      n'1' 8:3-8 116+1\n"
                    "      n'2' 9:3-9 120+1\n"
                    "      n'3' 9:6-9 123+1\n"
                    "  resources=[] 11:1-14 127+74 key 0:0\n"
                    "    <r>{} 11:1-14 127+74\n"
                    "      type=q'A.B/c' 11:13-11 139+5 key 0:0\n"
                    "      apiVersion=s'2024-01-01' 11:19-11 145+10 key 0:0\n"
                    "      name=q'x' 12:9-12 169+3 key 12:3\n"
                    "      properties={} 13:15-13 187+12 key 13:3\n"
                    "        on=b'true' 13:21-13 193+4 key 13:17\n"
                    "  outputs={} 15:1-15 202+23 key 0:0\n"
                    "    id={} 15:1-15 202+23 key 15:8\n"
                    "      type=s'string' 15:11-15 212+6 key 0:0\n"
                    "      value=u'r.id' 15:20-15 221+4 key 15:18\n");
}

static void children_have_the_whole_type(void **state)
{
        (void)state;
        tree_assert_shape("bicep",
                          "resource v 'Microsoft.KeyVault/vaults@2023-07-01' = {\n"
                          "  name: 'v'\n"
                          "  @batchSize(1)\n"
                          "  resource s 'secrets@2023-07-01' = {\n"
                          "    name: 's'\n"
                          "    resource t 'tags' = {\n"
                          "      name: 't'\n"
                          "    }\n"
                          "  }\n"
                          "  tags: {}\n"
                          "}\n",
                          "{}\n"
                          "  resources=[]\n"
                          "    <v>{}\n"
                          "      type=q'Microsoft.KeyVault/vaults'\n"
                          "      apiVersion=s'2023-07-01'\n"
                          "      name=q'v'\n"
                          "      tags={}\n"
                          "    <s>{}\n"
                          "      type=q'Microsoft.KeyVault/vaults/secrets'\n"
                          "      apiVersion=s'2023-07-01'\n"
                          "      name=q's'\n"
                          "    <t>{}\n"
                          "      type=q'Microsoft.KeyVault/vaults/secrets/tags'\n"
                          "      name=q't'\n");
}

static void what_exists_and_modules_have_their_own_lists(void **state)
{
        (void)state;
        tree_assert_shape(
                "bicep",
                "resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = {\n"
                "  name: 'r'\n"
                "}\n"
                "module m 'br/public:x:1' = if (on) {\n"
                "  params: { role: role.id }\n"
                "}\n"
                "resource a 'A.B/c@1' = [for (x, i) in on ? xs : []: if (x.on) {\n"
                "  name: x.name\n"
                "}]\n",
                "{}\n"
                "  existing=[]\n"
                "    <role>{}\n"
                "      type=q'Microsoft.Authorization/roleDefinitions'\n"
                "      apiVersion=s'2022-04-01'\n"
                "      name=q'r'\n"
                "  modules=[]\n"
                "    <m>{}\n"
                "      source=s'br/public:x:1'\n"
                "      condition=u'on'\n"
                "      params={}\n"
                "        role=u'role.id'\n"
                "  resources=[]\n"
                "    <a>{}\n"
                "      type=q'A.B/c'\n"
                "      apiVersion=s'1'\n"
                "      copy=u'for (x, i) in on ? xs : []:'\n"
                "      condition=u'x.on'\n"
                "      name=u'x.name'\n");
}

static void decorators_say_more_of_a_parameter(void **state)
{
        (void)state;
        tree_assert_shape("bicep",
                          "@sys.allowed([\n"
                          "  'a'\n"
                          "  'b'\n"
                          "])\n"
                          "@minLength(1)\n"
                          "@metadata({ x: 1 })\n"
                          "param kind string = 'a'\n"
                          "@secure()\n"
                          "param o object = {}\n"
                          "param list string[]\n"
                          "param u 'a' | 'b'?\n"
                          "param t {\n"
                          "  a: string\n"
                          "}\n"
                          "@export()\n"
                          "type x =\n"
                          "  | 'a'\n"
                          "  | 'b'\n"
                          "func f(a string) string => '${a}'\n"
                          "import * as y from 'z.bicep'\n",
                          "{}\n"
                          "  parameters={}\n"
                          "    kind={}\n"
                          "      type=s'string'\n"
                          "      allowedValues=[]\n"
                          "        q'a'\n"
                          "        q'b'\n"
                          "      minLength=n'1'\n"
                          "      metadata={}\n"
                          "        x=n'1'\n"
                          "      defaultValue=q'a'\n"
                          "    o={}\n"
                          "      type=s'secureObject'\n"
                          "      defaultValue={}\n"
                          "    list={}\n"
                          "      type=s'array'\n"
                          "    u={}\n"
                          "      type=s'string'\n"
                          "    t={}\n"
                          "      type=s'object'\n");
}

static void parameters_of_a_deployment_have_values(void **state)
{
        (void)state;
        tree_assert_shape("bicep",
                          "using './main.bicep'\n"
                          "param tier = 'a'\n",
                          "{}\n"
                          "  using=q'./main.bicep'\n"
                          "  parameters={}\n"
                          "    tier={}\n"
                          "      value=q'a'\n");
}

static void strings_and_lines(void **state)
{
        (void)state;
        tree_assert_shape("bicep",
                          "var a = 'It\\'s \\${x}\\u{41}\\n'\n"
                          "var b = '''\n"
                          "{\"a\": 'b'}\n"
                          "'''\n"
                          "var c = 'x${y['z${0}']}'\n"
                          "var d = /* one */ -1 // two\n"
                          "#disable-next-line no-unused-vars\n"
                          "var e = x\n"
                          "  ? 'y'\n"
                          "  : 'z'\n"
                          "var f = a ||\n"
                          "  b\n"
                          "var g = concat('a', [\n"
                          "  'b'\n"
                          "])\n"
                          "var h = {\n"
                          "  'a-b': null, c: d\n"
                          "  ...other\n"
                          "  e: [\n"
                          "    { f: 1 }\n"
                          "    'g' /* h */\n"
                          "  ]\n"
                          "}\n"
                          "var i = [for x in xs: { name: x }]\n"
                          "var j = [1].length\n",
                          "{}\n"
                          "  variables={}\n"
                          "    a=q'It's ${x}A\\n'\n"
                          "    b=q'{\"a\": 'b'}\\n'\n"
                          "    c=U'x${y['z${0}']}'\n"
                          "    d=n'-1'\n"
                          "    e=u'x\\n  ? 'y'\\n  : 'z''\n"
                          "    f=u'a ||\\n  b'\n"
                          "    g=u'concat('a', [\\n  'b'\\n])'\n"
                          "    h={}\n"
                          "      a-b=null\n"
                          "      c=u'd'\n"
                          "      ...=u'other'\n"
                          "      e=[]\n"
                          "        {}\n"
                          "          f=n'1'\n"
                          "        q'g'\n"
                          "    i=for []\n"
                          "      {}\n"
                          "        name=u'x'\n"
                          "    j=u'[1].length'\n");
}

static void names_stand_for_their_values(void **state)
{
        (void)state;
        assert_resolved("param tier string = 'B1'\n"
                        "param none string\n"
                        "var names = { a: 'x', b: [ 'y' ] }\n"
                        "var role = 'b24988ac-6180-42a0-ab88-20f7382dd24c'\n"
                        "var is = {\n"
                        "  a: tier\n"
                        "  b: names.a\n"
                        "  c: names['b'][0]\n"
                        "  d: '${tier}-${names.a}\\${tier}'\n"
                        "  e: tier == 'B1' ? 'yes' : none\n"
                        "  f: none\n"
                        "  g: '${none}-x'\n"
                        "  h: !(tier != 'B1') && true\n"
                        "  i: tier == none || tier == 'B1'\n"
                        "  j: toLower(concat('A', tier))\n"
                        "  k: ghost\n"
                        "  l: tier + 1\n"
                        "}\n",
                        "{}\n"
                        "  parameters={}\n"
                        "    tier={}\n"
                        "      type=s'string'\n"
                        "      defaultValue=q'B1'\n"
                        "    none={}\n"
                        "      type=s'string'\n"
                        "  variables={}\n"
                        "    names={}\n"
                        "      a=q'x'\n"
                        "      b=[]\n"
                        "        q'y'\n"
                        "    role=q'b24988ac-6180-42a0-ab88-20f7382dd24c'\n"
                        "    is={}\n"
                        "      a=q'B1'\n"
                        "      b=q'x'\n"
                        "      c=q'y'\n"
                        "      d=q'B1-x${tier}'\n"
                        "      e=q'yes'\n"
                        "      f=u'none'\n"
                        "      g=U'${none}-x'\n"
                        "      h=b'true'\n"
                        "      i=b'true'\n"
                        "      j=q'ab1'\n"
                        "      k=u'ghost'\n"
                        "      l=u'tier + 1'\n");
}

static void ids_are_written_out(void **state)
{
        (void)state;
        assert_resolved(
                "var guid = 'b24988ac'\n"
                "resource owner 'Microsoft.Authorization/roleDefinitions@1' existing = {\n"
                "  scope: subscription()\n"
                "  name: guid\n"
                "}\n"
                "resource site 'Microsoft.Web/sites@1' = {\n"
                "  name: 'site-${uniqueString(resourceGroup().id)}'\n"
                "  properties: {\n"
                "    a: owner.id\n"
                "    b: owner.name\n"
                "    c: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid)\n"
                "    d: resourceId(group, 'A.B/c/d', 'x', 'y')\n"
                "    e: '${subscription().id}/roleDefinitions/${guid}'\n"
                "    f: site.properties.host\n"
                "    g: m.outputs.id\n"
                "    h: resourceId('A.B/c', none)\n"
                "  }\n"
                "}\n",
                "{}\n"
                "  variables={}\n"
                "    guid=q'b24988ac'\n"
                "  existing=[]\n"
                "    <owner>{}\n"
                "      type=q'Microsoft.Authorization/roleDefinitions'\n"
                "      apiVersion=s'1'\n"
                "      scope=q'[subscription()]'\n"
                "      name=q'b24988ac'\n"
                "  resources=[]\n"
                "    <site>{}\n"
                "      type=q'Microsoft.Web/sites'\n"
                "      apiVersion=s'1'\n"
                "      name=q'site-[uniqueString()]'\n"
                "      properties={}\n"
                "        a=q'/providers/Microsoft.Authorization/roleDefinitions/b24988ac'\n"
                "        b=q'b24988ac'\n"
                "        c=q'/providers/Microsoft.Authorization/roleDefinitions/b24988ac'\n"
                "        d=q'/providers/A.B/c/x/d/y'\n"
                "        e=q'[subscription().id]/roleDefinitions/b24988ac'\n"
                "        f=q'[reference('site').properties.host]'\n"
                "        g=u'm.outputs.id'\n"
                "        h=u'resourceId('A.B/c', none)'\n");
}

static void loops_over_known_lists_give_a_value_for_each_item(void **state)
{
        (void)state;
        assert_resolved("var roles = [ 'a', 'b' ]\n"
                        "var pairs = [ { id: 'c' }, { id: other } ]\n"
                        "resource x 'A.B/c@1' = [for (role, i) in roles: {\n"
                        "  name: role\n"
                        "  properties: { on: true, id: '${role}-x', which: i }\n"
                        "}]\n"
                        "resource y 'A.B/c@1' = [for p in pairs: {\n"
                        "  name: p.id\n"
                        "}]\n"
                        "resource z 'A.B/c@1' = [for q in unknown: {\n"
                        "  name: q\n"
                        "}]\n",
                        "{}\n"
                        "  variables={}\n"
                        "    roles=[]\n"
                        "      q'a'\n"
                        "      q'b'\n"
                        "    pairs=[]\n"
                        "      {}\n"
                        "        id=q'c'\n"
                        "      {}\n"
                        "        id=u'other'\n"
                        "  resources=[]\n"
                        "    <x>{}\n"
                        "      type=q'A.B/c'\n"
                        "      apiVersion=s'1'\n"
                        "      copy=u'for (role, i) in roles:'\n"
                        "      name=[]\n"
                        "        q'a'\n"
                        "        q'b'\n"
                        "      properties={}\n"
                        "        on=b'true'\n"
                        "        id=[]\n"
                        "          q'a-x'\n"
                        "          q'b-x'\n"
                        "        which=u'i'\n"
                        "    <y>{}\n"
                        "      type=q'A.B/c'\n"
                        "      apiVersion=s'1'\n"
                        "      copy=u'for p in pairs:'\n"
                        "      name=u'p.id'\n"
                        "    <z>{}\n"
                        "      type=q'A.B/c'\n"
                        "      apiVersion=s'1'\n"
                        "      copy=u'for q in unknown:'\n"
                        "      name=u'q'\n");
}

static void what_refers_to_itself_ends(void **state)
{
        (void)state;
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;
        static const char data[] = "var a = b\nvar b = '${a}${a}${a}'\nvar c = c.c[c]\n";

        assert_int_equal(tree_parse("bicep", data, strlen(data), &d, &error), 0);
        assert_int_equal(doc_resolve(d, "bicep", NULL, 0), 0);
        assert_int_equal(node_at(doc_root(d), "variables.b")->type, NODE_UNKNOWN);
}

static void what_is_cut_or_wrong_is_read_as_far_as_it_goes(void **state)
{
        (void)state;
        tree_assert_bad("bicep", "resource\n", 1, 1);
        tree_assert_bad("bicep", "var a = 1\n  nonsense here\n", 2, 3);
        tree_assert_bad("bicep", "var a = 'b\n", 1, 9);
        tree_assert_bad("bicep", "var a = {\n  b: 1\n", 3, 1);
        tree_assert_bad("bicep", "var a = {\n  b 1\n}\n", 2, 3);
        tree_assert_bad("bicep", "var a = [for x in y]\n", 1, 20);
        tree_assert_bad("bicep", "param p\nresource r 'a@1' {\n}\n", 2, 1);
}

static void no_text_is_too_much_for_it(void **state)
{
        (void)state;
        static const char data[] =
                "@secure()\nparam a string = '${b['c']}'\n@allowed([1])\nparam p {\n a: int }[]\n"
                "resource r 'A.B/c@1' = [for x in a ? b : c: if (x) {\n  name: '''d''' // e\n"
                "  resource s 'd' existing = { name: x }\n  f: [1, { g: -2 } /* h */\n 'i' ]\n}]\n"
                "module m './m.bicep' = { params: { ...x } }\noutput o string = r[0].id\n";

        tree_assert_sturdy("bicep", data);
        tree_assert_bounded("bicep", data);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(statements_become_a_template),
                cmocka_unit_test(children_have_the_whole_type),
                cmocka_unit_test(what_exists_and_modules_have_their_own_lists),
                cmocka_unit_test(decorators_say_more_of_a_parameter),
                cmocka_unit_test(parameters_of_a_deployment_have_values),
                cmocka_unit_test(strings_and_lines),
                cmocka_unit_test(names_stand_for_their_values),
                cmocka_unit_test(ids_are_written_out),
                cmocka_unit_test(loops_over_known_lists_give_a_value_for_each_item),
                cmocka_unit_test(what_refers_to_itself_ends),
                cmocka_unit_test(what_is_cut_or_wrong_is_read_as_far_as_it_goes),
                cmocka_unit_test(no_text_is_too_much_for_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
