/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: an event's record for journald, and the sink that sends it by journald's native protocol over one non-blocking socket.
 * Does not own: queueing (sinks.c).
 *
 * sd_journal_sendv() is not used: it returns 0 when journald is absent, and it blocks while
 * journald's socket is full, which would let a stuck journald stop the monitor. The protocol is
 * documented and stable (systemd.io/JOURNAL_NATIVE_PROTOCOL), and a record of ours is small enough
 * for one datagram: a value has no newline and at most 2 KiB.
 */
#include "daemon/sinks/journal.h"

#include <string.h>
#include <sys/socket.h>

#include "daemon/sinks/sink-table.h"
#include "daemon/sinks/unix-socket.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
/* journalctl -o json shows longer fields as null */
#define JOURNAL_JSON_MAX ((size_t)4095)

struct journal {
        struct sink sink;
        struct unix_socket socket;
        struct buffer record;
};

static struct sink *journal_free(struct sink *sink)
{
        struct journal *j = (struct journal *)sink;

        if (!j)
                return NULL;
        unix_socket_done(&j->socket);
        buffer_done(&j->record);
        free(j);
        return NULL;
}

static int journal_new(struct sink **ret, const struct sink_config *config)
{
        struct journal *j = calloc(1, sizeof(*j));

        if (!j)
                return -ENOMEM;
        j->sink.vtable = &sink_journal_vtable;
        int r = unix_socket_init(&j->socket, config->path ? config->path : JOURNAL_SOCKET);
        if (r < 0) {
                (void)journal_free(&j->sink);
                return r;
        }
        *ret = &j->sink;
        return 0;
}

static void put_field(struct buffer *out, const char *name, const char *value)
{
        buffer_puts(out, name);
        buffer_putc(out, '=');
        buffer_puts(out, value);
        buffer_putc(out, '\n');
}

/* The record as JSON, without the fields that would make it too long. */
static void put_json(struct buffer *out, const struct event *e)
{
        size_t start = out->len;
        bool cut = false;

        buffer_puts(out, "GIA_JSON={");
        for (size_t i = 0; i < _FIELD_MAX; i++) {
                const struct field_info *info = field_info((enum field)i);
                size_t before = out->len;

                if (!e->fields[i])
                        continue;
                buffer_json_string(out, info->json);
                buffer_putc(out, ':');
                if (info->type == FIELD_TYPE_NUMBER)
                        buffer_puts(out, e->fields[i]);
                else
                        buffer_json_string(out, e->fields[i]);
                buffer_putc(out, ',');
                if (out->len - start + sizeof("\"cut\":true}") > JOURNAL_JSON_MAX) {
                        out->len = before;
                        cut = true;
                }
        }
        buffer_printf(out, "\"cut\":%s}\n", cut ? "true" : "false");
}

void journal_render(const struct event *e, struct buffer *out)
{
        put_field(out, "MESSAGE", e->message ? e->message : event_info(e->kind)->subject);
        put_field(out, "MESSAGE_ID", event_info(e->kind)->message_id);
        buffer_printf(out, "PRIORITY=%d\n", event_priority(e));
        put_field(out, "SYSLOG_IDENTIFIER", "giad");
        put_field(out, "DOCUMENTATION", "man:giad(8)");
        if (e->object_pid > 0)
                buffer_printf(out, "OBJECT_PID=%d\n", (int)e->object_pid);
        for (size_t i = 0; i < _FIELD_MAX; i++)
                if (e->fields[i])
                        put_field(out, field_info((enum field)i)->journal, e->fields[i]);
        put_json(out, e);
}

static int journal_deliver(struct sink *sink, const struct event *e)
{
        struct journal *j = (struct journal *)sink;
        struct buffer *out = &j->record;

        buffer_reset(out);
        journal_render(e, out);
        if (out->error)
                return out->error == -ENOMEM ? -EAGAIN : out->error;
        return unix_socket_send(&j->socket, out->data, out->len);
}

static int journal_reopen(struct sink *sink)
{
        unix_socket_close(&((struct journal *)sink)->socket);
        return 0;
}

const struct sink_vtable sink_journal_vtable = {
        .name = "journal",
        .new = journal_new,
        .free = journal_free,
        .deliver = journal_deliver,
        .reopen = journal_reopen,
};
