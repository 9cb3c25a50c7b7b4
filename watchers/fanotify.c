/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the fanotify back end: one mark on each file system that holds a workspace, and whose directory an event
 * is about.
 * Does not own: reading the kernel's queue (fanotify-drain.c); what an event means, which directories there are
 * (live.h).
 *
 * A mark covers the whole file system, so there is nothing to be placed on a directory: to watch it is to know
 * its handle. What happens in directories that are not known is outside the workspaces, or is found when they
 * are listed, since they are known before that. Each event says who did it: a descriptor of the process, which
 * stays that process's whatever happens to its number.
 *
 * The mark is on the file system and not on the mount, or what is done in another mount namespace, as in a
 * container, would not be seen. CAP_SYS_ADMIN is needed; where the kernel or the file system refuses,
 * add_root() says so, and who asked takes another back end.
 */
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "watchers/fanotify-drain.h"
#include "watchers/handles.h"
#include "watchers/live.h"

extern const struct watcher_vtable watcher_fanotify_vtable;

/* As inotify's: names that appear, content and attributes that change, directories that move or go. */
#define MARK_MASK                                                                                \
        (FAN_CLOSE_WRITE | FAN_MOVED_TO | FAN_CREATE | FAN_MODIFY | FAN_ATTRIB | FAN_MOVE_SELF | \
         FAN_DELETE_SELF | FAN_ONDIR)
#define ABOVE_MASK (FAN_DELETE | FAN_ONDIR)
#define ROOTS_MAX 64u /* mounts of file systems */
#define IGNORED_MAX 128u
#define EVENTS_AT_ONCE 512u
#define BTRFS_SUBVOLUME_INO 256 /* of the root of each */

struct marked {
        __fsid_t fsid;
        uint64_t mount; /* through which it is seen */
        unsigned roots; /* workspaces there */
};

struct fanotify {
        struct drain drain;
        struct handles handles;
        struct marked marked[ROOTS_MAX];
        size_t n_marked;
        struct handle_name ignored[IGNORED_MAX];
        size_t n_ignored;
};

static void free_source(void *source)
{
        struct fanotify *f = source;

        if (!f)
                return;
        drain_done(&f->drain);
        handles_done(&f->handles);
        free(f);
}

static int open_queue(void **ret, int *ret_fd, const struct watcher_limits *limits)
{
        struct fanotify *f = calloc(1, sizeof(*f));

        if (!f)
                return -ENOMEM;
        f->drain = DRAIN_NULL;
        int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DFID_NAME |
                                       FAN_REPORT_PIDFD | FAN_UNLIMITED_MARKS,
                               O_RDONLY | O_CLOEXEC | O_LARGEFILE);
        int r = fd < 0 ? -errno : drain_start(&f->drain, fd, limits->ignore_own);
        if (r < 0) {
                free_source(f);
                return r;
        }
        *ret = f;
        *ret_fd = f->drain.wake_fd;
        return 0;
}

/* --- marks --------------------------------------------------------------------------------- */

/* The magic link leads to the very directory that was opened; the call itself takes no O_PATH descriptor. */
static int mark(const struct fanotify *f, unsigned flags, uint64_t mask, int fd)
{
        char path[64];

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return fanotify_mark(f->drain.fd, flags, mask, AT_FDCWD, path) < 0 ? -errno : 0;
}

static bool is_marked(const struct fanotify *f, const __fsid_t *fsid)
{
        for (size_t i = 0; i < f->n_marked; i++)
                if (memcmp(&f->marked[i].fsid, fsid, sizeof(*fsid)) == 0)
                        return true;
        return false;
}

static struct marked *find_mount(struct fanotify *f, uint64_t mount)
{
        for (size_t i = 0; i < f->n_marked; i++)
                if (f->marked[i].mount == mount)
                        return &f->marked[i];
        return NULL;
}

/* A number of the mount that the directory is seen through; 0: not known. */
static uint64_t mount_of(int fd)
{
        struct statx st;

        return statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) == 0 && st.stx_mask & STATX_MNT_ID
                       ? st.stx_mnt_id
                       : 0;
}

