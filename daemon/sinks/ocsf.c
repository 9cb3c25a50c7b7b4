/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the OCSF 1.8 shape of an event.
 * Does not own: the record itself, nor where the line goes (jsonl.c).
 *
 * Attributes that this version of OCSF requires are always there; fields without a place in it are
 * kept under `unmapped`, as OCSF asks.
 */
#include <string.h>

#include "daemon/sinks/json-out.h"
#include "daemon/sinks/shapes.h"
#include "daemon/sinks/standing.h"

#define OCSF_VERSION "1.8.0"
#define OCSF_DETECTION 2004
#define OCSF_DATA_SECURITY 2006
#define ATTACK_VERSION "19.2"

enum {
        ACTIVITY_CREATE = 1,
        ACTIVITY_UPDATE = 2,
        ACTIVITY_CLOSE = 3,
        ACTIVITY_SUPPRESSED = 4, /* of Data Security Finding alone */
        ACTIVITY_OTHER = 99
};
enum { STATUS_NEW = 1, STATUS_IN_PROGRESS = 2, STATUS_SUPPRESSED = 3, STATUS_RESOLVED = 4 };
enum { ACTION_ALLOWED = 1, ACTION_DENIED = 2, ACTION_OBSERVED = 3, ACTION_MODIFIED = 4 };

/* What an event does to the finding it speaks of; a kind without a line is a Base Event. */
static const struct lifecycle {
        uint8_t activity, status, action, disposition;
} lifecycles[_EVENT_MAX] = {
        [EVENT_FINDING] = {ACTIVITY_CREATE, STATUS_NEW, ACTION_OBSERVED, 15 /* Detected */},
        [EVENT_VERDICT] = {ACTIVITY_CREATE, STATUS_NEW, ACTION_OBSERVED, 17 /* Logged */},
        [EVENT_QUARANTINED] = {ACTIVITY_UPDATE, STATUS_IN_PROGRESS, ACTION_DENIED,
                               3 /* Quarantined */},
        [EVENT_OPEN_DENIED] = {ACTIVITY_CREATE, STATUS_NEW, ACTION_DENIED, 2 /* Blocked */},
        [EVENT_RESPONSE_FAILED] = {ACTIVITY_UPDATE, STATUS_NEW, ACTION_OBSERVED, 27 /* Error */},
        [EVENT_RELEASED] = {ACTIVITY_CLOSE, STATUS_RESOLVED, ACTION_ALLOWED, 9 /* Restored */},
        [EVENT_APPROVED] = {ACTIVITY_CLOSE, STATUS_RESOLVED, ACTION_ALLOWED, 8 /* Approved */},
        [EVENT_REJECTED] = {ACTIVITY_UPDATE, STATUS_IN_PROGRESS, ACTION_DENIED, 2 /* Blocked */},
        [EVENT_REVOKED] = {ACTIVITY_UPDATE, STATUS_IN_PROGRESS, ACTION_OBSERVED, 17 /* Logged */},
        [EVENT_APPROVAL_EXPIRED] = {ACTIVITY_UPDATE, STATUS_NEW, ACTION_OBSERVED, 17 /* Logged */},
        [EVENT_ORPHANED] = {ACTIVITY_CREATE, STATUS_NEW, ACTION_OBSERVED, 15 /* Detected */},
        [EVENT_ROLLED_BACK] = {ACTIVITY_CLOSE, STATUS_RESOLVED, ACTION_MODIFIED,
                               11 /* Corrected */},
        [EVENT_PURGED] = {ACTIVITY_CLOSE, STATUS_RESOLVED, ACTION_DENIED, 5 /* Deleted */},
        [EVENT_ACCESS_DENIED] = {ACTIVITY_CREATE, STATUS_NEW, ACTION_DENIED, 2 /* Blocked */},
};

static int severity_id(const struct event *e)
{
        if (e->fields[FIELD_SEVERITY])
                return severity_ocsf(e->severity);
        for (int s = 0; s < _SEVERITY_MAX; s++)
                if (severity_priority((enum severity)s) == event_priority(e))
                        return severity_ocsf((enum severity)s);
        return severity_ocsf(SEVERITY_INFO);
}

static int class_of(const struct event *e)
{
        const char *kind = e->fields[FIELD_KIND];

        if (lifecycles[e->kind].activity == 0)
                return 0;
        return kind && strcmp(kind, "secret") == 0 ? OCSF_DATA_SECURITY : OCSF_DETECTION;
}

