/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: looking at a finished tree: keys, paths, scalars, walking.
 * Does not own: memory, and nothing is changed. No function recurses: a walk goes by parent and
 * next.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "detectors/formats/doc.h"
#include "detectors/formats/key-index.h"

static char loose(const char **s)
{
        while (**s == '-' || **s == '_')
                (*s)++;

        char c = **s;
        if (c != '\0')
                (*s)++;
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_loosely(const char *key, const char *name, size_t n)
{
        (void)n;
        for (;;) {
                char x = loose(&key), y = loose(&name);

                if (x != y)
                        return false;
                if (x == '\0')
                        return true;
        }
}

static bool is_exactly(const char *key, const char *name, size_t n)
{
        /* most keys differ in their first character */
        return key[0] == name[0] && strncmp(key, name, n) == 0 && key[n] == '\0';
}

/* The last child whose key is the name, n bytes, by the mapping's index. False: it has none. */
static bool get_indexed(const struct node *mapping, const char *name, size_t n,
                        bool (*is)(const char *key, const char *name, size_t n), struct node **ret)
{
        struct key_range range;

        if (!mapping->index || !key_index_find(mapping, name, n, &range))
                return false;
        *ret = NULL;
        while (range.end > range.next && !*ret)
                if (is((--range.end)->child->key, name, n))
                        *ret = range.end->child;
        return true;
}

/* These are asked more often than anything else: nothing is done twice for small mappings. */
struct node *node_get(const struct node *n, const char *key)
{
        struct node *found = NULL;

        if (!n || n->type != NODE_MAPPING)
                return NULL;
        if (n->index && get_indexed(n, key, strlen(key), is_exactly, &found))
                return found;
        NODE_CHILDREN(child, n)
        {
                if (child->key && child->key[0] == key[0] && strcmp(child->key, key) == 0)
                        found = child;
        }
        return found;
}

struct node *node_get_loose(const struct node *n, const char *key)
{
        struct node *found = NULL;
        const char *rest = key;

        if (!n || n->type != NODE_MAPPING)
                return NULL;
        if (n->index && get_indexed(n, key, strlen(key), is_loosely, &found))
                return found;
        char first = loose(&rest);
        NODE_CHILDREN(child, n)
        {
                /* most keys differ in their first character */
                const char *s = child->key;
                if (s && loose(&s) == first && is_loosely(child->key, key, 0))
                        found = child;
        }
        return found;
}

static struct node *get_part(const struct node *n, const char *part, size_t size)
{
        struct node *found = NULL;

        if (!n || n->type != NODE_MAPPING)
                return NULL;
        if (n->index && get_indexed(n, part, size, is_exactly, &found))
                return found;
        NODE_CHILDREN(child, n)
        {
                if (child->key && is_exactly(child->key, part, size))
                        found = child;
        }
        return found;
}

struct node *node_at(const struct node *n, const char *path)
{
        for (;;) {
                size_t size = strcspn(path, ".");
                struct node *child = get_part(n, path, size);

                if (!child || path[size] == '\0')
                        return child;
                n = child;
                path += size + 1;
        }
}

bool node_is_scalar(const struct node *n)
{
        return n && (n->type == NODE_NULL || n->type == NODE_BOOL || n->type == NODE_NUMBER ||
                     n->type == NODE_STRING);
}

const char *node_text(const struct node *n)
{
        return node_is_scalar(n) ? n->text : NULL;
}

bool node_equals(const struct node *n, const char *s)
{
        const char *text = node_text(n);

        return text && strlen(s) == n->text_len && strcasecmp(text, s) == 0;
}

int node_truth(const struct node *n)
{
        static const char *const yes[] = {"true", "yes", "on"};
        static const char *const no[] = {"false", "no", "off"};

        if (!n || (n->type != NODE_BOOL && n->type != NODE_STRING))
                return -1;
        for (size_t i = 0; i < ELEMENTSOF(yes); i++) {
                if (node_equals(n, yes[i]))
                        return 1;
                if (node_equals(n, no[i]))
                        return 0;
        }
        return -1;
}

bool node_contains(const struct node *n, const char *s)
{
        NODE_ITEMS(item, n)
        if (node_equals(item, s))
                return true;
        return false;
}

bool node_number(const struct node *n, double *ret)
{
        const char *text = node_text(n);
        char *end = NULL;

        if (!text || (n->type != NODE_NUMBER && n->type != NODE_STRING))
                return false;
        /* strtod() would skip space, and take words */
        if (text[strspn(text, "+-.")] < '0' || text[strspn(text, "+-.")] > '9')
                return false;

        double value = strncmp(text, "0o", 2) == 0 ? (double)strtoull(text + 2, &end, 8)
                                                   : strtod(text, &end);
        if (end == text || end != text + n->text_len || !isfinite(value))
                return false;
        *ret = value;
        return true;
}

int node_walk(struct node *n, int (*visit)(struct node *n, void *userdata), void *userdata)
{
        struct node *at = n;

        while (at) {
                int r = visit(at, userdata);

                if (r != 0)
                        return r;
                if (at->first) {
                        at = at->first;
                        continue;
                }
                while (at != n && !at->next)
                        at = at->parent;
                if (at == n)
                        return 0;
                at = at->next;
        }
        return 0;
}

const struct node *node_item_first(const struct node *n)
{
        return n && n->type == NODE_SEQUENCE ? n->first : n;
}

const struct node *node_item_next(const struct node *container, const struct node *item)
{
        return container->type == NODE_SEQUENCE ? item->next : NULL;
}
