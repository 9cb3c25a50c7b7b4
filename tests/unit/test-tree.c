/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "tests/unit/test.h"
#include "watchers/tree.h"

struct bed {
        struct tree tree;
        unsigned unwatched; /* calls of unwatch */
        unsigned freed;
        int last_wd;
};

static int owner_a, owner_b;

static void on_unwatch(void *userdata, int wd)
{
        struct bed *b = userdata;

        b->unwatched++;
        b->last_wd = wd;
}

static void on_freed(void *userdata, struct tree_node *node)
{
        struct bed *b = userdata;

        assert_true(node->dead);
        b->freed++;
}

static void init(struct bed *b)
{
        *b = (struct bed){.tree = {.unwatch = on_unwatch, .freed = on_freed}};
        b->tree.userdata = b;
}

static struct tree_node *add(struct bed *b, struct tree_node *parent, const char *name, int wd)
{
        struct tree_node *node;

        assert_int_equal(tree_add(&b->tree, parent ? parent->owner : &owner_a, parent, name, &node),
                         0);
        if (wd >= 0)
                assert_int_equal(tree_set_wd(&b->tree, node, wd), 0);
        return node;
}

static void finish(struct bed *b, struct tree_node *root)
{
        if (root)
                tree_drop(&b->tree, root);
        assert_true(tree_reap(&b->tree, SIZE_MAX));
        assert_int_equal(b->tree.nodes, 0);
        assert_int_equal(b->tree.watches, 0);
        assert_int_equal(b->tree.unwatched, 0);
        assert_null(b->tree.by_wd);
        assert_null(b->tree.by_place);
}

static void assert_path(const struct tree_node *node, const char *expected)
{
        char buf[256];
        unsigned depth, slashes = *expected ? 1 : 0;

        for (const char *p = expected; *p; p++)
                slashes += *p == '/';
        assert_int_equal(tree_path(node, buf, sizeof(buf), &depth), strlen(expected));
        assert_string_equal(buf, expected);
        assert_int_equal(depth, slashes);
}

static void path_is_made_of_the_names_above(void **state)
{
        struct bed b;

        (void)state;
        init(&b);
        struct tree_node *root = add(&b, NULL, "", 1), *a = add(&b, root, "a", 2),
                         *bb = add(&b, a, "bb", 3), *c = add(&b, bb, "c", -1);
        assert_path(root, "");
        assert_path(a, "a");
        assert_path(c, "a/bb/c");
        char small[6];
        assert_int_equal(tree_path(c, small, sizeof(small), NULL), -ENAMETOOLONG);
        assert_int_equal(tree_path(bb, small, sizeof(small), NULL), 4);
        assert_string_equal(small, "a/bb");
        assert_int_equal(tree_path(bb, small, 4, NULL), -ENAMETOOLONG);
        finish(&b, root);
        assert_int_equal(b.unwatched, 3);
        assert_int_equal(b.freed, 4);
}

static void rename_moves_all_below(void **state)
{
        struct bed b;

        (void)state;
        init(&b);
        struct tree_node *root = add(&b, NULL, "", 1), *a = add(&b, root, "a", 2),
                         *in = add(&b, a, "in", 3), *z = add(&b, root, "z", 4);
        assert_int_equal(tree_move(&b.tree, a, z, "a-much-longer-name"), 0);
        assert_path(in, "z/a-much-longer-name/in");
        assert_true(tree_lies_at(a, z, "a-much-longer-name"));
        assert_int_equal(tree_move(&b.tree, z, in, "ring"), -ELOOP);
        assert_int_equal(tree_move(&b.tree, z, z, "self"), -ELOOP);
        assert_path(in, "z/a-much-longer-name/in");
        finish(&b, root);
}

static void node_is_found_by_watch_or_by_place(void **state)
{
        struct bed b;

        (void)state;
        init(&b);
        struct tree_node *root = add(&b, NULL, "", 1), *a = add(&b, root, "a", -1);
        assert_ptr_equal(tree_find_place(&b.tree, root, "a"), a);
        assert_null(tree_find_place(&b.tree, root, "b"));
        assert_int_equal(tree_move(&b.tree, a, root, "b"), 0);
        assert_ptr_equal(tree_find_place(&b.tree, root, "b"), a);
        assert_null(tree_find_place(&b.tree, root, "a"));
        assert_int_equal(b.tree.unwatched, 1);
        assert_int_equal(tree_set_wd(&b.tree, a, 9), 0);
        assert_null(tree_find_place(&b.tree, root, "b"));
        assert_ptr_equal(tree_find_wd(&b.tree, 9), a);
        assert_int_equal(b.tree.unwatched, 0);
        finish(&b, root);
}

