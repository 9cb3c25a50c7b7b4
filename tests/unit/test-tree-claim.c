/* SPDX-FileCopyrightText: giad maintainers */
#include <stdio.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/formats/format.h"
#include "detectors/privilege/tree-claim.h"
#include "tests/unit/test.h"

/* report.c asks for it only on behalf of analysers. */
const struct rule_check *ruleset_checks(const struct ruleset *rs, size_t *ret_n)
{
        (void)rs;
        *ret_n = 0;
        return NULL;
}

static struct doc *parse(const char *format, const char *text)
{
        struct doc_error error = {0};
        struct doc *doc = NULL;

        assert_int_equal(doc_new(&doc, &DOC_LIMITS_DEFAULT), 0);
        assert_int_equal(format_by_name(format)->parse(doc, text, strlen(text), &error), 0);
        return doc;
}

/* config: {tree: …, text: …} */
static int claim(struct tree_claim **ret, const char *config, struct ruleset_error *error)
{
        struct doc *doc = parse("yaml", config);
        const struct node *root = doc_root(doc);
        int r = tree_claim_new(ret, node_get(root, "tree"), node_get(root, "text"), error);

        (void)doc_free(doc);
        return r;
}

static void note(void *userdata, const char *text, const struct node *at, bool known)
{
        assert_true(at->line > 0);
        buffer_printf(userdata, "%s%s\n", text, known ? "" : " (unknown)");
}

/* The texts of a document, one a line. */
static struct buffer texts;

static const char *run_format(const char *config, const char *format, const char *text)
{
        struct ruleset_error error = {0};
        struct tree_claim *c = NULL;
        struct subject subject = {.path = "a", .format = format};

        buffer_done(&texts);
        if (claim(&c, config, &error) < 0)
                fail_msg("%u:%u: %s", error.line, error.column, error.message);
        subject.doc = parse(format, text);
        assert_true(tree_claim_fits(c, format));
        assert_true(tree_claim_run(c, &subject, note, &texts));
        (void)doc_free(subject.doc);
        (void)tree_claim_free(c);
        return texts.data ?: "";
}

static const char *run(const char *config, const char *text)
{
        return run_format(config, "yaml", text);
}

#define FILLED(template, text, expected) \
        assert_string_equal(run("{tree: {select: .}, text: \"" template "\"}", text), expected "\n")

static void values_are_shown_once_and_in_order(void **state)
{
        (void)state;
        FILLED("{a}", "{a: [z, b, z, m]}", "b, m, z");
        FILLED("{a/b}", "{a: [{b: 2}, {b: 1}]}", "1, 2");
        FILLED("{a}", "{a: {q: [y, x], p: {r: 1}}}", "p r 1, q x, q y");
        FILLED("{a}", "{a: [\"\", apps]}", "\"\", apps");
        FILLED("{b} {a}", "{b: 1}", "1 -");
        FILLED("x {a || 'none'}", "{b: 1}", "x none");
        FILLED("x", "{b: 1}", "x");
        assert_string_equal(run("{tree: {select: .}, text: 'x {a} of {c}'}", "{b: 1}"), "");
        assert_string_equal(run("{tree: {select: .}, text: '{a}'}", "{b: 1}"), "");
        assert_string_equal(run("{tree: {select: l}, text: 'x {a}'}", "{l: []}"), "");
        FILLED("{a}", "{a: [1,2,3,4,5,6,7,8,9,a,b,c,d,e]}",
               "1, 2, 3, 4, 5, 6, 7, 8, 9, a, b, c, d, e");
}

static void a_url_loses_what_may_be_secret(void **state)
{
        (void)state;
        FILLED("{a}", "{a: 'https://u:p@h.example/x?t=1#f'}", "https://h.example/x");
        FILLED("{a}", "{a: 'https://h.example/@x'}", "https://h.example/@x");
        FILLED("{a}", "{a: 'mail@example.com'}", "mail@example.com");
}

static void functions_of_cloudformation_are_what_they_name(void **state)
{
        (void)state;
        FILLED("{a}", "{a: {Ref: X}}", "X (unknown)");
        FILLED("{a}", "{a: !Ref X}", "X (unknown)");
        FILLED("{a}", "{a: {Fn::GetAtt: [A, Arn]}}", "A.Arn (unknown)");
        FILLED("{a}", "{a: !GetAtt A.Arn}", "A.Arn (unknown)");
        FILLED("{a}", "{a: {Fn::Join: ['', [x, {Ref: B}, /y]]}}", "xB/y (unknown)");
        FILLED("{a}", "{a: !Join ['', [x, !Ref B, /y]]}", "xB/y (unknown)");
}

static void alternatives_and_texts_before_a_value(void **state)
{
        (void)state;
        FILLED("{a || b || 'none'}", "{a: 1, b: 2}", "1");
        FILLED("{a || b || 'none'}.", "{b: 2}", "2.");
        FILLED("{a || b || 'none'}.", "{c: 3}", "none.");
        FILLED("x{a || ''}y{c}", "{c: 3}", "xy3");
        FILLED("x{' if ' a}{' of ' b || ' in ' c}", "{a: 1, c: 3}", "x if 1 in 3");
        FILLED("{c}{' if ' a}", "{a: null, c: 3}", "3");
}

static void keys_are_those_of_what_holds_the_node(void **state)
{
        (void)state;
        assert_string_equal(
                run("{tree: {select: 'p/*/get'}, text: '{key} {parent}'}", "{p: {/x: {get: {}}}}"),
                "get /x\n");
        assert_string_equal(run("{tree: {select: l}, text: '{key}'}", "{l: [{a: 1}]}"), "l\n");
        assert_string_equal(run_format("{tree: {select: 'resource[x]/b'}, text: '{key} {parent}'}",
                                       "hcl", "resource \"x\" \"y\" {\n b {}\n}\n"),
                            "b x.y\n");
}

