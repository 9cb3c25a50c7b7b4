/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which members an artefact and a finding have, and how they are called.
 * Does not own: lists of them (methods-inventory.c, methods-register.c).
 *
 * There may be a million: they are written as text, and not put together from parts.
 */
#include "daemon/describe.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "daemon/manager.h"

static void put_name(struct buffer *out, const char *name)
{
        if (out->data[out->len - 1] != '{')
                buffer_putc(out, ',');
        buffer_putc(out, '"');
        buffer_puts(out, name);
        buffer_puts(out, "\":");
}

static void put_printable(struct buffer *out, const char *value, size_t n)
{
        char text[8192];

        buffer_json_string(out, text_printable(text, sizeof(text), value, n));
}

static void put_text(struct buffer *out, const char *name, const char *value)
{
        size_t n = strlen(value);

        put_name(out, name);
        if (text_is_printable(value, n))
                buffer_json_string(out, value);
        else
                put_printable(out, value, n);
}

static void put_count(struct buffer *out, const char *name, uint64_t value)
{
        put_name(out, name);
        buffer_printf(out, "%llu", (unsigned long long)value);
}

static void put_time(struct buffer *out, const char *name, usec_t when)
{
        char text[CLOCK_RFC3339_MAX];

        clock_rfc3339(when, text);
        put_text(out, name, text);
}

void describe_artefact(struct buffer *out, const struct reg_artefact *a)
{
        char hex[65];

        text_hex(hex, a->sha256, sizeof(a->sha256));
        buffer_putc(out, '{');
        if (out->error)
                return;
        put_text(out, "id", a->id);
        put_text(out, "workspace", a->workspace);
        put_text(out, "path", a->path);
        put_text(out, "agent", a->agent ? a->agent : "");
        put_text(out, "artefact", artefact_kind_to_string((int)a->kind));
        put_text(out, "evidence", a->evidence ? a->evidence : "");
        put_text(out, "sha256", hex);
        put_text(out, "state", reg_state_to_string((int)a->state));
        put_text(out, "severity", severity_to_string((int)a->severity));
        put_count(out, "findings", a->n_findings);
        put_count(out, "size", a->size);
        put_count(out, "owner", a->owner);
        put_time(out, "first_seen", a->first_seen);
        put_time(out, "last_seen", a->last_seen);
        buffer_putc(out, '}');
}

struct policy_subject describe_subject(const struct manager *m, const struct reg_artefact *a)
{
        const char *rest;

        return (struct policy_subject){
                .workspace = a->workspace,
                .agent = a->agent ? a->agent : "",
                .path = a->path,
                .kind = a->kind,
                .writer_uid = a->owner,
                .inline_suppressions = workspace_obeys_comments(
                        workspaces_of_path(m->workspaces, a->workspace, &rest)),
        };
}

static void put_path(struct buffer *out, const struct reg_artefact *a)
{
        char path[8192];

        (void)snprintf(path, sizeof(path), "%s/%s", a->workspace, a->path);
        put_text(out, "path", path);
}

void describe_finding(struct buffer *out, const struct manager *m, const struct reg_artefact *a,
                      const struct finding *f)
{
        const struct policy_subject subject = describe_subject(m, a);
        const struct class_info *class = finding_class_info((enum finding_class)f->class);
        bool allowed = policy_comment_counts(&subject, f);
        char said[FINDING_SAID_MAX];

        buffer_putc(out, '{');
        if (out->error)
                return;
        put_path(out, a);
        put_text(out, "artefact", artefact_kind_to_string((int)a->kind));
        put_text(out, "rule", f->rule);
        put_text(out, "kind", finding_kind_to_string((int)class->kind));
        put_text(out, "class", class->name);
        put_text(out, "title", f->title);
        put_text(out, "severity", severity_to_string(f->severity));
        put_text(out, "confidence", confidence_to_string(f->confidence));
        put_text(out, "certainty", certainty_to_string(f->certainty));
        put_count(out, "line", f->line);
        put_count(out, "column", f->column);
        put_text(out, "redacted", f->redacted);
        put_text(out, "fingerprint", f->fingerprint);
        put_text(out, "detail", finding_said(f, allowed, said));
        if (f->comment)
                put_text(out, "suppression_comment", allowed ? "allowed" : "ignored");
        put_text(out, "remediation", f->remediation);
        put_text(out, "references", class->refs);
        put_text(out, "state", reg_state_to_string((int)a->state));
        put_time(out, "seen", a->last_seen);
        buffer_putc(out, '}');
}
