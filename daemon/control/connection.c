/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: one client's bytes in and out, the order of its requests, and the calls being answered.
 * Does not own: accepting and reaping (server.c), framing (message.c), what a method does.
 * Ownership: server.c → connection → control_call, until its last reply or its client's end.
 *
 * One request is answered at a time; the next one is not even read meanwhile. A client that does
 * not read its answers is bounded in bytes here and in time by the server; a client that floods
 * gets a few messages per turn of the loop.
 */
#include "daemon/control/connection.h"

#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "daemon/control/introspect.h"

#define READ_CHUNK ((size_t)32 * 1024)
#define MESSAGES_PER_TURN 8
/* who may do nothing but introspect has no need of long messages */
#define STRANGER_MESSAGE_MAX ((size_t)16 * 1024)
/* past this much that the client has not taken, its further requests wait */
#define OUTPUT_PAUSE ((size_t)256 * 1024)
/* for all clients together */
#define OUTPUT_TOTAL_MAX (2 * CONTROL_OUTPUT_MAX)

struct control_call {
        struct connection *connection; /* NULL: the client is gone */
        bool more, oneway, kept;
        void (*on_gone)(void *userdata, struct control_call *call);
        void *userdata;
};

static size_t message_max(const struct connection *c)
{
        return c->peer.reader || c->peer.decider ? CONTROL_MESSAGE_MAX : STRANGER_MESSAGE_MAX;
}

size_t connection_waiting(const struct connection *c)
{
        return c->out.len - c->sent;
}

/* Sets what is waited for. */
static void connection_update(struct connection *c)
{
        uint32_t events = 0;

        if (c->doomed)
                return;
        bool paused = c->call || connection_waiting(c) > OUTPUT_PAUSE;
        bool ready = message_reader_ready(&c->in, message_max(c));
        if (!paused && ready)
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
        if (sd_event_source_set_io_events(c->io, events) < 0)
                connection_doom(c);
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
                c->fd = fd_close(c->fd);
                control_reap_soon(c->control);
        }
        if (!call)
                return;
        call->connection = NULL;
        if (call->kept && call->on_gone)
                call->on_gone(call->userdata, call);
        free(call);
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

/* Queues a text with its NUL. Returns 0 or negative errno: the connection is of no more use. */
static int connection_write(struct connection *c, const char *text)
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

/* Ends the call and lets the next request in. */
static void call_finish(struct control_call *call)
{
        struct connection *c = call->connection;

        c->call = NULL;
        free(call);
        connection_update(c);
}

/* Writes one reply; the last one ends the call. Consumes parameters. */
static int call_answer(struct control_call *call, const char *error, cJSON *parameters,
                       bool continues)
{
        struct connection *c = call->connection;
        _cleanup_free_ char *text = NULL;
        int r = 0;

        if (call->oneway)
                cJSON_Delete(parameters);
        else
                r = message_reply_format(error, parameters, continues, &text);
        if (r == 0 && text)
                r = connection_write(c, text);
        if (r < 0) {
                c->call = NULL;
                free(call);
                connection_doom(c);
                return -EPIPE;
        }
        if (continues)
                connection_update(c);
        else
                call_finish(call);
        return 0;
}

int control_reply(struct control_call *call, cJSON *parameters, bool continues)
{
        if (!call->connection) {
                cJSON_Delete(parameters);
                return -EPIPE;
        }
        if (continues && !call->more) {
                cJSON_Delete(parameters);
                (void)call_answer(call, INTROSPECT_INTERFACE ".ExpectedMore", NULL, false);
                return -EPIPE;
        }
        return call_answer(call, NULL, parameters, continues);
}

int control_error(struct control_call *call, const char *name, const char *fmt, ...)
{
        char error[128], message[1024];
        cJSON *parameters = cJSON_CreateObject();
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(message, sizeof(message), fmt, ap);
        va_end(ap);
        (void)snprintf(error, sizeof(error), CONTROL_INTERFACE ".%s", name);
        if (parameters)
                (void)cJSON_AddStringToObject(parameters, "message", message);
        if (!call->connection) {
                cJSON_Delete(parameters);
                return -EPIPE;
        }
        return call_answer(call, error, parameters, false);
}

