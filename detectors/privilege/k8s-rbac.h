/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the two parts of the k8s-rbac analyser share: roles (what is granted) and bindings (to
 * whom). */

#include "common/base/macros.h"
#include "detectors/privilege/analyser.h"

/* What a role is called by bindings, or calls itself: the text, or the expression of which it comes. */
struct k8s_role_name {
        const char *s; /* not terminated */
        size_t n;
        bool label; /* of the Terraform block that makes it */
};

/* A role, whether a manifest or a Terraform block. Borrows from the document. */
struct k8s_role {
        const struct node *node;
        const struct node *rules; /* a sequence, or one rule */
        const char *name;         /* to show, never NULL */
        struct k8s_role_name called;
        bool cluster; /* ClusterRole: in every namespace if bound so */
};

/* A binding. */
struct k8s_binding {
        const struct node *node;
        const struct node *subjects; /* a sequence, or one subject */
        const struct node *role;     /* the node that names the role, or NULL */
        const char *role_name;       /* never NULL */
        const char *name;
        const char *file; /* beside the one that is judged; NULL: in it */
        const char *kind; /* of the role, or NULL */
        struct k8s_role_name gives;
        bool cluster;
};

/* A role that is put together from others. */
struct k8s_aggregating {
        const char *name;
        const struct node *selectors;
};

#define K8S_AGGREGATING_MAX 16u /* of one file; what those beyond take is not known */

struct k8s_judge {
        struct reporter *reporter;
        const struct analyser *analyser;
        /* of the file and those beside it, by the role's name, then as they stand there */
        struct k8s_binding *bindings;
        size_t n_bindings, alloc_bindings;
        const char *file; /* beside the judged one, that is looked through, or NULL */
        struct k8s_aggregating aggregating[K8S_AGGREGATING_MAX];
        size_t n_aggregating;
        bool incomplete; /* memory ran out: a binding may be missing */
};

/* A rule of a role. */
struct k8s_rule {
        const struct node *node, *groups, *resources, *verbs, *names;
};

/* A right that is dangerous: any of the verbs on the resource. */
struct k8s_right {
        const char *check;
        const char *group;    /* "" is the core group */
        const char *resource; /* with its subresource */
        int delta;            /* to the severity of the check's rule */
        const char *text;
        const char *verbs[8];
};

/* --- k8s-rights.c */

struct k8s_rule k8s_rule_read(const struct node *n);
/* True if the rule is about named objects only. */
bool k8s_rule_names_objects(const struct k8s_rule *rule);
/* Item of the rule's verbs that allows the right, or NULL. */
const struct node *k8s_rule_covers(const struct k8s_rule *rule, const struct k8s_right *right);
/* The i-th of k8s-rights.def; NULL behind the last. */
const struct k8s_right *k8s_right_at(size_t i);

/* --- k8s-aggregate.c */

/* True and *ret filled if n is one. */
bool k8s_aggregating_read(const struct node *n, struct k8s_aggregating *ret);
/* The role that this one is a part of, or NULL. */
const char *k8s_aggregated_into(const struct k8s_judge *j, const struct k8s_role *role);

/* --- k8s-index.c */

/* Looks through the subject's file and those beside it. */
void k8s_index_read(struct k8s_judge *j, const struct subject *s);
void k8s_index_done(struct k8s_judge *j);
/* The first binding of the role, or NULL; one of the file itself comes first. */
const struct k8s_binding *k8s_index_find(const struct k8s_judge *j, const struct k8s_role *role);
const struct k8s_binding *k8s_index_find_cluster_role(const struct k8s_judge *j, const char *name);

/* --- k8s-rbac.c and k8s-binding.c */

/* The name that n is or comes of; empty without one. */
struct k8s_role_name k8s_name(const struct node *n);
/* Whether somebody who has the binding's role is everybody, or every workload. */
bool k8s_binding_is_for_everybody(const struct k8s_binding *b);

/* True and *ret filled if n is one. */
bool k8s_role_read(const struct node *n, struct k8s_role *ret);
bool k8s_binding_read(const struct node *n, struct k8s_binding *ret);

void k8s_rbac_judge_role(const struct k8s_judge *j, const struct k8s_role *role);
void k8s_rbac_judge_binding(const struct k8s_judge *j, const struct k8s_binding *binding);
