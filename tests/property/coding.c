/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: writing text in the encodings that giad opens, and where in it a secret is to be shown.
 * Shares no line with the decoders.
 */
#include <ctype.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/base/macros.h"
#include "tests/property/property.h"

uint32_t chance_below(struct chance *c, uint32_t n)
{
        c->state ^= c->state << 13;
        c->state ^= c->state >> 7;
        c->state ^= c->state << 17;
        return n ? (uint32_t)((c->state >> 11) % n) : 0;
}

const char *coding_name(enum coding coding)
{
        static const char *const names[] = {
                "plain",    "base64",      "base64url",  "base64 wrapped",   "UTF-16 in base64",
                "hex",      "hex wrapped", "percent",    "percent, all",     "JSON",
                "JSON \\u", "\\x",         "references", "quoted-printable", "gzip in base64",
        };

        return names[coding];
}

static void write_base64(const uint8_t *plain, size_t n, bool url, struct buffer *b)
{
        size_t size = BASE64_ENCODE_RAW_LENGTH(n);
        char *text = malloc(size + 1);

        base64_encode_raw(text, n, plain);
        for (size_t i = 0; url && i < size; i++)
                text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
        while (url && size > 0 && text[size - 1] == '=')
                size--;
        buffer_append(b, text, size);
        free(text);
}

/* Breaks code into lines; the secret's first character is code[at]. */
static void wrap(const struct buffer *code, size_t at, size_t width, const char *eol,
                 struct buffer *b, size_t *ret_shown)
{
        for (size_t i = 0; i < code->len; i += width) {
                buffer_puts(b, i ? eol : "");
                /* a break that is only written does not begin a line */
                if (i == 0 || (at >= i && at < i + width && eol[0] != '\\'))
                        *ret_shown = b->len;
                buffer_append(b, code->data + i, MIN_OF(width, code->len - i));
        }
}

static void write_hex(const char *plain, size_t n, struct buffer *b)
{
        for (size_t i = 0; i < n; i++)
                buffer_printf(b, "%02x", (uint8_t)plain[i]);
}

static void write_run(enum coding coding, struct chance *c, const char *plain, size_t n, size_t at,
                      struct buffer *b, size_t *ret_shown)
{
        static const char *const breaks[] = {"\n", "\r\n", "\n    ", "\\n"};
        _cleanup_buffer_ struct buffer code = {.max = (size_t)8 << 20};
        bool hex = coding == CODING_HEX || coding == CODING_HEX_WRAPPED;
        bool wrapped = coding == CODING_BASE64_WRAPPED || coding == CODING_HEX_WRAPPED;

        if (hex)
                write_hex(plain, n, &code);
        else
                write_base64((const uint8_t *)plain, n, coding == CODING_BASE64_URL, &code);
        at = hex ? at * 2 : at / 3 * 4 + at % 3;
        wrap(&code, at, wrapped ? 64 + 12 * chance_below(c, 2) : code.len,
             breaks[chance_below(c, ELEMENTSOF(breaks))], b, ret_shown);
}

/* Characters one by one; which of them are coded is for `all` and chance to say. */
static void write_char(enum coding coding, struct chance *c, uint8_t x, struct buffer *b)
{
        bool some = chance_below(c, 4) == 0;

        switch (coding) {
        case CODING_PERCENT:
        case CODING_PERCENT_ALL:
                if (coding == CODING_PERCENT_ALL || !(isalnum(x) || strchr("-._~", x)))
                        buffer_printf(b, some ? "%%%02x" : "%%%02X", x);
                else
                        buffer_putc(b, (char)x);
                break;
        case CODING_JSON:
        case CODING_JSON_UNICODE:
                if (x == '"' || x == '\\')
                        buffer_printf(b, "\\%c", x);
                else if (x == '\n')
                        buffer_puts(b, "\\n");
                else if (x == '\r')
                        buffer_puts(b, "\\r");
                else if (x == '\t')
                        buffer_puts(b, "\\t");
                else if (coding == CODING_JSON_UNICODE && some && x < 0x80)
                        buffer_printf(b, "\\u%04x", x);
                else
                        buffer_putc(b, (char)x);
                break;
        case CODING_HEX_ESCAPES:
                buffer_printf(b, "\\x%02x", x);
                break;
        case CODING_REFERENCES:
                if (strchr("<>&\"'=\n\r\t", x) || (some && x < 0x80))
                        buffer_printf(b, chance_below(c, 2) ? "&#%u;" : "&#x%X;", x);
                else
                        buffer_putc(b, (char)x);
                break;
        default:
                if (x == '=' || x > 0x7e)
                        buffer_printf(b, "=%02X", x);
                else
                        buffer_putc(b, (char)x);
                break;
        }
}

