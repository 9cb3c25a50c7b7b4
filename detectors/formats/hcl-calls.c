/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: module blocks in the directory above, and what they say of the variables of this one.
 * Does not own: which files are at hand (common/model/peers.h): all of the directory above or none.
 *
 * What a call says is an expression of the caller: its names are not the module's. What is not known there
 * is marked, so that nobody takes it for a name of the module.
 * Source: Terraform's documentation, "Module Blocks", "Module Sources".
 */
#include "detectors/formats/hcl-calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/hcl-evaluate.h"

#define DEPTH_MAX 16u

/* Whether source is the directory, "./a/b" or "./a/b/". */
static bool is_source(const struct node *source, const char *directory)
{
        const char *s = source ? node_text(source) : NULL;
        size_t n = strlen(directory);

        return s && strncmp(s, "./", 2) == 0 && strncmp(s + 2, directory, n) == 0 &&
               (s[2 + n] == '\0' || strcmp(s + 2 + n, "/") == 0);
}

/* Makes n unknown in the module as well. */
static void mark(struct resolver *r, struct node *n)
{
        static const char of[] = " of the caller";
        size_t size = n->text_len + sizeof(of);
        _cleanup_free_ char *text = malloc(size);
        struct node *marked = NULL;

        if (text) {
                (void)snprintf(text, size, "%.*s%s", (int)MIN_OF(n->text_len, (size_t)1024),
                               n->text ?: "", of);
                marked = resolve_string(r, n, text, strlen(text));
        }
        n->type = NODE_UNKNOWN;
        n->template = false;
        node_set_text(n, marked ? marked->text : of + 1,
                      marked ? marked->text_len : strlen(of) - 1);
}

static int follow(struct node *n, void *userdata)
{
        struct resolver *r = userdata;
        const struct doc_source *source = doc_source(n);

        if (!resolve_step(r))
                return 1;
        if (n->type != NODE_UNKNOWN)
                return 0;
        if ((source && source->templates) || r->depth >= DEPTH_MAX ||
            !resolve_become(r, n, hcl_evaluate(r, n)) || n->type == NODE_UNKNOWN) {
                doc_forget_source(n);
                mark(r, n);
        }
        return 0;
}

/* A copy of what a call says, with what its names are there. */
static const struct node *taken(struct resolver *r, const struct node *at, const struct node *value)
{
        const struct node *copy = resolve_import(r, at, value);

        if (!copy)
                return NULL;
        r->calling = true;
        r->depth++;
        int k = node_walk((struct node *)(uintptr_t)copy, follow, r);
        r->depth--;
        r->calling = false;
        return k == 0 && copy->type != NODE_UNKNOWN ? copy : NULL;
}

static bool same(const struct node *a, const struct node *b)
{
        return node_text(a) && node_text(b) && strcmp(node_text(a), node_text(b)) == 0;
}

struct calls {
        unsigned n, saying; /* calls, and those of them that say something */
        const struct node *value;
        bool differ;
};

static void look_in(struct resolver *r, const struct node *at, const struct resolve_peer *peer,
                    const char *name, struct calls *c)
{
        const struct node *modules = resolve_get(r, peer->root, "module");

        NODE_ITEMS(call, modules)
        {
                if (!is_source(resolve_get(r, call, "source"), peer->module))
                        continue;
                c->n++;
                const struct node *value = resolve_get(r, call, name);
                if (!value)
                        continue;
                value = taken(r, at, value);
                c->differ = c->differ || !value || (c->value && !same(c->value, value));
                c->value = value;
                c->saying++;
        }
}

bool hcl_call_value(struct resolver *r, const struct node *at, const char *name,
                    const struct node **ret)
{
        struct calls c = {.n = 0};

        for (size_t i = 0; i < r->n_peers; i++)
                if (r->peers[i].root && r->peers[i].module)
                        look_in(r, at, &r->peers[i], name, &c);
        if (c.saying == 0)
                return false;
        *ret = c.differ || c.saying < c.n ? NULL : c.value;
        return true;
}

bool hcl_calls_here(const struct node *root)
{
        const struct node *modules = node_get(root, "module");

        NODE_ITEMS(call, modules)
        {
                const struct node *source = node_get(call, "source");
                const char *s = source ? node_text(source) : NULL;

                if (s && strncmp(s, "./", 2) == 0)
                        return true;
        }
        return false;
}
