/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the keys of a rule in a pack: what they are called, what they may hold, what is said when
 * they do not.
 *
 * Must not own: the set of rules and the order in which packs override each other (ruleset.c), the
 * inside of `tree:` and `call:` (their matchers read those themselves).
 *
 * Ownership: node text (borrowed) -> copied into struct rule_read -> moved into the set's rule by
 * rule_read_apply(); what was not moved goes with rule_done().
 *
 * Keys are a table, so that an unknown one can be answered with the nearest known one, and so that
 * an override knows which keys it was given.
 */
#include "detectors/rule-read.h"

#include <ctype.h>
#include <nettle/base64.h>
#include <string.h>

#include "common/base/text.h"
#include "detectors/privilege/analyser.h"
#include "detectors/privilege/matchers.h"
#include "detectors/rule-example.h"
#include "detectors/rule-value.h"

#define WINDOW_DEFAULT 512u
#define WINDOW_MAX 16384u

enum key {
        KEY_ID,
        KEY_TITLE,
        KEY_CLASS,
        KEY_SEVERITY,
        KEY_CONFIDENCE,
        KEY_ENABLED,
        KEY_KINDS,
        KEY_PATHS,
        KEY_PATTERN,
        KEY_TREE,
        KEY_CALL,
        KEY_ANALYSER,
        KEY_CHECK,
        KEY_REMEDIATION,
        KEY_REFERENCES,
        KEY_EXAMPLE_PATH,
        KEY_EXAMPLES,
        _KEY_MAX,
};

static const char *const key_names[_KEY_MAX + 1] = {
        [KEY_ID] = "id",
        [KEY_TITLE] = "title",
        [KEY_CLASS] = "class",
        [KEY_SEVERITY] = "severity",
        [KEY_CONFIDENCE] = "confidence",
        [KEY_ENABLED] = "enabled",
        [KEY_KINDS] = "kinds",
        [KEY_PATHS] = "paths",
        [KEY_PATTERN] = "pattern",
        [KEY_TREE] = "tree",
        [KEY_CALL] = "call",
        [KEY_ANALYSER] = "analyser",
        [KEY_CHECK] = "check",
        [KEY_REMEDIATION] = "remediation",
        [KEY_REFERENCES] = "references",
        [KEY_EXAMPLE_PATH] = "example-path",
        [KEY_EXAMPLES] = "examples",
};

enum pattern_key {
        PATTERN_REGEX,
        PATTERN_ANCHOR,
        PATTERN_WINDOW,
        PATTERN_BEFORE,
        PATTERN_ENTROPY,
        PATTERN_STOP,
        PATTERN_CHECKSUM,
        PATTERN_VALIDATOR,
        PATTERN_LOUD,
        _PATTERN_KEY_MAX,
};

static const char *const pattern_names[_PATTERN_KEY_MAX + 1] = {
        [PATTERN_REGEX] = "regex",       [PATTERN_ANCHOR] = "anchor",
        [PATTERN_WINDOW] = "window",     [PATTERN_BEFORE] = "before",
        [PATTERN_ENTROPY] = "entropy",   [PATTERN_STOP] = "stop",
        [PATTERN_CHECKSUM] = "checksum", [PATTERN_VALIDATOR] = "validator",
        [PATTERN_LOUD] = "loud",
};

#define BIT(key) (1u << (key))
#define MATCHERS (BIT(KEY_PATTERN) | BIT(KEY_TREE) | BIT(KEY_CALL) | BIT(KEY_ANALYSER))

static int read_id(struct rule *rule, const struct node *n, struct ruleset_error *reterr)
{
        int r = rule_value_bounded(rule->id, sizeof(rule->id), n, reterr);

        if (r < 0)
                return r;
        for (const char *p = rule->id; *p; p++)
                if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '-')
                        return rule_value_error(reterr, n,
                                                "'id' takes lower-case letters, digits and '-'");
        return 0;
}

static int read_kinds(struct rule *rule, const struct node *n, struct ruleset_error *reterr)
{
        NODE_ITEMS(item, n)
        {
                int kind;
                int r = rule_value_enum(&kind, item, artefact_kind_from_string,
                                        artefact_kind_to_string, _ARTEFACT_MAX, reterr);
                if (r < 0)
                        return r;
                rule->kinds |= UINT64_C(1) << kind;
        }
        return 0;
}

static int read_pattern_key(struct rule_pattern *p, enum pattern_key key, const struct node *n,
                            struct ruleset_error *reterr)
{
        double number;
        int r;

