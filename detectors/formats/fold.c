/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: turning repeated keys into sequences.
 * Does not own: which formats want that (ini.c, dotenv.c).
 * Why afterwards and by sorting: looking for the key on every line would take quadratic time.
 */
#include "detectors/formats/fold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"

struct entry {
        struct node *node;
        uint32_t index; /* in file order */
        struct node
                *instead; /* of the first of a run: its sequence; of the others: the node itself */
};

static int by_key(const void *a, const void *b)
{
        const struct entry *x = a, *y = b;
        int order = strcmp(x->node->key, y->node->key);

        return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static int by_index(const void *a, const void *b)
{
        const struct entry *x = a, *y = b;

        return (x->index > y->index) - (x->index < y->index);
}

/* The n entries of one key: they move into a sequence that takes the place of the first. */
static int fold_run(struct doc *d, struct entry *run, size_t n)
{
        struct node *first = run[0].node;
        struct node *sequence =
                doc_node(d, NODE_SEQUENCE, first->line, first->column, first->offset);

        if (!sequence)
                return doc_error(d);
        sequence->parent = first->parent;
        sequence->key = first->key;
        sequence->key_line = first->key_line;
        sequence->key_column = first->key_column;
        sequence->end_line = MAX_OF(first->end_line, run[n - 1].node->end_line);
        for (size_t i = 0; i < n; i++) {
                run[i].instead = i == 0 ? sequence : run[i].node;
                if (doc_append(d, sequence, run[i].node, NULL) < 0)
                        return doc_error(d);
        }
        return 0;
}

/* Puts the children back in file order, without those that went into a sequence. */
static void relink(struct node *mapping, struct entry *entries, size_t n)
{
        qsort(entries, n, sizeof(*entries), by_index);
        mapping->first = mapping->last = NULL;
        mapping->count = 0;
        for (size_t i = 0; i < n; i++) {
                struct node *child = entries[i].instead ? entries[i].instead : entries[i].node;

                if (child->parent != mapping)
                        continue;
                child->next = NULL;
                if (mapping->last)
                        mapping->last->next = child;
                else
                        mapping->first = child;
                mapping->last = child;
                mapping->count++;
        }
}

static int fold_mapping(struct doc *d, struct node *mapping)
{
        _cleanup_free_ struct entry *entries = calloc(mapping->count, sizeof(*entries));
        size_t n = 0;
        bool folded = false;

        if (!entries)
                return -ENOMEM;
        NODE_CHILDREN(child, mapping)
        {
                entries[n] = (struct entry){.node = child, .index = (uint32_t)n};
                n++;
        }
        qsort(entries, n, sizeof(*entries), by_key);
        for (size_t i = 0, run; i < n; i += run) {
                for (run = 1; i + run < n; run++)
                        if (strcmp(entries[i].node->key, entries[i + run].node->key) != 0)
                                break;
                if (run == 1)
                        continue;

                int error = fold_run(d, entries + i, run);
                if (error < 0)
                        return error;
                folded = true;
        }
        if (folded)
                relink(mapping, entries, n);
        return 0;
}

static int visit(struct node *n, void *userdata)
{
        return n->type == NODE_MAPPING && n->count > 1 ? fold_mapping(userdata, n) : 0;
}

int fold_repeated_keys(struct doc *d, struct node *root)
{
        return node_walk(root, visit, d);
}
