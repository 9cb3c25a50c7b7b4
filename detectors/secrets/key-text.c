/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: how files write a key that is text: the ends of its lines, real and written, and what
 * source code puts between them.
 *
 * Must not own: what the key says of itself (validate-key.c), its fingerprint (fingerprint.c).
 */
#include "detectors/secrets/key-text.h"

#include <ctype.h>
#include <string.h>

bool key_text_is_base64(uint8_t c)
{
        return isalnum(c) || c == '+' || c == '/';
}

size_t key_text_line_end(const uint8_t *p, const uint8_t *end)
{
        if (*p == '\n')
                return 1;
        /* Pascal: #13#10; XML: &#10; */
        if (end - p >= 3 && (memcmp(p, "#10", 3) == 0 || memcmp(p, "#13", 3) == 0))
                return 3;
        size_t slashes = 0;
        while (p + slashes < end && p[slashes] == '\\')
                slashes++;
        return slashes > 0 && p + slashes < end && (p[slashes] == 'n' || p[slashes] == 'r')
                       ? slashes + 1
                       : 0;
}

bool key_text_joins(const uint8_t *text, const uint8_t *p, const uint8_t *end)
{
        const uint8_t *before = p;

        while (before > text && isspace(before[-1]))
                before--;
        bool literal_ends = before > text && (before[-1] == '"' || before[-1] == '\'');
        bool line_ends = before - text >= 3 && key_text_line_end(before - 3, end) == 3;
        return (literal_ends || line_ends) &&
               (p + 1 == end || isspace(p[1]) || p[1] == '"' || p[1] == '\'');
}

size_t key_text_pack(const uint8_t *text, const uint8_t *from, const uint8_t *end, uint8_t *dst,
                     size_t size)
{
        size_t n = 0;

        for (const uint8_t *p = from; p < end && n < size;) {
                size_t width = key_text_line_end(p, end);

                if (width > 0)
                        p += width;
                else if (key_text_is_base64(*p) && !(*p == '+' && key_text_joins(text, p, end)))
                        dst[n++] = *p++;
                else if (isspace(*p) || (*p && strchr("\"'`,+\\>|&;", *p)))
                        p++;
                else
                        break;
        }
        return n;
}
