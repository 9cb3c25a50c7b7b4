/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Every allocation of the watcher fails once, in turn: it must say so, or have told of every file
 * in the end. The linker puts the functions below in front of the allocator's.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"
#include "watchers/roots.h"
#include "watchers/watcher.h"

static unsigned long fail_at; /* counts down while armed; 0: not armed */
static bool failed;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);

static bool fails_now(void)
{
        if (fail_at == 0 || --fail_at > 0)
                return false;
        failed = true;
        errno = ENOMEM;
        return true;
}

void *__wrap_malloc(size_t n)
{
        return fails_now() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
        return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
        return fails_now() ? NULL : __real_reallocarray(p, n, size);
}

static const char *const files[] = {"before",    "a/before", "a/b/before",
                                    "c/d/after", "a/b/open", "after"};

struct bed {
        char top[64];
        bool told[ELEMENTSOF(files)];
        unsigned appeared;
        uint64_t gaps;
};

static void on_candidate(void *userdata, const struct candidate *c)
{
        struct bed *b = userdata;

        for (size_t i = 0; i < ELEMENTSOF(files); i++)
                if (strcmp(files[i], c->path) == 0)
                        b->told[i] = true;
}

static void on_gap(void *userdata, uint32_t workspace, enum reason reason, bool open,
                   const char *detail)
{
        struct bed *b = userdata;

        (void)workspace;
        (void)open;
        (void)detail;
        b->gaps ^= UINT64_C(1) << reason;
}

static void on_root_lost(void *userdata, uint32_t workspace)
{
        (void)userdata;
        (void)workspace;
        fail_msg("the root is still there");
}

static int put(int root, const char *path)
{
        int fd = openat(root, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, path, strlen(path)), strlen(path));
        return fd;
}

static void run(struct watcher *w, usec_t span)
{
        for (usec_t end = clock_monotonic() + span; clock_monotonic() < end;) {
                struct pollfd p = {.fd = w->vtable->fd(w), .events = POLLIN};
                usec_t now = clock_monotonic(), due = MIN_OF(w->vtable->deadline(w), end);

                (void)poll(&p, 1, due <= now ? 0 : (int)((due - now) / 1000) + 1);
                int r = w->vtable->dispatch(w, clock_monotonic());
                assert_true(r == 0 || r == -ENOMEM);
        }
}

static void work_through(struct watcher *w, int root)
{
        run(w, 2 * USEC_PER_MSEC);
        assert_int_equal(mkdirat(root, "c", 0700), 0);
        assert_int_equal(mkdirat(root, "c/d", 0700), 0);
        (void)fd_close(put(root, "c/d/after"));
        (void)fd_close(put(root, "after"));
        int fd = put(root, "a/b/open");
        run(w, 10 * USEC_PER_MSEC);
        /* by now the allocation has failed; what was put off is tried again */
        fail_at = 0;
        run(w, 30 * USEC_PER_MSEC);
        (void)fd_close(fd);
}

/* Returns false when there were fewer than n allocations. */
static bool watch_with_failure(unsigned long n)
{
        struct bed b = {.top = "/tmp/giad-memory-XXXXXX"};
        struct watcher_handler handler = {.candidate = on_candidate,
                                          .gap = on_gap,
                                          .root_lost = on_root_lost,
                                          .userdata = &b};
        struct watcher_limits limits = {.settle = USEC_PER_MSEC,
                                        .settle_max = 2 * USEC_PER_MSEC,
                                        .poll_interval = USEC_PER_SEC,
                                        .pending_max = 1000,
                                        .depth_max = 10};
        const struct watcher_vtable *v = watcher_by_name("inotify");
        struct watcher *w = NULL;

        assert_non_null(mkdtemp(b.top));
        _cleanup_close_ int root = open(b.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(mkdirat(root, "a", 0700), 0);
        assert_int_equal(mkdirat(root, "a/b", 0700), 0);
        (void)fd_close(put(root, "before"));
        (void)fd_close(put(root, "a/before"));
        (void)fd_close(put(root, "a/b/before"));
        failed = false;
        fail_at = n;
        int r = v->new (&w, &handler, &limits);
        if (r == 0)
                r = v->add_workspace(
                        w, &(struct watcher_workspace){.id = 1, .root_fd = root, .path = b.top});
        if (r == 0) {
                work_through(w, root);
                /* put off for as long as a tenth of a second */
                for (int i = 0; b.gaps && i < 10; i++)
                        run(w, 30 * USEC_PER_MSEC);
                assert_true(b.gaps == 0);
                for (size_t i = 0; i < ELEMENTSOF(files); i++)
                        if (!b.told[i])
                                fail_msg("allocation %lu: %s was never told", n, files[i]);
        } else {
                assert_int_equal(r, -ENOMEM);
                assert_true(failed);
        }
        fail_at = 0;
        assert_null(v->free(w));
        remove_tree(b.top);
        return failed;
}

static void watcher_misses_nothing_for_want_of_memory(void **state)
{
        unsigned long n = 1;

        (void)state;
        while (watch_with_failure(n))
                n++;
        /* the loop must have met more than the watcher's own creation */
        assert_true(n > 20);
}

static void on_appeared(void *userdata, unsigned pattern, const char *path, int root_fd,
                        const char *const *captures, unsigned n_captures)
{
        struct bed *b = userdata;

        (void)pattern;
        (void)path;
        (void)captures;
        assert_int_equal(n_captures, 1);
        (void)fd_close(root_fd);
        b->appeared++;
}

static void on_vanished(void *userdata, unsigned pattern, const char *path)
{
        (void)userdata;
        (void)pattern;
        (void)path;
        fail_msg("nothing has vanished");
}

static void on_matching(void *userdata, unsigned pattern, bool matching)
{
        (void)userdata;
        (void)pattern;
        assert_true(matching);
}

static bool find_roots_with_failure(unsigned long n)
{
        struct bed b = {.top = "/tmp/giad-memory-XXXXXX"};
        struct roots_handler handler = {.appeared = on_appeared,
                                        .vanished = on_vanished,
                                        .matching = on_matching,
                                        .userdata = &b};
        struct roots *roots = NULL;
        char glob[128];

        assert_non_null(mkdtemp(b.top));
        _cleanup_close_ int top = open(b.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(mkdirat(top, "ann", 0700), 0);
        assert_int_equal(mkdirat(top, "ann/work", 0700), 0);
        (void)snprintf(glob, sizeof(glob), "%s/*/work", b.top);
        failed = false;
        fail_at = n;
        int r = roots_new(&roots, &handler);
        if (r == 0)
                r = roots_add(roots, 1, glob);
        if (r == 0) {
                usec_t now = clock_monotonic();

                /* a time of our own: the next try is some seconds away */
                for (int i = 0; i < 4; i++, now += 2 * USEC_PER_SEC)
                        assert_int_equal(roots_dispatch(roots, now), 0);
                assert_int_equal(b.appeared, 1);
        } else {
                assert_int_equal(r, -ENOMEM);
        }
        fail_at = 0;
        assert_null(roots_free(roots));
        remove_tree(b.top);
        return failed;
}

static void roots_are_found_for_all_want_of_memory(void **state)
{
        unsigned long n = 1;

        (void)state;
        while (find_roots_with_failure(n))
                n++;
        assert_true(n > 10);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(watcher_misses_nothing_for_want_of_memory),
                cmocka_unit_test(roots_are_found_for_all_want_of_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
