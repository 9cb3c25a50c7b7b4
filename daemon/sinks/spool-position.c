/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the note of how far an output has come, and what a crash leaves in doubt.
 * Does not own: the records (spool.c).
 */
#include "daemon/sinks/spool-position.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "daemon/sinks/spool-record.h"

#define POSITION_MAGIC "giadpos\2"

struct on_disk {
        char magic[8];
        uint64_t delivered, handled, begun_from, begun;
        uint8_t boot[SPOOL_BOOT_SIZE];
        uint64_t clean;
        uint64_t check; /* of what is before */
};
_Static_assert(sizeof(struct on_disk) == 72, "no padding");

void spool_position_boot(uint8_t ret[static SPOOL_BOOT_SIZE])
{
        char text[64] = "";
        _cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
        size_t digits = 0;

        memset(ret, 0, SPOOL_BOOT_SIZE);
        ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
        for (ssize_t i = 0; i < n && digits < 2 * SPOOL_BOOT_SIZE; i++) {
                static const char hex[] = "0123456789abcdef";
                const char *d = text[i] != '\0' ? strchr(hex, text[i]) : NULL;

                if (!d)
                        continue;
                ret[digits / 2] = (uint8_t)(ret[digits / 2] << 4 | (d - hex));
                digits++;
        }
}

int spool_position_open(int dir_fd)
{
        struct stat st;
        _cleanup_close_ int fd =
                openat(dir_fd, "position",
                       O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        return S_ISREG(st.st_mode) && st.st_uid == geteuid() ? take_fd(&fd) : -EPERM;
}

int spool_position_read(int fd, struct spool_position *ret)
{
        struct on_disk d;
        ssize_t n = pread(fd, &d, sizeof(d), 0);

        if (n < 0)
                return -errno;
        if (n == 0)
                return -ENODATA;
        if (n != (ssize_t)sizeof(d) || memcmp(d.magic, POSITION_MAGIC, sizeof(d.magic)) != 0 ||
            d.check != spool_checksum(&d, offsetof(struct on_disk, check)))
                return -EBADMSG;
        *ret = (struct spool_position){
                .delivered = d.delivered,
                .handled = d.handled,
                .begun_from = d.begun_from,
                .begun = d.begun,
                .clean = d.clean == 1,
        };
        memcpy(ret->boot, d.boot, sizeof(ret->boot));
        return 0;
}

int spool_position_look(const char *directory, struct spool_position *ret)
{
        _cleanup_close_ int dir_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        _cleanup_close_ int fd =
                dir_fd < 0 ? -1
                           : openat(dir_fd, "position",
                                    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

        return fd < 0 ? -errno : spool_position_read(fd, ret);
}

int spool_position_write(int fd, const struct spool_position *p)
{
        struct on_disk d = {
                .magic = POSITION_MAGIC,
                .delivered = p->delivered,
                .handled = p->handled,
                .begun_from = p->begun_from,
                .begun = p->begun,
                .clean = p->clean,
        };

        memcpy(d.boot, p->boot, sizeof(d.boot));
        d.check = spool_checksum(&d, offsetof(struct on_disk, check));
        ssize_t n = pwrite(fd, &d, sizeof(d), 0);
        return n == (ssize_t)sizeof(d) ? 0 : n < 0 ? -errno : -ENOSPC;
}

enum spool_doubt spool_position_doubt(const struct spool_position *p)
{
        uint8_t boot[SPOOL_BOOT_SIZE];
        static const uint8_t unknown[SPOOL_BOOT_SIZE];

        if (p->clean)
                return SPOOL_DOUBT_NONE;
        spool_position_boot(boot);
        /* where nobody knows the boot every end was the host's */
        return memcmp(boot, p->boot, sizeof(boot)) == 0 && memcmp(boot, unknown, sizeof(boot)) != 0
                       ? SPOOL_DOUBT_SOME
                       : SPOOL_DOUBT_ALL;
}
