/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl rules: list, show, test; and giactl check-config.
 */
#include <string.h>

#include "common/base/text.h"
#include "daemon/ctl/config-notes.h"
#include "daemon/ctl/offline.h"

static const char *const matchers[_MATCHER_MAX] = {
        [MATCHER_PATTERN] = "pattern",
        [MATCHER_TREE] = "tree",
        [MATCHER_CALL] = "call",
        [MATCHER_ANALYSER] = "analyser",
};

static cJSON *describe(const struct rule *r)
{
        cJSON *o = cJSON_CreateObject();

        (void)cJSON_AddStringToObject(o, "id", r->id);
        (void)cJSON_AddStringToObject(o, "title", r->title);
        (void)cJSON_AddStringToObject(o, "class", finding_class_to_string((int)r->class));
        (void)cJSON_AddStringToObject(o, "severity", severity_to_string((int)r->severity));
        (void)cJSON_AddStringToObject(o, "confidence", confidence_to_string((int)r->confidence));
        (void)cJSON_AddBoolToObject(o, "enabled", r->enabled);
        (void)cJSON_AddStringToObject(o, "matcher", matchers[r->matcher]);
        (void)cJSON_AddStringToObject(o, "remediation", r->remediation);
        (void)cJSON_AddStringToObject(o, "references", finding_class_info(r->class)->refs);
        (void)cJSON_AddStringToObject(o, "pack", r->pack ? r->pack : "");
        (void)cJSON_AddNumberToObject(o, "line", r->line);
        (void)cJSON_AddNumberToObject(o, "bad_examples", (double)r->n_bad);
        (void)cJSON_AddNumberToObject(o, "good_examples", (double)r->n_good);
        return o;
}

static int list(struct ctl *ctl, const struct ruleset *rs)
{
        static const char *const heading[] = {"SEVERITY", "CONFIDENCE", "MATCHER",
                                              "CLASS",    "RULE",       "TITLE"};
        struct table *t = ctl->output == OUTPUT_HUMAN ? table_new(ELEMENTSOF(heading)) : NULL;
        cJSON *all = cJSON_CreateArray();

        for (size_t i = 0; t && i < ELEMENTSOF(heading); i++)
                table_add(t, heading[i]);
        for (size_t i = 0; i < ruleset_count(rs); i++) {
                const struct rule *r = ruleset_at(rs, i);

                if (!t) {
                        (void)cJSON_AddItemToArray(all, describe(r));
                        continue;
                }
                table_add(t, severity_to_string((int)r->severity));
                table_add(t, confidence_to_string((int)r->confidence));
                table_add(t, r->enabled ? matchers[r->matcher] : "(off)");
                table_add(t, finding_class_to_string((int)r->class));
                table_add(t, r->id);
                table_add(t, r->title);
        }
        if (t)
                table_print(t, ctl, stdout);
        else
                ctl_print_list(ctl, all);
        cJSON_Delete(all);
        return EXIT_OK;
}

static int show(struct ctl *ctl, const struct ruleset *rs)
{
        const struct rule *r = ctl->n_args == 2 ? ruleset_find(rs, ctl->args[1]) : NULL;

        if (ctl->n_args != 2)
                return ctl_usage("rules show takes the id of one rule");
        if (!r)
                return ctl_error("there is no rule \"%s\"", ctl->args[1]);
        if (ctl->output != OUTPUT_HUMAN) {
                cJSON *o = describe(r);

                ctl_print_json(o);
                cJSON_Delete(o);
                return EXIT_OK;
        }
        const struct class_info *class = finding_class_info(r->class);
        (void)printf("%s%s%s%s\n  %s\n  class        %s: %s\n  severity     %s, %s confidence\n  "
                     "matcher      %s\n"
                     "  references   %s\n  better       %s\n  from         %s:%u\n  examples     "
                     "%zu bad, %zu good\n",
                     ctl_bold(ctl), r->id, ctl_plain(ctl), r->enabled ? "" : " (off)", r->title,
                     class->name, class->meaning, severity_to_string((int)r->severity),
                     confidence_to_string((int)r->confidence), matchers[r->matcher], class->refs,
                     r->remediation, r->pack ? r->pack : "?", r->line, r->n_bad, r->n_good);
        return EXIT_OK;
}

/* --- test
 * ---------------------------------------------------------------------------------------------------------
 */

struct trial {
        struct ctl *ctl;
        struct detector *detector;
        struct scan_result *result;
        size_t rules, examples, failed;
};

static bool found(const struct scan_result *result, const struct rule *rule, uint32_t line)
{
        for (uint32_t i = 0; i < result->n_findings; i++)
                if (strcmp(result->findings[i].rule, rule->id) == 0 &&
                    (line == 0 || result->findings[i].line == line))
                        return true;
        return false;
}

