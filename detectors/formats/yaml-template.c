/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding the templates in a text.
 * Does not own: painting them over (yaml-text.c), what becomes of the values (yaml.c).
 */
#include "detectors/formats/yaml-template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

void yaml_templates_done(struct yaml_templates *t)
{
        free(t->items);
        *t = (struct yaml_templates){0};
}

static int add(struct yaml_templates *t, size_t begin, size_t end)
{
        if (t->n == t->alloc) {
                size_t alloc = MAX_OF(t->alloc * 2, (size_t)32);
                struct yaml_template *items = realloc(t->items, alloc * sizeof(*items));

                if (!items)
                        return -ENOMEM;
                t->items = items;
                t->alloc = alloc;
        }
        t->items[t->n++] = (struct yaml_template){.begin = begin, .end = end};
        return 0;
}

/* What closes the template that begins at s, or NULL. */
static const char *closing(const char *s)
{
        static const char *const pairs[][2] = {
                {"{{", "}}"}, {"{%", "%}"}, {"{#", "#}"}, {"<%", "%>"}};

        for (size_t i = 0; i < ELEMENTSOF(pairs); i++)
                if (memcmp(s, pairs[i][0], 2) == 0)
                        return pairs[i][1];
        return NULL;
}

static bool is_blank(const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (s[i] != ' ' && s[i] != '\t' && s[i] != '\r')
                        return false;
        return true;
}

/* Bytes between `from` and the begin of template i are blank, or a line begins among them and they
 * are blank from there on. */
static bool blank_before(const struct yaml_templates *t, size_t i, const char *data)
{
        size_t from = i > 0 ? t->items[i - 1].end : 0, begin = t->items[i].begin;
        const char *line = memrchr(data + from, '\n', begin - from);

        if (line)
                return is_blank(line + 1, (size_t)(data + begin - line - 1));
        return is_blank(data + from, begin - from) && (i == 0 || t->items[i - 1].alone);
}

/* How many blanks there are before a comment; 0: there is none. */
static size_t comment_behind(const char *s, size_t n)
{
        size_t blanks = 0;

        while (blanks < n && (s[blanks] == ' ' || s[blanks] == '\t'))
                blanks++;
        return blanks < n && s[blanks] == '#' ? blanks : 0;
}

static bool blank_behind(const struct yaml_templates *t, size_t i, const char *data, size_t n)
{
        size_t end = t->items[i].end, to = i + 1 < t->n ? t->items[i + 1].begin : n;
        const char *line = memchr(data + end, '\n', to - end);

        if (comment_behind(data + end, to - end) > 0)
                return true;
        if (line)
                return is_blank(data + end, (size_t)(line - data) - end);
        return is_blank(data + end, to - end) && (i + 1 == t->n || t->items[i + 1].alone);
}

/* First `alone` says what is before a template on its line, then also what is behind it. */
static void find_alone(struct yaml_templates *t, const char *data, size_t n)
{
        for (size_t i = 0; i < t->n; i++)
                t->items[i].alone = blank_before(t, i, data);
        for (size_t i = t->n; i > 0; i--) {
                struct yaml_template *item = &t->items[i - 1];

                item->alone = item->alone && blank_behind(t, i - 1, data, n);
                /* a tab would be one in the line's indentation */
                if (item->alone)
                        item->end += comment_behind(data + item->end, n - item->end);
        }
}

int yaml_templates_find(struct yaml_templates *t, const char *data, size_t n)
{
        for (size_t at = 0; at + 4 <= n;) {
                const char *close = closing(data + at);
                const char *end = close ? memmem(data + at + 2, n - at - 2, close, 2) : NULL;

                if (close && !end)
                        break; /* nothing closes it, and nothing else is worth looking for */
                if (!close) {
                        at++;
                        continue;
                }

                size_t behind = (size_t)(end - data) + 2;
                int error = add(t, at, behind);
                if (error < 0)
                        return error;
                at = behind;
        }
        find_alone(t, data, n);
        return 0;
}

const struct yaml_template *yaml_templates_next(const struct yaml_templates *t, size_t at)
{
        size_t low = 0, high = t->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (t->items[middle].end > at)
                        high = middle;
                else
                        low = middle + 1;
        }
        return low < t->n ? &t->items[low] : NULL;
}

bool yaml_templates_touch(const struct yaml_templates *t, size_t begin, size_t end)
{
        const struct yaml_template *next = yaml_templates_next(t, begin);

        return next && next->begin < end;
}
