/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A directory for a spool, events with numbers, and what a reader gets of them. Include
 * tests/unit/test.h before. */

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "daemon/sinks/spool.h"
#include "tests/unit/remove-tree.h"

struct spool_bed {
        char base[64], dir[96];
        uint64_t max;
        struct spool *spool;
        struct sink_loss loss;
};

static inline void spool_bed_open(struct spool_bed *b)
{
        assert_int_equal(spool_open(&b->spool, b->dir, b->max, &b->loss), 0);
}

static inline void spool_bed_make(struct spool_bed *b, uint64_t max)
{
        *b = (struct spool_bed){.max = max};
        (void)snprintf(b->base, sizeof(b->base), "%s/giad-spool-XXXXXX",
                       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        assert_non_null(mkdtemp(b->base));
        (void)snprintf(b->dir, sizeof(b->dir), "%s/spool/fake", b->base);
}

static inline void spool_bed_done(struct spool_bed *b)
{
        b->spool = spool_abandon(b->spool);
        remove_tree(b->base);
}

static inline struct event *spool_event(enum event_kind kind, enum severity severity, uint64_t seq)
{
        struct event *e = event_new(kind, severity);

        assert_non_null(e);
        event_set(e, FIELD_DETAIL, "some words that make the record as long as an event's is");
        event_message(e, "event %llu", (unsigned long long)seq);
        event_set_seq(e, seq);
        return e;
}

static inline int spool_bed_append(struct spool_bed *b, enum event_kind kind,
                                   enum severity severity, uint64_t seq)
{
        _cleanup_event_ struct event *e = spool_event(kind, severity, seq);

        return spool_append(b->spool, e, &b->loss);
}

/* Harmless events. */
static inline void spool_bed_fill(struct spool_bed *b, uint64_t from, uint64_t to)
{
        for (uint64_t seq = from; seq <= to; seq++)
                assert_int_equal(spool_bed_append(b, EVENT_ARTEFACT, SEVERITY_INFO, seq), 0);
}

/* Delivers up to n; their numbers, each with "!" if it is marked as delivered again. */
static inline const char *spool_bed_read(struct spool_bed *b, size_t n)
{
        static struct buffer out;
        const struct event *e;

        buffer_done(&out);
        buffer_puts(&out, "");
        while (n-- > 0 && spool_peek(b->spool, &e, &b->loss) > 0) {
                buffer_printf(&out, "%llu%s ", (unsigned long long)e->seq,
                              e->fields[FIELD_REDELIVERED] ? "!" : "");
                spool_advance(b->spool);
        }
        return out.data;
}

static inline uint64_t spool_bed_records(const struct spool_bed *b)
{
        struct spool_stats stats;

        spool_stats(b->spool, &stats);
        return stats.records;
}

/* Bytes of the spool's files as the file system has them, without the position. */
static inline uint64_t spool_bed_bytes(const struct spool_bed *b, unsigned *ret_files)
{
        DIR *dir = opendir(b->dir);
        struct dirent *d;
        uint64_t bytes = 0;
        unsigned files = 0;

        assert_non_null(dir);
        while ((d = readdir(dir))) {
                struct stat st;

                if (d->d_name[0] < '0' || d->d_name[0] > '9')
                        continue;
                assert_int_equal(fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW), 0);
                bytes += (uint64_t)st.st_size;
                files++;
        }
        (void)closedir(dir);
        if (ret_files)
                *ret_files = files;
        return bytes;
}

/* The path of the n-th of the spool's files, in the order of their names. */
static inline const char *spool_bed_file(const struct spool_bed *b, unsigned n)
{
        static char path[400];
        struct dirent **all = NULL;
        int count = scandir(b->dir, &all, NULL, alphasort);
        unsigned i = 0;

        path[0] = '\0';
        for (int k = 0; k < count; k++) {
                if (all[k]->d_name[0] >= '0' && all[k]->d_name[0] <= '9' && i++ == n)
                        (void)snprintf(path, sizeof(path), "%s/%s", b->dir, all[k]->d_name);
                free(all[k]);
        }
        free(all);
        assert_true(path[0] != '\0');
        return path;
}
