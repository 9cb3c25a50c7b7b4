/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finishing or undoing what a crash, or a store that failed, left behind.
 * Does not own: reporting it; the handler is told.
 *
 * The journal says what was meant, the directories say what is. For each record that is open:
 *
 *   in the store                   let go of the file in holding; done
 *   in holding, or beside its name what was scanned, or already checked: store it;
 *                                  something else: put it back under its name, or store it
 *   in its place with mode 0000    store its content
 *   nowhere of these               it was never moved: nothing to do
 *
 * What lies in holding without a record is stored too, with an empty path.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/quarantine/internal.h"

struct slot {
        int own_fd; /* to be closed afterwards; -1 */
        char name[NAME_SIZE];
};

struct recovery {
        struct quarantine *q;
        const struct quarantine_recovery *handler;
        struct store_item *items; /* to be stored */
        struct slot *slots;
        size_t n, alloc;
};

/* Where the file of a record is now. */
struct found {
        enum quarantine_how how;
        int dir_fd;
        char name[NAME_SIZE];
        int parent_fd; /* its own directory, if it is still the recorded one; owned; -1 */
        const char *basename;
};

static void tell_failed(struct recovery *r, const struct record *rec, int error)
{
        const struct quarantine_entry *e = &rec->entry;
        char what[PATH_MAX];

        if (!r->handler || !r->handler->failed)
                return;
        (void)snprintf(what, sizeof(what), "%s %s/%s", e->id, e->workspace ? e->workspace : "?",
                       e->path ? e->path : "?");
        r->handler->failed(r->handler->userdata, what, error);
}

static void tell_stored(struct recovery *r, const struct quarantine_entry *e)
{
        if (r->handler && r->handler->stored)
                r->handler->stored(r->handler->userdata, e);
}

static int slot_add(struct recovery *r, struct record *rec, const struct found *f, int own_fd)
{
        if (r->n == r->alloc) {
                size_t alloc = r->alloc ? 2 * r->alloc : 64;
                struct store_item *items = reallocarray(r->items, alloc, sizeof(*items));

                if (!items)
                        return -ENOMEM;
                r->items = items;
                struct slot *slots = reallocarray(r->slots, alloc, sizeof(*slots));
                if (!slots)
                        return -ENOMEM;
                r->slots = slots;
                r->alloc = alloc;
        }
        r->items[r->n] = (struct store_item){.record = rec, .dir_fd = f->dir_fd};
        r->slots[r->n].own_fd = own_fd;
        memcpy(r->slots[r->n].name, f->name, sizeof(f->name));
        r->n++;
        return 0;
}

/* The recorded directory, or nothing when another one stands in its place. */
static int find_parent(const struct quarantine_entry *e, const char **ret_name)
{
        struct stat st;
        _cleanup_close_ int root =
                open(e->workspace, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (root < 0)
                return -errno;
        _cleanup_close_ int fd = open_parent_beneath(root, e->path, ret_name);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_ino != e->parent_ino)
                return -ESTALE;
        return take_fd(&fd);
}

