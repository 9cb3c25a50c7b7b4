/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What the files of daemon/quarantine share. The life of a file that is taken:
 *
 *   record (journal, open) ──take──► holding directory ──store──► STORE/<id>.new ──► STORE/<id>
 *
 * A record is open from the intent until the file is back under its name or in the store. While a
 * ticket exists the record is busy: only the ticket's owner goes on with it. Records belong to the
 * journal's list, tickets borrow them; the lock guards the list, the holding directories and the
 * counters, and is never held over a sync or a copy.
 */

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "daemon/quarantine/quarantine.h"

#define HOLDING_NAME ".giad"
#define CONTENT_NAME "content"
#define ENTRY_NAME "entry.json"
#define NEW_SUFFIX ".new"         /* STORE/<id>.new: not yet complete */
#define PURGED_SUFFIX ".purged"   /* STORE/<id>.purged: being deleted */
#define RELEASE_SUFFIX ".release" /* holding/<id>.release: not yet complete */
#define PROBE_SUFFIX ".probe"     /* holding/<id>.probe: holding_try() */
#define PLACE_PREFIX \
        ".giad-" /* <parent>/.giad-<id>: moved in place, or put back beside its name \
                  */
#define NAME_SIZE (NAME_MAX + 1)
#define ENTRY_COST ((uint64_t)12288) /* bytes of disk that an entry takes beside its content */

struct holding {
        TAILQ_ENTRY(holding) entries;
        uint64_t dev, mount;
        int fd;                                   /* .giad/<store's id> */
        int top_fd;                               /* the directory that holds .giad */
        char top[sizeof(HOLDING_NAME) + ID_SIZE]; /* the directory's name in top_fd */
        char *path;                               /* for people */
};

struct attribute {
        char *name;
        uint8_t *value;
        size_t size;
};

/* Extended attributes, and the ACL as one of them. */
struct attributes {
        struct attribute *items;
        size_t n;
        char *lost; /* names of those that are not kept, space-separated; NULL if none */
};

struct record {
        TAILQ_ENTRY(record) entries;
        struct quarantine_entry entry;
        struct file_id scanned; /* as the scan saw it */
        uint8_t scanned_sha256[32];
        bool scanned_hashed;
        bool busy;    /* a ticket or a release works on it */
        bool checked; /* what arrived was found to be what was scanned */
        bool empty;   /* as was requested; not after a crash */
        bool zeroing; /* mode 0000 in place may have been set */
        bool temp;   /* no file was taken: entry.workspace/entry.path is a temporary of a release */
        bool giving; /* with temp: it is where the stored entry of this id is being given back */
        uint64_t held_size; /* as counted in held_bytes */
        char *holding;      /* path of the holding directory, NULL if there was none */
};

struct quarantine {
        char *path;
        int store_fd;
        uint64_t store_max;
        bool copies; /* of files that stay: an entry that was put back is not used up */
        char store_id[ID_SIZE];
        void (*step)(void *userdata, const char *name);
        void *step_userdata;

        unsigned long sync_context; /* the storer's */

        pthread_mutex_t lock;
        TAILQ_HEAD(holding_list, holding) holdings;
        TAILQ_HEAD(record_list, record) records;
        int journal_fd;
        uint64_t journal_size, journal_base; /* now, and when it was last rewritten */
        bool journal_torn;                   /* the last append failed half-way */
        uint64_t entries, bytes;             /* in the store */
        uint64_t held, held_bytes;
};

struct quarantine_ticket {
        struct quarantine *q;
        struct record *record; /* borrowed; NULL once stored */
        char id[ID_SIZE];
        enum quarantine_how how;
        int dir_fd; /* where the file is now: borrowed from a holding, or own_fd */
        int own_fd; /* the file's own directory when it was not moved out of it */
        char name[NAME_SIZE];
};

static inline void quarantine_step(struct quarantine *q, const char *name)
{
        if (q->step)
                q->step(q->step_userdata, name);
}

/* --- holding.c ------------------------------------------------------------------------------ */
/* Which mount an fd is on. 0 or negative errno. */
int holding_mount(int fd, uint64_t *ret_dev, uint64_t *ret_mount);
/* The holding directory of the mount that fd is on, or NULL. */
struct holding *holding_find(struct quarantine *q, int fd);
/* The holding directory in which there is such a name, or NULL. */
struct holding *holding_with(struct quarantine *q, const char *name);
/* Opens a holding directory of ours again that no workspace has been prepared for. 0 or negative
 * errno. */
int holding_reopen(struct quarantine *q, const char *path);
struct holding *holding_free(struct holding *h);
/* Removes the directory if it is empty, so that it leaves no trace on the mount. */
void holding_remove(const struct quarantine *q, const struct holding *h);
/* Opens, makes if need be, and verifies a directory of our own. Returns an fd or negative errno. */
int holding_open_own(int dir_fd, const char *name);
/* Path of an fd for people, or NULL when memory is out. */
char *holding_path_of(int fd);

/* --- journal.c ------------------------------------------------------------------------------ */
int journal_open(struct quarantine *q);
/* Writes the intent and takes the record over. Never fails: an intent that could not be written is
 * still known here, and a file without intent is stored as one of unknown path. */
