/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the lines that a person reads when giad runs in the foreground.
 * Does not own: the fd it is given (borrowed).
 *
 * O_NONBLOCK must not be set on an fd that is shared with a shell, so a terminal or pipe is opened
 * once more for ourselves; where that is refused, poll(2) says before each write whether it would
 * wait. An event is one write of at most PIPE_BUF bytes, which a pipe takes whole or not at all.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "daemon/sinks/sink-table.h"

struct terminal {
        struct sink sink;
        int fd;  /* where to write: own, or borrowed */
        int own; /* our own open description; -1: none */
        bool colour;
        struct buffer line;
};

static struct sink *terminal_free(struct sink *sink)
{
        struct terminal *t = (struct terminal *)sink;

        if (!t)
                return NULL;
        t->own = fd_close(t->own);
        buffer_done(&t->line);
        free(t);
        return NULL;
}

/* A non-blocking description of the same terminal or pipe, or -1. */
static int open_own(int fd)
{
        char path[64];
        struct stat st;

        if (fstat(fd, &st) < 0 || !(S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
                return -1;
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static int terminal_new(struct sink **ret, const struct sink_config *config)
{
        if (config->fd < 0)
                return -EINVAL;
        struct terminal *t = calloc(1, sizeof(*t));
        if (!t)
                return -ENOMEM;
        t->sink.vtable = &sink_terminal_vtable;
        t->own = open_own(config->fd);
        t->fd = t->own >= 0 ? t->own : config->fd;
        t->colour = config->colour;
        *ret = &t->sink;
        return 0;
}

static const char *colour_of(int priority)
{
        static const char *const colours[] = {
                [2] = "\x1b[1;31m",
                [3] = "\x1b[31m",
                [4] = "\x1b[33m",
                [5] = "\x1b[36m",
        };

        return priority >= 0 && (size_t)priority < ELEMENTSOF(colours) && colours[priority]
                       ? colours[priority]
                       : "";
}

/* The severity for what has one, otherwise a word for the priority. */
static const char *word_of(const struct event *e)
{
        int priority = event_priority(e);

        if (e->fields[FIELD_SEVERITY])
                return e->fields[FIELD_SEVERITY];
        return priority <= 3   ? "error"
               : priority == 4 ? "warning"
               : priority == 5 ? "notice"
                               : "info";
}

static void put_place(struct buffer *out, const struct event *e)
{
        if (!e->fields[FIELD_PATH])
                return;
        buffer_puts(out, e->fields[FIELD_PATH]);
        if (e->fields[FIELD_LINE])
                buffer_printf(out, ":%s", e->fields[FIELD_LINE]);
        if (e->fields[FIELD_LINE] && e->fields[FIELD_COLUMN])
                buffer_printf(out, ":%s", e->fields[FIELD_COLUMN]);
        buffer_puts(out, ": ");
}

static void put_if(struct buffer *out, const struct event *e, enum field field, const char *label)
{
        if (e->fields[field])
                buffer_printf(out, "  %s%s", label, e->fields[field]);
}

static void terminal_render(const struct terminal *t, const struct event *e, struct buffer *out)
{
        const char *colour = t->colour ? colour_of(event_priority(e)) : "";
        const char *text = e->fields[FIELD_TITLE] ? e->fields[FIELD_TITLE] : e->message;

        buffer_printf(out, "%s%-8s%s ", colour, word_of(e), *colour ? "\x1b[0m" : "");
        put_place(out, e);
        buffer_puts(out, text ? text : event_info(e->kind)->subject);
        if (e->fields[FIELD_ACTION])
                buffer_printf(out, " [%s]", e->fields[FIELD_ACTION]);
        buffer_putc(out, '\n');

        size_t start = out->len;
        buffer_puts(out, "        ");
        size_t empty = out->len;
        put_if(out, e, FIELD_REDACTED, "");
        put_if(out, e, FIELD_RULE, "rule ");
        put_if(out, e, FIELD_REASON, "reason ");
        put_if(out, e, FIELD_QUARANTINE_ID, "quarantine ");
        put_if(out, e, FIELD_OPERATOR, "by ");
        if (out->len == empty)
                out->len = start;
        else
                buffer_putc(out, '\n');
}

static int terminal_deliver(struct sink *sink, const struct event *e)
{
        struct terminal *t = (struct terminal *)sink;
        struct pollfd p = {.fd = t->fd, .events = POLLOUT};

        buffer_reset(&t->line);
        terminal_render(t, e, &t->line);
        if (t->line.error)
                return t->line.error == -ENOMEM ? -EAGAIN : t->line.error;
        if (t->line.len > PIPE_BUF) {
                t->line.len = PIPE_BUF;
                t->line.data[PIPE_BUF - 1] = '\n';
        }
        if (t->own < 0 && poll(&p, 1, 0) <= 0)
                return -EAGAIN;
        if (write(t->fd, t->line.data, t->line.len) >= 0)
                return 0;
        return errno == EAGAIN || errno == EINTR ? -EAGAIN : -errno;
}

const struct sink_vtable sink_terminal_vtable = {
        .name = "terminal",
        .new = terminal_new,
        .free = terminal_free,
        .deliver = terminal_deliver,
};
