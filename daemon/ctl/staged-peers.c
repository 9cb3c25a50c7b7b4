/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: a directory with the files of the index that others are read with.
 * Does not own: which of them are opened for a file (common/model/peers.h), running git (git.c).
 *
 * Peers are found by looking into directories, so they are written into one: small files only, and
 * only where a staged file may be read with others.
 */
#include "daemon/ctl/staged-peers.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "daemon/ctl/ctl.h"

#define FILES_MAX 2000u
#define DIRECTORY \
        "giactl-" \
        "XX"      \
        "XX"      \
        "XX" /* of mkdtemp(3) */

struct staged_peers {
        char directory[PATH_MAX];
        int fd;
        unsigned files;
        bool cut;
};

/* --- which files ---- */

/* Whether the file at path, from the top on, may be read with a staged one. */
static bool is_needed(const char *path, const char *staged, size_t n)
{
        if (!scan_peers_wanted(path) && !scan_peers_values(path))
                return false;
        for (size_t i = 0; i < n;) {
                const char *other = staged + i + strlen(staged + i) + 1;

                if (other >= staged + n)
                        return false;
                i = (size_t)(other - staged) + strlen(other) + 1;
                size_t place = scan_peers_place(other);
                if (scan_peers_wanted(other) && strncmp(path, other, place) == 0 &&
                    (place == 0 || path[place] == '/'))
                        return true;
        }
        return false;
}

static bool is_any_read_with_others(const char *staged, size_t n)
{
        for (size_t i = 0; i < n;) {
                const char *path = staged + i + strlen(staged + i) + 1;

                if (path >= staged + n)
                        return false;
                if (scan_peers_wanted(path))
                        return true;
                i = (size_t)(path - staged) + strlen(path) + 1;
        }
        return false;
}

/* --- the directory ---- */

static int make_directory(struct staged_peers *p)
{
        const char *runtime = getenv("XDG_RUNTIME_DIR"), *tmp = getenv("TMPDIR");
        const char *const parents[] = {runtime, tmp, "/tmp"};

        for (size_t i = 0; i < ELEMENTSOF(parents); i++) {
                if (!parents[i] || *parents[i] != '/')
                        continue;
                (void)snprintf(p->directory, sizeof(p->directory), "%s/" DIRECTORY, parents[i]);
                if (mkdtemp(p->directory)) {
                        p->fd = open(p->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
                        return p->fd < 0 ? -errno : 0;
                }
        }
        p->directory[0] = '\0';
        return -errno;
}

/* Makes what is above the file. Paths of the index have no "..", and are relative. */
static int make_parents(int fd, const char *path)
{
        char copy[PATH_MAX];

        if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
                return -ENAMETOOLONG;
        for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                if (mkdirat(fd, copy, 0700) < 0 && errno != EEXIST)
                        return -errno;
                *slash = '/';
        }
        return 0;
}

/* One that cannot be written is left out, as one that cannot be opened is. Returns 0, or negative
 * errno: git is of no use any more. */
static int write_file(struct staged_peers *p, struct git_objects *objects, const char *path,
                      const char *id)
{
        size_t size;
        int k = git_objects_ask(objects, id, &size);

        if (k < 0)
                return k == -ENOENT ? 0 : k;
        _cleanup_close_ int fd = -1;
        if (size <= SCAN_PEER_SIZE_MAX && make_parents(p->fd, path) >= 0)
                fd = openat(p->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                            0600);
        k = git_objects_read(objects, fd, size);
        p->files += fd >= 0;
        return k == -EPIPE ? k : 0;
}

/* "MODE ID STAGE" TAB PATH NUL */
static int write_files(struct staged_peers *p, struct git_objects *objects,
                       const struct buffer *index, const char *staged, size_t n)
{
        int k = 0;

        for (size_t i = 0; i < index->len && k >= 0;) {
                const char *entry = index->data + i, *path = strchr(entry, '\t');
                char id[65];
                unsigned mode;

                i += strlen(entry) + 1;
                if (!path || sscanf(entry, "%o %64[0-9a-f] 0\t", &mode, id) != 2 ||
                    !S_ISREG(mode) || !is_needed(path + 1, staged, n))
                        continue;
                if (p->files >= FILES_MAX) {
                        p->cut = true;
                        return 0;
                }
                k = write_file(p, objects, path + 1, id);
        }
        return k;
}

int staged_peers_new(struct staged_peers **ret, const char *top, struct git_objects *objects,
                     const char *staged, size_t n)
{
        static const char *const args[] = {"ls-files", "--stage", "-z", NULL};
        _cleanup_buffer_ struct buffer index = BUFFER_NULL;

        *ret = NULL;
        if (!is_any_read_with_others(staged, n))
                return 0;
        int k = git_output(top, args, &index);
        if (k != 0)
                return k;
        struct staged_peers *p = calloc(1, sizeof(*p));
        if (!p)
                return -ENOMEM;
        p->fd = -1;
        k = make_directory(p);
        if (k >= 0)
                k = write_files(p, objects, &index, staged, n);
        if (k < 0) {
                (void)staged_peers_free(p);
                return k;
        }
        if (p->cut)
                (void)ctl_error("note: only %u of the files that staged ones are read with were "
                                "looked at: names that others define may be unknown",
                                FILES_MAX);
        *ret = p;
        return 0;
}

static void remove_tree(const char *path)
{
        char copy[PATH_MAX];
        char *roots[] = {copy, NULL};

        (void)snprintf(copy, sizeof(copy), "%s", path);
        FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
        for (FTSENT *e; fts && (e = fts_read(fts));) {
                if (e->fts_info == FTS_DP)
                        (void)rmdir(e->fts_accpath);
                else if (e->fts_info != FTS_D)
                        (void)unlink(e->fts_accpath);
        }
        if (fts)
                (void)fts_close(fts);
}

struct staged_peers *staged_peers_free(struct staged_peers *p)
{
        if (!p)
                return NULL;
        (void)fd_close(p->fd);
        if (p->directory[0])
                remove_tree(p->directory);
        free(p);
        return NULL;
}

void staged_peers_open(const struct staged_peers *p, const char *path, struct scan_peers *ret)
{
        char directory[PATH_MAX];

        if (!p || !scan_peers_wanted(path))
                return;
        (void)snprintf(directory, sizeof(directory), "%.*s", (int)scan_peers_place(path), path);
        _cleanup_close_ int fd = openat(p->fd, *directory ? directory : ".",
                                        O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0)
                scan_peers_open(ret, fd, path);
}
