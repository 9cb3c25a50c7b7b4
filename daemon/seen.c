/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of scanned inodes: open addressing with linear probing, doubled at three quarters.
 * Nothing is ever removed alone: a reused inode number overwrites its entry, and a change of rules clears the table.
 */
#include "daemon/seen.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct slot {
        uint64_t ino, dev; /* ino 0: free (no file system gives it to a file) */
        uint64_t stamp;    /* of size, ctime, mtime and place */
};

struct seen {
        struct slot *slots;
        size_t size, used; /* size is a power of two */
};

#define SEEN_MIN 1024

static uint64_t mix(uint64_t x)
{
        x ^= x >> 33;
        x *= 0xff51afd7ed558ccdull;
        x ^= x >> 33;
        x *= 0xc4ceb9fe1a85ec53ull;
        return x ^ x >> 33;
}

static uint64_t stamp_of(const struct file_id *id, uint64_t place)
{
        return mix(mix(mix(id->size) + (uint64_t)id->ctime_ns) + (uint64_t)id->mtime_ns) ^ place;
}

static struct slot *find(struct slot *slots, size_t size, uint64_t dev, uint64_t ino)
{
        size_t i = mix(ino + mix(dev)) & (size - 1);

        while (slots[i].ino != 0 && (slots[i].ino != ino || slots[i].dev != dev))
                i = (i + 1) & (size - 1);
        return &slots[i];
}

int seen_new(struct seen **ret)
{
        struct seen *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        s->size = SEEN_MIN;
        s->slots = calloc(s->size, sizeof(*s->slots));
        if (!s->slots) {
                free(s);
                return -ENOMEM;
        }
        *ret = s;
        return 0;
}

struct seen *seen_free(struct seen *s)
{
        if (s)
                free(s->slots);
        free(s);
        return NULL;
}

static int grow(struct seen *s)
{
        struct slot *slots = calloc(s->size * 2, sizeof(*slots));

        if (!slots)
                return -ENOMEM;
        for (size_t i = 0; i < s->size; i++)
                if (s->slots[i].ino != 0)
                        *find(slots, s->size * 2, s->slots[i].dev, s->slots[i].ino) = s->slots[i];
        free(s->slots);
        s->slots = slots;
        s->size *= 2;
        return 0;
}

bool seen_known(const struct seen *s, const struct file_id *id)
{
        return find(s->slots, s->size, id->dev, id->ino)->ino != 0;
}

bool seen_same(const struct seen *s, const struct file_id *id, uint64_t place)
{
        const struct slot *slot = find(s->slots, s->size, id->dev, id->ino);

        return slot->ino != 0 && slot->stamp == stamp_of(id, place);
}

int seen_put(struct seen *s, const struct file_id *id, uint64_t place)
{
        if (id->ino == 0)
                return 0;
        if (s->used * 4 >= s->size * 3 && grow(s) < 0 && s->used + 1 >= s->size)
                return -ENOMEM;
        struct slot *slot = find(s->slots, s->size, id->dev, id->ino);
        if (slot->ino == 0)
                s->used++;
        *slot = (struct slot){.ino = id->ino, .dev = id->dev, .stamp = stamp_of(id, place)};
        return 0;
}

void seen_clear(struct seen *s)
{
        memset(s->slots, 0, s->size * sizeof(*s->slots));
        s->used = 0;
}

size_t seen_count(const struct seen *s)
{
        return s->used;
}
