/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "common/base/open.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"
#include "watchers/sweep.h"

/* A directory with a known state of each file that is put into it, and what a sweep told of. */
struct bed {
        char top[64];
        int root_fd;
        struct file_id known[64];
        unsigned n_known, told, met;
        uint64_t sought; /* an inode */
        char met_at[PATH_MAX];
        char last[PATH_MAX];
        enum candidate_why why;
};

static void path_in(const struct bed *b, const char *name, char ret[static PATH_MAX])
{
        (void)snprintf(ret, PATH_MAX, "%s/%s", b->top, name);
}

static void make(struct bed *b, const char *name, const char *text)
{
        char path[PATH_MAX];

        path_in(b, name, path);
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void make_directory(const struct bed *b, const char *name)
{
        char path[PATH_MAX];

        path_in(b, name, path);
        assert_int_equal(mkdir(path, 0755), 0);
}

static void know(struct bed *b, const char *name)
{
        char path[PATH_MAX];
        struct stat st;

        path_in(b, name, path);
        assert_int_equal(lstat(path, &st), 0);
        file_id_from_stat(&b->known[b->n_known++], &st);
}

static bool on_known(void *userdata, uint32_t workspace, const char *path, const struct file_id *id)
{
        const struct bed *b = userdata;

        assert_int_equal(workspace, 7);
        assert_true(*path && *path != '/');
        for (unsigned i = 0; i < b->n_known; i++)
                if (file_id_equal(&b->known[i], id))
                        return true;
        return false;
}

static void on_candidate(void *userdata, const struct candidate *c)
{
        struct bed *b = userdata;

        b->told++;
        b->why = c->why;
        assert_int_equal(c->workspace, 7);
        assert_non_null(c->seen);
        (void)snprintf(b->last, sizeof(b->last), "%s", c->path);
}

static void on_met(void *userdata, uint32_t workspace, const char *path, uint64_t ino)
{
        struct bed *b = userdata;

        assert_int_equal(workspace, 7);
        b->met++;
        if (ino == b->sought)
                (void)snprintf(b->met_at, sizeof(b->met_at), "%s", path);
}

static bool is_excluded(void *userdata, const char *path)
{
        (void)userdata;
        return strcmp(path, "out") == 0 || strcmp(path, "in/left-out") == 0;
}

static struct sweep *begin(struct bed *b, unsigned depth_max)
{
        const struct watcher_workspace ws = {
                .id = 7, .root_fd = b->root_fd, .exclude = is_excluded};
        const struct sweep_handler handler = {on_known, on_candidate, on_met, b};
        struct sweep *s;

        assert_int_equal(sweep_new(&s, &ws, depth_max, &handler), 0);
        return s;
}

/* One that needs no pauses is done at once; returns how often it wanted one. */
static unsigned run(struct bed *b, unsigned depth_max)
{
        struct sweep *s = begin(b, depth_max);
        unsigned pauses = 0;
        usec_t pause;

        while (sweep_slice(s, USEC_INFINITY, &pause) == 0) {
                assert_true(pause > 0);
                pauses++;
        }
        assert_null(sweep_free(s));
        return pauses;
}

static int setup(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        (void)snprintf(b->top, sizeof(b->top), "/tmp/giad-sweep-XXXXXX");
        assert_non_null(mkdtemp(b->top));
        b->root_fd = open(b->top, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(b->root_fd >= 0);
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        struct bed *b = *state;

        (void)close(b->root_fd);
        remove_tree(b->top);
        free(b);
        return 0;
}

static void only_what_changed_is_told(void **state)
{
        struct bed *b = *state;

        make_directory(b, "in");
        make_directory(b, "in/deep");
        make(b, "a", "1");
        make(b, "in/deep/b", "2");
        know(b, "a");
        know(b, "in/deep/b");
        assert_int_equal(run(b, 10), 0);
        assert_int_equal(b->told, 0);
        make(b, "in/deep/b", "changed");
        assert_int_equal(run(b, 10), 1);
        assert_int_equal(b->told, 1);
        assert_string_equal(b->last, "in/deep/b");
        assert_int_equal(b->why, CANDIDATE_SWEEP);
}

static void what_is_excluded_or_too_deep_is_left_out(void **state)
{
        struct bed *b = *state;

        make_directory(b, "out");
        make_directory(b, "in");
        make_directory(b, "in/1");
        make(b, "out/a", "1");
        make(b, "in/left-out", "1");
        make(b, "in/1/b", "1");
        (void)run(b, 1);
        assert_int_equal(b->told, 0);
        (void)run(b, 2);
        assert_int_equal(b->told, 1);
        assert_string_equal(b->last, "in/1/b");
}

static void it_goes_on_where_it_was(void **state)
{
        struct bed *b = *state;
        unsigned slices = 0;
        usec_t pause;

        for (unsigned i = 0; i < 40; i++) {
                char name[16];

                (void)snprintf(name, sizeof(name), "f%u", i);
                make(b, name, "1");
                know(b, name);
        }
        struct sweep *s = begin(b, 10);
        /* no time at all: one entry in each */
        while (sweep_slice(s, 0, &pause) == 0)
                slices++;
        assert_true(slices >= 40);
        assert_int_equal(sweep_entries(s), 40);
        assert_int_equal(b->told, 0);
        (void)sweep_free(s);
}

static void whoever_changes_files_all_the_time_does_not_stop_it(void **state)
{
        struct bed *b = *state;

        for (unsigned i = 0; i < 60; i++) {
                char name[16];

                (void)snprintf(name, sizeof(name), "f%u", i);
                make(b, name, "1");
        }
        unsigned pauses = run(b, 10);
        assert_in_range(pauses, 1, 59);
        assert_int_equal(b->told, 60);
}

static void directories_that_go_meanwhile_do_no_harm(void **state)
{
        struct bed *b = *state;
        char path[PATH_MAX];
        usec_t pause;

        make_directory(b, "in");
        make(b, "in/a", "1");
        know(b, "in/a");
        struct sweep *s = begin(b, 10);
        assert_int_equal(sweep_slice(s, 0, &pause), 0);
        path_in(b, "in", path);
        remove_tree(path);
        while (sweep_slice(s, USEC_INFINITY, &pause) == 0)
                ;
        assert_int_equal(b->told, 0);
        (void)sweep_free(s);
        /* half done */
        s = begin(b, 10);
        (void)sweep_free(s);
}

static void each_name_is_met_with_its_inode(void **state)
{
        struct bed *b = *state;

        make_directory(b, "in");
        make_directory(b, "out");
        make(b, "in/a", "1");
        make(b, "in/b", "1");
        make(b, "out/c", "1");
        know(b, "in/a");
        know(b, "in/b");
        b->sought = b->known[1].ino;
        (void)run(b, 10);
        assert_int_equal(b->met, 3);
        assert_string_equal(b->met_at, "in/b");
}

static void a_link_is_not_followed(void **state)
{
        struct bed *b = *state;
        char path[PATH_MAX];

        path_in(b, "link", path);
        assert_int_equal(symlink("/etc", path), 0);
        (void)run(b, 10);
        assert_int_equal(b->told, 1);
        assert_string_equal(b->last, "link");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(only_what_changed_is_told, setup, teardown),
                cmocka_unit_test_setup_teardown(what_is_excluded_or_too_deep_is_left_out, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(it_goes_on_where_it_was, setup, teardown),
                cmocka_unit_test_setup_teardown(whoever_changes_files_all_the_time_does_not_stop_it,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(directories_that_go_meanwhile_do_no_harm, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(each_name_is_met_with_its_inode, setup, teardown),
                cmocka_unit_test_setup_teardown(a_link_is_not_followed, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
