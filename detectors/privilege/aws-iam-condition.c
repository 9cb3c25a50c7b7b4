/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Reads the conditions and principals of one AWS policy statement and says the few facts that
 * matter: is the caller tied down, who is it, is a second factor or an external id asked for, which
 * subject must a token have. Both spellings (JSON and HCL blocks) end here.
 *
 * Owns nothing: everything borrows from the document. Must not judge and must not report.
 */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "detectors/privilege/aws-iam.h"

/* --- conditions ---------------------------------------------------------------------------- */

/* Keys that tie the caller down to something the owner of the policy knows. An address
 * (aws:SourceIp) is none: many may share it, and it changes hands. */
static const char *const bounding_keys[] = {
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalArn",
        "aws:PrincipalAccount",
        "aws:SourceArn",
        "aws:SourceAccount",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:VpceAccount",
        "aws:VpceOrgID",
        "aws:VpceOrgPaths",
        "aws:SourceOwner",
        "kms:CallerAccount",
        "kms:ViaService",
        "aws:userid",
        "aws:username",
        "aws:PrincipalServiceName",
        "aws:PrincipalTag/*",
        "s3:DataAccessPointAccount",
        "s3:AccessPointNetworkOrigin",
        "aws:VpcSourceIp",
        "sns:Endpoint",
        "lambda:FunctionUrlAuthType",
        "iam:ResourceTag/*",
};

/* True if a value of the condition leaves nothing out. */
static bool values_leave_open(const struct node *values)
{
        static const char *const open[] = {"",      "*",         "0.0.0.0/0",     "::/0",
                                           "arn:*", "arn:aws:*", "arn:aws:iam::*"};

        NODE_ITEMS(value, values)
        {
                const char *text = node_text(value);

                for (size_t i = 0; text && i < ELEMENTSOF(open); i++)
                        if (strcmp(text, open[i]) == 0)
                                return true;
        }
        return false;
}

static bool is_bounding(const char *key)
{
        for (size_t i = 0; i < ELEMENTSOF(bounding_keys); i++)
                if (aws_glob(bounding_keys[i], key))
                        return true;
        return false;
}

static bool key_ends(const char *key, const char *tail)
{
        size_t n = strlen(key), m = strlen(tail);
        return n > m && strcasecmp(key + n - m, tail) == 0;
}

/* Claims of GitHub, GitLab, Cognito and others that tell one workload from another. */
static bool is_identifying_claim(const char *key)
{
        static const char *const claims[] = {
                ":repository",
                ":repository_id",
                ":job_workflow_ref",
                ":environment",
                ":project_path",
                ":project_id",
                ":amr",
                ":email",
                ":oaud",
                ":repository_owner_id",
                ":terraform_workspace_id",
                ":namespace",
                ":user_id",
                ":workspaceUuid",
        };
        for (size_t i = 0; i < ELEMENTSOF(claims); i++)
                if (key_ends(key, claims[i]))
                        return true;
        return false;
}

/* Of a token, which always has it. */
static bool is_of_a_token(const char *key)
{
        return key_ends(key, ":sub") || key_ends(key, ":aud");
}

/* Whether the condition leaves any request out: ForAllValues is also true of a request without the
 * key, and a value of "*" is true of every one that has it. */
static bool restricts(const char *op, const char *key, bool negated, const struct node *values)
{
        if (strncasecmp(op, "ForAllValues:", 13) == 0 && !is_of_a_token(key))
                return false;
        if (aws_glob("aws:MultiFactorAuthPresent", key) && strncasecmp(op, "Bool", 4) == 0)
                return node_contains(values, "true");
        return negated || !values_leave_open(values);
}

