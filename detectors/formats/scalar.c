/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: telling what a bare word is.
 * Does not own: memory, or any format's quoting.
 */
#include "detectors/formats/scalar.h"

#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"

static bool is_word(const char *s, size_t n, const char *const *words, size_t n_words)
{
        for (size_t i = 0; i < n_words; i++)
                if (strlen(words[i]) == n && memcmp(s, words[i], n) == 0)
                        return true;
        return false;
}

static size_t digits(const char *s, size_t n, size_t at)
{
        size_t start = at;

        while (at < n && s[at] >= '0' && s[at] <= '9')
                at++;
        return at - start;
}

static bool is_based(const char *s, size_t n)
{
        if (n < 3 || s[0] != '0' || (s[1] != 'x' && s[1] != 'o'))
                return false;
        for (size_t i = 2; i < n; i++) {
                bool octal = s[i] >= '0' && s[i] <= '7';
                bool hex = (s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f') ||
                           (s[i] >= 'A' && s[i] <= 'F');

                if (s[1] == 'x' ? !hex : !octal)
                        return false;
        }
        return true;
}

static bool is_number(const char *s, size_t n)
{
        static const char *const words[] = {".inf",  ".Inf",  ".INF", "+.inf", "-.inf",
                                            "-.Inf", "-.INF", ".nan", ".NaN",  ".NAN"};
        size_t at = n > 0 && (s[0] == '-' || s[0] == '+');
        size_t whole = digits(s, n, at), fraction = 0;

        if (is_based(s, n) || is_word(s, n, words, ELEMENTSOF(words)))
                return true;
        at += whole;
        if (at < n && s[at] == '.') {
                fraction = digits(s, n, at + 1);
                at += 1 + fraction;
        }
        if (whole + fraction == 0)
                return false;
        if (at < n && (s[at] == 'e' || s[at] == 'E')) {
                at++;
                at += at < n && (s[at] == '-' || s[at] == '+');

                size_t exponent = digits(s, n, at);
                if (exponent == 0)
                        return false;
                at += exponent;
        }
        return at == n;
}

enum node_type scalar_type(const char *s, size_t n)
{
        static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
        static const char *const truths[] = {"true", "True", "TRUE", "false", "False", "FALSE"};

        if (n <= 5 && is_word(s, n, nulls, ELEMENTSOF(nulls)))
                return NODE_NULL;
        if (n <= 5 && is_word(s, n, truths, ELEMENTSOF(truths)))
                return NODE_BOOL;
        return is_number(s, n) ? NODE_NUMBER : NODE_STRING;
}

void scalar_set(struct node *n, enum node_type type, const char *s, size_t size)
{
        n->type = type;
        if (type == NODE_BOOL) {
                s = s && (s[0] == 't' || s[0] == 'T') ? "true" : "false";
                size = strlen(s);
        }
        node_set_text(n, s, size);
}
