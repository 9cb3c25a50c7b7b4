/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what DER says of a key: private, public or encrypted, of which type and length.
 *
 * Must not own: PEM and other wrappings (validate-key.c), what that means for a finding.
 *
 * Only the outer values are looked at; that the numbers belong together is not checked.
 */
#include "detectors/secrets/key-info.h"

#include <string.h>

#include "common/base/macros.h"
#include "detectors/secrets/der.h"

#define RSA_INTEGERS 9u /* version, n, e, d, p, q, two exponents, coefficient */
#define DSA_INTEGERS 6u /* version, p, q, g, y, x */
#define RSA_BITS_MIN 256u

struct oid_name {
        const char *oid; /* hex of its content would be longer and no clearer */
        size_t n;
        const char *name;
};
#define OID(bytes, text)                       \
        {                                      \
                bytes, sizeof(bytes) - 1, text \
        }

static const struct oid_name algorithms[] = {
        OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "RSA"),
        OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", "RSA-PSS"),
        OID("\x2a\x86\x48\xce\x3d\x02\x01", "EC"),
        OID("\x2a\x86\x48\xce\x38\x04\x01", "DSA"),
        OID("\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01", "DH"),
        OID("\x2b\x65\x6e", "X25519"),
        OID("\x2b\x65\x6f", "X448"),
        OID("\x2b\x65\x70", "Ed25519"),
        OID("\x2b\x65\x71", "Ed448"),
};

static const struct oid_name curves[] = {
        OID("\x2a\x86\x48\xce\x3d\x03\x01\x07", "EC P-256"),
        OID("\x2b\x81\x04\x00\x21", "EC P-224"),
        OID("\x2b\x81\x04\x00\x22", "EC P-384"),
        OID("\x2b\x81\x04\x00\x23", "EC P-521"),
        OID("\x2b\x81\x04\x00\x0a", "EC secp256k1"),
};

static const char *name_of(const struct oid_name *names, size_t n, const struct der *oid)
{
        for (size_t i = 0; i < n; i++)
                if (names[i].n == oid->n && memcmp(names[i].oid, oid->p, oid->n) == 0)
                        return names[i].name;
        return NULL;
}

/* A PKCS #1 or DSA private key after its version: how many integers follow, and the first's bits.
 */
static void read_integers(struct der d, struct key_info *ret)
{
        struct der_value v;
        unsigned count = 1;
        bool modulus_cut = false;

        while (der_next(&d, &v) > 0 && v.tag == DER_INTEGER) {
                if (count++ == 1) {
                        ret->bits = der_bits(&v);
                        modulus_cut = v.cut;
                }
                ret->cut |= v.cut;
        }
        bool is_large = ret->bits >= RSA_BITS_MIN;
        if (modulus_cut)
                ret->bits = 0;
        if (!is_large)
                return;
        /* a DSA key and a cut RSA key look alike, but only one of them is whole */
        if (count == DSA_INTEGERS && !ret->cut && d.n == 0) {
                ret->type = ret->type ?: "DSA";
                ret->state = KEY_PRIVATE;
        } else if (count == RSA_INTEGERS || ret->cut) {
                ret->type = ret->type ?: "RSA";
                ret->state = KEY_PRIVATE;
        }
}

/* [0] { curve } of SEC 1 */
static void read_sec1(struct der d, struct key_info *ret)
{
        struct der_value v, oid;

        ret->state = KEY_PRIVATE;
        ret->type = ret->type ?: "EC";
        while (der_next(&d, &v) > 0) {
                ret->cut |= v.cut;
                if (v.tag == DER_CONTEXT_0 && der_expect(&v.body, DER_OID, &oid) > 0)
                        ret->type = name_of(curves, ELEMENTSOF(curves), &oid.body) ?: ret->type;
        }
}

static const char *read_algorithm(struct der d)
{
        struct der_value oid, parameter;

        if (der_expect(&d, DER_OID, &oid) < 0)
                return NULL;
        const char *name = name_of(algorithms, ELEMENTSOF(algorithms), &oid.body);
        if (name && strcmp(name, "EC") == 0 && der_expect(&d, DER_OID, &parameter) > 0)
                name = name_of(curves, ELEMENTSOF(curves), &parameter.body) ?: name;
        return name;
}

