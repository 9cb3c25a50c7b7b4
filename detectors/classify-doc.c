/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the kinds that a parsed document tells by the keys it has.
 * Does not own: the document. Every search below the top is bounded in nodes, so that a large file
 * costs no more than a small one. Why so many small questions: each format is known by two or three
 * keys that occur together; one key alone ("role", "services", "on") is in many ordinary files.
 */
#include <string.h>
#include <strings.h>

#include "detectors/classify-internal.h"

#define SEARCH_NODES 4000
#define SEARCH_DEPTH 9
#define EVIDENCE_MAX 96

static bool has(const struct node *n, const char *key)
{
        return node_get(n, key) != NULL;
}

static const char *text_at(const struct node *n, const char *key)
{
        const char *text = node_text(node_get(n, key));

        return text ? text : "";
}

static bool begins(const char *s, const char *prefix)
{
        return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool is_map(const struct node *n)
{
        return n && n->type == NODE_MAPPING;
}

/* How many of the keys a mapping has, in any spelling. */
static unsigned count_loose(const struct node *n, const char *const *keys, size_t n_keys)
{
        unsigned found = 0;

        for (size_t i = 0; i < n_keys; i++)
                found += node_get_loose(n, keys[i]) != NULL;
        return found;
}

/* --- a bounded search below the top -------------------------------------------------------------
 */

struct search {
        bool (*fits)(const struct node *n);
        unsigned left;
        const struct node *found;
};

static void search_below(struct search *s, const struct node *n, unsigned depth)
{
        if (s->found || s->left == 0 || depth > SEARCH_DEPTH)
                return;
        s->left--;
        if (is_map(n) && s->fits(n)) {
                s->found = n;
                return;
        }
        NODE_CHILDREN(child, n)
        search_below(s, child, depth + 1);
}

static const struct node *search_mapping(const struct node *n, bool (*fits)(const struct node *n))
{
        struct search s = {.fits = fits, .left = SEARCH_NODES};

        search_below(&s, n, 0);
        return s.found;
}

/* --- infrastructure -----------------------------------------------------------------------------
 */

static enum artefact_kind is_kubernetes(const struct node *n, const struct evidence *e)
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

static enum artefact_kind is_terraform(const struct node *n, const struct evidence *e)
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

static enum artefact_kind is_cloudformation(const struct node *n, const struct evidence *e)
{
        const char *provider;

        if (has(n, "AWSTemplateFormatVersion"))
                return classify_say(e, ARTEFACT_CLOUDFORMATION, "key AWSTemplateFormatVersion");
        NODE_CHILDREN(resource, node_get(n, "Resources"))
        if (is_provider_resource(resource))
                return classify_say(e, ARTEFACT_CLOUDFORMATION, "resource of type %s",
                                    text_at(resource, "Type"));
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
static enum artefact_kind is_typed_resources(const struct node *n, const struct evidence *e)
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
        }
        return ARTEFACT_NONE;
}

static bool is_azure_role(const struct node *n)
{
        return node_get_loose(n, "AssignableScopes") &&
               (node_get_loose(n, "Actions") || node_get_loose(n, "Permissions"));
}

static enum artefact_kind is_azure(const struct node *n, const struct evidence *e)
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
        return ARTEFACT_NONE;
}

static enum artefact_kind is_gcp(const struct node *n, const struct evidence *e)
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
        static const char *const modules[] = {"user",
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
                                              "iam_role",
                                              "iam_policy",
                                              "iam_user",
                                              "k8s",
                                              "docker_container",
                                              "cron",
                                              "debug",
                                              "set_fact",
                                              "include_tasks",
                                              "import_tasks",
                                              "git",
                                              "mysql_user",
                                              "postgresql_user",
                                              "postgresql_privs"};

        if (!is_map(n))
                return false;
        NODE_CHILDREN(v, n)
        {
                const char *dot = v->key ? strchr(v->key, '.') : NULL;

                if (dot && strchr(dot + 1, '.') && !strpbrk(v->key, "/ *{"))
                        return true;
                if (v->key && (begins(v->key, "ec2_") || begins(v->key, "aws_") ||
                               begins(v->key, "gcp_") || begins(v->key, "azure_rm_")))
                        return true;
        }
        for (size_t i = 0; has(n, "name") && i < ELEMENTSOF(modules); i++)
                if (has(n, modules[i]))
                        return true;
        return has(n, "block") && has(n, "name");
}

