/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Which rules and assertions are asked about the structure of which files, laid out so that for most files few of them
 * are touched: a rule is a kilobyte, and there are more than a thousand.
 */

#include "detectors/assertion-rule.h"
#include "detectors/formats/key-index.h"
#include "detectors/ruleset.h"

#define PLAN_NAMES_MAX 4u

struct plan_entry {
        const struct rule *rule;                /* or NULL, and … */
        const struct assertion_rule *assertion; /* … this */
        uint64_t kinds;                         /* as the rule's or the assertion's, but never 0 */
        uint16_t names
                [PLAN_NAMES_MAX]; /* bits of a key_set, of which the document has one if there is
                                           anything to select for the rule */
        uint8_t n_names;          /* 0: any document */
        bool if_known;            /* … one in which all is known */
};

struct plan_list {
        struct plan_entry *entries; /* in the order of the rules */
        size_t n;
};

struct rule_plan;

/* Of those that are enabled. The rules are borrowed. Returns 0 or -ENOMEM. */
int rule_plan_new(struct rule_plan **ret, const struct ruleset *rules);
struct rule_plan *rule_plan_free(struct rule_plan *p);

const struct ruleset *rule_plan_rules(const struct rule_plan *p);
/* The matchers of trees that are for a format, and the analysers unless it is a language; format NULL: the file has
 * no document. */
const struct plan_list *rule_plan_for(const struct rule_plan *p, const char *format);
/* The matchers of calls. */
const struct plan_list *rule_plan_calls(const struct rule_plan *p);
/* The assertions that are for a format; without format there is none. */
const struct plan_list *rule_plan_assertions(const struct rule_plan *p, const char *format);

/* Whether the entry's rule may find, or its assertion say something in a file of the kind with such keys; its globs are not
 * asked. known: all of the document is. */
static inline bool plan_entry_fits(const struct plan_entry *e, enum artefact_kind kind,
                                   const struct key_set *keys, bool known)
{
        bool named = e->n_names == 0 || (e->if_known && !known);

        if (!(e->kinds & UINT64_C(1) << kind))
                return false;
        for (unsigned i = 0; i < e->n_names && !named; i++)
                named = key_set_has(keys, e->names[i]);
        return named;
}
