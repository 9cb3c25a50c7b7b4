/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the cases of the contract that are about directories, and roots, that move, change places and go.
 */
#include <errno.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/contract/contract-cases.h"

void more_directories_than_descriptors_are_walked(void **state)
{
        struct contract *c = *state;
        struct rlimit before, few;
        char path[32];

        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        few = (struct rlimit){.rlim_cur = 160, .rlim_max = before.rlim_max};
        for (int i = 0; i < 400; i++) {
                (void)snprintf(path, sizeof(path), "root/d%d", i);
                contract_mkdir(c, path);
                (void)strcat(path, "/f");
                contract_write(c, path, path);
        }
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        contract_renew(c, &contract_limits, NULL);
        contract_start(c);
        contract_quiet(c);
        assert_int_equal(contract_stats(c).directories, 401);
        assert_int_equal(contract_gap_openings(c, REASON_WORK_LIMIT), 0);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        contract_check(c);
}

void directory_moved_in_is_walked_and_watched(void **state)
{
        struct contract *c = *state;

        contract_mkdir(c, "outside/d");
        contract_mkdir(c, "outside/d/e");
        contract_write(c, "outside/d/e/f", "came along");
        contract_start(c);
        contract_rename(c, "outside/d", "root/d", 0);
        contract_check(c);
        assert_int_equal(contract_stats(c).directories, 3);
        contract_write(c, "root/d/e/g", "made there");
        contract_await(c, "d/e/g", CANDIDATE_WRITTEN);
        assert_int_equal(contract_told(c, "d/e/g", CANDIDATE_WRITTEN), 1);
}

void directory_moved_out_is_let_go(void **state)
{
        struct contract *c = *state;

        contract_mkdir(c, "root/d");
        contract_mkdir(c, "root/d/e");
        contract_start(c);
        assert_int_equal(contract_stats(c).directories, 3);
        contract_rename(c, "root/d", "outside/d", 0);
        contract_quiet(c);
        assert_int_equal(contract_stats(c).directories, 1);
        uint64_t before = contract_stats(c).candidates;
        contract_write(c, "outside/d/e/f", "not ours");
        contract_quiet(c);
        assert_int_equal(contract_stats(c).candidates, before);
        /* and back, under another name */
        contract_rename(c, "outside/d", "root/back", 0);
        contract_check(c);
        assert_int_equal(contract_stats(c).directories, 3);
        assert_true(contract_told(c, "back/e/f", CANDIDATE_WALK) >= 1);
}

void directory_moved_within_keeps_its_watches(void **state)
{
        struct contract *c = *state;

        contract_mkdir(c, "root/a");
        contract_mkdir(c, "root/a/b");
        contract_mkdir(c, "root/z");
        contract_write(c, "root/a/b/f", "content");
        contract_start(c);
        contract_rename(c, "root/a", "root/z/moved", 0);
        contract_check(c);
        assert_int_equal(contract_stats(c).directories, 4);
        /* its files have other paths now, and what a file is depends on its path too */
        assert_true(contract_told(c, "z/moved/b/f", CANDIDATE_WALK) >= 1);
        contract_write(c, "root/z/moved/b/g", "more");
        contract_mkdir(c, "root/z/moved/b/c");
        contract_write(c, "root/z/moved/b/c/h", "deeper");
        contract_check(c);
        assert_int_equal(contract_told(c, "z/moved/b/g", CANDIDATE_WRITTEN), 1);
        assert_true(contract_told(c, "z/moved/b/c/h", _CANDIDATE_MAX) >= 1);
}

void swapped_directories_keep_apart(void **state)
{
        struct contract *c = *state;

        contract_mkdir(c, "root/a");
        contract_mkdir(c, "root/a/in-a");
        contract_mkdir(c, "root/b");
        contract_mkdir(c, "root/b/in-b");
        contract_start(c);
        contract_rename(c, "root/a", "root/b", RENAME_EXCHANGE);
        contract_write(c, "root/b/in-a/f", "one");
        contract_write(c, "root/a/in-b/f", "two");
        contract_check(c);
        contract_forget(c);
        contract_write(c, "root/b/in-a/g", "three");
        contract_write(c, "root/a/in-b/g", "four");
        contract_await(c, "b/in-a/g", CANDIDATE_WRITTEN);
        assert_int_equal(contract_told(c, "b/in-a/g", CANDIDATE_WRITTEN), 1);
        contract_await(c, "a/in-b/g", CANDIDATE_WRITTEN);
        assert_int_equal(contract_told(c, "a/in-b/g", CANDIDATE_WRITTEN), 1);
        contract_check(c);
        assert_int_equal(contract_stats(c).directories, 5);
}

