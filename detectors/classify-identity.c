/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the questions by which documents about identities are known: policies, credentials,
 * OAuth clients, API descriptions, agents, access workflows, session settings.
 * Does not own: the order in which they are asked (classify-doc.c).
 */
#include <strings.h>

#include "detectors/classify-doc.h"

/* --- policies, identities ------------------------------------------------------------------ */

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

enum artefact_kind classify_iam(const struct node *n, const struct evidence *e)
{
        if (is_iam_statements(n))
                return classify_say(e, ARTEFACT_IAM_POLICY, "Statement with Effect and Action");
        if (has(n, "UserDetailList") || has(n, "RoleDetailList"))
                return classify_say(e, ARTEFACT_IAM_POLICY, "account authorization details");
        return ARTEFACT_NONE;
}

enum artefact_kind classify_iam_below(const struct node *n, const struct evidence *e)
{
        if (classify_search(n, is_iam_statements))
                return classify_say(e, ARTEFACT_IAM_POLICY, "policy document with Statement");
        return ARTEFACT_NONE;
}

/* Rights on paths of Vault, on namespaces of Nomad, on prefixes of Consul, as HCL or JSON. */
static bool is_hashicorp_policy(const struct node *n)
{
        static const char *const blocks[] = {"path",           "namespace",   "key_prefix",
                                             "service_prefix", "node_prefix", "session_prefix"};

        for (size_t i = 0; i < ELEMENTSOF(blocks); i++) {
                const struct node *v = node_get(n, blocks[i]);
                const struct node *first = v && !node_is_scalar(v) ? v->first : NULL;

                if (first && (has(first, "capabilities") || (first->block && has(first, "policy"))))
                        return true;
        }
        return false;
}

enum artefact_kind classify_policy_code(const struct node *n, const struct evidence *e)
{
        if (is_hashicorp_policy(n))
                return classify_say(e, ARTEFACT_POLICY_CODE, "rights on paths");
        if (begins(text_at(n, "apiVersion"), "api.cerbos.dev/"))
                return classify_say(e, ARTEFACT_POLICY_CODE, "Cerbos policy");
        if (has(n, "staticPolicies"))
                return classify_say(e, ARTEFACT_POLICY_CODE, "Cedar policies");
        if (has(node_get(n, "access_control"), "default_policy"))
                return classify_say(e, ARTEFACT_POLICY_CODE, "rules of access");
        NODE_ITEMS(rule, node_get(n, "acls"))
        {
                if (has(rule, "action") && (has(rule, "src") || has(rule, "users")))
                        return classify_say(e, ARTEFACT_POLICY_CODE, "rules of a network");
        }
        NODE_ITEMS(rule, n)
        {
                if (has(rule, "authorizer") && has(rule, "authenticators"))
                        return classify_say(e, ARTEFACT_POLICY_CODE, "rules of access");
        }
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

enum artefact_kind classify_credentials(const struct node *n, const struct evidence *e)
{
        NODE_CHILDREN(key, is_map(n) ? node_get(n, "keys") : NULL)
        {
                if (has(key, "kty") && (has(key, "d") || has(key, "k")))
                        return classify_say(e, ARTEFACT_PRIVATE_KEY, "JWK set with private keys");
        }
        if (has(n, "kty") && (has(n, "d") || has(n, "k")))
                return classify_say(e, ARTEFACT_PRIVATE_KEY, "private JWK");
        if (has(n, "auths") && is_map(node_get(n, "auths")))
                return classify_say(e, ARTEFACT_CREDENTIAL_FILE, "container registry credentials");
        if (is_credential(n))
                return classify_say(e, ARTEFACT_CREDENTIAL_FILE, "keys of a credential");
        NODE_CHILDREN(section, is_map(n) ? n : NULL)
        {
                if (is_map(section) && is_credential(section))
                        return classify_say(e, ARTEFACT_CREDENTIAL_FILE, "credential in %s",
                                            section->key);
        }
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
                                            "jwt_configuration",
                                            "scopes",
                                            "scope"};
        unsigned n_words = classify_count_keys(n, words, ELEMENTSOF(words));

        /* Auth0 exports its clients without their ids */
        if (node_get_loose(n, "client_id") || has(n, "app_type"))
                return n_words >= 1;
        if (has(n, "idp_client_id") || has(n, "idp_client_secret"))
                return true;
        if (has(n, "additional_redirect_urls") || has(n, "uri_allow_list"))
                return true;
        return n_words >= 2 &&
               (node_get_loose(n, "redirect_uris") || node_get_loose(n, "grant_types"));
}

static bool is_spire_entry(const struct node *n)
{
        return node_get_loose(n, "spiffe_id") && has(n, "selectors");
}

enum artefact_kind classify_oauth(const struct node *n, const struct evidence *e)
{
        NODE_CHILDREN(entry, is_map(n) ? node_get(n, "entries") : NULL)
        {
                if (is_spire_entry(entry))
                        return classify_say(e, ARTEFACT_OAUTH_CLIENT, "SPIRE registration entries");
        }
        if (has(n, "realm") && (has(n, "clients") || has(n, "sslRequired") || has(n, "users") ||
                                has(n, "accessTokenLifespan")))
                return classify_say(e, ARTEFACT_OAUTH_CLIENT, "Keycloak realm");
        if (has(n, "issuer") && (has(n, "authorization_endpoint") || has(n, "staticClients")))
                return classify_say(e, ARTEFACT_OAUTH_CLIENT, "OpenID provider");
        if (has(n, "selfservice") && (has(n, "identity") || has(n, "serve")))
                return classify_say(e, ARTEFACT_OAUTH_CLIENT, "identity server's self-service");
        if (classify_search(n, is_oauth_client))
                return classify_say(e, ARTEFACT_OAUTH_CLIENT, "keys of an OAuth client");
        return ARTEFACT_NONE;
}

