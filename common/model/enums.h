/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The small closed sets of giad and their names. For each X there are x_to_string() (never NULL;
 * "?" for a value out of range) and x_from_string() (a value, or -EINVAL). */

#include <stddef.h>

enum severity {
#define SEVERITY(id, name, priority, score, ocsf) SEVERITY_##id,
#include "common/model/severity.def"
#undef SEVERITY
        _SEVERITY_MAX,
};

enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH, _CONFIDENCE_MAX };

/* What a check can answer; unknown: something it depends on cannot be resolved. */
enum certainty { CERTAINTY_YES, CERTAINTY_UNKNOWN, _CERTAINTY_MAX };

enum finding_kind { FINDING_SECRET, FINDING_PRIVILEGE, FINDING_IDENTITY, _FINDING_KIND_MAX };

enum artefact_kind {
#define ARTEFACT(id, name, text) ARTEFACT_##id,
#include "common/model/artefacts.def"
#undef ARTEFACT
        _ARTEFACT_MAX,
};

/* What an artefact says (assertion.h). */
enum assertion_kind {
#define ASSERTION(id, name, text) ASSERTION_##id,
#include "common/model/assertions.def"
#undef ASSERTION
        _ASSERTION_KIND_MAX,
};

enum finding_class {
#define CLASS(id, ...) CLASS_##id,
#include "common/model/classes.def"
#undef CLASS
        _CLASS_MAX,
};

enum reason {
        REASON_NONE,
#define REASON(id, name, action, text) REASON_##id,
#include "common/model/reasons.def"
#undef REASON
        _REASON_MAX,
};

/* What sees files change. */
enum back_end {
#define WATCHER(id, name, blind_to) BACK_END_##id,
#include "common/model/watchers.def"
#undef WATCHER
        _BACK_END_MAX,
};

enum failure_action { FAILURE_REPORT, FAILURE_RETRY, FAILURE_QUARANTINE, _FAILURE_MAX };

/* What policy can order, from mild to strong. */
enum action {
        ACTION_REPORT,
        ACTION_REQUIRE_APPROVAL,
        ACTION_QUARANTINE,
        ACTION_ROLLBACK,
        _ACTION_MAX,
};

#define DECLARE_NAMES(type)                      \
        const char *type##_to_string(int value); \
        int type##_from_string(const char *name)

DECLARE_NAMES(severity);
DECLARE_NAMES(confidence);
DECLARE_NAMES(certainty);
DECLARE_NAMES(finding_kind);
DECLARE_NAMES(artefact_kind);
DECLARE_NAMES(assertion_kind);
DECLARE_NAMES(finding_class);
DECLARE_NAMES(reason);
DECLARE_NAMES(failure_action);
DECLARE_NAMES(action);
DECLARE_NAMES(back_end);

/* syslog priority 2..6, risk score 0..100 and OCSF severity_id of a severity */
int severity_priority(enum severity severity);
int severity_score(enum severity severity);
int severity_ocsf(enum severity severity);

/* one line for people */
const char *artefact_kind_text(enum artefact_kind kind);
const char *reason_text(enum reason reason);
const char *reason_remedy(enum reason reason); /* what somebody can do about it */
/* what it cannot see */
const char *back_end_blind_to(enum back_end back_end);
enum failure_action reason_default_action(enum reason reason);

/* A class's static facts; never NULL for a class in range. */
struct class_info {
        const char *name;
        enum finding_kind kind;
        const char *meaning;
        const char *refs; /* framework ids, space-separated: "NHI2:2025 PR.AA-01 IA-5(7) T1552.001
                             CWE-798" */
};
const struct class_info *finding_class_info(enum finding_class c);
