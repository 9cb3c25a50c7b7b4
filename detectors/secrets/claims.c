/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading single values from the small JSON object of a token, in place.
 *
 * Must not own: JSON files (detectors/formats/), what a claim means (validate-jwt.c).
 *
 * No tree and no memory: the objects are a few hundred bytes of a stranger's, and two or three of
 * their values are of interest. Escapes are passed over, not read: no claim of interest has any.
 */
#include "detectors/secrets/claims.h"

#include <ctype.h>
#include <string.h>

#include "common/base/macros.h"

#define TIME_MAX INT64_C(253402300799)

struct reader {
        const uint8_t *s;
        size_t n, at;
};

static void skip_space(struct reader *r)
{
        while (r->at < r->n && isspace(r->s[r->at]))
                r->at++;
}

static bool take(struct reader *r, char c)
{
        skip_space(r);
        if (r->at >= r->n || r->s[r->at] != (uint8_t)c)
                return false;
        r->at++;
        return true;
}

static bool take_string(struct reader *r, struct claim *ret)
{
        if (!take(r, '"'))
                return false;
        size_t begin = r->at;
        for (; r->at < r->n; r->at++) {
                if (r->s[r->at] == '\\')
                        r->at++;
                else if (r->s[r->at] == '"') {
                        *ret = (struct claim){
                                .text = r->s + begin, .n = r->at++ - begin, .quoted = true};
                        return true;
                }
        }
        return false;
}

/* An object or array: brackets are counted, not paired. */
static bool take_nested(struct reader *r, struct claim *ret)
{
        size_t begin = r->at, depth = 0;
        struct claim skipped;

        while (r->at < r->n) {
                uint8_t c = r->s[r->at];

                if (c == '"') {
                        if (!take_string(r, &skipped))
                                return false;
                        continue;
                }
                r->at++;
                if (c == '{' || c == '[')
                        depth++;
                if ((c == '}' || c == ']') && --depth == 0) {
                        *ret = (struct claim){.text = r->s + begin, .n = r->at - begin};
                        return true;
                }
        }
        return false;
}

static bool take_value(struct reader *r, struct claim *ret)
{
        skip_space(r);
        if (r->at >= r->n)
                return false;
        if (r->s[r->at] == '"')
                return take_string(r, ret);
        if (r->s[r->at] == '{' || r->s[r->at] == '[')
                return take_nested(r, ret);
        size_t begin = r->at;
        while (r->at < r->n &&
               (isalnum(r->s[r->at]) || (r->s[r->at] && strchr("+-.", r->s[r->at]))))
                r->at++;
        *ret = (struct claim){.text = r->s + begin, .n = r->at - begin};
        return ret->n > 0;
}

/* Walks the top level. Returns false if it is none; *ret_found if key (or NULL) is there. */
static bool walk(const uint8_t *s, size_t n, const char *key, struct claim *ret, bool *ret_found)
{
        struct reader r = {.s = s, .n = n};
        struct claim name, value;
        bool found = false;

        if (!take(&r, '{'))
                return false;
        while (!take(&r, '}')) {
                if (!take_string(&r, &name) || !take(&r, ':') || !take_value(&r, &value))
                        return false;
                if (key && claims_equal(&name, key)) {
                        *ret = value;
                        found = true;
                }
                if (!take(&r, ',') && (r.at >= r.n || r.s[r.at] != '}'))
                        return false;
        }
        skip_space(&r);
        *ret_found = found;
        return r.at == r.n;
}

bool claims_object(const uint8_t *s, size_t n)
{
        struct claim unused;
        bool found;

        return walk(s, n, NULL, &unused, &found);
}

bool claims_get(const uint8_t *s, size_t n, const char *key, struct claim *ret)
{
        struct claim value = {0};
        bool found = false;

        if (!walk(s, n, key, &value, &found) || !found)
                return false;
        *ret = value;
        return true;
}

bool claims_equal(const struct claim *c, const char *text)
{
        return c->quoted && c->n == strlen(text) && memcmp(c->text, text, c->n) == 0;
}

bool claims_time(const struct claim *c, int64_t *ret)
{
        int64_t seconds = 0;
        size_t i = 0;

        if (c->quoted)
                return false;
        for (; i < c->n && isdigit(c->text[i]); i++) {
                seconds = seconds * 10 + (c->text[i] - '0');
                if (seconds > TIME_MAX)
                        return false;
        }
        if (i == 0 || (i < c->n && c->text[i] != '.'))
                return false;
        *ret = seconds;
        return true;
}

bool claims_name(const struct claim *c, char *dst, size_t size)
{
        size_t n = 0;

        dst[0] = '\0';
        if (!c->quoted)
                return false;
        for (; n < c->n && c->text[n] != '?'; n++)
                if (!isalnum(c->text[n]) && !(c->text[n] && strchr(".:/_-", c->text[n])))
                        return false;
        if (n == 0 || n >= size)
                return false;
        memcpy(dst, c->text, n);
        dst[n] = '\0';
        return true;
}
