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

static pid_t parse_stat(char *stat, char *comm, usec_t *ret_started, unsigned *ret_terminal)
{
        char *open = strchr(stat, '('), *close = strrchr(stat, ')');
        unsigned long long started = 0;
        long hertz = sysconf(_SC_CLK_TCK);
        int ppid = 0, terminal = 0;

        if (!open || !close || close < open)
                return 0;
        *close = '\0';
        (void)snprintf(comm, PROC_COMM_MAX, "%s", open + 1);
        /* state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime cutime cstime
         * priority nice threads itrealvalue starttime */
        if (sscanf(close + 1,
                   " %*c %d %*d %*d %d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d "
                   "%llu",
                   &ppid, &terminal, &started) != 3)
                return 0;
        if (ret_started && hertz > 0)
                *ret_started = started * (USEC_PER_SEC / (unsigned long long)hertz);
        if (ret_terminal)
                *ret_terminal = (unsigned)terminal;
        return ppid;
}

pid_t proc_read_parent(int directory_fd, char comm[static PROC_COMM_MAX], usec_t *ret_started,
                       unsigned *ret_terminal)
{
        char stat[1024];

        return proc_read(directory_fd, "stat", stat, sizeof(stat)) > 0
                       ? parse_stat(stat, comm, ret_started, ret_terminal)
                       : 0;
}