static void note_condition(struct aws_conditions *c, const char *op, const char *key,
                           const struct node *values)
{
        bool negated = strcasestr(op, "Not") != NULL || strncasecmp(op, "Null", 4) == 0;

        if (restricts(op, key, negated, values)) {
                c->any = true;
                c->key = c->key ? c->key : key;
        } else if (strncasecmp(op, "ForAllValues:", 13) == 0) {
                return;
        }
        if (strcasecmp(key, "sts:ExternalId") == 0 && !negated)
                c->external_id = !values_leave_open(values);
        else if (aws_glob("aws:MultiFactorAuth*", key)) {
                bool wants = strcasecmp(key, "aws:MultiFactorAuthAge") == 0 ||
                             !node_contains(values, "false");
                c->mfa_if_exists = wants && strcasestr(op, "IfExists") != NULL;
                c->mfa = wants && !c->mfa_if_exists;
                c->mfa_refused = !wants && strcasecmp(op, "Bool") == 0;
        } else if (strcasecmp(key, "iam:PassedToService") == 0)
                c->passed_to_service = !values_leave_open(values);
        else if (key_ends(key, ":sub") && !negated)
                c->subject = values;
        else if (key_ends(key, ":aud") && !negated)
                c->audience = true;
        else if (is_identifying_claim(key) && !negated)
                c->claim = !values_leave_open(values);
        else if (is_bounding(key) && !negated && !values_leave_open(values))
                c->bound = true;
}

void aws_statement_conditions(const struct aws_statement *st, struct aws_conditions *ret)
{
        *ret = (struct aws_conditions){0};
        if (!st->condition)
                return;
        if (st->condition->type == NODE_UNKNOWN) {
                ret->any = true;
                return;
        }
        if (node_item_first(st->condition) && node_item_first(st->condition)->block) {
                NODE_ITEMS(block, st->condition)
                {
                        const char *op = node_text(node_get(block, "test"));
                        const char *key = aws_item_text(node_get(block, "variable"));
                        note_condition(ret, op ? op : "", key ? key : "",
                                       node_get(block, "values"));
                }
                return;
        }
        NODE_CHILDREN(op, st->condition)
        {
                NODE_CHILDREN(values, op)
                {
                        if (op->key && values->key)
                                note_condition(ret, op->key, values->key, values);
                }
        }
}

const char *aws_conditions_text(const struct aws_conditions *c, char dst[AWS_CONDITION_TEXT_MAX])
{
        dst[0] = '\0';
        if (c->any)
                (void)snprintf(dst, AWS_CONDITION_TEXT_MAX, "; lowered by its condition%s%.60s",
                               c->key ? " on " : "", c->key ? c->key : "");
        return dst;
}

/* --- principals ---------------------------------------------------------------------------- */

static bool is_account(const char *text)
{
        size_t n = strlen(text);
        if (n == 12 && strspn(text, "0123456789") == n)
                return true;
        return n > 5 && strcmp(text + n - 5, ":root") == 0;
}

static void note_principal(struct aws_principals *p, const char *type, const struct node *who)
{
        const char *text = aws_item_text(who);
        if (!text) {
                p->other = true;
                return;
        }
        if (strcasecmp(type, "Federated") == 0) {
                if (strstr(text, ":saml-provider/") == NULL) {
                        p->federated = who;
                        p->provider = text;
                }
        } else if (strcasecmp(type, "Service") == 0 || strcasecmp(type, "CanonicalUser") == 0)
                p->other = true;
        else if (strcmp(text, "*") == 0 || strncmp(text, "arn:aws:iam::*:", 15) == 0)
                p->any = who;
        else if (is_account(text))
                p->account = who;
        else
                p->other = true;
}

void aws_statement_principals(const struct aws_statement *st, struct aws_principals *ret)
{
        *ret = (struct aws_principals){0};
        const struct node *p = st->principal;
        if (!p)
                return;
        if (p->type == NODE_MAPPING && !p->block) {
                NODE_CHILDREN(child, p)
                {
                        const struct node *whom = child;

                        NODE_ITEMS(who, whom)
                        {
                                note_principal(ret, child->key ? child->key : "AWS", who);
                        }
                }
                return;
        }
        NODE_ITEMS(item, p)
        {
                if (!item->block) {
                        note_principal(ret, "AWS", item);
                        continue;
                }
                const char *type = node_text(node_get(item, "type"));
                const struct node *whom = node_get(item, "identifiers");

                NODE_ITEMS(who, whom)
                {
                        note_principal(ret, type ? type : "AWS", who);
                }
        }
}