static void write_chars(enum coding coding, struct chance *c, const char *plain, size_t n,
                        size_t at, struct buffer *b, size_t *ret_shown)
{
        size_t column = 0;

        if (coding == CODING_QUOTED_PRINTABLE)
                buffer_puts(b, "Content-Transfer-Encoding: quoted-printable\n\n");
        for (size_t i = 0; i < n; i++) {
                if (i == at)
                        *ret_shown = b->len;
                size_t len = b->len;
                write_char(coding, c, (uint8_t)plain[i], b);
                column = plain[i] == '\n' ? 0 : column + b->len - len;
                if (coding == CODING_QUOTED_PRINTABLE && column >= 72 && i + 1 < n) {
                        buffer_puts(b, "=\n");
                        column = 0;
                }
        }
}

void coding_gzip(const char *plain, size_t n, struct buffer *ret)
{
        z_stream z = {.avail_in = (uInt)n};

        z.next_in = (z_const Bytef *)(uintptr_t)plain;
        if (deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
                abort();
        size_t size = deflateBound(&z, (uLong)n);
        uint8_t *packed = malloc(size);
        z.next_out = packed;
        z.avail_out = (uInt)size;
        if (deflate(&z, Z_FINISH) != Z_STREAM_END)
                abort();
        buffer_append(ret, packed, size - z.avail_out);
        (void)deflateEnd(&z);
        free(packed);
}

void coding_utf16(const char *plain, size_t n, bool little, bool bom, struct buffer *ret)
{
        const uint8_t *s = (const uint8_t *)plain;

        if (bom)
                buffer_append(ret, little ? "\xff\xfe" : "\xfe\xff", 2);
        for (size_t i = 0; i < n;) {
                uint32_t c = s[i];
                unsigned more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
                uint16_t unit[2];
                unsigned units = 1;

                c = more == 0 ? c : c & (0x3fu >> more);
                for (i++; more > 0 && i < n; more--, i++)
                        c = c << 6 | (s[i] & 0x3f);
                unit[0] = (uint16_t)c;
                if (c >= 0x10000) {
                        unit[0] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
                        unit[1] = (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff));
                        units = 2;
                }
                for (unsigned k = 0; k < units; k++) {
                        buffer_putc(ret, (char)(little ? unit[k] & 0xff : unit[k] >> 8));
                        buffer_putc(ret, (char)(little ? unit[k] >> 8 : unit[k] & 0xff));
                }
        }
}

void coding_write(enum coding coding, struct chance *c, const char *plain, size_t n, size_t at,
                  struct buffer *ret, size_t *ret_shown)
{
        _cleanup_buffer_ struct buffer other = {.max = (size_t)8 << 20};

        *ret_shown = ret->len;
        switch (coding) {
        case CODING_PLAIN:
                *ret_shown = ret->len + at;
                buffer_append(ret, plain, n);
                break;
        case CODING_GZIP_BASE64:
                coding_gzip(plain, n, &other);
                write_base64((const uint8_t *)other.data, other.len, false, ret);
                break;
        case CODING_BASE64_UTF16:
                coding_utf16(plain, n, true, false, &other);
                write_base64((const uint8_t *)other.data, other.len, false, ret);
                break;
        case CODING_BASE64:
        case CODING_BASE64_URL:
        case CODING_BASE64_WRAPPED:
        case CODING_HEX:
        case CODING_HEX_WRAPPED:
                write_run(coding, c, plain, n, at, ret, ret_shown);
                break;
        default:
                write_chars(coding, c, plain, n, at, ret, ret_shown);
                break;
        }
}
