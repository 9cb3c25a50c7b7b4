/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the syslog sink: RFC 5424 with structured data to the local socket, datagram or stream.
 * Does not own: queueing (sinks.c); the network (that is the local syslog daemon's job).
 *
 * On a stream a newline ends a message, and the kernel takes a line of this size whole or not at
 * all; should it take a part, the connection is made anew and the line sent again (unix-socket.c).
 */
#include "daemon/sinks/syslog.h"

#include <string.h>

#include "common/base/text.h"
#include "daemon/sinks/sink-table.h"
#include "daemon/sinks/unix-socket.h"

#define SYSLOG_SOCKET "/dev/log"
#define SYSLOG_FACILITY 10 /* authpriv */
/* what every receiver should take (RFC 5424, 6.1) */
#define SYSLOG_SIZE ((size_t)2047)
/* of which the sentence may always have this much */
#define SYSLOG_MESSAGE_MIN ((size_t)320)

struct syslog {
        struct sink sink;
        struct unix_socket socket;
        struct buffer line;
        char host[65];
};

/* A HOSTNAME or MSGID: printable ASCII without spaces, "-" if there is none. */
static void put_name(struct buffer *out, const char *name)
{
        size_t n = 0;

        for (; n < 255 && name[n] > ' ' && name[n] < 0x7f; n++)
                buffer_putc(out, name[n]);
        buffer_puts(out, n > 0 ? " " : "- ");
}

static void put_param(struct buffer *out, enum field field, const char *value)
{
        buffer_putc(out, ' ');
        buffer_puts(out, field_info(field)->json);
        buffer_puts(out, "=\"");
        for (const char *p = value; *p; p++) {
                if (*p == '"' || *p == '\\' || *p == ']')
                        buffer_putc(out, '\\');
                buffer_putc(out, *p);
        }
        buffer_putc(out, '"');
}

/* What a reader needs to act; the rest is put in while there is room. */
static bool is_essential(enum field field)
{
        switch (field) {
        case FIELD_EVENT:
        case FIELD_EVENT_ID:
        case FIELD_SEQ:
        case FIELD_SEVERITY:
        case FIELD_PATH:
        case FIELD_RULE:
        case FIELD_ACTION:
        case FIELD_QUARANTINE_ID:
        case FIELD_REASON:
        case FIELD_OPERATOR:
                return true;
        default:
                return false;
        }
}

static void put_structured_data(struct buffer *out, const struct event *e, size_t limit)
{
        buffer_puts(out, "[giad@32473");
        for (size_t i = 0; i < _FIELD_MAX; i++)
                if (e->fields[i] && is_essential((enum field)i))
                        put_param(out, (enum field)i, e->fields[i]);
        for (size_t i = 0; i < _FIELD_MAX; i++) {
                size_t before = out->len;

                /* the header holds the time already */
                if (!e->fields[i] || is_essential((enum field)i) || i == FIELD_TIME)
                        continue;
                put_param(out, (enum field)i, e->fields[i]);
                if (out->len + 1 > limit)
                        out->len = before;
        }
        buffer_putc(out, ']');
}

void syslog_render(const struct event *e, const char *host, pid_t pid, struct buffer *out)
{
        const char *message = e->message ? e->message : event_info(e->kind)->subject;
        size_t wanted = MIN_OF(strlen(message), SYSLOG_MESSAGE_MIN);
        char when[CLOCK_RFC3339_MAX], text[SYSLOG_SIZE + 1];

        clock_rfc3339(e->time, when);
        buffer_printf(out, "<%d>1 %s ", SYSLOG_FACILITY * 8 + event_priority(e), when);
        put_name(out, host);
        buffer_printf(out, "giad %d ", (int)pid);
        put_name(out, event_info(e->kind)->name);
        put_structured_data(out, e, SYSLOG_SIZE - wanted - 1);
        size_t room = out->len + 1 < SYSLOG_SIZE ? SYSLOG_SIZE - out->len - 1 : 0;
        (void)text_copy(text, MAX_OF(room, wanted) + 1, message);
        buffer_putc(out, ' ');
        buffer_puts(out, text);
}

static struct sink *syslog_free(struct sink *sink)
{
        struct syslog *s = (struct syslog *)sink;

        if (!s)
                return NULL;
        unix_socket_done(&s->socket);
        buffer_done(&s->line);
        free(s);
        return NULL;
}

static int syslog_new(struct sink **ret, const struct sink_config *config)
{
        struct syslog *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        s->sink.vtable = &sink_syslog_vtable;
        int r = unix_socket_init(&s->socket, config->path ? config->path : SYSLOG_SOCKET);
        if (r < 0) {
                (void)syslog_free(&s->sink);
                return r;
        }
        if (gethostname(s->host, sizeof(s->host) - 1) < 0)
                s->host[0] = '\0';
        *ret = &s->sink;
        return 0;
}

static int syslog_deliver(struct sink *sink, const struct event *e)
{
        struct syslog *s = (struct syslog *)sink;

        /* what kind of socket it is decides how a message ends */
        if (unix_socket_connect(&s->socket) < 0)
                return -EAGAIN;
        buffer_reset(&s->line);
        syslog_render(e, s->host, getpid(), &s->line);
        if (s->socket.type == SOCK_STREAM)
                buffer_putc(&s->line, '\n');
        if (s->line.error)
                return s->line.error == -ENOMEM ? -EAGAIN : s->line.error;
        return unix_socket_send(&s->socket, s->line.data, s->line.len);
}

static int syslog_reopen(struct sink *sink)
{
        unix_socket_close(&((struct syslog *)sink)->socket);
        return 0;
}

const struct sink_vtable sink_syslog_vtable = {
        .name = "syslog",
        .new = syslog_new,
        .free = syslog_free,
        .deliver = syslog_deliver,
        .reopen = syslog_reopen,
};
