/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: values that show by how they are written what they are: identifiers, digests, versions,
 * dates, addresses, colours, locales, sequences, encoded text and pictures.
 *
 * Must not own: whether the name that they are assigned to makes a credential of them (generic.c):
 * some services hand out UUIDs and bare hex as keys.
 */
#include "detectors/secrets/form.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "detectors/secrets/rarity.h"

static bool begins_with_any(const uint8_t *s, size_t n, const char *const *starts, size_t n_starts)
{
        for (size_t i = 0; i < n_starts; i++) {
                size_t k = strlen(starts[i]);

                if (n >= k && strncmp((const char *)s, starts[i], k) == 0)
                        return true;
        }
        return false;
}

static bool all_of(const uint8_t *s, size_t n, int (*is)(int), const char *others)
{
        for (size_t i = 0; i < n; i++)
                if (!is(s[i]) && !(s[i] && strchr(others, s[i])))
                        return false;
        return n > 0;
}

static bool is_uuid(const uint8_t *s, size_t n)
{
        if (n != 36)
                return false;
        for (size_t i = 0; i < 36; i++) {
                bool dash = i == 8 || i == 13 || i == 18 || i == 23;

                if (dash ? s[i] != '-' : !isalnum(s[i]))
                        return false;
        }
        return true;
}

static bool is_digest(const uint8_t *s, size_t n)
{
        return (n == 32 || n == 40 || n == 56 || n == 64 || n == 96 || n == 128) &&
               all_of(s, n, isxdigit, "");
}

static bool is_integrity(const uint8_t *s, size_t n)
{
        static const char *const starts[] = {
                "sha1-",   "sha256-", "sha384-", "sha512-", "sha1:", "sha256:",  "sha384:",
                "sha512:", "md5:",    "MD5:",    "SHA256:", "SHA1:", "blake2b-", "h1:"};

        return begins_with_any(s, n, starts, ELEMENTSOF(starts));
}

/* 1.2.3, v10.4, ^2.0.0-rc.1, >=1.21, 2024.1.3.dev4 */
static bool is_version(const uint8_t *s, size_t n)
{
        size_t at = 0, numbers = 0, letters = 0;

        while (at < n && at < 2 && strchr("v^~=<>", s[at]) && s[at])
                at++;
        if (at == n || !isdigit(s[at]) || n > 32)
                return false;
        for (size_t i = at; i < n; i++) {
                numbers += isdigit(s[i]) && i + 1 < n && s[i + 1] == '.';
                letters += isalpha(s[i]) != 0;
                if (!isalnum(s[i]) && !(s[i] && strchr(".-+_*", s[i])))
                        return false;
        }
        return numbers && letters < 8 && rarity_surprise(s, n) < RARITY_WORDS;
}

/* 2024-01-31T12:00:00Z and parts of it */
static bool is_date(const uint8_t *s, size_t n)
{
        return n >= 8 && n <= 32 && isdigit(s[0]) && isdigit(s[1]) && isdigit(s[2]) &&
               isdigit(s[3]) && (s[4] == '-' || s[4] == '/') && all_of(s, n, isdigit, "-/:TZ.+ ");
}

/* A name, @, and a domain. Passwords hold @ too, but are seldom followed by words and a suffix. */
static bool is_mail(const uint8_t *s, size_t n)
{
        const uint8_t *at = memchr(s, '@', n);

        if (!at || at == s)
                return false;
        size_t domain = (size_t)(s + n - at - 1), user = (size_t)(at - s);
        const uint8_t *dot = memrchr(at, '.', domain + 1);
        if (!dot || dot == at + 1)
                return false;
        size_t suffix = (size_t)(s + n - dot - 1);
        return suffix >= 2 && suffix <= 10 && all_of(dot + 1, suffix, islower, "") &&
               all_of(at + 1, domain, isalnum, ".-") && all_of(s, user, isalnum, "._+-");
}

static bool is_colour(const uint8_t *s, size_t n)
{
        static const char *const calls[] = {"rgb(", "rgba(", "hsl(", "hsla("};

        return (s[0] == '#' && (n == 4 || n == 5 || n == 7 || n == 9) &&
                all_of(s + 1, n - 1, isxdigit, "")) ||
               begins_with_any(s, n, calls, ELEMENTSOF(calls));
}

/* de_DE, en-GB.UTF-8 */
static bool is_locale(const uint8_t *s, size_t n)
{
        return n >= 5 && n <= 16 && islower(s[0]) && islower(s[1]) &&
               (s[2] == '_' || s[2] == '-') && isupper(s[3]) && isupper(s[4]) &&
               (n == 5 || s[5] == '.' || s[5] == '@');
}

