/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: lines that end with CR alone: no rule and no format asks for them, so they are made LF.
 *
 * A file need not be of one kind: an editor, a merge or a mail program leaves some lines with other
 * ends than the rest. So each CR that no LF follows ends a line, whatever the other lines have. A
 * text with both is looked at more closely than one with CR alone: in bytes that are no text, such
 * as an archive behind a script, both stand by chance.
 */
#include "detectors/line-end.h"

#include <string.h>

#include "common/base/macros.h"

#define LOOK_AT ((size_t)1024)

/* The first CR from `at` on that no LF follows; n if there is none. */
static size_t next_lone(const uint8_t *s, size_t at, size_t n)
{
        while (at < n) {
                const uint8_t *p = memchr(s + at, '\r', n - at);

                if (!p)
                        return n;
                at = (size_t)(p - s);
                if (at + 1 == n || s[at + 1] != '\n')
                        return at;
                at += 2;
        }
        return n;
}

static bool begins_as_text(const uint8_t *s, size_t n)
{
        for (size_t i = 0; i < MIN_OF(n, LOOK_AT); i++)
                if (s[i] < 0x20 && !memchr("\r\n\t\f\x1b", s[i], 5))
                        return false;
        return true;
}

/* n if there is no line to be ended otherwise */
static size_t first_to_change(const uint8_t *s, size_t n)
{
        size_t at = next_lone(s, 0, n);

        if (at == n || !begins_as_text(s, n) || (memchr(s, '\n', n) && memchr(s, 0, n)))
                return n;
        return at;
}

bool line_ends_with_cr(const uint8_t *s, size_t n)
{
        return first_to_change(s, n) < n;
}

void line_ends_normalise(uint8_t *s, size_t n)
{
        for (size_t at = first_to_change(s, n); at < n; at = next_lone(s, at + 1, n))
                s[at] = '\n';
}
