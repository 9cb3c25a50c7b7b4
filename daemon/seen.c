/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the tables of scanned inodes: open addressing with linear probing, doubled at three
 * quarters. Nothing is ever removed alone: a reused inode number overwrites its entry, and a change
 * of rules clears all. A workspace must not be able to grow it without end (on tmpfs no inode
 * number comes twice): when the young table is full it becomes the old one, and the former old one
 * is forgotten. What is forgotten is scanned once more, nothing worse.
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

struct table {
        struct slot *slots;
        size_t size, used; /* size is a power of two */
};

struct seen {
        struct table young, old;
        size_t max; /* of young */
};

#define TABLE_MIN 1024
#define TOGETHER \
        8 /* inodes with numbers side by side, as a directory's often are, are in the same lines of the cache */

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

static struct slot *find(const struct table *t, uint64_t dev, uint64_t ino)
{
        size_t i = (mix(ino / TOGETHER + mix(dev)) * TOGETHER + ino % TOGETHER) & (t->size - 1);

        while (t->slots[i].ino != 0 && (t->slots[i].ino != ino || t->slots[i].dev != dev))
                i = (i + 1) & (t->size - 1);
        return &t->slots[i];
}

static int table_make(struct table *t)
{
        struct slot *slots = calloc(TABLE_MIN, sizeof(*slots));

        if (!slots)
                return -ENOMEM;
        *t = (struct table){.slots = slots, .size = TABLE_MIN};
        return 0;
}

static int table_grow(struct table *t)
{
        struct table larger = {.slots = calloc(t->size * 2, sizeof(*larger.slots)),
                               .size = t->size * 2,
                               .used = t->used};

        if (!larger.slots)
                return -ENOMEM;
        for (size_t i = 0; i < t->size; i++)
                if (t->slots[i].ino != 0)
                        *find(&larger, t->slots[i].dev, t->slots[i].ino) = t->slots[i];
        free(t->slots);
        *t = larger;
        return 0;
}

int seen_new(struct seen **ret, size_t max)
{
        struct seen *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        s->max = max / 2 + 1;
        if (table_make(&s->young) < 0) {
                free(s);
                return -ENOMEM;
        }
        *ret = s;
        return 0;
}

struct seen *seen_free(struct seen *s)
{
        if (!s)
                return NULL;
        free(s->young.slots);
        free(s->old.slots);
        free(s);
        return NULL;
}

/* What the young table says of an inode is newer. NULL: neither knows it. */
static const struct slot *look_up(const struct seen *s, const struct file_id *id)
{
        const struct slot *slot = find(&s->young, id->dev, id->ino);

        if (slot->ino == 0 && s->old.slots)
                slot = find(&s->old, id->dev, id->ino);
        return slot->ino != 0 ? slot : NULL;
}

bool seen_known(const struct seen *s, const struct file_id *id)
{
        return look_up(s, id) != NULL;
}

bool seen_same(const struct seen *s, const struct file_id *id, uint64_t place)
{
        const struct slot *slot = look_up(s, id);

        return slot && slot->stamp == stamp_of(id, place);
}

static int age(struct seen *s)
{
        struct table fresh;

        if (table_make(&fresh) < 0)
                return -ENOMEM;
        free(s->old.slots);
        s->old = s->young;
        s->young = fresh;
        return 0;
}

int seen_put(struct seen *s, const struct file_id *id, uint64_t place)
{
        struct table *t = &s->young;

        if (id->ino == 0)
                return 0;
        if (t->used >= s->max && age(s) < 0)
                return -ENOMEM;
        if (t->used * 4 >= t->size * 3 && table_grow(t) < 0 && t->used + 1 >= t->size)
                return -ENOMEM;
        struct slot *slot = find(t, id->dev, id->ino);
        if (slot->ino == 0)
                t->used++;
        *slot = (struct slot){.ino = id->ino, .dev = id->dev, .stamp = stamp_of(id, place)};
        return 0;
}

void seen_clear(struct seen *s)
{
        memset(s->young.slots, 0, s->young.size * sizeof(*s->young.slots));
        s->young.used = 0;
        free(s->old.slots);
        s->old = (struct table){0};
}

size_t seen_count(const struct seen *s)
{
        return s->young.used + s->old.used;
}