static void one_text_for_each(void **state)
{
        (void)state;
        assert_string_equal(run("{tree: {select: ., each: s}, text: '{each/n} of {r}'}",
                                "{r: R, s: [{n: b}, {n: a}]}"),
                            "b of R\na of R\n");
        assert_string_equal(run("{tree: {select: ., each: 'd/*'}, text: '{n}: {each-key}'}",
                                "{n: N, d: {p: 1, q: null, r: []}}"),
                            "N: p\nN: q\nN: r\n");
        assert_string_equal(
                run("{tree: {select: ., each: 'c/*/*'}, text: '{each-parent} {each-key} "
                    "{each}'}",
                    "{c: {Bool: {mfa: true}, Like: {sub: [a, b]}}}"),
                "Bool mfa true\nLike sub a\nLike sub b\n");
        /* without its name what is nothing says nothing */
        assert_string_equal(run("{tree: {select: ., each: 'd/*'}, text: 'x {each}'}",
                                "{d: {p: 1, q: null, r: []}}"),
                            "x 1\n");
        assert_string_equal(run("{tree: {select: ., each: s}, text: '{each}'}", "{r: R}"), "");
}

static void one_text_for_each_match(void **state)
{
        (void)state;
        assert_string_equal(run("{tree: {select: ., each: '**/*', find: 'secrets\\.(\\w+)'}, "
                                "text: 'reads {found}'}",
                                "{a: 'x secrets.A secrets.B', b: secrets.C, c: {d: none}}"),
                            "reads A\nreads B\nreads C\n");
        assert_string_equal(
                run("{tree: {select: a, find: '^\\w+'}, text: '{found}'}", "{a: deploy --token x}"),
                "deploy\n");
        /* a match of nothing does not go on for ever */
        assert_string_equal(run("{tree: {select: a, find: 'x*'}, text: '<{found}>'}", "{a: y}"),
                            "");
        assert_string_equal(run("{tree: {select: a, find: 'x'}, text: y}", "{a: {b: x}}"), "");
}

static void what_is_not_known_is_uncertain(void **state)
{
        static const char hcl[] = "resource \"x\" \"y\" {\n a = var.v\n b = \"k\"\n}\n";

        (void)state;
        assert_string_equal(
                run_format("{tree: {select: 'resource[*]'}, text: '{key} {a}'}", "hcl", hcl),
                "x.y var.v (unknown)\n");
        assert_string_equal(
                run_format("{tree: {select: 'resource[*]'}, text: '{key} {b}'}", "hcl", hcl),
                "x.y k\n");
        assert_string_equal(run_format("{tree: {select: 'resource[*]', where: [{path: a, equals: "
                                       "z}]}, text: '{key}'}",
                                       "hcl", hcl),
                            "x.y (unknown)\n");
}

static void labels_have_alternatives(void **state)
{
        static const char hcl[] = "resource \"a\" \"1\" {}\nresource \"b_x\" \"2\" {}\n"
                                  "resource \"c\" \"3\" {}\n";

        (void)state;
        assert_string_equal(
                run_format("{tree: {select: 'resource[a|b_*]'}, text: '{key}'}", "hcl", hcl),
                "a.1\nb_x.2\n");
        assert_string_equal(
                run_format("{tree: {select: 'resource[*][3|1]'}, text: '{key}'}", "hcl", hcl),
                "a.1\nc.3\n");
}

static void mistakes_are_said(void **state)
{
        static const struct {
                const char *config, *message;
        } cases[] = {
                {"{tree: {select: .}, text: '{}'}", "nothing stands in '{}'"},
                {"{tree: {select: .}, text: '{a || }'}", "nothing stands in"},
                {"{tree: {select: .}, text: \"{'a}\"}", "needs a second one"},
                {"{tree: {select: .}, text: '{a//b}'}", "must not be empty"},
                {"{tree: {select: 'a[|b]'}, text: x}", "a label in a path must not be empty"},
                {"{tree: {select: 'a[b||c]'}, text: x}", "a label in a path must not be empty"},
                {"{tree: {select: ., find: '('}, text: x}", "regular expression"},
                {"{tree: {select: ., fnd: x}, text: x}", "meant is perhaps find"},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct ruleset_error error = {0};
                struct tree_claim *c = NULL;

                assert_int_equal(claim(&c, cases[i].config, &error), -EBADMSG);
                assert_null(c);
                if (!strstr(error.message, cases[i].message))
                        fail_msg("%s: %s", cases[i].config, error.message);
                assert_int_equal(error.line, 1);
        }
}

static int teardown(void **state)
{
        (void)state;
        buffer_done(&texts);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_are_shown_once_and_in_order),
                cmocka_unit_test(a_url_loses_what_may_be_secret),
                cmocka_unit_test(functions_of_cloudformation_are_what_they_name),
                cmocka_unit_test(alternatives_and_texts_before_a_value),
                cmocka_unit_test(keys_are_those_of_what_holds_the_node),
                cmocka_unit_test(one_text_for_each),
                cmocka_unit_test(one_text_for_each_match),
                cmocka_unit_test(what_is_not_known_is_uncertain),
                cmocka_unit_test(labels_have_alternatives),
                cmocka_unit_test(mistakes_are_said),
        };

        return cmocka_run_group_tests(tests, NULL, teardown);
}
