/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The store of files that were taken away, and the protocol by which they get there and back
 * (DESIGN §7). It loses nothing and follows no link. An entry is self-describing:
 * STORE/<id>/content and STORE/<id>/entry.json; the register is only an index of it.
 *
 *   take     (event loop)    intent → renameat2(NOREPLACE) into the holding directory → check what
 *                            arrived
 *   store    (storer thread) copy, hash, sync, entry.json → unlink from holding
 *   recover  (at start)      whatever a crash left behind: back under its name, or whole in the
 *                            store
 *
 *   STORE/journal                 the crash journal: one line for each step, appended without sync
 *   STORE/<id>/…                  0700 root
 *   <mount>/…/.giad/<store>/<id>  holding directory: root-owned 0700 on the workspace's mount;
 *                                 <store> is an id of this store (STORE/store-id), so that two
 *                                 giads on one mount never touch each other's files
 *
 * Functions marked [loop] never sync and never copy; functions marked [storer] may block. One
 * quarantine object may be used by one loop thread and one storer thread at once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/base/open.h"
#include "common/model/enums.h"

struct quarantine;

struct quarantine_config {
        const char *store;  /* absolute directory, made 0700 if it is not there */
        uint64_t store_max; /* bytes of content in the store; past it taking fails with -EDQUOT
                               (store-failed); 0: no limit */
        bool copies; /* its entries are quarantine_keep()'s: recovery puts back what was begun, and purges
                               nothing */
        void (*step)(void *userdata,
                     const char *name); /* called between any two steps; only tests set it */
        void *step_userdata;
};

enum quarantine_how {
        QUARANTINE_HELD,      /* moved into the holding directory */
        QUARANTINE_IN_PLACE,  /* weaker: moved to a random name beside it, mode 0000 */
        QUARANTINE_MODE_ZERO, /* weakest: could not be moved; mode 0000 in place, where it stays
                                 when its content is stored */
        _QUARANTINE_HOW_MAX,
};
DECLARE_NAMES(quarantine_how);

/* Where an entry came from and what it is, as kept in entry.json. Texts are owned. */
struct quarantine_entry {
        char id[ID_SIZE];
        char *workspace; /* absolute path of the workspace's root */
        char *path; /* raw bytes, relative to it (as JSON: text_printable plus "path_hex" where that
                       loses bytes) */
        char *shown; /* the path as it may be shown: printable, and without the secrets that stand
                        in it */
        uint64_t size;
        uint32_t mode, uid, gid;
        int64_t mtime_ns, atime_ns;
        uint64_t dev, ino;               /* of the inode that was taken */
        uint64_t parent_dev, parent_ino; /* of the directory it was taken from */
        uint32_t parent_uid;
        uint8_t sha256[32];      /* of the stored content */
        usec_t taken;            /* realtime */
        char *symlink_target;    /* a symlink was taken: its target; there is no content then */
        char *artefact, *format; /* its kind, and what it was read as; NULL: not known (entries of
                                    before 0.2) */
        char *findings;          /* JSON array for people and for the pin: [{rule, line, redacted,
                                 fingerprint, severity}…] */
        char *reason;            /* policy line */
        char *writer;            /* JSON object or NULL */
        uint64_t other_names; /* names of the taken inode besides the one that was moved: they still
                                 lead to its content */
        enum quarantine_how how;
        bool held; /* still in the holding directory: storing failed or has not happened yet */
};
void quarantine_entry_done(struct quarantine_entry *e);

/* Opens store and journal. Returns 0 or negative errno; -EBUSY: another object has this store open,
 * -EPERM: the directory is not ours. Tickets must be freed before the object. */
int quarantine_new(struct quarantine **ret, const struct quarantine_config *config);
struct quarantine *quarantine_free(struct quarantine *q);

/* Makes and opens the holding directory for a workspace: the topmost directory on the same mount
 * (not only file system: a rename is tried) in which giad may make ".giad", and which only root can
 * write or has the sticky bit; never one inside the workspace; else in the store itself when that
 * is on the same mount. Returns 0; -EXDEV: none is to be had, quarantine there will be by in-place
 * rename (weaker), *ret_detail (owned by the caller, may be NULL on success) says which parent to
 * allow in ReadWritePaths=. The result is remembered by mount. [loop] */
int quarantine_prepare(struct quarantine *q, int root_fd, const char *workspace, char **ret_detail);

/* Calls fn for the directories that nobody but the quarantine writes to: the store and those in which files are held.
 * fd is borrowed. [loop] */
void quarantine_own_directories(struct quarantine *q, void (*fn)(void *userdata, int fd),
                                void *userdata);

/* What a scan said, and so what may be taken. */
struct quarantine_request {
        const char *workspace; /* absolute path of its root */
        int root_fd;           /* borrowed */
        const char *path;      /* relative */
        const char *shown;     /* as in the entry; NULL: the path holds no secret */
        int fd;                /* the scanned inode, read-only; -1 for a symlink. Borrowed */
        struct file_id id;     /* as it was at the scan */
        const uint8_t *sha256; /* 32 bytes, or NULL if it was not hashed */
        const char *artefact, *format, *findings, *reason,
                *writer; /* as in the entry; may be NULL */
        bool empty; /* once it is stored the inode is to have no content: an overlay mount leads to it, whatever its name is */
};

/* A file that is out of its place and not yet in the store. */
struct quarantine_ticket;
const char *quarantine_ticket_id(const struct quarantine_ticket *t);
enum quarantine_how quarantine_ticket_how(const struct quarantine_ticket *t);
struct quarantine_ticket *quarantine_ticket_free(struct quarantine_ticket *t);

