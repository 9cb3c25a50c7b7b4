/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What a large mapping holds under a name, and which names a document has, without looking at all of it. */

#include "detectors/formats/doc.h"

/* Indexes every mapping of the document that has many keys; what is appended to one later is found as
 * before, by looking. Without memory or with the document's limits used up nothing is indexed. */
void doc_index_keys(struct doc *d);

/* The children of an indexed mapping that may have a key: those whose keys are the same but for case, '-' and
 * '_', and a few more. */
struct key_range {
        const struct key_entry *next, *end; /* in the order of the document */
};

struct key_entry {
        uint32_t hash;
        uint32_t order; /* among its siblings */
        struct node *child;
};

/* Those of n for the key of `size` bytes. False: n is not indexed, or not as it is now. */
bool key_index_find(const struct node *n, const char *key, size_t size, struct key_range *ret);

/* The keys of a document, ignoring case, '-' and '_', as a bit for each: it may have some that the document has not,
 * and has all that the document has. */
struct key_set {
        uint64_t bits[16];
};

/* Of all nodes; everything, if the document holds the text of another one (doc_embedded()). Without a root it is
 * empty. */
void doc_key_set(struct doc *d, struct key_set *ret);
/* The bit of a name; *ret < 1024. */
uint16_t key_set_bit(const char *key, size_t n);

static inline bool key_set_has(const struct key_set *s, uint16_t bit)
{
        return s->bits[bit / 64] & UINT64_C(1) << bit % 64;
}
