/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Expressions of Terraform that read files, compute with collections, loop, or come from who calls the
 * module.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/formats/format.h"
#include "detectors/formats/resolve.h"
#include "tests/unit/test.h"
#include "tests/unit/value.h"

struct expected {
        const char *expression, *value;
};

#define BEGINNING                                                                                  \
        "locals {\n  l = [\"a\", \"b\"]\n  m = { k = \"v\", n = \"w\" }\n  dup = [\"a\", \"a\"]\n" \
        "  some = [\"a\", var.none]\n}\nvariable \"none\" {}\n"

static void expect_all(const struct expected *cases, size_t n, const struct resolve_peer *peers,
                       size_t n_peers)
{
        for (size_t i = 0; i < n; i++) {
                char text[1024];

                (void)snprintf(text, sizeof(text), BEGINNING "x = %s\n", cases[i].expression);
                struct doc *d = value_read("hcl", text);
                assert_int_equal(doc_resolve(d, "hcl", peers, n_peers), 0);
                struct node *x = node_get(doc_root(d), "x"), *tree = doc_embedded(d, x);
                value_assert(tree ? tree : x, cases[i].value, cases[i].expression);
                (void)doc_free(d);
        }
}

static void functions_give_what_they_say(void **state)
{
        static const struct expected cases[] = {
                {"distinct(local.dup)", "[a]"},
                {"toset(local.dup)", "[a]"},
                {"compact([\"\", \"a\"])", "[a]"},
                {"contains(local.l, \"b\")", "true"},
                {"contains(local.l, \"c\")", "false"},
                {"contains(local.some, \"a\")", "true"},
                {"contains(local.some, \"c\")", "?contains(local.some, \"c\")"},
                {"keys(local.m)", "[k, n]"},
                {"values(local.m)", "[v, w]"},
                {"zipmap(local.l, [1, 2])", "{a: 1, b: 2}"},
                {"zipmap(local.l, [1])", "?zipmap(local.l, [1])"},
                {"length(local.l)", "2"},
                {"length(local.m)", "2"},
                {"length(\"abc\")", "3"},
                {"length(local.l) == 2 ? \"yes\" : \"no\"", "yes"},
                {"one([\"a\"])", "a"},
                {"one([])", "null"},
                {"one(local.l)", "?one(local.l)"},
                {"slice(local.l, 1, 2)", "[b]"},
                {"reverse(local.l)", "[b, a]"},
                {"setsubtract(local.l, [\"a\"])", "[b]"},
                {"setintersection(local.l, [\"a\"])", "[a]"},
                {"setsubtract(local.l, local.some)", "?setsubtract(local.l, local.some)"},
                {"alltrue([true, false])", "false"},
                {"anytrue([true, var.none])", "true"},
                {"anytrue([false, var.none])", "?anytrue([false, var.none])"},
                {"merge(local.m, { k = \"x\" })", "{n: w, k: x}"},
                {"merge([local.m, { z = \"x\" }]...)", "{k: v, n: w, z: x}"},
                {"concat([local.l, [\"c\"]]...)", "[a, b, c]"},
                {"merge(var.none...)", "?merge(var.none...)"},
                {"try(local.l[0], \"z\")", "a"},
                {"can(local.l)", "true"},
                {"can(var.none)", "?can(var.none)"},
                {"split(\",\", \"a,b,,c\")", "[a, b, , c]"},
                {"replace(\"a-b-c\", \"-\", \"::\")", "a::b::c"},
                {"replace(\"abc\", \"/b/\", \"x\")", "?replace(\"abc\", \"/b/\", \"x\")"},
                {"trimprefix(\"arn:x\", \"arn:\")", "x"},
                {"trimsuffix(\"x/*\", \"/*\")", "x"},
                {"trim(\"--x-\", \"-\")", "x"},
                {"trimspace(\"  x \")", "x"},
                {"chomp(\"x\\n\")", "x"},
                {"title(\"the agent\")", "The Agent"},
                {"upper(\"x\")", "X"},
                {"startswith(\"abc\", \"ab\")", "true"},
                {"endswith(\"abc\", \"ab\")", "false"},
                {"strcontains(\"abc\", \"b\")", "true"},
                {"substr(\"abcdef\", 1, 2)", "bc"},
                {"substr(\"abcdef\", 4, -1)", "ef"},
                {"basename(\"a/b\")", "b"},
                {"dirname(\"a/b\")", "a"},
                {"formatlist(\"%s/*\", local.l)", "[a/*, b/*]"},
                {"formatlist(\"%s:%s\", \"x\", local.l)", "[x:a, x:b]"},
                {"format(\"%q\", \"x\")", "?format(\"%q\", \"x\")"},
                {"base64encode(\"ab\")", "YWI="},
                {"base64encode(\"abc\")", "YWJj"},
                {"base64decode(\"YWI=\")", "ab"},
                {"base64decode(\"*\")", "?base64decode(\"*\")"},
                {"jsondecode(\"{\\\"a\\\": [1]}\")", "{a: [1]}"},
                {"jsondecode(jsonencode(local.m)).k", "v"},
                {"yamldecode(\"a: [x]\\nb: y\\n\").a[0]", "x"},
                {"file(\"none.json\")", "?file(\"none.json\")"},
                {"unheard_of(local.l)", "?unheard_of(local.l)"},
        };

        (void)state;
        expect_all(cases, ELEMENTSOF(cases), NULL, 0);
}

