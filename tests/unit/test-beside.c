/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What goes to a scanner beside a file, and what is told of its answer.
 */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/writer.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/pipeline-fixture.h"
#include "tests/unit/test.h"

static struct line line;

static int setup(void **state)
{
        line_make(&line, "policy: [{action: report}]\n");
        *state = &line;
        return 0;
}

static int teardown(void **state)
{
        line_done(*state);
        return 0;
}

/* Of a process with this command line. */
static struct provenance *make_writer(const char *command, size_t n)
{
        struct provenance *p = provenance_new(77);
        char *raw = malloc(n + 1);

        assert_non_null(p);
        assert_non_null(raw);
        p->uid = p->gid = 5;
        p->exe = strdup("/usr/bin/tool");
        memcpy(raw, command, n);
        provenance_set_raw_command(p, raw, n);
        return p;
}

static void write_as(struct line *l, const char *path, struct provenance *writer)
{
        const struct candidate c = {
                .workspace = l->ws.id, .path = path, .why = CANDIDATE_WRITTEN, .writer = writer};

        fixture_write(&l->bed.f, path, "some content", 12);
        pipeline_candidate(l->pipeline, &c);
}

static const char *told_of(const struct line *l, enum event_kind kind, enum field field)
{
        for (unsigned i = 0; i < l->n_told; i++)
                if (l->told[i]->kind == kind)
                        return l->told[i]->fields[field];
        return NULL;
}

static void a_command_line_is_masked_with_the_first_file(void **state)
{
        struct line *l = *state;
        struct provenance *p = make_writer("tool\0--x", 9);

        assert_non_null(strstr(writer_to_json(p), "no scanner has masked its command line"));
        write_as(l, "finding-1", p);
        line_settle(l);
        assert_string_equal(told_of(l, EVENT_FINDING, FIELD_WRITER_COMMAND), "xxxx xxx ");
        assert_null(told_of(l, EVENT_FINDING, FIELD_WRITER_MISSING));
        assert_null(p->raw_command);
        assert_non_null(strstr(writer_to_json(p), "\"writer_command\":\"xxxx xxx \""));
        line_forget(l);
        write_as(l, "finding-2", p);
        line_settle(l);
        assert_string_equal(told_of(l, EVENT_FINDING, FIELD_WRITER_COMMAND), "xxxx xxx ");
        (void)provenance_unref(p);
}

static void one_that_cannot_be_masked_is_not_told(void **state)
{
        struct line *l = *state;
        struct provenance *p = make_writer("unmaskable", 11);

        write_as(l, "finding", p);
        line_settle(l);
        assert_null(told_of(l, EVENT_FINDING, FIELD_WRITER_COMMAND));
        assert_string_equal(told_of(l, EVENT_FINDING, FIELD_WRITER_MISSING),
                            "its command line could not be masked");
        (void)provenance_unref(p);
}

/* The process that journald is asked to describe, when a file of this process's is told of. */
static pid_t object_pid_of(struct line *l, struct provenance *p)
{
        pid_t told = 0;

        /* one that lives */
        p->pid = getpid();
        p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
        assert_true(p->pidfd >= 0);
        line_forget(l);
        write_as(l, "finding", p);
        line_settle(l);
        for (unsigned i = 0; i < l->n_told; i++)
                if (l->told[i]->kind == EVENT_FINDING)
                        told = l->told[i]->object_pid;
        (void)provenance_unref(p);
        return told;
}

static struct provenance *clean_writer(void)
{
        return make_writer("clean\0--x", 10);
}

/* journald adds its command line, its program and its unit as they are. */
static void only_one_of_which_nothing_was_masked_is_described_by_others(void **state)
{
        struct line *l = *state;

        assert_int_equal(object_pid_of(l, clean_writer()), getpid());
        assert_int_equal(object_pid_of(l, make_writer("tool\0--x", 9)), 0);
        assert_int_equal(object_pid_of(l, make_writer("unmaskable", 11)), 0);

        struct provenance *p = clean_writer();
        free(p->exe);
        p->exe = strdup("/tmp/glpat-"
                        "Zq7Lm2Xv9Rt4Kp8Wn3Bc");
        assert_int_equal(object_pid_of(l, p), 0);
        p = clean_writer();
        p->unit = strdup("glpat-"
                         "Zq7Lm2Xv9Rt4Kp8Wn3Bc.service");
        assert_int_equal(object_pid_of(l, p), 0);
        p = clean_writer();
        (void)snprintf(p->comm, sizeof(p->comm),
                       "glpat-"
                       "Zq7Lm2Xv");
        free(p->exe);
        p->exe = NULL;
        assert_int_equal(object_pid_of(l, p), 0);
}

