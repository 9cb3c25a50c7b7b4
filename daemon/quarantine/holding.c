/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the holding directories: choosing, making, verifying and trying one for each mount.
 * Does not own: what lies in them (take.c, recover.c).
 * Ownership: a struct holding and its fds live in the quarantine's list until that is freed.
 *
 * A rename needs the same mount, not only the same file system, and a directory that the agent can
 * neither enter nor exchange. So directories are found by going up from the workspace's own fd
 * (never by a path that somebody may have changed), from the mount's top downwards, and the choice
 * is proved by moving a file from the workspace. Below .giad every store has a directory of its
 * own.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/quarantine/internal.h"

#define HOLDING_DEPTH_MAX 64

int holding_mount(int fd, uint64_t *ret_dev, uint64_t *ret_mount)
{
        struct statx stx;
        struct stat st;

        if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0 || fstat(fd, &st) < 0)
                return -errno;
        *ret_dev = st.st_dev;
        /* a kernel that does not say leaves the proof to the rename that is tried */
        *ret_mount = stx.stx_mask & STATX_MNT_ID ? stx.stx_mnt_id : 0;
        return 0;
}

char *holding_path_of(int fd)
{
        char link[64], path[PATH_MAX];

        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof(path));
        if (n < 0 || (size_t)n >= sizeof(path))
                return strdup("?");
        return strndup(path, (size_t)n);
}

struct holding *holding_free(struct holding *h)
{
        if (!h)
                return NULL;
        (void)fd_close(h->fd);
        (void)fd_close(h->top_fd);
        free(h->path);
        free(h);
        return NULL;
}
DEFINE_CLEANUP(struct holding *, holding_free);

struct holding *holding_find(struct quarantine *q, int fd)
{
        uint64_t dev = 0, mount = 0;
        struct holding *h;

        if (holding_mount(fd, &dev, &mount) < 0)
                return NULL;
        (void)pthread_mutex_lock(&q->lock);
        for (h = TAILQ_FIRST(&q->holdings); h; h = TAILQ_NEXT(h, entries))
                if (h->dev == dev && h->mount == mount)
                        break;
        (void)pthread_mutex_unlock(&q->lock);
        return h;
}

struct holding *holding_with(struct quarantine *q, const char *name)
{
        struct holding *h;
        struct stat st;

