/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giad-scanner: reads what agents wrote, so that giad does not have to.
 *
 *   setup ─► load rules, compile patterns, take memory ─► lock down ─► hello ─► (request + fd ─► answer)*
 *
 * Owns: the one conversation on fd 3, about the rules of fd 4. Any message out of turn, or of the wrong size, ends the
 * process: the monitor sees that as a death. Does not own: files; it gets fds, reads them and
 * closes them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/macros.h"
#include "common/model/peers.h"
#include "daemon/inspect/inspect.h"
#include "daemon/scanner/sandbox.h"

#define SOCKET_FD 3
#define RULES_FD 4 /* as rule_files_take() took them */

struct scanner {
        struct ruleset *rules;
        struct detector *detector;
        struct inspector *inspector;
        uint64_t memory;
        int fresh_fd; /* patterns that were compiled, for the monitor to keep; -1 */
        struct scan_answer answer;
        union { /* last: a request ends in its data */
                struct scan_request request;
                char bytes[sizeof(struct scan_request) + SCAN_PATH_MAX + SCAN_TEXT_MAX +
                           SCAN_PEER_NAMES_MAX + SCAN_COMMAND_MAX + CONTAINER_ID_MAX];
        } in;
};

static int fail(const char *what, int error)
{
        char reason[64];

        (void)fprintf(stderr, "%s: %s\n", what, strerror_r(-error, reason, sizeof(reason)));
        return 1;
}

/* What came with a message. */
struct fds {
        int fd[IO_FDS_MAX];
        size_t n;
};

static void close_all(struct fds *fds)
{
        while (fds->n > 0)
                (void)close(fds->fd[--fds->n]);
}

/* Receives one message and its fds. Returns its size, 0 at the end, or negative errno. */
static ssize_t receive(void *data, size_t size, struct fds *ret)
{
        struct iovec iov = {data, size};
        union {
                struct cmsghdr align;
                char buf[CMSG_SPACE(IO_FDS_MAX * sizeof(int))];
        } control;
        struct msghdr msg = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control.buf,
                .msg_controllen = sizeof(control.buf),
        };
        ssize_t n;

        do
                n = recvmsg(SOCKET_FD, &msg, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        ret->n = 0;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
                if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
                        ret->n = MIN_OF((c->cmsg_len - CMSG_LEN(0)) / sizeof(int),
                                        (size_t)IO_FDS_MAX);
                        memcpy(ret->fd, CMSG_DATA(c), ret->n * sizeof(int));
                }
        if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
                close_all(ret);
                return -EBADMSG;
        }
        return n;
}

/* fd: goes with it unless it is -1. */
static int send_all(void *data, size_t n, int fd)
{
        struct iovec iov = {data, n};

        return io_send(SOCKET_FD, &iov, 1, &fd, fd >= 0, 0);
}

static int compare_bytes(const void *a, const void *b)
{
        return memcmp(a, b, 1);
}

/* glibc's qsort() asks once in a process for the size of memory when it sorts more than 1 KiB; the
 * sandbox does not know that call. */
static void prime_libc(void)
{
        static char sorted[2][1024] = {"b", "a"};

        qsort(sorted, ELEMENTSOF(sorted), sizeof(sorted[0]), compare_bytes);
}