/* Nobody keeps its files from being looked at by the name that it gives itself. */
static void one_that_kills_the_scanner_is_left_out(void **state)
{
        struct line *l = *state;
        struct provenance *p = make_writer("die\0now", 8);

        write_as(l, "finding", p);
        line_settle(l);
        assert_null(told_of(l, EVENT_FINDING, FIELD_WRITER_COMMAND));
        assert_string_equal(told_of(l, EVENT_FINDING, FIELD_WRITER_MISSING),
                            "the scanner failed that was to mask its command line");
        assert_int_equal(line_count(l, EVENT_NOT_SCANNED), 0);
        (void)provenance_unref(p);
}

/* The answer is about who wrote when it was asked. */
static struct provenance *other;

static void written_again(struct line *l, const struct work_item *item)
{
        (void)item;
        l->before = NULL;
        write_as(l, "finding", other);
}

static void a_writer_is_not_told_by_another_ones_command_line(void **state)
{
        struct line *l = *state;
        struct provenance *p = make_writer("first", 6);

        other = make_writer("second\0x", 9);
        write_as(l, "finding", p);
        l->before = written_again;
        line_settle(l);
        assert_string_equal(p->command, "xxxxx ");
        assert_string_equal(other->command, "xxxxxx x ");
        (void)provenance_unref(p);
        (void)provenance_unref(other);
}

static void a_long_command_line_is_cut(void **state)
{
        struct line *l = *state;
        _cleanup_free_ char *text = malloc(2 * PROVENANCE_COMMAND_MAX);

        memset(text, 'a', 2 * PROVENANCE_COMMAND_MAX);
        struct provenance *p = make_writer(text, PROVENANCE_COMMAND_MAX + 1);
        assert_true(p->raw_command_cut);
        assert_int_equal(p->raw_command_size, PROVENANCE_COMMAND_MAX);
        write_as(l, "finding", p);
        line_settle(l);
        assert_int_equal(strlen(p->command), SCAN_COMMAND_SHOWN_MAX - 1);
        (void)provenance_unref(p);
}

static void a_container_is_asked_for_when_it_is_told_of(void **state)
{
        struct line *l = *state;
        struct provenance *p = make_writer("tool", 5);
        static const char *const files[] = {"plain", "finding-1", "finding-2"};
        char text[512];

        fixture_write(&l->bed.f, "box", "NAME=box\n", 9);
        (void)snprintf(text, sizeof(text),
                       "workspaces: [{path: %s}]\npolicy: [{action: report}]\ncontainers: "
                       "{machines: %s}\n",
                       l->ws.path, l->ws.path);
        struct config *config = config_from(text);
        pipeline_set_config(l->pipeline, config);
        p->cgroup = strdup("/machine.slice/machine-box.scope");
        p->container = strdup("box");
        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                struct pipeline_stats before, after;

                line_forget(l);
                pipeline_stats(l->pipeline, &before);
                write_as(l, files[i], p);
                line_settle(l);
                pipeline_stats(l->pipeline, &after);
                /* once more for the first that is told of, and no other */
                assert_int_equal(after.scans - before.scans, i == 1 ? 2 : 1);
                if (i == 0)
                        continue;
                assert_string_equal(told_of(l, EVENT_FINDING, FIELD_WRITER_CONTAINER_NAME), "box");
                assert_null(told_of(l, EVENT_FINDING, FIELD_WRITER_CONTAINER_MISSING));
        }
        pipeline_set_config(l->pipeline, l->bed.config);
        (void)config_unref(config);
        (void)provenance_unref(p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define R(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                R(a_command_line_is_masked_with_the_first_file),
                R(one_that_cannot_be_masked_is_not_told),
                R(only_one_of_which_nothing_was_masked_is_described_by_others),
                R(one_that_kills_the_scanner_is_left_out),
                R(a_writer_is_not_told_by_another_ones_command_line),
                R(a_long_command_line_is_cut),
                R(a_container_is_asked_for_when_it_is_told_of),
#undef R
        };

        SKIP_WITHOUT_KERNEL_CALLS();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
