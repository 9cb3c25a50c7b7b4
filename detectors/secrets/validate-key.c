/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what a private key's file says of the key: PEM and armour, PuTTY's file, bare DER.
 *
 * Must not own: the encodings inside (key-info.c, key-ssh.c, key-pgp.c), how files write their
 * lines (key-text.c).
 *
 * A body that cannot be read is no reason to be silent: the key may be cut, edited or written in a
 * way that nobody thought of. It only makes the finding less sure.
 */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/secrets/key-info.h"
#include "detectors/secrets/key-text.h"
#include "detectors/secrets/known.h"
#include "detectors/secrets/placeholder.h"
#include "detectors/secrets/unpack.h"
#include "detectors/secrets/validate.h"

#define PACKED_MAX 16384u
#define KEY_MAX 12288u /* an RSA key of 16384 bits has 9300 */
#define BODY_MIN \
        40u /* the shortest whole one, Ed25519 in PKCS #8, has 64; a piece is told of too */
#define BODY_KINDS_MIN 16u
#define UNREAD_MAX 60u /* the head of an armour and its sum: less than a key */

static bool holds(const uint8_t *s, size_t n, const char *word)
{
        return memmem(s, n, word, strlen(word)) != NULL;
}

static bool has_body(const uint8_t *body, const uint8_t *end)
{
        unsigned count[256] = {0}, kinds = 0;
        size_t coded = 0;

        for (const uint8_t *p = body; p < end; p++)
                if (key_text_is_base64(*p)) {
                        coded++;
                        kinds += count[*p]++ == 0;
                }
        return coded >= BODY_MIN && kinds >= BODY_KINDS_MIN;
}

/* Passes the lines "Name: value" at the beginning of a PEM body. */
static const uint8_t *skip_headers(const uint8_t *body, const uint8_t *end)
{
        const uint8_t *begin = body;

        for (const uint8_t *p = body; p < end;) {
                size_t width = key_text_line_end(p, end);

                if (width > 0) {
                        p += width;
                        if (!memchr(begin, ':', (size_t)(p - begin)) && p - begin > 8)
                                return begin;
                        begin = p;
                } else
                        p++;
        }
        return begin;
}

/* Characters of base64 in the body, read or not. */
static size_t count_coded(const uint8_t *body, const uint8_t *end)
{
        size_t n = 0;

        for (const uint8_t *p = body; p < end;) {
                size_t width = key_text_line_end(p, end);

                n += width == 0 && key_text_is_base64(*p);
                p += MAX_OF(width, (size_t)1);
        }
        return n;
}

static void read_body(const uint8_t *body, const uint8_t *end, const struct judge_case *c,
                      struct key_info *ret, const char **ret_known)
{
        uint8_t packed[PACKED_MAX], key[KEY_MAX];
        const uint8_t *s = c->data + c->secret_start;
        size_t head = (size_t)(body - s);
        size_t n = key_text_pack(body, skip_headers(body, end), end, packed, sizeof(packed));

        *ret = (struct key_info){.state = KEY_UNREADABLE};
        /* what was cut may end anywhere */
        ssize_t size = unpack_base64(packed, n % 4 == 1 ? n - 1 : n, key, sizeof(key));
        if (size > 0 && holds(s, head, "OPENSSH"))
                key_info_openssh(key, (size_t)size, ret);
        else if (size > 0 && holds(s, head, "PGP"))
                key_info_pgp(key, (size_t)size, ret);
        else if (size > 0)
                key_info_der(key, (size_t)size, ret);
        /* a public key in front of a private one, or behind the head of a message */
        if (ret->state == KEY_PUBLIC && count_coded(body, end) > n + UNREAD_MAX)
                ret->state = KEY_UNREADABLE;
        const struct known *known = size > 0 ? known_value(key, (size_t)size) : NULL;
        *ret_known = known ? known->where : NULL;
        /* RFC 1421: the body is no DER then */
        if (holds(s, (size_t)(end - s), "Proc-Type") && holds(s, (size_t)(end - s), "ENCRYPTED")) {
                bool rsa = holds(s, head, "RSA"), ec = holds(s, head, "EC "),
                     dsa = holds(s, head, "DSA");

                *ret = (struct key_info){.state = KEY_ENCRYPTED};
                ret->type = rsa ? "RSA" : dsa ? "DSA" : ec ? "EC" : NULL;
        }
        explicit_bzero(packed, sizeof(packed));
        explicit_bzero(key, sizeof(key));
}

