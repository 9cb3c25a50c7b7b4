/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Which rights in Kubernetes are dangerous, as a table, and whether a rule of a role covers one of
 * them, asked as the API server would: group, resource with its subresource, verb. Only data and
 * look-ups; judging is in k8s-rbac.c.
 */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "detectors/privilege/k8s-rbac.h"

static const struct k8s_right rights[] = {
#define READ "get", "list", "watch"
#define WRITE "create", "update", "patch"
#define RIGHT(check, group, resource, delta, text, ...) \
        {check, group, resource, delta, text, {__VA_ARGS__}},
#include "detectors/privilege/k8s-rights.def"
#undef RIGHT
};

/* --- does a rule cover it? ----------------------------------------------------------------- */

struct k8s_rule k8s_rule_read(const struct node *n)
{
        return (struct k8s_rule){
                .node = n,
                .groups = node_get_loose(n, "apiGroups"),
                .resources = node_get_loose(n, "resources"),
                .verbs = node_get_loose(n, "verbs"),
                .names = node_get_loose(n, "resourceNames"),
        };
}

bool k8s_rule_names_objects(const struct k8s_rule *rule)
{
        return rule->names && node_item_first(rule->names);
}

static const struct node *list_has(const struct node *list, const char *what)
{
        NODE_ITEMS(item, list)
        {
                const char *text = node_text(item);
                if (text && (strcmp(text, "*") == 0 || strcasecmp(text, what) == 0))
                        return item;
        }
        return NULL;
}

/* "pods/exec" is covered by itself, "*", "pods/\*" and "*\/exec" */
static const struct node *covers_resource(const struct node *list, const char *what)
{
        const char *sub = strchr(what, '/');
        const struct node *found = list_has(list, what);
        if (found || !sub)
                return found;
        char parent[64], any[64];
        (void)snprintf(parent, sizeof(parent), "%.*s/*", (int)(sub - what), what);
        (void)snprintf(any, sizeof(any), "*%s", sub);
        found = list_has(list, parent);
        return found ? found : list_has(list, any);
}

const struct node *k8s_rule_covers(const struct k8s_rule *rule, const struct k8s_right *right)
{
        if (rule->groups && !list_has(rule->groups, right->group))
                return NULL;
        if (!covers_resource(rule->resources, right->resource))
                return NULL;
        for (size_t i = 0; i < ELEMENTSOF(right->verbs) && right->verbs[i]; i++) {
                const struct node *verb = list_has(rule->verbs, right->verbs[i]);
                if (verb)
                        return verb;
        }
        return NULL;
}

const struct k8s_right *k8s_right_at(size_t i)
{
        return i < ELEMENTSOF(rights) ? &rights[i] : NULL;
}
