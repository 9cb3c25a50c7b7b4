/* SPDX-FileCopyrightText: giad maintainers */
#include "tests/unit/control-fixture.h"
#include "tests/unit/fail-alloc.h"

/* Who connected has gone and left the socket to another process: what /proc says of that pid, or of
 * who has it next, must not be believed. */
static void a_peer_that_has_exited_has_no_session(void **state)
{
        struct fixture *f = *state;
        int hold[2];
        char byte;

        assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
        pid_t pid = fork();
        if (pid == 0) {
                int fd = dial(f);

                if (fork() > 0)
                        _exit(0);
                say(fd, ECHO("late"));
                (void)close(hold[1]);
                (void)!read(hold[0], &byte, 1);
                _exit(0);
        }
        /* it stays a zombie, of which /proc still tells a cgroup */
        siginfo_t info;
        assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
        for (int i = 0; i < 200 && f->peer.pid == 0; i++)
                (void)sd_event_run(f->event, 10000);
        assert_int_equal(f->peer.pid, pid);
        assert_int_equal(f->peer.uid, geteuid());
        assert_true(f->peer.auid == UINT32_MAX);
        assert_true(f->peer.audit_session == UINT32_MAX);
        assert_string_equal(f->peer.cgroup, "");
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        (void)close(hold[0]);
        (void)close(hold[1]);
        turn(f);
}

static void hostile_messages_close_only_their_own_connection(void **state)
{
        static const char *const hostile[] = {
                "",
                "null",
                "[]",
                "{",
                "{}",
                "{\"method\":7}",
                "{\"method\":\"io.giad.Control.Echo\"} trailing",
                "{\"method\":\"io.giad.Control.Echo\",\"parameters\":[]}",
                "{\"method\":\"io.giad.Control.Echo\",\"parameters\":\"x\"}",
                "{\"method\":\"io.giad.Control.Echo\",\"more\":1}",
                "{\"method\":\"io.giad.Control.Echo\",\"oneway\":\"yes\"}",
                "{\"method\":\"io.giad.Control.Echo\",\"parameters\":{\"text\":\"a\\u0000b\"}}",
                "{\"method\":\"io.giad.Control.Echo\",\"parameters\":{\"text\":\"\xff\xfe\"}}",
                "{\"method\":\"io.giad.Control.Echo\",\"parameters\":{\"text\":\"\xed\xa0\x80\"}}",
        };
        struct fixture *f = *state;
        int good = dial(f);

        for (size_t i = 0; i < ELEMENTSOF(hostile); i++) {
                int fd = dial(f);

                if (ask(f, fd, hostile[i]))
                        fail_msg("%zu was answered", i);
                (void)close(fd);
                turn(f);
        }
        assert_string_equal(ask(f, good, ECHO("still here")), ECHOED("still here"));
        /* a backslash before u0000 is only text */
        assert_string_equal(ask(f, good, ECHO("\\\\u0000")), ECHOED("\\\\u0000"));
        (void)close(good);
}

static void deep_nesting_is_refused_without_harm(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);
        _cleanup_free_ char *text = calloc(1, 200002);

        memset(text, '[', 200000);
        text[200000] = '\0';
        for (size_t sent = 0; sent < 200001;) {
                ssize_t n = send(fd, text + sent, 200001 - sent, MSG_NOSIGNAL);

                if (n < 0)
                        break;
                sent += (size_t)n;
                turn(f);
        }
        turn(f);
        assert_null(hear(fd));
        (void)close(fd);
}

static void a_message_past_the_limit_ends_the_connection(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);
        static char chunk[65536];
        size_t sent = 0;

        memset(chunk, ' ', sizeof(chunk));
        while (sent <= CONTROL_MESSAGE_MAX + 4 * sizeof(chunk)) {
                ssize_t n = send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL);

                if (n < 0 && errno != EAGAIN)
                        break;
                sent += n > 0 ? (size_t)n : 0;
                turn(f);
        }
        assert_in_range(sent, CONTROL_MESSAGE_MAX, CONTROL_MESSAGE_MAX + 8 * sizeof(chunk));
        int again = dial(f);
        assert_string_equal(ask(f, again, ECHO("x")), ECHOED("x"));
        (void)close(again);
        (void)close(fd);
}

