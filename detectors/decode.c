/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: opening one further level of encoding where a secret is likely to hide in it: looking for
 * what may be encoded, cutting long values into pieces, and what a file may use of the limits.
 *
 * Must not own: how an encoding is read (decode-run.c, decode-escape.c, decode-table.c, decode-gzip.c), what is
 * looked for in it and where that stands in the file (detect-text.c).
 *
 * Bounded: one level; memory for one piece, however long a value is; each byte of a file is opened
 * once by each decoder, but for a piece's edges; past DECODE_TOTAL and DECODE_VALUES no more is
 * opened and the file's result says so. The beginning of a run tells whether it holds text, so that
 * base64 of images costs next to nothing.
 */
#include "detectors/decode.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/decode-internal.h"

/* clang-format off */
const int8_t decode_hex_digits[256] = {
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -1, -1, -1, -1, -1,
        -1, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
};

const int8_t decode_base64_digits[256] = {
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, 62, -1, 63,
        52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
        -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
        15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, 63,
        -1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
        41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
};
/* clang-format on */

bool decode_is_base64(uint8_t c)
{
        return decode_base64_digit(c) >= 0;
}

/* --- pieces ---- */

bool decoder_ready(struct decoder *d)
{
        if (d->text)
                return true;
        if (d->error < 0)
                return false;
        d->text = malloc(DECODE_PIECE);
        d->map = malloc((DECODE_PIECE + 1) * sizeof(*d->map));
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

/* A value is a text of its own, with a beginning; a region of a text is none. */
static bool is_continued(const struct decoder *d, const struct decode_kind *kind, size_t begin)
{
        if (kind->literal)
                return begin > 0 || d->request->continued;
        /* a run that goes on from before the text is opened at one of its first bytes */
        return begin < 4 && d->request->continued;
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
                        d->request->fn(
                                d->request->userdata,
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
                                        .doubtful = kind->doubtful,
                                        .continued = take_from > 0 || is_continued(d, kind, begin),
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

/* --- what a text holds ---- */

#define BLOCK 16u

/* Which of a block's bytes are characters of base64; bit 0 is the first one's. */
static uint32_t block_digits(const uint8_t s[static BLOCK])
{
#ifdef __SSE2__
        const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);
        const __m128i letter =
                _mm_sub_epi8(_mm_or_si128(v, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
        const __m128i figure = _mm_sub_epi8(v, _mm_set1_epi8('/')); /* '/' stands before '0' */
        __m128i is = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter);

        is = _mm_or_si128(is, _mm_cmpeq_epi8(_mm_min_epu8(figure, _mm_set1_epi8(10)), figure));
        is = _mm_or_si128(is, _mm_cmpeq_epi8(v, _mm_set1_epi8('+')));
        is = _mm_or_si128(is, _mm_cmpeq_epi8(v, _mm_set1_epi8('-')));
        is = _mm_or_si128(is, _mm_cmpeq_epi8(v, _mm_set1_epi8('_')));
        return (uint32_t)_mm_movemask_epi8(is);
#else
        uint32_t is = 0;

        for (unsigned i = 0; i < BLOCK; i++)
                is |= (uint32_t)(decode_base64_digit(s[i]) >= 0) << i;
        return is;
#endif
}

/* A run that is as long as a block fills one, or the end of one and the beginning of the next: most
 * of a text is passed over block by block. */
static void base64_runs(struct decoder *d)
{
        static_assert(DECODE_BASE64_MIN == BLOCK, "a shorter run fills no block");
        const uint8_t *s = d->src;
        unsigned tail = 0; /* digits at the end of the block before */
        size_t at = 0;

        while (at + BLOCK <= d->n) {
                uint32_t is = block_digits(s + at), isnt = ~is & 0xffff;
                unsigned head = isnt ? (unsigned)__builtin_ctz(isnt) : BLOCK;

                if (tail + head < BLOCK) {
                        tail = (unsigned)__builtin_clz(isnt << 16);
                        at += BLOCK;
                        continue;
                }
                size_t begin = at - tail, end = at + head;
                while (end < d->n && decode_base64_digit(s[end]) >= 0)
                        end++;
                at = decode_base64_run(d, begin, end);
                tail = 0;
        }
        /* what is left is less than a block, and may be the end of a run */
        size_t end = at;
        while (end < d->n && decode_base64_digit(s[end]) >= 0)
                end++;
        if (tail + (end - at) >= DECODE_BASE64_MIN)
                (void)decode_base64_run(d, at - tail, end);
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
        decode_table(&d);
        decoder_done(&d);
        return d.error;
}

/* --- Kubernetes Secrets ---- */

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
