/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: Elastic's ingest pipeline (etc/siem/elastic), which makes of a journal entry, as Filebeat names its fields, what
 * the JSON lines have in their ECS shape. By the same tables: fields.def, ecs.def, and the classes of ecs.h.
 *
 * No processor runs a script, so that whoever installs it can read what it does; tests/siem/ingest.py can run it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/text.h"
#include "daemon/sinks/ecs.h"
#include "tools/generate.h"

/* Below it Filebeat keeps what it does not know. */
#define CUSTOM "journald.custom."
#define NAME_SIZE 64

enum type { TYPE_TEXT, TYPE_NUMBER };

static const struct row {
        const char *path;
        enum field field;
        enum type type;
} rows[] = {
#define ECS(path, field, type) {path, FIELD_##field, TYPE_##type},
#include "daemon/sinks/ecs.def"
#undef ECS
};

/* One processor a line; the first has nothing before it. */
_printf_(1, 2) static void put(const char *fmt, ...)
{
        static const char indent[] = ",\n    ";
        va_list ap;

        va_start(ap, fmt);
        (void)fputs(indent, stdout);
        (void)vprintf(fmt, ap);
        va_end(ap);
}

/* "user.id" → "ctx.user?.id" */
static const char *ctx(const char *path, char dst[static NAME_SIZE])
{
        size_t n = (size_t)snprintf(dst, NAME_SIZE, "ctx.");

        for (; *path && n + 3 < NAME_SIZE; path++) {
                if (*path == '.')
                        dst[n++] = '?';
                dst[n++] = *path;
        }
        dst[n] = '\0';
        return dst;
}

/* As Filebeat has it. */
static const char *custom(enum field field, char dst[static NAME_SIZE])
{
        int n = snprintf(dst, NAME_SIZE, CUSTOM "%s", field_info(field)->journal);

        for (int i = 0; i < n && i < NAME_SIZE - 1; i++)
                if (dst[i] >= 'A' && dst[i] <= 'Z')
                        dst[i] = (char)(dst[i] - 'A' + 'a');
        return dst;
}

static void put_rename(enum field field, const char *to, bool unless_there)
{
        char from[NAME_SIZE], name[NAME_SIZE];

        if (unless_there)
                put("{\"rename\": {\"if\": \"%s == null\", \"field\": \"%s\", \"target_field\": "
                    "\"%s\", "
                    "\"ignore_missing\": true}}",
                    ctx(to, name), custom(field, from), to);
        else
                put("{\"rename\": {\"field\": \"%s\", \"target_field\": \"%s\", "
                    "\"ignore_missing\": true}}",
                    custom(field, from), to);
}

static void put_convert(const char *path)
{
        put("{\"convert\": {\"field\": \"%s\", \"type\": \"long\", \"ignore_missing\": true}}",
            path);
}

/* The places of ECS that the table names, each of them for the first field that is there. */
static void put_rows(void)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                bool again = i > 0 && strcmp(rows[i].path, rows[i - 1].path) == 0;

                put_rename(rows[i].field, rows[i].path, again);
                bool last =
                        i + 1 == ELEMENTSOF(rows) || strcmp(rows[i].path, rows[i + 1].path) != 0;
                if (last && rows[i].type == TYPE_NUMBER)
                        put_convert(rows[i].path);
        }
}

static bool has_row_alone(enum field field)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (rows[i].field == field)
                        return i == 0 || strcmp(rows[i].path, rows[i - 1].path) != 0;
        return false;
}

/* What has no place, or was not the first of its place. */
static void put_rest(void)
{
        for (int i = 0; i < _FIELD_MAX; i++) {
                char to[NAME_SIZE];

                if (i == FIELD_TIME || has_row_alone((enum field)i))
                        continue;
                (void)snprintf(to, sizeof(to), "giad.%s", field_info((enum field)i)->json);
                put_rename((enum field)i, to, false);
                if (field_info((enum field)i)->type == FIELD_TYPE_NUMBER)
                        put_convert(to);
        }
}

/* --- what goes by the kind of event --- */

/* The value that a kind of event has for a field, as JSON; false: none. */
typedef bool value_of(enum event_kind kind, struct buffer *out);

static bool kind_of(enum event_kind kind, struct buffer *out)
{
        buffer_json_string(out, ecs_class(kind)->kind);
        return true;
}

static bool category_of(enum event_kind kind, struct buffer *out)
{
        const struct ecs_class *c = ecs_class(kind);

        for (size_t i = 0; i < ECS_CATEGORIES && c->category[i]; i++) {
                buffer_puts(out, i > 0 ? ", " : "[");
                buffer_json_string(out, c->category[i]);
        }
        buffer_putc(out, ']');
        return true;
}