static void a_client_that_never_reads_is_cut_off(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f), good = dial(f);
        struct rusage before, after;
        size_t queued = 0;

        say(fd, "{\"method\":\"io.giad.Control.Watch\",\"more\":true}");
        turn(f);
        (void)getrusage(RUSAGE_SELF, &before);
        for (;;) {
                static char big[1 << 20];
                cJSON *o = cJSON_CreateObject();

                memset(big, 'x', sizeof(big) - 1);
                (void)cJSON_AddStringToObject(o, "text", big);
                if (control_reply(f->kept, o, true) < 0)
                        break;
                queued += sizeof(big);
                assert_true(queued <= CONTROL_OUTPUT_MAX + (2 << 20));
        }
        assert_int_equal(f->gone, 1); /* told from within the reply that failed */
        assert_null(f->kept);
        assert_true(queued >= CONTROL_OUTPUT_MAX / 2);
        turn(f);
        assert_string_equal(ask(f, good, ECHO("x")), ECHOED("x"));
        (void)getrusage(RUSAGE_SELF, &after);
        assert_true(after.ru_maxrss - before.ru_maxrss < 512 * 1024);
        (void)close(fd);
        (void)close(good);
}

static void a_client_that_takes_nothing_for_long_is_cut_off(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);
        static char big[1 << 20];
        cJSON *o = cJSON_CreateObject();

        say(fd, "{\"method\":\"io.giad.Control.Watch\",\"more\":true}");
        turn(f);
        memset(big, 'x', sizeof(big) - 1);
        (void)cJSON_AddStringToObject(o, "text", big);
        assert_int_equal(control_reply(f->kept, o, true), 0);
        struct connection *c = f->control->connections;
        assert_true(connection_waiting(c) > 0);
        for (int i = 0; i < 2; i++) {
                /* as if the server's timer came after 20 and after 40 seconds */
                c->stalled_since -= 20 * USEC_PER_SEC;
                assert_int_equal(f->gone, 0);
                assert_true(sd_event_source_set_time(f->control->timer, 0) >= 0);
                turn(f);
        }
        assert_int_equal(f->gone, 1);
        assert_null(f->control->connections);
        assert_int_equal(f->control->waiting, 0);
        (void)close(fd);
}

static void a_client_that_sends_without_reading_is_paused(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);
        size_t sent = 0;
        static char text[16384];

        (void)snprintf(text, sizeof(text), ECHO("%0*d"), 16000, 0);
        for (int idle = 0; idle < 3;) {
                ssize_t n = send(fd, text, strlen(text) + 1, MSG_NOSIGNAL | MSG_DONTWAIT);

                idle = n < 0 ? idle + 1 : 0;
                sent += n > 0 ? (size_t)n : 0;
                turn(f);
                assert_true(sent < (8 << 20));
        }
        (void)close(fd);
        turn(f);
}

