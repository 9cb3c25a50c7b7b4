/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the questions by which documents of infrastructure and delivery are known: Kubernetes,
 * Terraform, templates of clouds, Ansible, workflows, containers.
 * Does not own: the order in which they are asked (classify-doc.c).
 */
#include <strings.h>

#include "detectors/classify-doc.h"

/* --- infrastructure ------------------------------------------------------------------------ */

enum artefact_kind classify_kubernetes(const struct node *n, const struct evidence *e)
{
        const char *api = text_at(n, "apiVersion"), *kind = text_at(n, "kind");

        if (*kind && *api) {
                enum artefact_kind artefact = classify_k8s_kind(api, kind);

                return artefact == ARTEFACT_NONE
                               ? ARTEFACT_NONE
                               : classify_say(e, artefact, "kind %s of %s", kind, api);
        }
        if (has(n, "clusters") && has(n, "users") && has(n, "contexts"))
                return classify_say(e, ARTEFACT_KUBECONFIG, "keys clusters, users, contexts");
        if (has(n, "secretGenerator"))
                return classify_say(e, ARTEFACT_K8S_SECRET, "key secretGenerator");
        return ARTEFACT_NONE;
}

enum artefact_kind classify_terraform(const struct node *n, const struct evidence *e)
{
        static const char *const blocks[] = {"resource", "data", "module", "provider", "terraform"};

        if (has(n, "terraform_version") && (has(n, "resources") || has(n, "planned_values") ||
                                            has(n, "lineage") || has(n, "resource_changes")))
                return classify_say(e, ARTEFACT_TFSTATE, "key terraform_version");
        for (size_t i = 0; i < ELEMENTSOF(blocks); i++) {
                const struct node *v = node_get(n, blocks[i]);
                const struct node *first = v ? v->first : NULL;

                if (!first || !first->block)
                        continue;
                if (first->label[0])
                        return classify_say(e, ARTEFACT_TERRAFORM, "block %s %s", blocks[i],
                                            first->label[0]);
                return classify_say(e, ARTEFACT_TERRAFORM, "block %s", blocks[i]);
        }
        return ARTEFACT_NONE;
}

static bool is_provider_resource(const struct node *n)
{
        const char *type = text_at(n, "Type");

        return begins(type, "AWS::") || begins(type, "Alexa::") || begins(type, "Custom::");
}

enum artefact_kind classify_cloudformation(const struct node *n, const struct evidence *e)
{
        const char *provider;

        if (has(n, "AWSTemplateFormatVersion"))
                return classify_say(e, ARTEFACT_CLOUDFORMATION, "key AWSTemplateFormatVersion");
        NODE_CHILDREN(resource, node_get(n, "Resources"))
        {
                if (is_provider_resource(resource))
                        return classify_say(e, ARTEFACT_CLOUDFORMATION, "resource of type %s",
                                            text_at(resource, "Type"));
        }
        provider = node_text(node_at(n, "provider.name"));
        if (!provider)
                provider = node_text(node_get(n, "provider"));
        if (provider && has(n, "service") &&
            (has(n, "functions") || has(n, "custom") || has(n, "resources") || has(n, "plugins") ||
             strcasecmp(provider, "aws") == 0))
                return classify_say(e, ARTEFACT_CLOUDFORMATION, "Serverless service for %s",
                                    provider);
        return ARTEFACT_NONE;
}

/* Pulumi's YAML and Google's Deployment Manager both list typed resources. */
enum artefact_kind classify_typed_resources(const struct node *n, const struct evidence *e)
{
        NODE_CHILDREN(resource, node_get(n, "resources"))
        {
                const char *type = text_at(resource, "type");

                if (begins(type, "Microsoft."))
                        return classify_say(e, ARTEFACT_AZURE, "resource of type %s", type);
                if (begins(type, "gcp-types/") || strstr(type, ".v1.") || strstr(type, ".v1beta") ||
                    strstr(type, ".v2.") || begins(type, "gcp:"))
                        return classify_say(e, ARTEFACT_GCP, "resource of type %s", type);
                if (begins(type, "azure-native:") || begins(type, "azure:") ||
                    begins(type, "azuread:"))
                        return classify_say(e, ARTEFACT_AZURE, "resource of type %s", type);
                if (begins(type, "aws:") || begins(type, "aws-native:"))
                        return classify_say(e, ARTEFACT_CLOUDFORMATION, "resource of type %s",
                                            type);
                if (begins(type, "kubernetes:"))
                        return classify_say(e, ARTEFACT_K8S_WORKLOAD, "resource of type %s", type);
                if (begins(type, "keycloak:") || begins(type, "auth0:") || begins(type, "okta:"))
                        return classify_say(e, ARTEFACT_OAUTH_CLIENT, "resource of type %s", type);
        }
        return ARTEFACT_NONE;
}

static bool is_azure_role(const struct node *n)
{
        return node_get_loose(n, "AssignableScopes") &&
               (node_get_loose(n, "Actions") || node_get_loose(n, "Permissions"));
}

