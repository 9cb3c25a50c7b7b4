/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: YAML's merge keys.
 * Does not own: the copies of what they name (yaml.c made them: the value of a merge key is an
 * alias). Why nothing is copied here: the entries move up from the merge key's value.
 */
#include "detectors/formats/yaml-merge.h"

#include <string.h>

#include "detectors/formats/doc-internal.h"

/* Past this many comparisons overridden keys stay where they are; node_get() finds the right one.
 */
#define MERGE_WORK_MAX 65536

/* The children of `from`, as far as `to` does not have them, become the first ones of `to`. */
static void merge_mapping(struct node *to, struct node *from)
{
        bool check = (uint64_t)to->count * from->count <= MERGE_WORK_MAX;

        for (struct node *child = from->first, *before = NULL, *next; child; child = next) {
                next = child->next;
                if (check && node_get(to, child->key))
                        node_unlink(child, before);
                else
                        before = child;
                child->parent = to;
        }
        if (!from->last)
                return;
        from->last->next = to->first;
        if (!to->last)
                to->last = from->last;
        to->first = from->first;
        to->count += from->count;
        from->first = from->last = NULL;
        from->count = 0;
}

static bool is_mergeable(const struct node *n)
{
        NODE_ITEMS(item, n)
        if (item->type != NODE_MAPPING)
                return false;
        return true;
}

void yaml_merge_keys(struct node *n)
{
        struct node *merges = NULL;

        for (struct node *child = n->first, *before = NULL, *next; child; child = next) {
                next = child->next;
                if (strcmp(child->key, "<<") != 0 || !is_mergeable(child)) {
                        before = child;
                        continue;
                }
                node_unlink(child, before);
                child->next = merges;
                merges = child;
        }
        for (struct node *merge = merges, *next; merge; merge = next) {
                next = merge->next;
                if (merge->type == NODE_MAPPING)
                        merge_mapping(n, merge);
                else
                        NODE_CHILDREN(item, merge)
                merge_mapping(n, item);
        }
}
