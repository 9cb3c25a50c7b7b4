/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the inotify back end: the kernel's queue, and a watch on each directory.
 * Does not own: what an event means, which directories there are (live.h).
 *
 * The kernel gives the same descriptor for the same inode, so adding a watch to what is found at a name tells
 * which directory that is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "watchers/live.h"

extern const struct watcher_vtable watcher_inotify_vtable;

#define EVENTS_BUFFER ((size_t)64 * 1024)
/* Names that appear, content and attributes that change; for a directory whose entries vanish there is nothing to
 * do. */
#define WATCH_MASK                                                                         \
        (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | \
         IN_DELETE_SELF)

struct inotify {
        int fd;
        int home; /* the working directory */
        char buffer[EVENTS_BUFFER];
};

static void free_source(void *source)
{
        struct inotify *i = source;

        if (!i)
                return;
        (void)fd_close(i->fd);
        (void)fd_close(i->home);
        free(i);
}

static int open_queue(void **ret, int *ret_fd, const struct watcher_limits *limits)
{
        struct inotify *i = malloc(sizeof(*i));

        (void)limits; /* who did it is not told */
        if (!i)
                return -ENOMEM;
        i->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        int r = i->fd < 0 ? -errno : 0;
        i->home = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (i->home < 0) /* it may not be searched */
                i->home = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (r == 0 && i->home < 0)
                r = -errno;
        if (r < 0) {
                free_source(i);
                return r;
        }
        *ret = i;
        *ret_fd = i->fd;
        return 0;
}

/* inotify_add_watch(2) takes no descriptor. The way through the working directory, which is another one for as long as that takes,
 * leads to the very inode that was opened, whatever its name is by now, as /proc/self/fd would in twice the time. No other
 * thread of giad goes by the working directory. */
static int watch(void *source, int fd, bool above)
{
        const struct inotify *i = source;

        if (fchdir(fd) < 0)
                return -errno;
        int wd = inotify_add_watch(i->fd, ".",
                                   (above ? IN_DELETE : WATCH_MASK) | IN_ONLYDIR | IN_MASK_ADD);
        int r = wd < 0 ? -errno : wd;
        /* one that may not be searched any more must not keep us here */
        if (fchdir(i->home) < 0)
                (void)!chdir("/");
        return r;
}

static void unwatch(void *source, int wd)
{
        const struct inotify *i = source;

        (void)inotify_rm_watch(i->fd, wd);
}

static uint32_t what(uint32_t mask)
{
        static const struct {
                uint32_t mask, what;
        } bits[] = {
                {IN_CLOSE_WRITE, LIVE_CLOSED},   {IN_MOVED_TO, LIVE_MOVED_IN},
                {IN_CREATE, LIVE_CREATED},       {IN_MODIFY, LIVE_MODIFIED},
                {IN_ATTRIB, LIVE_ATTRIBUTES},    {IN_DELETE, LIVE_DELETED},
                {IN_MOVE_SELF, LIVE_SELF_MOVED}, {IN_DELETE_SELF, LIVE_SELF_DELETED},
                {IN_UNMOUNT, LIVE_UNMOUNTED},    {IN_ISDIR, LIVE_DIRECTORY},
                {IN_IGNORED, LIVE_UNWATCHED},    {IN_Q_OVERFLOW, LIVE_OVERFLOW},
        };
        uint32_t r = 0;

        for (size_t i = 0; i < ELEMENTSOF(bits); i++)
                if (mask & bits[i].mask)
                        r |= bits[i].what;
        return r;
}

static int read_events(void *source, struct live_watcher *w)
{
        struct inotify *i = source;
        ssize_t n = read(i->fd, i->buffer, sizeof(i->buffer));

        if (n < 0)
                return errno == EAGAIN ? 1 : errno == EINTR ? 0 : -errno;
        for (size_t at = 0; at < (size_t)n;) {
                const struct inotify_event *e = (const void *)(i->buffer + at);

                live_event(w, &(struct live_event){.wd = e->wd,
                                                   .what = what(e->mask),
                                                   .name = e->len > 0 ? e->name : ""});
                at += sizeof(*e) + e->len;
        }
        live_events_end(w);
        return 0;
}

static const struct live_source source = {.open = open_queue,
                                          .free = free_source,
                                          .watch = watch,
                                          .unwatch = unwatch,
                                          .read = read_events};

static int new_watcher(struct watcher **ret, const struct watcher_handler *handler,
                       const struct watcher_limits *limits)
{
        return live_new(ret, &watcher_inotify_vtable, &source, handler, limits);
}

const struct watcher_vtable watcher_inotify_vtable = LIVE_VTABLE("inotify", new_watcher);