static void clients_past_the_limit_are_turned_away(void **state)
{
        struct fixture *f = *state;
        int fds[CONTROL_CLIENTS_MAX + 8];
        unsigned served = 0, limit = geteuid() == 0 ? CONTROL_CLIENTS_MAX : 16;

        for (size_t i = 0; i < ELEMENTSOF(fds); i++) {
                fds[i] = dial(f);
                turn(f);
        }
        for (size_t i = 0; i < ELEMENTSOF(fds); i++) {
                (void)send(fds[i], ECHO("n"), sizeof(ECHO("n")), MSG_NOSIGNAL);
                turn(f);
                const char *answer = hear(fds[i]);
                served += answer && strcmp(answer, ECHOED("n")) == 0;
        }
        assert_int_equal(served, limit);
        /* the first that was turned away is told at once, the others at the end in one word */
        assert_int_equal(f->refused, 1);
        assert_string_equal(f->method, "connection");
        assert_non_null(strstr(f->why, geteuid() == 0 ? "all places" : "too many"));
        control_tell_refusals(f->control);
        char counted[64];
        (void)snprintf(counted, sizeof(counted),
                       "%zu more were refused: ", ELEMENTSOF(fds) - limit - 1);
        assert_int_equal(f->refused, 2);
        assert_memory_equal(f->why, counted, strlen(counted));
        struct control_stats stats;
        control_stats(f->control, &stats);
        assert_int_equal(stats.clients, limit);
        assert_int_equal(stats.refused_connections, ELEMENTSOF(fds) - limit);
        for (size_t i = 0; i < ELEMENTSOF(fds); i++)
                (void)close(fds[i]);
        turn(f);
        int fd = dial(f);
        assert_string_equal(ask(f, fd, ECHO("room again")), ECHOED("room again"));
        (void)close(fd);
}

/* In a child of another user: asks and hands the answers to the parent through a pipe. */
static void run_as(struct fixture *f, uid_t uid, const char *group, const char *request,
                   unsigned connections, char *ret, size_t size)
{
        int fds[2];

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        pid_t pid = fork();
        if (pid == 0) {
                struct group *g = group ? getgrnam(group) : NULL;
                gid_t gid = g ? g->gr_gid : 0;
                struct control_client *c[32];
                cJSON *reply = NULL;
                char *error = NULL, line[256];
                bool continues;
                unsigned served = 0;

                if (setgroups(g ? 1 : 0, &gid) < 0 || setgid(uid) < 0 || setuid(uid) < 0)
                        _exit(3);
                for (unsigned i = 0; i < connections; i++)
                        if (control_client_new(&c[i], f->path) < 0)
                                _exit(4);
                int r = 0;
                for (unsigned i = 0; i < connections; i++) {
                        r = control_client_send(c[i], request, NULL, false);
                        if (r == 0)
                                r = control_client_receive(c[i], &reply, &continues, &error);
                        served += r == 0 || r == -EREMOTEIO;
                }
                int n = snprintf(line, sizeof(line), "%s %u", error ? error : "ok", served);
                _exit(write(fds[1], line, (size_t)n) == n ? 0 : 5);
        }
        (void)close(fds[1]);
        int status = -1;
        while (waitpid(pid, &status, WNOHANG) == 0)
                (void)sd_event_run(f->event, 1000);
        assert_int_equal(status, 0);
        ssize_t n = read(fds[0], ret, size - 1);
        assert_true(n > 0);
        ret[n] = '\0';
        (void)close(fds[0]);
        turn(f);
}

static void rights_follow_the_groups(void **state)
{
        struct fixture *f = *state;
        char answer[256];

        if (geteuid() != 0) {
                print_message("skipped: needs root to become other users\n");
                skip();
        }
        run_as(f, 4242, NULL, "Echo", 1, answer, sizeof(answer));
        assert_string_equal(answer, "ok 1");
        assert_int_equal(f->peer.uid, 4242);
        assert_false(f->peer.reader);
        assert_false(f->peer.decider);
        assert_string_equal(f->peer.name, "4242");
        run_as(f, 4242, NULL, "Read", 1, answer, sizeof(answer));
        assert_string_equal(answer, "PermissionDenied 1");
        assert_int_equal(f->refused, 1);
        run_as(f, 4242, "audio", "Read", 1, answer, sizeof(answer));
        assert_string_equal(answer, "ok 1");
        run_as(f, 4242, "audio", "Decide", 1, answer, sizeof(answer));
        assert_string_equal(answer, "PermissionDenied 1");
        assert_int_equal(f->refused, 2);
        assert_int_equal(f->peer.uid, 4242);
        run_as(f, 4242, "video", "Decide", 1, answer, sizeof(answer));
        assert_string_equal(answer, "NotFound 1");
        run_as(f, 4242, "video", "Read", 1, answer, sizeof(answer));
        assert_string_equal(answer, "ok 1");
}

