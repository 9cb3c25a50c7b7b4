/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the life of the store: opening, its identity and lock, its counters; looking at entries and
 * deleting them.
 * Does not own: the protocol by which files get in and out (take.c, store.c, release.c, recover.c).
 * Ownership: entries given to a callback are borrowed for the call.
 */
#include "daemon/quarantine/quarantine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "daemon/quarantine/internal.h"

#define STORE_ID_NAME "store-id"
#define STORE_ID_NEW_NAME "store-id.new"

struct ids {
        char (*list)[ID_SIZE];
        size_t n, alloc;
};

static void ids_done(struct ids *ids)
{
        free(ids->list);
}

static int ids_add(struct ids *ids, const char *id)
{
        if (ids->n == ids->alloc) {
                size_t alloc = ids->alloc ? 2 * ids->alloc : 256;
                char(*list)[ID_SIZE] = reallocarray(ids->list, alloc, sizeof(*list));

                if (!list)
                        return -ENOMEM;
                ids->list = list;
                ids->alloc = alloc;
        }
        memcpy(ids->list[ids->n++], id, ID_SIZE);
        return 0;
}

static int ids_compare(const void *a, const void *b)
{
        return strcmp(a, b);
}

/* Entries of the store, in no order. */
static int ids_read_store(struct quarantine *q, struct ids *ids)
{
        int fd = openat(q->store_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        const struct dirent *d;
        int k = 0;

        if (!dir) {
                k = -errno;
                (void)fd_close(fd);
                return k;
        }
        while (k == 0 && (d = readdir(dir)))
                if (id_valid(d->d_name))
                        k = ids_add(ids, d->d_name);
        (void)closedir(dir);
        return k;
}

static int ids_read_held(struct quarantine *q, struct ids *ids)
{
        const struct record *rec;
        int k = 0;

        (void)pthread_mutex_lock(&q->lock);
        for (rec = TAILQ_FIRST(&q->records); rec; rec = TAILQ_NEXT(rec, entries))
                if (!rec->temp && k == 0)
                        k = ids_add(ids, rec->entry.id);
        (void)pthread_mutex_unlock(&q->lock);
        return k;
}

static uint64_t content_size(struct quarantine *q, const char *id)
{
        char path[ID_SIZE + sizeof("/" CONTENT_NAME)];
        struct stat st;

        (void)snprintf(path, sizeof(path), "%s/" CONTENT_NAME, id);
        return fstatat(q->store_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_size : 0;
}

static int quarantine_count(struct quarantine *q)
{
        _cleanup_(ids_done) struct ids ids = {.n = 0};
        int k = ids_read_store(q, &ids);

        if (k < 0)
                return k;
        q->entries = ids.n;
        for (size_t i = 0; i < ids.n; i++)
                q->bytes += content_size(q, ids.list[i]);
        return 0;
}

static int store_id_write(struct quarantine *q)
{
        int k = id_new(q->store_id);

        if (k < 0)
                return k;
        _cleanup_close_ int fd =
                openat(q->store_fd, STORE_ID_NEW_NAME,
                       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        if (write(fd, q->store_id, ID_LENGTH) != ID_LENGTH)
                return -EIO;
        if (fsync(fd) < 0 ||
            renameat(q->store_fd, STORE_ID_NEW_NAME, q->store_fd, STORE_ID_NAME) < 0)
                return -errno;
        return 0;
}

static int store_id_load(struct quarantine *q)
{
        _cleanup_close_ int fd =
                openat(q->store_fd, STORE_ID_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
                return errno == ENOENT ? store_id_write(q) : -errno;
        ssize_t n = read(fd, q->store_id, ID_LENGTH);
        if (n != ID_LENGTH || !id_valid(q->store_id))
                return store_id_write(q);
        return 0;
}

static int store_open(struct quarantine *q, const char *path)
{
        q->store_fd = holding_open_own(AT_FDCWD, path);
        if (q->store_fd < 0)
                return q->store_fd;
        if (flock(q->store_fd, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? -EBUSY : -errno;
        int k = store_id_load(q);
        if (k == 0)
                k = quarantine_count(q);
        if (k == 0)
                k = journal_open(q);
        return k;
}

int quarantine_new(struct quarantine **ret, const struct quarantine_config *config)
{
        struct quarantine *q = calloc(1, sizeof(*q));

        if (!q)
                return -ENOMEM;
        q->store_fd = q->journal_fd = -1;
        q->store_max = config->store_max;
        q->copies = config->copies;
        q->step = config->step;
        q->step_userdata = config->step_userdata;
        TAILQ_INIT(&q->holdings);
        TAILQ_INIT(&q->records);
        (void)pthread_mutex_init(&q->lock, NULL);
        int k = store_open(q, config->store);
        if (k < 0) {
                (void)quarantine_free(q);
                return k;
        }
        *ret = q;
        return 0;
}

struct quarantine *quarantine_free(struct quarantine *q)
{
        struct holding *h;
        struct record *rec;

        if (!q)
                return NULL;
        while ((h = TAILQ_FIRST(&q->holdings))) {
                TAILQ_REMOVE(&q->holdings, h, entries);
                holding_remove(q, h);
                (void)holding_free(h);
        }
        while ((rec = TAILQ_FIRST(&q->records))) {
                TAILQ_REMOVE(&q->records, rec, entries);
                (void)record_free(rec);
        }
        sync_done(&q->sync_context);
        (void)fd_close(q->journal_fd);
        (void)fd_close(q->store_fd);
        (void)pthread_mutex_destroy(&q->lock);
        free(q);
        return NULL;
}

/* -ENOENT: no such record is open. */
static int quarantine_get_held(struct quarantine *q, const char *id, struct quarantine_entry *ret)
{
        const struct record *rec;
        int k = -ENOENT;

        (void)pthread_mutex_lock(&q->lock);
        for (rec = TAILQ_FIRST(&q->records); rec; rec = TAILQ_NEXT(rec, entries))
                if (!rec->temp && strcmp(rec->entry.id, id) == 0)
                        k = ret ? entry_copy(ret, &rec->entry) : 0;
        (void)pthread_mutex_unlock(&q->lock);
        return k;
}

/* What lies in the store is right, also while its record is still open. */
static int quarantine_read(struct quarantine *q, const char *id, struct quarantine_entry *ret)
{
        _cleanup_(record_freep) struct record *rec = record_new();

        if (!rec)
                return -ENOMEM;
        int k = entry_load(q, id, rec, NULL);
        if (k == -ENOENT)
                return quarantine_get_held(q, id, ret);
        *ret = rec->entry;
        rec->entry = (struct quarantine_entry){.id = ""};
        return k;
}

int quarantine_get(struct quarantine *q, const char *id, struct quarantine_entry *ret)
{
        struct quarantine_entry e = {.id = ""};
        int k = quarantine_read(q, id, &e);

        if (k < 0) {
                quarantine_entry_done(&e);
                return k;
        }
        *ret = e;
        return 0;
}

static int entry_complete(struct quarantine_entry *e)
{
        if (!e->workspace)
                e->workspace = strdup("");
        if (!e->path)
                e->path = strdup("");
        if (!e->reason)
                e->reason = strdup("the entry is damaged");
        return e->workspace && e->path && e->reason ? 0 : -ENOMEM;
}

struct quarantine_listing {
        struct ids ids; /* in their order */
        size_t at;
};

int quarantine_listing_new(struct quarantine_listing **ret, struct quarantine *q)
{
        struct quarantine_listing *l = calloc(1, sizeof(*l));

        if (!l)
                return -ENOMEM;
        int k = ids_read_held(q, &l->ids);
        if (k == 0)
                k = ids_read_store(q, &l->ids);
        if (k < 0) {
                (void)quarantine_listing_free(l);
                return k;
        }
        if (l->ids.n > 0)
                qsort(l->ids.list, l->ids.n, sizeof(l->ids.list[0]), ids_compare);
        *ret = l;
        return 0;
}

struct quarantine_listing *quarantine_listing_free(struct quarantine_listing *l)
{
        if (l)
                ids_done(&l->ids);
        free(l);
        return NULL;
}

/* 1: it was shown, and nothing more is wanted. */
static int list_one(struct quarantine *q, const char *id,
                    int (*fn)(void *userdata, const struct quarantine_entry *e), void *userdata)
{
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""};
        int k = quarantine_read(q, id, &e);

        if (k == -ENOENT) /* purged, or put back, meanwhile */
                return 0;
        if (k < 0 && k != -ENOMEM)
                k = entry_complete(&e);
        return k < 0 ? k : fn(userdata, &e) != 0;
}

int quarantine_listing_step(struct quarantine_listing *l, struct quarantine *q, size_t max,
                            int (*fn)(void *userdata, const struct quarantine_entry *e),
                            void *userdata)
{
        for (size_t n = 0; l->at < l->ids.n && n < max; l->at++, n++) {
                if (l->at > 0 && strcmp(l->ids.list[l->at], l->ids.list[l->at - 1]) == 0)
                        continue;
                int k = list_one(q, l->ids.list[l->at], fn, userdata);
                if (k != 0) {
                        l->at++;
                        return k;
                }
        }
        return l->at < l->ids.n;
}

int quarantine_list(struct quarantine *q,
                    int (*fn)(void *userdata, const struct quarantine_entry *e), void *userdata)
{
        struct quarantine_listing *l = NULL;
        int k = quarantine_listing_new(&l, q);

        if (k == 0)
                k = quarantine_listing_step(l, q, SIZE_MAX, fn, userdata);
        (void)quarantine_listing_free(l);
        return MIN_OF(k, 0);
}

int quarantine_open(struct quarantine *q, const char *id)
{
        char path[ID_SIZE + sizeof("/" CONTENT_NAME)];

        if (!id_valid(id))
                return -ENOENT;
        if (!store_has(q, id))
                return quarantine_get_held(q, id, NULL) == 0 ? -EBUSY : -ENOENT;
        (void)snprintf(path, sizeof(path), "%s/" CONTENT_NAME, id);
        int fd = openat(q->store_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* One rename takes the entry out of the list; the rest can be done again. */
int quarantine_purge(struct quarantine *q, const char *id)
{
        char name[NAME_SIZE];
        uint64_t size;

        if (!id_valid(id))
                return -ENOENT;
        if (quarantine_get_held(q, id, NULL) == 0)
                return -EBUSY;
        if (!store_has(q, id))
                return -ENOENT;
        size = content_size(q, id);
        (void)snprintf(name, sizeof(name), "%s" PURGED_SUFFIX, id);
        int k = take_rename(q->store_fd, id, q->store_fd, name);
        if (k < 0)
                return k;
        quarantine_step(q, "purge-renamed");
        journal_given(q, id);
        (void)pthread_mutex_lock(&q->lock);
        q->entries--;
        q->bytes -= MIN_OF(size, q->bytes);
        (void)pthread_mutex_unlock(&q->lock);
        k = store_delete(q, name);
        quarantine_step(q, "purge-deleted");
        if (fsync(q->store_fd) < 0 && k == 0)
                k = -errno;
        return k;
}

void quarantine_stats(struct quarantine *q, struct quarantine_stats *ret)
{
        (void)pthread_mutex_lock(&q->lock);
        *ret = (struct quarantine_stats){.entries = q->entries, .bytes = q->bytes, .held = q->held};
        (void)pthread_mutex_unlock(&q->lock);
}
