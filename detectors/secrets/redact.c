/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what of a secret is shown: the literal beginning that its format prescribes, and how long
 * it is.
 *
 * The beginning is read from the rule's expression, not guessed from the value: whatever is shown
 * is known to anybody who knows the rule.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/secrets/secrets.h"

#define SHOWN_MAX 4u

/* The characters of the expression that every match of its first group begins with. */
static size_t literal_prefix(const char *regex, char *dst, size_t size)
{
        const char *p = regex;
        size_t n = 0;

        /* to the first capturing group */
        while (*p && !(p[0] == '(' && p[1] != '?')) {
                if (*p == '\\' && p[1])
                        p++;
                p++;
        }
        p = *p ? p + 1 : regex;
        for (; *p && n < size; p++) {
                if (*p == '\\' && ispunct((unsigned char)p[1]))
                        p++;
                else if (!isalnum((unsigned char)*p) && !strchr("_-:/%@=", *p))
                        break;
                /* a repeated or optional character is not prescribed */
                if (p[1] && strchr("?*{+|", p[1]))
                        break;
                dst[n++] = *p;
        }
        /* one branch of an alternation prescribes nothing */
        for (const char *q = p; *q && *q != ')'; q++)
                if (*q == '|')
                        return 0;
        return n;
}

void secret_redact(const struct rule *rule, const uint8_t *secret, size_t n, char *dst, size_t size)
{
        char prefix[SHOWN_MAX];
        size_t shown = literal_prefix(rule->pattern.regex ?: "", prefix, sizeof(prefix));

        shown = MIN_OF(shown, n / 4);
        if (memcmp(prefix, secret, shown) != 0)
                shown = 0;
        int k = snprintf(dst, size, "%.*s… (%zu characters)", (int)shown, prefix, n);
        if (k < 0)
                dst[0] = '\0';
}
