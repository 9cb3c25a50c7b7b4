/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the shape of an event in the Elastic Common Schema 9: what is not a field's value, and how objects are put together.
 * Does not own: which field goes where (ecs.def), the record itself, nor where the line goes (jsonl.c).
 *
 * Fields without a place in ECS are kept under `giad`, a namespace of our own.
 */
#include "daemon/sinks/ecs.h"

#include <string.h>

#include "daemon/sinks/json-out.h"
#include "daemon/sinks/shapes.h"
#include "daemon/sinks/standing.h"

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

static const struct ecs_class classes[_EVENT_MAX] = {
        [EVENT_ARTEFACT] = {"event", {"file"}, "info", NULL},
        [EVENT_FINDING] = {"alert", {"file", "intrusion_detection"}, "info", NULL},
        [EVENT_VERDICT] = {"alert", {"file", "intrusion_detection"}, "info", NULL},
        [EVENT_QUARANTINED] = {"event", {"file"}, "denied", "success"},
        [EVENT_RESPONSE_FAILED] = {"event", {"file"}, "denied", "failure"},
        [EVENT_RELEASED] = {"event", {"file"}, "allowed", "success"},
        [EVENT_APPROVED] = {"event", {"file", "iam"}, "allowed", "success"},
        [EVENT_REJECTED] = {"event", {"file", "iam"}, "denied", "success"},
        [EVENT_REVOKED] = {"event", {"file", "iam"}, "change", "success"},
        [EVENT_APPROVAL_EXPIRED] = {"event", {"file", "iam"}, "end", NULL},
        [EVENT_ORPHANED] = {"event", {"file", "iam"}, "info", NULL},
        [EVENT_ROLLED_BACK] = {"event", {"file"}, "change", "success"},
        [EVENT_PURGED] = {"event", {"file"}, "deletion", "success"},
        [EVENT_ACCESS_DENIED] = {"event", {"iam"}, "denied", "failure"},
        [EVENT_OPEN_DENIED] = {"event", {"file"}, "denied", "success"},
        [EVENT_GAP_OPENED] = {"state", {"host"}, "start", NULL},
        [EVENT_GAP_CLOSED] = {"state", {"host"}, "end", NULL},
        [EVENT_NOT_SCANNED] = {"event", {"file"}, "error", "failure"},
        [EVENT_SCANNER_DIED] = {"event", {"process"}, "error", "failure"},
        [EVENT_STARTED] = {"event", {"process"}, "start", NULL},
        [EVENT_READY] = {"state", {"process"}, "info", NULL},
        [EVENT_STOPPED] = {"event", {"process"}, "end", NULL},
        [EVENT_CONFIG_LOADED] = {"event", {"configuration"}, "change", "success"},
        [EVENT_CONFIG_REFUSED] = {"event", {"configuration"}, "error", "failure"},
        [EVENT_HEALTH] = {"metric", {"process"}, "info", NULL},
};

const struct ecs_class *ecs_class(enum event_kind kind)
{
        return &classes[kind];
}

/* What of path is below the object, or NULL. */
static const char *below(const char *path, const char *object)
{
        size_t n = strlen(object);

        return strncmp(path, object, n) == 0 && path[n] == '.' ? path + n + 1 : NULL;
}

static bool has_rows(const struct json_out *o, const char *object)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (below(rows[i].path, object) && json_out_has(o, rows[i].field))
                        return true;
        return false;
}

/* Leaves the inner object that is open, and enters that of path, unless it is the same. */
static void change_object(struct json_out *o, char inner[static 16], const char *path)
{
        const char *dot = strchr(path, '.');
        char next[16] = "";

        if (dot)
                (void)snprintf(next, sizeof(next), "%.*s", (int)(dot - path), path);
        if (strcmp(inner, next) == 0)
                return;
        if (*inner)
                json_out_close(o, '}');
        if (*next)
                json_out_open(o, next, '{');
        memcpy(inner, next, sizeof(next));
}

/* The lines of the table that are below an object, which is open. */
static void put_rows(struct json_out *o, const char *object)
{
        const char *last = "";
        char inner[16] = "";

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const struct row *row = &rows[i];
                const char *path = below(row->path, object);

                if (!path || !json_out_has(o, row->field) || strcmp(row->path, last) == 0)
                        continue;
                last = row->path;
                change_object(o, inner, path);
                const char *dot = strchr(path, '.'), *key = dot ? dot + 1 : path;
                if (row->type == TYPE_NUMBER)
                        json_out_field(o, key, row->field);
                else
                        json_out_text(o, key, row->field);
        }
        change_object(o, inner, "");
}

/* An object of which all stands in the table, or nothing. */
static void put_object(struct json_out *o, const char *object)
{
        if (!has_rows(o, object))
                return;
        json_out_open(o, object, '{');
        put_rows(o, object);
        json_out_close(o, '}');
}

