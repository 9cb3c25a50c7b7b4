/* SPDX-FileCopyrightText: giad maintainers */
/*
 * An index of a mapping gives what looking at each key gives.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/key-index.h"
#include "tests/unit/test.h"

#define KEYS 3000u

static struct node *mapping(struct doc *d, unsigned n)
{
        static const char *const forms[] = {"key", "Key-", "KEY_", "k_e_y"};
        static const char *const others[] = {"same", "-", ""};
        struct node *map = doc_node(d, NODE_MAPPING, 1, 1, 0);

        for (unsigned i = 0; i < n; i++) {
                char key[32];

                if (i % 7 < ELEMENTSOF(forms))
                        (void)snprintf(key, sizeof(key), "%s%u", forms[i % 7],
                                       i * 7919 % (n / 3 + 1));
                else
                        (void)snprintf(key, sizeof(key), "%s", others[i % 7 - ELEMENTSOF(forms)]);
                assert_int_equal(doc_append(d, map, doc_node(d, NODE_NULL, i + 1, 1, i),
                                            doc_text(d, key, strlen(key))),
                                 0);
        }
        return map;
}

static struct doc *two_of(unsigned n, struct node **ret_plain, struct node **ret_indexed)
{
        struct doc *d = NULL;

        assert_int_equal(doc_new(&d, NULL), 0);
        *ret_plain = mapping(d, n);
        *ret_indexed = mapping(d, n);
        doc_set_root(d, *ret_indexed);
        doc_index_keys(d);
        return d;
}

static void assert_same(const struct node *a, const struct node *b, const char *key)
{
        if (!a != !b || (a && a->line != b->line))
                fail_msg("'%s': line %u, by index %u", key, a ? a->line : 0, b ? b->line : 0);
}

static void what_is_found_is_the_same(void **state)
{
        static const char *const others[] = {"same", "SAME", "s-a-me", "-", "_", "", "none", "key"};
        struct node *plain, *indexed;
        struct doc *d = two_of(KEYS, &plain, &indexed);

        (void)state;
        assert_null(plain->index);
        assert_non_null(indexed->index);
        NODE_CHILDREN(child, plain)
        {
                assert_same(node_get(plain, child->key), node_get(indexed, child->key), child->key);
                assert_same(node_get_loose(plain, child->key), node_get_loose(indexed, child->key),
                            child->key);
        }
        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                assert_same(node_get(plain, others[i]), node_get(indexed, others[i]), others[i]);
                assert_same(node_get_loose(plain, others[i]), node_get_loose(indexed, others[i]),
                            others[i]);
        }
        (void)doc_free(d);
}

static void small_ones_have_none(void **state)
{
        struct node *plain, *indexed;
        struct doc *d = two_of(8, &plain, &indexed);

        (void)state;
        assert_null(indexed->index);
        assert_non_null(node_get(indexed, "same"));
        (void)doc_free(d);
}

static void what_came_later_is_found(void **state)
{
        struct node *plain, *indexed;
        struct doc *d = two_of(KEYS, &plain, &indexed);
        struct node *later = doc_node(d, NODE_NULL, KEYS + 1, 1, 0);

        (void)state;
        assert_null(node_get(indexed, "later"));
        assert_int_equal(doc_append(d, indexed, later, "later"), 0);
        assert_ptr_equal(node_get(indexed, "later"), later);
        doc_index_keys(d);
        assert_ptr_equal(node_get(indexed, "later"), later);
        node_unlink(indexed->first, NULL);
        assert_ptr_equal(node_get(indexed, "later"), later);
        (void)doc_free(d);
}

static void a_key_that_is_given_again_and_again_costs_nothing(void **state)
{
        struct doc *d = NULL;
        struct node *map;

        (void)state;
        assert_int_equal(doc_new(&d, NULL), 0);
        map = doc_node(d, NODE_MAPPING, 1, 1, 0);
        doc_set_root(d, map);
        for (unsigned i = 0; i < 100000; i++)
                assert_int_equal(doc_append(d, map, doc_node(d, NODE_NULL, i + 1, 1, i), "again"),
                                 0);
        doc_index_keys(d);
        for (unsigned i = 0; i < 100000; i++)
                assert_int_equal(node_get(map, "again")->line, 100000);
        (void)doc_free(d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_found_is_the_same),
                cmocka_unit_test(small_ones_have_none),
                cmocka_unit_test(what_came_later_is_found),
                cmocka_unit_test(a_key_that_is_given_again_and_again_costs_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
