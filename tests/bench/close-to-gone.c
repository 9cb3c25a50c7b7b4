/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The time of each file, where clamlat and lat of shared/bench/watch print quantiles.
 *
 *   close-to-gone MODE DIR FILES GAP_USEC
 *
 *      gone                           offending files (OFFENCE=text); until each has left DIR
 *      read-inotify, read-fanotify    ordinary ones; until a bare reader has the event
 *      bare                           only writes
 *
 * First a line "begin REALTIME-NS writer-seconds SECONDS", then for each file a line "CLOSED DONE",
 * in nanoseconds since then; DONE is - if it did not come within 20 s. CLOSED is taken just before
 * close(2); whether a file is gone is asked every 20 us, of the oldest 64.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/macros.h"

#define PATIENCE UINT64_C(20000000000)

struct times {
        uint64_t begin, end;
        unsigned written; /* so far */
        struct {
                uint64_t closed, done;
        } files[];
};

struct run {
        const char *dir, *text;
        unsigned n;
        uint64_t gap;
        pid_t writer;
        volatile struct times *times;
};

static _Noreturn void die(const char *what)
{
        perror(what);
        exit(2);
}

static uint64_t now(clockid_t clock)
{
        struct timespec t;

        (void)clock_gettime(clock, &t);
        return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void pause_for(uint64_t ns)
{
        struct timespec t = {.tv_sec = (time_t)(ns / 1000000000u),
                             .tv_nsec = (long)(ns % 1000000000u)};

        (void)nanosleep(&t, NULL);
}

static void path_of(const struct run *r, unsigned i, char *path, size_t size)
{
        (void)snprintf(path, size, "%s/s%06u.txt", r->dir, i);
}

static _Noreturn void write_all(const struct run *r)
{
        char path[4200], text[600];

        r->times->begin = now(CLOCK_MONOTONIC);
        for (unsigned i = 0; i < r->n; i++) {
                path_of(r, i, path, sizeof(path));
                int n = snprintf(text, sizeof(text), "# file %u\n%s", i, r->text);
                int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
                if (fd < 0 || write(fd, text, (size_t)n) != n)
                        die(path);
                r->times->files[i].closed = now(CLOCK_MONOTONIC);
                (void)close(fd);
                r->times->written = i + 1;
                if (r->gap > 0)
                        pause_for(r->gap);
        }
        r->times->end = now(CLOCK_MONOTONIC);
        _exit(0);
}

/* Only what the reader is asked for: the numbers of files in the names. */
static void note(struct run *r, const char *name, uint64_t t, unsigned *left)
{
        unsigned i;

        if (sscanf(name, "s%u.txt", &i) == 1 && i < r->n && r->times->files[i].done == 0) {
                r->times->files[i].done = t;
                --*left;
        }
}

static void read_inotify(struct run *r, const char *at, const char *end, uint64_t t, unsigned *left)
{
        while (at < end) {
                const struct inotify_event *e = (const void *)at;

                if (e->len > 0)
                        note(r, e->name, t, left);
                at += sizeof(*e) + e->len;
        }
}

static void read_fanotify(struct run *r, const char *buf, ssize_t n, uint64_t t, unsigned *left)
{
        for (const struct fanotify_event_metadata *m = (const void *)buf; FAN_EVENT_OK(m, n);
             m = FAN_EVENT_NEXT(m, n)) {
                const char *at = (const char *)m + m->metadata_len;

                while (at < (const char *)m + m->event_len) {
                        const struct fanotify_event_info_header *h = (const void *)at;

                        if (h->info_type == FAN_EVENT_INFO_TYPE_DFID_NAME) {
                                const struct fanotify_event_info_fid *f = (const void *)at;
                                const struct file_handle *handle = (const void *)f->handle;

                                note(r, (const char *)handle->f_handle + handle->handle_bytes, t,
                                     left);
                        } else if (h->info_type == FAN_EVENT_INFO_TYPE_PIDFD) {
                                const struct fanotify_event_info_pidfd *p = (const void *)at;

                                if (p->pidfd >= 0)
                                        (void)close(p->pidfd);
                        }
                        at += h->len;
                }
        }
}

static int start_reader(const struct run *r, bool inotify)
{
        int fd = inotify ? inotify_init1(IN_CLOEXEC)
                         : fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_REPORT_DFID_NAME |
                                                 FAN_REPORT_PIDFD,
                                         O_RDONLY | O_CLOEXEC | O_LARGEFILE);

        if (fd < 0 || (inotify ? inotify_add_watch(fd, r->dir, IN_CLOSE_WRITE)
                               : fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM,
                                               FAN_CLOSE_WRITE, AT_FDCWD, r->dir)) < 0)
                die("bare reader");
        return fd;
}

