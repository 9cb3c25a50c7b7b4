/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what the patches of a kustomization, written out in it or in files of their own, say of the objects
 * that they change.
 * Does not own: finding the kustomization of a file (common/model/peers.h); what the objects that are
 * changed say themselves.
 *
 * A patch is a part of an object: its mappings have the tag "patch", and that something is not in them
 * says nothing (detectors/privilege/tree-path.c). What vars and replacements put into it is unknown.
 * Source: Kustomize's documentation, "patches", "replacements", "vars"; RFC 6902.
 */
#include "detectors/formats/resolve-kustomize.h"

#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"

#define SEGMENT_MAX 128u
#define PATH_MAX_LENGTH 512u

struct kustomization {
        struct resolver *r;
        const struct node *root; /* as it was read */
        struct node *all;        /* the documents */
};

bool resolve_kustomize_fits(const struct node *root)
{
        static const char *const keys[] = {"patches", "patchesStrategicMerge", "patchesJson6902"};
        const struct node *kind = node_get(root, "kind");
        bool patches = false;

        if (root->type != NODE_MAPPING || root->multi)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                patches = patches || node_get(root, keys[i]);
        return patches &&
               (kind ? node_equals(kind, "Kustomization") || node_equals(kind, "Component")
                     : node_get(root, "resources") || node_get(root, "bases"));
}

static int mark_partial(struct node *n, void *userdata)
{
        (void)userdata;
        if (n->type == NODE_MAPPING && !n->tag)
                n->tag = "patch";
        return 0;
}

static void put_text(struct kustomization *k, struct node *object, const char *key,
                     const char *text)
{
        struct node *n = resolve_string(k->r, object, text, strlen(text));

        (void)doc_append(k->r->doc, object, n, key);
}

static const char *text_at(const struct node *n, const char *key)
{
        const struct node *value = node_get(n, key);

        return value ? node_text(value) : NULL;
}

/* The kind of an object that does not say it is its target's. */
static void complete(struct kustomization *k, struct node *object, const struct node *target)
{
        const char *kind = text_at(target, "kind"), *name = text_at(target, "name");
        const char *group = text_at(target, "group"), *version = text_at(target, "version");
        char api[SEGMENT_MAX];

        if (kind && !node_get(object, "kind"))
                put_text(k, object, "kind", kind);
        if (!node_get(object, "apiVersion")) {
                (void)snprintf(api, sizeof(api), "%s%s%s", group ?: "", group ? "/" : "",
                               version ?: "v1");
                put_text(k, object, "apiVersion", api);
        }
        if (!name || node_get(object, "metadata"))
                return;
        struct node *metadata =
                doc_node(k->r->doc, NODE_MAPPING, object->line, object->column, object->offset);
        if (metadata && doc_append(k->r->doc, object, metadata, "metadata") == 0)
                put_text(k, metadata, "name", name);
}

/* --- what others put into it --------------------------------------------------------------- */

static int hide_vars(struct node *n, void *userdata)
{
        const struct kustomization *k = userdata;
        const struct node *vars = node_get(k->root, "vars");
        const char *text = n->type == NODE_STRING ? n->text : NULL;

        if (!text || !strstr(text, "$(") || !resolve_look(k->r, vars))
                return 0;
        NODE_ITEMS(var, vars)
        {
                const char *name = text_at(var, "name");
                char reference[SEGMENT_MAX];

                if (!name || (size_t)snprintf(reference, sizeof(reference), "$(%s)", name) >=
                                     sizeof(reference))
                        continue;
                if (strstr(text, reference))
                        n->type = NODE_UNKNOWN;
        }
        return 0;
}

/* a.b.c: through mappings only; of what is in lists the place is not looked for. */
static void hide_field(struct node *object, const struct node *path)
{
        const char *text = node_text(path);
        struct node *n = text ? node_at(object, text) : NULL;

        if (n && node_is_scalar(n))
                n->type = NODE_UNKNOWN;
}

