/* SPDX-FileCopyrightText: giad maintainers */
/*
 * In which repository a file lies, and when a scanner is asked for its state.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "daemon/repositories.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/pipeline-fixture.h"
#include "tests/unit/test.h"

static struct line line;

static int setup(void **state)
{
        line_make(&line, "policy: [{action: report}]\n");
        *state = &line;
        return 0;
}

static int teardown(void **state)
{
        line_done(*state);
        return 0;
}

static void make_directory(const struct line *l, const char *path)
{
        assert_int_equal(mkdirat(l->bed.f.root_fd, path, 0755), 0);
}

static void put(struct line *l, const char *path, const char *text)
{
        fixture_write(&l->bed.f, path, text, strlen(text));
}

static void make_repository(struct line *l, const char *path)
{
        char git[256];

        (void)snprintf(git, sizeof(git), "%s%s.git", path, *path ? "/" : "");
        make_directory(l, git);
        (void)snprintf(git, sizeof(git), "%s%s.git/HEAD", path, *path ? "/" : "");
        put(l, git, "ref: refs/heads/main\n");
}

static const char *told_of(const struct line *l, enum field field)
{
        for (unsigned i = 0; i < l->n_told; i++)
                if (l->told[i]->kind == EVENT_FINDING)
                        return l->told[i]->fields[field];
        fail_msg("no finding");
        return NULL;
}

/* Returns how many scans it took. */
static unsigned find_in(struct line *l, const char *path)
{
        line_forget(l);
        line_write(l, path);
        return l->n_answers;
}

static void a_known_repository_costs_no_scan(void **state)
{
        struct line *l = *state;

        make_directory(l, "a");
        make_directory(l, "a/b");
        make_repository(l, "a");
        assert_int_equal(find_in(l, "a/b/finding-1"), 2);
        assert_string_equal(told_of(l, FIELD_REPOSITORY), "a");
        assert_string_equal(told_of(l, FIELD_BRANCH), "a-branch");
        assert_string_equal(told_of(l, FIELD_REPOSITORY_URL), "https://a.example");
        assert_null(told_of(l, FIELD_REPOSITORY_MISSING));
        assert_int_equal(find_in(l, "a/b/finding-2"), 1);
        assert_string_equal(told_of(l, FIELD_BRANCH), "a-branch");
        /* another directory of the same */
        assert_int_equal(find_in(l, "a/finding-3"), 1);
        assert_string_equal(told_of(l, FIELD_REPOSITORY), "a");
        put(l, "a/.git/HEAD", "ref: refs/heads/other\n");
        assert_int_equal(find_in(l, "a/b/finding-4"), 2);
        assert_int_equal(find_in(l, "finding-5"), 1);
        assert_null(told_of(l, FIELD_REPOSITORY));
        assert_int_equal(find_in(l, "a/b/plain"), 1);
}

static void the_workspace_itself_may_be_one(void **state)
{
        struct line *l = *state;

        make_repository(l, "");
        assert_int_equal(find_in(l, "finding"), 2);
        assert_string_equal(told_of(l, FIELD_REPOSITORY), ".");
}

static void what_leads_elsewhere_is_not_followed(void **state)
{
        struct line *l = *state;

        make_directory(l, "linked");
        put(l, "linked/.git", "gitdir: /somewhere/else\n");
        assert_int_equal(find_in(l, "linked/finding"), 1);
        assert_string_equal(told_of(l, FIELD_REPOSITORY), "linked");
        assert_non_null(strstr(told_of(l, FIELD_REPOSITORY_MISSING), "elsewhere"));
        make_directory(l, "link");
        make_directory(l, "target");
        put(l, "target/HEAD", "ref: refs/heads/main\n");
        assert_int_equal(symlinkat("../target", l->bed.f.root_fd, "link/.git"), 0);
        assert_int_equal(find_in(l, "link/finding"), 1);
        assert_null(told_of(l, FIELD_BRANCH));
        assert_non_null(strstr(told_of(l, FIELD_REPOSITORY_MISSING), "elsewhere"));
}

static void a_head_that_is_no_file_is_asked_for_once(void **state)
{
        struct line *l = *state;

        make_directory(l, "a");
        make_directory(l, "a/.git");
        assert_int_equal(mkfifoat(l->bed.f.root_fd, "a/.git/HEAD", 0644), 0);
        assert_int_equal(find_in(l, "a/finding-1"), 2);
        assert_non_null(strstr(told_of(l, FIELD_REPOSITORY_MISSING), "cannot be read"));
        assert_int_equal(find_in(l, "a/finding-2"), 1);
}

/* It says so by its size: the scanner of the tests dies of it. */
static void one_that_kills_the_scanner_is_left_out(void **state)
{
        struct line *l = *state;

        make_directory(l, "a");
        make_repository(l, "a");
        make_directory(l, "a/.git/logs");
        put(l, "a/.git/logs/HEAD", "die");
        assert_int_equal(find_in(l, "a/finding-1"), 3);
        assert_non_null(strstr(told_of(l, FIELD_REPOSITORY_MISSING), "scanner failed"));
        assert_int_equal(line_count(l, EVENT_NOT_SCANNED), 0);
        assert_int_equal(find_in(l, "a/finding-2"), 1);
}

static void many_directories_are_forgotten_and_found_again(void **state)
{
        struct line *l = *state;
        _cleanup_(repositories_freep) struct repositories *r = repositories_new();

        for (unsigned i = 0; i < 300; i++) {
                char path[64];
                struct repository *found = NULL;

                (void)snprintf(path, sizeof(path), "d%u", i);
                make_directory(l, path);
                if (i % 3 == 0)
                        make_repository(l, path);
                (void)snprintf(path, sizeof(path), "d%u/file", i);
                assert_int_equal(repositories_find(r, &l->ws, path, &found), i % 3 == 0);
                assert_null(found);
                assert_false(repositories_find(r, &l->ws, "gone/file", &found));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define R(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                R(a_known_repository_costs_no_scan),
                R(the_workspace_itself_may_be_one),
                R(what_leads_elsewhere_is_not_followed),
                R(a_head_that_is_no_file_is_asked_for_once),
                R(one_that_kills_the_scanner_is_left_out),
                R(many_directories_are_forgotten_and_found_again),
#undef R
        };

        SKIP_WITHOUT_KERNEL_CALLS();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
