/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: a spool as a whole: its bound, the order of its records, what is given up when it is full,
 * and what a crash leaves in doubt. Does not own: the files of a priority (spool-row.c), the note
 * of how far the output has come (spool-position.c), when something is delivered (output.c).
 *
 * Nothing is ever moved or rewritten. What is given up is the oldest file of the least important
 * row: with files of a 64th of the bound little goes at a time, and a flood of harmless events only
 * deletes its own.
 */
#include "daemon/sinks/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "common/model/event-read.h"
#include "daemon/sinks/queue.h"
#include "daemon/sinks/spool-position.h"
#include "daemon/sinks/spool-row.h"

#define FILE_SHARE 64 /* of the bound */
#define FILE_MIN ((uint64_t)16 * 1024)
#define FILE_MAX ((uint64_t)4 * 1024 * 1024)
#define NAME_DIGITS 20

struct spool {
        int dir_fd, position_fd; /* position_fd -1: how far it has come cannot be noted */
        uint64_t max;
        struct spool_row rows[QUEUE_PRIORITIES];
        struct spool_position position;
        uint64_t next_number;
        bool doubt_next;   /* the record that is read next may have been delivered before */
        uint64_t doubt_to; /* and those up to this number */
        uint64_t doubt_from, doubt_seq; /* and events with these sequence numbers; 0: none */
        bool names_dirty;               /* the directory is not synced */
        struct event *head;             /* that was peeked at, and its row */
        struct spool_row *head_row;
        struct buffer record;
};

static uint64_t bytes_of(const struct spool *s)
{
        uint64_t bytes = 0;

        for (size_t i = 0; i < QUEUE_PRIORITIES; i++)
                bytes += s->rows[i].bytes;
        return bytes;
}

static uint64_t file_max(const struct spool *s)
{
        return MIN_OF(MAX_OF(s->max / FILE_SHARE, FILE_MIN), FILE_MAX);
}

static void forget_head(struct spool *s)
{
        s->head = event_free(s->head);
        s->head_row = NULL;
}

/* --- opening ---- */

static int open_directory(const char *path)
{
        char parent[4200];
        struct stat st;

        if (mkdir(path, 0700) < 0 && errno == ENOENT) {
                const char *slash = strrchr(path, '/');

                (void)snprintf(parent, sizeof(parent), "%.*s", slash ? (int)(slash - path) : 0,
                               path);
                (void)mkdir(parent, 0700);
                (void)mkdir(path, 0700);
        }
        _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (st.st_uid != geteuid())
                return -EPERM;
        if ((st.st_mode & 077) && fchmod(fd, 0700) < 0)
                return -errno;
        return take_fd(&fd);
}

struct left {
        uint64_t first;
        int priority;
};

static int compare_left(const void *a, const void *b)
{
        uint64_t x = ((const struct left *)a)->first, y = ((const struct left *)b)->first;

        return x < y ? -1 : x > y;
}

/* "4-00000000000000000017" */
static bool parse_name(const char *name, struct left *ret)
{
        if (name[0] < '0' || name[0] >= '0' + QUEUE_PRIORITIES || name[1] != '-' ||
            strlen(name + 2) != NAME_DIGITS || text_to_u64(name + 2, 10, &ret->first) < 0)
                return false;
        ret->priority = name[0] - '0';
        return true;
}

/* The files that have names of ours, in their order. *ret is the caller's. */
static int list_files(int dir_fd, struct left **ret, size_t *ret_n)
{
        _cleanup_free_ struct left *all = NULL;
        size_t n = 0, alloc = 0;
        struct dirent *entry;
        struct left one;
        int fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 3);
        DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
        int k = 0;

        if (!dir) {
                k = -errno;
                (void)fd_close(fd);
                return k;
        }
        rewinddir(dir);
        while (k >= 0 && (entry = readdir(dir))) {
                if (!parse_name(entry->d_name, &one))
                        continue;
                if (n == alloc) {
                        struct left *more =
                                reallocarray(all, MAX_OF(2 * alloc, (size_t)64), sizeof(*all));

                        if (!more) {
                                k = -ENOMEM;
                                break;
                        }
                        all = more;
                        alloc = MAX_OF(2 * alloc, (size_t)64);
                }
                all[n++] = one;
        }
        (void)closedir(dir);
        if (k < 0)
                return k;
        if (n > 0)
                qsort(all, n, sizeof(*all), compare_left);
        *ret = take_ptr(&all);
        *ret_n = n;
        return 0;
}

static int adopt_files(struct spool *s)
{
        _cleanup_free_ struct left *all = NULL;
        size_t n = 0;
        int k = list_files(s->dir_fd, &all, &n);

        for (size_t i = 0; i < n && k >= 0; i++) {
                uint64_t last = 0;

                k = spool_row_adopt(&s->rows[all[i].priority], all[i].first, s->position.delivered,
                                    &last);
                /* a name that is taken must not come again, whatever it is */
                s->next_number = MAX_OF(s->next_number, MAX_OF(all[i].first, last) + 1);
        }
        return k;
}

