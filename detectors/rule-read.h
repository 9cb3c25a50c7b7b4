/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "common/base/macros.h"
#include "detectors/formats/doc.h"
#include "detectors/ruleset.h"

/* A rule as its pack wrote it, and which of its keys were there: an override takes over only those.
 */
struct rule_read {
        struct rule rule;
        uint32_t given; /* bit per key */
        uint32_t pattern_given;
};

/* Reads one item of a pack's `rules`. The result owns everything but rule.pack. Returns 0; -EBADMSG
 * with *reterr; -ENOMEM. On error *ret is empty. */
int rule_read(struct rule_read *ret, const struct node *config, struct ruleset_error *reterr);

/* A rule that overrides nothing must be whole. Returns 0 or -EBADMSG with *reterr. */
int rule_read_complete(const struct rule_read *r, const struct node *config,
                       struct ruleset_error *reterr);

/* rule, with what r gives taken over, must be whole as well: an override may change the matcher.
 * The same returns. */
int rule_read_overrides(const struct rule_read *r, const struct rule *rule,
                        const struct node *config, struct ruleset_error *reterr);

/* Moves what r gives into rule, which keeps the rest. Cannot fail; r is left to be freed. */
void rule_read_apply(struct rule_read *r, struct rule *rule);

/* Frees what a rule owns (not its pack's name). */
void rule_done(struct rule *rule);
