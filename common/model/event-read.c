/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading an event back from its native JSON form, as the spools (daemon/sinks) and the
 * register keep it. Does not own: writing it (event.c).
 *
 * This is no general JSON reader: the native form is one flat object without a space, its values
 * are strings and unsigned numbers, and `event` comes first. What deviates was not written by us, or
 * was damaged, and is refused.
 */
#include "common/model/event-read.h"

#include <string.h>

#include "common/base/buffer.h"
#include "common/base/text.h"

/* Above what a field may hold, each byte of it escaped. */
#define TEXT_MAX ((size_t)16384)

struct reading {
        const char *at, *end;
        struct buffer text; /* the string or number that was read last */
        int next_field;     /* where the next name is looked for first: they come in order */
        struct event *event;
};

static bool take(struct reading *r, char c)
{
        if (r->at == r->end || *r->at != c)
                return false;
        r->at++;
        return true;
}

/* The four digits behind \\u, or -EBADMSG. */
static int take_hex(struct reading *r)
{
        int code = 0;

        if (r->end - r->at < 4)
                return -EBADMSG;
        for (int i = 0; i < 4; i++) {
                const char *digits = "0123456789abcdef", *d;
                char c = *r->at++;

                d = c != '\0' ? strchr(digits, c) : NULL;
                if (!d)
                        return -EBADMSG;
                code = code * 16 + (int)(d - digits);
        }
        return code;
}

/* buffer_json_string() escapes what is below 0x80; all else stands as it is. */
static int take_escape(struct reading *r)
{
        if (r->at == r->end)
                return -EBADMSG;
        switch (*r->at++) {
        case '"':
                return '"';
        case '\\':
                return '\\';
        case 'n':
                return '\n';
        case 't':
                return '\t';
        case 'u':
                return take_hex(r);
        default:
                return -EBADMSG;
        }
}

static int read_string(struct reading *r)
{
        buffer_reset(&r->text);
        buffer_append(&r->text, "", 0);
        if (!take(r, '"'))
                return -EBADMSG;
        for (;;) {
                const char *plain = r->at;

                while (r->at < r->end && *r->at != '"' && *r->at != '\\' &&
                       (unsigned char)*r->at >= 0x20)
                        r->at++;
                buffer_append(&r->text, plain, (size_t)(r->at - plain));
                if (take(r, '"'))
                        break;
                if (!take(r, '\\'))
                        return -EBADMSG;
                int c = take_escape(r);
                if (c <= 0 || c >= 0x80)
                        return -EBADMSG;
                buffer_putc(&r->text, (char)c);
        }
        return r->text.error == -ENOBUFS ? -EBADMSG : r->text.error;
}

static int read_number(struct reading *r, uint64_t *ret)
{
        const char *digits = r->at;

        buffer_reset(&r->text);
        while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
                r->at++;
        buffer_append(&r->text, digits, (size_t)(r->at - digits));
        if (r->text.error)
                return r->text.error == -ENOBUFS ? -EBADMSG : r->text.error;
        return r->at == digits || text_to_u64(r->text.data, 10, ret) < 0 ? -EBADMSG : 0;
}

/* The field of that name, or _FIELD_MAX. */
static int field_named(struct reading *r, const char *name)
{
        for (int i = 0; i < _FIELD_MAX; i++) {
                int field = (r->next_field + i) % _FIELD_MAX;

                if (strcmp(field_info((enum field)field)->json, name) == 0) {
                        r->next_field = field + 1;
                        return field;
                }
        }
        return _FIELD_MAX;
}

/* `event` comes first and says what is made. */
static int begin_event(struct reading *r)
{
        int kind = event_kind_from_string(r->text.data);

        if (kind < 0)
                return -EBADMSG;
        r->event = event_new((enum event_kind)kind, SEVERITY_INFO);
        if (!r->event)
                return -ENOMEM;
        /* what a new event has of its own */
        for (int i = 0; i < _FIELD_MAX; i++)
                event_set(r->event, (enum field)i, NULL);
        r->event->time = 0;
        return 0;
}

static int put_field(struct reading *r, enum field field, uint64_t number)
{
        struct event *e = r->event;
        int severity;

        switch (field) {
        case FIELD_SEQ:
                e->seq = number;
                break;
        case FIELD_TIME:
                if (clock_from_rfc3339(r->text.data, &e->time) < 0)
                        return -EBADMSG;
                break;
        case FIELD_SEVERITY:
                severity = severity_from_string(r->text.data);
                if (severity < 0)
                        return -EBADMSG;
                e->severity = (enum severity)severity;
                break;
        default:
                break;
        }
        event_set(e, field, r->text.data);
        return e->fields[field] || r->text.len == 0 ? 0 : -ENOMEM;
}

static int read_value(struct reading *r, int field, bool message)
{
        bool is_number = r->at < r->end && *r->at != '"';
        uint64_t number = 0;
        int k = is_number ? read_number(r, &number) : read_string(r);

        if (k < 0)
                return k;
        if (!r->event) {
                if (field != FIELD_EVENT || is_number)
                        return -EBADMSG;
                k = begin_event(r);
                if (k < 0)
                        return k;
        }
        /* none is written twice */
        if (message ? r->event->message != NULL
                    : field < _FIELD_MAX && r->event->fields[field] != NULL)
                return -EBADMSG;
        if (message) {
                event_message(r->event, "%s", r->text.data);
                return r->event->message ? 0 : -ENOMEM;
        }
        if (field == _FIELD_MAX)
                return 0;
        if (is_number != (field_info((enum field)field)->type == FIELD_TYPE_NUMBER))
                return -EBADMSG;
        return put_field(r, (enum field)field, number);
}

static int read_pair(struct reading *r)
{
        int k = read_string(r);

        if (k < 0)
                return k;
        bool message = strcmp(r->text.data, "message") == 0;
        int field = message ? _FIELD_MAX : field_named(r, r->text.data);
        return take(r, ':') ? read_value(r, field, message) : -EBADMSG;
}

static int read_object(struct reading *r)
{
        int k = take(r, '{') ? 0 : -EBADMSG;

        while (k >= 0) {
                k = read_pair(r);
                if (k >= 0 && !take(r, ','))
                        break;
        }
        if (k < 0)
                return k;
        if (!take(r, '}') || r->at != r->end)
                return -EBADMSG;
        /* without it nobody knows how important the event is */
        if (event_info(r->event->kind)->priority < 0 && !r->event->fields[FIELD_SEVERITY])
                return -EBADMSG;
        return r->event->fields[FIELD_TIME] ? 0 : -EBADMSG;
}

int event_read_json(struct event **ret, const char *json, size_t n)
{
        struct reading r = {.at = json, .end = json + n, .text = {.max = TEXT_MAX}};
        int k = read_object(&r);

        if (k < 0)
                r.event = event_free(r.event);
        else
                *ret = take_ptr(&r.event);
        buffer_done(&r.text);
        return k;
}