static void tell(const struct key_info *key, struct judgement *j)
{
        const char *type = key->type ?: "", *gap = key->type ? " " : "";

        if (key->bits > 0)
                judge_about(j, "%s%s%u bit private key", type, gap, key->bits);
        else if (key->type)
                judge_about(j, "%s private key", type);
}

/* Returns false if there is nothing private in it. */
static bool weigh(const struct key_info *key, const char *known, struct judgement *j)
{
        if (key->state == KEY_PUBLIC)
                return false;
        if (key->state != KEY_UNREADABLE)
                tell(key, j);
        if (key->state == KEY_ENCRYPTED) {
                j->severity = SEVERITY_MEDIUM;
                j->note = "encrypted with a passphrase";
        } else if (key->state == KEY_UNREADABLE) {
                if (j->confidence > CONFIDENCE_LOW)
                        j->confidence--;
                j->note = "its body is no key that can be read: damaged or invented";
        } else if (!key->cut)
                j->confidence = CONFIDENCE_HIGH;
        if (key->state != KEY_UNREADABLE && key->cut) {
                j->confidence = MIN_OF(j->confidence, CONFIDENCE_MEDIUM);
                judge_about(j, "its end is missing");
        }
        if (known)
                judge_known(j, known);
        return true;
}

/* Lines of base64 after "NAME: count". */
static size_t putty_lines(const uint8_t *s, size_t n, const char *name, uint8_t *dst, size_t size)
{
        uint8_t packed[PACKED_MAX];
        const uint8_t *at = memmem(s, n, name, strlen(name)), *end = s + n;

        at = at ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        if (!at)
                return 0;
        const uint8_t *stop = memchr(at, ':', (size_t)(end - at));
        /* back to the beginning of the line that has the next name */
        while (stop && stop > at && *stop != '\n')
                stop--;
        ssize_t got = unpack_base64(
                packed, key_text_pack(at, at, stop ?: end, packed, sizeof(packed)), dst, size);
        explicit_bzero(packed, sizeof(packed));
        return got > 0 ? (size_t)got : 0;
}

static bool validate_putty(struct judge_case *c, struct judgement *j)
{
        uint8_t blob[KEY_MAX];
        const uint8_t *s = c->data + c->secret_start;
        size_t n = c->secret_end - c->secret_start;
        struct key_info key = {.state = KEY_PRIVATE};

        size_t size = putty_lines(s, n, "Public-Lines:", blob, sizeof(blob));
        key_info_ssh_public(blob, size, &key);
        if (!key.type)
                key.state = KEY_UNREADABLE;
        if (holds(s, n, "Encryption: ") && !holds(s, n, "Encryption: none"))
                key.state = KEY_ENCRYPTED;
        return weigh(&key, NULL, j);
}

bool validate_private_key(struct judge_case *c, struct judgement *j)
{
        const uint8_t *s = c->data + c->secret_start, *end = c->data + c->secret_end;
        size_t n = c->secret_end - c->secret_start;
        struct key_info key;
        const char *known;

        if (holds(s, n, "...") || placeholder_reference(s, MIN_OF(n, 200u)))
                return false;
        const uint8_t *body = memmem(s, n, "-----", 5);
        body = body ? memmem(body + 5, (size_t)(end - body - 5), "-----", 5) : NULL;
        body = body ? body + 5 : s;
        const uint8_t *foot = memmem(body, (size_t)(end - body), "-----END", 8);
        if (!has_body(body, foot ?: end))
                return false;
        if (n > 4 && memcmp(s, "PuTT", 4) == 0)
                return validate_putty(c, j);
        read_body(body, foot ?: end, c, &key, &known);
        return weigh(&key, known, j);
}

bool validate_private_key_der(struct judge_case *c, struct judgement *j)
{
        size_t n = MIN_OF(c->size - c->secret_start, KEY_MAX);
        const uint8_t *s = c->data + c->secret_start;
        struct key_info key;

        key_info_der(s, n, &key);
        const struct known *known = known_value(s, n);
        return weigh(&key, known ? known->where : NULL, j);
}