        switch (key) {
        case PATTERN_REGEX:
                return rule_value_string(&p->regex, n, reterr);
        case PATTERN_ANCHOR:
                return rule_value_string(&p->anchor, n, reterr);
        case PATTERN_WINDOW:
                r = rule_value_number(&number, n, 16, WINDOW_MAX, reterr);
                if (r == 0)
                        p->window = (unsigned)number;
                return r;
        case PATTERN_BEFORE:
                r = rule_value_number(&number, n, 16, WINDOW_MAX, reterr);
                if (r == 0)
                        p->before = (unsigned)number;
                return r;
        case PATTERN_ENTROPY:
                return rule_value_number(&p->entropy, n, 0, 8, reterr);
        case PATTERN_STOP:
                return rule_value_list(&p->stop, &p->n_stop, n, reterr);
        case PATTERN_CHECKSUM:
                return rule_value_string(&p->checksum, n, reterr);
        case PATTERN_LOUD:
                return rule_value_string(&p->loud, n, reterr);
        default:
                return rule_value_string(&p->validator, n, reterr);
        }
}

static int read_pattern(struct rule_read *rr, const struct node *n, struct ruleset_error *reterr)
{
        if (n->type != NODE_MAPPING)
                return rule_value_error(reterr, n, "'pattern' takes a mapping with 'regex'");
        NODE_CHILDREN(child, n)
        {
                int key;
                int r = rule_value_key(child, pattern_names, "pattern", &key, reterr);
                if (r < 0)
                        return r;
                if (rr->pattern_given & BIT(key))
                        return rule_value_error(reterr, child, "'%s' is given twice", child->key);
                r = read_pattern_key(&rr->rule.pattern, (enum pattern_key)key, child, reterr);
                if (r < 0)
                        return r;
                rr->pattern_given |= BIT(key);
        }
        return 0;
}

static int read_analyser(struct rule_read *rr, const struct node *n, struct ruleset_error *reterr)
{
        const struct node *name = n->type == NODE_MAPPING ? node_get(n, "name") : n;
        const char *text = node_text(name);

        rr->rule.analyser = text ? analyser_by_name(text) : NULL;
        if (!rr->rule.analyser)
                return rule_value_error(reterr, n, "there is no analyser '%.40s'", text ?: "");
        if (n->type != NODE_MAPPING)
                return 0;
        NODE_CHILDREN(child, n)
        {
                if (strcmp(child->key ?: "", "name") != 0 && strcmp(child->key ?: "", "check") != 0)
                        return rule_value_error(reterr, child,
                                                "unknown key '%.40s' of analyser; it takes 'name' "
                                                "and 'check'",
                                                child->key ?: "");
        }
        const struct node *check = node_get(n, "check");
        if (!check)
                return 0;
        rr->given |= BIT(KEY_CHECK);
        return rule_value_string(&rr->rule.check, check, reterr);
}

static int read_matcher(struct rule_read *rr, enum key key, const struct node *n,
                        struct ruleset_error *reterr)
{
        if (rr->given & MATCHERS)
                return rule_value_error(
                        reterr, n, "a rule has one of 'pattern', 'tree', 'call' and 'analyser'");
        switch (key) {
        case KEY_PATTERN:
                rr->rule.matcher = MATCHER_PATTERN;
                return read_pattern(rr, n, reterr);
        case KEY_TREE:
                rr->rule.matcher = MATCHER_TREE;
                return tree_match_new(&rr->rule.tree, n, reterr);
        case KEY_CALL:
                rr->rule.matcher = MATCHER_CALL;
                return call_match_new(&rr->rule.call, n, reterr);
        default:
                rr->rule.matcher = MATCHER_ANALYSER;
                return read_analyser(rr, n, reterr);
        }
}

#define READ_ENUM(field, n, type, max)                                                          \
        ({                                                                                      \
                int _value = 0;                                                                 \
                int _r = rule_value_enum(&_value, n, type##_from_string, type##_to_string, max, \
                                         reterr);                                               \
                if (_r == 0)                                                                    \
                        (field) = (enum type)_value;                                            \
                _r;                                                                             \
        })