static void hide_replaced(const struct kustomization *k, struct node *object)
{
        const struct node *replacements = node_get(k->root, "replacements");
        const char *kind = text_at(object, "kind");

        NODE_ITEMS(replacement, replacements)
        {
                const struct node *targets = resolve_get(k->r, replacement, "targets");

                NODE_ITEMS(target, targets)
                {
                        const char *wanted = text_at(resolve_get(k->r, target, "select"), "kind");

                        if (wanted && (!kind || strcmp(kind, wanted) != 0))
                                continue;
                        NODE_ITEMS(path, node_get(target, "fieldPaths"))
                        {
                                if (resolve_look(k->r, NULL))
                                        hide_field(object, path);
                        }
                }
        }
}

/* The object is complete: it becomes a document. */
static void add_object(struct kustomization *k, struct node *object)
{
        (void)node_walk(object, mark_partial, NULL);
        (void)node_walk(object, hide_vars, k);
        hide_replaced(k, object);
        (void)doc_append(k->r->doc, k->all, object, NULL);
}

/* --- changes by path ----------------------------------------------------------------------- */

/* The segment behind the slash at *path, with ~1 and ~0 decoded; moves behind it. */
static bool take_segment(const char **path, char *dst, size_t size)
{
        size_t n = 0;

        if (**path != '/')
                return false;
        for (++*path; **path && **path != '/'; ++*path) {
                char c = **path;

                if (c == '~' && ((*path)[1] == '0' || (*path)[1] == '1'))
                        c = *++*path == '0' ? '~' : '/';
                if (n + 1 == size)
                        return false;
                dst[n++] = c;
        }
        dst[n] = '\0';
        return true;
}

/* Whether the segment behind the slash is the place of an item. */
static bool is_index(const char *path)
{
        size_t n = strcspn(path + 1, "/");

        return (n == 1 && path[1] == '-') || (n > 0 && strspn(path + 1, "0123456789") == n);
}

/* Puts value where the path says, in an object that has nothing else there. */
static bool put_value(struct kustomization *k, struct node *object, const char *path,
                      const struct node *value)
{
        struct doc *d = k->r->doc;
        struct node *at = object;

        while (resolve_step(k->r)) {
                char segment[SEGMENT_MAX];
                bool item = at->type == NODE_SEQUENCE;

                if (!take_segment(&path, segment, sizeof(segment)))
                        return false;
                const char *key = item ? NULL : doc_text(d, segment, strlen(segment));
                if (!*path)
                        return resolve_count(k->r, value) && doc_copy(d, value, at, key);
                struct node *next = doc_node(d, is_index(path) ? NODE_SEQUENCE : NODE_MAPPING,
                                             value->line, value->column, value->offset);
                if (!next || doc_append(d, at, next, key) < 0)
                        return false;
                next->end_line = value->end_line;
                next->length = value->length;
                at = next;
        }
        return false;
}

static void add_change(struct kustomization *k, const struct node *change,
                       const struct node *target)
{
        const char *op = text_at(change, "op"), *path = text_at(change, "path");
        const struct node *value = node_get(change, "value");

        if (!op || (strcmp(op, "add") != 0 && strcmp(op, "replace") != 0) || !path ||
            strlen(path) > PATH_MAX_LENGTH || !value)
                return;
        struct node *object =
                doc_node(k->r->doc, NODE_MAPPING, change->line, change->column, change->offset);
        if (!object)
                return;
        object->end_line = change->end_line;
        object->length = change->length;
        if (!put_value(k, object, path, value))
                return;
        complete(k, object, target);
        add_object(k, object);
}

/* --- patches ------------------------------------------------------------------------------- */

/* What is in the tree of a patch becomes documents. */
static void add_tree(struct kustomization *k, struct node *tree, const struct node *target)
{
        struct node *next;

        if (tree->type == NODE_MAPPING) {
                complete(k, tree, target);
                add_object(k, tree);
                return;
        }
        for (struct node *one = tree->type == NODE_SEQUENCE ? tree->first : NULL; one; one = next) {
                next = one->next;
                if (!tree->multi)
                        add_change(k, one, target);
                else if (one->type == NODE_MAPPING) {
                        complete(k, one, target);
                        add_object(k, one);
                }
        }
}