/* How far the output had come. Nothing but marks depends on it. */
static enum spool_doubt open_position(struct spool *s)
{
        enum spool_doubt doubt = SPOOL_DOUBT_ALL;

        s->position_fd = spool_position_open(s->dir_fd);
        if (s->position_fd >= 0 && spool_position_read(s->position_fd, &s->position) >= 0)
                doubt = spool_position_doubt(&s->position);
        s->position.clean = false;
        /* as long as all is in doubt another run must see that */
        if (doubt != SPOOL_DOUBT_ALL)
                spool_position_boot(s->position.boot);
        if (s->position_fd < 0)
                return doubt;
        /* before anything is delivered: the note of a clean end must not outlive it */
        (void)spool_position_write(s->position_fd, &s->position);
        (void)fdatasync(s->position_fd);
        return doubt;
}

/* Nothing is in doubt any more because of another boot. */
static void note_boot(struct spool *s)
{
        spool_position_boot(s->position.boot);
        if (s->position_fd >= 0)
                (void)spool_position_write(s->position_fd, &s->position);
}

static bool has_doubts(const struct spool *s)
{
        return !spool_is_empty(s) &&
               (s->doubt_next || s->position.delivered < s->doubt_to || s->doubt_seq > 0);
}

/* Gives up what does not fit with `more` bytes; an event of this priority at most. Returns false if
 * all that is there is more important. */
static bool make_room(struct spool *s, uint64_t more, int priority, struct sink_loss *loss)
{
        while (bytes_of(s) + more > s->max) {
                int least = QUEUE_PRIORITIES - 1;

                while (least > 0 && TAILQ_EMPTY(&s->rows[least].files))
                        least--;
                if (TAILQ_EMPTY(&s->rows[least].files) || priority > least)
                        return false;
                if (s->head_row == &s->rows[least])
                        forget_head(s);
                spool_row_drop(&s->rows[least], loss);
        }
        return true;
}

int spool_open(struct spool **ret, const char *directory, uint64_t max, struct sink_loss *loss)
{
        _cleanup_spool_ struct spool *s = calloc(1, sizeof(*s));
        struct spool_stats stats;

        if (!s)
                return -ENOMEM;
        s->position_fd = -1;
        s->next_number = 1;
        s->max = max;
        s->record.max = SPOOL_RECORD_HEAD + SPOOL_PAYLOAD_MAX;
        s->dir_fd = open_directory(directory);
        for (int i = 0; i < QUEUE_PRIORITIES; i++)
                spool_row_init(&s->rows[i], s->dir_fd, i);
        if (s->dir_fd < 0)
                return s->dir_fd;
        enum spool_doubt doubt = open_position(s);
        int k = adopt_files(s);
        if (k < 0)
                return k;
        s->next_number = MAX_OF(s->next_number, s->position.delivered + 1);
        spool_stats(s, &stats);
        s->doubt_next = doubt == SPOOL_DOUBT_SOME && stats.records > 0;
        s->doubt_to = doubt == SPOOL_DOUBT_ALL ? s->next_number - 1 : 0;
        s->doubt_from = s->position.begun_from;
        s->doubt_seq = doubt == SPOOL_DOUBT_SOME ? s->position.begun : 0;
        if (stats.records == 0)
                note_boot(s);
        (void)make_room(s, 0, 0, loss);
        *ret = take_ptr(&s);
        return 0;
}

struct spool *spool_abandon(struct spool *s)
{
        if (!s)
                return NULL;
        forget_head(s);
        for (size_t i = 0; i < QUEUE_PRIORITIES; i++)
                spool_row_done(&s->rows[i]);
        buffer_done(&s->record);
        (void)fd_close(s->position_fd);
        (void)fd_close(s->dir_fd);
        free(s);
        return NULL;
}

struct spool *spool_close(struct spool *s, bool clean)
{
        if (!s)
                return NULL;
        s->position.clean = clean && !has_doubts(s);
        if (s->position_fd >= 0)
                (void)spool_position_write(s->position_fd, &s->position);
        /* what is not durable is as good as it was */
        (void)spool_sync(s);
        return spool_abandon(s);
}

void spool_set_max(struct spool *s, uint64_t max)
{
        s->max = max;
}

/* --- in and out ---- */

int spool_append(struct spool *s, const struct event *e, struct sink_loss *loss)
{
        int priority = event_priority(e) & (QUEUE_PRIORITIES - 1);
        struct spool_row *row = &s->rows[priority];
        int k = spool_record_make(&s->record, e);

        if (k < 0)
                return k;
        if (!make_room(s, s->record.len, priority, loss))
                return -ENOBUFS;
        bool is_new = TAILQ_EMPTY(&row->files);
        const struct spool_file *last = TAILQ_LAST(&row->files, spool_files);
        k = spool_row_append(row, &s->record, s->next_number, e->seq, file_max(s));
        s->names_dirty = s->names_dirty || is_new || last != TAILQ_LAST(&row->files, spool_files);
        if (k >= 0)
                s->next_number++;
        return k;
}

