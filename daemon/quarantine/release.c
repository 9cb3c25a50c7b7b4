/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: giving a stored file back under a name, whole or not at all.
 * Does not own: who may ask for it, and what becomes of the entry afterwards (quarantine_purge()).
 *
 * The file is made without a name (O_TMPFILE), gets its content, owner, ACL, mode and times, is
 * synced, and only then linked to its name, which replaces nothing. Where that is not to be had,
 * and for symlinks, it is made under a temporary name: in the holding directory, where recovery
 * finds it, or, where there is none, beside its name, and then the journal knows it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "daemon/quarantine/internal.h"

struct release {
        struct quarantine *q;
        const struct quarantine_release *request;
        struct record *record; /* what the entry says */
        struct attributes attributes;
        int parent_fd;
        const char *name; /* in parent */
        int fd;           /* the new file; -1 for a symlink */
        int temp_fd;      /* where it has a temporary name: borrowed; -1: it has none */
        char temp[NAME_SIZE];
        struct record *journal; /* of the temporary name, when the journal must know it */
        char *dropped;
};

static void release_done(struct release *r)
{
        if (r->journal) {
                (void)unlinkat(r->temp_fd, r->temp, 0);
                journal_end(r->q, r->journal);
        } else if (r->temp_fd >= 0) {
                (void)unlinkat(r->temp_fd, r->temp, 0);
        }
        (void)fd_close(r->parent_fd);
        (void)fd_close(r->fd);
        attributes_done(&r->attributes);
        (void)record_free(r->record);
        free(r->dropped);
}

/* The intent: should giad be killed once the file has its name again, recovery forgets the entry.
 */
int release_intend(struct quarantine *q, const struct quarantine_release *request)
{
        _cleanup_(record_freep) struct record *rec = record_new();

        if (!rec)
                return -ENOMEM;
        memcpy(rec->entry.id, request->id, sizeof(rec->entry.id));
        rec->temp = rec->giving = rec->busy = true;
        rec->entry.workspace = holding_path_of(request->root_fd);
        rec->entry.path = strdup(request->path);
        if (!rec->entry.workspace || !rec->entry.path)
                return -ENOMEM;
        journal_begin(q, take_ptr(&rec));
        return 0;
}

/* Beside the final name: the path of the temporary name from the directory that was given. */
static int release_journal(struct release *r)
{
        const char *path = r->request->path;
        int prefix = (int)(r->name - path);
        _cleanup_(record_freep) struct record *rec = record_new();

        if (!rec)
                return -ENOMEM;
        int k = id_new(rec->entry.id);
        if (k < 0)
                return k;
        (void)snprintf(r->temp, sizeof(r->temp), PLACE_PREFIX "release-%s", rec->entry.id);
        rec->temp = rec->busy = true;
        rec->entry.workspace = holding_path_of(r->request->root_fd);
        if (!rec->entry.workspace ||
            asprintf(&rec->entry.path, "%.*s%s", prefix, path, r->temp) < 0)
                return -ENOMEM;
        r->temp_fd = r->parent_fd;
        r->journal = take_ptr(&rec);
        journal_begin(r->q, r->journal);
        return 0;
}

