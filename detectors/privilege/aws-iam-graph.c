/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Who has which policy: a policy is a resource of its own more often than not, and what a user, group
 * or role may do is what all of theirs allow together. Two resources belong together where one names
 * the other: by a reference (aws_iam_user.bob.name, {Ref: Bob}) or by its name.
 *
 *   walk → entities (resources of IAM, and data sources that hold a policy)
 *        → for each the principals and the policies that it names → edges
 *
 * Owns: entities and edges of one file, bounded in number; what is beyond counts as not connected.
 * Must not judge.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "detectors/privilege/aws-iam.h"

#define ENTITIES_MAX 512u
#define EDGES_MAX 8192u
#define NAMES_MAX 8192u /* references that are followed */
#define HOPS_MAX 4u     /* attachment → policy → document → document */
#define LIST_MAX 64u
#define LABEL_MAX 128u

#define DOCUMENT "aws_iam_policy_document"

struct entity {
        const struct node *node;
        const struct node *attributes; /* node itself, or CloudFormation's Properties */
        const char *type, *label;
        const char *name; /* that it gives itself, or NULL */
        const char *kind; /* "user", "group", "role"; NULL: no principal */
};

struct edge {
        uint16_t principal, policy; /* indices of entities and policies */
};

struct aws_graph {
        struct aws_policy *policies;
        size_t n_policies;
        struct entity entities[ENTITIES_MAX];
        size_t n_entities;
        struct edge edges[EDGES_MAX];
        size_t n_edges;
        unsigned names_left;
        struct aws_principal principals[ENTITIES_MAX];
        uint16_t entity_of[ENTITIES_MAX]; /* a principal's */
        size_t n_principals;
        bool *held; /* by policy */
};

struct list {
        uint16_t items[LIST_MAX];
        size_t n;
};

static void list_add(struct list *l, size_t item)
{
        for (size_t i = 0; i < l->n; i++)
                if (l->items[i] == item)
                        return;
        if (l->n < LIST_MAX)
                l->items[l->n++] = (uint16_t)item;
}

/* --- entities ------------------------------------------------------------------------------ */

static const char *principal_kind(const char *type)
{
        static const struct {
                const char *type, *kind;
        } kinds[] = {
                {"aws_iam_user", "user"},   {"aws_iam_group", "group"},
                {"aws_iam_role", "role"},   {"AWS::IAM::User", "user"},
                {"AWS::IAM::Role", "role"}, {"AWS::IAM::Group", "group"},
        };
        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (strcmp(kinds[i].type, type) == 0)
                        return kinds[i].kind;
        return NULL;
}

static bool entity_read(const struct node *n, struct entity *ret)
{
        if (n->type != NODE_MAPPING)
                return false;
        if (n->block && n->label[0] && n->label[1]) {
                *ret = (struct entity){.node = n,
                                       .attributes = n,
                                       .type = n->label[0],
                                       .label = n->label[1],
                                       .name = node_text(node_get(n, "name"))};
        } else {
                const char *type = n->key ? node_text(node_get(n, "Type")) : NULL;

                if (!type)
                        return false;
                *ret = (struct entity){.node = n,
                                       .attributes = node_get(n, "Properties"),
                                       .type = type,
                                       .label = n->key};
        }
        if (strncmp(ret->type, "aws_iam_", 8) != 0 && strncmp(ret->type, "AWS::IAM::", 10) != 0)
                return false;
        ret->kind = principal_kind(ret->type);
        return ret->label[0] != '\0';
}

/* --- references ---------------------------------------------------------------------------- */

static size_t name_length(const char *s)
{
        return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
}

static const struct entity *by_label(struct aws_graph *g, const char *type, size_t type_size,
                                     const char *label, size_t label_size)
{
        if (g->names_left == 0)
                return NULL;
        g->names_left--;
        for (size_t i = 0; i < g->n_entities; i++) {
                const struct entity *e = &g->entities[i];

                if (strncmp(e->label, label, label_size) == 0 && e->label[label_size] == '\0' &&
                    (!type ||
                     (strncmp(e->type, type, type_size) == 0 && e->type[type_size] == '\0')))
                        return e;
        }
        return NULL;
}

