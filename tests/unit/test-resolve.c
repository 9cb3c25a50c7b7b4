/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"
#include "watchers/resolve.h"

struct bed {
        char top[64];
        int fd;
        char depends[1024]; /* names, in the order in which they were asked for */
};

static void on_depends(void *userdata, int dirfd, const char *name)
{
        struct bed *b = userdata;
        size_t n = strlen(b->depends);
        struct stat st;

        assert_int_equal(fstat(dirfd, &st), 0);
        assert_true(S_ISDIR(st.st_mode));
        (void)snprintf(b->depends + n, sizeof(b->depends) - n, "%s%.200s", n ? " " : "", name);
}

static int setup(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        (void)snprintf(b->top, sizeof(b->top), "/tmp/giad-resolve-XXXXXX");
        assert_non_null(mkdtemp(b->top));
        b->fd = open(b->top, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(b->fd >= 0);
        assert_int_equal(mkdirat(b->fd, "dir", 0755), 0);
        assert_int_equal(mkdirat(b->fd, "dir/sub", 0755), 0);
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        struct bed *b = *state;

        (void)close(b->fd);
        remove_tree(b->top);
        free(b);
        return 0;
}

/* Negative errno, or 0 if it led to the directory of that name below the top. */
static int resolves(struct bed *b, const char *name, bool follow, const char *to)
{
        const struct resolve_observer o = {.depends = on_depends, .userdata = b};
        struct stat found, want;
        int before = open("/dev/null", O_RDONLY | O_CLOEXEC);

        (void)close(before);
        b->depends[0] = '\0';
        int fd = resolve_directory(&o, b->fd, name, follow);
        if (fd >= 0) {
                assert_non_null(to);
                assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
                assert_int_equal(fstat(fd, &found), 0);
                (void)close(fd);
                assert_int_equal(fstatat(b->fd, to, &want, 0), 0);
                assert_int_equal(found.st_ino, want.st_ino);
                assert_int_equal(found.st_dev, want.st_dev);
        }
        /* nothing is left open */
        int after = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_int_equal(after, before);
        (void)close(after);
        return fd < 0 ? fd : 0;
}

static void link_to(struct bed *b, const char *target, const char *name)
{
        assert_int_equal(symlinkat(target, b->fd, name), 0);
}

static void directory_is_opened_and_watched_for(void **state)
{
        struct bed *b = *state;

        assert_int_equal(resolves(b, "dir", false, "dir"), 0);
        assert_string_equal(b->depends, "dir");
        assert_int_equal(resolves(b, "gone", false, NULL), -ENOENT);
        assert_string_equal(b->depends, "gone"); /* it may come */
        (void)close(openat(b->fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        assert_int_equal(resolves(b, "file", true, NULL), -ENOTDIR);
}

static void link_is_followed_only_when_asked_for(void **state)
{
        struct bed *b = *state;

        link_to(b, "dir/sub", "link");
        assert_int_equal(resolves(b, "link", false, NULL), -ELOOP);
        assert_int_equal(resolves(b, "link", true, "dir/sub"), 0);
        assert_string_equal(b->depends, "link dir sub");
}

static void links_of_every_shape_are_followed(void **state)
{
        struct bed *b = *state;
        char absolute[256];

        (void)snprintf(absolute, sizeof(absolute), "%s//dir/./sub/", b->top);
        link_to(b, absolute, "absolute");
        assert_int_equal(resolves(b, "absolute", true, "dir/sub"), 0);
        link_to(b, "dir/sub/../..//dir/", "dots");
        assert_int_equal(resolves(b, "dots", true, "dir"), 0);
        link_to(b, "dots/sub", "chain");
        assert_int_equal(resolves(b, "chain", true, "dir/sub"), 0);
        link_to(b, "dir/nothing", "dangling");
        assert_int_equal(resolves(b, "dangling", true, NULL), -ENOENT);
        assert_string_equal(b->depends, "dangling dir nothing");
}

static void circle_of_links_ends(void **state)
{
        struct bed *b = *state;

        link_to(b, "two", "one");
        link_to(b, "one", "two");
        assert_int_equal(resolves(b, "one", true, NULL), -ELOOP);
        link_to(b, "self/x", "self"); /* grows with each turn */
        assert_int_equal(resolves(b, "self", true, NULL), -ELOOP);
}

static void link_of_somebody_else_is_not_followed(void **state)
{
        struct bed *b = *state;

        if (geteuid() != 0)
                skip();
        link_to(b, "dir", "theirs");
        assert_int_equal(fchownat(b->fd, "theirs", 4711, 4711, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(resolves(b, "theirs", true, NULL), -ELOOP);
        link_to(b, "theirs", "ours"); /* nor on the way */
        assert_int_equal(resolves(b, "ours", true, NULL), -ELOOP);
}

static void name_that_is_too_long_is_refused(void **state)
{
        struct bed *b = *state;
        char name[NAME_MAX + 2], target[NAME_MAX + 16];

        memset(name, 'n', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        assert_int_equal(resolves(b, name, true, NULL), -ENAMETOOLONG);
        /* within a link's target it must not end the path early: that would be another directory */
        (void)snprintf(target, sizeof(target), "dir/%s", name);
        link_to(b, target, "long");
        assert_int_equal(resolves(b, "long", true, NULL), -ENAMETOOLONG);
}

static void links_that_grow_too_long_are_refused(void **state)
{
        struct bed *b = *state;
        char target[PATH_MAX], name[16];

        /* each puts 1000 bytes in front */
        memset(target, 0, sizeof(target));
        for (unsigned i = 0; i < 500; i++)
                (void)snprintf(target + (size_t)2 * i, 3, "./");
        for (unsigned i = 0; i < 8; i++) {
                (void)snprintf(target + 1000, 16, "l%u/x", i + 1);
                (void)snprintf(name, sizeof(name), "l%u", i);
                link_to(b, target, name);
        }
        int k = resolves(b, "l0", true, NULL);
        assert_true(k == -ENAMETOOLONG || k == -ENOENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(directory_is_opened_and_watched_for),   T(link_is_followed_only_when_asked_for),
                T(links_of_every_shape_are_followed),     T(circle_of_links_ends),
                T(link_of_somebody_else_is_not_followed), T(name_that_is_too_long_is_refused),
                T(links_that_grow_too_long_are_refused),
#undef T
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
