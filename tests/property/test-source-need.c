/* SPDX-FileCopyrightText: giad maintainers */
/*
 * A source file is not read if nothing could be found in it; whatever reading it would find must be
 * found all the same. The files are the examples of the `call:` rules in all languages, as they are
 * and with their strings written otherwise: with escapes, cut in two, joined again by a `+` or by
 * nothing, with broken lines and comments between, or by names that stand for the parts. With arguments, those files instead.
 *
 *   GIAD_VARIANTS  of each example, default 300
 *   GIAD_SEED      default 1
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/privilege/matchers.h"
#include "detectors/run-rules.h"
#include "detectors/source-need.h"
#include "tests/property/shipped-rules.h"

#define TEXT_MAX 16384u
#define LEAST_FOUND 1000u /* of the variants: fewer would prove nothing */

struct bench {
        struct ruleset *rules;
        struct rule_plan *plan;
        struct source_need *need;
        struct words *words; /* the same for each rule by itself */
        struct need *needs;
        struct scan_result *read, *unread;
        uint64_t random;
        unsigned variants, tried, found, skipped, missed;
};

struct text {
        char s[TEXT_MAX];
        size_t n;
};

static void *checked(void *p)
{
        if (!p)
                abort();
        return p;
}

static unsigned below(struct bench *b, size_t n)
{
        b->random ^= b->random << 13;
        b->random ^= b->random >> 7;
        b->random ^= b->random << 17;
        return (unsigned)((b->random >> 20) % n);
}

/* --- one file, read and not ---- */

static enum artefact_kind run(struct bench *b, struct subject *s, struct scan_result *res)
{
        static const uint8_t key[32] = {1};
        char evidence[96];

        memset(res, 0, sizeof(*res));
        s->kind = classify(s, evidence, sizeof(evidence));
        run_rules(b->plan, s, key, res);
        return s->kind;
}

static bool same_findings(const struct scan_result *a, const struct scan_result *b)
{
        if (a->n_findings != b->n_findings)
                return false;
        for (uint32_t i = 0; i < a->n_findings; i++)
                if (strcmp(a->findings[i].rule, b->findings[i].rule) != 0 ||
                    a->findings[i].line != b->findings[i].line)
                        return false;
        return true;
}

/* Each rule that found something must have had what it needs. */
static const char *without_need(const struct bench *b, const struct need_text *text)
{
        for (uint32_t i = 0; i < b->read->n_findings; i++) {
                const char *id = b->read->findings[i].rule;

                for (size_t k = 0; k < ruleset_count(b->rules); k++)
                        if (strcmp(ruleset_at(b->rules, k)->id, id) == 0 &&
                            ruleset_at(b->rules, k)->matcher == MATCHER_CALL &&
                            !need_met(&b->needs[k], text))
                                return id;
        }
        return NULL;
}

static void try_text(struct bench *b, const char *path, const char *data, size_t n)
{
        enum language language = lexer_language(path);
        struct lexer *lexer = NULL, *none = NULL;
        struct subject s = {.path = path, .mode = 0100644, .data = data, .size = n};

        if (lexer_read(&lexer, language, data, n, NULL) == -ENOMEM ||
            lexer_read(&none, language, data, 0, NULL) < 0)
                abort();
        struct source_answer need = source_need_ask(b->need, language, data, n);
        s.source = lexer_source(lexer);
        s.missing = 0;
        enum artefact_kind kind = run(b, &s, b->read);
        s.source = need.reading ? lexer_source(lexer) : lexer_source(none);
        s.missing = need.missing;
        enum artefact_kind now = run(b, &s, b->unread);
        struct word_set found;
        words_look(b->words, language, data, n, &found);
        const char *missed =
                without_need(b, &(struct need_text){b->words, &found, language, data, n});
        if (!missed && !same_findings(b->read, b->unread))
                missed = "something";
        if (!missed && kind != now)
                missed = "the kind";
        b->tried++;
        b->found += b->read->n_findings > 0;
        b->skipped += !need.reading;
        if (missed) {
                b->missed++;
                printf("%s: %s would not be found in it:\n%.*s\n", path, missed,
                       (int)MIN_OF(n, (size_t)2000), data);
        }
        (void)lexer_free(lexer);
        (void)lexer_free(none);
}

/* --- what is written otherwise ---- */

static void insert(struct text *t, size_t at, size_t instead_of, const char *what)
{
        size_t n = strlen(what);

        if (t->n - instead_of + n > sizeof(t->s))
                return;
        memmove(t->s + at + n, t->s + at + instead_of, t->n - at - instead_of);
        memcpy(t->s + at, what, n);
        t->n = t->n - instead_of + n;
}

/* A string on one line, its quote at `from`, and a place in it. */
struct place {
        size_t from, at, to;
        char quote;
};

/* False: none was met. */
static bool pick(struct bench *b, const struct text *t, struct place *ret)
{
        for (unsigned tries = 0; tries < 20; tries++) {
                size_t from = below(b, t->n), to;
                char quote = t->s[from];

                if (quote != '"' && quote != '\'')
                        continue;
                for (to = from + 1; to < t->n && t->s[to] != quote && t->s[to] != '\n'; to++)
                        ;
                if (to == t->n || t->s[to] != quote || to - from < 3)
                        continue;
                *ret = (struct place){from, from + 1 + below(b, to - from - 1), to, quote};
                return true;
        }
        return false;
}