static int add_root(void *source, int root_fd)
{
        struct fanotify *f = source;
        struct handle_name name;
        int r = handle_name_read(&name, root_fd);

        if (r < 0)
                return r;
        uint64_t mount = mount_of(root_fd);
        struct marked *m = find_mount(f, mount);
        if (m && memcmp(&m->fsid, &name.fsid, sizeof(name.fsid)) == 0) {
                m->roots++;
                return 0;
        }
        if (f->n_marked == ROOTS_MAX)
                return -ENOSPC;
        r = mark(f, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, MARK_MASK, root_fd);
        if (r < 0)
                return r;
        f->marked[f->n_marked++] = (struct marked){.fsid = name.fsid, .mount = mount, .roots = 1};
        return 0;
}

static void remove_root(void *source, int root_fd)
{
        struct fanotify *f = source;
        struct marked *m = find_mount(f, mount_of(root_fd));

        if (!m || --m->roots > 0)
                return;
        __fsid_t fsid = m->fsid;
        *m = f->marked[--f->n_marked];
        if (!is_marked(f, &fsid))
                (void)mark(f, FAN_MARK_REMOVE | FAN_MARK_FILESYSTEM, MARK_MASK, root_fd);
}

/* A subvolume of btrfs has an id of its own, but its events have that of the whole file system. What is below a root is
 * seen through the same mount. */
static void set_fsid(struct fanotify *f, struct handle_name *name, int fd)
{
        const struct marked *m = is_marked(f, &name->fsid) ? NULL : find_mount(f, mount_of(fd));

        if (m)
                name->fsid = m->fsid;
}

/* --- what is ignored ----------------------------------------------------------------------- */

#define IGNORED_MASK (MARK_MASK | FAN_EVENT_ON_CHILD)

/* Where it stands in the list, or its end. */
static size_t find_ignored(const struct fanotify *f, const struct handle_name *name)
{
        size_t i = 0;

        while (i < f->n_ignored && (handle_name_size(&f->ignored[i]) != handle_name_size(name) ||
                                    memcmp(&f->ignored[i], name, handle_name_size(name)) != 0))
                i++;
        return i;
}

/* A subvolume is known by an id that depends on the mount through which it was seen. */
static bool is_known(struct fanotify *f, const struct handle_name *raw)
{
        struct handle_name name = *raw;
        size_t n = handle_name_size(raw);
        bool known = handles_find(&f->handles, &name, n) >= 0;

        for (size_t i = 0; i < f->n_marked && !known; i++) {
                name.fsid = f->marked[i].fsid;
                known = handles_find(&f->handles, &name, n) >= 0;
        }
        return known;
}

/* What happens in it, also to those that are in it. Kernels before 6.0 have no such mark, and are not told. */
static void ignore(void *source, int fd)
{
        struct fanotify *f = source;
        struct handle_name raw;

        if (f->n_ignored == IGNORED_MAX || handle_name_read(&raw, fd) < 0 ||
            find_ignored(f, &raw) < f->n_ignored || is_known(f, &raw))
                return;
        if (mark(f, FAN_MARK_ADD | FAN_MARK_IGNORE_SURV, IGNORED_MASK, fd) == 0)
                f->ignored[f->n_ignored++] = raw;
}

/* True: until now it was ignored. */
static bool heed(struct fanotify *f, const struct handle_name *raw, int fd)
{
        size_t i = find_ignored(f, raw);

        if (i == f->n_ignored)
                return false;
        (void)mark(f, FAN_MARK_REMOVE | FAN_MARK_IGNORE, IGNORED_MASK, fd);
        f->ignored[i] = f->ignored[--f->n_ignored];
        return true;
}

/* --- directories --------------------------------------------------------------------------- */

static int watch(void *source, int fd, bool above)
{
        struct fanotify *f = source;
        struct handle_name name;
        int r = handle_name_read(&name, fd);

        bool heeded = r == 0 && heed(f, &name, fd);
        /* it goes with its directory, or with the queue: it costs next to nothing */
        if (r == 0 && above)
                r = mark(f, FAN_MARK_ADD, ABOVE_MASK, fd);
        if (r < 0)
                return r;
        if (!above)
                set_fsid(f, &name, fd);
        /* noted as a miss: what is in it was not told of */
        if (heeded)
                (void)handles_find(&f->handles, &name, handle_name_size(&name));
        return handles_add(&f->handles, &name);
}

static void unwatch(void *source, int wd)
{
        struct fanotify *f = source;

        handles_remove(&f->handles, wd);
}

