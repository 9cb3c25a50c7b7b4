/* SPDX-FileCopyrightText: giad maintainers */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-journal.h>

#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/base/text.h"
#include "daemon/sinks/sink.h"
#include "tests/unit/test.h"
#include "tools/sample-event.h"

#define JOURNALD "/lib/systemd/systemd-journald"
#define JOURNAL_SOCKET "/run/systemd/journal/socket"
/* opened last: before, the one above may not ask for its senders' credentials yet */
#define JOURNAL_LAST_SOCKET "/run/systemd/journal/io.systemd.journal"

struct receiver {
        char dir[64], path[96];
        int fd;
        struct sink *sink;
};

static void receiver_listen(struct receiver *r)
{
        struct sockaddr_un a = {.sun_family = AF_UNIX};

        (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", r->path);
        (void)unlink(r->path);
        r->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(r->fd, (struct sockaddr *)&a, sizeof(a)), 0);
}

static void receiver_start(struct receiver *r)
{
        (void)snprintf(r->dir, sizeof(r->dir), "/tmp/giad-journal-XXXXXX");
        assert_non_null(mkdtemp(r->dir));
        (void)snprintf(r->path, sizeof(r->path), "%s/socket", r->dir);
        r->fd = -1;
        const struct sink_config config = {.path = r->path};
        assert_int_equal(sink_by_name("journal")->new (&r->sink, &config), 0);
}

static void receiver_stop(struct receiver *r)
{
        (void)r->sink->vtable->free(r->sink);
        (void)fd_close(r->fd);
        (void)unlink(r->path);
        assert_int_equal(rmdir(r->dir), 0);
}

/* The value of a field in a datagram of KEY=VALUE lines, or NULL. */
static const char *value_of(const char *record, const char *name, char *ret, size_t size)
{
        size_t n = strlen(name);

        for (const char *line = record; *line;) {
                const char *end = strchr(line, '\n');

                assert_non_null(end);
                assert_non_null(memchr(line, '=', (size_t)(end - line)));
                if (strncmp(line, name, n) == 0 && line[n] == '=') {
                        (void)snprintf(ret, size, "%.*s", (int)(end - line - (ptrdiff_t)n - 1),
                                       line + n + 1);
                        return ret;
                }
                line = end + 1;
        }
        return NULL;
}

static void a_record_has_all_fields_of_the_event(void **state)
{
        struct receiver r;
        static char record[1 << 18], value[8192];

        (void)state;
        receiver_start(&r);
        receiver_listen(&r);
        for (int kind = 0; kind < _EVENT_MAX; kind++) {
                _cleanup_event_ struct event *e = sample_event((enum event_kind)kind);

                e->object_pid = 1;
                assert_int_equal(r.sink->vtable->deliver(r.sink, e), 0);
                ssize_t n = recv(r.fd, record, sizeof(record) - 1, MSG_DONTWAIT);
                assert_true(n > 0);
                record[n] = '\0';
                assert_string_equal(value_of(record, "MESSAGE", value, sizeof(value)), e->message);
                assert_string_equal(value_of(record, "MESSAGE_ID", value, sizeof(value)),
                                    event_info(e->kind)->message_id);
                assert_int_equal(atoi(value_of(record, "PRIORITY", value, sizeof(value))),
                                 event_priority(e));
                assert_string_equal(value_of(record, "OBJECT_PID", value, sizeof(value)), "1");
                for (int i = 0; i < _FIELD_MAX; i++) {
                        const char *name = field_info((enum field)i)->journal;
                        const char *got = value_of(record, name, value, sizeof(value));

                        if (e->fields[i])
                                assert_string_equal(got, e->fields[i]);
                        else
                                assert_null(got);
                }
                const char *json = value_of(record, "GIA_JSON", value, sizeof(value));
                assert_non_null(json);
                assert_true(strlen(json) < 4096);
                assert_non_null(strstr(json, "\"cut\":false}"));
        }
        receiver_stop(&r);
}

static void a_long_record_keeps_its_json_short(void **state)
{
        struct receiver r;
        static char record[1 << 18], value[8192], text[2000];

        (void)state;
        receiver_start(&r);
        receiver_listen(&r);
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
        memset(text, '"', sizeof(text) - 1); /* each takes two bytes in JSON */
        for (int i = FIELD_WORKSPACE; i < _FIELD_MAX; i++)
                if (field_info((enum field)i)->type == FIELD_TYPE_STRING)
                        event_set(e, (enum field)i, text);
        assert_int_equal(r.sink->vtable->deliver(r.sink, e), 0);
        ssize_t n = recv(r.fd, record, sizeof(record) - 1, MSG_DONTWAIT);
        assert_true(n > 40000);
        record[n] = '\0';
        const char *json = value_of(record, "GIA_JSON", value, sizeof(value));
        assert_true(strlen(json) < 4096);
        assert_non_null(strstr(json, "\"line\":12"));
        assert_non_null(strstr(json, "\"cut\":true}"));
        receiver_stop(&r);
}

static void an_absent_or_full_journald_is_noticed(void **state)
{
        struct receiver r;
        int answer = 0;

        (void)state;
        receiver_start(&r);
        _cleanup_event_ struct event *e = sample_event(EVENT_HEALTH);
        assert_int_equal(r.sink->vtable->deliver(r.sink, e), -EAGAIN);
        receiver_listen(&r);
        for (int i = 0; i < 100000 && answer == 0; i++)
                answer = r.sink->vtable->deliver(r.sink, e);
        assert_int_equal(answer, -EAGAIN);
        (void)close(r.fd);
        receiver_listen(&r);
        assert_int_equal(r.sink->vtable->deliver(r.sink, e), 0);
        receiver_stop(&r);
}

