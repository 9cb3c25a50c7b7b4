/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What keys say of themselves: whole, encrypted, public, cut, damaged, and with lengths that lie.
 * The keys are made here: numbers of the right size that belong to nothing.
 */
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/secrets/judge.h"
#include "detectors/secrets/key-info.h"
#include "detectors/secrets/validate.h"
#include "tests/unit/test.h"

struct bytes {
        uint8_t data[8192];
        size_t n;
};

static void put(struct bytes *b, const void *data, size_t n)
{
        assert_true(n <= sizeof(b->data) - b->n);
        memcpy(b->data + b->n, data, n);
        b->n += n;
}

static void put_value(struct bytes *b, uint8_t tag, const void *data, size_t n)
{
        uint8_t head[4] = {tag, 0x82, (uint8_t)(n >> 8), (uint8_t)n};

        put(b, head, sizeof(head));
        put(b, data, n);
}

/* A number of that many bytes; no two alike. */
static void put_number(struct bytes *b, size_t n)
{
        uint8_t number[1024];

        number[0] = 0;
        for (size_t i = 0; i < n; i++)
                number[i + 1] = (uint8_t)(0x80 | (b->n * 31 + i * 73 + (i >> 3) * 17));
        put_value(b, 0x02, number, n + 1);
}

static void put_small(struct bytes *b, uint8_t value)
{
        put_value(b, 0x02, &value, 1);
}

/* The integers of PKCS #1, not yet in their sequence. */
static void rsa_numbers(struct bytes *b, size_t modulus)
{
        put_small(b, 0);
        put_number(b, modulus);
        put_number(b, 3);
        put_number(b, modulus);
        for (int i = 0; i < 5; i++)
                put_number(b, modulus / 2);
}

static void sequence(struct bytes *b, const struct bytes *content)
{
        put_value(b, 0x30, content->data, content->n);
}

static void rsa(struct bytes *b, size_t modulus)
{
        struct bytes numbers = {.n = 0};

        rsa_numbers(&numbers, modulus);
        sequence(b, &numbers);
}

