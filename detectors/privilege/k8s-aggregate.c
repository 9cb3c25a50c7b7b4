/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Roles that are put together from others: a role with the label
 * rbac.authorization.k8s.io/aggregate-to-view is part of view, and one that the selector of a role's
 * aggregationRule takes is part of that. Who has the whole has the part, whatever bindings say.
 * Owns nothing; the roles of a file that take others are k8s-rbac.c's.
 *
 * Source: Kubernetes' documentation, "Using RBAC Authorization", Aggregated ClusterRoles.
 */

#include <string.h>

#include "detectors/privilege/k8s-rbac.h"

static const struct node *labels_of(const struct node *role)
{
        return node_item_first(node_get(node_item_first(node_get(role, "metadata")), "labels"));
}

static const char *built_in(const struct node *labels)
{
        static const char prefix[] = "rbac.authorization.k8s.io/aggregate-to-";

        NODE_CHILDREN(label, labels)
        {
                if (label->key && strncmp(label->key, prefix, sizeof(prefix) - 1) == 0 &&
                    label->key[sizeof(prefix) - 1] != '\0' && node_truth(label) == 1)
                        return label->key + sizeof(prefix) - 1;
        }
        return NULL;
}

static bool selects(const struct node *selector, const struct node *labels)
{
        const struct node *wanted = node_item_first(node_get_loose(selector, "matchLabels"));

        if (!wanted || !wanted->first || node_get_loose(selector, "matchExpressions"))
                return false;
        NODE_CHILDREN(label, wanted)
        {
                const struct node *has = node_get(labels, label->key);
                const char *a = node_text(label), *b = node_text(has);

                if (!a || !b || strcmp(a, b) != 0)
                        return false;
        }
        return true;
}

const char *k8s_aggregated_into(const struct k8s_judge *j, const struct k8s_role *role)
{
        const struct node *labels = role->cluster ? labels_of(role->node) : NULL;
        const char *name = labels ? built_in(labels) : NULL;

        for (size_t i = 0; labels && !name && i < j->n_aggregating; i++) {
                NODE_ITEMS(selector, j->aggregating[i].selectors)
                {
                        if (selects(selector, labels))
                                name = j->aggregating[i].name;
                }
        }
        return name;
}

bool k8s_aggregating_read(const struct node *n, struct k8s_aggregating *ret)
{
        const struct node *rule = node_item_first(node_get_loose(n, "aggregationRule"));
        const struct node *selectors = node_get_loose(rule, "clusterRoleSelectors");
        const char *name = node_text(node_get(node_item_first(node_get(n, "metadata")), "name"));

        *ret = (struct k8s_aggregating){.name = name, .selectors = selectors};
        return name && name[0] && selectors;
}
