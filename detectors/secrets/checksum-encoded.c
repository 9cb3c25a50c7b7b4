/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: tokens whose encoding can be checked: base64 of something known, bech32, AWS key ids.
 *
 * Must not own: plain check digits (checksum.c).
 */
#include <ctype.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/secrets/checksum.h"
#include "detectors/secrets/claims.h"
#include "detectors/secrets/der.h"
#include "detectors/secrets/unpack.h"

#define PLAIN_MAX 1024u
#define BECH32_CHECK 6u
#define BECH32_MAX 120u

/* --- base64 */

static size_t run_of_base64(const char *s, size_t n)
{
        size_t i = 0;

        while (i < n && (isalnum((unsigned char)s[i]) || (s[i] && strchr("+/-=", s[i]))))
                i++;
        return i;
}

int checksum_json(const char *secret, size_t n)
{
        uint8_t plain[PLAIN_MAX];
        const char *begin = memmem(secret, n, "eyJ", 3);

        if (!begin)
                return -1;
        size_t run = run_of_base64(begin, (size_t)(secret + n - begin));
        if (run / 4 * 3 > PLAIN_MAX - 3)
                return -1;
        ssize_t size = unpack_base64((const uint8_t *)begin, run, plain, sizeof(plain));
        bool right = size > 0 && claims_object(plain, (size_t)size);
        explicit_bzero(plain, sizeof(plain));
        return right;
}

int checksum_base64(const char *secret, size_t n)
{
        static const char digits[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        size_t padding = 0;

        while (padding < n && secret[n - 1 - padding] == '=')
                padding++;
        if (padding == 0 || padding > 2 || n % 4 != 0 || n < 8)
                return -1;
        char last = secret[n - 1 - padding];
        const char *digit = last ? strchr(digits, last) : NULL;
        if (!digit)
                return 0;
        /* the bits that no byte has */
        return ((size_t)(digit - digits) & (padding == 2 ? 15u : 3u)) == 0;
}

int checksum_discord(const char *secret, size_t n)
{
        uint8_t plain[64];
        const char *dot = memchr(secret, '.', n);

        if (!dot)
                return -1;
        ssize_t size = unpack_base64((const uint8_t *)secret, (size_t)(dot - secret), plain,
                                     sizeof(plain));
        for (ssize_t i = 0; i < size; i++)
                if (!isdigit(plain[i]))
                        return 0;
        return size >= 17 && size <= 20;
}

/* --- macaroons, version 2 */

/* A field: its type, its length as a varint of at most two bytes, its bytes. Type 0 has none. */
static bool take_field(struct der *d, unsigned *ret_type, struct der *ret)
{
        size_t length = 0;

        if (d->n == 0)
                return false;
        *ret_type = *d->p++;
        d->n--;
        *ret = (struct der){.p = d->p};
        if (*ret_type == 0)
                return true;
        for (unsigned shift = 0; shift <= 7; shift += 7) {
                if (d->n == 0)
                        return false;
                uint8_t b = *d->p++;
                d->n--;
                length |= (size_t)(b & 0x7f) << shift;
                if (b & 0x80)
                        continue;
                if (length > d->n)
                        return false;
                *ret = (struct der){.p = d->p, .n = length};
                d->p += length;
                d->n -= length;
                return true;
        }
        return false;
}

/* Sections end with type 0, all of them with another one; then comes the signature. */
static bool is_macaroon(struct der d, const char *location)
{
        enum { END = 0, LOCATION = 1, SIGNATURE = 6 };
        size_t in_section = 0;
        struct der field;
        unsigned type;

        if (d.n == 0 || *d.p++ != 2)
                return false;
        d.n--;
        if (!take_field(&d, &type, &field) || type != LOCATION || field.n != strlen(location) ||
            memcmp(field.p, location, field.n) != 0)
                return false;
        for (in_section = 1; take_field(&d, &type, &field);) {
                if (type != END) {
                        in_section++;
                        continue;
                }
                if (in_section == 0)
                        break;
                in_section = 0;
        }
        return take_field(&d, &type, &field) && type == SIGNATURE && field.n == 32 && d.n == 0;
}

int checksum_pypi(const char *secret, size_t n)
{
        uint8_t plain[PLAIN_MAX];
        const char *dash = memchr(secret, '-', n);

        if (!dash)
                return -1;
        ssize_t size = unpack_base64((const uint8_t *)dash + 1, (size_t)(secret + n - dash - 1),
                                     plain, sizeof(plain));
        if (size < 0)
                return 0;
        struct der d = {.p = plain, .n = (size_t)size};
        bool right = is_macaroon(d, "pypi.org") || is_macaroon(d, "test.pypi.org");
        explicit_bzero(plain, sizeof(plain));
        return right;
}

/* --- bech32 (BIP 173) */

static uint32_t polymod(uint32_t sum, unsigned value)
{
        static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                             0x2a1462b3};
        uint32_t top = sum >> 25;

        sum = (sum & 0x1ffffff) << 5 ^ value;
        for (unsigned i = 0; i < ELEMENTSOF(generator); i++)
                if (top >> i & 1)
                        sum ^= generator[i];
        return sum;
}

int checksum_bech32(const char *secret, size_t n)
{
        static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
        const char *one = memrchr(secret, '1', n);
        uint32_t sum = 1;

        if (!one || one == secret || n > BECH32_MAX ||
            (size_t)(secret + n - one - 1) < BECH32_CHECK)
                return -1;
        for (const char *p = secret; p < one; p++)
                sum = polymod(sum, (unsigned)tolower((unsigned char)*p) >> 5);
        sum = polymod(sum, 0);
        for (const char *p = secret; p < one; p++)
                sum = polymod(sum, (unsigned)tolower((unsigned char)*p) & 31);
        for (const char *p = one + 1; p < secret + n; p++) {
                int c = tolower((unsigned char)*p);
                const char *digit = c ? strchr(digits, c) : NULL;

                if (!digit)
                        return 0;
                sum = polymod(sum, (unsigned)(digit - digits));
        }
        return sum == 1;
}

/* --- AWS */

#define AWS_PREFIX 4u
#define AWS_ID 20u
#define AWS_ACCOUNT_MAX UINT64_C(999999999999)

int checksum_base32(const char *secret, size_t n)
{
        uint64_t account;

        if (n != AWS_ID)
                return -1;
        for (size_t i = AWS_PREFIX; i < n; i++)
                if (!(secret[i] >= 'A' && secret[i] <= 'Z') &&
                    !(secret[i] >= '2' && secret[i] <= '7'))
                        return 0;
        return checksum_aws_account(secret, n, &account) != 0;
}

int checksum_aws_account(const char *secret, size_t n, uint64_t *ret)
{
        uint64_t bits = 0;

        if (n != AWS_ID)
                return -1;
        /* ten digits are 50 bits: one that says "new", 40 of the account, nine that are not known
         */
        for (size_t i = AWS_PREFIX; i < AWS_PREFIX + 10; i++) {
                char c = secret[i];

                if (c >= 'A' && c <= 'Z')
                        bits = bits << 5 | (uint64_t)(c - 'A');
                else if (c >= '2' && c <= '7')
                        bits = bits << 5 | (uint64_t)(c - '2' + 26);
                else
                        return 0;
        }
        if (!(bits >> 49))
                return -1;
        uint64_t account = bits >> 9 & ((UINT64_C(1) << 40) - 1);
        if (account > AWS_ACCOUNT_MAX)
                return 0;
        *ret = account;
        return 1;
}
