/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the fields of a finding in giactl's JSON.
 */
#include "daemon/ctl/describe.h"

#include <string.h>

#include "common/base/text.h"

static void describe_suppression(cJSON *o, const struct suppression *s)
{
        char when[CLOCK_RFC3339_MAX];

        (void)cJSON_AddStringToObject(o, "reason", s->reason);
        if (!s->by)
                return;
        (void)cJSON_AddStringToObject(o, "author", s->by->author ? s->by->author : "");
        if (s->by->expires) {
                clock_rfc3339(s->by->expires, when);
                (void)cJSON_AddStringToObject(o, "expires", when);
        }
        (void)cJSON_AddStringToObject(o, "file", s->by->file);
        (void)cJSON_AddNumberToObject(o, "line", s->by->line);
}

cJSON *describe_finding(const char *path, const struct scan_result *r, const struct finding *f,
                        const struct suppression *s)
{
        bool obeyed = s && !s->by;
        char said[FINDING_SAID_MAX];
        const struct class_info *class = finding_class_info((enum finding_class)f->class);
        cJSON *o = cJSON_CreateObject();
        char shown[8192];

        (void)cJSON_AddStringToObject(o, "path",
                                      text_printable(shown, sizeof(shown), path, strlen(path)));
        (void)cJSON_AddStringToObject(o, "artefact", artefact_kind_to_string(r->artefact));
        (void)cJSON_AddStringToObject(o, "rule", f->rule);
        (void)cJSON_AddStringToObject(o, "kind", finding_kind_to_string((int)class->kind));
        (void)cJSON_AddStringToObject(o, "class", class->name);
        (void)cJSON_AddStringToObject(o, "severity", severity_to_string(f->severity));
        (void)cJSON_AddStringToObject(o, "confidence", confidence_to_string(f->confidence));
        (void)cJSON_AddStringToObject(o, "certainty", certainty_to_string(f->certainty));
        (void)cJSON_AddNumberToObject(o, "line", f->line);
        (void)cJSON_AddNumberToObject(o, "column", f->column);
        (void)cJSON_AddStringToObject(o, "redacted", f->redacted);
        (void)cJSON_AddStringToObject(o, "fingerprint", f->fingerprint);
        (void)cJSON_AddStringToObject(o, "title", f->title);
        (void)cJSON_AddStringToObject(o, "detail", finding_said(f, obeyed, said));
        if (f->comment)
                (void)cJSON_AddStringToObject(o, "suppression_comment",
                                              obeyed ? "allowed" : "ignored");
        (void)cJSON_AddStringToObject(o, "remediation", f->remediation);
        (void)cJSON_AddStringToObject(o, "references", class->refs);
        if (s)
                describe_suppression(cJSON_AddObjectToObject(o, "suppressed"), s);
        return o;
}
