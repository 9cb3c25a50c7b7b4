/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Many short-lived writers at once: of how many does the fanotify back end say who they were, and is it ever wrong?
 *
 *   writer-storm [--live=USEC] [--pids=N] [--at-once=N] DIR WRITERS
 *
 * Each writer is a process of its own that writes one file, whose name says its pid, uid and name, lives on for
 * USEC after its close (default 0), and ends. --pids: so many numbers only, in a pid namespace of its own, so
 * that each is given again soon (root, Linux 6.14). Exit status 1: an attribution was wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "watchers/process.h"
#include "watchers/watcher.h"

struct storm {
        unsigned writers, at_once, live, pids;
        const char *dir;
        char exe[4096];
        unsigned told, uid, cgroup, program, wrong;
        char *seen; /* of each writer */
};

static void check(struct storm *s, unsigned i, int pid, unsigned uid, const struct provenance *p)
{
        char comm[PROVENANCE_COMM_MAX];
        bool wrong;

        if (s->seen[i]++)
                return;
        s->told++;
        if (!p)
                return;
        (void)snprintf(comm, sizeof(comm), "w%u", i);
        s->uid += p->uid != PROVENANCE_NONE;
        s->cgroup += p->cgroup != NULL;
        s->program += p->exe != NULL;
        wrong = p->pid != pid || (p->uid != PROVENANCE_NONE && p->uid != uid) ||
                (p->comm[0] && strcmp(p->comm, comm) != 0) ||
                (p->exe && strcmp(p->exe, s->exe) != 0);
        if (wrong && s->wrong++ < 5)
                printf("wrong: w%u pid %d uid %u, told pid %d uid %u %s %s\n", i, pid, uid,
                       (int)p->pid, p->uid, p->comm, p->exe ? p->exe : "-");
}

static void on_candidate(void *userdata, const struct candidate *c)
{
        unsigned i, uid;
        int pid;

        /* the name is made before the process can be another: it says who made it */
        if (c->why == CANDIDATE_WRITTEN && sscanf(c->path, "w%u-%d-%u", &i, &pid, &uid) == 3)
                check(userdata, i, pid, uid, c->writer);
}

static void on_gap(void *userdata, uint32_t workspace, enum reason reason, bool open,
                   const char *detail)
{
        (void)userdata;
        (void)workspace;
        (void)detail;
        if (open && reason != REASON_WALK_RUNNING)
                printf("gap: %s\n", reason_to_string((int)reason));
}

static void on_root_lost(void *userdata, uint32_t workspace)
{
        (void)userdata;
        (void)workspace;
}

static _Noreturn void be_writer(const struct storm *s, unsigned i)
{
        char name[64], path[4200];
        unsigned uid = 20000 + i % 30000;

        (void)snprintf(name, sizeof(name), "w%u", i);
        (void)prctl(PR_SET_NAME, name);
        if (setresuid(uid, uid, uid) < 0)
                _exit(1);
        (void)snprintf(path, sizeof(path), "%s/w%u-%d-%u", s->dir, i, (int)getpid(), uid);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0 || write(fd, "x", 1) != 1)
                _exit(2);
        (void)close(fd);
        if (s->live > 0)
                (void)usleep(s->live);
        _exit(0);
}

static int write_all(const struct storm *s)
{
        unsigned running = 0;
        int status, bad = 0;

        for (unsigned i = 0; i < s->writers; i++) {
                if (running == s->at_once && wait(&status) > 0) {
                        running--;
                        bad += status != 0;
                }
                pid_t pid = fork();
                if (pid == 0)
                        be_writer(s, i);
                if (pid < 0) {
                        i--; /* no number is free */
                        continue;
                }
                running++;
        }
        while (wait(&status) > 0)
                bad += status != 0;
        return bad;
}

