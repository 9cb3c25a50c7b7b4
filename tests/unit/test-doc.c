/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "detectors/formats/doc-internal.h"
#include "detectors/formats/scalar.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static struct node *add(struct doc *d, struct node *parent, enum node_type type, const char *key,
                        const char *text)
{
        struct node *n = doc_node(d, type, 1, 1, 0);

        if (n && text)
                scalar_set(n, type, doc_text(d, text, strlen(text)), strlen(text));
        if (parent && doc_append(d, parent, n, key) < 0)
                return NULL;
        return n;
}

static struct node *sample(struct doc *d)
{
        struct node *root = add(d, NULL, NODE_MAPPING, NULL, NULL);
        struct node *web = add(d, root, NODE_MAPPING, "web", NULL);
        struct node *uris = add(d, web, NODE_SEQUENCE, "redirectUris", NULL);

        add(d, uris, NODE_STRING, NULL, "https://a");
        add(d, uris, NODE_STRING, NULL, "https://B");
        add(d, web, NODE_STRING, "secret", "first");
        add(d, web, NODE_STRING, "secret", "second");
        add(d, web, NODE_UNKNOWN, "role", "var.role");
        doc_set_root(d, root);
        return root;
}

static void last_of_equal_keys_counts(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;

        (void)state;
        assert_int_equal(doc_new(&d, NULL), 0);
        struct node *root = sample(d);
        assert_string_equal(node_text(node_at(root, "web.secret")), "second");
        assert_null(node_at(root, "web.secret.x"));
        assert_null(node_at(root, "we.secret"));
        assert_null(node_get(NULL, "web"));
        assert_null(node_get(node_at(root, "web.secret"), "web"));
}

static void loose_keys_ignore_case_and_dashes(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;

        (void)state;
        assert_int_equal(doc_new(&d, NULL), 0);
        struct node *web = node_get(sample(d), "web");
        assert_non_null(node_get_loose(web, "redirect_uris"));
        assert_non_null(node_get_loose(web, "REDIRECT-URIS-"));
        assert_null(node_get_loose(web, "redirect_uri"));
        assert_null(node_get_loose(web, "redirect_uris2"));
}

static void unknown_scalars_have_no_text(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;

        (void)state;
        assert_int_equal(doc_new(&d, NULL), 0);
        struct node *role = node_at(sample(d), "web.role");
        assert_non_null(role);
        assert_false(node_is_scalar(role));
        assert_null(node_text(role));
        assert_false(node_equals(role, "var.role"));
        assert_int_equal(node_truth(role), -1);
}

static void items_of_a_single_value_are_that_value(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        unsigned count = 0;

        (void)state;
        assert_int_equal(doc_new(&d, NULL), 0);
        struct node *root = sample(d);
        assert_true(node_contains(node_at(root, "web.redirectUris"), "https://b"));
        assert_false(node_contains(node_at(root, "web.redirectUris"), "https://"));
        assert_true(node_contains(node_at(root, "web.secret"), "SECOND"));
        NODE_ITEMS(item, node_at(root, "web.redirectUris"))
        count++;
        NODE_ITEMS(item, node_at(root, "web.secret"))
        count += 10;
        NODE_ITEMS(item, NULL)
        count += 100;
        assert_int_equal(count, 12);
}

static void truth_has_many_spellings(void **state)
{
        static const struct {
                enum node_type type;
                const char *text;
                int truth;
        } cases[] = {
                {NODE_BOOL, "True", 1},     {NODE_BOOL, "FALSE", 0}, {NODE_STRING, "Yes", 1},
                {NODE_STRING, "off", 0},    {NODE_STRING, "on", 1},  {NODE_STRING, "no", 0},
                {NODE_STRING, "maybe", -1}, {NODE_NUMBER, "1", -1},  {NODE_NULL, "null", -1},
        };
        _cleanup_(doc_freep) struct doc *d = NULL;

        (void)state;
        assert_int_equal(doc_new(&d, NULL), 0);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_int_equal(node_truth(add(d, NULL, cases[i].type, NULL, cases[i].text)),
                                 cases[i].truth);
        assert_int_equal(node_truth(NULL), -1);
}

static void numbers_may_be_strings(void **state)
{
        static const struct {
                const char *text;
                bool is;
                double value;
        } cases[] = {
                {"12", true, 12},   {"-1.5", true, -1.5}, {"1e3", true, 1000}, {"0x10", true, 16},
                {"0o17", true, 15}, {".5", true, 0.5},    {"", false, 0},      {" 1", false, 0},
                {"1h", false, 0},   {"inf", false, 0},    {"nan", false, 0},   {"1e999", false, 0},
        };
        _cleanup_(doc_freep) struct doc *d = NULL;

        (void)state;
        assert_int_equal(doc_new(&d, NULL), 0);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                double value = 0;
                struct node *n = add(d, NULL, NODE_STRING, NULL, cases[i].text);

                assert_int_equal(node_number(n, &value), cases[i].is);
                assert_true(value == cases[i].value);
        }
}

static int count_until_secret(struct node *n, void *userdata)
{
        (*(unsigned *)userdata)++;
        return n->key && strcmp(n->key, "secret") == 0 ? 7 : 0;
}

static int count_all(struct node *n, void *userdata)
{
        (void)n;
        (*(unsigned *)userdata)++;
        return 0;
}

