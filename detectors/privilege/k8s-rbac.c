/* SPDX-FileCopyrightText: giad maintainers */

/*
 * The k8s-rbac analyser: what a Kubernetes role grants, over apiGroup × resource × verb ×
 * subresource. Bindings are in k8s-binding.c.
 *
 * A role is recognised by its shape, in a manifest (also within a List or kubernetes_manifest) and
 * as a Terraform block. What it grants is asked of it as the API server would: a table of what is
 * dangerous, and a rule covers an entry if its groups, resources and verbs all do. A rule that
 * names its objects (resourceNames) is narrow and only its wildcards count. Owns nothing.
 */

#include "detectors/privilege/k8s-rbac.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const checks[] = {
        "wildcard",  "secrets-access", "escalate-bind", "impersonate", "pod-exec", "pod-create",
        "sensitive", "cluster-admin",  "anonymous",     "default-sa",  NULL,
};

static void run(const struct subject *s, struct reporter *r);

const struct analyser analyser_k8s_rbac = {.name = "k8s-rbac", .checks = checks, .run = run};

/* --- what is dangerous
 * ---------------------------------------------------------------------------- */

#define VERBS_READ "get", "list", "watch"
#define VERBS_WRITE "create", "update", "patch"

struct danger {
        const char *check;
        const char *group;    /* "" is the core group */
        const char *resource; /* with its subresource */
        const char *verbs[8]; /* any of them */
        int delta;            /* to the severity of the check's rule */
        const char *text;
};

/* After the Kubernetes documentation, "Role Based Access Control Good Practices" (privilege
 * escalation risks) and the API reference's resources. */
static const struct danger dangers[] = {
        {"secrets-access", "", "secrets", {VERBS_READ}, 0, "can read Secrets"},
        {"secrets-access",
         "",
         "secrets",
         {VERBS_WRITE, "delete", "deletecollection", "impersonate"},
         -1,
         "can change Secrets"},

        {"escalate-bind",
         "rbac.authorization.k8s.io",
         "clusterroles",
         {"escalate", "bind"},
         0,
         "can give itself any cluster role"},
        {"escalate-bind",
         "rbac.authorization.k8s.io",
         "roles",
         {"escalate", "bind"},
         0,
         "can give itself any role"},
        {"escalate-bind",
         "rbac.authorization.k8s.io",
         "clusterrolebindings",
         {"escalate", "bind"},
         0,
         "can bind cluster roles"},
        {"escalate-bind",
         "rbac.authorization.k8s.io",
         "rolebindings",
         {"escalate", "bind"},
         0,
         "can bind roles"},

        {"impersonate", "", "users", {"impersonate"}, 0, "can act as any user"},
        {"impersonate", "", "groups", {"impersonate"}, 0, "can act as a member of any group"},
        {"impersonate",
         "",
         "serviceaccounts",
         {"impersonate"},
         0,
         "can act as any service account"},
        {"impersonate",
         "authentication.k8s.io",
         "userextras",
         {"impersonate"},
         -1,
         "can add claims to identities"},

        {"pod-exec", "", "pods/exec", {"create", "get"}, 0, "can run commands in pods"},
        {"pod-exec", "", "pods/attach", {"create", "get"}, 0, "can attach to pods"},
        {"pod-exec", "", "pods/portforward", {"create", "get"}, -1, "can open connections to pods"},
        {"pod-exec",
         "",
         "pods/ephemeralcontainers",
         {"update", "patch"},
         0,
         "can put containers into running pods"},
        {"pod-exec",
         "",
         "nodes/proxy",
         {"create", "get"},
         0,
         "can reach the kubelet past the API server"},

        {"pod-create",
         "",
         "pods",
         {"create"},
         0,
         "can start pods as any service account of the namespace"},
        {"pod-create",
         "apps",
         "deployments",
         {VERBS_WRITE},
         0,
         "can start pods through deployments"},
        {"pod-create", "apps", "daemonsets", {VERBS_WRITE}, 0, "can start pods on every node"},
        {"pod-create",
         "apps",
         "statefulsets",
         {VERBS_WRITE},
         0,
         "can start pods through stateful sets"},
        {"pod-create",
         "apps",
         "replicasets",
         {VERBS_WRITE},
         0,
         "can start pods through replica sets"},
        {"pod-create",
         "",
         "replicationcontrollers",
         {VERBS_WRITE},
         0,
         "can start pods through controllers"},
        {"pod-create", "batch", "jobs", {"create"}, 0, "can start pods through jobs"},
        {"pod-create", "batch", "cronjobs", {VERBS_WRITE}, 0, "can start pods on a schedule"},
        {"pod-create",
         "",
         "persistentvolumes",
         {"create"},
         0,
         "can mount the host's disk through volumes"},

        {"sensitive",
         "",
         "serviceaccounts/token",
         {"create"},
         1,
         "can make tokens of service accounts"},
        {"sensitive",
         "admissionregistration.k8s.io",
         "mutatingwebhookconfigurations",
         {VERBS_WRITE, "delete"},
         1,
         "can read and change every object through webhooks"},
        {"sensitive",
         "admissionregistration.k8s.io",
         "validatingwebhookconfigurations",
         {VERBS_WRITE, "delete"},
         1,
         "can read every object through webhooks, or switch checks off"},
        {"sensitive",
         "certificates.k8s.io",
         "certificatesigningrequests/approval",
         {"update", "patch"},
         1,
         "can approve certificates of any identity"},
        {"sensitive",
         "certificates.k8s.io",
         "signers",
         {"approve", "sign"},
         1,
         "can sign certificates"},
        {"sensitive",
         "",
         "services/status",
         {"update", "patch"},
         0,
         "can redirect traffic through a service's status"},
        {"sensitive",
         "",
         "nodes",
         {VERBS_WRITE, "delete"},
         0,
         "can change nodes, and so where workloads run"},
        {"sensitive",
         "",
         "namespaces",
         {"update", "patch"},
         0,
         "can relax a namespace's security labels"},
        {"sensitive",
         "",
         "events",
         {"delete", "deletecollection"},
         0,
         "can delete the record of what happened"},
        {"sensitive", "", "pods/log", {"delete", "deletecollection"}, 0, "can delete logs"},
        {"sensitive",
         "",
         "configmaps",
         {VERBS_WRITE, "delete", "deletecollection", "impersonate"},
         -1,
         "can change what workloads are configured with"},
};

