/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the cases of the contract that are about what is watched: limits and their gaps, exclusions, workspaces, mounts.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/contract/contract-cases.h"

void directories_without_a_watch_are_polled(void **state)
{
        struct contract *c = *state;
        struct watcher_limits limits = contract_limits;

        limits.watches_max = 4;
        contract_renew(c, &limits, NULL);
        for (int i = 0; i < 8; i++) {
                _cleanup_free_ char *dir = NULL, *sub = NULL;
                assert_true(asprintf(&dir, "root/d%d", i) > 0);
                assert_true(asprintf(&sub, "root/d%d/sub", i) > 0);
                contract_mkdir(c, dir);
                contract_mkdir(c, sub);
        }
        contract_start(c);
        assert_true(contract_gap_is_open(c, REASON_WATCH_LIMIT));
        assert_true(contract_stats(c).polled >= 12);
        for (int i = 0; i < 8; i++) {
                _cleanup_free_ char *file = NULL, *fresh = NULL, *in_fresh = NULL;
                assert_true(asprintf(&file, "root/d%d/sub/f", i) > 0);
                assert_true(asprintf(&fresh, "root/d%d/sub/new", i) > 0);
                assert_true(asprintf(&in_fresh, "root/d%d/sub/new/f", i) > 0);
                contract_write(c, file, file);
                contract_mkdir(c, fresh);
                contract_write(c, in_fresh, in_fresh);
        }
        contract_quiet_but(c, REASON_WATCH_LIMIT);
        assert_int_equal(contract_missed(c, "root"), 0);
        assert_true(contract_gap_is_open(c, REASON_WATCH_LIMIT));
        assert_int_equal(contract_gap_openings(c, REASON_WATCH_LIMIT), 1);

        /* watches become available: all but one directory go, and the gap closes */
        for (int i = 0; i < 8; i++) {
                _cleanup_free_ char *from = NULL, *to = NULL;
                assert_true(asprintf(&from, "root/d%d", i) > 0);
                assert_true(asprintf(&to, "outside/d%d", i) > 0);
                contract_rename(c, from, to, 0);
        }
        contract_mkdir(c, "root/last");
        contract_write(c, "root/last/f", "text");
        contract_check(c);
        contract_forget(c);
        contract_write(c, "root/last/g", "text");
        contract_await(c, "last/g", CANDIDATE_WRITTEN);
        assert_int_equal(contract_told(c, "last/g", CANDIDATE_WRITTEN), 1);
        assert_int_equal(contract_stats(c).polled, 0);
}

static bool exclude_cache(void *userdata, const char *path)
{
        (void)userdata;
        const char *last = strrchr(path, '/');
        last = last ? last + 1 : path;
        return strcmp(last, "cache") == 0 || strcmp(last, "skip.log") == 0;
}

void excluded_paths_are_neither_watched_nor_told(void **state)
{
        struct contract *c = *state;

        contract_renew(c, &contract_limits, exclude_cache);
        contract_mkdir(c, "root/cache");
        contract_mkdir(c, "root/cache/sub");
        contract_write(c, "root/cache/sub/f", "x");
        contract_start(c);
        contract_mkdir(c, "root/a");
        contract_mkdir(c, "root/a/cache");
        contract_write(c, "root/a/cache/f", "x");
        contract_write(c, "root/a/skip.log", "x");
        contract_write(c, "root/a/f", "x");
        contract_check(c);
        assert_int_equal(contract_stats(c).directories, 2);
        assert_int_equal(contract_told(c, "a/cache/f", _CANDIDATE_MAX), 0);
        assert_int_equal(contract_told(c, "cache/sub/f", _CANDIDATE_MAX), 0);
        assert_int_equal(contract_told(c, "a/skip.log", _CANDIDATE_MAX), 0);
        /* a directory that gets an excluded name is let go */
        contract_mkdir(c, "root/b");
        contract_quiet(c);
        assert_int_equal(contract_stats(c).directories, 3);
        contract_rename(c, "root/b", "root/a/cache/b", 0);
        contract_quiet(c);
        assert_int_equal(contract_stats(c).directories, 2);
}

