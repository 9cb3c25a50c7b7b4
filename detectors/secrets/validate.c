/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the further checks of formats that a regular expression cannot decide.
 *
 * Each looks only at the match and what stands next to it, takes bounded memory from the stack, and
 * decides by the structure of the value, never by where it was seen.
 */
#include "detectors/secrets/validate.h"

#include <ctype.h>
#include <nettle/base64.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "detectors/secrets/placeholder.h"

#define DECODE_MAX 4096u

static const uint8_t *secret_of(const struct judge_case *c, size_t *ret_n)
{
        *ret_n = c->secret_end - c->secret_start;
        return c->data + c->secret_start;
}

/* Decodes base64 of either alphabet with or without padding. Returns the number of bytes, or -1. */
static ssize_t decode(const uint8_t *s, size_t n, uint8_t dst[static DECODE_MAX])
{
        struct base64_decode_ctx ctx;
        size_t used = 0;

        while (n > 0 && s[n - 1] == '=')
                n--;
        if (BASE64_DECODE_LENGTH(n + 4) > DECODE_MAX)
                return -1;
        base64_decode_init(&ctx);
        for (size_t i = 0; i < n + (4 - n % 4) % 4; i++) {
                uint8_t c = i < n ? s[i] : '=';
                char one = (char)(c == '-' ? '+' : c == '_' ? '/' : c);
                size_t k = DECODE_MAX - used;

                if (!base64_decode_update(&ctx, &k, dst + used, 1, &one))
                        return -1;
                used += k;
        }
        return (ssize_t)used;
}

static bool is_printable(const uint8_t *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (s[i] < 0x20 || s[i] == 0x7f)
                        return false;
        return n > 0;
}

static bool holds(const uint8_t *s, size_t n, const char *word)
{
        return memmem(s, n, word, strlen(word)) != NULL;
}

bool validate_any(struct judge_case *c, struct judgement *j)
{
        (void)c;
        (void)j;
        return true;
}

bool validate_basic(struct judge_case *c, struct judgement *j)
{
        uint8_t plain[DECODE_MAX];
        size_t n;
        const uint8_t *s = secret_of(c, &n);
        ssize_t size = decode(s, n, plain);

        if (size < 3 || !is_printable(plain, (size_t)size))
                return false;
        const uint8_t *colon = memchr(plain, ':', (size_t)size);
        if (!colon)
                return false;
        size_t password = (size_t)(plain + size - (colon + 1));
        bool kept = !placeholder(colon + 1, password);
        explicit_bzero(plain, sizeof(plain));
        (void)j;
        return kept;
}

bool validate_jwt(struct judge_case *c, struct judgement *j)
{
        uint8_t header[DECODE_MAX];
        size_t n;
        const uint8_t *s = secret_of(c, &n);
        const uint8_t *dot = memchr(s, '.', n);

        if (!dot)
                return false;
        ssize_t size = decode(s, (size_t)(dot - s), header);
        if (size < 8 || header[0] != '{' || !holds(header, (size_t)size, "\"alg\""))
                return false;
        const uint8_t *last = memrchr(s, '.', n);
        if (last == dot || last == s + n - 1) {
                j->severity = SEVERITY_LOW;
                j->note = "it has no signature";
        }
        if (holds(header, (size_t)size, "\"none\"")) {
                j->severity = SEVERITY_LOW;
                j->note = "its header says it is not signed";
        }
        return true;
}

/* Letters in both cases as a random token has them and an identifier in camel case has not: turned
 * often, or with capitals side by side. One token of 62 characters in thirty has no digit at all.
 */
static bool cases_are_mixed(const uint8_t *s, size_t n)
{
        unsigned turns = 0, capitals = 0;

        for (size_t i = 1; i < n; i++) {
                if (!isalpha(s[i]) || !isalpha(s[i - 1]))
                        continue;
                turns += (islower(s[i]) != 0) != (islower(s[i - 1]) != 0);
                capitals += isupper(s[i]) && isupper(s[i - 1]);
        }
        return turns >= 4 && (capitals >= 2 || turns * 20 >= n * 9);
}

bool validate_mixed(struct judge_case *c, struct judgement *j)
{
        bool digit = false, letter = false;
        size_t n;
        const uint8_t *s = secret_of(c, &n);

        (void)j;
        for (size_t i = 0; i < n; i++) {
                digit |= isdigit(s[i]) != 0;
                letter |= isalpha(s[i]) != 0;
        }
        return letter && (digit || cases_are_mixed(s, n)) && !placeholder(s, n);
}

