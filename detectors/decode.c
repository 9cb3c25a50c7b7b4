/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: opening one further level of encoding where a secret is likely to hide in it.
 *
 * Must not own: what is looked for in it, and where it stands in the file (detect.c).
 *
 * Bounded: one level, DECODE_MAX bytes a value, DECODE_TOTAL bytes a file or buffer. The beginning
 * of a run tells whether it holds text, so that base64 of images costs next to nothing.
 */
#include "detectors/decode.h"

#include <ctype.h>
#include <nettle/base64.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "common/base/text.h"

#define DECODE_MAX ((size_t)256 << 10)
#define DECODE_TOTAL ((size_t)4 << 20)
#define RUN_MIN 32u /* shorter ones hold no secret and its name */
#define PROBE 48u

struct decoding {
        decoded_fn fn;
        void *userdata;
        const char *data;
        size_t size;
        size_t total;
};

static bool is_text(const uint8_t *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (s[i] >= 0x7f || (s[i] < 0x20 && !isspace(s[i])))
                        return false;
        return n > 0;
}

/* Decodes base64 of either alphabet; *ret is at least BASE64_DECODE_LENGTH(n) + 3 bytes. Returns
 * how many bytes, or 0. */
static size_t decode_base64(const uint8_t *s, size_t n, uint8_t *ret)
{
        struct base64_decode_ctx ctx;
        size_t used = 0;

        while (n > 0 && s[n - 1] == '=')
                n--;
        base64_decode_init(&ctx);
        for (size_t i = 0; i < n; i++) {
                char c = (char)(s[i] == '-' ? '+' : s[i] == '_' ? '/' : s[i]);
                size_t k = 3;

                if (!base64_decode_update(&ctx, &k, ret + used, 1, &c))
                        return 0;
                used += k;
        }
        return used;
}

static void emit(struct decoding *d, const struct node *n, const char *what, const uint8_t *text,
                 size_t size, const char *quote)
{
        _cleanup_buffer_ struct buffer b = {.max = DECODE_MAX * 2};

        buffer_puts(&b, n->key ?: "");
        buffer_puts(&b, ": ");
        buffer_puts(&b, quote);
        buffer_append(&b, text, size);
        buffer_puts(&b, quote);
        if (b.error == 0)
                d->fn(d->userdata, &(struct decoded){
                                           .what = what,
                                           .text = (const uint8_t *)b.data,
                                           .n = b.len,
                                           .line = n->line,
                                           .column = n->column,
                                           .end_line = n->end_line,
                                           .offset = n->offset,
                                           .length = n->length,
                                   });
        if (b.data)
                explicit_bzero(b.data, b.len);
}

/* Takes n bytes from what may still be decoded. */
static bool charge(struct decoding *d, size_t n)
{
        if (n == 0 || n > DECODE_MAX || d->total + n > DECODE_TOTAL)
                return false;
        d->total += n;
        return true;
}

static void decode_secret_value(struct decoding *d, const struct node *n)
{
        char what[96], key[64];

        if (!node_text(n) || !charge(d, n->text_len))
                return;
        _cleanup_free_ uint8_t *plain = malloc(BASE64_DECODE_LENGTH(n->text_len) + 3);
        if (!plain)
                return;
        size_t size = decode_base64((const uint8_t *)n->text, n->text_len, plain);
        text_printable(key, sizeof(key), n->key ?: "", strlen(n->key ?: ""));
        (void)snprintf(what, sizeof(what), "base64 of data.%s", key);
        if (size > 0)
                emit(d, n, what, plain, size, "");
        explicit_bzero(plain, size);
}

/* A string that reads otherwise than it is written: \u0041, \x41, \/ */
static bool is_escaped(const struct decoding *d, const struct node *n)
{
        if (!n->quoted || n->length < 8 || n->offset > d->size || n->length > d->size - n->offset)
                return false;
        const char *raw = d->data + n->offset;
        for (uint32_t i = 0; i + 1 < n->length; i++)
                if (raw[i] == '\\' && raw[i + 1] && strchr("uUx/", raw[i + 1]))
                        return true;
        return false;
}

static int visit(struct node *n, void *userdata)
{
        struct decoding *d = userdata;

        if (n->type == NODE_STRING && is_escaped(d, n) && charge(d, n->text_len))
                emit(d, n, "a string with escapes", (const uint8_t *)n->text, n->text_len, "\"");
        if (n->type != NODE_MAPPING || !node_equals(node_get(n, "kind"), "Secret"))
                return 0;
        NODE_CHILDREN(child, node_get(n, "data"))
        {
                decode_secret_value(d, child);
        }
        return 0;
}

void decode_document(struct doc *doc, const char *data, size_t n, decoded_fn fn, void *userdata)
{
        struct decoding d = {.fn = fn, .userdata = userdata, .data = data, .size = n};
        struct node *root = doc_root(doc);

        if (root)
                (void)node_walk(root, visit, &d);
}

static bool is_base64(uint8_t c)
{
        return isalnum(c) || c == '+' || c == '/' || c == '-' || c == '_';
}

/* One run text[at..at + n) with its padding. */
static void decode_run(struct decoding *d, const uint8_t *text, size_t at, size_t n)
{
        uint8_t probe[BASE64_DECODE_LENGTH(PROBE) + 3];

        if (!is_text(probe, decode_base64(text + at, MIN_OF(n, PROBE) & ~(size_t)3, probe)) ||
            !charge(d, n))
                return;
        _cleanup_free_ uint8_t *plain = malloc(BASE64_DECODE_LENGTH(n) + 3);
        if (!plain)
                return;
        size_t size = decode_base64(text + at, n, plain);
        if (is_text(plain, size))
                d->fn(d->userdata, &(struct decoded){.what = "base64",
                                                     .text = plain,
                                                     .n = size,
                                                     .length = (uint32_t)n,
                                                     .at = at});
        explicit_bzero(plain, size);
}

void decode_text(const uint8_t *text, size_t n, decoded_fn fn, void *userdata)
{
        struct decoding d = {.fn = fn, .userdata = userdata};

        for (size_t i = 0; i < n;) {
                if (!is_base64(text[i])) {
                        i++;
                        continue;
                }
                size_t begin = i;
                while (i < n && is_base64(text[i]))
                        i++;
                while (i < n && text[i] == '=' && i - begin < DECODE_MAX)
                        i++;
                /* parts of a token with dots are that token's own */
                bool dotted = (begin > 0 && text[begin - 1] == '.') || (i < n && text[i] == '.');
                if (i - begin >= RUN_MIN && !dotted)
                        decode_run(&d, text, begin, i - begin);
        }
}
