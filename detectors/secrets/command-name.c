/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which names of options, variables and headers say that a secret follows.
 * Does not own: finding names and values (command-line.c).
 *
 * In files a name must be judged with care (name.c), since a finding costs somebody's time. Here it costs a word of a
 * command line, and what is missed costs a secret.
 */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/secrets/command-internal.h"

#define NAME_MAX_LOOKED 64u /* the end of a longer one is looked at */

static bool is_upper(char c)
{
        return c >= 'A' && c <= 'Z';
}

static char lower(char c)
{
        return is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter_or_digit(char c)
{
        return (c >= 'a' && c <= 'z') || is_upper(c) || (c >= '0' && c <= '9');
}

static bool ends_with(const char *s, size_t n, const char *end)
{
        size_t k = strlen(end);

        return n >= k && memcmp(s + n - k, end, k) == 0;
}

static bool ends_with_any(const char *s, size_t n, const char *const *ends, size_t n_ends)
{
        for (size_t i = 0; i < n_ends; i++)
                if (ends_with(s, n, ends[i]))
                        return true;
        return false;
}

/* They say where it is, or that it comes another way. */
static bool is_of_place(const char *s, size_t n)
{
        static const char *const ends[] = {"file", "path", "dir", "stdin", "directory"};

        return ends_with_any(s, n, ends, ELEMENTSOF(ends));
}

static bool holds(const char *s, size_t n)
{
        static const char *const parts[] = {
                "pass",       "pwd",     "secret",  "token",   "credential", "bearer",
                "cookie",     "apikey",  "api_key", "jwt",     "signatu",    "webhook",
                "connection", "connstr", "authori", "private", "mnemonic",
        };

        for (size_t i = 0; i < ELEMENTSOF(parts); i++)
                if (memmem(s, n, parts[i], strlen(parts[i])))
                        return true;
        return false;
}

static bool is_word_of_secrets(const char *s, size_t n)
{
        static const char *const words[] = {"auth", "pin",  "otp", "totp", "sas",  "psk",  "pw",
                                            "pat",  "cred", "dsn", "seed", "salt", "creds"};
        static const char *const keys[] = {"key", "keys"};

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strlen(words[i]) == n && memcmp(s, words[i], n) == 0)
                        return true;
        return ends_with_any(s, n, keys, ELEMENTSOF(keys));
}

/* Whether one of the words that the name is made of is such a one: db-auth, DB_AUTH, dbAuth. original: before it was made
 * lower. */
static bool has_word(const char *s, const char *original, size_t n)
{
        for (size_t i = 0; i < n;) {
                size_t k = i;

                while (k < n && is_letter_or_digit(original[k]) &&
                       (k == i || !is_upper(original[k]) || is_upper(original[k - 1])))
                        k++;
                if (k > i && is_word_of_secrets(s + i, k - i))
                        return true;
                i = k > i ? k : i + 1;
        }
        return false;
}

bool command_name_is_secret(const char *name, size_t n)
{
        char s[NAME_MAX_LOOKED];

        if (n > sizeof(s)) {
                name += n - sizeof(s);
                n = sizeof(s);
        }
        for (size_t i = 0; i < n; i++)
                s[i] = lower(name[i]);
        /* where a shell is */
        if ((n == 3 && memcmp(s, "pwd", n) == 0) || (n == 6 && memcmp(s, "oldpwd", n) == 0))
                return false;
        return !is_of_place(s, n) && (holds(s, n) || has_word(s, name, n));
}
