/* SPDX-FileCopyrightText: giad maintainers */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/clock.h"
#include "common/base/macros.h"
#include "tests/unit/test.h"
#include "watchers/ahead.h"

#define PATIENCE (20 * USEC_PER_SEC)

struct bed {
        char top[64];
        int fd;
        struct ahead *ahead;
};

static int setup(void **state)
{
        static struct bed b;

        (void)snprintf(b.top, sizeof(b.top), "/tmp/giad-test-ahead-XXXXXX");
        assert_non_null(mkdtemp(b.top));
        b.fd = open(b.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(b.fd >= 0);
        b.ahead = ahead_new();
        assert_non_null(b.ahead);
        *state = &b;
        return 0;
}

static int teardown(void **state)
{
        struct bed *b = *state;
        char command[100];

        b->ahead = ahead_free(b->ahead);
        b->fd = fd_close(b->fd);
        (void)snprintf(command, sizeof(command), "rm -r %s", b->top);
        return system(command);
}

/* An empty file of that size, beneath the open directory. */
static void make_file(int dirfd, const char *name, off_t size)
{
        _cleanup_close_ int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(ftruncate(fd, size), 0);
}

/* Waits until somebody has listed what the key stands for, which is put again as long as nobody has begun. */
static const struct walk_listing *await(struct bed *b, const void *key, int fd)
{
        usec_t end = clock_monotonic() + PATIENCE;
        const struct walk_listing *l;

        do {
                assert_true(ahead_put(b->ahead, key, fd));
                assert_int_equal(usleep(500), 0);
                l = ahead_take(b->ahead, key);
        } while (!l && clock_monotonic() < end);
        assert_non_null(l);
        return l;
}

/* Counts the entries of the walk, each of which is a file whose size is its name, and closes it. */
static unsigned count(struct walk *w)
{
        const char *name;
        unsigned char type;
        struct stat st;
        unsigned n = 0;
        int r;

        while ((r = walk_next(w, &name, &type)) > 0) {
                assert_int_equal(walk_stat(w, name, &st), 0);
                assert_int_equal(st.st_size, strtoul(name, NULL, 10));
                assert_int_equal(st.st_ino, w->ino);
                n++;
        }
        assert_int_equal(r, 0);
        walk_close(w);
        return n;
}

static unsigned open_fds(void)
{
        DIR *d = opendir("/proc/self/fd");
        unsigned n = 0;

        assert_non_null(d);
        while (readdir(d))
                n++;
        (void)closedir(d);
        return n;
}

static void what_was_listed_is_what_a_walk_meets(void **state)
{
        struct bed *b = *state;
        static const unsigned sizes[] = {0, 1, 25, 5000};
        struct walk walk = WALK_NULL;
        char name[16];

        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                (void)snprintf(name, sizeof(name), "d%zu", i);
                assert_int_equal(mkdirat(b->fd, name, 0700), 0);
                int fd = openat(b->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                assert_true(fd >= 0);
                for (unsigned k = 1; k <= sizes[i]; k++) {
                        (void)snprintf(name, sizeof(name), "%u", k);
                        make_file(fd, name, k);
                }
                const struct walk_listing *l = await(b, name, fd);
                /* what is beyond its room is listed by the walk */
                assert_int_equal(l->whole, sizes[i] < 100);
                assert_int_equal(walk_open_listed(&walk, fd, l), 0);
                assert_int_equal(count(&walk), sizes[i]);
        }
        walk_done(&walk);
}

static void what_happens_later_is_not_in_it(void **state)
{
        struct bed *b = *state;
        struct walk walk = WALK_NULL;
        const char *name;
        unsigned char type;
        struct stat st;

        make_file(b->fd, "1", 1);
        const struct walk_listing *l = await(b, b, b->fd);
        assert_int_equal(unlinkat(b->fd, "1", 0), 0);
        make_file(b->fd, "2", 2);
        assert_int_equal(walk_open_listed(&walk, dup(b->fd), l), 0);
        assert_int_equal(walk_next(&walk, &name, &type), 1);
        assert_string_equal(name, "1");
        assert_int_equal(walk_stat(&walk, name, &st), 0);
        assert_int_equal(st.st_size, 1);
        assert_int_equal(walk_next(&walk, &name, &type), 0);
        /* and a walk by itself begins from the start */
        assert_int_equal(walk_open(&walk, dup(b->fd)), 0);
        assert_int_equal(walk_next(&walk, &name, &type), 1);
        assert_string_equal(name, "2");
        assert_int_equal(walk_next(&walk, &name, &type), 0);
        walk_done(&walk);
}

static void what_cannot_be_listed_is_left_to_the_walk(void **state)
{
        struct bed *b = *state;

        make_file(b->fd, "f", 0);
        _cleanup_close_ int fd = openat(b->fd, "f", O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        for (unsigned i = 0; i < 20; i++) {
                assert_true(ahead_put(b->ahead, b, fd));
                assert_int_equal(usleep(1000), 0);
                assert_null(ahead_take(b->ahead, b));
        }
        assert_null(ahead_take(b->ahead, "never put"));
}

static void room_is_bounded_and_comes_back(void **state)
{
        struct bed *b = *state;
        static const char keys[1000];
        unsigned before = open_fds();
        size_t n = 0;

        for (unsigned i = 0; i < 50; i++)
                make_file(b->fd, (char[]){(char)('A' + i), '\0'}, 0);
        for (unsigned round = 0; round < 50; round++) {
                for (n = 0; n < sizeof(keys) && ahead_put(b->ahead, &keys[n], b->fd);)
                        n++;
                assert_true(n >= 100 && n < sizeof(keys));
                for (size_t i = 0; i < n; i += 2)
                        ahead_drop(b->ahead, &keys[i]);
                for (size_t i = 1; i < n; i += 2)
                        (void)ahead_take(b->ahead, &keys[i]);
        }
        assert_int_equal(open_fds(), before);
}

static void an_end_in_the_midst_does_no_harm(void **state)
{
        struct bed *b = *state;
        static const char keys[100];

        for (unsigned round = 0; round < 20; round++) {
                for (size_t i = 0; i < sizeof(keys); i++)
                        assert_true(ahead_put(b->ahead, &keys[i], b->fd));
                b->ahead = ahead_free(b->ahead);
                b->ahead = ahead_new();
                assert_non_null(b->ahead);
        }
        assert_null(ahead_free(NULL));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(what_was_listed_is_what_a_walk_meets),      T(what_happens_later_is_not_in_it),
                T(what_cannot_be_listed_is_left_to_the_walk), T(room_is_bounded_and_comes_back),
                T(an_end_in_the_midst_does_no_harm),
#undef T
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
