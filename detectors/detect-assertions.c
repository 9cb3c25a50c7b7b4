/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: that no secret of the file stands in what it asserts. What was found in the file is taken out, also where it was cut,
 * and says its fingerprint, so that another secret is another text; what a text by itself gives away is taken out, too.
 * Does not own: the assertions (assertion-rule.c) and what is found (detect.c).
 */
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/detect-internal.h"

#define SHORTEST \
        6u       /* bytes of a secret: what is shorter is also a word that stands there by right */
#define HEAD 12u /* bytes that tell it from what only begins alike, as addresses do */
#define CUT "…"

static size_t common_length(const char *text, const uint8_t *value, size_t n)
{
        size_t i = 0;

        while (i < n && text[i] != '\0' && (uint8_t)text[i] == value[i])
                i++;
        return i;
}

/* How much of the value begins at text: enough of it, or all there is before the cut. */
static size_t value_length(const char *text, const uint8_t *value, size_t n)
{
        size_t length = common_length(text, value, n);
        bool cut = strncmp(text + length, CUT, strlen(CUT)) == 0;

        return length >= MIN_OF(n, (size_t)(cut ? SHORTEST : HEAD)) ? length : 0;
}

/* Takes the value out of the text. */
static void take_out(struct assertion *a, const uint8_t *value, size_t n,
                     const uint8_t *fingerprint)
{
        _cleanup_buffer_ struct buffer clean = {.max = 8 * ASSERTION_TEXT_MAX};
        bool found = false;

        for (const char *p = a->text; *p;) {
                size_t length = (uint8_t)*p == value[0] ? value_length(p, value, n) : 0;

                if (length == 0) {
                        buffer_putc(&clean, *p++);
                        continue;
                }
                buffer_printf(&clean, "[secret %02x%02x%02x%02x]", fingerprint[0], fingerprint[1],
                              fingerprint[2], fingerprint[3]);
                found = true;
                p += length;
        }
        if (!found)
                return;
        bool whole = clean.error == 0 && clean.data;
        (void)text_printable(a->text, sizeof(a->text), whole ? clean.data : "[not shown]",
                             whole ? clean.len : strlen("[not shown]"));
}

/* The secret as it stands in the file, or NULL: it is none, is too short, or not in the buffer as it is. */
static const uint8_t *written(const struct detector *d, const struct hit *h, size_t *ret_n)
{
        if (finding_class_info(h->class)->kind != FINDING_SECRET || h->aside != 0 || h->decoded ||
            d->order != UTF16_NONE || h->start < d->base || h->end > d->base + d->raw_len ||
            h->end < h->start + SHORTEST)
                return NULL;
        *ret_n = (size_t)(h->end - h->start);
        return d->raw + (h->start - d->base);
}

static void take_out_found(struct detector *d, struct assertion *a)
{
        for (size_t i = 0; i < d->hits.n; i++) {
                size_t n = 0;
                const uint8_t *value = written(d, &d->hits.list[i], &n);

                if (value)
                        take_out(a, value, n, d->hits.list[i].fingerprint);
        }
}

void detect_assertions_clean(struct detector *d)
{
        for (uint32_t i = 0; i < d->res->n_assertions; i++) {
                struct assertion *a = &d->res->assertions[i];
                char clean[ASSERTION_TEXT_MAX];

                take_out_found(d, a);
                if (secret_scrub(d->engine, a->text, clean, sizeof(clean)) < 0)
                        (void)text_copy(clean, sizeof(clean), "[not shown]");
                (void)text_printable(a->text, sizeof(a->text), clean, strlen(clean));
        }
        scan_result_sort_assertions(d->res);
}
