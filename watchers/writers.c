/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the processes that wrote last, and what is known of them.
 * Does not own: reading it (process.c).
 *
 * A process that writes many files is read once. What tells it from others is the inode of its pidfd, which is
 * never given again (kernels since 6.9; before that each event is read anew). A process may become another program
 * by execve(2), and another user by setuid(2), so its executable, name and ids are compared each time.
 */
#include "watchers/writers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/base/proc.h"

#define SLOTS 64u /* each holds a descriptor */
#define PIDFS_MAGIC 0x50494446

struct slot {
        uint64_t ino;    /* 0: free */
        int proc_fd;     /* its directory in /proc; -1: it had gone */
        uint64_t cgroup; /* its id */
        struct provenance *known;
};

struct writers {
        struct slot slots[SLOTS];
        struct ancestors ancestors;
        struct agents *agents;
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
        if (w) {
                ancestors_done(&w->ancestors);
                w->agents = agents_unref(w->agents);
        }
        free(w);
        return NULL;
}

void writers_set_agents(struct writers *w, struct agents *agents)
{
        (void)agents_unref(w->agents);
        w->agents = agents;
        for (size_t i = 0; i < SLOTS; i++)
                clear(&w->slots[i]);
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

/* brief: as it is now; not known on kernels that have no such call, or when it has been waited for. */
static bool has_same_ids(const struct slot *s, const struct process_brief *brief)
{
        uint32_t uid, gid;

        if (brief->known)
                return brief->uid == s->known->uid && brief->gid == s->known->gid &&
                       brief->cgroup == s->cgroup;
        return !process_ids(s->proc_fd, &uid, &gid) ||
               (uid == s->known->uid && gid == s->known->gid);
}

/* Whether the process still is what it was when it was read; of one that has ended, as far as that can be told. */
static bool is_same(const struct slot *s, const struct process_brief *brief)
{
        char exe[4096], comm[PROVENANCE_COMM_MAX + 1];
        ssize_t n;

        if (!has_same_ids(s, brief))
                return false;
        n = readlinkat(s->proc_fd, "exe", exe, sizeof(exe) - 1);
        if (n > 0) {
                exe[n] = '\0';
                if (strcmp(exe, s->known->exe) != 0)
                        return false;
        }
        return proc_read(s->proc_fd, "comm", comm, sizeof(comm)) < 0 ||
               strcmp(comm, s->known->comm) == 0;
}

struct provenance *writers_get(struct writers *w, pid_t pid, int pidfd,
                               const struct process_brief *brief)
{
        uint64_t ino = pidfd >= 0 ? inode_of(w, pidfd) : 0;
        struct slot *s = &w->slots[ino % SLOTS];

        if (ino == 0)
                return process_read(pid, pidfd, brief, &w->ancestors, w->agents);
        if (s->ino == ino && is_same(s, brief))
                return provenance_ref(s->known);
        clear(s);
        struct provenance *p = process_read(pid, pidfd, brief, &w->ancestors, w->agents);
        if (!p || !p->exe)
                return p;
        s->proc_fd = proc_open(pid);
        /* if it has ended meanwhile, that may be another's by now */
        if (s->proc_fd < 0 || !process_is_there(pidfd)) {
                clear(s);
                return p;
        }
        s->ino = ino;
        s->cgroup = brief->cgroup;
        s->known = provenance_ref(p);
        return p;
}
