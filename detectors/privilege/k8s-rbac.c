/* SPDX-FileCopyrightText: giad maintainers */

/*
 * The k8s-rbac analyser: what a Kubernetes role grants, over apiGroup × resource × verb ×
 * subresource. Bindings are in k8s-binding.c, roles that take others in k8s-aggregate.c.
 *
 * A role is recognised by its shape, in a manifest (also within a List or kubernetes_manifest) and
 * as a Terraform block. What it grants is asked of it as the API server would: a table of what is
 * dangerous, and a rule covers an entry if its groups, resources and verbs all do. A rule that
 * names its objects (resourceNames) is narrow and only its wildcards count. Who has the role is
 * k8s-index.c's. Owns nothing.
 */

#include "detectors/privilege/k8s-rbac.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "detectors/privilege/tree-path.h"

static const char *const checks[] = {
        "wildcard",  "secrets-access", "escalate-bind", "impersonate", "pod-exec", "pod-create",
        "sensitive", "cluster-admin",  "anonymous",     "default-sa",  NULL,
};

static void run(const struct subject *s, struct reporter *r);

const struct analyser analyser_k8s_rbac = {.name = "k8s-rbac", .checks = checks, .run = run};

/* --- judging ------------------------------------------------------------------------------- */

static void describe_subject(const struct k8s_binding *b, char *dst, size_t size)
{
        const struct node *first = node_item_first(b->subjects);
        const char *kind = node_text(node_get(first, "kind")),
                   *name = node_text(node_get(first, "name"));
        (void)snprintf(dst, size, "bound %sto %s %s%s%s", b->cluster ? "cluster-wide " : "",
                       kind ?: "subject", name ?: "?", b->file ? " in " : "", b->file ?: "");
}

/* Who gets the role, as far as the files tell: by a binding, or as part of another role. */
static void describe_binding(const struct k8s_judge *j, const struct k8s_binding *b,
                             const char *whole, char *dst, size_t size)
{
        char subject[160] = "and everybody's who has that";

        if (b && !whole) {
                describe_subject(b, dst, size);
        } else if (whole) {
                if (b)
                        describe_subject(b, subject, sizeof(subject));
                (void)snprintf(dst, size, "part of %s, %s", whole, subject);
        } else {
                (void)snprintf(dst, size,
                               j->incomplete ? "its bindings could not be looked through"
                                             : "not bound in this file");
        }
}

static void say(const struct k8s_judge *j, const struct k8s_role *role, const char *check,
                const struct node *at, int delta, const char *what, const char *detail)
{
        const char *whole = k8s_aggregated_into(j, role);
        const struct k8s_binding *b = k8s_index_find(j, role);
        bool view = whole && strcmp(whole, "view") == 0;
        char identity[256], bound[240];

        if (!b && whole)
                b = k8s_index_find_cluster_role(j, whole);
        else
                whole = NULL;
        if (b && k8s_binding_is_for_everybody(b))
                delta++;
        /* view is given to whoever may look and not touch */
        if (view)
                delta++;
        describe_binding(j, b, whole, bound, sizeof(bound));
        (void)snprintf(identity, sizeof(identity), "%s/%s/%s", role->name, check, what);
        report_check(j->reporter, j->analyser, check, spot_of_node(at), CERTAINTY_YES, delta,
                     identity, "%s %s; %s", role->name, detail, bound);
}

static bool has_star(const struct node *list)
{
        NODE_ITEMS(item, list)
        {
                if (node_equals(item, "*"))
                        return true;
        }
        return false;
}

static void judge_wildcard(const struct k8s_judge *j, const struct k8s_role *role,
                           const struct k8s_rule *rule)
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
                                const struct k8s_rule *rule)
{
        static const char *const resources[] = {"clusterrolebindings", "rolebindings"};

        for (size_t i = 0; i < ELEMENTSOF(resources); i++) {
                struct k8s_right read = {.group = "rbac.authorization.k8s.io",
                                         .resource = resources[i],
                                         .verbs = {"get", "list"}};
                struct k8s_right write = {.group = "rbac.authorization.k8s.io",
                                          .resource = resources[i],
                                          .verbs = {"update", "patch"}};
                const struct node *at = k8s_rule_covers(rule, &write);
                if (at && k8s_rule_covers(rule, &read))
                        say(j, role, "escalate-bind", at, -1, "write",
                            "can add subjects to bindings");
        }
}

static void judge_rule(const struct k8s_judge *j, const struct k8s_role *role,
                       const struct k8s_rule *rule)
{
        const char *said = "";

        judge_wildcard(j, role, rule);
        const struct k8s_right *d;
        for (size_t i = 0; (d = k8s_right_at(i)); i++) {
                /* entries of one check stand together, the gravest first: one finding a rule and
                 * check is enough */
                if (strcmp(said, d->check) == 0)
                        continue;
                const struct node *at = k8s_rule_covers(rule, d);
                if (!at || (k8s_rule_names_objects(rule) && strcmp(d->check, "sensitive") != 0))
                        continue;
                said = d->check;
                say(j, role, d->check, at, d->delta, d->resource, d->text);
        }
        if (strcmp(said, "escalate-bind") != 0 && !k8s_rule_names_objects(rule))
                judge_binding_write(j, role, rule);
}

/* A patch need not name the rest of the rule that it widens: that is in the object. */
static bool is_star_of_patch(const struct k8s_rule *rule)
{
        return tree_node_partial(rule->node) &&
               (has_star(rule->verbs) || has_star(rule->resources));
}

void k8s_rbac_judge_role(const struct k8s_judge *j, const struct k8s_role *role)
{
        NODE_ITEMS(n, role->rules)
        {
                struct k8s_rule rule = k8s_rule_read(n);
                if (rule.verbs && rule.resources)
                        judge_rule(j, role, &rule);
                else if ((rule.verbs && has_star(rule.groups)) || is_star_of_patch(&rule))
                        judge_wildcard(j, role, &rule);
        }
}

/* --- finding ------------------------------------------------------------------------------- */

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
        const struct node *called =
                node_get(n->block ? node_item_first(metadata) : metadata, "name");
        const char *name = node_text(called);
        if (!name)
                name = n->block && n->label[1] ? n->label[1] : "role";
        *ret = (struct k8s_role){.node = n,
                                 .rules = rules,
                                 .name = name,
                                 .called = k8s_name(called),
                                 .cluster = cluster};
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
        struct k8s_judge j = {.reporter = r, .analyser = &analyser_k8s_rbac};
        k8s_index_read(&j, s);
        (void)node_walk(doc_root(s->doc), visit, &j);
        k8s_index_done(&j);
}