static int read_key(struct rule_read *rr, enum key key, const struct node *n,
                    const struct node *config, struct ruleset_error *reterr)
{
        struct rule *rule = &rr->rule;

        switch (key) {
        case KEY_ID:
                return read_id(rule, n, reterr);
        case KEY_TITLE:
                return rule_value_bounded(rule->title, sizeof(rule->title), n, reterr);
        case KEY_REMEDIATION:
                return rule_value_bounded(rule->remediation, sizeof(rule->remediation), n, reterr);
        case KEY_CLASS:
                return READ_ENUM(rule->class, n, finding_class, _CLASS_MAX);
        case KEY_SEVERITY:
                return READ_ENUM(rule->severity, n, severity, _SEVERITY_MAX);
        case KEY_CONFIDENCE:
                return READ_ENUM(rule->confidence, n, confidence, _CONFIDENCE_MAX);
        case KEY_ENABLED:
                if (node_truth(n) < 0)
                        return rule_value_error(reterr, n, "'enabled' takes true or false");
                rule->enabled = node_truth(n) > 0;
                return 0;
        case KEY_KINDS:
                return read_kinds(rule, n, reterr);
        case KEY_PATHS:
                return rule_value_list(&rule->paths, &rule->n_paths, n, reterr);
        case KEY_CHECK:
                return rule_value_string(&rule->check, n, reterr);
        case KEY_REFERENCES:
                return rule_value_list(&rule->references, &rule->n_references, n, reterr);
        case KEY_EXAMPLE_PATH:
                return node_text(n) ? 0
                                    : rule_value_error(reterr, n, "'example-path' takes a text");
        case KEY_EXAMPLES:
                return rule_examples_read(rule, n, config, reterr);
        default:
                return read_matcher(rr, key, n, reterr);
        }
}

int rule_read(struct rule_read *ret, const struct node *config, struct ruleset_error *reterr)
{
        struct rule_read rr = {.rule = {.enabled = true,
                                        .line = config->line,
                                        .column = config->column,
                                        .confidence = CONFIDENCE_MEDIUM,
                                        .pattern.window = WINDOW_DEFAULT}};
        int r = 0;

        if (config->type != NODE_MAPPING)
                return rule_value_error(reterr, config, "a rule is a mapping");
        NODE_CHILDREN(child, config)
        {
                int key;

                r = rule_value_key(child, key_names, "a rule", &key, reterr);
                if (r == 0 && (rr.given & BIT(key)))
                        r = rule_value_error(reterr, child, "'%s' is given twice", child->key);
                if (r == 0)
                        r = read_key(&rr, (enum key)key, child, config, reterr);
                if (r < 0) {
                        rule_done(&rr.rule);
                        return r;
                }
                rr.given |= BIT(key);
        }
        if (!(rr.given & BIT(KEY_ID))) {
                rule_done(&rr.rule);
                return rule_value_error(reterr, config, "a rule needs 'id'");
        }
        *ret = rr;
        return 0;
}

static bool has_check(const struct analyser *a, const char *check)
{
        for (const char *const *c = a->checks; *c; c++)
                if (strcmp(*c, check) == 0)
                        return true;
        return false;
}

/* A pattern without expression, or an analyser without check, would find nothing and not say so. */
static int check_matcher(const struct rule *rule, const char *regex, const char *check,
                         const struct node *config, struct ruleset_error *reterr)
{
        if (rule->matcher == MATCHER_PATTERN && !regex)
                return rule_value_error(reterr, config, "rule '%s': 'pattern' needs 'regex'",
                                        rule->id);
        if (rule->matcher == MATCHER_ANALYSER && (!check || !has_check(rule->analyser, check)))
                return rule_value_error(reterr, config,
                                        "rule '%s': analyser '%s' has no check '%.40s'", rule->id,
                                        rule->analyser->name, check ?: "");
        return 0;
}

int rule_read_complete(const struct rule_read *r, const struct node *config,
                       struct ruleset_error *reterr)
{
        static const enum key needed[] = {KEY_TITLE, KEY_CLASS, KEY_SEVERITY, KEY_REMEDIATION};

        for (size_t i = 0; i < ELEMENTSOF(needed); i++)
                if (!(r->given & BIT(needed[i])))
                        return rule_value_error(reterr, config, "rule '%s' needs '%s'", r->rule.id,
                                                key_names[needed[i]]);
        if (!(r->given & MATCHERS))
                return rule_value_error(
                        reterr, config,
                        "rule '%s' needs one of 'pattern', 'tree', 'call' and 'analyser'",
                        r->rule.id);
        return check_matcher(&r->rule, r->rule.pattern.regex, r->rule.check, config, reterr);
}

int rule_read_overrides(const struct rule_read *r, const struct rule *rule,
                        const struct node *config, struct ruleset_error *reterr)
{
        struct rule merged = *rule;
        const char *regex =
                r->pattern_given & BIT(PATTERN_REGEX) ? r->rule.pattern.regex : rule->pattern.regex;

        if (r->given & MATCHERS) {
                merged.matcher = r->rule.matcher;
                merged.analyser = r->rule.analyser;
        }
        return check_matcher(&merged, regex,
                             r->given & BIT(KEY_CHECK) ? r->rule.check : rule->check, config,
                             reterr);
}

