/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "common/base/macros.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"
#include "watchers/roots.h"

#define LOG_LINES 64

struct bed {
        struct roots *roots;
        char top[64];
        char log[LOG_LINES][256]; /* what was told: "+0 /a/b [x]", "-0 /a/b", "=0 no" */
        unsigned n;
};

static void note(struct bed *b, const char *fmt, ...) _printf_(2, 3);
static void note(struct bed *b, const char *fmt, ...)
{
        va_list ap;

        assert_true(b->n < LOG_LINES);
        va_start(ap, fmt);
        (void)vsnprintf(b->log[b->n++], sizeof(b->log[0]), fmt, ap);
        va_end(ap);
}

/* paths are noted without the temporary directory in front */
static const char *inner(const struct bed *b, const char *path)
{
        size_t n = strlen(b->top);

        return strncmp(path, b->top, n) == 0 ? path + n : path;
}

static void on_appeared(void *userdata, unsigned pattern, const char *path, int root_fd,
                        const char *const *captures, unsigned n_captures)
{
        struct bed *b = userdata;
        char text[128] = "";
        struct stat st;

        assert_int_equal(fstat(root_fd, &st), 0);
        assert_true(S_ISDIR(st.st_mode));
        assert_true(fcntl(root_fd, F_GETFD) & FD_CLOEXEC);
        (void)fd_close(root_fd);
        for (unsigned i = 0; i < n_captures; i++) {
                (void)strncat(text, " ", sizeof(text) - strlen(text) - 1);
                (void)strncat(text, captures[i], sizeof(text) - strlen(text) - 1);
        }
        note(b, "+%u %s%s", pattern, inner(b, path), text);
}

static void on_vanished(void *userdata, unsigned pattern, const char *path)
{
        note(userdata, "-%u %s", pattern, inner(userdata, path));
}

static void on_matching(void *userdata, unsigned pattern, bool matching)
{
        note(userdata, "=%u %s", pattern, matching ? "yes" : "no");
}

static char *at(const struct bed *b, const char *path)
{
        char *full;

        assert_true(asprintf(&full, "%s%s", b->top, path) > 0);
        return full;
}

static void make(const struct bed *b, const char *path)
{
        _cleanup_free_ char *full = at(b, path);

        assert_int_equal(mkdir(full, 0700), 0);
}

static void unmake(const struct bed *b, const char *path)
{
        _cleanup_free_ char *full = at(b, path);

        assert_int_equal(rmdir(full), 0);
}

static void move(const struct bed *b, const char *from, const char *to)
{
        _cleanup_free_ char *a = at(b, from), *z = at(b, to);

        assert_int_equal(rename(a, z), 0);
}

static void add(struct bed *b, unsigned id, const char *glob)
{
        _cleanup_free_ char *full = at(b, glob);

        assert_int_equal(roots_add(b->roots, id, full), 0);
}

/* Dispatches as a main loop would, until nothing has happened for a while. */
static void run(struct bed *b)
{
        b->n = 0;
        for (;;) {
                struct pollfd p = {.fd = roots_fd(b->roots), .events = POLLIN};
                usec_t now = clock_monotonic(), due = roots_deadline(b->roots);
                int ms = due <= now ? 0 : (int)(MIN_OF(due - now, 60 * USEC_PER_MSEC) / 1000) + 1;

                int n = poll(&p, 1, ms);
                if (n == 0 && roots_deadline(b->roots) > clock_monotonic())
                        return;
                assert_int_equal(roots_dispatch(b->roots, clock_monotonic()), 0);
        }
}

static bool told(const struct bed *b, const char *line)
{
        for (unsigned i = 0; i < b->n; i++)
                if (strcmp(b->log[i], line) == 0)
                        return true;
        for (unsigned i = 0; i < b->n; i++)
                print_error("told: %s\n", b->log[i]);
        return false;
}

static int setup(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));
        struct roots_handler handler = {.appeared = on_appeared,
                                        .vanished = on_vanished,
                                        .matching = on_matching,
                                        .userdata = b};

        assert_non_null(b);
        (void)snprintf(b->top, sizeof(b->top), "/tmp/giad-roots-XXXXXX");
        assert_non_null(mkdtemp(b->top));
        assert_int_equal(roots_new(&b->roots, &handler), 0);
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        struct bed *b = *state;

        assert_null(roots_free(b->roots));
        remove_tree(b->top);
        free(b);
        return 0;
}

