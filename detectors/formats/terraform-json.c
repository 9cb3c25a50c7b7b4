/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: Terraform's JSON syntax, which is HCL to whoever asks for a format: the blocks that are
 * written as objects below their labels become what the HCL reader makes of blocks, and `${…}` in a
 * string is a template.
 * Does not own: JSON (json.c). Whether a key in a block is an attribute or a block only its provider
 * knows: it stays as it is written, but for `dynamic` and for the statements of a policy, which
 * mean something else than a policy's own JSON does.
 */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/json.h"

#define LABELS_MAX 2u

static const struct {
        const char *name;
        unsigned labels;
} block_types[] = {
        {"resource", 2}, {"data", 2},   {"ephemeral", 2}, {"module", 1},    {"provider", 1},
        {"variable", 1}, {"output", 1}, {"locals", 0},    {"terraform", 0},
};

static bool find_type(const char *name, unsigned *ret_labels)
{
        for (size_t i = 0; name && i < ELEMENTSOF(block_types); i++)
                if (strcmp(block_types[i].name, name) == 0) {
                        *ret_labels = block_types[i].labels;
                        return true;
                }
        return false;
}

/* Bodies, or lists of them, below so many labels. */
static bool holds_blocks(const struct node *n, unsigned labels)
{
        bool list = n->type == NODE_SEQUENCE;

        if (!list && n->type != NODE_MAPPING)
                return false;
        if (!list && labels == 0)
                return true;
        NODE_CHILDREN(child, n)
        {
                if (!holds_blocks(child, labels - !list))
                        return false;
        }
        return n->first != NULL;
}

/* Takes the bodies out of n, and appends them to blocks. */
static int take_blocks(struct doc *d, struct node *blocks, struct node *n,
                       const char *labels[static LABELS_MAX], unsigned level, unsigned levels)
{
        struct node *child;
        int error = 0;

        if (n->type == NODE_MAPPING && level == levels) {
                n->block = true;
                memcpy(n->label, labels, sizeof(n->label));
                return doc_append(d, blocks, n, NULL);
        }
        while (error == 0 && (child = n->first)) {
                node_unlink(child, NULL);
                if (n->type == NODE_MAPPING)
                        labels[level] = child->key;
                error = take_blocks(d, blocks, child, labels, level + (n->type == NODE_MAPPING),
                                    levels);
        }
        return error;
}

/* The bodies of that name become blocks, and of these in turn what is named behind it. */
static void mark_blocks(struct node *n, const char *const *names, bool itself)
{
        if (n->type == NODE_SEQUENCE) {
                NODE_CHILDREN(item, n)
                mark_blocks(item, names, itself);
                return;
        }
        if (n->type != NODE_MAPPING)
                return;
        n->block |= itself;
        for (size_t i = 0; names[i]; i++) {
                struct node *body = node_get(n, names[i]);

                if (body)
                        mark_blocks(body, names + i + 1, true);
        }
}

static int take_entries(struct doc *d, struct node *n, bool top);

static int read_body(struct doc *d, struct node *block)
{
        static const char *const of_policies[] = {"statement", "principals", "not_principals",
                                                  "condition", NULL};

        if (block->label[0] && strcmp(block->label[0], "aws_iam_policy_document") == 0)
                mark_blocks(block, of_policies, false);
        return node_get(block, "dynamic") ? take_entries(d, block, false) : 0;
}

/* n was an entry of `in`, and becomes one again. */
static int take_entry(struct doc *d, struct node *in, struct node *n, unsigned levels)
{
        const char *labels[LABELS_MAX] = {NULL, NULL}, *key = n->key;

        if (!holds_blocks(n, levels))
                return doc_append(d, in, n, key);
        struct node *blocks = doc_node(d, NODE_SEQUENCE, n->line, n->column, n->offset);
        if (!blocks)
                return doc_error(d);
        blocks->end_line = n->end_line;
        blocks->length = n->length;
        blocks->key_line = n->key_line;
        blocks->key_column = n->key_column;
        int error = take_blocks(d, blocks, n, labels, 0, levels);
        if (error == 0)
                error = doc_append(d, in, blocks, key);
        NODE_CHILDREN(block, blocks)
        {
                if (error == 0)
                        error = read_body(d, block);
        }
        return error;
}

/* Each entry goes to the end, so that after one round all are there in their order. */
static int take_entries(struct doc *d, struct node *n, bool top)
{
        int error = 0;

        for (uint32_t left = n->count; left > 0 && error == 0; left--) {
                struct node *entry = n->first;
                unsigned levels = 1; /* dynamic */
                bool blocks = top ? find_type(entry->key, &levels)
                                  : entry->key && strcmp(entry->key, "dynamic") == 0;

                node_unlink(entry, NULL);
                error = blocks ? take_entry(d, n, entry, levels)
                               : doc_append(d, n, entry, entry->key);
        }
        return error;
}

static int terraform_json_read(struct doc *doc, const char *data, size_t n,
                               struct doc_error *reterr)
{
        struct node *root = NULL;
        int error = json_read(doc, data, n, JSON_TEXT_TEMPLATES, &root, reterr);

        doc_set_root(doc, root);
        if (!root || root->type != NODE_MAPPING || doc_error(doc) < 0)
                return error;
        int r = take_entries(doc, root, true);
        return error < 0 ? error : r;
}

const struct format format_terraform_json = {.name = "hcl", .parse = terraform_json_read};
