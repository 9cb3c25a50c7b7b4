/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the guard process and the page that it shares with us.
 * Does not own: when signs of life are due (gate-thread.c).
 *
 * The sign of life is a time in the page; the guard sleeps until the last one is too old and looks again. Its clock
 * stands still while the machine sleeps. If the guard itself was not woken in time, the whole machine stood still, and
 * the process gets its full time once more.
 *
 * While nothing is due it sleeps until a signal says that something is, or until the process has ended, and then it ends,
 * too.
 */
#include "watchers/guard.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/macros.h"

#define CAPABILITIES 64
#define WAKE SIGUSR1
#define BEATS 3u /* signs of life in the time after which it kills */
#define LATE_PART 4u

struct guard_page {
        _Atomic uint64_t armed;
        _Atomic usec_t beat;
};

usec_t guard_beat(struct guard *g)
{
        g->page->beat = clock_monotonic();
        return g->patience / BEATS;
}

void guard_arm(struct guard *g, bool on)
{
        if (!g->page || (g->page->armed != 0) == on)
                return;
        (void)guard_beat(g);
        g->page->armed = on;
        (void)syscall(SYS_pidfd_send_signal, g->pidfd, WAKE, NULL, 0);
}

/* --- in the guard ------------------------------------------------------------------------------ */

static void on_wake(int number)
{
        (void)number;
}

/* What it will never need. Failures leave it with more than that, which is no reason to do without it. */
static void drop_privileges(void)
{
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

        for (unsigned long i = 0; i < CAPABILITIES; i++)
                (void)prctl(PR_CAPBSET_DROP, i);
        (void)syscall(SYS_capset, &header, none);
        (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        (void)prctl(PR_SET_DUMPABLE, 0);
}

static void close_others(int keep)
{
        if (keep > 0)
                (void)syscall(SYS_close_range, 0U, (unsigned)keep - 1, 0);
        (void)syscall(SYS_close_range, (unsigned)keep + 1, ~0U, 0);
}

static void prepare(int parent)
{
        struct sigaction action = {.sa_handler = on_wake};

        (void)sigaction(WAKE, &action, NULL);
        (void)prctl(PR_SET_NAME, "giad-guard");
        close_others(parent);
        /* pages as they are used, or it would have all of the process's for itself */
        (void)mlockall(MCL_CURRENT | MCL_ONFAULT);
        drop_privileges();
}

/* Sleeps until then; *ret_ended: the parent has. */
static void sleep_until(int parent, usec_t until, bool *ret_ended)
{
        struct pollfd p = {.fd = parent, .events = POLLIN};
        usec_t now = clock_monotonic(), most = until > now ? until - now : 0;
        const struct timespec ts = {.tv_sec = (time_t)(most / USEC_PER_SEC),
                                    .tv_nsec = (long)(most % USEC_PER_SEC * 1000)};
        sigset_t mask;

        (void)sigfillset(&mask);
        (void)sigdelset(&mask, WAKE);
        int n = ppoll(&p, 1, until == USEC_INFINITY ? NULL : &ts, &mask);
        *ret_ended = n > 0;
}

static void watch(struct guard_page *page, int parent, usec_t patience)
{
        usec_t grace = 0;
        bool ended = false;

        while (!ended) {
                if (!page->armed) {
                        sleep_until(parent, USEC_INFINITY, &ended);
                        grace = 0;
                        continue;
                }
                usec_t due = MAX_OF(page->beat, grace) + patience;
                sleep_until(parent, due, &ended);
                usec_t now = clock_monotonic();
                if (ended || !page->armed || now < due)
                        continue;
                if (now - due > patience / LATE_PART)
                        grace = now;
                else if (MAX_OF(page->beat, grace) + patience <= now)
                        (void)syscall(SYS_pidfd_send_signal, parent, SIGKILL, NULL, 0);
        }
}

/* --- in the process that it watches over ------------------------------------------------------- */

int guard_start(struct guard *g, usec_t patience)
{
        _cleanup_close_ int self = (int)syscall(SYS_pidfd_open, getpid(), 0);

        *g = GUARD_NULL;
        if (self < 0)
                return -errno;
        struct guard_page *page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
                                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED)
                return -errno;
        /* it takes one signal, and that only while it sleeps */
        sigset_t all, before;
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        pid_t pid = fork();
        if (pid == 0) {
                prepare(self);
                watch(page, self, patience);
                _exit(0);
        }
        int r = pid < 0 ? -errno : 0;
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        *g = (struct guard){.pid = pid, .pidfd = -1, .page = page, .patience = patience};
        if (r == 0) {
                g->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
                r = g->pidfd < 0 ? -errno : 0;
        }
        if (r < 0)
                guard_stop(g);
        return r;
}

void guard_stop(struct guard *g)
{
        if (g->pid > 0) {
                (void)kill(g->pid, SIGKILL);
                (void)waitpid(g->pid, NULL, 0);
        }
        g->pidfd = fd_close(g->pidfd);
        if (g->page)
                (void)munmap(g->page, sizeof(*g->page));
        *g = GUARD_NULL;
}