static int nibble(uint8_t c)
{
        return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

/* Bytes that go up or down by one step: 000102, 00112233, ffeedd */
static bool is_counted_hex(const uint8_t *s, size_t n)
{
        size_t same = 0, pairs = n / 2;
        int step = 0;

        if (n < 12 || n % 2 || !all_of(s, n, isxdigit, ""))
                return false;
        for (size_t i = 1; i < pairs; i++) {
                int now = nibble(s[2 * i]) * 16 + nibble(s[2 * i + 1]);
                int before = nibble(s[2 * i - 2]) * 16 + nibble(s[2 * i - 1]);

                same += now - before == step;
                step = now - before;
        }
        return same * 4 >= (pairs - 1) * 3;
}

/* Each character beside the one before it, in the alphabet, among the digits or on the keyboard. */
static bool is_sequence(const uint8_t *s, size_t n)
{
        static const char rows[] = "qwertyuiop asdfghjkl zxcvbnm 1234567890";
        size_t steps = 0, pairs = 0;

        for (size_t i = 1; i < n; i++) {
                int a = tolower(s[i - 1]), b = tolower(s[i]);

                if (!isalnum(a) || !isalnum(b))
                        continue;
                const char *at = strchr(rows, a);
                pairs++;
                steps += b - a == 1 || a - b == 1 || b == a || (at && at[1] == b);
        }
        return n >= 8 && pairs * 2 >= n && steps * 5 >= pairs * 4;
}

/* The same few characters over and over: abcdefabcdefabcdef, Abc123-Abc123-Abc123. */
static bool is_repeated(const uint8_t *s, size_t n)
{
        for (size_t period = 2; n >= 10 && period * 5 <= n * 2; period++) {
                size_t i = period;

                while (i < n && tolower(s[i]) == tolower(s[i - period]))
                        i++;
                if (i == n)
                        return true;
        }
        return false;
}

static int base64_value(uint8_t c)
{
        return isupper(c)             ? c - 'A'
               : islower(c)           ? c - 'a' + 26
               : isdigit(c)           ? c - '0' + 52
               : c == '+' || c == '-' ? 62
               : c == '/' || c == '_' ? 63
                                      : -1;
}

/* The beginning of what base64 stands for. Returns how much, or 0 if it is none. */
static size_t decode_begin(const uint8_t *s, size_t n, uint8_t *dst, size_t size)
{
        unsigned bits = 0, held = 0;
        size_t used = 0;

        while (n > 0 && s[n - 1] == '=')
                n--;
        for (size_t i = 0; i < n && used < size; i++) {
                int v = base64_value(s[i]);

                if (v < 0)
                        return 0;
                held = held << 6 | (unsigned)v;
                bits += 6;
                if (bits >= 8) {
                        bits -= 8;
                        dst[used++] = (uint8_t)(held >> bits);
                }
        }
        return used;
}

/* Sentences: words with spaces between them. One word alone may be an encoded password. */
static bool is_prose(const uint8_t *s, size_t n)
{
        size_t spaces = 0;

        for (size_t i = 0; i < n; i++) {
                if (s[i] >= 0x7f || (s[i] < 0x20 && !isspace(s[i])))
                        return false;
                spaces += isspace(s[i]) != 0;
        }
        return spaces >= 2 && spaces * 20 >= n && rarity_surprise(s, n) < RARITY_WORDS;
}

static bool is_encoded(const uint8_t *s, size_t n)
{
        /* PNG, GIF, JPEG, WebP, SVG, XML, PDF, fonts */
        static const char *const starts[] = {"iVBORw0KGgo", "R0lGODlh", "R0lGODdh", "/9j/4",
                                             "UklGR",       "PHN2Zy",   "PD94bWwg", "JVBERi0",
                                             "d09GR",       "d09GMg"};
        uint8_t plain[192];
        bool explained = begins_with_any(s, n, starts, ELEMENTSOF(starts));

        if (!explained && n >= 24) {
                size_t k = decode_begin(s, n, plain, sizeof(plain));

                explained = k > 0 && is_prose(plain, k);
                explicit_bzero(plain, sizeof(plain));
        }
        return explained;
}

enum form form_of(const uint8_t *s, size_t n)
{
        static const struct {
                bool (*is)(const uint8_t *s, size_t n);
                enum form form;
        } forms[] = {{is_uuid, FORM_UUID},         {is_counted_hex, FORM_SEQUENCE},
                     {is_sequence, FORM_SEQUENCE}, {is_repeated, FORM_SEQUENCE},
                     {is_digest, FORM_DIGEST},     {is_integrity, FORM_INTEGRITY},
                     {is_version, FORM_VERSION},   {is_date, FORM_DATE},
                     {is_mail, FORM_MAIL},         {is_colour, FORM_COLOUR},
                     {is_locale, FORM_LOCALE},     {is_encoded, FORM_ENCODED}};

        for (size_t i = 0; n > 0 && i < ELEMENTSOF(forms); i++)
                if (forms[i].is(s, n))
                        return forms[i].form;
        return FORM_NONE;
}

bool form_is_harmless(enum form form)
{
        return form != FORM_NONE && form != FORM_UUID && form != FORM_DIGEST &&
               form != FORM_SEQUENCE;
}
