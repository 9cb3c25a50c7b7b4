/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the kinds that an XML document tells: by its root element, and what must be in it.
 * Does not own: XML of which only words are known (classify-text.c).
 */
#include "common/base/macros.h"
#include "detectors/classify-doc.h"

/* An element of one of these names is somewhere in the document. */
static bool is_web_security(const struct node *n)
{
        static const char *const names[] = {"session-config", "security-constraint", "login-config",
                                            "security-role"};

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (has(n, names[i]))
                        return true;
        return false;
}

static bool is_web_config(const struct node *n)
{
        static const char *const names[] = {"authentication", "sessionState", "machineKey",
                                            "httpCookies",    "roleManager",  "membership"};

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (has(n, names[i]))
                        return true;
        return false;
}

static bool is_spring_security(const struct node *n)
{
        static const char *const names[] = {"intercept-url", "authentication-manager",
                                            "global-method-security", "csrf"};

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (has(n, names[i]))
                        return true;
        return false;
}

static bool has_password(const struct node *n)
{
        return has(n, "password") || has(n, "passphrase") || has(n, "privateKey");
}

static bool has_authorization(const struct node *n)
{
        return has(n, "authorizationStrategy") || has(n, "securityRealm");
}

/* A user's own bus, and that of accessibility, is no boundary. */
static bool has_policy(const struct node *n)
{
        const struct node *type = node_get(node_get(n, "type"), "#text");

        return has(n, "policy") && (!type || node_equals(type, "system"));
}

static bool has_principal(const struct node *n)
{
        return has(n, "Principal");
}

static bool has_user(const struct node *n)
{
        return has(n, "user") || has(n, "role");
}

/* NULL: the root tells it all. */
static const struct root {
        const char *name;
        bool (*needs)(const struct node *n);
        enum artefact_kind kind;
        const char *what;
} roots[] = {
        {"web-app", is_web_security, ARTEFACT_SESSION_CODE, "security of a web application"},
        {"web-fragment", is_web_security, ARTEFACT_SESSION_CODE, "security of a web application"},
        {"configuration", is_web_config, ARTEFACT_SESSION_CODE, "ASP.NET authentication"},
        {"beans", is_spring_security, ARTEFACT_SESSION_CODE, "Spring Security"},
        {"http", is_spring_security, ARTEFACT_SESSION_CODE, "Spring Security"},
        {"tomcat-users", has_user, ARTEFACT_CREDENTIAL_FILE, "users of Tomcat"},
        {"settings", has_password, ARTEFACT_CREDENTIAL_FILE, "servers of Maven with passwords"},
        {"EntityDescriptor", NULL, ARTEFACT_OAUTH_CLIENT, "SAML metadata"},
        {"EntitiesDescriptor", NULL, ARTEFACT_OAUTH_CLIENT, "SAML metadata"},
        {"hudson", has_authorization, ARTEFACT_POLICY_CODE, "who may do what in Jenkins"},
        {"busconfig", has_policy, ARTEFACT_POLICY_CODE, "D-Bus policy"},
        {"policyconfig", NULL, ARTEFACT_POLKIT, "polkit actions"},
        {"Task", has_principal, ARTEFACT_CRONTAB, "scheduled task of Windows"},
};

enum artefact_kind classify_xml(const struct node *n, const struct evidence *e)
{
        for (size_t i = 0; i < ELEMENTSOF(roots); i++) {
                const struct node *root = node_item_first(node_get(n, roots[i].name));

                if (is_map(root) && (!roots[i].needs || classify_search(root, roots[i].needs)))
                        return classify_say(e, roots[i].kind, "%s", roots[i].what);
        }
        return ARTEFACT_NONE;
}