bool spool_is_empty(const struct spool *s)
{
        for (size_t i = 0; i < QUEUE_PRIORITIES; i++)
                if (!TAILQ_EMPTY(&s->rows[i].files))
                        return false;
        return true;
}

/* The row whose record comes next. 1; 0: there is none; -ENOMEM. */
static int load_oldest(struct spool *s, struct spool_row **ret, struct sink_loss *loss)
{
        struct spool_row *oldest = NULL;

        for (size_t i = 0; i < QUEUE_PRIORITIES; i++) {
                struct spool_row *row = &s->rows[i];
                int k = spool_row_load(row, loss);

                if (k < 0)
                        return k;
                if (k > 0 && (!oldest || row->head.number < oldest->head.number))
                        oldest = row;
        }
        *ret = oldest;
        return oldest != NULL;
}

static void mark(struct spool *s, struct event *e, uint64_t number)
{
        if (s->doubt_next)
                s->doubt_to = number;
        s->doubt_next = false;
        if (e->seq > s->doubt_seq)
                s->doubt_seq = 0;
        if (number <= s->doubt_to || (e->seq >= s->doubt_from && e->seq <= s->doubt_seq))
                event_set_u64(e, FIELD_REDELIVERED, 1);
}

int spool_peek(struct spool *s, const struct event **ret, struct sink_loss *loss)
{
        while (!s->head) {
                struct spool_row *row = NULL;
                int k = load_oldest(s, &row, loss);

                if (k <= 0)
                        return k;
                k = event_read_json(&s->head, row->scan.payload, row->head.size - 1);
                if (k == -ENOMEM)
                        return k;
                if (k < 0) {
                        /* whole, but of a kind that this version does not know */
                        sink_loss_add(loss, 1, row->head.seq, row->head.seq);
                        spool_row_next(row);
                        continue;
                }
                mark(s, s->head, row->head.number);
                s->head_row = row;
        }
        *ret = s->head;
        return 1;
}

void spool_advance(struct spool *s)
{
        struct spool_row *row = s->head_row;

        if (!row)
                return;
        s->position.delivered = row->head.number;
        if (s->doubt_to > 0 && s->position.delivered >= s->doubt_to) {
                s->doubt_to = 0;
                spool_position_boot(s->position.boot);
        }
        if (s->position_fd >= 0)
                (void)spool_position_write(s->position_fd, &s->position);
        spool_row_next(row);
        forget_head(s);
}

bool spool_begin(struct spool *s, uint64_t from, uint64_t to)
{
        if (s->position.handled == 0)
                return false;
        s->position.begun_from = from;
        s->position.begun = to;
        if (s->position_fd >= 0)
                (void)spool_position_write(s->position_fd, &s->position);
        return true;
}

void spool_note(struct spool *s, uint64_t seq, bool at_once)
{
        bool later = !at_once && seq >= s->position.begun_from && seq < s->position.begun;

        s->position.handled = seq;
        if (s->position_fd >= 0 && !later)
                (void)spool_position_write(s->position_fd, &s->position);
}

/* --- the disk ---- */

bool spool_is_dirty(const struct spool *s)
{
        for (size_t i = 0; i < QUEUE_PRIORITIES; i++)
                if (spool_row_is_dirty(&s->rows[i]))
                        return true;
        return false;
}

int spool_sync(struct spool *s)
{
        int error = 0;

        for (size_t i = 0; i < QUEUE_PRIORITIES; i++) {
                int k = spool_row_sync(&s->rows[i]);

                error = error < 0 ? error : k;
        }
        if (s->names_dirty && fsync(s->dir_fd) < 0)
                error = error < 0 ? error : -errno;
        s->names_dirty = false;
        if (s->position_fd >= 0 && fdatasync(s->position_fd) < 0)
                error = error < 0 ? error : -errno;
        return error;
}

void spool_stats(const struct spool *s, struct spool_stats *ret)
{
        *ret = (struct spool_stats){.bytes = bytes_of(s)};
        for (size_t i = 0; i < QUEUE_PRIORITIES; i++)
                ret->records += s->rows[i].records;
}

void spool_remove(struct spool *s, const char *directory, struct sink_loss *loss)
{
        forget_head(s);
        for (size_t i = 0; i < QUEUE_PRIORITIES; i++)
                while (!TAILQ_EMPTY(&s->rows[i].files))
                        spool_row_drop(&s->rows[i], loss);
        (void)unlinkat(s->dir_fd, "position", 0);
        (void)spool_abandon(s);
        (void)rmdir(directory);
}
