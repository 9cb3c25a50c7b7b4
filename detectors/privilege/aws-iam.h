/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the parts of the aws-iam analyser share: find (wrappers → policies), statement (normalised),
 * judge. */

#include "common/base/macros.h"
#include "detectors/privilege/analyser.h"

/* What a policy's principals are and what may be done with them. */
enum aws_policy_use {
        AWS_POLICY_IDENTITY, /* attached to users, groups, roles: grants its holder */
        AWS_POLICY_TRUST,    /* of a role: who may assume it */
        AWS_POLICY_RESOURCE, /* of a bucket, queue, key, …: who may use it */
};

/* A policy as it was found, in whatever wrapper. Borrows from the document. */
struct aws_policy {
        enum aws_policy_use use; /* by its wrapper; statements with principals say it themselves */
        const struct node *root; /* of the file, for references */
        const struct node *statements; /* a sequence of statements, or one statement */
        const struct node *holder;     /* the resource that holds it, or NULL */
        const char *name;              /* of the holder, for people; never NULL */
        const char *type; /* of the holder: "aws_sqs_queue_policy", "AWS::KMS::Key"; "" unknown */
        const struct node *used_at; /* where another resource takes it as its own, or NULL */
        bool boundary;              /* a principal of the file has it as its permissions boundary */
};

/* One statement; what is not there is NULL. The two spellings (JSON and HCL blocks) are one here.
 */
struct aws_statement {
        const struct aws_policy *policy;
        const struct node *node;
        const struct node *action, *not_action;
        const struct node *resource, *not_resource;
        const struct node *principal, *not_principal;
        const struct node *condition;
        bool allow;
        bool deny;
        unsigned index; /* in the policy */
};

/* Conditions as far as they matter here. */
struct aws_conditions {
        bool any;               /* there is one that leaves something out */
        const char *key;        /* the first such one's, or NULL */
        bool bound;             /* ties the caller to an account, organisation, source or network */
        bool external_id;       /* sts:ExternalId */
        bool mfa;               /* asks for multi-factor authentication */
        bool mfa_if_exists;     /* … but lets through when the key is absent */
        bool mfa_refused;       /* asks that there was none */
        bool passed_to_service; /* iam:PassedToService */
        bool audience;          /* …:aud */
        bool claim; /* a claim other than sub or aud ties the token: repository, environment, amr, …
                     */
        const struct node *subject; /* values of …:sub, or NULL */
};

/* Principals as far as they matter here. */
struct aws_principals {
        const struct node *any;       /* "*" */
        const struct node *account;   /* a whole account: arn:…:root or a bare account number */
        const struct node *federated; /* an OpenID Connect provider */
        const char *provider;         /* its text */
        bool other;                   /* anything narrower: roles, users, services */
};

/* --- aws-iam-find.c */

/* Calls judge for every policy in the subject, in file order. */
void aws_iam_find(const struct subject *s,
                  void (*judge)(const struct aws_policy *p, void *userdata), void *userdata);

/* What a policy is for that stands at n within holder, a resource of that type. */
enum aws_policy_use aws_policy_use_at(const char *type, const struct node *holder,
                                      const struct node *n);

/* --- aws-iam-statement.c */

/* True if n looks like a statement: a mapping with an effect, or an action beside a resource or
 * principal. */
bool aws_statement_is(const struct node *n);
void aws_statement_read(struct aws_statement *ret, const struct aws_policy *p, const struct node *n,
                        unsigned index);
void aws_statement_conditions(const struct aws_statement *st, struct aws_conditions *ret);
#define AWS_CONDITION_TEXT_MAX 96u
/* "; lowered by its condition on KEY", or "" if none lowers. Returns dst. */
const char *aws_conditions_text(const struct aws_conditions *c, char dst[AWS_CONDITION_TEXT_MAX]);
void aws_statement_principals(const struct aws_statement *st, struct aws_principals *ret);
/* Text of an item of Action, Resource or an identifier list: also of an unresolved template or
 * {Fn::Sub: …}; NULL: none. */
