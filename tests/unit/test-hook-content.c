/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What would stand in a file once an agent has written it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/macros.h"
#include "daemon/ctl/hook.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"

struct bed {
        char top[64], file[96];
};

static int setup(void **state)
{
        static struct bed b;

        (void)snprintf(b.top, sizeof(b.top), "%s/giad-hook-XXXXXX",
                       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        assert_non_null(mkdtemp(b.top));
        (void)snprintf(b.file, sizeof(b.file), "%s/file", b.top);
        *state = &b;
        return 0;
}

static int teardown(void **state)
{
        struct bed *b = *state;

        remove_tree(b->top);
        return 0;
}

static void put(struct bed *b, const char *data, size_t n)
{
        _cleanup_close_ int fd = open(b->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, data, n), n);
}

static void assert_holds(int fd, const struct stat *st, const char *data, size_t n)
{
        _cleanup_free_ char *got = malloc(n + 2);

        assert_true(fd >= 0);
        assert_non_null(got);
        assert_int_equal(st->st_size, n);
        assert_int_equal(pread(fd, got, n + 1, 0), n);
        assert_memory_equal(got, data, n);
}

/* The content after edits, given as pairs of old and new. */
static void assert_edited(struct bed *b, const char *const *pairs, bool all, const char *wanted)
{
        struct hook_edit edits[4];
        struct hook_proposal p = {.edits = edits};
        struct stat st;

        for (; pairs[2 * p.n_edits]; p.n_edits++)
                edits[p.n_edits] =
                        (struct hook_edit){(char *)(uintptr_t)pairs[2 * p.n_edits],
                                           (char *)(uintptr_t)pairs[2 * p.n_edits + 1], all};
        _cleanup_close_ int fd = hook_content_open(&p, b->file, false, &st);
        assert_holds(fd, &st, wanted, strlen(wanted));
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void edits_make_it_of_the_present_file(void **state)
{
        struct bed *b = *state;

        put(b, "one two one\n", 12);
        assert_edited(b, PAIRS("two", "2"), false, "one 2 one\n");
        assert_edited(b, PAIRS("one", "1"), false, "1 two one\n");
        assert_edited(b, PAIRS("one", "1"), true, "1 two 1\n");
        assert_edited(b, PAIRS("one", ""), true, " two \n");
        assert_edited(b, PAIRS("one two one\n", "x"), true, "x");
        /* each finds what the one before has made; what was put in is not looked through again */
        assert_edited(b, PAIRS("two", "three", "three", "4"), false, "one 4 one\n");
        assert_edited(b, PAIRS("one", "oneone"), true, "oneone two oneone\n");
}

static void edit_that_does_not_fit_is_taken_by_itself(void **state)
{
        struct bed *b = *state;

        put(b, "one\n", 4);
        assert_edited(b, PAIRS("two", "2"), false, "2\n");
        assert_edited(b, PAIRS("one", "1", "two", "2"), false, "1\n2\n");
        assert_edited(b, PAIRS("", "new"), false, "new\n");
        assert_int_equal(unlink(b->file), 0);
        assert_edited(b, PAIRS("one", "1"), false, "1\n");
        assert_int_equal(mkdir(b->file, 0700), 0);
        assert_edited(b, PAIRS("one", "1"), false, "1\n");
}

static void file_with_nuls_is_edited(void **state)
{
        struct bed *b = *state;
        struct hook_edit e = {(char[]){"b"}, (char[]){"c"}, true};
        const struct hook_proposal p = {.edits = &e, .n_edits = 1};
        struct stat st;

        put(b, "a\0b\0b", 5);
        _cleanup_close_ int fd = hook_content_open(&p, b->file, false, &st);
        assert_holds(fd, &st, "a\0c\0c", 5);
}

static void what_grows_too_large_is_an_error(void **state)
{
        struct bed *b = *state;
        _cleanup_free_ char *large = malloc(1 << 16), *text = malloc((1 << 12) + 1);
        struct stat st;

        assert_true(large && text);
        memset(large, 'a', 1 << 16);
        memset(text, 'b', 1 << 12);
        text[1 << 12] = '\0';
        put(b, large, 1 << 16);
        struct hook_edit e = {(char[]){"a"}, text, true};
        const struct hook_proposal p = {.edits = &e, .n_edits = 1};
        assert_int_equal(hook_content_open(&p, b->file, false, &st), -EFBIG);
}

static void written_file_is_judged_as_it_stands(void **state)
{
        struct bed *b = *state;
        const struct hook_proposal p = {.content = (char[]){"proposed"}};
        struct stat st;

        put(b, "written", 7);
        int fd = hook_content_open(&p, b->file, true, &st);
        assert_holds(fd, &st, "written", 7);
        (void)fd_close(fd);
        fd = hook_content_open(&p, b->file, false, &st);
        assert_holds(fd, &st, "proposed", 8);
        (void)fd_close(fd);
        /* giad was there first */
        assert_int_equal(unlink(b->file), 0);
        fd = hook_content_open(&p, b->file, true, &st);
        assert_holds(fd, &st, "proposed", 8);
        (void)fd_close(fd);
}

static void mode_is_that_of_the_file_or_what_it_would_get(void **state)
{
        struct bed *b = *state;
        const struct hook_proposal p = {.content = (char[]){"x"}};
        struct stat st;
        mode_t before = umask(027);

        int fd = hook_content_open(&p, b->file, false, &st);
        assert_true(fd >= 0);
        assert_int_equal(st.st_mode, S_IFREG | 0640);
        (void)fd_close(fd);
        put(b, "x", 1);
        assert_int_equal(chmod(b->file, 0604), 0);
        fd = hook_content_open(&p, b->file, false, &st);
        assert_int_equal(st.st_mode, S_IFREG | 0604);
        (void)fd_close(fd);
        (void)umask(before);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(edits_make_it_of_the_present_file),
                T(edit_that_does_not_fit_is_taken_by_itself),
                T(file_with_nuls_is_edited),
                T(what_grows_too_large_is_an_error),
                T(written_file_is_judged_as_it_stands),
                T(mode_is_that_of_the_file_or_what_it_would_get),
#undef T
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
