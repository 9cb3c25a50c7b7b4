/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Strings of all languages: where one that begins here ends, and what it says. It must not know
 * what a string is for. Nothing is owned: a token points into the caller's bytes.
 *
 * A string is prefix + quote + text + quote. What the prefix and the quote mean differs between
 * languages and is decided once, in string_open(); the scan for the end and the decoding are the
 * same for all. Every scan ends at the first quote that can end it, or at the end of the line (of
 * the file, where newlines may stand in it), and what was scanned becomes the token: no byte is
 * looked at twice.
 */

#include <string.h>

#include "common/base/macros.h"
#include "detectors/source/tokens.h"

static bool byte_is(const char *data, size_t n, size_t at, char c)
{
        return at < n && data[at] == c;
}

static bool tripled(const char *data, size_t n, size_t at)
{
        return byte_is(data, n, at + 1, data[at]) && byte_is(data, n, at + 2, data[at]);
}

/* Python: any of r b u f t before the quote, in either case */
static bool prefix_python(const char *data, size_t n, size_t from, struct token *t)
{
        size_t i = from;
        for (; i < n && i < from + 3 && strchr("rRbBuUfFtT", data[i]) && data[i]; i++) {
                if (data[i] == 'r' || data[i] == 'R')
                        t->op |= STRING_RAW;
                if (strchr("fFtT", data[i]))
                        t->op |= STRING_DYNAMIC;
        }
        t->head = (uint8_t)(i - from);
        return i < n && (data[i] == '"' || data[i] == '\'');
}

static bool prefix_csharp(const char *data, size_t n, size_t from, struct token *t)
{
        size_t i = from;
        for (; i < n && i < from + 2 && (data[i] == '@' || data[i] == '$'); i++)
                t->op |= data[i] == '@' ? STRING_RAW | STRING_DOUBLED | STRING_LINES
                                        : STRING_DYNAMIC;
        t->head = (uint8_t)(i - from);
        return i < n && (data[i] == '"' || (data[i] == '\'' && i == from));
}

/* Scala: s"…", f"…", raw"…" */
static bool prefix_java(const char *data, size_t n, size_t from, struct token *t)
{
        if ((data[from] == 's' || data[from] == 'f') && byte_is(data, n, from + 1, '"')) {
                t->op |= STRING_DYNAMIC;
                t->head = 1;
                return true;
        }
        return data[from] == '"' || data[from] == '\'';
}

/* Fills op and head (prefix and quote); false if no string begins here. */
static bool string_open(enum language language, const char *data, size_t n, size_t from,
                        struct token *t)
{
        bool opens = false;

        t->op = 0;
        t->head = 0;
        switch (language) {
        case LANGUAGE_PYTHON:
                opens = prefix_python(data, n, from, t);
                break;
        case LANGUAGE_CSHARP:
                opens = prefix_csharp(data, n, from, t);
                break;
        case LANGUAGE_JAVA:
                opens = prefix_java(data, n, from, t);
                break;
        case LANGUAGE_GO:
                opens = strchr("\"'`", data[from]) && data[from];
                if (data[from] == '`')
                        t->op |= STRING_RAW | STRING_LINES;
                break;
        case LANGUAGE_PHP:
        case LANGUAGE_RUBY:
                opens = strchr("\"'`", data[from]) && data[from];
                t->op |= STRING_LINES;
                if (data[from] == '`')
                        t->op |= STRING_DYNAMIC;
                break;
        default:
                opens = data[from] == '"' || data[from] == '\'';
        }
        if (!opens)
                return false;

        size_t quote = from + t->head;
        bool triple = (language_flags(language) & LANGUAGE_TRIPLE) && tripled(data, n, quote) &&
                      (language == LANGUAGE_PYTHON || data[quote] == '"');
        if (triple)
                t->op |= STRING_LINES;
        if (triple && language == LANGUAGE_CSHARP)
                t->op |= STRING_RAW;
        t->head = (uint8_t)(t->head + (triple ? 3 : 1));
        return true;
}

/* Marks "#{…}" (Ruby), "$x" "{$x}" (PHP) and "${x}" (Kotlin) as they are passed. */
static void note_expression(enum language language, const char *data, size_t n, size_t at,
                            struct token *t)
{
        char next = at + 1 < n ? data[at + 1] : '\0';
        bool name = next == '_' || next == '{' || (next >= 'a' && next <= 'z') ||
                    (next >= 'A' && next <= 'Z');

        if (language == LANGUAGE_RUBY && data[at] == '#' && next == '{')
                t->op |= STRING_DYNAMIC;
        if ((language == LANGUAGE_PHP || language == LANGUAGE_JAVA) && data[at] == '$' && name)
                t->op |= STRING_DYNAMIC;
}

#define INTERPOLATION_MAX \
        1024 /* bytes; without a bound, many that do not close would cost a square */

