/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the check digits that some token formats carry. Pure functions over the value.
 */
#include "detectors/secrets/checksum.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "common/base/text.h"

#define GITHUB_RANDOM 30u
#define GITHUB_CHECK 6u
#define GITLAB_CHECK 7u
#define GRAFANA_CHECK 8u

static uint32_t crc32(const char *s, size_t n)
{
        uint32_t crc = UINT32_MAX;

        for (size_t i = 0; i < n; i++) {
                crc ^= (uint8_t)s[i];
                for (int bit = 0; bit < 8; bit++)
                        crc = (crc >> 1) ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
        }
        return ~crc;
}

/* value in the given digits, most significant first, padded with the first digit */
static void to_base(uint32_t value, const char *digits, char *dst, size_t n)
{
        size_t base = strlen(digits);

        for (size_t i = n; i > 0; i--) {
                dst[i - 1] = digits[value % base];
                value /= (uint32_t)base;
        }
}

int checksum_github(const char *secret, size_t n)
{
        const char *underscore = memchr(secret, '_', n);
        char expected[GITHUB_CHECK];

        if (!underscore)
                return -1;
        const char *body = underscore + 1;
        if ((size_t)(secret + n - body) != GITHUB_RANDOM + GITHUB_CHECK)
                return -1;
        to_base(crc32(body, GITHUB_RANDOM),
                "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", expected,
                sizeof(expected));
        return memcmp(expected, body + GITHUB_RANDOM, GITHUB_CHECK) == 0;
}

int checksum_gitlab(const char *secret, size_t n)
{
        const char *dot = memrchr(secret, '.', n);
        char expected[GITLAB_CHECK];

        /* glpat-PAYLOAD.VVLLCCCCCCC: version, length, checksum; older tokens have no dot */
        if (!dot || (size_t)(secret + n - dot) < 1 + 2 + GITLAB_CHECK)
                return -1;
        to_base(crc32(secret, n - GITLAB_CHECK), "0123456789abcdefghijklmnopqrstuvwxyz", expected,
                sizeof(expected));
        return memcmp(expected, secret + n - GITLAB_CHECK, GITLAB_CHECK) == 0;
}

int checksum_grafana(const char *secret, size_t n)
{
        uint8_t expected[GRAFANA_CHECK / 2], given[GRAFANA_CHECK / 2];
        char digits[GRAFANA_CHECK + 1];

        /* glsa_RANDOM_CHECK */
        if (n < 1 + GRAFANA_CHECK + 5 || secret[n - GRAFANA_CHECK - 1] != '_')
                return -1;
        uint32_t sum = crc32(secret, n - GRAFANA_CHECK - 1);
        for (size_t i = 0; i < sizeof(expected); i++)
                expected[i] = (uint8_t)(sum >> (8 * i));
        memcpy(digits, secret + n - GRAFANA_CHECK, GRAFANA_CHECK);
        digits[GRAFANA_CHECK] = '\0';
        return text_unhex(given, sizeof(given), digits) == 0 &&
               memcmp(given, expected, sizeof(given)) == 0;
}

int checksum_luhn(const char *secret, size_t n)
{
        unsigned sum = 0;

        if (n < 2)
                return -1;
        for (size_t i = 0; i < n; i++) {
                char c = secret[n - 1 - i];

                if (!isdigit((unsigned char)c))
                        return -1;
                unsigned digit = (unsigned)(c - '0') * (i % 2 ? 2 : 1);
                sum += digit > 9 ? digit - 9 : digit;
        }
        return sum % 10 == 0;
}