void journal_begin(struct quarantine *q, struct record *rec);
void journal_checked(struct quarantine *q, const struct record *rec);
void journal_zeroing(struct quarantine *q, const struct record *rec);
/* The record is closed: its file is in the store, or back. Frees it. */
void journal_end(struct quarantine *q, struct record *rec);
/* Closes the record of a release of this entry, if there is one. */
void journal_given(struct quarantine *q, const char *id);
/* Is there an open record? */
bool journal_knows(struct quarantine *q, const char *id);
/* [storer] */
int journal_sync(struct quarantine *q);
void journal_compact(struct quarantine *q);

struct record *record_new(void);
struct record *record_free(struct record *rec);
DEFINE_CLEANUP(struct record *, record_free);

/* --- entry.c -------------------------------------------------------------------------------- */
/* One JSON object in one line. With intent: what only the journal needs, too. */
void entry_to_json(const struct record *rec, const struct attributes *attributes, bool intent,
                   struct buffer *out);
/* 0, or -EBADMSG with what could be read. attributes may be NULL. */
int entry_from_json(const char *json, size_t n, struct record *rec, struct attributes *attributes);
/* Reads STORE/<id>/entry.json. 0, -ENOENT, -EBADMSG (with what could be read), others. */
int entry_load(struct quarantine *q, const char *id, struct record *rec,
               struct attributes *attributes);
int entry_copy(struct quarantine_entry *dst, const struct quarantine_entry *src);
/* Space-separated list of names in *list. */
int entry_name_add(char **list, const char *name);

/* --- copy.c --------------------------------------------------------------------------------- */
/* Copies at most size bytes with their holes, and hashes what is in `to` afterwards; to: -1 only
 * hashes. */
int copy_content(int from, int to, uint64_t size, uint8_t ret_sha256[static 32],
                 uint64_t *ret_size);
void attributes_done(struct attributes *a);
int attributes_read(int fd, struct attributes *ret);
/* Sets them; names of those that could not be set are added to *lost. *ret_acl_lost if one was the
 * ACL. */
int attributes_write(int fd, const struct attributes *a, char **lost, bool *ret_acl_lost);

/* --- sync.c --------------------------------------------------------------------------------- */
#define SYNC_MAX 128
struct sync_item {
        int fd;
        int result; /* 0 or negative errno */
};
/* fsync() of all of them. *context is 0 at first and ends with sync_done(). */
void sync_all(unsigned long *context, struct sync_item *items, size_t n);
void sync_done(unsigned long *context);

/* --- take.c --------------------------------------------------------------------------------- */
/* Puts back what lies in (from_fd, from) under its name in parent, else beside it. 0 or negative
 * errno. */
int take_put_back(int from_fd, const char *from, int parent_fd, const char *name, const char *id);
/* Renames without replacing anything, also where the file system has no RENAME_NOREPLACE: into a
 * directory where nobody else makes names that could be `to`; and into one where anybody may. */
int take_rename(int from_fd, const char *from, int to_fd, const char *to);
int take_rename_among_others(int from_fd, const char *from, int to_fd, const char *to);
/* Sets the mode of the regular file (dir_fd, name) if it is still this inode; follows no link. */
int take_chmod(int dir_fd, const char *name, uint64_t ino, mode_t mode);
/* Makes the record say what (dir_fd, name) is. [under no lock; takes it] */
int take_describe(struct quarantine *q, struct record *rec, int dir_fd, const char *name);
/* Makes the record say what is to be kept of a file: st, in a directory: parent. */
int record_describe(struct record *rec, const struct quarantine_request *request,
                    const struct stat *st, const struct stat *parent);
/* Is there room in the store for a content of this size? */
bool take_fits(struct quarantine *q, uint64_t size);
/* Adds a remark to the entry's reason, once. */
void record_remark(struct quarantine *q, struct record *rec, const char *remark);
/* Does st (and target, for a symlink) look like what the record's scan saw? */
bool take_same(const struct record *rec, const struct stat *st);

/* --- store.c -------------------------------------------------------------------------------- */
struct store_item {
        struct record *record; /* busy; consumed when result is 0 */
        int dir_fd;            /* where the file lies; borrowed */
        const char *name;
        const int *
                source; /* a file that stays where it is: its fd, borrowed, instead of dir_fd and name; NULL: none. The record is
                              then not in the journal */
        int new_fd, content_fd, entry_fd; /* used by the store */
        int result;
        struct quarantine_entry entry; /* filled when result is 0; the caller's */
};
/* Returns how many are stored. */
size_t store_batch(struct quarantine *q, struct store_item *items, size_t n);
/* Deletes STORE/<name> and what a store puts there. */
int store_delete(struct quarantine *q, const char *name);
/* Is STORE/<id> there? */
bool store_has(struct quarantine *q, const char *id);

/* --- release.c ------------------------------------------------------------------------------ */
/* The intent to put something back: should giad be killed meanwhile, recovery knows of it. */
int release_intend(struct quarantine *q, const struct quarantine_release *request);
