/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading small files of /proc/PID.
 * Does not own: whose they are.
 */
#include "common/base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "common/base/text.h"

int proc_open(pid_t pid)
{
        char path[32];

        (void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

ssize_t proc_read(int directory_fd, const char *name, char *dst, size_t size)
{
        _cleanup_close_ int fd =
                openat(directory_fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
        size_t n = 0;

        if (fd < 0)
                return -errno;
        while (n < size - 1) {
                ssize_t k = read(fd, dst + n, size - 1 - n);

                if (k < 0)
                        return -errno;
                if (k == 0)
                        break;
                n += (size_t)k;
        }
        n -= n > 0 && dst[n - 1] == '\n';
        dst[n] = '\0';
        return (ssize_t)n;
}

uint32_t proc_read_id(int directory_fd, const char *name)
{
        char text[32];
        uint64_t value;

        return proc_read(directory_fd, name, text, sizeof(text)) > 0 &&
                               text_to_u64(text, 10, &value) == 0 && value <= UINT32_MAX
                       ? (uint32_t)value
                       : UINT32_MAX;
}

bool proc_read_cgroup(int directory_fd, char *dst, size_t size)
{
        static const char systemd[] = ":name=systemd:";
        char text[8192];
        const char *found = NULL;

        if (proc_read(directory_fd, "cgroup", text, sizeof(text)) <= 0)
                return false;
        for (char *line = text; line;) {
                char *end = strchr(line, '\n');

                if (end)
                        *end = '\0';
                const char *named = strstr(line, systemd);
                if (strncmp(line, "0::", 3) == 0)
                        found = line + 3;
                else if (named && !found)
                        found = named + strlen(systemd);
                line = end ? end + 1 : NULL;
        }
        if (!found || strlen(found) >= size)
                return false;
        memcpy(dst, found, strlen(found) + 1);
        return true;
}
