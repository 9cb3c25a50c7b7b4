/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: strings of JSON (and of HCL, whose escapes are a superset): finding their end, decoding
 * them. Does not own: what a template in a string means.
 */
#include "detectors/formats/json-string.h"

#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/template.h"

size_t json_string_encode(char *dst, uint32_t c)
{
        if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
                c = 0xfffd;
        if (c < 0x80) {
                dst[0] = (char)c;
                return 1;
        }

        size_t width = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (size_t i = width - 1; i > 0; i--, c >>= 6)
                dst[i] = (char)(0x80 | (c & 0x3f));
        dst[0] = (char)((0xf00u >> width) | c);
        return width;
}

/* n hex digits at s, or UINT32_MAX */
static uint32_t hex_digits(const char *s, size_t left, size_t n)
{
        uint32_t value = 0;

        if (left < n)
                return UINT32_MAX;
        for (size_t i = 0; i < n; i++) {
                char c = s[i];
                int digit = c >= '0' && c <= '9'   ? c - '0'
                            : c >= 'a' && c <= 'f' ? c - 'a' + 10
                            : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                   : -1;

                if (digit < 0)
                        return UINT32_MAX;
                value = value << 4 | (uint32_t)digit;
        }
        return value;
}

/* The \u or \U escape at s: its code point and its length, 0 if it is none. */
static size_t read_unicode(const char *s, size_t left, uint32_t *ret)
{
        size_t n = s[1] == 'u' ? 4 : 8;
        uint32_t c = hex_digits(s + 2, left - 2, n);

        if (c == UINT32_MAX)
                return 0;
        *ret = c;
        if (n == 4 && c >= 0xd800 && c < 0xdc00 && left >= 12 && s[6] == '\\' && s[7] == 'u') {
                uint32_t low = hex_digits(s + 8, left - 8, 4);

                if (low >= 0xdc00 && low < 0xe000) {
                        *ret = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                        return 12;
                }
        }
        return n + 2;
}

/* Decodes the escape at s (left >= 2) to dst; *out grows. Returns how many bytes it took. */
static size_t read_escape(const char *s, size_t left, char *dst, size_t *out)
{
        static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
        const char *name = s[1] != '\0' ? strchr(names, s[1]) : NULL;
        uint32_t c = 0;

        if (name) {
                dst[(*out)++] = values[name - names];
                return 2;
        }
        if (s[1] == 'u' || s[1] == 'U') {
                size_t taken = read_unicode(s, left, &c);

                if (taken > 0) {
                        *out += json_string_encode(dst + *out, c);
                        return taken;
                }
        }
        dst[(*out)++] = s[0];
        return 1;
}

/* Steps behind the closing quote. */
static int find_end(struct cursor *c, bool templates, bool *ret_plain, bool *ret_template,
                    struct doc_error *reterr)
{
        struct cursor begin = *c;
        bool plain = true, has_template = false;

        cursor_step(c);
        for (;;) {
                char byte = cursor_peek(c, 0);

                if (cursor_ended(c) || byte == '\n')
                        return cursor_bad(&begin, reterr, "this string does not end");
                if (byte == '"')
                        break;
                if (byte == '\\') {
                        plain = false;
                        cursor_step(c);
                } else if (templates && template_is_literal(c)) {
                        plain = false;
                        cursor_skip(c, 2);
                } else if (templates && template_begins(c)) {
                        begin = *c;
                        has_template = true;
                        if (!template_skip(c))
                                return cursor_bad(&begin, reterr, "this template does not end");
                        continue;
                }
                if (!cursor_ended(c))
                        cursor_step(c);
        }
        cursor_step(c);
        *ret_plain = plain;
        *ret_template = has_template;
        return 0;
}

/* A text with a template in it is source, and keeps `$${` as well. */
static size_t decode(const char *s, size_t n, bool templates, bool has_template, char *dst)
{
        struct cursor c = {.data = s, .n = n};
        size_t out = 0;

        while (c.at < n) {
                size_t at = c.at;

                if (s[at] == '\\' && n - at >= 2) {
                        c.at += read_escape(s + at, n - at, dst, &out);
                } else if (templates && template_is_literal(&c)) {
                        size_t skip = has_template ? 0 : 1;

                        memcpy(dst + out, s + at + skip, 3 - skip);
                        out += 3 - skip;
                        c.at += 3;
                } else if (templates && template_begins(&c)) {
                        (void)template_skip(&c);
                        memcpy(dst + out, s + at, c.at - at);
                        out += c.at - at;
                } else {
                        dst[out++] = s[at];
                        c.at++;
                }
        }
        return out;
}

size_t json_string_decode(const char *s, size_t n, char *dst)
{
        return decode(s, n, false, false, dst);
}

int json_string_read(struct cursor *c, struct doc *d, bool templates, const char **ret,
                     size_t *ret_size, bool *ret_template, struct doc_error *reterr)
{
        struct cursor begin = *c;
        bool plain = false, has_template = false;
        int error = find_end(c, templates, &plain, &has_template, reterr);

        if (error < 0)
                return error;

        const char *raw = begin.data + begin.at + 1;
        size_t size = c->at - begin.at - 2;
        char *text = doc_text_reserve(d, size);
        if (!text)
                return doc_error(d);
        if (plain)
                memcpy(text, raw, size);

        size_t used = plain ? size : decode(raw, size, templates, has_template, text);
        doc_text_trim(d, text, size, used);
        *ret = text;
        *ret_size = used;
        *ret_template = has_template;
        return 0;
}
