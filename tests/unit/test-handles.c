/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Directories by their handles: the same number for the same directory whatever it is called, another for
 * another.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"
#include "watchers/handles.h"

static int read_name(const char *path, struct handle_name *ret)
{
        _cleanup_close_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        assert_true(fd >= 0);
        return handle_name_read(ret, fd);
}

static void a_directory_keeps_its_number(void **state)
{
        char top[] = "/tmp/giad-test-handles-XXXXXX", a[64], b[64];
        struct handle_name name, other, moved;
        struct handles h = {0};

        (void)state;
        assert_non_null(mkdtemp(top));
        (void)snprintf(a, sizeof(a), "%s/a", top);
        (void)snprintf(b, sizeof(b), "%s/b", top);
        assert_int_equal(mkdir(a, 0700), 0);
        if (read_name(a, &name) == -EOPNOTSUPP) {
                remove_tree(top);
                skip();
        }
        assert_int_equal(read_name(top, &other), 0);
        int number = handles_add(&h, &name);
        assert_true(number >= 0);
        assert_int_equal(handles_add(&h, &name), number);
        assert_int_not_equal(handles_add(&h, &other), number);
        assert_int_equal(rename(a, b), 0);
        assert_int_equal(read_name(b, &moved), 0);
        assert_int_equal(handles_find(&h, &moved, handle_name_size(&moved)), number);
        handles_remove(&h, number);
        assert_int_equal(handles_find(&h, &moved, handle_name_size(&moved)), -1);
        handles_remove(&h, number);
        handles_remove(&h, -1);
        handles_remove(&h, 1000);
        handles_done(&h);
        remove_tree(top);
}

static void free_numbers_are_given_again(void **state)
{
        struct handles h = {0};
        struct handle_name name = {.bytes = 8, .type = 1};

        (void)state;
        for (unsigned i = 0; i < 1000; i++) {
                name.handle[0] = (unsigned char)i;
                name.handle[1] = (unsigned char)(i >> 8);
                assert_int_equal(handles_add(&h, &name), i);
        }
        handles_remove(&h, 700);
        handles_remove(&h, 3);
        name.handle[2] = 1;
        assert_int_equal(handles_add(&h, &name), 3);
        name.handle[2] = 2;
        assert_int_equal(handles_add(&h, &name), 700);
        name.handle[2] = 3;
        assert_int_equal(handles_add(&h, &name), 1000);
        /* the handle alone is not enough: two file systems may have the same */
        name.fsid.__val[0] = 5;
        assert_int_equal(handles_find(&h, &name, handle_name_size(&name)), -1);
        handles_done(&h);
}

static void directory_that_was_looked_for_in_vain_is_noted(void **state)
{
        struct handles h = {0};
        struct handle_name name = {.bytes = 8, .type = 1, .handle = {1}};
        struct handle_name other = {.bytes = 8, .type = 1, .handle = {2}};
        struct handle_name fresh = {.bytes = 8, .type = 1, .handle = {3}};

        (void)state;
        assert_int_equal(handles_find(&h, &name, handle_name_size(&name)), -1);
        assert_true(handles_was_missed(&h, handles_add(&h, &name)));
        assert_false(handles_was_missed(&h, handles_add(&h, &fresh)));
        assert_true(handles_find(&h, &fresh, handle_name_size(&fresh)) >= 0);
        assert_false(handles_was_missed(&h, handles_add(&h, &fresh)));
        /* not for ever */
        for (unsigned i = 0; i < 20000; i++)
                assert_int_equal(handles_find(&h, &other, handle_name_size(&other)), -1);
        assert_false(handles_was_missed(&h, handles_add(&h, &name)));
        assert_true(handles_was_missed(&h, handles_add(&h, &other)));
        handles_done(&h);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_directory_keeps_its_number),
                cmocka_unit_test(free_numbers_are_given_again),
                cmocka_unit_test(directory_that_was_looked_for_in_vain_is_noted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
