/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left to read of a run of DER values. Borrows the bytes. */
struct der {
        const uint8_t *p;
        size_t n;
};

enum der_tag {
        DER_INTEGER = 0x02,
        DER_BIT_STRING = 0x03,
        DER_OCTET_STRING = 0x04,
        DER_OID = 0x06,
        DER_SEQUENCE = 0x30,
        DER_CONTEXT_0 = 0xa0,
        DER_CONTEXT_1 = 0xa1,
};

struct der_value {
        uint8_t tag;
        struct der body;
        bool cut; /* its length goes past the end: body is what there is of it */
};

/* Takes the next value. Returns 1; 0 at the end; -EBADMSG: no DER. */
int der_next(struct der *d, struct der_value *ret);
/* The same, and it must be of that tag: anything else is -EBADMSG, the end too. */
int der_expect(struct der *d, enum der_tag tag, struct der_value *ret);
/* Bits of an INTEGER that is not negative. */
unsigned der_bits(const struct der_value *integer);