bool validate_not_in_url(struct judge_case *c, struct judgement *j)
{
        size_t at = c->secret_start, n;
        const uint8_t *s = secret_of(c, &n);

        (void)j;
        if (placeholder(s, n))
                return false;
        /* back to the beginning of the word that it is part of */
        for (size_t back = 0; at > 0 && back < 256; back++) {
                uint8_t b = c->data[at - 1];

                if (isspace(b) || b == '"' || b == '\'' || b == '=' || b == '`')
                        return true;
                if (b == '/')
                        return false;
                at--;
        }
        return true;
}

/* The cipher's name in an OpenSSH key's body, base64 of "openssh-key-v1\0", length, name. */
static bool openssh_is_encrypted(const uint8_t *body, size_t n)
{
        uint8_t packed[64], plain[DECODE_MAX];
        size_t used = 0;

        for (size_t i = 0; i < n && used < sizeof(packed); i++)
                if (isalnum(body[i]) || body[i] == '+' || body[i] == '/')
                        packed[used++] = body[i];
        ssize_t size = decode(packed, used, plain);
        return size >= 23 && memcmp(plain, "openssh-key-v1", 15) == 0 &&
               memcmp(plain + 19, "none", 4) != 0;
}

bool validate_private_key(struct judge_case *c, struct judgement *j)
{
        size_t n, coded = 0;
        const uint8_t *s = secret_of(c, &n);
        unsigned count[256] = {0}, kinds = 0;

        if (holds(s, n, "...") || placeholder_reference(s, MIN_OF(n, 200)))
                return false;
        const uint8_t *body = memmem(s, n, "-----", 5);
        body = body ? memmem(body + 5, (size_t)(s + n - body - 5), "-----", 5) : NULL;
        body = body ? body + 5 : s;
        for (const uint8_t *p = body; p < s + n; p++)
                if (isalnum(*p) || *p == '+' || *p == '/') {
                        coded++;
                        kinds += count[*p]++ == 0;
                }
        /* the shortest of all, Ed25519 in PKCS #8, has 64 */
        if (coded < 60 || kinds < 16)
                return false;
        if (holds(s, n, "ENCRYPTED") || openssh_is_encrypted(body, (size_t)(s + n - body))) {
                j->severity = SEVERITY_MEDIUM;
                j->note = "encrypted with a passphrase";
        }
        return true;
}

/* Words that stand in a password's place in manuals. */
static bool is_manual_word(const uint8_t *s, size_t n)
{
        static const char *const words[] = {
                "password",     "passwd",     "pass",     "pwd", "secret", "pw",
                "token",        "user",       "username", "xxx", "xxxx",   "mypassword",
                "yourpassword", "<password>", "test",     "pat", "key",    "apikey"};

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (n == strlen(words[i]) && strncasecmp((const char *)s, words[i], n) == 0)
                        return true;
        return false;
}

bool validate_url_password(struct judge_case *c, struct judgement *j)
{
        size_t n;
        const uint8_t *s = secret_of(c, &n);

        if (placeholder(s, n) || memchr(s, '<', n) || memchr(s, '{', n) || memchr(s, '$', 1) ||
            memchr(s, '[', n) || s[0] == '%')
                return false;
        /* an address that was set aside for documentation */
        const uint8_t *rest = c->data + c->secret_end;
        size_t left = MIN_OF(c->size - c->secret_end, 100u);
        const uint8_t *end = rest;
        while (end < rest + left && !isspace(*end) && *end != '"' && *end != '\'' && *end != '<')
                end++;
        left = (size_t)(end - rest);
        if (holds(rest, left, "example.com") || holds(rest, left, "example.org") ||
            holds(rest, left, "example.net") || holds(rest, left, ".example") ||
            holds(rest, left, "@localhost") || holds(rest, left, "@127.0.0.1")) {
                j->severity = SEVERITY_LOW;
                j->confidence = CONFIDENCE_LOW;
                j->note = "an address of documentation or of this host";
        }
        if (is_manual_word(s, n)) {
                j->class = CLASS_WEAK_PASSWORD;
                j->severity = SEVERITY_LOW;
                j->confidence = CONFIDENCE_LOW;
                j->note = "a word that anybody would try, or a placeholder";
        }
        return true;
}

bool validate_command_password(struct judge_case *c, struct judgement *j)
{
        size_t n, user = 0;
        const uint8_t *s = secret_of(c, &n);

        /* the same word before the colon: -u test:test */
        if (c->secret_start > 0 && c->data[c->secret_start - 1] == ':')
                while (user < n && c->secret_start >= user + 2 &&
                       c->data[c->secret_start - 2 - user] == s[n - 1 - user])
                        user++;
        return user < n && n > 3 && !is_manual_word(s, n) && validate_url_password(c, j);
}