static bool answers(const char *path, int type)
{
        struct sockaddr_un a = {.sun_family = AF_UNIX};
        _cleanup_close_ int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

        (void)text_copy(a.sun_path, sizeof(a.sun_path), path);
        return connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
}

/* Starts journald by hand where none runs. Returns its pid, 0 if one runs, -1 if there is none. */
static pid_t start_journald(void)
{
        if (answers(JOURNAL_SOCKET, SOCK_DGRAM))
                return 0;
        if (geteuid() != 0 || access(JOURNALD, X_OK) < 0)
                return -1;
        (void)mkdir("/run/systemd/journal", 0755);
        pid_t pid = fork();
        if (pid == 0) {
                int null = open("/dev/null", O_RDWR | O_CLOEXEC);

                (void)dup2(null, 1);
                (void)dup2(null, 2);
                (void)execl(JOURNALD, JOURNALD, (char *)NULL);
                _exit(127);
        }
        for (int i = 0; i < 500 && !answers(JOURNAL_LAST_SOCKET, SOCK_STREAM); i++)
                (void)usleep(10000);
        return answers(JOURNAL_SOCKET, SOCK_DGRAM) ? pid : -1;
}

/* Waits for the entry with this event id. */
static sd_journal *find_entry(const char *event_id)
{
        sd_journal *j = NULL;
        char match[64];

        (void)snprintf(match, sizeof(match), "GIA_EVENT_ID=%s", event_id);
        for (int i = 0; i < 500; i++) {
                if (sd_journal_open(&j, SD_JOURNAL_LOCAL_ONLY) < 0)
                        return NULL;
                assert_true(sd_journal_add_match(j, match, 0) >= 0);
                if (sd_journal_next(j) > 0)
                        return j;
                sd_journal_close(j);
                (void)usleep(10000);
        }
        return NULL;
}

static void assert_entry(sd_journal *j, const char *name, const char *value)
{
        const void *data = NULL;
        size_t n = 0, skip_name = strlen(name) + 1;

        if (sd_journal_get_data(j, name, &data, &n) < 0)
                fail_msg("the entry has no %s", name);
        assert_int_equal(n - skip_name, strlen(value));
        assert_memory_equal((const char *)data + skip_name, value, n - skip_name);
}

static void journald_hands_back_what_was_sent(void **state)
{
        char id[ID_SIZE], number[32];
        struct sink *sink = NULL;
        pid_t journald = start_journald();

        (void)state;
        if (journald < 0) {
                print_message("skipped: no journald runs and none can be started\n");
                skip();
        }
        const struct sink_config config = {.path = NULL};
        assert_int_equal(sink_by_name("journal")->new (&sink, &config), 0);
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
        assert_int_equal(id_new(id), 0);
        event_set(e, FIELD_EVENT_ID, id);
        e->object_pid = getppid();
        assert_int_equal(sink->vtable->deliver(sink, e), 0);
        sd_journal *j = find_entry(id);
        assert_non_null(j);
        assert_entry(j, "MESSAGE", e->message);
        assert_entry(j, "MESSAGE_ID", event_info(EVENT_FINDING)->message_id);
        assert_entry(j, "PRIORITY", "3");
        assert_entry(j, "SYSLOG_IDENTIFIER", "giad");
        assert_entry(j, "DOCUMENTATION", "man:giad(8)");
        for (int i = 0; i < _FIELD_MAX; i++)
                if (e->fields[i])
                        assert_entry(j, field_info((enum field)i)->journal, e->fields[i]);
        (void)snprintf(number, sizeof(number), "%d", (int)getpid());
        assert_entry(j, "_PID", number);
        if (geteuid() == 0) {
                /* journald describes the writer, whatever we say of it */
                (void)snprintf(number, sizeof(number), "%d", (int)getppid());
                assert_entry(j, "OBJECT_PID", number);
                assert_entry(j, "OBJECT_UID", "0");
        }
        sd_journal_close(j);
        (void)sink->vtable->free(sink);
        if (journald > 0) {
                (void)kill(journald, SIGTERM);
                (void)waitpid(journald, NULL, 0);
        }
}

/* test-journal deliver: one event of each kind to journald, for the system tests */
static int deliver_all(void)
{
        struct sink *sink = NULL;
        const struct sink_config config = {.path = NULL};
        int r = sink_by_name("journal")->new (&sink, &config);

        for (int kind = 0; kind < _EVENT_MAX && r == 0; kind++) {
                _cleanup_event_ struct event *e = sample_event((enum event_kind)kind);

                for (unsigned i = 0; i < 10000; i++) {
                        r = sink->vtable->deliver(sink, e);
                        if (r != -EAGAIN)
                                break;
                        (void)usleep(1000);
                }
        }
        if (sink)
                (void)sink->vtable->free(sink);
        /* journald asks who we are when it reads */
        (void)usleep(300000);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_record_has_all_fields_of_the_event),
                cmocka_unit_test(a_long_record_keeps_its_json_short),
                cmocka_unit_test(an_absent_or_full_journald_is_noticed),
                cmocka_unit_test(journald_hands_back_what_was_sent),
        };

        if (argc > 1 && strcmp(argv[1], "deliver") == 0)
                return deliver_all();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
