/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the functions of Terraform whose results can be told from their arguments without computing.
 * Does not own: expressions (hcl-evaluate.c).
 *
 * Source: Terraform's documentation, "Built-in Functions".
 */
#include "detectors/formats/hcl-functions.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

#define TEXT_MAX ((size_t)16 << 10)

struct call {
        struct resolver *r;
        const struct node *at;
        const struct node *const *args;
        unsigned n;
};

static const struct node *first_argument(const struct call *c)
{
        return c->n > 0 ? c->args[0] : NULL;
}

static struct node *container(const struct call *c, enum node_type type)
{
        return doc_node(c->r->doc, type, c->at->line, c->at->column, c->at->offset);
}

/* jsonencode(x): the reader reads the object itself, and marks it. */
static const struct node *encoded(const struct call *c, const char *tag)
{
        const struct node *value = first_argument(c);

        if (!value || (value->type != NODE_MAPPING && value->type != NODE_SEQUENCE))
                return NULL;
        struct node *copy = container(c, value->type);
        if (!copy || doc_become(c->r->doc, copy, value) < 0)
                return NULL;
        copy->tag = tag;
        return copy;
}

static const struct node *jsonencode(const struct call *c)
{
        return encoded(c, "jsonencode");
}

static const struct node *yamlencode(const struct call *c)
{
        return encoded(c, "yamlencode");
}

/* An argument that is not known leaves a hole in the list, not in what is known. */
static const struct node *joined_lists(const struct call *c)
{
        struct node *list = container(c, NODE_SEQUENCE);

        for (unsigned i = 0; list && i < c->n; i++) {
                if (!c->args[i]) {
                        struct node *hole = container(c, NODE_UNKNOWN);

                        if (!hole || doc_append(c->r->doc, list, hole, NULL) < 0)
                                return NULL;
                        node_set_text(hole, "", 0);
                        continue;
                }
                NODE_ITEMS(item, c->args[i])
                {
                        if (!resolve_step(c->r) || !doc_copy(c->r->doc, item, list, NULL))
                                return NULL;
                }
        }
        return list;
}

/* Lists in a list become one. */
static const struct node *flattened(const struct call *c)
{
        const struct node *lists = first_argument(c);
        struct node *flat = lists ? container(c, NODE_SEQUENCE) : NULL;

        if (!flat)
                return NULL;
        NODE_ITEMS(list, lists)
        {
                NODE_ITEMS(item, list)
                {
                        if (!resolve_step(c->r) || !doc_copy(c->r->doc, item, flat, NULL))
                                return NULL;
                }
        }
        return flat;
}

static const struct node *merged(const struct call *c)
{
        struct node *map = container(c, NODE_MAPPING);

        for (unsigned i = 0; map && i < c->n; i++) {
                if (!c->args[i] || c->args[i]->type != NODE_MAPPING)
                        return NULL;
                NODE_CHILDREN(value, c->args[i])
                {
                        if (!resolve_step(c->r) || !doc_copy(c->r->doc, value, map, value->key))
                                return NULL;
                }
        }
        return map;
}

static const struct node *join(const struct call *c)
{
        const char *separator = c->n == 2 && c->args[0] ? node_text(c->args[0]) : NULL;
        _cleanup_free_ char *text = malloc(TEXT_MAX);
        size_t used = 0;

        if (!separator || !text || !c->args[1])
                return NULL;
        NODE_ITEMS(item, c->args[1])
        {
                size_t gap = used > 0 ? strlen(separator) : 0;

                if (!node_text(item) || used + gap + item->text_len > TEXT_MAX)
                        return NULL;
                memcpy(text + used, separator, gap);
                memcpy(text + used + gap, item->text, item->text_len);
                used += gap + item->text_len;
        }
        return resolve_string(c->r, c->at, text, used);
}

