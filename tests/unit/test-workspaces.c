/* SPDX-FileCopyrightText: giad maintainers */
#include "daemon/workspaces.h"
#include "tests/unit/daemon-fixture.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

#define TOLD_MAX 64

struct ws_bed {
        struct fixture f; /* its workspace directory is the one that patterns look into */
        sd_event *event;
        struct config *config;
        struct workspaces *w;
        char told[TOLD_MAX]
                 [256]; /* "there PATH", "gone PATH", "candidate ID PATH", "open|close REASON" */
        unsigned n;
        const char *want;
};

static void note(struct ws_bed *b, const char *fmt, const char *a, const char *c)
{
        assert_true(b->n < TOLD_MAX);
        (void)snprintf(b->told[b->n++], sizeof(b->told[0]), "%s %s%s%s", fmt, a, c ? " " : "",
                       c ? c : "");
}

static bool was_told(void *userdata)
{
        const struct ws_bed *b = userdata;

        for (unsigned i = 0; i < b->n; i++)
                if (strcmp(b->told[i], b->want) == 0)
                        return true;
        return false;
}

static bool heard(struct ws_bed *b, const char *what)
{
        b->want = what;
        return was_told(b);
}

static void await(struct ws_bed *b, const char *what)
{
        b->want = what;
        loop_until(b->event, was_told, b);
}

static const char *relative(const struct ws_bed *b, const char *path)
{
        size_t n = strlen(b->f.workspace);

        return strncmp(path, b->f.workspace, n) == 0 ? path + n + 1 : path;
}

static void on_candidate(void *userdata, const struct candidate *c)
{
        struct ws_bed *b = userdata;
        const struct workspace *ws = workspaces_get(b->w, c->workspace);

        assert_non_null(ws);
        if (b->n < TOLD_MAX)
                note(b, "candidate", relative(b, ws->path), c->path);
}

static void on_there(void *userdata, struct workspace *ws, bool there)
{
        note(userdata, there ? "there" : "gone", relative(userdata, ws->path),
             there ? ws->agent : NULL);
}

static void on_gap(void *userdata, struct workspace *ws, enum reason reason, bool open,
                   const char *detail)
{
        (void)detail;
        if (reason != REASON_WALK_RUNNING)
                note(userdata, open ? "open" : "close", reason_to_string(reason),
                     ws ? relative(userdata, ws->path) : NULL);
}

static struct config *config_with(struct ws_bed *b, const char *workspaces)
{
        _cleanup_free_ char *text = NULL;
        char *out;
        size_t size = strlen(workspaces) + 8 * sizeof(b->f.workspace) + 64;

        text = calloc(1, size);
        assert_non_null(text);
        out = text + snprintf(text, size, "workspaces: [");
        for (const char *c = workspaces; *c; c++)
                if (*c == '@')
                        out += snprintf(out, (size_t)(text + size - out), "%s", b->f.workspace);
                else
                        *out++ = *c;
        (void)snprintf(out, (size_t)(text + size - out), "]\n");
        return config_from(text);
}

static int apply(struct ws_bed *b, const char *workspaces)
{
        struct config *config = config_with(b, workspaces);
        int k = workspaces_apply(b->w, config);

        (void)config_unref(config);
        return k;
}

static void make(struct ws_bed *b)
{
        const struct workspaces_handler handler = {
                .candidate = on_candidate, .there = on_there, .gap = on_gap, .userdata = b};

        assert_int_equal(workspaces_new(&b->w, b->event, &handler), 0);
}

static int setup(void **state)
{
        struct ws_bed *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        fixture_make_in_memory(&b->f);
        assert_int_equal(sd_event_new(&b->event), 0);
        make(b);
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        struct ws_bed *b = *state;

        assert_null(workspaces_free(b->w));
        b->event = sd_event_unref(b->event);
        fixture_done(&b->f);
        free(b);
        return 0;
}

