/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the lists of rules by what they look at.
 * Does not own: the rules; whether one of them finds anything (run-rules.c and the matchers).
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
        size_t n;
        struct plan_list by_format[]; /* as format_at() numbers them */
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
        for (size_t i = 0; i < n && r == 0; i++)
                r = list_make(&p->by_format[i], rules, format_at(i), false);
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
        for (size_t i = 0; i < p->n; i++)
                free(p->by_format[i].entries);
        free(p->calls.entries);
        free(p->none.entries);
        free(p);
        return NULL;
}

const struct ruleset *rule_plan_rules(const struct rule_plan *p)
{
        return p->rules;
}

const struct plan_list *rule_plan_for(const struct rule_plan *p, const char *format)
{
        for (size_t i = 0; format && i < p->n; i++)
                if (strcmp(format_at(i)->name, format) == 0)
                        return &p->by_format[i];
        return &p->none;
}

const struct plan_list *rule_plan_calls(const struct rule_plan *p)
{
        return &p->calls;
}
