/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what each kind of event says.
 * Does not own: sequence numbers and delivery (manager, sinks).
 *
 * A message is one sentence that stands by itself: many collectors keep nothing else.
 */
#include "daemon/tell.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "common/base/text.h"
#include "daemon/writer.h"

static struct event *begin(enum event_kind kind, enum severity severity, const struct workspace *ws)
{
        struct event *e = event_new(kind, severity);

        if (!e)
                return NULL;
        event_set(e, FIELD_VERSION, PACKAGE_VERSION);
        if (ws) {
                event_set(e, FIELD_WORKSPACE, ws->path);
                event_set(e, FIELD_AGENT, ws->agent);
        }
        return e;
}

static void set_path(struct event *e, const char *workspace, const char *path)
{
        event_setf(e, FIELD_PATH, "%s/%s", workspace, path);
}

static const char *path_of(const struct event *e)
{
        return e->fields[FIELD_PATH] ? e->fields[FIELD_PATH] : "?";
}

static struct event *begin_file(enum event_kind kind, enum severity severity,
                                const struct told_file *f)
{
        struct event *e = begin(kind, severity, f->workspace);

        if (!e)
                return NULL;
        set_path(e, f->workspace->path, f->path);
        event_set_u64(e, FIELD_SIZE, f->id.size);
        event_set_u64(e, FIELD_INODE, f->id.ino);
        event_setf(e, FIELD_DEVICE, "%u:%u", major(f->id.dev), minor(f->id.dev));
        event_setf(e, FIELD_MODE, "%04o", f->mode & 07777);
        event_set_u64(e, FIELD_OWNER, f->owner);
        writer_tell(e, f->writer, f->owner);
        repository_tell(e, f->repository, f->path);
        event_set(e, FIELD_FOUND_BY, f->found_by);
        if (f->inside)
                inside_tell(e, f->inside);
        return e;
}

static void set_artefact(struct event *e, const struct scan_result *r)
{
        char hex[65];

        event_set(e, FIELD_ARTEFACT, artefact_kind_to_string(r->artefact));
        event_set(e, FIELD_EVIDENCE, r->evidence);
        if (r->hashed) {
                text_hex(hex, r->sha256, sizeof(r->sha256));
                event_set(e, FIELD_SHA256, hex);
        }
        event_set_u64(e, FIELD_FINDINGS, (uint64_t)r->n_findings + r->findings_dropped);
}

struct event *tell_artefact(const struct told_file *file, const struct scan_result *result)
{
        struct event *e = begin_file(EVENT_ARTEFACT, SEVERITY_INFO, file);

        if (!e)
                return NULL;
        set_artefact(e, result);
        event_message(e, "Identity artefact %s: %s", path_of(e),
                      artefact_kind_text((enum artefact_kind)result->artefact));
        return e;
}

struct event *tell_finding(const struct told_file *file, const struct scan_result *result,
                           const struct finding *f, bool suppressed)
{
        const struct class_info *class = finding_class_info((enum finding_class)f->class);
        bool obeyed = f->comment && workspace_obeys_comments(file->workspace);
        char said[FINDING_SAID_MAX];
        struct event *e = begin_file(EVENT_FINDING, (enum severity)f->severity, file);

        if (!e)
                return NULL;
        set_artefact(e, result);
        event_set(e, FIELD_RULE, f->rule);
        event_set(e, FIELD_CLASS, class->name);
        event_set(e, FIELD_KIND, finding_kind_to_string(class->kind));
        event_set(e, FIELD_TITLE, f->title);
        event_set(e, FIELD_CONFIDENCE, confidence_to_string(f->confidence));
        event_set(e, FIELD_CERTAINTY, certainty_to_string(f->certainty));
        if (f->line > 0) {
                event_set_u64(e, FIELD_LINE, f->line);
                event_set_u64(e, FIELD_COLUMN, f->column);
        }
        event_set(e, FIELD_REDACTED, f->redacted);
        event_set(e, FIELD_FINGERPRINT, f->fingerprint);
        event_set(e, FIELD_DETAIL, finding_said(f, obeyed, said));
        if (f->comment)
                event_set(e, FIELD_SUPPRESSION_COMMENT, obeyed ? "allowed" : "ignored");
        event_set(e, FIELD_REMEDIATION, f->remediation);
        event_set(e, FIELD_REFERENCES, class->refs);
        if (suppressed)
                event_set(e, FIELD_ACTION, "suppressed");
        /* line 0: the name, the target of a link, an attribute, or the file as a whole */
        char line[24] = "";
        if (f->line > 0)
                (void)snprintf(line, sizeof(line), " line %u", f->line);
        event_message(e, "%s in %s%s: %s (%s, %s confidence)%s", f->title, path_of(e), line,
                      class->meaning, severity_to_string(f->severity),
                      confidence_to_string(f->confidence), suppressed ? ", suppressed" : "");
        return e;
}

