/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: $NAME and ${NAME} in a Dockerfile's FROM and USER: the values of ENV and the defaults of ARG
 * that stand before them. A default is what a build gets unless somebody says otherwise.
 * Does not own: which nodes are looked at (resolve.c).
 *
 * Source: docs.docker.com/reference/dockerfile, "Environment replacement", "Understand how ARG and FROM
 * interact": what stands before the first FROM is for FROM alone, unless a stage names it again.
 */
#include "detectors/formats/resolve-docker.h"

#include <ctype.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"

#define TEXT_MAX_SIZE 1024u
#define NAME_MAX_SIZE 128u

struct value {
        const char *text;
        size_t size;
};

static size_t name_size(const char *s, const char *end)
{
        size_t n = 0;

        while (s + n < end && (isalnum((unsigned char)s[n]) || s[n] == '_'))
                n++;
        return n;
}

/* One word from s on, with its quotes taken off. *ret_next is behind it. */
static struct value take_word(const char *s, const char *end, const char **ret_next)
{
        char quote = s < end && (*s == '"' || *s == '\'') ? *s : '\0';
        const char *from = quote ? s + 1 : s, *to = from;

        while (to < end && (quote ? *to != quote : !isspace((unsigned char)*to)))
                to++;
        *ret_next = quote && to < end ? to + 1 : to;
        return (struct value){from, (size_t)(to - from)};
}

/* NAME=value NAME2="other value"; of ENV also NAME value. Returns true if the name is there; then
 * ret->text is NULL if it has no value. */
static bool defined_in(const struct node *n, bool env, const char *name, size_t size,
                       struct value *ret)
{
        const char *s = n->text, *end = s ? s + n->text_len : NULL;
        bool found = false;

        while (s < end) {
                while (s < end && isspace((unsigned char)*s))
                        s++;
                size_t length = name_size(s, end);
                bool wanted = length == size && memcmp(s, name, size) == 0;
                struct value value = {NULL, 0};

                if (length == 0)
                        return found;
                s += length;
                if (s < end && *s == '=')
                        value = take_word(s + 1, end, &s);
                else if (env && wanted && s < end)
                        value = (struct value){s + 1, (size_t)(end - s - 1)};
                if (wanted) {
                        *ret = value;
                        found = true;
                }
        }
        return found;
}

/* A step for each so many bytes: definitions are read as often as they are asked for. */
static bool count_steps(struct resolver *r, const struct node *n)
{
        for (size_t bytes = 0; bytes <= n->text_len; bytes += 256)
                if (!resolve_step(r))
                        return false;
        return true;
}

/* The last of a stage's that stands before `at`; false: none. */
static bool find_in(struct resolver *r, const struct node *stage, const char *key,
                    const struct node *at, const char *name, size_t size, struct value *ret)
{
        bool found = false;

        NODE_ITEMS(n, resolve_get(r, stage, key))
        {
                if (n->offset >= at->offset || !n->text || !count_steps(r, n))
                        break;
                found |= defined_in(n, strcmp(key, "ENV") == 0, name, size, ret);
        }
        return found;
}

static struct value find(struct resolver *r, const struct node *at, const char *name, size_t size)
{
        const struct node *stage = at->parent, *first = stage->parent->first;
        const struct node *global = resolve_get(r, first, "FROM") ? NULL : first;
        struct value value = {NULL, 0}, outer = {NULL, 0};
        bool from = strcmp(at->key, "FROM") == 0;

        if (!from && find_in(r, stage, "ENV", at, name, size, &value) && value.text)
                return value;
        if (!from && !find_in(r, stage, "ARG", at, name, size, &value))
                return value;
        if (!value.text && global && find_in(r, global, "ARG", at, name, size, &outer))
                value = outer;
        return value;
}

/* What begins with '$' at *s; NULL text: not known. *s moves behind it. */
static struct value expand(struct resolver *r, const struct node *at, const char **s,
                           const char *end)
{
        bool braces = *s + 1 < end && (*s)[1] == '{';
        const char *name = *s + 1 + braces, *close = NULL;
        size_t size = name_size(name, end);
        struct value value = {NULL, 0};

        *s = name + size;
        if (size == 0 || size > NAME_MAX_SIZE)
                return value;
        value = find(r, at, name, size);
        if (!braces)
                return value;
        close = memchr(*s, '}', (size_t)(end - *s));
        if (!close)
                return (struct value){NULL, 0};
        if (!value.text && close - *s >= 2 && memcmp(*s, ":-", 2) == 0)
                value = (struct value){*s + 2, (size_t)(close - *s - 2)};
        *s = close + 1;
        return value;
}

bool resolve_docker(struct resolver *r, struct node *n)
{
        _cleanup_buffer_ struct buffer text = {.max = TEXT_MAX_SIZE};
        const char *s = n->text, *end = s ? s + n->text_len : NULL;

        if (n->type != NODE_UNKNOWN || !s || !n->key || !n->parent || !n->parent->parent)
                return false;
        while (s < end) {
                const char *dollar = memchr(s, '$', (size_t)(end - s));
                size_t plain = (size_t)((dollar ?: end) - s);

                buffer_append(&text, s, plain);
                s += plain;
                if (s == end)
                        break;
                struct value value = expand(r, n, &s, end);
                if (!value.text || memchr(value.text, '$', value.size))
                        return false;
                buffer_append(&text, value.text, value.size);
        }
        if (text.error < 0 || text.len == 0)
                return false;
        return resolve_become(r, n, resolve_string(r, n, text.data, text.len));
}
