/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading DER value by value, no deeper than the caller goes.
 *
 * Must not own: what a structure means (key-info.c).
 *
 * Any bytes may come: lengths are compared with what is there and never added to a pointer, forms
 * that keys do not have (long tags, indefinite lengths) are errors. Nettle's iterator would do as
 * well, but lives in the library that needs a bignum library beside it.
 */
#include "detectors/secrets/der.h"

#include <errno.h>

#define LENGTH_BYTES_MAX 4u

/* The length's own bytes are taken from d. */
static int take_length(struct der *d, size_t *ret)
{
        if (d->n == 0)
                return -EBADMSG;
        uint8_t first = *d->p++;
        d->n--;
        if (first < 0x80) {
                *ret = first;
                return 0;
        }
        size_t bytes = first & 0x7f, length = 0;
        if (bytes == 0 || bytes > LENGTH_BYTES_MAX || bytes > d->n)
                return -EBADMSG;
        for (size_t i = 0; i < bytes; i++)
                length = length << 8 | d->p[i];
        d->p += bytes;
        d->n -= bytes;
        *ret = length;
        return 0;
}

int der_next(struct der *d, struct der_value *ret)
{
        struct der_value v = {0};
        size_t length;

        if (d->n == 0)
                return 0;
        v.tag = *d->p++;
        d->n--;
        if ((v.tag & 0x1f) == 0x1f || take_length(d, &length) < 0)
                return -EBADMSG;
        v.cut = length > d->n;
        v.body = (struct der){.p = d->p, .n = v.cut ? d->n : length};
        d->p += v.body.n;
        d->n -= v.body.n;
        *ret = v;
        return 1;
}

int der_expect(struct der *d, enum der_tag tag, struct der_value *ret)
{
        struct der_value v;

        if (der_next(d, &v) <= 0 || v.tag != tag)
                return -EBADMSG;
        *ret = v;
        return 1;
}

unsigned der_bits(const struct der_value *integer)
{
        const uint8_t *p = integer->body.p;
        size_t n = integer->body.n;
        unsigned bits = 0;

        while (n > 0 && *p == 0) {
                p++;
                n--;
        }
        if (n == 0 || n > UINT16_MAX)
                return 0;
        for (uint8_t top = *p; top; top >>= 1)
                bits++;
        return bits + 8 * (unsigned)(n - 1);
}
