/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the endings of names, so that the hundreds of patterns of all rules need not be held
 * against each call of a file. Does not own: matching (callee_matches()).
 */
#include "detectors/source/name-ends.h"

#include <string.h>

#define END_LENGTH 3u
#define ENDS 1024u

uint16_t name_end(const char *name)
{
        size_t n = strlen(name);
        uint32_t h = 0;

        if (n < END_LENGTH || memchr(name + n - END_LENGTH, '*', END_LENGTH))
                return NAME_END_ANY;
        for (size_t i = n - END_LENGTH; i < n; i++)
                h = h * 31 + (uint8_t)name[i];
        return (uint16_t)(h % ENDS);
}

void name_ends_add(struct name_ends *ends, uint16_t end)
{
        if (end == NAME_END_ANY)
                ends->any = true;
        else
                ends->bits[end / 64] |= UINT64_C(1) << end % 64;
}

bool name_ends_has(const struct name_ends *ends, uint16_t end)
{
        return end == NAME_END_ANY || ends->any || (ends->bits[end / 64] >> end % 64 & 1);
}