static void try_example(struct trial *t, const struct rule *rule, const struct rule_example *e,
                        bool bad)
{
        detector_scan(t->detector, e->path, 0100644, (const uint8_t *)e->text, e->size, t->result);
        t->examples++;
        bool hit = found(t->result, rule, bad ? e->line : 0);
        if (hit == bad)
                return;
        t->failed++;
        if (bad && e->line && found(t->result, rule, 0))
                (void)printf("%s:%u: %s: the bad example is found, but not at line %u\n",
                             rule->pack, e->at, rule->id, e->line);
        else
                (void)printf("%s:%u: %s: the %s example is %s\n", rule->pack, e->at, rule->id,
                             bad ? "bad" : "good", bad ? "not found" : "found");
}

/* Rules of the named files; of all, if none was named. */
static bool in_files(const struct ctl *ctl, const struct rule *rule)
{
        if (ctl->n_args < 2)
                return true;
        for (int i = 1; i < ctl->n_args; i++)
                if (rule->pack && strcmp(rule->pack, ctl->args[i]) == 0)
                        return true;
        return false;
}

static void try_rule(struct trial *t, const struct rule *rule)
{
        if (!rule->enabled)
                return;
        t->rules++;
        if (rule->n_bad == 0 || rule->n_good == 0) {
                t->failed++;
                (void)printf("%s:%u: %s: needs at least one bad and one good example\n", rule->pack,
                             rule->line, rule->id);
        }
        for (size_t i = 0; i < rule->n_bad; i++)
                try_example(t, rule, &rule->bad[i], true);
        for (size_t i = 0; i < rule->n_good; i++)
                try_example(t, rule, &rule->good[i], false);
}

static int test(struct ctl *ctl, struct offline *o)
{
        struct trial t = {
                .ctl = ctl, .detector = o->detector, .result = calloc(1, sizeof(*t.result))};

        if (!t.result)
                return ctl_error("out of memory");
        for (size_t i = 0; i < ruleset_count(o->rules); i++)
                if (in_files(ctl, ruleset_at(o->rules, i)))
                        try_rule(&t, ruleset_at(o->rules, i));
        if (t.rules == 0 && ctl->n_args > 1) {
                (void)puts("no rule of their own stands in these files: all rules are tried with "
                           "their changes");
                for (size_t i = 0; i < ruleset_count(o->rules); i++)
                        try_rule(&t, ruleset_at(o->rules, i));
        }
        free(t.result);
        if (t.rules == 0)
                return ctl_error("no rule was tried");
        (void)printf("%zu rules, %zu examples, %s%zu failed%s\n", t.rules, t.examples,
                     ctl_colour(ctl, t.failed ? "bad" : "good"), t.failed, ctl_plain(ctl));
        return t.failed ? EXIT_FOUND : EXIT_OK;
}

/* Rule files given by name are read in addition, as local packs are. */
static int add_files(struct ctl *ctl, struct ruleset *rs)
{
        for (int i = 1; i < ctl->n_args; i++) {
                struct ruleset_error error;
                int k = inspect_add_pack(rs, ctl->args[i], &error);

                if (k < 0)
                        return offline_rules_error(&error, k);
        }
        return EXIT_OK;
}

static int test_command(struct ctl *ctl, struct offline *o)
{
        struct detector_options options = {0};
        struct ruleset_error error = {0};

        if (ctl->n_args > 1) {
                o->inspector = inspector_free(o->inspector);
                o->detector = detector_free(o->detector);
                if (add_files(ctl, o->rules) != EXIT_OK)
                        return EXIT_ERROR;
                int k = detector_new(&o->detector, o->rules, &options, &error);
                if (k < 0)
                        return offline_rules_error(&error, k);
        }
        return test(ctl, o);
}

int command_rules(struct ctl *ctl)
{
        const char *verb = ctl->n_args > 0 ? ctl->args[0] : "";
        struct offline o;
        int status;

        if (strcmp(verb, "list") != 0 && strcmp(verb, "show") != 0 && strcmp(verb, "test") != 0)
                return ctl_usage("rules takes list, show ID or test [FILE...]");
        if (offline_init(&o, ctl) != EXIT_OK)
                return EXIT_ERROR;
        if (strcmp(verb, "list") == 0)
                status = list(ctl, o.rules);
        else if (strcmp(verb, "show") == 0)
                status = show(ctl, o.rules);
        else
                status = test_command(ctl, &o);
        offline_done(&o);
        return status;
}

/* --- check-config
 * -----------------------------------------------------------------------------------------------------
 */

int command_check_config(struct ctl *ctl)
{
        struct offline o;

        if (ctl->n_args > 1)
                return ctl_usage("check-config takes at most one file");
        if (ctl->n_args == 1)
                ctl->config_path = ctl->args[0];
        ctl->config_given = true;
        const struct config *config = ctl_config(ctl);
        if (!config || offline_init(&o, ctl) != EXIT_OK)
                return EXIT_ERROR;
        if (ctl->output == OUTPUT_HUMAN) {
                (void)printf("%s is well: %zu workspaces, %zu policy lines, %zu rules\n",
                             ctl->config_path, config->n_workspaces, config->n_policy,
                             ruleset_count(o.rules));
                (void)config_notes(config, stdout);
        } else {
                (void)printf("{\"workspaces\":%zu,\"policy\":%zu,\"rules\":%zu}\n",
                             config->n_workspaces, config->n_policy, ruleset_count(o.rules));
        }
        offline_done(&o);
        return EXIT_OK;
}
