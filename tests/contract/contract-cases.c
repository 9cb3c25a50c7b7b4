/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the cases of the contract, one for each way in which a file can come, change or hide.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/contract/contract.h"

/* A process that works on the tree while the test dispatches; the function must not use cmocka. */
static pid_t start_writer(struct contract *c, int (*run)(const char *top))
{
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0)
                _exit(chdir(contract_top(c)) < 0 ? 1 : run(contract_top(c)));
        return pid;
}

/* What does not wait until it has settled is told long before that, on a busy machine, too. */
static const struct watcher_limits slowly_settling = {
        .settle = USEC_PER_SEC,
        .settle_max = 5 * USEC_PER_SEC,
        .poll_interval = CONTRACT_POLL,
        .pending_max = 100000,
        .depth_max = 64,
};

static void dispatch_until_done(struct contract *c, pid_t writer)
{
        int status;

        while (waitpid(writer, &status, WNOHANG) == 0)
                contract_pump(c, 2 * USEC_PER_MSEC);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

static int put(const char *path, const char *text)
{
        /* no O_TRUNC: ext4 writes a file that was emptied to the disk at its close */
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        if (fd < 0)
                return -1;
        ssize_t n = write(fd, text, strlen(text));
        return close(fd) < 0 || n < 0 ? -1 : 0;
}

static void files_of_before_are_found(void **state)
{
        struct contract *c = *state;

        contract_mkdir(c, "root/a");
        contract_mkdir(c, "root/a/b");
        contract_write(c, "root/a/b/f", "one");
        contract_write(c, "root/g", "two");
        contract_start(c);
        assert_int_equal(contract_told(c, "a/b/f", CANDIDATE_WALK), 1);
        assert_int_equal(contract_gap_openings(c, REASON_WALK_RUNNING), 1);
        contract_check(c);
}

static void closed_file_is_told_without_waiting(void **state)
{
        struct contract *c = *state;

        contract_start(c);
        contract_write(c, "root/f", "text");
        contract_await(c, "f", CANDIDATE_WRITTEN);
        assert_int_equal(contract_told(c, "f", CANDIDATE_WRITTEN), 1);
        contract_check(c);
        assert_int_equal(contract_told(c, "f", _CANDIDATE_MAX), 1);
}

static void quiet_watcher_sleeps(void **state)
{
        struct contract *c = *state;

        contract_mkdir(c, "root/a");
        contract_start(c);
        contract_write(c, "root/a/f", "text");
        contract_quiet(c);
        struct watcher *w = contract_watcher(c);
        assert_true(w->vtable->deadline(w) == USEC_INFINITY);
        /* others may be busy on the same file system */
        for (int i = 0; i < 100 && contract_stats(c).pending > 0; i++)
                contract_pump(c, USEC_PER_MSEC);
        assert_int_equal(contract_stats(c).pending, 0);
}

static int write_fresh_directories(const char *top)
{
        char path[1024], file[1100];

        (void)top;
        for (int i = 0; i < 60; i++) {
                int n = snprintf(path, sizeof(path), "root");
                for (int depth = 0; depth < 10; depth++) {
                        n += snprintf(path + n, sizeof(path) - (size_t)n, "/d%d-%d", i, depth);
                        if (mkdir(path, 0700) < 0)
                                return 1;
                        for (int j = 0; j < 5; j++) {
                                (void)snprintf(file, sizeof(file), "%s/f%d", path, j);
                                if (put(file, file) < 0)
                                        return 2;
                        }
                }
        }
        return 0;
}

static void fresh_nested_directories_miss_nothing(void **state)
{
        struct contract *c = *state;

        contract_start(c);
        dispatch_until_done(c, start_writer(c, write_fresh_directories));
        contract_check(c);
        assert_int_equal(contract_stats(c).directories, 601);
}

static int move_directories_about(const char *top)
{
        char a[64], b[64], inner[100], file[128];

        (void)top;
        for (int i = 0; i < 300; i++) {
                (void)snprintf(a, sizeof(a), "root/m%d", i);
                (void)snprintf(b, sizeof(b), "root/n%d", i % 7);
                (void)snprintf(inner, sizeof(inner), "%s/in%d", a, i);
                if (mkdir(a, 0700) < 0 || mkdir(inner, 0700) < 0)
                        return 1;
                (void)snprintf(file, sizeof(file), "%s/f", inner);
                if (put(file, file) < 0)
                        return 2;
                /* the first seven make the targets; the others move into, or swap with them */
                if (i < 7) {
                        if (rename(a, b) < 0)
                                return 3;
                } else if (i % 3 == 0) {
                        if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0)
                                return 4;
                } else {
                        (void)snprintf(inner, sizeof(inner), "%s/x%d", b, i);
                        if (rename(a, inner) < 0)
                                return 5;
                        (void)snprintf(file, sizeof(file), "%s/late%d", inner, i);
                        if (mkdir(file, 0700) < 0)
                                return 6;
                        (void)snprintf(file, sizeof(file), "%s/late%d/f", inner, i);
                        if (put(file, file) < 0)
                                return 7;
                }
        }
        return 0;
}