static void matches_of_before_are_told_with_captures(void **state)
{
        struct bed *b = *state;

        make(b, "/ann");
        make(b, "/ann/work");
        make(b, "/bob");
        make(b, "/.hidden");
        make(b, "/.hidden/work");
        add(b, 7, "/*/w?rk");
        run(b);
        assert_true(told(b, "+7 /ann/work ann work"));
        assert_int_equal(b->n, 1);
}

static void pattern_without_a_match_says_so_until_one_appears(void **state)
{
        struct bed *b = *state;

        add(b, 1, "/*/work");
        run(b);
        assert_true(told(b, "=1 no"));
        make(b, "/ann");
        run(b);
        assert_int_equal(b->n, 0);
        make(b, "/ann/work");
        run(b);
        assert_true(told(b, "+1 /ann/work ann"));
        assert_true(told(b, "=1 yes"));
        assert_int_equal(b->n, 2);
}

static void literal_path_appears_level_by_level(void **state)
{
        struct bed *b = *state;

        add(b, 1, "/a/b/c");
        run(b);
        make(b, "/a");
        run(b);
        make(b, "/a/b");
        make(b, "/a/b/c");
        run(b);
        assert_true(told(b, "+1 /a/b/c"));
}

static void deleted_directory_vanishes_and_comes_back(void **state)
{
        struct bed *b = *state;

        make(b, "/ann");
        make(b, "/ann/work");
        add(b, 1, "/*/work");
        run(b);
        unmake(b, "/ann/work");
        run(b);
        assert_true(told(b, "-1 /ann/work"));
        assert_true(told(b, "=1 no"));
        make(b, "/ann/work");
        run(b);
        assert_true(told(b, "+1 /ann/work ann"));
        assert_true(told(b, "=1 yes"));
}

static void successor_made_at_once_is_another_directory(void **state)
{
        struct bed *b = *state;

        make(b, "/work");
        add(b, 1, "/work");
        run(b);
        /* between two dispatches; a file system likes to use the inode number again */
        for (int i = 0; i < 5; i++) {
                unmake(b, "/work");
                make(b, "/work");
        }
        run(b);
        assert_true(told(b, "-1 /work"));
        assert_true(told(b, "+1 /work"));
        assert_string_equal(b->log[0], "-1 /work");
}

static void directory_moved_over_it_is_another_one(void **state)
{
        struct bed *b = *state;

        make(b, "/work");
        make(b, "/other");
        add(b, 1, "/work");
        run(b);
        move(b, "/other", "/work");
        run(b);
        assert_true(told(b, "-1 /work"));
        assert_true(told(b, "+1 /work"));
}

static void ancestor_that_moves_takes_its_matches_along(void **state)
{
        struct bed *b = *state;

        make(b, "/a");
        make(b, "/a/ann");
        make(b, "/a/ann/work");
        add(b, 1, "/a/*/work");
        run(b);
        move(b, "/a", "/z");
        run(b);
        assert_true(told(b, "-1 /a/ann/work"));
        /* what happens there now is nobody's business */
        make(b, "/z/bob");
        make(b, "/z/bob/work");
        run(b);
        assert_int_equal(b->n, 0);
        move(b, "/z", "/a");
        run(b);
        assert_true(told(b, "+1 /a/ann/work ann"));
        assert_true(told(b, "+1 /a/bob/work bob"));
}

static void link_of_root_on_the_way_is_followed(void **state)
{
        struct bed *b = *state;
        _cleanup_free_ char *link_at = at(b, "/home"), *chained = at(b, "/h2");

        make(b, "/data");
        make(b, "/data/ann");
        assert_int_equal(symlink("data", link_at), 0);
        assert_int_equal(symlink(link_at, chained), 0);
        add(b, 1, "/h2/*/work");
        run(b);
        make(b, "/data/ann/work");
        run(b);
        assert_true(told(b, "+1 /h2/ann/work ann"));
        /* the link leads elsewhere now */
        make(b, "/data2");
        assert_int_equal(unlink(link_at), 0);
        run(b);
        assert_true(told(b, "-1 /h2/ann/work"));
        assert_int_equal(symlink("data", link_at), 0);
        run(b);
        assert_true(told(b, "+1 /h2/ann/work ann"));
}