struct event *tell_verdict(const struct told_file *file, const struct scan_result *result,
                           const struct verdict *v)
{
        struct event *e = begin_file(EVENT_VERDICT, v->severity, file);

        if (!e)
                return NULL;
        set_artefact(e, result);
        event_set(e, FIELD_ACTION, action_to_string(v->action));
        event_set(e, FIELD_POLICY, v->policy);
        event_set(e, FIELD_APPROVAL_ID, v->approval);
        if (v->approved)
                event_set(e, FIELD_DETAIL, "an approval covers this content at this place");
        event_message(e, "Verdict on %s: %s (%u findings, worst %s, policy %s)", path_of(e),
                      v->approved ? "approved" : action_to_string(v->action), v->counted,
                      severity_to_string(v->severity), v->policy);
        return e;
}

struct event *tell_not_scanned(const struct told_file *file, enum reason reason, const char *detail)
{
        struct event *e = begin_file(EVENT_NOT_SCANNED, SEVERITY_MEDIUM, file);

        if (!e)
                return NULL;
        event_set(e, FIELD_REASON, reason_to_string(reason));
        event_set(e, FIELD_DETAIL, detail);
        event_message(e, "Not scanned, or not wholly: %s: %s", path_of(e), reason_text(reason));
        return e;
}

struct event *tell_response_failed(const struct told_file *file, const struct verdict *v,
                                   enum reason reason, int error)
{
        char text[64];
        struct event *e = begin_file(EVENT_RESPONSE_FAILED, v->severity, file);

        if (!e)
                return NULL;
        event_set(e, FIELD_ACTION, action_to_string(v->action));
        event_set(e, FIELD_POLICY, v->policy);
        event_set(e, FIELD_REASON, reason_to_string(reason));
        event_setf(e, FIELD_DETAIL, "%s (%s)", reason_text(reason),
                   strerror_r(-error, text, sizeof(text)));
        event_message(e, "The file %s should be taken away and is still there: %s", path_of(e),
                      reason_text(reason));
        return e;
}

static void set_entry(struct event *e, const struct quarantine_entry *q)
{
        char hex[65];

        event_set(e, FIELD_WORKSPACE, q->workspace);
        set_path(e, q->workspace, q->shown ? q->shown : q->path);
        event_set(e, FIELD_QUARANTINE_ID, q->id);
        text_hex(hex, q->sha256, sizeof(q->sha256));
        event_set(e, FIELD_SHA256, hex);
        event_set_u64(e, FIELD_SIZE, q->size);
        event_setf(e, FIELD_MODE, "%04o", q->mode & 07777);
        event_set_u64(e, FIELD_OWNER, q->uid);
}

struct event *tell_quarantined(const struct quarantine_entry *q, const char *agent,
                               struct provenance *writer, const struct verdict *v,
                               enum quarantine_how how, bool still_open)
{
        static const char *const weaker[] = {
                [QUARANTINE_HELD] = "",
                [QUARANTINE_IN_PLACE] = ", by renaming it in place (weaker)",
                [QUARANTINE_MODE_ZERO] = ", by taking its permissions away (weakest)",
        };
        struct event *e = begin(EVENT_QUARANTINED, v ? v->severity : SEVERITY_MEDIUM, NULL);

        if (!e)
                return NULL;
        set_entry(e, q);
        writer_tell(e, writer, q->uid);
        event_set(e, FIELD_AGENT, agent);
        event_set(e, FIELD_ACTION, "quarantine");
        event_set(e, FIELD_POLICY, q->reason);
        if (v) {
                event_set(e, FIELD_SEVERITY, severity_to_string(v->severity));
                event_set_u64(e, FIELD_FINDINGS, v->counted);
        }
        if (still_open) {
                event_set(e, FIELD_REASON, reason_to_string(REASON_STILL_OPEN));
                event_set(e, FIELD_DETAIL, reason_text(REASON_STILL_OPEN));
        }
        if (q->other_names > 0 && !still_open) {
                event_set(e, FIELD_REASON, reason_to_string(REASON_OTHER_NAMES));
                event_setf(
                        e, FIELD_DETAIL,
                        "%llu other names lead to its content; those in workspaces are looked for",
                        (unsigned long long)q->other_names);
        }
        event_message(e, "Quarantined %s as %s%s", path_of(e), q->id, weaker[how]);
        return e;
}

struct event *tell_open_denied(const struct workspace *ws, const struct gate_denial *d)
{
        struct event *e = begin(EVENT_OPEN_DENIED, SEVERITY_MEDIUM, ws);
        char path[SCAN_PATH_MAX];

