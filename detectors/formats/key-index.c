/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the indexes of large mappings, and the set of names of a document.
 * Does not own: what it means that a key fits (node.c, tree-path.c): the index narrows down.
 *
 * Hundreds of rules ask for some name of every mapping, and a file of a megabyte may be a single one with
 * tens of thousands of keys. An index is a list in the order of the hashes of the names, without case, '-' and
 * '_', so that it serves all who ask; equal ones are in the order of the document, so that a key which is given
 * again and again costs nothing either.
 */
#include "detectors/formats/key-index.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "detectors/formats/doc-internal.h"

#define COUNT_MIN 64u /* children; fewer are as soon looked at */

struct key_index {
        const struct node *first, *last; /* of the mapping when it was indexed */
        uint32_t count;
        struct key_entry entries[]; /* one for each child */
};

/* FNV-1a */
static uint32_t hash_key(const char *key, size_t n)
{
        uint32_t hash = 2166136261u;

        for (size_t i = 0; i < n; i++)
                if (key[i] != '-' && key[i] != '_')
                        hash = (hash ^ (uint32_t)tolower((unsigned char)key[i])) * 16777619u;
        return hash;
}

static int compare(const void *a, const void *b)
{
        const struct key_entry *x = a, *y = b;

        if (x->hash != y->hash)
                return x->hash < y->hash ? -1 : 1;
        return x->order < y->order ? -1 : x->order > y->order;
}

static int index_mapping(struct node *n, void *userdata)
{
        struct doc *d = userdata;
        uint32_t count = 0;

        n->index = NULL;
        if (n->type != NODE_MAPPING || n->count < COUNT_MIN)
                return 0;
        struct key_index *index = doc_alloc(d, sizeof(*index) + n->count * sizeof(*index->entries));
        if (!index)
                return 1;
        NODE_CHILDREN(child, n)
        {
                index->entries[count] =
                        (struct key_entry){hash_key(child->key, strlen(child->key)), count, child};
                count++;
        }
        index->first = n->first;
        index->last = n->last;
        index->count = count;
        qsort(index->entries, count, sizeof(*index->entries), compare);
        n->index = index;
        return 0;
}

void doc_index_keys(struct doc *d)
{
        if (doc_root(d) && doc_error(d) == 0)
                (void)node_walk(doc_root(d), index_mapping, d);
}

/* The first entry whose hash is not less. */
static const struct key_entry *lower_bound(const struct key_index *index, uint64_t hash)
{
        uint32_t from = 0, to = index->count;

        while (from < to) {
                uint32_t middle = from + (to - from) / 2;

                if (index->entries[middle].hash < hash)
                        from = middle + 1;
                else
                        to = middle;
        }
        return index->entries + from;
}

bool key_index_find(const struct node *n, const char *key, size_t size, struct key_range *ret)
{
        const struct key_index *index = n->index;

        if (!index || index->first != n->first || index->last != n->last ||
            index->count != n->count)
                return false;
        uint32_t hash = hash_key(key, size);
        *ret = (struct key_range){lower_bound(index, hash), lower_bound(index, (uint64_t)hash + 1)};
        return true;
}

uint16_t key_set_bit(const char *key, size_t n)
{
        uint32_t hash = hash_key(key, n);

        return (uint16_t)((hash ^ hash >> 16) % (sizeof(((struct key_set *)NULL)->bits) * 8));
}

static int add_key(struct node *n, void *userdata)
{
        struct key_set *set = userdata;

        if (n->key) {
                uint16_t bit = key_set_bit(n->key, strlen(n->key));

                set->bits[bit / 64] |= UINT64_C(1) << bit % 64;
        }
        if (!doc_source(n))
                return 0;
        memset(set, 0xff, sizeof(*set));
        return 1;
}

void doc_key_set(struct doc *d, struct key_set *ret)
{
        *ret = (struct key_set){0};
        (void)node_walk(doc_root(d), add_key, ret);
}
