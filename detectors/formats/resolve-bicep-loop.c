/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what an expression comes to in a resource that is made more than once ([for x in list: …]),
 * if the list is known: a list of what it is for each of its items.
 * Does not own: expressions (resolve-bicep.c).
 */
#include <string.h>

#include "detectors/formats/resolve-bicep.h"

#define ITEMS_MAX 32u

/* The resource or module that n is part of; NULL: it is none. */
static const struct node *resource_of(const struct node *n)
{
        while (n->parent && n->parent->parent && n->parent->parent->parent)
                n = n->parent;
        return n->parent && n->parent->type == NODE_SEQUENCE && n->type == NODE_MAPPING ? n : NULL;
}

/* for NAME in, for (NAME, INDEX) in: rest is behind it then. */
static bool take_head(struct resolve_rest *rest, char *name, size_t size)
{
        char word[8];

        if (!resolve_take(rest, "for"))
                return false;
        bool pair = resolve_take(rest, "(");
        resolve_skip_blanks(rest);
        if (resolve_take_name(rest, name, size) == 0)
                return false;
        while (pair && rest->s < rest->end && *rest->s != ')')
                rest->s++;
        if (pair && !resolve_take(rest, ")"))
                return false;
        resolve_skip_blanks(rest);
        return resolve_take_name(rest, word, sizeof(word)) == 2 && strcmp(word, "in") == 0;
}

/* The list that is gone through, once for all that is in the resource. */
static const struct node *list_of(struct resolver *r, const struct node *copy)
{
        struct bicep_loop *loop = &r->loop;
        struct resolve_rest rest = {copy->text, copy->text + copy->text_len};

        if (loop->copy == copy)
                return loop->list;
        *loop = (struct bicep_loop){.copy = copy};
        if (!take_head(&rest, loop->name, sizeof(loop->name)))
                return NULL;
        resolve_skip_blanks(&rest);
        size_t n = (size_t)(rest.end - rest.s);
        n -= n > 0; /* the colon */
        struct node *list = doc_node(r->doc, NODE_UNKNOWN, copy->line, copy->column, copy->offset);
        char *text = list ? doc_text(r->doc, rest.s, n) : NULL;
        if (!text)
                return NULL;
        node_set_text(list, text, n);
        loop->list = resolve_bicep_value(r, list);
        return loop->list;
}

static const struct node *for_each(struct resolver *r, const struct node *n,
                                   const struct node *list)
{
        struct node *values = doc_node(r->doc, NODE_SEQUENCE, n->line, n->column, n->offset);

        NODE_CHILDREN(item, list)
        {
                r->loop.item = item;
                const struct node *value = resolve_bicep_value(r, n);
                r->loop.item = NULL;
                if (!value || !node_is_scalar(value) || !values ||
                    !doc_copy(r->doc, value, values, NULL))
                        return NULL;
        }
        return values;
}

bool resolve_bicep_loop(struct resolver *r, struct node *n)
{
        const struct node *resource = resource_of(n);
        const struct node *copy = resource ? resolve_get(r, resource, "copy") : NULL;

        if (!copy || copy == n || !copy->text)
                return false;
        const struct node *list = list_of(r, copy);
        if (!list || list->type != NODE_SEQUENCE || list->tag || list->count == 0 ||
            list->count > ITEMS_MAX)
                return false;
        const struct node *values = for_each(r, n, list);
        return values && resolve_become(r, n, values);
}
