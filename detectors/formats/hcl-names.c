/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: where Terraform's variables and locals get their values: blocks of the file and of its
 * directory, and files of values.
 * Does not own: expressions (hcl-evaluate.c).
 *
 * terraform.tfvars and *.auto.tfvars are always read; of the other files of values one is meant to be
 * chosen, so they count only where nothing else gives a value.
 * Source: Terraform's documentation, "Input Variables", "Variable Definition Precedence".
 */
#include "detectors/formats/hcl-names.h"

#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/formats/hcl-evaluate.h"

#define FOLLOW_MAX 16u
#define NAME_MAX_LENGTH 128u

static bool is_values(const struct resolve_peer *peer)
{
        return text_ends_with(peer->name, ".tfvars") || text_ends_with(peer->name, ".tfvars.json");
}

static bool is_always_read(const struct resolve_peer *peer)
{
        return strcmp(peer->name, "terraform.tfvars") == 0 ||
               strcmp(peer->name, "terraform.tfvars.json") == 0 ||
               text_ends_with(peer->name, ".auto.tfvars") ||
               text_ends_with(peer->name, ".auto.tfvars.json");
}

static struct node *default_of(struct resolver *r, const struct node *root, const char *name)
{
        const struct node *variables = resolve_get(r, root, "variable");

        if (!resolve_look(r, variables))
                return NULL;
        NODE_ITEMS(block, variables)
        {
                if (block->label[0] && strcmp(block->label[0], name) == 0)
                        return node_get(block, "default");
        }
        return NULL;
}

static struct node *local_of(struct resolver *r, const struct node *root, const char *name)
{
        const struct node *locals = resolve_get(r, root, "locals");

        NODE_ITEMS(block, locals)
        {
                struct node *value = resolve_get(r, block, name);

                if (value)
                        return value;
        }
        return NULL;
}

static struct node *in_values(struct resolver *r, const char *name, bool always_read)
{
        for (size_t i = 0; i < r->n_peers; i++) {
                const struct resolve_peer *peer = &r->peers[i];

                if (!is_values(peer) || is_always_read(peer) != always_read)
                        continue;
                struct node *value = resolve_get(r, peer->root, name);
                if (value)
                        return value;
        }
        return NULL;
}

/* In the document itself, then in the others. */
static struct node *in_blocks(struct resolver *r, const char *name,
                              struct node *(*find)(struct resolver *r, const struct node *root,
                                                   const char *name))
{
        struct node *value = find(r, doc_root(r->doc), name);

        for (size_t i = 0; i < r->n_peers && !value; i++)
                if (!is_values(&r->peers[i]))
                        value = find(r, r->peers[i].root, name);
        return value;
}

static struct node *find(struct resolver *r, bool variable, const char *name)
{
        struct node *value = variable ? in_values(r, name, true) : NULL;

        if (!value)
                value = in_blocks(r, name, variable ? default_of : local_of);
        if (variable && (!value || value->type == NODE_NULL))
                value = in_values(r, name, false);
        return value && value->type != NODE_NULL ? value : NULL;
}

const struct node *hcl_name(struct resolver *r, const struct node *at, const char *kind,
                            size_t n_kind, const char *name, size_t n_name)
{
        bool variable = n_kind == 3 && memcmp(kind, "var", 3) == 0;
        char key[NAME_MAX_LENGTH];

        if ((!variable && (n_kind != 5 || memcmp(kind, "local", 5) != 0)) ||
            n_name >= sizeof(key) || !resolve_step(r))
                return NULL;
        memcpy(key, name, n_name);
        key[n_name] = '\0';
        const struct node *value = resolve_import(r, at, find(r, variable, key));
        if (!value || value->type != NODE_UNKNOWN)
                return value;
        if (r->depth >= FOLLOW_MAX)
                return NULL;
        r->depth++;
        value = hcl_evaluate(r, value);
        r->depth--;
        return value;
}
