/* SPDX-FileCopyrightText: giad maintainers */
/*
 * A scanner for the tests of the monitor's side. It speaks the protocol of common/model/scan.h and
 * has no rules: what it is given for a rule file says how it begins, the last component of a file's
 * path what becomes of it.
 */
#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/macros.h"
#include "common/base/text.h"
#include "common/model/peers.h"
#include "common/model/rule-files.h"
#include "common/model/scan.h"

#define SOCKET 3
#define RULES 4

static union {
        struct scan_request request;
        char bytes[sizeof(struct scan_request) + SCAN_PATH_MAX + SCAN_TEXT_MAX +
                   SCAN_PEER_NAMES_MAX + SCAN_COMMAND_MAX];
} in;

static struct scan_answer answer;

static bool begins(const char *s, const char *with)
{
        return strncmp(s, with, strlen(with)) == 0;
}

static void say(const void *data, size_t n)
{
        if (send(SOCKET, data, n, MSG_NOSIGNAL) != (ssize_t)n)
                _exit(9);
}

static void __attribute__((noreturn)) hang(void)
{
        for (;;)
                (void)pause();
}

static size_t n_peers;

/* The request's fd, or -1. The peers are counted and closed. */
static int receive(void)
{
        union {
                struct cmsghdr align;
                char buf[CMSG_SPACE(IO_FDS_MAX * sizeof(int))];
        } control = {0};
        struct iovec iov = {&in, sizeof(in)};
        struct msghdr msg = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = control.buf,
                             .msg_controllen = sizeof(control.buf)};
        int fds[IO_FDS_MAX] = {-1};

        if (recvmsg(SOCKET, &msg, 0) <= 0)
                _exit(0);
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        size_t n = c ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;
        memcpy(fds, c ? CMSG_DATA(c) : (const void *)fds, n * sizeof(int));
        n_peers = n > 0 ? n - 1 - (size_t)__builtin_popcount(in.request.repository) -
                                  in.request.container_fds
                        : 0;
        for (size_t i = 1; i < n; i++)
                (void)close(fds[i]);
        return fds[0];
}

static void find(const char *name)
{
        struct scan_result *r = &answer.result;
        struct finding *f = scan_result_add_finding(r);

        f->class = CLASS_SUDO_MISUSE;
        f->severity = SEVERITY_HIGH;
        f->confidence = CONFIDENCE_HIGH;
        f->line = 1;
        f->column = 1;
        (void)text_copy(f->rule, sizeof(f->rule), name);
        (void)text_copy(f->title, sizeof(f->title), "something was found");
        (void)text_copy(f->redacted, sizeof(f->redacted), "abc…");
        (void)text_copy(f->fingerprint, sizeof(f->fingerprint), "00112233445566778899aabbccddeeff");
        (void)text_copy(f->remediation, sizeof(f->remediation), "write it otherwise");
}

static void scan(int fd)
{
        struct scan_result *r = &answer.result;
        struct sha256_ctx hash;
        uint8_t piece[4096];
        ssize_t n = 0;

        sha256_init(&hash);
        while (fd >= 0 && (n = pread(fd, piece, sizeof(piece), (off_t)r->bytes)) > 0) {
                sha256_update(&hash, (size_t)n, piece);
                r->bytes += (uint64_t)n;
        }
        if (in.request.text_size)
                r->bytes = in.request.text_size;
        sha256_digest(&hash, sizeof(r->sha256), r->sha256);
        r->hashed = 1;
}

/* What was asked for beside the file: the command line, with every letter masked unless it is called clean, the state of a
 * repository, and a container that is called what its id is. */
static void about_the_file(void)
{
        const char *command = in.request.data + in.request.path_size + in.request.text_size +
                              in.request.peers_size;
        size_t n = MIN_OF(in.request.command_size, (uint32_t)SCAN_COMMAND_SHOWN_MAX - 1);

        if (n == 0 && in.request.repository == 0 && in.request.container == 0)
                return;
        answer.about_size = sizeof(struct scan_about);
        struct scan_about *about = scan_answer_about(&answer);
        memset(about, 0, sizeof(*about));
        about->command_clean = n > 0 && begins(command, "clean");
        for (size_t i = 0; i < n; i++)
                about->command[i] = !command[i] ? ' ' : about->command_clean ? command[i] : 'x';
        if (in.request.repository) {
                about->repository = 1;
                (void)text_copy(about->branch, sizeof(about->branch), "a-branch");
                (void)text_copy(about->url, sizeof(about->url), "https://a.example");
        }
        if (in.request.container) {
                about->container = in.request.container_fds > 0;
                (void)text_copy(about->container_name, sizeof(about->container_name),
                                command + in.request.command_size);
        }
        if (n > 0 && begins(command, "unmaskable"))
                about->command[0] = '\0';
}

