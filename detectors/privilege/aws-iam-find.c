/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Finds AWS policies behind every wrapper, and says what they are attached to.
 *
 * A policy is recognised by its own shape (a key Statement, statement or iamRoleStatements whose
 * items are statements) wherever it stands: IAM JSON, CloudFormation, SAM, Serverless, Ansible,
 * jsonencode() and the statement blocks of aws_iam_policy_document in Terraform; and inside strings
 * that hold a JSON document (heredocs, RepositoryPolicyText). So a new wrapper needs no code. Owns
 * nothing. Must not judge.
 */

#include <string.h>
#include <strings.h>

#include "detectors/privilege/aws-iam.h"

struct find {
        struct doc *doc;
        const struct node *root;
        void (*judge)(const struct aws_policy *p, void *userdata);
        void *userdata;
        const struct node
                *string; /* that holds the document which is walked; NULL: the file itself */
};

static bool has_statement(const struct node *container)
{
        if (!container)
                return false;
        NODE_ITEMS(item, container)
        {
                if (aws_statement_is(item))
                        return true;
        }
        return false;
}

/* The statements that n holds if it is a policy, else NULL. */
static const struct node *policy_statements(const struct node *n)
{
        static const char *const keys[] = {"Statement", "statement", "statements",
                                           "iamRoleStatements"};

        if (n->type != NODE_MAPPING)
                return NULL;
        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                const struct node *statements = node_get(n, keys[i]);
                if (has_statement(statements))
                        return statements;
        }
        return NULL;
}

static bool is_trust_key(const char *key)
{
        return key && (strcasecmp(key, "assume_role_policy") == 0 ||
                       strcasecmp(key, "AssumeRolePolicyDocument") == 0 ||
                       strcasecmp(key, "assume_role_policy_document") == 0 ||
                       strcasecmp(key, "trust_policy") == 0);
}

/* Types of which a policy is attached to identities, or stands by itself until it is. */
static bool holds_identity_policies(const char *type)
{
        static const char *const types[] = {
                "aws_iam_*",
                "aws_ssoadmin_*",
                "AWS::IAM::*",
                "AWS::SSO::*",
                "AWS::Serverless::*",
                "alicloud_ram_*",
                "aws_iot_policy",
                "AWS::IoT::Policy",
                "awscc_iam_*",
                "aws_cognito_identity_pool*",
                "",
        };
        for (size_t i = 0; i < ELEMENTSOF(types); i++)
                if (aws_glob(types[i], type))
                        return true;
        return false;
}

/* Service control policies and the like only ever limit; they grant nothing. */
static bool grants_nothing(const char *type)
{
        return strcmp(type, "aws_organizations_policy") == 0 ||
               strcmp(type, "AWS::Organizations::Policy") == 0;
}

/* Names the resource that n is part of: a Terraform block by its label, a CloudFormation one by its
 * key. An empty name is none: findings are recognised by it. */
static void find_holder(struct aws_policy *p, const struct node *n)
{
        p->name = "policy";
        p->type = "";
        for (; n; n = n->parent) {
                if (n->block && n->label[0] && n->label[1]) {
                        p->holder = n;
                        p->type = n->label[0];
                        p->name = n->label[1][0] ? n->label[1] : p->name;
                        return;
                }
                const char *type = node_text(node_get(n, "Type"));
                if (type && strncmp(type, "AWS::", 5) == 0 && n->key) {
                        p->holder = n;
                        p->type = type;
                        p->name = n->key[0] ? n->key : p->name;
                        return;
                }
        }
}

enum aws_policy_use aws_policy_use_at(const char *type, const struct node *holder,
                                      const struct node *n)
{
        for (; n && n != holder; n = n->parent)
                if (is_trust_key(n->key))
                        return AWS_POLICY_TRUST;
        return holds_identity_policies(type) ? AWS_POLICY_IDENTITY : AWS_POLICY_RESOURCE;
}

static int visit(struct node *n, void *userdata)
{
        struct find *f = userdata;

        if (n->type == NODE_STRING || n->type == NODE_UNKNOWN) {
                if (!f->string && n->text_len > 20 && strstr(n->text, "tatement") &&
                    strchr(n->text, '{')) {
                        struct node *inner = doc_embedded(f->doc, n);
                        struct find in = *f;
                        in.string = n;
                        if (inner && inner != n)
                                return node_walk(inner, visit, &in);
                }
                return 0;
        }
        const struct node *statements = policy_statements(n);
        if (!statements)
                return 0;
        /* the tree of a string does not lead up to what holds the string */
        const struct node *place = f->string ? f->string : n;
        struct aws_policy p = {.root = f->root, .statements = statements};
        find_holder(&p, place);
        p.use = aws_policy_use_at(p.type, p.holder, place);
        if (!grants_nothing(p.type))
                f->judge(&p, f->userdata);
        return 0;
}

void aws_iam_find(const struct subject *s,
                  void (*judge)(const struct aws_policy *p, void *userdata), void *userdata)
{
        struct find f = {
                .doc = s->doc, .root = doc_root(s->doc), .judge = judge, .userdata = userdata};
        if (f.root)
                (void)node_walk(doc_root(s->doc), visit, &f);
}
