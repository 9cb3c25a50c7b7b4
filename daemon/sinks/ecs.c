/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the shape of an event in the Elastic Common Schema 9.
 * Does not own: the record itself, nor where the line goes (jsonl.c).
 *
 * Fields without a place in ECS are kept under `giad`, a namespace of our own.
 */
#include <string.h>

#include "daemon/sinks/json-out.h"
#include "daemon/sinks/shapes.h"

#define ECS_VERSION "9.4.0"

/* event.kind, event.category and event.type of each kind of event */
static const struct categories {
        const char *kind, *category[2], *type, *outcome;
} categories[_EVENT_MAX] = {
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
        [EVENT_ORPHANED] = {"alert", {"file", "iam"}, "info", NULL},
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

static void put_event(struct json_out *o)
{
        const struct event *e = o->event;
        const struct categories *c = &categories[e->kind];

        json_out_open(o, "event", '{');
        json_out_string(o, "kind", c->kind ? c->kind : "event");
        json_out_open(o, "category", '[');
        for (size_t i = 0; i < ELEMENTSOF(c->category); i++)
                json_out_string(o, NULL, c->category[i]);
        json_out_close(o, ']');
        json_out_open(o, "type", '[');
        json_out_string(o, NULL, c->type ? c->type : "info");
        json_out_close(o, ']');
        json_out_text(o, "action", FIELD_EVENT);
        json_out_string(o, "code", event_info(e->kind)->message_id);
        json_out_text(o, "id", FIELD_EVENT_ID);
        json_out_field(o, "sequence", FIELD_SEQ);
        json_out_number(o, "severity", (uint64_t)event_priority(e));
        json_out_field(o, "risk_score", FIELD_RISK_SCORE);
        json_out_text(o, "reason", FIELD_REASON);
        json_out_string(o, "outcome", c->outcome);
        json_out_string(o, "provider", "giad");
        json_out_string(o, "module", "giad");
        json_out_string(o, "dataset", "giad.events");
        json_out_close(o, '}');
}

static void put_file(struct json_out *o)
{
        const char *path = o->event->fields[FIELD_PATH];

        if (!path)
                return;
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        const char *dot = strrchr(name, '.');
        json_out_open(o, "file", '{');
        json_out_text(o, "path", FIELD_PATH);
        json_out_string(o, "name", name);
        if (slash && slash != path) {
                buffer_puts(o->out, ",\"directory\":");
                buffer_json_bytes(o->out, path, (size_t)(slash - path));
        }
        if (dot && dot != name && dot[1])
                json_out_string(o, "extension", dot + 1);
        json_out_string(o, "type", "file");
        json_out_field(o, "size", FIELD_SIZE);
        json_out_text(o, "inode", FIELD_INODE);
        json_out_text(o, "mode", FIELD_MODE);
        json_out_text(o, "uid", FIELD_OWNER);
        if (json_out_has(o, FIELD_SHA256)) {
                json_out_open(o, "hash", '{');
                json_out_text(o, "sha256", FIELD_SHA256);
                json_out_close(o, '}');
        }
        json_out_close(o, '}');
}

static void put_rule(struct json_out *o)
{
        if (!json_out_has(o, FIELD_RULE))
                return;
        json_out_open(o, "rule", '{');
        json_out_text(o, "id", FIELD_RULE);
        json_out_text(o, "name", FIELD_TITLE);
        json_out_text(o, "category", FIELD_CLASS);
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

/* Who decided, who wanted to open the file, or who wrote it. */
static void put_user(struct json_out *o)
{
        bool decided = json_out_has(o, FIELD_OPERATOR) || json_out_has(o, FIELD_OPERATOR_UID);
        bool opener = o->event->kind == EVENT_OPEN_DENIED;
        enum field pid = opener ? FIELD_OPENER_PID : FIELD_WRITER_PID,
                   uid = opener ? FIELD_OPENER_UID : FIELD_WRITER_UID;

        if (json_out_has(o, pid)) {
                json_out_open(o, "process", '{');
                json_out_field(o, "pid", pid);
                json_out_close(o, '}');
        }
        if (!decided && !json_out_has(o, uid))
                return;
        json_out_open(o, "user", '{');
        json_out_text(o, "id", decided ? FIELD_OPERATOR_UID : uid);
        if (decided)
                json_out_text(o, "name", FIELD_OPERATOR);
        json_out_close(o, '}');
}

/* In which the writer was, or who wanted to open the file. */
static void put_container(struct json_out *o)
{
        bool opener = o->event->kind == EVENT_OPEN_DENIED;
        enum field id = opener ? FIELD_OPENER_CONTAINER : FIELD_WRITER_CONTAINER;

        if (!json_out_has(o, id))
                return;
        json_out_open(o, "container", '{');
        json_out_text(o, "id", id);
        json_out_text(o, "name", FIELD_WRITER_CONTAINER_NAME);
        json_out_text(o, "runtime", FIELD_WRITER_CONTAINER_RUNTIME);
        if (json_out_has(o, FIELD_WRITER_CONTAINER_IMAGE)) {
                json_out_open(o, "image", '{');
                json_out_text(o, "name", FIELD_WRITER_CONTAINER_IMAGE);
                json_out_close(o, '}');
        }
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
        json_out_text(o, "version", FIELD_VERSION);
        json_out_close(o, '}');
        if (json_out_has(o, FIELD_AGENT)) {
                json_out_open(o, "gen_ai", '{');
                json_out_open(o, "agent", '{');
                json_out_text(o, "name", FIELD_AGENT);
                json_out_close(o, '}');
                json_out_close(o, '}');
        }
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
        put_rule(&o);
        put_file(&o);
        put_user(&o);
        put_container(&o);
        put_threat(&o);
        put_related(&o, host);
        put_observer(&o, host);
        json_out_rest(&o, "giad");
        json_out_close(&o, '}');
}
