/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: one client's bytes in and out, and when its next request is looked at.
 * Does not own: accepting and reaping (server.c), framing (message.c), answering (call.c).
 * Ownership: server.c → connection → control_call, until its last reply or its client's end.
 *
 * One request is answered at a time; the next one is not even read meanwhile. A client that does
 * not read its answers is bounded in bytes here and in time by the server; a client that floods
 * gets a few messages per turn of the loop.
 */
#include "daemon/control/connection.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "daemon/control/call.h"

#define READ_CHUNK ((size_t)32 * 1024)
#define MESSAGES_PER_TURN 8
/* who may do nothing but introspect has no need of long messages */
#define STRANGER_MESSAGE_MAX ((size_t)16 * 1024)
/* past this much that the client has not taken, its further requests wait */
#define OUTPUT_PAUSE ((size_t)256 * 1024)
/* past this much, a client that is given a long answer waits for more of it */
#define OUTPUT_AHEAD ((size_t)128 * 1024)
/* for all clients together */
#define OUTPUT_TOTAL_MAX (2 * CONTROL_OUTPUT_MAX)

static size_t message_max(const struct connection *c)
{
        return c->peer.reader || c->peer.decider ? CONTROL_MESSAGE_MAX : STRANGER_MESSAGE_MAX;
}

size_t connection_waiting(const struct connection *c)
{
        return c->out.len - c->sent;
}

/* True if the next request has to wait: for the answer to this one, for the client to read, or for
 * the end of a penalty. */
static bool connection_paused(struct connection *c)
{
        if (c->call || connection_waiting(c) > OUTPUT_PAUSE)
                return true;
        usec_t until = penalties_until(&c->control->penalties, c->peer.uid, clock_monotonic());
        if (until == 0)
                return false;
        (void)sd_event_source_set_time(c->resume, until);
        (void)sd_event_source_set_enabled(c->resume, SD_EVENT_ONESHOT);
        return true;
}

/* The rest of a long answer is asked for, in the next turn. */
static bool wants_more(const struct connection *c)
{
        return call_is_paced(c->call) && connection_waiting(c) <= OUTPUT_AHEAD;
}

void connection_update(struct connection *c)
{
        uint32_t events = 0;

        if (c->doomed)
                return;
        bool paused = connection_paused(c);
        bool ready = message_reader_ready(&c->in, message_max(c));
        if ((!paused && ready) || wants_more(c))
                (void)sd_event_source_set_enabled(c->again, SD_EVENT_ONESHOT);
        if (!paused && !ready && c->eof && connection_waiting(c) == 0) {
                connection_doom(c);
                return;
        }
        if (!paused && !ready && !c->eof)
                events |= EPOLLIN;
        if (connection_waiting(c) > 0) {
                events |= EPOLLOUT;
                control_watch_stalled(c->control);
        }
        /* changing what epoll waits for takes no memory and cannot fail on an fd of ours */
        (void)sd_event_source_set_io_events(c->io, events);
}

void connection_doom(struct connection *c)
{
        struct control_call *call = take_ptr(&c->call);

        if (!c->doomed) {
                c->doomed = true;
                c->control->waiting -= connection_waiting(c);
                c->sent = c->out.len;
                c->io = sd_event_source_disable_unref(c->io);
                c->again = sd_event_source_disable_unref(c->again);
                c->resume = sd_event_source_disable_unref(c->resume);
                c->fd = fd_close(c->fd);
                control_reap_soon(c->control);
        }
        (void)call_abandon(call);
}

struct connection *connection_free(struct connection *c)
{
        if (!c)
                return NULL;
        connection_doom(c);
        message_reader_done(&c->in);
        buffer_done(&c->out);
        free(c);
        return NULL;
}

/* Sends what the client takes now. Returns 0 or negative errno if it is gone. */
static int connection_flush(struct connection *c)
{
        while (connection_waiting(c) > 0) {
                ssize_t n = send(c->fd, c->out.data + c->sent, connection_waiting(c),
                                 MSG_NOSIGNAL | MSG_DONTWAIT);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return errno == EAGAIN ? 0 : -errno;
                c->sent += (size_t)n;
                c->control->waiting -= (size_t)n;
                c->stalled_since = clock_monotonic();
        }
        buffer_done(&c->out);
        c->sent = 0;
        return 0;
}

