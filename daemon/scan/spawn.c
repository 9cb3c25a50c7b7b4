/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: bringing a scanner process into being: own user and priority, no inherited fds, no core dumps, dies with
 * us. Does not own: what is said to it (pool.c), and the rest of its sandbox
 * (daemon/scanner/sandbox*.c), which it puts on itself once its rules are loaded.
 *
 * Between fork and exec only async-signal-safe calls are made: giad has threads.
 */
#include "daemon/scan/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/base/identity.h"
#include "common/base/macros.h"

#define SCANNER_SOCKET 3 /* the fd at which a scanner finds its socket */
#define SCANNER_RULES 4  /* and its rules */

/* In one piece: the monitor may read in between. */
static void child_say(const char *what, const char *about)
{
        const struct iovec line[] = {
                {(void *)(uintptr_t)what, strlen(what)},
                {(void *)(uintptr_t)about, strlen(about)},
                {(void *)(uintptr_t) "\n", 1},
        };

        (void)!writev(STDERR_FILENO, line, ELEMENTSOF(line));
}

static void __attribute__((noreturn)) child_fail(const char *what)
{
        child_say("giad-scanner: cannot start: ", what);
        _exit(126);
}

/* Lower than it was, for which no privilege is needed, and from which nobody without one comes back. Without it a scanner
 * only takes more than its due. */
static void child_priority(int nice, bool sweeps)
{
        static const char what[] = "giad-scanner: the priority stays as it is: ";
        const struct sched_param none = {0};

        if (sweeps && sched_setscheduler(0, SCHED_IDLE, &none) < 0)
                child_say(what, "sched_setscheduler(2) is refused");
        if (sweeps && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
                              IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)) < 0)
                child_say(what, "ioprio_set(2) is refused");
        if (nice > 0 && setpriority(PRIO_PROCESS, 0, nice) < 0)
                child_say(what, "setpriority(2) is refused");
}

static void __attribute__((noreturn))
child(const struct scan_pool_config *config, const struct identity *who, bool sweeps, int rules,
      int sock, int err, pid_t parent)
{
        const struct rlimit no_core = {0, 0}, files = {64, 64};
        const char *argv[] = {config->scanner, NULL};
        /* hugetlb=1: the patterns are 6 MB, touched here and there; in huge pages a scan by a processor
         * that has done something else before takes a third less */
        const char *envp[] = {"LC_ALL=C.UTF-8", "ASAN_OPTIONS=detect_leaks=0",
                              "GLIBC_TUNABLES=glibc.malloc.hugetlb=1", NULL};
        sigset_t none;

        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        /* they may be 0..4 themselves when giad was started with closed fds */
        int s = fcntl(sock, F_DUPFD_CLOEXEC, 10), e = fcntl(err, F_DUPFD_CLOEXEC, 10);
        int r = fcntl(rules, F_DUPFD_CLOEXEC, 10);
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (s < 0 || e < 0 || r < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
            dup2(null, STDOUT_FILENO) < 0 || dup2(e, STDERR_FILENO) < 0 ||
            dup2(s, SCANNER_SOCKET) < 0 || dup2(r, SCANNER_RULES) < 0)
                _exit(126);
        (void)syscall(SYS_close_range, SCANNER_RULES + 1, ~0u, 0);
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
                child_fail("the monitor is gone");
        if (setrlimit(RLIMIT_CORE, &no_core) < 0 || setrlimit(RLIMIT_NOFILE, &files) < 0)
                child_fail("resource limits");
        child_priority(config->nice, sweeps);
        if (identity_become(who) < 0)
                child_fail("changing to its user");
        /* changing the user clears it */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                child_fail("process settings");
        (void)execve(config->scanner, (char *const *)(uintptr_t)argv,
                     (char *const *)(uintptr_t)envp);
        child_fail("the program cannot be executed");
}

int scan_spawn(const struct scan_pool_config *config, bool sweeps, int rules, pid_t *ret_pid,
               int *ret_pidfd, int *ret_socket, int *ret_stderr)
{
        struct identity who;
        int pair[2], pipes[2];
        int k = identity_find(config->user, &who);

        if (k < 0)
                return k;
        if (access(config->scanner, X_OK) < 0)
                return -errno;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        _cleanup_close_ int ours = pair[0], theirs = pair[1];
        if (pipe2(pipes, O_CLOEXEC) < 0)
                return -errno;
        _cleanup_close_ int err_read = pipes[0], err_write = pipes[1];
        if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0 || fcntl(err_read, F_SETFL, O_NONBLOCK) < 0)
                return -errno;

        pid_t parent = getpid(), pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                child(config, &who, sweeps, rules, theirs, err_write, parent);
        int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (pidfd < 0) {
                k = -errno;
                (void)kill(pid, SIGKILL);
                return k;
        }
        *ret_pid = pid;
        *ret_pidfd = pidfd;
        *ret_socket = take_fd(&ours);
        *ret_stderr = take_fd(&err_read);
        return 0;
}
