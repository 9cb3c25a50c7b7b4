/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what is written down from events.def and fields.def for people and machines: the journal's
 * message catalogue, the tables of docs/EVENTS.md and giad(8), and the schema of the native JSON
 * form. tests/lint/check-events fails when what is shipped differs.
 * Does not own: examples (generate-examples.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "tools/generate.h"
#include "tools/sample-event.h"

#define CATALOG_WIDTH 76

/* Breaks text between words. */
static void print_wrapped(const char *text)
{
        size_t column = 0;

        while (*text) {
                size_t n = strcspn(text, " ");

                if (column > 0 && column + 1 + n > CATALOG_WIDTH) {
                        (void)putchar('\n');
                        column = 0;
                }
                column += (size_t)printf("%s%.*s", column > 0 ? " " : "", (int)n, text);
                text += text[n] ? n + 1 : n;
        }
        (void)putchar('\n');
}

int generate_catalog(const char *unused)
{
        static const struct {
                enum field field;
                const char *label;
        } shown[] = {
                {FIELD_PATH, "File"},
                {FIELD_WORKSPACE, "Workspace"},
                {FIELD_RULE, "Rule"},
                {FIELD_REASON, "Reason"},
                {FIELD_QUARANTINE_ID, "Quarantine entry"},
                {FIELD_OPERATOR, "Operator"},
                {FIELD_CONFIG, "Configuration"},
        };

        (void)unused;
        printf("# The journal's catalogue of giad's messages, made by tools/update-generated from\n"
               "# common/model/events.def. journalctl -x shows these texts.\n");
        for (int kind = 0; kind < _EVENT_MAX; kind++) {
                const struct event_info *info = event_info((enum event_kind)kind);
                _cleanup_event_ struct event *e = sample_event((enum event_kind)kind);

                if (!e)
                        return -ENOMEM;
                printf("\n-- %s\nSubject: giad: %s\nDefined-By: giad\n"
                       "Documentation: man:giad(8)\n\n",
                       info->message_id, info->subject);
                print_wrapped(info->meaning);
                bool first = true;
                for (size_t i = 0; i < ELEMENTSOF(shown); i++) {
                        if (!e->fields[shown[i].field])
                                continue;
                        printf("%s%s: @%s@\n", first ? "\n" : "", shown[i].label,
                               field_info(shown[i].field)->journal);
                        first = false;
                }
                (void)putchar('\n');
                print_wrapped(info->remedy);
        }
        return 0;
}

static const char *priority_word(int priority)
{
        static const char *const words[] = {"emerg",   "alert",  "crit", "err",
                                            "warning", "notice", "info", "debug"};

        return priority < 0 ? "by severity" : words[priority];
}

int generate_kinds(const char *unused)
{
        (void)unused;
        printf("| event | PRIORITY | MESSAGE_ID | meaning | what to do |\n"
               "| --- | --- | --- | --- | --- |\n");
        for (int kind = 0; kind < _EVENT_MAX; kind++) {
                const struct event_info *info = event_info((enum event_kind)kind);

                printf("| `%s` | %s | `%s` | %s | %s |\n", info->name,
                       priority_word(info->priority), info->message_id, info->meaning,
                       info->remedy);
        }
        return 0;
}

int generate_fields(const char *unused)
{
        (void)unused;
        printf("| JSON, syslog | journal | audit key | type | meaning |\n"
               "| --- | --- | --- | --- | --- |\n");
        for (int field = 0; field < _FIELD_MAX; field++) {
                const struct field_info *info = field_info((enum field)field);
                bool audited = *info->audit != '\0';

                printf("| `%s` | `%s` | %s%s%s | %s | %s |\n", info->json, info->journal,
                       audited ? "`" : "", info->audit, audited ? "`" : "",
                       info->type == FIELD_TYPE_NUMBER ? "number" : "text", info->text);
        }
        return 0;
}

static void print_enum(const char *const *names, size_t n)
{
        printf("\"enum\": [");
        for (size_t i = 0; i < n; i++)
                printf("%s\"%s\"", i > 0 ? ", " : "", names[i]);
        printf("], ");
}

int generate_schema(const char *unused)
{
        _cleanup_buffer_ struct buffer text = BUFFER_NULL;
        const char *kinds[_EVENT_MAX], *severities[_SEVERITY_MAX];

        (void)unused;
        for (int i = 0; i < _EVENT_MAX; i++)
                kinds[i] = event_info((enum event_kind)i)->name;
        for (int i = 0; i < _SEVERITY_MAX; i++)
                severities[i] = severity_to_string(i);
        printf("{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
               "  \"title\": \"giad event, native shape\",\n"
               "  \"description\": \"Made by tools/update-generated from "
               "common/model/fields.def.\",\n"
               "  \"type\": \"object\",\n  \"additionalProperties\": false,\n"
               "  \"required\": [\"event\", \"event_id\", \"time\", \"message\"],\n"
               "  \"properties\": {\n");
        for (int i = 0; i < _FIELD_MAX; i++) {
                const struct field_info *info = field_info((enum field)i);
                bool number = info->type == FIELD_TYPE_NUMBER;

                printf("    \"%s\": {\"type\": \"%s\", ", info->json,
                       number ? "integer" : "string");
                if (i == FIELD_EVENT)
                        print_enum(kinds, _EVENT_MAX);
                if (i == FIELD_SEVERITY)
                        print_enum(severities, _SEVERITY_MAX);
                buffer_reset(&text);
                buffer_json_string(&text, info->text);
                printf("%s, \"description\": %s},\n",
                       number ? "\"minimum\": 0" : "\"minLength\": 1", text.data);
        }
        printf("    \"message\": {\"type\": \"string\", \"description\": \"one full sentence\"}\n"
               "  }\n}\n");
        return text.error;
}
