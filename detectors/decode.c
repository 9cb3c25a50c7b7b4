/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: opening one further level of encoding where a secret is likely to hide in it: looking for
 * what may be encoded, cutting long values into pieces, and what a file may use of the limits.
 *
 * Must not own: how an encoding is read (decode-run.c, decode-escape.c, decode-gzip.c), what is
 * looked for in it and where that stands in the file (detect-text.c).
 *
 * Bounded: one level; memory for one piece, however long a value is; each byte of a file is opened
 * once by each decoder, but for a piece's edges; past DECODE_TOTAL and DECODE_VALUES no more is
 * opened and the file's result says so. The beginning of a run tells whether it holds text, so that
 * base64 of images costs next to nothing.
 */
#include "detectors/decode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/decode-internal.h"

int decode_hex_digit(uint8_t c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c |= 0x20;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int decode_base64_digit(uint8_t c)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        if (c == '+' || c == '-')
                return 62;
        return c == '/' || c == '_' ? 63 : -1;
}

bool decode_is_base64(uint8_t c)
{
        return decode_base64_digit(c) >= 0;
}

/* --- pieces
 * ---------------------------------------------------------------------------------------------- */

bool decoder_ready(struct decoder *d)
{
        if (d->text)
                return true;
        if (d->error < 0)
                return false;
        d->text = malloc(DECODE_PIECE);
        d->map = calloc(DECODE_PIECE + 1, sizeof(*d->map));
        if (d->text && d->map)
                return true;
        free(d->text);
        free(d->map);
        d->text = NULL;
        d->map = NULL;
        d->error = -ENOMEM;
        return false;
}

void decoder_done(struct decoder *d)
{
        free(d->text);
        free(d->map);
        d->text = NULL;
        d->map = NULL;
}

bool decoder_charge(struct decoder *d, size_t n)
{
        struct decode_budget *b = d->request->budget;

        if (b->bytes + n > DECODE_TOTAL || b->values >= DECODE_VALUES) {
                b->capped = true;
                return false;
        }
        b->bytes += n;
        b->values++;
        return true;
}

size_t decoder_run(struct decoder *d, const struct decode_kind *kind, size_t at, size_t end)
{
        const size_t begin = at;
        size_t take_from = 0, stop = at;
        bool more = true;

        if (!decoder_ready(d))
                return at;
        while (more) {
                more = false;
                d->used = d->resume_used = 0;
                stop = kind->fill(d, at, end, &more);
                d->map[d->used] = (uint32_t)stop;
                size_t used = d->used;
                bool go = used > 0 && decoder_charge(d, used);

                if (go)
                        d->request->fn(d->request->userdata,
                                       &(struct decoded){
                                               .what = kind->what,
                                               .text = d->text,
                                               .n = used,
                                               .map = d->map,
                                               .begin = begin,
                                               .end = stop,
                                               .take_from = take_from,
                                               .take_to = more ? used - DECODE_EDGE : SIZE_MAX,
                                               .literal = kind->literal,
                                       });
                explicit_bzero(d->text, used);
                if (!go)
                        break;
                /* what begins in the last EDGE bytes is the next piece's */
                take_from = used - DECODE_EDGE - d->resume_used;
                at = d->resume_at;
        }
        return stop;
}

/* --- what a text holds
 * ----------------------------------------------------------------------------------- */

/* Looks at every MIN-th byte only, as long as no run can be there. */
static void base64_runs(struct decoder *d)
{
        const uint8_t *s = d->src;
        size_t i = 0;

        while (i + DECODE_BASE64_MIN <= d->n) {
                size_t last = i + DECODE_BASE64_MIN - 1, begin = last, end = last + 1;

                if (!decode_is_base64(s[last])) {
                        i = end;
                        continue;
                }
                while (begin > i && decode_is_base64(s[begin - 1]))
                        begin--;
                while (end < d->n && decode_is_base64(s[end]))
                        end++;
                i = end - begin >= DECODE_BASE64_MIN ? decode_base64_run(d, begin, end) : end;
        }
}

int decode_text(const struct decode_request *r)
{
        struct decoder d = {.request = r, .src = r->text, .n = r->n};

        /* places are 32 bits wide */
        if (r->n >= UINT32_MAX)
                return 0;
        base64_runs(&d);
        decode_utf16_runs(&d);
        decode_escapes(&d);
        decoder_done(&d);
        return d.error;
}

/* --- Kubernetes Secrets
 * ----------------------------------------------------------------------------------- */

static void secret_value(struct decoder *d, const struct node *n)
{
        size_t at = n->offset, end = n->offset + n->length;
        char what[96], key[64], prefix[70];

        if (!node_text(n) || n->length == 0 || end > d->n)
                return;
        /* the head of a block scalar is not the value */
        if (d->src[at] == '|' || d->src[at] == '>')
                while (at < end && d->src[at] != '\n')
                        at++;
        while (at < end && !decode_is_base64(d->src[at]))
                at++;
        text_printable(key, sizeof(key), n->key ?: "", strlen(n->key ?: ""));
        (void)snprintf(what, sizeof(what), "base64 of data.%s", key);
        (void)snprintf(prefix, sizeof(prefix), "%s: ", key);
        decode_base64_value(d, what, prefix, at, end);
}

static int visit(struct node *n, void *userdata)
{
        struct decoder *d = userdata;

        if (n->type != NODE_MAPPING || !node_equals(node_get(n, "kind"), "Secret"))
                return 0;
        NODE_CHILDREN(child, node_get(n, "data"))
        {
                secret_value(d, child);
        }
        return 0;
}

int decode_document(struct doc *doc, const struct decode_request *r)
{
        struct decoder d = {.request = r, .src = r->text, .n = r->n};
        struct node *root = doc_root(doc);

        if (root && r->n < UINT32_MAX)
                (void)node_walk(root, visit, &d);
        decoder_done(&d);
        return d.error;
}
