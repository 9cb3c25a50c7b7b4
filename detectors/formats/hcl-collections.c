/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: Terraform's functions of lists, sets and maps. A set is the list of its items.
 * Does not own: which function a name is (hcl-functions.c).
 *
 * Source: Terraform's documentation, "Collection Functions".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/hcl-functions-internal.h"

static bool put(const struct hcl_call *c, struct node *to, const struct node *value,
                const char *key)
{
        return resolve_count(c->r, value) && doc_copy(c->r->doc, value, to, key);
}

static const struct node *map_argument(const struct hcl_call *c, unsigned i)
{
        const struct node *map = hcl_argument(c, i);

        return map && map->type == NODE_MAPPING ? map : NULL;
}

static const struct node *list_argument(const struct hcl_call *c, unsigned i)
{
        const struct node *list = hcl_argument(c, i);

        return list && list->type == NODE_SEQUENCE ? list : NULL;
}

/* An argument that is not known leaves a hole in the list, not in what is known. */
static const struct node *joined_lists(const struct hcl_call *c)
{
        struct node *list = hcl_container(c, NODE_SEQUENCE);

        for (unsigned i = 0; list && i < c->n; i++) {
                if (!c->args[i]) {
                        struct node *hole = hcl_container(c, NODE_UNKNOWN);

                        if (!hole || doc_append(c->r->doc, list, hole, NULL) < 0)
                                return NULL;
                        node_set_text(hole, "", 0);
                        continue;
                }
                NODE_ITEMS(item, c->args[i])
                {
                        if (!put(c, list, item, NULL))
                                return NULL;
                }
        }
        return list;
}

/* Lists in a list become one. */
static const struct node *flattened(const struct hcl_call *c)
{
        const struct node *lists = hcl_first_argument(c);
        struct node *flat = lists ? hcl_container(c, NODE_SEQUENCE) : NULL;

        if (!flat)
                return NULL;
        NODE_ITEMS(list, lists)
        {
                NODE_ITEMS(item, list)
                {
                        if (!put(c, flat, item, NULL))
                                return NULL;
                }
        }
        return flat;
}

/* The first that is something. What is not known before it could be that. */
static const struct node *coalesce(const struct hcl_call *c)
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

static const struct node *lookup(const struct hcl_call *c)
{
        const struct node *map = hcl_first_argument(c);
        const char *key = c->n > 1 && c->args[1] ? node_text(c->args[1]) : NULL;

        if (!map || map->type != NODE_MAPPING || !key)
                return NULL;
        const struct node *value = node_get(map, key);
        return value ? value : c->n > 2 ? c->args[2] : NULL;
}

