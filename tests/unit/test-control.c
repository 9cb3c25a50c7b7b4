/* SPDX-FileCopyrightText: giad maintainers */
#include "tests/unit/control-fixture.h"

static void a_generic_client_can_introspect(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);

        const char *info = ask(f, fd, "{\"method\":\"org.varlink.service.GetInfo\"}");
        assert_non_null(
                strstr(info, "\"interfaces\":[\"org.varlink.service\",\"io.giad.Control\"]"));
        const char *text = ask(f, fd,
                               "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
                               "\"parameters\":{\"interface\":\"io.giad.Control\"}}");
        assert_non_null(strstr(text, "interface io.giad.Control\\n"));
        assert_non_null(strstr(text, "method Echo(\\n  # what\\n  text: ?string,\\n"));
        assert_non_null(strstr(text, "method Read() -> ()\\n"));
        assert_non_null(strstr(text, "# Something\\ntype Thing (\\n  # how it is called\\n"
                                     "  name: string,\\n  others: ?[]Thing\\n)\\n"));
        assert_non_null(strstr(text, "\\nerror NotFound (\\n  message: string\\n)\\n"));
        text = ask(f, fd,
                   "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
                   "\"parameters\":{\"interface\":\"org.varlink.service\"}}");
        assert_non_null(strstr(text, "interface org.varlink.service\\n"));
        assert_string_equal(ask(f, fd,
                                "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
                                "\"parameters\":{\"interface\":\"a.b\"}}"),
                            "{\"error\":\"org.varlink.service.InterfaceNotFound\","
                            "\"parameters\":{\"interface\":\"a.b\"}}");
        assert_string_equal(
                ask(f, fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\"}"),
                "{\"error\":\"org.varlink.service.InvalidParameter\","
                "\"parameters\":{\"parameter\":\"interface\"}}");
        (void)close(fd);
}

static void unknown_methods_and_interfaces_are_errors(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);

        assert_string_equal(ask(f, fd, "{\"method\":\"io.giad.Control.Nope\"}"),
                            "{\"error\":\"org.varlink.service.MethodNotFound\","
                            "\"parameters\":{\"method\":\"io.giad.Control.Nope\"}}");
        assert_string_equal(ask(f, fd, "{\"method\":\"io.other.Nope\"}"),
                            "{\"error\":\"org.varlink.service.InterfaceNotFound\","
                            "\"parameters\":{\"interface\":\"io.other\"}}");
        assert_string_equal(ask(f, fd, "{\"method\":\"Nope\"}"),
                            "{\"error\":\"org.varlink.service.InvalidParameter\","
                            "\"parameters\":{\"parameter\":\"method\"}}");
        (void)close(fd);
}

/* What an Echo with these parameters is answered: "" if they are right, else the one that is not. */
static const char *wrong_in(struct fixture *f, int fd, const char *parameters)
{
        static char name[128];
        char text[512];

        (void)snprintf(text, sizeof(text),
                       "{\"method\":\"io.giad.Control.Echo\",\"parameters\":%s}", parameters);
        const char *answer = ask(f, fd, text);
        assert_non_null(answer);
        if (strncmp(answer, "{\"parameters\":", strlen("{\"parameters\":")) == 0)
                return "";
        assert_int_equal(sscanf(answer,
                                "{\"error\":\"org.varlink.service.InvalidParameter\","
                                "\"parameters\":{\"parameter\":\"%127[^\"]\"}}",
                                name),
                         1);
        return name;
}

