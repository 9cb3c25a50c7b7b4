/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: making many files durable at once.
 * Does not own: the fds.
 *
 * One fsync after the other waits for one flush of the disk after the other. Handed to the kernel
 * together (IOCB_CMD_FSYNC, which does the same fsync) they share commits and flushes, without
 * threads of ours and without syncfs, which would write the agents' data too. Where the kernel or a
 * sandbox has no such calls, one after the other it is.
 */
#include <errno.h>
#include <linux/aio_abi.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/quarantine/internal.h"

#define SYNC_WORTH 8 /* files; fewer are done one after the other */

static void sync_one(struct sync_item *item)
{
        item->result = fsync(item->fd) < 0 ? -errno : 0;
}

/* Hands as many as the kernel takes over, and waits for these. Returns how many. */
static size_t sync_some(aio_context_t context, struct sync_item *items, size_t n)
{
        struct iocb blocks[SYNC_MAX], *list[SYNC_MAX];
        struct io_event events[SYNC_MAX];
        long taken, done = 0;

        for (size_t i = 0; i < n; i++) {
                blocks[i] = (struct iocb){.aio_data = i,
                                          .aio_lio_opcode = IOCB_CMD_FSYNC,
                                          .aio_fildes = (uint32_t)items[i].fd};
                list[i] = &blocks[i];
        }
        taken = syscall(SYS_io_submit, context, (long)n, list);
        if (taken <= 0)
                return 0;
        while (done < taken) {
                long got = syscall(SYS_io_getevents, context, 1L, (long)SYNC_MAX, events, NULL);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        return 0; /* what is not known to be done is done again */
                for (long i = 0; i < got; i++)
                        items[events[i].data].result = (int)events[i].res;
                done += got;
        }
        return (size_t)taken;
}

/* The context is kept: to destroy one waits for tens of milliseconds. */
static bool sync_begin(unsigned long *context)
{
        return *context || syscall(SYS_io_setup, SYNC_MAX, context) == 0;
}

void sync_all(unsigned long *context, struct sync_item *items, size_t n)
{
        size_t done = 0;

        while (n - done >= SYNC_WORTH && sync_begin(context)) {
                size_t now = sync_some(*context, items + done, MIN_OF(n - done, (size_t)SYNC_MAX));

                if (now == 0)
                        break;
                done += now;
        }
        for (; done < n; done++)
                sync_one(&items[done]);
}

void sync_done(unsigned long *context)
{
        if (*context)
                (void)syscall(SYS_io_destroy, *context);
        *context = 0;
}
