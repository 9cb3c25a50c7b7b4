/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: asking ssh-keygen about a signature.
 * Does not own: which files are asked about (load.c), what they approve (daemon/config/signed.h).
 *
 * Data, signature and signers go there as sealed copies in memory: what was verified is what was read.
 */
#include "daemon/signed/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/identity.h"
#include "common/base/macros.h"
#include "common/base/text.h"

#define PROGRAM "/usr/bin/ssh-keygen"
#define DEADLINE (5 * USEC_PER_SEC)
#define OUTPUT_MAX 2048u

/* The child's descriptors. */
enum { FD_SIGNATURE = 3, FD_SIGNERS = 4, _FD_MAX };

/* A copy that nobody can change, and that whoever is given the descriptor can open by /proc/self/fd. */
static int copy_in_memory(const char *name, const char *data, size_t n)
{
        _cleanup_close_ int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

        if (fd < 0)
                return -errno;
        for (size_t done = 0; done < n;) {
                ssize_t k = write(fd, data + done, n - done);

                if (k < 0)
                        return -errno;
                done += (size_t)k;
        }
        if (fchmod(fd, 0444) < 0 || lseek(fd, 0, SEEK_SET) < 0 ||
            fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
                return -errno;
        return take_fd(&fd);
}

struct call {
        const struct verify_config *config;
        struct identity who;
        const char *const *argv;
        int data, signature, signers, out;
};

/* Only what is safe after fork(2) in a program with threads. */
static void __attribute__((noreturn)) child(const struct call *c, pid_t parent)
{
        const struct rlimit no_core = {0, 0}, small = {64, 64};
        const char *const envp[] = {"LC_ALL=C", "PATH=/usr/bin:/bin", NULL};
        sigset_t none;

        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        int data = fcntl(c->data, F_DUPFD_CLOEXEC, 10), out = fcntl(c->out, F_DUPFD_CLOEXEC, 10);
        int signature = fcntl(c->signature, F_DUPFD_CLOEXEC, 10),
            signers = fcntl(c->signers, F_DUPFD_CLOEXEC, 10);
        if (data < 0 || out < 0 || signature < 0 || signers < 0 || dup2(data, STDIN_FILENO) < 0 ||
            dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0 ||
            dup2(signature, FD_SIGNATURE) < 0 || dup2(signers, FD_SIGNERS) < 0)
                _exit(126);
        (void)syscall(SYS_close_range, _FD_MAX, ~0u, 0);
        if (setrlimit(RLIMIT_CORE, &no_core) < 0 || setrlimit(RLIMIT_NOFILE, &small) < 0 ||
            identity_become(&c->who) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
            getppid() != parent || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                _exit(126);
        (void)execve(c->config->program ?: PROGRAM, (char *const *)(uintptr_t)c->argv,
                     (char *const *)(uintptr_t)envp);
        _exit(127);
}

/* Reads what it says until it ends, or the deadline. */
static int hear(int fd, usec_t deadline, char *out, size_t size)
{
        size_t n = 0;

        for (;;) {
                usec_t now = clock_monotonic();
                struct pollfd p = {.fd = fd, .events = POLLIN};
                char rest[256];

                if (now >= deadline)
                        return -ETIME;
                if (poll(&p, 1, (int)((deadline - now) / USEC_PER_MSEC) + 1) <= 0)
                        continue;
                ssize_t k = n + 1 < size ? read(fd, out + n, size - 1 - n)
                                         : read(fd, rest, sizeof(rest));
                if (k <= 0)
                        break;
                n += n + 1 < size ? (size_t)k : 0;
        }
        out[n] = '\0';
        return 0;
}

/* The exit status, or negative errno. */
static int run(struct call *c, char *out, size_t size)
{
        int pipes[2], status = 0;

        *out = '\0';
        if (pipe2(pipes, O_CLOEXEC) < 0)
                return -errno;
        _cleanup_close_ int ours = pipes[0], theirs = pipes[1];
        c->out = theirs;
        pid_t parent = getpid(), pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                child(c, parent);
        theirs = fd_close(theirs);
        int k = hear(ours, clock_monotonic() + DEADLINE, out, size);
        if (k < 0)
                (void)kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (k < 0)
                return k;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
                return -ENOENT;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -EKEYREJECTED;
}

static void first_line(const char *text, char *dst, size_t size)
{
        (void)text_printable(dst, size, text, strcspn(text, "\n"));
}

static int ask(struct call *c, char principal[static SIGNED_PRINCIPAL_MAX], char *ret_why,
               size_t size)
{
        static const char signature[] = "/proc/self/fd/3", signers[] = "/proc/self/fd/4";
        const char *const find[] = {"ssh-keygen", "-Y", "find-principals", "-s",
                                    signature,    "-f", signers,           NULL};
        const char *const verify[] = {"ssh-keygen", "-Y", "verify", "-n", SIGNED_NAMESPACE, "-s",
                                      signature,    "-f", signers,  "-I", principal,        NULL};
        char out[OUTPUT_MAX];

        c->argv = find;
        int k = run(c, out, sizeof(out));
        if (k == 0) {
                /* several, one a line, or comma-separated as they stand in the file */
                (void)snprintf(principal, SIGNED_PRINCIPAL_MAX, "%.*s",
                               (int)MIN_OF(strcspn(out, "\n,"), (size_t)SIGNED_PRINCIPAL_MAX - 1),
                               out);
                c->argv = verify;
                k = *principal && *principal != '-' ? run(c, out, sizeof(out)) : 1;
        }
        if (k > 0) {
                first_line(out, ret_why, size);
                return -EKEYREJECTED;
        }
        return k;
}

int signed_verify(const struct verify_config *config, const char *data, size_t n,
                  const char *signature, size_t n_signature, const char *signers, size_t n_signers,
                  char ret[static SIGNED_PRINCIPAL_MAX], char *ret_why, size_t size)
{
        struct call c = {.config = config};
        int k = identity_find(config->user, &c.who);

        *ret_why = '\0';
        if (k < 0)
                return k;
        _cleanup_close_ int data_fd = copy_in_memory("approvals", data, n);
        _cleanup_close_ int signature_fd = copy_in_memory("signature", signature, n_signature);
        _cleanup_close_ int signers_fd = copy_in_memory("signers", signers, n_signers);
        if (data_fd < 0 || signature_fd < 0 || signers_fd < 0)
                return -ENOMEM;
        c.data = data_fd;
        c.signature = signature_fd;
        c.signers = signers_fd;
        return ask(&c, ret, ret_why, size);
}