static void parameters_are_those_of_the_interface(void **state)
{
        static const struct {
                const char *parameters, *wrong;
        } cases[] = {
                {"{}", ""},
                {"null", ""},
                {"{\"text\":\"x\",\"n\":-3,\"yes\":false,\"ratio\":0.5}", ""},
                {"{\"text\":null,\"n\":null,\"list\":null,\"thing\":null}", ""},
                {"{\"list\":[],\"thing\":{}}", ""},
                {"{\"list\":[\"a\",\"b\"]}", ""},
                {"{\"n\":9007199254740992}", ""},
                {"{\"other\":1}", "other"},
                {"{\"Text\":\"x\"}", "Text"},
                {"{\"text\":\"x\",\"more\":true}", "more"},
                {"{\"text\":1}", "text"},
                {"{\"text\":[\"x\"]}", "text"},
                {"{\"text\":\"a\",\"text\":1}", "text"},
                {"{\"n\":\"1\"}", "n"},
                {"{\"n\":1.5}", "n"},
                {"{\"n\":1e300}", "n"},
                {"{\"n\":-9999999999999999999}", "n"},
                {"{\"n\":true}", "n"},
                {"{\"yes\":1}", "yes"},
                {"{\"yes\":\"true\"}", "yes"},
                {"{\"ratio\":\"0.5\"}", "ratio"},
                {"{\"list\":\"a\"}", "list"},
                {"{\"list\":{\"0\":\"a\"}}", "list"},
                {"{\"list\":[\"a\",null]}", "list"},
                {"{\"list\":[\"a\",1]}", "list"},
                {"{\"thing\":[]}", "thing"},
                {"{\"thing\":\"x\"}", "thing"},
        };
        struct fixture *f = *state;
        int fd = dial(f);

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_string_equal(wrong_in(f, fd, cases[i].parameters), cases[i].wrong);
        assert_string_equal(ask(f, fd, "{\"method\":\"io.giad.Control.Silent\"}"),
                            "{\"error\":\"org.varlink.service.InvalidParameter\","
                            "\"parameters\":{\"parameter\":\"how\"}}");
        assert_string_equal(
                ask(f, fd, "{\"method\":\"io.giad.Control.Read\",\"parameters\":{\"x\":1}}"),
                "{\"error\":\"org.varlink.service.InvalidParameter\","
                "\"parameters\":{\"parameter\":\"x\"}}");
        assert_string_equal(ask(f, fd,
                                "{\"method\":\"org.varlink.service.GetInfo\","
                                "\"parameters\":{\"x\":1}}"),
                            "{\"error\":\"org.varlink.service.InvalidParameter\","
                            "\"parameters\":{\"parameter\":\"x\"}}");
        (void)close(fd);
}

static void what_cannot_be_done_here_is_not_implemented(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);

        assert_string_equal(ask(f, fd, "{\"method\":\"io.giad.Control.Missing\"}"),
                            "{\"error\":\"org.varlink.service.MethodNotImplemented\","
                            "\"parameters\":{\"method\":\"io.giad.Control.Missing\"}}");
        assert_string_equal(ask(f, fd, "{\"method\":\"io.giad.Control.Echo\",\"upgrade\":true}"),
                            "{\"error\":\"org.varlink.service.MethodNotImplemented\","
                            "\"parameters\":{\"method\":\"io.giad.Control.Echo\"}}");
        assert_string_equal(ask(f, fd, "{\"method\":\"io.giad.Control.Follow\"}"),
                            "{\"error\":\"org.varlink.service.ExpectedMore\",\"parameters\":{}}");
        (void)close(fd);
}

static void answers_echo_and_the_peer_is_known(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);

        assert_string_equal(ask(f, fd, ECHO("hello")), ECHOED("hello"));
        assert_int_equal(f->peer.pid, getpid());
        assert_int_equal(f->peer.uid, geteuid());
        assert_true(f->peer.reader); /* giad's own uid */
        assert_true(strlen(f->peer.name) > 0);
        assert_int_equal(f->peer.cgroup[0], '/');
        assert_string_equal(ask(f, fd,
                                "{\"method\":\"io.giad.Control.Silent\","
                                "\"parameters\":{\"how\":\"very\"}}"),
                            "{\"error\":\"io.giad.Control.Failed\","
                            "\"parameters\":{\"message\":\"Silent gave no answer\"}}");
        (void)close(fd);
}