/* --- does a rule cover it?
 * ------------------------------------------------------------------------ */

struct rbac_rule {
        const struct node *node, *groups, *resources, *verbs, *names;
};

static struct rbac_rule rule_read(const struct node *n)
{
        return (struct rbac_rule){
                .node = n,
                .groups = node_get_loose(n, "apiGroups"),
                .resources = node_get_loose(n, "resources"),
                .verbs = node_get_loose(n, "verbs"),
                .names = node_get_loose(n, "resourceNames"),
        };
}

static bool names_objects(const struct rbac_rule *rule)
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

/* Item of the verbs that allows it, or NULL */
static const struct node *covers(const struct rbac_rule *rule, const struct danger *d)
{
        if (rule->groups && !list_has(rule->groups, d->group))
                return NULL;
        if (!covers_resource(rule->resources, d->resource))
                return NULL;
        for (size_t i = 0; i < ELEMENTSOF(d->verbs) && d->verbs[i]; i++) {
                const struct node *verb = list_has(rule->verbs, d->verbs[i]);
                if (verb)
                        return verb;
        }
        return NULL;
}

/* --- judging
 * -------------------------------------------------------------------------------------- */

struct binding_search {
        const struct k8s_role *role;
        struct k8s_binding found;
};

static int match_binding(struct node *n, void *userdata)
{
        struct binding_search *s = userdata;
        struct k8s_binding b;
        if (!k8s_binding_read(n, &b) || strcmp(b.role_name, s->role->name) != 0)
                return 0;
        s->found = b;
        return 1;
}

/* Who gets the role, as far as this file tells. */
static void describe_binding(const struct k8s_judge *j, const struct k8s_role *role, char *dst,
                             size_t size)
{
        struct binding_search s = {.role = role};
        if (node_walk(j->root, match_binding, &s) == 0) {
                (void)snprintf(dst, size, "not bound in this file");
                return;
        }
        const struct node *first = node_item_first(s.found.subjects);
        const char *kind = node_text(node_get(first, "kind")),
                   *name = node_text(node_get(first, "name"));
        (void)snprintf(dst, size, "bound %sto %s %s", s.found.cluster ? "cluster-wide " : "",
                       kind ? kind : "subject", name ? name : "?");
}

static void say(const struct k8s_judge *j, const struct k8s_role *role, const char *check,
                const struct node *at, int delta, const char *what, const char *detail)
{
        char identity[256], bound[160];

        describe_binding(j, role, bound, sizeof(bound));
        (void)snprintf(identity, sizeof(identity), "%s/%s/%s", role->name, check, what);
        report_check(j->reporter, j->analyser, check, spot_of_node(at), CERTAINTY_YES, delta,
                     identity, "%s %s; %s", role->name, detail, bound);
}

static bool has_star(const struct node *list)
{
        NODE_ITEMS(item, list)
        if (node_equals(item, "*"))
                return true;
        return false;
}

