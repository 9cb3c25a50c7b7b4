/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: a set of the endings of a file's names, so that the hundreds of patterns of all rules need
 * not be held against each of its calls. Does not own: matching (callee_matches()).
 */
#include "detectors/source/name-ends.h"

#include <string.h>

#define END_LENGTH 3u

/* s points behind the last of END_LENGTH characters. */
static uint16_t end_number(const char *s)
{
        uint32_t h = 0;

        for (unsigned i = END_LENGTH; i > 0; i--)
                h = h * 31 + (uint8_t)s[-(int)i];
        return (uint16_t)(h % 1024);
}

uint16_t name_end(const char *pattern)
{
        size_t n = strlen(pattern);

        if (n < END_LENGTH || memchr(pattern + n - END_LENGTH, '*', END_LENGTH))
                return NAME_END_ANY;
        return end_number(pattern + n);
}

void name_ends_add(struct name_ends *ends, const char *name)
{
        size_t n = strlen(name);

        if (n < END_LENGTH)
                return;
        unsigned i = end_number(name + n);
        ends->bits[i / 64] |= UINT64_C(1) << i % 64;
}

bool name_ends_has(const struct name_ends *ends, uint16_t end)
{
        return end == NAME_END_ANY || (ends->bits[end / 64] >> end % 64 & 1);
}
