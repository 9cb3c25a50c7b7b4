/* SPDX-FileCopyrightText: giad maintainers */
/*
 * A file says the same however it is written: what a privilege rule finds in its bad examples it
 * finds in each harmless rewriting of them, and its good examples stay without it. What the other
 * privilege rules find in an example is the same, too. The rewritings
 * are those of rewrite-tree.c, rewrite-lines.c, rewrite-hcl.c, rewrite-wrapped.c and rewrite-source.c; here they are
 * tried and counted. With arguments, only those of rules and rewritings that have each of them in
 * one of their names, and what was lost is printed whole; --print prints all that is written.
 *
 *   GIAD_SEED  default 1: the order in which keys are shuffled
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/detect.h"
#include "tests/property/rewriting.h"
#include "tests/property/shipped-rules.h"

#define LEAST_APPLIED 5000u /* fewer would prove nothing */
#define REWRITINGS_MAX 128u

struct count {
        unsigned bad, good; /* examples it was done to */
        unsigned lost, appeared;
};

struct bench {
        struct ruleset *rules;
        uint32_t mode; /* of the example that is tried */
        struct detector *detector;
        struct scan_result *result;
        bool *before; /* by rule: found in the example as it is */
        struct count counts[REWRITINGS_MAX];
        uint64_t seed;
        char **only;
        int n_only;
        bool print;
};

static const struct rewriting *const tables[] = {
        rewritings_of_trees,    rewritings_of_lines,   rewritings_of_hcl,
        rewritings_of_wrappers, rewritings_of_sources, rewritings_of_xml,
};

/* --- one text ---- */

static bool has_finding(const struct scan_result *result, const struct rule *rule)
{
        for (uint32_t i = 0; i < result->n_findings; i++)
                if (strcmp(result->findings[i].rule, rule->id) == 0)
                        return true;
        return false;
}

static void scan(struct bench *b, const char *path, const char *text, size_t n)
{
        detector_scan(b->detector, path, b->mode, (const uint8_t *)text, n, b->result);
}

static void print(const struct rule_example *e, const struct rewriting *r,
                  const struct rewritten *made)
{
        printf("%s\n%.*s\n---- %s: %s\n%.*s\n====\n", e->path, (int)e->size, e->text, made->path,
               r->name, (int)made->text.len, made->text.data);
}

static void say(const struct bench *b, const struct rule *rule, const struct rule_example *e,
                const struct rewriting *r, const struct rewritten *made, const struct rule *other)
{
        printf("%s:%u: %s: %s is %s by \"%s\" (%s)\n", rule->pack, e->at, rule->id,
               other == rule ? "it" : other->id,
               has_finding(b->result, other) ? "found" : "not found any more", r->name, made->path);
        for (unsigned i = 0; i < b->result->n_gaps; i++)
                printf("        gap: %s in line %u\n", reason_to_string(b->result->gaps[i].reason),
                       b->result->gaps[i].line);
        if (b->n_only > 0 && !b->print)
                print(e, r, made);
}

/* Holds what is found against what was found before. */
static void compare(struct bench *b, const struct rule *rule, const struct rule_example *e,
                    const struct rewriting *r, const struct rewritten *made, struct count *count)
{
        for (size_t i = 0; i < ruleset_count(b->rules); i++) {
                const struct rule *other = ruleset_at(b->rules, i);
                bool found = has_finding(b->result, other);

                if (other->matcher == MATCHER_PATTERN || found == b->before[i])
                        continue;
                *(found ? &count->appeared : &count->lost) += 1;
                say(b, rule, e, r, made, other);
        }
}

static void try_rewriting(struct bench *b, const struct original *o, const struct rule *rule,
                          const struct rule_example *e, bool bad, const struct rewriting *r,
                          struct count *count)
{
        struct rewritten made = {.text = BUFFER_NULL};

        if (!text_copy(made.path, sizeof(made.path), o->path))
                abort();
        if (r->rewrite(o, r->how, &made) && !made.text.error && made.text.data &&
            (made.text.len != o->n || memcmp(made.text.data, o->text, o->n) != 0)) {
                *(bad ? &count->bad : &count->good) += 1;
                if (b->print)
                        print(e, r, &made);
                scan(b, made.path, made.text.data, made.text.len);
                compare(b, rule, e, r, &made, count);
        }
        buffer_done(&made.text);
}

/* --- all of them ---- */

