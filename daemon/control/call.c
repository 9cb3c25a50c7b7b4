/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: one request from its method's name to its last reply: rights, introspection, errors.
 * Does not own: the bytes (connection.c) and what a method does (the manager).
 * Ownership: call_begin() → the connection, until the last reply, an error, or call_abandon().
 */
#include "daemon/control/call.h"

#include <stdarg.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/control/interface.h"
#include "daemon/control/introspect.h"

struct control_call {
        struct connection *connection; /* NULL: the client is gone */
        bool more, oneway, kept;
        void (*on_gone)(void *userdata, struct control_call *call);
        void (*next)(void *userdata,
                     struct control_call *call); /* NULL: answers come by themselves */
        void *userdata;
};

static void call_tell_keeper(struct control_call *call)
{
        if (call->kept && call->on_gone)
                call->on_gone(call->userdata, call);
        call->kept = false;
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
                /* the call goes with its connection, and who keeps it is told */
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
                call_tell_keeper(call);
                (void)call_answer(call, INTROSPECT_INTERFACE ".ExpectedMore", NULL, false);
                return -EPIPE;
        }
        return call_answer(call, NULL, parameters, continues);
}

int control_error(struct control_call *call, const char *name, const char *fmt, ...)
{
        char error[128], raw[1024], message[1024];
        cJSON *parameters = cJSON_CreateObject();
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(raw, sizeof(raw), fmt, ap);
        va_end(ap);
        /* names of files may stand in it */
        (void)text_printable(message, sizeof(message), raw, strlen(raw));
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

void control_call_pace(struct control_call *call,
                       void (*next)(void *userdata, struct control_call *call))
{
        call->next = next;
        connection_update(call->connection);
}

bool call_is_paced(const struct control_call *call)
{
        return call && call->kept && call->next;
}

void call_continue(struct control_call *call)
{
        call->next(call->userdata, call);
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

        int r = introspect_call(method, parameters, config->interface, &error, &reply);
        if (r < 0)
                connection_doom(c);
        else
                (void)call_answer(c->call, error, reply, false);
}

/* Who asks may not. Told before anything is said of the parameters. */
static void call_refuse(struct connection *c, const struct control_method *method)
{
        const struct control_config *config = &c->control->config;

        c->control->stats.refused_methods++;
        penalties_add(&c->control->penalties, c->peer.uid, clock_monotonic());
        if (config->refused)
                config->refused(config->userdata, &c->peer, method->name,
                                method->right == CONTROL_DECIDE ? "not in the group that may decide"
                                                                : "not in the group that may read");
        answer_varlink_error(c->call, "PermissionDenied", NULL, NULL);
}

static void call_method(struct connection *c, const struct control_method *method,
                        const struct message_request *request)
{
        const struct control_config *config = &c->control->config;
        const char *bad = NULL;

        c->control->stats.calls++;
        if (!may_call(&c->peer, method->right)) {
                call_refuse(c, method);
                return;
        }
        if (!method->call || request->upgrade) {
                answer_varlink_error(c->call, "MethodNotImplemented", "method", request->method);
                return;
        }
        if (interface_check(config->interface, method->name, request->parameters, &bad) > 0) {
                answer_varlink_error(c->call, "InvalidParameter", "parameter", bad);
                return;
        }
        if (method->replies == CONTROL_MORE && !request->more) {
                answer_varlink_error(c->call, "ExpectedMore", NULL, NULL);
                return;
        }
        c->dispatching = true;
        method->call(config->userdata, c->call, &c->peer, request->parameters, request->more);
        c->dispatching = false;
        /* neither answered nor kept: the client must not wait for ever */
        if (c->call && !c->call->kept)
                (void)control_error(c->call, "Failed", "%s gave no answer", method->name);
}

static void call_dispatch(struct connection *c, const struct message_request *request)
{
        const struct control_config *config = &c->control->config;
        char interface[128];
        const char *dot = strrchr(request->method, '.');
        size_t n = dot ? (size_t)(dot - request->method) : 0;

        if (!dot) {
                /* of no interface at all */
                answer_varlink_error(c->call, "InvalidParameter", "parameter", "method");
                return;
        }
        (void)snprintf(interface, sizeof(interface), "%.*s", (int)MIN_OF(n, sizeof(interface)),
                       request->method);
        if (strcmp(interface, INTROSPECT_INTERFACE) == 0) {
                call_introspection(c, dot + 1, request->parameters);
                return;
        }
        if (strcmp(interface, CONTROL_INTERFACE) != 0) {
                answer_varlink_error(c->call, "InterfaceNotFound", "interface", interface);
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

int call_begin(struct connection *c, const struct message_request *request)
{
        c->call = calloc(1, sizeof(*c->call));
        if (!c->call)
                return -ENOMEM;
        c->call->connection = c;
        c->call->oneway = request->oneway;
        c->call->more = request->more && !request->oneway;
        call_dispatch(c, request);
        return 0;
}

struct control_call *call_abandon(struct control_call *call)
{
        if (!call)
                return NULL;
        call->connection = NULL;
        call_tell_keeper(call);
        free(call);
        return NULL;
}