static void a_message_in_pieces_is_one_message(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);
        static const char text[] = ECHO("split");

        for (size_t i = 0; i < sizeof(text); i++) {
                assert_string_equal(hear(fd), "");
                assert_int_equal(send(fd, text + i, 1, 0), 1);
                turn(f);
        }
        assert_string_equal(hear(fd), ECHOED("split"));
        (void)close(fd);
}

static void several_messages_in_one_piece_are_answered_in_order(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);

        for (int i = 0; i < 100; i++) {
                char text[128];

                (void)snprintf(text, sizeof(text),
                               "{\"method\":\"io.giad.Control.Echo\",\"parameters\":{\"n\":%d}}",
                               i);
                say(fd, text);
        }
        turn(f);
        for (int i = 0; i < 100; i++) {
                char text[64];

                (void)snprintf(text, sizeof(text), "{\"parameters\":{\"n\":%d}}", i);
                assert_string_equal(hear(fd), text);
        }
        (void)close(fd);
}

static void a_half_closed_client_still_gets_its_answers(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);

        say(fd, ECHO("a"));
        say(fd, ECHO("b"));
        assert_int_equal(shutdown(fd, SHUT_WR), 0);
        turn(f);
        assert_string_equal(hear(fd), ECHOED("a"));
        assert_string_equal(hear(fd), ECHOED("b"));
        assert_null(hear(fd));
        (void)close(fd);
}

static void oneway_calls_get_no_answer(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);

        assert_string_equal(ask(f, fd, "{\"method\":\"io.giad.Control.Echo\",\"oneway\":true}"),
                            "");
        assert_string_equal(ask(f, fd, ECHO("x")), ECHOED("x"));
        (void)close(fd);
}

static void several_replies_only_for_who_asked_for_more(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);

        assert_string_equal(ask(f, fd, "{\"method\":\"io.giad.Control.Three\",\"more\":true}"),
                            "{\"parameters\":{},\"continues\":true}");
        assert_string_equal(hear(fd), "{\"parameters\":{},\"continues\":true}");
        assert_string_equal(hear(fd), "{\"parameters\":{}}");
        assert_string_equal(ask(f, fd, "{\"method\":\"io.giad.Control.Three\"}"),
                            "{\"error\":\"org.varlink.service.ExpectedMore\",\"parameters\":{}}");
        assert_string_equal(ask(f, fd, ECHO("x")), ECHOED("x"));
        (void)close(fd);
}

static void a_kept_call_holds_the_next_one_back(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);

        say(fd, "{\"method\":\"io.giad.Control.Watch\",\"more\":true}");
        say(fd, ECHO("later"));
        turn(f);
        assert_non_null(f->kept);
        assert_string_equal(hear(fd), "");
        assert_int_equal(control_reply(f->kept, NULL, true), 0);
        assert_int_equal(control_reply(take_ptr(&f->kept), NULL, false), 0);
        turn(f);
        assert_string_equal(hear(fd), "{\"parameters\":{},\"continues\":true}");
        assert_string_equal(hear(fd), "{\"parameters\":{}}");
        assert_string_equal(hear(fd), ECHOED("later"));
        (void)close(fd);
}

static void a_kept_call_is_told_when_its_client_goes(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);

        say(fd, "{\"method\":\"io.giad.Control.Watch\",\"more\":true}");
        turn(f);
        assert_non_null(f->kept);
        (void)close(fd);
        turn(f);
        assert_int_equal(f->gone, 1);
        assert_null(f->kept);
}

static void a_kept_call_that_may_not_continue_is_told(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);

        say(fd, "{\"method\":\"io.giad.Control.Watch\"}");
        turn(f);
        assert_int_equal(control_reply(f->kept, NULL, true), -EPIPE);
        assert_int_equal(f->gone, 1);
        turn(f);
        assert_string_equal(hear(fd),
                            "{\"error\":\"org.varlink.service.ExpectedMore\",\"parameters\":{}}");
        (void)close(fd);
}

