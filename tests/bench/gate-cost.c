/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What does a gate cost? In an empty directory, with a gate of the program's own for DIR/work:
 *
 *   gate-cost [ROUNDS] DIR
 *
 * Prints the median time of an open and close, and of an open, read of 4 KiB and close, without a gate, outside the
 * workspace, in it with a verdict that is kept; and the time from a writer's last close until an opener that waits for it
 * has the file.
 */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "tests/bench/gate-self.h"

#define OFFENCE "OFFENDS"

struct cost {
        unsigned rounds;
        char dir[PATH_MAX], file[PATH_MAX + 16];
        double *times; /* shared */
        _Atomic uint64_t *closed, *created;
};

static double now_us(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static void print(const char *what, double *times, unsigned n)
{
        qsort(times, n, sizeof(*times), compare);
        printf("gate-cost %-22s n=%u median_us=%.2f p99_us=%.2f\n", what, n, times[n / 2],
               times[n * 99 / 100]);
}

static void measure(struct cost *c, bool reads)
{
        char text[4096];

        for (unsigned i = 0; i < c->rounds; i++) {
                double start = now_us();
                int fd = open(c->file, O_RDONLY | O_CLOEXEC);

                if (reads && read(fd, text, sizeof(text)) < 0)
                        perror("read");
                (void)close(fd);
                c->times[i] = now_us() - start;
        }
}

static void measure_open(struct cost *c)
{
        measure(c, false);
}

static void measure_read(struct cost *c)
{
        measure(c, true);
}

static void run(struct cost *c, struct gate_self *self, const char *what,
                void (*act)(struct cost *c))
{
        pid_t pid = fork();

        if (pid == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void)syscall(SYS_close_range, 3U, ~0U, 0);
                act(c);
                _exit(0);
        }
        (void)gate_self_serve(self, pid);
        print(what, c->times, c->rounds);
}

static void make_file(struct cost *c, const char *directory)
{
        char text[4096];

        memset(text, 'x', sizeof(text));
        (void)snprintf(c->file, sizeof(c->file), "%.4000s/%.32s", c->dir, directory);
        (void)mkdir(c->file, 0755);
        (void)snprintf(c->file, sizeof(c->file), "%.4000s/%.32s/file", c->dir, directory);
        int fd = open(c->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0 || write(fd, text, sizeof(text)) < 0)
                perror(c->file);
        (void)close(fd);
}

static void both(struct cost *c, struct gate_self *self, const char *what)
{
        char title[64];

        (void)snprintf(title, sizeof(title), "open %s", what);
        run(c, self, title, measure_open);
        (void)snprintf(title, sizeof(title), "open+read %s", what);
        run(c, self, title, measure_read);
}

/* --- who waits for a writer ---------------------------------------------------------------------- */

static void write_files(struct cost *c)
{
        char path[PATH_MAX + 32];

        for (unsigned i = 0; i < c->rounds; i++) {
                (void)snprintf(path, sizeof(path), "%.4000s/work/w%u", c->dir, i);
                int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
                if (write(fd, "harmless", 8) < 0)
                        perror(path);
                *c->created = i + 1;
                (void)usleep(1000 + i % 7 * 700);
                *c->closed = (uint64_t)(now_us() * 16);
                (void)close(fd);
                (void)usleep(4000);
                (void)unlink(path);
        }
}

static void wait_for_files(struct cost *c)
{
        char path[PATH_MAX + 32];
        pid_t writer = fork();

        if (writer == 0) {
                write_files(c);
                _exit(0);
        }
        for (unsigned i = 0; i < c->rounds; i++) {
                while (*c->created < i + 1)
                        (void)sched_yield();
                (void)snprintf(path, sizeof(path), "%.4000s/work/w%u", c->dir, i);
                int fd = open(path, O_RDONLY | O_CLOEXEC);
                double opened = now_us();
                c->times[i] = opened - (double)*c->closed / 16;
                (void)fd_close(fd);
        }
        (void)waitpid(writer, NULL, 0);
}

static void *share(size_t n)
{
        void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        if (p == MAP_FAILED)
                exit(2);
        return p;
}

int main(int argc, char **argv)
{
        struct cost c = {.rounds = 20000};
        struct gate_self self = {.root_fd = -1};
        char work[PATH_MAX];

        if (argc == 3)
                c.rounds = (unsigned)strtoul(argv[1], NULL, 10);
        if (argc < 2 || c.rounds == 0) {
                (void)fprintf(stderr, "usage: gate-cost [ROUNDS] DIR\n");
                return 2;
        }
        (void)snprintf(c.dir, sizeof(c.dir), "%s", argv[argc - 1]);
        c.times = share(c.rounds * sizeof(double));
        c.closed = share(sizeof(*c.closed));
        c.created = share(sizeof(*c.created));
        make_file(&c, "beside");
        both(&c, &self, "bare");
        make_file(&c, "work");
        (void)snprintf(work, sizeof(work), "%.4000s/work", c.dir);
        int r = gate_self_start(&self, work, OFFENCE);
        if (r < 0) {
                (void)fprintf(stderr, "gate: %s\n", strerror(-r));
                return 77;
        }
        both(&c, &self, "inside");
        (void)snprintf(c.file, sizeof(c.file), "%.4000s/beside/file", c.dir);
        (void)usleep(1100000);
        both(&c, &self, "outside, settled");
        (void)chmod(c.file, 0644);
        both(&c, &self, "outside, just changed");
        c.rounds = MIN_OF(c.rounds, 500u);
        run(&c, &self, "close to open's return", wait_for_files);
        gate_self_stop(&self);
        return 0;
}