static enum artefact_kind is_ansible(const struct node *n, const struct evidence *e)
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

/* --- policies, identities ------------------------------------------------------------------------
 */

static bool is_iam_statements(const struct node *n)
{
        NODE_ITEMS(statement, node_get(n, "Statement"))
        {
                const char *effect = text_at(statement, "Effect");

                if ((strcasecmp(effect, "Allow") == 0 || strcasecmp(effect, "Deny") == 0 ||
                     has(statement, "Effect")) &&
                    (has(statement, "Action") || has(statement, "NotAction") ||
                     has(statement, "Resource") || has(statement, "Principal")))
                        return true;
                if (has(statement, "Action") && has(statement, "Resource"))
                        return true;
        }
        return false;
}

static enum artefact_kind is_iam(const struct node *n, const struct evidence *e)
{
        if (is_iam_statements(n))
                return classify_say(e, ARTEFACT_IAM_POLICY, "Statement with Effect and Action");
        if (has(n, "UserDetailList") || has(n, "RoleDetailList"))
                return classify_say(e, ARTEFACT_IAM_POLICY, "account authorization details");
        return ARTEFACT_NONE;
}

static enum artefact_kind is_iam_below(const struct node *n, const struct evidence *e)
{
        if (search_mapping(n, is_iam_statements))
                return classify_say(e, ARTEFACT_IAM_POLICY, "policy document with Statement");
        return ARTEFACT_NONE;
}

static enum artefact_kind is_policy_code(const struct node *n, const struct evidence *e)
{
        const struct node *path = node_get(n, "path");

        if (path && path->first && path->first->block && has(path->first, "capabilities"))
                return classify_say(e, ARTEFACT_POLICY_CODE, "Vault policy");
        if (has(n, "request_definition") && has(n, "policy_effect"))
                return classify_say(e, ARTEFACT_POLICY_CODE, "Casbin model");
        return ARTEFACT_NONE;
}

static bool is_credential(const struct node *n)
{
        const char *type = text_at(n, "type");

        return (strcmp(type, "service_account") == 0 && has(n, "private_key")) ||
               (strcmp(type, "authorized_user") == 0 && has(n, "refresh_token")) ||
               (strcmp(type, "external_account") == 0 && has(n, "credential_source")) ||
               (has(n, "clientSecret") && has(n, "tenantId")) ||
               (has(n, "aws_secret_access_key") && has(n, "aws_access_key_id")) ||
               (has(n, "SecretAccessKey") && has(n, "AccessKeyId"));
}

static enum artefact_kind is_credentials(const struct node *n, const struct evidence *e)
{
        NODE_CHILDREN(key, is_map(n) ? node_get(n, "keys") : NULL)
        if (has(key, "kty") && (has(key, "d") || has(key, "k")))
                return classify_say(e, ARTEFACT_PRIVATE_KEY, "JWK set with private keys");
        if (has(n, "kty") && (has(n, "d") || has(n, "k")))
                return classify_say(e, ARTEFACT_PRIVATE_KEY, "private JWK");
        if (has(n, "auths") && is_map(node_get(n, "auths")))
                return classify_say(e, ARTEFACT_CREDENTIAL_FILE, "container registry credentials");
        if (is_credential(n))
                return classify_say(e, ARTEFACT_CREDENTIAL_FILE, "keys of a credential");
        NODE_CHILDREN(section, is_map(n) ? n : NULL)
        if (is_map(section) && is_credential(section))
                return classify_say(e, ARTEFACT_CREDENTIAL_FILE, "credential in %s", section->key);
        return ARTEFACT_NONE;
}