static int prepare(struct scanner *s)
{
        struct detector_options options = {0};
        struct ruleset_error error = {0};
        struct scan_setup setup;
        struct fds fds;
        ssize_t n = receive(&setup, sizeof(setup), &fds);
        _cleanup_close_ int stored_fd = n > 0 && fds.n > 0 ? fds.fd[0] : -1;

        if (n != sizeof(setup) || setup.type != SCAN_SETUP || setup.version != SCAN_WIRE_VERSION)
                return fail("the monitor sent no valid setup", n < 0 ? (int)n : -EBADMSG);
        s->memory = setup.memory;
        options.parse_max = setup.parse_max;
        memcpy(options.fingerprint_key, setup.key, sizeof(setup.key));
        explicit_bzero(setup.key, sizeof(setup.key));

        int k = inspect_read_rules(&s->rules, RULES_FD, &error);
        (void)close(RULES_FD);
        if (k >= 0)
                k = inspect_detector_new(&s->detector, s->rules, &options, stored_fd, &s->fresh_fd,
                                         &error);
        explicit_bzero(options.fingerprint_key, sizeof(options.fingerprint_key));
        if (k < 0 && error.message[0] != '\0') {
                char text[INSPECT_ERROR_MAX];

                inspect_error_text(text, &error);
                (void)fprintf(stderr, "%s\n", text);
                return 1;
        }
        if (k < 0)
                return fail("loading the rules", k);
        k = inspector_new(&s->inspector, s->detector, setup.file_max);
        return k < 0 ? fail("taking memory", k) : 0;
}

static int lock_down(struct scanner *s)
{
        const char *what = "";
        prime_libc();
        int k = sandbox_enter(s->memory, &what);

        if (k < 0)
                return fail(what, k);
        struct scan_hello hello = {
                .type = SCAN_HELLO,
                .version = SCAN_WIRE_VERSION,
                .rules = (uint32_t)ruleset_count(s->rules),
        };
        ruleset_digest(s->rules, hello.generation);
        k = send_all(&hello, sizeof(hello), s->fresh_fd);
        s->fresh_fd = fd_close(s->fresh_fd);
        return k < 0 ? 1 : 0;
}

/* What stands before the container's id. */
static size_t id_offset(const struct scan_request *r)
{
        return (size_t)r->path_size + r->text_size + r->peers_size + r->command_size;
}

static bool container_valid(const struct scan_request *r)
{
        const char *id = r->data + id_offset(r);

        return r->container < _CONTAINER_FILES_MAX && r->container_fds <= SCAN_CONTAINER_FDS &&
               r->container_size <= CONTAINER_ID_MAX &&
               (r->container_size > 0) == (r->container != CONTAINER_FILES_NONE) &&
               (r->container_size == 0 ||
                (id[r->container_size - 1] == '\0' && strlen(id) == r->container_size - 1u));
}

static bool request_valid(const struct scan_request *r, size_t n)
{
        return n >= sizeof(*r) && r->type == SCAN_REQUEST && r->path_size > 0 &&
               r->path_size <= SCAN_PATH_MAX && r->text_size <= SCAN_TEXT_MAX &&
               r->peers_size <= SCAN_PEER_NAMES_MAX && r->command_size <= SCAN_COMMAND_MAX &&
               r->repository < 1u << _SCAN_REPOSITORY_MAX &&
               n == sizeof(*r) + id_offset(r) + r->container_size && container_valid(r) &&
               r->data[r->path_size - 1] == '\0' && strlen(r->data) == r->path_size - 1 &&
               (r->peers_size == 0 ||
                r->data[r->path_size + r->text_size + r->peers_size - 1] == '\0');
}

/* Where the fds of the repository and of the container begin, if all came. */
static size_t first_of_container(const struct scan_request *r, const struct fds *fds)
{
        return fds->n - MIN_OF(fds->n, (size_t)r->container_fds);
}

static size_t first_of_repository(const struct scan_request *r, const struct fds *fds)
{
        size_t end = first_of_container(r, fds);

        return end - MIN_OF(end, (size_t)__builtin_popcount(r->repository));
}

/* Borrows the fds behind the file's own. */
static void read_peers(struct scan_peers *ret, const struct scan_request *r, const struct fds *fds)
{
        *ret = SCAN_PEERS_NONE;
        ret->names_size = r->peers_size;
        memcpy(ret->names, r->data + r->path_size + r->text_size, r->peers_size);
        size_t n = first_of_repository(r, fds);
        for (size_t i = 1; i < n && ret->n < SCAN_PEERS_MAX; i++)
                ret->fds[ret->n++] = fds->fd[i];
}

