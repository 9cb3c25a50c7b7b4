/* SPDX-FileCopyrightText: giad maintainers */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "common/base/clock.h"
#include "common/base/macros.h"
#include "tests/unit/test.h"
#include "watchers/warm.h"

#define PATIENCE (20 * USEC_PER_SEC)

struct bed {
        char top[64];
        int fd, events;
};

static int setup(void **state)
{
        static struct bed b;

        (void)snprintf(b.top, sizeof(b.top), "/tmp/giad-test-warm-XXXXXX");
        assert_non_null(mkdtemp(b.top));
        b.fd = open(b.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        b.events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        assert_true(b.fd >= 0 && b.events >= 0);
        *state = &b;
        return 0;
}

static int teardown(void **state)
{
        struct bed *b = *state;
        char command[100];

        b->fd = fd_close(b->fd);
        b->events = fd_close(b->events);
        (void)snprintf(command, sizeof(command), "rm -r %s", b->top);
        return system(command);
}

/* Made, and opens of it are watched. */
static void make(const struct bed *b, const char *name)
{
        char path[128];

        assert_int_equal(mkdirat(b->fd, name, 0700), 0);
        (void)snprintf(path, sizeof(path), "%s/%s", b->top, name);
        assert_true(inotify_add_watch(b->events, path, IN_OPEN) >= 0);
}

/* How often what is watched was opened since the last call. */
static unsigned opens(const struct bed *b)
{
        char buffer[65536];
        unsigned n = 0;
        ssize_t size;

        while ((size = read(b->events, buffer, sizeof(buffer))) > 0) {
                for (ssize_t at = 0; at < size; n++) {
                        const struct inotify_event *e = (const void *)(buffer + at);

                        at += (ssize_t)(sizeof(*e) + e->len);
                }
        }
        return n;
}

static void wait_for(const struct warm *w, size_t n)
{
        usec_t end = clock_monotonic() + PATIENCE;

        while (warm_count(w) < n && clock_monotonic() < end)
                assert_int_equal(usleep(500), 0);
        assert_int_equal(warm_count(w), n);
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

static void directories_that_were_added_are_listed_and_let_go(void **state)
{
        const struct bed *b = *state;
        char name[16];

        for (unsigned i = 0; i < 50; i++) {
                (void)snprintf(name, sizeof(name), "d%u", i);
                make(b, name);
        }
        unsigned before = open_fds();
        struct warm *w = warm_new();
        assert_non_null(w);
        assert_true(warm_is_of_use(w));
        assert_true(warm_directory(w, b->fd));
        for (unsigned i = 0; i < 50; i++) {
                (void)snprintf(name, sizeof(name), "d%u", i);
                warm_add(w, name);
        }
        wait_for(w, 50);
        assert_int_equal(opens(b), 50);
        assert_null(warm_free(w));
        assert_int_equal(open_fds(), before);
}

static void neither_links_nor_what_lies_above_are_followed(void **state)
{
        const struct bed *b = *state;

        make(b, "outside");
        assert_int_equal(mkdirat(b->fd, "inside", 0700), 0);
        _cleanup_close_ int inside = openat(b->fd, "inside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(inside >= 0);
        assert_int_equal(symlinkat("../outside", inside, "link"), 0);
        struct warm *w = warm_new();
        assert_non_null(w);
        assert_true(warm_directory(w, inside));
        warm_add(w, "link");
        warm_add(w, "../outside");
        warm_add(w, "gone");
        wait_for(w, 3);
        assert_int_equal(opens(b), 0);
        assert_null(warm_free(w));
}

static void what_is_in_memory_already_is_of_no_use(void **state)
{
        const struct bed *b = *state;
        usec_t end = clock_monotonic() + PATIENCE;

        make(b, "d");
        struct warm *w = warm_new();
        assert_non_null(w);
        assert_true(warm_directory(w, b->fd));
        /* a thread may have had to wait for another one now and then */
        while (warm_is_of_use(w) && clock_monotonic() < end) {
                size_t n = warm_count(w) + 100;

                for (unsigned i = 0; i < 100; i++)
                        warm_add(w, "d");
                wait_for(w, n);
        }
        assert_false(warm_is_of_use(w));
        warm_resume(w);
        assert_true(warm_is_of_use(w));
        assert_null(warm_free(w));
}

static void more_than_can_wait_and_an_end_in_the_midst_do_no_harm(void **state)
{
        const struct bed *b = *state;

        assert_int_equal(mkdirat(b->fd, "d", 0700), 0);
        unsigned before = open_fds();
        struct warm *w = warm_new();
        assert_non_null(w);
        for (unsigned i = 0; i < 40000; i++) {
                if (i % 100 == 0)
                        assert_true(warm_directory(w, b->fd));
                warm_add(w, "d");
        }
        assert_null(warm_free(w));
        assert_int_equal(open_fds(), before);
        assert_null(warm_free(NULL));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(directories_that_were_added_are_listed_and_let_go),
                T(neither_links_nor_what_lies_above_are_followed),
                T(what_is_in_memory_already_is_of_no_use),
                T(more_than_can_wait_and_an_end_in_the_midst_do_no_harm),
#undef T
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
