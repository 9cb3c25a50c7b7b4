/* SPDX-FileCopyrightText: giad maintainers */
/*
 * A damaged crash journal. With an even first byte the rest is the file as it is; with an odd one
 * each line is sealed with its checksum first, so that what lies behind the checksum is reached.
 * A journal of the same records must be there when it has been read.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "daemon/quarantine/internal.h"
#include "tests/fuzz/fuzz.h"

static void require(bool truth)
{
        if (!truth)
                abort();
}

static void seal(struct buffer *out, const char *line, size_t n)
{
        uint64_t h = 0xcbf29ce484222325u;

        for (size_t i = 0; i < n; i++)
                h = (h ^ (unsigned char)line[i]) * 0x100000001b3u;
        buffer_printf(out, "%016" PRIx64 " ", h);
        buffer_append(out, line, n);
        buffer_putc(out, '\n');
}

static void make_journal(struct buffer *out, const char *data, size_t n, bool sealed)
{
        if (!sealed)
                buffer_append(out, data, n);
        while (sealed && n > 0) {
                const char *end = memchr(data, '\n', n);
                size_t length = end ? (size_t)(end - data) : n;

                seal(out, data, length);
                data += length + (end != NULL);
                n -= length + (end != NULL);
        }
}

static void write_journal(int dir_fd, const struct buffer *b)
{
        _cleanup_close_ int fd = openat(dir_fd, "journal", O_WRONLY | O_CREAT | O_TRUNC, 0600);

        require(fd >= 0 && write(fd, b->data ? b->data : "", b->len) == (ssize_t)b->len);
}

/* Reads the journal; returns how many records are open, and their names' hash. */
static unsigned read_journal(int dir_fd, uint64_t *ret_hash)
{
        struct quarantine q = {.store_fd = dir_fd, .journal_fd = -1};
        struct record *rec;
        unsigned n = 0;

        (void)pthread_mutex_init(&q.lock, NULL);
        TAILQ_INIT(&q.records);
        TAILQ_INIT(&q.holdings);
        require(journal_open(&q) == 0);
        *ret_hash = 0;
        while ((rec = TAILQ_FIRST(&q.records))) {
                require(id_valid(rec->entry.id) && journal_knows(&q, rec->entry.id));
                for (const char *c = rec->entry.id; *c; c++)
                        *ret_hash = (*ret_hash ^ (unsigned char)*c) * 1099511628211u;
                TAILQ_REMOVE(&q.records, rec, entries);
                (void)record_free(rec);
                n++;
        }
        q.journal_fd = fd_close(q.journal_fd);
        (void)pthread_mutex_destroy(&q.lock);
        return n;
}

static char directory[64];

static void clean_up(void)
{
        (void)rmdir(directory);
}

/* One directory for the life of the program; on a file system in memory, where there is one. */
static int make_directory(void)
{
        (void)snprintf(directory, sizeof(directory), "%s/giad-fuzz-XXXXXX",
                       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        require(mkdtemp(directory) != NULL);
        (void)atexit(clean_up);
        int fd = open(directory, O_DIRECTORY | O_CLOEXEC);
        require(fd >= 0);
        return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static int dir_fd = -1;
        _cleanup_buffer_ struct buffer journal = BUFFER_NULL;
        uint64_t one, two;

        if (size < 1)
                return 0;
        if (dir_fd < 0)
                dir_fd = make_directory();
        make_journal(&journal, (const char *)data + 1, size - 1, data[0] % 2);
        write_journal(dir_fd, &journal);
        unsigned n = read_journal(dir_fd, &one);
        require(read_journal(dir_fd, &two) == n && one == two);
        (void)unlinkat(dir_fd, "journal", 0);
        return 0;
}
