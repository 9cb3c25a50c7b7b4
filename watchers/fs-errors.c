/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the format of the kernel's records about damaged file systems.
 * Does not own: what follows from them (daemon/file-systems.c).
 */
#include "watchers/fs-errors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include "common/base/macros.h"

#define EXT4_MAGIC 0xef53
/* handles that begin with the inode's number, in 32 bits */
#define FILEID_INO32_GEN 1
#define FILEID_INO32_GEN_PARENT 2

int fs_errors_open(void)
{
        int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_FID |
                                       FAN_UNLIMITED_MARKS,
                               O_RDONLY | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

int fs_errors_mark(int fd, int root_fd)
{
        struct statfs fs;
        char path[64];

        /* the magic link leads to the very directory that was opened; the call itself takes no O_PATH descriptor */
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", root_fd);
        if (fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_FS_ERROR, AT_FDCWD, path) < 0)
                return -errno;
        /* others take the mark and never say a word (up to Linux 6.19 at least) */
        return fstatfs(root_fd, &fs) < 0 ? -errno : fs.f_type == EXT4_MAGIC ? 0 : -EOPNOTSUPP;
}

static uint64_t read_inode(const struct file_handle *h)
{
        uint32_t ino = 0;

        if ((h->handle_type == FILEID_INO32_GEN || h->handle_type == FILEID_INO32_GEN_PARENT) &&
            h->handle_bytes >= sizeof(ino))
                memcpy(&ino, h->f_handle, sizeof(ino));
        return ino;
}

static void read_records(const char *at, const char *end, __fsid_t *fsid, struct fs_error *ret)
{
        while ((size_t)(end - at) >= sizeof(struct fanotify_event_info_header)) {
                const struct fanotify_event_info_header *h = (const void *)at;

                if (h->len < sizeof(*h) || h->len > end - at)
                        return;
                if (h->info_type == FAN_EVENT_INFO_TYPE_ERROR &&
                    h->len >= sizeof(struct fanotify_event_info_error)) {
                        const struct fanotify_event_info_error *e = (const void *)at;

                        ret->error = e->error;
                        ret->count = e->error_count;
                } else if (h->info_type == FAN_EVENT_INFO_TYPE_FID &&
                           h->len >= sizeof(struct fanotify_event_info_fid) +
                                             sizeof(struct file_handle)) {
                        const struct fanotify_event_info_fid *f = (const void *)at;

                        memcpy(fsid, &f->fsid, sizeof(*fsid));
                        ret->fsid = fsid;
                        ret->ino = read_inode((const void *)f->handle);
                }
                at += h->len;
        }
}

static int hand_over(const char *at, const char *end,
                     void (*told)(void *userdata, const struct fs_error *e), void *userdata)
{
        struct fanotify_event_metadata m;

        for (; (size_t)(end - at) >= sizeof(m); at += m.event_len) {
                struct fs_error e = {.count = 1};
                __fsid_t fsid;

                memcpy(&m, at, sizeof(m));
                if (m.vers != FANOTIFY_METADATA_VERSION || m.event_len < sizeof(m) ||
                    m.event_len > (size_t)(end - at))
                        return -EPROTO;
                read_records(at + m.metadata_len, at + m.event_len, &fsid, &e);
                if (e.fsid || m.mask & FAN_Q_OVERFLOW)
                        told(userdata, &e);
        }
        return 0;
}

int fs_errors_read(int fd, void (*told)(void *userdata, const struct fs_error *e), void *userdata)
{
        char buffer[4096] __attribute__((aligned(__alignof__(struct fanotify_event_metadata))));

        for (;;) {
                ssize_t n = read(fd, buffer, sizeof(buffer));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n == 0 || errno == EAGAIN ? 0 : -errno;
                int r = hand_over(buffer, buffer + n, told, userdata);
                if (r < 0)
                        return r;
        }
}