/* Whether a directory that is made there has nothing in it. A snapshot of btrfs is made like a directory and is full;
 * what others do is not known. */
static bool is_made_empty(int fd)
{
        struct statfs fs;
        struct stat st;

        if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
                return false;
        switch (fs.f_type) {
        case EXT4_SUPER_MAGIC:
        case XFS_SUPER_MAGIC:
        case TMPFS_MAGIC:
                return true;
        case BTRFS_SUPER_MAGIC:
                return st.st_ino != BTRFS_SUBVOLUME_INO;
        default:
                return false;
        }
}

/* The mark stood before it was made. But others can go into a directory before its maker has come to tell of it: their
 * events were about one that nobody knew. */
static bool hears_all(void *source, int wd, int fd)
{
        const struct fanotify *f = source;

        return !handles_was_missed(&f->handles, wd) && is_made_empty(fd);
}

/* --- events -------------------------------------------------------------------------------- */

static uint32_t what(uint64_t mask)
{
        static const struct {
                uint64_t mask;
                uint32_t what;
        } bits[] = {
                {FAN_CLOSE_WRITE, LIVE_CLOSED},   {FAN_MOVED_TO, LIVE_MOVED_IN},
                {FAN_CREATE, LIVE_CREATED},       {FAN_MODIFY, LIVE_MODIFIED},
                {FAN_ATTRIB, LIVE_ATTRIBUTES},    {FAN_DELETE, LIVE_DELETED},
                {FAN_MOVE_SELF, LIVE_SELF_MOVED}, {FAN_DELETE_SELF, LIVE_SELF_DELETED},
                {FAN_ONDIR, LIVE_DIRECTORY},
        };
        uint32_t r = 0;

        for (size_t i = 0; i < ELEMENTSOF(bits); i++)
                if (mask & bits[i].mask)
                        r |= bits[i].what;
        return r;
}

static void on_event(struct fanotify *f, struct live_watcher *w, const struct drained *d)
{
        const char *name = d->data + d->handle_size;
        int wd = d->handle_size > 0 ? handles_find(&f->handles, d->data, d->handle_size) : -1;
        /* what is about a directory itself has the name "." */
        bool self = strcmp(name, ".") == 0 || *name == '\0';
        struct live_event e = {
                .wd = wd, .what = what(d->mask), .name = self ? "" : name, .writer = d->writer};

        if (d->mask & FAN_Q_OVERFLOW)
                e = (struct live_event){.wd = -1, .what = LIVE_OVERFLOW, .name = ""};
        else if (wd < 0)
                return;
        /* of a file or a directory in it: that one's own events tell */
        if (!self)
                e.what &= ~(uint32_t)(LIVE_SELF_MOVED | LIVE_SELF_DELETED);
        live_event(w, &e);
}

static int read_events(void *source, struct live_watcher *w)
{
        struct fanotify *f = source;
        const struct drained *d = NULL;
        bool empty = false;

        for (unsigned i = 0; i < EVENTS_AT_ONCE && (d = drain_first(&f->drain, &empty)); i++) {
                on_event(f, w, d);
                drain_take(&f->drain);
        }
        live_events_end(w);
        if (!d && f->drain.error < 0)
                return f->drain.error;
        return empty ? 1 : 0;
}

static void set_agents(void *source, struct agents *agents)
{
        struct fanotify *f = source;

        drain_set_agents(&f->drain, agents);
}

static bool is_behind(void *source)
{
        struct fanotify *f = source;

        return drain_is_behind(&f->drain) || event_ring_first(&f->drain.ring);
}

static const struct live_source source = {
        .open = open_queue,
        .free = free_source,
        .add_root = add_root,
        .remove_root = remove_root,
        .watch = watch,
        .unwatch = unwatch,
        .hears_all = hears_all,
        .ignore = ignore,
        .is_behind = is_behind,
        .read = read_events,
        .set_agents = set_agents,
};

static int new_watcher(struct watcher **ret, const struct watcher_handler *handler,
                       const struct watcher_limits *limits)
{
        return live_new(ret, &watcher_fanotify_vtable, &source, handler, limits);
}

const struct watcher_vtable watcher_fanotify_vtable = LIVE_VTABLE("fanotify", new_watcher);
