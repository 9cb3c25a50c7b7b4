/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Does anything of an offending file come through a gate? A writer and a reader race, in many ways.
 *
 *   gate-race [--rounds=N] [--look=USEC] [--way=NAME] [--outside=DIR] [--offence=FILE] [--seed=N] [--self] DIR
 *
 * In each round the writer makes a file in DIR, writes it in one to three pieces and closes it, all after random times;
 * the reader, another process, opens it at a random moment after it was made, and looks for USEC whether it sees any of
 * it. Three of four files offend (they hold the text of FILE). DIR is gated, by whatever runs; --outside: a directory on
 * the same file system that is not. --self: DIR is an empty directory; the gate is the program's own, of DIR/work.
 *
 * Exit status 1: something of an offending file was seen, or a harmless one did not come through at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/io.h"
#include "tests/bench/gate-self.h"

#define OFFENCE "OFFENDS"
#define DELAY_MAX 400u /* µs between two steps of the writer */
#define TEXT_MAX_BYTES 8192u

enum way { READ, PREAD, MMAP, SPLICE, EXEC, LINK, RENAME, HANDLE, PROC_FD, WAYS };

static const char *const names[WAYS] = {"read", "pread",  "mmap",   "splice", "exec",
                                        "link", "rename", "handle", "proc-fd"};

struct shared {
        _Atomic unsigned round;   /* begun */
        _Atomic unsigned created; /* the writer has made its file */
        _Atomic unsigned written; /* and has closed it */
        _Atomic unsigned looked;  /* the reader has looked */
        _Atomic int writer_fd;
        bool bad;
        enum way way;
        char path[PATH_MAX], other[PATH_MAX];
        unsigned rounds[WAYS], leaks[WAYS], lost[WAYS], opened[WAYS], refused[WAYS];
};

struct race {
        struct shared *s;
        unsigned rounds, look, seed;
        int only;
        const char *dir, *outside;
        char text[TEXT_MAX_BYTES];
        size_t n;
        pid_t writer;
        int dir_fd;
};

static unsigned next_random(unsigned *seed)
{
        *seed = *seed * 1664525u + 1013904223u;
        return *seed >> 8;
}

static void spin(usec_t most)
{
        usec_t end = clock_monotonic() + most;

        while (clock_monotonic() < end)
                ;
}

static void wait_until(const _Atomic unsigned *value, unsigned wanted)
{
        for (unsigned i = 0; *value < wanted; i++)
                if (i > 200)
                        (void)sched_yield();
}

/* --- the writer ---------------------------------------------------------------------------------- */

static int put(int fd, const char *text, size_t n)
{
        return write(fd, text, n) == (ssize_t)n ? 0 : -1;
}

static void write_round(struct race *r, unsigned *seed)
{
        static const char head[] = "#!/bin/sh\nexit 42\n# ", tail[] = "\n# the end\n";
        unsigned pieces = next_random(seed) % 3 + 1;
        const char *body = r->s->bad ? r->text : "harmless";
        size_t n = r->s->bad ? r->n : strlen("harmless");
        char all[TEXT_MAX_BYTES + 64];
        int length = snprintf(all, sizeof(all), "%s%.*s%s", head, (int)n, body, tail);

        int fd = open(r->s->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
        if (fd < 0) {
                perror("create");
                exit(2);
        }
        r->s->writer_fd = fd;
        r->s->created++;
        spin(next_random(seed) % DELAY_MAX);
        for (unsigned i = 0; i < pieces; i++) {
                size_t from = (size_t)length * i / pieces, to = (size_t)length * (i + 1) / pieces;

                if (put(fd, all + from, to - from) < 0)
                        perror("write");
                spin(next_random(seed) % DELAY_MAX);
        }
        (void)close(fd);
        r->s->written++;
}

static void run_writer(struct race *r)
{
        unsigned seed = r->seed;

        for (unsigned i = 0; i < r->rounds; i++) {
                struct shared *s = r->s;

                s->bad = next_random(&seed) % 4 != 0;
                s->way = r->only >= 0 ? (enum way)r->only : (enum way)(next_random(&seed) % WAYS);
                if (!r->outside && s->way == RENAME)
                        s->way = READ;
                (void)snprintf(s->path, sizeof(s->path), "%s/f%u", r->dir, i);
                (void)snprintf(s->other, sizeof(s->other), "%s/o%u", r->outside ?: r->dir, i);
                s->round++;
                write_round(r, &seed);
                wait_until(&s->looked, i + 1);
                (void)unlink(s->path);
                (void)unlink(s->other);
        }
}

/* --- the reader ---------------------------------------------------------------------------------- */

static int open_handle(const struct race *r)
{
        union {
                struct file_handle h;
                char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
        } u = {.h.handle_bytes = MAX_HANDLE_SZ};
        int mount_id;

        if (name_to_handle_at(AT_FDCWD, r->s->path, &u.h, &mount_id, 0) < 0)
                return -1;
        return open_by_handle_at(r->dir_fd, &u.h, O_RDONLY | O_CLOEXEC);
}

static int open_way(const struct race *r)
{
        struct shared *s = r->s;
        char path[64];

        switch (s->way) {
        case LINK:
                (void)!link(s->path, s->other);
                return open(s->other, O_RDONLY | O_CLOEXEC);
        case RENAME:
                (void)rename(s->path, s->other);
                return open(s->other, O_RDONLY | O_CLOEXEC);
        case HANDLE:
                return open_handle(r);
        case PROC_FD:
                (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)r->writer, s->writer_fd);
                return open(path, O_RDONLY | O_CLOEXEC);
        default:
                return open(s->path, O_RDONLY | O_CLOEXEC);
        }
}