static void refusals_are_slowed_down_for_each_user(void **state)
{
        struct fixture *f = *state;
        char answer[256];
        usec_t start = clock_monotonic();

        if (geteuid() != 0) {
                print_message("skipped: needs root to become other users\n");
                skip();
        }
        run_as(f, 4242, NULL, "Read", 4, answer, sizeof(answer));
        assert_string_equal(answer, "PermissionDenied 4");
        assert_int_equal(f->refused, 4);
        assert_true(clock_monotonic() - start >= 3 * 250 * USEC_PER_MSEC);
        /* not for others */
        start = clock_monotonic();
        run_as(f, 4243, NULL, "Echo", 4, answer, sizeof(answer));
        assert_true(clock_monotonic() - start < 200 * USEC_PER_MSEC);
}

static void a_stranger_cannot_take_all_places(void **state)
{
        struct fixture *f = *state;
        char answer[256];

        if (geteuid() != 0) {
                print_message("skipped: needs root to become other users\n");
                skip();
        }
        run_as(f, 4242, NULL, "Echo", 20, answer, sizeof(answer));
        assert_string_equal(answer, "ok 4");
        assert_int_equal(f->refused, 1);
        assert_int_equal(f->peer.uid, 4242);
        run_as(f, 4242, "audio", "Echo", 20, answer, sizeof(answer));
        assert_string_equal(answer, "ok 16");
}

/* A whole conversation; returns when the server hung up or has answered. */
static void converse(struct fixture *f)
{
        struct control *control = NULL;
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/oom", f->dir);
        const struct control_config config = {
                .path = path,
                .interface = &interface,
                .methods = methods,
                .n_methods = ELEMENTSOF(methods),
                .userdata = f,
        };

        if (control_new(&control, f->event, &config) < 0)
                return;
        struct sockaddr_un a = {.sun_family = AF_UNIX};
        memcpy(a.sun_path, path, sizeof(a.sun_path));
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
        turn(f);
        static const char text[] =
                ECHO("a") "\0"
                          "{\"method\":\"org.varlink.service.GetInfo\"}\0"
                          "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
                          "\"parameters\":{\"interface\":\"io.giad.Control\"}}\0"
                          "{\"method\":\"io.giad.Control.Nope\"}\0"
                          "{\"method\":\"io.giad.Control.Watch\",\"more\":true}";
        (void)send(fd, text, sizeof(text), MSG_NOSIGNAL);
        turn(f);
        (void)close(fd);
        turn(f);
        (void)control_free(control);
        assert_null(f->kept);
}

static void *wrapped_malloc(size_t n)
{
        return malloc(n);
}

static void running_out_of_memory_anywhere_is_survived(void **state)
{
        struct fixture *f = *state;
        cJSON_Hooks hooks = {.malloc_fn = wrapped_malloc, .free_fn = free};
        long n = 0;

        cJSON_InitHooks(&hooks);
        f->surviving = true;
        do {
                fail_alloc.failed = false;
                fail_alloc.left = n++;
                converse(f);
                fail_alloc.left = -1;
        } while (fail_alloc.failed && n < 5000);
        cJSON_InitHooks(NULL);
        assert_in_range(n, 50, 4999);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                with_server(a_peer_that_has_exited_has_no_session),
                with_server(hostile_messages_close_only_their_own_connection),
                with_server(deep_nesting_is_refused_without_harm),
                with_server(a_message_past_the_limit_ends_the_connection),
                with_server(a_client_that_never_reads_is_cut_off),
                with_server(a_client_that_takes_nothing_for_long_is_cut_off),
                with_server(a_client_that_sends_without_reading_is_paused),
                with_server(clients_past_the_limit_are_turned_away),
                with_server(rights_follow_the_groups),
                with_server(refusals_are_slowed_down_for_each_user),
                with_server(a_stranger_cannot_take_all_places),
                with_server(running_out_of_memory_anywhere_is_survived),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
