/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding out how a file is being opened.
 * Does not own: what follows from it (gate-judge.c).
 *
 * The thread waits in the kernel, in open(2) or one of its kind, and /proc says with what arguments: they are in
 * registers, so nobody can change them meanwhile. What has them in memory (openat2, io_uring), or calls by the numbers
 * of another architecture, is not known, and waits as
 * a reader does: that can delay it, but it sees nothing that it should not. The numbers
 * mean nothing that opens a file to a program of 32 bits, so it cannot pass for a writer by them.
 */
#include "watchers/gate-opener.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/base/macros.h"

#define TRIES 20u
#define PAUSE_NS 20000L

/* Calls with flags in a register: which argument. aarch64 has but the newer ones. */
static const struct {
        long number;
        int flags; /* -1: as creat(2) has them */
} calls[] = {
        {SYS_openat, 2},
        {SYS_open_by_handle_at, 2},
#ifdef SYS_open
        {SYS_open, 1},
#endif
#ifdef SYS_creat
        {SYS_creat, -1},
#endif
};

static enum gate_opener by_flags(unsigned long long flags)
{
        switch (flags & O_ACCMODE) {
        case O_WRONLY:
                return GATE_OPENER_WRITES;
        case O_RDWR:
                return flags & O_TRUNC ? GATE_OPENER_WRITES : GATE_OPENER_BOTH;
        default:
                return GATE_OPENER_READS;
        }
}

/* "257 0xffffff9c 0x7ffe… 0x241 …" */
static enum gate_opener parse(const char *text)
{
        unsigned long long arguments[3];
        long number;

        if (sscanf(text, "%ld %llx %llx %llx", &number, &arguments[0], &arguments[1],
                   &arguments[2]) != 4)
                return GATE_OPENER_UNKNOWN;
        for (size_t i = 0; i < ELEMENTSOF(calls); i++)
                if (calls[i].number == number)
                        return by_flags(calls[i].flags < 0 ? O_WRONLY | O_TRUNC
                                                           : arguments[calls[i].flags]);
        return GATE_OPENER_UNKNOWN;
}

enum gate_opener gate_opener_find(pid_t thread)
{
        const struct timespec pause = {.tv_nsec = PAUSE_NS};
        char path[48], text[256];

        (void)snprintf(path, sizeof(path), "/proc/%d/syscall", (int)thread);
        for (unsigned i = 0; i < TRIES; i++) {
                _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
                ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

                if (n <= 0)
                        return GATE_OPENER_UNKNOWN;
                text[n] = '\0';
                /* it has told of the event and is about to wait */
                if (strncmp(text, "running", strlen("running")) != 0)
                        return parse(text);
                (void)nanosleep(&pause, NULL);
        }
        return GATE_OPENER_UNKNOWN;
}