static void loops_over_what_is_known_are_run(void **state)
{
        static const struct expected cases[] = {
                {"[for x in local.l : x]", "[a, b]"},
                {"[for x in local.l : \"${x}/*\"]", "[a/*, b/*]"},
                {"[for i, x in local.l : \"${i}${x}\"]", "[0a, 1b]"},
                {"[for x in local.l : x if x != \"a\"]", "[b]"},
                {"[for k, v in local.m : \"${k}=${v}\"]", "[k=v, n=w]"},
                {"{for k, v in local.m : v => k}", "{v: k, w: n}"},
                {"{for x in local.l : x => upper(x)}", "{a: A, b: B}"},
                {"[for x in local.l : [for y in local.l : \"${x}${y}\"]]", "[[aa, ab], [ba, bb]]"},
                {"flatten([for x in local.l : [x, \"z\"]])", "[a, z, b, z]"},
                {"[for x in [{ n = \"q\" }] : x.n]", "[q]"},
                {"[for x in local.some : x]", "[a, ?x]"},
                {"[for x in local.l : var.none]", "[?var.none, ?var.none]"},
                {"merge([for x in local.l : { (x) = 1 }]...)", "{a: 1, b: 1}"},
                {"[for x in var.none : x]", "?[for x in var.none : x]"},
                {"[for x in local.l : x if var.none]", "?[for x in local.l : x if var.none]"},
                {"{for x in local.l : x => 1...}", "?{for x in local.l : x => 1...}"},
                {"[for x in local.l x]", "?[for x in local.l x]"},
                {"[for x in : x]", "?[for x in : x]"},
                {"length([for x in local.l : x])", "2"},
        };

        (void)state;
        expect_all(cases, ELEMENTSOF(cases), NULL, 0);
}

#define POLICY "{\"Action\": \"*\", \"Resource\": \"${aws:username}\"}"
#define TEMPLATE                                                                       \
        "{\"Action\": \"${act}\", \"Resource\": \"$${aws:username}/${none}\", \"L\": " \
        "${jsonencode(l)}}"

