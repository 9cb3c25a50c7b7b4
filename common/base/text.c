/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: looking at and rewriting short pieces of text: UTF-8, hex, printable forms, nearness,
 * globs. Does not own: memory; every result goes into the caller's buffer.
 */
#include "common/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

size_t text_utf8_width(const char *s, size_t n)
{
        const unsigned char *u = (const unsigned char *)s;

        if (n == 0)
                return 0;
        if (u[0] < 0x80)
                return 1;

        size_t width = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
        if (u[0] < 0xc2 || u[0] > 0xf4 || n < width)
                return 0;
        for (size_t i = 1; i < width; i++)
                if ((u[i] & 0xc0) != 0x80)
                        return 0;
        if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
            (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
                return 0;
        return width;
}

static uint32_t utf8_decode(const char *s, size_t width)
{
        const unsigned char *u = (const unsigned char *)s;
        uint32_t c = width == 1 ? u[0] : u[0] & (0xffu >> (width + 1));

        for (size_t i = 1; i < width; i++)
                c = (c << 6) | (u[i] & 0x3fu);
        return c;
}

/* Characters that a terminal shows as nothing, or that turn the order of what follows. */
static bool is_disguise(uint32_t c)
{
        return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
               (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
               (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
               (c >= 0xe0000 && c <= 0xe0fff);
}

/* How many characters at the beginning are plain ASCII, as nearly all text is. */
static size_t plain_length(const char *s, size_t n)
{
        size_t i = 0;

        while (i < n && s[i] >= 0x20 && s[i] < 0x7f)
                i++;
        return i;
}

bool text_is_printable(const char *s, size_t n)
{
        for (size_t i = plain_length(s, n); i < n;) {
                size_t width = text_utf8_width(s + i, n - i);

                if (width == 0 || is_disguise(utf8_decode(s + i, width)))
                        return false;
                i += width;
        }
        return true;
}

char *text_printable(char *dst, size_t size, const char *s, size_t n)
{
        static const char ellipsis[] = "\xe2\x80\xa6";
        size_t out = 0, cut = 0; /* cut: where the mark for "more" still fits */

        if (n > 0 && n < size && plain_length(s, n) == n) {
                memcpy(dst, s, n);
                dst[n] = '\0';
                return dst;
        }
        for (size_t i = 0; i < n;) {
                bool ascii = s[i] >= 0x20 && s[i] < 0x7f;
                size_t width = ascii ? 1 : text_utf8_width(s + i, n - i);
                bool plain = ascii || (width > 0 && !is_disguise(utf8_decode(s + i, width)));
                size_t step = width > 0 ? width : 1;

                if (out + (plain ? step : 4 * step) >= size) {
                        if (size >= sizeof(ellipsis)) {
                                memcpy(dst + cut, ellipsis, sizeof(ellipsis) - 1);
                                out = cut + sizeof(ellipsis) - 1;
                        }
                        break;
                }
                for (size_t k = 0; k < step; k++) {
                        if (plain)
                                dst[out++] = s[i + k];
                        else
                                out += (size_t)snprintf(dst + out, 5, "\\x%02x",
                                                        (unsigned char)s[i + k]);
                }
                if (out + sizeof(ellipsis) <= size)
                        cut = out;
                i += step;
        }
        if (size > 0)
                dst[out] = '\0';
        return dst;
}

static bool is_word(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
}

size_t text_word(const char *s, bool *ret_token)
{
        size_t n = 0, digits = 0;

        for (; is_word(s[n]); n++)
                digits += s[n] >= '0' && s[n] <= '9';
        *ret_token = n >= 32 || (n >= 16 && digits > 0 && digits < n);
        return n;
}

char *text_mask(char *dst, size_t size, const char *s)
{
        static const char masked[] = "[...]";
        size_t out = 0;

        while (*s) {
                bool token;
                size_t n = text_word(s, &token), width = n > 0 ? n : 1;
                const char *from = token ? masked : s;
                size_t wanted = token ? sizeof(masked) - 1 : width;

                if (out + wanted >= size)
                        break;
                memcpy(dst + out, from, wanted);
                out += wanted;
                s += width;
        }
        if (size > 0)
                dst[out] = '\0';
        return dst;
}

bool text_copy(char *dst, size_t size, const char *s)
{
        size_t n = strnlen(s, size);

        if (n < size) {
                memcpy(dst, s, n + 1);
                return true;
        }
        n = size - 1;
        while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
                n--;
        memcpy(dst, s, n);
        dst[n] = '\0';
        return false;
}

bool text_ends_with(const char *s, const char *tail)
{
        size_t n = strlen(s), k = strlen(tail);

        return n >= k && memcmp(s + n - k, tail, k) == 0;
}

void text_hex(char *dst, const uint8_t *bytes, size_t n)
{
        static const char digits[] = "0123456789abcdef";

        for (size_t i = 0; i < n; i++) {
                dst[2 * i] = digits[bytes[i] >> 4];
                dst[2 * i + 1] = digits[bytes[i] & 15];
        }
        dst[2 * n] = '\0';
}

static int hex_value(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

int text_unhex(uint8_t *dst, size_t n, const char *hex)
{
        if (strlen(hex) != 2 * n)
                return -EINVAL;
        for (size_t i = 0; i < n; i++) {
                int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);

                if (high < 0 || low < 0)
                        return -EINVAL;
                dst[i] = (uint8_t)(high << 4 | low);
        }
        return 0;
}

#define DISTANCE_MAX 64

unsigned text_distance(const char *a, const char *b)
{
        size_t la = strnlen(a, DISTANCE_MAX), lb = strnlen(b, DISTANCE_MAX);
        unsigned row[DISTANCE_MAX + 1];

        for (size_t j = 0; j <= lb; j++)
                row[j] = (unsigned)j;
        for (size_t i = 1; i <= la; i++) {
                unsigned diagonal = row[0];

                row[0] = (unsigned)i;
                for (size_t j = 1; j <= lb; j++) {
                        unsigned substitute = diagonal + (a[i - 1] != b[j - 1]);

                        diagonal = row[j];
                        row[j] = MIN_OF(substitute, MIN_OF(row[j], row[j - 1]) + 1);
                }
        }
        return row[lb];
}

const char *text_nearest(const char *s, const char *const *words, size_t n)
{
        const char *best = NULL;
        unsigned limit = (unsigned)(strlen(s) / 3 + 1), best_distance = limit + 1;

        for (size_t i = 0; i < n; i++) {
                unsigned d = text_distance(s, words[i]);

                if (d < best_distance) {
                        best_distance = d;
                        best = words[i];
                }
        }
        return best;
}

bool text_has_word(const char *words, const char *s, size_t n)
{
        for (const char *w = words; n > 0 && *w; w += strspn(w, " ")) {
                size_t k = strcspn(w, " ");

                if (k == n && memcmp(w, s, n) == 0)
                        return true;
                w += k;
        }
        return false;
}

/* `**` needs a matcher of its own: fnmatch() knows only the names between slashes. */
static bool glob_segments(const char *pattern, const char *path, bool below)
{
        for (;;) {
                size_t np = strcspn(pattern, "/"), nt = strcspn(path, "/");
                char one[256], name[256];

                if (np == 2 && pattern[0] == '*' && pattern[1] == '*') {
                        if (pattern[2] == '\0')
                                return true;
                        for (const char *t = path;; t = strchr(t, '/') + 1) {
                                if (glob_segments(pattern + 3, t, below))
                                        return true;
                                if (!strchr(t, '/'))
                                        return false;
                        }
                }
                if (np >= sizeof(one) || nt >= sizeof(name))
                        return false;
                memcpy(one, pattern, np);
                memcpy(name, path, nt);
                one[np] = name[nt] = '\0';
                if (fnmatch(one, name, 0) != 0)
                        return false;
                if (pattern[np] == '\0')
                        return path[nt] == '\0' || below;
                if (path[nt] == '\0')
                        return false;
                pattern += np + 1;
                path += nt + 1;
        }
}

static uint64_t pair_bit(char a, char b)
{
        return UINT64_C(1) << ((uint8_t)a * 7u + (uint8_t)b) % 64;
}

uint64_t text_pairs(const char *s)
{
        uint64_t pairs = 0;

        for (size_t i = 0; s[0] && s[i + 1]; i++)
                pairs |= pair_bit(s[i], s[i + 1]);
        return pairs;
}

/* What a path that the glob matches must have side by side; a slash may stand for nothing ("x/" + "**" is x, too). Of
 * what is in brackets, and behind, nothing is sure. */
static bool glob_ends(const char *at)
{
        return *at == '\0' || *at == '[' || *at == '\\';
}

static uint64_t glob_pair(const char *at)
{
        static const bool special[256] = {['\0'] = true, ['*'] = true,  ['?'] = true,
                                          ['['] = true,  ['\\'] = true, ['/'] = true};

        return special[(uint8_t)at[0]] || special[(uint8_t)at[1]] ? 0 : pair_bit(at[0], at[1]);
}

uint64_t text_glob_pairs(const char *pattern)
{
        uint64_t pairs = 0;

        for (const char *at = pattern; !glob_ends(at); at++)
                pairs |= glob_pair(at);
        return pairs;
}

/* Most globs name something that the path has not. */
static bool glob_may_match(const char *pattern, uint64_t pairs)
{
        for (const char *at = pattern; !glob_ends(at); at++)
                if (glob_pair(at) & ~pairs)
                        return false;
        return true;
}

bool text_glob_path(const char *pattern, const char *path)
{
        return text_glob_path_pairs(pattern, path, text_pairs(path));
}

bool text_glob_path_pairs(const char *pattern, const char *path, uint64_t pairs)
{
        if (!glob_may_match(pattern, pairs))
                return false;
        if (*pattern == '/')
                return glob_segments(pattern + 1, path, true);
        for (const char *t = path;;) {
                if (glob_segments(pattern, t, true))
                        return true;
                t = strchr(t, '/');
                if (!t)
                        return false;
                t++;
        }
}

static bool same_letter(char a, char b)
{
        return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Nearly every glob begins or ends otherwise than the name does. */
static bool ends_may_fit(const char *pattern, const char *name)
{
        size_t np = strlen(pattern), nn = strlen(name);

        if (np == 0 || nn == 0)
                return true;
        char first = *pattern, last = pattern[np - 1];
        return (same_letter(last, name[nn - 1]) || last == '*' || last == '?' || last == ']') &&
               (same_letter(first, *name) || first == '*' || first == '?' || first == '[' ||
                first == '\\');
}

bool text_glob_name(const char *pattern, const char *name)
{
        return ends_may_fit(pattern, name) && fnmatch(pattern, name, FNM_CASEFOLD) == 0;
}

bool text_glob_exact(const char *pattern, const char *name)
{
        return ends_may_fit(pattern, name) && fnmatch(pattern, name, 0) == 0;
}

bool text_glob_word(const char *pattern, const char *word)
{
        const char *star = NULL, *from = NULL;

        while (*word) {
                if (*pattern == '*') {
                        star = ++pattern;
                        from = word;
                } else if (*pattern == '?' || *pattern == *word) {
                        pattern++;
                        word++;
                } else if (star) {
                        /* only the last '*' need take more: what is before it fits as it is */
                        pattern = star;
                        word = ++from;
                } else {
                        return false;
                }
        }
        return pattern[strspn(pattern, "*")] == '\0';
}

int text_to_u64(const char *s, unsigned base, uint64_t *ret)
{
        char *end = NULL;

        if (*s < '0' || *s > '9')
                return -EINVAL;
        errno = 0;
        unsigned long long value = strtoull(s, &end, (int)base);
        if (errno == ERANGE)
                return -ERANGE;
        if (*end != '\0')
                return -EINVAL;
        *ret = value;
        return 0;
}
