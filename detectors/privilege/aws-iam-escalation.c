/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Judges ways to more rights: sets of actions of which one alone may be harmless. They are looked for
 * over all statements of all policies that one principal has, because the actions may be spread over
 * them and a Deny may take one away.
 *
 * Owns: what each policy allows of the table's actions. Does not own: the table (aws-iam-actions.c),
 * who has which policy (aws-iam-graph.c).
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "detectors/privilege/aws-iam.h"

#define SET_MAX ELEMENTSOF(((struct aws_escalation *)0)->actions)

/* What one policy says of one action. */
struct power {
        enum { POWER_NOT_LOOKED_UP, POWER_SILENT, POWER_ALLOWED, POWER_DENIED } state;
        const struct node *item; /* that allows it */
        bool conditional, passed_to_service;
        const char *condition; /* its key, or NULL */
};

struct aws_powers {
        const struct aws_policy *policy;
        struct power of[]; /* aws_n_escalations × SET_MAX */
};

struct aws_powers *aws_powers_new(const struct aws_policy *p)
{
        struct aws_powers *powers =
                calloc(1, sizeof(*powers) + aws_n_escalations * SET_MAX * sizeof(struct power));

        if (powers)
                powers->policy = p;
        return powers;
}

struct aws_powers *aws_powers_free(struct aws_powers *p)
{
        free(p);
        return NULL;
}

/* On every resource, or every one of a type. A Deny without condition takes away. */
static struct power look_up(const struct aws_policy *p, const char *action)
{
        struct power power = {.state = POWER_SILENT};
        unsigned index = 0;

        NODE_ITEMS(n, p->statements)
        {
                struct aws_statement st;
                struct aws_conditions c;

                aws_statement_read(&st, p, n, index++);
                if (index > AWS_STATEMENTS_MAX)
                        break;
                const struct node *item = aws_statement_covers(&st, action);
                if (!item || st.principal || st.not_principal)
                        continue;
                if (st.deny && !st.condition && aws_statement_every_resource(&st, false))
                        return (struct power){.state = POWER_DENIED};
                if (!st.allow || power.state == POWER_ALLOWED ||
                    !aws_statement_every_resource(&st, true))
                        continue;
                aws_statement_conditions(&st, &c);
                power = (struct power){POWER_ALLOWED, item, c.any, c.passed_to_service, c.key};
        }
        return power;
}

static const struct power *power_of(struct aws_powers *p, size_t set, size_t action)
{
        struct power *power = &p->of[set * SET_MAX + action];
        const char *name = aws_escalations[set].actions[action];

        if (power->state != POWER_NOT_LOOKED_UP)
                return power;
        /* the table's sets stand together by their first action */
        const char *before = set > 0 ? aws_escalations[set - 1].actions[action] : NULL;
        const struct power *known = before && strcmp(before, name) == 0 ? power - SET_MAX : NULL;
        *power = known && known->state != POWER_NOT_LOOKED_UP ? *known : look_up(p->policy, name);
        return power;
}

/* A way that is open: of its first action, what allows it and in which policy. */
struct way {
        const struct aws_escalation *set;
        const struct node *at;
        const struct aws_policy *policy, *other; /* other: of a further action, NULL: the same */
        int delta;
        struct aws_conditions conditions; /* what of them lowers it */
};

struct holding {
        struct aws_powers *const *powers;
        size_t n;
};

/* What the policies say of the action together; NULL: not allowed. */
static const struct power *allowed(const struct holding *h, size_t set, size_t action,
                                   const struct aws_policy **ret_policy)
{
        const struct power *found = NULL;

        for (size_t i = 0; i < h->n; i++) {
                const struct power *power = power_of(h->powers[i], set, action);

                if (power->state == POWER_DENIED)
                        return NULL;
                if (power->state != POWER_ALLOWED || found)
                        continue;
                found = power;
                *ret_policy = h->powers[i]->policy;
        }
        return found;
}

static bool is_open(const struct holding *h, size_t set, struct way *ret)
{
        const struct aws_escalation *e = &aws_escalations[set];
        struct way way = {.set = e};

        for (size_t i = 0; i < SET_MAX && e->actions[i]; i++) {
                const struct aws_policy *policy = NULL;
                const struct power *power = allowed(h, set, i, &policy);

                /* what gives everything away is said already */
                if (!power || aws_action_is_all(power->item->text) ||
                    strcasecmp(power->item->text, "iam:*") == 0)
                        return false;
                if (power->conditional) {
                        way.conditions.any = true;
                        way.conditions.key = way.conditions.key ?: power->condition;
                        way.delta = power->passed_to_service && e->pass_role
                                            ? -2
                                            : MIN_OF(way.delta, -1);
                }
                if (!way.at) {
                        way.at = power->item;
                        way.policy = policy;
                } else if (policy != way.policy) {
                        way.other = policy;
                }
        }
        *ret = way;
        return true;
}

/* The first way of a sort, and how many there are: the table goes from the graver to the vaguer. */
static unsigned find_ways(const struct holding *h, bool pass_role, struct way *ret)
{
        unsigned found = 0;

        for (size_t i = 0; i < aws_n_escalations; i++) {
                struct way way;

                if (aws_escalations[i].pass_role != pass_role || !is_open(h, i, &way))
                        continue;
                if (found++ == 0)
                        *ret = way;
        }
        return found;
}

static void say(const struct aws_judge *j, const struct way *way, unsigned more,
                const struct aws_principal *who)
{
        const char *const *actions = way->set->actions;
        bool inside = !who || (way->policy->holder == who->node && !way->other);
        const char *name = inside ? way->policy->name : who->name;
        char holder[160] = "", ways[32] = "", identity[200], condition[AWS_CONDITION_TEXT_MAX];

        if (!inside)
                (void)snprintf(holder, sizeof(holder), "%s %s by %s (line %u)%s%s: ", who->kind,
                               who->name, way->policy->name, way->at->line,
                               way->other ? " and " : "", way->other ? way->other->name : "");
        if (more > 0)
                (void)snprintf(ways, sizeof(ways), " (and %u more ways)", more);
        (void)snprintf(identity, sizeof(identity), "%s/%s", name, actions[0]);
        report_check(j->reporter, j->analyser,
                     way->set->pass_role ? "privesc-passrole" : "privesc-action",
                     inside ? aws_spot_of(way->at) : spot_of_node(who->node), CERTAINTY_YES,
                     way->delta, identity, "%s%s%s%s: %s%s%s", holder, actions[0],
                     actions[1] ? " + " : "", actions[1] ? actions[1] : "", way->set->text, ways,
                     aws_conditions_text(&way->conditions, condition));
}

void aws_iam_judge_escalation(const struct aws_judge *j, struct aws_powers *const *powers, size_t n,
                              const struct aws_principal *who)
{
        const struct holding h = {.powers = powers, .n = n};
        struct way way;

        /* each sort once: what passes a role has no other remedy by number */
        unsigned found = find_ways(&h, false, &way);
        if (found > 0)
                say(j, &way, found - 1, who);
        if (find_ways(&h, true, &way) > 0)
                say(j, &way, 0, who);
}
