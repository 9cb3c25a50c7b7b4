/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: telling conditions that always hold from those that ask for something. A policy that
 * permits `when { 1 == 1 }` permits as one without a condition.
 * Does not own: the languages; what their conditions have in common is enough here: brackets,
 * strings, comments before and behind, and, or, not, and comparisons of two constants. Whatever else there is makes a condition
 * one that asks.
 */
#include "detectors/formats/constant.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"

#define NESTING_MAX 8u

struct span {
        const char *s;
        size_t n;
};

static bool is_space(char c)
{
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span trim(struct span t)
{
        while (t.n > 0 && is_space(t.s[0])) {
                t.s++;
                t.n--;
        }
        while (t.n > 0 && is_space(t.s[t.n - 1]))
                t.n--;
        return t;
}

static bool is_word_char(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
}

/* The token at byte i is this operator or, in any case, this word. */
static bool is_token(struct span t, size_t i, const char *token)
{
        size_t n = strlen(token);

        if (n > t.n - i || strncasecmp(t.s + i, token, n) != 0)
                return false;
        return !is_word_char(*token) || ((i == 0 || !is_word_char(t.s[i - 1])) &&
                                         (i + n == t.n || !is_word_char(t.s[i + n])));
}

/* Behind the string that begins at byte i, or the next byte. */
static size_t step(struct span t, size_t i)
{
        char quote = t.s[i++];

        if (quote != '"' && quote != '\'' && quote != '`')
                return i;
        while (i < t.n && t.s[i] != quote)
                i += t.s[i] == '\\' && quote == '"' ? 2 : 1;
        return MIN_OF(i + 1, t.n);
}

/* The first of the tokens outside of brackets, from byte `from`; t.n: none. *ret_size is its length. */
static size_t find(struct span t, size_t from, const char *const *tokens, size_t *ret_size)
{
        unsigned depth = 0;

        for (size_t i = from; i < t.n; i = step(t, i)) {
                char c = t.s[i];

                if (c == '(' || c == '[' || c == '{')
                        depth++;
                else if (depth > 0 && (c == ')' || c == ']' || c == '}'))
                        depth--;
                for (size_t k = 0; depth == 0 && tokens[k]; k++)
                        if (is_token(t, i, tokens[k])) {
                                *ret_size = strlen(tokens[k]);
                                return i;
                        }
        }
        return t.n;
}

static bool is_bracketed(struct span t)
{
        unsigned depth = 0;

        if (t.n < 2 || t.s[0] != '(')
                return false;
        for (size_t i = 0; i < t.n; i = step(t, i)) {
                depth += t.s[i] == '(';
                depth -= t.s[i] == ')';
                if (depth == 0)
                        return i + 1 == t.n;
        }
        return false;
}

static bool is_literal(struct span t)
{
        size_t i = t.n > 0 && t.s[0] == '-';

        if (t.n >= 2 && (t.s[0] == '"' || t.s[0] == '\'' || t.s[0] == '`'))
                return step(t, 0) == t.n && t.s[t.n - 1] == t.s[0];
        for (; i < t.n; i++)
                if ((t.s[i] < '0' || t.s[i] > '9') && t.s[i] != '.')
                        return false;
        return t.n > 0;
}

/* Without a comment in its first line, if that is all there is in it, and one in its last. */
static struct span trim_comments(struct span t)
{
        static const char *const comments[] = {"//", "--", NULL};
        size_t size = 0, at;

        for (t = trim(t); (at = find(t, 0, comments, &size)) < t.n;) {
                const char *end = memchr(t.s + at, '\n', t.n - at);

                if (end && at > 0)
                        break;
                if (!end)
                        t.n = at;
                else
                        t = (struct span){end, t.n - (size_t)(end - t.s)};
                t = trim(t);
        }
        return t;
}

/* Two constants that are written alike are alike; others may be, too (1 and 1.0). */
static enum constant comparison(struct span t)
{
        static const char *const operators[] = {"==", "!=", "<>", ":=", "<=", ">=", "=", NULL};
        size_t size = 0, at = find(t, 0, operators, &size), again = 0;

        if (at == t.n || t.s[at] != '=' || find(t, at + size, operators, &again) != t.n)
                return CONSTANT_NONE;

        struct span left = trim((struct span){t.s, at});
        struct span right = trim((struct span){t.s + at + size, t.n - at - size});
        return is_literal(left) && left.n == right.n && memcmp(left.s, right.s, left.n) == 0
                       ? CONSTANT_TRUE
                       : CONSTANT_NONE;
}

static enum constant value(struct span t, unsigned depth);

/* The parts between the tokens: one that is `decides` decides; otherwise all must be the opposite. */
static enum constant join(struct span t, const char *const *tokens, enum constant decides,
                          unsigned depth)
{
        enum constant rest = decides == CONSTANT_TRUE ? CONSTANT_FALSE : CONSTANT_TRUE;
        enum constant answer = rest;

        for (size_t from = 0, size = 0; from <= t.n; from += size) {
                size_t end = find(t, from, tokens, &size);
                enum constant part = value((struct span){t.s + from, end - from}, depth + 1);

                if (part == decides)
                        return decides;
                if (part != rest)
                        answer = CONSTANT_NONE;
                if (end == t.n)
                        break;
                from = end;
        }
        return answer;
}

static enum constant value(struct span t, unsigned depth)
{
        static const char *const or [] = {"||", "or", NULL}, *const and[] = {"&&", "and", NULL};
        size_t size = 0;

        t = trim_comments(t);
        if (t.n == 0 || depth > NESTING_MAX)
                return CONSTANT_NONE;
        if (t.n == 4 && strncasecmp(t.s, "true", 4) == 0)
                return CONSTANT_TRUE;
        if (t.n == 5 && strncasecmp(t.s, "false", 5) == 0)
                return CONSTANT_FALSE;
        if (is_bracketed(t))
                return value((struct span){t.s + 1, t.n - 2}, depth + 1);
        if (find(t, 0, or, &size) < t.n)
                return join(t, or, CONSTANT_TRUE, depth);
        if (find(t, 0, and, &size) < t.n)
                return join(t, and, CONSTANT_FALSE, depth);
        if ((t.s[0] == '!' && t.n > 1 && t.s[1] != '=') || is_token(t, 0, "not")) {
                size_t skip = t.s[0] == '!' ? 1 : 3;
                enum constant inside = value((struct span){t.s + skip, t.n - skip}, depth + 1);

                return inside == CONSTANT_TRUE    ? CONSTANT_FALSE
                       : inside == CONSTANT_FALSE ? CONSTANT_TRUE
                                                  : CONSTANT_NONE;
        }
        return comparison(t);
}

enum constant constant_value(const char *s, size_t n)
{
        return value((struct span){s, n}, 0);
}
