/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Normalises one statement of an AWS policy: the JSON spelling (Action, Principal {AWS: …},
 * Condition {Op: {key: value}}) and the HCL blocks of aws_iam_policy_document (actions, principals
 * {type, identifiers}, condition {test, variable, values}) become one struct.
 *
 * Owns nothing: everything borrows from the document. Must not judge and must not report.
 */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "detectors/privilege/aws-iam.h"

bool aws_glob(const char *pattern, const char *text)
{
        const char *star = NULL, *mark = NULL;

        while (*text) {
                if (*pattern == '*') {
                        star = pattern++;
                        mark = text;
                } else if (*pattern == '?' ||
                           tolower((unsigned char)*pattern) == tolower((unsigned char)*text)) {
                        pattern++;
                        text++;
                } else if (star) {
                        pattern = star + 1;
                        text = ++mark;
                } else {
                        return false;
                }
        }
        while (*pattern == '*')
                pattern++;
        return *pattern == '\0';
}

/* First of the spellings that is there; a null value counts as absent. */
static const struct node *first_of(const struct node *n, const char *a, const char *b)
{
        const struct node *found = node_get(n, a);
        if (!found)
                found = node_get(n, b);
        return found && found->type == NODE_NULL ? NULL : found;
}

bool aws_statement_is(const struct node *n)
{
        if (!n || n->type != NODE_MAPPING)
                return false;
        const struct node *effect = first_of(n, "Effect", "effect");
        if (effect && (node_equals(effect, "Allow") || node_equals(effect, "Deny")))
                return true;
        if (n->block)
                return first_of(n, "actions", "not_actions") != NULL;
        return (effect || first_of(n, "Action", "NotAction")) &&
               (first_of(n, "Resource", "NotResource") ||
                first_of(n, "Principal", "NotPrincipal") || first_of(n, "Action", "NotAction"));
}

void aws_statement_read(struct aws_statement *ret, const struct aws_policy *p, const struct node *n,
                        unsigned index)
{
        const struct node *effect = first_of(n, "Effect", "effect");

        *ret = (struct aws_statement){
                .policy = p,
                .node = n,
                .action = first_of(n, "Action", "actions"),
                .not_action = first_of(n, "NotAction", "not_actions"),
                .resource = first_of(n, "Resource", "resources"),
                .not_resource = first_of(n, "NotResource", "not_resources"),
                .principal = first_of(n, "Principal", "principals"),
                .not_principal = first_of(n, "NotPrincipal", "not_principals"),
                .condition = first_of(n, "Condition", "condition"),
                .index = index,
                /* the blocks of Terraform allow unless they say otherwise */
                .allow = effect ? node_equals(effect, "Allow") : n->block,
                .deny = effect && node_equals(effect, "Deny"),
        };
        if (!ret->action) /* lower-case spellings of Ansible and Serverless plug-ins, and a slip of
                             HCL's */
                ret->action = node_get(n, "action");
        if (!ret->resource)
                ret->resource = node_get(n, "resource");
}

const char *aws_item_text(const struct node *item)
{
        if (!item)
                return NULL;
        if (item->type == NODE_MAPPING && item->count == 1 && item->first->key &&
            strncmp(item->first->key, "Fn::", 4) == 0) {
                item = item->first;
                if (item->type == NODE_SEQUENCE)
                        item = item->first;
                if (!item)
                        return NULL;
        }
        if (item->type == NODE_MAPPING || item->type == NODE_SEQUENCE)
                return NULL;
        return item->text;
}

const struct node *aws_statement_covers(const struct aws_statement *st, const char *action)
{
        NODE_ITEMS(item, st->action)
        {
                const char *text = node_text(item);
                if (text && aws_glob(text, action))
                        return item;
        }
        return NULL;
}

/* What follows the fifth colon of an ARN, or NULL. */
static const char *arn_resource(const char *arn)
{
        if (strncmp(arn, "arn:", 4) != 0)
                return NULL;
        for (unsigned colons = 0; *arn; arn++)
                if (*arn == ':' && ++colons == 5)
                        return arn + 1;
        return NULL;
}

/* "role/…*": a type and then nothing but wildcards */
static bool names_every_of_a_type(const char *resource)
{
        const char *tail = strpbrk(resource, "/:");
        return tail && tail > resource && strspn(tail + 1, "*/:") == strlen(tail + 1) &&
               tail[1] != '\0';
}

const struct node *aws_statement_every_resource(const struct aws_statement *st, bool of_a_type)
{
        NODE_ITEMS(item, st->resource)
        {
                const char *text = aws_item_text(item);
                if (!text)
                        continue;
                if (strcmp(text, "*") == 0 || strcmp(text, "arn:*") == 0 ||
                    strcmp(text, "arn:aws:*") == 0)
                        return item;
                const char *resource = arn_resource(text);
                if (!resource)
                        continue;
                if (strcmp(resource, "*") == 0 || strcmp(resource, "*/*") == 0)
                        return item;
                /* in S3 the part before the slash is the bucket's own name */
                if (of_a_type && strstr(text, ":s3:") == NULL && names_every_of_a_type(resource))
                        return item;
        }
        return NULL;
}
