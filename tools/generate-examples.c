/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: docs/EVENTS-examples.md, one event of each kind in each form, and the examples that the tests hold against the
 * schemas. Both are rendered by the sinks' own code.
 * Does not own: which events these are (sample-event.c).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buffer.h"
#include "daemon/sinks/audit.h"
#include "daemon/sinks/journal.h"
#include "daemon/sinks/shapes.h"
#include "daemon/sinks/syslog.h"
#include "tools/generate.h"
#include "tools/sample-event.h"

#define HOST "build-7"
#define PID 812

typedef void render(const struct event *e, const char *host, struct buffer *out);

static void native_render(const struct event *e, const char *host, struct buffer *out)
{
        (void)host;
        event_to_json(e, out);
}

/* As journalctl -o json prints it, without what journald adds. */
static void journal_json_render(const struct event *e, const char *host, struct buffer *out)
{
        _cleanup_buffer_ struct buffer record = BUFFER_NULL;

        (void)host;
        journal_render(e, &record);
        buffer_putc(out, '{');
        for (char *line = record.data, *end; line && (end = strchr(line, '\n')); line = end + 1) {
                char *equals = strchr(line, '=');

                *equals = *end = '\0';
                buffer_puts(out, line == record.data ? "" : ",");
                buffer_json_string(out, line);
                buffer_putc(out, ':');
                buffer_json_string(out, equals + 1);
        }
        buffer_putc(out, '}');
        out->error = out->error ?: record.error;
}

/* What changes the shape of an event beside its kind. */
static const struct {
        enum field field;
        const char *value;
} variants[] = {
        {_FIELD_MAX, NULL},           {FIELD_KIND, "secret"}, {FIELD_ACTION, "report"},
        {FIELD_ACTION, "suppressed"}, {FIELD_FINDINGS, "0"},
};

static int print_form(const char *title, const char *language, const struct buffer *text)
{
        if (text->error)
                return text->error;
        printf("\n%s\n\n```%s\n%s%s```\n", title, language, text->data,
               text->len > 0 && text->data[text->len - 1] == '\n' ? "" : "\n");
        return 0;
}

/* The record as auditd keeps it: the kernel and libaudit put their own around ours. */
static int print_audit(const struct event *e)
{
        _cleanup_buffer_ struct buffer text = BUFFER_NULL, record = BUFFER_NULL;
        bool success = true;
        int type = 0, k = audit_render(e, &type, &success, &text);

        if (k < 0)
                return k;
        if (k == 0) {
                printf("\nAudit: not recorded.\n");
                return 0;
        }
        buffer_printf(&record,
                      "type=%s msg=audit(%llu.%03llu:%llu): pid=%d uid=0 auid=4294967295 "
                      "ses=4294967295 msg='%s exe=\"/usr/sbin/giad\" hostname=? addr=? "
                      "terminal=? res=%s'",
                      audit_type_name(type), (unsigned long long)(e->time / USEC_PER_SEC),
                      (unsigned long long)(e->time % USEC_PER_SEC / USEC_PER_MSEC),
                      (unsigned long long)e->seq, PID, text.data, success ? "success" : "failed");
        return print_form("Audit:", "text", &record);
}

static int print_json(const char *title, const struct event *e, render *render_one)
{
        _cleanup_buffer_ struct buffer text = BUFFER_NULL;

        render_one(e, HOST, &text);
        return print_form(title, "json", &text);
}

static int print_example(const struct event *e)
{
        _cleanup_buffer_ struct buffer journal = BUFFER_NULL, line = BUFFER_NULL;

        printf("\n## `%s`\n\n%s\n\n<details><summary>In each form</summary>\n",
               event_info(e->kind)->name, event_info(e->kind)->meaning);
        int k = print_json("JSON lines, native:", e, native_render);
        if (k == 0)
                k = print_json("JSON lines, OCSF:", e, ocsf_render);
        if (k == 0)
                k = print_json("JSON lines, ECS:", e, ecs_render);
        journal_render(e, &journal);
        if (k == 0)
                k = print_form("Journal:", "text", &journal);
        syslog_render(e, HOST, PID, &line);
        if (k == 0)
                k = print_form("Syslog:", "text", &line);
        if (k == 0)
                k = print_audit(e);
        printf("\n</details>\n");
        return k;
}

int generate_examples(const char *unused)
{
        int k = 0;

        (void)unused;
        printf("# Events: an example of each kind in each form\n\n"
               "Made by tools/update-generated with the code of the outputs themselves; "
               "docs/EVENTS.md says "
               "what the fields mean. The journal's are\nwhat `journalctl -o export` prints, "
               "without the "
               "fields that journald adds (`_UID`, `_SYSTEMD_UNIT`, …).\n");
        for (int kind = 0; kind < _EVENT_MAX && k == 0; kind++) {
                _cleanup_event_ struct event *e = sample_event((enum event_kind)kind);

                k = e ? print_example(e) : -ENOMEM;
        }
        return k;
}

static render *renderer(const char *shape)
{
        static const struct {
                const char *shape;
                render *render;
        } all[] = {
                {"native", native_render},
                {"ocsf", ocsf_render},
                {"ecs", ecs_render},
                {"journal", journal_json_render},
        };

        for (size_t i = 0; i < ELEMENTSOF(all); i++)
                if (strcmp(all[i].shape, shape) == 0)
                        return all[i].render;
        return NULL;
}

int generate_samples(const char *shape)
{
        render *render_one = renderer(shape);

        if (!render_one)
                return -EINVAL;
        for (int kind = 0; kind < _EVENT_MAX; kind++) {
                for (size_t i = 0; i < ELEMENTSOF(variants); i++) {
                        _cleanup_event_ struct event *e = sample_event((enum event_kind)kind);
                        _cleanup_buffer_ struct buffer out = BUFFER_NULL;

                        if (!e)
                                return -ENOMEM;
                        if (variants[i].value)
                                event_set(e, variants[i].field, variants[i].value);
                        render_one(e, HOST, &out);
                        if (out.error)
                                return out.error;
                        printf("%s\n", out.data);
                }
        }
        return 0;
}