static void serve(int fd)
{
        const char *name = strrchr(in.request.data, '/');

        name = name ? name + 1 : in.request.data;
        const char *command = in.request.data + in.request.path_size + in.request.text_size +
                              in.request.peers_size;
        if (begins(name, "die") || in.request.log_size == strlen("die") ||
            (in.request.command_size > 4 && begins(command, "die")))
                _exit(7);
        if (begins(name, "hang"))
                hang();
        if (begins(name, "close")) {
                /* nothing is owed: the answer went out before */
                (void)close(SOCKET);
                hang();
        }
        memset(&answer, 0, sizeof(answer));
        answer.type = SCAN_ANSWER;
        answer.id = in.request.id;
        scan(fd);
        if (begins(name, "finding") || begins(name, "leave"))
                find(name);
        if (begins(name, "identity"))
                answer.result.artefact = ARTEFACT_NONE + 1;
        if (begins(name, "encrypted"))
                scan_result_add_gap(&answer.result, REASON_ENCRYPTED, 0);
        if (begins(name, "peers"))
                answer.result.bytes = n_peers * 1000 + in.request.peers_size;
        if (begins(name, "error"))
                answer.error = EIO;
        if (begins(name, "shown")) {
                find(name);
                (void)text_copy(answer.result.shown, sizeof(answer.result.shown),
                                "without-the-secret");
        }
        if (begins(name, "deaf"))
                (void)shutdown(SOCKET, SHUT_RD);
        scan_answer_pack(&answer);
        about_the_file();
        size_t n = scan_answer_size(&answer);
        if (begins(name, "other-id"))
                answer.id++;
        if (begins(name, "enum"))
                answer.result.artefact = 0xffff;
        if (begins(name, "unprintable")) {
                find(name);
                answer.result.findings[0].title[0] = '\x1b';
                n += sizeof(struct finding);
        }
        if (begins(name, "garbage"))
                memset(&answer, 0xa5, sizeof(answer));
        if (begins(name, "hello"))
                answer.type = SCAN_HELLO;
        if (begins(name, "short"))
                n = 2;
        if (begins(name, "cut"))
                n--;
        if (begins(name, "long")) {
                static char much[sizeof(answer) + 4096];

                memcpy(much, &answer, sizeof(answer));
                say(much, sizeof(much));
                return;
        }
        say(&answer, n);
        if (begins(name, "twice"))
                say(&answer, n);
        if (begins(name, "last"))
                _exit(0);
        if (begins(name, "leave")) {
                (void)close(SOCKET);
                hang();
        }
        if (begins(name, "deaf"))
                hang();
}

static void read_rules(char *ret, size_t size)
{
        struct rule_files files;
        struct rule_file file;
        size_t at = 0;

        if (rule_files_map(&files, RULES) < 0 || rule_files_next(&files, &at, &file) != 1)
                _exit(8);
        (void)snprintf(ret, size, "%.*s", (int)file.size, file.data);
        rule_files_unmap(&files);
}

int main(void)
{
        struct scan_hello hello = {.type = SCAN_HELLO, .version = SCAN_WIRE_VERSION, .rules = 3};
        struct scan_setup setup;
        char begin[64];

        read_rules(begin, sizeof(begin));
        if (begins(begin, "exits"))
                return 3;
        if (recv(SOCKET, &setup, sizeof(setup), 0) != (ssize_t)sizeof(setup) ||
            setup.type != SCAN_SETUP || setup.version != SCAN_WIRE_VERSION)
                return 4;
        if (begins(begin, "silent"))
                hang();
        if (begins(begin, "version"))
                hello.version++;
        memcpy(hello.generation, setup.key, sizeof(hello.generation));
        hello.pid = (uint32_t)getpid();
        say(&hello, begins(begin, "stub") ? sizeof(hello) - 1 : sizeof(hello));
        if (begins(begin, "unasked")) {
                answer.type = SCAN_ANSWER;
                answer.id = 1;
                say(&answer,
                    offsetof(struct scan_answer, result) + scan_result_size(&answer.result));
        }
        if (begins(begin, "talks"))
                (void)!write(STDERR_FILENO, "a line\x1b[31m\n", 12);
        for (;;) {
                int fd = receive();

                serve(fd);
                (void)fd_close(fd);
        }
}