/* aws_iam_user.bob.name, ${aws_iam_user.bob.arn}, data.aws_iam_policy_document.x.json */
static const struct entity *by_expression(struct aws_graph *g, const char *text)
{
        const char *type = strstr(text, "aws_iam_");
        size_t type_size = type ? name_length(type) : 0;

        if (!type || type[type_size] != '.')
                return NULL;
        const char *label = type + type_size + 1;
        return by_label(g, type, type_size, label, name_length(label));
}

/* {Ref: Bob}, !Ref Bob, !GetAtt Bob.Arn, !Sub "${Bob}" */
static const struct entity *by_function(struct aws_graph *g, const struct node *item)
{
        const struct node *value = item->tag && item->tag[0] == '!' ? item : NULL;

        if (!value && item->type == NODE_MAPPING && item->count == 1)
                value = item->first;
        if (value && value->type == NODE_SEQUENCE)
                value = value->first;
        const char *label = value ? value->text : NULL;
        if (!label)
                return NULL;
        if (strncmp(label, "${", 2) == 0)
                label += 2;
        return by_label(g, NULL, 0, label, name_length(label));
}

static const struct entity *by_name(const struct aws_graph *g, const char *name)
{
        for (size_t i = 0; i < g->n_entities; i++)
                if (g->entities[i].kind && g->entities[i].name &&
                    strcmp(g->entities[i].name, name) == 0)
                        return &g->entities[i];
        return NULL;
}

/* The entity that an item of an attribute names, or NULL. */
static const struct entity *named(struct aws_graph *g, const struct node *item)
{
        const struct entity *e = by_function(g, item);

        if (!e && item->text)
                e = by_expression(g, item->text);
        return e;
}

/* --- what an entity names ------------------------------------------------------------------ */

static void add_principals(struct aws_graph *g, const struct entity *e, struct list *ret)
{
        static const char *const keys[] = {"user",   "users", "role",  "roles", "group",
                                           "groups", "Users", "Roles", "Groups"};
        if (e->kind) {
                list_add(ret, (size_t)(e - g->entities));
                return;
        }
        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                NODE_ITEMS(item, node_get(e->attributes, keys[i]))
                {
                        const struct entity *to = named(g, item);
                        const char *text = node_text(item);

                        if (!to && text && g->names_left > 0) {
                                g->names_left--;
                                to = by_name(g, text);
                        }
                        if (to && to->kind)
                                list_add(ret, (size_t)(to - g->entities));
                }
        }
}

static void add_policies(struct aws_graph *g, const struct entity *e, struct list *ret,
                         unsigned hops)
{
        /* a boundary and who may assume a role grant nothing to it */
        static const char *const keys[] = {"policy",
                                           "policy_arn",
                                           "policy_arns",
                                           "managed_policy_arns",
                                           "ManagedPolicyArns",
                                           "source_policy_documents",
                                           "override_policy_documents"};

        for (size_t i = 0; i < g->n_policies; i++)
                if (g->policies[i].holder == e->node && g->policies[i].use == AWS_POLICY_IDENTITY)
                        list_add(ret, i);
        if (hops == 0)
                return;
        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                NODE_ITEMS(item, node_get(e->attributes, keys[i]))
                {
                        const struct entity *to = named(g, item);

                        if (to && to != e && !to->kind)
                                add_policies(g, to, ret, hops - 1);
                }
        }
        NODE_ITEMS(block, node_get(e->attributes, "inline_policy"))
        {
                const struct node *policy = node_get(block, "policy");
                const struct entity *to = policy ? named(g, policy) : NULL;

                if (to && !to->kind)
                        add_policies(g, to, ret, hops - 1);
        }
}

/* A permissions boundary only ever limits. */
static void note_boundary(struct aws_graph *g, const struct entity *e)
{
        const struct node *boundary = node_get_loose(e->attributes, "permissions_boundary");
        const struct entity *to = boundary ? named(g, boundary) : NULL;
        struct list policies = {.n = 0};

        if (!to || to->kind)
                return;
        add_policies(g, to, &policies, HOPS_MAX);
        for (size_t i = 0; i < policies.n; i++)
                g->policies[policies.items[i]].boundary = true;
}

/* --- edges --------------------------------------------------------------------------------- */

static int compare_edges(const void *a, const void *b)
{
        const struct edge *x = a, *y = b;

        if (x->principal != y->principal)
                return x->principal < y->principal ? -1 : 1;
        return x->policy < y->policy ? -1 : x->policy > y->policy;
}

