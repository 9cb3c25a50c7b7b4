/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the synthetic artefact on the file system.
 * Does not own: what becomes of it (health.c).
 *
 * A workspace is its agent's, who may rename and remove what giad makes in it, at any moment. So
 * everything is done through the directory's fd, in a directory that only giad can write to, and
 * only names that giad gave are removed.
 */
#include "daemon/health-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/fnv.h"
#include "common/base/macros.h"
#include "common/base/text.h"

#define FRESH HEALTH_FILE ".new"

int health_file_begin(struct health_file *f, int root_fd)
{
        char id[ID_SIZE], name[sizeof(f->directory)];
        struct stat st;
        int k = id_new(id);

        if (k < 0)
                return k;
        (void)snprintf(name, sizeof(name), HEALTH_DIRECTORY "%s", id);
        /* root_fd is O_PATH: below it, not through it */
        if (mkdirat(root_fd, name, 0700) < 0)
                return -errno;
        _cleanup_close_ int fd = open_beneath(root_fd, name, O_RDONLY | O_DIRECTORY);
        /* not one that somebody put in its place */
        if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid()) {
                (void)unlinkat(root_fd, name, AT_REMOVEDIR);
                return fd < 0 ? fd : -ESTALE;
        }
        (void)text_copy(f->directory, sizeof(f->directory), name);
        f->directory_fd = take_fd(&fd);
        return 0;
}

static int write_fresh(int directory_fd, const char *id, int *ret)
{
        char text[128];
        /* 32 hex digits, different each time: nothing else knows this content yet */
        uint64_t canary = fnv_add(FNV_BEGIN, id, strlen(id));
        int n = snprintf(text, sizeof(text), "GIAD_HEALTH=" HEALTH_RULE "-%016llx%016llx\n",
                         (unsigned long long)canary, (unsigned long long)~canary);
        _cleanup_close_ int fd = openat(directory_fd, FRESH,
                                        O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        ssize_t written = write(fd, text, (size_t)n);
        if (written != n)
                return written < 0 ? -errno : -ENOSPC;
        *ret = take_fd(&fd);
        return 0;
}

int health_file_write(struct health_file *f)
{
        _cleanup_close_ int fd = -1;
        struct stat st;
        int k = write_fresh(f->directory_fd, f->directory, &fd);

        if (k < 0)
                return k;
        /* nobody has it open for writing when it gets its name */
        f->fd = openat(f->directory_fd, FRESH, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (f->fd < 0 || fstat(f->fd, &st) < 0)
                return -errno;
        fd = fd_close(fd);
        file_id_from_stat(&f->id, &st);
        return renameat(f->directory_fd, FRESH, f->directory_fd, HEALTH_FILE) < 0 ? -errno : 0;
}

bool health_file_is(const struct health_file *f, const struct file_id *id)
{
        return f->fd >= 0 && f->id.dev == id->dev && f->id.ino == id->ino;
}

int health_file_end(struct health_file *f, int root_fd, const char *note_suffix)
{
        char note[NAME_MAX + 1];
        int k = 0;

        if (f->directory_fd >= 0) {
                (void)snprintf(note, sizeof(note), HEALTH_FILE "%.200s", note_suffix);
                (void)unlinkat(f->directory_fd, FRESH, 0);
                (void)unlinkat(f->directory_fd, HEALTH_FILE, 0);
                (void)unlinkat(f->directory_fd, note, 0);
                if (unlinkat(root_fd, f->directory, AT_REMOVEDIR) < 0)
                        k = -errno;
        }
        (void)fd_close(f->directory_fd);
        (void)fd_close(f->fd);
        *f = HEALTH_FILE_NULL;
        return k;
}
