/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which rules are asked about a file's structure.
 *
 * Must not own: what they look for (privilege/). An analyser that stands behind many rules is run
 * once.
 */
#include "detectors/run-rules.h"

#include "detectors/formats/format.h"
#include "detectors/privilege/matchers.h"
#include "detectors/privilege/reporter.h"

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

/* Whether there is anything that the rule could look at. */
static bool has_matter(const struct rule *rule, const struct subject *s)
{
        switch (rule->matcher) {
        case MATCHER_TREE:
                return s->doc;
        case MATCHER_CALL:
                return s->source && (s->source->calls || s->source->assignments);
        case MATCHER_ANALYSER:
                return !format_is_language(s->format);
        default:
                return false;
        }
}

void run_rules(const struct ruleset *rules, const struct subject *s, const uint8_t key[static 32],
               struct scan_result *res)
{
        const struct analyser *run[ANALYSERS_MAX];
        struct reporter reporter;
        unsigned n_run = 0;

        /* most files are plain text to us, and there are many rules */
        if (!s->doc && !s->source && s->kind == ARTEFACT_NONE)
                return;
        reporter_init(&reporter, res, rules, s, key);
        for (size_t i = 0; i < ruleset_count(rules); i++) {
                const struct rule *rule = ruleset_at(rules, i);

                if (!has_matter(rule, s) || !reporter_rule_applies(rule, s))
                        continue;
                if (rule->matcher == MATCHER_TREE)
                        tree_match_run(rule->tree, rule, s, &reporter);
                else if (rule->matcher == MATCHER_CALL)
                        call_match_run(rule->call, rule, s, &reporter);
                else if (begin_analyser(run, &n_run, rule->analyser))
                        rule->analyser->run(s, &reporter);
        }
        reporter_done(&reporter);
}
