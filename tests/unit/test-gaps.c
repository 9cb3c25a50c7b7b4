/* SPDX-FileCopyrightText: giad maintainers */
#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"
#include "watchers/gaps.h"
#include "watchers/watcher.h"

struct told {
        unsigned opened, closed;
        uint32_t workspace;
        enum reason reason;
        char detail[600];
};

static void on_gap(void *userdata, uint32_t workspace, enum reason reason, bool open,
                   const char *detail)
{
        struct told *t = userdata;

        if (open)
                t->opened++;
        else
                t->closed++;
        t->workspace = workspace;
        t->reason = reason;
        (void)snprintf(t->detail, sizeof(t->detail), "%s", detail ? detail : "(none)");
}

static void gap_is_told_once_when_it_opens_and_once_when_it_closes(void **state)
{
        struct told t = {.opened = 0};
        const struct watcher_handler handler = {.gap = on_gap, .userdata = &t};
        struct gaps g = {0};

        (void)state;
        gaps_close(&g, &handler, 3, REASON_WATCH_LIMIT); /* it is not open */
        assert_int_equal(t.closed, 0);
        gaps_open(&g, &handler, 3, REASON_WATCH_LIMIT, "a/b");
        gaps_open(&g, &handler, 3, REASON_WATCH_LIMIT, "a/c");
        assert_int_equal(t.opened, 1);
        assert_int_equal(t.workspace, 3);
        assert_int_equal(t.reason, REASON_WATCH_LIMIT);
        assert_string_equal(t.detail, "a/b");
        assert_true(gaps_is_open(&g, REASON_WATCH_LIMIT));
        gaps_close(&g, &handler, 3, REASON_WATCH_LIMIT);
        gaps_close(&g, &handler, 3, REASON_WATCH_LIMIT);
        assert_int_equal(t.closed, 1);
        assert_false(gaps_is_open(&g, REASON_WATCH_LIMIT));
        gaps_open(&g, &handler, 3, REASON_WATCH_LIMIT, NULL);
        assert_int_equal(t.opened, 2);
        assert_string_equal(t.detail, "(none)");
}

static void reasons_are_kept_apart(void **state)
{
        struct told t = {.opened = 0};
        const struct watcher_handler handler = {.gap = on_gap, .userdata = &t};
        struct gaps g = {0};

        (void)state;
        for (int reason = REASON_NONE + 1; reason < _REASON_MAX; reason++) {
                assert_false(gaps_is_open(&g, (enum reason)reason));
                gaps_open(&g, &handler, 1, (enum reason)reason, NULL);
                assert_int_equal(t.opened, reason);
        }
        for (int reason = REASON_NONE + 1; reason < _REASON_MAX; reason++) {
                assert_true(gaps_is_open(&g, (enum reason)reason));
                gaps_close(&g, &handler, 1, (enum reason)reason);
                assert_int_equal(t.closed, reason);
        }
        assert_int_equal(g.open, 0);
}

static void cause_that_is_met_again_keeps_it_open(void **state)
{
        struct told t = {.opened = 0};
        const struct watcher_handler handler = {.gap = on_gap, .userdata = &t};
        struct gaps g = {0};

        (void)state;
        gaps_open(&g, &handler, 1, REASON_DEPTH_LIMIT, NULL);
        gaps_open(&g, &handler, 1, REASON_WATCH_LIMIT, NULL);
        gaps_forget(&g); /* a walk begins */
        assert_false(gaps_was_found(&g, REASON_DEPTH_LIMIT));
        assert_true(gaps_is_open(&g, REASON_DEPTH_LIMIT));
        gaps_open(&g, &handler, 1, REASON_DEPTH_LIMIT, NULL);
        gaps_open(&g, &handler, 1, REASON_WATCH_LIMIT, NULL);
        assert_true(gaps_was_found(&g, REASON_DEPTH_LIMIT));
        gaps_forget_one(&g, REASON_DEPTH_LIMIT);
        assert_false(gaps_was_found(&g, REASON_DEPTH_LIMIT));
        assert_true(gaps_was_found(&g, REASON_WATCH_LIMIT));
        assert_int_equal(t.opened, 2);
}

static void path_is_told_in_one_printable_line(void **state)
{
        struct told t = {.opened = 0};
        const struct watcher_handler handler = {.gap = on_gap, .userdata = &t};
        struct gaps g = {0};
        char path[2000];

        (void)state;
        gaps_open(&g, &handler, 1, REASON_UNREADABLE, "a\nb\x1b[0m\xff");
        assert_string_equal(t.detail, "a\\x0ab\\x1b[0m\\xff");
        for (size_t i = 0; i < sizeof(path); i++)
                path[i] = "some/"[i % 5];
        path[sizeof(path) - 1] = '\0';
        gaps_open(&g, &handler, 1, REASON_DEPTH_LIMIT, path);
        assert_true(strlen(t.detail) < 512);
        assert_non_null(strstr(t.detail, "…"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(gap_is_told_once_when_it_opens_and_once_when_it_closes),
                cmocka_unit_test(reasons_are_kept_apart),
                cmocka_unit_test(cause_that_is_met_again_keeps_it_open),
                cmocka_unit_test(path_is_told_in_one_printable_line),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