static void put_event(struct json_out *o)
{
        const struct event *e = o->event;
        const struct ecs_class *c = &classes[e->kind];
        bool excused = strcmp(c->kind, "alert") == 0 && !standing_offends(e);

        json_out_open(o, "event", '{');
        json_out_string(o, "kind", excused ? ECS_KIND_NO_ALERT : c->kind);
        json_out_open(o, "category", '[');
        for (size_t i = 0; i < ELEMENTSOF(c->category); i++)
                json_out_string(o, NULL, c->category[i]);
        json_out_close(o, ']');
        json_out_open(o, "type", '[');
        json_out_string(o, NULL, c->type);
        json_out_close(o, ']');
        json_out_string(o, "code", event_info(e->kind)->message_id);
        json_out_number(o, "severity", (uint64_t)event_priority(e));
        json_out_string(o, "outcome", c->outcome);
        json_out_string(o, "provider", "giad");
        json_out_string(o, "module", "giad");
        json_out_string(o, "dataset", "giad.events");
        put_rows(o, "event");
        json_out_close(o, '}');
}

static void put_file(struct json_out *o)
{
        const char *path = o->event->fields[FIELD_PATH];

        if (!path) {
                put_object(o, "file");
                return;
        }
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        const char *dot = strrchr(name, '.');
        json_out_open(o, "file", '{');
        json_out_string(o, "name", name);
        if (slash && slash != path) {
                buffer_puts(o->out, ",\"directory\":");
                buffer_json_bytes(o->out, path, (size_t)(slash - path));
        }
        if (dot && dot != name && dot[1])
                json_out_string(o, "extension", dot + 1);
        json_out_string(o, "type", "file");
        put_rows(o, "file");
        json_out_close(o, '}');
}

/* The techniques of one level: those with a dot are sub-techniques. */
static void put_techniques(struct json_out *o, bool sub)
{
        const char *state = o->event->fields[FIELD_REFERENCES];
        char technique[16], last[16] = "";

        json_out_open(o, "id", '[');
        while (json_out_technique(&state, technique)) {
                char *dot = strchr(technique, '.');

                if (sub && !dot)
                        continue;
                if (!sub && dot)
                        *dot = '\0';
                if (strcmp(technique, last) != 0)
                        json_out_string(o, NULL, technique);
                memcpy(last, technique, sizeof(last));
        }
        json_out_close(o, ']');
}

static void put_threat(struct json_out *o)
{
        const char *state = o->event->fields[FIELD_REFERENCES];
        char technique[16];
        bool any = false, sub = false;

        while (json_out_technique(&state, technique)) {
                any = true;
                sub = sub || strchr(technique, '.');
        }
        if (!any)
                return;
        json_out_open(o, "threat", '{');
        json_out_string(o, "framework", "MITRE ATT&CK");
        json_out_open(o, "technique", '{');
        put_techniques(o, false);
        if (sub) {
                json_out_open(o, "subtechnique", '{');
                put_techniques(o, true);
                json_out_close(o, '}');
        }
        json_out_close(o, '}');
        json_out_close(o, '}');
}

static void put_related(struct json_out *o, const char *host)
{
        json_out_open(o, "related", '{');
        json_out_open(o, "hosts", '[');
        json_out_string(o, NULL, host);
        json_out_close(o, ']');
        if (json_out_has(o, FIELD_SHA256)) {
                json_out_open(o, "hash", '[');
                json_out_text(o, NULL, FIELD_SHA256);
                json_out_close(o, ']');
        }
        if (json_out_has(o, FIELD_OPERATOR)) {
                json_out_open(o, "user", '[');
                json_out_text(o, NULL, FIELD_OPERATOR);
                json_out_close(o, ']');
        }
        json_out_close(o, '}');
}

static void put_observer(struct json_out *o, const char *host)
{
        json_out_open(o, "ecs", '{');
        json_out_string(o, "version", ECS_VERSION);
        json_out_close(o, '}');
        json_out_open(o, "host", '{');
        json_out_string(o, "hostname", host);
        json_out_string(o, "name", host);
        json_out_close(o, '}');
        json_out_open(o, "observer", '{');
        json_out_string(o, "vendor", "giad");
        json_out_string(o, "product", "giad");
        put_rows(o, "observer");
        json_out_close(o, '}');
}

void ecs_render(const struct event *e, const char *host, struct buffer *out)
{
        struct json_out o = {.out = out, .event = e};
        char when[CLOCK_RFC3339_MAX];

        clock_rfc3339(e->time, when);
        o.used[FIELD_TIME] = true;
        json_out_open(&o, NULL, '{');
        json_out_string(&o, "@timestamp", when);
        json_out_string(&o, "message", e->message ? e->message : event_info(e->kind)->subject);
        put_event(&o);
        put_object(&o, "rule");
        put_file(&o);
        put_object(&o, "process");
        put_object(&o, "user");
        put_object(&o, "container");
        put_object(&o, "gen_ai");
        put_threat(&o);
        put_related(&o, host);
        put_observer(&o, host);
        json_out_rest(&o, "giad");
        json_out_close(&o, '}');
}