/* Behind the matching brace of Ruby's "#{", so that quotes inside it do not end the string. */
static size_t skip_interpolation(const char *data, size_t n, size_t at)
{
        size_t end = MIN_OF(n, at + INTERPOLATION_MAX);
        unsigned open = 0;

        for (size_t i = at; i < end && data[i] != '\n'; i++) {
                if (data[i] == '{')
                        open++;
                else if (data[i] == '}' && --open == 0)
                        return i + 1;
        }
        return at;
}

size_t token_string_scan(enum language language, const char *data, size_t n, size_t from,
                         struct token *t)
{
        if (!string_open(language, data, n, from, t))
                return 0;

        size_t start = from + t->head;
        char quote = data[start - 1];
        bool triple = t->head >= 3 && data[start - 2] == quote && data[start - 3] == quote;
        bool interpolates = quote == '"' && language != LANGUAGE_PYTHON;
        /* an interpolation that does not close on its line is looked for once */
        bool braces = language == LANGUAGE_RUBY && quote == '"';

        t->tail = 0;
        for (size_t i = start; i < n; i++) {
                if (data[i] == '\n' && !(t->op & STRING_LINES))
                        return i - from;
                if (data[i] == '\\' && !((t->op & STRING_RAW) && language != LANGUAGE_PYTHON)) {
                        i++;
                        continue;
                }
                if (interpolates)
                        note_expression(language, data, n, i, t);
                if (braces && data[i] == '#' && byte_is(data, n, i + 1, '{')) {
                        size_t behind = skip_interpolation(data, n, i + 1);
                        braces = behind != i + 1;
                        if (braces)
                                i = behind - 1;
                        continue;
                }
                if (data[i] != quote)
                        continue;
                if ((t->op & STRING_DOUBLED) && byte_is(data, n, i + 1, quote)) {
                        i++;
                        continue;
                }
                if (triple && !tripled(data, n, i))
                        continue;
                t->tail = triple ? 3 : 1;
                return i + t->tail - from;
        }
        return n - from;
}

static struct token_range string_range(const struct tokens *all, const struct token *t)
{
        if (t->op & STRING_HEREDOC)
                return all->heredocs[t->match];
        return (struct token_range){t->offset + t->head, t->offset + t->length - t->tail};
}

size_t token_string_bound(const struct tokens *all, const struct token *t)
{
        struct token_range r = string_range(all, t);
        return r.to > r.from ? r.to - r.from : 0;
}

static unsigned hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return (unsigned)(c - '0');
        if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
                return (unsigned)((c | 0x20) - 'a' + 10);
        return 16;
}

static size_t put_utf8(char *dst, uint32_t c)
{
        if (c < 0x80) {
                dst[0] = (char)c;
                return 1;
        }
        if (c < 0x800) {
                dst[0] = (char)(0xc0 | (c >> 6));
                dst[1] = (char)(0x80 | (c & 0x3f));
                return 2;
        }
        dst[0] = (char)(0xe0 | ((c >> 12) & 0x0f));
        dst[1] = (char)(0x80 | ((c >> 6) & 0x3f));
        dst[2] = (char)(0x80 | (c & 0x3f));
        return 3;
}

/* \xNN and \uNNNN; never longer than what it was written with. Returns bytes read behind the
 * backslash. */
static size_t decode_hex(const char *s, size_t n, char *dst, size_t *written)
{
        size_t digits = s[0] == 'x' ? 2 : 4;
        uint32_t c = 0;

        if (n <= digits)
                return 0;
        for (size_t i = 1; i <= digits; i++) {
                unsigned d = hex_digit(s[i]);
                if (d > 15)
                        return 0;
                c = c << 4 | d;
        }
        if (c == 0)
                return 0;
        *written = put_utf8(dst, c);
        return digits + 1;
}

size_t token_escape(const char *s, size_t n, char *dst, size_t *written)
{
        static const char from[] = "ntrbfv";
        static const char to[] = "\n\t\r\b\f\v";

        if (s[0] == 'x' || s[0] == 'u') {
                size_t used = decode_hex(s, n, dst, written);
                if (used)
                        return used;
        }
        if (s[0] == '\n') {
                *written = 0;
                return 1;
        }
        const char *known = strchr(from, s[0]);
        dst[0] = known && s[0] ? to[known - from] : s[0];
        *written = 1;
        return 1;
}

size_t token_string_decode(const struct tokens *all, const struct token *t, const char *data,
                           char *dst)
{
        struct token_range r = string_range(all, t);
        size_t out = 0;

        for (size_t i = r.from; i < r.to;) {
                if (data[i] == '\\' && !(t->op & (STRING_RAW | STRING_HEREDOC)) && i + 1 < r.to) {
                        size_t written = 0;
                        i += 1 + token_escape(data + i + 1, r.to - i - 1, dst + out, &written);
                        out += written;
                        continue;
                }
                if ((t->op & STRING_DOUBLED) && data[i] == '"' && i + 1 < r.to)
                        i++;
                dst[out++] = data[i++];
        }
        return out;
}
