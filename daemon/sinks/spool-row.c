/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the files of one priority: making, reading, deleting them, and what is known of each.
 * Does not own: the bytes of a record (spool-record.c), the bound, and the order between rows
 * (spool.c).
 *
 * At most two files of a row are open: the one that is read, and the one that is written. A file of
 * an earlier run is never written to: its last record may be torn.
 */
#include "daemon/sinks/spool-row.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_SIZE 32

static void name_of(const struct spool_row *row, uint64_t first, char ret[static NAME_SIZE])
{
        (void)snprintf(ret, NAME_SIZE, "%d-%020" PRIu64, row->priority, first);
}

void spool_row_init(struct spool_row *row, int dir_fd, int priority)
{
        *row = (struct spool_row){.dir_fd = dir_fd, .priority = priority, .scan = SPOOL_SCAN_NULL};
        TAILQ_INIT(&row->files);
}

/* --- files ---- */

static struct spool_file *file_new(struct spool_row *row, uint64_t first)
{
        struct spool_file *f = calloc(1, sizeof(*f));

        if (!f)
                return NULL;
        f->first = first;
        f->fd = -1;
        TAILQ_INSERT_TAIL(&row->files, f, entry);
        return f;
}

/* Forgets the file; what is on disk stays. */
static void file_forget(struct spool_row *row, struct spool_file *f)
{
        if (f == TAILQ_FIRST(&row->files)) {
                row->loaded = false;
                row->scan.fd = -1;
        }
        TAILQ_REMOVE(&row->files, f, entry);
        row->bytes -= f->bytes;
        row->records -= f->records;
        f->fd = fd_close(f->fd);
        free(f);
}

static void file_delete(struct spool_row *row, struct spool_file *f)
{
        char name[NAME_SIZE];

        name_of(row, f->first, name);
        (void)unlinkat(row->dir_fd, name, 0);
        file_forget(row, f);
}

void spool_row_done(struct spool_row *row)
{
        struct spool_file *f;

        while ((f = TAILQ_FIRST(&row->files)))
                file_forget(row, f);
        spool_scan_done(&row->scan);
}