static int activity_of(const struct event *e, int class)
{
        if (class == 0)
                return ACTIVITY_OTHER;
        if (class == OCSF_DATA_SECURITY && standing_is_suppressed(e))
                return ACTIVITY_SUPPRESSED;
        return lifecycles[e->kind].activity;
}

static void put_class(struct json_out *o, int class)
{
        static const char *const severities[] = {"Unknown", "Informational", "Low",  "Medium",
                                                 "High",    "Critical",      "Fatal"};
        const struct event *e = o->event;
        int activity = activity_of(e, class);

        json_out_number(o, "class_uid", (uint64_t) class);
        json_out_string(o, "class_name",
                        class == OCSF_DATA_SECURITY ? "Data Security Finding"
                        : class == OCSF_DETECTION   ? "Detection Finding"
                                                    : "Base Event");
        json_out_number(o, "category_uid", class > 0 ? 2 : 0);
        json_out_string(o, "category_name", class > 0 ? "Findings" : "Uncategorized");
        json_out_number(o, "activity_id", (uint64_t)activity);
        if (activity == ACTIVITY_OTHER)
                json_out_string(o, "activity_name", event_info(e->kind)->name);
        json_out_number(o, "type_uid", (uint64_t)(class * 100 + activity));
        json_out_number(o, "time", e->time / USEC_PER_MSEC);
        json_out_number(o, "severity_id", (uint64_t)severity_id(e));
        json_out_string(o, "severity", severities[severity_id(e)]);
        json_out_string(o, "message", e->message);
        o->used[FIELD_TIME] = o->used[FIELD_SEVERITY] = true;
}

/* The process that an event tells of: who was kept from opening the file, or who wrote it. */
static const struct process {
        enum field pid, uid, comm, exe, command, container;
} writer = {.pid = FIELD_WRITER_PID,
            .uid = FIELD_WRITER_UID,
            .comm = FIELD_WRITER_COMM,
            .exe = FIELD_WRITER_EXE,
            .command = FIELD_WRITER_COMMAND,
            .container = FIELD_WRITER_CONTAINER},
  opener = {.pid = FIELD_OPENER_PID,
            .uid = FIELD_OPENER_UID,
            .comm = FIELD_OPENER_COMM,
            .exe = FIELD_OPENER_EXE,
            .command = _FIELD_MAX /* not read */,
            .container = FIELD_OPENER_CONTAINER};

static const struct process *process_of(const struct event *e)
{
        return e->kind == EVENT_OPEN_DENIED ? &opener : &writer;
}

static void put_metadata(struct json_out *o, int class, const char *host)
{
        json_out_open(o, "metadata", '{');
        json_out_string(o, "version", OCSF_VERSION);
        json_out_open(o, "product", '{');
        json_out_string(o, "name", "giad");
        json_out_string(o, "vendor_name", "giad");
        json_out_text(o, "version", FIELD_VERSION);
        json_out_close(o, '}');
        json_out_text(o, "uid", FIELD_EVENT_ID);
        json_out_field(o, "sequence", FIELD_SEQ);
        json_out_text(o, "event_code", FIELD_EVENT);
        json_out_open(o, "profiles", '[');
        json_out_string(o, NULL, "host");
        if (class > 0)
                json_out_string(o, NULL, "security_control");
        if (class > 0 && json_out_has(o, process_of(o->event)->container))
                json_out_string(o, NULL, "container");
        json_out_close(o, ']');
        json_out_close(o, '}');
        json_out_open(o, "device", '{');
        json_out_number(o, "type_id", 0);
        json_out_string(o, "hostname", host);
        json_out_close(o, '}');
}

static void put_attacks(struct json_out *o)
{
        const char *state = o->event->fields[FIELD_REFERENCES];
        char technique[16];
        bool opened = false;

        while (json_out_technique(&state, technique)) {
                char *dot = strchr(technique, '.');

                if (!opened)
                        json_out_open(o, "attacks", '[');
                opened = true;
                json_out_open(o, NULL, '{');
                json_out_string(o, "version", ATTACK_VERSION);
                if (dot) {
                        json_out_open(o, "sub_technique", '{');
                        json_out_string(o, "uid", technique);
                        json_out_close(o, '}');
                        *dot = '\0';
                }
                json_out_open(o, "technique", '{');
                json_out_string(o, "uid", technique);
                json_out_close(o, '}');
                json_out_close(o, '}');
        }
        if (opened)
                json_out_close(o, ']');
}

