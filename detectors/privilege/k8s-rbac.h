/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the two parts of the k8s-rbac analyser share: roles (what is granted) and bindings (to
 * whom). */

#include "common/base/macros.h"
#include "detectors/privilege/analyser.h"

/* A role, whether a manifest or a Terraform block. Borrows from the document. */
struct k8s_role {
        const struct node *node;
        const struct node *rules; /* a sequence, or one rule */
        const char *name;         /* never NULL */
        bool cluster;             /* ClusterRole: in every namespace if bound so */
};

/* A binding. */
struct k8s_binding {
        const struct node *node;
        const struct node *subjects; /* a sequence, or one subject */
        const struct node *role;     /* the node that names the role, or NULL */
        const char *role_name;       /* never NULL */
        const char *name;
        bool cluster;
};

struct k8s_judge {
        struct reporter *reporter;
        const struct analyser *analyser;
        struct node *root;
};

/* True and *ret filled if n is one. */
bool k8s_role_read(const struct node *n, struct k8s_role *ret);
bool k8s_binding_read(const struct node *n, struct k8s_binding *ret);

void k8s_rbac_judge_role(const struct k8s_judge *j, const struct k8s_role *role);
void k8s_rbac_judge_binding(const struct k8s_judge *j, const struct k8s_binding *binding);