static void make_directory(struct ws_bed *b, const char *path)
{
        assert_int_equal(mkdirat(b->f.root_fd, path, 0755), 0);
}

static bool all_walked(void *userdata)
{
        return workspaces_walked(((struct ws_bed *)userdata)->w);
}

static void walk(struct ws_bed *b)
{
        loop_until(b->event, all_walked, b);
}

static void matches_that_are_there_are_watched_at_once(void **state)
{
        struct ws_bed *b = *state;

        make_directory(b, "ann");
        make_directory(b, "ann/work");
        make_directory(b, "bob");
        make_directory(b, "bob/work");
        fixture_write(&b->f, "ann/work/old", "x", 1);
        assert_int_equal(apply(b, "{path: '@/*/work', agent: '{1}'}"), 0);
        assert_true(heard(b, "there ann/work ann"));
        assert_true(heard(b, "there bob/work bob"));
        assert_non_null(workspaces_at(b->w, 1));
        assert_null(workspaces_at(b->w, 2));
        await(b, "candidate ann/work old");
        fixture_write(&b->f, "bob/work/new", "x", 1);
        await(b, "candidate bob/work new");
}

static void match_that_appears_later_is_picked_up(void **state)
{
        struct ws_bed *b = *state;

        assert_int_equal(apply(b, "{path: '@/*/work', agent: '{1}'}"), 0);
        assert_true(heard(b, "open workspace-missing"));
        make_directory(b, "carl");
        make_directory(b, "carl/work");
        fixture_write(&b->f, "carl/work/at-once", "x", 1);
        await(b, "there carl/work carl");
        await(b, "candidate carl/work at-once");
        assert_true(heard(b, "close workspace-missing"));
}

static void match_that_vanishes_is_given_up(void **state)
{
        struct ws_bed *b = *state;

        make_directory(b, "ann");
        make_directory(b, "ann/work");
        assert_int_equal(apply(b, "{path: '@/*/work'}"), 0);
        walk(b);
        uint32_t id = workspaces_at(b->w, 0)->id;
        assert_int_equal(unlinkat(b->f.root_fd, "ann/work", AT_REMOVEDIR), 0);
        await(b, "gone ann/work");
        await(b, "open workspace-missing");
        assert_null(workspaces_get(b->w, id));
        assert_null(workspaces_at(b->w, 0));
}

static void replaced_root_is_another_workspace(void **state)
{
        struct ws_bed *b = *state;

        make_directory(b, "work");
        make_directory(b, "other");
        fixture_write(&b->f, "other/inside", "x", 1);
        assert_int_equal(apply(b, "{path: '@/work'}"), 0);
        walk(b);
        uint32_t id = workspaces_at(b->w, 0)->id;
        b->n = 0;
        assert_int_equal(renameat(b->f.root_fd, "work", b->f.root_fd, "away"), 0);
        assert_int_equal(renameat(b->f.root_fd, "other", b->f.root_fd, "work"), 0);
        await(b, "candidate work inside");
        assert_true(heard(b, "gone work"));
        assert_int_not_equal(workspaces_at(b->w, 0)->id, id);
        assert_null(workspaces_get(b->w, id));
        /* what happens in the one that was moved away is nobody's business */
        fixture_write(&b->f, "away/outside", "x", 1);
        fixture_write(&b->f, "work/second", "x", 1);
        await(b, "candidate work second");
        assert_false(heard(b, "candidate work outside"));
}

static void symlink_is_no_workspace(void **state)
{
        struct ws_bed *b = *state;

        make_directory(b, "real");
        assert_int_equal(symlinkat("real", b->f.root_fd, "work"), 0);
        assert_int_equal(apply(b, "{path: '@/work'}"), 0);
        assert_true(heard(b, "open workspace-missing"));
        assert_null(workspaces_at(b->w, 0));
}