static void files_are_read_where_they_are_named(void **state)
{
        static const struct resolve_peer peers[] = {
                {.name = "policies/p.json", .text = POLICY, .size = sizeof(POLICY) - 1},
                {.name = "p.json.tftpl", .text = TEMPLATE, .size = sizeof(TEMPLATE) - 1},
                {.name = "hello.tpl", .text = "hi ${who}", .size = 9},
                {.name = "if.tpl", .text = "%{ if a }x%{ endif }", .size = 20},
                {.name = "x.yaml", .text = "acts: ['*']\n", .size = 12},
        };
        static const struct expected cases[] = {
                {"file(\"policies/p.json\")", "{Action: *, Resource: ${aws:username}}"},
                {"file(\"${path.module}/policies/p.json\")",
                 "{Action: *, Resource: ${aws:username}}"},
                {"\"${file(\"policies/p.json\")}\"", "{Action: *, Resource: ${aws:username}}"},
                {"jsondecode(file(\"./policies/p.json\")).Action", "*"},
                {"replace(file(\"policies/p.json\"), \"*\", \"s3:Get\")",
                 "{Action: s3:Get, Resource: ${aws:username}}"},
                {"yamldecode(file(\"x.yaml\")).acts", "[*]"},
                {"templatefile(\"hello.tpl\", { who = local.l[0] })", "hi a"},
                {"templatefile(\"hello.tpl\", { who = var.none })",
                 "?templatefile(\"hello.tpl\", { who = var.none })"},
                {"templatefile(\"if.tpl\", { a = true })",
                 "?templatefile(\"if.tpl\", { a = true })"},
                {"templatefile(\"p.json.tftpl\", { act = \"iam:*\", none = \"x\", l = local.l })",
                 "{Action: iam:*, Resource: ${aws:username}/x, L: [a, b]}"},
                {"templatefile(\"p.json.tftpl\", { act = \"iam:*\", l = [var.none] })",
                 "{Action: iam:*, Resource: ?$${aws:username}/${none}, L: ?${jsonencode(l)}}"},
                {"\"x${jsonencode({ a = [\"\\\"q\", 1, true] })}\"", "x{\"a\":[\"\\\"q\",1,true]}"},
                {"fileexists(\"x.yaml\")", "true"},
                {"fileexists(\"y.yaml\")", "?fileexists(\"y.yaml\")"},
                {"file(\"../p.json\")", "?file(\"../p.json\")"},
        };

        (void)state;
        expect_all(cases, ELEMENTSOF(cases), peers, ELEMENTSOF(peers));
}

static void data_sources_of_files_are_read(void **state)
{
        static const struct resolve_peer peers[] = {
                {.name = "p.json", .text = POLICY, .size = sizeof(POLICY) - 1},
                {.name = "t.tpl", .text = "{\"Action\": \"${act}\"}", .size = 20},
        };
        struct doc *d = value_read("hcl", "locals { a = \"iam:*\" }\n"
                                          "data \"local_file\" \"p\" {\n  filename = "
                                          "\"${path.module}/p.json\"\n}\n"
                                          "data \"template_file\" \"t\" {\n  template = "
                                          "file(\"t.tpl\")\n  vars = { act = local.a }\n}\n"
                                          "x = data.local_file.p.content\n"
                                          "y = data.template_file.t.rendered\n"
                                          "z = data.local_file.none.content\n"
                                          "w = data.aws_iam_policy_document.p.json\n");

        (void)state;
        assert_int_equal(doc_resolve(d, "hcl", peers, ELEMENTSOF(peers)), 0);
        struct node *x = node_get(doc_root(d), "x"), *tree = doc_embedded(d, x);
        value_assert(tree, "{Action: *, Resource: ${aws:username}}", "local_file");
        /* all of it is where the reference is */
        assert_int_equal(node_get(tree, "Action")->line, x->line);
        assert_int_equal(node_get(tree, "Action")->offset, x->offset);
        assert_int_equal(node_get(tree, "Action")->length, x->length);
        assert_true(x->length > 0);
        value_assert(doc_embedded(d, node_get(doc_root(d), "y")), "{Action: iam:*}",
                     "template_file");
        value_assert(node_get(doc_root(d), "z"), "?data.local_file.none.content", "none");
        value_assert(node_get(doc_root(d), "w"), "?data.aws_iam_policy_document.p.json", "another");
        (void)doc_free(d);
}