static void judge_wildcard(const struct k8s_judge *j, const struct k8s_role *role,
                           const struct rbac_rule *rule)
{
        bool verbs = has_star(rule->verbs), resources = has_star(rule->resources);

        if (verbs && resources)
                say(j, role, "wildcard", rule->node, 1, "both",
                    "grants every verb on every resource");
        else if (verbs)
                say(j, role, "wildcard", rule->verbs, 0, "verbs",
                    "grants every verb, also those to come");
        else if (resources)
                say(j, role, "wildcard", rule->resources, 0, "resources",
                    "grants every resource, Secrets among them");
        else if (has_star(rule->groups))
                say(j, role, "wildcard", rule->groups, -2, "groups",
                    "grants the resource in every API group");
}

/* Reading a binding and writing it: can put itself among the subjects of one that is there. */
static void judge_binding_write(const struct k8s_judge *j, const struct k8s_role *role,
                                const struct rbac_rule *rule)
{
        static const char *const resources[] = {"clusterrolebindings", "rolebindings"};

        for (size_t i = 0; i < ELEMENTSOF(resources); i++) {
                struct danger read = {
                        "", "rbac.authorization.k8s.io", resources[i], {"get", "list"}, 0, ""};
                struct danger write = {
                        "", "rbac.authorization.k8s.io", resources[i], {"update", "patch"}, 0, ""};
                const struct node *at = covers(rule, &write);
                if (at && covers(rule, &read))
                        say(j, role, "escalate-bind", at, -1, "write",
                            "can add subjects to bindings");
        }
}

static void judge_rule(const struct k8s_judge *j, const struct k8s_role *role,
                       const struct rbac_rule *rule)
{
        const char *said = "";

        judge_wildcard(j, role, rule);
        for (size_t i = 0; i < ELEMENTSOF(dangers); i++) {
                const struct danger *d = &dangers[i];
                /* entries of one check stand together, the gravest first: one finding a rule and
                 * check is enough */
                if (strcmp(said, d->check) == 0)
                        continue;
                const struct node *at = covers(rule, d);
                if (!at || (names_objects(rule) && strcmp(d->check, "sensitive") != 0))
                        continue;
                said = d->check;
                say(j, role, d->check, at, d->delta, d->resource, d->text);
        }
        if (strcmp(said, "escalate-bind") != 0 && !names_objects(rule))
                judge_binding_write(j, role, rule);
}

void k8s_rbac_judge_role(const struct k8s_judge *j, const struct k8s_role *role)
{
        NODE_ITEMS(n, role->rules)
        {
                struct rbac_rule rule = rule_read(n);
                if (rule.verbs && rule.resources)
                        judge_rule(j, role, &rule);
                else if (rule.verbs && has_star(rule.groups))
                        judge_wildcard(j, role, &rule);
        }
}

/* --- finding
 * -------------------------------------------------------------------------------------- */

static bool label_is(const struct node *n, const char *type)
{
        size_t len = strlen(type);
        return n->block && n->label[0] && strncmp(n->label[0], type, len) == 0 &&
               (n->label[0][len] == '\0' || strcmp(n->label[0] + len, "_v1") == 0);
}

bool k8s_role_read(const struct node *n, struct k8s_role *ret)
{
        if (n->type != NODE_MAPPING)
                return false;
        const struct node *kind = node_get(n, "kind");
        bool cluster = label_is(n, "kubernetes_cluster_role") ||
                       (kind && node_equals(kind, "ClusterRole"));
        if (!cluster && !label_is(n, "kubernetes_role") && !(kind && node_equals(kind, "Role")))
                return false;
        const struct node *rules = node_get(n, n->block ? "rule" : "rules");
        if (!rules)
                return false;
        const struct node *metadata = node_get(n, "metadata");
        const char *name =
                node_text(node_get(n->block ? node_item_first(metadata) : metadata, "name"));
        if (!name)
                name = n->block && n->label[1] ? n->label[1] : "role";
        *ret = (struct k8s_role){.node = n, .rules = rules, .name = name, .cluster = cluster};
        return true;
}

static int visit(struct node *n, void *userdata)
{
        struct k8s_role role;
        struct k8s_binding binding;

        if (k8s_role_read(n, &role))
                k8s_rbac_judge_role(userdata, &role);
        else if (k8s_binding_read(n, &binding))
                k8s_rbac_judge_binding(userdata, &binding);
        return 0;
}

static void run(const struct subject *s, struct reporter *r)
{
        if (!s->doc || !doc_root(s->doc))
                return;
        struct k8s_judge j = {
                .reporter = r, .analyser = &analyser_k8s_rbac, .root = doc_root(s->doc)};
        (void)node_walk(j.root, visit, &j);
}