static void excluded_directories_are_not_walked(void **state)
{
        struct ws_bed *b = *state;

        make_directory(b, "work");
        make_directory(b, "work/node_modules");
        make_directory(b, "work/src");
        fixture_write(&b->f, "work/node_modules/x", "x", 1);
        fixture_write(&b->f, "work/src/y", "x", 1);
        assert_int_equal(apply(b, "{path: '@/work', exclude: [node_modules]}"), 0);
        await(b, "candidate work src/y");
        walk(b);
        assert_false(heard(b, "candidate work node_modules/x"));
}

static void reload_keeps_what_is_the_same(void **state)
{
        struct ws_bed *b = *state;

        make_directory(b, "a");
        make_directory(b, "b");
        fixture_write(&b->f, "a/file", "x", 1);
        assert_int_equal(apply(b, "{path: '@/a', agent: one}, {path: '@/b'}"), 0);
        await(b, "candidate a file");
        walk(b);
        uint32_t id = workspaces_at(b->w, 0)->id;
        b->n = 0;
        assert_int_equal(apply(b, "{path: '@/a', agent: two}"), 0);
        assert_true(heard(b, "gone b"));
        assert_false(heard(b, "gone a"));
        const struct workspace *ws = workspaces_get(b->w, id);
        assert_non_null(ws);
        assert_string_equal(ws->agent, "two");
        assert_null(workspaces_at(b->w, 1));
        /* watched without a break, and not walked again */
        fixture_write(&b->f, "a/new", "x", 1);
        await(b, "candidate a new");
        assert_false(heard(b, "candidate a file"));
}

static void reload_with_other_excludes_walks_again(void **state)
{
        struct ws_bed *b = *state;

        make_directory(b, "a");
        make_directory(b, "a/out");
        fixture_write(&b->f, "a/out/file", "x", 1);
        assert_int_equal(apply(b, "{path: '@/a', exclude: [out]}"), 0);
        walk(b);
        assert_false(heard(b, "candidate a out/file"));
        assert_int_equal(apply(b, "{path: '@/a'}"), 0);
        await(b, "candidate a out/file");
}

static void first_pattern_has_a_directory_that_two_match(void **state)
{
        struct ws_bed *b = *state;

        make_directory(b, "a");
        assert_int_equal(apply(b, "{path: '@/a', agent: one}, {path: '@/*', agent: two}"), 0);
        assert_true(heard(b, "there a one"));
        assert_false(heard(b, "there a two"));
        assert_null(workspaces_at(b->w, 1));
        /* turned round, the other one is the first */
        assert_int_equal(apply(b, "{path: '@/*', agent: two}, {path: '@/a', agent: one}"), 0);
        assert_string_equal(workspaces_at(b->w, 0)->agent, "two");
        assert_null(workspaces_at(b->w, 1));
}

static void gap_is_told_once_and_keeps_its_detail(void **state)
{
        struct ws_bed *b = *state;

        make_directory(b, "a");
        assert_int_equal(apply(b, "{path: '@/a'}"), 0);
        walk(b);
        struct workspace *ws = workspaces_at(b->w, 0);
        b->n = 0;
        workspaces_gap(b->w, ws, REASON_WORK_LIMIT, true, "first");
        workspaces_gap(b->w, ws, REASON_WORK_LIMIT, true, "second");
        workspaces_gap(b->w, ws, REASON_WORK_LIMIT, true, NULL);
        assert_int_equal(b->n, 1);
        assert_string_equal(ws->gaps[REASON_WORK_LIMIT].detail, "second");
        assert_true(ws->gaps[REASON_WORK_LIMIT].since > 0);
        workspaces_gap(b->w, ws, REASON_WORK_LIMIT, false, NULL);
        workspaces_gap(b->w, ws, REASON_WORK_LIMIT, false, NULL);
        assert_int_equal(b->n, 2);
        assert_null(ws->gaps[REASON_WORK_LIMIT].detail);
}

