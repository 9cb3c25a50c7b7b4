/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the lists of rules and assertions by what they look at.
 * Does not own: the rules; whether one of them finds or says anything (run-rules.c and the matchers).
 */
#include "detectors/rule-plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/format.h"
#include "detectors/privilege/matchers.h"

struct rule_plan {
        const struct ruleset *rules;
        struct plan_list calls, none; /* none: for files without a document */
        struct plan_list nothing;     /* what they assert */
        size_t n;
        struct {
                struct plan_list rules, assertions;
        } by_format[]; /* as format_at() numbers them */
};

static bool fits(const struct rule *rule, const struct format *format)
{
        if (rule->matcher == MATCHER_TREE)
                return format && tree_match_fits(rule->tree, format->name);
        return rule->matcher == MATCHER_ANALYSER && !(format && format->language);
}

static void entry_init(struct plan_entry *e, const struct rule *rule)
{
        *e = (struct plan_entry){.rule = rule, .kinds = rule->kinds ?: UINT64_MAX};
        if (rule->matcher == MATCHER_TREE)
                e->n_names = (uint8_t)tree_match_names(rule->tree, e->names, PLAN_NAMES_MAX,
                                                       &e->if_known);
}

/* format NULL: no document; calls: matchers of calls instead. */
static int list_make(struct plan_list *l, const struct ruleset *rules, const struct format *format,
                     bool calls)
{
        size_t count = ruleset_count(rules);

        l->entries = calloc(count ?: 1, sizeof(*l->entries));
        if (!l->entries)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++) {
                const struct rule *rule = ruleset_at(rules, i);

                if (rule->enabled && (calls ? rule->matcher == MATCHER_CALL : fits(rule, format)))
                        entry_init(&l->entries[l->n++], rule);
        }
        struct plan_entry *less = realloc(l->entries, (l->n ?: 1) * sizeof(*l->entries));
        if (less)
                l->entries = less;
        return 0;
}

static void assertion_entry_init(struct plan_entry *e, const struct assertion_rule *a)
{
        /* ordinary files assert nothing */
        *e = (struct plan_entry){.assertion = a,
                                 .kinds = a->kinds ?: ~(UINT64_C(1) << ARTEFACT_NONE)};
        e->n_names = (uint8_t)tree_claim_names(a->claim, e->names, PLAN_NAMES_MAX, &e->if_known);
}

static int assertions_make(struct plan_list *l, const struct assertion_rules *assertions,
                           const struct format *format)
{
        l->entries = calloc(assertions->n ?: 1, sizeof(*l->entries));
        if (!l->entries)
                return -ENOMEM;
        for (size_t i = 0; i < assertions->n; i++) {
                const struct assertion_rule *a = assertions->list[i];

                if (a->enabled && tree_claim_fits(a->claim, format->name))
                        assertion_entry_init(&l->entries[l->n++], a);
        }
        return 0;
}

int rule_plan_new(struct rule_plan **ret, const struct ruleset *rules)
{
        size_t n = format_count();
        struct rule_plan *p = calloc(1, sizeof(*p) + n * sizeof(*p->by_format));

        if (!p)
                return -ENOMEM;
        p->rules = rules;
        p->n = n;
        int r = list_make(&p->calls, rules, NULL, true);
        if (r == 0)
                r = list_make(&p->none, rules, NULL, false);
        for (size_t i = 0; i < n && r == 0; i++) {
                r = list_make(&p->by_format[i].rules, rules, format_at(i), false);
                if (r == 0)
                        r = assertions_make(&p->by_format[i].assertions, ruleset_assertions(rules),
                                            format_at(i));
        }
        if (r < 0) {
                (void)rule_plan_free(p);
                return r;
        }
        *ret = p;
        return 0;
}

struct rule_plan *rule_plan_free(struct rule_plan *p)
{
        if (!p)
                return NULL;
        for (size_t i = 0; i < p->n; i++) {
                free(p->by_format[i].rules.entries);
                free(p->by_format[i].assertions.entries);
        }
        free(p->calls.entries);
        free(p->none.entries);
        free(p);
        return NULL;
}

const struct ruleset *rule_plan_rules(const struct rule_plan *p)
{
        return p->rules;
}

/* Its number, or p->n. */
static size_t format_number(const struct rule_plan *p, const char *format)
{
        for (size_t i = 0; format && i < p->n; i++)
                if (strcmp(format_at(i)->name, format) == 0)
                        return i;
        return p->n;
}

const struct plan_list *rule_plan_for(const struct rule_plan *p, const char *format)
{
        size_t i = format_number(p, format);

        return i < p->n ? &p->by_format[i].rules : &p->none;
}

const struct plan_list *rule_plan_assertions(const struct rule_plan *p, const char *format)
{
        size_t i = format_number(p, format);

        return i < p->n ? &p->by_format[i].assertions : &p->nothing;
}

const struct plan_list *rule_plan_calls(const struct rule_plan *p)
{
        return &p->calls;
}