static void connect(struct aws_graph *g)
{
        for (size_t i = 0; i < g->n_entities; i++) {
                struct list principals = {.n = 0}, policies = {.n = 0};

                add_principals(g, &g->entities[i], &principals);
                if (g->entities[i].kind)
                        note_boundary(g, &g->entities[i]);
                if (principals.n > 0)
                        add_policies(g, &g->entities[i], &policies, HOPS_MAX);
                for (size_t k = 0; k < principals.n * policies.n; k++) {
                        if (g->n_edges == EDGES_MAX)
                                return;
                        g->edges[g->n_edges++] = (struct edge){principals.items[k / policies.n],
                                                               policies.items[k % policies.n]};
                }
        }
}

static void take_principals(struct aws_graph *g)
{
        size_t n = 0;

        if (g->n_edges > 0)
                qsort(g->edges, g->n_edges, sizeof(*g->edges), compare_edges);
        for (size_t i = 0; i < g->n_edges; i++) {
                const struct edge edge = g->edges[i];

                if (n > 0 && compare_edges(&edge, &g->edges[n - 1]) == 0)
                        continue;
                g->edges[n++] = edge;
                g->held[edge.policy] = true;
                if (g->n_principals > 0 && g->entity_of[g->n_principals - 1] == edge.principal)
                        continue;
                const struct entity *e = &g->entities[edge.principal];
                g->entity_of[g->n_principals] = edge.principal;
                g->principals[g->n_principals++] =
                        (struct aws_principal){e->node, e->kind, e->label};
        }
        g->n_edges = n;
}

/* --- walking ------------------------------------------------------------------------------- */

static const struct node *block_around(const struct node *n)
{
        while (n && !(n->block && n->label[0] && n->label[1]))
                n = n->parent;
        return n;
}

/* A data source only holds a policy: what it is for says the first resource that takes it. */
static void note_use(struct aws_graph *g, const struct node *n)
{
        const char *reference = strstr(n->text, DOCUMENT ".");
        const struct node *user = reference ? block_around(n) : NULL;

        if (!user || strcmp(user->label[0], DOCUMENT) == 0)
                return;
        const char *label = reference + strlen(DOCUMENT ".");
        size_t size = name_length(label);
        for (size_t i = 0; i < g->n_policies; i++) {
                struct aws_policy *p = &g->policies[i];

                if (strcmp(p->type, DOCUMENT) == 0 && !p->used_at &&
                    strncmp(p->name, label, size) == 0 && p->name[size] == '\0') {
                        p->used_at = n;
                        p->type = user->label[0];
                        p->use = aws_policy_use_at(p->type, user, n);
                }
        }
}

static int visit(struct node *n, void *userdata)
{
        struct aws_graph *g = userdata;

        if (n->type == NODE_UNKNOWN && n->text && g->names_left > 0) {
                if (strstr(n->text, DOCUMENT ".")) {
                        g->names_left--;
                        note_use(g, n);
                }
                return 0;
        }
        if (g->n_entities < ENTITIES_MAX && entity_read(n, &g->entities[g->n_entities]))
                g->n_entities++;
        return 0;
}

int aws_graph_new(struct aws_graph **ret, struct node *root, struct aws_policy *policies, size_t n)
{
        struct aws_graph *g = calloc(1, sizeof(*g));

        if (!g)
                return -ENOMEM;
        g->policies = policies;
        g->n_policies = n;
        g->names_left = NAMES_MAX;
        g->held = calloc(n + 1, sizeof(*g->held));
        if (!g->held) {
                free(g);
                return -ENOMEM;
        }
        (void)node_walk(root, visit, g);
        connect(g);
        take_principals(g);
        *ret = g;
        return 0;
}

struct aws_graph *aws_graph_free(struct aws_graph *g)
{
        if (g)
                free(g->held);
        free(g);
        return NULL;
}

const struct aws_principal *aws_graph_principal(const struct aws_graph *g, size_t i)
{
        return i < g->n_principals ? &g->principals[i] : NULL;
}

size_t aws_graph_policies(const struct aws_graph *g, size_t i, size_t *ret, size_t max)
{
        size_t n = 0;

        for (size_t k = 0; k < g->n_edges && n < max; k++)
                if (g->edges[k].principal == g->entity_of[i])
                        ret[n++] = g->edges[k].policy;
        return n;
}

bool aws_graph_is_held(const struct aws_graph *g, size_t policy)
{
        return g->held[policy];
}