static void asked_for_it_walks_again(void **state)
{
        struct ws_bed *b = *state;

        make_directory(b, "a");
        fixture_write(&b->f, "a/file", "x", 1);
        assert_int_equal(apply(b, "{path: '@/a'}"), 0);
        await(b, "candidate a file");
        walk(b);
        b->n = 0;
        workspaces_rewalk_all(b->w);
        workspaces_rewalk(b->w, workspaces_at(b->w, 0)->id);
        workspaces_rewalk(b->w, 4711); /* long gone */
        await(b, "candidate a file");
}

static void path_belongs_to_the_innermost_workspace(void **state)
{
        struct ws_bed *b = *state;
        const char *rest = NULL;
        char path[256];

        make_directory(b, "a");
        make_directory(b, "a/inner");
        make_directory(b, "ab");
        assert_int_equal(apply(b, "{path: '@/a'}, {path: '@/a/inner'}"), 0);
        (void)snprintf(path, sizeof(path), "%s/a/inner/x/y", b->f.workspace);
        const struct workspace *ws = workspaces_of_path(b->w, path, &rest);
        assert_non_null(ws);
        assert_string_equal(relative(b, ws->path), "a/inner");
        assert_string_equal(rest, "x/y");
        (void)snprintf(path, sizeof(path), "%s/a", b->f.workspace);
        assert_non_null(workspaces_of_path(b->w, path, &rest));
        assert_string_equal(rest, "");
        (void)snprintf(path, sizeof(path), "%s/ab/x", b->f.workspace);
        assert_null(workspaces_of_path(b->w, path, &rest));
}

/* The file is found, now or a little later; or it is said that it cannot be. */
static bool seen_or_said(void *userdata)
{
        const struct ws_bed *b = userdata;

        for (unsigned i = 0; i < b->n; i++)
                if (strcmp(b->told[i], "candidate ann/work file") == 0 ||
                    strncmp(b->told[i], "open workspace-unreadable", 25) == 0)
                        return true;
        return false;
}

static bool apply_with_failure(struct ws_bed *b, long n)
{
        struct config *config = config_with(b, "{path: '@/*/work'}");
        const struct workspaces_handler handler = {
                .candidate = on_candidate, .there = on_there, .gap = on_gap, .userdata = b};

        b->n = 0;
        b->w = workspaces_free(b->w);
        fail_alloc.failed = false;
        fail_alloc.left = n;
        int k = workspaces_new(&b->w, b->event, &handler);
        if (k >= 0)
                k = workspaces_apply(b->w, config);
        fail_alloc.left = -1;
        if (k < 0)
                assert_int_equal(k, -ENOMEM);
        else
                loop_until(b->event, seen_or_said, b);
        if (!b->w)
                make(b);
        (void)config_unref(config);
        return fail_alloc.failed;
}

static void want_of_memory_is_an_error_or_made_good(void **state)
{
        struct ws_bed *b = *state;
        long n = 0;

        make_directory(b, "ann");
        make_directory(b, "ann/work");
        fixture_write(&b->f, "ann/work/file", "x", 1);
        while (apply_with_failure(b, n))
                n++;
        assert_true(n > 20);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(matches_that_are_there_are_watched_at_once),
                T(match_that_appears_later_is_picked_up),
                T(match_that_vanishes_is_given_up),
                T(replaced_root_is_another_workspace),
                T(symlink_is_no_workspace),
                T(excluded_directories_are_not_walked),
                T(reload_keeps_what_is_the_same),
                T(reload_with_other_excludes_walks_again),
                T(first_pattern_has_a_directory_that_two_match),
                T(gap_is_told_once_and_keeps_its_detail),
                T(asked_for_it_walks_again),
                T(path_belongs_to_the_innermost_workspace),
                T(want_of_memory_is_an_error_or_made_good),
#undef T
        };

        SKIP_WITHOUT_KERNEL_CALLS();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
