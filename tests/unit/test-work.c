/* SPDX-FileCopyrightText: giad maintainers */
#include <fcntl.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "daemon/work.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

static struct file_id inode(uint64_t ino)
{
        return (struct file_id){.dev = 7, .ino = ino, .size = 10, .ctime_ns = 1, .mtime_ns = 1};
}

static struct work *new_work(void)
{
        struct work *w = NULL;

        assert_int_equal(work_new(&w), 0);
        return w;
}

static struct work_item *add(struct work *w, uint64_t ino, const char *path)
{
        const struct file_id id = inode(ino);
        struct work_item *item = work_add(w, &id, 3, path, -1, NULL);

        assert_non_null(item);
        work_wait(w, item, false);
        return item;
}

static struct work_item *next(struct work *w)
{
        return work_next(w, TURNS_ALL);
}

static int open_null(void)
{
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

static bool is_open(int fd)
{
        return fcntl(fd, F_GETFD) >= 0;
}

static void items_wait_in_the_order_of_their_coming(void **state)
{
        struct work *w = new_work();

        (void)state;
        struct work_item *a = add(w, 1, "a"), *b = add(w, 2, "b"), *c = add(w, 3, "c");
        assert_int_equal(work_count(w), 3);
        assert_int_equal(work_of(w, 3), 3);
        assert_int_equal(work_of(w, 4), 0);
        assert_ptr_equal(next(w), a);
        assert_false(work_waits(a));
        assert_ptr_equal(next(w), b);
        work_wait(w, b, true);  /* no room: it is the next one again */
        work_wait(w, a, false); /* changed: behind all the others */
        assert_ptr_equal(next(w), b);
        assert_ptr_equal(next(w), c);
        assert_true(work_any(w, TURNS_ALL));
        assert_ptr_equal(next(w), a);
        assert_null(next(w));
        assert_false(work_any(w, TURNS_ALL));
        assert_int_equal(work_count(w), 3);
        assert_null(work_free(w));
}

static void item_waits_where_its_fields_say(void **state)
{
        struct work *w = new_work();

        (void)state;
        struct work_item *swept = add(w, 1, "a"), *told = add(w, 2, "b"), *likely = add(w, 3, "c"),
                         *both = add(w, 4, "d"), *wanted = add(w, 5, "e"), *last = add(w, 6, "f");
        told->fresh = likely->likely = both->fresh = both->likely = true;
        wanted->ticket = 17;
        struct work_item *const order[] = {wanted, both, likely, told, swept, last};
        for (size_t i = 0; i < ELEMENTSOF(order); i++)
                work_place(w, order[ELEMENTSOF(order) - 1 - i]);
        assert_ptr_equal(work_next(w, TURNS_SWEEP), likely); /* who wants these alone */
        work_wait(w, likely, true);
        for (size_t i = 0; i < ELEMENTSOF(order); i++)
                assert_ptr_equal(next(w), order[i]);
        work_place(w, last); /* it does not wait */
        assert_null(next(w));
        assert_null(work_free(w));
}

static void item_is_found_by_device_and_inode_alone(void **state)
{
        struct work *w = new_work();
        struct file_id id = inode(5);

        (void)state;
        struct work_item *item = add(w, 5, "x");
        id.size = 99;
        id.ctime_ns = id.mtime_ns = 77;
        assert_ptr_equal(work_find(w, &id), item);
        assert_string_equal(item->path, "x");
        assert_int_equal(item->workspace, 3);
        id.dev++;
        assert_null(work_find(w, &id));
        assert_null(work_free(w));
}

static void other_identity_is_found_under_it(void **state)
{
        struct work *w = new_work();
        const struct file_id old = inode(5), new = inode(6);

        (void)state;
        struct work_item *item = add(w, 5, "x");
        work_rekey(w, item, &new);
        assert_null(work_find(w, &old));
        assert_ptr_equal(work_find(w, &new), item);
        assert_true(file_id_equal(&item->id, &new));
        struct file_id grown = new;
        grown.size = 11;
        work_rekey(w, item, &grown);
        assert_ptr_equal(work_find(w, &new), item);
        assert_int_equal(item->id.size, 11);
        assert_null(work_free(w));
}

static void held_files_are_counted_and_closed(void **state)
{
        struct work *w = new_work();
        const struct file_id id = inode(1);
        int first = open_null(), second = open_null(), third = open_null();

        (void)state;
        struct work_item *item = work_add(w, &id, 1, "a", first, NULL);
        assert_non_null(item);
        struct work_item *other = add(w, 2, "b");
        assert_int_equal(work_held(w), 1);
        work_set_fd(w, item, second);
        assert_int_equal(work_held(w), 1);
        assert_false(is_open(first));
        work_set_fd(w, other, third);
        assert_int_equal(work_held(w), 2);
        work_set_fd(w, item, -1);
        assert_int_equal(work_held(w), 1);
        assert_false(is_open(second));
        work_drop(w, other);
        assert_int_equal(work_held(w), 0);
        assert_false(is_open(third));
        assert_null(work_free(w));
}

static void dropped_item_waits_and_is_found_no_more(void **state)
{
        struct work *w = new_work();
        const struct file_id id = inode(1);

        (void)state;
        struct work_item *waiting = add(w, 1, "a");
        struct work_item *other = add(w, 2, "b");
        work_drop(w, waiting); /* still in the queue */
        assert_null(work_find(w, &id));
        assert_ptr_equal(next(w), other);
        work_drop(w, other);
        assert_int_equal(work_count(w), 0);
        assert_null(next(w));
        assert_null(work_free(w));
}

static struct stat met(uint64_t ino, nlink_t links, off_t size)
{
        return (struct stat){.st_dev = 7,
                             .st_ino = ino,
                             .st_nlink = links,
                             .st_size = size,
                             .st_mode = S_IFREG | 0600};
}

static void item_that_waits_is_what_was_met_last(void **state)
{
        struct work *w = new_work();
        struct work_item *item = add(w, 1, "draft");
        struct stat st = met(1, 1, 20);

        (void)state;
        assert_true(work_is_at(item, 3, "draft"));
        assert_int_equal(work_name_add(item, 3, "other"), 0);
        assert_int_equal(work_name_add(item, 4, "elsewhere"), 0);
        assert_true(work_meet(w, item, 3, "draft", &st));
        assert_int_equal(item->id.size, 20);
        assert_int_equal(item->n_names, 2);
        /* one link, but not in this workspace */
        assert_false(work_meet(w, item, 4, "elsewhere", &st));
        assert_string_equal(item->path, "draft");
        st = met(1, 1, 30);
        assert_true(work_meet(w, item, 3, "final", &st));
        assert_true(work_is_at(item, 3, "final"));
        assert_int_equal(item->id.size, 30);
        assert_int_equal(item->n_names, 1);
        assert_string_equal(item->names->path, "elsewhere");
        assert_null(item->names->next);
        /* it has another name as well */
        st = met(1, 2, 30);
        assert_false(work_meet(w, item, 3, "second", &st));
        assert_true(work_is_at(item, 3, "final"));
        /* a scanner has it */
        assert_ptr_equal(next(w), item);
        assert_false(work_meet(w, item, 3, "final", &st));
        assert_null(work_free(w));
}

static void what_lost_scanners_had_waits_again(void **state)
{
        struct work *w = new_work();
        bool seen[2] = {false, false};

        (void)state;
        struct work_item *a = add(w, 1, "a"), *b = add(w, 2, "b"), *c = add(w, 3, "c");
        (void)next(w);
        (void)next(w);
        a->scanning = b->scanning = true;
        work_requeue_all(w);
        for (int i = 0; i < 2; i++) { /* in front of what never had a turn */
                const struct work_item *item = next(w);

                assert_true(item == a || item == b);
                seen[item == b] = true;
        }
        assert_true(seen[0] && seen[1]);
        assert_false(a->scanning || b->scanning);
        assert_ptr_equal(next(w), c);
        assert_null(next(w));
        assert_null(work_free(w));
}

static bool work_with_failure(long n)
{
        struct work *w = NULL;

        fail_alloc.failed = false;
        fail_alloc.left = n;
        if (work_new(&w) == 0) {
                for (uint64_t ino = 1; ino < 40; ino++) {
                        const struct file_id id = inode(ino);
                        int fd = open_null();
                        char *target = strdup("target");
                        struct work_item *item = work_add(w, &id, 1, "path", fd, target);

                        /* consumed in any case */
                        assert_int_equal(is_open(fd), item != NULL);
                        assert_ptr_equal(work_find(w, &id), item);
                        if (item)
                                work_wait(w, item, false);
                }
        }
        fail_alloc.left = -1;
        if (w) {
                size_t waiting = 0;

                while (next(w))
                        waiting++;
                assert_int_equal(waiting, work_count(w));
                assert_int_equal(work_held(w), work_count(w));
        }
        assert_null(work_free(w));
        return fail_alloc.failed;
}

static void want_of_memory_costs_one_item_only(void **state)
{
        long n = 0;

        (void)state;
        while (work_with_failure(n))
                n++;
        assert_true(n > 80);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(items_wait_in_the_order_of_their_coming),
                cmocka_unit_test(item_waits_where_its_fields_say),
                cmocka_unit_test(item_is_found_by_device_and_inode_alone),
                cmocka_unit_test(other_identity_is_found_under_it),
                cmocka_unit_test(held_files_are_counted_and_closed),
                cmocka_unit_test(dropped_item_waits_and_is_found_no_more),
                cmocka_unit_test(item_that_waits_is_what_was_met_last),
                cmocka_unit_test(what_lost_scanners_had_waits_again),
                cmocka_unit_test(want_of_memory_costs_one_item_only),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
