/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A workspace and a store beside it, and what the tests of quarantine do with them. Include
 * tests/unit/test.h before. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "daemon/quarantine/quarantine.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"

struct fixture {
        char base[64];
        char workspace[96];
        char store[96];
        int root_fd;
        struct quarantine *q;
        struct quarantine_config config;
};

static inline void fixture_open(struct fixture *f)
{
        f->config.store = f->store;
        assert_int_equal(quarantine_new(&f->q, &f->config), 0);
        assert_int_equal(quarantine_prepare(f->q, f->root_fd, f->workspace, NULL), 0);
}

static inline void fixture_reopen(struct fixture *f)
{
        f->q = quarantine_free(f->q);
        fixture_open(f);
}

/* Makes the directories, without the quarantine. */
static inline void fixture_make_in(struct fixture *f, const char *where)
{
        *f = (struct fixture){.root_fd = -1};
        (void)snprintf(f->base, sizeof(f->base), "%s/giad-quarantine-XXXXXX", where);
        assert_non_null(mkdtemp(f->base));
        assert_int_equal(chmod(f->base, 0755), 0);
        (void)snprintf(f->workspace, sizeof(f->workspace), "%s/work", f->base);
        (void)snprintf(f->store, sizeof(f->store), "%s/store", f->base);
        assert_int_equal(mkdir(f->workspace, 0755), 0);
        f->root_fd = open(f->workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(f->root_fd >= 0);
}

static inline void fixture_make(struct fixture *f)
{
        fixture_make_in(f, "/tmp");
}

/* Where a sync costs nothing, if there is such a place: for what does not test the disk. */
static inline void fixture_make_in_memory(struct fixture *f)
{
        fixture_make_in(f, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

static inline void fixture_done(struct fixture *f)
{
        if (f->q) /* nothing is left in holding */
                (void)quarantine_recover(f->q, NULL);
        f->q = quarantine_free(f->q);
        f->root_fd = fd_close(f->root_fd);
        remove_tree(f->base);
}

static inline void fixture_write(struct fixture *f, const char *path, const void *data, size_t n)
{
        _cleanup_close_ int fd =
                openat(f->root_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, data, n), n);
}

/* What the pipeline knows of a file after a scan. Closes nothing: request->fd is the caller's. */
static inline struct quarantine_request fixture_scan(struct fixture *f, const char *path)
{
        struct quarantine_request request = {.workspace = f->workspace,
                                             .root_fd = f->root_fd,
                                             .path = path,
                                             .fd = -1,
                                             .artefact = "dotenv",
                                             .format = "ini",
                                             .findings = "[{\"rule\":\"r1\",\"line\":3}]",
                                             .reason = "policy line 2",
                                             .writer = "{\"pid\":7}"};
        struct stat st;

        assert_int_equal(fstatat(f->root_fd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
        file_id_from_stat(&request.id, &st);
        if (S_ISREG(st.st_mode)) {
                request.fd = open_beneath(f->root_fd, path, O_RDONLY);
                assert_true(request.fd >= 0);
        }
        return request;
}

static inline int fixture_take(struct fixture *f, const char *path, struct quarantine_ticket **ret)
{
        struct quarantine_request request = fixture_scan(f, path);
        enum reason reason;
        int k = quarantine_take(f->q, &request, ret, &reason);

        (void)fd_close(request.fd);
        return k;
}

/* Takes and stores; the entry is the caller's. */
static inline void fixture_quarantine(struct fixture *f, const char *path,
                                      struct quarantine_entry *ret)
{
        struct quarantine_ticket *ticket = NULL;
        int result = -1;

        assert_int_equal(fixture_take(f, path, &ticket), 0);
        assert_int_equal(quarantine_store(f->q, &ticket, 1, ret, &result), 1);
        assert_int_equal(result, 0);
        (void)quarantine_ticket_free(ticket);
}

static inline int fixture_release(struct fixture *f, const char *id, const char *path,
                                  char **ret_dropped)
{
        struct quarantine_release release = {.id = id, .root_fd = f->root_fd, .path = path};
        struct file_id file;
        char *dropped = NULL;
        int k = quarantine_release(f->q, &release, &file, &dropped);

        if (k == 0 && ret_dropped)
                *ret_dropped = dropped;
        else
                free(dropped);
        return k;
}

static inline bool fixture_there(struct fixture *f, const char *path)
{
        struct stat st;

        return fstatat(f->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Number of names in a directory. */
static inline unsigned fixture_count(const char *path)
{
        DIR *dir = opendir(path);
        const struct dirent *d;
        unsigned n = 0;

        if (!dir)
                return 0;
        while ((d = readdir(dir)))
                if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
                        n++;
        (void)closedir(dir);
        return n;
}

static inline bool fixture_holds(int fd, const void *data, size_t n)
{
        char buffer[8192];
        struct stat st;

        assert_true(n <= sizeof(buffer));
        return fd >= 0 && fstat(fd, &st) == 0 && (size_t)st.st_size == n &&
               pread(fd, buffer, sizeof(buffer), 0) == (ssize_t)n && memcmp(buffer, data, n) == 0;
}