/* Steps 1 to 3. Returns 0 and a ticket, *ret_reason REASON_NONE or why it is only
 * QUARANTINE_IN_PLACE or _MODE_ZERO; or, with the file as it was and *ret_reason set: -ESTALE:
 * another inode or a changed file stood there (put back if it had been moved): scan again (if the
 * name was taken meanwhile it is put back beside it as ".giad-<id>"; if it can go nowhere a ticket
 * is given: nothing is ever lost); -ENOENT: nothing stands there any more; -EDQUOT: the store is
 * full; others: the ladder of reasons.def was tried and failed. [loop] */
int quarantine_take(struct quarantine *q, const struct quarantine_request *request,
                    struct quarantine_ticket **ret, enum reason *ret_reason);

/* Steps 4 and 5 for a batch: all writeback is started first, then synced. Returns how many are
 * stored; results[i] is 0 or negative errno (the file then stays in holding and is tried again by
 * quarantine_recover()). entries[i] is filled on success, and the caller frees it. Checks the hash
 * against the scan's: if the content had changed between scan and rename (a writer with an open
 * fd), the entry says so in `reason`. [storer] */
size_t quarantine_store(struct quarantine *q, struct quarantine_ticket **tickets, size_t n,
                        struct quarantine_entry *entries, int *results);

/* Told for each thing that recovery did. */
struct quarantine_recovery {
        void (*stored)(void *userdata,
                       const struct quarantine_entry *e); /* finished into the store */
        void (*returned)(void *userdata, const char *workspace,
                         const char *path); /* back under its name */
        void (*failed)(void *userdata, const char *what, int error);
        void *userdata;
};
/* After quarantine_prepare() of the workspaces; later again, from the storer's thread, to retry
 * what could not be stored. Files that have a ticket are left alone. A file in holding without a
 * record (power was lost before the journal reached the disk) is stored with an empty workspace and
 * path: it can be released to another place. Completes or undoes whatever the journal and the
 * holding directories show. Idempotent. */
int quarantine_recover(struct quarantine *q, const struct quarantine_recovery *handler);

/* Reads all entries in the order of their ids; stops when fn returns non-zero. A damaged entry is
 * given with what could be read. */
int quarantine_list(struct quarantine *q,
                    int (*fn)(void *userdata, const struct quarantine_entry *e), void *userdata);
/* The same step by step, of those that there are when it begins: each reads at most max of them. Returns 1: there may be more (also
 * when fn returned non-zero), 0: that was all, or negative errno. */
struct quarantine_listing;
int quarantine_listing_new(struct quarantine_listing **ret, struct quarantine *q);
struct quarantine_listing *quarantine_listing_free(struct quarantine_listing *l);
int quarantine_listing_step(struct quarantine_listing *l, struct quarantine *q, size_t max,
                            int (*fn)(void *userdata, const struct quarantine_entry *e),
                            void *userdata);
/* 0; -ENOENT; -EBADMSG damaged */
int quarantine_get(struct quarantine *q, const char *id, struct quarantine_entry *ret);
/* The stored content, read-only. Returns an fd or negative errno: -ENOENT, -EBUSY still held. */
int quarantine_open(struct quarantine *q, const char *id);

struct quarantine_release {
        const char *id;
        int root_fd;      /* of the workspace, opened now; or of the directory given by --to */
        const char *path; /* relative to root_fd */
        bool elsewhere;   /* --to: the recorded parent is not compared */
        bool begun;       /* after quarantine_give_begin() */
};
/* Puts content, owner, mode (without setuid, setgid, sticky), POSIX ACL, user.* xattrs and times
 * back without replacing anything; *ret_dropped (owned by the caller, NULL if nothing) names what
 * was not restored. The entry stays until quarantine_purge(), which must follow: after a crash in
 * between, recovery purges it if what it holds stands there. *ret_id is the new file's identity.
 * Returns 0; -EEXIST something stands there; -ESTALE the parent directory or its owner is not the
 * recorded one (offer --to); -ENOENT; -EBUSY still held, not stored yet; -EBADMSG the stored
 * content is damaged; others. Survives a crash at any step: the file appears whole or not at all.
 * [storer] */
int quarantine_release(struct quarantine *q, const struct quarantine_release *release,
                       struct file_id *ret_id, char **ret_dropped);
/* Deletes an entry and its content. 0, -ENOENT, -EBUSY (held) or others. [storer] */
int quarantine_purge(struct quarantine *q, const char *id);

/* Of a store of copies. Copies a regular file that stays where it is (request->fd) into an entry of its own, durably. *ret is the
 * caller's on success. Returns 0; -ESTALE: it has not the content of request->sha256 (any more); -EDQUOT: the store is full;
 * others. [storer] */
int quarantine_keep(struct quarantine *q, const struct quarantine_request *request,
                    struct quarantine_entry *ret);
/* Notes that an entry is about to be put back, before its place is made free: after a crash, recovery does so if nothing
 * stands there. Ends with quarantine_give_end(). 0; -EBUSY: somebody does so already; others. [loop] */
int quarantine_give_begin(struct quarantine *q, const struct quarantine_release *release);
void quarantine_give_end(struct quarantine *q, const char *id);

struct quarantine_stats {
        uint64_t entries, bytes, held;
};
void quarantine_stats(struct quarantine *q, struct quarantine_stats *ret);