void control_call_keep(struct control_call *call,
                       void (*on_gone)(void *userdata, struct control_call *call), void *userdata)
{
        call->kept = true;
        call->on_gone = on_gone;
        call->userdata = userdata;
}

static void answer_varlink_error(struct control_call *call, const char *name, const char *key,
                                 const char *value)
{
        char error[128];
        cJSON *parameters = cJSON_CreateObject();

        if (parameters && key)
                (void)cJSON_AddStringToObject(parameters, key, value);
        (void)snprintf(error, sizeof(error), INTROSPECT_INTERFACE ".%s", name);
        (void)call_answer(call, error, parameters, false);
}

static bool may_call(const struct control_peer *peer, enum control_right right)
{
        switch (right) {
        case CONTROL_ANYONE:
                return true;
        case CONTROL_READ:
                return peer->reader;
        case CONTROL_DECIDE:
                return peer->decider;
        }
        return false;
}

static void call_introspection(struct connection *c, const char *method, const cJSON *parameters)
{
        const struct control_config *config = &c->control->config;
        const char *error = NULL;
        cJSON *reply = NULL;

        int r = introspect_call(method, parameters, config->methods, config->n_methods, &error,
                                &reply);
        if (r < 0)
                connection_doom(c);
        else
                (void)call_answer(c->call, error, reply, false);
}

static void call_method(struct connection *c, const struct control_method *method,
                        const struct message_request *request)
{
        const struct control_config *config = &c->control->config;

        if (!may_call(&c->peer, method->right)) {
                if (config->refused)
                        config->refused(config->userdata, &c->peer, method->name,
                                        method->right == CONTROL_DECIDE
                                                ? "not in the group that may decide"
                                                : "not in the group that may read");
                answer_varlink_error(c->call, "PermissionDenied", NULL, NULL);
                return;
        }
        c->dispatching = true;
        method->call(config->userdata, c->call, &c->peer, request->parameters, request->more);
        c->dispatching = false;
        /* neither answered nor kept: the client must not wait for ever */
        if (c->call && !c->call->kept)
                (void)control_error(c->call, "Failed", "%s gave no answer", method->name);
}

static void connection_dispatch(struct connection *c, const struct message_request *request)
{
        const struct control_config *config = &c->control->config;
        const char *dot = strrchr(request->method, '.');
        size_t n = dot ? (size_t)(dot - request->method) : 0;

        if (n == strlen(INTROSPECT_INTERFACE) &&
            strncmp(request->method, INTROSPECT_INTERFACE, n) == 0) {
                call_introspection(c, dot + 1, request->parameters);
                return;
        }
        if (n != strlen(CONTROL_INTERFACE) || strncmp(request->method, CONTROL_INTERFACE, n) != 0) {
                answer_varlink_error(c->call, "InterfaceNotFound", "interface", request->method);
                return;
        }
        for (size_t i = 0; i < config->n_methods; i++) {
                if (strcmp(config->methods[i].name, dot + 1) == 0) {
                        call_method(c, &config->methods[i], request);
                        return;
                }
        }
        answer_varlink_error(c->call, "MethodNotFound", "method", request->method);
}

/* Parses and answers one message. Returns 0 or negative errno: the client is not to be talked to.
 */
static int connection_handle(struct connection *c, const char *text, size_t n)
{
        struct message_request request;
        int r = message_request_parse(text, n, &request);

        if (r < 0)
                return r;
        c->call = calloc(1, sizeof(*c->call));
        if (c->call) {
                c->call->connection = c;
                c->call->oneway = request.oneway;
                c->call->more = request.more && !request.oneway;
                connection_dispatch(c, &request);
        } else {
                r = -ENOMEM;
        }
        message_request_done(&request);
        return r;
}

static void connection_process(struct connection *c)
{
        for (int i = 0; i < MESSAGES_PER_TURN; i++) {
                const char *text;
                size_t n;

                if (c->doomed || c->call || connection_waiting(c) > OUTPUT_PAUSE)
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
        (void)source;
        connection_process(userdata);
        return 0;
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
        int r = sd_event_add_io(control->event, &c->io, fd, EPOLLIN, on_io, c);
        if (r >= 0)
                r = sd_event_add_defer(control->event, &c->again, on_again, c);
        if (r >= 0)
                r = sd_event_source_set_enabled(c->again, SD_EVENT_OFF);
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
