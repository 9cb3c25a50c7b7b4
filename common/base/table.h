/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * uthash as giad uses it: running out of memory is told (hh.tbl is NULL after the addition),
 * and the hash function is one that every compiler takes without a warning.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/base/fnv.h"

/* Mixed, because the tables take the low bits. */
static inline unsigned table_hash(const void *key, size_t n)
{
        uint64_t h = fnv_add(FNV_BEGIN, key, n);

        h ^= h >> 29;
        return (unsigned)(h ^ (h >> 32));
}

#define HASH_FUNCTION(key, n, hashv)              \
        do {                                      \
                (hashv) = table_hash((key), (n)); \
        } while (0)
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(elt) ((elt)->hh.tbl = NULL)
#include <uthash.h>