static bool see_splice(int fd)
{
        int p[2];
        loff_t at = 0;

        if (pipe2(p, O_CLOEXEC) < 0)
                return false;
        ssize_t n = splice(fd, &at, p[1], NULL, 4096, SPLICE_F_NONBLOCK);
        (void)close(p[0]);
        (void)close(p[1]);
        return n > 0;
}

static bool see_mapping(int fd)
{
        struct stat st;

        if (fstat(fd, &st) < 0 || st.st_size == 0)
                return false;
        char *at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
        if (at == MAP_FAILED)
                return false;
        bool seen = *(volatile char *)at != '\0';
        (void)munmap(at, 4096);
        return seen;
}

static bool see(enum way way, int fd)
{
        char text[256];

        switch (way) {
        case MMAP:
                return see_mapping(fd);
        case SPLICE:
                return see_splice(fd);
        case READ:
                return read(fd, text, sizeof(text)) > 0;
        default:
                return pread(fd, text, sizeof(text), 0) > 0;
        }
}

static bool see_exec(const char *path)
{
        int status;
        pid_t pid = fork();

        if (pid == 0) {
                int null = open("/dev/null", O_RDWR);
                (void)dup2(null, 2);
                (void)execl(path, path, (char *)NULL);
                _exit(1);
        }
        return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 42;
}

/* Whether anything was seen of the file. */
static bool look(const struct race *r)
{
        struct shared *s = r->s;
        usec_t end = clock_monotonic() + r->look;
        int fd = -1;
        bool seen = false;

        do {
                if (s->way == EXEC) {
                        seen = see_exec(s->path);
                        s->opened[s->way] += seen;
                        continue;
                }
                if (fd < 0) {
                        fd = open_way(r);
                        s->opened[s->way] += fd >= 0;
                        s->refused[s->way] += fd < 0 && errno == EPERM;
                }
                seen = fd >= 0 && see(s->way, fd);
        } while (!seen && clock_monotonic() < end);
        (void)fd_close(fd);
        return seen;
}

/* When all is over: an offending one is refused, a harmless one is there. */
static bool see_at_last(const struct race *r)
{
        char text[TEXT_MAX_BYTES + 64];
        int fd = -1;

        for (unsigned i = 0; i < 2000 && fd < 0; i++) {
                fd = open(r->s->path, O_RDONLY | O_CLOEXEC);
                if (fd < 0 && errno == ENOENT)
                        fd = open(r->s->other, O_RDONLY | O_CLOEXEC);
                if (fd < 0 && r->s->bad)
                        return false;
        }
        ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text), 0);
        (void)fd_close(fd);
        return n > 0 && (r->s->bad || memmem(text, (size_t)n, "harmless", 8));
}

static void run_reader(struct race *r)
{
        unsigned seed = r->seed ^ 0x5bd1e995u;
        struct shared *s = r->s;

        r->dir_fd = open(r->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (unsigned i = 0; i < r->rounds; i++) {
                wait_until(&s->created, i + 1);
                spin(next_random(&seed) % (3 * DELAY_MAX));
                bool seen = look(r);
                wait_until(&s->written, i + 1);
                bool at_last = see_at_last(r);
                s->rounds[s->way]++;
                s->leaks[s->way] += s->bad && (seen || at_last);
                s->lost[s->way] += !s->bad && !at_last;
                s->looked++;
        }
}

/* --- both ---------------------------------------------------------------------------------------- */

static pid_t start(struct race *r, void (*run)(struct race *r))
{
        pid_t pid = fork();

        if (pid == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void)syscall(SYS_close_range, 3U, ~0U, 0);
                run(r);
                _exit(0);
        }
        return pid;
}

