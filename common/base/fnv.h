/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* FNV-1a of 64 bits (IETF draft-eastlake-fnv): for tables, and to tell what was damaged or torn. Not what was forged: whoever
 * chooses the bytes chooses the sum. */

#include <stddef.h>
#include <stdint.h>

#define FNV_BEGIN UINT64_C(0xcbf29ce484222325)

/* The sum of what came before, or FNV_BEGIN, and of n bytes more. */
static inline uint64_t fnv_add(uint64_t sum, const void *data, size_t n)
{
        const uint8_t *bytes = data;

        for (size_t i = 0; i < n; i++)
                sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
        return sum;
}
