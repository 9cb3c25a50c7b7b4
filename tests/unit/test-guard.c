/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The guard: it kills who was stopped, lets live who gives signs of life, and ends with who started it.
 */
#include <dirent.h>
#include <pthread.h>

#include "tests/unit/gate-bed.h"
#include "tests/unit/test.h"
#include "watchers/guard.h"

#define PATIENCE (300 * USEC_PER_MSEC)

/* A child that starts a guard, tells of it, and then beats for that long, or (0) not at all until it ends. */
static pid_t start_guarded(usec_t beats, bool arm, pid_t *ret_guard)
{
        int p[2];

        assert_int_equal(pipe2(p, O_CLOEXEC), 0);
        pid_t pid = fork();
        if (pid == 0) {
                struct guard g;

                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (guard_start(&g, PATIENCE) < 0)
                        _exit(99);
                guard_arm(&g, arm);
                (void)!write(p[1], &g.pid, sizeof(g.pid));
                usec_t end = clock_monotonic() + beats;
                while (clock_monotonic() < end)
                        (void)usleep((useconds_t)guard_beat(&g));
                if (beats > 0)
                        _exit(0);
                (void)pause();
        }
        assert_int_equal(read(p[0], ret_guard, sizeof(*ret_guard)), sizeof(*ret_guard));
        (void)close(p[0]);
        (void)close(p[1]);
        return pid;
}

static int wait_for(pid_t pid, usec_t most)
{
        usec_t end = clock_monotonic() + most;
        int status;

        while (clock_monotonic() < end) {
                if (waitpid(pid, &status, WNOHANG) == pid)
                        return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
                (void)usleep(2000);
        }
        return -1;
}

static bool is_gone(pid_t pid)
{
        for (unsigned i = 0; i < 200; i++) {
                char path[48], text[512] = "";
                (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
                FILE *f = fopen(path, "re");
                if (!f)
                        return true;
                (void)!fread(text, 1, sizeof(text) - 1, f);
                (void)fclose(f);
                if (strstr(text, ") Z "))
                        return true;
                (void)usleep(5000);
        }
        return false;
}

static void who_gives_no_sign_of_life_is_killed(void **state)
{
        pid_t guard;

        (void)state;
        usec_t start = clock_monotonic();
        pid_t pid = start_guarded(0, true, &guard);
        assert_int_equal(wait_for(pid, 4 * PATIENCE), 256 + SIGKILL);
        assert_true(clock_monotonic() - start >= PATIENCE - 10 * USEC_PER_MSEC);
        assert_true(is_gone(guard));
}

static void who_is_stopped_is_killed(void **state)
{
        pid_t guard;

        (void)state;
        pid_t pid = start_guarded(20 * USEC_PER_SEC, true, &guard);
        assert_int_equal(wait_for(pid, 2 * PATIENCE), -1);
        usec_t start = clock_monotonic();
        assert_int_equal(kill(pid, SIGSTOP), 0);
        assert_int_equal(wait_for(pid, 4 * PATIENCE), 256 + SIGKILL);
        assert_true(clock_monotonic() - start < PATIENCE + 100 * USEC_PER_MSEC);
}

static void who_beats_lives_and_the_guard_ends_with_it(void **state)
{
        pid_t guard;

        (void)state;
        pid_t pid = start_guarded(3 * PATIENCE, true, &guard);
        assert_int_equal(wait_for(pid, 6 * PATIENCE), 0);
        assert_true(is_gone(guard));
}

static void nothing_is_due_while_it_is_unarmed(void **state)
{
        pid_t guard;
        char path[64], text[4096];
        long before = 0, after = 0;

        (void)state;
        pid_t pid = start_guarded(0, false, &guard);
        (void)usleep(50000);
        (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)guard);
        for (unsigned i = 0; i < 2; i++) {
                FILE *f = fopen(path, "re");
                assert_non_null(f);
                text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
                (void)fclose(f);
                const char *line = strstr(text, "\nvoluntary_ctxt_switches:");
                assert_non_null(line);
                *(i ? &after : &before) = strtol(strchr(line, ':') + 1, NULL, 10);
                if (i == 0)
                        assert_int_equal(wait_for(pid, 2 * PATIENCE), -1);
        }
        assert_int_equal(before, after);
        (void)kill(pid, SIGKILL);
        assert_int_equal(wait_for(pid, PATIENCE), 256 + SIGKILL);
        assert_true(is_gone(guard));
}

