/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the cases of the contract in which processes work on the tree while it is watched: faster than it can be followed, and at random.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/contract/contract-cases.h"

/* A process that works on the tree while the test dispatches; the function must not use cmocka. */
static pid_t start_writer(struct contract *c, int (*run)(const char *top))
{
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0)
                _exit(chdir(contract_top(c)) < 0 ? 1 : run(contract_top(c)));
        return pid;
}

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

void fresh_nested_directories_miss_nothing(void **state)
{
        struct contract *c = *state;

        contract_start(c);
        dispatch_until_done(c, start_writer(c, write_fresh_directories));
        contract_check(c);
        assert_int_equal(contract_stats(c).directories, 601);
}

/* On a file system of its own: what others do on a busy one makes its directories be listed, to be sure. */
void what_is_made_under_a_mark_is_not_listed(void **state)
{
        struct contract *c = *state;

        if (strcmp(contract_watcher(c)->vtable->name, "fanotify") != 0 ||
            !contract_enter_namespace(c))
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

void directories_that_move_all_the_time_hide_nothing(void **state)
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

static int take_random_steps(unsigned seed, unsigned n)
{
        for (unsigned i = 0; i < n; i++)
                random_step(&seed, i);
        return 0;
}

static int do_at_random(const char *top)
{
        (void)top;
        return take_random_steps(4711, 2500);
}

static int do_more_at_random(const char *top)
{
        (void)top;
        return take_random_steps(1147, 20000);
}

void operations_at_random_hide_nothing(void **state)
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

void operations_at_random_with_little_room_hide_nothing(void **state)
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

void operations_at_random_with_few_watches_hide_nothing(void **state)
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

/* What others have listed before its turn is not what is there when its turn comes. */
static void work_at_random_beside_walks(struct contract *c, size_t pending_max)
{
        struct watcher_limits limits = contract_limits;
        struct watcher *w;

        limits.depth_max = 1000;
        limits.pending_max = pending_max;
        limits.walk_slice = 1;
        contract_renew(c, &limits, NULL);
        dispatch_until_done(c, start_writer(c, do_at_random));
        contract_start(c);
        w = contract_watcher(c);
        pid_t writer = start_writer(c, do_more_at_random);
        for (unsigned i = 0; i < 20; i++) {
                assert_int_equal(w->vtable->rewalk(w, 1), 0);
                contract_pump(c, 2 * USEC_PER_MSEC);
        }
        /* nothing walks behind what was missed */
        dispatch_until_done(c, writer);
        contract_check(c);
}

void operations_at_random_beside_walks_hide_nothing(void **state)
{
        work_at_random_beside_walks(*state, contract_limits.pending_max);
}

void operations_at_random_beside_walks_with_little_room_hide_nothing(void **state)
{
        work_at_random_beside_walks(*state, 30);
}

void second_overflow_keeps_the_gap_open(void **state)
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

void overflow_opens_a_gap_and_walks_again(void **state)
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

static int write_elsewhere(const char *top)
{
        (void)top;
        int fd = open("outside/busy", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        for (int i = 0; i < 1000; i++)
                if (write(fd, "line\n", 5) != 5 || usleep(1000) < 0)
                        return 1;
        return close(fd) < 0;
}

/* Nothing is closed, and there is no moment without an event of the file system. */
void long_open_writer_is_told_while_others_write_elsewhere(void **state)
{
        struct contract *c = *state;

        contract_start(c);
        pid_t other = start_writer(c, write_elsewhere);
        _cleanup_close_ int fd = contract_open(c, "root/log", O_WRONLY | O_CREAT | O_APPEND);
        for (int i = 0; i < 100; i++) {
                assert_int_equal(write(fd, "line\n", 5), 5);
                contract_pump(c, CONTRACT_SETTLE / 4);
        }
        assert_true(contract_told(c, "log", CANDIDATE_OPEN) >= 2);
        dispatch_until_done(c, other);
        contract_check(c);
}

#define AHEAD_DIRECTORIES 20

/* Walks root/d0 and so on until it has met all of them, and threads have listed those that come next. */
static void walk_half(struct contract *c, size_t pending_max)
{
        struct watcher_limits limits = contract_limits;
        char path[64];

        for (int i = 0; i < AHEAD_DIRECTORIES; i++) {
                (void)snprintf(path, sizeof(path), "root/d%d", i);
                contract_mkdir(c, path);
        }
        limits.pending_max = pending_max;
        limits.walk_slice = 1; /* one entry, or the begin or end of a directory */
        contract_renew(c, &limits, NULL);
        contract_start(c);
        struct watcher *w = contract_watcher(c);
        assert_int_equal(w->vtable->rewalk(w, 1), 0);
        for (int i = 0; i < AHEAD_DIRECTORIES + 9; i++)
                contract_dispatch_once(c);
        assert_true(contract_gap_is_open(c, REASON_WALK_RUNNING));
        assert_int_equal(usleep(50000), 0);
}

/* What was listed before its turn came, and before events were lost, is listed again. */
void overflow_while_others_list_ahead_hides_nothing(void **state)
{
        struct contract *c = *state;
        int n = overflow_length(c);
        char path[64];

        if (n == 0 || n > 70000)
                skip();
        contract_mkdir(c, "root/full");
        walk_half(c, contract_limits.pending_max);
        for (int i = 0; i < n + 10; i++) {
                (void)snprintf(path, sizeof(path), "root/full/f%d", i);
                contract_overwrite(c, path, path);
        }
        for (int i = 0; i < AHEAD_DIRECTORIES; i++) {
                (void)snprintf(path, sizeof(path), "root/d%d/late", i);
                contract_write(c, path, "unseen");
        }
        contract_check(c);
        assert_true(contract_stats(c).overflows >= 1);
}

/* Nor is it enough for what there was no room for when it was told of. */
void want_of_room_while_others_list_ahead_hides_nothing(void **state)
{
        struct contract *c = *state;
        int open_files[AHEAD_DIRECTORIES];
        char path[64];

        walk_half(c, AHEAD_DIRECTORIES + 5);
        /* they take all the room until they have settled */
        for (int i = 0; i < AHEAD_DIRECTORIES; i++) {
                (void)snprintf(path, sizeof(path), "root/open%d", i);
                open_files[i] = contract_open(c, path, O_WRONLY | O_CREAT);
                assert_true(open_files[i] >= 0);
                assert_int_equal(write(open_files[i], path, sizeof(path)), sizeof(path));
        }
        for (int i = 0; i < AHEAD_DIRECTORIES; i++) {
                (void)snprintf(path, sizeof(path), "root/d%d/late", i);
                contract_mkdir(c, path);
                (void)strcat(path, "/f");
                contract_write(c, path, "unseen");
        }
        contract_dispatch_once(c);
        assert_true(contract_gap_openings(c, REASON_WORK_LIMIT) > 0);
        contract_check(c);
        for (int i = 0; i < AHEAD_DIRECTORIES; i++)
                assert_int_equal(close(open_files[i]), 0);
        contract_check(c);
}
