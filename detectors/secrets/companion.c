/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: knowing a secret by the id that stands beside it. The id alone opens nothing and the secret
 * alone might be anything; both together are what a service takes.
 *
 * Must not own: findings of the id by itself (rules), joining of the two findings
 * (detectors/hit.c).
 *
 * Looked for only beside what a rule accepted already, in REACH bytes on either side.
 */
#include "detectors/secrets/companion.h"

#include <ctype.h>
#include <string.h>

#include "common/base/macros.h"

#define REACH 400u

enum set { SET_UPPER, SET_HEX, SET_ALNUM, SET_CLIENT };

struct companion {
        const char *rule;
        size_t length;
        enum finding_class class;
        enum severity severity;
        const char *what, *mark;
        enum set set;
        size_t before, after, most;
};

static const struct companion companions[] = {
#define COMPANION(rule, length, class, severity, what, mark, set, before, after, most) \
        {rule,   length, CLASS_##class, SEVERITY_##severity, what, mark, SET_##set,    \
         before, after,  most},
#include "detectors/secrets/companions.def"
#undef COMPANION
};

static bool is_in(enum set set, uint8_t c)
{
        switch (set) {
        case SET_UPPER:
                return isupper(c) || isdigit(c);
        case SET_HEX:
                return isdigit(c) || (c >= 'a' && c <= 'f');
        case SET_ALNUM:
                return isalnum(c);
        case SET_CLIENT:
                return islower(c) || isdigit(c) || c == '-';
        }
        return false;
}

/* The id around the mark at `at`, whole and between other characters. Sets where it begins. */
static bool is_id(const struct companion *k, const struct judge_case *c, size_t at, size_t *ret)
{
        size_t begin = at, end = at + strlen(k->mark), from = end;

        while (k->before > 0 && begin > 0 && at - begin < REACH &&
               is_in(k->set, c->data[begin - 1]))
                begin--;
        while (end < c->size && end - from <= k->most && is_in(k->set, c->data[end]))
                end++;
        if (at - begin < k->before || end - from < k->after || end - from > k->most)
                return false;
        if (begin > 0 && (isalnum(c->data[begin - 1]) || c->data[begin - 1] == '_'))
                return false;
        if (end < c->size && (isalnum(c->data[end]) || c->data[end] == '_'))
                return false;
        *ret = begin;
        return true;
}

/* How far the place is from the secret; none within it. */
static size_t distance(const struct judge_case *c, size_t at)
{
        if (at < c->secret_start)
                return c->secret_start - at;
        return at >= c->secret_end ? at - c->secret_end + 1 : SIZE_MAX;
}

static void look(const struct companion *k, const struct judge_case *c, struct judgement *j,
                 size_t *nearest)
{
        size_t from = c->secret_start - MIN_OF(c->secret_start, (size_t)REACH);
        size_t to = c->secret_end + MIN_OF(c->size - c->secret_end, (size_t)REACH);
        const uint8_t *p = c->data + from, *end = c->data + to;
        size_t begin;

        while ((p = memmem(p, (size_t)(end - p), k->mark, strlen(k->mark)))) {
                if (is_id(k, c, (size_t)(p - c->data), &begin) && distance(c, begin) < *nearest) {
                        *nearest = distance(c, begin);
                        j->companion = k->what;
                        j->companion_at = begin;
                        j->class = k->class;
                        j->severity = MAX_OF(j->severity, k->severity);
                        j->confidence = CONFIDENCE_HIGH;
                }
                p++;
        }
}

void companion_look(const struct rule *rule, const struct judge_case *c, struct judgement *j)
{
        bool is_generic = j->class == CLASS_GENERIC_API_KEY;
        size_t n = c->secret_end - c->secret_start, nearest = SIZE_MAX;

        for (size_t i = 0; i < ELEMENTSOF(companions); i++) {
                const struct companion *k = &companions[i];
                bool fits =
                        k->rule[0] ? strcmp(k->rule, rule->id) == 0 : is_generic && k->length == n;

                if (fits)
                        look(k, c, j, &nearest);
        }
}
