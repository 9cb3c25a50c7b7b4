/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: a store of copies: of files that stay where they are, so that they can be put back there one day.
 * Does not own: how an entry is written (store.c) and put back (release.c); which contents are worth keeping, and for how long.
 *
 * A copy needs no crash journal: until it is published there is only STORE/<id>.new, which the next start deletes. Putting one back
 * is in the journal from before its place was made free, so that a crash in between does not leave it empty.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/quarantine/internal.h"

static int keep_describe(struct record *rec, const struct quarantine_request *request)
{
        const char *name;
        struct stat st, parent;
        _cleanup_close_ int dir = open_parent_beneath(request->root_fd, request->path, &name);

        if (dir < 0)
                return dir;
        if (fstat(request->fd, &st) < 0 || fstat(dir, &parent) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        return record_describe(rec, request, &st, &parent);
}

int quarantine_keep(struct quarantine *q, const struct quarantine_request *request,
                    struct quarantine_entry *ret)
{
        _cleanup_(record_freep) struct record *rec = record_new();

        if (!rec)
                return -ENOMEM;
        if (!take_fits(q, request->id.size))
                return -EDQUOT;
        int k = keep_describe(rec, request);
        if (k < 0)
                return k;
        rec->entry.held = false;
        struct store_item item = {.record = rec, .dir_fd = -1, .source = &request->fd};
        (void)store_batch(q, &item, 1);
        if (item.result < 0)
                return item.result;
        rec = NULL;
        if (request->sha256 && memcmp(request->sha256, item.entry.sha256, 32) != 0) {
                (void)quarantine_purge(q, item.entry.id);
                quarantine_entry_done(&item.entry);
                return -ESTALE;
        }
        *ret = item.entry;
        return 0;
}

int quarantine_give_begin(struct quarantine *q, const struct quarantine_release *release)
{
        return journal_knows(q, release->id) ? -EBUSY : release_intend(q, release);
}

void quarantine_give_end(struct quarantine *q, const char *id)
{
        journal_given(q, id);
}
