/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the fingerprint of a secret: by which it is known again, in another file or on another day.
 *
 * Must not own: the key that it is made with (the daemon's), where the secret stands.
 *
 * A key that is text (PEM, PGP's armour, OpenSSH, PuTTY) is copied with other line ends, indented,
 * into a string with \n for each line, into several literals. What makes it that key are the
 * characters of base64 and of its lines' words, so those alone are counted. The key inside is not
 * read: one that is damaged has a fingerprint, too, and two that differ have two. Base64 of such a
 * text (a Kubernetes Secret, a variable of CI) is the same key.
 *
 * Where a key's text ends is said by its last line. A key that is cut and PuTTY's file have none:
 * there what stands behind it may have been taken along, so that only long runs of base64 count.
 */
#include <ctype.h>
#include <nettle/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/secrets/key-text.h"
#include "detectors/secrets/secrets.h"
#include "detectors/secrets/unpack.h"

#define RUN_MIN 16u /* characters; lines are wrapped at 64 or more, words are shorter */
#define COUNTED_MIN 40u

static bool begins(const uint8_t *s, size_t n, const char *word)
{
        return n >= strlen(word) && memcmp(s, word, strlen(word)) == 0;
}

static bool is_armour(const uint8_t *s, size_t n)
{
        return begins(s, n, "-----BEGIN ") || begins(s, n, "---- BEGIN ") ||
               begins(s, n, "PuTTY-User-Key-File-");
}

/* Text that was broken into lines in some way. */
static bool is_wrapped(const uint8_t *s, size_t n)
{
        bool wrapped = false;

        for (size_t i = 0; i < n; i++) {
                if (s[i] >= 0x7f || (s[i] < 0x20 && !isspace(s[i])))
                        return false;
                wrapped |= s[i] == '\n' || s[i] == '\\';
        }
        return wrapped;
}

/* In armour nothing but base64 and the words of its lines counts ('-' and '_' are base64url, too);
 * elsewhere whatever is not put between the parts of a value that was broken. */
static bool counts(uint8_t c, bool armour)
{
        if (armour)
                return key_text_is_base64(c) || c == '-' || c == '_';
        return c > ' ' && !strchr("\"'`,\\", c);
}

/* Mail writes padding "=3D"; behind it no digit of base64 follows. */
static bool is_coded_padding(const uint8_t *p, const uint8_t *end)
{
        return end - p >= 3 && p[0] == '=' && p[1] == '3' && (p[2] | 0x20) == 'd' &&
               (p + 3 == end || !key_text_is_base64(p[3]));
}

/* The width of what stands between the parts of a key, 0: none does here. */
static size_t width_between(const uint8_t *text, const uint8_t *p, const uint8_t *end)
{
        size_t width = key_text_line_end(p, end);

        if (width == 0 && *p == '+' && key_text_joins(text, p, end))
                width = 1;
        return width == 0 && is_coded_padding(p, end) ? 3 : width;
}

/* Returns how many characters counted. */
static size_t count_key(struct hmac_sha256_ctx *ctx, const uint8_t *s, size_t n, bool armour,
                        size_t run_min)
{
        const uint8_t *end = s + n;
        size_t counted = 0;

        for (const uint8_t *p = s; p < end;) {
                size_t width = width_between(s, p, end), length = 0;

                if (width == 0)
                        while (p + length < end && counts(p[length], armour))
                                length++;
                if (length > 0 && length >= run_min) {
                        hmac_sha256_update(ctx, length, p);
                        counted += length;
                }
                p += MAX_OF(length, MAX_OF(width, (size_t)1));
        }
        return counted;
}

/* Returns false if that is no key in text, or too little of one to tell it from another. */
static bool count_text(struct hmac_sha256_ctx *ctx, const struct rule *rule, const uint8_t *s,
                       size_t n)
{
        bool armour = is_armour(s, n), ends = memmem(s, n, "-----END ", 9) != NULL;

        if (!armour && !(rule->class == CLASS_PRIVATE_KEY && is_wrapped(s, n)))
                return false;
        return count_key(ctx, s, n, armour, armour && !ends ? RUN_MIN : 1) >= COUNTED_MIN;
}

/* The same of base64 of a key in armour, in one line or several. Without memory it is a secret like
 * any other. */
static bool count_base64(struct hmac_sha256_ctx *ctx, const struct rule *rule, const uint8_t *s,
                         size_t n)
{
        if (!begins(s, n, "LS0tLS1CRUdJTi"))
                return false;
        _cleanup_free_ uint8_t *packed = malloc(n), *plain = malloc(n);
        if (!packed || !plain)
                return false;
        size_t digits = key_text_pack(s, s, s + n, packed, n);
        /* what was cut may end anywhere */
        ssize_t size = unpack_base64(packed, digits % 4 == 1 ? digits - 1 : digits, plain, n);
        bool counted = size > 0 && count_text(ctx, rule, plain, (size_t)size);
        explicit_bzero(packed, n);
        explicit_bzero(plain, n);
        return counted;
}

void secret_fingerprint(const struct rule *rule, const uint8_t key[static SECRET_KEY_SIZE],
                        const uint8_t *secret, size_t n,
                        uint8_t ret[static SECRET_FINGERPRINT_SIZE])
{
        struct hmac_sha256_ctx ctx;

        hmac_sha256_set_key(&ctx, SECRET_KEY_SIZE, key);
        if (!count_base64(&ctx, rule, secret, n)) {
                hmac_sha256_set_key(&ctx, SECRET_KEY_SIZE, key);
                if (!count_text(&ctx, rule, secret, n)) {
                        hmac_sha256_set_key(&ctx, SECRET_KEY_SIZE, key);
                        hmac_sha256_update(&ctx, n, secret);
                }
        }
        hmac_sha256_digest(&ctx, SECRET_FINGERPRINT_SIZE, ret);
        explicit_bzero(&ctx, sizeof(ctx));
}
