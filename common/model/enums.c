/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the names and static facts of giad's closed sets, made from the .def tables.
 */
#include "common/model/enums.h"

#include <errno.h>
#include <string.h>

#include "common/base/macros.h"

#define DEFINE_NAMES(type, table)                                                       \
        const char *type##_to_string(int value)                                         \
        {                                                                               \
                if (value < 0 || (size_t)value >= ELEMENTSOF(table) || !(table)[value]) \
                        return "?";                                                     \
                return (table)[value];                                                  \
        }                                                                               \
        int type##_from_string(const char *name)                                        \
        {                                                                               \
                for (size_t i = 0; i < ELEMENTSOF(table); i++)                          \
                        if ((table)[i] && strcmp((table)[i], name) == 0)                \
                                return (int)i;                                          \
                return -EINVAL;                                                         \
        }                                                                               \
        _Static_assert(1, "")

static const struct {
        const char *name;
        int priority, score, ocsf;
} severities[] = {
#define SEVERITY(id, name, priority, score, ocsf) [SEVERITY_##id] = {name, priority, score, ocsf},
#include "common/model/severity.def"
#undef SEVERITY
};

static const char *const severity_names[] = {
#define SEVERITY(id, name, priority, score, ocsf) [SEVERITY_##id] = name,
#include "common/model/severity.def"
#undef SEVERITY
};
DEFINE_NAMES(severity, severity_names);

static const char *const confidence_names[] = {"low", "medium", "high"};
DEFINE_NAMES(confidence, confidence_names);

static const char *const certainty_names[] = {"yes", "unknown"};
DEFINE_NAMES(certainty, certainty_names);

static const char *const finding_kind_names[] = {"secret", "privilege", "identity"};
DEFINE_NAMES(finding_kind, finding_kind_names);

static const char *const action_names[] = {"report", "require-approval", "quarantine", "rollback"};
DEFINE_NAMES(action, action_names);

static const char *const failure_action_names[] = {"report", "retry", "quarantine"};
DEFINE_NAMES(failure_action, failure_action_names);

static const char *const back_end_names[] = {
#define WATCHER(id, name, blind_to) [BACK_END_##id] = #name,
#include "common/model/watchers.def"
#undef WATCHER
};
DEFINE_NAMES(back_end, back_end_names);

static const char *const back_end_blind_tos[] = {
#define WATCHER(id, name, blind_to) [BACK_END_##id] = blind_to,
#include "common/model/watchers.def"
#undef WATCHER
};

static const char *const artefact_names[] = {
#define ARTEFACT(id, name, text) [ARTEFACT_##id] = name,
#include "common/model/artefacts.def"
#undef ARTEFACT
};
DEFINE_NAMES(artefact_kind, artefact_names);

static const char *const assertion_names[] = {
#define ASSERTION(id, name, text) [ASSERTION_##id] = name,
#include "common/model/assertions.def"
#undef ASSERTION
};
DEFINE_NAMES(assertion_kind, assertion_names);

static const char *const artefact_texts[] = {
#define ARTEFACT(id, name, text) [ARTEFACT_##id] = text,
#include "common/model/artefacts.def"
#undef ARTEFACT
};

static const char *const class_names[] = {
#define CLASS(id, name, kind, meaning, refs) [CLASS_##id] = name,
#include "common/model/classes.def"
#undef CLASS
};
DEFINE_NAMES(finding_class, class_names);

static const struct class_info classes[] = {
#define CLASS(id, name, kind, meaning, refs) [CLASS_##id] = {name, FINDING_##kind, meaning, refs},
#include "common/model/classes.def"
#undef CLASS
};

static const char *const reason_names[] = {
        [REASON_NONE] = "none",
#define REASON(id, name, action, text) [REASON_##id] = name,
#include "common/model/reasons.def"
#undef REASON
};
DEFINE_NAMES(reason, reason_names);

static const struct {
        enum failure_action action;
        const char *text;
} reasons[] = {
        [REASON_NONE] = {FAILURE_REPORT, "no reason"},
#define REASON(id, name, action, text) [REASON_##id] = {FAILURE_##action, text},
#include "common/model/reasons.def"
#undef REASON
};

static const char *const remedies[] = {
        [REASON_NONE] = "",
#define REMEDY(id, text) [REASON_##id] = text,
#include "common/model/remedies.def"
#undef REMEDY
};
_Static_assert(ELEMENTSOF(remedies) == _REASON_MAX, "every reason has a remedy");

int severity_priority(enum severity severity)
{
        return severities[severity].priority;
}

int severity_score(enum severity severity)
{
        return severities[severity].score;
}

int severity_ocsf(enum severity severity)
{
        return severities[severity].ocsf;
}

const char *artefact_kind_text(enum artefact_kind kind)
{
        return kind < _ARTEFACT_MAX ? artefact_texts[kind] : "?";
}

const char *back_end_blind_to(enum back_end back_end)
{
        return back_end < _BACK_END_MAX ? back_end_blind_tos[back_end] : "";
}

const char *reason_text(enum reason reason)
{
        return reason < _REASON_MAX ? reasons[reason].text : "?";
}

const char *reason_remedy(enum reason reason)
{
        return reason < _REASON_MAX && remedies[reason] ? remedies[reason] : "";
}

enum failure_action reason_default_action(enum reason reason)
{
        return reason < _REASON_MAX ? reasons[reason].action : FAILURE_REPORT;
}

const struct class_info *finding_class_info(enum finding_class c)
{
        return &classes[c < _CLASS_MAX ? c : 0];
}
