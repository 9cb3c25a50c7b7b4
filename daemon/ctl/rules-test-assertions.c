/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl rules test: every assertion is held against its examples. What a file asserts of its kind must be what the example
 * says, no more and no less, whichever assertion it comes from.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/ctl/rules.h"
#include "detectors/assertion-rule.h"

static bool says(const struct scan_result *r, enum assertion_kind what, const char *text)
{
        for (uint32_t i = 0; i < r->n_assertions; i++)
                if (r->assertions[i].kind == (uint8_t)what &&
                    strcmp(r->assertions[i].text, text) == 0)
                        return true;
        return false;
}

static bool is_given(const struct assertion_example *e, const char *text)
{
        for (size_t i = 0; i < e->n_gives; i++)
                if (strcmp(e->gives[i], text) == 0)
                        return true;
        return false;
}

static void compare(const struct assertion_rule *rule, const struct assertion_example *e,
                    const struct scan_result *r, rules_problem_fn problem, void *userdata)
{
        char text[ASSERTION_TEXT_MAX + 64];

        for (size_t i = 0; i < e->n_gives; i++) {
                if (says(r, rule->what, e->gives[i]))
                        continue;
                (void)snprintf(text, sizeof(text), "the example does not give \"%.200s\"",
                               e->gives[i]);
                problem(userdata, rule->pack, e->at, rule->id, text);
        }
        for (uint32_t i = 0; i < r->n_assertions; i++) {
                const struct assertion *a = &r->assertions[i];

                if (a->kind != (uint8_t)rule->what || is_given(e, a->text))
                        continue;
                (void)snprintf(text, sizeof(text), "the example gives \"%s\" as well", a->text);
                problem(userdata, rule->pack, e->at, rule->id, text);
        }
}

static bool is_chosen(const struct assertion_rule *rule, const char *const *packs, int n)
{
        bool chosen = n < 2;

        for (int i = 1; i < n && !chosen; i++)
                chosen = strcmp(rule->pack, packs[i]) == 0;
        return chosen && rule->enabled;
}

size_t rules_test_assertions(const struct ruleset *rules, const char *const *packs, int n,
                             struct detector *detector, struct scan_result *result,
                             rules_problem_fn problem, void *userdata, size_t *ret_examples)
{
        const struct assertion_rules *list = ruleset_assertions(rules);
        size_t tried = 0;

        for (size_t i = 0; i < list->n; i++) {
                const struct assertion_rule *rule = list->list[i];

                if (!is_chosen(rule, packs, n))
                        continue;
                tried++;
                if (rule->n_examples == 0)
                        problem(userdata, rule->pack, rule->line, rule->id,
                                "has no example; one is wanted");
                for (size_t k = 0; k < rule->n_examples; k++) {
                        const struct assertion_example *e = &rule->examples[k];

                        detector_scan(detector, e->path, S_IFREG | 0600, (const uint8_t *)e->text,
                                      e->size, result);
                        (*ret_examples)++;
                        compare(rule, e, result, problem, userdata);
                }
        }
        return tried;
}
