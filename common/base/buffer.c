/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: bounded growing byte buffers, and JSON's quoting of strings.
 * Does not own: what the bytes mean.
 */
#include "common/base/buffer.h"

#include <stdarg.h>
#include <string.h>

#include "common/base/text.h"

void buffer_done(struct buffer *b)
{
        size_t max = b->max;

        free(b->data);
        *b = (struct buffer){.max = max};
}

void buffer_reset(struct buffer *b)
{
        b->len = 0;
        b->error = 0;
        if (b->data)
                b->data[0] = '\0';
}

/* Makes room for n more bytes and the NUL. */
static bool buffer_reserve(struct buffer *b, size_t n)
{
        size_t max = b->max ? b->max : BUFFER_MAX_DEFAULT;

        if (b->error)
                return false;
        if (n > max - MIN_OF(b->len, max)) {
                b->error = -ENOBUFS;
                return false;
        }
        if (b->len + n + 1 <= b->alloc)
                return true;
        size_t want = MAX_OF(b->alloc * 2, b->len + n + 1);
        want = MAX_OF(want, (size_t)64);
        char *data = realloc(b->data, want);
        if (!data) {
                b->error = -ENOMEM;
                return false;
        }
        b->data = data;
        b->alloc = want;
        return true;
}

void buffer_append(struct buffer *b, const void *data, size_t n)
{
        if (!buffer_reserve(b, n))
                return;
        if (n > 0)
                memcpy(b->data + b->len, data, n);
        b->len += n;
        b->data[b->len] = '\0';
}

void buffer_puts(struct buffer *b, const char *s)
{
        buffer_append(b, s, strlen(s));
}

void buffer_putc(struct buffer *b, char c)
{
        buffer_append(b, &c, 1);
}

void buffer_printf(struct buffer *b, const char *fmt, ...)
{
        va_list ap;

        size_t room = b->error ? 0 : b->alloc - b->len;

        /* most often there is room; what did not fit is written once more */
        va_start(ap, fmt);
        int n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, ap);
        va_end(ap);
        if (n < 0 || !buffer_reserve(b, (size_t)n)) {
                if (room > 0)
                        b->data[b->len] = '\0';
                return;
        }
        if ((size_t)n < room) {
                b->len += (size_t)n;
                return;
        }
        va_start(ap, fmt);
        (void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
        va_end(ap);
        b->len += (size_t)n;
}

static bool json_is_plain(unsigned char c)
{
        return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void json_escape(struct buffer *b, unsigned char c)
{
        if (c == '"' || c == '\\')
                buffer_printf(b, "\\%c", c);
        else if (c == '\n')
                buffer_puts(b, "\\n");
        else if (c == '\t')
                buffer_puts(b, "\\t");
        else
                buffer_printf(b, "\\u%04x", c);
}

void buffer_json_bytes(struct buffer *b, const char *s, size_t n)
{
        buffer_putc(b, '"');
        for (size_t i = 0; i < n;) {
                size_t plain = 0;

                while (i + plain < n && json_is_plain((unsigned char)s[i + plain]))
                        plain++;
                buffer_append(b, s + i, plain);
                i += plain;
                if (i == n)
                        break;
                size_t width = text_utf8_width(s + i, n - i);
                if (width == 0)
                        buffer_puts(b, "\xef\xbf\xbd");
                else if (width > 1)
                        buffer_append(b, s + i, width);
                else
                        json_escape(b, (unsigned char)s[i]);
                i += MAX_OF(width, (size_t)1);
        }
        buffer_putc(b, '"');
}

void buffer_json_string(struct buffer *b, const char *s)
{
        buffer_json_bytes(b, s, strlen(s));
}

int buffer_take(struct buffer *b, char **ret)
{
        buffer_append(b, "", 0);
        if (b->error)
                return b->error;
        *ret = take_ptr(&b->data);
        buffer_done(b);
        return 0;
}
