/* SPDX-FileCopyrightText: giad maintainers */
/*
 * A damaged entry.json: whatever is in it, reading ends with what could be read, and what was read
 * without an error is read again the same after it has been written.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/quarantine/internal.h"
#include "tests/fuzz/fuzz.h"

static void require(bool truth)
{
        if (!truth)
                abort();
}

static bool same(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

static void check_same(const struct record *a, const struct record *b)
{
        const struct quarantine_entry *x = &a->entry, *y = &b->entry;

        require(same(x->workspace, y->workspace) && same(x->path, y->path));
        require(same(x->symlink_target, y->symlink_target) && same(x->reason, y->reason));
        require(same(x->artefact, y->artefact) && same(x->format, y->format));
        require(x->size == y->size && x->mode == y->mode && x->uid == y->uid && x->gid == y->gid);
        require(x->dev == y->dev && x->ino == y->ino && x->mtime_ns == y->mtime_ns);
        require(x->parent_dev == y->parent_dev && x->parent_ino == y->parent_ino);
        require(x->taken == y->taken && x->how == y->how && x->other_names == y->other_names);
        require(memcmp(x->sha256, y->sha256, sizeof(x->sha256)) == 0 && strcmp(x->id, y->id) == 0);
        require(a->scanned_hashed == b->scanned_hashed && a->checked == b->checked);
        require(a->temp == b->temp && same(a->holding, b->holding));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct record *rec = record_new(), *again = record_new();
        struct attributes attributes = {.n = 0}, copied = {.n = 0};
        struct buffer json = BUFFER_NULL;

        if (rec && again && entry_from_json((const char *)data, size, rec, &attributes) == 0) {
                bool intent = rec->scanned.ino != 0 || rec->checked || rec->temp;

                entry_to_json(rec, &attributes, true, &json);
                require(json.error == 0 && !memchr(json.data, '\n', json.len));
                int r = entry_from_json(json.data, json.len, again, &copied);
                require(r == 0 || (!intent && r == -EBADMSG));
                check_same(rec, again);
                require(attributes.n == copied.n && same(attributes.lost, copied.lost));
                for (size_t i = 0; i < attributes.n; i++)
                        require(same(attributes.items[i].name, copied.items[i].name) &&
                                attributes.items[i].size == copied.items[i].size);
        }
        buffer_done(&json);
        attributes_done(&attributes);
        attributes_done(&copied);
        (void)record_free(rec);
        (void)record_free(again);
        return 0;
}