static void directories_that_move_all_the_time_hide_nothing(void **state)
{
        struct contract *c = *state;

        contract_start(c);
        dispatch_until_done(c, start_writer(c, move_directories_about));
        contract_check(c);
}

/* More events than that are lost; 0: how many is not known. */
static int overflow_length(struct contract *c)
{
        char path[128];
        int n = 0;

        (void)snprintf(path, sizeof(path), "/proc/sys/fs/%s/max_queued_events",
                       contract_watcher(c)->vtable->name);
        FILE *f = fopen(path, "re");

        if (f) {
                if (fscanf(f, "%d", &n) != 1)
                        n = 0;
                (void)fclose(f);
        }
        /* a thread may empty it until its own room is full, too */
        return n > 0 && strcmp(contract_watcher(c)->vtable->name, "fanotify") == 0 ? 2 * n + 4000
                                                                                   : n;
}

static unsigned next_random(unsigned *seed)
{
        *seed = *seed * 1103515245 + 12345;
        return *seed >> 16;
}

/* root/d1/d3/d0 and the like; most of them exist after a while */
static void random_directory(unsigned *seed, char *path, size_t size)
{
        size_t n = (size_t)snprintf(path, size, "root");

        for (unsigned depth = next_random(seed) % 4; depth > 0; depth--)
                n += (size_t)snprintf(path + n, size - n, "/d%u", next_random(seed) % 5);
}

static void random_step(unsigned *seed, unsigned i)
{
        char dir[128], other[128], a[160], b[160], text[32];

        random_directory(seed, dir, sizeof(dir));
        random_directory(seed, other, sizeof(other));
        (void)snprintf(a, sizeof(a), "%s/d%u", dir, next_random(seed) % 5);
        (void)snprintf(b, sizeof(b), "%s/d%u", other, next_random(seed) % 5);
        (void)snprintf(text, sizeof(text), "step %u", i);
        switch (next_random(seed) % 12) {
        case 0:
        case 1:
        case 2:
                (void)mkdir(a, 0700);
                break;
        case 3:
                (void)rename(a, b);
                break;
        case 4:
                (void)renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
                break;
        case 5:
                (void)snprintf(b, sizeof(b), "outside/d%u", next_random(seed) % 3);
                if (next_random(seed) % 2)
                        (void)rename(a, b);
                else
                        (void)rename(b, a);
                break;
        case 6:
                (void)rmdir(a);
                break;
        case 7:
                (void)snprintf(a, sizeof(a), "%s/l%u", dir, next_random(seed) % 3);
                (void)unlink(a);
                if (symlink(text, a) < 0 && errno != ENOENT && errno != EEXIST && errno != ENOTDIR)
                        _exit(3);
                break;
        case 8:
                (void)snprintf(a, sizeof(a), "%s/f%u", dir, next_random(seed) % 3);
                (void)snprintf(b, sizeof(b), "%s/f%u", other, next_random(seed) % 3);
                (void)rename(a, b);
                break;
        default:
                (void)snprintf(a, sizeof(a), "%s/f%u", dir, next_random(seed) % 3);
                (void)put(a, text);
                break;
        }
}

static int do_at_random(const char *top)
{
        unsigned seed = 4711;

        (void)top;
        for (unsigned i = 0; i < 2500; i++)
                random_step(&seed, i);
        return 0;
}