void too_deep_directories_are_a_gap(void **state)
{
        struct contract *c = *state;
        struct watcher_limits limits = contract_limits;

        limits.depth_max = 3;
        contract_renew(c, &limits, NULL);
        contract_mkdir(c, "root/1");
        contract_mkdir(c, "root/1/2");
        contract_mkdir(c, "root/1/2/3");
        contract_write(c, "root/1/2/3/f", "seen");
        contract_start(c);
        contract_check(c);
        contract_mkdir(c, "root/1/2/3/4");
        contract_write(c, "root/1/2/3/4/f", "not seen");
        contract_quiet_but(c, REASON_DEPTH_LIMIT);
        assert_true(contract_gap_is_open(c, REASON_DEPTH_LIMIT));
        assert_int_equal(contract_told(c, "1/2/3/4/f", _CANDIDATE_MAX), 0);
        /* it closes when a walk of everything meets no such directory any more */
        contract_rename(c, "root/1/2/3/4", "outside/4", 0);
        assert_int_equal(contract_watcher(c)->vtable->rewalk(contract_watcher(c), 1), 0);
        contract_check(c);
}

void long_paths_are_a_gap_and_not_an_error(void **state)
{
        struct contract *c = *state;
        char name[201];
        int fd = contract_open(c, "root", O_RDONLY | O_DIRECTORY);

        memset(name, 'n', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        for (int i = 0; i < 25; i++) {
                assert_int_equal(mkdirat(fd, name, 0700), 0);
                int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                (void)fd_close(fd);
                fd = next;
                assert_true(fd >= 0);
        }
        (void)fd_close(fd);
        contract_start(c);
        contract_quiet_but(c, REASON_DEPTH_LIMIT);
        assert_true(contract_gap_is_open(c, REASON_DEPTH_LIMIT));
        /* too deep for the clean-up by path: from the middle */
        _cleanup_free_ char *cmd = contract_path(c, "outside/x");
        for (int i = 0; i < 25; i++) {
                _cleanup_free_ char *top = contract_path(c, "root/%s", name);
                _cleanup_free_ char *inner = contract_path(c, "root/%s/%s", name, name);
                if (rename(inner, cmd) < 0)
                        break;
                assert_int_equal(rmdir(top), 0);
                assert_int_equal(rename(cmd, top), 0);
        }
}

void too_much_work_is_a_gap_and_caught_up(void **state)
{
        struct contract *c = *state;
        struct watcher_limits limits = contract_limits;
        int fds[40];

        limits.pending_max = 8;
        contract_renew(c, &limits, NULL);
        for (int i = 0; i < 50; i++) {
                _cleanup_free_ char *dir = NULL, *file = NULL;
                assert_true(asprintf(&dir, "root/d%d", i) > 0);
                assert_true(asprintf(&file, "root/d%d/f", i) > 0);
                contract_mkdir(c, dir);
                contract_write(c, file, file);
        }
        contract_start(c);
        contract_check(c);
        assert_true(contract_gap_openings(c, REASON_WORK_LIMIT) >= 1);
        assert_int_equal(contract_stats(c).directories, 51);
        unsigned before = contract_gap_openings(c, REASON_WORK_LIMIT);
        for (int i = 0; i < 40; i++) {
                _cleanup_free_ char *file = NULL;
                assert_true(asprintf(&file, "root/open%d", i) > 0);
                fds[i] = contract_open(c, file, O_WRONLY | O_CREAT);
                assert_int_equal(write(fds[i], file, strlen(file)), strlen(file));
        }
        contract_check(c);
        assert_true(contract_gap_openings(c, REASON_WORK_LIMIT) > before);
        for (int i = 0; i < 40; i++)
                (void)fd_close(fds[i]);
}

void rewalk_tells_every_file_again(void **state)
{
        struct contract *c = *state;

        contract_mkdir(c, "root/a");
        contract_write(c, "root/a/f", "x");
        contract_start(c);
        contract_quiet(c);
        contract_forget(c);
        assert_int_equal(contract_watcher(c)->vtable->rewalk(contract_watcher(c), 1), 0);
        contract_check(c);
        assert_int_equal(contract_told(c, "a/f", CANDIDATE_WALK), 1);
        assert_int_equal(contract_gap_openings(c, REASON_WALK_RUNNING), 2);
        assert_int_equal(contract_watcher(c)->vtable->rewalk(contract_watcher(c), 77), -ENOENT);
}

static bool remove_it_now;

static bool remove_when_met(void *userdata, const char *path)
{
        _cleanup_free_ char *full = contract_path(userdata, "root/%s", path);

        if (remove_it_now && strcmp(path, "d/t") == 0)
                (void)rmdir(full);
        return false;
}

/* A walk of the whole tree is a promise that all was looked at. */
void directory_that_goes_while_it_is_met_cuts_no_walk_short(void **state)
{
        struct contract *c = *state;
        char path[64];

        remove_it_now = false;
        contract_renew(c, &contract_limits, remove_when_met);
        contract_mkdir(c, "root/d");
        for (unsigned i = 0; i < 100; i++) {
                (void)snprintf(path, sizeof(path), "root/d/b%u", i);
                contract_mkdir(c, path);
                (void)snprintf(path, sizeof(path), "root/d/b%u/f", i);
                contract_write(c, path, path);
        }
        contract_mkdir(c, "root/d/t");
        contract_start(c);
        contract_quiet(c);
        contract_forget(c);
        remove_it_now = true;
        assert_int_equal(contract_watcher(c)->vtable->rewalk(contract_watcher(c), 1), 0);
        contract_quiet(c);
        for (unsigned i = 0; i < 100; i++) {
                (void)snprintf(path, sizeof(path), "d/b%u/f", i);
                assert_int_equal(contract_told(c, path, CANDIDATE_WALK), 1);
        }
}

void workspaces_may_overlap_and_go(void **state)
{
        struct contract *c = *state;
        int inner;

        contract_mkdir(c, "root/in");
        contract_mkdir(c, "root/in/sub");
        contract_start(c);
        assert_int_equal(contract_add(c, 2, "root/in", &inner), 0);
        contract_quiet(c);
        contract_forget(c);
        contract_write(c, "root/in/sub/f", "x");
        contract_quiet(c);
        assert_int_equal(contract_told(c, "in/sub/f", CANDIDATE_WRITTEN), 1);
        assert_int_equal(contract_told(c, "sub/f", CANDIDATE_WRITTEN), 1);
        contract_watcher(c)->vtable->remove_workspace(contract_watcher(c), 2);
        (void)fd_close(inner);
        contract_forget(c);
        contract_write(c, "root/in/sub/g", "x");
        contract_check(c);
        assert_int_equal(contract_told(c, "in/sub/g", CANDIDATE_WRITTEN), 1);
        assert_int_equal(contract_told(c, "sub/g", _CANDIDATE_MAX), 0);
        assert_int_equal(contract_stats(c).directories, 3);
        /* the same id may be used again */
        assert_int_equal(contract_add(c, 2, "outside", &inner), 0);
        int again = -1;
        assert_int_equal(contract_add(c, 2, "outside", &again), -EEXIST);
        (void)fd_close(again);
        contract_write(c, "outside/h", "x");
        contract_quiet(c);
        assert_true(contract_told(c, "h", _CANDIDATE_MAX) >= 1);
        contract_watcher(c)->vtable->remove_workspace(contract_watcher(c), 2);
        (void)fd_close(inner);
}

static void ignore(struct contract *c, const char *path)
{
        _cleanup_close_ int fd = contract_open(c, path, O_RDONLY | O_DIRECTORY);

        contract_watcher(c)->vtable->ignore(contract_watcher(c), fd);
}

void what_is_watched_is_not_ignored(void **state)
{
        struct contract *c = *state;
        int later;

        contract_mkdir(c, "root/in");
        contract_start(c);
        ignore(c, "root/in");
        ignore(c, "outside");
        ignore(c, "outside");
        contract_write(c, "root/in/f", "x");
        contract_check(c);
        assert_int_equal(contract_told(c, "in/f", CANDIDATE_WRITTEN), 1);
        assert_int_equal(contract_add(c, 2, "outside", &later), 0);
        contract_quiet(c);
        contract_write(c, "outside/g", "x");
        contract_quiet(c);
        assert_int_equal(contract_told(c, "g", CANDIDATE_WRITTEN), 1);
        contract_watcher(c)->vtable->remove_workspace(contract_watcher(c), 2);
        (void)fd_close(later);
}

void workspace_may_be_removed_from_the_callback(void **state)
{
        struct contract *c = *state;

        for (int i = 0; i < 20; i++) {
                _cleanup_free_ char *file = NULL;
                assert_true(asprintf(&file, "root/f%d", i) > 0);
                contract_write(c, file, file);
        }
        contract_mkdir(c, "root/d");
        contract_remove_on(c, "f11");
        contract_start(c);
        contract_pump(c, 2 * CONTRACT_SETTLE);
        assert_int_equal(contract_told(c, "f11", _CANDIDATE_MAX), 1);
        assert_int_equal(contract_stats(c).directories, 0);
}

void other_mount_is_a_gap_and_not_entered(void **state)
{
        struct contract *c = *state;

        if (!contract_enter_namespace(c))
                skip();
        _cleanup_free_ char *at = contract_path(c, "root/mnt");
        contract_mkdir(c, "root/mnt");
        assert_int_equal(mount("none", at, "tmpfs", 0, NULL), 0);
        contract_write(c, "root/mnt/f", "elsewhere");
        contract_start(c);
        contract_quiet_but(c, REASON_OTHER_MOUNT);
        assert_true(contract_gap_is_open(c, REASON_OTHER_MOUNT));
        assert_int_equal(contract_told(c, "mnt/f", _CANDIDATE_MAX), 0);
        assert_int_equal(umount(at), 0);
        assert_int_equal(contract_watcher(c)->vtable->rewalk(contract_watcher(c), 1), 0);
        contract_check(c);
}

void mount_that_comes_later_is_a_gap_while_it_stays(void **state)
{
        struct contract *c = *state;

        if (!contract_enter_namespace(c))
                skip();
        _cleanup_free_ char *at = contract_path(c, "root/a/m nt");
        contract_mkdir(c, "root/a");
        contract_mkdir(c, "root/a/m nt");
        contract_start(c);
        contract_quiet(c);
        assert_int_equal(mount("none", at, "tmpfs", 0, NULL), 0);
        contract_pump(c, 200 * USEC_PER_MSEC);
        assert_true(contract_gap_is_open(c, REASON_OTHER_MOUNT));
        assert_int_equal(umount(at), 0);
        contract_pump(c, 200 * USEC_PER_MSEC);
        contract_write(c, "root/a/m nt/f", "after");
        contract_check(c);
        assert_int_equal(contract_gap_openings(c, REASON_OTHER_MOUNT), 1);
}

void unreadable_directory_is_a_gap_until_it_can_be_read(void **state)
{
        struct contract *c = *state;

        if (geteuid() == 0)
                skip();
        _cleanup_free_ char *at = contract_path(c, "root/a/closed");
        contract_mkdir(c, "root/a");
        contract_mkdir(c, "root/a/closed");
        contract_write(c, "root/a/closed/f", "text");
        assert_int_equal(chmod(at, 0), 0);
        contract_start(c);
        contract_quiet_but(c, REASON_WORKSPACE_UNREADABLE);
        assert_true(contract_gap_is_open(c, REASON_WORKSPACE_UNREADABLE));
        assert_int_equal(chmod(at, 0700), 0);
        contract_check(c);
}
