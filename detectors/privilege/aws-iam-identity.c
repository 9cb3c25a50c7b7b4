/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Judges policies that are attached to identities: what their holder may do with them, statement by
 * statement. Ways to more rights, for which several actions come together, are judged in
 * aws-iam-escalation.c.
 *
 * A condition lowers a finding by one and does not erase it. What a graver finding already says is
 * not said again: a policy that allows everything is not also a list of everything that follows
 * from it. Owns nothing.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "detectors/privilege/aws-iam.h"

/* What is said: which check, where, how sure, how much graver than its rule (a condition lowers it
 * beside that), and the action (or so) by which the finding is recognised when lines move. */
struct claim {
        const char *check;
        const struct node *at;
        int delta;
        const char *what;
        enum certainty certainty;
};

static void say(const struct aws_judge *j, const struct aws_statement *st, struct claim claim,
                const char *detail, ...) __attribute__((format(printf, 4, 5)));

static void say(const struct aws_judge *j, const struct aws_statement *st, struct claim claim,
                const char *detail, ...)
{
        char text[FINDING_DETAIL_MAX], identity[200], condition[AWS_CONDITION_TEXT_MAX];
        struct aws_conditions c;
        va_list ap;

        va_start(ap, detail);
        int n = vsnprintf(text, sizeof(text), detail, ap);
        va_end(ap);
        aws_statement_conditions(st, &c);
        (void)snprintf(identity, sizeof(identity), "%s/%s", st->policy->name, claim.what);
        report_check(j->reporter, j->analyser, claim.check, aws_spot_of(claim.at), claim.certainty,
                     claim.delta - c.any, identity, "%s%s", n < 0 ? "" : text,
                     aws_conditions_text(&c, condition));
}

/* "s3:*" */
static bool whole_service(const char *text)
{
        const char *colon = strchr(text, ':');
        return colon && strcmp(colon, ":*") == 0 && text[0] != '*';
}

/* True if it reported that the statement gives away everything. */
static bool judge_admin(const struct aws_judge *j, const struct aws_statement *st)
{
        const struct node *all = aws_statement_every_resource(st, false);
        const struct node *iam_all = aws_statement_every_resource(st, true);
        if (!all && !iam_all)
                return false;
        NODE_ITEMS(item, st->action)
        {
                const char *text = node_text(item);
                if (!text)
                        continue;
                if (all && all->text[0] == '*' && aws_action_is_all(text)) {
                        say(j, st, (struct claim){"admin-policy", item, 0, text, CERTAINTY_YES},
                            "%s may do every action on every resource", st->policy->name);
                        return true;
                }
                if (iam_all && strcasecmp(text, "iam:*") == 0) {
                        say(j, st, (struct claim){"admin-policy", item, 0, text, CERTAINTY_YES},
                            "%s may do everything in IAM, and so give itself every right",
                            st->policy->name);
                        return true;
                }
        }
        return false;
}

static void judge_wildcard_action(const struct aws_judge *j, const struct aws_statement *st)
{
        NODE_ITEMS(item, st->action)
        {
                const char *text = node_text(item);
                if (!text || (!aws_action_is_all(text) && !whole_service(text)) ||
                    aws_action_unscopable(text))
                        continue;
                int delta = -(aws_action_is_all(text)                   ? 0
                              : aws_statement_every_resource(st, false) ? 0
                                                                        : 1);
                say(j, st, (struct claim){"wildcard-action", item, delta, text, CERTAINTY_YES},
                    "%s allows %s", st->policy->name, text);
                return;
        }
}

static void judge_not(const struct aws_judge *j, const struct aws_statement *st)
{
        if (st->not_action)
                say(j, st,
                    (struct claim){
                            "notaction-allow", st->not_action,
                            0 - (aws_statement_every_resource(st, true) || !st->resource ? 0 : 1),
                            "NotAction", CERTAINTY_YES},
                    "Allow with NotAction lets every action through that is not named, also future "
                    "ones");
        else if (st->not_resource)
                say(j, st,
                    (struct claim){"notaction-allow", st->not_resource, 0, "NotResource",
                                   CERTAINTY_YES},
                    "Allow with NotResource reaches every resource that is not named, also future "
                    "ones");
}