static bool is_oauth_client(const struct node *n)
{
        static const char *const words[] = {"client_secret",
                                            "redirect_uris",
                                            "redirect_uri",
                                            "grant_types",
                                            "response_types",
                                            "token_endpoint_auth_method",
                                            "token_uri",
                                            "auth_uri",
                                            "token_endpoint",
                                            "issuer",
                                            "issuer_uri",
                                            "post_logout_redirect_uris",
                                            "callback_urls",
                                            "callbacks",
                                            "allowed_callback_urls",
                                            "publicClient",
                                            "directAccessGrantsEnabled",
                                            "authorization_grant_type",
                                            "scopes",
                                            "scope"};
        unsigned n_words = count_loose(n, words, ELEMENTSOF(words));

        if (node_get_loose(n, "client_id"))
                return n_words >= 1;
        return n_words >= 2 &&
               (node_get_loose(n, "redirect_uris") || node_get_loose(n, "grant_types"));
}

static enum artefact_kind is_oauth(const struct node *n, const struct evidence *e)
{
        if (has(n, "realm") && (has(n, "clients") || has(n, "sslRequired") || has(n, "users") ||
                                has(n, "accessTokenLifespan")))
                return classify_say(e, ARTEFACT_OAUTH_CLIENT, "Keycloak realm");
        if (has(n, "issuer") && (has(n, "authorization_endpoint") || has(n, "staticClients")))
                return classify_say(e, ARTEFACT_OAUTH_CLIENT, "OpenID provider");
        if (search_mapping(n, is_oauth_client))
                return classify_say(e, ARTEFACT_OAUTH_CLIENT, "keys of an OAuth client");
        return ARTEFACT_NONE;
}

static enum artefact_kind is_api(const struct node *n, const struct evidence *e)
{
        if ((has(n, "openapi") || has(n, "swagger")) &&
            (has(n, "paths") || has(n, "info") || has(n, "components")))
                return classify_say(e, ARTEFACT_API_SECURITY, "OpenAPI description");
        if (has(n, "asyncapi") && has(n, "channels"))
                return classify_say(e, ARTEFACT_API_SECURITY, "AsyncAPI description");
        if (has(n, "skills") && has(n, "capabilities") && has(n, "url"))
                return classify_say(e, ARTEFACT_API_SECURITY, "agent card");
        return ARTEFACT_NONE;
}

static bool is_server(const struct node *n)
{
        return has(n, "command") || has(n, "url") || has(n, "serverUrl") || has(n, "httpUrl");
}

static enum artefact_kind is_agent(const struct node *n, const struct evidence *e)
{
        static const char *const lists[] = {"mcpServers", "mcp_servers", "context_servers"};
        const struct node *permissions = node_get(n, "permissions");

        for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                NODE_CHILDREN(server, node_get(n, lists[i]))
        if (is_server(server))
                return classify_say(e, ARTEFACT_MCP_CONFIG, "key %s", lists[i]);
        if (is_map(permissions) && (has(permissions, "allow") || has(permissions, "defaultMode")) &&
            (has(permissions, "deny") || has(permissions, "defaultMode") ||
             has(permissions, "ask")))
                return classify_say(e, ARTEFACT_AGENT_CONFIG, "permissions to allow and deny");
        if (has(n, "enableAllProjectMcpServers") || has(n, "approval_policy") ||
            has(n, "GOOSE_MODE") || has(n, "bypassPermissionsModeAccepted"))
                return classify_say(e, ARTEFACT_AGENT_CONFIG, "settings of a coding agent");
        return ARTEFACT_NONE;
}

/* --- delivery ------------------------------------------------------------------------------------
 */

static bool is_job(const struct node *n)
{
        return has(n, "runs-on") || has(n, "steps") || has(n, "uses");
}