static const struct node *element(const struct hcl_call *c)
{
        const struct node *list = hcl_first_argument(c);
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

/* Of equal keys the last one counts: the others are left out, so that none is there twice. */
static bool comes_again(const struct hcl_call *c, unsigned from, const char *key)
{
        for (unsigned i = from; i < c->n; i++)
                if (resolve_get(c->r, c->args[i], key))
                        return true;
        return false;
}

static const struct node *merged(const struct hcl_call *c)
{
        struct node *map = hcl_container(c, NODE_MAPPING);

        for (unsigned i = 0; i < c->n; i++)
                if (!map_argument(c, i))
                        return NULL;
        for (unsigned i = 0; map && i < c->n; i++) {
                NODE_CHILDREN(value, c->args[i])
                {
                        if (!comes_again(c, i + 1, value->key) && !put(c, map, value, value->key))
                                return NULL;
                }
        }
        return map;
}

static bool same(const struct node *a, const struct node *b)
{
        return node_is_scalar(a) && node_is_scalar(b) && a->text_len == b->text_len &&
               memcmp(a->text ?: "", b->text ?: "", a->text_len) == 0;
}

/* 1, 0, or -1: one that is not known may be it. */
static int holds(const struct hcl_call *c, const struct node *list, const struct node *value)
{
        bool unknown = !node_is_scalar(value);

        if (!resolve_look(c->r, list))
                return -1;
        NODE_CHILDREN(item, list)
        {
                if (same(item, value))
                        return 1;
                unknown = unknown || !node_is_scalar(item);
        }
        return unknown ? -1 : 0;
}

static const struct node *distinct(const struct hcl_call *c)
{
        const struct node *list = list_argument(c, 0);
        struct node *made = list ? hcl_container(c, NODE_SEQUENCE) : NULL;

        if (!made)
                return NULL;
        NODE_CHILDREN(item, list)
        {
                if (holds(c, made, item) != 1 && !put(c, made, item, NULL))
                        return NULL;
        }
        return made;
}

static const struct node *contains(const struct hcl_call *c)
{
        const struct node *list = list_argument(c, 0), *value = hcl_argument(c, 1);
        int is = list && value ? holds(c, list, value) : -1;

        return is < 0 ? NULL : hcl_truth(c, is);
}

/* What is in the first list and, as wanted says, in all others or in none of them. */
static const struct node *chosen(const struct hcl_call *c, bool wanted)
{
        const struct node *list = list_argument(c, 0);
        struct node *made = list ? hcl_container(c, NODE_SEQUENCE) : NULL;

        if (!made)
                return NULL;
        NODE_CHILDREN(item, list)
        {
                bool in = true;

                for (unsigned i = 1; i < c->n; i++) {
                        const struct node *other = list_argument(c, i);
                        int is = other ? holds(c, other, item) : -1;

                        if (is < 0)
                                return NULL;
                        in = in && is == wanted;
                }
                if (in && !put(c, made, item, NULL))
                        return NULL;
        }
        return made;
}

static const struct node *setintersection(const struct hcl_call *c)
{
        return chosen(c, true);
}

static const struct node *setsubtract(const struct hcl_call *c)
{
        return chosen(c, false);
}

static const struct node *compact(const struct hcl_call *c)
{
        const struct node *list = list_argument(c, 0);
        struct node *made = list ? hcl_container(c, NODE_SEQUENCE) : NULL;

        if (!made)
                return NULL;
        NODE_CHILDREN(item, list)
        {
                bool nothing =
                        node_is_scalar(item) && (item->type == NODE_NULL || item->text_len == 0);

                if (!nothing && !put(c, made, item, NULL))
                        return NULL;
        }
        return made;
}

static const struct node *keys(const struct hcl_call *c)
{
        const struct node *map = map_argument(c, 0);
        struct node *made = map ? hcl_container(c, NODE_SEQUENCE) : NULL;

        if (!made)
                return NULL;
        NODE_CHILDREN(value, map)
        {
                struct node *key = resolve_string(c->r, c->at, value->key, strlen(value->key));

                if (!key || !put(c, made, key, NULL))
                        return NULL;
        }
        return made;
}

static const struct node *values(const struct hcl_call *c)
{
        const struct node *map = map_argument(c, 0);
        struct node *made = map ? hcl_container(c, NODE_SEQUENCE) : NULL;

        if (!made)
                return NULL;
        NODE_CHILDREN(value, map)
        {
                if (!put(c, made, value, NULL))
                        return NULL;
        }
        return made;
}

static const struct node *zipmap(const struct hcl_call *c)
{
        const struct node *names = list_argument(c, 0), *items = list_argument(c, 1);
        struct node *made = names && items && names->count == items->count
                                    ? hcl_container(c, NODE_MAPPING)
                                    : NULL;

        if (!made)
                return NULL;
        for (const struct node *name = names->first, *item = items->first; name;
             name = name->next, item = item->next)
                if (!node_text(name) || !put(c, made, item, node_text(name)))
                        return NULL;
        return made;
}

static const struct node *length(const struct hcl_call *c)
{
        const struct node *value = hcl_first_argument(c);
        struct node *made = value && value->type != NODE_UNKNOWN && value->type != NODE_NULL
                                    ? hcl_container(c, NODE_NUMBER)
                                    : NULL;
        char digits[24];

        if (!made)
                return NULL;
        size_t size = value->count;
        for (size_t i = 0; i < value->text_len; i++)
                size += (value->text[i] & 0xc0) != 0x80;
        int n = snprintf(digits, sizeof(digits), "%zu", size);
        char *text = doc_text(c->r->doc, digits, (size_t)n);
        if (!text)
                return NULL;
        node_set_text(made, text, (size_t)n);
        return made;
}

/* one([x]) is x; of nothing it is null. */
static const struct node *one(const struct hcl_call *c)
{
        const struct node *list = list_argument(c, 0);

        if (!list || list->count > 1)
                return NULL;
        if (list->first)
                return list->first;
        struct node *nothing = hcl_container(c, NODE_NULL);
        if (nothing)
                node_set_text(nothing, "null", 4);
        return nothing;
}

static const struct node *slice(const struct hcl_call *c)
{
        const struct node *list = list_argument(c, 0);
        double from, to, at = 0;

        if (!list || c->n < 3 || !c->args[1] || !c->args[2] || !node_number(c->args[1], &from) ||
            !node_number(c->args[2], &to))
                return NULL;
        struct node *made = hcl_container(c, NODE_SEQUENCE);
        NODE_CHILDREN(item, list)
        {
                if (!made || (at >= from && at < to && !put(c, made, item, NULL)))
                        return NULL;
                at++;
        }
        return made;
}

static const struct node *reverse(const struct hcl_call *c)
{
        const struct node *list = list_argument(c, 0);
        _cleanup_free_ const struct node **items =
                list ? calloc(list->count + 1, sizeof(*items)) : NULL;
        struct node *made = items ? hcl_container(c, NODE_SEQUENCE) : NULL;
        uint32_t n = 0;

        if (!made)
                return NULL;
        NODE_CHILDREN(item, list)
        {
                items[n++] = item;
        }
        while (n > 0)
                if (!put(c, made, items[--n], NULL))
                        return NULL;
        return made;
}

/* Whether all, or any, are true: known as soon as one of them decides. */
static const struct node *junction(const struct hcl_call *c, bool all)
{
        const struct node *list = list_argument(c, 0);
        bool unknown = false;

        if (!list)
                return NULL;
        NODE_CHILDREN(item, list)
        {
                int is = node_truth(item);

                if (is == !all)
                        return hcl_truth(c, !all);
                unknown = unknown || is < 0;
        }
        return unknown ? NULL : hcl_truth(c, all);
}

static const struct node *alltrue(const struct hcl_call *c)
{
        return junction(c, true);
}

static const struct node *anytrue(const struct hcl_call *c)
{
        return junction(c, false);
}

const struct hcl_named hcl_collection_functions[] = {
        {"alltrue", alltrue},
        {"anytrue", anytrue},
        {"coalesce", coalesce},
        {"coalescelist", coalesce},
        {"compact", compact},
        {"concat", joined_lists},
        {"contains", contains},
        {"distinct", distinct},
        {"element", element},
        {"flatten", flattened},
        {"keys", keys},
        {"length", length},
        {"lookup", lookup},
        {"merge", merged},
        {"one", one},
        {"reverse", reverse},
        {"setintersection", setintersection},
        {"setsubtract", setsubtract},
        {"setunion", joined_lists},
        {"slice", slice},
        {"sort", hcl_first_argument},
        {"toset", distinct},
        {"values", values},
        {"zipmap", zipmap},
        {NULL, NULL},
};
