/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl rules test: every rule is held against its own examples, and against those of the others.
 *
 * Does not own: what a rule does to ordinary files (rules-benign.c).
 *
 * A pack of the shipped directory must be whole, and fails where a local one is only warned of: who
 * takes over a foreign pack has no examples yet.
 */
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "daemon/ctl/rules.h"
#include "detectors/secrets/probe.h"

#define EXAMPLES_LEAST 2u

struct trial {
        struct ctl *ctl;
        struct detector *detector;
        struct scan_result *result;
        const char *shipped; /* directory of the shipped packs */
        const struct rule **rules;
        unsigned n;
        struct secret_probe *probe; /* of the pattern rules among them */
        const struct rule **patterns;
        unsigned n_patterns;
        size_t assertions, examples, failed, warned;
        cJSON *problems; /* for programs; NULL: people read along */
};

static void note(struct trial *t, bool failure, const char *pack, uint32_t line, const char *id,
                 const char *text)
{
        if (failure)
                t->failed++;
        else
                t->warned++;
        if (!t->problems) {
                (void)printf("%s:%u: %s%s: %s\n", pack ? pack : "", line,
                             failure ? "" : "warning: ", id, text);
                return;
        }
        cJSON *o = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(o, "pack", pack ? pack : "");
        (void)cJSON_AddNumberToObject(o, "line", line);
        (void)cJSON_AddStringToObject(o, "rule", id);
        (void)cJSON_AddBoolToObject(o, "failure", failure);
        (void)cJSON_AddStringToObject(o, "message", text);
        (void)cJSON_AddItemToArray(t->problems, o);
}

static void say(struct trial *t, bool failure, const struct rule *rule, uint32_t line,
                const char *fmt, ...) _printf_(5, 6);

static void say(struct trial *t, bool failure, const struct rule *rule, uint32_t line,
                const char *fmt, ...)
{
        char text[512];
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        note(t, failure, rule->pack, line, rule->id, text);
}

static bool found(const struct scan_result *result, const char *id, uint32_t line)
{
        for (uint32_t i = 0; i < result->n_findings; i++)
                if (strcmp(result->findings[i].rule, id) == 0 &&
                    (line == 0 || result->findings[i].line == line))
                        return true;
        return false;
}

static void scan(struct trial *t, const struct rule_example *e)
{
        detector_scan(t->detector, e->path, e->mode, (const uint8_t *)e->text, e->size, t->result);
        t->examples++;
}

static void try_bad(struct trial *t, const struct rule *rule, const struct rule_example *e)
{
        scan(t, e);
        if (found(t->result, rule->id, e->line))
                return;
        if (e->line && found(t->result, rule->id, 0))
                say(t, true, rule, e->at, "the bad example is found, but not at line %u", e->line);
        else
                say(t, true, rule, e->at, "the bad example is not found");
}

static bool declared(const struct rule_example *e, const char *id)
{
        for (size_t i = 0; i < e->n_also; i++)
                if (strcmp(e->also[i], id) == 0)
                        return true;
        return false;
}

/* Each rule is named once. */
static void name_others(struct trial *t, const struct rule *rule, const struct rule_example *e)
{
        const struct finding *list = t->result->findings;

        for (uint32_t i = 0; i < t->result->n_findings; i++) {
                bool again = strcmp(list[i].rule, rule->id) == 0 || declared(e, list[i].rule);

                for (uint32_t k = 0; k < i && !again; k++)
                        again = strcmp(list[k].rule, list[i].rule) == 0;
                if (!again)
                        say(t, true, rule, e->at,
                            "the good example is found by %s at line %u; if that is right, say "
                            "'also: [%s]'",
                            list[i].rule, list[i].line, list[i].rule);
        }
        for (size_t i = 0; i < e->n_also; i++)
                if (!found(t->result, e->also[i], 0))
                        say(t, true, rule, e->at, "the good example is not found by '%.63s'",
                            e->also[i]);
}

static void try_good(struct trial *t, const struct rule *rule, const struct rule_example *e)
{
        scan(t, e);
        if (found(t->result, rule->id, 0))
                say(t, true, rule, e->at, "the good example is found");
        name_others(t, rule, e);
}