/* Borrows those behind them. */
static void read_repository(struct scan_repository *ret, const struct scan_request *r,
                            const struct fds *fds)
{
        size_t at = first_of_repository(r, fds), end = first_of_container(r, fds);

        *ret = SCAN_REPOSITORY_NONE;
        ret->log_size = r->log_size;
        for (unsigned i = 0; i < _SCAN_REPOSITORY_MAX; i++)
                if (r->repository & 1u << i && at < end)
                        ret->fds[i] = fds->fd[at++];
}

/* Borrows the last ones. */
static void read_container(struct scan_container *ret, const struct scan_request *r,
                           const struct fds *fds)
{
        size_t at = first_of_container(r, fds);

        *ret = SCAN_CONTAINER_NONE;
        ret->files = (enum container_files)r->container;
        memcpy(ret->id, r->data + id_offset(r), r->container_size);
        for (unsigned i = 0; i < SCAN_CONTAINER_FDS && at < fds->n; i++)
                ret->fds[i] = fds->fd[at++];
}

/* What was asked for beside the file; after its result. */
static void answer_about(struct scanner *s, const struct scan_request *r, const struct fds *fds)
{
        struct scan_repository repository;
        struct scan_container container;
        struct scan_answer *a = &s->answer;
        const char *command = r->data + r->path_size + r->text_size + r->peers_size;

        if (r->command_size == 0 && r->repository == 0 && r->container == CONTAINER_FILES_NONE)
                return;
        a->about_size = sizeof(struct scan_about);
        struct scan_about *about = scan_answer_about(a);
        memset(about, 0, sizeof(*about));
        if (r->command_size > 0)
                about->command_clean =
                        inspector_command(s->inspector, command, r->command_size, r->command_cut,
                                          about->command, sizeof(about->command));
        read_repository(&repository, r, fds);
        if (r->repository)
                inspector_repository(s->inspector, &repository, about);
        read_container(&container, r, fds);
        if (r->container != CONTAINER_FILES_NONE)
                inspector_container(s->inspector, &container, about);
}

static int answer_one(struct scanner *s, const struct fds *fds)
{
        struct scan_peers peers;
        const struct scan_request *r = &s->in.request;
        struct scan_answer *a = &s->answer;

        /* detector_begin() clears the result but for its findings' places */
        memset(a, 0, offsetof(struct scan_answer, result.findings));
        a->type = SCAN_ANSWER;
        a->id = r->id;
        read_peers(&peers, r, fds);
        if (fds->n > 0)
                a->error = (uint32_t)-inspector_file(s->inspector, fds->fd[0], r->data, r->mode,
                                                     r->size, &peers, &a->result);
        else
                inspector_text(s->inspector, r->data, r->mode, r->data + r->path_size, r->text_size,
                               &a->result);
        scan_answer_pack(a);
        answer_about(s, r, fds);
        return send_all(a, scan_answer_size(a), -1);
}

static int serve(struct scanner *s)
{
        for (;;) {
                struct fds fds = {.n = 0};
                ssize_t n = receive(s->in.bytes, sizeof(s->in.bytes), &fds);

                if (n <= 0)
                        return n < 0;
                if (!request_valid(&s->in.request, (size_t)n))
                        return 1;
                int k = answer_one(s, &fds);
                close_all(&fds);
                if (k < 0)
                        return 1;
        }
}

static bool started_by_the_monitor(void)
{
        struct stat st;

        return fstat(SOCKET_FD, &st) == 0 && S_ISSOCK(st.st_mode) && fstat(RULES_FD, &st) == 0 &&
               S_ISREG(st.st_mode);
}

int main(void)
{
        static struct scanner scanner = {.fresh_fd = -1};

        if (!started_by_the_monitor()) {
                (void)fputs("giad-scanner is started by giad(8); it has no use by itself\n",
                            stderr);
                return 2;
        }
        int k = prepare(&scanner);
        if (k == 0)
                k = lock_down(&scanner);
        if (k == 0)
                k = serve(&scanner);
        /* nothing is torn down: unmapping what the kernel frees anyway only costs time */
        _exit(k);
}
