/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: lists and maps whose name announces credentials, as far as their values stand in brackets or one
 * to a line.
 *
 * Must not own: what a value is worth under a name (generic.c).
 */
#include "detectors/secrets/listed.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "detectors/secrets/generic.h"
#include "detectors/secrets/name.h"

struct span {
        size_t begin, end;
};

/* What is read of the list. An item is a value, or its key and its value. */
struct items {
        const uint8_t *s;
        size_t at, end;
        bool by_line;
        bool by_word; /* (a b c) in a shell */
        bool tight;   /* name:[a-z0-9]: a regular expression, unless the items are in quotes */
        bool index;   /* name = config["x"] */
};

static struct span trim(const uint8_t *s, struct span span)
{
        while (span.begin < span.end && isspace(s[span.begin]))
                span.begin++;
        while (span.end > span.begin && (isspace(s[span.end - 1]) || s[span.end - 1] == ','))
                span.end--;
        return span;
}

/* Without the quotes around it. */
static struct span unquote(const uint8_t *s, struct span span)
{
        uint8_t quote = span.end - span.begin >= 2 ? s[span.begin] : 0;

        if ((quote == '"' || quote == '\'' || quote == '`') && s[span.end - 1] == quote) {
                span.begin++;
                span.end--;
        }
        return span;
}

static bool is_quoted(const uint8_t *s, struct span item)
{
        return s[item.begin - 1] == '"' || s[item.begin - 1] == '\'' || s[item.begin - 1] == '`';
}

/* Past what stands at `at`: all in quotes, or one character. */
static size_t skip(const struct items *items, size_t at, size_t end)
{
        uint8_t quote = items->s[at++];

        if (quote != '"' && quote != '\'' && quote != '`')
                return at;
        while (at < end && items->s[at] != quote && items->s[at] != '\n')
                at += items->s[at] == '\\' ? 2 : 1;
        return MIN_OF(at + 1, end);
}

static bool is_end(const struct items *items, size_t at)
{
        uint8_t c = items->s[at];

        return c == '\n' || (!items->by_line && (c == ',' || c == ';')) ||
               (items->by_word && isspace(c)) ||
               (items->by_line && c == '#' && at > 0 && isspace(items->s[at - 1]));
}

/* : and => and = stand between a key and its value; a line's only with a space behind it. */
static bool is_assignment(const struct items *items, size_t at)
{
        uint8_t c = items->s[at];
        bool spaced = at + 1 < items->end && isspace(items->s[at + 1]);

        if (items->by_line || items->by_word)
                return c == ':' && spaced && !items->by_word;
        return c == ':' || (c == '=' && at + 1 < items->end &&
                            (items->s[at + 1] == '>' || spaced || items->s[at + 1] == '"'));
}

/* False at the end of the list. */
static bool next(struct items *items, struct span *ret_key, struct span *ret)
{
        size_t begin = items->at, at = begin;

        *ret_key = (struct span){0};
        if (at >= items->end)
                return false;
        while (at < items->end && !is_end(items, at)) {
                struct span left = trim(items->s, (struct span){begin, at});

                /* :bob => is a symbol of Ruby */
                if (ret_key->end == 0 && left.end > left.begin && is_assignment(items, at)) {
                        *ret_key = unquote(items->s, left);
                        begin = at + 1 + (at + 1 < items->end && items->s[at + 1] == '>');
                        at = begin;
                        continue;
                }
                at = skip(items, at, items->end);
        }
        struct span value = trim(items->s, (struct span){begin, at});
        if (items->by_line && value.end > value.begin + 1 && items->s[value.begin] == '-' &&
            isspace(items->s[value.begin + 1])) {
                value.begin += 2;
                value = trim(items->s, value);
        }
        *ret = unquote(items->s, value);
        if (at < items->end && items->s[at] == '#') {
                const uint8_t *newline = memchr(items->s + at, '\n', items->end - at);

                at = newline ? (size_t)(newline - items->s) : items->end;
        }
        items->at = at + 1;
        return true;
}

/* tokenList, passwords_map: what is in it */
static size_t without_container(const uint8_t *name, size_t n)
{
        static const char *const containers[] = {"list", "map",   "array", "set",
                                                 "dict", "table", "hash",  "tuple"};

        for (size_t i = 0; i < ELEMENTSOF(containers); i++) {
                size_t k = strlen(containers[i]);

                if (n > k && strncasecmp((const char *)name + n - k, containers[i], k) == 0)
                        n -= k;
        }
        return n;
}

/* What a key says itself is judged where it stands: {token: …}. */
static bool is_told_by_key(const uint8_t *s, struct span key)
{
        return key.end > key.begin &&
               (name_kind(s + key.begin, key.end - key.begin) != NAME_OTHER ||
                name_is_of_other_thing(s + key.begin, key.end - key.begin));
}

static struct items items_of(const struct judge_case *c)
{
        size_t at = c->group_start;
        struct items items = {.s = c->data, .at = c->secret_start, .end = c->secret_end};

        while (at > c->start && isspace(c->data[at - 1]))
                at--;
        uint8_t opening = at > c->start + 1 ? c->data[at - 1] : 0; /* behind a name */
        items.by_line = opening == ':' || opening == '=';
        items.tight = opening == '[' && at - 1 > c->start && c->data[at - 2] == ':';
        items.index = opening == '[' &&
                      (isalnum(c->data[at - 2]) || strchr("_])", c->data[at - 2]) != NULL);
        items.by_word = opening == '(' && !memchr(items.s + items.at, ',', items.end - items.at);
        return items;
}

bool listed_validate(struct judge_case *c, struct judgement *j)
{
        const uint8_t *name;
        size_t whole = generic_name(c, &name), n = without_container(name, whole);
        /* password: {min: 8, pattern: …} describes one */
        bool several = n != whole || name_is_plural(name, n);
        struct items items = items_of(c);
        struct span key, item;

        while (!items.index && next(&items, &key, &item)) {
                struct judgement judged = *j;

                if (item.end < item.begin + 4 || is_told_by_key(c->data, key) ||
                    (key.end > 0 && !several) || (items.tight && !is_quoted(c->data, item)))
                        continue;
                c->secret_start = item.begin;
                c->secret_end = item.end;
                if (!generic_validate_in_list(c, name, n, &judged) ||
                    ((!several || key.end > 0) && judged.severity <= SEVERITY_LOW))
                        continue;
                c->next = items.at < items.end ? items.at : 0;
                *j = judged;
                return true;
        }
        return false;
}
