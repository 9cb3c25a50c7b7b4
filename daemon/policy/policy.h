/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Findings + artefact + configuration → verdict. Pure: no files, no clock but the time that is
 * given.
 *
 * Each finding is held against the policy lines in order, and the first line that matches gives its
 * action. The file's action is the strongest of these. A recognised artefact is held against the
 * lines as well, as if it were a finding without rule, class or severity: so {when: {artefact:
 * [ci-workflow]}, action: require-approval} works without any finding. A line takes a file away
 * (quarantine, rollback) on a finding of certainty `unknown` only if it names that certainty.
 */

#include "common/base/clock.h"
#include "common/model/finding.h"
#include "common/model/verdict.h"
#include "daemon/config/config.h"

struct policy_subject {
        const char *workspace; /* absolute root */
        const char *agent;     /* "" if none */
        const char *path;      /* relative */
        enum artefact_kind kind;
        uint32_t writer_uid;
        bool inline_suppressions; /* of its workspace */
        const uint64_t *
                approved; /* classes whose findings are approved here: a set of CLASS_SET_WORDS words; NULL: none */
};

/* now is realtime, for suppressions that expire: ret->until says when the first of those that
 * counted does. */
void policy_decide(const struct config *config, const struct policy_subject *subject,
                   const struct finding *findings, uint32_t n, usec_t now, struct verdict *ret);

/* True if a suppression names the finding in a file of this relative path; expiry is not asked. */
bool policy_suppress_matches(const struct config_suppress *s, const char *path,
                             const struct finding *finding);

/* The suppression that covers the finding and has not expired, or NULL. */
const struct config_suppress *policy_suppressed(const struct config *config,
                                                const struct policy_subject *subject,
                                                const struct finding *finding, usec_t now);

/* True if the finding's class is approved where it was found. */
bool policy_approved(const struct policy_subject *subject, const struct finding *finding);

/* True if the finding counts: nothing suppresses it, and its class is not approved there. */
bool policy_counts(const struct config *config, const struct policy_subject *subject,
                   const struct finding *finding, usec_t now);

/* True if a comment on the finding's line suppresses it: only where the workspace allows that. */
bool policy_comment_counts(const struct policy_subject *subject, const struct finding *finding);

/* The line that matches a finding (NULL: the artefact itself), or NULL if none does. */
const struct config_policy *policy_line(const struct config *config,
                                        const struct policy_subject *subject,
                                        const struct finding *finding);

/* SHA-256 over all that decides a verdict beside the file: the rules (their digest is given),
 * policy, suppressions, on_failure, and how much of a file is read. What was scanned under another
 * one must be looked at again. */
void policy_digest(const struct config *config, const uint8_t rules[static 32],
                   uint8_t ret[static 32]);