static void the_end_of_the_server_tells_kept_calls(void **state)
{
        struct fixture *f = *state;
        int fd = dial(f);

        say(fd, "{\"method\":\"io.giad.Control.Watch\",\"more\":true}");
        turn(f);
        f->control = control_free(f->control);
        assert_int_equal(f->gone, 1);
        assert_null(hear(fd));
        (void)close(fd);
}

static void the_client_sends_and_hears(void **state)
{
        struct fixture *f = *state;
        struct control_client *c = NULL;
        cJSON *reply = NULL, *parameters = cJSON_CreateObject();
        bool continues = true;
        char *error = NULL;

        assert_int_equal(control_client_new(&c, "/tmp/giad-there-is-none"), -ENOENT);
        assert_int_equal(control_client_new(&c, f->path), 0);
        (void)cJSON_AddStringToObject(parameters, "text", "ping");
        assert_int_equal(control_client_send(c, "Echo", parameters, false), 0);
        turn(f);
        assert_int_equal(control_client_receive(c, &reply, &continues, &error), 0);
        assert_string_equal(cJSON_GetObjectItem(reply, "text")->valuestring, "ping");
        assert_false(continues);
        assert_null(error);
        cJSON_Delete(reply);

        assert_int_equal(control_client_send(c, "Three", NULL, true), 0);
        turn(f);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(control_client_receive(c, &reply, &continues, &error), 0);
                assert_int_equal(continues, i < 2);
                cJSON_Delete(reply);
        }

        assert_int_equal(control_client_send(c, "org.varlink.service.Nope", NULL, false), 0);
        turn(f);
        assert_int_equal(control_client_receive(c, &reply, &continues, &error), -EREMOTEIO);
        assert_string_equal(error, "MethodNotFound");
        assert_string_equal(cJSON_GetObjectItem(reply, "method")->valuestring,
                            "org.varlink.service.Nope");
        cJSON_Delete(reply);
        free(error);
        f->control = control_free(f->control);
        assert_int_equal(control_client_receive(c, &reply, &continues, &error), -EPIPE);
        control_client_free(c);
}

static void the_client_waits_as_long_as_it_is_told(void **state)
{
        struct fixture *f = *state;
        struct control_client *c = NULL;
        cJSON *reply = NULL;
        bool continues;
        char *error = NULL;
        usec_t began = clock_monotonic();

        assert_int_equal(control_client_new(&c, f->path), 0);
        assert_int_equal(control_client_set_patience(c, 50 * USEC_PER_MSEC), 0);
        assert_int_equal(control_client_send(c, "Echo", NULL, false), 0);
        /* nobody runs the server */
        assert_int_equal(control_client_receive(c, &reply, &continues, &error), -EAGAIN);
        assert_in_range(clock_monotonic() - began, 40 * USEC_PER_MSEC, 5 * USEC_PER_SEC);
        turn(f);
        control_client_free(c);
}

static void the_client_refuses_nonsense(void **state)
{
        static const char *const nonsense[] = {"", "[]", "{\"parameters\":[]}", "{\"error\":"};
        struct fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(nonsense); i++) {
                struct sockaddr_un a = {.sun_family = AF_UNIX};
                struct control_client *c = NULL;
                cJSON *reply = NULL;
                char *error = NULL;
                bool continues;

                (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/fake", f->dir);
                int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
                assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
                assert_int_equal(listen(fd, 1), 0);
                assert_int_equal(control_client_new(&c, a.sun_path), 0);
                int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
                say(peer, nonsense[i]);
                assert_int_equal(control_client_receive(c, &reply, &continues, &error), -EBADMSG);
                assert_null(reply);
                control_client_free(c);
                (void)close(peer);
                (void)close(fd);
                assert_int_equal(unlink(a.sun_path), 0);
        }
}

