/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the set of rules: their order, and how a later pack overrides an earlier one.
 *
 * Must not own: what the keys of a rule mean (rule-read.c), compiling patterns (secrets/engine.c).
 *
 * Ownership: a pack's text (borrowed) -> document (freed before return) -> rules, which live until
 * ruleset_free().
 *
 * A pack is read whole before anything of it is taken over, so that a bad pack leaves the set as it
 * was.
 */
#include "detectors/ruleset.h"

#include <nettle/sha2.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/assertion-rule.h"
#include "detectors/formats/format.h"
#include "detectors/rule-example.h"
#include "detectors/rule-read.h"
#include "detectors/rule-value.h"

#define PACK_MAX ((size_t)16 << 20)

struct ruleset {
        struct rule **rules;
        size_t n;
        struct rule_check *checks; /* room for n */
        size_t n_checks;
        struct assertion_rules assertions;
        char **packs; /* names that rules point to */
        size_t n_packs;
        struct sha256_ctx digest;
};

/* The rules of one pack while it is being read. */
struct reading {
        struct rule_read *items;
        struct rule **targets; /* the rule that items[i] overrides, or a new one */
        bool *fresh;           /* targets[i] is new and still the reading's */
        size_t n;
        struct assertion_rules assertions;
};

DEFINE_CLEANUP(struct doc *, doc_free);

static void reading_done(struct reading *rd)
{
        for (size_t i = 0; i < rd->n; i++) {
                rule_done(&rd->items[i].rule);
                if (rd->fresh[i])
                        free(rd->targets[i]);
        }
        assertion_rules_done(&rd->assertions);
        free(rd->items);
        free(rd->targets);
        free(rd->fresh);
}

int ruleset_new(struct ruleset **ret)
{
        struct ruleset *rs = calloc(1, sizeof(*rs));

        if (!rs)
                return -ENOMEM;
        sha256_init(&rs->digest);
        *ret = rs;
        return 0;
}

struct ruleset *ruleset_free(struct ruleset *rs)
{
        if (!rs)
                return NULL;
        for (size_t i = 0; i < rs->n; i++) {
                rule_done(rs->rules[i]);
                free(rs->rules[i]);
        }
        for (size_t i = 0; i < rs->n_packs; i++)
                free(rs->packs[i]);
        assertion_rules_done(&rs->assertions);
        free(rs->rules);
        free(rs->checks);
        free(rs->packs);
        free(rs);
        return NULL;
}

static struct rule *find(const struct ruleset *rs, const char *id)
{
        for (size_t i = 0; i < rs->n; i++)
                if (strcmp(rs->rules[i]->id, id) == 0)
                        return rs->rules[i];
        return NULL;
}

static int read_item(struct ruleset *rs, struct reading *rd, const struct node *config,
                     struct ruleset_error *reterr)
{
        struct rule_read *item = &rd->items[rd->n];
        int r = rule_read(item, config, reterr);

        if (r < 0)
                return r;
        size_t i = rd->n++;
        for (size_t k = 0; k < i; k++)
                if (strcmp(rd->items[k].rule.id, item->rule.id) == 0)
                        return rule_value_error(reterr, config,
                                                "rule '%s' is there already, in line %u",
                                                item->rule.id, rd->items[k].rule.line);
        rd->targets[i] = find(rs, item->rule.id);
        if (rd->targets[i])
                return rule_read_overrides(item, rd->targets[i], config, reterr);
        r = rule_read_complete(item, config, reterr);
        if (r < 0)
                return r;
        rd->targets[i] = calloc(1, sizeof(struct rule));
        rd->fresh[i] = true;
        return rd->targets[i] ? 0 : -ENOMEM;
}

static int read_pack(struct ruleset *rs, struct reading *rd, const struct node *root,
                     struct ruleset_error *reterr)
{
        const struct node *rules = node_get(root, "rules");
        const struct node *assertions = node_get(root, "assertions");