static bool type_of(enum event_kind kind, struct buffer *out)
{
        buffer_putc(out, '[');
        buffer_json_string(out, ecs_class(kind)->type);
        buffer_putc(out, ']');
        return true;
}

static bool outcome_of(enum event_kind kind, struct buffer *out)
{
        if (!ecs_class(kind)->outcome)
                return false;
        buffer_json_string(out, ecs_class(kind)->outcome);
        return true;
}

static bool priority_of(enum event_kind kind, struct buffer *out)
{
        if (event_info(kind)->priority < 0)
                return false;
        buffer_printf(out, "%d", event_info(kind)->priority);
        return true;
}

static bool is_by_severity(enum event_kind kind, struct buffer *out)
{
        buffer_puts(out, "true");
        return event_info(kind)->priority < 0;
}

/* "['a', 'b'].contains(ctx.event?.action)" for all kinds that have the same value as this one; false: an earlier one had. */
static bool put_kinds(enum event_kind kind, value_of *value, const char *text, struct buffer *out)
{
        bool first = true;

        buffer_putc(out, '[');
        for (int i = 0; i < _EVENT_MAX; i++) {
                _cleanup_buffer_ struct buffer other = BUFFER_NULL;

                if (!value((enum event_kind)i, &other) || strcmp(other.data, text) != 0)
                        continue;
                if (i < (int)kind)
                        return false;
                buffer_printf(out, "%s'%s'", first ? "" : ", ",
                              event_info((enum event_kind)i)->name);
                first = false;
        }
        buffer_puts(out, "].contains(ctx.event?.action)");
        return true;
}

static void put_by_kind(const char *path, value_of *value)
{
        for (int i = 0; i < _EVENT_MAX; i++) {
                _cleanup_buffer_ struct buffer text = BUFFER_NULL, kinds = BUFFER_NULL;

                if (value((enum event_kind)i, &text) &&
                    put_kinds((enum event_kind)i, value, text.data, &kinds))
                        put("{\"set\": {\"if\": \"%s\", \"field\": \"%s\", \"value\": %s}}",
                            kinds.data, path, text.data);
        }
}

static void put_severity(void)
{
        _cleanup_buffer_ struct buffer kinds = BUFFER_NULL;
        int first = 0;

        put_by_kind("event.severity", priority_of);
        while (event_info((enum event_kind)first)->priority >= 0)
                first++;
        (void)put_kinds((enum event_kind)first, is_by_severity, "true", &kinds);
        for (int s = 0; s < _SEVERITY_MAX; s++)
                put("{\"set\": {\"if\": \"ctx.giad?.severity == '%s' && %s\", \"field\": "
                    "\"event.severity\", "
                    "\"value\": %d}}",
                    severity_to_string(s), kinds.data, severity_priority((enum severity)s));
}

/* standing.c says the same of an event. */
static void put_excuses(void)
{
        put("{\"set\": {\"if\": \"ctx.event?.kind == 'alert' && ctx.event?.action == 'finding' && "
            "ctx.giad?.action == 'suppressed'\", \"field\": \"event.kind\", \"value\": \"%s\"}}",
            ECS_KIND_NO_ALERT);
        put("{\"set\": {\"if\": \"ctx.event?.kind == 'alert' && ctx.event?.action == 'verdict' && "
            "(ctx.giad?.findings == null || ctx.giad?.findings == 0)\", \"field\": \"event.kind\", "
            "\"value\": \"%s\"}}",
            ECS_KIND_NO_ALERT);
}

/* --- what is made of a value --- */

static void put_gsub(const char *from, const char *pattern, const char *with, const char *to)
{
        put("{\"gsub\": {\"field\": \"%s\", \"pattern\": \"%s\", \"replacement\": \"%s\", "
            "\"target_field\": "
            "\"%s\", \"ignore_missing\": true}}",
            from, pattern, with, to);
}

static void put_remove_empty(const char *path)
{
        char name[NAME_SIZE];

        put("{\"remove\": {\"if\": \"%s == ''\", \"field\": \"%s\"}}", ctx(path, name), path);
}

static void put_file(void)
{
        put_gsub("file.path", "^.*/", "", "file.name");
        put_gsub("file.path", "/?[^/]*$", "", "file.directory");
        put_gsub("file.name", "^(?:.+\\\\.([^.]+)|.*)$", "$1", "file.extension");
        put_remove_empty("file.directory");
        put_remove_empty("file.extension");
        put("{\"set\": {\"if\": \"ctx.file?.path != null\", \"field\": \"file.type\", \"value\": "
            "\"file\"}}");
}