/* Something that ends a string and begins the next one, or that goes on with it; Q is the quote. */
static void part(struct bench *b, struct text *t, size_t at, char quote)
{
        static const char *const between[] = {
                "Q Q",  "QQ",    "Q + Q",   "Q\n        Q", "Q  # Q\n  Q", "Q \\\n rQ",
                "\\\n", "Q . Q", "Q\t+\nQ", "Q + QQ + Q",   "Q uQ",
        };
        char what[40];

        (void)snprintf(what, sizeof(what), "%s", between[below(b, ELEMENTSOF(between))]);
        for (char *q = what; (q = strchr(q, 'Q')); q++)
                *q = quote;
        insert(t, at, 0, what);
}

static void escape(struct bench *b, struct text *t, size_t at)
{
        char what[12], c = t->s[at];
        unsigned kind = below(b, 3);

        if (kind == 0)
                (void)snprintf(what, sizeof(what), "\\x%02x", (unsigned char)c);
        else if (kind == 1 || strchr("ntrbfvxu", c))
                (void)snprintf(what, sizeof(what), "\\u%04X", (unsigned char)c);
        else
                (void)snprintf(what, sizeof(what), "\\%c", c);
        insert(t, at, 1, what);
}

/* The string becomes the sum of two names that stand for its parts. */
static void name_parts(struct text *t, const struct place *p)
{
        char what[256];

        if (p->to - p->from > 64)
                return;
        int n = snprintf(what, sizeof(what), "zq1 = %c%.*s%c\nzq2 = %c%.*s%c\n", p->quote,
                         (int)(p->at - p->from - 1), t->s + p->from + 1, p->quote, p->quote,
                         (int)(p->to - p->at), t->s + p->at, p->quote);
        if (n < 0 || (size_t)n >= sizeof(what))
                return;
        insert(t, p->from, p->to + 1 - p->from, "zq1 + zq2");
        insert(t, 0, 0, what);
}

static void vary(struct bench *b, struct text *t)
{
        struct place p;

        if (!pick(b, t, &p))
                return;
        unsigned kind = below(b, 5);

        if (kind < 2)
                part(b, t, p.at, p.quote);
        else if (kind < 4)
                escape(b, t, p.at);
        else
                name_parts(t, &p);
}

static void try_example(struct bench *b, const char *path, const char *data, size_t n)
{
        static struct text t;

        try_text(b, path, data, n);
        for (unsigned i = 0; i < b->variants && n > 0 && n < sizeof(t.s) / 2; i++) {
                memcpy(t.s, data, n);
                t.n = n;
                for (unsigned k = 1 + below(b, 3); k > 0; k--)
                        vary(b, &t);
                try_text(b, path, t.s, t.n);
        }
}

/* --- examples and files ---- */

static char *read_file(const char *path, size_t *ret_n)
{
        struct buffer b = BUFFER_NULL;
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        char block[4096];
        size_t n;

        while (f && (n = fread(block, 1, sizeof(block), f)) > 0)
                buffer_append(&b, block, n);
        *ret_n = b.len;
        return b.data ?: checked(calloc(1, 1));
}

static void note_needs(struct bench *b)
{
        size_t n = ruleset_count(b->rules);

        b->needs = checked(calloc(n, sizeof(*b->needs)));
        if (words_new(&b->words) < 0 || source_need_new(&b->need, b->rules) < 0 ||
            rule_plan_new(&b->plan, b->rules) < 0)
                abort();
        for (size_t i = 0; i < n; i++)
                if (ruleset_at(b->rules, i)->matcher == MATCHER_CALL &&
                    call_match_need(ruleset_at(b->rules, i)->call, b->words, &b->needs[i]) < 0)
                        abort();
}

static void forget_needs(struct bench *b)
{
        for (size_t i = 0; i < ruleset_count(b->rules); i++)
                need_done(&b->needs[i]);
        free(b->needs);
        (void)words_free(b->words);
        (void)source_need_free(b->need);
        (void)rule_plan_free(b->plan);
}

static void try_rules(struct bench *b)
{
        for (size_t i = 0; i < ruleset_count(b->rules); i++) {
                const struct rule *rule = ruleset_at(b->rules, i);

                for (size_t k = 0; rule->matcher == MATCHER_CALL && k < rule->n_bad; k++)
                        try_example(b, rule->bad[k].path, rule->bad[k].text, rule->bad[k].size);
                for (size_t k = 0; rule->matcher == MATCHER_CALL && k < rule->n_good; k++)
                        try_text(b, rule->good[k].path, rule->good[k].text, rule->good[k].size);
        }
}

static unsigned number(const char *name, unsigned otherwise)
{
        const char *text = getenv(name);

        return text && *text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
        struct bench b = {.variants = number("GIAD_VARIANTS", 300)};

        b.random = 0x9e3779b97f4a7c15u ^ number("GIAD_SEED", 1);
        b.read = checked(calloc(1, sizeof(*b.read)));
        b.unread = checked(calloc(1, sizeof(*b.unread)));
        b.rules = shipped_rules();
        note_needs(&b);
        if (argc == 1)
                try_rules(&b);
        for (int i = 1; i < argc; i++) {
                size_t n;
                char *data = read_file(argv[i], &n);

                if (lexer_language(argv[i]) != LANGUAGE_NONE)
                        try_example(&b, argv[i], data, n);
                free(data);
        }
        printf("texts %u, found something in %u, not read %u, missed %u\n", b.tried, b.found,
               b.skipped, b.missed);
        forget_needs(&b);
        (void)ruleset_free(b.rules);
        free(b.read);
        free(b.unread);
        return b.missed > 0 || (argc == 1 && b.found < LEAST_FOUND);
}
