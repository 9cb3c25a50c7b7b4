/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/model/scan.h"
#include "detectors/classify.h"
#include "detectors/privilege/analyser.h"
#include "detectors/ruleset.h"

/* Where the matchers and analysers of one file put what they find. Everything is borrowed and must
 * outlive the reporter, which needs no cleanup but for its key: reporter_done() wipes it. */
struct reporter {
        struct scan_result *result;
        const struct ruleset
                *rules; /* where report_check() looks for the rules of a check; NULL: none */
        const struct subject *subject;
        uint8_t key[32]; /* the host's, for fingerprints */
};

void reporter_init(struct reporter *r, struct scan_result *result, const struct ruleset *rules,
                   const struct subject *subject, const uint8_t key[static 32]);
void reporter_done(struct reporter *r);

/* False if a finding of the rule's severity would be dropped, since the result is full; it is
 * counted then. To be asked before a costly text is made for it. */
bool report_keeps(struct reporter *r, const struct rule *rule, struct spot at);
/* True if the rule is switched on and looks at files of this kind and path. */
bool reporter_rule_applies(const struct rule *rule, const struct subject *s);