/* 1: found, 0: it is in none of the places to which giad moves files */
static int find_file(struct quarantine *q, const struct record *rec, struct found *f)
{
        const struct quarantine_entry *e = &rec->entry;
        struct holding *h = holding_with(q, e->id);
        struct stat st;

        *f = (struct found){.dir_fd = -1};
        f->parent_fd = find_parent(e, &f->basename);
        if (h) {
                f->how = QUARANTINE_HELD;
                f->dir_fd = h->fd;
                (void)snprintf(f->name, sizeof(f->name), "%s", e->id);
                return 1;
        }
        f->dir_fd = f->parent_fd;
        if (f->parent_fd < 0)
                return 0;
        (void)snprintf(f->name, sizeof(f->name), PLACE_PREFIX "%s", e->id);
        if (fstatat(f->parent_fd, f->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
                f->how = QUARANTINE_IN_PLACE;
                return 1;
        }
        if (!rec->zeroing || strlen(f->basename) >= sizeof(f->name))
                return 0;
        (void)snprintf(f->name, sizeof(f->name), "%s", f->basename);
        f->how = QUARANTINE_MODE_ZERO;
        return fstatat(f->parent_fd, f->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
               st.st_ino == e->ino && (st.st_mode & 07777) == 0;
}

/* It is in the store already: the crash came before the rest. */
static void recover_stored(struct recovery *r, struct record *rec, const struct found *f, int found)
{
        _cleanup_(record_freep) struct record *stored = record_new();
        struct stat st;

        if (found && f->how != QUARANTINE_MODE_ZERO &&
            fstatat(f->dir_fd, f->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            (f->how == QUARANTINE_HELD || st.st_ino == rec->entry.ino))
                (void)unlinkat(f->dir_fd, f->name, 0);
        if (stored && entry_load(r->q, rec->entry.id, stored, NULL) == 0)
                tell_stored(r, &stored->entry);
        journal_end(r->q, rec);
}

/* The record's file is in none of the places. */
static void recover_absent(struct recovery *r, struct record *rec)
{
        if (rec->holding && holding_reopen(r->q, rec->holding) < 0) {
                /* its mount may come back: the record stays */
                tell_failed(r, rec, -ENXIO);
                (void)pthread_mutex_lock(&r->q->lock);
                rec->busy = false;
                (void)pthread_mutex_unlock(&r->q->lock);
                return;
        }
        if (rec->checked)
                tell_failed(r, rec, -ENOENT);
        journal_end(r->q, rec);
}

/* Was it moved and not yet looked at, and is it not what was meant? The device's number may be
 * another one since the last boot. */
static bool recover_is_other(struct record *rec, const struct found *f)
{
        struct stat st;

        if (rec->checked || f->how == QUARANTINE_MODE_ZERO ||
            fstatat(f->dir_fd, f->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return false;
        rec->scanned.dev = st.st_dev;
        return !take_same(rec, &st);
}

static void recover_store(struct recovery *r, struct record *rec, struct found *f)
{
        mode_t mode = rec->entry.mode;

        rec->entry.how = f->how;
        int k = take_describe(r->q, rec, f->dir_fd, f->name);
        /* the mode was taken away by giad: what the record has is the file's own */
        if (f->how != QUARANTINE_HELD && rec->entry.mode != mode && !(rec->entry.mode & 07777))
                rec->entry.mode = mode;
        if (k == 0 && f->how == QUARANTINE_IN_PLACE && S_ISREG(rec->entry.mode))
                (void)take_chmod(f->dir_fd, f->name, rec->entry.ino, 0);
        if (k == 0) {
                bool own = f->dir_fd == f->parent_fd;

                k = slot_add(r, rec, f, own ? f->parent_fd : -1);
                if (k == 0 && own)
                        f->parent_fd = -1;
        }
        if (k < 0) {
                tell_failed(r, rec, k);
                (void)pthread_mutex_lock(&r->q->lock);
                rec->busy = false;
                (void)pthread_mutex_unlock(&r->q->lock);
        }
}

static void recover_record(struct recovery *r, struct record *rec)
{
        const struct quarantine_entry *e = &rec->entry;
        struct found f;
        int found;

        if (rec->holding)
                (void)holding_reopen(r->q, rec->holding);
        found = find_file(r->q, rec, &f);
        if (store_has(r->q, e->id)) {
                recover_stored(r, rec, &f, found);
        } else if (!found) {
                recover_absent(r, rec);
        } else if (recover_is_other(rec, &f) && f.parent_fd >= 0 &&
                   take_put_back(f.dir_fd, f.name, f.parent_fd, f.basename, e->id) == 0) {
                quarantine_step(r->q, "recover-put-back");
                if (r->handler && r->handler->returned)
                        r->handler->returned(r->handler->userdata, e->workspace, e->path);
                journal_end(r->q, rec);
        } else {
                recover_store(r, rec, &f);
        }
        f.parent_fd = fd_close(f.parent_fd);
}

/* The temporary name of a release that had to be made beside the final one. */
static void recover_temp(struct recovery *r, struct record *rec)
{
        const char *name = NULL;
        _cleanup_close_ int root =
                open(rec->entry.workspace, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_close_ int fd = root < 0 ? -1 : open_parent_beneath(root, rec->entry.path, &name);

        if (fd >= 0 &&
            strncmp(name, PLACE_PREFIX "release-", sizeof(PLACE_PREFIX "release-") - 1) == 0)
                (void)unlinkat(fd, name, 0);
        journal_end(r->q, rec);
}

/* Does what the stored entry holds stand where it was to be given back? */
static bool was_given(struct quarantine *q, const struct record *rec)
{
        _cleanup_(record_freep) struct record *stored = record_new();
        const struct quarantine_entry *e = stored ? &stored->entry : NULL;
        uint8_t sha256[32];
        struct stat st;
        uint64_t size;

        if (!e || entry_load(q, rec->entry.id, stored, NULL) < 0)
                return false;
        _cleanup_close_ int root =
                open(rec->entry.workspace, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_close_ int path_fd = root < 0 ? -1 : open_beneath(root, rec->entry.path, O_PATH);
        if (path_fd < 0 || fstat(path_fd, &st) < 0)
                return false;
        if (e->symlink_target) {
                char target[PATH_MAX];
                ssize_t n = readlinkat(path_fd, "", target, sizeof(target));

                return n >= 0 && (size_t)n == strlen(e->symlink_target) &&
                       memcmp(target, e->symlink_target, (size_t)n) == 0;
        }
        if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != e->size)
                return false;
        _cleanup_close_ int fd = open_again(path_fd, O_RDONLY | O_NONBLOCK);
        return fd >= 0 && copy_content(fd, -1, e->size, sha256, &size) == 0 && size == e->size &&
               memcmp(sha256, e->sha256, sizeof(sha256)) == 0;
}

/* A copy for which the place was being made free: if nothing stands there now, it is put there. */
static void give_again(const struct recovery *r, const struct record *rec)
{
        _cleanup_free_ char *dropped = NULL;
        _cleanup_close_ int root =
                open(rec->entry.workspace, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        const struct quarantine_release again = {
                .id = rec->entry.id,
                .root_fd = root,
                .path = rec->entry.path,
                .elsewhere = true,
                .begun = true,
        };
        struct file_id id;

        if (root >= 0 && quarantine_release(r->q, &again, &id, &dropped) == 0 && r->handler &&
            r->handler->returned)
                r->handler->returned(r->handler->userdata, rec->entry.workspace, rec->entry.path);
}

/* A release that was under way: either the file has its name again, or nothing has happened. */
static void recover_giving(struct recovery *r, struct record *rec)
{
        char id[ID_SIZE];
        bool given = was_given(r->q, rec);

        memcpy(id, rec->entry.id, sizeof(id));
        if (r->q->copies && !given)
                give_again(r, rec);
        if (r->q->copies || !given || quarantine_purge(r->q, id) < 0)
                journal_given(r->q, id);
}

/* Takes the next record that nobody works on. */
static struct record *next_idle(struct quarantine *q, const char *after)
{
        struct record *rec, *next = NULL;

        (void)pthread_mutex_lock(&q->lock);
        for (rec = TAILQ_FIRST(&q->records); rec; rec = TAILQ_NEXT(rec, entries)) {
                if (rec->busy || strcmp(rec->entry.id, after) <= 0)
                        continue;
                if (!next || strcmp(rec->entry.id, next->entry.id) < 0)
                        next = rec;
        }
        if (next)
                next->busy = true;
        (void)pthread_mutex_unlock(&q->lock);
        return next;
}

/* --- what has no record --------------------------------------------------------------------- */

static int recover_orphan(struct recovery *r, struct holding *h, const char *id)
{
        struct found f = {.how = QUARANTINE_HELD, .dir_fd = h->fd, .parent_fd = -1};
        struct record *rec = record_new();

        if (!rec)
                return -ENOMEM;
        memcpy(rec->entry.id, id, ID_SIZE);
        memcpy(f.name, id, ID_SIZE);
        rec->entry.workspace = strdup("");
        rec->entry.path = strdup("");
        rec->entry.reason = strdup("found in the holding directory without a record of its origin");
        rec->holding = strdup(h->path);
        if (!rec->entry.workspace || !rec->entry.path || !rec->entry.reason || !rec->holding) {
                (void)record_free(rec);
                return -ENOMEM;
        }
        rec->entry.taken = clock_realtime();
        rec->entry.held = rec->checked = rec->busy = true;
        journal_begin(r->q, rec);
        recover_store(r, rec, &f);
        return 0;
}

static int recover_holding(struct recovery *r, struct holding *h)
{
        int fd = openat(h->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        const struct dirent *d;
        int k = 0;

        if (!dir) {
                (void)fd_close(fd);
                return -errno;
        }
        while (k == 0 && (d = readdir(dir))) {
                const char *dot = strchr(d->d_name, '.');

                if (dot && dot != d->d_name &&
                    (strcmp(dot, RELEASE_SUFFIX) == 0 || strcmp(dot, PROBE_SUFFIX) == 0))
                        (void)unlinkat(h->fd, d->d_name, 0);
                else if (id_valid(d->d_name) && store_has(r->q, d->d_name) &&
                         !journal_knows(r->q, d->d_name))
                        (void)unlinkat(h->fd, d->d_name, 0);
                else if (id_valid(d->d_name) && !journal_knows(r->q, d->d_name))
                        k = recover_orphan(r, h, d->d_name);
        }
        (void)closedir(dir);
        return k;
}

/* Entries that were being made or deleted. */
static int recover_leftovers(struct quarantine *q)
{
        int fd = openat(q->store_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        const struct dirent *d;

        if (!dir) {
                (void)fd_close(fd);
                return -errno;
        }
        while ((d = readdir(dir))) {
                const char *dot = strchr(d->d_name, '.');

                if (dot == d->d_name + ID_LENGTH &&
                    (strcmp(dot, NEW_SUFFIX) == 0 || strcmp(dot, PURGED_SUFFIX) == 0))
                        (void)store_delete(q, d->d_name);
        }
        (void)closedir(dir);
        return 0;
}

static void recover_finish(struct recovery *r)
{
        for (size_t i = 0; i < r->n; i++)
                r->items[i].name = r->slots[i].name;
        (void)store_batch(r->q, r->items, r->n);
        for (size_t i = 0; i < r->n; i++) {
                struct store_item *item = &r->items[i];

                if (item->result == 0) {
                        tell_stored(r, &item->entry);
                        quarantine_entry_done(&item->entry);
                } else {
                        tell_failed(r, item->record, item->result);
                        (void)pthread_mutex_lock(&r->q->lock);
                        item->record->busy = false;
                        (void)pthread_mutex_unlock(&r->q->lock);
                }
                (void)fd_close(r->slots[i].own_fd);
        }
        free(r->items);
        free(r->slots);
}

int quarantine_recover(struct quarantine *q, const struct quarantine_recovery *handler)
{
        struct recovery r = {.q = q, .handler = handler};
        char id[ID_SIZE] = "";
        struct record *rec;
        struct holding *h;
        int k = recover_leftovers(q);

        while ((rec = next_idle(q, id))) {
                memcpy(id, rec->entry.id, sizeof(id));
                if (rec->giving)
                        recover_giving(&r, rec);
                else if (rec->temp)
                        recover_temp(&r, rec);
                else
                        recover_record(&r, rec);
        }
        (void)pthread_mutex_lock(&q->lock);
        h = TAILQ_FIRST(&q->holdings);
        (void)pthread_mutex_unlock(&q->lock);
        /* the loop's thread only ever adds in front */
        for (; h; h = TAILQ_NEXT(h, entries)) {
                int one = recover_holding(&r, h);

                k = k < 0 ? k : one;
        }
        recover_finish(&r);
        journal_compact(q);
        return k;
}
