/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Rules: YAML packs read into memory. A pack is {rules: [...], assertions: [...]}, or one of both. Rules of a later pack with the id
 * of an earlier one override it (only the keys that are given); `enabled: false` switches one off.
 * giad-rules(5) documents the keys.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/text.h"
#include "common/model/enums.h"
#include "common/model/finding.h"

enum matcher { MATCHER_PATTERN, MATCHER_TREE, MATCHER_CALL, MATCHER_ANALYSER, _MATCHER_MAX };

/* pattern: a secret with a shape */
struct rule_pattern {
        char *regex;  /* PCRE2 syntax that libhs also takes; the first capture group, if any, is the
                         secret */
        char *anchor; /* what goes into the multi-pattern database instead of regex, or NULL */
        unsigned window; /* bytes after the database's hit that the confirmation looks at: default
                            512 */
        unsigned before; /* bytes before the hit; default: as many as window */
        double entropy;  /* least Shannon entropy of the secret in bits per character; 0: not asked
                          */
        char **stop;     /* secret is none if it contains one of these words (ignoring case) */
        size_t n_stop;
        char *checksum;  /* name of a check that raises or lowers confidence, or NULL */
        char *validator; /* name of a built-in further check ("generic", "jwt", "private-key", …),
                            or NULL */
        char *loud;      /* why its expression in the database may hit often, or NULL; for those who
                            write rules */
};

/* tree: privilege in structured files; see detectors/privilege/tree-match.h */
struct tree_match;
/* call: over the lexical reader; see detectors/privilege/call-match.h */
struct call_match;

struct rule_example {
        char *path; /* the file name it is tried under; from `path:` of the example or the rule's
                       default */
        char *text; /* `text:` as it is, or `base64:` decoded */
        size_t size;
        uint32_t line; /* bad: `line:` the finding must be at, 0: any */
        uint32_t at;   /* line of the example in the pack, for messages */
        uint32_t mode; /* st_mode of the file it is tried as; from `mode:`, by default 0600 */
        char **also;   /* good: ids of other rules that rightly find something in it */
        size_t n_also;
};

struct rule {
        char id[FINDING_RULE_MAX];
        char title[FINDING_TITLE_MAX];
        char remediation[FINDING_REMEDIATION_MAX];
        enum finding_class class;
        enum severity severity;
        enum confidence confidence;
        bool enabled;
        uint64_t kinds; /* bit per enum artefact_kind it looks at; 0: all */
        char **paths;   /* globs (text_glob_path) it looks at; none: all */
        size_t n_paths;
        enum matcher matcher;
        struct rule_pattern pattern;     /* MATCHER_PATTERN */
        struct tree_match *tree;         /* MATCHER_TREE */
        struct call_match *call;         /* MATCHER_CALL */
        const struct analyser *analyser; /* MATCHER_ANALYSER: looked up in analysers.def */
        char *check; /* MATCHER_ANALYSER: which of the analyser's checks this rule stands for */
        char **references; /* in addition to the class's framework ids */
        size_t n_references;
        struct rule_example *bad, *good;
        size_t n_bad, n_good;
        char *pack;            /* file it came from */
        uint32_t line, column; /* in that file */
};

_Static_assert(_ARTEFACT_MAX <= 64, "rule.kinds is a 64-bit set");

struct ruleset;

#define RULESET_PACK_MAX 512u

struct ruleset_error {
        char pack[RULESET_PACK_MAX]; /* printable; "": the pack that was being added */
        uint32_t line, column;
        char message[400]; /* printable; says what is allowed */
};

int ruleset_new(struct ruleset **ret);
struct ruleset *ruleset_free(struct ruleset *rs);
/* Adds a pack; name is for messages. Returns 0; -EBADMSG with *reterr set (the set is unchanged);
 * -ENOMEM. */
int ruleset_add(struct ruleset *rs, const char *name, const char *data, size_t n,
                struct ruleset_error *reterr);
/* Frees the examples of all that was added; who only looks at files needs none. */
void ruleset_forget_examples(struct ruleset *rs);
size_t ruleset_count(const struct ruleset *rs);
/* In the order of loading; includes rules that are switched off. */
const struct rule *ruleset_at(const struct ruleset *rs, size_t i);
/* The rules that stand for a check of an analyser, in the same order, as many as *ret_n. */
struct rule_check {
        const struct analyser *analyser;
        const struct rule *rule;
};
const struct rule_check *ruleset_checks(const struct ruleset *rs, size_t *ret_n);
/* What an artefact asserts (assertion-rule.h). */
struct assertion_rules;
const struct assertion_rules *ruleset_assertions(const struct ruleset *rs);
const struct rule *ruleset_find(const struct ruleset *rs, const char *id);
/* An error in a rule that was loaded before: *reterr names the pack and the place of the rule. */
/* The rule is for every path, or one of its globs is for this one. */
static inline bool rule_path_fits(const struct rule *rule, const char *path)
{
        for (size_t i = 0; i < rule->n_paths; i++)
                if (text_glob_path(rule->paths[i], path))
                        return true;
        return rule->n_paths == 0;
}

void ruleset_error_at(struct ruleset_error *reterr, const struct rule *rule, const char *what);
/* SHA-256 over everything that decides what is found. */
void ruleset_digest(const struct ruleset *rs, uint8_t ret[static 32]);
