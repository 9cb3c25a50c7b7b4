/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: whether a source file is read at all. Reading (source/lexer.h) costs more than all else that
 * is done with a file, and in most of them no rule could find anything: a pass over the text tells.
 *
 * Does not own: what a rule needs (privilege/call-need.c, classify-source.c), how words are looked
 * for (source/words.h).
 */
#include "detectors/source-need.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/macros.h"
#include "detectors/classify.h"
#include "detectors/privilege/matchers.h"

struct source_need {
        struct words *words;
        struct need *rules; /* of each call rule */
        size_t n;
        struct need calls, text; /* of classify() */
};

struct source_need *source_need_free(struct source_need *s)
{
        if (!s)
                return NULL;
        for (size_t i = 0; i < s->n; i++)
                need_done(&s->rules[i]);
        free(s->rules);
        need_done(&s->calls);
        need_done(&s->text);
        (void)words_free(s->words);
        free(s);
        return NULL;
}

static int add_rules(struct source_need *s, const struct ruleset *rules)
{
        size_t n = ruleset_count(rules);
        int r = 0;

        s->rules = calloc(n + 1, sizeof(*s->rules));
        if (!s->rules)
                return -ENOMEM;
        for (size_t i = 0; i < n && r == 0; i++) {
                const struct rule *rule = ruleset_at(rules, i);

                if (rule->enabled && rule->matcher == MATCHER_CALL)
                        r = call_match_need(rule->call, s->words, &s->rules[s->n++]);
        }
        return r;
}

int source_need_new(struct source_need **ret, const struct ruleset *rules)
{
        struct source_need *s = calloc(1, sizeof(*s));
        int r = s ? words_new(&s->words) : -ENOMEM;

        if (r == 0)
                r = add_rules(s, rules);
        if (r == 0)
                r = classify_source_needs(s->words, &s->calls, &s->text);
        if (r < 0) {
                (void)source_need_free(s);
                return r;
        }
        *ret = s;
        return 0;
}

static bool rules_may_find(const struct source_need *s, const struct need_text *text)
{
        for (size_t i = 0; i < s->n; i++)
                if (need_met(&s->rules[i], text))
                        return true;
        return false;
}

struct source_answer source_need_ask(const struct source_need *s, enum language language,
                                     const char *data, size_t n)
{
        struct word_set found;
        const struct need_text text = {s->words, &found, language, data, n};

        words_look(s->words, language, data, n, &found);
        return (struct source_answer){
                .reading = need_met(&s->calls, &text) || rules_may_find(s, &text),
                .missing = ~need_terms_met(&s->text, &text),
        };
}
