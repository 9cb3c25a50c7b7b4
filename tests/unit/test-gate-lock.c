/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"
#include "watchers/gate-lock.h"

struct bed {
        char top[64], dir[80], file[96];
};

#define DEV makedev(7, 3)

static int setup(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        (void)snprintf(b->top, sizeof(b->top), "/tmp/giad-lock-XXXXXX");
        assert_non_null(mkdtemp(b->top));
        (void)snprintf(b->dir, sizeof(b->dir), "%s/locks", b->top);
        (void)snprintf(b->file, sizeof(b->file), "%s/7:3", b->dir);
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        struct bed *b = *state;

        remove_tree(b->top);
        free(b);
        return 0;
}

static void one_at_a_time(void **state)
{
        const struct bed *b = *state;
        pid_t other = 1;

        int fd = gate_lock_take(b->dir, DEV, &other);
        assert_true(fd >= 0);
        assert_int_equal(other, 0);
        /* a descriptor of its own conflicts within a process, too */
        assert_int_equal(gate_lock_take(b->dir, DEV, &other), -EBUSY);
        assert_int_equal(other, getpid());
        int elsewhere = gate_lock_take(b->dir, makedev(7, 4), &other);
        assert_true(elsewhere >= 0);
        gate_lock_release(b->dir, makedev(7, 4), elsewhere);
        gate_lock_release(b->dir, DEV, fd);
        assert_int_equal(access(b->file, F_OK), -1);
        fd = gate_lock_take(b->dir, DEV, &other);
        assert_true(fd >= 0);
        gate_lock_release(b->dir, DEV, fd);
}

static void who_is_killed_holds_nothing(void **state)
{
        const struct bed *b = *state;
        int pipes[2], status;
        pid_t other;
        char c;

        assert_int_equal(pipe(pipes), 0);
        pid_t pid = fork();
        if (pid == 0) {
                c = gate_lock_take(b->dir, DEV, &other) >= 0 ? 'y' : 'n';
                (void)!write(pipes[1], &c, 1);
                for (;;)
                        (void)pause();
        }
        assert_int_equal(read(pipes[0], &c, 1), 1);
        assert_int_equal(c, 'y');
        assert_int_equal(gate_lock_take(b->dir, DEV, &other), -EBUSY);
        assert_int_equal(other, pid);
        (void)kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        int fd = gate_lock_take(b->dir, DEV, &other);
        assert_true(fd >= 0);
        gate_lock_release(b->dir, DEV, fd);
        (void)close(pipes[0]);
        (void)close(pipes[1]);
}

static void what_others_could_write_to_is_not_taken(void **state)
{
        const struct bed *b = *state;
        pid_t other;

        assert_int_equal(mkdir(b->dir, 0755), 0);
        assert_int_equal(chmod(b->dir, 01777), 0);
        assert_int_equal(gate_lock_take(b->dir, DEV, &other), -EPERM);
        assert_int_equal(rmdir(b->dir), 0);
        assert_int_equal(symlink("/tmp", b->dir), 0);
        assert_true(gate_lock_take(b->dir, DEV, &other) < 0);
        assert_int_equal(unlink(b->dir), 0);
        /* nor what is no file of ours */
        assert_int_equal(mkdir(b->dir, 0755), 0);
        assert_int_equal(symlink("/etc/passwd", b->file), 0);
        assert_int_equal(gate_lock_take(b->dir, DEV, &other), -ELOOP);
}

/* It is removed by somebody: who comes next makes another one, and gives up only his own. */
static void a_file_that_was_removed_is_not_removed_again(void **state)
{
        const struct bed *b = *state;
        pid_t other;

        int first = gate_lock_take(b->dir, DEV, &other);
        assert_true(first >= 0);
        assert_int_equal(unlink(b->file), 0);
        int second = gate_lock_take(b->dir, DEV, &other);
        assert_true(second >= 0);
        gate_lock_release(b->dir, DEV, first);
        assert_int_equal(access(b->file, F_OK), 0);
        assert_int_equal(gate_lock_take(b->dir, DEV, &other), -EBUSY);
        gate_lock_release(b->dir, DEV, second);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(one_at_a_time, setup, teardown),
                cmocka_unit_test_setup_teardown(who_is_killed_holds_nothing, setup, teardown),
                cmocka_unit_test_setup_teardown(what_others_could_write_to_is_not_taken, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(a_file_that_was_removed_is_not_removed_again, setup,
                                                teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
