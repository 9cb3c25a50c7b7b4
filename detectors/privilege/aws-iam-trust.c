/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Judges statements that name principals: trust policies of roles (who may become the role) and
 * resource policies (who may use a bucket, queue, key, …). A condition that ties the caller down
 * (organisation, account, source, network) is what makes such a statement safe, so it erases; any
 * other condition lowers. Owns nothing.
 */

#include <string.h>
#include <strings.h>

#include "detectors/privilege/aws-iam.h"

static void say(const struct aws_judge *j, const struct aws_statement *st, const char *check,
                const struct node *at, enum certainty certainty, int delta, const char *detail)
{
        char identity[200], condition[AWS_CONDITION_TEXT_MAX];
        struct aws_conditions c = {0};

        if (delta < 0)
                aws_statement_conditions(st, &c);
        (void)snprintf(identity, sizeof(identity), "%s/%s/%u", st->policy->name, check, st->index);
        report_check(j->reporter, j->analyser, check, spot_of_node(at), certainty, delta, identity,
                     "%s: %s%s", st->policy->name, detail, aws_conditions_text(&c, condition));
}

/* --- federated trust ----------------------------------------------------------------------- */

enum subject_bond { SUBJECT_ANY, SUBJECT_BROAD, SUBJECT_BOUND };

/* How tightly a GitHub subject binds. "repo:OWNER/REPO:environment:NAME" and
 * "…:ref:refs/heads/NAME" are bound; a subject that does not begin with repo:OWNER/ can be had by
 * anybody (the part before may be chosen by a workflow). */
static enum subject_bond github_bond(const char *sub)
{
        if (strncmp(sub, "repo:", 5) != 0)
                return SUBJECT_ANY;
        const char *owner = sub + 5;
        size_t n = strcspn(owner, "/:");
        if (n == 0 || owner[n] != '/' || memchr(owner, '*', n) || memchr(owner, '?', n))
                return SUBJECT_ANY;
        const char *repository = owner + n + 1;
        size_t m = strcspn(repository, ":");
        if (memchr(repository, '*', m) && memchr(repository, '$', m) == NULL)
                return SUBJECT_BROAD;
        const char *rest = repository + m;
        if (strcmp(rest, ":*") == 0 || strncmp(rest, ":pull_request", 13) == 0 ||
            strcmp(rest, ":ref:*") == 0 || strcmp(rest, ":ref:refs/heads/*") == 0 ||
            strcmp(rest, ":ref:refs/*") == 0)
                return SUBJECT_BROAD;
        return SUBJECT_BOUND;
}

/* Other issuers: GitLab project_path:GROUP/PROJECT:ref_type:…, clusters
 * system:serviceaccount:NAMESPACE:NAME, organization:…:project:…:workspace:… */
static enum subject_bond other_bond(const char *sub)
{
        if (strspn(sub, "*:?") == strlen(sub))
                return SUBJECT_ANY;
        if (strncmp(sub, "system:serviceaccount:", 22) == 0)
                return sub[22] == '*'     ? SUBJECT_ANY
                       : strchr(sub, '*') ? SUBJECT_BROAD
                                          : SUBJECT_BOUND;
        const char *colon = strchr(sub, ':');
        if (colon && colon[1] == '*')
                return SUBJECT_ANY;
        const char *star = strchr(sub, '*');
        return star && !strstr(sub, ":environment:") ? SUBJECT_BROAD : SUBJECT_BOUND;
}

static enum subject_bond weakest_bond(const struct aws_conditions *c, bool github,
                                      const struct node **ret_at)
{
        enum subject_bond weakest = SUBJECT_BOUND;
        NODE_ITEMS(item, c->subject)
        {
                const char *sub = aws_item_text(item);
                /* a whole reference that cannot be resolved binds as far as can be told */
                if (!sub ||
                    (item->type == NODE_UNKNOWN && strncmp(sub, "repo:", 5) != 0 && sub[0] != '*'))
                        continue;
                enum subject_bond bond = github ? github_bond(sub) : other_bond(sub);
                if (bond < weakest) {
                        weakest = bond;
                        *ret_at = item;
                }
        }
        return weakest;
}

/* Issuers that put their tenant into the address: being registered at all narrows them. */
static bool issuer_is_own(const char *provider)
{
        return strstr(provider, "cognito-identity") || strstr(provider, "graph.facebook") ||
               strstr(provider, "accounts.google") || strstr(provider, "www.amazon.com");
}

