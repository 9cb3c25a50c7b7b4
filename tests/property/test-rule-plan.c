/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Most rules and assertions are passed over without a look, by names that a document must have for them. Whatever they
 * would find or say must be found and said all the same: every matcher of trees and every assertion is run over every
 * example that has a format, and those that find something must be among those that are not passed over. With
 * arguments, over those files as well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/classify.h"
#include "detectors/formats/format.h"
#include "detectors/formats/resolve.h"
#include "detectors/privilege/matchers.h"
#include "detectors/privilege/reporter.h"
#include "detectors/privilege/tree-path.h"
#include "detectors/rule-plan.h"
#include "tests/property/shipped-rules.h"

/* Fewer would prove nothing. */
#define LEAST_FOUND 1000u
#define LEAST_SAID 500u
#define LEAST_PASSED_OVER 2u /* times as many rules as are looked at */
#define LEAST_UNSAID 1u      /* of assertions: many have but 'resource' to go by */

DEFINE_CLEANUP(struct doc *, doc_free);

struct bench {
        const struct rule_plan *plan;
        struct scan_result *result;
        unsigned files;
        struct count {
                size_t looked, passed_over, found, missed;
        } rules, assertions;
};

static bool finds(struct bench *b, const struct rule *rule, const struct subject *s)
{
        static const uint8_t key[32] = {1};
        struct reporter reporter;

        memset(b->result, 0, offsetof(struct scan_result, findings));
        reporter_init(&reporter, b->result, rule_plan_rules(b->plan), s, key);
        tree_match_run(rule->tree, rule, s, &reporter);
        reporter_done(&reporter);
        return b->result->n_findings > 0 || b->result->findings_dropped > 0;
}

static bool says(struct bench *b, const struct assertion_rule *assertion, const struct subject *s)
{
        static const uint8_t key[32] = {1};

        memset(b->result, 0, offsetof(struct scan_result, findings));
        assertion_rule_run(assertion, s, key, b->result);
        return b->result->n_assertions > 0;
}

static void tally(struct count *c, bool fits, bool found, const char *id, const struct subject *s)
{
        c->looked += fits;
        c->passed_over += !fits;
        c->found += found;
        if (!found || fits)
                return;
        c->missed++;
        printf("%s: %s would not be found in it:\n%.*s\n", s->path, id,
               (int)MIN_OF(s->size, (size_t)2000), s->data);
}

static void try_assertions(struct bench *b, const struct subject *s, const struct key_set *keys,
                           bool known)
{
        const struct plan_list *list = rule_plan_assertions(b->plan, s->format);

        for (size_t i = 0; i < list->n; i++) {
                const struct plan_entry *e = &list->entries[i];

                /* of other kinds they are passed over for another reason */
                if (e->kinds & UINT64_C(1) << s->kind)
                        tally(&b->assertions, plan_entry_fits(e, s->kind, keys, known),
                              says(b, e->assertion, s), e->assertion->id, s);
        }
}

static void try_document(struct bench *b, const struct subject *s)
{
        const struct plan_list *list = rule_plan_for(b->plan, s->format);
        bool known = tree_doc_known(s->doc);
        struct key_set keys;

        doc_key_set(s->doc, &keys);
        for (size_t i = 0; i < list->n; i++) {
                const struct plan_entry *e = &list->entries[i];

                if (e->rule->matcher != MATCHER_TREE || !reporter_rule_applies(e->rule, s))
                        continue;
                tally(&b->rules, plan_entry_fits(e, s->kind, &keys, known), finds(b, e->rule, s),
                      e->rule->id, s);
        }
        try_assertions(b, s, &keys, known);
}

static void try_file(struct bench *b, const char *path, const char *data, size_t n)
{
        struct doc_limits limits = DOC_LIMITS_DEFAULT;
        const struct format *format = classify_format(path, data, n);
        _cleanup_(doc_freep) struct doc *doc = NULL;
        struct doc_error error = {0};
        char evidence[96];

        if (!format)
                return;
        if (doc_new(&doc, &limits) < 0)
                abort();
        if (format->parse(doc, data, n, &error) == 0)
                (void)doc_resolve(doc, format->name, NULL, 0);
        doc_index_keys(doc);
        struct subject s = {.path = path,
                            .mode = 0100644,
                            .data = data,
                            .size = n,
                            .doc = doc,
                            .format = format->name};
        s.kind = classify(&s, evidence, sizeof(evidence));
        b->files++;
        try_document(b, &s);
}

static void try_argument(struct bench *b, const char *path)
{
        struct buffer text = BUFFER_NULL;
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        char block[4096];
        size_t n;

        while (f && (n = fread(block, 1, sizeof(block), f)) > 0)
                buffer_append(&text, block, n);
        try_file(b, path, text.data ?: "", text.len);
        free(text.data);
}

static void try_assertion_examples(struct bench *b, const struct assertion_rules *assertions)
{
        for (size_t i = 0; i < assertions->n; i++) {
                const struct assertion_rule *a = assertions->list[i];

                for (size_t k = 0; k < a->n_examples; k++)
                        try_file(b, a->examples[k].path, a->examples[k].text, a->examples[k].size);
        }
}

/* True if none was missed, and enough was tried. */
static bool is_good(const char *name, const struct count *c, size_t least, size_t times)
{
        printf("%s looked at %zu, passed over %zu, found something %zu, missed %zu\n", name,
               c->looked, c->passed_over, c->found, c->missed);
        return c->missed == 0 && c->found >= least && c->passed_over >= times * c->looked;
}

int main(int argc, char **argv)
{
        struct ruleset *rules = shipped_rules();
        struct bench b = {.result = calloc(1, sizeof(*b.result))};
        struct rule_plan *plan = NULL;

        if (!b.result || rule_plan_new(&plan, rules) < 0)
                abort();
        b.plan = plan;
        for (size_t i = 0; i < ruleset_count(rules); i++) {
                const struct rule *rule = ruleset_at(rules, i);

                for (size_t k = 0; k < rule->n_bad; k++)
                        try_file(&b, rule->bad[k].path, rule->bad[k].text, rule->bad[k].size);
                for (size_t k = 0; k < rule->n_good; k++)
                        try_file(&b, rule->good[k].path, rule->good[k].text, rule->good[k].size);
        }
        try_assertion_examples(&b, ruleset_assertions(rules));
        for (int i = 1; i < argc; i++)
                try_argument(&b, argv[i]);
        printf("%u files\n", b.files);
        bool good = is_good("rules", &b.rules, LEAST_FOUND, LEAST_PASSED_OVER);
        good = is_good("assertions", &b.assertions, LEAST_SAID, LEAST_UNSAID) && good;
        (void)rule_plan_free(plan);
        (void)ruleset_free(rules);
        free(b.result);
        return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