static void dropped_subtree_is_dead_at_once_and_reaped_in_slices(void **state)
{
        struct bed b;

        (void)state;
        init(&b);
        struct tree_node *root = add(&b, NULL, "", 1), *a = add(&b, root, "a", 2), *deep = a;
        for (int i = 0; i < 50; i++)
                deep = add(&b, deep, "d", 10 + i);
        tree_drop(&b.tree, a);
        assert_false(tree_is_live(deep));
        assert_true(tree_is_live(root));
        char buf[512];
        assert_int_equal(tree_path(deep, buf, sizeof(buf), NULL), -ESTALE);
        assert_null(tree_find_owned(&b.tree, 2, &owner_a));
        assert_int_equal(b.unwatched, 0);
        unsigned slices = 0;
        while (!tree_reap(&b.tree, 7))
                slices++;
        assert_true(slices >= 51 / 7);
        assert_int_equal(b.unwatched, 51);
        finish(&b, root);
}

static void successor_takes_the_place_of_a_dropped_node(void **state)
{
        struct bed b;

        (void)state;
        init(&b);
        struct tree_node *root = add(&b, NULL, "", 1), *old = add(&b, root, "a", -1);
        tree_drop(&b.tree, old);
        assert_null(tree_find_place(&b.tree, root, "a"));
        struct tree_node *new = add(&b, root, "a", -1);
        assert_ptr_equal(tree_find_place(&b.tree, root, "a"), new);
        assert_true(tree_reap(&b.tree, SIZE_MAX));
        assert_ptr_equal(tree_find_place(&b.tree, root, "a"), new);
        finish(&b, root);
}

static void reference_keeps_a_dead_node_in_memory(void **state)
{
        struct bed b;

        (void)state;
        init(&b);
        struct tree_node *root = add(&b, NULL, "", 1), *a = add(&b, root, "a", 2);
        tree_ref(a);
        tree_drop(&b.tree, root);
        assert_true(tree_reap(&b.tree, SIZE_MAX));
        assert_int_equal(b.freed, 1);
        assert_false(tree_is_live(a));
        tree_unref(&b.tree, a);
        assert_int_equal(b.freed, 2);
        finish(&b, NULL);
}

static void twins_share_a_watch_until_the_last_goes(void **state)
{
        struct bed b;

        (void)state;
        init(&b);
        struct tree_node *one = add(&b, NULL, "", 1), *two, *three;
        assert_int_equal(tree_add(&b.tree, &owner_b, NULL, "", &two), 0);
        assert_int_equal(tree_set_wd(&b.tree, two, 1), 0);
        assert_int_equal(tree_add(&b.tree, &owner_b, NULL, "", &three), 0);
        assert_int_equal(tree_set_wd(&b.tree, three, 1), 0);
        assert_int_equal(b.tree.watches, 1);
        assert_ptr_equal(tree_find_owned(&b.tree, 1, &owner_a), one);
        /* the first of them is the one in the table */
        tree_drop(&b.tree, one);
        assert_true(tree_reap(&b.tree, SIZE_MAX));
        assert_int_equal(b.unwatched, 0);
        assert_non_null(tree_find_owned(&b.tree, 1, &owner_b));
        assert_null(tree_find_owned(&b.tree, 1, &owner_a));
        tree_drop(&b.tree, three);
        assert_true(tree_reap(&b.tree, SIZE_MAX));
        assert_int_equal(b.unwatched, 0);
        assert_ptr_equal(tree_find_wd(&b.tree, 1), two);
        tree_drop(&b.tree, two);
        assert_true(tree_reap(&b.tree, SIZE_MAX));
        assert_int_equal(b.unwatched, 1);
        assert_int_equal(b.last_wd, 1);
        finish(&b, NULL);
}

static void watch_that_the_kernel_removed_is_not_removed_again(void **state)
{
        struct bed b;

        (void)state;
        init(&b);
        struct tree_node *root = add(&b, NULL, "", 1), *a = add(&b, root, "a", 2);
        (void)add(&b, a, "below", 3);
        tree_forget_wd(&b.tree, 2);
        assert_false(tree_is_live(a));
        assert_null(tree_find_wd(&b.tree, 2));
        tree_forget_wd(&b.tree, 77);
        assert_true(tree_reap(&b.tree, SIZE_MAX));
        assert_int_equal(b.unwatched, 1);
        assert_int_equal(b.last_wd, 3);
        finish(&b, root);
}

static void too_long_name_is_refused(void **state)
{
        struct bed b;
        char name[300];
        struct tree_node *node;

        (void)state;
        init(&b);
        memset(name, 'x', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        struct tree_node *root = add(&b, NULL, "", 1);
        assert_int_equal(tree_add(&b.tree, &owner_a, root, name, &node), -ENAMETOOLONG);
        assert_null(tree_find_place(&b.tree, root, name));
        finish(&b, root);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(path_is_made_of_the_names_above),
                cmocka_unit_test(rename_moves_all_below),
                cmocka_unit_test(node_is_found_by_watch_or_by_place),
                cmocka_unit_test(dropped_subtree_is_dead_at_once_and_reaped_in_slices),
                cmocka_unit_test(successor_takes_the_place_of_a_dropped_node),
                cmocka_unit_test(reference_keeps_a_dead_node_in_memory),
                cmocka_unit_test(twins_share_a_watch_until_the_last_goes),
                cmocka_unit_test(watch_that_the_kernel_removed_is_not_removed_again),
                cmocka_unit_test(too_long_name_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
