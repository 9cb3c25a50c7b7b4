/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the processes that wrote last, and what is known of them.
 * Does not own: reading it (process.c).
 *
 * A process that writes many files is read once. What tells it from others is the inode of its pidfd, which is
 * never given again (kernels since 6.9; before that each event is read anew). A process may become another program
 * by execve(2), and another user by setuid(2), so its executable, name and ids are compared: once for all its events
 * that had been read by then, since they lie before that moment alike.
 *
 * What a process in another mount namespace than the host's calls its files is in its mount table, which goes with it. The
 * table is read with the process, and again after a while, since it may mount more; the processes of a container have the
 * same, which is kept once, and serves for those that have ended before they could be looked at. It is not held open: that would keep the namespace, and what is mounted in it, from ending.
 */
#include "watchers/writers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/proc.h"
#include "common/model/mount-view.h"

#define SLOTS 64u /* each holds a descriptor */
#define PIDFS_MAGIC 0x50494446
#define VIEWS 8u                       /* mount tables that are kept */
#define VIEW_AGE (100 * USEC_PER_MSEC) /* after which a table is compared */
#define VIEW_AGE_MAX \
        (1 * USEC_PER_SEC) /* of what stands for the table of a process that has ended */
#define HOSTS 2u

struct slot {
        uint64_t ino;    /* 0: free */
        int proc_fd;     /* its directory in /proc; -1: it had gone */
        uint64_t cgroup; /* its id */
        usec_t looked;   /* at its mounts */
        struct provenance *known;
        uint64_t compared; /* the last reading before that */
};

/* A table that was read not long ago. */
struct kept_view {
        struct mount_view *view;     /* NULL: none */
        uint64_t mount_namespace_id; /* in which it was read last; 0: not known */
        usec_t when;
};

struct writers {
        struct slot slots[SLOTS];
        struct ancestors ancestors;
        struct agents *agents;
        int has_inodes;                  /* -1: not looked yet */
        uint64_t host_namespaces[HOSTS]; /* of mounts: giad's own, and the first process's */
        struct kept_view views[VIEWS];
        unsigned next_view;
        char *table; /* room for one that is longer, with its last newline and a NUL */
        uint64_t readings;
};

#define TABLE_SIZE (MOUNT_VIEW_BYTES_MAX + 3)

static uint64_t mount_namespace_of(const char *process)
{
        char path[64];
        struct stat st;

        (void)snprintf(path, sizeof(path), "/proc/%s/ns/mnt", process);
        return stat(path, &st) == 0 ? st.st_ino : 0;
}

struct writers *writers_new(void)
{
        struct writers *w = calloc(1, sizeof(*w));

