/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/clock.h"
#include "common/base/macros.h"
#include "common/model/enums.h"

/* One flat record: what happened. Made once, rendered by every sink. */

enum event_kind {
#define EVENT(id, ...) EVENT_##id,
#include "common/model/events.def"
#undef EVENT
        _EVENT_MAX,
};
DECLARE_NAMES(event_kind);

enum field {
#define FIELD(id, ...) FIELD_##id,
#include "common/model/fields.def"
#undef FIELD
        _FIELD_MAX,
};

enum field_type { FIELD_TYPE_STRING, FIELD_TYPE_NUMBER };

struct field_info {
        const char *journal; /* journald field name */
        const char *json;
        const char *audit; /* key in audit records, "" if it is not put there */
        enum field_type type;
        const char *text;
};
const struct field_info *field_info(enum field field);

struct event_info {
        const char *name;
        int priority; /* -1: by severity */
        const char *message_id;
        const char *subject, *meaning, *remedy;
};
const struct event_info *event_info(enum event_kind kind);

struct event {
        _Atomic unsigned
                refs; /* shared between threads once it was emitted; nobody changes it after that */
        enum event_kind kind;
        enum severity severity; /* for kinds whose priority goes by severity; else informative */
        uint64_t seq;
        usec_t time;      /* realtime */
        pid_t object_pid; /* writer that still lives and may be described by others as it is, for
                             OBJECT_PID; 0: none */
        char *message;    /* one full sentence */
        char *fields[_FIELD_MAX]; /* owned; NULL: absent. Numbers as decimal text. */
};

/* A new event of this kind with time, event id, name and version filled in. Never fails to return
 * an event but when memory is out: NULL. The caller owns one reference. event_free() accepts NULL
 * and returns NULL. */
struct event *event_new(enum event_kind kind, enum severity severity);
struct event *event_ref(struct event *e);
struct event *event_free(struct event *e); /* drops one reference */
DEFINE_CLEANUP(struct event *, event_free);
#define _cleanup_event_ _cleanup_(event_freep)

/* Sets a field from text, made printable (text_printable) and cut at 2048 bytes. NULL or "" leaves
 * it absent. Running out of memory loses the field. */
void event_set(struct event *e, enum field field, const char *value);
void event_setf(struct event *e, enum field field, const char *fmt, ...) _printf_(3, 4);
void event_set_u64(struct event *e, enum field field, uint64_t value);
/* Sets a field to what it is in another event. */
void event_copy(struct event *e, const struct event *from, enum field field);
/* MESSAGE= of the journal and the text of syslog: one sentence. */
void event_message(struct event *e, const char *fmt, ...) _printf_(2, 3);
void event_set_seq(struct event *e, uint64_t seq);

/* syslog priority of the event, 2..6 */
int event_priority(const struct event *e);

/* The record as one JSON object in one line without the newline; keys in the order of fields.def,
 * `message` last. This is the documented "native" form of the JSON lines sink and of the control
 * socket. */
struct buffer;
void event_to_json(const struct event *e, struct buffer *out);