static int report(const struct race *r, const struct gate_self *self)
{
        const struct shared *s = r->s;
        unsigned rounds = 0, leaks = 0, lost = 0;

        for (int i = 0; i < WAYS; i++) {
                if (s->rounds[i] > 0)
                        printf("gate-race way=%-7s rounds=%u leaks=%u harmless_lost=%u opened=%u "
                               "refused=%u\n",
                               names[i], s->rounds[i], s->leaks[i], s->lost[i], s->opened[i],
                               s->refused[i]);
                rounds += s->rounds[i];
                leaks += s->leaks[i];
                lost += s->lost[i];
        }
        printf("gate-race rounds=%u look_us=%u leaks=%u harmless_lost=%u", rounds, r->look, leaks,
               lost);
        if (self->root_fd >= 0)
                printf(" wanted=%llu denied=%llu passed=%llu", (unsigned long long)self->wanted,
                       (unsigned long long)self->denied, (unsigned long long)self->passed);
        printf("\n");
        return leaks > 0 || lost > 0 || rounds < r->rounds;
}

static void read_offence(struct race *r, const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, r->text, sizeof(r->text));

        if (n <= 0) {
                perror(path);
                exit(2);
        }
        (void)close(fd);
        r->n = (size_t)n;
}

static void parse(struct race *r, int argc, char **argv, bool *ret_self)
{
        static const struct option options[] = {{"rounds", required_argument, NULL, 'r'},
                                                {"look", required_argument, NULL, 'l'},
                                                {"way", required_argument, NULL, 'w'},
                                                {"outside", required_argument, NULL, 'o'},
                                                {"offence", required_argument, NULL, 'f'},
                                                {"seed", required_argument, NULL, 's'},
                                                {"self", no_argument, NULL, 'S'},
                                                {0}};

        for (int c; (c = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
                switch (c) {
                case 'r':
                        r->rounds = (unsigned)strtoul(optarg, NULL, 10);
                        break;
                case 'l':
                        r->look = (unsigned)strtoul(optarg, NULL, 10);
                        break;
                case 'w':
                        for (int i = 0; i < WAYS; i++)
                                if (strcmp(names[i], optarg) == 0)
                                        r->only = i;
                        break;
                case 'o':
                        r->outside = optarg;
                        break;
                case 'f':
                        read_offence(r, optarg);
                        break;
                case 's':
                        r->seed = (unsigned)strtoul(optarg, NULL, 10);
                        break;
                case 'S':
                        *ret_self = true;
                        break;
                default:
                        exit(2);
                }
        }
        if (optind != argc - 1) {
                (void)fprintf(stderr, "usage: gate-race [OPTION...] DIR\n");
                exit(2);
        }
        r->dir = argv[optind];
}

int main(int argc, char **argv)
{
        struct race r = {.rounds = 20000, .look = 150, .only = -1, .seed = 1, .n = strlen(OFFENCE)};
        struct gate_self self = {.root_fd = -1};
        static char work[PATH_MAX], beside[PATH_MAX];
        bool own = false;

        memcpy(r.text, OFFENCE, sizeof(OFFENCE));
        parse(&r, argc, argv, &own);
        if (own) {
                (void)snprintf(work, sizeof(work), "%s/work", r.dir);
                (void)snprintf(beside, sizeof(beside), "%s/beside", r.dir);
                (void)mkdir(work, 0755);
                (void)mkdir(beside, 0755);
                r.dir = work;
                r.outside = beside;
                r.text[r.n] = '\0';
                int e = gate_self_start(&self, work, r.text);
                if (e < 0) {
                        (void)fprintf(stderr, "gate: %s\n", strerror(-e));
                        return 77;
                }
        }
        r.s = mmap(NULL, sizeof(*r.s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (r.s == MAP_FAILED)
                return 2;
        r.writer = start(&r, run_writer);
        pid_t reader = start(&r, run_reader);
        (void)gate_self_serve(&self, reader);
        (void)gate_self_serve(&self, r.writer);
        int result = report(&r, &self);
        gate_self_stop(&self);
        return result;
}
