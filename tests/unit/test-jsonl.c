/* SPDX-FileCopyrightText: giad maintainers */
#include <cjson/cJSON.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "daemon/sinks/shapes.h"
#include "daemon/sinks/sink.h"
#include "tests/unit/test.h"
#include "tools/sample-event.h"

struct file {
        char dir[64], path[96];
        struct sink *sink;
};

static void file_start(struct file *f, const char *schema)
{
        (void)snprintf(f->dir, sizeof(f->dir), "/tmp/giad-jsonl-XXXXXX");
        assert_non_null(mkdtemp(f->dir));
        (void)snprintf(f->path, sizeof(f->path), "%s/events.jsonl", f->dir);
        const struct sink_config config = {.path = f->path, .schema = schema};
        assert_int_equal(sink_by_name("jsonl")->new (&f->sink, &config), 0);
}

static void file_stop(struct file *f)
{
        char old[128];

        (void)f->sink->vtable->free(f->sink);
        (void)snprintf(old, sizeof(old), "%s.1", f->path);
        (void)unlink(old);
        (void)unlink(f->path);
        assert_int_equal(rmdir(f->dir), 0);
}

static int deliver(struct file *f, enum event_kind kind)
{
        _cleanup_event_ struct event *e = sample_event(kind);

        assert_non_null(e);
        return f->sink->vtable->deliver(f->sink, e);
}

/* Parses every line; returns how many there are. */
static unsigned count_objects(const char *path)
{
        char line[32768];
        unsigned n = 0;
        FILE *in = fopen(path, "re");

        assert_non_null(in);
        while (fgets(line, sizeof(line), in)) {
                cJSON *o = cJSON_Parse(line);

                assert_int_equal(line[strlen(line) - 1], '\n');
                assert_true(cJSON_IsObject(o));
                cJSON_Delete(o);
                n++;
        }
        (void)fclose(in);
        return n;
}

static const cJSON *at(const cJSON *o, const char *path)
{
        char name[64];

        while (o && *path) {
                size_t n = strcspn(path, "/");

                (void)snprintf(name, sizeof(name), "%.*s", (int)n, path);
                o = cJSON_IsArray(o) ? cJSON_GetArrayItem(o, atoi(name))
                                     : cJSON_GetObjectItemCaseSensitive(o, name);
                path += path[n] ? n + 1 : n;
        }
        return o;
}

static void assert_number(const cJSON *o, const char *path, double value)
{
        assert_true(cJSON_IsNumber(at(o, path)));
        assert_true(at(o, path)->valuedouble == value);
}

static void assert_text(const cJSON *o, const char *path, const char *value)
{
        if (!cJSON_IsString(at(o, path)))
                fail_msg("%s is no string", path);
        assert_string_equal(at(o, path)->valuestring, value);
}

static cJSON *rendered(void (*render)(const struct event *e, const char *host, struct buffer *out),
                       const struct event *e)
{
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;

        render(e, "build-7", &out);
        assert_int_equal(out.error, 0);
        cJSON *o = cJSON_ParseWithOpts(out.data, NULL, true);
        assert_non_null(o);
        return o;
}

static void every_kind_in_every_shape_is_one_line(void **state)
{
        static const char *const shapes[] = {"native", "ocsf", "ecs"};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(shapes); i++) {
                struct file f;

                file_start(&f, shapes[i]);
                for (int kind = 0; kind < _EVENT_MAX; kind++)
                        assert_int_equal(deliver(&f, (enum event_kind)kind), 0);
                assert_int_equal(count_objects(f.path), _EVENT_MAX);
                file_stop(&f);
        }
}

static void ocsf_always_has_its_required_attributes(void **state)
{
        static const char *const required[] = {
                "activity_id",           "category_uid", "class_uid", "metadata/version",
                "metadata/product/name", "severity_id",  "time",      "type_uid"};

        (void)state;
        for (int kind = 0; kind < _EVENT_MAX; kind++) {
                _cleanup_event_ struct event *e = sample_event((enum event_kind)kind);
                cJSON *o = rendered(ocsf_render, e);

                for (size_t i = 0; i < ELEMENTSOF(required); i++)
                        assert_non_null(at(o, required[i]));
                double class = at(o, "class_uid")->valuedouble;
                assert_number(o, "type_uid", class * 100 + at(o, "activity_id")->valuedouble);
                if (class > 0)
                        assert_non_null(at(o, "finding_info/uid"));
                cJSON_Delete(o);
        }
}

