/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: steps 4 and 5: the copy into the store, making it durable, letting go of the file in
 * holding. Does not own: the way there (take.c); it is the same for tickets and for recovery.
 * Ownership: records of stored items are closed and freed, their entries go to the caller.
 *
 * An entry is made as STORE/<id>.new and renamed when all of it is on the disk: whatever ends in
 * .new after a crash can be thrown away, because the file is still in holding. Of a batch
 * everything is written first, then synced: the first sync commits what all of them wrote.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/quarantine/internal.h"

#define STORE_BATCH 128 /* items with three fds each */

bool store_has(struct quarantine *q, const char *id)
{
        struct stat st;

        return fstatat(q->store_fd, id, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

int store_delete(struct quarantine *q, const char *name)
{
        static const char *const files[] = {CONTENT_NAME, ENTRY_NAME};
        _cleanup_close_ int fd =
                openat(q->store_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                if (unlinkat(fd, files[i], 0) < 0 && errno != ENOENT)
                        return -errno;
                quarantine_step(q, "store-delete");
        }
        return unlinkat(q->store_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static void store_new_name(char name[static NAME_SIZE], const char *id)
{
        (void)snprintf(name, NAME_SIZE, "%s" NEW_SUFFIX, id);
}

/* Opens what lies there if it is the inode that was taken. */
static int store_open_source(const struct store_item *item, struct stat *ret)
{
        if (item->source) {
                int again = fcntl(*item->source, F_DUPFD_CLOEXEC, 3);

                return again < 0 || fstat(again, ret) < 0 ? -errno : again;
        }
        const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_NOATIME | O_CLOEXEC;
        const struct quarantine_entry *e = &item->record->entry;
        int fd = openat(item->dir_fd, item->name, flags);

        if (fd < 0 && errno == EPERM) /* O_NOATIME of somebody else's file, without privilege */
                fd = openat(item->dir_fd, item->name, flags & ~O_NOATIME);
        if (fd < 0 && errno == EACCES && take_chmod(item->dir_fd, item->name, e->ino, 0400) == 0)
                fd = openat(item->dir_fd, item->name, flags & ~O_NOATIME);
        if (fd < 0)
                return -errno;
        _cleanup_close_ int owned = fd;
        struct stat st;
        if (fstat(fd, &st) < 0)
                return -errno;
        /* in holding nobody but us makes names; in the agent's own directory anybody does */
        if (!S_ISREG(st.st_mode) ||
            (e->how != QUARANTINE_HELD && (st.st_dev != e->dev || st.st_ino != e->ino)))
                return -ESTALE;
        *ret = st;
        return take_fd(&owned);
}

static int store_copy(struct quarantine *q, struct store_item *item, struct attributes *attributes)
{
        struct record *rec = item->record;
        uint8_t sha256[32];
        uint64_t size;
        struct stat st = {.st_size = 0};
        _cleanup_close_ int from = store_open_source(item, &st);

        if (from < 0)
                return from;
        item->content_fd = openat(item->new_fd, CONTENT_NAME,
                                  O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (item->content_fd < 0)
                return -errno;
        int k = copy_content(from, item->content_fd, (uint64_t)st.st_size, sha256, &size);
        if (k == 0)
                k = attributes_read(from, attributes);
        if (k < 0)
                return k;
        (void)sync_file_range(item->content_fd, 0, 0, SYNC_FILE_RANGE_WRITE);
        (void)pthread_mutex_lock(&q->lock);
        memcpy(rec->entry.sha256, sha256, sizeof(sha256));
        rec->entry.size = size;
        (void)pthread_mutex_unlock(&q->lock);
        if (rec->scanned_hashed && memcmp(rec->scanned_sha256, sha256, sizeof(sha256)) != 0)
                record_remark(q, rec, "the content was written to between scan and quarantine");
        return 0;
}

static int store_write_entry(struct store_item *item, const struct attributes *attributes)
{
        _cleanup_buffer_ struct buffer json = BUFFER_NULL;
        size_t done = 0;

        entry_to_json(item->record, attributes, false, &json);
        buffer_putc(&json, '\n');
        if (json.error)
                return json.error;
        _cleanup_close_ int fd = openat(item->new_fd, ENTRY_NAME,
                                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        while (done < json.len) {
                ssize_t n = write(fd, json.data + done, json.len - done);

                if (n < 0 && errno != EINTR)
                        return -errno;
                done += n > 0 ? (size_t)n : 0;
        }
        (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
        return 0;
}

/* Writes STORE/<id>.new, without waiting. */
static int store_write(struct quarantine *q, struct store_item *item)
{
        _cleanup_(attributes_done) struct attributes attributes = {.n = 0};
        struct record *rec = item->record;
        char name[NAME_SIZE];
        int k;

        store_new_name(name, rec->entry.id);
        k = store_delete(q, name); /* of an attempt that failed */
        if (k < 0)
                return k;
        if (mkdirat(q->store_fd, name, 0700) < 0)
                return -errno;
        quarantine_step(q, "store-made");
        item->new_fd = openat(q->store_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (item->new_fd < 0)
                return -errno;
        k = rec->entry.symlink_target ? 0 : store_copy(q, item, &attributes);
        if (k < 0)
                return k;
        quarantine_step(q, "store-copied");
        k = store_write_entry(item, &attributes);
        quarantine_step(q, "store-written");
        return k;
}

/* Syncs what was written, and closes it. */
static void store_sync(struct quarantine *q, struct store_item *items, size_t n)
{
        struct sync_item list[3 * STORE_BATCH];
        size_t count = 0;

        for (size_t i = 0; i < n; i++) {
                const int fds[] = {items[i].content_fd, items[i].entry_fd, items[i].new_fd};

                for (size_t k = 0; k < ELEMENTSOF(fds) && items[i].result == 0; k++)
                        if (fds[k] >= 0)
                                list[count++] = (struct sync_item){.fd = fds[k]};
        }
        sync_all(&q->sync_context, list, count);
        for (size_t i = 0, at = 0; i < n; i++) {
                int *const fds[] = {&items[i].content_fd, &items[i].entry_fd, &items[i].new_fd};
                bool listed = items[i].result == 0;

                for (size_t k = 0; k < ELEMENTSOF(fds); k++) {
                        if (listed && *fds[k] >= 0 && list[at++].result < 0)
                                items[i].result = list[at - 1].result;
                        *fds[k] = fd_close(*fds[k]);
                }
        }
}

static int store_publish(struct quarantine *q, struct store_item *item)
{
        const struct quarantine_entry *e = &item->record->entry;
        char name[NAME_SIZE];

        store_new_name(name, e->id);
        int k = take_rename(q->store_fd, name, q->store_fd, e->id);
        if (k < 0)
                return k;
        (void)pthread_mutex_lock(&q->lock);
        q->entries++;
        q->bytes += e->size;
        (void)pthread_mutex_unlock(&q->lock);
        quarantine_step(q, "store-published");
        return 0;
}

/* Takes the content from the inode, unless other names lead to it. */
static void store_empty(const struct store_item *item)
{
        const struct quarantine_entry *e = &item->record->entry;
        _cleanup_close_ int fd = openat(item->dir_fd, item->name,
                                        O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        struct stat st;

        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
            st.st_dev == e->dev && st.st_ino == e->ino)
                (void)!ftruncate(fd, 0);
}

/* Removes the file that is now in the store, if it is still that one: in an agent's own directory
 * something else may have got its name. */
static void store_let_go(struct store_item *item)
{
        const struct quarantine_entry *e = &item->record->entry;
        struct stat st;

        if (e->how == QUARANTINE_MODE_ZERO)
                return;
        if (fstatat(item->dir_fd, item->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return;
        if (item->record->empty)
                store_empty(item);
        if (e->how == QUARANTINE_HELD || (st.st_dev == e->dev && st.st_ino == e->ino))
                (void)unlinkat(item->dir_fd, item->name, 0);
}

static void store_finish(struct quarantine *q, struct store_item *item)
{
        struct record *rec = item->record;

        if (!item->source)
                store_let_go(item);
        quarantine_step(q, "store-let-go");
        (void)pthread_mutex_lock(&q->lock);
        item->entry = rec->entry;
        item->entry.held = false;
        rec->entry = (struct quarantine_entry){.id = ""}; /* the texts went to the caller's entry */
        memcpy(rec->entry.id, item->entry.id, sizeof(item->entry.id));
        (void)pthread_mutex_unlock(&q->lock);
        item->record = NULL;
        if (item->source)
                (void)record_free(rec);
        else
                journal_end(q, rec);
        quarantine_step(q, "store-ended");
}

static void store_undo(struct quarantine *q, const struct store_item *item)
{
        char name[NAME_SIZE];

        store_new_name(name, item->record->entry.id);
        (void)store_delete(q, name);
}

static size_t store_some(struct quarantine *q, struct store_item *items, size_t n)
{
        size_t stored = 0;
        int synced;

        for (size_t i = 0; i < n; i++) {
                items[i].new_fd = items[i].content_fd = items[i].entry_fd = -1;
                items[i].result = store_write(q, &items[i]);
        }
        store_sync(q, items, n);
        quarantine_step(q, "store-synced");
        for (size_t i = 0; i < n; i++)
                if (items[i].result == 0)
                        items[i].result = store_publish(q, &items[i]);
        synced = fsync(q->store_fd) < 0 ? -errno : 0;
        for (size_t i = 0; i < n; i++) {
                if (items[i].result < 0) {
                        store_undo(q, &items[i]);
                } else if (synced < 0) {
                        items[i].result = synced; /* recovery finds it in the store and goes on */
                } else {
                        store_finish(q, &items[i]);
                        stored++;
                }
        }
        return stored;
}

size_t store_batch(struct quarantine *q, struct store_item *items, size_t n)
{
        size_t stored = 0;

        for (size_t i = 0; i < n; i += STORE_BATCH)
                stored += store_some(q, items + i, MIN_OF(n - i, (size_t)STORE_BATCH));
        return stored;
}

size_t quarantine_store(struct quarantine *q, struct quarantine_ticket **tickets, size_t n,
                        struct quarantine_entry *entries, int *results)
{
        _cleanup_free_ struct store_item *items = calloc(n ? n : 1, sizeof(*items));
        int k = items ? journal_sync(q) : -ENOMEM;

        /* a journal that cannot be synced is no reason to leave files in holding, where they need
         * it */
        if (!items) {
                for (size_t i = 0; i < n; i++)
                        results[i] = k;
                return 0;
        }
        for (size_t i = 0; i < n; i++)
                items[i] = (struct store_item){.record = tickets[i]->record,
                                               .dir_fd = tickets[i]->dir_fd,
                                               .name = tickets[i]->name};
        size_t stored = store_batch(q, items, n);
        for (size_t i = 0; i < n; i++) {
                results[i] = items[i].result;
                if (items[i].result < 0)
                        continue;
                tickets[i]->record = NULL;
                entries[i] = items[i].entry;
        }
        journal_compact(q);
        return stored;
}