static void operations_at_random_hide_nothing(void **state)
{
        struct contract *c = *state;

        struct watcher_limits limits = contract_limits;

        /* renames make deep chains */
        limits.depth_max = 1000;
        contract_renew(c, &limits, NULL);
        contract_start(c);
        dispatch_until_done(c, start_writer(c, do_at_random));
        contract_check(c);
}

static void operations_at_random_with_little_room_hide_nothing(void **state)
{
        struct contract *c = *state;
        struct watcher_limits limits = contract_limits;

        limits.depth_max = 1000;
        limits.pending_max = 6;
        contract_renew(c, &limits, NULL);
        contract_start(c);
        dispatch_until_done(c, start_writer(c, do_at_random));
        contract_check(c);
}

static void operations_at_random_with_few_watches_hide_nothing(void **state)
{
        struct contract *c = *state;
        struct watcher_limits limits = contract_limits;

        limits.depth_max = 1000;
        limits.watches_max = 12;
        contract_renew(c, &limits, NULL);
        contract_start(c);
        dispatch_until_done(c, start_writer(c, do_at_random));
        contract_quiet_but(c, REASON_WATCH_LIMIT);
        assert_int_equal(contract_missed(c, "root"), 0);
}

/* Two directories have one path for the tree, until it has caught up: one that had no watch and has left, and one that has
 * come in its place with its watches. */
static void directory_that_takes_the_place_of_a_polled_one_is_followed(void **state)
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

static void second_overflow_keeps_the_gap_open(void **state)
{
        struct contract *c = *state;
        int n = overflow_length(c);

        if (n == 0 || n > 70000)
                skip();
        for (int i = 0; i < 200; i++) {
                _cleanup_free_ char *dir = NULL;
                assert_true(asprintf(&dir, "root/d%d", i) > 0);
                contract_mkdir(c, dir);
        }
        contract_start(c);
        for (int round = 0; round < 2; round++) {
                char path[64];

                /* other names each time: events of the same one are merged */
                for (int i = 0; i < n + 10; i++) {
                        (void)snprintf(path, sizeof(path), "root/d%d/f%d", i % 200, i);
                        contract_overwrite(c, path, round ? "second" : "first");
                }
                (void)snprintf(path, sizeof(path), "root/d%d/fresh%d", round * 7, round);
                contract_mkdir(c, path);
                (void)snprintf(path, sizeof(path), "root/d%d/fresh%d/f", round * 7, round);
                contract_write(c, path, "unseen");
                /* until the walk has begun, but not until it has ended */
                while (contract_gap_openings(c, REASON_QUEUE_OVERFLOW) == 0)
                        contract_dispatch_once(c);
        }
        contract_check(c);
        assert_int_equal(contract_stats(c).overflows, 2);
        assert_int_equal(contract_stats(c).directories, 203);
}

static void atomic_save_is_told_under_its_name(void **state)
{
        struct contract *c = *state;

        contract_write(c, "root/f", "old");
        contract_start(c);
        contract_write(c, "root/.f.tmp", "new");
        contract_rename(c, "root/.f.tmp", "root/f", 0);
        contract_await(c, "f", CANDIDATE_MOVED_IN);
        assert_int_equal(contract_told(c, "f", CANDIDATE_MOVED_IN), 1);
        contract_check(c);
}

static int make_unnamed(struct contract *c, const char *dir)
{
        return contract_open(c, dir, O_TMPFILE | O_RDWR);
}