static void a_privilege_finding_is_a_detection_finding(void **state)
{
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
        cJSON *o = rendered(ocsf_render, e);

        (void)state;
        assert_number(o, "class_uid", 2004);
        assert_number(o, "type_uid", 200401);
        assert_number(o, "severity_id", 4);
        assert_number(o, "confidence_id", 3);
        assert_number(o, "time", 1790000000123.0);
        assert_text(o, "finding_info/analytic/uid", "aws-iam-star-action");
        assert_text(o, "finding_info/attacks/0/sub_technique/uid", "T1098.003");
        assert_text(o, "finding_info/attacks/0/technique/uid", "T1098");
        assert_text(o, "evidences/0/file/name", "iam.tf");
        assert_number(o, "evidences/0/actor/process/pid", 4711);
        assert_text(o, "evidences/0/actor/process/file/name", "coder");
        assert_text(o, "unmapped/fingerprint", e->fields[FIELD_FINGERPRINT]);
        assert_text(o, "remediation/desc", e->fields[FIELD_REMEDIATION]);
        cJSON_Delete(o);
}

static void a_suppressed_finding_is_no_alert(void **state)
{
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);

        (void)state;
        event_set(e, FIELD_ACTION, "suppressed");
        cJSON *o = rendered(ocsf_render, e);
        assert_number(o, "status_id", 3);
        assert_number(o, "disposition_id", 10);
        assert_true(cJSON_IsFalse(at(o, "is_alert")));
        cJSON_Delete(o);
        event_set(e, FIELD_KIND, "secret");
        o = rendered(ocsf_render, e);
        assert_number(o, "type_uid", 200604);
        cJSON_Delete(o);
        o = rendered(ecs_render, e);
        assert_text(o, "event/kind", "event");
        cJSON_Delete(o);
}

static void a_secret_is_a_data_security_finding(void **state)
{
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);

        (void)state;
        event_set(e, FIELD_KIND, "secret");
        cJSON *o = rendered(ocsf_render, e);
        assert_number(o, "class_uid", 2006);
        assert_text(o, "data_security/detection_pattern", "aws-iam-star-action");
        assert_text(o, "file/path", e->fields[FIELD_PATH]);
        assert_null(at(o, "evidences"));
        cJSON_Delete(o);
}

static void quarantine_and_release_are_dispositions_of_one_finding(void **state)
{
        _cleanup_event_ struct event *taken = sample_event(EVENT_QUARANTINED);
        _cleanup_event_ struct event *given = sample_event(EVENT_RELEASED);
        cJSON *a = rendered(ocsf_render, taken), *b = rendered(ocsf_render, given);

        (void)state;
        assert_number(a, "disposition_id", 3);
        assert_number(b, "disposition_id", 9);
        assert_text(b, "finding_info/uid", at(a, "finding_info/uid")->valuestring);
        assert_text(b, "evidences/0/actor/user/name", "olga");
        cJSON_Delete(a);
        cJSON_Delete(b);
}

static void ecs_has_its_core_fields(void **state)
{
        static const char *const required[] = {"@timestamp",   "message",          "ecs/version",
                                               "event/kind",   "event/category/0", "event/type/0",
                                               "event/action", "event/dataset",    "host/name"};

        (void)state;
        for (int kind = 0; kind < _EVENT_MAX; kind++) {
                _cleanup_event_ struct event *e = sample_event((enum event_kind)kind);
                cJSON *o = rendered(ecs_render, e);

                for (size_t i = 0; i < ELEMENTSOF(required); i++)
                        if (!at(o, required[i]))
                                fail_msg("%s has no %s", event_info(e->kind)->name, required[i]);
                cJSON_Delete(o);
        }
}