struct called {
        struct doc *d, *first, *second;
};

/* Resolves a module's file with these two in the directory above. */
static struct called call(const char *text, const char *a, const char *b)
{
        const struct called c = {value_read("hcl", text), value_read("hcl", a),
                                 value_read("hcl", b)};
        const struct resolve_peer peers[] = {
                {.name = "../../main.tf", .root = doc_root(c.first), .module = "modules/m"},
                {.name = "../../more.tf", .root = doc_root(c.second), .module = "modules/m"},
        };

        assert_int_equal(doc_resolve(c.d, "hcl", peers, ELEMENTSOF(peers)), 0);
        return c;
}

static void done(struct called *c)
{
        (void)doc_free(c->d);
        (void)doc_free(c->first);
        (void)doc_free(c->second);
}

static void who_calls_a_module_gives_its_values(void **state)
{
        static const char module[] = "variable \"a\" { default = \"own\" }\nvariable \"b\" {}\n"
                                     "x = var.a\ny = var.b\nz = local.l\n";
        static const char one[] = "locals { l = \"theirs\" }\n"
                                  "module \"m\" {\n  source = \"./modules/m\"\n  a = \"iam:*\"\n"
                                  "  b = [local.l, var.unknown]\n}\n"
                                  "module \"n\" {\n  source = \"./modules/n\"\n  a = \"n\"\n}\n";
        static const char other[] =
                "module \"o\" {\n  source = \"./modules/m/\"\n  a = \"%s\"\n}\n";
        char text[256];

        (void)state;
        struct called c = call(module, one, "");
        value_assert(node_get(doc_root(c.d), "x"), "iam:*", "instead of the default");
        value_assert(node_get(doc_root(c.d), "y"), "[theirs, ?var.unknown of the caller]",
                     "of the caller");
        value_assert(node_get(doc_root(c.d), "z"), "?local.l", "what is not the module's");
        done(&c);
        (void)snprintf(text, sizeof(text), other, "iam:*");
        c = call(module, one, text);
        value_assert(node_get(doc_root(c.d), "x"), "iam:*", "all say the same");
        value_assert(node_get(doc_root(c.d), "y"), "?var.b", "one of them says nothing");
        done(&c);
        (void)snprintf(text, sizeof(text), other, "s3:*");
        c = call(module, one, text);
        value_assert(node_get(doc_root(c.d), "x"), "?var.a", "they do not agree");
        done(&c);
        c = call(module, "", "module \"m\" {\n  source = \"acme/m/aws\"\n  a = 1\n}\n");
        value_assert(node_get(doc_root(c.d), "x"), "own", "another module");
        done(&c);
}

/* A loop in a loop in a loop, over a list that grows. */
static void loops_end(void **state)
{
        struct buffer text = {0};

        (void)state;
        buffer_puts(&text, "locals {\n  l = [1");
        for (unsigned i = 0; i < 200; i++)
                buffer_puts(&text, ", 1");
        buffer_puts(&text, "]\n}\nx = [for a in local.l : [for b in local.l : [for c in local.l : "
                           "[for d in local.l : \"${a}${b}${c}${d}\"]]]]\n");
        struct doc *d = value_read("hcl", (const char *)text.data);
        int k = doc_resolve(d, "hcl", NULL, 0);
        assert_true(k == -E2BIG);
        (void)doc_free(d);
        buffer_done(&text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(functions_give_what_they_say),
                cmocka_unit_test(loops_over_what_is_known_are_run),
                cmocka_unit_test(files_are_read_where_they_are_named),
                cmocka_unit_test(data_sources_of_files_are_read),
                cmocka_unit_test(who_calls_a_module_gives_its_values),
                cmocka_unit_test(loops_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
