/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Measures the watcher beside a bare inotify reader on the same machine:
 *
 *   watch-rate arm DIR N
 *      makes N directories; time and memory until all are watched
 *   watch-rate rate DIR SECONDS WRITERS
 *      sustained events/s while WRITERS write and close
 *   watch-rate burst DIR NDIRS FILES DEPTH
 *      fresh nested directories; files missed, candidates for each
 *      (BURST=program: another writer, called as PROGRAM DIR NDIRS FILES DEPTH)
 *
 * DIR must not exist and is left behind. GIAD_BACKEND=fanotify: with that one. One line of figures
 * each.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "common/base/table.h"
#include "common/base/text.h"
#include "watchers/watcher.h"

struct told {
        UT_hash_handle hh;
        char path[];
};

struct bench {
        struct watcher *watcher;
        int root_fd;
        usec_t marked; /* when add_workspace returned: with fanotify the mark stands */
        bool keep;     /* note the paths */
        struct told *told;
        uint64_t gaps;
        uint64_t candidates, written;
};

static struct bench *current; /* for nftw(), which passes nothing on */
static uint64_t oracle_files, oracle_missed;
static size_t oracle_prefix;

static _Noreturn void die(const char *what)
{
        perror(what);
        exit(2);
}

static double seconds(usec_t t)
{
        return (double)t / (double)USEC_PER_SEC;
}

static void on_candidate(void *userdata, const struct candidate *c)
{
        struct bench *b = userdata;
        struct told *t;

        b->candidates++;
        b->written += c->why == CANDIDATE_WRITTEN;
        if (!b->keep)
                return;
        HASH_FIND_STR(b->told, c->path, t);
        if (t)
                return;
        t = calloc(1, sizeof(*t) + strlen(c->path) + 1);
        if (!t)
                die("calloc");
        memcpy(t->path, c->path, strlen(c->path) + 1);
        HASH_ADD_STR(b->told, path, t);
}

static void on_gap(void *userdata, uint32_t workspace, enum reason reason, bool open,
                   const char *detail)
{
        struct bench *b = userdata;

        (void)workspace;
        (void)detail;
        if (open)
                b->gaps |= UINT64_C(1) << reason;
        else
                b->gaps &= ~(UINT64_C(1) << reason);
}

static void on_root_lost(void *userdata, uint32_t workspace)
{
        (void)userdata;
        (void)workspace;
}

static void dispatch(struct bench *b, usec_t wait)
{
        const struct watcher_vtable *v = b->watcher->vtable;
        struct pollfd p = {.fd = v->fd(b->watcher), .events = POLLIN};
        usec_t now = clock_monotonic(), due = v->deadline(b->watcher);

        usec_t span = MIN_OF(due > now ? due - now : 0, wait);
        (void)poll(&p, 1, (int)((span + 999) / 1000));
        if (v->dispatch(b->watcher, clock_monotonic()) < 0)
                die("dispatch");
}

static void start(struct bench *b, const char *dir)
{
        struct watcher_handler handler = {
                .candidate = on_candidate, .gap = on_gap, .root_lost = on_root_lost, .userdata = b};
        struct watcher_limits limits = {.settle = 100 * USEC_PER_MSEC,
                                        .settle_max = 5 * USEC_PER_SEC,
                                        .poll_interval = 30 * USEC_PER_SEC,
                                        .pending_max = 200000,
                                        .depth_max = 128};
        const char *backend = getenv("GIAD_BACKEND");
        const struct watcher_vtable *v = watcher_by_name(backend ? backend : "inotify");

        if (!v || v->new (&b->watcher, &handler, &limits) < 0)
                die("watcher");
        b->root_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (b->root_fd < 0)
                die(dir);
        if (v->add_workspace(b->watcher, &(struct watcher_workspace){
                                                 .id = 1, .root_fd = b->root_fd, .path = dir}) < 0)
                die("add_workspace");
        b->marked = clock_monotonic();
        do
                dispatch(b, 0);
        while (b->gaps & (UINT64_C(1) << REASON_WALK_RUNNING));
}

static struct watcher_stats stop(struct bench *b)
{
        struct watcher_stats s;

        b->watcher->vtable->stats(b->watcher, &s);
        b->watcher = b->watcher->vtable->free(b->watcher);
        b->root_fd = fd_close(b->root_fd);
        return s;
}

static void until_quiet(struct bench *b)
{
        for (usec_t last = clock_monotonic(); clock_monotonic() - last < USEC_PER_SEC;) {
                struct watcher_stats before, after;

                b->watcher->vtable->stats(b->watcher, &before);
                dispatch(b, 50 * USEC_PER_MSEC);
                b->watcher->vtable->stats(b->watcher, &after);
                if (after.events != before.events || after.pending > 0 || b->gaps)
                        last = clock_monotonic();
        }
}

