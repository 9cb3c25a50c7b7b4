/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: lines that end with CR alone: no rule and no format asks for them, so they are made LF.
 */
#include "detectors/line-end.h"

#include <string.h>

#include "common/base/macros.h"

#define LOOK_AT ((size_t)1024)

bool line_ends_are_cr(const uint8_t *s, size_t n)
{
        if (!memchr(s, '\r', n) || memchr(s, '\n', n))
                return false;
        for (size_t i = 0; i < MIN_OF(n, LOOK_AT); i++)
                if (s[i] < 0x20 && s[i] != '\r' && s[i] != '\t' && s[i] != '\f' && s[i] != 0x1b)
                        return false;
        return true;
}

void line_ends_normalise(uint8_t *s, size_t n)
{
        if (!line_ends_are_cr(s, n))
                return;
        for (uint8_t *p = s; (p = memchr(p, '\r', n - (size_t)(p - s)));)
                *p = '\n';
}
