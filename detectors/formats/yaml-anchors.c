/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the names of a YAML document's anchors.
 * Does not own: the nodes they name, nor the names' memory (the document's arena).
 */
#include "detectors/formats/yaml-anchors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

/* Looked through one by one: more are not useful to anybody. */
#define ANCHORS_MAX 4096

struct yaml_anchor {
        uint64_t hash;
        const char *name;
        struct node *node;
};

void yaml_anchors_done(struct yaml_anchors *a)
{
        free(a->items);
        *a = (struct yaml_anchors){0};
}

void yaml_anchors_reset(struct yaml_anchors *a)
{
        a->n = 0;
}

static uint64_t name_hash(const char *name)
{
        uint64_t hash = 0xcbf29ce484222325u;

        for (; *name; name++)
                hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
        return hash;
}

struct node *yaml_anchors_find(const struct yaml_anchors *a, const char *name)
{
        uint64_t hash = name_hash(name);

        for (size_t i = a->n; i > 0; i--)
                if (a->items[i - 1].hash == hash && strcmp(a->items[i - 1].name, name) == 0)
                        return a->items[i - 1].node;
        return NULL;
}

int yaml_anchors_add(struct yaml_anchors *a, struct doc *d, const char *name, struct node *n)
{
        if (a->n >= ANCHORS_MAX)
                return -E2BIG;
        if (a->n == a->alloc) {
                size_t alloc = MAX_OF(a->alloc * 2, (size_t)16);
                struct yaml_anchor *items = realloc(a->items, alloc * sizeof(*items));

                if (!items)
                        return -ENOMEM;
                a->items = items;
                a->alloc = alloc;
        }

        char *copy = doc_text(d, name, strlen(name));
        if (!copy)
                return doc_error(d);
        a->items[a->n++] = (struct yaml_anchor){.hash = name_hash(copy), .name = copy, .node = n};
        return 0;
}