enum artefact_kind classify_api(const struct node *n, const struct evidence *e)
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

enum artefact_kind classify_agent(const struct node *n, const struct evidence *e)
{
        static const char *const lists[] = {"mcpServers", "mcp_servers", "context_servers"};
        const struct node *permissions = node_get(n, "permissions");

        for (size_t i = 0; i < ELEMENTSOF(lists); i++) {
                NODE_CHILDREN(server, node_get(n, lists[i]))
                {
                        if (is_server(server))
                                return classify_say(e, ARTEFACT_MCP_CONFIG, "key %s", lists[i]);
                }
        }
        if (is_map(permissions) && (has(permissions, "allow") || has(permissions, "defaultMode")) &&
            (has(permissions, "deny") || has(permissions, "defaultMode") ||
             has(permissions, "ask")))
                return classify_say(e, ARTEFACT_AGENT_CONFIG, "permissions to allow and deny");
        if (has(n, "enableAllProjectMcpServers") || has(n, "approval_policy") ||
            has(n, "GOOSE_MODE") || has(n, "bypassPermissionsModeAccepted"))
                return classify_say(e, ARTEFACT_AGENT_CONFIG, "settings of a coding agent");
        return ARTEFACT_NONE;
}

/* --- access workflows ---------------------------------------------------------------------- */

static bool asks_approval(const struct node *n)
{
        static const char *const words[] = {
                "approvers",           "approver",          "approval",
                "approvals",           "approval_required", "require_approval",
                "requires_approval",   "auto_approve",      "self_approval",
                "allow_self_approval", "min_approvals",     "required_approvals",
                "approval_stages",     "approval_steps",    "approval_policy",
                "approval_workflow",   "approver_groups",   "isApprovalRequired"};

        return classify_count_keys(n, words, ELEMENTSOF(words)) > 0;
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

        return classify_count_keys(n, words, ELEMENTSOF(words)) > 0;
}

/* "workflow: temporary-access" */
static bool speaks_of_access(const struct node *n)
{
        static const char *const keys[] = {"name",  "workflow",    "id",     "type",
                                           "title", "description", "policy", "kind"};
        static const char *const words[] = {"access",       "elevat",  "break-glass", "breakglass",
                                            "just-in-time", "entitle", "privilege"};

        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                for (size_t k = 0; k < ELEMENTSOF(words); k++)
                        if (strcasestr(text_at(n, keys[i]), words[k]))
                                return true;
        return false;
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

/* A rule of Entra's or Azure's role management, by itself or inside an exported policy. */
static bool is_role_management_rule(const struct node *n)
{
        return strstr(text_at(n, "@odata.type"), "RoleManagementPolicy") ||
               begins(text_at(n, "ruleType"), "RoleManagementPolicy");
}

enum artefact_kind classify_access_workflow(const struct node *n, const struct evidence *e)
{
        const char *kind = text_at(n, "kind"), *version = text_at(n, "version");

        if (version[0] == 'v' && has(n, "spec") && has(n, "metadata") &&
            (strcmp(kind, "role") == 0 || begins(kind, "access_")))
                return classify_say(e, ARTEFACT_ACCESS_WORKFLOW, "Teleport %s", kind);
        if (classify_search(n, is_role_management_rule) || has(n, "scheduleInfo"))
                return classify_say(e, ARTEFACT_ACCESS_WORKFLOW, "privileged identity management");
        if (classify_search(n, asks_approval) &&
            (classify_search(n, grants_access) || classify_search(n, speaks_of_access)))
                return classify_say(e, ARTEFACT_ACCESS_WORKFLOW, "keys of approval and of access");
        if (classify_search(n, is_elevation))
                return classify_say(e, ARTEFACT_ACCESS_WORKFLOW, "key of temporary access");
        return ARTEFACT_NONE;
}

/* --- settings of frameworks and hosts ------------------------------------------------------ */

enum artefact_kind classify_settings(const struct node *n, const struct evidence *e)
{
        static const char *const prefixes[] = {
                "play.http.s",    "play.filters", "server.servlet.session", "spring.security",
                "security.basic", "jwt.secret",   "session.secret",         "app.jwt"};

        NODE_CHILDREN(v, is_map(n) ? n : NULL)
        {
                for (size_t i = 0; v->key && i < ELEMENTSOF(prefixes); i++)
                        if (begins(v->key, prefixes[i]))
                                return classify_say(e, ARTEFACT_SESSION_CODE, "setting %s", v->key);
        }
        if (has(n, "Service") && has(node_get(n, "Service"), "ExecStart"))
                return classify_say(e, ARTEFACT_SYSTEMD_UNIT, "section Service with ExecStart");
        return ARTEFACT_NONE;
}
