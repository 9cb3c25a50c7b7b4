/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A control server in the test's own loop, its methods, and a client that does not block. */
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "common/base/clock.h"
#include "common/base/macros.h"
#include "daemon/control/connection.h"
#include "tests/unit/test.h"

/* A server in the test's own loop, and clients that do not block. */
struct fixture {
        char dir[64], path[96];
        sd_event *event;
        struct control *control;
        struct control_call *kept;
        unsigned gone, refused;
        char method[64], why[160]; /* of the last refusal */
        bool surviving;            /* memory runs out now and then */
        struct control_peer peer;
};

static void method_echo(void *userdata, struct control_call *call, const struct control_peer *peer,
                        const cJSON *parameters, bool more)
{
        struct fixture *f = userdata;

        (void)more;
        f->peer = *peer;
        int r = control_reply(call, cJSON_Duplicate(parameters, true), false);
        assert_true(r == 0 || f->surviving);
}

static void method_decide(void *userdata, struct control_call *call,
                          const struct control_peer *peer, const cJSON *parameters, bool more)
{
        (void)userdata;
        (void)peer;
        (void)parameters;
        (void)more;
        (void)control_error(call, "NotFound", "no entry %d", 7);
}

static void on_gone(void *userdata, struct control_call *call)
{
        struct fixture *f = userdata;

        assert_ptr_equal(call, f->kept);
        f->kept = NULL;
        f->gone++;
}

static void method_watch(void *userdata, struct control_call *call, const struct control_peer *peer,
                         const cJSON *parameters, bool more)
{
        struct fixture *f = userdata;

        (void)peer;
        (void)parameters;
        (void)more;
        f->kept = call;
        control_call_keep(call, on_gone, f);
}

/* Answers one call with three objects, more or not. */
static void method_three(void *userdata, struct control_call *call, const struct control_peer *peer,
                         const cJSON *parameters, bool more)
{
        (void)userdata;
        (void)peer;
        (void)parameters;
        (void)more;
        for (int i = 0; i < 2; i++)
                if (control_reply(call, NULL, true) < 0)
                        return;
        (void)control_reply(call, NULL, false);
}

static void method_silent(void *userdata, struct control_call *call,
                          const struct control_peer *peer, const cJSON *parameters, bool more)
{
        (void)userdata;
        (void)call;
        (void)peer;
        (void)parameters;
        (void)more;
}

static const struct control_line lines[] = {
        {CONTROL_TYPE, "Thing", NULL, "Something"},
        {CONTROL_MEMBER, "name", "string", "how it is called"},
        {CONTROL_MEMBER, "others", "?[]Thing", NULL},
        {CONTROL_METHOD, "Echo", NULL, "Says it again"},
        {CONTROL_IN, "text", "?string", "what"},
        {CONTROL_IN, "n", "?int", NULL},
        {CONTROL_IN, "yes", "?bool", NULL},
        {CONTROL_IN, "ratio", "?float", NULL},
        {CONTROL_IN, "list", "?[]string", NULL},
        {CONTROL_IN, "thing", "?Thing", NULL},
        {CONTROL_OUT, "text", "?string", NULL},
        {CONTROL_METHOD, "Read", NULL, NULL},
        {CONTROL_METHOD, "Decide", NULL, NULL},
        {CONTROL_IN, "id", "?string", NULL},
        {CONTROL_METHOD, "Watch", NULL, NULL},
        {CONTROL_OUT, "event", "object", NULL},
        {CONTROL_METHOD, "Follow", NULL, NULL},
        {CONTROL_METHOD, "Three", NULL, NULL},
        {CONTROL_METHOD, "Silent", NULL, NULL},
        {CONTROL_IN, "how", "string", NULL},
        {CONTROL_METHOD, "Missing", NULL, NULL},
        {CONTROL_ERROR, "NotFound", NULL, NULL},
        {CONTROL_MEMBER, "message", "string", NULL},
};

static const struct control_interface interface = {
        CONTROL_INTERFACE,
        "For the tests",
        lines,
        ELEMENTSOF(lines),
};

static const struct control_method methods[] = {
        {"Echo", CONTROL_ANYONE, CONTROL_ONCE, method_echo},
        {"Read", CONTROL_READ, CONTROL_ONCE, method_echo},
        {"Decide", CONTROL_DECIDE, CONTROL_ONCE, method_decide},
        {"Watch", CONTROL_ANYONE, CONTROL_ONCE, method_watch},
        {"Follow", CONTROL_ANYONE, CONTROL_MORE, method_watch},
        {"Three", CONTROL_ANYONE, CONTROL_ONCE, method_three},
        {"Silent", CONTROL_ANYONE, CONTROL_ONCE, method_silent},
        {"Missing", CONTROL_ANYONE, CONTROL_ONCE, NULL},
};

static void on_refused(void *userdata, const struct control_peer *peer, const char *method,
                       const char *why)
{
        struct fixture *f = userdata;

        (void)snprintf(f->method, sizeof(f->method), "%s", method);
        (void)snprintf(f->why, sizeof(f->why), "%s", why);
        f->peer = *peer;
        f->refused++;
}

static int set_up(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));

        (void)snprintf(f->dir, sizeof(f->dir), "/tmp/giad-control-XXXXXX");
        assert_non_null(mkdtemp(f->dir));
        assert_int_equal(chmod(f->dir, 0755), 0);
        (void)snprintf(f->path, sizeof(f->path), "%s/control", f->dir);
        assert_true(sd_event_new(&f->event) >= 0);
        const struct control_config config = {
                .path = f->path,
                .read_group = "audio", /* a group of every Debian host */
                .decide_group = "video",
                .interface = &interface,
                .methods = methods,
                .n_methods = ELEMENTSOF(methods),
                .refused = on_refused,
                .userdata = f,
        };
        assert_int_equal(control_new(&f->control, f->event, &config), 0);
        *state = f;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *f = *state;

        control_free(f->control);
        assert_null(f->kept);
        sd_event_unref(f->event);
        assert_int_equal(rmdir(f->dir), 0); /* the socket is gone */
        free(f);
        return 0;
}

static void turn(struct fixture *f)
{
        for (int i = 0; i < 200; i++)
                if (sd_event_run(f->event, 0) == 0)
                        return;
}

static int dial(const struct fixture *f)
{
        struct sockaddr_un a = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", f->path);
        assert_true(fd >= 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
        return fd;
}

/* Sends with the NUL. */
static void say(int fd, const char *text)
{
        assert_int_equal(send(fd, text, strlen(text) + 1, MSG_NOSIGNAL), strlen(text) + 1);
}

/* What has come, one message; "" if nothing has, NULL if the server hung up. */
static const char *hear(int fd)
{
        static char text[65536];
        ssize_t n;

        text[0] = '\0';
        for (size_t i = 0; i < sizeof(text); i++) {
                n = recv(fd, text + i, 1, MSG_DONTWAIT);
                if (n == 0 || (n < 0 && errno == ECONNRESET))
                        return NULL;
                if (n < 0) {
                        assert_int_equal(i, 0);
                        return "";
                }
                if (text[i] == '\0')
                        return text;
        }
        fail_msg("the message has no end");
        return NULL;
}

static const char *ask(struct fixture *f, int fd, const char *text)
{
        say(fd, text);
        turn(f);
        return hear(fd);
}

#define ECHO(x) "{\"method\":\"io.giad.Control.Echo\",\"parameters\":{\"text\":\"" x "\"}}"
#define ECHOED(x) "{\"parameters\":{\"text\":\"" x "\"}}"

#define with_server(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
