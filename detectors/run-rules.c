/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which rules and assertions are asked about a file's structure.
 *
 * Must not own: what they look for (privilege/). An analyser that stands behind many rules is run
 * once.
 */
#include "detectors/run-rules.h"

#include "detectors/formats/format.h"
#include "detectors/privilege/matchers.h"
#include "detectors/privilege/reporter.h"
#include "detectors/privilege/tree-path.h"

#define ANALYSERS_MAX 32u

/* Notes that an analyser runs. Returns false if it did before. */
static bool begin_analyser(const struct analyser **run, unsigned *n, const struct analyser *a)
{
        for (unsigned i = 0; i < *n; i++)
                if (run[i] == a)
                        return false;
        if (*n < ANALYSERS_MAX)
                run[(*n)++] = a;
        return true;
}

static void run_tree_rules(const struct rule_plan *plan, const struct subject *s,
                           struct reporter *reporter)
{
        const struct plan_list *list = rule_plan_for(plan, s->doc ? s->format : NULL);
        const struct analyser *run[ANALYSERS_MAX];
        struct key_set keys = {0};
        unsigned n_run = 0;

        bool known = s->doc && tree_doc_known(s->doc);

        if (s->doc)
                doc_key_set(s->doc, &keys);
        for (const struct plan_entry *e = list->entries; e < list->entries + list->n; e++) {
                if (!plan_entry_fits(e, s->kind, &keys, known) || !rule_path_fits(e->rule, s->path))
                        continue;
                if (e->rule->matcher == MATCHER_TREE)
                        tree_match_run(e->rule->tree, e->rule, s, reporter);
                else if (begin_analyser(run, &n_run, e->rule->analyser))
                        e->rule->analyser->run(s, reporter);
        }
}

static void run_call_rules(const struct rule_plan *plan, const struct subject *s,
                           struct reporter *reporter)
{
        const struct plan_list *list = rule_plan_calls(plan);

        if (!s->source || !(s->source->calls || s->source->assignments))
                return;
        for (const struct plan_entry *e = list->entries; e < list->entries + list->n; e++)
                if (plan_entry_fits(e, s->kind, NULL, false) && rule_path_fits(e->rule, s->path))
                        call_match_run(e->rule->call, e->rule, s, reporter);
}

void run_rules(const struct rule_plan *plan, const struct subject *s, const uint8_t key[static 32],
               struct scan_result *res)
{
        struct reporter reporter;

        /* most files are plain text to us, and there are many rules */
        if (!s->doc && !s->source && s->kind == ARTEFACT_NONE)
                return;
        reporter_init(&reporter, res, rule_plan_rules(plan), s, key);
        run_tree_rules(plan, s, &reporter);
        run_call_rules(plan, s, &reporter);
        reporter_done(&reporter);
}

void run_assertions(const struct rule_plan *plan, const struct subject *s,
                    const uint8_t key[static 32], struct scan_result *res)
{
        struct key_set keys;

        if (!s->doc || s->kind == ARTEFACT_NONE)
                return;
        const struct plan_list *list = rule_plan_assertions(plan, s->format);
        bool known = tree_doc_known(s->doc);
        doc_key_set(s->doc, &keys);
        for (const struct plan_entry *e = list->entries; e < list->entries + list->n; e++)
                if (plan_entry_fits(e, s->kind, &keys, known) &&
                    assertion_rule_path_fits(e->assertion, s))
                        assertion_rule_run(e->assertion, s, key, res);
}
