/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What the rule packs say an artefact asserts (common/model/assertion.h): the entries of `assertions:`.
 *
 *   - id: tf-aws-iam-user
 *     what: principal                       one of assertions.def
 *     kinds: [terraform-identity]           optional: artefacts of these kinds only
 *     paths: ["*.tf"]                       optional
 *     tree: {format: hcl, select: ...}      detectors/privilege/tree-claim.h
 *     text: "{key}"
 *     enabled: true
 *     examples:                             each with all that this entry says of the text
 *       - {path: main.tf, text: ..., gives: ["aws_iam_user.ci"]}
 */

#include "common/model/scan.h"
#include "detectors/privilege/tree-claim.h"

struct assertion_example {
        char *path, *text;
        size_t size;
        uint32_t at; /* line in the pack */
        char **gives;
        size_t n_gives;
};

struct assertion_rule {
        char id[FINDING_RULE_MAX];
        enum assertion_kind what;
        bool enabled;
        uint64_t kinds; /* bit per enum artefact_kind; 0: all but ordinary files */
        char **paths;
        size_t n_paths;
        struct tree_claim *claim;
        struct assertion_example *examples;
        size_t n_examples;
        const char *pack;      /* file it came from; the set of rules owns it */
        uint32_t line, column; /* in that file */
};

struct assertion_rules {
        struct assertion_rule **list; /* in the order of loading */
        size_t n;
};

/* Reads the entries of one pack into *ret, which is empty. Returns 0; -EBADMSG with *reterr; -ENOMEM. To be freed in any
 * case. */
int assertion_rules_read(struct assertion_rules *ret, const struct node *config,
                         struct ruleset_error *reterr);
/* Room for n more, so that assertion_rules_merge() cannot fail. Returns 0 or -ENOMEM. */
int assertion_rules_reserve(struct assertion_rules *to, size_t n);
/* Moves all of from, which a pack of that name holds, to to; one with the id of an earlier one takes its place. */
void assertion_rules_merge(struct assertion_rules *to, struct assertion_rules *from,
                           const char *pack);
void assertion_rules_forget_examples(struct assertion_rules *rules);
void assertion_rules_done(struct assertion_rules *rules);

/* Whether it is for a subject's path; the plan says whether it is for kind and format (rule-plan.h). */
bool assertion_rule_path_fits(const struct assertion_rule *rule, const struct subject *s);
/* What it says of a subject with a document that it is for. The texts may hold secrets of the file. One that is too long
 * is cut and ends in a hash of all of it, with the key: another text is another one. */
void assertion_rule_run(const struct assertion_rule *rule, const struct subject *s,
                        const uint8_t key[static 32], struct scan_result *res);
