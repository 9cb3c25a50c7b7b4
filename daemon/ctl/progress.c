/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: counting ahead, and the line on the terminal.
 * Does not own: what is done with the files.
 */
#include "daemon/ctl/progress.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/base/macros.h"

#define QUIET_AT_FIRST USEC_PER_SEC
#define INTERVAL (100 * USEC_PER_MSEC)
#define BAR_MAX 40u
#define TEXT_WIDTH 48u /* of what stands behind the bar */

void progress_begin(struct progress *p, bool on)
{
        *p = (struct progress){.on = on, .started = clock_monotonic()};
}

static bool count_root(struct progress *p, const char *root, usec_t end)
{
        char *const roots[] = {(char *)(uintptr_t)root, NULL};
        FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
        bool whole = fts != NULL;

        for (const FTSENT *e; whole && (e = fts_read(fts));) {
                if (e->fts_info == FTS_DP)
                        whole = clock_monotonic() < end;
                else if (e->fts_info != FTS_D)
                        p->total++;
        }
        if (fts)
                (void)fts_close(fts);
        return whole;
}

void progress_count(struct progress *p, const char *const *roots, unsigned n, usec_t limit)
{
        usec_t end = clock_monotonic() + limit;

        for (unsigned i = 0; p->on && i < n; i++) {
                if (count_root(p, roots[i], end))
                        continue;
                p->total = 0;
                return;
        }
}

static unsigned bar_width(void)
{
        struct winsize size;

        if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < TEXT_WIDTH + 10)
                return 0;
        return MIN_OF(size.ws_col - TEXT_WIDTH, BAR_MAX);
}

static void draw_bar(const struct progress *p)
{
        unsigned width = bar_width();
        unsigned full = (unsigned)(width * MIN_OF(p->done, p->total) / p->total);

        if (width == 0)
                return;
        (void)fputc('[', stderr);
        for (unsigned i = 0; i < width; i++)
                (void)fputc(i < full ? '#' : ' ', stderr);
        (void)fputs("] ", stderr);
}

void progress_step(struct progress *p, uint64_t bytes)
{
        usec_t now;

        p->done++;
        p->bytes += bytes;
        if (!p->on)
                return;
        now = clock_monotonic();
        if (now - p->started < QUIET_AT_FIRST || now - p->shown < INTERVAL)
                return;
        p->shown = now;
        p->drawn = true;
        (void)fputc('\r', stderr);
        if (p->total > 0) {
                draw_bar(p);
                (void)fprintf(stderr, "%3.0f %% of %llu files",
                              100.0 * (double)MIN_OF(p->done, p->total) / (double)p->total,
                              (unsigned long long)p->total);
        } else {
                (void)fprintf(stderr, "%llu files", (unsigned long long)p->done);
        }
        (void)fprintf(stderr, ", %.1f MB, %.0f/s\x1b[K", (double)p->bytes / 1e6,
                      (double)p->done / ((double)(now - p->started) / 1e6));
        (void)fflush(stderr);
}

void progress_clear(struct progress *p)
{
        if (p->drawn)
                (void)fputs("\r\x1b[K", stderr);
        p->drawn = false;
}