static void walk_goes_in_file_order_and_stops(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        unsigned count = 0;

        (void)state;
        assert_int_equal(doc_new(&d, NULL), 0);
        struct node *root = sample(d);
        assert_int_equal(node_walk(root, count_until_secret, &count), 7);
        assert_int_equal(count, 6);
        count = 0;
        assert_int_equal(node_walk(node_at(root, "web.redirectUris"), count_all, &count), 0);
        assert_int_equal(count, 3);
        assert_int_equal(node_walk(NULL, count_all, &count), 0);
        assert_int_equal(count, 3);
}

static void depth_is_bounded(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct node *n, *below;
        unsigned depth = 0;

        (void)state;
        assert_int_equal(doc_new(&d, &(struct doc_limits){.depth = 3, .nodes = 9, .bytes = 9999}),
                         0);
        for (n = add(d, NULL, NODE_SEQUENCE, NULL, NULL);; n = below, depth++) {
                below = add(d, n, NODE_SEQUENCE, NULL, NULL);
                if (!below)
                        break;
        }
        assert_int_equal(depth, 3);
        assert_int_equal(doc_error(d), -E2BIG);
        assert_null(doc_text(d, "a", 1)); /* the error sticks */
}

static void nodes_are_bounded(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        unsigned count = 0;

        (void)state;
        assert_int_equal(doc_new(&d, &(struct doc_limits){.depth = 3, .nodes = 9, .bytes = 9999}),
                         0);
        while (doc_node(d, NODE_NULL, 1, 1, 0))
                count++;
        assert_int_equal(count, 9);
        assert_int_equal(doc_error(d), -E2BIG);
}

static void bytes_are_bounded(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;

        (void)state;
        assert_int_equal(doc_new(&d, &(struct doc_limits){.depth = 3, .nodes = 9, .bytes = 100}),
                         0);
        assert_non_null(doc_text(d, "", 0));
        assert_non_null(doc_text_reserve(d, 98));
        assert_null(doc_text(d, "", 0));
        assert_int_equal(doc_error(d), -E2BIG);
}

static void reserved_text_is_given_back(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;

        (void)state;
        assert_int_equal(doc_new(&d, &(struct doc_limits){.depth = 3, .nodes = 9, .bytes = 100}),
                         0);
        for (unsigned i = 0; i < 20; i++) {
                char *text = doc_text_reserve(d, 50);

                assert_non_null(text);
                text[0] = 'x';
                doc_text_trim(d, text, 50, 1);
                assert_string_equal(text, "x");
        }
}

static void large_texts_have_room(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        size_t size = (size_t)3 << 20;

        (void)state;
        assert_int_equal(doc_new(&d, NULL), 0);
        char *a = doc_text(d, "before", 6), *text = doc_text_reserve(d, size);
        assert_non_null(text);
        memset(text, 'x', size);
        text[size] = '\0';
        assert_string_equal(doc_text(d, "after", 5), "after");
        assert_string_equal(a, "before");
        assert_int_equal(strlen(text), size);
}

static void copies_are_deep(void **state)
{
        _cleanup_(doc_freep) struct doc *d = NULL;

        (void)state;
        assert_int_equal(doc_new(&d, NULL), 0);
        struct node *root = sample(d), *copy = doc_copy(d, node_get(root, "web"), root, "copy");
        assert_non_null(copy);
        char *a = tree_shape(node_get(root, "web")), *b = tree_shape(copy);
        assert_string_equal(strchr(a, '='), strchr(b, '='));
        free(a);
        free(b);
        tree_assert_consistent(root, 0);
        assert_int_equal(root->count, 2);
}

static void bare_words_have_types(void **state)
{
        static const struct {
                const char *text;
                enum node_type type;
        } cases[] = {
                {"", NODE_NULL},        {"~", NODE_NULL},       {"NULL", NODE_NULL},
                {"nuLL", NODE_STRING},  {"true", NODE_BOOL},    {"FALSE", NODE_BOOL},
                {"yes", NODE_STRING},   {"1", NODE_NUMBER},     {"-12", NODE_NUMBER},
                {"+1.", NODE_NUMBER},   {".5", NODE_NUMBER},    {"1e5", NODE_NUMBER},
                {"1e", NODE_STRING},    {"0x1F", NODE_NUMBER},  {"0o17", NODE_NUMBER},
                {"0o8", NODE_STRING},   {".", NODE_STRING},     {"-", NODE_STRING},
                {"1.2.3", NODE_STRING}, {".inf", NODE_NUMBER},  {"2012-10-17", NODE_STRING},
                {"0x", NODE_STRING},    {"1_000", NODE_STRING},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_int_equal(scalar_type(cases[i].text, strlen(cases[i].text)), cases[i].type);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(last_of_equal_keys_counts),
                cmocka_unit_test(loose_keys_ignore_case_and_dashes),
                cmocka_unit_test(unknown_scalars_have_no_text),
                cmocka_unit_test(items_of_a_single_value_are_that_value),
                cmocka_unit_test(truth_has_many_spellings),
                cmocka_unit_test(numbers_may_be_strings),
                cmocka_unit_test(walk_goes_in_file_order_and_stops),
                cmocka_unit_test(depth_is_bounded),
                cmocka_unit_test(nodes_are_bounded),
                cmocka_unit_test(bytes_are_bounded),
                cmocka_unit_test(reserved_text_is_given_back),
                cmocka_unit_test(large_texts_have_room),
                cmocka_unit_test(copies_are_deep),
                cmocka_unit_test(bare_words_have_types),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
