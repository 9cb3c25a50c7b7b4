/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: opening one further level of encoding where a secret is likely to hide in it.
 *
 * Bounded: one level, DECODE_MAX bytes a value, DECODE_TOTAL bytes a file.
 */
#include "detectors/decode.h"

#include <nettle/base64.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/text.h"

#define DECODE_MAX ((size_t)256 << 10)
#define DECODE_TOTAL ((size_t)4 << 20)

struct decoding {
        decoded_fn fn;
        void *userdata;
        size_t total;
};

static void decode_value(struct decoding *d, const struct node *n)
{
        _cleanup_buffer_ struct buffer b = {.max = DECODE_MAX * 2};
        struct base64_decode_ctx ctx;
        char what[96], key[64];

        if (!node_text(n) || n->text_len == 0 || n->text_len > DECODE_MAX ||
            d->total + n->text_len > DECODE_TOTAL)
                return;
        d->total += n->text_len;
        size_t size = BASE64_DECODE_LENGTH(n->text_len);
        _cleanup_free_ uint8_t *plain = malloc(size + 1);
        if (!plain)
                return;
        base64_decode_init(&ctx);
        if (!base64_decode_update(&ctx, &size, plain, n->text_len, n->text) ||
            !base64_decode_final(&ctx))
                return;
        text_printable(key, sizeof(key), n->key ?: "", strlen(n->key ?: ""));
        (void)snprintf(what, sizeof(what), "base64 of data.%s", key);
        buffer_puts(&b, n->key ?: "");
        buffer_puts(&b, ": ");
        buffer_append(&b, plain, size);
        explicit_bzero(plain, size);
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

static int visit(struct node *n, void *userdata)
{
        struct decoding *d = userdata;

        if (n->type != NODE_MAPPING || !node_equals(node_get(n, "kind"), "Secret"))
                return 0;
        NODE_CHILDREN(child, node_get(n, "data"))
        {
                decode_value(d, child);
        }
        return 0;
}

void decode_document(struct doc *doc, decoded_fn fn, void *userdata)
{
        struct decoding d = {.fn = fn, .userdata = userdata};
        struct node *root = doc_root(doc);

        if (root)
                (void)node_walk(root, visit, &d);
}