/* Bad examples only: an anchor may leave out what is no secret in any case. */
static void try_engines(struct trial *t, unsigned i, const struct rule_example *e)
{
        const struct rule *rule = t->patterns[i];
        size_t at = 0, line = 1;
        int k = secret_probe_agrees(t->probe, i, (const uint8_t *)e->text, e->size, &at);

        if (k == 1)
                return;
        for (size_t b = 0; k == 0 && b < at; b++)
                line += e->text[b] == '\n';
        if (k == 0)
                say(t, true, rule, e->at,
                    "the %s does not hit what the regex matches in line %zu of the example%s",
                    rule->pattern.anchor ? "anchor" : "database", line,
                    rule->pattern.before ? ", or too far behind its beginning" : "");
        else
                say(t, true, rule, e->at, "the regex is too costly for the example: %s",
                    strerror(-k));
}

static bool is_shipped(const struct trial *t, const char *pack)
{
        size_t n = strlen(t->shipped);

        return pack && strncmp(pack, t->shipped, n) == 0 && pack[n] == '/';
}

static void try_rule(struct trial *t, const struct rule *rule)
{
        if (rule->n_bad < EXAMPLES_LEAST || rule->n_good < EXAMPLES_LEAST)
                say(t, is_shipped(t, rule->pack), rule, rule->line,
                    "has %zu bad and %zu good examples; two of each are wanted", rule->n_bad,
                    rule->n_good);
        for (size_t i = 0; i < rule->n_bad; i++)
                try_bad(t, rule, &rule->bad[i]);
        for (size_t i = 0; i < rule->n_good; i++)
                try_good(t, rule, &rule->good[i]);
}

static void assertion_problem(void *userdata, const char *pack, uint32_t line, const char *id,
                              const char *text)
{
        struct trial *t = userdata;

        note(t, is_shipped(t, pack), pack, line, id, text);
}

static int try_all(struct trial *t)
{
        struct ruleset_error error = {0};

        for (unsigned i = 0; i < t->n; i++)
                try_rule(t, t->rules[i]);
        for (unsigned i = 0; i < t->n; i++)
                if (t->rules[i]->matcher == MATCHER_PATTERN)
                        t->patterns[t->n_patterns++] = t->rules[i];
        int k = secret_probe_new(&t->probe, t->patterns, t->n_patterns, &error);
        if (k < 0)
                return offline_rules_error(&error, k);
        for (unsigned i = 0; i < t->n_patterns; i++) {
                const struct rule *rule = t->patterns[i];

                for (size_t e = 0; e < rule->n_bad; e++)
                        try_engines(t, i, &rule->bad[e]);
        }
        t->probe = secret_probe_free(t->probe);
        return EXIT_OK;
}

/* --- which rules ---- */