/* format("%s:%s", a, b): %s, %v, %d and %% only. */
static const struct node *format(const struct call *c)
{
        const char *pattern = first_argument(c) ? node_text(c->args[0]) : NULL;
        _cleanup_free_ char *text = malloc(TEXT_MAX);
        size_t used = 0;
        unsigned next = 1;

        if (!pattern || !text)
                return NULL;
        for (const char *s = pattern; *s; s++) {
                const char *piece = s;
                size_t n = 1;

                if (*s == '%') {
                        s++;
                        if (*s && strchr("svd", *s)) {
                                const struct node *value = next < c->n ? c->args[next++] : NULL;

                                piece = value ? node_text(value) : NULL;
                                n = piece ? value->text_len : 0;
                        } else if (*s != '%')
                                return NULL;
                }
                if (!piece || used + n > TEXT_MAX)
                        return NULL;
                memcpy(text + used, piece, n);
                used += n;
        }
        return resolve_string(c->r, c->at, text, used);
}

static const struct node *in_case(const struct call *c, int (*convert)(int c))
{
        const struct node *value = first_argument(c);
        char text[256];

        if (!value || !node_text(value) || value->text_len > sizeof(text))
                return NULL;
        for (size_t i = 0; i < value->text_len; i++)
                text[i] = (char)convert((unsigned char)value->text[i]);
        return resolve_string(c->r, c->at, text, value->text_len);
}

static const struct node *lower(const struct call *c)
{
        return in_case(c, tolower);
}

static const struct node *upper(const struct call *c)
{
        return in_case(c, toupper);
}

/* The first that is something. What is not known before it could be that. */
static const struct node *coalesce(const struct call *c)
{
        for (unsigned i = 0; i < c->n; i++) {
                const struct node *value = c->args[i];
                bool container = value && (value->first || value->type == NODE_MAPPING ||
                                           value->type == NODE_SEQUENCE);

                if (!value)
                        return NULL;
                if (container ? value->count > 0 : value->type != NODE_NULL && value->text_len > 0)
                        return value;
        }
        return NULL;
}

static const struct node *lookup(const struct call *c)
{
        const struct node *map = first_argument(c);
        const char *key = c->n > 1 && c->args[1] ? node_text(c->args[1]) : NULL;

        if (!map || map->type != NODE_MAPPING || !key)
                return NULL;
        const struct node *value = node_get(map, key);
        return value ? value : c->n > 2 ? c->args[2] : NULL;
}

static const struct node *element(const struct call *c)
{
        const struct node *list = first_argument(c);
        double at;

        if (!list || list->count == 0 || c->n < 2 || !c->args[1] || !node_number(c->args[1], &at) ||
            at < 0)
                return NULL;
        unsigned index = (unsigned)((uint64_t)at % list->count);
        NODE_CHILDREN(item, list)
        {
                if (index-- == 0)
                        return item;
        }
        return NULL;
}

const struct node *hcl_call(struct resolver *r, const struct node *at, const char *name, size_t n,
                            const struct node *const *args, unsigned n_args)
{
        static const struct {
                const char *name;
                const struct node *(*fn)(const struct call *c);
        } functions[] = {
                {"coalesce", coalesce},
                {"coalescelist", coalesce},
                {"compact", first_argument},
                {"concat", joined_lists},
                {"distinct", first_argument},
                {"element", element},
                {"flatten", flattened},
                {"format", format},
                {"join", join},
                {"jsonencode", jsonencode},
                {"lookup", lookup},
                {"lower", lower},
                {"merge", merged},
                {"nonsensitive", first_argument},
                {"sensitive", first_argument},
                {"setunion", joined_lists},
                {"sort", first_argument},
                {"tobool", first_argument},
                {"tolist", first_argument},
                {"tomap", first_argument},
                {"tonumber", first_argument},
                {"toset", first_argument},
                {"tostring", first_argument},
                {"trimspace", first_argument},
                {"try", first_argument},
                {"upper", upper},
                {"yamlencode", yamlencode},
        };
        const struct call c = {r, at, args, n_args};

        for (size_t i = 0; i < ELEMENTSOF(functions); i++)
                if (strlen(functions[i].name) == n && memcmp(functions[i].name, name, n) == 0)
                        return functions[i].fn(&c);
        return NULL;
}