static void link_unnamed(struct contract *c, int fd, const char *path)
{
        _cleanup_free_ char *full = contract_path(c, "%s", path);
        char proc[64];

        (void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
        assert_int_equal(linkat(AT_FDCWD, proc, AT_FDCWD, full, AT_SYMLINK_FOLLOW), 0);
}

static void unnamed_file_that_is_linked_is_told(void **state)
{
        struct contract *c = *state;

        contract_mkdir(c, "root/a");
        contract_start(c);
        _cleanup_close_ int fd = make_unnamed(c, "root/a");
        assert_int_equal(write(fd, "first", 5), 5);
        link_unnamed(c, fd, "root/a/named");
        contract_check(c);
        assert_true(contract_told(c, "a/named", _CANDIDATE_MAX) >= 1);
        /* the kernel names what is written later by the inode's number */
        assert_int_equal(write(fd, "second", 6), 6);
        contract_check(c);
        assert_int_equal(write(fd, "third", 5), 5);
        fd = fd_close(fd);
        contract_check(c);
}

static void unnamed_file_from_outside_is_told(void **state)
{
        struct contract *c = *state;

        contract_start(c);
        _cleanup_close_ int fd = make_unnamed(c, "outside");
        assert_int_equal(write(fd, "first", 5), 5);
        link_unnamed(c, fd, "root/named");
        contract_check(c);
}

static void hard_link_is_told(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *from = contract_path(c, "outside/f"), *to = contract_path(c, "root/l");

        contract_write(c, "outside/f", "linked");
        contract_start(c);
        assert_int_equal(link(from, to), 0);
        contract_check(c);
        assert_int_equal(contract_told(c, "l", CANDIDATE_LINKED), 1);
}

static void symlink_is_told_at_once_and_not_followed(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *at = contract_path(c, "root/s"), *target = contract_path(c, "outside");

        contract_renew(c, &slowly_settling, NULL);
        contract_start(c);
        assert_int_equal(symlink(target, at), 0);
        contract_pump(c, USEC_PER_SEC / 2);
        assert_int_equal(contract_told(c, "s", CANDIDATE_LINKED), 1);
        contract_write(c, "outside/x", "not ours");
        contract_check(c);
        assert_int_equal(contract_told(c, "s/x", _CANDIDATE_MAX), 0);
        assert_int_equal(contract_stats(c).directories, 1);
}

static void special_file_is_told(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *before = contract_path(c, "root/p1"),
                            *after = contract_path(c, "root/p2");

        assert_int_equal(mkfifo(before, 0600), 0);
        contract_start(c);
        assert_int_equal(mkfifo(after, 0600), 0);
        contract_quiet(c);
        assert_true(contract_told(c, "p1", CANDIDATE_WALK) == 1);
        assert_true(contract_told(c, "p2", CANDIDATE_LINKED) == 1);
}

static void directory_moved_in_is_walked_and_watched(void **state)
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

static void directory_moved_out_is_let_go(void **state)
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

static void directory_moved_within_keeps_its_watches(void **state)
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

static void swapped_directories_keep_apart(void **state)
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

static void parent_and_child_that_change_places_are_followed(void **state)
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

static void long_open_writer_is_told_while_it_writes(void **state)
{
        struct contract *c = *state;

        contract_start(c);
        _cleanup_close_ int fd = contract_open(c, "root/log", O_WRONLY | O_CREAT | O_APPEND);
        for (int i = 0; i < 100; i++) {
                assert_int_equal(write(fd, "line\n", 5), 5);
                contract_pump(c, CONTRACT_SETTLE / 4);
        }
        /* half a second without a quiet moment: three times the longest wait at most */
        size_t n = contract_told(c, "log", CANDIDATE_OPEN);
        assert_true(n >= 2 && n <= 25);
        contract_check(c);
        assert_true(contract_told(c, "log", CANDIDATE_OPEN) > n);
        assert_int_equal(contract_told(c, "log", CANDIDATE_WRITTEN), 0);
}

static void mapped_writer_is_told_when_it_unmaps(void **state)
{
        struct contract *c = *state;

        contract_write(c, "root/m", "0123456789");
        contract_start(c);
        int fd = contract_open(c, "root/m", O_RDWR);
        char *p = mmap(NULL, 10, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        assert_ptr_not_equal(p, MAP_FAILED);
        (void)fd_close(fd);
        contract_quiet(c);
        memcpy(p, "ABCDE", 5);
        assert_int_equal(munmap(p, 10), 0);
        contract_check(c);
}

static void truncation_by_path_is_told(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *path = contract_path(c, "root/f");

        contract_write(c, "root/f", "0123456789");
        contract_start(c);
        assert_int_equal(truncate(path, 4), 0);
        contract_check(c);
        assert_true(contract_told(c, "f", CANDIDATE_OPEN) == 1);
}

static void exchanged_files_are_both_told(void **state)
{
        struct contract *c = *state;

        contract_write(c, "root/a", "one");
        contract_write(c, "outside/b", "two");
        contract_start(c);
        contract_rename(c, "root/a", "outside/b", RENAME_EXCHANGE);
        contract_check(c);
        assert_int_equal(contract_told(c, "a", CANDIDATE_MOVED_IN), 1);
}

static void changed_attributes_are_told_once_settled(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *path = contract_path(c, "root/f");

        contract_renew(c, &slowly_settling, NULL);
        contract_write(c, "root/f", "text");
        contract_start(c);
        assert_int_equal(chmod(path, 0640), 0);
        contract_pump(c, CONTRACT_SETTLE);
        assert_int_equal(contract_told(c, "f", CANDIDATE_CHANGED), 0);
        contract_check(c);
        assert_int_equal(contract_told(c, "f", CANDIDATE_CHANGED), 1);
}

static void file_unlinked_before_its_close_does_no_harm(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *path = contract_path(c, "root/f");

        contract_start(c);
        _cleanup_close_ int fd = contract_open(c, "root/f", O_WRONLY | O_CREAT);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(write(fd, "x", 1), 1);
        fd = fd_close(fd);
        contract_check(c);
}

static void overflow_opens_a_gap_and_walks_again(void **state)
{
        struct contract *c = *state;
        int n = overflow_length(c);

        if (n == 0 || n > 70000)
                skip();
        contract_mkdir(c, "root/stays");
        contract_mkdir(c, "root/goes");
        contract_start(c);
        char text[32];
        for (int i = 0; i < n + 10; i++) {
                /* other names each time: events of the same one are merged */
                (void)snprintf(text, sizeof(text), "root/stays/f%d", i);
                contract_overwrite(c, text, text);
        }
        /* none of this has an event any more */
        contract_mkdir(c, "root/late");
        contract_mkdir(c, "root/late/later");
        contract_write(c, "root/late/later/f", "unseen");
        contract_write(c, "root/stays/f7", "changed after the queue was full");
        contract_rename(c, "root/goes", "outside/gone", 0);
        contract_check(c);
        assert_int_equal(contract_gap_openings(c, REASON_QUEUE_OVERFLOW), 1);
        assert_true(contract_stats(c).overflows >= 1);
        /* root, stays, late, later: what left is not watched any more */
        assert_int_equal(contract_stats(c).directories, 4);
        contract_write(c, "root/late/later/g", "seen");
        contract_await(c, "late/later/g", CANDIDATE_WRITTEN);
        assert_int_equal(contract_told(c, "late/later/g", CANDIDATE_WRITTEN), 1);
}

static void directories_without_a_watch_are_polled(void **state)
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

static void excluded_paths_are_neither_watched_nor_told(void **state)
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

static void deleted_root_is_told_once(void **state)
{
        struct contract *c = *state;
        _cleanup_free_ char *root = contract_path(c, "root");

        contract_start(c);
        assert_int_equal(rmdir(root), 0);
        contract_pump(c, 2 * CONTRACT_SETTLE);
        assert_int_equal(contract_roots_lost(c), 1);
        assert_int_equal(contract_stats(c).directories, 0);
}

static void root_that_moves_away_is_lost(void **state)
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

static void too_deep_directories_are_a_gap(void **state)
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

static void long_paths_are_a_gap_and_not_an_error(void **state)
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

static void too_much_work_is_a_gap_and_caught_up(void **state)
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

static void rewalk_tells_every_file_again(void **state)
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

static void workspaces_may_overlap_and_go(void **state)
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

static void what_is_watched_is_not_ignored(void **state)
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

static void workspace_may_be_removed_from_the_callback(void **state)
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

static void directory_replaced_by_a_link_leads_nowhere(void **state)
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

/* A mount namespace of our own; false: not allowed. */
static bool enter_namespace(struct contract *c)
{
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return false;
        /* the directory and the watcher of before belong to the other one */
        contract_reopen(c);
        contract_renew(c, &contract_limits, NULL);
        return true;
}

static void other_mount_is_a_gap_and_not_entered(void **state)
{
        struct contract *c = *state;

        if (!enter_namespace(c))
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

/* On a file system of its own: what others do on a busy one makes its directories be listed, to be sure. */
static void what_is_made_under_a_mark_is_not_listed(void **state)
{
        struct contract *c = *state;

        if (strcmp(contract_watcher(c)->vtable->name, "fanotify") != 0 || !enter_namespace(c))
                skip();
        _cleanup_free_ char *at = contract_path(c, "root");
        assert_int_equal(mount("none", at, "tmpfs", 0, NULL), 0);
        contract_start(c);
        dispatch_until_done(c, start_writer(c, write_fresh_directories));
        contract_check(c);
        /* of 3 600 entries; now and then one is taken for another that was missed */
        assert_true(contract_stats(c).walked < 1000);
        assert_int_equal(umount2(at, MNT_DETACH), 0);
}

static void mount_that_comes_later_is_a_gap_while_it_stays(void **state)
{
        struct contract *c = *state;

        if (!enter_namespace(c))
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

static void unreadable_directory_is_a_gap_until_it_can_be_read(void **state)
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

static int setup_contract(void **state)
{
        *state =
                contract_new(&(struct contract_setup){.vtable = *state, .limits = contract_limits});
        return 0;
}

static int teardown_contract(void **state)
{
        contract_free(*state);
        return 0;
}

#define CASE(f)                                                           \
        {                                                                 \
                .name = #f, .test_func = f, .setup_func = setup_contract, \
                .teardown_func = teardown_contract                        \
        }

int contract_run(const struct watcher_vtable *vtable)
{
        struct CMUnitTest tests[] = {
                CASE(files_of_before_are_found),
                CASE(closed_file_is_told_without_waiting),
                CASE(quiet_watcher_sleeps),
                CASE(fresh_nested_directories_miss_nothing),
                CASE(what_is_made_under_a_mark_is_not_listed),
                CASE(directories_that_move_all_the_time_hide_nothing),
                CASE(operations_at_random_hide_nothing),
                CASE(operations_at_random_with_little_room_hide_nothing),
                CASE(operations_at_random_with_few_watches_hide_nothing),
                CASE(directory_that_takes_the_place_of_a_polled_one_is_followed),
                CASE(second_overflow_keeps_the_gap_open),
                CASE(atomic_save_is_told_under_its_name),
                CASE(unnamed_file_that_is_linked_is_told),
                CASE(unnamed_file_from_outside_is_told),
                CASE(hard_link_is_told),
                CASE(symlink_is_told_at_once_and_not_followed),
                CASE(special_file_is_told),
                CASE(directory_moved_in_is_walked_and_watched),
                CASE(directory_moved_out_is_let_go),
                CASE(directory_moved_within_keeps_its_watches),
                CASE(swapped_directories_keep_apart),
                CASE(parent_and_child_that_change_places_are_followed),
                CASE(long_open_writer_is_told_while_it_writes),
                CASE(mapped_writer_is_told_when_it_unmaps),
                CASE(truncation_by_path_is_told),
                CASE(exchanged_files_are_both_told),
                CASE(changed_attributes_are_told_once_settled),
                CASE(file_unlinked_before_its_close_does_no_harm),
                CASE(overflow_opens_a_gap_and_walks_again),
                CASE(directories_without_a_watch_are_polled),
                CASE(excluded_paths_are_neither_watched_nor_told),
                CASE(deleted_root_is_told_once),
                CASE(root_that_moves_away_is_lost),
                CASE(too_deep_directories_are_a_gap),
                CASE(long_paths_are_a_gap_and_not_an_error),
                CASE(too_much_work_is_a_gap_and_caught_up),
                CASE(rewalk_tells_every_file_again),
                CASE(workspaces_may_overlap_and_go),
                CASE(what_is_watched_is_not_ignored),
                CASE(workspace_may_be_removed_from_the_callback),
                CASE(directory_replaced_by_a_link_leads_nowhere),
                CASE(other_mount_is_a_gap_and_not_entered),
                CASE(mount_that_comes_later_is_a_gap_while_it_stays),
                CASE(unreadable_directory_is_a_gap_until_it_can_be_read),
        };

        /* the setup finds the back end in the initial state and puts the test's bed in its place */
        for (size_t i = 0; i < ELEMENTSOF(tests); i++)
                memcpy(&tests[i].initial_state, &vtable, sizeof(vtable));
        if (getenv("TESTFUNCS"))
                cmocka_set_test_filter(getenv("TESTFUNCS"));
        return _cmocka_run_group_tests("contract", tests, ELEMENTSOF(tests), NULL, NULL);
}
