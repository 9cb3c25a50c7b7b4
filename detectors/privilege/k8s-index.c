/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: who has which role, as far as a file and those beside it tell: an index of their bindings, while the
 * file is judged.
 * Does not own: the documents; what a binding says (k8s-binding.c).
 *
 * A template of Helm writes names as expressions: the same expression is the same name. Terraform names a role
 * by the block that makes it: its label stands for it.
 */
#include <stdlib.h>
#include <string.h>

#include "detectors/formats/resolve.h"
#include "detectors/privilege/k8s-rbac.h"

static int collect(struct node *n, void *userdata)
{
        struct k8s_judge *j = userdata;
        struct k8s_binding b;

        if (j->n_aggregating < K8S_AGGREGATING_MAX &&
            k8s_aggregating_read(n, &j->aggregating[j->n_aggregating]))
                j->n_aggregating++;
        if (!k8s_binding_read(n, &b))
                return 0;
        if (j->n_bindings == j->alloc_bindings) {
                size_t alloc = j->alloc_bindings ? j->alloc_bindings * 2 : 16;
                struct k8s_binding *grown = realloc(j->bindings, alloc * sizeof(*grown));

                if (!grown) {
                        j->incomplete = true;
                        return 1;
                }
                j->bindings = grown;
                j->alloc_bindings = alloc;
        }
        b.file = j->file;
        j->bindings[j->n_bindings++] = b;
        return 0;
}

static int compare_names(const struct k8s_role_name *a, const struct k8s_role_name *b)
{
        if (a->label != b->label)
                return a->label ? 1 : -1;
        if (a->n != b->n)
                return a->n < b->n ? -1 : 1;
        return memcmp(a->s, b->s, a->n);
}

static int compare(const void *a, const void *b)
{
        const struct k8s_binding *x = a, *y = b;
        int r = compare_names(&x->gives, &y->gives);

        if (r != 0)
                return r;
        if (!x->file != !y->file)
                return x->file ? 1 : -1;
        if (x->file && (r = strcmp(x->file, y->file)) != 0)
                return r;
        return x->node->offset < y->node->offset ? -1 : x->node->offset > y->node->offset;
}

void k8s_index_read(struct k8s_judge *j, const struct subject *s)
{
        (void)node_walk(doc_root(s->doc), collect, j);
        for (size_t i = 0; i < s->n_peers; i++) {
                j->file = s->peers[i].name;
                if (s->peers[i].root)
                        (void)node_walk((struct node *)(uintptr_t)s->peers[i].root, collect, j);
        }
        j->file = NULL;
        if (j->n_bindings > 0)
                qsort(j->bindings, j->n_bindings, sizeof(*j->bindings), compare);
}

void k8s_index_done(struct k8s_judge *j)
{
        free(j->bindings);
        j->bindings = NULL;
        j->n_bindings = 0;
}

/* kind: NULL is any. */
static const struct k8s_binding *find(const struct k8s_judge *j, const struct k8s_role_name *name,
                                      const char *kind)
{
        size_t low = 0, high = j->n_bindings;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (compare_names(&j->bindings[middle].gives, name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        for (; low < j->n_bindings && compare_names(&j->bindings[low].gives, name) == 0; low++) {
                const struct k8s_binding *b = &j->bindings[low];

                if (!b->kind || strcmp(b->kind, kind) == 0)
                        return b;
        }
        return NULL;
}

const struct k8s_binding *k8s_index_find(const struct k8s_judge *j, const struct k8s_role *role)
{
        const char *kind = role->cluster ? "ClusterRole" : "Role";
        const char *label = role->node->block ? role->node->label[1] : NULL;
        struct k8s_role_name by_label = {.s = label, .n = label ? strlen(label) : 0, .label = true};
        const struct k8s_binding *found = role->called.n > 0 ? find(j, &role->called, kind) : NULL;

        return found || !label ? found : find(j, &by_label, kind);
}

const struct k8s_binding *k8s_index_find_cluster_role(const struct k8s_judge *j, const char *name)
{
        struct k8s_role_name by_name = {.s = name, .n = strlen(name)};

        return find(j, &by_name, "ClusterRole");
}