enum artefact_kind classify_azure(const struct node *n, const struct evidence *e)
{
        if (strcasestr(text_at(n, "$schema"), "deploymentTemplate.json") ||
            strcasestr(text_at(n, "$schema"), "deploymentParameters.json"))
                return classify_say(e, ARTEFACT_AZURE, "deployment template");
        if (is_azure_role(n) || is_azure_role(node_get(n, "properties")))
                return classify_say(e, ARTEFACT_AZURE, "role with assignable scopes");
        if (has(n, "requiredResourceAccess") ||
            (has(n, "appId") && (has(n, "passwordCredentials") || has(n, "replyUrlsWithType"))))
                return classify_say(e, ARTEFACT_AZURE, "application manifest");
        if (has(n, "principalId") && has(n, "roleDefinitionId"))
                return classify_say(e, ARTEFACT_AZURE, "role assignment");
        NODE_ITEMS(wanted, n)
        {
                if (has(wanted, "resourceAppId") && has(wanted, "resourceAccess"))
                        return classify_say(e, ARTEFACT_AZURE, "permissions of an application");
        }
        return ARTEFACT_NONE;
}

enum artefact_kind classify_gcp(const struct node *n, const struct evidence *e)
{
        NODE_ITEMS(binding, node_get(n, "bindings"))
        if (has(binding, "role") && has(binding, "members"))
                return classify_say(e, ARTEFACT_GCP, "bindings of roles to members");
        if (has(n, "includedPermissions"))
                return classify_say(e, ARTEFACT_GCP, "key includedPermissions");
        return ARTEFACT_NONE;
}

/* A task names its module by a dotted name, or by one of these. */
static bool is_ansible_task(const struct node *n)
{
        static const char *const modules[] = {
                "user",
                "group",
                "authorized_key",
                "copy",
                "template",
                "file",
                "get_url",
                "uri",
                "shell",
                "command",
                "apt",
                "yum",
                "dnf",
                "pip",
                "service",
                "systemd",
                "lineinfile",
                "iam",
                "k8s",
                "cron",
                "debug",
                "set_fact",
                "include_tasks",
                "import_tasks",
                "git",
                "mysql_user",
                "postgresql_user",
                "postgresql_privs",
        };
        static const char *const families[] = {
                "ec2_",       "aws_", "gcp_",     "azure_rm_",
                "lambda_",    "s3_",  "rds_",     "iam_",
                "sts_",       "ecs_", "openssl_", "win_",
                "route53_",   "k8s_", "docker_",  "cloudformation_",
                "community.",
        };

        if (!is_map(n))
                return false;
        NODE_CHILDREN(v, n)
        {
                const char *dot = v->key ? strchr(v->key, '.') : NULL;

                if (dot && strchr(dot + 1, '.') && !strpbrk(v->key, "/ *{"))
                        return true;
                for (size_t i = 0; v->key && has(n, "name") && i < ELEMENTSOF(families); i++)
                        if (begins(v->key, families[i]))
                                return true;
        }
        for (size_t i = 0; has(n, "name") && i < ELEMENTSOF(modules); i++)
                if (has(n, modules[i]))
                        return true;
        return has(n, "block") && has(n, "name");
}

enum artefact_kind classify_ansible(const struct node *n, const struct evidence *e)
{
        if (n->type != NODE_SEQUENCE || n->multi)
                return ARTEFACT_NONE;
        NODE_CHILDREN(item, n)
        {
                if (has(item, "hosts") && (has(item, "tasks") || has(item, "roles") ||
                                           has(item, "vars") || has(item, "become")))
                        return classify_say(e, ARTEFACT_ANSIBLE, "play with hosts");
                if (is_ansible_task(item))
                        return classify_say(e, ARTEFACT_ANSIBLE, "list of tasks");
        }
        return ARTEFACT_NONE;
}

/* --- delivery ------------------------------------------------------------------------------ */

static bool is_job(const struct node *n)
{
        return has(n, "runs-on") || has(n, "steps") || has(n, "uses");
}

enum artefact_kind classify_ci(const struct node *n, const struct evidence *e)
{
        bool workflow =
                has(n, "on") || has(n, "true") || has(n, "workflows") || has(n, "permissions");

        NODE_CHILDREN(job, node_get(n, "jobs"))
        {
                if (has(job, "runs-on") || (workflow && is_job(job)))
                        return classify_say(e, ARTEFACT_CI_WORKFLOW, "jobs with steps");
        }
        if (node_at(n, "runs.using"))
                return classify_say(e, ARTEFACT_CI_WORKFLOW, "action with runs.using");
        NODE_CHILDREN(job, has(n, "stages") ? n : NULL)
        {
                if (is_map(job) && has(job, "script"))
                        return classify_say(e, ARTEFACT_CI_WORKFLOW, "job %s with script",
                                            job->key ? job->key : "");
        }
        if (node_at(n, "pipelines.default"))
                return classify_say(e, ARTEFACT_CI_WORKFLOW, "pipelines");
        if (has(n, "pool") && (has(n, "steps") || has(n, "stages") || has(n, "jobs")))
                return classify_say(e, ARTEFACT_CI_WORKFLOW, "pipeline with pool");
        return ARTEFACT_NONE;
}

enum artefact_kind classify_container(const struct node *n, const struct evidence *e)
{
        const struct node *services = node_get(n, "services");

        NODE_CHILDREN(service, is_map(services) ? services : NULL)
        {
                if (is_map(service) && (has(service, "image") || has(service, "build")))
                        return classify_say(e, ARTEFACT_CONTAINER, "services with images");
        }
        return ARTEFACT_NONE;
}
