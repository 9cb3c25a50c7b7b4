/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "daemon/sinks/sink.h"
#include "daemon/sinks/syslog.h"
#include "tests/unit/test.h"
#include "tools/sample-event.h"

/* A receiver's socket below a temporary directory. */
struct receiver {
        char dir[64], path[96];
        int fd;
        struct sink *sink;
};

static void receiver_listen(struct receiver *r, int type)
{
        struct sockaddr_un a = {.sun_family = AF_UNIX};

        (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", r->path);
        (void)unlink(r->path);
        r->fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
        assert_true(r->fd >= 0);
        assert_int_equal(bind(r->fd, (struct sockaddr *)&a, sizeof(a)), 0);
        if (type == SOCK_STREAM)
                assert_int_equal(listen(r->fd, 4), 0);
}

static void receiver_start(struct receiver *r, int type)
{
        (void)snprintf(r->dir, sizeof(r->dir), "/tmp/giad-syslog-XXXXXX");
        assert_non_null(mkdtemp(r->dir));
        (void)snprintf(r->path, sizeof(r->path), "%s/log", r->dir);
        r->fd = -1;
        if (type != 0)
                receiver_listen(r, type);
        const struct sink_config config = {.path = r->path};
        assert_int_equal(sink_by_name("syslog")->new (&r->sink, &config), 0);
}

static void receiver_stop(struct receiver *r)
{
        (void)r->sink->vtable->free(r->sink);
        (void)fd_close(r->fd);
        (void)unlink(r->path);
        assert_int_equal(rmdir(r->dir), 0);
}

/* One parameter of the structured data, unescaped as RFC 5424 says; returns false if it is absent.
 */
static bool param(const char *line, const char *name, char *ret, size_t size)
{
        const char *p = strchr(line, '[');

        assert_non_null(p);
        assert_int_equal(strncmp(p, "[giad@32473", 11), 0);
        for (p += 11; *p == ' ';) {
                const char *key = ++p;
                size_t n = strcspn(p, "= ]\""), out = 0;
                bool wanted = strlen(name) == n && strncmp(key, name, n) == 0;

                assert_in_range(n, 1, 32);
                assert_int_equal(strncmp(p + n, "=\"", 2), 0);
                for (p += n + 2; *p != '"'; p++) {
                        assert_int_not_equal(*p, '\0');
                        assert_int_not_equal(*p, ']'); /* must have been escaped */
                        if (*p == '\\')
                                p++;
                        if (wanted && out + 1 < size)
                                ret[out++] = *p;
                }
                p++;
                if (wanted) {
                        ret[out] = '\0';
                        return true;
                }
        }
        assert_int_equal(*p, ']');
        return false;
}

static void a_datagram_parses_back_as_rfc5424(void **state)
{
        struct receiver r;
        char line[8192] = "", value[2048], host[65] = "", when[64], app[64], id[64];
        int priority, pid;

        (void)state;
        receiver_start(&r, SOCK_DGRAM);
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
        assert_int_equal(r.sink->vtable->deliver(r.sink, e), 0);
        ssize_t n = recv(r.fd, line, sizeof(line) - 1, MSG_DONTWAIT);
        assert_in_range(n, 100, 2047);
        assert_int_equal(sscanf(line, "<%d>1 %63s %64s %63s %d %63s [", &priority, when, host, app,
                                &pid, id),
                         6);
        assert_int_equal(priority, 10 * 8 + 3);
        assert_string_equal(when, "2026-09-21T14:13:20.123456Z");
        assert_string_equal(app, "giad");
        assert_int_equal(pid, getpid());
        assert_string_equal(id, "finding");
        assert_true(param(line, "path", value, sizeof(value)));
        assert_string_equal(value, e->fields[FIELD_PATH]);
        assert_true(param(line, "redacted", value, sizeof(value)));
        assert_string_equal(value, "Action = \"*\"");
        assert_false(param(line, "quarantine_id", value, sizeof(value)));
        const char *message = strstr(line, "] High finding");
        assert_non_null(message);
        assert_string_equal(message + 2, e->message);
        receiver_stop(&r);
}

static void bracket_quote_and_backslash_survive(void **state)
{
        static const char nasty[] = "a]b\"c\\d\\\"]=[x@1 y=\"z\"]";
        _cleanup_event_ struct event *e = sample_event(EVENT_QUARANTINED);
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;
        char value[256];

        (void)state;
        event_set(e, FIELD_PATH, nasty);
        syslog_render(e, "host", 812, &out);
        assert_true(param(out.data, "path", value, sizeof(value)));
        assert_string_equal(value, nasty);
        assert_true(param(out.data, "quarantine_id", value, sizeof(value)));
}

static void a_long_record_stays_below_two_kibibytes(void **state)
{
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;
        char text[1500], value[256];

        (void)state;
        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        event_set(e, FIELD_REMEDIATION, text);
        event_set(e, FIELD_DETAIL, text);
        event_message(e, "%s", text);
        syslog_render(e, "host", 812, &out);
        assert_in_range(out.len, 1000, 2047);
        assert_true(param(out.data, "rule", value, sizeof(value)));
        assert_true(param(out.data, "severity", value, sizeof(value)));
        assert_false(param(out.data, "remediation", value, sizeof(value)));
        assert_non_null(strstr(out.data, "] xxxxxxxx"));
}

static void a_path_is_never_left_out(void **state)
{
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;
        char path[2000], value[2048];

        (void)state;
        memset(path, 'p', sizeof(path) - 1);
        path[0] = '/';
        path[sizeof(path) - 1] = '\0';
        event_set(e, FIELD_PATH, path);
        syslog_render(e, "host", 812, &out);
        assert_true(param(out.data, "path", value, sizeof(value)));
        assert_string_equal(value, path);
}

static void every_kind_of_event_parses(void **state)
{
        char value[2048];

        (void)state;
        for (int kind = 0; kind < _EVENT_MAX; kind++) {
                _cleanup_event_ struct event *e = sample_event((enum event_kind)kind);
                _cleanup_buffer_ struct buffer out = BUFFER_NULL;

                syslog_render(e, "ho st", 812, &out);
                assert_int_equal(out.error, 0);
                assert_true(param(out.data, "event", value, sizeof(value)));
                assert_string_equal(value, event_info(e->kind)->name);
                assert_null(strchr(out.data, '\n'));
        }
}

static void an_absent_receiver_is_tried_again(void **state)
{
        struct receiver r;
        char line[8192];

        (void)state;
        receiver_start(&r, 0);
        _cleanup_event_ struct event *e = sample_event(EVENT_HEALTH);
        assert_int_equal(r.sink->vtable->deliver(r.sink, e), -EAGAIN);
        receiver_listen(&r, SOCK_DGRAM);
        assert_int_equal(r.sink->vtable->deliver(r.sink, e), 0);
        assert_true(recv(r.fd, line, sizeof(line), MSG_DONTWAIT) > 0);
        /* restarted: a new socket under the old name */
        (void)close(r.fd);
        receiver_listen(&r, SOCK_DGRAM);
        assert_int_equal(r.sink->vtable->deliver(r.sink, e), 0);
        assert_true(recv(r.fd, line, sizeof(line), MSG_DONTWAIT) > 0);
        receiver_stop(&r);
}

static void a_full_receiver_does_not_block(void **state)
{
        struct receiver r;
        int answer = 0;

        (void)state;
        receiver_start(&r, SOCK_DGRAM);
        _cleanup_event_ struct event *e = sample_event(EVENT_HEALTH);
        for (int i = 0; i < 100000 && answer == 0; i++)
                answer = r.sink->vtable->deliver(r.sink, e);
        assert_int_equal(answer, -EAGAIN);
        receiver_stop(&r);
}

/* Reads all lines there are; each must be whole and carry the next sequence number. */
static void read_lines(int fd, char *rest, size_t size, uint64_t *next)
{
        for (;;) {
                size_t have = strlen(rest);
                ssize_t n = recv(fd, rest + have, size - have - 1, MSG_DONTWAIT);

                if (n <= 0)
                        return;
                rest[have + (size_t)n] = '\0';
                for (char *end; (end = strchr(rest, '\n'));) {
                        char value[32];

                        *end = '\0';
                        assert_int_equal(strncmp(rest, "<8", 2), 0);
                        assert_true(param(rest, "seq", value, sizeof(value)));
                        assert_int_equal(strtoull(value, NULL, 10), *next);
                        (*next)++;
                        memmove(rest, end + 1, strlen(end + 1) + 1);
                }
        }
}

static void a_stream_gets_whole_lines_in_order(void **state)
{
        static char rest[1 << 20];
        struct receiver r;
        uint64_t next = 1, refusals = 0;

        (void)state;
        rest[0] = '\0';
        receiver_start(&r, SOCK_STREAM);
        int client = -1;
        for (uint64_t seq = 1; seq <= 3000;) {
                _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
                char id[32];

                event_set_seq(e, seq);
                (void)snprintf(id, sizeof(id), "%026llu", (unsigned long long)seq);
                event_set(e, FIELD_EVENT_ID, id);
                if (r.sink->vtable->deliver(r.sink, e) == 0) {
                        seq++;
                        continue;
                }
                refusals++;
                if (client < 0)
                        client = accept4(r.fd, NULL, NULL, SOCK_CLOEXEC);
                read_lines(client, rest, sizeof(rest), &next);
        }
        if (client < 0)
                client = accept4(r.fd, NULL, NULL, SOCK_CLOEXEC);
        read_lines(client, rest, sizeof(rest), &next);
        assert_int_equal(next, 3001);
        assert_true(refusals > 0);
        (void)close(client);
        receiver_stop(&r);
}

/* test-syslog deliver SOCKET: one event of each kind, for tests/system/check-rsyslog */
static int deliver_all(const char *path)
{
        struct sink *sink = NULL;
        const struct sink_config config = {.path = path};
        int r = sink_by_name("syslog")->new (&sink, &config);

        for (int kind = 0; kind < _EVENT_MAX && r == 0; kind++) {
                _cleanup_event_ struct event *e = sample_event((enum event_kind)kind);

                event_set(e, FIELD_PATH, "/srv/agents/q\"uo]te\\d/iam.tf");
                do
                        r = sink->vtable->deliver(sink, e);
                while (r == -EAGAIN && usleep(1000) == 0);
        }
        if (sink)
                (void)sink->vtable->free(sink);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_datagram_parses_back_as_rfc5424),
                cmocka_unit_test(bracket_quote_and_backslash_survive),
                cmocka_unit_test(a_long_record_stays_below_two_kibibytes),
                cmocka_unit_test(a_path_is_never_left_out),
                cmocka_unit_test(every_kind_of_event_parses),
                cmocka_unit_test(an_absent_receiver_is_tried_again),
                cmocka_unit_test(a_full_receiver_does_not_block),
                cmocka_unit_test(a_stream_gets_whole_lines_in_order),
        };

        if (argc > 2 && strcmp(argv[1], "deliver") == 0)
                return deliver_all(argv[2]);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
