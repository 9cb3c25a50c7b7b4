/* SPDX-FileCopyrightText: giad maintainers */
#include "daemon/seen.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

#define PLACE 7u

static struct file_id file(uint64_t ino)
{
        return (struct file_id){
                .dev = 64, .ino = ino, .size = ino * 3, .ctime_ns = 1000, .mtime_ns = 900};
}

static struct seen *new_seen(void)
{
        struct seen *s = NULL;

        assert_int_equal(seen_new(&s, 1000000), 0);
        return s;
}

static void exactly_the_state_that_was_put_is_known(void **state)
{
        struct seen *s = new_seen();
        const struct file_id id = file(12);

        (void)state;
        assert_false(seen_same(s, &id, PLACE));
        assert_int_equal(seen_put(s, &id, PLACE), 0);
        assert_true(seen_same(s, &id, PLACE));
        for (int what = 0; what < 5; what++) {
                struct file_id other = id;

                if (what == 0)
                        other.size++;
                else if (what == 1)
                        other.ctime_ns++;
                else if (what == 2)
                        other.mtime_ns--;
                else if (what == 3)
                        other.ino++;
                else
                        other.dev++;
                assert_false(seen_same(s, &other, PLACE));
        }
        assert_null(seen_free(s));
}

static void swapped_times_are_another_state(void **state)
{
        struct seen *s = new_seen();
        const struct file_id id = {.dev = 1, .ino = 2, .size = 3, .ctime_ns = 10, .mtime_ns = 20};
        const struct file_id swapped = {
                .dev = 1, .ino = 2, .size = 3, .ctime_ns = 20, .mtime_ns = 10};

        (void)state;
        assert_int_equal(seen_put(s, &id, PLACE), 0);
        assert_false(seen_same(s, &swapped, PLACE));
        assert_null(seen_free(s));
}

static void newer_state_takes_the_place_of_the_older(void **state)
{
        struct seen *s = new_seen();
        const struct file_id old = file(12);
        struct file_id new = old;

        (void)state;
        new.ctime_ns += 5;
        assert_int_equal(seen_put(s, &old, PLACE), 0);
        assert_int_equal(seen_put(s, &new, PLACE), 0);
        assert_true(seen_same(s, &new, PLACE));
        assert_false(seen_same(s, &old, PLACE));
        assert_int_equal(seen_count(s), 1);
        assert_null(seen_free(s));
}

static void nothing_is_lost_when_it_grows(void **state)
{
        struct seen *s = new_seen();
        const uint64_t n = 50000;

        (void)state;
        for (uint64_t ino = 1; ino <= n; ino++) {
                const struct file_id id = file(ino);

                assert_int_equal(seen_put(s, &id, PLACE), 0);
        }
        assert_int_equal(seen_count(s), n);
        for (uint64_t ino = 1; ino <= n; ino++) {
                const struct file_id id = file(ino);

                assert_true(seen_same(s, &id, PLACE));
        }
        seen_clear(s);
        assert_int_equal(seen_count(s), 0);
        const struct file_id id = file(1);
        assert_false(seen_same(s, &id, PLACE));
        assert_int_equal(seen_put(s, &id, PLACE), 0);
        assert_true(seen_same(s, &id, PLACE));
        assert_null(seen_free(s));
}

static void inode_zero_is_never_known(void **state)
{
        struct seen *s = new_seen();
        const struct file_id id = file(0);

        (void)state;
        assert_int_equal(seen_put(s, &id, PLACE), 0);
        assert_false(seen_same(s, &id, PLACE));
        assert_int_equal(seen_count(s), 0);
        assert_null(seen_free(s));
}

static bool fill_with_failure(long n)
{
        struct seen *s = NULL;
        uint64_t refused = 0;

        fail_alloc.failed = false;
        fail_alloc.left = n;
        int k = seen_new(&s, 1000000);
        if (k < 0)
                assert_int_equal(k, -ENOMEM);
        for (uint64_t ino = 1; k == 0 && ino <= 5000; ino++) {
                const struct file_id id = file(ino);
                int put = seen_put(s, &id, PLACE);

                assert_true(put == 0 || put == -ENOMEM);
                refused += put < 0;
                assert_int_equal(seen_same(s, &id, PLACE), put == 0);
        }
        fail_alloc.left = -1;
        if (k == 0)
                assert_int_equal(seen_count(s) + refused, 5000);
        assert_null(seen_free(s));
        return fail_alloc.failed;
}

static void want_of_memory_costs_another_scan_only(void **state)
{
        long n = 0;

        (void)state;
        while (fill_with_failure(n))
                n++;
        assert_true(n > 3);
}

static void full_table_that_cannot_grow_still_answers(void **state)
{
        struct seen *s = new_seen();
        const struct file_id absent = file(1000000);
        bool refused = false;

        (void)state;
        for (uint64_t ino = 1; ino <= 2000; ino++) {
                const struct file_id id = file(ino);

                fail_alloc.left = 0; /* every growth fails */
                refused = seen_put(s, &id, PLACE) == -ENOMEM || refused;
        }
        fail_alloc.left = -1;
        assert_true(refused);
        assert_false(seen_same(s, &absent, PLACE)); /* the search ends: one slot stays free */
        assert_null(seen_free(s));
}

static void another_place_is_another_file(void **state)
{
        const struct file_id id = {.dev = 1, .ino = 2, .size = 3, .ctime_ns = 4, .mtime_ns = 5};
        struct seen *s;

        (void)state;
        assert_int_equal(seen_new(&s, 1000000), 0);
        assert_false(seen_known(s, &id));
        assert_int_equal(seen_put(s, &id, PLACE), 0);
        assert_true(seen_known(s, &id));
        assert_true(seen_same(s, &id, PLACE));
        assert_false(seen_same(s, &id, PLACE + 1));
        assert_null(seen_free(s));
}

static void oldest_are_forgotten_past_the_limit(void **state)
{
        struct file_id id = {.dev = 1, .size = 3};
        struct seen *s;

        (void)state;
        assert_int_equal(seen_new(&s, 10000), 0);
        for (uint64_t i = 1; i <= 100000; i++) {
                id.ino = i;
                assert_int_equal(seen_put(s, &id, PLACE), 0);
                assert_true(seen_count(s) <= 10002);
        }
        assert_true(seen_same(s, &id, PLACE));
        id.ino = 100000 - 4000;
        assert_true(seen_same(s, &id, PLACE));
        id.ino = 1;
        assert_false(seen_known(s, &id));
        /* the newer state of an inode that both tables hold is the one that counts */
        id.ino = 100000 - 4000;
        id.size++;
        assert_int_equal(seen_put(s, &id, PLACE), 0);
        assert_true(seen_same(s, &id, PLACE));
        id.size--;
        assert_false(seen_same(s, &id, PLACE));
        assert_null(seen_free(s));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(another_place_is_another_file),
                cmocka_unit_test(oldest_are_forgotten_past_the_limit),
                cmocka_unit_test(exactly_the_state_that_was_put_is_known),
                cmocka_unit_test(swapped_times_are_another_state),
                cmocka_unit_test(newer_state_takes_the_place_of_the_older),
                cmocka_unit_test(nothing_is_lost_when_it_grows),
                cmocka_unit_test(inode_zero_is_never_known),
                cmocka_unit_test(want_of_memory_costs_another_scan_only),
                cmocka_unit_test(full_table_that_cannot_grow_still_answers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
