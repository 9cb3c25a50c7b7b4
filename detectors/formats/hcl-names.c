/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: where Terraform's variables and locals get their values: blocks of the file and of its
 * directory, and files of values; what data sources of files give.
 * Does not own: expressions (hcl-evaluate.c), calls of modules (hcl-calls.c).
 *
 * terraform.tfvars and *.auto.tfvars are always read; of the other files of values one is meant to be
 * chosen, so they count only where nothing else gives a value.
 * Source: Terraform's documentation, "Input Variables", "Variable Definition Precedence".
 */
#include "detectors/formats/hcl-names.h"

#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/formats/hcl-calls.h"
#include "detectors/formats/hcl-evaluate.h"
#include "detectors/formats/hcl-functions.h"

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

                if (r->calling || !peer->root || !is_values(peer) ||
                    is_always_read(peer) != always_read)
                        continue;
                struct node *value = resolve_get(r, peer->root, name);
                if (value)
                        return value;
        }
        return NULL;
}

/* In the document itself, then in the others of its directory; or in those of who calls it. */
static struct node *in_blocks(struct resolver *r, const char *name,
                              struct node *(*find)(struct resolver *r, const struct node *root,
                                                   const char *name))
{
        struct node *value = r->calling ? NULL : find(r, doc_root(r->doc), name);

        for (size_t i = 0; i < r->n_peers && !value; i++) {
                const struct resolve_peer *peer = &r->peers[i];

                if (peer->root && !is_values(peer) && (peer->module != NULL) == r->calling)
                        value = find(r, peer->root, name);
        }
        return value;
}

static const struct node *find(struct resolver *r, const struct node *at, bool variable,
                               const char *name)
{
        const struct node *value = variable ? in_values(r, name, true) : NULL;

        if (!value && variable && !r->calling && hcl_call_value(r, at, name, &value))
                return value;
        if (!value)
                value = in_blocks(r, name, variable ? default_of : local_of);
        if (variable && (!value || value->type == NODE_NULL))
                value = in_values(r, name, false);
        return value && value->type != NODE_NULL ? resolve_import(r, at, value) : NULL;
}

/* The value of what is in the document, or was imported into it. */
static const struct node *followed(struct resolver *r, const struct node *value)
{
        /* a document keeps what is known of it, whatever else is in it */
        if (!value || value->type != NODE_UNKNOWN || doc_source(value))
                return value;
        if (r->depth >= FOLLOW_MAX)
                return NULL;
        r->depth++;
        value = hcl_evaluate(r, value);
        r->depth--;
        return value;
}

static bool is(const char *s, size_t n, const char *word)
{
        return strlen(word) == n && memcmp(s, word, n) == 0;
}

const struct node *hcl_name(struct resolver *r, const struct node *at, const char *kind,
                            size_t n_kind, const char *name, size_t n_name)
{
        bool variable = is(kind, n_kind, "var");
        char key[NAME_MAX_LENGTH];

        /* of the root module they are the same; and where there is such a file, it is meant */
        if (is(kind, n_kind, "path") && (is(name, n_name, "module") || is(name, n_name, "root")))
                return r->calling ? NULL : resolve_string(r, at, ".", 1);
        if ((!variable && !is(kind, n_kind, "local")) || n_name >= sizeof(key) || !resolve_step(r))
                return NULL;
        memcpy(key, name, n_name);
        key[n_name] = '\0';
        return followed(r, find(r, at, variable, key));
}

/* --- data sources -------------------------------------------------------------------------- */

struct source {
        const char *type, *name;
        size_t n_type, n_name;
};

static const struct node *block_of(struct resolver *r, const struct node *root,
                                   const struct source *s)
{
        const struct node *blocks = resolve_get(r, root, "data");

        if (!resolve_look(r, blocks))
                return NULL;
        NODE_ITEMS(block, blocks)
        {
                if (block->label[0] && block->label[1] && is(s->type, s->n_type, block->label[0]) &&
                    is(s->name, s->n_name, block->label[1]))
                        return block;
        }
        return NULL;
}

static const struct node *attribute(struct resolver *r, const struct node *at,
                                    const struct node *block, const char *name)
{
        return followed(r, resolve_import(r, at, resolve_get(r, block, name)));
}

/* The text of the file that the block names. */
static const struct node *content_of(struct resolver *r, const struct node *at,
                                     const struct node *block)
{
        const struct node *name = attribute(r, at, block, "filename");

        return name ? hcl_call(r, at, "file", 4, &name, 1) : NULL;
}

static const struct node *rendering_of(struct resolver *r, const struct node *at,
                                       const struct node *block)
{
        const struct node *text = attribute(r, at, block, "template");

        return text && node_text(text)
                       ? hcl_render(r, at, text->text, text->text_len,
                                    resolve_import(r, at, resolve_get(r, block, "vars")))
                       : NULL;
}

const struct node *hcl_data(struct resolver *r, const struct node *at, const char *type,
                            size_t n_type, const char *name, size_t n_name)
{
        const struct source s = {type, name, n_type, n_name};
        bool file = is(type, n_type, "local_file");

        if (r->calling || (!file && !is(type, n_type, "template_file")) || !resolve_step(r))
                return NULL;
        const struct node *block = block_of(r, doc_root(r->doc), &s);
        for (size_t i = 0; i < r->n_peers && !block; i++)
                if (r->peers[i].root && !r->peers[i].module)
                        block = block_of(r, r->peers[i].root, &s);
        if (!block || r->depth >= FOLLOW_MAX)
                return NULL;
        r->depth++;
        const struct node *text = file ? content_of(r, at, block) : rendering_of(r, at, block);
        r->depth--;
        struct node *made =
                text ? doc_node(r->doc, NODE_MAPPING, at->line, at->column, at->offset) : NULL;
        return made && doc_copy(r->doc, text, made, file ? "content" : "rendered") ? made : NULL;
}
