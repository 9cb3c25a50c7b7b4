/* SPDX-FileCopyrightText: giad maintainers */

/*
 * The aws-iam analyser: one evaluator behind every wrapper of an AWS policy.
 *
 *   find (aws-iam-find.c) → who has it (aws-iam-graph.c) → normalise (aws-iam-statement.c)
 *        → judge (aws-iam-identity.c, aws-iam-escalation.c, aws-iam-trust.c)
 *
 * This file collects the policies, sends each of them, or each statement with principals, to its
 * judge, and looks at the managed policies that are attached by their ARN. Owns the list of a file's
 * policies; facts about actions are in aws-iam-actions.c.
 */

#include "detectors/privilege/aws-iam.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const checks[] = {
        "admin-policy",           "admin-attached",
        "wildcard-action",        "wildcard-resource",
        "notaction-allow",        "notprincipal-allow",
        "privesc-action",         "privesc-passrole",
        "credentials-exposure",   "data-exfiltration",
        "permissions-management", "unconstrained-write",
        "assume-role-wildcard",   "trust-any",
        "trust-account-root",     "trust-no-external-id",
        "oidc-no-subject",        "ci-role-broad",
        "resource-public",        "resource-wildcard-action",
        "mfa-if-exists",          NULL,
};

static void run(const struct subject *s, struct reporter *r);

const struct analyser analyser_aws_iam = {.name = "aws-iam", .checks = checks, .run = run};

/* Allow … if MFA, with an operator that is also true when the key is absent: access keys never
 * carry it. */
static void judge_mfa(const struct aws_judge *j, const struct aws_statement *st)
{
        struct aws_conditions c;
        aws_statement_conditions(st, &c);
        if (st->allow && c.mfa_refused)
                report_check(j->reporter, j->analyser, "mfa-if-exists", spot_of_node(st->condition),
                             CERTAINTY_YES, 0, st->policy->name,
                             "allows just the requests that carry no second factor");
        if (st->allow && c.mfa_if_exists)
                report_check(j->reporter, j->analyser, "mfa-if-exists", spot_of_node(st->condition),
                             CERTAINTY_YES, 0, st->policy->name,
                             "IfExists lets requests through that carry no second factor");
}

/* True if all actions are of the token service: then the principals become something, they do not
 * use something. */
static bool is_about_assuming(const struct aws_statement *st)
{
        bool any = false;
        NODE_ITEMS(item, st->action)
        {
                const char *text = node_text(item);
                if (!text || strncasecmp(text, "sts:", 4) != 0)
                        return false;
                any = true;
        }
        return any;
}

static void judge_policy(const struct aws_judge *j, const struct aws_policy *p)
{
        bool iot = strcasecmp(p->type, "AWS::IoT::Policy") == 0 ||
                   strcmp(p->type, "aws_iot_policy") == 0;
        unsigned index = 0;

        NODE_ITEMS(n, p->statements)
        {
                struct aws_statement st;
                aws_statement_read(&st, p, n, index++);
                judge_mfa(j, &st);
                if (p->use == AWS_POLICY_TRUST ||
                    ((st.principal || st.not_principal) && is_about_assuming(&st)))
                        aws_iam_judge_trust(j, &st);
                else if (p->use == AWS_POLICY_RESOURCE || st.principal || st.not_principal || iot)
                        aws_iam_judge_resource(j, &st);
        }
        if (p->use == AWS_POLICY_IDENTITY)
                aws_iam_judge_identity(j, p);
}

/* --- attached by ARN ----------------------------------------------------------------------- */

/* Managed policies of AWS that make their holder an administrator, at once or in one step. */
static const struct {
        const char *name;
        const char *text;
        int delta;
} admin_policies[] = {
        {"AdministratorAccess", "every action on every resource", 0},
        {"IAMFullAccess", "everything in IAM, and so every right", 0},
        {"PowerUserAccess", "every action outside IAM", -1},
        {"AdministratorAccess-Amplify", "broad rights with role passing", -1},
        {"AdministratorAccess-AWSElasticBeanstalk", "broad rights with role passing", -1},
};

/* Keys under which a policy's ARN attaches it */
static bool attaches(const struct node *n)
{
        static const char *const keys[] = {
                "policy_arn",         "policy_arns",        "managed_policy_arns",
                "managed_policy_arn", "ManagedPolicyArns",  "PolicyArn",
                "managed_policies",   "managed_policy",     "managedPolicies",
                "Policies",           "iamManagedPolicies", "arn",
                "ManagedPolicies",    "role_policy_arns",
        };
        const struct node *named = n->key ? n : n->parent;
        if (!named || !named->key)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (strcmp(keys[i], named->key) == 0)
                        return true;
        return false;
}