/* Exchanges, so that the reading's destructor frees what was replaced. */
#define SWAP(a, b)                         \
        do {                               \
                __typeof__(a) _swap = (a); \
                (a) = (b);                 \
                (b) = _swap;               \
        } while (0)

static void apply_pattern(struct rule_read *r, struct rule *rule)
{
        struct rule_pattern *from = &r->rule.pattern, *to = &rule->pattern;

        if (r->pattern_given & BIT(PATTERN_REGEX))
                SWAP(to->regex, from->regex);
        /* an anchor belongs to its expression */
        if (r->pattern_given & (BIT(PATTERN_REGEX) | BIT(PATTERN_ANCHOR)))
                SWAP(to->anchor, from->anchor);
        if (r->pattern_given & BIT(PATTERN_WINDOW))
                to->window = from->window;
        if (r->pattern_given & BIT(PATTERN_BEFORE))
                to->before = from->before;
        if (r->pattern_given & BIT(PATTERN_ENTROPY))
                to->entropy = from->entropy;
        if (r->pattern_given & BIT(PATTERN_STOP)) {
                SWAP(to->stop, from->stop);
                SWAP(to->n_stop, from->n_stop);
        }
        if (r->pattern_given & BIT(PATTERN_CHECKSUM))
                SWAP(to->checksum, from->checksum);
        if (r->pattern_given & BIT(PATTERN_VALIDATOR))
                SWAP(to->validator, from->validator);
        if (r->pattern_given & BIT(PATTERN_LOUD))
                SWAP(to->loud, from->loud);
}

static void apply_matcher(struct rule_read *r, struct rule *rule)
{
        if (r->given & BIT(KEY_CHECK))
                SWAP(rule->check, r->rule.check);
        if (!(r->given & MATCHERS))
                return;
        rule->matcher = r->rule.matcher;
        if (r->given & BIT(KEY_PATTERN))
                apply_pattern(r, rule);
        else {
                SWAP(rule->tree, r->rule.tree);
                SWAP(rule->call, r->rule.call);
                rule->analyser = r->rule.analyser;
        }
}

void rule_read_apply(struct rule_read *r, struct rule *rule)
{
        struct rule *from = &r->rule;

        if (r->given & BIT(KEY_TITLE))
                memcpy(rule->title, from->title, sizeof(rule->title));
        if (r->given & BIT(KEY_REMEDIATION))
                memcpy(rule->remediation, from->remediation, sizeof(rule->remediation));
        if (r->given & BIT(KEY_CLASS))
                rule->class = from->class;
        if (r->given & BIT(KEY_SEVERITY))
                rule->severity = from->severity;
        if (r->given & BIT(KEY_CONFIDENCE))
                rule->confidence = from->confidence;
        if (r->given & BIT(KEY_ENABLED))
                rule->enabled = from->enabled;
        if (r->given & BIT(KEY_KINDS))
                rule->kinds = from->kinds;
        if (r->given & BIT(KEY_PATHS)) {
                SWAP(rule->paths, from->paths);
                SWAP(rule->n_paths, from->n_paths);
        }
        if (r->given & BIT(KEY_REFERENCES)) {
                SWAP(rule->references, from->references);
                SWAP(rule->n_references, from->n_references);
        }
        if (r->given & BIT(KEY_EXAMPLES)) {
                SWAP(rule->bad, from->bad);
                SWAP(rule->n_bad, from->n_bad);
                SWAP(rule->good, from->good);
                SWAP(rule->n_good, from->n_good);
        }
        apply_matcher(r, rule);
}

void rule_done(struct rule *rule)
{
        rule_value_list_free(rule->paths, rule->n_paths);
        free(rule->pattern.regex);
        free(rule->pattern.anchor);
        rule_value_list_free(rule->pattern.stop, rule->pattern.n_stop);
        free(rule->pattern.checksum);
        free(rule->pattern.validator);
        free(rule->pattern.loud);
        (void)tree_match_free(rule->tree);
        (void)call_match_free(rule->call);
        free(rule->check);
        rule_value_list_free(rule->references, rule->n_references);
        rule_examples_free(rule->bad, rule->n_bad);
        rule_examples_free(rule->good, rule->n_good);
        *rule = (struct rule){0};
}
