/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the event record, its fields, and its native JSON form.
 * Does not own: numbering (daemon/manager) and delivery (daemon/sinks).
 */
#include "common/model/event.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/id.h"
#include "common/base/text.h"

#define EVENT_VALUE_MAX 2048

static const struct event_info events[] = {
#define EVENT(id, name, priority, message_id, subject, meaning, remedy) \
        [EVENT_##id] = {name, priority, message_id, subject, meaning, remedy},
#include "common/model/events.def"
#undef EVENT
};

static const struct field_info fields[] = {
#define FIELD(id, journal, json, audit, type, text) \
        [FIELD_##id] = {journal, json, audit, FIELD_TYPE_##type, text},
#include "common/model/fields.def"
#undef FIELD
};

const struct field_info *field_info(enum field field)
{
        return &fields[field];
}

const struct event_info *event_info(enum event_kind kind)
{
        return &events[kind];
}

const char *event_kind_to_string(int kind)
{
        return kind >= 0 && kind < _EVENT_MAX ? events[kind].name : "?";
}

int event_kind_from_string(const char *name)
{
        for (int i = 0; i < _EVENT_MAX; i++)
                if (strcmp(events[i].name, name) == 0)
                        return i;
        return -EINVAL;
}

struct event *event_new(enum event_kind kind, enum severity severity)
{
        char id[ID_SIZE], when[CLOCK_RFC3339_MAX];
        struct event *e = calloc(1, sizeof(*e));

        if (!e)
                return NULL;
        atomic_init(&e->refs, 1);
        e->kind = kind;
        e->severity = severity;
        e->time = clock_realtime();
        clock_rfc3339(e->time, when);
        event_set(e, FIELD_EVENT, events[kind].name);
        if (id_new(id) == 0)
                event_set(e, FIELD_EVENT_ID, id);
        event_set(e, FIELD_TIME, when);
        if (events[kind].priority < 0) {
                event_set(e, FIELD_SEVERITY, severity_to_string((int)severity));
                event_set_u64(e, FIELD_RISK_SCORE, (uint64_t)severity_score(severity));
        }
        return e;
}

struct event *event_ref(struct event *e)
{
        (void)atomic_fetch_add(&e->refs, 1);
        return e;
}

struct event *event_free(struct event *e)
{
        if (!e || atomic_fetch_sub(&e->refs, 1) > 1)
                return NULL;
        for (size_t i = 0; i < _FIELD_MAX; i++)
                free(e->fields[i]);
        free(e->message);
        free(e);
        return NULL;
}

void event_set(struct event *e, enum field field, const char *value)
{
        char text[EVENT_VALUE_MAX];

        free(e->fields[field]);
        e->fields[field] = NULL;
        if (!value || *value == '\0')
                return;
        e->fields[field] = strdup(text_printable(text, sizeof(text), value, strlen(value)));
}

void event_copy(struct event *e, const struct event *from, enum field field)
{
        free(e->fields[field]);
        e->fields[field] = from->fields[field] ? strdup(from->fields[field]) : NULL;
}

void event_setf(struct event *e, enum field field, const char *fmt, ...)
{
        char text[EVENT_VALUE_MAX];
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        event_set(e, field, text);
}

void event_set_u64(struct event *e, enum field field, uint64_t value)
{
        char digits[24], *at = digits + sizeof(digits) - 1;

        *at = '\0';
        do
                *--at = (char)('0' + value % 10);
        while ((value /= 10) > 0);
        free(e->fields[field]);
        e->fields[field] = strdup(at);
}

void event_message(struct event *e, const char *fmt, ...)
{
        char raw[EVENT_VALUE_MAX], text[EVENT_VALUE_MAX];
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(raw, sizeof(raw), fmt, ap);
        va_end(ap);
        free(e->message);
        e->message = strdup(text_printable(text, sizeof(text), raw, strlen(raw)));
}

void event_set_seq(struct event *e, uint64_t seq)
{
        e->seq = seq;
        event_set_u64(e, FIELD_SEQ, seq);
}

int event_priority(const struct event *e)
{
        int priority = events[e->kind].priority;

        return priority >= 0 ? priority : severity_priority(e->severity);
}

void event_to_json(const struct event *e, struct buffer *out)
{
        buffer_putc(out, '{');
        for (size_t i = 0; i < _FIELD_MAX; i++) {
                if (!e->fields[i])
                        continue;
                buffer_putc(out, '"');
                buffer_puts(out, fields[i].json);
                buffer_puts(out, "\":");
                if (fields[i].type == FIELD_TYPE_NUMBER)
                        buffer_puts(out, e->fields[i]);
                else
                        buffer_json_string(out, e->fields[i]);
                buffer_putc(out, ',');
        }
        buffer_puts(out, "\"message\":");
        buffer_json_string(out, e->message ? e->message : "");
        buffer_putc(out, '}');
}