static bool is_asked_for(const struct bench *b, const char *rule, const char *rewriting)
{
        for (int i = 0; i < b->n_only; i++)
                if (!strstr(rule, b->only[i]) && !strstr(rewriting, b->only[i]))
                        return false;
        return true;
}

static void read_original(struct bench *b, struct original *o)
{
        const struct format *format = format_guess(o->path, o->text, o->n);
        struct doc_limits limits = DOC_LIMITS_DEFAULT;
        struct doc_error error;

        /* what was turned into blocks is not written as JSON again */
        o->format = format && format != &format_terraform_json ? format->name : "";
        o->language = lexer_language(o->path);
        o->chance = b->seed + o->n * 0x2545f4914f6cdd1du;
        if (!format)
                return;
        if (doc_new(&o->doc, &limits) < 0)
                abort();
        if (format->parse(o->doc, o->text, o->n, &error) == 0)
                o->root = doc_root(o->doc);
}

static void try_example(struct bench *b, const struct rule *rule, const struct rule_example *e,
                        bool bad)
{
        struct original o = {.path = e->path, .text = e->text, .n = e->size};
        struct count *count = b->counts;

        b->mode = e->mode;
        scan(b, o.path, o.text, o.n);
        for (size_t i = 0; i < ruleset_count(b->rules); i++)
                b->before[i] = has_finding(b->result, ruleset_at(b->rules, i));
        if (has_finding(b->result, rule) != bad) {
                printf("%s:%u: %s: the example itself\n", rule->pack, e->at, rule->id);
                exit(1);
        }
        o.kind = b->result->artefact;
        read_original(b, &o);
        for (size_t t = 0; t < ELEMENTSOF(tables); t++)
                for (const struct rewriting *r = tables[t]; r->name; r++, count++)
                        if (is_asked_for(b, rule->id, r->name))
                                try_rewriting(b, &o, rule, e, bad, r, count);
        o.doc = doc_free(o.doc);
}

static void try_rules(struct bench *b)
{
        for (size_t i = 0; i < ruleset_count(b->rules); i++) {
                const struct rule *rule = ruleset_at(b->rules, i);

                if (rule->matcher == MATCHER_PATTERN)
                        continue;
                for (size_t k = 0; k < rule->n_bad; k++)
                        try_example(b, rule, &rule->bad[k], true);
                for (size_t k = 0; k < rule->n_good; k++)
                        try_example(b, rule, &rule->good[k], false);
        }
}

static struct count sum_up(const struct bench *b)
{
        const struct count *count = b->counts;
        struct count sum = {0};

        printf("   bad  good  lost   new\n");
        for (size_t t = 0; t < ELEMENTSOF(tables); t++)
                for (const struct rewriting *r = tables[t]; r->name; r++, count++) {
                        printf("%6u%6u%6u%6u  %s\n", count->bad, count->good, count->lost,
                               count->appeared, r->name);
                        sum.bad += count->bad;
                        sum.good += count->good;
                        sum.lost += count->lost;
                        sum.appeared += count->appeared;
                }
        return sum;
}

int main(int argc, char **argv)
{
        const struct detector_options options = {0};
        struct ruleset_error error;
        static struct bench b;
        const char *seed = getenv("GIAD_SEED");

        b.seed = 0x9e3779b97f4a7c15u * (seed ? strtoull(seed, NULL, 10) + 1 : 2);
        b.print = argc > 1 && strcmp(argv[1], "--print") == 0;
        b.only = argv + 1 + b.print;
        b.n_only = argc - 1 - b.print;
        b.result = calloc(1, sizeof(*b.result));
        if (!b.result)
                return 1;
        b.rules = shipped_rules();
        if (detector_new(&b.detector, b.rules, &options, &error) < 0)
                abort();
        b.before = calloc(ruleset_count(b.rules), sizeof(bool));
        if (!b.before)
                return 1;
        try_rules(&b);
        struct count sum = sum_up(&b);
        printf("seed %s: bad examples rewritten %u times, good ones %u times: %u findings lost, %u "
               "new\n",
               seed ? seed : "1", sum.bad, sum.good, sum.lost, sum.appeared);
        (void)detector_free(b.detector);
        (void)ruleset_free(b.rules);
        free(b.result);
        free(b.before);
        return sum.lost > 0 || sum.appeared > 0 || (argc == 1 && sum.bad < LEAST_APPLIED);
}
