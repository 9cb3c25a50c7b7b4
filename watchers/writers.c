/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the processes that wrote last, and what is known of them.
 * Does not own: reading it (process.c).
 *
 * A process that writes many files is read once. What tells it from others is the inode of its pidfd, which is
 * never given again (kernels since 6.9; before that each event is read anew). A process may become another program
 * by execve(2), so its executable is compared each time, which is one call; when it has ended, its name is.
 */
#include "watchers/writers.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define SLOTS 64u /* each holds a descriptor */
#define PIDFS_MAGIC 0x50494446

struct slot {
        uint64_t ino; /* 0: free */
        int proc_fd;  /* its directory in /proc; -1: it had gone */
        struct provenance *known;
};

struct writers {
        struct slot slots[SLOTS];
        struct ancestors ancestors;
        int has_inodes; /* -1: not looked yet */
};

struct writers *writers_new(void)
{
        struct writers *w = calloc(1, sizeof(*w));

        if (!w)
                return NULL;
        w->has_inodes = -1;
        w->ancestors = ANCESTORS_NULL;
        for (size_t i = 0; i < SLOTS; i++)
                w->slots[i].proc_fd = -1;
        return w;
}

static void clear(struct slot *s)
{
        s->proc_fd = fd_close(s->proc_fd);
        s->known = provenance_unref(s->known);
        s->ino = 0;
}

struct writers *writers_free(struct writers *w)
{
        for (size_t i = 0; w && i < SLOTS; i++)
                clear(&w->slots[i]);
        if (w)
                ancestors_done(&w->ancestors);
        free(w);
        return NULL;
}

/* The inode of the pidfd, or 0 where it tells nothing. */
static uint64_t inode_of(struct writers *w, int pidfd)
{
        struct statfs fs;
        struct stat st;

        if (w->has_inodes < 0)
                w->has_inodes = fstatfs(pidfd, &fs) == 0 && fs.f_type == PIDFS_MAGIC;
        return w->has_inodes > 0 && fstat(pidfd, &st) == 0 ? st.st_ino : 0;
}

/* Whether the process still runs what it ran when it was read; if it has ended, what it ran last. */
static bool is_same_program(const struct slot *s)
{
        char now[4096], stat[256], wanted[PROVENANCE_COMM_MAX + 4];
        ssize_t n = readlinkat(s->proc_fd, "exe", now, sizeof(now) - 1);

        if (!s->known->exe)
                return false;
        if (n > 0) {
                now[n] = '\0';
                return strcmp(now, s->known->exe) == 0;
        }
        int fd = openat(s->proc_fd, "stat", O_RDONLY | O_CLOEXEC);
        n = fd >= 0 ? read(fd, stat, sizeof(stat) - 1) : -1;
        (void)fd_close(fd);
        if (n <= 0)
                return true; /* it is gone, and nothing else has its directory */
        stat[n] = '\0';
        (void)snprintf(wanted, sizeof(wanted), "(%s)", s->known->comm);
        const char *name = strchr(stat, '(');
        return name && strncmp(name, wanted, strlen(wanted)) == 0;
}

struct provenance *writers_get(struct writers *w, pid_t pid, int pidfd,
                               const struct process_brief *brief)
{
        uint64_t ino = pidfd >= 0 ? inode_of(w, pidfd) : 0;
        struct slot *s = &w->slots[ino % SLOTS];

        if (ino == 0)
                return process_read(pid, pidfd, brief, &w->ancestors);
        if (s->ino == ino && is_same_program(s))
                return provenance_ref(s->known);
        clear(s);
        s->known = process_read(pid, pidfd, brief, &w->ancestors);
        if (!s->known || !s->known->exe)
                return take_ptr(&s->known);
        char path[32];
        (void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
        /* if it has ended meanwhile, that may be another's by now */
        s->proc_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (s->proc_fd < 0 || !process_is_there(pidfd))
                return take_ptr(&s->known);
        s->ino = ino;
        return provenance_ref(s->known);
}