static void it_holds_nothing_but_the_process(void **state)
{
        pid_t guard;
        char path[64], target[128], text[4096];
        unsigned n = 0;

        (void)state;
        pid_t pid = start_guarded(0, false, &guard);
        (void)usleep(50000);
        (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)guard);
        DIR *d = opendir(path);
        assert_non_null(d);
        for (struct dirent *e; (e = readdir(d));) {
                if (e->d_name[0] == '.')
                        continue;
                ssize_t k = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);
                assert_true(k > 0);
                target[k] = '\0';
                if (!strstr(target, "pidfd"))
                        fail_msg("it holds %s", target);
                n++;
        }
        (void)closedir(d);
        assert_int_equal(n, 1);
        (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)guard);
        FILE *f = fopen(path, "re");
        assert_non_null(f);
        text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
        (void)fclose(f);
        assert_non_null(strstr(text, "Name:\tgiad-guard\n"));
        assert_non_null(strstr(text, "NoNewPrivs:\t1\n"));
        assert_non_null(strstr(text, "CapEff:\t0000000000000000\n"));
        assert_non_null(strstr(text, "CapPrm:\t0000000000000000\n"));
        (void)kill(pid, SIGKILL);
        assert_int_equal(wait_for(pid, PATIENCE), 256 + SIGKILL);
}

static void it_can_be_ended(void **state)
{
        struct guard g;

        (void)state;
        assert_int_equal(guard_start(&g, PATIENCE), 0);
        guard_arm(&g, true);
        pid_t pid = g.pid;
        guard_stop(&g);
        assert_true(is_gone(pid));
        guard_stop(&g);
        (void)usleep((useconds_t)(2 * PATIENCE));
}

/* --- with a gate --------------------------------------------------------------------------------- */

static struct gate_bed bed;

static int act_open(struct gate_bed *b, void *argument)
{
        char path[2 * PATH_MAX];

        (void)argument;
        (void)snprintf(path, sizeof(path), "%s/f", b->root);
        int fd = open(path, O_RDONLY);
        return fd < 0 ? errno : 0;
}

/* A process with a gate, whose main loop never gives a verdict. */
static int run_gate(int ready)
{
        struct guard guard;
        struct gate_limits limits = gate_bed_limits;

        limits.deadline = 60 * USEC_PER_SEC;
        if (guard_start(&guard, PATIENCE) < 0)
                return 99;
        limits.guard = &guard;
        if (gate_bed_start(&bed, &limits) < 0)
                return 98;
        bed.silent = true;
        (void)!write(ready, "", 1);
        (void)gate_bed_pump(&bed, -1, 20 * USEC_PER_SEC);
        return 0;
}

static void who_waits_is_let_in_when_the_gate_is_stuck(void **state)
{
        int p[2];
        char byte;

        (void)state;
        if (!bed.top[0])
                skip();
        char path[2 * PATH_MAX];
        (void)snprintf(path, sizeof(path), "%s/f", bed.root);
        int fd = open(path, O_WRONLY | O_CREAT, 0600);
        assert_int_equal(write(fd, "x", 1), 1);
        (void)close(fd);
        assert_int_equal(pipe2(p, O_CLOEXEC), 0);
        pid_t pid = fork();
        if (pid == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                _exit(run_gate(p[1]));
        }
        assert_int_equal(read(p[0], &byte, 1), 1);
        pid_t opener = gate_bed_fork(act_open, &bed, NULL);
        /* the gate gives signs of life although nobody gives verdicts */
        assert_int_equal(wait_for(opener, 3 * PATIENCE), -1);
        assert_int_equal(kill(pid, SIGSTOP), 0);
        assert_int_equal(wait_for(pid, 4 * PATIENCE), 256 + SIGKILL);
        assert_int_equal(wait_for(opener, PATIENCE), 0);
        (void)close(p[0]);
        (void)close(p[1]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_gives_no_sign_of_life_is_killed),
                cmocka_unit_test(who_is_stopped_is_killed),
                cmocka_unit_test(who_beats_lives_and_the_guard_ends_with_it),
                cmocka_unit_test(nothing_is_due_while_it_is_unarmed),
                cmocka_unit_test(it_holds_nothing_but_the_process),
                cmocka_unit_test(it_can_be_ended),
                cmocka_unit_test(who_waits_is_let_in_when_the_gate_is_stuck),
        };
        int fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);

        bed.root_fd = -1;
        if (fd < 0 || gate_bed_mount(&bed) < 0)
                bed.top[0] = '\0';
        (void)fd_close(fd);
        int r = cmocka_run_group_tests(tests, NULL, NULL);
        if (bed.top[0])
                gate_bed_unmount(&bed);
        return r;
}
