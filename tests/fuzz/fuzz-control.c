/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Fuzzes what a hostile client can send: the framing and parsing alone, cut into pieces in two ways
 * that must agree; and a whole server with the same bytes.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/base/macros.h"
#include "daemon/control/connection.h"
#include "daemon/control/introspect.h"
#include "tests/fuzz/fuzz.h"

#define FUZZ_MESSAGE_MAX 4096

/* Feeds pieces of step bytes; returns a hash over the messages and the end. */
static uint64_t digest(const uint8_t *data, size_t size, size_t step)
{
        struct message_reader reader = {0};
        uint64_t hash = 1469598103934665603u;
        bool ended = false;

        for (size_t i = 0; i < size && !ended; i += step) {
                const char *text;
                size_t n;
                int r;

                assert(message_reader_feed(&reader, data + i, MIN_OF(step, size - i)) == 0);
                while ((r = message_reader_next(&reader, FUZZ_MESSAGE_MAX, &text, &n)) > 0) {
                        struct message_request request;

                        assert(text[n] == '\0' && strlen(text) == n);
                        r = message_request_parse(text, n, &request);
                        hash = (hash ^ (uint64_t)(r + 1000) ^ n) * 1099511628211u;
                        if (r < 0)
                                continue;
                        assert(request.method && cJSON_IsObject(request.parameters));
                        hash = (hash ^ strlen(request.method)) * 1099511628211u;
                        message_request_done(&request);
                }
                ended = r < 0;
                hash ^= ended ? 77 : 0;
        }
        message_reader_done(&reader);
        return hash;
}

static struct control_call *kept;

static void on_gone(void *userdata, struct control_call *call)
{
        (void)userdata;
        assert(kept == call);
        kept = NULL;
}

static void method_echo(void *userdata, struct control_call *call, const struct control_peer *peer,
                        const cJSON *parameters, bool more)
{
        (void)userdata;
        (void)peer;
        (void)more;
        (void)control_reply(call, cJSON_Duplicate(parameters, true), false);
}

static void method_stream(void *userdata, struct control_call *call,
                          const struct control_peer *peer, const cJSON *parameters, bool more)
{
        (void)userdata;
        (void)peer;
        (void)parameters;
        if (more && control_reply(call, NULL, true) == 0) {
                control_call_keep(call, on_gone, NULL);
                kept = call;
        } else if (!more) {
                (void)control_error(call, "NotFound", "%s", "nothing");
        }
}

static const struct control_line lines[] = {
        {CONTROL_METHOD, "Echo", NULL, NULL},   {CONTROL_IN, "text", "?string", NULL},
        {CONTROL_IN, "n", "?int", NULL},        {CONTROL_IN, "list", "?[]string", NULL},
        {CONTROL_METHOD, "Stream", NULL, NULL}, {CONTROL_METHOD, "Decide", NULL, NULL},
};

static const struct control_interface interface = {CONTROL_INTERFACE, NULL, lines,
                                                   ELEMENTSOF(lines)};

static const struct control_method methods[] = {
        {"Echo", CONTROL_ANYONE, CONTROL_ONCE, method_echo},
        {"Stream", CONTROL_ANYONE, CONTROL_ONCE, method_stream},
        {"Decide", CONTROL_DECIDE, CONTROL_ONCE, method_echo},
};

static void serve(const uint8_t *data, size_t size)
{
        struct control control = {.config = {.interface = &interface,
                                             .methods = methods,
                                             .n_methods = ELEMENTSOF(methods)},
                                  .fd = -1};
        struct control_peer peer = {.reader = true};
        int pair[2];

        assert(sd_event_new(&control.event) >= 0);
        assert(sd_event_add_defer(control.event, &control.reaper, NULL, NULL) >= 0);
        assert(sd_event_source_set_enabled(control.reaper, SD_EVENT_OFF) >= 0);
        assert(sd_event_add_time(control.event, &control.timer, CLOCK_MONOTONIC, 0, 0, NULL,
                                 NULL) >= 0);
        assert(sd_event_source_set_enabled(control.timer, SD_EVENT_OFF) >= 0);
        assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
        assert(connection_new(&control, pair[0], &peer) == 0);
        struct connection *c = control.connections;
        ssize_t sent = send(pair[1], data, MIN_OF(size, (size_t)65536), MSG_NOSIGNAL);
        (void)sent;
        if (size % 3 == 0)
                (void)shutdown(pair[1], SHUT_WR);
        for (int i = 0; i < 50 && !c->doomed && sd_event_run(control.event, 0) > 0; i++)
                if (kept && i == 20)
                        (void)control_reply(take_ptr(&kept), NULL, false);
        (void)close(pair[1]);
        for (int i = 0; i < 50 && !c->doomed && sd_event_run(control.event, 0) > 0; i++)
                ;
        (void)connection_free(c);
        assert(!kept);
        assert(control.waiting == 0);
        (void)sd_event_source_disable_unref(control.reaper);
        (void)sd_event_source_disable_unref(control.timer);
        (void)sd_event_unref(control.event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        uint64_t one = digest(data, size, 1), whole = digest(data, size, size ? size : 1);

        /* a message past the limit is noticed earlier in small pieces: what follows may differ */
        if (size <= FUZZ_MESSAGE_MAX)
                assert(one == whole);
        serve(data, size);
        return 0;
}
