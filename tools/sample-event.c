/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: one example of each kind of event, the same on every machine and at every time.
 */
#include "tools/sample-event.h"

#define SAMPLE_TIME ((usec_t)1790000000 * USEC_PER_SEC + 123456)

struct value {
        enum field field;
        const char *value;
};

#define END                         \
        {                           \
                .field = _FIELD_MAX \
        }

static const struct value file_values[] = {
        {FIELD_WORKSPACE, "/srv/agents/alpha/work"},
        {FIELD_AGENT, "alpha"},
        {FIELD_PATH, "/srv/agents/alpha/work/infra/iam.tf"},
        {FIELD_ARTEFACT, "terraform-identity"},
        {FIELD_SHA256, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
        {FIELD_SIZE, "812"},
        {FIELD_INODE, "262147"},
        {FIELD_DEVICE, "254:1"},
        {FIELD_MODE, "0644"},
        {FIELD_OWNER, "1001"},
        {FIELD_WRITER_PID, "4711"},
        {FIELD_WRITER_UID, "1001"},
        {FIELD_WRITER_CERTAINTY, "event"},
        {FIELD_WRITER_COMM, "coder"},
        {FIELD_WRITER_EXE, "/usr/local/bin/coder"},
        {FIELD_WRITER_COMMAND, "coder --model large --api-key [...]"},
        {FIELD_WRITER_AGENT, "coder"},
        {FIELD_CONTAINER_PATH, "/workspace/infra/iam.tf"},
        {FIELD_WRITER_CONTAINER,
         "3e1f9c0a7b5d2468ace013579bdf02468ace13579bdf02468ace13579bdf0246"},
        {FIELD_WRITER_CONTAINER_RUNTIME, "docker"},
        {FIELD_WRITER_CONTAINER_NAME, "agent-alpha"},
        {FIELD_WRITER_CONTAINER_IMAGE, "registry.example/agents/coder:1.4"},
        END,
};

static const struct value operator_values[] = {
        {FIELD_WORKSPACE, "/srv/agents/alpha/work"},
        {FIELD_PATH, "/srv/agents/alpha/work/infra/iam.tf"},
        {FIELD_SHA256, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
        {FIELD_OPERATOR, "olga"},
        {FIELD_OPERATOR_UID, "1000"},
        {FIELD_OPERATOR_AUID, "1000"},
        {FIELD_COMMENT, "reviewed in change 42"},
        END,
};

static const struct value no_values[] = {END};

#define FILE_EVENT(text, ...)                             \
        {                                                 \
                file_values, text, (const struct value[]) \
                {                                         \
                        __VA_ARGS__, END                  \
                }                                         \
        }
#define OPERATOR_EVENT(text, ...)                             \
        {                                                     \
                operator_values, text, (const struct value[]) \
                {                                             \
                        __VA_ARGS__, END                      \
                }                                             \
        }
#define OWN_EVENT(text, ...)                            \
        {                                               \
                no_values, text, (const struct value[]) \
                {                                       \
                        __VA_ARGS__, END                \
                }                                       \
        }

/* clang-format off */
static const struct {
        const struct value *common;
        const char *message;
        const struct value *values;
} samples[_EVENT_MAX] = {
        [EVENT_ARTEFACT] = FILE_EVENT(
                "Identity artefact /srv/agents/alpha/work/infra/iam.tf (terraform-identity) found.",
                {FIELD_EVIDENCE, "resource aws_iam_policy"}),
        [EVENT_FINDING] = FILE_EVENT(
                "High finding in /srv/agents/alpha/work/infra/iam.tf line 12: policy allows every action.",
                {FIELD_RULE, "aws-iam-star-action"}, {FIELD_CLASS, "iam-wildcard-action"},
                {FIELD_KIND, "privilege"}, {FIELD_TITLE, "Policy allows every action"},
                {FIELD_CONFIDENCE, "high"}, {FIELD_CERTAINTY, "yes"}, {FIELD_LINE, "12"},
                {FIELD_COLUMN, "9"}, {FIELD_REDACTED, "Action = \"*\""},
                {FIELD_FINGERPRINT, "5d41402abc4b2a76b9719d911017c592"},
                {FIELD_DETAIL, "Allow * on every resource, without a condition"},
                {FIELD_REMEDIATION, "Name the actions that the workload calls."},
                {FIELD_REFERENCES, "NHI5:2025 CSF:PR.AA-05 SP800-53:AC-6 ATT&CK:T1098.003 CWE-269"}),
        [EVENT_VERDICT] = FILE_EVENT(
                "2 findings in /srv/agents/alpha/work/infra/iam.tf, the worst high: approval required.",
                {FIELD_FINDINGS, "2"}, {FIELD_ACTION, "require-approval"},
                {FIELD_POLICY, "policy[2]"}),
        [EVENT_QUARANTINED] = FILE_EVENT(
                "Quarantined /srv/agents/alpha/work/infra/iam.tf.",
                {FIELD_ACTION, "quarantine"}, {FIELD_POLICY, "policy[1]"},
                {FIELD_QUARANTINE_ID, "01M34E2M000000000000000002"}),
        [EVENT_RESPONSE_FAILED] = FILE_EVENT(
                "Could not quarantine /srv/agents/alpha/work/infra/iam.tf: the file is immutable.",
                {FIELD_ACTION, "quarantine"}, {FIELD_REASON, "immutable"},
                {FIELD_DETAIL, "Operation not permitted"}),
        [EVENT_RELEASED] = OPERATOR_EVENT(
                "olga released /srv/agents/alpha/work/infra/iam.tf from quarantine.",
                {FIELD_QUARANTINE_ID, "01M34E2M000000000000000002"}),
        [EVENT_APPROVED] = OPERATOR_EVENT(
                "artefact approved by olga: /srv/agents/alpha/work/infra/iam.tf",
                {FIELD_ARTEFACT, "terraform-identity"},
                {FIELD_ARTEFACT_ID, "01M34E2M000000000000000003"}, {FIELD_ARTEFACT_VERSION, "2"},
                {FIELD_APPROVAL_ID, "01M34E2M000000000000000004"}, {FIELD_SCOPE, "content"},
                {FIELD_EXPIRES, "2026-12-31T00:00:00.000000Z"}),
        [EVENT_REJECTED] = OPERATOR_EVENT(
                "artefact rejected by olga: /srv/agents/alpha/work/infra/iam.tf",
                {FIELD_ARTEFACT, "terraform-identity"},
                {FIELD_ARTEFACT_ID, "01M34E2M000000000000000003"}, {FIELD_ARTEFACT_VERSION, "2"},
                {FIELD_APPROVAL_ID, "01M34E2M000000000000000004"}, {FIELD_SCOPE, "content"}),
        [EVENT_REVOKED] = OPERATOR_EVENT(
                "approval revoked by olga: /srv/agents/alpha/work/infra/iam.tf",
                {FIELD_APPROVAL_ID, "01M34E2M000000000000000004"}, {FIELD_SCOPE, "content"}),
        [EVENT_APPROVAL_EXPIRED] = OPERATOR_EVENT(
                "approval expired by olga: /srv/agents/alpha/work/infra/iam.tf: NHI1:2025",
                {FIELD_APPROVAL_ID, "01M34E2M000000000000000004"}, {FIELD_SCOPE, "file"},
                {FIELD_EXPIRES, "2026-09-21T00:00:00.000000Z"}, {FIELD_DETAIL, "NHI1:2025"}),
        [EVENT_ORPHANED] = FILE_EVENT(
                "artefact orphaned: /srv/agents/alpha/work/infra/iam.tf: the account of its owner is gone (NHI1:2025)",
                {FIELD_ARTEFACT_ID, "01M34E2M000000000000000003"},
                {FIELD_DETAIL, "the account of its owner is gone (NHI1:2025)"}),
        [EVENT_ROLLED_BACK] = OPERATOR_EVENT(
                "The approved version of /srv/agents/alpha/work/infra/iam.tf was put back.",
                {FIELD_ARTEFACT, "terraform-identity"},
                {FIELD_ARTEFACT_ID, "01M34E2M000000000000000003"}, {FIELD_ARTEFACT_VERSION, "1"},
                {FIELD_DETAIL, "version 1 stands there again"}),
        [EVENT_PURGED] = OPERATOR_EVENT(
                "Quarantine entry 01M34E2M000000000000000002 was deleted for good.",
                {FIELD_QUARANTINE_ID, "01M34E2M000000000000000002"}),
        [EVENT_ACCESS_DENIED] = OWN_EVENT(
                "agent-alpha may not call QuarantineRelease.",
                {FIELD_OPERATOR, "agent-alpha"}, {FIELD_OPERATOR_UID, "1001"},
                {FIELD_OPERATOR_AUID, "1001"}, {FIELD_REASON, "not-permitted"},
                {FIELD_DETAIL, "io.giad.Control.QuarantineRelease"}),
        [EVENT_OPEN_DENIED] = OWN_EVENT(
                "cat was kept from opening /srv/agents/alpha/work/.env: its content offends.",
                {FIELD_WORKSPACE, "/srv/agents/alpha/work"},
                {FIELD_PATH, "/srv/agents/alpha/work/.env"}, {FIELD_INODE, "262151"},
                {FIELD_ACTION, "deny"}, {FIELD_OPENER_PID, "4712"}, {FIELD_OPENER_UID, "1002"},
                {FIELD_OPENER_COMM, "cat"}, {FIELD_OPENER_EXE, "/usr/bin/cat"}),
        [EVENT_GAP_OPENED] = OWN_EVENT(
                "Coverage of /srv/agents/alpha/work is uncertain: the kernel's queue overflowed.",
                {FIELD_WORKSPACE, "/srv/agents/alpha/work"}, {FIELD_REASON, "queue-overflow"}),
        [EVENT_GAP_CLOSED] = OWN_EVENT(
                "Coverage of /srv/agents/alpha/work is whole again.",
                {FIELD_WORKSPACE, "/srv/agents/alpha/work"}, {FIELD_REASON, "queue-overflow"}),
        [EVENT_NOT_SCANNED] = FILE_EVENT(
                "/srv/agents/alpha/work/infra/iam.tf was not scanned whole: it is too large.",
                {FIELD_REASON, "too-large"}),
        [EVENT_SCANNER_DIED] = FILE_EVENT(
                "The scanner died while it read /srv/agents/alpha/work/infra/iam.tf.",
                {FIELD_REASON, "scanner-died"}, {FIELD_DETAIL, "killed by signal 31"}),
        [EVENT_STARTED] = OWN_EVENT(
                "giad 0.1.0 started.",
                {FIELD_VERSION, "0.1.0"}, {FIELD_CONFIG, "/etc/giad/giad.yaml"}),
        [EVENT_READY] = OWN_EVENT(
                "All watches stand in 3 workspaces.",
                {FIELD_COUNTERS, "workspaces=3 watches=214"}, {FIELD_REDELIVERED, "1"}),
        [EVENT_STOPPED] = OWN_EVENT(
                "giad 0.1.0 stopped.",
                {FIELD_VERSION, "0.1.0"}),
        [EVENT_CONFIG_LOADED] = OWN_EVENT(
                "Configuration /etc/giad/giad.yaml is in force.",
                {FIELD_CONFIG, "/etc/giad/giad.yaml"}),
        [EVENT_CONFIG_REFUSED] = OWN_EVENT(
                "Configuration /etc/giad/giad.yaml was refused: line 4 column 3: unknown key 'worspaces'.",
                {FIELD_CONFIG, "/etc/giad/giad.yaml"},
                {FIELD_DETAIL, "line 4 column 3: unknown key 'worspaces'"}),
        [EVENT_HEALTH] = OWN_EVENT(
                "Health check of /srv/agents/alice/work: a synthetic artefact was judged 2.1 ms after it was written",
                {FIELD_WORKSPACE, "/srv/agents/alice/work"}, {FIELD_AGENT, "alice"},
                {FIELD_OPERATOR, "root"}, {FIELD_OPERATOR_UID, "0"},
                {FIELD_DETAIL, "judged 2.1 ms after it was written"}),
};
/* clang-format on */

static void set_all(struct event *e, const struct value *values)
{
        for (; values->field != _FIELD_MAX; values++)
                event_set(e, values->field, values->value);
}

struct event *sample_event(enum event_kind kind)
{
        char when[CLOCK_RFC3339_MAX];
        struct event *e = event_new(kind, SEVERITY_HIGH);

        if (!e)
                return NULL;
        e->time = SAMPLE_TIME;
        clock_rfc3339(e->time, when);
        event_set(e, FIELD_TIME, when);
        event_set(e, FIELD_EVENT_ID, "01M34E2M000000000000000001");
        event_set_seq(e, 42);
        if (samples[kind].message) {
                event_message(e, "%s", samples[kind].message);
                set_all(e, samples[kind].common);
                set_all(e, samples[kind].values);
        }
        return e;
}
