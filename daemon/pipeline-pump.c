/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: giving files that wait to scanners that have room, and taking them back.
 * Does not own: whose turn it is (work.c, turns.c), which scanner of a kind (scan/pool.c).
 *
 * What a walk found goes to the scanners for sweeps, which run when nobody else wants the processor. That may be never, and
 * whoever wants to hide a file could see to it. So the other scanners help with HELP_BYTES of it every HELP_EVERY, about a
 * twentieth of one processor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

#include "daemon/pipeline-internal.h"

#define STORER_QUEUE_MAX \
        ((size_t)16384) /* jobs: past it no more is scanned until the disk has caught up */
#define HELP_EVERY (100 * USEC_PER_MSEC)
#define HELP_BYTES ((int64_t)1 << 20) /* a file counts as in turns.h */

/* Opens an item that waited without an fd. Returns 0, or negative errno if it is no longer the file
 * that was named. */
static int reopen(struct pipeline *p, struct workspace *ws, struct work_item *item)
{
        _cleanup_close_ int path_fd = open_beneath(ws->root_fd, item->path, O_PATH);
        struct file_id id;
        struct stat st;

        if (path_fd < 0)
                return path_fd;
        if (fstat(path_fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_ino != item->id.ino || st.st_dev != item->id.dev)
                return -ESTALE;
        int fd = open_again(path_fd, O_RDONLY | O_NONBLOCK);
        if (fd < 0)
                return fd;
        file_id_from_stat(&id, &st);
        work_rekey(p->work, item, &id);
        work_set_fd(p->work, item, fd);
        return 0;
}

bool pipeline_recall(struct pipeline *p, struct work_item *item, bool sweep)
{
        if (!item->scanning || !p->pool || !scan_pool_recall(p->pool, item, sweep))
                return false;
        item->scanning = false;
        return true;
}

static int submit(struct pipeline *p, const struct workspace *ws, struct work_item *item,
                  bool sweep)
{
        if (ws->gated && item->ticket == 0)
                item->settled = item->fd >= 0 && file_is_written_to(item->fd) == 0;
        const struct scan_job job = {
                .userdata = item,
                .fd = item->fd,
                .path = item->path,
                .text = item->target,
                .mode = item->mode,
                .size = item->id.size,
                .sweep = sweep,
        };
        int k = scan_pool_submit(p->pool, &job);

        if (k < 0)
                return k;
        item->scanning = true;
        item->given = clock_monotonic();
        return k;
}

/* Those of these classes, while scanners of this kind have room, until *left bytes are used up. */
static void give_out(struct pipeline *p, unsigned classes, bool sweep, int64_t *left)
{
        struct work_item *item;

        while (*left > 0 && scan_pool_has_room(p->pool, sweep) &&
               storer_queued(p->storer) < STORER_QUEUE_MAX &&
               (item = work_next(p->work, classes))) {
                struct workspace *ws = p->host.workspace(p->host.userdata, item->workspace);
                int k = ws ? 0 : -ENOENT;

                if (ws && item->fd < 0 && !item->target)
                        k = reopen(p, ws, item);
                if (k < 0) {
                        if (ws)
                                pipeline_open_failed(p, ws, item->path, k);
                        /* another file may have taken the name meanwhile; its own event names it */
                        pipeline_finish(p, ws, item);
                        continue;
                }
                k = submit(p, ws, item, sweep);
                if (k == -EAGAIN) {
                        work_wait(p->work, item, true);
                        return;
                }
                *left -= (int64_t)(TURNS_FILE_COST +
                                   MIN_OF(item->id.size, (uint64_t)TURNS_COST_MAX));
                if (k < 0) {
                        pipeline_not_scanned(p, ws, item->path, NULL, REASON_UNREADABLE,
                                             "its path is too long");
                        pipeline_finish(p, ws, item);
                }
        }
}

/* So much of a sweep may the others take now: as time has gone by since it was last asked, and no more than that at once. */
static void earn_help(struct pipeline *p)
{
        usec_t now = clock_monotonic();
        int64_t earned =
                (int64_t)MIN_OF(now - p->help_since, HELP_EVERY) * HELP_BYTES / (int64_t)HELP_EVERY;

        p->help_since = now;
        p->help_left = MIN_OF(p->help_left + earned, HELP_BYTES);
}

/* They do without sweepers if it is little: no process is started for a few files. */
static void sweep(struct pipeline *p)
{
        int64_t any = INT64_MAX;

        earn_help(p);
        give_out(p, TURNS_SWEEP, false, &p->help_left);
        if (!work_any(p->work, TURNS_SWEEP))
                return;
        scan_pool_begin_sweep(p->pool);
        give_out(p, TURNS_SWEEP, true, &any);
}

/* The timer runs as long as there is something to sweep. */
static void set_timer(struct pipeline *p, bool on)
{
        if (p->sweeping == on)
                return;
        p->sweeping = on;
        (void)sd_event_source_set_time_relative(p->help, HELP_EVERY);
        (void)sd_event_source_set_enabled(p->help, on ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static int on_help(sd_event_source *s, uint64_t usec, void *userdata)
{
        struct pipeline *p = userdata;

        (void)s;
        (void)usec;
        p->sweeping = false;
        pipeline_pump(p);
        return 0;
}

int pipeline_pump_init(struct pipeline *p, sd_event *event)
{
        int k = sd_event_add_time_relative(event, &p->help, CLOCK_MONOTONIC, 0, 10 * USEC_PER_MSEC,
                                           on_help, p);

        return k < 0 ? k : sd_event_source_set_enabled(p->help, SD_EVENT_OFF);
}

void pipeline_pump(struct pipeline *p)
{
        bool own = p->pool && scan_pool_sweeps(p->pool);
        int64_t any = INT64_MAX;

        if (p->pool)
                give_out(p, own ? TURNS_FRESH : TURNS_ALL, false, &any);
        if (own && work_any(p->work, TURNS_SWEEP))
                sweep(p);
        set_timer(p, own && work_any(p->work, TURNS_SWEEP));
}
