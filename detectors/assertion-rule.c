/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the keys of an assertion in a pack, and how one becomes part of a result.
 * Does not own: what is selected in a document and the text that is made of it (privilege/tree-claim.c); which files
 * are asked (rule-plan.c, run-rules.c); trying the examples (tests, giactl).
 */
#include "detectors/assertion-rule.h"

#include <errno.h>
#include <nettle/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detectors/rule-value.h"

enum key {
        KEY_ID,
        KEY_WHAT,
        KEY_ENABLED,
        KEY_KINDS,
        KEY_PATHS,
        KEY_TREE,
        KEY_TEXT,
        KEY_EXAMPLES,
        _KEY_MAX,
};

static const char *const key_names[_KEY_MAX + 1] = {
        [KEY_ID] = "id",       [KEY_WHAT] = "what",         [KEY_ENABLED] = "enabled",
        [KEY_KINDS] = "kinds", [KEY_PATHS] = "paths",       [KEY_TREE] = "tree",
        [KEY_TEXT] = "text",   [KEY_EXAMPLES] = "examples",
};

/* --- reading ---- */

static int read_example(struct assertion_example *e, const struct node *n,
                        struct ruleset_error *reterr)
{
        static const char *const names[] = {"path", "text", "gives", NULL};

        e->at = n->line;
        if (n->type != NODE_MAPPING)
                return rule_value_error(reterr, n,
                                        "an example is a mapping with 'path', 'text' and 'gives'");
        NODE_CHILDREN(child, n)
        {
                int key, r = rule_value_key(child, names, "an example", &key, reterr);

                if (r == 0 && node_get(n, child->key) != child)
                        r = rule_value_error(reterr, child, "'%s' is given twice", child->key);
                if (r == 0 && key == 0)
                        r = rule_value_string(&e->path, child, reterr);
                else if (r == 0 && key == 1)
                        r = rule_value_string(&e->text, child, reterr);
                else if (r == 0 && (child->type != NODE_SEQUENCE || child->first))
                        r = rule_value_list(&e->gives, &e->n_gives, child, reterr);
                if (r < 0)
                        return r;
        }
        if (!e->path || !e->text || !node_get(n, "gives"))
                return rule_value_error(reterr, n, "an example needs 'path', 'text' and 'gives'");
        e->size = strlen(e->text);
        return 0;
}

