/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Most rules are passed over without a look, by names that a document must have for them. Whatever they
 * would find must be found all the same: every matcher of trees is run over every example that has a format, and those
 * that find something must be among those that are not passed over. With arguments, over those files as well.
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
#define LEAST_PASSED_OVER 2u /* times as many as are looked at */

DEFINE_CLEANUP(struct doc *, doc_free);

struct bench {
        const struct rule_plan *plan;
        struct scan_result *result;
        unsigned files;
        size_t looked, passed_over, found, missed;
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
                bool fits = plan_entry_fits(e, s->kind, &keys, known);
                bool found = finds(b, e->rule, s);

                b->looked += fits;
                b->passed_over += !fits;
                b->found += found;
                if (!found || fits)
                        continue;
                b->missed++;
                printf("%s: %s would not be found in it:\n%.*s\n", s->path, e->rule->id,
                       (int)MIN_OF(s->size, (size_t)2000), s->data);
        }
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
        for (int i = 1; i < argc; i++)
                try_argument(&b, argv[i]);
        printf("%u files: rules looked at %zu, passed over %zu, found something %zu, missed %zu\n",
               b.files, b.looked, b.passed_over, b.found, b.missed);
        (void)rule_plan_free(plan);
        (void)ruleset_free(rules);
        free(b.result);
        return b.missed > 0 || b.found < LEAST_FOUND ||
               b.passed_over < LEAST_PASSED_OVER * b.looked;
}