static long resident_kb(void)
{
        long pages = 0;
        FILE *f = fopen("/proc/self/statm", "re");

        if (!f || fscanf(f, "%*s %ld", &pages) != 1)
                pages = 0;
        if (f)
                (void)fclose(f);
        return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* 100 directories in each, three levels */
static void make_directories(const char *top, unsigned n)
{
        char path[PATH_MAX];

        for (unsigned i = 0; i < n; i++) {
                if (i % 100 == 0)
                        (void)snprintf(path, sizeof(path), "%s/dir-%03u", top, i / 100);
                else
                        (void)snprintf(path, sizeof(path), "%s/dir-%03u/sub-%02u", top, i / 100,
                                       i % 100);
                if (mkdir(path, 0700) < 0)
                        die(path);
        }
}

static int bare_fd;
static unsigned bare_watches;

static int add_bare(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st;
        (void)ftw;
        if (type == FTW_D && inotify_add_watch(bare_fd, path, IN_CLOSE_WRITE | IN_CREATE) >= 0)
                bare_watches++;
        return 0;
}

static int run_arm(const char *dir, unsigned n)
{
        struct bench b = {.root_fd = -1};

        if (mkdir(dir, 0700) < 0)
                die(dir);
        make_directories(dir, n);
        bare_fd = inotify_init1(IN_CLOEXEC);
        usec_t t = clock_monotonic();
        (void)nftw(dir, add_bare, 64, FTW_PHYS);
        usec_t bare = clock_monotonic() - t;
        bare_fd = fd_close(bare_fd);

        long before = resident_kb();
        t = clock_monotonic();
        start(&b, dir);
        usec_t ours = clock_monotonic() - t;
        long kb = resident_kb() - before;
        struct watcher_stats s = stop(&b);
        printf("arm directories=%llu seconds=%.3f marked=%.6f resident_kB=%ld bytes_each=%.0f "
               "bare_walk_and_watch=%.3f bare_watches=%u polled=%llu\n",
               (unsigned long long)s.directories, seconds(ours), seconds(b.marked - t), kb,
               (double)kb * 1024 / (double)s.directories, seconds(bare), bare_watches,
               (unsigned long long)s.polled);
        return 0;
}

static pid_t start_writer(const char *dir, unsigned k, volatile uint64_t *count, volatile int *end)
{
        pid_t pid = fork();

        if (pid != 0)
                return pid;
        for (uint64_t i = 0; !*end; i++) {
                char path[PATH_MAX];

                (void)snprintf(path, sizeof(path), "%s/w%u-%03u", dir, k, (unsigned)(i % 512));
                int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
                if (fd < 0 || write(fd, "y", 1) != 1)
                        _exit(1);
                (void)close(fd);
                *count = i + 1;
        }
        _exit(0);
}

static uint64_t read_bare(int fd)
{
        static _Alignas(struct inotify_event) char buf[256 * 1024];
        struct pollfd p = {.fd = fd, .events = POLLIN};
        uint64_t events = 0;

        if (poll(&p, 1, 100) <= 0)
                return 0;
        ssize_t n = read(fd, buf, sizeof(buf));
        for (ssize_t at = 0; at < n; events++)
                at += (ssize_t)(sizeof(struct inotify_event) +
                                ((const struct inotify_event *)(const void *)(buf + at))->len);
        return events;
}

/* One round with the watcher, or with a bare reader of the same events. */
static void run_round(const char *dir, unsigned secs, unsigned writers, bool bare)
{
        volatile uint64_t *shared =
                mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        volatile int *end = (volatile int *)(shared + 64);
        struct bench b = {.root_fd = -1};
        struct watcher_stats s = {0};
        uint64_t events = 0, closes = 0;
        pid_t pids[16];
        int fd = -1;

        if (bare) {
                fd = inotify_init1(IN_CLOEXEC);
                if (inotify_add_watch(fd, dir, IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE) < 0)
                        die("inotify");
        } else {
                start(&b, dir);
        }
        usec_t t = clock_monotonic();
        for (unsigned i = 0; i < writers; i++)
                pids[i] = start_writer(dir, i, &shared[i], end);
        while (clock_monotonic() - t < secs * USEC_PER_SEC) {
                if (bare)
                        events += read_bare(fd);
                else
                        dispatch(&b, 100 * USEC_PER_MSEC);
        }
        usec_t took = clock_monotonic() - t;
        if (!bare)
                b.watcher->vtable->stats(b.watcher, &s);
        *end = 1;
        for (unsigned i = 0; i < writers; i++) {
                (void)waitpid(pids[i], NULL, 0);
                closes += shared[i];
        }
        if (!bare) {
                (void)stop(&b);
                events = s.events;
        }
        (void)fd_close(fd);
        printf("rate reader=%s writers=%u closes_per_s=%.0f events_per_s=%.0f candidates=%llu "
               "overflows=%llu\n",
               bare ? "bare" : "watcher", writers, (double)closes / seconds(took),
               (double)events / seconds(took), (unsigned long long)b.candidates,
               (unsigned long long)s.overflows);
}

static int run_rate(const char *dir, unsigned secs, unsigned writers)
{
        if (mkdir(dir, 0700) < 0)
                die(dir);
        writers = MIN_OF(writers, 16U);
        run_round(dir, secs, writers, true);
        run_round(dir, secs, writers, false);
        return 0;
}

static void write_burst(const char *dir, unsigned ndirs, unsigned files, unsigned depth)
{
        char path[PATH_MAX], file[PATH_MAX];
        size_t n = 0;

        for (unsigned i = 0; i < ndirs; i++) {
                if (i % depth == 0)
                        n = (size_t)snprintf(path, sizeof(path), "%s", dir);
                n += (size_t)snprintf(path + n, sizeof(path) - n, "/d%05u", i);
                if (mkdir(path, 0700) < 0)
                        _exit(1);
                for (unsigned j = 0; j < files; j++) {
                        if (snprintf(file, sizeof(file), "%s/f%03u", path, j) >= (int)sizeof(file))
                                _exit(2);
                        int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
                        if (fd < 0 || write(fd, "hello, world\n", 13) != 13)
                                _exit(3);
                        (void)close(fd);
                }
        }
        _exit(0);
}

static int ask_oracle(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        struct told *t;

        (void)st;
        (void)ftw;
        if (type != FTW_F)
                return 0;
        oracle_files++;
        HASH_FIND_STR(current->told, path + oracle_prefix, t);
        oracle_missed += t == NULL;
        return 0;
}

static int run_burst(const char *dir, char *args[])
{
        struct bench b = {.root_fd = -1, .keep = true};
        const char *program = getenv("BURST");
        uint64_t v[3];
        int status;

        for (int i = 0; i < 3; i++)
                if (text_to_u64(args[i], 10, &v[i]) < 0)
                        return 2;
        if (mkdir(dir, 0700) < 0)
                die(dir);
        start(&b, dir);
        usec_t t = clock_monotonic();
        pid_t pid = fork();
        if (pid == 0 && program)
                _exit(execl(program, program, dir, args[0], args[1], args[2], (char *)NULL) < 0);
        if (pid == 0)
                write_burst(dir, (unsigned)v[0], (unsigned)v[1], (unsigned)v[2]);
        while (waitpid(pid, &status, WNOHANG) == 0)
                dispatch(&b, 2 * USEC_PER_MSEC);
        usec_t took = clock_monotonic() - t;
        until_quiet(&b);
        current = &b;
        oracle_prefix = strlen(dir) + 1;
        (void)nftw(dir, ask_oracle, 64, FTW_PHYS);
        struct watcher_stats s = stop(&b);
        printf("burst files=%llu missed=%llu candidates_per_file=%.3f written=%llu walked=%llu "
               "overflows=%llu writer_seconds=%.3f files_per_s=%.0f\n",
               (unsigned long long)oracle_files, (unsigned long long)oracle_missed,
               (double)b.candidates / (double)MAX_OF(oracle_files, UINT64_C(1)),
               (unsigned long long)b.written, (unsigned long long)s.walked,
               (unsigned long long)s.overflows, seconds(took),
               (double)oracle_files / seconds(took));
        for (struct told *told, *next = b.told; (told = next);) {
                next = told->hh.next;
                HASH_DEL(b.told, told);
                free(told);
        }
        return oracle_missed > 0;
}

int main(int argc, char *argv[])
{
        uint64_t n, m;

        if (argc == 4 && strcmp(argv[1], "arm") == 0 && text_to_u64(argv[3], 10, &n) == 0)
                return run_arm(argv[2], (unsigned)n);
        if (argc == 5 && strcmp(argv[1], "rate") == 0 && text_to_u64(argv[3], 10, &n) == 0 &&
            text_to_u64(argv[4], 10, &m) == 0)
                return run_rate(argv[2], (unsigned)n, (unsigned)m);
        if (argc == 6 && strcmp(argv[1], "burst") == 0)
                return run_burst(argv[2], argv + 3);
        (void)fprintf(
                stderr,
                "usage: %s arm DIR N | rate DIR SECONDS WRITERS | burst DIR NDIRS FILES DEPTH\n",
                argv[0]);
        return 2;
}