        (void)pthread_mutex_lock(&q->lock);
        for (h = TAILQ_FIRST(&q->holdings); h; h = TAILQ_NEXT(h, entries))
                if (fstatat(h->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
                        break;
        (void)pthread_mutex_unlock(&q->lock);
        return h;
}

int holding_open_own(int dir_fd, const char *name)
{
        struct stat st;

        if (mkdirat(dir_fd, name, 0700) < 0 && errno != EEXIST)
                return -errno;
        _cleanup_close_ int fd =
                openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (st.st_uid != geteuid())
                return -EPERM;
        if ((st.st_mode & 07777) != 0700 && fchmod(fd, 0700) < 0)
                return -errno;
        return take_fd(&fd);
}

/* May others exchange what lies in this directory? Its owner can in any case. */
static int holding_parent_safe(int dir_fd)
{
        struct stat st;

        if (fstat(dir_fd, &st) < 0)
                return -errno;
        if (st.st_uid != 0 && st.st_uid != geteuid())
                return -EPERM;
        return (st.st_mode & 022) && !(st.st_mode & S_ISVTX) ? -EPERM : 0;
}

/* A file without a name, which no watcher sees; where the file system has none, a short-lived name.
 */
static int holding_try_named(int root_fd, int holding_fd, const char *probe)
{
        char name[NAME_SIZE];

        (void)snprintf(name, sizeof(name), PLACE_PREFIX "%s", probe);
        _cleanup_close_ int fd =
                openat(root_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        int k = renameat(root_fd, name, holding_fd, probe) < 0 ? -errno : 0;
        if (k < 0)
                (void)unlinkat(root_fd, name, 0);
        return k;
}

/* Moves a file from the workspace into the holding directory. */
static int holding_try(int root_fd, int holding_fd)
{
        char id[ID_SIZE], probe[ID_SIZE + sizeof(PROBE_SUFFIX)], link[64];
        int k = id_new(id);

        if (k < 0)
                return k;
        (void)snprintf(probe, sizeof(probe), "%s" PROBE_SUFFIX, id);
        _cleanup_close_ int fd = openat(root_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
        if (fd >= 0) {
                (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
                k = linkat(AT_FDCWD, link, holding_fd, probe, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
        } else if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOENT) {
                k = holding_try_named(root_fd, holding_fd, probe);
        } else {
                k = -errno;
        }
        if (k == 0 && unlinkat(holding_fd, probe, 0) < 0)
                k = -errno;
        return k;
}

void holding_remove(const struct quarantine *q, const struct holding *h)
{
        char path[sizeof(h->top) + 1 + ID_SIZE];

        if (h->top_fd < 0)
                return;
        (void)snprintf(path, sizeof(path), "%s/%s", h->top, q->store_id);
        if (unlinkat(h->top_fd, path, AT_REMOVEDIR) == 0)
                (void)unlinkat(h->top_fd, h->top, AT_REMOVEDIR);
}

/* Another giad that ends may remove .giad between the two steps. */
static int holding_open_both(struct quarantine *q, int dir_fd, const char *top)
{
        int k = -ENOENT;

        for (unsigned i = 0; i < 8 && k == -ENOENT; i++) {
                _cleanup_close_ int giad_fd = holding_open_own(dir_fd, top);

                k = giad_fd < 0 ? giad_fd : holding_open_own(giad_fd, q->store_id);
        }
        return k;
}

/* In a sticky directory anybody may have made a .giad before us, or something else of that name:
 * then one is made whose name nobody could guess. */
static int holding_open_any(struct quarantine *q, int dir_fd, struct holding *h)
{
        (void)snprintf(h->top, sizeof(h->top), "%s", HOLDING_NAME);
        int k = holding_open_both(q, dir_fd, h->top);
        if (k != -EPERM && k != -ENOTDIR && k != -ELOOP)
                return k;
        (void)snprintf(h->top, sizeof(h->top), HOLDING_NAME "-%s", q->store_id);
        return holding_open_both(q, dir_fd, h->top);
}

static int holding_make(struct quarantine *q, int dir_fd, int root_fd, struct holding **ret)
{
        _cleanup_(holding_freep) struct holding *h = calloc(1, sizeof(*h));
        uint64_t dev = 0, mount = 0;

        if (!h)
                return -ENOMEM;
        h->fd = h->top_fd = -1;
        int k = holding_mount(root_fd, &h->dev, &h->mount);
        if (k == 0)
                k = holding_mount(dir_fd, &dev, &mount);
        if (k < 0)
                return k;
        if (dev != h->dev || mount != h->mount)
                return -EXDEV;
        h->top_fd = openat(dir_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (h->top_fd < 0)
                return -errno;
        h->fd = holding_open_any(q, dir_fd, h);
        if (h->fd < 0)
                return h->fd;
        /* .giad itself may be a mount of its own: the try would tell */
        k = holding_try(root_fd, h->fd);
        if (k < 0) {
                holding_remove(q, h);
                return k;
        }
        h->path = holding_path_of(h->fd);
        if (!h->path)
                return -ENOMEM;
        *ret = take_ptr(&h);
        return 0;
}

int holding_reopen(struct quarantine *q, const char *path)
{
        const char *slash = strrchr(path, '/');
        struct holding *h;
        struct stat st;

        (void)pthread_mutex_lock(&q->lock);
        for (h = TAILQ_FIRST(&q->holdings); h; h = TAILQ_NEXT(h, entries))
                if (strcmp(h->path, path) == 0)
                        break;
        (void)pthread_mutex_unlock(&q->lock);
        if (h)
                return 0;
        /* nobody else knows a directory of this name, and ours cannot be exchanged */
        if (!slash || strcmp(slash + 1, q->store_id) != 0)
                return -EINVAL;
        _cleanup_(holding_freep) struct holding *new = calloc(1, sizeof(*new));
        if (!new)
                return -ENOMEM;
        new->top_fd = -1;
        new->fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (new->fd < 0 || fstat(new->fd, &st) < 0)
                return -errno;
        if (st.st_uid != geteuid() || (st.st_mode & 077))
                return -EPERM;
        int k = holding_mount(new->fd, &new->dev, &new->mount);
        if (k < 0)
                return k;
        new->path = strdup(path);
        if (!new->path)
                return -ENOMEM;
        (void)pthread_mutex_lock(&q->lock);
        TAILQ_INSERT_TAIL(&q->holdings, new, entries);
        (void)pthread_mutex_unlock(&q->lock);
        new = NULL;
        return 0;
}

/* The directories above the workspace on its mount, the nearest first. Returns how many. */
static size_t holding_ancestors(int root_fd, int fds[static HOLDING_DEPTH_MAX])
{
        uint64_t dev = 0, mount = 0, up_dev = 0, up_mount = 0;
        struct stat here, up;
        size_t n = 0;

        if (holding_mount(root_fd, &dev, &mount) < 0 || fstat(root_fd, &here) < 0)
                return 0;
        while (n < HOLDING_DEPTH_MAX) {
                _cleanup_close_ int fd = openat(n ? fds[n - 1] : root_fd, "..",
                                                O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

                if (fd < 0 || fstat(fd, &up) < 0 || holding_mount(fd, &up_dev, &up_mount) < 0)
                        break;
                if (up_dev != dev || up_mount != mount || up.st_ino == here.st_ino)
                        break;
                here = up;
                fds[n++] = take_fd(&fd);
        }
        return n;
}

/* Which directory should the operator allow? The highest that could serve but may not be written.
 */
static char *holding_detail(const int *fds, size_t n, const char *workspace)
{
        for (size_t i = n; i-- > 0;)
                if (holding_parent_safe(fds[i]) == 0)
                        return holding_path_of(fds[i]);
        const char *slash = strrchr(workspace, '/');
        if (!slash || slash == workspace)
                return strdup("/");
        return strndup(workspace, (size_t)(slash - workspace));
}

static bool holding_is_below(const struct holding *h, int root_fd)
{
        _cleanup_free_ char *root = holding_path_of(root_fd);
        size_t n = root ? strlen(root) : 0;

        return n > 0 && strncmp(h->path, root, n) == 0 && (h->path[n] == '/' || root[n - 1] == '/');
}

static int holding_choose(struct quarantine *q, int root_fd, const int *fds, size_t n,
                          struct holding **ret)
{
        for (size_t i = n; i-- > 0;)
                if (holding_parent_safe(fds[i]) == 0 && holding_make(q, fds[i], root_fd, ret) == 0)
                        return 0;
        return holding_make(q, q->store_fd, root_fd, ret);
}

int quarantine_prepare(struct quarantine *q, int root_fd, const char *workspace, char **ret_detail)
{
        int fds[HOLDING_DEPTH_MAX];
        _cleanup_(holding_freep) struct holding *h = NULL;
        struct holding *known = holding_find(q, root_fd);

        if (ret_detail)
                *ret_detail = NULL;
        if (known && !holding_is_below(known, root_fd) && holding_try(root_fd, known->fd) == 0)
                return 0;
        size_t n = holding_ancestors(root_fd, fds);
        int k = holding_choose(q, root_fd, fds, n, &h);
        if (k < 0 && ret_detail)
                *ret_detail = holding_detail(fds, n, workspace);
        for (size_t i = 0; i < n; i++)
                (void)fd_close(fds[i]);
        if (k < 0)
                return k == -ENOMEM ? k : -EXDEV;
        (void)pthread_mutex_lock(&q->lock);
        TAILQ_INSERT_HEAD(&q->holdings, h, entries);
        (void)pthread_mutex_unlock(&q->lock);
        h = NULL;
        return 0;
}

void quarantine_own_directories(struct quarantine *q, void (*fn)(void *userdata, int fd),
                                void *userdata)
{
        struct holding *h;

        fn(userdata, q->store_fd);
        for (h = TAILQ_FIRST(&q->holdings); h; h = TAILQ_NEXT(h, entries))
                fn(userdata, h->fd);
}
