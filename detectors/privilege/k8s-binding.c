/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Judges Kubernetes role bindings: which role goes to whom. Three things are wrong whatever the
 * role says: the cluster administrator's role, subjects that everybody is, and the default service
 * account, which every pod has that names no other. Owns nothing.
 */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "detectors/privilege/k8s-rbac.h"

static bool label_is(const struct node *n, const char *type)
{
        size_t len = strlen(type);
        return n->block && n->label[0] && strncmp(n->label[0], type, len) == 0 &&
               (n->label[0][len] == '\0' || strcmp(n->label[0] + len, "_v1") == 0);
}

struct k8s_role_name k8s_name(const struct node *n)
{
        const char *text = n && n->type == NODE_UNKNOWN ? n->text : n ? node_text(n) : NULL;

        return (struct k8s_role_name){.s = text ?: "", .n = text ? strlen(text) : 0};
}

/* kubernetes_cluster_role.NAME.metadata[0].name: NAME. */
static bool refers(const char *text, struct k8s_role_name *ret)
{
        static const char *const types[] = {"kubernetes_cluster_role.", "kubernetes_role.",
                                            "kubernetes_cluster_role_v1.", "kubernetes_role_v1."};

        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                size_t n = strlen(types[i]);

                if (strncmp(text, types[i], n) != 0)
                        continue;
                *ret = (struct k8s_role_name){
                        .s = text + n, .n = strcspn(text + n, ".["), .label = true};
                return true;
        }
        return false;
}

static void read_role(const struct node *role, struct k8s_binding *b)
{
        const struct node *n = node_get(role, "name");

        b->role = n;
        b->role_name = node_text(n) ?: "";
        b->kind = node_text(node_get(role, "kind"));
        if (!n || n->type != NODE_UNKNOWN || !n->text || !refers(n->text, &b->gives))
                b->gives = k8s_name(n);
}

bool k8s_binding_read(const struct node *n, struct k8s_binding *ret)
{
        if (n->type != NODE_MAPPING)
                return false;
        const struct node *kind = node_get(n, "kind");
        bool cluster = label_is(n, "kubernetes_cluster_role_binding") ||
                       (kind && node_equals(kind, "ClusterRoleBinding"));
        if (!cluster && !label_is(n, "kubernetes_role_binding") &&
            !(kind && node_equals(kind, "RoleBinding")))
                return false;
        const struct node *metadata = node_item_first(node_get(n, "metadata"));
        const char *name = node_text(node_get(metadata, "name"));
        *ret = (struct k8s_binding){
                .node = n,
                .subjects = node_get(n, n->block ? "subject" : "subjects"),
                .name = name                      ? name
                        : n->block && n->label[1] ? n->label[1]
                                                  : "binding",
                .cluster = cluster,
        };
        read_role(node_item_first(node_get_loose(n, "roleRef")), ret);
        return true;
}

static void say(const struct k8s_judge *j, const struct k8s_binding *b, const char *check,
                const struct node *at, int delta, const char *what)
{
        char identity[256];

        (void)snprintf(identity, sizeof(identity), "%s/%s/%s", b->name, check, what);
        report_check(j->reporter, j->analyser, check, spot_of_node(at), CERTAINTY_YES, delta,
                     identity, "%s gives %s to %s%s", b->name,
                     b->role_name[0] ? b->role_name : "a role", what,
                     b->cluster ? " in every namespace" : "");
}

/* Groups and users that everybody, or every workload, is. */
static bool is_everybody(const char *kind, const char *name)
{
        static const struct {
                const char *kind, *name;
        } subjects[] = {
                {"User", "system:anonymous"},
                {"Group", "system:unauthenticated"},
                {"Group", "system:authenticated"},
                {"Group", "system:serviceaccounts"},
        };
        for (size_t i = 0; i < ELEMENTSOF(subjects); i++)
                if (strcmp(subjects[i].kind, kind) == 0 && strcmp(subjects[i].name, name) == 0)
                        return true;
        return false;
}

bool k8s_binding_is_for_everybody(const struct k8s_binding *b)
{
        NODE_ITEMS(subject, b->subjects)
        {
                const char *kind = node_text(node_get(subject, "kind")),
                           *name = node_text(node_get(subject, "name"));

                if (kind && name && is_everybody(kind, name))
                        return true;
        }
        return false;
}

/* Roles that Kubernetes itself gives to everybody. */
static bool is_meant_for_everybody(const char *role)
{
        return strcmp(role, "system:public-info-viewer") == 0 ||
               strcmp(role, "system:discovery") == 0 || strcmp(role, "system:basic-user") == 0 ||
               strcmp(role, "system:service-account-issuer-discovery") == 0;
}

static void judge_subject(const struct k8s_judge *j, const struct k8s_binding *b,
                          const struct node *subject)
{
        const struct node *at = node_get(subject, "name");
        const char *name = node_text(at), *kind = node_text(node_get(subject, "kind"));
        if (!name || !kind)
                return;
        bool account = strcmp(kind, "ServiceAccount") == 0;
        if (is_everybody(kind, name) && !is_meant_for_everybody(b->role_name))
                say(j, b, "anonymous", at, strcmp(name, "system:authenticated") == 0 ? -1 : 0,
                    name);
        else if (strcmp(kind, "Group") == 0 && strcmp(name, "system:masters") == 0)
                say(j, b, "cluster-admin", at, 0, name);
        else if (account && strcmp(name, "default") == 0)
                say(j, b, "default-sa", at, 0, "the default service account");
}

void k8s_rbac_judge_binding(const struct k8s_judge *j, const struct k8s_binding *b)
{
        if (strcmp(b->role_name, "cluster-admin") == 0) {
                const struct node *first = node_item_first(b->subjects);
                const char *name = node_text(node_get(first, "name"));
                say(j, b, "cluster-admin", b->role, b->cluster ? 0 : -1,
                    name ? name : "its subjects");
        }
        NODE_ITEMS(subject, b->subjects)
        {
                judge_subject(j, b, subject);
        }
}
