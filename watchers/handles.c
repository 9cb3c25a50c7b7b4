/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of known directories of the fanotify back end.
 * Does not own: where they are (tree.h).
 */
#include "watchers/handles.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MISSES_KEPT 20000u

struct handle_entry {
        UT_hash_handle hh;
        int number;
        unsigned char name[]; /* a struct handle_name, cut */
};

size_t handle_name_size(const struct handle_name *name)
{
        return offsetof(struct handle_name, handle) + name->bytes;
}

int handle_name_read(struct handle_name *ret, int fd)
{
        union {
                struct file_handle h;
                unsigned char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
        } u = {.h.handle_bytes = MAX_HANDLE_SZ};
        struct statfs fs;
        int mount_id;

        if (fstatfs(fd, &fs) < 0 || name_to_handle_at(fd, "", &u.h, &mount_id, AT_EMPTY_PATH) < 0)
                return -errno;
        *ret = (struct handle_name){
                .fsid = fs.f_fsid, .bytes = u.h.handle_bytes, .type = u.h.handle_type};
        memcpy(ret->handle, u.h.f_handle, u.h.handle_bytes);
        return 0;
}

static struct handle_entry *find(const struct handles *h, const void *name, size_t n)
{
        struct handle_entry *e;

        HASH_FIND(hh, h->by_name, name, n, e);
        return e;
}

int handles_find(struct handles *h, const void *name, size_t n)
{
        const struct handle_entry *e = find(h, name, n);
        unsigned hash;

        if (e)
                return e->number;
        HASH_VALUE(name, n, hash);
        if (++h->misses == 0)
                h->misses = 1;
        h->missed[hash % HANDLES_MISSES] = h->misses;
        return -1;
}

bool handles_was_missed(const struct handles *h, int number)
{
        const struct handle_entry *e = h->list[number];
        uint32_t last = h->missed[e->hh.hashv % HANDLES_MISSES];

        return last > 0 && h->misses - last < MISSES_KEPT;
}

/* The lowest number that is free. */
static int take_number(struct handles *h)
{
        while (h->lowest < h->n && h->list[h->lowest])
                h->lowest++;
        if (h->lowest < h->n)
                return (int)h->lowest;
        if (h->n == INT_MAX)
                return -ENOSPC;
        if (h->n == h->alloc) {
                size_t alloc = h->alloc ? h->alloc * 2 : 256;
                struct handle_entry **list = reallocarray(h->list, alloc, sizeof(*list));

                if (!list)
                        return -ENOMEM;
                h->list = list;
                h->alloc = alloc;
        }
        h->list[h->n] = NULL;
        return (int)h->n++;
}

int handles_add(struct handles *h, const struct handle_name *name)
{
        size_t size = handle_name_size(name);
        struct handle_entry *e = find(h, name, size);

        if (e)
                return e->number;
        int number = take_number(h);
        if (number < 0)
                return number;
        e = calloc(1, sizeof(*e) + size);
        if (!e)
                return -ENOMEM;
        e->number = number;
        memcpy(e->name, name, size);
        HASH_ADD_KEYPTR(hh, h->by_name, e->name, size, e);
        if (!e->hh.tbl) {
                free(e);
                return -ENOMEM;
        }
        h->list[number] = e;
        return number;
}

void handles_remove(struct handles *h, int number)
{
        struct handle_entry *e = number >= 0 && (size_t)number < h->n ? h->list[number] : NULL;

        if (!e)
                return;
        HASH_DEL(h->by_name, e);
        free(e);
        h->list[number] = NULL;
        if ((size_t)number < h->lowest)
                h->lowest = (size_t)number;
}

void handles_done(struct handles *h)
{
        for (size_t i = 0; i < h->n; i++)
                handles_remove(h, (int)i);
        free(h->list);
        *h = (struct handles){0};
}
