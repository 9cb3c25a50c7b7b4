/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the crash journal and the list of open records.
 * Does not own: the decision what a record that is found open means (recover.c).
 * Ownership: records enter the list at journal_begin() or when the journal is read, and are freed
 * by journal_end().
 *
 *   <checksum> take <id> {the record as JSON}     before the file is touched
 *   <checksum> zero <id>                          before the mode is set to 0000 in place
 *   <checksum> held <id> <how> <other names>      what arrived was what was scanned
 *   <checksum> done <id>                          stored, put back, or nothing had happened
 *
 * Nothing here waits for the disk, since a crash of giad loses no write; the storer syncs the
 * journal before it syncs a batch, for the crash of the machine. A line that was cut by a crash
 * fails its checksum and is as if it had not been written.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/fnv.h"
#include "common/base/io.h"
#include "common/base/text.h"
#include "daemon/quarantine/internal.h"

#define JOURNAL_NAME "journal"
#define JOURNAL_NEW_NAME "journal.new"
#define JOURNAL_EMPTY_AT ((uint64_t)64 * 1024)          /* emptied past this when nothing is open */
#define JOURNAL_REWRITE_AT ((uint64_t)4 * 1024 * 1024)  /* rewritten past this */
#define JOURNAL_READ_MAX ((uint64_t)1024 * 1024 * 1024) /* never grown by giad */

struct record *record_new(void)
{
        return calloc(1, sizeof(struct record));
}

struct record *record_free(struct record *rec)
{
        if (!rec)
                return NULL;
        quarantine_entry_done(&rec->entry);
        free(rec->holding);
        free(rec);
        return NULL;
}

void record_remark(struct quarantine *q, struct record *rec, const char *remark)
{
        struct quarantine_entry *e = &rec->entry;
        char *reason = NULL;

        if (e->reason && strstr(e->reason, remark))
                return;
        if (asprintf(&reason, "%s%s%s", e->reason ? e->reason : "", e->reason ? "; " : "", remark) <
            0)
                return;
        (void)pthread_mutex_lock(&q->lock);
        free(e->reason);
        e->reason = reason;
        (void)pthread_mutex_unlock(&q->lock);
}

static struct record *journal_find(struct quarantine *q, const char *id)
{
        struct record *rec;

        for (rec = TAILQ_LAST(&q->records, record_list); rec;
             rec = TAILQ_PREV(rec, record_list, entries))
                if (strcmp(rec->entry.id, id) == 0)
                        return rec;
        return NULL;
}

bool journal_knows(struct quarantine *q, const char *id)
{
        (void)pthread_mutex_lock(&q->lock);
        bool known = journal_find(q, id) != NULL;
        (void)pthread_mutex_unlock(&q->lock);
        return known;
}

/* Tells a torn line, not an adversary; the journal is root's. */
static uint64_t checksum(const char *s, size_t n)
{
        return fnv_add(FNV_BEGIN, s, n);
}

static void line_seal(struct buffer *out, const struct buffer *body)
{
        buffer_printf(out, "%016" PRIx64 " ", checksum(body->data, body->len));
        buffer_append(out, body->data, body->len);
        buffer_putc(out, '\n');
}

static void line_take(struct buffer *out, const struct record *rec)
{
        _cleanup_buffer_ struct buffer body = BUFFER_NULL;

        buffer_printf(&body, "take %s ", rec->entry.id);
        entry_to_json(rec, NULL, true, &body);
        if (body.error)
                out->error = body.error;
        else
                line_seal(out, &body);
}

/* Under the lock. */
static void journal_write(struct quarantine *q, const struct buffer *line)
{
        if (line->error || q->journal_fd < 0)
                return;
        if (q->journal_torn && write(q->journal_fd, "\n", 1) != 1)
                return;
        ssize_t n = write(q->journal_fd, line->data, line->len);
        q->journal_torn = n != (ssize_t)line->len;
        q->journal_size += n > 0 ? (uint64_t)n : 0;
}