        if (!e)
                return NULL;
        set_path(e, ws->path, text_mask(path, sizeof(path), *d->path ? d->path : "unnamed"));
        event_set_u64(e, FIELD_SIZE, d->id.size);
        event_set_u64(e, FIELD_INODE, d->id.ino);
        event_setf(e, FIELD_DEVICE, "%u:%u", major(d->id.dev), minor(d->id.dev));
        event_set(e, FIELD_ACTION, "deny");
        if (d->late) {
                event_set(e, FIELD_REASON, reason_to_string(REASON_GATE_LATE));
                event_set(e, FIELD_DETAIL, "there was no verdict in time (late: deny)");
        }
        writer_tell_opener(e, d->who);
        event_message(e, "%s was kept from opening %s: %s",
                      e->fields[FIELD_OPENER_COMM] ? e->fields[FIELD_OPENER_COMM] : "Somebody",
                      path_of(e), d->late ? "no verdict in time" : "its content offends");
        return e;
}

struct event *tell_gap(const struct workspace *ws, enum reason reason, bool open,
                       const char *detail)
{
        struct event *e = begin(open ? EVENT_GAP_OPENED : EVENT_GAP_CLOSED, SEVERITY_MEDIUM, ws);

        if (!e)
                return NULL;
        event_set(e, FIELD_REASON, reason_to_string(reason));
        event_set(e, FIELD_DETAIL, detail);
        event_message(e, "%s: %s%s%s", ws ? ws->path : "giad",
                      open ? reason_text(reason) : "coverage is whole again after ",
                      open ? "" : reason_to_string(reason), "");
        return e;
}

static void set_operator(struct event *e, const struct told_operator *by)
{
        event_set(e, FIELD_OPERATOR, by->name);
        if (by->uid != UINT32_MAX)
                event_set_u64(e, FIELD_OPERATOR_UID, by->uid);
        if (by->auid != UINT32_MAX)
                event_set_u64(e, FIELD_OPERATOR_AUID, by->auid);
}

struct event *tell_decision(enum event_kind kind, const struct told_operator *by,
                            const struct quarantine_entry *q, const char *comment,
                            const char *detail)
{
        struct event *e = begin(kind, SEVERITY_MEDIUM, NULL);

        if (!e)
                return NULL;
        if (q) {
                set_entry(e, q);
                writer_tell(e, NULL, q->uid);
        }
        set_operator(e, by);
        event_set(e, FIELD_COMMENT, comment);
        event_set(e, FIELD_DETAIL, detail);
        event_message(e, "%s by %s%s%s%s%s", event_info(kind)->subject, by->name, q ? ": " : "",
                      q ? path_of(e) : "", detail && *detail ? ": " : "", detail ? detail : "");
        return e;
}

static void set_approval(struct event *e, const struct reg_approval *a)
{
        char when[CLOCK_RFC3339_MAX];

        event_set(e, FIELD_APPROVAL_ID, a->id);
        event_set(e, FIELD_SCOPE, reg_scope_to_string((int)a->scope));
        event_set(e, FIELD_CLASS, a->class);
        if (!a->expires)
                return;
        clock_rfc3339(a->expires, when);
        event_set(e, FIELD_EXPIRES, when);
}

static void set_governed(struct event *e, const struct told_artefact *a)
{
        char hex[65];

        event_set(e, FIELD_WORKSPACE, a->workspace);
        set_path(e, a->workspace, a->path);
        event_set(e, FIELD_ARTEFACT_ID, a->id);
        if (a->kind != ARTEFACT_NONE)
                event_set(e, FIELD_ARTEFACT, artefact_kind_to_string((int)a->kind));
        if (a->version)
                event_set_u64(e, FIELD_ARTEFACT_VERSION, a->version);
        if (a->sha256) {
                text_hex(hex, a->sha256, 32);
                event_set(e, FIELD_SHA256, hex);
        }
        if (a->author && a->author->uid != PROVENANCE_NONE)
                event_set_u64(e, FIELD_WRITER_UID, a->author->uid);
}

struct event *tell_judgement(enum event_kind kind, const struct told_operator *by,
                             const struct told_artefact *a, const struct reg_approval *approval,
                             const char *comment, const char *detail)
{
        struct event *e = begin(kind, a->severity, NULL);

        if (!e)
                return NULL;
        set_governed(e, a);
        if (approval)
                set_approval(e, approval);
        if (by)
                set_operator(e, by);
        event_set(e, FIELD_COMMENT, comment);
        event_set(e, FIELD_DETAIL, detail);
        event_message(e, "%s%s%s: %s%s%s", event_info(kind)->subject, by ? " by " : "",
                      by ? by->name : "", path_of(e), detail && *detail ? ": " : "",
                      detail ? detail : "");
        return e;
}

struct event *tell_health(const struct workspace *ws, const struct told_operator *by, bool ok,
                          const char *detail)
{
        struct event *e = begin(EVENT_HEALTH, ok ? SEVERITY_INFO : SEVERITY_HIGH, ws);

        if (!e)
                return NULL;
        event_set(e, FIELD_OPERATOR, by->name);
        event_set_u64(e, FIELD_OPERATOR_UID, by->uid);
        event_set(e, FIELD_DETAIL, detail);
        event_message(e, "Health check of %s: a synthetic artefact %s %s",
                      ws ? ws->path : "a workspace", ok ? "was" : "got lost:", detail);
        return e;
}