static bool dispatch(struct watcher *w, int timeout)
{
        struct pollfd p = {.fd = w->vtable->fd(w), .events = POLLIN};
        bool due = w->vtable->deadline(w) <= clock_monotonic();

        if (poll(&p, 1, due ? 0 : timeout) == 0 && !due)
                return false;
        (void)w->vtable->dispatch(w, clock_monotonic());
        return true;
}

static int run(struct storm *s)
{
        static const struct watcher_limits limits = {.settle = USEC_PER_SEC,
                                                     .settle_max = 5 * USEC_PER_SEC,
                                                     .poll_interval = 60 * USEC_PER_SEC,
                                                     .pending_max = 1000000,
                                                     .depth_max = 64};
        const struct watcher_handler handler = {
                .candidate = on_candidate, .gap = on_gap, .root_lost = on_root_lost, .userdata = s};
        const struct watcher_vtable *v = watcher_by_name("fanotify");
        struct watcher *w = NULL;
        int root = open(s->dir, O_PATH | O_DIRECTORY | O_CLOEXEC), status = 0;

        if (root < 0 || v->new (&w, &handler, &limits) < 0) {
                perror("fanotify");
                return 77;
        }
        int r = v->add_workspace(
                w, &(struct watcher_workspace){.id = 1, .root_fd = root, .path = s->dir});
        if (r < 0) {
                (void)fprintf(stderr, "%s: %s\n", s->dir, strerror(-r));
                return 77;
        }
        while (dispatch(w, 50))
                ;
        pid_t pid = fork();
        if (pid == 0)
                _exit(write_all(s) > 0);
        while (waitpid(pid, &status, WNOHANG) == 0)
                (void)dispatch(w, 20);
        while (dispatch(w, 300))
                ;
        (void)v->free(w);
        (void)close(root);
        printf("writer-storm writers=%u live=%u us told=%u uid=%.2f%% cgroup=%.2f%% "
               "executable=%.2f%% wrong=%u\n",
               s->writers, s->live, s->told, 100.0 * s->uid / s->writers,
               100.0 * s->cgroup / s->writers, 100.0 * s->program / s->writers, s->wrong);
        return status != 0 || s->told != s->writers || s->wrong > 0;
}

/* A pid namespace in which few numbers exist, and /proc of it. */
static int with_few_pids(struct storm *s)
{
        int status;

        if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0) {
                perror("unshare");
                return 77;
        }
        pid_t pid = fork();
        if (pid == 0) {
                FILE *f;

                if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
                    mount("proc", "/proc", "proc", 0, NULL) < 0 ||
                    !(f = fopen("/proc/sys/kernel/pid_max", "we"))) {
                        perror("/proc");
                        _exit(77);
                }
                (void)fprintf(f, "%u\n", s->pids);
                if (fclose(f) != 0) {
                        perror("pid_max of a namespace");
                        _exit(77);
                }
                int r = run(s);
                (void)fflush(stdout);
                _exit(r);
        }
        return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
        struct storm s = {.at_once = 8};
        int i = 1;

        for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++)
                if (sscanf(argv[i], "--live=%u", &s.live) != 1 &&
                    sscanf(argv[i], "--pids=%u", &s.pids) != 1 &&
                    sscanf(argv[i], "--at-once=%u", &s.at_once) != 1)
                        break;
        if (argc - i != 2 || (s.writers = (unsigned)strtoul(argv[i + 1], NULL, 10)) == 0) {
                (void)fprintf(
                        stderr,
                        "usage: writer-storm [--live=USEC] [--pids=N] [--at-once=N] DIR WRITERS\n");
                return 2;
        }
        s.dir = argv[i];
        s.seen = calloc(s.writers, 1);
        if (!s.seen || readlink("/proc/self/exe", s.exe, sizeof(s.exe) - 1) < 0 ||
            chmod(s.dir, 0777) < 0) {
                perror(s.dir);
                return 2;
        }
        int r = s.pids > 0 ? with_few_pids(&s) : run(&s);
        free(s.seen);
        return r;
}