static void _printf_(2, 3) journal_note(struct quarantine *q, const char *fmt, ...)
{
        _cleanup_buffer_ struct buffer body = BUFFER_NULL, line = BUFFER_NULL;
        char text[128];
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        buffer_puts(&body, text);
        if (body.error)
                return;
        line_seal(&line, &body);
        journal_write(q, &line);
}

void journal_begin(struct quarantine *q, struct record *rec)
{
        _cleanup_buffer_ struct buffer line = BUFFER_NULL;

        line_take(&line, rec);
        (void)pthread_mutex_lock(&q->lock);
        TAILQ_INSERT_TAIL(&q->records, rec, entries);
        if (!rec->temp) {
                q->held++;
                rec->held_size = rec->entry.size;
                q->held_bytes += rec->held_size;
        }
        journal_write(q, &line);
        (void)pthread_mutex_unlock(&q->lock);
}

void journal_checked(struct quarantine *q, const struct record *rec)
{
        (void)pthread_mutex_lock(&q->lock);
        journal_note(q, "held %s %s %" PRIu64, rec->entry.id,
                     quarantine_how_to_string((int)rec->entry.how), rec->entry.other_names);
        (void)pthread_mutex_unlock(&q->lock);
}

void journal_zeroing(struct quarantine *q, const struct record *rec)
{
        (void)pthread_mutex_lock(&q->lock);
        journal_note(q, "zero %s", rec->entry.id);
        (void)pthread_mutex_unlock(&q->lock);
}

void journal_end(struct quarantine *q, struct record *rec)
{
        (void)pthread_mutex_lock(&q->lock);
        journal_note(q, "done %s", rec->entry.id);
        TAILQ_REMOVE(&q->records, rec, entries);
        if (!rec->temp) {
                q->held--;
                q->held_bytes -= rec->held_size;
        }
        /* every line is of a record that is closed: nothing that a crash could need is lost */
        if (TAILQ_EMPTY(&q->records) && q->journal_size > JOURNAL_EMPTY_AT &&
            ftruncate(q->journal_fd, 0) == 0) {
                q->journal_size = 0;
                q->journal_torn = false;
        }
        (void)pthread_mutex_unlock(&q->lock);
        (void)record_free(rec);
}

void journal_given(struct quarantine *q, const char *id)
{
        (void)pthread_mutex_lock(&q->lock);
        struct record *rec = journal_find(q, id);
        (void)pthread_mutex_unlock(&q->lock);
        if (rec && rec->giving)
                journal_end(q, rec);
}

int journal_sync(struct quarantine *q)
{
        /* only the storer exchanges the fd, and the storer is the one who calls */
        return fdatasync(q->journal_fd) < 0 ? -errno : 0;
}

/* Writes a journal of the open records alone and puts it in the place of the old one. Under the
 * lock, or, waiting for the disk, before anybody else knows the quarantine. */