/* For reading: a regular file of our own. Returns 0 or negative errno. */
static int file_open(struct spool_row *row, struct spool_file *f)
{
        char name[NAME_SIZE];
        struct stat st;

        if (f->fd >= 0)
                return 0;
        name_of(row, f->first, name);
        _cleanup_close_ int fd = openat(row->dir_fd, name,
                                        O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
                return -EPERM;
        if (!f->appends) {
                row->bytes += (uint64_t)st.st_size - f->bytes;
                f->bytes = (uint64_t)st.st_size;
        }
        f->fd = take_fd(&fd);
        return 0;
}

/* --- what an earlier run left ---- */

/* Counts what waits in it. Where it cannot be read, reading it for delivery says so. */
static int file_survey(struct spool_row *row, struct spool_file *f, uint64_t delivered,
                       uint64_t *ret_last)
{
        struct spool_scan scan = {.fd = f->fd, .end = f->bytes};
        struct spool_record r;
        uint32_t damaged;
        int k;

        while ((k = spool_scan_next(&scan, &r, &damaged)) > 0) {
                *ret_last = r.number;
                if (r.number <= delivered) {
                        f->read_at = scan.at;
                        f->read_index = scan.index;
                        continue;
                }
                if (f->records++ == 0)
                        f->seq_from = r.seq;
                f->seq_to = r.seq;
        }
        row->records += f->records;
        spool_scan_done(&scan);
        return k == -ENOMEM ? k : 0;
}

int spool_row_adopt(struct spool_row *row, uint64_t first, uint64_t delivered, uint64_t *ret_last)
{
        struct spool_file *f = file_new(row, first);

        *ret_last = 0;
        if (!f)
                return -ENOMEM;
        if (file_open(row, f) < 0) {
                file_forget(row, f);
                return 0;
        }
        int k = file_survey(row, f, delivered, ret_last);
        if (k < 0)
                file_forget(row, f);
        else if (f->read_at == f->bytes)
                file_delete(row, f);
        else
                f->fd = fd_close(f->fd);
        return k;
}

/* --- writing ---- */

/* Nothing more is written to it. It is not synced here: where files are small that would be once in
 * a few events. */
static void file_end(struct spool_row *row, struct spool_file *f)
{
        f->appends = false;
        if (f != TAILQ_FIRST(&row->files))
                f->fd = fd_close(f->fd);
}

static int file_create(struct spool_row *row, uint64_t first, struct spool_file **ret)
{
        char name[NAME_SIZE];

        name_of(row, first, name);
        _cleanup_close_ int fd =
                openat(row->dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        struct spool_file *f = file_new(row, first);
        if (!f) {
                (void)unlinkat(row->dir_fd, name, 0);
                return -ENOMEM;
        }
        f->fd = take_fd(&fd);
        f->appends = true;
        *ret = f;
        return 0;
}

/* The file that takes n bytes more. */
static int file_for(struct spool_row *row, uint64_t n, uint64_t number, uint64_t file_max,
                    struct spool_file **ret)
{
        struct spool_file *f = TAILQ_LAST(&row->files, spool_files);

        if (f && f->appends && f->bytes + n <= file_max) {
                *ret = f;
                return 0;
        }
        if (f && f->appends)
                file_end(row, f);
        return file_create(row, number, ret);
}

/* Whole or not at all. */
static int write_record(struct spool_row *row, struct spool_file *f, const struct buffer *record)
{
        ssize_t n = pwrite(f->fd, record->data, record->len, (off_t)f->bytes);
        int error = n < 0 ? -errno : -ENOSPC;

        if (n == (ssize_t)record->len) {
                f->bytes += record->len;
                row->bytes += record->len;
                return 0;
        }
        /* else it ends in a torn record, behind which nothing may come */
        if (n > 0 && ftruncate(f->fd, (off_t)f->bytes) < 0)
                file_end(row, f);
        return error;
}

int spool_row_append(struct spool_row *row, struct buffer *record, uint64_t number, uint64_t seq,
                     uint64_t file_max)
{
        struct spool_file *f = NULL;
        int k = file_for(row, record->len, number, file_max, &f);

        if (k < 0)
                return k;
        const struct spool_record r = {.number = number, .seq = seq, .index = f->next_index};
        spool_record_seal(record, &r);
        k = write_record(row, f, record);
        if (k < 0) {
                if (f->next_index == 0)
                        file_delete(row, f);
                return k;
        }
        if (f->records++ == 0)
                f->seq_from = seq;
        f->seq_to = seq;
        f->next_index++;
        f->dirty = true;
        row->records++;
        return 0;
}

static int file_sync(struct spool_row *row, struct spool_file *f)
{
        bool opened = f->fd < 0;
        int k = file_open(row, f);

        if (k >= 0 && fdatasync(f->fd) < 0)
                k = -errno;
        if (opened && f != TAILQ_FIRST(&row->files))
                f->fd = fd_close(f->fd);
        f->dirty = false;
        return k;
}

int spool_row_sync(struct spool_row *row)
{
        struct spool_file *f;
        int error = 0;

        /* those written since the last time are the last ones */
        TAILQ_FOREACH_REVERSE(f, &row->files, spool_files, entry)
        {
                if (!f->dirty)
                        break;
                int k = file_sync(row, f);
                error = error < 0 ? error : k;
        }
        return error;
}

bool spool_row_is_dirty(const struct spool_row *row)
{
        const struct spool_file *f = TAILQ_LAST(&row->files, spool_files);

        return f && f->dirty;
}

/* --- reading ---- */

static void add_damage(struct spool_row *row, const struct spool_file *f, uint32_t n,
                       uint64_t before, struct sink_loss *loss)
{
        uint64_t from = row->last_seq > 0 ? row->last_seq + 1 : f->seq_from;
        uint64_t to = before > from ? before - 1 : from;

        sink_loss_add(loss, n, from, to);
}

void spool_row_drop(struct spool_row *row, struct sink_loss *loss)
{
        struct spool_file *f = TAILQ_FIRST(&row->files);

        if (f->records > 0)
                sink_loss_add(loss, f->records, f->seq_from, f->seq_to);
        else
                add_damage(row, f, 1, 0, loss);
        file_delete(row, f);
}

/* The next record of the first file. 1; 0: it is at its end, and has gone; -ENOMEM. */
static int load_from(struct spool_row *row, struct spool_file *f, struct sink_loss *loss)
{
        uint32_t damaged = 0;
        int k = file_open(row, f);

        if (k >= 0) {
                row->scan.fd = f->fd;
                row->scan.at = f->read_at;
                row->scan.end = f->bytes;
                row->scan.index = f->read_index;
                k = spool_scan_next(&row->scan, &row->head, &damaged);
        }
        if (k == -ENOMEM)
                return k;
        if (k < 0) {
                spool_row_drop(row, loss);
                return 0;
        }
        add_damage(row, f, damaged, k > 0 ? row->head.seq : 0, loss);
        if (k == 0) {
                file_delete(row, f);
                return 0;
        }
        f->read_at = row->scan.at;
        f->read_index = row->scan.index;
        row->last_seq = row->head.seq;
        row->loaded = true;
        return 1;
}

int spool_row_load(struct spool_row *row, struct sink_loss *loss)
{
        struct spool_file *f;
        int k = row->loaded;

        while (k == 0 && (f = TAILQ_FIRST(&row->files)))
                k = load_from(row, f, loss);
        return k;
}

void spool_row_next(struct spool_row *row)
{
        struct spool_file *f = TAILQ_FIRST(&row->files);

        row->loaded = false;
        /* the survey may have missed some that could be read after all */
        if (f->records > 0) {
                f->records--;
                row->records--;
        }
        f->seq_from = row->head.seq + 1;
        if (f->records == 0 && f->read_at == f->bytes)
                file_delete(row, f);
}
