/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: steps 1 to 3 of a quarantine: intent, move, check of what arrived; the ladder of weaker
 * ways; putting back what was not meant. Does not own: copying (store.c) and what is done about
 * files left over by a crash (recover.c). Ownership: the record goes to the journal, the ticket to
 * the caller.
 *
 * The name is only how the inode is reached: whatever stands there is moved first, to where nobody
 * can touch it, and looked at then. All of this runs in the event loop, so nothing here waits for
 * the disk. A holding directory is ours alone and its names are new, so where the file system has
 * no RENAME_NOREPLACE (FUSE) a plain rename into it replaces nothing either.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "daemon/quarantine/internal.h"

#define HOLD_TRIES 8u

struct take {
        struct quarantine *q;
        const struct quarantine_request *request;
        const char *name; /* in parent */
        struct holding *holding;
        struct record *record;
        struct quarantine_ticket *ticket;
        enum reason reason;
};

const char *quarantine_ticket_id(const struct quarantine_ticket *t)
{
        return t->id;
}

enum quarantine_how quarantine_ticket_how(const struct quarantine_ticket *t)
{
        return t->how;
}

struct quarantine_ticket *quarantine_ticket_free(struct quarantine_ticket *t)
{
        if (!t)
                return NULL;
        if (t->record) {
                (void)pthread_mutex_lock(&t->q->lock);
                t->record->busy = false;
                (void)pthread_mutex_unlock(&t->q->lock);
        }
        (void)fd_close(t->own_fd);
        free(t);
        return NULL;
}
DEFINE_CLEANUP(struct quarantine_ticket *, quarantine_ticket_free);