const char *aws_item_text(const struct node *item);
/* Item of Action that covers the concrete action "service:Name", or NULL. */
const struct node *aws_statement_covers(const struct aws_statement *st, const char *action);
/* Item of Resource that is every resource ("*"), or with of_a_type also every resource of one type
 * (arn:aws:iam::*:role/\*); NULL if it is narrower. */
const struct node *aws_statement_every_resource(const struct aws_statement *st, bool of_a_type);

/* Glob with * and ?, ignoring ASCII case. */
bool aws_glob(const char *pattern, const char *text);

/* --- aws-iam-actions.c: facts about actions */

/* Ways to more rights: all of the actions together. Up to 4, the rest NULL. */
struct aws_escalation {
        const char *actions[4];
        const char *text;
        bool pass_role;
};
extern const struct aws_escalation aws_escalations[];
extern const size_t aws_n_escalations;

/* NULL-terminated lists of actions */
extern const char *const aws_credential_actions[];
extern const char *const aws_exfiltration_actions[];
extern const char *const aws_permission_actions[];
/* "*", "*:*" and the like: every action of every service */
bool aws_action_is_all(const char *action);
/* True if the action (maybe with wildcards) only covers actions that take no resource: "*" is all
 * they accept. */
bool aws_action_unscopable(const char *action);
/* True if the action (maybe with wildcards) changes something, by its verb. */
bool aws_action_writes(const char *action);

/* --- judging */

#define AWS_STATEMENTS_MAX 200u /* of one policy: IAM's own limit of size is far below */

struct aws_judge {
        struct reporter *reporter;
        const struct analyser *analyser;
};

/* An item of a list is shown where it is, not where the list begins. */
static inline struct spot aws_spot_of(const struct node *n)
{
        struct spot at = spot_of_node(n);

        at.line = n->line;
        at.column = n->column;
        return at;
}

void aws_iam_judge_identity(const struct aws_judge *j, const struct aws_policy *p);
void aws_iam_judge_trust(const struct aws_judge *j, const struct aws_statement *st);
void aws_iam_judge_resource(const struct aws_judge *j, const struct aws_statement *st);

/* --- aws-iam-escalation.c */

/* What a policy allows of the actions in aws_escalations; each is looked up when it is asked for and
 * remembered. Borrows the policy. */
struct aws_powers;
/* NULL without memory */
struct aws_powers *aws_powers_new(const struct aws_policy *p);
struct aws_powers *aws_powers_free(struct aws_powers *p);

/* Who has policies; the file's own user, group or role. */
struct aws_principal {
        const struct node *node;
        const char *kind; /* "user", "group", "role" */
        const char *name; /* for people */
};

/* Judges what the policies allow together. who: their holder, at which a way is shown that needs a
 * policy from outside its block; NULL: not known, and a way is shown in the policy. */
void aws_iam_judge_escalation(const struct aws_judge *j, struct aws_powers *const *powers, size_t n,
                              const struct aws_principal *who);

/* --- aws-iam-graph.c: who has which policy, as far as the file says */

struct aws_graph;
/* policies: in the file's order, borrowed; those that a data source of Terraform holds become what the
 * resource makes of them that uses it. 0 or -ENOMEM. */
int aws_graph_new(struct aws_graph **ret, struct node *root, struct aws_policy *policies, size_t n);
struct aws_graph *aws_graph_free(struct aws_graph *g);
/* Principals that have a policy of the file, by index; NULL behind the last. */
const struct aws_principal *aws_graph_principal(const struct aws_graph *g, size_t i);
/* Fills indices of the i-th one's policies; returns how many, at most max. */
size_t aws_graph_policies(const struct aws_graph *g, size_t i, size_t *ret, size_t max);
/* Whether any of the file's principals has the policy. */
bool aws_graph_is_held(const struct aws_graph *g, size_t policy);