/* References are words; those of ATT&CK are kept, without what says so, and split. */
static void put_techniques(const char *other, const char *drop, const char *to)
{
        char name[NAME_SIZE];

        put_gsub("giad.references", other, "", to);
        put_gsub(to, "ATT&CK:", "", to);
        if (*drop) {
                put_gsub(to, drop, "", to);
                /* those that come from one technique stand together */
                put_gsub(to, "(T[0-9]+)(?: \\\\1)+(?![0-9])", "$1", to);
        }
        put("{\"trim\": {\"field\": \"%s\", \"ignore_missing\": true}}", to);
        put_remove_empty(to);
        put("{\"split\": {\"if\": \"%s != null\", \"field\": \"%s\", \"separator\": \" +\"}}",
            ctx(to, name), to);
}

static void put_threat(void)
{
        put_techniques("(?:^| )(?!ATT&CK:)[^ ]+", "\\\\.[0-9]+", "threat.technique.id");
        put_techniques("(?:^| )(?!ATT&CK:T[0-9]+\\\\.)[^ ]+", "",
                       "threat.technique.subtechnique.id");
        put("{\"set\": {\"if\": \"ctx.threat?.technique?.id != null\", \"field\": "
            "\"threat.framework\", \"value\": "
            "\"MITRE ATT&CK\"}}");
        put("{\"remove\": {\"if\": \"ctx.threat?.technique?.id == null\", \"field\": \"threat\", "
            "\"ignore_missing\": true}}");
}

static void put_related(void)
{
        static const struct {
                const char *from, *to;
        } related[] = {
                {"host.hostname", "related.hosts"},
                {"file.hash.sha256", "related.hash"},
                {"user.name", "related.user"},
        };
        char name[NAME_SIZE];

        for (size_t i = 0; i < ELEMENTSOF(related); i++)
                put("{\"append\": {\"if\": \"%s != null\", \"field\": \"%s\", \"value\": "
                    "[\"{{{%s}}}\"]}}",
                    ctx(related[i].from, name), related[i].to, related[i].from);
}

static void put_constants(void)
{
        static const char *const constants[][2] = {
                {"event.provider", "giad"},       {"event.module", "giad"},
                {"event.dataset", "giad.events"}, {"ecs.version", ECS_VERSION},
                {"observer.vendor", "giad"},      {"observer.product", "giad"},
        };

        for (size_t i = 0; i < ELEMENTSOF(constants); i++)
                put("{\"set\": {\"field\": \"%s\", \"value\": \"%s\"}}", constants[i][0],
                    constants[i][1]);
}

/* Anybody may write our field names; _UID and _SYSTEMD_UNIT are journald's word. And nothing that this pipeline fills
 * may come from somewhere else: Filebeat describes there who logged, or the process of OBJECT_PID. */
static void print_head(void)
{
        printf("{\n  \"description\": \"giad's events from the journal, as Filebeat reads them, to "
               "ECS. Made by "
               "tools/update-generated.\",\n  \"processors\": [\n    "
               "{\"drop\": {\"if\": \"ctx.journald?.uid != 0 || ctx.systemd?.unit != "
               "'giad.service' || "
               "ctx.journald?.custom?.gia_event == null\"}}");
        put("{\"remove\": {\"field\": [\"event\", \"rule\", \"file\", \"process\", \"user\", "
            "\"container\", "
            "\"observer\", \"gen_ai\", \"threat\", \"related\", \"giad\"], "
            "\"ignore_missing\": true}}");
}

int generate_elastic_pipeline(const char *unused)
{
        char from[NAME_SIZE];

        (void)unused;
        print_head();
        put("{\"set\": {\"field\": \"@timestamp\", \"copy_from\": \"%s\"}}",
            custom(FIELD_TIME, from));
        /* which of both depends on Filebeat's version */
        put("{\"rename\": {\"field\": \"message_id\", \"target_field\": \"event.code\", "
            "\"ignore_missing\": true}}");
        put("{\"rename\": {\"if\": \"ctx.event?.code == null\", \"field\": \"" CUSTOM
            "message_id\", \"target_field\": \"event.code\", \"ignore_missing\": true}}");
        put_rows();
        put_rest();
        put_constants();
        put_by_kind("event.kind", kind_of);
        put_excuses();
        put_by_kind("event.category", category_of);
        put_by_kind("event.type", type_of);
        put_by_kind("event.outcome", outcome_of);
        put_severity();
        put_file();
        put_threat();
        put_related();
        put("{\"remove\": {\"field\": \"journald.custom\", \"ignore_missing\": true}}");
        printf("\n  ],\n  \"on_failure\": [\n"
               "    {\"set\": {\"field\": \"event.kind\", \"value\": \"pipeline_error\"}},\n"
               "    {\"append\": {\"field\": \"error.message\", \"value\": "
               "[\"{{{_ingest.on_failure_message}}}\"]}}\n"
               "  ]\n}\n");
        return 0;
}