        if (!w)
                return NULL;
        w->has_inodes = -1;
        w->ancestors = ANCESTORS_NULL;
        w->host_namespaces[0] = mount_namespace_of("self");
        w->host_namespaces[1] = mount_namespace_of("1");
        for (size_t i = 0; i < SLOTS; i++)
                w->slots[i].proc_fd = -1;
        w->table = malloc(TABLE_SIZE);
        return w->table ? w : writers_free(w);
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
        for (size_t i = 0; w && i < VIEWS; i++)
                w->views[i].view = mount_view_unref(w->views[i].view);
        if (w) {
                free(w->table);
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

/* --- mounts ------------------------------------------------------------------------------------ */

static bool is_elsewhere(const struct writers *w, uint64_t mount_namespace)
{
        for (size_t i = 0; i < HOSTS; i++)
                if (w->host_namespaces[i] == mount_namespace)
                        return false;
        return mount_namespace != 0;
}

static struct mount_view *keep_view(struct kept_view *kept, uint64_t id)
{
        kept->mount_namespace_id = id;
        kept->when = clock_monotonic();
        return mount_view_ref(kept->view);
}

/* What another process of the same namespace saw a moment ago: a reference, or NULL. */
static struct mount_view *last_view(const struct writers *w, uint64_t id)
{
        const struct kept_view *best = NULL;

        for (const struct kept_view *kept = w->views; kept < w->views + VIEWS; kept++)
                if (id != 0 && kept->view && kept->mount_namespace_id == id &&
                    (!best || kept->when > best->when))
                        best = kept;
        return best && clock_monotonic() - best->when < VIEW_AGE_MAX ? mount_view_ref(best->view)
                                                                     : NULL;
}

/* Literals that are equal need not be the same. */
static const char ENDED[] = "the process ended before its mount table was read";

/* The table as it is now: a reference, or NULL and *ret_missing. id: of the namespace. */
static struct mount_view *read_view(struct writers *w, int proc_fd, uint64_t id,
                                    const char **ret_missing)
{
        ssize_t n = proc_read(proc_fd, "mountinfo", w->table, TABLE_SIZE);
        struct mount_view *v = NULL;

        *ret_missing = ENDED;
        if (n <= 0)
                return NULL;
        for (size_t i = 0; i < VIEWS; i++)
                if (w->views[i].view && mount_view_is(w->views[i].view, w->table, (size_t)n))
                        return keep_view(&w->views[i], id);
        if (mount_view_new(&v, w->table, (size_t)n) < 0) {
                *ret_missing = "its mount table is longer than is read";
                return NULL;
        }
        struct kept_view *kept = &w->views[w->next_view];
        w->next_view = (w->next_view + 1) % VIEWS;
        (void)mount_view_unref(kept->view);
        kept->view = v;
        return keep_view(kept, id);
}

/* Before anybody else has it. proc_fd: of the process for sure; -1: it has ended. */
static void add_view(struct writers *w, struct provenance *p, int proc_fd)
{
        p->elsewhere = is_elsewhere(w, p->mount_namespace);
        if (!p->elsewhere)
                return;
        p->mounts_missing = ENDED;
        if (proc_fd >= 0)
                p->mounts = read_view(w, proc_fd, p->mount_namespace_id, &p->mounts_missing);
        if (!p->mounts && p->mounts_missing == ENDED)
                p->mounts = last_view(w, p->mount_namespace_id);
        if (p->mounts)
                p->mounts_missing = NULL;
}

/* Whether it is in the same namespace and that has the same mounts, as far as is looked. Of a process that has ended: as
 * it was. */
static bool has_same_mounts(struct writers *w, struct slot *s)
{
        usec_t now = clock_monotonic();
        const char *missing;
        struct stat st;

        if (now - s->looked < VIEW_AGE)
                return true;
        s->looked = now;
        if (fstatat(s->proc_fd, "ns/mnt", &st, 0) < 0)
                return true;
        if (st.st_ino != s->known->mount_namespace || !s->known->mounts)
                return st.st_ino == s->known->mount_namespace;
        _cleanup_(mount_view_unrefp) struct mount_view *v =
                read_view(w, s->proc_fd, s->known->mount_namespace_id, &missing);
        return !v || v == s->known->mounts;
}

/* --- processes --------------------------------------------------------------------------------- */

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

/* The process's directory, if it is there for sure; -1 otherwise. */
static int open_process(pid_t pid, int pidfd)
{
        int fd = pidfd >= 0 ? proc_open(pid) : -1;

        /* if it has ended meanwhile, that may be another's by now */
        return fd < 0 || process_is_there(pidfd) ? fd : fd_close(fd);
}

uint64_t writers_reading(struct writers *w)
{
        return ++w->readings;
}

struct provenance *writers_get(struct writers *w, pid_t pid, int pidfd,
                               const struct process_brief *brief, uint64_t reading)
{
        uint64_t ino = pidfd >= 0 ? inode_of(w, pidfd) : 0;
        struct slot *s = &w->slots[ino % SLOTS];

        if (ino != 0 && s->ino == ino &&
            (reading <= s->compared || (is_same(s, brief) && has_same_mounts(w, s)))) {
                s->compared = w->readings;
                return provenance_ref(s->known);
        }
        struct provenance *p = process_read(pid, pidfd, brief, &w->ancestors, w->agents);
        if (ino != 0)
                clear(s);
        if (!p || !p->exe)
                return p;
        _cleanup_close_ int fd = open_process(pid, pidfd);
        add_view(w, p, fd);
        if (ino == 0 || fd < 0)
                return p;
        *s = (struct slot){.ino = ino,
                           .proc_fd = take_fd(&fd),
                           .cgroup = brief->cgroup,
                           .looked = clock_monotonic(),
                           .known = provenance_ref(p),
                           .compared = w->readings};
        return p;
}