static void judge_federated(const struct aws_judge *j, const struct aws_statement *st,
                            const struct aws_principals *p, const struct aws_conditions *c)
{
        bool github = strstr(p->provider, "token.actions.githubusercontent.com") != NULL;
        bool known = strstr(p->provider, "oidc-provider/") || github || strstr(p->provider, "oidc");
        const struct node *at = p->federated;

        if (!c->subject) {
                if (c->claim || (issuer_is_own(p->provider) && c->audience))
                        return;
                if (c->any && c->bound)
                        return;
                if (known || issuer_is_own(p->provider))
                        say(j, st, "oidc-no-subject", at, CERTAINTY_YES, github ? 0 : -1,
                            github ? "every GitHub workflow of anybody may become this role: no "
                                     "condition on the subject"
                                   : "every identity of the provider may become this role: no "
                                     "condition on the subject");
                return;
        }
        switch (weakest_bond(c, github, &at)) {
        case SUBJECT_ANY:
                say(j, st, "oidc-no-subject", at, CERTAINTY_YES, 0,
                    "the subject leaves open which owner's workload it is");
                break;
        case SUBJECT_BROAD:
                if (!c->claim)
                        say(j, st, "ci-role-broad", at, CERTAINTY_YES, 0,
                            "every repository, branch or pull request of the owner may become this "
                            "role");
                break;
        case SUBJECT_BOUND:
                break;
        }
}

/* --- trust --------------------------------------------------------------------------------- */

void aws_iam_judge_trust(const struct aws_judge *j, const struct aws_statement *st)
{
        struct aws_conditions c;
        struct aws_principals p;

        if (!st->allow)
                return;
        aws_statement_conditions(st, &c);
        aws_statement_principals(st, &p);
        if (st->not_principal)
                say(j, st, "notprincipal-allow", st->not_principal, CERTAINTY_YES, c.any ? -1 : 0,
                    "everybody but the named may become this role");
        if (p.federated)
                judge_federated(j, st, &p, &c);
        if (p.any && !c.bound)
                say(j, st, "trust-any", p.any, CERTAINTY_YES,
                    c.external_id ? -2
                    : c.any       ? -1
                                  : 0,
                    "anybody with an AWS account may become this role");
        if (p.account && !c.bound && !c.external_id && !c.mfa) {
                say(j, st, "trust-account-root", p.account, CERTAINTY_YES, c.any ? -1 : 0,
                    "every identity of the account may become this role");
                say(j, st, "trust-no-external-id", p.account, CERTAINTY_YES, c.any ? -1 : 0,
                    "no external id, so another customer of a third party could use it as well");
        }
}

/* --- resource policies --------------------------------------------------------------------- */

/* The first item of Action that is a wildcard over a whole service, or NULL. */
static const struct node *wildcard_action(const struct aws_statement *st)
{
        NODE_ITEMS(item, st->action)
        {
                const char *text = node_text(item);
                const char *colon = text ? strchr(text, ':') : NULL;
                if (text && (strcmp(text, "*") == 0 || (colon && strcmp(colon, ":*") == 0)))
                        return item;
        }
        return NULL;
}

/* A key policy that lets the account's own IAM decide is what KMS makes by default. */
static bool delegates_to_account(const struct aws_statement *st, const struct aws_principals *p)
{
        const struct node *item = wildcard_action(st);
        return item && !p->any && (p->account || strcasestr(st->policy->type, "kms")) &&
               strcasecmp(item->text, "*") != 0;
}

/* A web site's bucket: reading single objects by anybody is public on purpose, but public all the
 * same. */
void aws_iam_judge_resource(const struct aws_judge *j, const struct aws_statement *st)
{
        struct aws_conditions c;
        struct aws_principals p;

        if (!st->allow)
                return;
        aws_statement_conditions(st, &c);
        aws_statement_principals(st, &p);
        if (p.any && !c.bound)
                say(j, st, "resource-public", st->policy->used_at ?: p.any, CERTAINTY_YES,
                    c.any ? -1 : 0, "anybody may use this resource");
        if (st->not_principal && !c.bound)
                say(j, st, "notprincipal-allow", st->not_principal, CERTAINTY_YES, c.any ? -1 : 0,
                    "everybody but the named may use this resource");
        if (st->not_action)
                say(j, st, "notaction-allow", st->not_action, CERTAINTY_YES, c.any ? -1 : 0,
                    "every action that is not named, also future ones");
        const struct node *action = wildcard_action(st);
        if (action && !delegates_to_account(st, &p) && !(p.account && !p.any))
                say(j, st, "resource-wildcard-action", action, CERTAINTY_YES,
                    p.any && !c.bound ? 0 : -1,
                    "every action on this resource, also changing its policy");
}
