/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which rules are asked about a file's structure.
 *
 * Must not own: what they look for (privilege/). An analyser that stands behind many rules is run
 * once.
 */
#include "detectors/run-rules.h"

#include "detectors/privilege/matchers.h"
#include "detectors/privilege/reporter.h"

/* True if an earlier rule that applies has run the analyser already. */
static bool was_run(const struct ruleset *rules, size_t before, const struct subject *s,
                    const struct analyser *a)
{
        for (size_t i = 0; i < before; i++) {
                const struct rule *rule = ruleset_at(rules, i);

                if (rule->matcher == MATCHER_ANALYSER && rule->analyser == a &&
                    reporter_rule_applies(rule, s))
                        return true;
        }
        return false;
}

void run_rules(const struct ruleset *rules, const struct subject *s, const uint8_t key[static 32],
               struct scan_result *res)
{
        struct reporter reporter;

        reporter_init(&reporter, res, rules, s, key);
        for (size_t i = 0; i < ruleset_count(rules); i++) {
                const struct rule *rule = ruleset_at(rules, i);

                if (rule->matcher == MATCHER_PATTERN || !reporter_rule_applies(rule, s))
                        continue;
                if (rule->matcher == MATCHER_TREE && s->doc)
                        tree_match_run(rule->tree, rule, s, &reporter);
                else if (rule->matcher == MATCHER_CALL && s->source)
                        call_match_run(rule->call, rule, s, &reporter);
                else if (rule->matcher == MATCHER_ANALYSER && !was_run(rules, i, s, rule->analyser))
                        rule->analyser->run(s, &reporter);
        }
        reporter_done(&reporter);
}