static enum artefact_kind is_ci(const struct node *n, const struct evidence *e)
{
        NODE_CHILDREN(job, node_get(n, "jobs"))
        if (is_job(job) && (has(n, "on") || has(n, "workflows") || has(n, "true") ||
                            has(n, "permissions") || has(job, "runs-on")))
                return classify_say(e, ARTEFACT_CI_WORKFLOW, "jobs with steps");
        if (node_at(n, "runs.using"))
                return classify_say(e, ARTEFACT_CI_WORKFLOW, "action with runs.using");
        if (has(n, "stages"))
                NODE_CHILDREN(job, n)
        if (is_map(job) && has(job, "script"))
                return classify_say(e, ARTEFACT_CI_WORKFLOW, "job %s with script",
                                    job->key ? job->key : "");
        if (has(n, "pipelines") && is_map(node_get(n, "pipelines")) &&
            node_at(n, "pipelines.default"))
                return classify_say(e, ARTEFACT_CI_WORKFLOW, "pipelines");
        if (has(n, "pool") && (has(n, "steps") || has(n, "stages") || has(n, "jobs")))
                return classify_say(e, ARTEFACT_CI_WORKFLOW, "pipeline with pool");
        return ARTEFACT_NONE;
}

static enum artefact_kind is_container(const struct node *n, const struct evidence *e)
{
        NODE_CHILDREN(service, is_map(node_get(n, "services")) ? node_get(n, "services") : NULL)
        if (is_map(service) && (has(service, "image") || has(service, "build")))
                return classify_say(e, ARTEFACT_CONTAINER, "services with images");
        return ARTEFACT_NONE;
}

/* --- access workflows ----------------------------------------------------------------------------
 */

static bool asks_approval(const struct node *n)
{
        static const char *const words[] = {
                "approvers",           "approver",          "approval",
                "approvals",           "approval_required", "require_approval",
                "requires_approval",   "auto_approve",      "self_approval",
                "allow_self_approval", "min_approvals",     "required_approvals",
                "approval_stages",     "approval_steps",    "approval_policy",
                "approval_workflow",   "approver_groups",   "isApprovalRequired"};

        return count_loose(n, words, ELEMENTSOF(words)) > 0;
}

static bool grants_access(const struct node *n)
{
        static const char *const words[] = {"max_duration",
                                            "max_session_duration",
                                            "access_request",
                                            "access_requests",
                                            "access_policy",
                                            "access_policies",
                                            "jit",
                                            "just_in_time",
                                            "break_glass",
                                            "breakglass",
                                            "elevation",
                                            "elevations",
                                            "eligible",
                                            "entitlement",
                                            "entitlements",
                                            "permanent",
                                            "requesters",
                                            "requester",
                                            "privileged_access",
                                            "max_ttl",
                                            "grant_duration",
                                            "default_duration",
                                            "session_duration",
                                            "expires_after",
                                            "assignment_type",
                                            "eligible_groups",
                                            "bypass",
                                            "bypass_users"};

        return count_loose(n, words, ELEMENTSOF(words)) > 0;
}

static bool is_elevation(const struct node *n)
{
        static const char *const words[] = {"break_glass",     "breakglass",      "just_in_time",
                                            "jit_access",      "access_requests", "jit",
                                            "elevation_policy"};

        for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                const struct node *v = node_get_loose(n, words[i]);

                if (v && !node_is_scalar(v))
                        return true;
        }
        return false;
}

static enum artefact_kind is_access_workflow(const struct node *n, const struct evidence *e)
{
        const char *kind = text_at(n, "kind"), *version = text_at(n, "version");

        if (version[0] == 'v' && has(n, "spec") && has(n, "metadata") &&
            (strcmp(kind, "role") == 0 || begins(kind, "access_")))
                return classify_say(e, ARTEFACT_ACCESS_WORKFLOW, "Teleport %s", kind);
        if (strstr(text_at(n, "@odata.type"), "RoleManagementPolicy") || has(n, "scheduleInfo"))
                return classify_say(e, ARTEFACT_ACCESS_WORKFLOW, "privileged identity management");
        if (search_mapping(n, asks_approval) && search_mapping(n, grants_access))
                return classify_say(e, ARTEFACT_ACCESS_WORKFLOW, "keys of approval and of access");
        if (search_mapping(n, is_elevation))
                return classify_say(e, ARTEFACT_ACCESS_WORKFLOW, "key of temporary access");
        return ARTEFACT_NONE;
}

/* --- settings of frameworks and hosts ------------------------------------------------------------
 */