static int release_temp_name(struct release *r)
{
        struct holding *h = holding_find(r->q, r->parent_fd);

        if (!h)
                return release_journal(r);
        (void)snprintf(r->temp, sizeof(r->temp), "%s" RELEASE_SUFFIX, r->request->id);
        r->temp_fd = h->fd;
        return unlinkat(h->fd, r->temp, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int release_make(struct release *r)
{
        r->fd = openat(r->parent_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (r->fd >= 0)
                return 0;
        if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
                return -errno;
        int k = release_temp_name(r);
        if (k < 0)
                return k;
        r->fd = openat(r->temp_fd, r->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       0600);
        return r->fd < 0 ? -errno : 0;
}

static void release_times(const struct quarantine_entry *e, struct timespec ret[static 2])
{
        const int64_t ns[] = {e->atime_ns, e->mtime_ns};

        for (size_t i = 0; i < ELEMENTSOF(ns); i++) {
                ret[i].tv_sec = ns[i] / 1000000000;
                ret[i].tv_nsec = ns[i] % 1000000000;
                if (ret[i].tv_nsec < 0) {
                        ret[i].tv_sec--;
                        ret[i].tv_nsec += 1000000000;
                }
        }
}

static int release_content(struct release *r)
{
        uint8_t sha256[32];
        uint64_t size;
        struct stat st;
        _cleanup_close_ int from = quarantine_open(r->q, r->request->id);

        if (from < 0)
                return from == -ENOENT ? -EBADMSG : from;
        if (fstat(from, &st) < 0)
                return -errno;
        int k = copy_content(from, r->fd, (uint64_t)st.st_size, sha256, &size);
        if (k < 0)
                return k;
        return memcmp(sha256, r->record->entry.sha256, 32) == 0 ? 0 : -EBADMSG;
}

static int release_mode(struct release *r, bool acl_lost)
{
        static const struct {
                mode_t bit;
                const char *name;
        } special[] = {{S_ISUID, "setuid"}, {S_ISGID, "setgid"}, {S_ISVTX, "sticky"}};
        mode_t mode = r->record->entry.mode & 0777;
        int k = 0;

        for (size_t i = 0; i < ELEMENTSOF(special) && k == 0; i++)
                if (r->record->entry.mode & special[i].bit)
                        k = entry_name_add(&r->dropped, special[i].name);
        if (k < 0)
                return k;
        /* with an ACL the group's bits are its mask: alone they would give the group too much */
        if (acl_lost)
                mode &= (mode_t)~070;
        return fchmod(r->fd, mode) < 0 ? -errno : 0;
}

/* Owner before mode: chown clears bits; and mode last, so that nothing is ever wider than it was.
 */
static int release_dress(struct release *r)
{
        const struct quarantine_entry *e = &r->record->entry;
        struct timespec times[2];
        bool acl_lost = false;
        struct stat st;
        int k;

        if (fstat(r->fd, &st) < 0)
                return -errno;
        if ((st.st_uid != e->uid || st.st_gid != e->gid) && fchown(r->fd, e->uid, e->gid) < 0) {
                if (errno != EPERM && errno != EINVAL)
                        return -errno;
                k = entry_name_add(&r->dropped, "owner");
                if (k < 0)
                        return k;
        }
        k = attributes_write(r->fd, &r->attributes, &r->dropped, &acl_lost);
        if (k == 0)
                k = release_mode(r, acl_lost);
        if (k < 0)
                return k;
        release_times(e, times);
        if (futimens(r->fd, times) < 0 || fsync(r->fd) < 0)
                return -errno;
        return 0;
}

static int release_symlink(struct release *r)
{
        const struct quarantine_entry *e = &r->record->entry;
        struct timespec times[2];
        int k = release_temp_name(r);

        if (k < 0)
                return k;
        if (symlinkat(e->symlink_target, r->temp_fd, r->temp) < 0)
                return -errno;
        quarantine_step(r->q, "release-made");
        if (fchownat(r->temp_fd, r->temp, e->uid, e->gid, AT_SYMLINK_NOFOLLOW) < 0) {
                if (errno != EPERM && errno != EINVAL)
                        return -errno;
                k = entry_name_add(&r->dropped, "owner");
        }
        release_times(e, times);
        (void)utimensat(r->temp_fd, r->temp, times, AT_SYMLINK_NOFOLLOW);
        return k;
}

static int release_regular(struct release *r)
{
        int k = release_make(r);

        if (k < 0)
                return k;
        quarantine_step(r->q, "release-made");
        k = release_content(r);
        quarantine_step(r->q, "release-copied");
        return k < 0 ? k : release_dress(r);
}

/* The moment in which the file appears. */
static int release_name(struct release *r)
{
        char link[64];

        if (r->temp_fd >= 0) {
                int k = take_rename_among_others(r->temp_fd, r->temp, r->parent_fd, r->name);

                if (k < 0)
                        return k;
                quarantine_step(r->q, "release-named");
                if (r->journal)
                        journal_end(r->q, take_ptr(&r->journal));
                r->temp_fd = -1;
                return 0;
        }
        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", r->fd);
        if (linkat(AT_FDCWD, link, r->parent_fd, r->name, AT_SYMLINK_FOLLOW) < 0)
                return -errno;
        quarantine_step(r->q, "release-named");
        return 0;
}

static int release_parent(struct release *r)
{
        const struct quarantine_release *request = r->request;
        const struct quarantine_entry *e = &r->record->entry;
        struct stat st;

        r->parent_fd = open_parent_beneath(request->root_fd, request->path, &r->name);
        if (r->parent_fd < 0) {
                bool other = r->parent_fd == -ENOENT || r->parent_fd == -ELOOP ||
                             r->parent_fd == -ENOTDIR || r->parent_fd == -EXDEV;

                return other && !request->elsewhere ? -ESTALE : r->parent_fd;
        }
        if (*r->name == '\0' || strcmp(r->name, ".") == 0 || strcmp(r->name, "..") == 0)
                return -EINVAL;
        if (fstat(r->parent_fd, &st) < 0)
                return -errno;
        /* not the device: its number changes between boots, and no agent can mount */
        if (!request->elsewhere && (st.st_ino != e->parent_ino || st.st_uid != e->parent_uid))
                return -ESTALE;
        return 0;
}

/* A file that could not be moved still stands there with mode 0000: unchanged, it gets its mode
 * back. 1: done, 0: it is not that file. */
static int release_unzero(struct release *r)
{
        const struct quarantine_entry *e = &r->record->entry;
        struct file_id id;
        struct stat st;

        if (e->how != QUARANTINE_MODE_ZERO || r->request->elsewhere)
                return 0;
        _cleanup_close_ int fd = openat(r->parent_fd, r->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return 0;
        file_id_from_stat(&id, &st);
        if (!S_ISREG(st.st_mode) || (st.st_mode & 07777) || id.ino != e->ino ||
            id.size != e->size || id.mtime_ns != e->mtime_ns)
                return 0;
        r->fd = open_again(fd, O_RDONLY | O_NONBLOCK);
        if (r->fd < 0)
                return r->fd;
        int k = release_mode(r, false);
        return k < 0 ? k : 1;
}

static int release_run(struct release *r)
{
        struct stat st;
        int k = release_parent(r);

        if (k == 0)
                k = release_unzero(r);
        if (k != 0)
                return k < 0 ? k : 0;
        if (fstatat(r->parent_fd, r->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
                return -EEXIST;
        k = r->record->entry.symlink_target ? release_symlink(r) : release_regular(r);
        quarantine_step(r->q, "release-ready");
        if (k == 0)
                k = release_name(r);
        if (k < 0)
                return k;
        _cleanup_close_ int dir = openat(r->parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        /* it stands there now, so a sync that fails is not a release that failed */
        if (dir >= 0)
                (void)fsync(dir);
        return 0;
}

int quarantine_release(struct quarantine *q, const struct quarantine_release *request,
                       struct file_id *ret_id, char **ret_dropped)
{
        _cleanup_(release_done) struct release r = {
                .q = q, .request = request, .parent_fd = -1, .fd = -1, .temp_fd = -1};
        struct stat st;

        if (!request->begun && journal_knows(q, request->id))
                return -EBUSY;
        r.record = record_new();
        if (!r.record)
                return -ENOMEM;
        int k = entry_load(q, request->id, r.record, &r.attributes);
        if (k == 0 && !request->begun)
                k = release_intend(q, request);
        if (k < 0)
                return k;
        k = release_run(&r);
        if (k < 0) {
                if (!request->begun)
                        journal_given(q, request->id);
                return k;
        }
        if (r.fd >= 0 ? fstat(r.fd, &st) < 0
                      : fstatat(r.parent_fd, r.name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        file_id_from_stat(ret_id, &st);
        *ret_dropped = take_ptr(&r.dropped);
        return 0;
}