static void link_of_somebody_else_is_not_followed(void **state)
{
        struct bed *b = *state;

        if (geteuid() != 0)
                skip();
        _cleanup_free_ char *link_at = at(b, "/ann");
        make(b, "/data");
        make(b, "/data/work");
        assert_int_equal(symlink("data", link_at), 0);
        assert_int_equal(lchown(link_at, 12345, 12345), 0);
        add(b, 1, "/ann/work");
        run(b);
        assert_true(told(b, "=1 no"));
}

static void last_component_must_be_a_directory_itself(void **state)
{
        struct bed *b = *state;
        _cleanup_free_ char *link_at = at(b, "/work"), *file = at(b, "/file");

        make(b, "/data");
        assert_int_equal(symlink("data", link_at), 0);
        _cleanup_close_ int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        add(b, 1, "/work");
        add(b, 2, "/file");
        run(b);
        assert_true(told(b, "=1 no"));
        assert_true(told(b, "=2 no"));
        assert_int_equal(b->n, 2);
}

static void links_in_a_ring_end(void **state)
{
        struct bed *b = *state;
        _cleanup_free_ char *one = at(b, "/one"), *two = at(b, "/two");

        assert_int_equal(symlink("two", one), 0);
        assert_int_equal(symlink("one", two), 0);
        add(b, 1, "/one/work");
        run(b);
        assert_true(told(b, "=1 no"));
}

static void names_that_no_pattern_asks_for_wake_nobody_twice(void **state)
{
        struct bed *b = *state;

        make(b, "/ann");
        add(b, 1, "/ann/work");
        run(b);
        assert_true(roots_deadline(b->roots) == USEC_INFINITY);
        make(b, "/ann/other");
        assert_int_equal(roots_dispatch(b->roots, clock_monotonic()), 0);
        assert_true(roots_deadline(b->roots) == USEC_INFINITY);
}

static void mount_over_a_match_is_another_directory(void **state)
{
        struct bed *b = *state;

        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                skip();
        _cleanup_free_ char *path = at(b, "/work");
        make(b, "/work");
        /* the mount table that is polled is the one of this namespace */
        struct roots_handler handler = {.appeared = on_appeared,
                                        .vanished = on_vanished,
                                        .matching = on_matching,
                                        .userdata = b};
        b->roots = roots_free(b->roots);
        assert_int_equal(roots_new(&b->roots, &handler), 0);
        add(b, 1, "/work");
        run(b);
        assert_int_equal(mount("none", path, "tmpfs", 0, NULL), 0);
        run(b);
        assert_true(told(b, "-1 /work"));
        assert_true(told(b, "+1 /work"));
        b->roots = roots_free(b->roots);
        assert_int_equal(umount(path), 0);
}

static void patterns_that_cannot_be_are_refused(void **state)
{
        struct bed *b = *state;

        assert_int_equal(roots_add(b->roots, 1, "relative/*"), -EINVAL);
        assert_int_equal(roots_add(b->roots, 1, "/a/**/b"), -EINVAL);
        assert_int_equal(roots_add(b->roots, 1, "/a/../b"), -EINVAL);
        assert_int_equal(roots_add(b->roots, 1, ""), -EINVAL);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(matches_of_before_are_told_with_captures),
                CASE(pattern_without_a_match_says_so_until_one_appears),
                CASE(literal_path_appears_level_by_level),
                CASE(deleted_directory_vanishes_and_comes_back),
                CASE(successor_made_at_once_is_another_directory),
                CASE(directory_moved_over_it_is_another_one),
                CASE(ancestor_that_moves_takes_its_matches_along),
                CASE(link_of_root_on_the_way_is_followed),
                CASE(link_of_somebody_else_is_not_followed),
                CASE(last_component_must_be_a_directory_itself),
                CASE(links_in_a_ring_end),
                CASE(names_that_no_pattern_asks_for_wake_nobody_twice),
                CASE(patterns_that_cannot_be_are_refused),
                CASE(mount_over_a_match_is_another_directory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