static bool same_file(const char *a, const char *b)
{
        struct stat x, y;

        return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* A file that is read already, as one of the configured packs, is not read as an override of
 * itself.
 */
static const char *pack_of(const struct ruleset *rs, const char *file)
{
        const char *last = "";

        for (size_t i = 0; i < ruleset_count(rs); i++) {
                const char *pack = ruleset_at(rs, i)->pack;

                if (!pack || strcmp(pack, last) == 0)
                        continue;
                last = pack;
                if (same_file(pack, file))
                        return pack;
        }
        return NULL;
}

/* Rule files given by name are read in addition, as local packs are; names[i] is what the rules of
 * args[i] call their pack. */
static int add_files(struct ctl *ctl, struct offline *o, const char **names)
{
        struct detector_options options = {0};
        struct ruleset_error error = {0};
        bool added = false;
        int k = 0;

        for (int i = 1; i < ctl->n_args; i++) {
                names[i] = pack_of(o->rules, ctl->args[i]);
                if (names[i])
                        continue;
                if (!added) {
                        o->inspector = inspector_free(o->inspector);
                        o->detector = detector_free(o->detector);
                        added = true;
                }
                names[i] = ctl->args[i];
                k = inspect_add_pack(o->rules, ctl->args[i], &error);
                if (k < 0)
                        return offline_rules_error(&error, k);
        }
        if (added)
                k = detector_new(&o->detector, o->rules, &options, &error);
        return k < 0 ? offline_rules_error(&error, k) : EXIT_OK;
}

/* Rules of the named files; of all, if none was named. */
static void choose(struct trial *t, const struct ruleset *rs, const char *const *names, int n)
{
        for (size_t i = 0; i < ruleset_count(rs); i++) {
                const struct rule *rule = ruleset_at(rs, i);
                bool chosen = n < 2;

                for (int k = 1; k < n && !chosen; k++)
                        chosen = rule->pack && strcmp(rule->pack, names[k]) == 0;
                if (chosen && rule->enabled)
                        t->rules[t->n++] = rule;
        }
}

/* answer: for programs, or NULL */
static int run(struct trial *t, struct offline *o, cJSON *answer)
{
        struct ctl *ctl = t->ctl;
        const char *benign = ctl->value[CTL_BENIGN];
        const char *const directories[] = {benign, NULL};
        _cleanup_free_ const char **names = calloc((size_t)ctl->n_args + 1, sizeof(*names));

        if (!names)
                return ctl_error("out of memory");
        int status = add_files(ctl, o, names);
        if (status != EXIT_OK)
                return status;
        size_t count = ruleset_count(o->rules) + 1;
        t->rules = calloc(count, sizeof(*t->rules));
        t->patterns = calloc(count, sizeof(*t->patterns));
        t->result = calloc(1, sizeof(*t->result));
        if (!t->rules || !t->patterns || !t->result)
                return ctl_error("out of memory");
        t->detector = o->detector;
        choose(t, o->rules, names, ctl->n_args);
        t->assertions = rules_test_assertions(o->rules, names, ctl->n_args, t->detector, t->result,
                                              assertion_problem, t, &t->examples);
        bool own = t->n > 0 || t->assertions > 0;
        if (!own && ctl->n_args > 1) {
                if (!t->problems)
                        (void)puts("no rule of their own stands in these files: all rules are "
                                   "tried with their changes");
                choose(t, o->rules, names, 0);
        }
        if (t->n == 0 && t->assertions == 0)
                return ctl_error("no rule was tried");
        status = t->n > 0 ? try_all(t) : EXIT_OK;
        if (status == EXIT_OK && t->n > 0 && (benign || (own && ctl->n_args > 1)))
                status = rules_benign(ctl, o, t->rules, t->n, directories, answer);
        return status;
}

static void print_sums(const struct trial *t)
{
        const struct ctl *ctl = t->ctl;

        (void)printf("%u rules, %zu assertions, %zu examples, ", t->n, t->assertions, t->examples);
        if (t->warned)
                (void)printf("%s%zu warnings%s, ", ctl_colour(ctl, "medium"), t->warned,
                             ctl_plain(ctl));
        (void)printf("%s%zu failed%s\n", ctl_colour(ctl, t->failed ? "bad" : "good"), t->failed,
                     ctl_plain(ctl));
}

static void print_answer(const struct trial *t, cJSON *answer)
{
        (void)cJSON_AddNumberToObject(answer, "rules", t->n);
        (void)cJSON_AddNumberToObject(answer, "assertions", (double)t->assertions);
        (void)cJSON_AddNumberToObject(answer, "examples", (double)t->examples);
        (void)cJSON_AddNumberToObject(answer, "warnings", (double)t->warned);
        (void)cJSON_AddNumberToObject(answer, "failed", (double)t->failed);
        ctl_print_json(answer);
}

int rules_test(struct ctl *ctl, struct offline *o)
{
        const struct config *config = ctl_config(ctl);
        cJSON *answer = ctl->output == OUTPUT_HUMAN ? NULL : cJSON_CreateObject();
        struct trial t = {
                .ctl = ctl,
                .shipped = ctl->value[CTL_RULES] ?: config_text(config, OPTION_RULES_DIRECTORY),
                .problems = answer ? cJSON_AddArrayToObject(answer, "problems") : NULL,
        };
        int status = run(&t, o, answer);

        free(t.result);
        free(t.rules);
        free(t.patterns);
        if (status == EXIT_OK && answer)
                print_answer(&t, answer);
        else if (status == EXIT_OK)
                print_sums(&t);
        cJSON_Delete(answer);
        return status != EXIT_OK ? status : t.failed ? EXIT_FOUND : EXIT_OK;
}