static const uint8_t oid_rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
static const uint8_t oid_ec[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t oid_p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t oid_ed25519[] = {0x2b, 0x65, 0x70};

static void algorithm(struct bytes *b, const uint8_t *oid, size_t n, const uint8_t *more,
                      size_t n_more)
{
        struct bytes content = {.n = 0};

        put_value(&content, 0x06, oid, n);
        if (more)
                put_value(&content, 0x06, more, n_more);
        sequence(b, &content);
}

static void pkcs8(struct bytes *b, const struct bytes *head, const struct bytes *key)
{
        struct bytes content = {.n = 0};

        put_small(&content, 0);
        put(&content, head->data, head->n);
        put_value(&content, 0x04, key->data, key->n);
        sequence(b, &content);
}

static struct key_info read_der(const struct bytes *b, size_t n)
{
        struct key_info key;
        /* exactly as much memory as there is key: what reads past it is seen */
        uint8_t *copy = malloc(n ? n : 1);

        assert_non_null(copy);
        memcpy(copy, b->data, n);
        key_info_der(copy, n, &key);
        free(copy);
        return key;
}

static void is(struct key_info key, enum key_state state, const char *type, unsigned bits)
{
        assert_int_equal(key.state, state);
        assert_int_equal(key.bits, bits);
        if (type)
                assert_string_equal(key.type, type);
        else
                assert_null(key.type);
}

static void rsa_keys_are_read(void **state)
{
        struct bytes plain = {.n = 0}, wrapped = {.n = 0}, head = {.n = 0};

        (void)state;
        rsa(&plain, 256);
        is(read_der(&plain, plain.n), KEY_PRIVATE, "RSA", 2048);
        assert_false(read_der(&plain, plain.n).cut);
        algorithm(&head, oid_rsa, sizeof(oid_rsa), NULL, 0);
        pkcs8(&wrapped, &head, &plain);
        is(read_der(&wrapped, wrapped.n), KEY_PRIVATE, "RSA", 2048);
}

static void other_keys_are_read(void **state)
{
        struct bytes inner = {.n = 0}, head = {.n = 0}, key = {.n = 0}, numbers = {.n = 0};
        uint8_t octets[32] = {1};

        (void)state;
        put_value(&inner, 0x04, octets, sizeof(octets));
        algorithm(&head, oid_ed25519, sizeof(oid_ed25519), NULL, 0);
        pkcs8(&key, &head, &inner);
        is(read_der(&key, key.n), KEY_PRIVATE, "Ed25519", 0);

        head.n = key.n = inner.n = 0;
        algorithm(&head, oid_ec, sizeof(oid_ec), oid_p256, sizeof(oid_p256));
        pkcs8(&key, &head, &numbers);
        is(read_der(&key, key.n), KEY_UNREADABLE, "EC P-256", 0);

        key.n = 0;
        put_small(&inner, 1);
        put_value(&inner, 0x04, octets, sizeof(octets));
        put_value(&numbers, 0x06, oid_p256, sizeof(oid_p256));
        put_value(&inner, 0xa0, numbers.data, numbers.n);
        sequence(&key, &inner);
        is(read_der(&key, key.n), KEY_PRIVATE, "EC P-256", 0);

        key.n = inner.n = 0;
        put_small(&inner, 0);
        put_number(&inner, 128);
        put_number(&inner, 20);
        for (int i = 0; i < 3; i++)
                put_number(&inner, 100);
        sequence(&key, &inner);
        is(read_der(&key, key.n), KEY_PRIVATE, "DSA", 1024);
}

static void encrypted_and_public_ones_are_told_apart(void **state)
{
        struct bytes content = {.n = 0}, key = {.n = 0}, deeper = {.n = 0};
        uint8_t octets[64] = {0};

        (void)state;
        algorithm(&content, oid_rsa, sizeof(oid_rsa), NULL, 0);
        put_value(&content, 0x04, octets, sizeof(octets));
        sequence(&key, &content);
        is(read_der(&key, key.n), KEY_ENCRYPTED, NULL, 0);

        key.n = content.n = 0;
        algorithm(&content, oid_rsa, sizeof(oid_rsa), NULL, 0);
        put_value(&content, 0x03, octets, sizeof(octets));
        sequence(&key, &content);
        is(read_der(&key, key.n), KEY_PUBLIC, "RSA", 0);

        key.n = content.n = 0;
        put_number(&content, 256);
        put_small(&content, 3);
        sequence(&key, &content);
        is(read_der(&key, key.n), KEY_PUBLIC, "RSA", 2048);

        /* a certificate: its body, an algorithm, a signature */
        key.n = content.n = 0;
        put_small(&deeper, 7);
        sequence(&content, &deeper);
        algorithm(&content, oid_rsa, sizeof(oid_rsa), NULL, 0);
        put_value(&content, 0x03, octets, sizeof(octets));
        sequence(&key, &content);
        is(read_der(&key, key.n), KEY_PUBLIC, NULL, 0);
}

static void every_cut_is_noticed_or_unreadable(void **state)
{
        struct bytes plain = {.n = 0}, wrapped = {.n = 0}, head = {.n = 0};

        (void)state;
        rsa(&plain, 128);
        algorithm(&head, oid_rsa, sizeof(oid_rsa), NULL, 0);
        pkcs8(&wrapped, &head, &plain);
        for (size_t n = 0; n < wrapped.n; n++) {
                struct key_info key = read_der(&wrapped, n);

                assert_true(key.state == KEY_UNREADABLE || key.cut);
                assert_int_not_equal(key.state, KEY_PUBLIC);
        }
        for (size_t n = 0; n < plain.n; n++) {
                struct key_info key = read_der(&plain, n);

                assert_true(key.state == KEY_UNREADABLE || key.cut);
        }
        is(read_der(&plain, 300), KEY_PRIVATE, "RSA", 1024);
        /* within the modulus: how long it is cannot be told */
        is(read_der(&plain, 100), KEY_PRIVATE, "RSA", 0);
}

static void lengths_that_lie_do_no_harm(void **state)
{
        static const uint8_t hostile[][12] = {
                {0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02, 0x01, 0x00, 0x02, 0x84, 0xff},
                {0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x01},
                {0x30, 0x80, 0x02, 0x01, 0x00, 0x02, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00},
                {0x30, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
                {0x30, 0x0a, 0x02, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x02, 0x01, 0x00, 0x02},
                {0x30, 0x0a, 0x1f, 0xff, 0xff, 0xff, 0x7f, 0x02, 0x01, 0x00, 0x02, 0x01},
                {0x30, 0x0a, 0x30, 0x08, 0x30, 0x06, 0x30, 0x04, 0x30, 0x02, 0x30, 0x00},
        };
        struct bytes b = {.n = 0};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(hostile); i++)
                for (size_t n = 0; n <= sizeof(hostile[i]); n++) {
                        b.n = 0;
                        put(&b, hostile[i], n);
                        assert_int_equal(read_der(&b, n).state, KEY_UNREADABLE);
                }
        /* each byte of a key in turn has every value */
        struct bytes key = {.n = 0};
        rsa(&key, 64);
        for (size_t at = 0; at < 40; at++)
                for (unsigned value = 0; value < 256; value++) {
                        struct bytes damaged = key;

                        damaged.data[at] = (uint8_t)value;
                        (void)read_der(&damaged, damaged.n);
                }
}

static void put_string(struct bytes *b, const void *s, size_t n)
{
        uint8_t head[4] = {0, 0, (uint8_t)(n >> 8), (uint8_t)n};

        put(b, head, sizeof(head));
        put(b, s, n);
}

static void openssh(struct bytes *b, const char *cipher)
{
        static const uint8_t one[4] = {0, 0, 0, 1};
        struct bytes public = {.n = 0};
        uint8_t octets[96] = {9};

        put_string(&public, "ssh-ed25519", 11);
        put_string(&public, octets, 32);
        put(b, "openssh-key-v1", 15);
        put_string(b, cipher, strlen(cipher));
        put_string(b, "bcrypt", 6);
        put_string(b, "", 0);
        put(b, one, 4);
        put_string(b, public.data, public.n);
        put_string(b, octets, sizeof(octets));
}

static void openssh_keys_are_read(void **state)
{
        struct bytes b = {.n = 0};
        struct key_info key;

        (void)state;
        openssh(&b, "none");
        key_info_openssh(b.data, b.n, &key);
        is(key, KEY_PRIVATE, "Ed25519", 0);
        assert_false(key.cut);
        for (size_t n = 0; n < b.n; n++) {
                key_info_openssh(b.data, n, &key);
                assert_true(key.state == KEY_UNREADABLE || key.cut);
        }
        b.n = 0;
        openssh(&b, "aes256-ctr");
        key_info_openssh(b.data, b.n, &key);
        is(key, KEY_ENCRYPTED, "Ed25519", 0);
}

/* A version 4 RSA key of 1024 bits with the given octets from its S2K usage on. */
static void pgp(struct bytes *b, uint8_t tag, const uint8_t *usage, size_t n)
{
        struct bytes body = {.n = 0};
        uint8_t head[6] = {4, 1, 2, 3, 4, 1}, number[128] = {0x80};
        static const uint8_t bits[2] = {4, 0}, exponent[5] = {0, 17, 1, 0, 1};

        for (size_t i = 1; i < sizeof(number); i++)
                number[i] = (uint8_t)(i * 37 + tag);
        put(&body, head, sizeof(head));
        put(&body, bits, 2);
        put(&body, number, sizeof(number));
        put(&body, exponent, sizeof(exponent));
        put(&body, usage, n);
        put(&body, number, sizeof(number));
        uint8_t packet[6] = {(uint8_t)(0xc0 | tag),  0xff,           0, 0,
                             (uint8_t)(body.n >> 8), (uint8_t)body.n};
        put(b, packet, sizeof(packet));
        put(b, body.data, body.n);
}

static void pgp_packets_are_read(void **state)
{
        static const uint8_t plain[] = {0},
                             encrypted[] = {254, 7, 3, 8, 1, 2, 3, 4, 5, 6, 7, 8, 96},
                             elsewhere[] = {255, 7, 101, 2, 'G', 'N', 'U', 1};
        struct bytes b = {.n = 0};
        struct key_info key;

        (void)state;
        pgp(&b, 5, plain, sizeof(plain));
        key_info_pgp(b.data, b.n, &key);
        is(key, KEY_PRIVATE, "RSA", 1024);
        b.n = 0;
        pgp(&b, 5, encrypted, sizeof(encrypted));
        key_info_pgp(b.data, b.n, &key);
        is(key, KEY_ENCRYPTED, "RSA", 1024);
        b.n = 0;
        pgp(&b, 5, elsewhere, sizeof(elsewhere));
        key_info_pgp(b.data, b.n, &key);
        is(key, KEY_PUBLIC, "RSA", 1024);
        /* the key is elsewhere, its subkey is not */
        pgp(&b, 7, plain, sizeof(plain));
        key_info_pgp(b.data, b.n, &key);
        is(key, KEY_PRIVATE, "RSA", 1024);
        for (size_t n = 0; n < b.n; n++) {
                uint8_t *copy = malloc(n ? n : 1);

                assert_non_null(copy);
                memcpy(copy, b.data, n);
                key_info_pgp(copy, n, &key);
                free(copy);
        }
}

/* --- wrapped in PEM */

struct pem {
        char text[16384];
        struct judgement judgement;
};

static void pem_text(struct pem *p, const char *label, const struct bytes *key, size_t width,
                     const char *eol, const char *tail)
{
        char coded[12000];

        base64_encode_raw(coded, key->n, key->data);
        coded[BASE64_ENCODE_RAW_LENGTH(key->n)] = '\0';
        int n = snprintf(p->text, sizeof(p->text), "-----%s %sKEY-----%s", "BEGIN", label, eol);
        for (size_t at = 0; at < strlen(coded); at += width)
                n += snprintf(p->text + n, sizeof(p->text) - (size_t)n, "%.*s%s", (int)width,
                              coded + at, eol);
        (void)snprintf(p->text + n, sizeof(p->text) - (size_t)n, "%s", tail);
}

static void insert_headers(struct pem *p, const char *headers)
{
        char *body = strchr(p->text, '\n') + 1;

        memmove(body + strlen(headers), body, strlen(body) + 1);
        memcpy(body, headers, strlen(headers));
}

static bool validate(struct pem *p)
{
        struct judge_case c = {.path = "x",
                               .data = (const uint8_t *)p->text,
                               .size = strlen(p->text),
                               .end = strlen(p->text),
                               .secret_end = strlen(p->text)};

        p->judgement =
                (struct judgement){.confidence = CONFIDENCE_HIGH, .severity = SEVERITY_CRITICAL};
        return validate_private_key(&c, &p->judgement);
}

static const char end_line[] = "-----END RSA PRIVATE KEY-----\n";

static void pem_is_unwrapped_as_source_code_writes_it(void **state)
{
        static const char *const eols[] = {
                "\n",           "\r\n",          "\\n",   "\\\\n", "\\n\" +\n    \"",
                "\\n\"\n + \"", "'#13#10+\n  '", "&#10;", ""};
        static struct pem p;
        struct bytes key = {.n = 0};

        (void)state;
        rsa(&key, 256);
        for (size_t i = 0; i < ELEMENTSOF(eols); i++) {
                pem_text(&p, "RSA PRIVATE ", &key, 64, eols[i], end_line);
                assert_true(validate(&p));
                assert_int_equal(p.judgement.confidence, CONFIDENCE_HIGH);
                assert_int_equal(p.judgement.severity, SEVERITY_CRITICAL);
                assert_string_equal(p.judgement.about, "RSA 2048 bit private key");
        }
}

static void damaged_and_cut_keys_are_less_sure(void **state)
{
        static struct pem p;
        struct bytes key = {.n = 0};

        (void)state;
        rsa(&key, 256);
        key.n /= 2;
        pem_text(&p, "RSA PRIVATE ", &key, 64, "\n", "");
        assert_true(validate(&p));
        assert_int_equal(p.judgement.confidence, CONFIDENCE_MEDIUM);
        assert_string_equal(p.judgement.about, "RSA 2048 bit private key, its end is missing");
        for (size_t i = 0; i < key.n; i++)
                key.data[i] = (uint8_t)(i * 89 + (i >> 4) * 7 + 1);
        pem_text(&p, "RSA PRIVATE ", &key, 64, "\n", end_line);
        assert_true(validate(&p));
        assert_int_equal(p.judgement.confidence, CONFIDENCE_MEDIUM);
        assert_non_null(strstr(p.judgement.note, "no key that can be read"));
}

static void encrypted_ones_are_less_severe_and_public_ones_nothing(void **state)
{
        static struct pem p;
        struct bytes key = {.n = 0}, content = {.n = 0};

        (void)state;
        openssh(&key, "aes256-ctr");
        pem_text(&p, "OPENSSH PRIVATE ", &key, 70, "\n", "-----END OPENSSH PRIVATE KEY-----");
        assert_true(validate(&p));
        assert_int_equal(p.judgement.severity, SEVERITY_MEDIUM);
        assert_string_equal(p.judgement.note, "encrypted with a passphrase");

        key.n = 0;
        put_number(&content, 256);
        put_small(&content, 3);
        sequence(&key, &content);
        pem_text(&p, "RSA PRIVATE ", &key, 64, "\n", end_line);
        assert_false(validate(&p));
        /* but not if more stands behind it, in the same value or after its padding */
        rsa(&key, 128);
        pem_text(&p, "RSA PRIVATE ", &key, 64, "\n", end_line);
        assert_true(validate(&p));
        key.n = 0;
        sequence(&key, &content);
        pem_text(&p, "RSA PRIVATE ", &key, 64, "\n", "=\n");
        key.n = 0;
        rsa(&key, 128);
        size_t n = strlen(p.text);
        base64_encode_raw(p.text + n, key.n, key.data);
        p.text[n + BASE64_ENCODE_RAW_LENGTH(key.n)] = '\0';
        assert_true(validate(&p));
        key.n = 0;
        sequence(&key, &content);

        /* RFC 1421: the body is no DER */
        pem_text(&p, "RSA PRIVATE ", &key, 64, "\n", end_line);
        insert_headers(&p, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n");
        assert_true(validate(&p));
        assert_int_equal(p.judgement.severity, SEVERITY_MEDIUM);
        assert_string_equal(p.judgement.about, "RSA private key");
}

static void armour_with_headers_is_read(void **state)
{
        static const uint8_t plain[] = {0};
        static struct pem p;
        struct bytes key = {.n = 0};

        (void)state;
        pgp(&key, 5, plain, sizeof(plain));
        pem_text(&p, "PGP PRIVATE ", &key, 64, "\n", "=abcd\n-----END PGP PRIVATE KEY BLOCK-----");
        insert_headers(&p, "Version: X v2\nComment: a: b\n\n");
        assert_true(validate(&p));
        assert_string_equal(p.judgement.about, "RSA 1024 bit private key");
}

static void putty_files_are_read(void **state)
{
        static struct pem p;
        struct bytes key = {.n = 0};
        char public[512], private[512];

        (void)state;
        put_string(&key, "ssh-ed25519", 11);
        for (size_t i = 0; i < 32; i++)
        public[i] = (char)(i * 41 + 3);
        put_string(&key, public, 32);
        base64_encode_raw(public, key.n, key.data);
        public[BASE64_ENCODE_RAW_LENGTH(key.n)] = '\0';
        for (size_t i = 0; i < 64; i++)
                key.data[i] = (uint8_t)(i * 53 + 5);
        base64_encode_raw(private, 63, key.data);
        private[84] = '\0';
        for (int encrypted = 0; encrypted < 2; encrypted++) {
                (void)snprintf(p.text, sizeof(p.text),
                               "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: %s\nComment: x\n"
                               "Public-Lines: 1\n%s\nPrivate-Lines: 1\n%s\n",
                               encrypted ? "aes256-cbc" : "none", public, private);
                assert_true(validate(&p));
                assert_string_equal(p.judgement.about, "Ed25519 private key");
                assert_int_equal(p.judgement.severity,
                                 encrypted ? SEVERITY_MEDIUM : SEVERITY_CRITICAL);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rsa_keys_are_read),
                cmocka_unit_test(other_keys_are_read),
                cmocka_unit_test(encrypted_and_public_ones_are_told_apart),
                cmocka_unit_test(every_cut_is_noticed_or_unreadable),
                cmocka_unit_test(lengths_that_lie_do_no_harm),
                cmocka_unit_test(openssh_keys_are_read),
                cmocka_unit_test(pgp_packets_are_read),
                cmocka_unit_test(pem_is_unwrapped_as_source_code_writes_it),
                cmocka_unit_test(damaged_and_cut_keys_are_less_sure),
                cmocka_unit_test(encrypted_ones_are_less_severe_and_public_ones_nothing),
                cmocka_unit_test(armour_with_headers_is_read),
                cmocka_unit_test(putty_files_are_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
