/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: telling by the lines around a password that it belongs to somebody.
 *
 * Must not own: ids that are paired with secrets (companion.c).
 */
#include "detectors/secrets/beside.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"

#define LINES 3u
#define LINE_MAX_LENGTH 200u

struct text {
        const uint8_t *s;
        size_t n;
};

static struct text take(struct text *line, bool (*is)(uint8_t c))
{
        struct text taken = {.s = line->s};

        while (line->n > 0 && is(*line->s)) {
                line->s++;
                line->n--;
                taken.n++;
        }
        return taken;
}

static bool is_mark(uint8_t c)
{
        return c && (isspace(c) || strchr("\"'`-$@:*{(,", c));
}

static bool is_name(uint8_t c)
{
        return isalnum(c) || c == '_' || c == '-' || c == '.';
}

static bool is_between(uint8_t c)
{
        return c && (c == ' ' || c == '\t' || strchr("\"'`=:>[]}", c));
}

static bool is_value(uint8_t c)
{
        return isalnum(c) || (c && strchr("._@+-\\", c));
}

static bool ends_with(struct text name, const char *end)
{
        size_t k = strlen(end);

        return name.n >= k && strncasecmp((const char *)name.s + name.n - k, end, k) == 0;
}

/* user = "alice", "login": "bob@acme.io", username 'x' */
static bool assigns_user(struct text line)
{
        static const char *const names[] = {"user", "username", "user_name", "login", "userid",
                                            "usr",  "uid",      "account",   "email", "user_id"};

        (void)take(&line, is_mark);
        struct text name = take(&line, is_name);
        struct text between = take(&line, is_between);
        struct text value = take(&line, is_value);
        bool tells = false;

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                tells |= ends_with(name, names[i]);
        if (!tells || between.n == 0 || value.n < 2)
                return false;
        bool itself = value.n <= name.n && strncasecmp((const char *)name.s + name.n - value.n,
                                                       (const char *)value.s, value.n) == 0;
        /* a call or an index is no literal */
        return !itself && !(line.n > 0 && strchr("([{", *line.s));
}

static bool line_before(const struct judge_case *c, size_t *at, struct text *ret)
{
        size_t end = *at;

        if (end == 0)
                return false;
        end--; /* the line end itself */
        size_t begin = end;
        while (begin > 0 && c->data[begin - 1] != '\n' && end - begin < LINE_MAX_LENGTH)
                begin--;
        *ret = (struct text){c->data + begin, end - begin};
        *at = begin;
        return begin == 0 || c->data[begin - 1] == '\n';
}

static bool line_after(const struct judge_case *c, size_t *at, struct text *ret)
{
        const uint8_t *from = c->data + *at;
        size_t left = c->size - *at;
        const uint8_t *end = memchr(from, '\n', MIN_OF(left, (size_t)LINE_MAX_LENGTH));

        if (left == 0)
                return false;
        size_t n = end ? (size_t)(end - from) : MIN_OF(left, (size_t)LINE_MAX_LENGTH);
        *ret = (struct text){from, n};
        *at += n + (end != NULL);
        return end != NULL || n == left;
}

bool beside_user(const struct judge_case *c)
{
        const uint8_t *end = memchr(c->data + c->secret_end, '\n', c->size - c->secret_end);
        size_t back = c->secret_start, on = end ? (size_t)(end - c->data) + 1 : c->size;
        struct text line;

        while (back > 0 && c->data[back - 1] != '\n' &&
               c->secret_start - back < 2 * LINE_MAX_LENGTH)
                back--;
        for (unsigned i = 0; i < LINES && line_before(c, &back, &line); i++)
                if (assigns_user(line))
                        return true;
        for (unsigned i = 0; i < LINES && line_after(c, &on, &line); i++)
                if (assigns_user(line))
                        return true;
        return false;
}