int take_rename(int from_fd, const char *from, int to_fd, const char *to)
{
        struct stat st;

        if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
                return 0;
        if (errno != EINVAL && errno != ENOSYS)
                return -errno;
        if (fstatat(to_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
                return -EEXIST;
        return renameat(from_fd, from, to_fd, to) < 0 ? -errno : 0;
}

/* Into a directory where others may make names at any time: without RENAME_NOREPLACE a link is the
 * only way that replaces nothing. */
int take_rename_among_others(int from_fd, const char *from, int to_fd, const char *to)
{
        if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
                return 0;
        if (errno != EINVAL && errno != ENOSYS)
                return -errno;
        if (linkat(from_fd, from, to_fd, to, 0) < 0 || unlinkat(from_fd, from, 0) < 0)
                return -errno;
        return 0;
}

int take_put_back(int from_fd, const char *from, int parent_fd, const char *name, const char *id)
{
        char beside[NAME_SIZE];
        int k = take_rename_among_others(from_fd, from, parent_fd, name);

        if (k != -EEXIST && k != -EISDIR && k != -ENOTDIR && k != -ENOTEMPTY)
                return k;
        (void)snprintf(beside, sizeof(beside), PLACE_PREFIX "back-%s", id);
        return take_rename_among_others(from_fd, from, parent_fd, beside);
}

int take_chmod(int dir_fd, const char *name, uint64_t ino, mode_t mode)
{
        char link[64];
        struct stat st;
        _cleanup_close_ int fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_ino != ino)
                return -ESTALE;
        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        return chmod(link, mode) < 0 ? -errno : 0;
}

bool take_same(const struct record *rec, const struct stat *st)
{
        struct file_id id;

        file_id_from_stat(&id, st);
        return file_id_same_content(&id, &rec->scanned) &&
               S_ISLNK(st->st_mode) == (rec->entry.symlink_target != NULL);
}

static int read_target(int dir_fd, const char *name, char **ret)
{
        char target[PATH_MAX];
        ssize_t n = readlinkat(dir_fd, name, target, sizeof(target));

        if (n < 0)
                return -errno;
        if ((size_t)n >= sizeof(target))
                return -ENAMETOOLONG;
        *ret = strndup(target, (size_t)n);
        return *ret ? 0 : -ENOMEM;
}

static int dup_into(char **ret, const char *s)
{
        *ret = s ? strdup(s) : NULL;
        return s && !*ret ? -ENOMEM : 0;
}

static void record_stat(struct quarantine_entry *e, const struct stat *st)
{
        struct file_id id;

        file_id_from_stat(&id, st);
        e->size = S_ISLNK(st->st_mode) ? 0 : id.size;
        e->mode = st->st_mode;
        e->uid = st->st_uid;
        e->gid = st->st_gid;
        e->mtime_ns = id.mtime_ns;
        e->atime_ns = time_to_ns(&st->st_atim);
        e->dev = id.dev;
        e->ino = id.ino;
        e->other_names = st->st_nlink > 1 ? st->st_nlink - 1 : 0;
}

int take_describe(struct quarantine *q, struct record *rec, int dir_fd, const char *name)
{
        char *target = NULL;
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (S_ISLNK(st.st_mode)) {
                int k = read_target(dir_fd, name, &target);

                if (k < 0)
                        return k;
        }
        (void)pthread_mutex_lock(&q->lock);
        record_stat(&rec->entry, &st);
        free(rec->entry.symlink_target);
        rec->entry.symlink_target = target;
        (void)pthread_mutex_unlock(&q->lock);
        return 0;
}

int record_describe(struct record *rec, const struct quarantine_request *request,
                    const struct stat *st, const struct stat *parent)
{
        struct quarantine_entry *e = &rec->entry;
        int k = id_new(e->id);

        if (k < 0)
                return k;
        record_stat(e, st);
        e->parent_dev = parent->st_dev;
        e->parent_ino = parent->st_ino;
        e->parent_uid = parent->st_uid;
        e->taken = clock_realtime();
        e->held = true;
        rec->scanned = request->id;
        rec->empty = request->empty;
        rec->busy = true;
        if (request->sha256) {
                memcpy(rec->scanned_sha256, request->sha256, 32);
                memcpy(e->sha256, request->sha256, 32);
                rec->scanned_hashed = true;
        }
        return dup_into(&e->workspace, request->workspace) < 0 ||
                               dup_into(&e->path, request->path) < 0 ||
                               dup_into(&e->shown, request->shown) < 0 ||
                               dup_into(&e->artefact, request->artefact) < 0 ||
                               dup_into(&e->format, request->format) < 0 ||
                               dup_into(&e->findings, request->findings) < 0 ||
                               dup_into(&e->reason, request->reason) < 0 ||
                               dup_into(&e->writer, request->writer) < 0
                       ? -ENOMEM
                       : 0;
}

static int take_record(struct take *t, const struct stat *st)
{
        _cleanup_(record_freep) struct record *rec = record_new();
        struct stat parent;

        if (!rec)
                return -ENOMEM;
        if (fstat(t->ticket->own_fd, &parent) < 0)
                return -errno;
        int k = record_describe(rec, t->request, st, &parent);
        if (k == 0)
                k = dup_into(&rec->holding, t->holding ? t->holding->path : NULL);
        if (k == 0 && S_ISLNK(st->st_mode))
                k = read_target(t->ticket->own_fd, t->name, &rec->entry.symlink_target);
        if (k < 0)
                return k;
        memcpy(t->ticket->id, rec->entry.id, sizeof(rec->entry.id));
        t->record = take_ptr(&rec);
        return 0;
}

/* Does the scanned state still stand there? Saves the move, and the put-back, when it does not. For
 * a symlink, which nobody holds open, the ctime too must be the scan's before its target is noted.
 */
static int take_look(struct take *t, struct stat *ret)
{
        const struct quarantine_request *request = t->request;
        struct file_id id, open_id;
        struct stat st, open_st;

        if (fstatat(t->ticket->own_fd, t->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        file_id_from_stat(&id, &st);
        if (request->fd < 0) {
                if (!S_ISLNK(st.st_mode) || !file_id_equal(&id, &request->id))
                        return -ESTALE;
        } else {
                if (fstat(request->fd, &open_st) < 0)
                        return -errno;
                file_id_from_stat(&open_id, &open_st);
                if (!S_ISREG(st.st_mode) || !file_id_same_content(&id, &request->id) ||
                    !file_id_same_content(&open_id, &request->id))
                        return -ESTALE;
        }
        *ret = st;
        return 0;
}

static void ticket_at(struct quarantine_ticket *t, enum quarantine_how how, int dir_fd,
                      const char *name)
{
        t->how = how;
        t->dir_fd = dir_fd;
        (void)text_copy(t->name, sizeof(t->name), name);
}

static bool take_holding_is_gone(const struct take *t)
{
        struct stat st;

        return fstat(t->holding->fd, &st) == 0 && st.st_nlink == 0;
}

/* ENOENT of a rename may also mean that the holding directory was removed under our feet. */
static bool take_still_there(const struct take *t)
{
        struct stat st;

        return fstatat(t->ticket->own_fd, t->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static enum reason take_reason(int k)
{
        switch (k) {
        case -ENOENT:
                return REASON_GONE;
        case -ESTALE:
                return REASON_REPLACED;
        case -EROFS:
                return REASON_READ_ONLY;
        case -EPERM:
                return REASON_IMMUTABLE;
        case -EDQUOT:
        case -ENOSPC:
                return REASON_STORE_FAILED;
        case -EXDEV:
                return REASON_HOLDING_MISSING;
        default:
                return REASON_RENAME_REFUSED;
        }
}

/* The last rung: the name stays, and so does the inode. */
static int take_zero(struct take *t)
{
        if (t->request->fd < 0)
                return -EPERM;
        journal_zeroing(t->q, t->record);
        t->record->zeroing = true;
        quarantine_step(t->q, "take-zeroing");
        if (fchmod(t->request->fd, 0) < 0)
                return -errno;
        ticket_at(t->ticket, QUARANTINE_MODE_ZERO, t->ticket->own_fd, t->name);
        return 0;
}

/* Into the holding directory. -ENOENT: nothing stands there any more, -ESTALE: names are exchanged
 * there faster than one is taken. Whoever does that must not bring about a weaker way. */
static int take_hold(struct take *t)
{
        struct quarantine_ticket *ticket = t->ticket;
        int k = -EXDEV;

        for (unsigned i = 0; t->holding && i < HOLD_TRIES; i++) {
                k = take_rename(ticket->own_fd, t->name, t->holding->fd, ticket->id);
                if (k != -ENOENT || !take_still_there(t))
                        break;
                if (take_holding_is_gone(t))
                        return -EXDEV;
                k = -ESTALE;
        }
        if (k == 0)
                ticket_at(ticket, QUARANTINE_HELD, t->holding->fd, ticket->id);
        return k;
}

/* Down the ladder. Returns 0 with the ticket saying where the file is, or negative errno with the
 * file in its place. */
static int take_move(struct take *t)
{
        struct quarantine_ticket *ticket = t->ticket;
        char beside[NAME_SIZE];
        int k = take_hold(t);

        if (k == 0 || k == -EROFS || k == -ENOENT || k == -ESTALE)
                return k;
        t->reason = take_reason(k);
        (void)snprintf(beside, sizeof(beside), PLACE_PREFIX "%s", ticket->id);
        int place = take_rename(ticket->own_fd, t->name, ticket->own_fd, beside);
        if (place == 0) {
                ticket_at(ticket, QUARANTINE_IN_PLACE, ticket->own_fd, beside);
                return 0;
        }
        if (place == -EROFS || (place == -ENOENT && !take_still_there(t)))
                return place;
        t->reason = take_reason(place);
        int zero = take_zero(t);
        return zero < 0 && t->request->fd < 0 ? place : zero;
}

/* Step 3. -ESTALE: it is something else, or was written to since. */
static int take_check(struct take *t)
{
        struct quarantine_ticket *ticket = t->ticket;
        struct quarantine_entry *e = &t->record->entry;
        _cleanup_free_ char *target = NULL;
        struct stat st;

        if (ticket->how == QUARANTINE_MODE_ZERO)
                return 0;
        if (fstatat(ticket->dir_fd, ticket->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (!take_same(t->record, &st))
                return -ESTALE;
        if (e->symlink_target) {
                int k = read_target(ticket->dir_fd, ticket->name, &target);

                if (k < 0)
                        return k;
                if (strcmp(target, e->symlink_target) != 0)
                        return -ESTALE;
        }
        e->other_names = st.st_nlink > 1 ? st.st_nlink - 1 : 0;
        return 0;
}

/* What cannot go back is kept: it is stored like the rest, and the entry says what happened. */
static int take_keep(struct take *t)
{
        struct quarantine_ticket *ticket = t->ticket;

        (void)take_describe(t->q, t->record, ticket->dir_fd, ticket->name);
        record_remark(t->q, t->record,
                      "replaced or changed while it was taken, and could not be put back");
        t->record->entry.how = ticket->how;
        t->reason = REASON_REPLACED;
        return 0;
}

/* Between intent and answer. 0: taken. */
static int take_run(struct take *t)
{
        struct quarantine_ticket *ticket = t->ticket;
        int k = take_move(t);

        if (k < 0)
                return k;
        quarantine_step(t->q, "take-moved");
        k = take_check(t);
        if (k < 0) {
                int back = take_put_back(ticket->dir_fd, ticket->name, ticket->own_fd, t->name,
                                         ticket->id);

                quarantine_step(t->q, "take-put-back");
                return back < 0 ? take_keep(t) : -ESTALE;
        }
        t->record->entry.how = ticket->how;
        t->record->checked = true;
        journal_checked(t->q, t->record);
        quarantine_step(t->q, "take-checked");
        if (ticket->how == QUARANTINE_IN_PLACE && t->request->fd >= 0)
                (void)fchmod(t->request->fd, 0);
        return 0;
}

bool take_fits(struct quarantine *q, uint64_t size)
{
        (void)pthread_mutex_lock(&q->lock);
        /* the smallest file costs two directories' and files' blocks: the limit is one of the disk
         */
        uint64_t used = q->bytes + q->held_bytes + (q->entries + q->held) * ENTRY_COST;
        bool fits = q->store_max == 0 ||
                    (used < q->store_max && size + ENTRY_COST <= q->store_max - used);
        (void)pthread_mutex_unlock(&q->lock);
        return fits;
}

static int take_start(struct take *t)
{
        const struct quarantine_request *request = t->request;
        struct stat st;

        if (!take_fits(t->q, request->fd >= 0 ? request->id.size : 0))
                return -EDQUOT;
        int k = t->ticket->own_fd = open_parent_beneath(request->root_fd, request->path, &t->name);
        /* on the way stands something else than at the scan */
        if (k == -ELOOP || k == -ENOTDIR || k == -EXDEV)
                return -ESTALE;
        if (k < 0)
                return k;
        if (*t->name == '\0' || strcmp(t->name, ".") == 0 || strcmp(t->name, "..") == 0)
                return -EINVAL;
        k = take_look(t, &st);
        if (k < 0)
                return k;
        t->holding = holding_find(t->q, t->ticket->own_fd);
        return take_record(t, &st);
}

int quarantine_take(struct quarantine *q, const struct quarantine_request *request,
                    struct quarantine_ticket **ret, enum reason *ret_reason)
{
        _cleanup_(quarantine_ticket_freep) struct quarantine_ticket *ticket =
                calloc(1, sizeof(*ticket));
        struct take t = {.q = q, .request = request, .ticket = ticket};

        *ret_reason = take_reason(-ENOMEM);
        if (!ticket)
                return -ENOMEM;
        ticket->q = q;
        ticket->dir_fd = ticket->own_fd = -1;
        int k = take_start(&t);
        if (k == 0) {
                journal_begin(q, t.record);
                quarantine_step(q, "take-intent");
                k = take_run(&t);
                if (k < 0)
                        journal_end(q, t.record);
                else
                        ticket->record = t.record;
        }
        *ret_reason = k < 0 ? take_reason(k) : t.reason;
        if (k < 0)
                return k;
        if (ticket->how == QUARANTINE_HELD)
                ticket->own_fd = fd_close(ticket->own_fd);
        *ret = take_ptr(&ticket);
        return 0;
}
