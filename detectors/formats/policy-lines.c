/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the lines by which policy languages are known.
 * Does not own: what follows from them: which reader reads the file, and what kind it is of.
 */
#include "detectors/formats/policy-lines.h"

#include <string.h>
#include <strings.h>

#include "common/base/macros.h"

/* A byte order mark is no part of the first line. */
static void pass_mark(const char **data, size_t *n)
{
        if (*n < 3 || memcmp(*data, "\xef\xbb\xbf", 3) != 0)
                return;
        *data += 3;
        *n -= 3;
}

static unsigned policy_line(const char *p, size_t left)
{
        static const struct {
                const char *word;
                unsigned bit;
        } words[] = {
                {"package ", POLICY_PACKAGE},
                {"default allow", POLICY_REGO},
                {"allow {", POLICY_REGO},
                {"allow if", POLICY_REGO},
                {"import rego", POLICY_REGO},
                {"permit (", POLICY_CEDAR},
                {"permit(", POLICY_CEDAR},
                {"forbid (", POLICY_CEDAR},
                {"forbid(", POLICY_CEDAR},
                {"path \"", POLICY_VAULT},
                {"definition ", POLICY_DEFINITION},
                {"permission ", POLICY_PERMISSION},
                {"[request_definition]", POLICY_CASBIN_REQUEST},
                {"[policy_effect]", POLICY_CASBIN_EFFECT},
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                size_t n = strlen(words[i].word);

                if (*p == *words[i].word && n <= left && memcmp(p, words[i].word, n) == 0)
                        return words[i].bit;
        }
        return 0;
}

unsigned policy_lines(const char *data, size_t n)
{
        unsigned found = 0;

        pass_mark(&data, &n);
        for (const char *p = data; p && n > 0;) {
                if (*p == 'p' || *p == 'd' || *p == 'a' || *p == 'i' || *p == 'f' || *p == '[')
                        found |= policy_line(p, n);
                const char *end = memchr(p, '\n', n);
                if (!end)
                        break;
                n -= (size_t)(end + 1 - p);
                p = end + 1;
        }
        return found;
}

bool policy_is_rego(unsigned found)
{
        return (found & POLICY_PACKAGE) && (found & POLICY_REGO);
}

bool policy_is_cedar(unsigned found, const char *data, size_t n)
{
        return (found & POLICY_CEDAR) && memmem(data, n, "principal", strlen("principal"));
}

static bool begins(const char *s, size_t n, const char *word)
{
        size_t k = strlen(word);

        return k <= n && strncasecmp(s, word, k) == 0;
}

bool policy_is_casbin(const char *data, size_t n, unsigned least)
{
        unsigned told = 0, fit = 0, foreign = 0;

        pass_mark(&data, &n);
        for (const char *p = data, *next; n > 0 && foreign <= 8 + told + fit; p = next) {
                const char *end = memchr(p, '\n', n);
                size_t size = end ? (size_t)(end - p) : n;

                next = p + size + (end != NULL);
                n -= (size_t)(next - p);
                while (size > 0 && (*p == ' ' || *p == '\t')) {
                        p++;
                        size--;
                }
                if (size == 0 || *p == '#' || *p == '\r')
                        continue;
                if (begins(p, size, "p,"))
                        told++;
                else if (begins(p, size, "g,") || begins(p, size, "g2,") || begins(p, size, "p2,"))
                        fit++;
                else
                        foreign++;
        }
        return told >= least && foreign * 8 <= told + fit;
}
