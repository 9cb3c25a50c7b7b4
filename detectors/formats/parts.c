/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: making the nodes that readers of languages have in common, with their places.
 * Does not own: any syntax, nor which parts there are.
 */
#include "detectors/formats/parts.h"

#include <string.h>

#include "detectors/formats/doc-internal.h"
#include "detectors/formats/scalar.h"

static struct node *append(struct doc *d, struct node *parent, const char *key, struct node *n)
{
        bool keyed = parent && parent->type == NODE_MAPPING;

        return n && parent && doc_append(d, parent, n, keyed ? key : NULL) == 0 ? n : NULL;
}

void part_extend(struct node *n, const struct cursor *to)
{
        for (; n; n = n->parent)
                if (to->at > n->offset + n->length)
                        cursor_end_node(to, n);
}

static struct node *append_until(struct doc *d, struct node *parent, const char *key,
                                 struct node *n, const struct cursor *to)
{
        n = append(d, parent, key, n);
        part_extend(n, to);
        return n;
}

struct node *part_container(struct doc *d, struct node *parent, const char *key,
                            enum node_type type, const struct cursor *at)
{
        return append(d, parent, key, cursor_node(at, d, type));
}

struct node *part_value(struct doc *d, struct node *parent, const char *key,
                        const struct cursor *from, const struct cursor *to, const char *text,
                        size_t n)
{
        struct node *node = cursor_node(from, d, NODE_STRING);
        char *copy = node ? doc_text(d, text, n) : NULL;

        if (!copy)
                return NULL;
        node_set_text(node, copy, n);
        return append_until(d, parent, key, node, to);
}

struct node *part_source(struct doc *d, struct node *parent, const char *key,
                         const struct cursor *from, const struct cursor *to)
{
        return part_value(d, parent, key, from, to, from->data + from->at, to->at - from->at);
}

struct node *part_bool(struct doc *d, struct node *parent, const char *key,
                       const struct cursor *from, const struct cursor *to, bool truth)
{
        struct node *node = cursor_node(from, d, NODE_BOOL);

        if (!node)
                return NULL;
        scalar_set(node, NODE_BOOL, truth ? "true" : "false", truth ? 4 : 5);
        return append_until(d, parent, key, node, to);
}

void part_trim(const struct cursor *from, struct cursor *to)
{
        struct cursor end = *from;

        while (to->at > from->at && strchr(" \t\r\n", to->data[to->at - 1]))
                to->at--;
        cursor_move(&end, to->at);
        *to = end;
}