static void read_all(struct run *r, int fd, bool inotify)
{
        static _Alignas(8) char buf[1 << 18];
        struct pollfd p = {.fd = fd, .events = POLLIN};

        for (unsigned left = r->n; left > 0 && poll(&p, 1, (int)(PATIENCE / 1000000u)) > 0;) {
                ssize_t n = read(fd, buf, sizeof(buf));
                uint64_t t = now(CLOCK_MONOTONIC);

                if (n <= 0)
                        return;
                if (inotify)
                        read_inotify(r, buf, buf + n, t, &left);
                else
                        read_fanotify(r, buf, n, t, &left);
        }
}

/* As clamlat does it: no more than 64 questions at once, so that the poll stays short in a burst. */
static void watch_all(struct run *r)
{
        uint64_t last = now(CLOCK_MONOTONIC);
        char path[4200];
        unsigned from = 0;

        while (from < r->n && now(CLOCK_MONOTONIC) - last < PATIENCE + r->gap) {
                unsigned asked = 0, written = r->times->written;

                for (unsigned i = from; i < written && asked <= 64; i++) {
                        if (r->times->files[i].done > 0) {
                                from += i == from;
                                continue;
                        }
                        path_of(r, i, path, sizeof(path));
                        asked++;
                        if (access(path, F_OK) < 0)
                                last = r->times->files[i].done = now(CLOCK_MONOTONIC);
                }
                pause_for(20000);
        }
}

static void print(const struct run *r, uint64_t offset)
{
        const volatile struct times *t = r->times;

        printf("begin %llu writer-seconds %.6f\n", (unsigned long long)(t->begin + offset),
               (double)(t->end - t->begin) / 1e9);
        for (unsigned i = 0; i < r->n; i++) {
                printf("%llu ", (unsigned long long)(t->files[i].closed - t->begin));
                if (t->files[i].done > 0)
                        printf("%llu\n", (unsigned long long)(t->files[i].done - t->begin));
                else
                        printf("-\n");
        }
}

int main(int argc, char **argv)
{
        struct run r = {.text = getenv("OFFENCE")};
        bool inotify, reading;
        int fd = -1, status;

        if (argc != 5 || (r.n = (unsigned)strtoul(argv[3], NULL, 10)) == 0) {
                (void)fprintf(stderr, "usage: close-to-gone gone|read-inotify|read-fanotify|bare "
                                      "DIR FILES GAP_USEC\n");
                return 2;
        }
        inotify = strcmp(argv[1], "read-inotify") == 0;
        reading = inotify || strcmp(argv[1], "read-fanotify") == 0;
        r.dir = argv[2];
        r.gap = strtoull(argv[4], NULL, 10) * 1000;
        r.text = r.text ? r.text : "hello\n";
        r.times = mmap(NULL, sizeof(struct times) + r.n * sizeof(r.times->files[0]),
                       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (r.times == MAP_FAILED)
                die("mmap");
        (void)prctl(PR_SET_TIMERSLACK, 1ul);
        if (reading)
                fd = start_reader(&r, inotify);
        uint64_t offset = now(CLOCK_REALTIME) - now(CLOCK_MONOTONIC);
        r.writer = fork();
        if (r.writer == 0)
                write_all(&r);
        if (reading)
                read_all(&r, fd, inotify);
        else if (strcmp(argv[1], "gone") == 0)
                watch_all(&r);
        if (waitpid(r.writer, &status, 0) < 0 || status != 0)
                return 2;
        print(&r, offset);
        return 0;
}