static void ecs_names_file_rule_threat_and_agent(void **state)
{
        _cleanup_event_ struct event *e = sample_event(EVENT_FINDING);
        cJSON *o = rendered(ecs_render, e);

        (void)state;
        assert_text(o, "event/kind", "alert");
        assert_text(o, "file/directory", "/srv/agents/alpha/work/infra");
        assert_text(o, "file/extension", "tf");
        assert_text(o, "rule/id", "aws-iam-star-action");
        assert_text(o, "threat/technique/id/0", "T1098");
        assert_text(o, "threat/technique/subtechnique/id/0", "T1098.003");
        assert_text(o, "gen_ai/agent/name", "alpha");
        assert_text(o, "user/id", "1001");
        assert_text(o, "process/executable", "/usr/local/bin/coder");
        assert_text(o, "container/image/name", "registry.example/agents/coder:1.4");
        assert_text(o, "file/hash/sha256", e->fields[FIELD_SHA256]);
        assert_number(o, "giad/line", 12);
        cJSON_Delete(o);
}

/* Who decided comes before whose process it was, whose uid is kept all the same. */
static void ecs_takes_the_first_field_of_a_place(void **state)
{
        _cleanup_event_ struct event *e = sample_event(EVENT_RELEASED);

        (void)state;
        event_set(e, FIELD_WRITER_UID, "1001");
        cJSON *o = rendered(ecs_render, e);
        assert_text(o, "user/id", "1000");
        assert_text(o, "user/name", "olga");
        assert_number(o, "giad/writer_uid", 1001);
        cJSON_Delete(o);
}

/* No field may be forgotten by a foreign shape, whatever event it is set in. */
static void no_shape_drops_a_field(void **state)
{
        (void)state;
        for (int field = 0; field < _FIELD_MAX; field++) {
                _cleanup_event_ struct event *e = event_new(EVENT_FINDING, SEVERITY_LOW);
                _cleanup_buffer_ struct buffer ocsf = BUFFER_NULL, ecs = BUFFER_NULL;
                bool number = field_info((enum field)field)->type == FIELD_TYPE_NUMBER;
                const char *mark = number ? "8675309" : "mark-8675309";

                if (field == FIELD_TIME || field == FIELD_SEVERITY)
                        continue; /* rendered from the record itself */
                event_set(e, (enum field)field, mark);
                ocsf_render(e, "h", &ocsf);
                ecs_render(e, "h", &ecs);
                if (!strstr(ocsf.data, mark) || !strstr(ecs.data, mark))
                        fail_msg("%s is lost", field_info((enum field)field)->json);
        }
}

static void rotation_makes_a_new_file(void **state)
{
        struct file f;
        char old[128];

        (void)state;
        file_start(&f, "native");
        assert_int_equal(deliver(&f, EVENT_READY), 0);
        (void)snprintf(old, sizeof(old), "%s.1", f.path);
        assert_int_equal(rename(f.path, old), 0);
        assert_int_equal(deliver(&f, EVENT_READY),
                         0); /* still the old one: nobody said otherwise */
        assert_int_equal(f.sink->vtable->reopen(f.sink), 0);
        assert_int_equal(deliver(&f, EVENT_READY), 0);
        assert_int_equal(count_objects(old), 2);
        assert_int_equal(count_objects(f.path), 1);
        assert_int_equal(unlink(f.path), 0);
        assert_int_equal(deliver(&f, EVENT_READY), 0);
        assert_int_equal(count_objects(f.path), 1);
        file_stop(&f);
}