int connection_write(struct connection *c, const char *text)
{
        size_t n = strlen(text) + 1;

        if (c->doomed)
                return -EPIPE;
        if (n > CONTROL_OUTPUT_MAX - connection_waiting(c) ||
            n > OUTPUT_TOTAL_MAX - c->control->waiting)
                return -ENOBUFS;
        if (connection_waiting(c) == 0)
                c->stalled_since = clock_monotonic();
        if (c->sent > c->out.len / 2) {
                memmove(c->out.data, c->out.data + c->sent, connection_waiting(c));
                c->out.len -= c->sent;
                c->sent = 0;
        }
        c->out.max = 2 * CONTROL_OUTPUT_MAX + 1;
        buffer_append(&c->out, text, n);
        if (c->out.error)
                return c->out.error;
        c->control->waiting += n;
        return connection_flush(c);
}

/* Parses and answers one message. Returns 0 or negative errno: the client is not to be talked to.
 */
static int connection_handle(struct connection *c, const char *text, size_t n)
{
        struct message_request request;
        int r = message_request_parse(text, n, &request);

        if (r < 0)
                return r;
        r = call_begin(c, &request);
        message_request_done(&request);
        return r;
}

static void connection_process(struct connection *c)
{
        for (int i = 0; i < MESSAGES_PER_TURN; i++) {
                const char *text;
                size_t n;

                if (c->doomed || connection_paused(c))
                        break;
                int r = message_reader_next(&c->in, message_max(c), &text, &n);
                if (r == 0)
                        break;
                if (r > 0)
                        r = connection_handle(c, text, n);
                if (r < 0)
                        connection_doom(c);
        }
        connection_update(c);
}

static int connection_read(struct connection *c)
{
        char chunk[READ_CHUNK];
        ssize_t n = recv(c->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (n == 0)
                c->eof = true;
        return message_reader_feed(&c->in, chunk, (size_t)n);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct connection *c = userdata;
        int r = 0;

        (void)source;
        (void)fd;
        if (revents & EPOLLOUT)
                r = connection_flush(c);
        if (r >= 0 && (revents & EPOLLIN))
                r = connection_read(c);
        if (r < 0) {
                connection_doom(c);
                return 0;
        }
        connection_process(c);
        /* nobody is left to read an answer */
        if (revents & (EPOLLHUP | EPOLLERR))
                connection_doom(c);
        return 0;
}

static int on_again(sd_event_source *source, void *userdata)
{
        struct connection *c = userdata;

        (void)source;
        if (wants_more(c))
                call_continue(c->call);
        connection_process(c);
        return 0;
}

static int on_resume(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void)source;
        (void)usec;
        connection_process(userdata);
        return 0;
}

/* The source that goes on after a turn that was used up, and the one after a penalty. */
static int connection_add_sources(struct connection *c)
{
        sd_event *event = c->control->event;
        int r = sd_event_add_io(event, &c->io, c->fd, EPOLLIN, on_io, c);

        if (r >= 0)
                r = sd_event_add_defer(event, &c->again, on_again, c);
        if (r >= 0)
                r = sd_event_source_set_enabled(c->again, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_time(event, &c->resume, CLOCK_MONOTONIC, 0, 1, on_resume, c);
        if (r >= 0)
                r = sd_event_source_set_enabled(c->resume, SD_EVENT_OFF);
        return r;
}

int connection_new(struct control *control, int fd, const struct control_peer *peer)
{
        struct connection *c = calloc(1, sizeof(*c));

        if (!c) {
                (void)fd_close(fd);
                return -ENOMEM;
        }
        c->control = control;
        c->peer = *peer;
        c->fd = fd;
        int r = connection_add_sources(c);
        if (r < 0) {
                (void)connection_free(c);
                return r;
        }
        c->next = control->connections;
        if (c->next)
                c->next->prev = c;
        control->connections = c;
        return 0;
}
