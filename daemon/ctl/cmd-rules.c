/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl rules: list, show, and which file does the other verbs (rules-*.c); and giactl
 * check-config.
 */
#include <string.h>

#include "common/base/text.h"
#include "daemon/ctl/config-notes.h"
#include "daemon/ctl/rules.h"

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

int command_rules(struct ctl *ctl)
{
        static const char *const verbs[] = {"list", "show", "explain", "test", "import"};
        const char *verb = ctl->n_args > 0 ? ctl->args[0] : "";
        bool known = false;
        struct offline o;
        int status;

        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                known = known || strcmp(verb, verbs[i]) == 0;
        if (!known)
                return ctl_usage("rules takes list, show ID, explain ID, test [FILE...] or import "
                                 "FILE");
        if (strcmp(verb, "import") == 0)
                return rules_import(ctl);
        if (offline_init(&o, ctl) != EXIT_OK)
                return EXIT_ERROR;
        if (strcmp(verb, "list") == 0)
                status = list(ctl, o.rules);
        else if (strcmp(verb, "show") == 0)
                status = show(ctl, o.rules);
        else if (strcmp(verb, "explain") == 0)
                /* programs are told the same by both */
                status = ctl->output == OUTPUT_HUMAN ? rules_explain(ctl, &o) : show(ctl, o.rules);
        else
                status = rules_test(ctl, &o);
        offline_done(&o);
        return status;
}

/* --- check-config ---- */

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
