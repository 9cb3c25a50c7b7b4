/* SPDX-FileCopyrightText: giad maintainers */

/*
 * The openapi-security analyser: requirements of an API description that name a scheme which it does not
 * define. Gateways and generators that find no scheme of that name check nothing.
 *
 * Source: the OpenAPI specification 3.1, "Security Requirement Object": each name must correspond to a
 * scheme of the Components Object; 2.0: of the Security Definitions. Owns nothing.
 */

#include <string.h>

#include "common/base/macros.h"
#include "detectors/privilege/analyser.h"

static const char *const checks[] = {
        "undefined-scheme",
        NULL,
};

static void run(const struct subject *s, struct reporter *r);

const struct analyser analyser_openapi_security = {
        .name = "openapi-security", .checks = checks, .run = run};

#define LOOKS_MAX 300000u /* at names of schemes; requirements beyond are not judged */

struct description {
        struct reporter *reporter;
        const struct node *schemes;
        unsigned looks_left;
};

static bool is_defined(struct description *d, const char *name)
{
        if (d->looks_left < d->schemes->count)
                return true;
        d->looks_left -= d->schemes->count;
        return node_get(d->schemes, name);
}

/* What is defined elsewhere is not known here. */
static bool is_elsewhere(const struct node *n)
{
        return n && (n->type == NODE_UNKNOWN || node_get(n, "$ref"));
}

static void judge_requirements(struct description *d, const struct node *security,
                               const char *where)
{
        NODE_ITEMS(requirement, security)
        {
                NODE_CHILDREN(scheme, requirement->type == NODE_MAPPING ? requirement : NULL)
                {
                        if (!scheme->key || !scheme->key[0] || strchr(scheme->key, '{') ||
                            is_defined(d, scheme->key))
                                continue;
                        report_check(d->reporter, &analyser_openapi_security, "undefined-scheme",
                                     spot_of_node(scheme), CERTAINTY_YES, 0, scheme->key,
                                     "%s asks for %s, which is not defined", where, scheme->key);
                }
        }
}

static void judge_path(struct description *d, const struct node *path)
{
        static const char *const methods[] = {"get",     "put",  "post",  "delete",
                                              "options", "head", "patch", "trace"};

        for (size_t i = 0; i < ELEMENTSOF(methods); i++) {
                const struct node *operation = node_get(path, methods[i]);
                const char *id = node_text(node_get(operation, "operationId"));

                if (operation)
                        judge_requirements(d, node_get(operation, "security"),
                                           id && id[0] ? id : methods[i]);
        }
}

static void judge(const struct node *root, struct reporter *r)
{
        const struct node *components = node_get(root, "components"),
                          *schemes = node_get(root, "openapi")
                                             ? node_get(components, "securitySchemes")
                                     : node_get(root, "swagger")
                                             ? node_get(root, "securityDefinitions")
                                             : NULL;
        struct description d = {r, schemes, LOOKS_MAX};

        /* a description without any is another finding */
        if (!schemes || is_elsewhere(components) || is_elsewhere(schemes))
                return;
        judge_requirements(&d, node_get(root, "security"), "the API");
        NODE_CHILDREN(path, node_get(root, "paths"))
        {
                judge_path(&d, path);
        }
}

static void run(const struct subject *s, struct reporter *r)
{
        const struct node *root = s->doc ? doc_root(s->doc) : NULL;

        if (!root)
                return;
        if (!root->multi) {
                judge(root, r);
                return;
        }
        NODE_CHILDREN(document, root)
        {
                judge(document, r);
        }
}
