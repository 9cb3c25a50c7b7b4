/* SPDX-FileCopyrightText: giad maintainers */
/*
 * A damaged spool. The first byte says what the rest is: the bytes of a file (0), lines that are
 * sealed into records, so that what lies behind the checksums is reached (1), or the position (2).
 * Whatever it is: all that can be read comes back once, what is appended comes behind it, the bound
 * holds, and an event that was read is written and read again as the same.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/model/event-read.h"
#include "daemon/sinks/spool-record.h"
#include "daemon/sinks/spool.h"
#include "tests/fuzz/fuzz.h"

#define BOUND ((uint64_t)256 * 1024)
#define RECORDS_MAX 4096u

static void require(bool truth)
{
        if (!truth)
                abort();
}

static char top[64], directory[80];

static void clean_up(void)
{
        (void)rmdir(directory);
        (void)rmdir(top);
}

static void make_directory(void)
{
        (void)snprintf(top, sizeof(top), "%s/giad-fuzz-XXXXXX",
                       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        require(mkdtemp(top) != NULL);
        (void)snprintf(directory, sizeof(directory), "%s/spool", top);
        require(mkdir(directory, 0700) == 0);
        (void)atexit(clean_up);
}

static void empty_directory(void)
{
        DIR *dir = opendir(directory);
        struct dirent *d;

        require(dir != NULL);
        while ((d = readdir(dir)))
                if (d->d_name[0] != '.')
                        (void)unlinkat(dirfd(dir), d->d_name, 0);
        (void)closedir(dir);
}

static void put_file(const char *name, const void *data, size_t n)
{
        char path[160];

        (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        require(fd >= 0 && write(fd, data, n) == (ssize_t)n);
}

static void seal_lines(struct buffer *out, const char *data, size_t n)
{
        for (uint32_t i = 0; n > 0 && i < RECORDS_MAX; i++) {
                const char *end = memchr(data, '\n', n);
                size_t length = end ? (size_t)(end - data) : n;
                struct buffer record = BUFFER_NULL;
                static const char head[SPOOL_RECORD_HEAD];
                const struct spool_record r = {.number = i + 1, .seq = 100 + i, .index = i};

                buffer_append(&record, head, sizeof(head));
                buffer_append(&record, data, length);
                buffer_putc(&record, '\n');
                require(record.error == 0);
                spool_record_seal(&record, &r);
                buffer_append(out, record.data, record.len);
                buffer_done(&record);
                data += length + (end != NULL);
                n -= length + (end != NULL);
        }
}

static void check_event(const struct event *e)
{
        _cleanup_buffer_ struct buffer one = BUFFER_NULL, two = BUFFER_NULL;
        struct event *again = NULL;

        event_to_json(e, &one);
        require(event_read_json(&again, one.data, one.len) == 0);
        event_to_json(again, &two);
        require(strcmp(one.data, two.data) == 0 && event_priority(e) == event_priority(again));
        (void)event_free(again);
}

static void append_one(struct spool *s, uint64_t seq)
{
        _cleanup_event_ struct event *e = event_new(EVENT_FINDING, SEVERITY_CRITICAL);
        struct sink_loss loss = {0};

        require(e != NULL);
        event_set_seq(e, seq);
        require(spool_append(s, e, &loss) == 0);
}

/* Reads all of it; the last one must be what was appended. */
static unsigned read_all(struct spool *s, uint64_t last_seq)
{
        const struct event *e = NULL;
        struct sink_loss loss = {0};
        struct spool_stats stats;
        uint64_t seq = 0;
        unsigned n = 0;

        while (spool_peek(s, &e, &loss) > 0) {
                check_event(e);
                seq = e->seq;
                spool_advance(s);
                require(++n <= RECORDS_MAX + 1);
        }
        require(seq == last_seq && spool_is_empty(s));
        spool_stats(s, &stats);
        require(stats.bytes == 0 && stats.records == 0);
        return n;
}

static struct spool *open_it(struct sink_loss *loss)
{
        struct spool *s = NULL;
        struct spool_stats stats;

        require(spool_open(&s, directory, BOUND, loss) == 0);
        spool_stats(s, &stats);
        require(stats.bytes <= BOUND);
        return s;
}

static void check_spool(void)
{
        struct sink_loss loss = {0};
        const struct event *e;
        struct spool *s = open_it(&loss);

        /* killed while it delivers the first one */
        if (spool_peek(s, &e, &loss) > 0)
                check_event(e);
        (void)spool_abandon(s);
        s = open_it(&loss);
        append_one(s, 1000000);
        (void)read_all(s, 1000000);
        append_one(s, 1000001);
        (void)spool_close(s, true);
        s = open_it(&loss);
        require(read_all(s, 1000001) == 1);
        (void)spool_close(s, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_buffer_ struct buffer sealed = BUFFER_NULL;
        const char *text = (const char *)data + 1;
        struct event *e = NULL;

        if (size < 1 || size > 128 * 1024)
                return 0;
        if (top[0] == '\0')
                make_directory();
        switch (data[0] % 3) {
        case 0:
                put_file("4-00000000000000000001", text, size - 1);
                break;
        case 1:
                if (event_read_json(&e, text, size - 1) == 0)
                        check_event(e);
                (void)event_free(e);
                seal_lines(&sealed, text, size - 1);
                if (sealed.data && sealed.len <= BOUND)
                        put_file("6-00000000000000000001", sealed.data, sealed.len);
                break;
        case 2:
                put_file("position", text, size - 1);
                break;
        }
        check_spool();
        empty_directory();
        return 0;
}
