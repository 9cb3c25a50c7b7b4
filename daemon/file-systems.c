/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which inodes were told to be damaged, and what follows.
 * Does not own: the kernel's records (watchers/fs-errors.h), sweeps (sweeper.c).
 *
 * An error comes again whenever somebody meets what is damaged, a sweep too. So only one about something that was not
 * named before asks for a sweep; and a gap closes only after a sweep during which there was none.
 */
#include "daemon/file-systems.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/vfs.h>

#include "common/base/log.h"
#include "common/base/macros.h"
#include "common/base/text.h"
#include "daemon/tell.h"
#include "watchers/fs-errors.h"

#define DAMAGED_MAX 64u /* inodes; more only count */

struct damaged {
        __fsid_t fsid;
        uint64_t ino; /* 0: the file system as a whole */
        bool named;   /* its name was told of */
};

struct file_systems {
        int fd; /* -1: no errors are told of */
        sd_event_source *source;
        struct workspaces *workspaces;
        struct file_systems_host host;
        struct damaged damaged[DAMAGED_MAX];
        size_t n_damaged;
};

static bool is_on(const struct workspace *ws, const __fsid_t *fsid)
{
        struct statfs fs;

        return fstatfs(ws->root_fd, &fs) == 0 && memcmp(&fs.f_fsid, fsid, sizeof(*fsid)) == 0;
}

/* True if it is news. */
static bool note(struct file_systems *f, const struct fs_error *e)
{
        const __fsid_t none = {0};
        const __fsid_t *fsid = e->fsid ? e->fsid : &none;

        for (size_t i = 0; i < f->n_damaged; i++)
                if (f->damaged[i].ino == e->ino &&
                    memcmp(&f->damaged[i].fsid, fsid, sizeof(*fsid)) == 0)
                        return false;
        if (f->n_damaged == DAMAGED_MAX)
                return false;
        f->damaged[f->n_damaged++] = (struct damaged){.fsid = *fsid, .ino = e->ino};
        return true;
}

static void describe(const struct fs_error *e, char *ret, size_t size)
{
        char text[64], where[32] = "", times[32] = "";

        if (e->ino > 0)
                (void)snprintf(where, sizeof(where), "inode %llu: ", (unsigned long long)e->ino);
        if (e->count > 1)
                (void)snprintf(times, sizeof(times), ", %u times", e->count);
        if (e->error > 0)
                (void)snprintf(ret, size, "%s%s (error %d%s)", where,
                               strerror_r(e->error, text, sizeof(text)), e->error, times);
        else
                (void)snprintf(ret, size, "more errors than are told of one by one");
}

static void on_error(void *userdata, const struct fs_error *e)
{
        struct file_systems *f = userdata;
        int news = -1; /* not asked yet: of a file system without workspaces nothing is noted */
        struct workspace *ws;
        char detail[160];

        describe(e, detail, sizeof(detail));
        for (size_t i = 0; (ws = workspaces_at(f->workspaces, i)); i++) {
                if (e->fsid ? !is_on(ws, e->fsid) : !ws->errors_told)
                        continue;
                if (news < 0)
                        news = note(f, e);
                ws->error_at = clock_realtime();
                workspaces_gap(f->workspaces, ws, REASON_FILE_SYSTEM_ERROR, true, detail);
                if (news > 0)
                        f->host.sweep(f->host.userdata, ws);
        }
}

static int on_ready(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        struct file_systems *f = userdata;
        int r = fs_errors_read(fd, on_error, f);
        struct workspace *ws;

        (void)s;
        (void)revents;
        if (r >= 0)
                return 0;
        (void)log_error_errno(r, "Errors of file systems are not told of any more");
        for (size_t i = 0; (ws = workspaces_at(f->workspaces, i)); i++)
                ws->errors_told = false;
        f->source = sd_event_source_disable_unref(f->source);
        f->fd = fd_close(f->fd);
        return 0;
}

void file_systems_add(struct file_systems *f, struct workspace *ws)
{
        if (f->fd >= 0 && !ws->errors_told)
                ws->errors_told = fs_errors_mark(f->fd, ws->root_fd) == 0;
}

void file_systems_met(struct file_systems *f, struct workspace *ws, const char *path, uint64_t ino)
{
        char masked[SCAN_PATH_MAX];

        for (size_t i = 0; i < f->n_damaged; i++) {
                struct damaged *d = &f->damaged[i];

                if (d->named || d->ino != ino || !is_on(ws, &d->fsid))
                        continue;
                d->named = true;
                const struct told_file file = {.workspace = ws,
                                               .path = text_mask(masked, sizeof(masked), path),
                                               .id.ino = ino};
                f->host.emit(f->host.userdata,
                             tell_not_scanned(&file, REASON_FILE_SYSTEM_ERROR, NULL));
        }
}

void file_systems_swept(struct file_systems *f, struct workspace *ws, usec_t begun)
{
        const __fsid_t none = {0};
        size_t kept = 0;

        if (!ws->gaps[REASON_FILE_SYSTEM_ERROR].open || ws->error_at >= begun)
                return;
        workspaces_gap(f->workspaces, ws, REASON_FILE_SYSTEM_ERROR, false, NULL);
        for (size_t i = 0; i < f->n_damaged; i++)
                if (!is_on(ws, &f->damaged[i].fsid) &&
                    memcmp(&f->damaged[i].fsid, &none, sizeof(none)) != 0)
                        f->damaged[kept++] = f->damaged[i];
        f->n_damaged = kept;
}

int file_systems_new(struct file_systems **ret, sd_event *event, struct workspaces *workspaces,
                     const struct file_systems_host *host)
{
        struct file_systems *f = calloc(1, sizeof(*f));
        int k = 0;

        if (!f)
                return -ENOMEM;
        f->workspaces = workspaces;
        f->host = *host;
        f->fd = fs_errors_open();
        if (f->fd >= 0)
                k = sd_event_add_io(event, &f->source, f->fd, EPOLLIN, on_ready, f);
        if (k < 0) {
                (void)file_systems_free(f);
                return k;
        }
        *ret = f;
        return 0;
}

struct file_systems *file_systems_free(struct file_systems *f)
{
        if (!f)
                return NULL;
        f->source = sd_event_source_disable_unref(f->source);
        f->fd = fd_close(f->fd);
        free(f);
        return NULL;
}