static int visit_attachment(struct node *n, void *userdata)
{
        const struct aws_judge *j = userdata;

        if (!node_is_scalar(n) && n->type != NODE_UNKNOWN)
                return 0;
        const char *text = n->text;
        if (!text || !attaches(n))
                return 0;
        const char *slash = strrchr(text, '/');
        const char *name = slash ? slash + 1 : text;
        if (slash && strstr(text, "policy/") == NULL)
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(admin_policies); i++)
                if (strcmp(name, admin_policies[i].name) == 0)
                        report_check(j->reporter, j->analyser, "admin-attached", spot_of_node(n),
                                     CERTAINTY_YES, admin_policies[i].delta, NULL, "%s: %s", name,
                                     admin_policies[i].text);
        return 0;
}

/* --- a file's policies together ------------------------------------------------------------ */

#define POLICIES_MAX 512u /* of one file: of those beyond no ways to more rights are looked for */
#define OF_ONE_MAX 64u    /* of one principal */
#define POLICIES_FIRST 8u

struct policies {
        struct aws_policy *list;
        size_t n, alloc;
        const struct aws_judge *judge;
};

/* Keeps it for the end, when it is known who has it. What does not fit is judged by itself. */
static void collect(const struct aws_policy *p, void *userdata)
{
        struct policies *all = userdata;

        if (all->n == all->alloc && all->n < POLICIES_MAX) {
                size_t alloc = all->alloc ? all->alloc * 4 : POLICIES_FIRST;
                struct aws_policy *grown = realloc(all->list, alloc * sizeof(*grown));

                if (grown) {
                        all->list = grown;
                        all->alloc = alloc;
                }
        }
        if (all->n == all->alloc)
                judge_policy(all->judge, p);
        else
                all->list[all->n++] = *p;
}

/* A boundary that nobody has as a policy as well grants nothing, whatever it allows. */
static bool only_limits(const struct aws_policy *p, const struct aws_graph *g, size_t index)
{
        return p->boundary && g && !aws_graph_is_held(g, index);
}

static void judge_principals(const struct aws_judge *j, const struct aws_graph *g,
                             struct aws_powers *const *powers)
{
        const struct aws_principal *who;

        for (size_t i = 0; (who = aws_graph_principal(g, i)); i++) {
                struct aws_powers *of_one[OF_ONE_MAX];
                size_t indices[OF_ONE_MAX], n = 0,
                                            found = aws_graph_policies(g, i, indices, OF_ONE_MAX);

                for (size_t k = 0; k < found; k++)
                        if (powers[indices[k]])
                                of_one[n++] = powers[indices[k]];
                aws_iam_judge_escalation(j, of_one, n, who);
        }
}

static void judge_ways(const struct aws_judge *j, const struct policies *all,
                       const struct aws_graph *g)
{
        struct aws_powers **powers = calloc(all->n + 1, sizeof(*powers));

        if (!powers)
                return;
        for (size_t i = 0; i < all->n; i++)
                if (all->list[i].use == AWS_POLICY_IDENTITY)
                        powers[i] = aws_powers_new(&all->list[i]);
        judge_principals(j, g, powers);
        for (size_t i = 0; i < all->n; i++)
                if (powers[i] && !aws_graph_is_held(g, i) && !all->list[i].boundary)
                        aws_iam_judge_escalation(j, &powers[i], 1, NULL);
        for (size_t i = 0; i < all->n; i++)
                (void)aws_powers_free(powers[i]);
        free(powers);
}

static void judge_all(const struct aws_judge *j, struct node *root, const struct policies *all)
{
        struct aws_graph *graph = NULL;

        /* what each is for is known when all have been seen */
        if (all->n > 0)
                (void)aws_graph_new(&graph, root, all->list, all->n);
        for (size_t i = 0; i < all->n; i++)
                if (!only_limits(&all->list[i], graph, i))
                        judge_policy(j, &all->list[i]);
        if (graph)
                judge_ways(j, all, graph);
        (void)aws_graph_free(graph);
}

static void run(const struct subject *s, struct reporter *r)
{
        struct aws_judge j = {.reporter = r, .analyser = &analyser_aws_iam};
        struct policies all = {.judge = &j};

        if (!s->doc || !doc_root(s->doc))
                return;
        aws_iam_find(s, collect, &all);
        judge_all(&j, doc_root(s->doc), &all);
        free(all.list);
        (void)node_walk(doc_root(s->doc), visit_attachment, &j);
}