static enum artefact_kind is_settings(const struct node *n, const struct evidence *e)
{
        static const char *const prefixes[] = {
                "play.http.s",    "play.filters", "server.servlet.session", "spring.security",
                "security.basic", "jwt.secret",   "session.secret",         "app.jwt"};

        NODE_CHILDREN(v, is_map(n) ? n : NULL)
        for (size_t i = 0; v->key && i < ELEMENTSOF(prefixes); i++)
                if (begins(v->key, prefixes[i]))
                        return classify_say(e, ARTEFACT_SESSION_CODE, "setting %s", v->key);
        if (has(n, "Service") && has(node_get(n, "Service"), "ExecStart"))
                return classify_say(e, ARTEFACT_SYSTEMD_UNIT, "section Service with ExecStart");
        return ARTEFACT_NONE;
}

/* --- all of them ---------------------------------------------------------------------------------
 */

typedef enum artefact_kind (*question)(const struct node *n, const struct evidence *e);

static enum artefact_kind ask(const question *questions, size_t n_questions, const struct node *n,
                              const struct evidence *e)
{
        for (size_t i = 0; i < n_questions; i++) {
                enum artefact_kind kind = questions[i](n, e);

                if (kind != ARTEFACT_NONE)
                        return kind;
        }
        return ARTEFACT_NONE;
}

static enum artefact_kind classify_data(const struct node *n, const struct evidence *e)
{
        /* what names itself first; what is known by a combination of common words last */
        static const question questions[] = {
                is_kubernetes,
                is_api,
                is_cloudformation,
                is_azure,
                is_typed_resources,
                is_terraform,
                is_iam,
                is_ansible,
                is_ci,
                is_container,
                is_agent,
                is_gcp,
                is_credentials,
                is_policy_code,
                is_settings,
                is_oauth,
                is_access_workflow,
                is_iam_below,
        };

        return ask(questions, ELEMENTSOF(questions), n, e);
}

static enum artefact_kind classify_hcl(const struct node *n, const struct evidence *e)
{
        static const question questions[] = {is_terraform, is_policy_code};

        return ask(questions, ELEMENTSOF(questions), n, e);
}

static enum artefact_kind classify_ini(const struct node *n, const struct evidence *e)
{
        static const question questions[] = {is_settings, is_policy_code, is_credentials, is_agent};

        return ask(questions, ELEMENTSOF(questions), n, e);
}

/* Of several Kubernetes objects in one file the most telling names it. */
static int telling(enum artefact_kind kind)
{
        switch (kind) {
        case ARTEFACT_NONE:
                return 0;
        case ARTEFACT_K8S_WORKLOAD:
                return 1;
        case ARTEFACT_K8S_SECRET:
                return 2;
        default:
                return 3;
        }
}

static enum artefact_kind classify_documents(const struct node *root, const struct evidence *e)
{
        enum artefact_kind best = ARTEFACT_NONE;
        unsigned left = SEARCH_NODES;

        NODE_CHILDREN(document, root)
        {
                char text[EVIDENCE_MAX];
                struct evidence own = {.text = text, .size = sizeof(text)};
                enum artefact_kind kind = classify_data(document, &own);

                if (telling(kind) > telling(best))
                        best = classify_say(e, kind, "%s", text);
                if (telling(best) == 3 || --left == 0)
                        break;
        }
        return best;
}

enum artefact_kind classify_doc(const struct subject *s, const struct evidence *e)
{
        const struct node *root = s->doc ? doc_root(s->doc) : NULL;
        const char *format = s->format ? s->format : "";

        if (!root || !root->first)
                return ARTEFACT_NONE;
        if (strcmp(format, "hcl") == 0)
                return classify_hcl(root, e);
        if (strcmp(format, "ini") == 0 || strcmp(format, "dotenv") == 0)
                return classify_ini(root, e);
        if (root->multi)
                return classify_documents(root, e);
        const struct node *items = node_get(root, "items");
        if (items && items->type == NODE_SEQUENCE && strcmp(text_at(root, "kind"), "List") == 0)
                return classify_documents(items, e);
        return classify_data(root, e);
}