/* The first item of Action that needs "*" only out of laziness, or NULL; *ret_unknown: an item that
 * is not resolved. */
static const struct node *scopable_action(const struct aws_statement *st,
                                          const struct node **ret_unknown)
{
        *ret_unknown = NULL;
        if (st->action && st->action->type == NODE_UNKNOWN)
                *ret_unknown = st->action;
        NODE_ITEMS(item, st->action)
        {
                const char *text = node_text(item);
                if (!text)
                        *ret_unknown = item;
                else if (strchr(text, ':') && !aws_action_is_all(text) &&
                         !aws_action_unscopable(text))
                        return item;
        }
        return NULL;
}

static void judge_wildcard_resource(const struct aws_judge *j, const struct aws_statement *st)
{
        const struct node *all = aws_statement_every_resource(st, false);
        const struct node *unknown;
        const struct node *action = scopable_action(st, &unknown);
        if (!all)
                return;
        if (action)
                say(j, st,
                    (struct claim){"wildcard-resource", all, 0, node_text(action), CERTAINTY_YES},
                    "%s could be limited to named resources", node_text(action));
        else if (unknown)
                say(j, st,
                    (struct claim){"wildcard-resource", all, 0, "unknown", CERTAINTY_UNKNOWN},
                    "every resource, and the actions are not known here");
}

/* The first item of Action that covers one of the listed actions; whole services are judged as
 * such. */
static const struct node *covers_one_of(const struct aws_statement *st, const char *const *list,
                                        const char **ret_action)
{
        for (size_t i = 0; list[i]; i++) {
                const struct node *item = aws_statement_covers(st, list[i]);
                if (item && !aws_action_is_all(item->text) && !whole_service(item->text)) {
                        *ret_action = list[i];
                        return item;
                }
        }
        return NULL;
}

static void judge_lists(const struct aws_judge *j, const struct aws_statement *st)
{
        const char *action;
        const struct node *item;

        if ((item = covers_one_of(st, aws_credential_actions, &action)))
                say(j, st, (struct claim){"credentials-exposure", item, 0, action, CERTAINTY_YES},
                    "%s returns credentials", action);
        if ((item = covers_one_of(st, aws_permission_actions, &action)))
                say(j, st, (struct claim){"permissions-management", item, 0, action, CERTAINTY_YES},
                    "%s changes who may do what, on every resource", action);
        if (!aws_statement_every_resource(st, false))
                return;
        if ((item = covers_one_of(st, aws_exfiltration_actions, &action)))
                say(j, st, (struct claim){"data-exfiltration", item, 0, action, CERTAINTY_YES},
                    "%s on every resource reads data in bulk", action);
        NODE_ITEMS(write, st->action)
        {
                const char *text = node_text(write);
                if (text && aws_action_writes(text) && !aws_action_unscopable(text)) {
                        say(j, st,
                            (struct claim){"unconstrained-write", write, 0, text, CERTAINTY_YES},
                            "%s on every resource", text);
                        break;
                }
        }
}

static void judge_assume_role(const struct aws_judge *j, const struct aws_statement *st)
{
        const struct node *item = aws_statement_covers(st, "sts:AssumeRole");
        if (item && !aws_action_is_all(item->text))
                say(j, st,
                    (struct claim){"assume-role-wildcard", item, 0, "sts:AssumeRole",
                                   CERTAINTY_YES},
                    "%s may assume every role that trusts its account", st->policy->name);
}

static void judge_statement(const struct aws_judge *j, const struct aws_statement *st)
{
        judge_not(j, st);
        judge_wildcard_action(j, st);
        if (judge_admin(j, st))
                return;
        judge_wildcard_resource(j, st);
        if (!aws_statement_every_resource(st, true))
                return;
        judge_lists(j, st);
        judge_assume_role(j, st);
}

void aws_iam_judge_identity(const struct aws_judge *j, const struct aws_policy *p)
{
        unsigned index = 0;
        NODE_ITEMS(n, p->statements)
        {
                struct aws_statement st;
                aws_statement_read(&st, p, n, index++);
                if (index > AWS_STATEMENTS_MAX)
                        break;
                if (st.allow && !st.principal && !st.not_principal)
                        judge_statement(j, &st);
        }
}