/* Events about one quarantined file share the finding's uid. */
static void put_finding_info(struct json_out *o)
{
        const struct event *e = o->event;

        json_out_open(o, "finding_info", '{');
        if (json_out_has(o, FIELD_QUARANTINE_ID))
                json_out_text(o, "uid", FIELD_QUARANTINE_ID);
        else
                json_out_string(o, "uid",
                                e->fields[FIELD_EVENT_ID] ? e->fields[FIELD_EVENT_ID] : "0");
        if (json_out_has(o, FIELD_TITLE))
                json_out_text(o, "title", FIELD_TITLE);
        else
                json_out_string(o, "title", event_info(e->kind)->subject);
        json_out_text(o, "desc", FIELD_DETAIL);
        if (json_out_has(o, FIELD_CLASS)) {
                json_out_open(o, "types", '[');
                json_out_text(o, NULL, FIELD_CLASS);
                json_out_close(o, ']');
        }
        if (json_out_has(o, FIELD_RULE)) {
                json_out_open(o, "analytic", '{');
                json_out_number(o, "type_id", 1 /* Rule */);
                json_out_text(o, "uid", FIELD_RULE);
                json_out_close(o, '}');
        }
        put_attacks(o);
        json_out_close(o, '}');
}

static void put_file(struct json_out *o)
{
        const char *path = o->event->fields[FIELD_PATH];

        if (!path)
                return;
        const char *slash = strrchr(path, '/');
        json_out_open(o, "file", '{');
        json_out_string(o, "name", slash && slash[1] ? slash + 1 : path);
        json_out_number(o, "type_id", 1 /* Regular File */);
        json_out_text(o, "path", FIELD_PATH);
        json_out_field(o, "size", FIELD_SIZE);
        if (json_out_has(o, FIELD_SHA256)) {
                json_out_open(o, "hashes", '[');
                json_out_open(o, NULL, '{');
                json_out_number(o, "algorithm_id", 3 /* SHA-256 */);
                json_out_text(o, "value", FIELD_SHA256);
                json_out_close(o, '}');
                json_out_close(o, ']');
        }
        if (json_out_has(o, FIELD_OWNER)) {
                json_out_open(o, "owner", '{');
                json_out_text(o, "uid", FIELD_OWNER);
                json_out_close(o, '}');
        }
        json_out_close(o, '}');
}

static void put_user(struct json_out *o, enum field uid, enum field name)
{
        json_out_open(o, "user", '{');
        if (uid != _FIELD_MAX)
                json_out_text(o, "uid", uid);
        if (name != _FIELD_MAX)
                json_out_text(o, "name", name);
        json_out_close(o, '}');
}

/* profile container */
static void put_container(struct json_out *o, enum field id)
{
        if (!json_out_has(o, id))
                return;
        json_out_open(o, "container", '{');
        json_out_text(o, "uid", id);
        json_out_text(o, "name", FIELD_WRITER_CONTAINER_NAME);
        json_out_text(o, "runtime", FIELD_WRITER_CONTAINER_RUNTIME);
        if (json_out_has(o, FIELD_WRITER_CONTAINER_IMAGE)) {
                json_out_open(o, "image", '{');
                json_out_text(o, "uid", FIELD_WRITER_CONTAINER_IMAGE);
                json_out_close(o, '}');
        }
        json_out_close(o, '}');
}

static void put_program(struct json_out *o, enum field exe)
{
        const char *path = o->event->fields[exe], *slash = path ? strrchr(path, '/') : NULL;

        if (!path)
                return;
        json_out_open(o, "file", '{');
        json_out_string(o, "name", slash && slash[1] ? slash + 1 : path);
        json_out_number(o, "type_id", 1 /* Regular File */);
        json_out_text(o, "path", exe);
        json_out_close(o, '}');
}

static void put_process(struct json_out *o, const struct process *p)
{
        if (!json_out_has(o, p->pid))
                return;
        json_out_open(o, "process", '{');
        json_out_field(o, "pid", p->pid);
        json_out_text(o, "name", p->comm);
        if (p->command != _FIELD_MAX)
                json_out_text(o, "cmd_line", p->command);
        put_program(o, p->exe);
        put_container(o, p->container);
        json_out_close(o, '}');
}

