/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the further checks of formats that a regular expression cannot decide.
 *
 * Must not own: those with a structure to read (validate-jwt.c, validate-key.c).
 *
 * Each looks only at the match and what stands next to it, takes bounded memory from the stack, and
 * decides by the structure of the value, never by where it was seen.
 */
#include "detectors/secrets/validate.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "detectors/secrets/checksum.h"
#include "detectors/secrets/placeholder.h"
#include "detectors/secrets/rarity.h"
#include "detectors/secrets/unpack.h"

#define DECODE_MAX 4096u

static const uint8_t *secret_of(const struct judge_case *c, size_t *ret_n)
{
        *ret_n = c->secret_end - c->secret_start;
        return c->data + c->secret_start;
}

static bool is_printable(const uint8_t *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (s[i] < 0x20 || s[i] == 0x7f)
                        return false;
        return n > 0;
}

/* ***, xxx, ...: nobody's password */
static bool is_masked(const uint8_t *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (s[i] != s[0])
                        return false;
        return n > 0 && s[0] && strchr("*xX.-_#?", s[0]);
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
        ssize_t size = unpack_base64(s, n, plain, sizeof(plain));

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

bool validate_random(struct judge_case *c, struct judgement *j)
{
        size_t n, digits = 0;
        const uint8_t *s = secret_of(c, &n);

        for (size_t i = 0; i < n; i++)
                digits += isdigit(s[i]) != 0;
        /* policy/AmazonEC2ContainerRegistryReadOnly: words, and a digit in one of them */
        return validate_mixed(c, j) && (digits * 12 >= n || rarity_surprise(s, n) >= RARITY_WORDS);
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
            memchr(s, '[', n) || s[0] == '%' || is_masked(s, n))
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

bool validate_aws_key_id(struct judge_case *c, struct judgement *j)
{
        uint64_t account;
        size_t n;
        const uint8_t *s = secret_of(c, &n);

        if (placeholder(s, n))
                return false;
        if (checksum_aws_account((const char *)s, n, &account) > 0)
                judge_about(j, "of account %012" PRIu64, account);
        return true;
}
