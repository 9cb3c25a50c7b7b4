/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: documents that say the same in another kind of file: an AWS policy as a resource of
 * Terraform or CloudFormation, a Kubernetes object as kubernetes_manifest or in a List.
 *
 * Must not own: how trees are written down (write-tree.c, write-hcl.c).
 */
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "tests/property/write-hcl.h"

enum how {
        ENCODED,             /* resource … { policy = jsonencode({…}) } */
        HEREDOC,             /* policy = <<EOF */
        CLOUDFORMATION,      /* in YAML */
        CLOUDFORMATION_JSON, /* in JSON */
        MANIFEST,            /* resource "kubernetes_manifest" … */
        LIST,                /* kind: List */
};

/* What a policy is attached to. */
struct holder {
        const char *resource, *attribute; /* Terraform's names */
        const char *type, *property;      /* CloudFormation's */
};

static const struct holder holders[] = {
        {"aws_iam_policy", "policy", "AWS::IAM::ManagedPolicy", "PolicyDocument"},
        {"aws_iam_role", "assume_role_policy", "AWS::IAM::Role", "AssumeRolePolicyDocument"},
        {"aws_s3_bucket_policy", "policy", "AWS::S3::BucketPolicy", "PolicyDocument"},
};

static bool names_assume_role(const struct node *action)
{
        NODE_ITEMS(item, action)
        {
                if (node_text(item) && strncasecmp(item->text, "sts:Assume", 10) == 0)
                        return true;
        }
        return false;
}

/* NULL: it is no policy. */
static const struct holder *find_holder(const struct original *o)
{
        const struct node *statements = node_get(o->root, "Statement");
        const struct holder *holder = &holders[0];

        if (o->kind != ARTEFACT_IAM_POLICY || !statements)
                return NULL;
        NODE_ITEMS(statement, statements)
        {
                if (statement->type != NODE_MAPPING)
                        return NULL;
                if (node_get(statement, "Principal") || node_get(statement, "NotPrincipal"))
                        holder = names_assume_role(node_get(statement, "Action")) ? &holders[1]
                                                                                  : &holders[2];
        }
        return holder;
}

static void indent_lines(const char *s, unsigned n, struct buffer *b)
{
        while (*s) {
                size_t line = strcspn(s, "\n");

                buffer_printf(b, "%*s%.*s\n", (int)n, "", (int)line, s);
                s += line + (s[line] == '\n');
        }
}

static bool wrap_policy(const struct original *o, unsigned how, struct rewritten *ret)
{
        const struct holder *h = find_holder(o);
        struct buffer *b = &ret->text;
        _cleanup_buffer_ struct buffer inner = BUFFER_NULL;
        bool terraform = how == ENCODED || how == HEREDOC;

        if (!h || !write_tree(o->root, how == CLOUDFORMATION ? 0 : WRITE_JSON, 1, &inner))
                return false;
        (void)text_copy(ret->path, sizeof(ret->path),
                        terraform               ? "infra/main.tf"
                        : how == CLOUDFORMATION ? "infra/template.yaml"
                                                : "infra/template.json");
        if (terraform)
                buffer_printf(b, "resource \"%s\" \"agent\" {\n  %s = ", h->resource, h->attribute);
        if (how == ENCODED) {
                buffer_puts(b, "jsonencode(");
                if (!write_tree_as_hcl(o->root, 1, b))
                        return false;
                buffer_puts(b, ")\n}\n");
        } else if (how == HEREDOC) {
                if (strstr(inner.data, "${"))
                        return false;
                buffer_printf(b, "<<EOF\n%sEOF\n}\n", inner.data);
        } else if (how == CLOUDFORMATION_JSON)
                buffer_printf(b,
                              "{\"Resources\": {\"Agent\": {\"Type\": \"%s\", \"Properties\": "
                              "{\"%s\": %s}}}}\n",
                              h->type, h->property, inner.data);
        else {
                buffer_printf(b, "Resources:\n  Agent:\n    Type: %s\n    Properties:\n      %s:\n",
                              h->type, h->property);
                indent_lines(inner.data, 8, b);
        }
        return true;
}

/* Not a component's configuration, which has a kind as well. Examples leave apiVersion out. */
static bool is_object(const struct node *n)
{
        static const char *const kinds[] = {
                "Pod",     "Deployment", "StatefulSet", "DaemonSet",      "Job",
                "CronJob", "Role",       "ClusterRole", "RoleBinding",    "ClusterRoleBinding",
                "Secret",  "ConfigMap",  "Namespace",   "ServiceAccount", "Ingress",
                "Service",
        };

        const char *kind = node_text(node_get(n, "kind"));

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (kind && strcmp(kind, kinds[i]) == 0)
                        return true;
        return false;
}

static bool wrap_manifest(const struct node *n, struct buffer *b)
{
        buffer_puts(b, "resource \"kubernetes_manifest\" \"agent\" {\n  manifest = ");
        bool done = write_tree_as_hcl(n, 1, b);
        buffer_puts(b, "\n}\n");
        return done;
}

static bool wrap_item(const struct node *n, bool json, struct buffer *b)
{
        _cleanup_buffer_ struct buffer inner = BUFFER_NULL;

        if (!write_tree(n, json ? WRITE_JSON : WRITE_FLOW, 1, &inner))
                return false;
        buffer_printf(b, json ? "%s%s" : "%s  - %s",
                      json && n->parent && n->parent->first != n ? "," : "", inner.data);
        return true;
}

static bool wrap_objects(const struct original *o, unsigned how, struct rewritten *ret)
{
        struct buffer *b = &ret->text;

        bool json = original_is(o, "json");

        if (how == LIST)
                buffer_puts(b, json ? "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n"
                                    : "apiVersion: v1\nkind: List\nitems:\n");
        else
                (void)text_copy(ret->path, sizeof(ret->path), "infra/main.tf");
        for (const struct node *n = o->root->multi ? o->root->first : o->root; n; n = n->next) {
                if (!is_object(n) || (how == LIST ? !wrap_item(n, json, b) : !wrap_manifest(n, b)))
                        return false;
        }
        if (how == LIST && json)
                buffer_puts(b, "]}\n");
        return true;
}

static bool rewrite(const struct original *o, unsigned how, struct rewritten *ret)
{
        if (!o->root || (!original_is(o, "json") && !original_is(o, "yaml")))
                return false;
        return how == MANIFEST || how == LIST ? wrap_objects(o, how, ret)
                                              : wrap_policy(o, how, ret);
}

const struct rewriting rewritings_of_wrappers[] = {
        {"AWS policy by jsonencode", rewrite, ENCODED},
        {"AWS policy in a heredoc", rewrite, HEREDOC},
        {"AWS policy in CloudFormation, YAML", rewrite, CLOUDFORMATION},
        {"AWS policy in CloudFormation, JSON", rewrite, CLOUDFORMATION_JSON},
        {"Kubernetes object in Terraform", rewrite, MANIFEST},
        {"Kubernetes objects in a List", rewrite, LIST},
        {.name = NULL},
};
