/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which kind of artefact an object of the Kubernetes API is. Asked with a parsed
 * document's fields, and with what stands behind "apiVersion:" and "kind:" in templates that do
 * not parse.
 */
#include <string.h>

#include "detectors/classify-internal.h"

static bool is_one_of(const char *s, const char *const *words, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(s, words[i]) == 0)
                        return true;
        return false;
}

#define ONE_OF(s, ...)                                   \
        is_one_of(s, (const char *const[]){__VA_ARGS__}, \
                  ELEMENTSOF(((const char *const[]){__VA_ARGS__})))

static bool in_group(const char *api, const char *group)
{
        return strncmp(api, group, strlen(group)) == 0;
}

enum artefact_kind classify_k8s_kind(const char *api, const char *kind)
{
        static const char *const workflow_words[] = {
                "AccessRequest", "AccessPolicy", "AccessWorkflow", "TemporaryAccess", "BreakGlass",
                "Elevation",     "Approval",     "Entitlement",    "JustInTime"};

        if (in_group(api, "rbac.authorization.k8s.io") ||
            ONE_OF(kind, "ServiceAccount", "Role", "ClusterRole", "RoleBinding",
                   "ClusterRoleBinding"))
                return ARTEFACT_K8S_RBAC;
        if (ONE_OF(kind, "Secret", "SealedSecret", "ExternalSecret", "SecretStore",
                   "ClusterSecretStore", "EncryptionConfiguration"))
                return ARTEFACT_K8S_SECRET;
        if (strcmp(kind, "Config") == 0 && strcmp(api, "v1") == 0)
                return ARTEFACT_KUBECONFIG;
        if (in_group(api, "kyverno.io") || in_group(api, "templates.gatekeeper.sh") ||
            in_group(api, "constraints.gatekeeper.sh"))
                return ARTEFACT_POLICY_CODE;
        /* home-made controllers of temporary access */
        for (size_t i = 0; i < ELEMENTSOF(workflow_words); i++)
                if (strstr(kind, workflow_words[i]))
                        return ARTEFACT_ACCESS_WORKFLOW;
        /* objects that describe data or appearance only */
        if (ONE_OF(kind, "CustomResourceDefinition", "Chart", "Component", "PriorityClass",
                   "StorageClass"))
                return ARTEFACT_NONE;
        return ARTEFACT_K8S_WORKLOAD;
}
