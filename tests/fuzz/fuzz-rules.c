/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Any bytes as two packs of rules, with a line "%%" between them, so that the second overrides what
 * is in the first. What is taken over must be whole, and what is refused must say why and leave the
 * set as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "tests/fuzz/fuzz.h"

static void require(bool truth)
{
        if (!truth)
                abort();
}

static void check_rules(const struct ruleset *rules)
{
        for (size_t i = 0; i < ruleset_count(rules); i++) {
                const struct rule *rule = ruleset_at(rules, i);

                require(rule->id[0] && ruleset_find(rules, rule->id) == rule);
                require(rule->class < _CLASS_MAX);
                switch (rule->matcher) {
                case MATCHER_PATTERN:
                        require(rule->pattern.regex != NULL);
                        break;
                case MATCHER_TREE:
                        require(rule->tree != NULL);
                        break;
                case MATCHER_CALL:
                        require(rule->call != NULL);
                        break;
                default:
                        require(rule->matcher == MATCHER_ANALYSER && rule->analyser && rule->check);
                        break;
                }
        }
}

static void add(struct ruleset *rules, const char *name, const char *data, size_t n)
{
        struct ruleset_error error = {0};
        uint8_t before[32], after[32];
        size_t count = ruleset_count(rules);

        ruleset_digest(rules, before);
        int r = ruleset_add(rules, name, data, n, &error);
        ruleset_digest(rules, after);
        require(r == 0 || r == -EBADMSG || r == -ENOMEM);
        if (r < 0)
                require(ruleset_count(rules) == count && memcmp(before, after, 32) == 0);
        require(r != -EBADMSG || error.message[0]);
        check_rules(rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *mark = memmem(data, size, "\n%%\n", 4);
        struct ruleset *rules = NULL;

        if (ruleset_new(&rules) < 0)
                return 0;
        size_t n = mark ? (size_t)(mark - data) : size;
        add(rules, "one.yaml", (const char *)data, n);
        if (mark)
                add(rules, "two.yaml", (const char *)mark + 4, size - n - 4);
        (void)ruleset_free(rules);
        return 0;
}