void parent_and_child_that_change_places_are_followed(void **state)
{
        struct contract *c = *state;

        contract_mkdir(c, "root/p");
        contract_mkdir(c, "root/p/q");
        contract_start(c);
        contract_rename(c, "root/p/q", "root/q", 0);
        contract_rename(c, "root/p", "root/q/p", 0);
        contract_write(c, "root/q/p/f", "inside out");
        contract_check(c);
        contract_write(c, "root/q/p/g", "and after");
        contract_await(c, "q/p/g", CANDIDATE_WRITTEN);
        assert_int_equal(contract_told(c, "q/p/g", CANDIDATE_WRITTEN), 1);
        assert_int_equal(contract_stats(c).directories, 3);
}

/* Two directories have one path for the tree, until it has caught up: one that had no watch and has left, and one that has
 * come in its place with its watches. */
void directory_that_takes_the_place_of_a_polled_one_is_followed(void **state)
{
        struct contract *c = *state;
        struct watcher_limits limits = contract_limits;

        limits.watches_max = 4; /* above the root, the root, and these */
        contract_mkdir(c, "root/b");
        contract_mkdir(c, "root/b/x");
        contract_renew(c, &limits, NULL);
        contract_start(c);
        contract_quiet(c);
        contract_mkdir(c, "root/a");
        contract_mkdir(c, "root/a/x");
        contract_quiet_but(c, REASON_WATCH_LIMIT);
        assert_int_equal(contract_stats(c).polled, 2);
        contract_rename(c, "root/a", "outside/a", 0);
        contract_rename(c, "root/b", "root/a", 0);
        contract_quiet_but(c, REASON_WATCH_LIMIT);
        contract_write(c, "root/a/x/f", "x");
        contract_quiet_but(c, REASON_WATCH_LIMIT);
        assert_int_equal(contract_missed(c, "root"), 0);
}

void directory_replaced_by_a_link_leads_nowhere(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *at = contract_path(c, "root/d"), *target = contract_path(c, "outside");

        contract_mkdir(c, "root/d");
        contract_write(c, "outside/private", "x");
        contract_start(c);
        assert_int_equal(rmdir(at), 0);
        assert_int_equal(symlink(target, at), 0);
        contract_write(c, "outside/other", "x");
        assert_int_equal(contract_watcher(c)->vtable->rewalk(contract_watcher(c), 1), 0);
        contract_check(c);
        assert_int_equal(contract_told(c, "d/private", _CANDIDATE_MAX), 0);
        assert_int_equal(contract_told(c, "d/other", _CANDIDATE_MAX), 0);
        assert_int_equal(contract_stats(c).directories, 1);
}

void deleted_root_is_told_once(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *root = contract_path(c, "root");

        contract_start(c);
        assert_int_equal(rmdir(root), 0);
        contract_pump(c, 2 * CONTRACT_SETTLE);
        assert_int_equal(contract_roots_lost(c), 1);
        assert_int_equal(contract_stats(c).directories, 0);
}

void root_that_moves_away_is_lost(void **state)
{
        struct contract *c = *state;

        contract_mkdir(c, "root/a");
        contract_start(c);
        contract_rename(c, "root", "elsewhere", 0);
        contract_pump(c, 2 * CONTRACT_SETTLE);
        assert_int_equal(contract_roots_lost(c), 1);
        contract_write(c, "elsewhere/a/f", "x");
        contract_pump(c, 2 * CONTRACT_SETTLE);
        assert_int_equal(contract_told(c, "a/f", _CANDIDATE_MAX), 0);
        contract_watcher(c)->vtable->remove_workspace(contract_watcher(c), 1);
}