static int journal_rewrite(struct quarantine *q, bool wait)
{
        _cleanup_buffer_ struct buffer lines = {.max = SIZE_MAX / 4};
        struct record *rec;

        for (rec = TAILQ_FIRST(&q->records); rec; rec = TAILQ_NEXT(rec, entries))
                line_take(&lines, rec);
        if (lines.error)
                return lines.error;
        _cleanup_close_ int fd =
                openat(q->store_fd, JOURNAL_NEW_NAME,
                       O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        int k = io_write_all(fd, lines.data, lines.len);
        if (k < 0)
                return k;
        if ((wait && fdatasync(fd) < 0) ||
            renameat(q->store_fd, JOURNAL_NEW_NAME, q->store_fd, JOURNAL_NAME) < 0)
                return -errno;
        q->journal_fd = fd_close(q->journal_fd);
        q->journal_fd = take_fd(&fd);
        q->journal_size = q->journal_base = lines.len;
        q->journal_torn = false;
        return 0;
}

void journal_compact(struct quarantine *q)
{
        int k = -EAGAIN;

        (void)pthread_mutex_lock(&q->lock);
        if (q->journal_size > MAX_OF(JOURNAL_REWRITE_AT, 2 * q->journal_base))
                k = journal_rewrite(q, false);
        (void)pthread_mutex_unlock(&q->lock);
        if (k == 0)
                (void)journal_sync(q);
}

/* --- reading it back ------------------------------------------------------------------------ */

static int replay_take(struct quarantine *q, const char *id, const char *json)
{
        _cleanup_(record_freep) struct record *rec = record_new();

        if (!rec)
                return -ENOMEM;
        int k = entry_from_json(json, strlen(json), rec, NULL);
        if (k == -ENOMEM)
                return k;
        /* a damaged record is none: the file in holding is found without it */
        if (k < 0 || strcmp(rec->entry.id, id) != 0 || journal_find(q, id))
                return 0;
        rec->entry.held = true;
        TAILQ_INSERT_TAIL(&q->records, rec, entries);
        rec = NULL;
        return 0;
}

static void replay_held(struct record *rec, char *rest)
{
        char *space = strchr(rest, ' ');
        uint64_t others = 0;

        if (!space)
                return;
        *space = '\0';
        int how = quarantine_how_from_string(rest);
        if (how < 0 || text_to_u64(space + 1, 10, &others) < 0)
                return;
        rec->entry.how = (enum quarantine_how)how;
        rec->entry.other_names = others;
        rec->checked = true;
}

/* One line without its newline: "<checksum> <word> <id>[ <rest>]". */
static int replay_line(struct quarantine *q, char *line)
{
        size_t n = strlen(line);
        char expected[17];

        if (n < 17 + 5 + ID_LENGTH || line[16] != ' ')
                return 0;
        line[16] = '\0';
        (void)snprintf(expected, sizeof(expected), "%016" PRIx64, checksum(line + 17, n - 17));
        if (strcmp(expected, line) != 0)
                return 0;

        char *word = line + 17, *id = word + 5, *rest = id + ID_LENGTH;
        if (word[4] != ' ' || (*rest != '\0' && *rest != ' '))
                return 0;
        word[4] = '\0';
        if (*rest == ' ')
                *rest++ = '\0';
        if (!id_valid(id))
                return 0;
        if (strcmp(word, "take") == 0)
                return replay_take(q, id, rest);

        struct record *rec = journal_find(q, id);
        if (rec && strcmp(word, "held") == 0) {
                replay_held(rec, rest);
        } else if (rec && strcmp(word, "zero") == 0) {
                rec->zeroing = true;
        } else if (rec && strcmp(word, "done") == 0) {
                TAILQ_REMOVE(&q->records, rec, entries);
                (void)record_free(rec);
        }
        return 0;
}

static int journal_replay(struct quarantine *q, FILE *f)
{
        _cleanup_free_ char *line = NULL;
        size_t alloc = 0;
        ssize_t n;

        while ((n = getline(&line, &alloc, f)) > 0) {
                if (line[n - 1] == '\n')
                        line[n - 1] = '\0';
                int k = replay_line(q, line);
                if (k < 0)
                        return k;
        }
        return ferror(f) ? -EIO : 0;
}

int journal_open(struct quarantine *q)
{
        struct record *rec;
        struct stat st;
        _cleanup_close_ int fd =
                openat(q->store_fd, JOURNAL_NAME,
                       O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > JOURNAL_READ_MAX)
                return -EBADMSG;
        _cleanup_close_ int append_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        _cleanup_fclose_ FILE *f = append_fd < 0 ? NULL : fdopen(fd, "r");
        if (!f)
                return -errno;
        (void)take_fd(&fd);
        int k = journal_replay(q, f);
        if (k < 0)
                return k;
        for (rec = TAILQ_FIRST(&q->records); rec; rec = TAILQ_NEXT(rec, entries)) {
                if (rec->temp)
                        continue;
                q->held++;
                rec->held_size = rec->entry.size;
                q->held_bytes += rec->held_size;
        }
        if (journal_rewrite(q, true) == 0)
                return 0;
        /* the disk is full, say: the old one goes on, and is rewritten when there is room */
        q->journal_fd = take_fd(&append_fd);
        q->journal_size = (uint64_t)st.st_size;
        q->journal_torn = st.st_size > 0;
        return 0;
}