        if (!root || root->type != NODE_MAPPING || (!rules && !assertions) ||
            (rules && rules->type != NODE_SEQUENCE))
                return rule_value_error(reterr, root,
                                        "a pack is a mapping with a list 'rules', or 'assertions'");
        NODE_CHILDREN(child, root)
        {
                if (child != rules && child != assertions)
                        return rule_value_error(
                                reterr, child,
                                "unknown key '%.40s' of a pack; it takes 'rules' and 'assertions'",
                                child->key ?: "");
        }
        int k = assertions ? assertion_rules_read(&rd->assertions, assertions, reterr) : 0;
        if (k < 0 || !rules)
                return k;
        rd->items = calloc(rules->count + 1u, sizeof(*rd->items));
        rd->targets = calloc(rules->count + 1u, sizeof(struct rule *));
        rd->fresh = calloc(rules->count + 1u, sizeof(*rd->fresh));
        if (!rd->items || !rd->targets || !rd->fresh)
                return -ENOMEM;
        NODE_CHILDREN(item, rules)
        {
                int r = read_item(rs, rd, item, reterr);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void note_checks(struct ruleset *rs)
{
        rs->n_checks = 0;
        for (size_t i = 0; i < rs->n; i++)
                if (rs->rules[i]->matcher == MATCHER_ANALYSER)
                        rs->checks[rs->n_checks++] =
                                (struct rule_check){rs->rules[i]->analyser, rs->rules[i]};
}

/* Makes room for everything first, so that taking over cannot fail. */
static int take_over(struct ruleset *rs, struct reading *rd, const char *name)
{
        struct rule **rules = realloc(rs->rules, (rs->n + rd->n + 1) * sizeof(struct rule *));
        if (!rules)
                return -ENOMEM;
        rs->rules = rules;
        struct rule_check *checks =
                realloc(rs->checks, (rs->n + rd->n + 1) * sizeof(struct rule_check));
        if (!checks)
                return -ENOMEM;
        rs->checks = checks;
        char **packs = realloc(rs->packs, (rs->n_packs + 1) * sizeof(char *));
        if (!packs)
                return -ENOMEM;
        rs->packs = packs;
        if (assertion_rules_reserve(&rs->assertions, rd->assertions.n) < 0)
                return -ENOMEM;
        char *pack = strdup(name);
        if (!pack)
                return -ENOMEM;
        rs->packs[rs->n_packs++] = pack;

        for (size_t i = 0; i < rd->n; i++) {
                if (rd->fresh[i]) {
                        *rd->targets[i] = rd->items[i].rule;
                        rd->items[i].rule = (struct rule){0};
                        rd->targets[i]->pack = pack;
                        rs->rules[rs->n++] = rd->targets[i];
                        rd->fresh[i] = false;
                } else
                        rule_read_apply(&rd->items[i], rd->targets[i]);
        }
        note_checks(rs);
        assertion_rules_merge(&rs->assertions, &rd->assertions, pack);
        return 0;
}

int ruleset_add(struct ruleset *rs, const char *name, const char *data, size_t n,
                struct ruleset_error *reterr)
{
        _cleanup_(doc_freep) struct doc *doc = NULL;
        struct doc_error error = {0};
        struct doc_limits limits = DOC_LIMITS_DEFAULT;
        struct reading rd = {0};

        *reterr = (struct ruleset_error){0};
        if (n > PACK_MAX)
                return rule_value_error(reterr, NULL, "a pack is at most %zu MiB", PACK_MAX >> 20);
        int r = doc_new(&doc, &limits);
        if (r < 0)
                return r;
        r = format_by_name("yaml")->parse(doc, data, n, &error);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                (void)rule_value_error(reterr, NULL, "%s",
                                       r == -E2BIG ? "too many parts" : error.message);
                reterr->line = error.line;
                reterr->column = error.column;
                return -EBADMSG;
        }
        r = read_pack(rs, &rd, doc_root(doc), reterr);
        if (r == 0)
                r = take_over(rs, &rd, name);
        reading_done(&rd);
        if (r < 0)
                return r;
        /* any byte of a pack may decide what is found, so every byte counts */
        uint64_t size = n;
        sha256_update(&rs->digest, sizeof(size), (const uint8_t *)&size);
        sha256_update(&rs->digest, n, (const uint8_t *)data);
        return 0;
}

void ruleset_forget_examples(struct ruleset *rs)
{
        for (size_t i = 0; i < rs->n; i++) {
                struct rule *rule = rs->rules[i];

                rule_examples_free(rule->bad, rule->n_bad);
                rule_examples_free(rule->good, rule->n_good);
                rule->bad = rule->good = NULL;
                rule->n_bad = rule->n_good = 0;
        }
        assertion_rules_forget_examples(&rs->assertions);
}

size_t ruleset_count(const struct ruleset *rs)
{
        return rs->n;
}

const struct rule *ruleset_at(const struct ruleset *rs, size_t i)
{
        return i < rs->n ? rs->rules[i] : NULL;
}

const struct assertion_rules *ruleset_assertions(const struct ruleset *rs)
{
        return &rs->assertions;
}

const struct rule_check *ruleset_checks(const struct ruleset *rs, size_t *ret_n)
{
        *ret_n = rs->n_checks;
        return rs->checks;
}

const struct rule *ruleset_find(const struct ruleset *rs, const char *id)
{
        return find(rs, id);
}

void ruleset_error_at(struct ruleset_error *reterr, const struct rule *rule, const char *what)
{
        const char *pack = rule->pack ?: "";
        char message[sizeof(reterr->message)];
        int n = snprintf(message, sizeof(message), "rule '%s': %s", rule->id, what);

        *reterr = (struct ruleset_error){.line = rule->line, .column = rule->column};
        (void)text_printable(reterr->pack, sizeof(reterr->pack), pack, strlen(pack));
        (void)text_printable(reterr->message, sizeof(reterr->message), message,
                             n < 0 ? 0 : strlen(message));
}

void ruleset_digest(const struct ruleset *rs, uint8_t ret[static 32])
{
        struct sha256_ctx ctx = rs->digest;

        sha256_digest(&ctx, SHA256_DIGEST_SIZE, ret);
}
