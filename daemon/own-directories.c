/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which directories are giad's own, and opening them.
 * Does not own: what is done about them (watchers/).
 *
 *   look ─► thread: open each, is its disk a local one? ─► socket: the descriptor's number ─► loop: ignore, close
 *
 * Opening a directory waits for its disk or server, which the loop must not. A thread that hangs is left to itself, with what
 * it holds; it is no more than that some events are made.
 */
#include "daemon/own-directories.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "common/base/thread.h"
#include "daemon/manager.h"

#define STACK_SIZE ((size_t)128 * 1024)

struct own_directories {
        struct manager *manager;
        sd_event_source *source; /* of the thread that looks; NULL: none does */
        int fd;                  /* its socket */
        bool again;
};

/* The thread's own. */
struct look {
        int fd;
        char state[4200], lines[4200]; /* "": none */
};

/* --- the thread ---- */

/* Asking one of the others for its name can hang. */
static bool is_local(int fd)
{
        struct statfs fs;

        if (fstatfs(fd, &fs) < 0)
                return false;
        return fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == XFS_SUPER_MAGIC ||
               fs.f_type == BTRFS_SUPER_MAGIC || fs.f_type == TMPFS_MAGIC;
}

static void hand_over(const struct look *l, const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd >= 0 && is_local(fd) && send(l->fd, &fd, sizeof(fd), MSG_NOSIGNAL) == sizeof(fd))
                (void)take_fd(&fd);
}

/* One for each output, those included that an earlier run had. */
static void hand_over_spools(const struct look *l)
{
        char spools[4300], path[4600];
        struct dirent *d;

        (void)snprintf(spools, sizeof(spools), "%s/spool", l->state);
        DIR *dir = opendir(spools);
        while (dir && (d = readdir(dir))) {
                (void)snprintf(path, sizeof(path), "%s/%s", spools, d->d_name);
                if (d->d_name[0] != '.')
                        hand_over(l, path);
        }
        if (dir)
                (void)closedir(dir);
}

static void *thread_main(void *userdata)
{
        struct look *l = userdata;

        hand_over(l, l->state);
        hand_over_spools(l);
        if (l->lines[0])
                hand_over(l, l->lines);
        (void)close(l->fd);
        free(l);
        return NULL;
}

/* --- the loop's side ---- */

static void ignore(void *userdata, int fd)
{
        workspaces_ignore(((struct own_directories *)userdata)->manager->workspaces, fd);
}

static void end(struct own_directories *o)
{
        o->source = sd_event_source_disable_unref(o->source);
        o->fd = fd_close(o->fd);
}

static int on_told(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        struct own_directories *o = userdata;
        _cleanup_close_ int directory = -1;
        ssize_t n = recv(fd, &directory, sizeof(directory), MSG_DONTWAIT);

        (void)s;
        (void)revents;
        if (n == sizeof(directory)) {
                ignore(o, directory);
                return 0;
        }
        directory = -1;
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        end(o);
        if (o->again)
                own_directories_look(o);
        return 0;
}

static struct look *look_new(const struct config *c, int fd)
{
        struct look *l = calloc(1, sizeof(*l));

        if (!l)
                return NULL;
        l->fd = fd;
        (void)snprintf(l->state, sizeof(l->state), "%s", config_text(c, OPTION_STATE_DIRECTORY));
        if (!config_bool(c, OPTION_JSONL))
                return l;
        const char *path = config_text(c, OPTION_JSONL_PATH), *slash = strrchr(path, '/');
        (void)snprintf(l->lines, sizeof(l->lines), "%.*s", slash ? (int)(slash - path) : 0, path);
        return l;
}

static int start(struct own_directories *o)
{
        int pair[2];
        pthread_t thread;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        o->fd = pair[0];
        _cleanup_close_ int other = pair[1];
        int k = sd_event_add_io(o->manager->event, &o->source, o->fd, EPOLLIN, on_told, o);
        if (k < 0)
                return k;
        struct look *l = look_new(o->manager->config, other);
        if (!l)
                return -ENOMEM;
        k = thread_start(&thread, STACK_SIZE, thread_main, l);
        if (k < 0) {
                free(l);
                return k;
        }
        (void)take_fd(&other);
        (void)pthread_detach(thread);
        return 0;
}

void own_directories_look(struct own_directories *o)
{
        /* these are open */
        quarantine_own_directories(o->manager->quarantine, ignore, o);
        quarantine_own_directories(o->manager->versions, ignore, o);
        o->again = o->source != NULL;
        if (o->again)
                return;
        if (start(o) < 0)
                end(o);
}

int own_directories_new(struct own_directories **ret, struct manager *m)
{
        struct own_directories *o = calloc(1, sizeof(*o));

        if (!o)
                return -ENOMEM;
        o->manager = m;
        o->fd = -1;
        *ret = o;
        return 0;
}

struct own_directories *own_directories_free(struct own_directories *o)
{
        if (o)
                end(o);
        free(o);
        return NULL;
}