/* Who decided, or the process. */
static void put_actor(struct json_out *o)
{
        const struct process *p = process_of(o->event);
        bool decided = json_out_has(o, FIELD_OPERATOR) || json_out_has(o, FIELD_OPERATOR_UID);

        if (!decided && !json_out_has(o, p->pid) && !json_out_has(o, p->uid))
                return;
        json_out_open(o, "actor", '{');
        if (decided)
                put_user(o, FIELD_OPERATOR_UID, FIELD_OPERATOR);
        else
                put_process(o, p);
        if (!decided && json_out_has(o, p->uid))
                put_user(o, p->uid, _FIELD_MAX);
        json_out_close(o, '}');
}

static void put_evidence(struct json_out *o, int class)
{
        static const enum field needed[] = {FIELD_PATH, FIELD_OPERATOR, FIELD_OPERATOR_UID,
                                            FIELD_WRITER_PID, FIELD_WRITER_UID};
        bool any = false;

        if (class == OCSF_DATA_SECURITY) {
                put_file(o);
                put_actor(o);
                return;
        }
        for (size_t i = 0; i < ELEMENTSOF(needed); i++)
                any = any || json_out_has(o, needed[i]);
        if (!any)
                return;
        json_out_open(o, "evidences", '[');
        json_out_open(o, NULL, '{');
        put_file(o);
        put_actor(o);
        json_out_close(o, '}');
        json_out_close(o, ']');
}

/* profile security_control, with what policy ordered */
static void put_control(struct json_out *o)
{
        const struct lifecycle *l = &lifecycles[o->event->kind];
        const char *action = o->event->fields[FIELD_ACTION];
        uint8_t status = l->status, disposition = l->disposition;

        if (o->event->kind == EVENT_VERDICT && action && strcmp(action, "report") != 0)
                disposition = 19 /* Alert */;
        if (standing_is_suppressed(o->event)) {
                status = STATUS_SUPPRESSED;
                disposition = 10 /* Exonerated */;
        }
        if (standing_is_approved(o->event)) {
                status = STATUS_RESOLVED;
                disposition = 8 /* Approved */;
        }
        json_out_number(o, "status_id", status);
        json_out_number(o, "action_id", l->action);
        json_out_number(o, "disposition_id", disposition);
        if (json_out_has(o, FIELD_POLICY)) {
                json_out_open(o, "policy", '{');
                json_out_text(o, "name", FIELD_POLICY);
                json_out_close(o, '}');
        }
}

static void put_confidence(struct json_out *o)
{
        static const char *const captions[] = {"Low", "Medium", "High"};
        const char *name = o->event->fields[FIELD_CONFIDENCE];
        int confidence = name ? confidence_from_string(name) : -EINVAL;

        json_out_field(o, "risk_score", FIELD_RISK_SCORE);
        if (confidence < 0)
                return; /* what is no confidence stays among the unmapped */
        json_out_number(o, "confidence_id", (uint64_t)confidence + 1);
        json_out_string(o, "confidence", captions[confidence]);
        o->used[FIELD_CONFIDENCE] = true;
}

static void put_finding(struct json_out *o, int class)
{
        put_finding_info(o);
        put_control(o);
        put_confidence(o);
        json_out_bool(o, "is_alert",
                      event_priority(o->event) <= 4 && !standing_is_suppressed(o->event));
        put_evidence(o, class);
        if (class == OCSF_DATA_SECURITY) {
                json_out_open(o, "data_security", '{');
                json_out_string(o, "detection_pattern",
                                json_out_has(o, FIELD_RULE) ? o->event->fields[FIELD_RULE]
                                                            : "secret");
                json_out_close(o, '}');
        } else if (json_out_has(o, FIELD_REMEDIATION)) {
                json_out_open(o, "remediation", '{');
                json_out_text(o, "desc", FIELD_REMEDIATION);
                json_out_close(o, '}');
        }
}

void ocsf_render(const struct event *e, const char *host, struct buffer *out)
{
        struct json_out o = {.out = out, .event = e};
        int class = class_of(e);

        json_out_open(&o, NULL, '{');
        put_class(&o, class);
        put_metadata(&o, class, host);
        if (class > 0)
                put_finding(&o, class);
        json_out_rest(&o, "unmapped");
        json_out_close(&o, '}');
}