static void add_patch(struct kustomization *k, const struct node *text, const struct node *target)
{
        const struct doc_source *json = doc_source(text);
        struct node *tree = json ? doc_embedded(k->r->doc, (struct node *)(uintptr_t)text)
                                 : doc_embedded_yaml(k->r->doc, text);

        if (!tree || !resolve_count(k->r, tree))
                return;
        if (json && tree->type == NODE_MAPPING) {
                /* it is kept where it was found */
                struct node *copy =
                        doc_node(k->r->doc, NODE_MAPPING, tree->line, tree->column, tree->offset);
                if (!copy || doc_become(k->r->doc, copy, tree) < 0)
                        return;
                copy->end_line = tree->end_line;
                copy->length = tree->length;
                tree = copy;
        }
        add_tree(k, tree, target);
}

/* Patches that name their target, and have the text under "patch". */
static void add_targeted(struct kustomization *k, const char *key)
{
        const struct node *patches = node_get(k->root, key);

        NODE_ITEMS(patch, patches)
        {
                const struct node *text = node_get(patch, "patch");

                if (text && text->type == NODE_STRING)
                        add_patch(k, text, node_get(patch, "target"));
        }
}

static struct node *documents(struct doc *d)
{
        const struct node *root = doc_root(d);
        struct node *all = doc_node(d, NODE_SEQUENCE, root->line, root->column, root->offset);

        if (!all)
                return NULL;
        all->multi = true;
        all->end_line = root->end_line;
        all->length = root->length;
        return all;
}

void resolve_kustomize(struct resolver *r)
{
        struct node *root = doc_root(r->doc);
        struct kustomization k = {.r = r, .root = root, .all = documents(r->doc)};

        if (!k.all)
                return;
        add_targeted(&k, "patches");
        add_targeted(&k, "patchesJson6902");
        const struct node *merged = node_get(root, "patchesStrategicMerge");
        NODE_ITEMS(text, merged)
        {
                /* others are names of files */
                if (text->type == NODE_STRING && memchr(text->text, '\n', text->text_len))
                        add_patch(&k, text, NULL);
        }
        if (!k.all->first || doc_append(r->doc, k.all, root, NULL) < 0)
                return;
        doc_set_root(r->doc, k.all);
}

/* --- files --------------------------------------------------------------------------------- */

static bool is_file(struct resolver *r, const struct node *n, const char *name)
{
        const char *path = n ? node_text(n) : NULL;

        if (!path || !resolve_look(r, NULL))
                return false;
        while (strncmp(path, "./", 2) == 0)
                path += 2;
        return strcmp(path, name) == 0;
}

/* Whether the kustomization says that the file is a patch; *ret: of what, or NULL. */
static bool is_patch(struct resolver *r, const struct node *root, const char *name,
                     const struct node **ret)
{
        static const char *const keys[] = {"patches", "patchesJson6902"};
        const struct node *merged = node_get(root, "patchesStrategicMerge");

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                const struct node *patches = node_get(root, keys[i]);

                NODE_ITEMS(patch, patches)
                {
                        *ret = node_get(patch, "target");
                        if (is_file(r, node_get(patch, "path"), name))
                                return true;
                }
        }
        *ret = NULL;
        NODE_ITEMS(path, merged)
        {
                if (is_file(r, path, name))
                        return true;
        }
        return false;
}

void doc_read_patch(struct doc *d, const char *name, const struct resolve_peer *peers,
                    size_t n_peers)
{
        struct resolver r = resolver_of_doc(d, peers, n_peers);
        const struct node *target;

        for (size_t i = 0; doc_root(d) && i < n_peers; i++) {
                const struct node *root = peers[i].root;

                if (!root || strncmp(peers[i].name, "kustomization.", 14) != 0 ||
                    !is_patch(&r, root, name, &target))
                        continue;
                struct kustomization k = {.r = &r, .root = root, .all = documents(d)};
                struct node *tree = doc_root(d);
                if (!k.all)
                        return;
                add_tree(&k, tree, target);
                if (k.all->first)
                        doc_set_root(d, k.all);
                return;
        }
}