/* PKCS #8 after version and algorithm */
static void read_pkcs8(struct der d, const struct der_value *algorithm, struct key_info *ret)
{
        struct der_value key, sequence, version;

        if (der_expect(&d, DER_OCTET_STRING, &key) < 0) {
                ret->cut |= d.n == 0;
                return;
        }
        ret->type = read_algorithm(algorithm->body);
        ret->cut |= key.cut;
        ret->state = ret->type && key.body.n > 0 ? KEY_PRIVATE : KEY_UNREADABLE;
        if (!ret->type || strncmp(ret->type, "RSA", 3) != 0)
                return;
        ret->state = KEY_UNREADABLE;
        if (der_expect(&key.body, DER_SEQUENCE, &sequence) > 0 &&
            der_expect(&sequence.body, DER_INTEGER, &version) > 0)
                read_integers(sequence.body, ret);
}

/* What begins with a version: the private forms, or a public RSA key if the number is large. */
static void read_versioned(struct der d, const struct der_value *version, struct key_info *ret)
{
        struct der_value second;

        if (der_next(&d, &second) <= 0)
                return;
        ret->cut |= second.cut;
        if (version->body.n > 1) {
                bool pair = second.tag == DER_INTEGER && d.n == 0 && !ret->cut;

                ret->state = pair ? KEY_PUBLIC : KEY_UNREADABLE;
                ret->type = pair ? "RSA" : NULL;
                ret->bits = pair ? der_bits(version) : 0;
                return;
        }
        if (version->body.n != 1 || version->body.p[0] > 1)
                return;
        if (second.tag == DER_SEQUENCE)
                read_pkcs8(d, &second, ret);
        else if (second.tag == DER_OCTET_STRING && second.body.n >= 16 && version->body.p[0] == 1)
                read_sec1(d, ret);
        else if (second.tag == DER_INTEGER) {
                /* read again with the modulus in front */
                struct der again = {.p = version->body.p + version->body.n};
                again.n = (size_t)(d.p + d.n - again.p);
                read_integers(again, ret);
        }
}

/* What begins with a sequence: encrypted PKCS #8, a public key, a certificate or a request. */
static void read_nested(struct der d, struct der_value *first, struct key_info *ret)
{
        struct der_value second, oid;
        struct der inner = first->body;

        if (der_next(&d, &second) <= 0) {
                ret->cut |= first->cut;
                return;
        }
        ret->cut |= second.cut;
        bool names_algorithm = der_expect(&inner, DER_OID, &oid) > 0;
        if (names_algorithm && second.tag == DER_OCTET_STRING)
                ret->state = KEY_ENCRYPTED;
        else if (names_algorithm && second.tag == DER_BIT_STRING) {
                ret->state = KEY_PUBLIC;
                ret->type = read_algorithm(first->body);
        } else if (!names_algorithm && second.tag == DER_SEQUENCE &&
                   der_expect(&d, DER_BIT_STRING, &oid) > 0)
                ret->state = KEY_PUBLIC;
}

void key_info_der(const uint8_t *der, size_t n, struct key_info *ret)
{
        struct der d = {.p = der, .n = n};
        struct der_value outer, first;

        *ret = (struct key_info){.state = KEY_UNREADABLE};
        if (der_expect(&d, DER_SEQUENCE, &outer) < 0)
                return;
        ret->cut = outer.cut;
        if (der_next(&outer.body, &first) <= 0)
                return;
        if (first.tag == DER_INTEGER && !first.cut)
                read_versioned(outer.body, &first, ret);
        else if (first.tag == DER_SEQUENCE)
                read_nested(outer.body, &first, ret);
        /* "nothing private in it" is said of all the bytes or not at all */
        if (ret->state == KEY_PUBLIC && (d.n > 0 || ret->cut))
                ret->state = KEY_UNREADABLE;
}