/* What systemd does: the socket stands before giad starts, and stays when it ends. */
static void an_inherited_socket_is_used_and_left_alone(void **state)
{
        struct fixture *f = *state;
        struct sockaddr_un a = {.sun_family = AF_UNIX};
        int status = -1;

        (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/inherited", f->dir);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
        assert_int_equal(listen(fd, 1), 0);
        pid_t pid = fork();
        if (pid == 0) {
                struct control *control = NULL;
                const struct control_config config = {
                        .path = a.sun_path,
                        .interface = &interface,
                        .methods = methods,
                        .n_methods = 1,
                        .userdata = f,
                };
                char number[16];
                sd_event *event = NULL;

                (void)snprintf(number, sizeof(number), "%d", (int)getpid());
                (void)setenv("LISTEN_PID", number, 1);
                (void)setenv("LISTEN_FDS", "1", 1);
                if (dup2(fd, 3) != 3 || sd_event_new(&event) < 0 ||
                    control_new(&control, event, &config) < 0)
                        _exit(1);
                for (int i = 0; i < 100 && f->peer.pid == 0; i++)
                        (void)sd_event_run(event, 100000);
                control_free(control);
                _exit(f->peer.pid > 0 && access(a.sun_path, F_OK) == 0 ? 0 : 2);
        }
        struct control_client *c = NULL;
        cJSON *reply = NULL;
        bool continues;
        char *error = NULL;
        assert_int_equal(control_client_new(&c, a.sun_path), 0);
        assert_int_equal(control_client_send(c, "Echo", NULL, false), 0);
        assert_int_equal(control_client_receive(c, &reply, &continues, &error), 0);
        cJSON_Delete(reply);
        control_client_free(c);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        (void)close(fd);
        assert_int_equal(unlink(a.sun_path), 0);
}

static void a_second_server_does_not_take_a_live_socket(void **state)
{
        struct fixture *f = *state;
        struct control *second = NULL;
        const struct control_config config = {.path = f->path};

        assert_int_equal(control_new(&second, f->event, &config), -EADDRINUSE);
        turn(f);
        int fd = dial(f);
        assert_string_equal(ask(f, fd, ECHO("x")), ECHOED("x"));
        (void)close(fd);
}

static void a_stale_socket_is_replaced(void **state)
{
        struct fixture *f = *state;
        struct sockaddr_un a = {.sun_family = AF_UNIX};
        struct control *other = NULL;
        struct stat st;

        (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/stale", f->dir);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
        (void)close(fd);
        const struct control_config config = {.path = a.sun_path};
        assert_int_equal(control_new(&other, f->event, &config), 0);
        assert_int_equal(stat(a.sun_path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0666);
        control_free(other);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                with_server(a_generic_client_can_introspect),
                with_server(unknown_methods_and_interfaces_are_errors),
                with_server(parameters_are_those_of_the_interface),
                with_server(what_cannot_be_done_here_is_not_implemented),
                with_server(answers_echo_and_the_peer_is_known),
                with_server(a_message_in_pieces_is_one_message),
                with_server(several_messages_in_one_piece_are_answered_in_order),
                with_server(a_half_closed_client_still_gets_its_answers),
                with_server(oneway_calls_get_no_answer),
                with_server(several_replies_only_for_who_asked_for_more),
                with_server(a_kept_call_holds_the_next_one_back),
                with_server(a_kept_call_is_told_when_its_client_goes),
                with_server(a_kept_call_that_may_not_continue_is_told),
                with_server(the_end_of_the_server_tells_kept_calls),
                with_server(the_client_sends_and_hears),
                with_server(the_client_waits_as_long_as_it_is_told),
                with_server(the_client_refuses_nonsense),
                with_server(an_inherited_socket_is_used_and_left_alone),
                with_server(a_second_server_does_not_take_a_live_socket),
                with_server(a_stale_socket_is_replaced),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