static void a_file_that_was_renamed_is_left_without_being_told(void **state)
{
        struct file f;
        char old[128];

        (void)state;
        file_start(&f, "native");
        assert_int_equal(deliver(&f, EVENT_READY), 0);
        (void)snprintf(old, sizeof(old), "%s.1", f.path);
        assert_int_equal(rename(f.path, old), 0);
        (void)usleep(1100000); /* it looks once a second */
        assert_int_equal(deliver(&f, EVENT_READY), 0);
        assert_int_equal(count_objects(old), 1);
        assert_int_equal(count_objects(f.path), 1);
        /* who rotates has made the next one already */
        assert_int_equal(rename(f.path, old), 0);
        int fd = open(f.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        (void)close(fd);
        (void)usleep(1100000);
        assert_int_equal(deliver(&f, EVENT_READY), 0);
        assert_int_equal(count_objects(f.path), 1);
        file_stop(&f);
}

static void the_file_is_private_and_no_link_is_followed(void **state)
{
        struct file f;
        struct stat st;
        mode_t mask = umask(0);

        (void)state;
        file_start(&f, "native");
        assert_int_equal(deliver(&f, EVENT_READY), 0);
        assert_int_equal(stat(f.path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0640);
        assert_int_equal(unlink(f.path), 0);
        assert_int_equal(symlink("elsewhere", f.path), 0);
        assert_int_equal(deliver(&f, EVENT_READY), -EAGAIN);
        assert_int_equal(unlink(f.path), 0);
        assert_int_equal(mkfifo(f.path, 0600), 0);
        assert_int_equal(deliver(&f, EVENT_READY), -EAGAIN);
        file_stop(&f);
        (void)umask(mask);
}

static void a_torn_line_of_a_crash_does_not_spoil_the_next(void **state)
{
        struct file f;
        char line[64] = "";

        (void)state;
        file_start(&f, "native");
        int fd = open(f.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_int_equal(write(fd, "{\"torn", 6), 6);
        (void)close(fd);
        assert_int_equal(deliver(&f, EVENT_READY), 0);
        fd = open(f.path, O_RDONLY | O_CLOEXEC);
        assert_true(read(fd, line, sizeof(line) - 1) > 0);
        (void)close(fd);
        assert_int_equal(strncmp(line, "{\"torn\n{\"event\"", 15), 0);
        file_stop(&f);
}

static void a_full_disk_leaves_no_part_of_a_line(void **state)
{
        struct file f;
        struct rlimit saved, small;

        (void)state;
        file_start(&f, "native");
        assert_int_equal(deliver(&f, EVENT_FINDING), 0);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
        small = saved;
        small.rlim_cur = 2000; /* the third line does not fit: write(2) takes a part of it */
        (void)sigaction(SIGXFSZ, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        int r = 0;
        for (int i = 0; i < 5 && r == 0; i++)
                r = deliver(&f, EVENT_FINDING);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
        assert_int_equal(r, -EAGAIN);
        unsigned before = count_objects(f.path);
        assert_true(before >= 1);
        assert_int_equal(deliver(&f, EVENT_FINDING), 0);
        assert_int_equal(count_objects(f.path), before + 1);
        file_stop(&f);
}

static void an_unknown_schema_is_refused(void **state)
{
        struct sink *sink = NULL;

        (void)state;
        const struct sink_config bad = {.path = "/tmp/x", .schema = "xml"};
        assert_int_equal(sink_by_name("jsonl")->new (&sink, &bad), -EINVAL);
        const struct sink_config relative = {.path = "x", .schema = "ecs"};
        assert_int_equal(sink_by_name("jsonl")->new (&sink, &relative), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_kind_in_every_shape_is_one_line),
                cmocka_unit_test(ocsf_always_has_its_required_attributes),
                cmocka_unit_test(a_privilege_finding_is_a_detection_finding),
                cmocka_unit_test(a_suppressed_finding_is_no_alert),
                cmocka_unit_test(a_secret_is_a_data_security_finding),
                cmocka_unit_test(quarantine_and_release_are_dispositions_of_one_finding),
                cmocka_unit_test(ecs_has_its_core_fields),
                cmocka_unit_test(ecs_names_file_rule_threat_and_agent),
                cmocka_unit_test(ecs_takes_the_first_field_of_a_place),
                cmocka_unit_test(no_shape_drops_a_field),
                cmocka_unit_test(rotation_makes_a_new_file),
                cmocka_unit_test(a_file_that_was_renamed_is_left_without_being_told),
                cmocka_unit_test(the_file_is_private_and_no_link_is_followed),
                cmocka_unit_test(a_torn_line_of_a_crash_does_not_spoil_the_next),
                cmocka_unit_test(a_full_disk_leaves_no_part_of_a_line),
                cmocka_unit_test(an_unknown_schema_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