static int read_examples(struct assertion_rule *rule, const struct node *n,
                         struct ruleset_error *reterr)
{
        if (n->type != NODE_SEQUENCE)
                return rule_value_error(reterr, n, "'examples' takes a list");
        rule->examples = calloc(n->count + 1u, sizeof(*rule->examples));
        if (!rule->examples)
                return -ENOMEM;
        NODE_CHILDREN(item, n)
        {
                int r = read_example(&rule->examples[rule->n_examples++], item, reterr);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int read_kinds(struct assertion_rule *rule, const struct node *n,
                      struct ruleset_error *reterr)
{
        NODE_ITEMS(item, n)
        {
                int kind, r = rule_value_enum(&kind, item, artefact_kind_from_string,
                                              artefact_kind_to_string, _ARTEFACT_MAX, reterr);

                if (r < 0)
                        return r;
                rule->kinds |= UINT64_C(1) << kind;
        }
        return 0;
}

static int read_what(struct assertion_rule *rule, const struct node *n,
                     struct ruleset_error *reterr)
{
        int what = 0, r = rule_value_enum(&what, n, assertion_kind_from_string,
                                          assertion_kind_to_string, _ASSERTION_KIND_MAX, reterr);

        rule->what = (enum assertion_kind)what;
        return r;
}

static int read_key(struct assertion_rule *rule, enum key key, const struct node *n,
                    struct ruleset_error *reterr)
{
        switch (key) {
        case KEY_ID:
                return rule_value_bounded(rule->id, sizeof(rule->id), n, reterr);
        case KEY_WHAT:
                return read_what(rule, n, reterr);
        case KEY_ENABLED:
                rule->enabled = node_truth(n) > 0;
                return node_truth(n) < 0
                               ? rule_value_error(reterr, n, "'enabled' takes true or false")
                               : 0;
        case KEY_KINDS:
                return read_kinds(rule, n, reterr);
        case KEY_PATHS:
                return rule_value_list(&rule->paths, &rule->n_paths, n, reterr);
        case KEY_EXAMPLES:
                return read_examples(rule, n, reterr);
        case KEY_TREE:
        case KEY_TEXT:
        case _KEY_MAX:
        default:
                return 0; /* read together, below */
        }
}

static int read_rule(struct assertion_rule *rule, const struct node *config,
                     struct ruleset_error *reterr)
{
        rule->enabled = true;
        rule->line = config->line;
        rule->column = config->column;
        if (config->type != NODE_MAPPING)
                return rule_value_error(reterr, config, "an assertion is a mapping");
        NODE_CHILDREN(child, config)
        {
                int key, r = rule_value_key(child, key_names, "an assertion", &key, reterr);

                if (r == 0 && node_get(config, child->key) != child)
                        r = rule_value_error(reterr, child, "'%s' is given twice", child->key);
                if (r == 0)
                        r = read_key(rule, (enum key)key, child, reterr);
                if (r < 0)
                        return r;
        }
        if (!*rule->id)
                return rule_value_error(reterr, config, "an assertion needs 'id'");
        /* to switch one off needs no more than its name */
        if (!rule->enabled)
                return 0;
        const struct node *tree = node_get(config, "tree"), *text = node_get(config, "text");
        if (!node_get(config, "what") || !tree || !text)
                return rule_value_error(reterr, config,
                                        "assertion '%s' needs 'what', 'tree' and 'text'", rule->id);
        return tree_claim_new(&rule->claim, tree, text, reterr);
}

static void forget_examples(struct assertion_rule *rule)
{
        for (size_t i = 0; i < rule->n_examples; i++) {
                free(rule->examples[i].path);
                free(rule->examples[i].text);
                rule_value_list_free(rule->examples[i].gives, rule->examples[i].n_gives);
        }
        free(rule->examples);
        rule->examples = NULL;
        rule->n_examples = 0;
}

static void rule_free(struct assertion_rule *rule)
{
        forget_examples(rule);
        rule_value_list_free(rule->paths, rule->n_paths);
        (void)tree_claim_free(rule->claim);
        free(rule);
}

static struct assertion_rule **find(const struct assertion_rules *rules, const char *id)
{
        for (size_t i = 0; i < rules->n; i++)
                if (strcmp(rules->list[i]->id, id) == 0)
                        return &rules->list[i];
        return NULL;
}

int assertion_rules_read(struct assertion_rules *ret, const struct node *config,
                         struct ruleset_error *reterr)
{
        if (config->type != NODE_SEQUENCE)
                return rule_value_error(reterr, config, "'assertions' takes a list");
        int r = assertion_rules_reserve(ret, config->count);
        NODE_CHILDREN(item, r == 0 ? config : NULL)
        {
                struct assertion_rule *rule = calloc(1, sizeof(*rule));

                if (!rule)
                        return -ENOMEM;
                ret->list[ret->n++] = rule;
                r = read_rule(rule, item, reterr);
                if (r == 0 && *find(ret, rule->id) != rule)
                        r = rule_value_error(reterr, item,
                                             "assertion '%s' is there already, in line %u",
                                             rule->id, (*find(ret, rule->id))->line);
                if (r < 0)
                        return r;
        }
        return r;
}

int assertion_rules_reserve(struct assertion_rules *to, size_t n)
{
        struct assertion_rule **list =
                realloc(to->list, (to->n + n + 1) * sizeof(struct assertion_rule *));

        if (!list)
                return -ENOMEM;
        to->list = list;
        return 0;
}

void assertion_rules_merge(struct assertion_rules *to, struct assertion_rules *from,
                           const char *pack)
{
        for (size_t i = 0; i < from->n; i++) {
                from->list[i]->pack = pack;
                struct assertion_rule **former = find(to, from->list[i]->id);

                if (former)
                        rule_free(*former);
                *(former ? former : &to->list[to->n++]) = from->list[i];
        }
        from->n = 0;
}

void assertion_rules_forget_examples(struct assertion_rules *rules)
{
        for (size_t i = 0; i < rules->n; i++)
                forget_examples(rules->list[i]);
}

void assertion_rules_done(struct assertion_rules *rules)
{
        for (size_t i = 0; i < rules->n; i++)
                rule_free(rules->list[i]);
        free(rules->list);
        *rules = (struct assertion_rules){0};
}

/* --- running ---- */

bool assertion_rule_path_fits(const struct assertion_rule *rule, const struct subject *s)
{
        bool fits = rule->n_paths == 0;

        for (size_t i = 0; i < rule->n_paths && !fits; i++)
                fits = text_glob_path(rule->paths[i], s->path);
        return fits;
}

struct saying {
        struct scan_result *result;
        enum assertion_kind what;
        const uint8_t *key;
};

/* The beginning of a text that is too long, and a hash of all of it. */
static void shorten(char dst[static ASSERTION_TEXT_MAX], const char *text, const uint8_t *key)
{
        const size_t room = strlen(" #01234567") + 1;
        uint8_t digest[SHA256_DIGEST_SIZE];
        struct hmac_sha256_ctx ctx;
        char end[16];

        hmac_sha256_set_key(&ctx, 32, key);
        hmac_sha256_update(&ctx, strlen(text), (const uint8_t *)text);
        hmac_sha256_digest(&ctx, sizeof(digest), digest);
        explicit_bzero(&ctx, sizeof(ctx));
        (void)text_printable(dst, ASSERTION_TEXT_MAX - room + 1, text, strlen(text));
        (void)snprintf(end, sizeof(end), " #%02x%02x%02x%02x", digest[0], digest[1], digest[2],
                       digest[3]);
        memcpy(dst + strlen(dst), end, strlen(end) + 1);
}

static void say(void *userdata, const char *text, const struct node *at, bool known)
{
        const struct saying *saying = userdata;
        char shortened[ASSERTION_TEXT_MAX];

        if (strlen(text) >= sizeof(shortened)) {
                shorten(shortened, text, saying->key);
                text = shortened;
        }
        scan_result_assert(saying->result, saying->what, text,
                           known ? CERTAINTY_YES : CERTAINTY_UNKNOWN, at->line);
}

void assertion_rule_run(const struct assertion_rule *rule, const struct subject *s,
                        const uint8_t key[static 32], struct scan_result *res)
{
        struct saying saying = {res, rule->what, key};

        if (!tree_claim_run(rule->claim, s, say, &saying))
                scan_result_add_gap(res, REASON_PARSER_LIMIT, 0);
}
