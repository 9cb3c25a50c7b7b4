/* SPDX-FileCopyrightText: giad maintainers */
#include "common/base/text.h"
#include "daemon/respond.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/pipeline-fixture.h"
#include "tests/unit/test.h"

/* A responder without pipeline and scanners. */
struct respond_bed {
        struct line l;
        struct responder *responder;
        struct scan_result *result;
        struct verdict verdict;
        struct work *work;
        struct work_item *item;
        unsigned n_own;
        struct file_id own;
};

static void on_own(void *userdata, const struct workspace *ws, const char *path,
                   const struct file_id *id)
{
        struct respond_bed *b = userdata;

        assert_non_null(ws);
        assert_non_null(path);
        b->n_own++;
        b->own = *id;
}

static int setup(void **state)
{
        struct respond_bed *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        line_make_base(&b->l, "");
        const struct pipeline_parts parts = line_parts(&b->l);
        const struct pipeline_host host = line_host(&b->l);
        assert_int_equal(responder_new(&b->responder, &parts, &host, on_own, b), 0);
        assert_int_equal(work_new(&b->work), 0);
        b->result = calloc(1, sizeof(*b->result));
        assert_non_null(b->result);
        struct finding *f = scan_result_add_finding(b->result);
        (void)text_copy(f->rule, sizeof(f->rule), "a-rule");
        (void)text_copy(f->title, sizeof(f->title), "A \"title\"");
        (void)text_copy(f->redacted, sizeof(f->redacted), "ab…");
        f->severity = SEVERITY_HIGH;
        f->line = 4;
        b->verdict = (struct verdict){
                .action = ACTION_QUARANTINE, .severity = SEVERITY_HIGH, .counted = 1};
        (void)text_copy(b->verdict.policy, sizeof(b->verdict.policy), "giad.yaml:12");
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        struct respond_bed *b = *state;

        storer_stop(b->l.bed.storer);
        b->work = work_free(b->work);
        b->responder = responder_free(b->responder);
        line_done(&b->l);
        free(b->result);
        free(b);
        return 0;
}

/* As the pipeline holds it after a scan. */
static void scan(struct respond_bed *b, const char *path)
{
        struct quarantine_request r = fixture_scan(&b->l.bed.f, path);

        if (b->item)
                work_drop(b->work, b->item);
        b->item = work_add(b->work, &r.id, b->l.ws.id, path, r.fd, NULL);
        assert_non_null(b->item);
}

static void put(struct respond_bed *b, const char *path)
{
        fixture_write(&b->l.bed.f, path, "content", 7);
        scan(b, path);
}

static int take(struct respond_bed *b, enum reason *ret_reason)
{
        return responder_quarantine(b->responder, &b->l.ws, b->item, b->result, &b->verdict,
                                    ret_reason);
}

static void take_well(struct respond_bed *b)
{
        enum reason reason;

        assert_int_equal(take(b, &reason), 0);
        bed_settle(&b->l.bed);
}

static int keep_entry(void *userdata, const struct quarantine_entry *e)
{
        char *buf = userdata;

        (void)snprintf(buf, 4096, "%s|%s|%s", e->path, e->reason, e->findings);
        return 0;
}

static void taken_file_is_gone_at_once_and_told_when_it_is_stored(void **state)
{
        struct respond_bed *b = *state;
        enum reason reason;

        put(b, "x");
        assert_int_equal(take(b, &reason), 0);
        assert_false(fixture_there(&b->l.bed.f, "x"));
        assert_int_equal(b->l.n_told, 0);
        bed_settle(&b->l.bed);
        const struct event *e = line_find(&b->l, EVENT_QUARANTINED);
        assert_string_equal(told_field(e, FIELD_AGENT), "alice");
        assert_string_equal(told_field(e, FIELD_POLICY), "giad.yaml:12");
        assert_string_equal(told_field(e, FIELD_SEVERITY), "high");
        assert_int_equal(line_in_store(&b->l), 1);
}

static void entry_keeps_why(void **state)
{
        struct respond_bed *b = *state;
        char entry[4096] = "";

        put(b, "x");
        take_well(b);
        assert_int_equal(quarantine_list(b->l.bed.f.q, keep_entry, entry), 0);
        assert_non_null(strstr(entry, "x|giad.yaml:12|[{"));
        assert_non_null(strstr(entry, "\"rule\":\"a-rule\""));
        assert_non_null(strstr(entry, "\"title\":\"A \\\"title\\\"\""));
        assert_non_null(strstr(entry, "\"line\":4"));
}

static void note_is_left_and_known_as_own(void **state)
{
        struct respond_bed *b = *state;
        struct stat st;
        struct file_id id;
        char note[8192] = "";

        b->result->artefact = ARTEFACT_DOTENV;
        (void)text_copy(b->result->format, sizeof(b->result->format), "dotenv");
        put(b, "x");
        take_well(b);
        assert_int_equal(fstatat(b->l.bed.f.root_fd, "x.giad.md", &st, AT_SYMLINK_NOFOLLOW), 0);
        file_id_from_stat(&id, &st);
        assert_int_equal(b->n_own, 1);
        assert_true(file_id_equal(&id, &b->own));
        /* what the scanner said of the file is known to who writes of it */
        _cleanup_close_ int fd = openat(b->l.bed.f.root_fd, "x.giad.md", O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0 && read(fd, note, sizeof(note) - 1) > 0);
        assert_non_null(strstr(note, "\nartefact: dotenv\nform: dotenv\n"));
}

static void no_note_is_left_where_none_belongs(void **state)
{
        struct respond_bed *b = *state;
        struct config *quiet = config_from("quarantine: {note: no}\n");

        /* a secret stands in the name */
        (void)text_copy(b->result->shown, sizeof(b->result->shown), "redacted-name");
        put(b, "x");
        take_well(b);
        assert_null(strstr(line_find(&b->l, EVENT_QUARANTINED)->message, "/x "));
        b->result->shown[0] = '\0';
        /* a symlink */
        assert_int_equal(symlinkat("nowhere", b->l.bed.f.root_fd, "x"), 0);
        scan(b, "x");
        take_well(b);
        /* switched off */
        responder_set_config(b->responder, quiet);
        put(b, "x");
        take_well(b);
        (void)config_unref(quiet);
        assert_int_equal(line_count(&b->l, EVENT_QUARANTINED), 3);
        assert_int_equal(fixture_count(b->l.bed.f.workspace), 0);
        assert_int_equal(b->n_own, 0);
}

static void note_that_cannot_be_written_is_no_failure(void **state)
{
        struct respond_bed *b = *state;

        fixture_write(&b->l.bed.f, "x.giad.md", "mine", 4);
        put(b, "x");
        take_well(b);
        assert_int_equal(line_count(&b->l, EVENT_QUARANTINED), 1);
        assert_int_equal(b->n_own, 0);
}

static void workspace_that_is_gone_when_it_is_stored_gets_no_note(void **state)
{
        struct respond_bed *b = *state;

        put(b, "x");
        b->l.gone = true;
        take_well(b);
        assert_int_equal(line_count(&b->l, EVENT_QUARANTINED), 1);
        assert_int_equal(fixture_count(b->l.bed.f.workspace), 0);
}

static void open_writer_is_told(void **state)
{
        struct respond_bed *b = *state;

        put(b, "x");
        _cleanup_close_ int writer = openat(b->l.bed.f.root_fd, "x", O_WRONLY | O_CLOEXEC);
        assert_true(writer >= 0);
        take_well(b);
        assert_string_equal(told_field(line_find(&b->l, EVENT_QUARANTINED), FIELD_REASON),
                            "still-open");
        put(b, "y");
        take_well(b);
        assert_string_equal(told_field(b->l.told[1], FIELD_REASON), "");
}

static void other_names_are_told(void **state)
{
        struct respond_bed *b = *state;

        fixture_write(&b->l.bed.f, "x", "content", 7);
        assert_int_equal(linkat(b->l.bed.f.root_fd, "x", b->l.bed.f.root_fd, "second", 0), 0);
        scan(b, "x");
        take_well(b);
        assert_string_equal(told_field(line_find(&b->l, EVENT_QUARANTINED), FIELD_REASON),
                            "other-names");
}

static void another_file_under_the_name_is_left_there(void **state)
{
        struct respond_bed *b = *state;
        enum reason reason;

        put(b, "x");
        fixture_write(&b->l.bed.f, "y", "innocent", 8);
        assert_int_equal(renameat(b->l.bed.f.root_fd, "y", b->l.bed.f.root_fd, "x"), 0);
        assert_int_equal(take(b, &reason), -ESTALE);
        bed_settle(&b->l.bed);
        assert_true(fixture_there(&b->l.bed.f, "x"));
        assert_int_equal(b->l.n_told, 0);
        assert_int_equal(unlinkat(b->l.bed.f.root_fd, "x", 0), 0);
        assert_int_equal(take(b, &reason), -ENOENT);
        assert_int_equal(line_in_store(&b->l), 0);
}

static void full_store_is_told_as_the_reason(void **state)
{
        struct respond_bed *b = *state;
        enum reason reason = REASON_NONE;

        b->l.bed.f.config.store_max = 3;
        storer_stop(b->l.bed.storer);
        b->l.bed.storer = storer_free(b->l.bed.storer);
        fixture_reopen(&b->l.bed.f);
        bed_start_storer(&b->l.bed);
        b->responder = responder_free(b->responder);
        const struct pipeline_parts parts = line_parts(&b->l);
        const struct pipeline_host host = line_host(&b->l);
        assert_int_equal(responder_new(&b->responder, &parts, &host, on_own, b), 0);
        put(b, "x");
        assert_int_equal(take(b, &reason), -EDQUOT);
        assert_int_equal(reason, REASON_STORE_FAILED);
        assert_true(fixture_there(&b->l.bed.f, "x"));
}

static void content_that_cannot_be_stored_is_a_gap(void **state)
{
        struct respond_bed *b = *state;
        enum reason reason;

        put(b, "x");
        assert_int_equal(take(b, &reason), 0);
        bed_settle(&b->l.bed);
        put(b, "y");
        storer_stop(b->l.bed.storer); /* so that it cannot be faster */
        assert_int_equal(take(b, &reason), 0);
        fail_alloc.failed = false;
        fail_alloc.left = 0;
        storer_stop(b->l.bed.storer); /* runs it here, without memory */
        fail_alloc.left = -1;
        assert_true(fail_alloc.failed);
        assert_int_equal(b->l.n_gaps, 1);
        assert_int_equal(b->l.gap, REASON_STORE_FAILED);
        assert_non_null(strstr(b->l.gap_detail, "entry "));
        assert_int_equal(line_count(&b->l, EVENT_QUARANTINED), 1);
        assert_false(fixture_there(&b->l.bed.f, "y"));
}

static bool respond_with_failure(struct respond_bed *b, long n)
{
        enum reason reason = REASON_NONE;
        unsigned before = line_count(&b->l, EVENT_QUARANTINED), gaps = b->l.n_gaps;

        put(b, "m");
        fail_alloc.failed = false;
        fail_alloc.left = n;
        int k = take(b, &reason);
        fail_alloc.left = -1;
        bed_settle(&b->l.bed);
        if (k == 0) {
                assert_false(fixture_there(&b->l.bed.f, "m"));
                assert_true(line_count(&b->l, EVENT_QUARANTINED) > before || b->l.n_gaps > gaps);
        } else {
                assert_true(fixture_there(&b->l.bed.f, "m"));
                assert_int_not_equal(reason, REASON_NONE);
        }
        return fail_alloc.failed;
}

static void want_of_memory_is_a_reason_and_leaves_the_file(void **state)
{
        struct respond_bed *b = *state;
        const struct pipeline_parts parts = line_parts(&b->l);
        const struct pipeline_host host = line_host(&b->l);
        struct responder *r = NULL;

        for (long n = 0; n < 2; n++) {
                fail_alloc.left = n;
                assert_int_equal(responder_new(&r, &parts, &host, on_own, b), -ENOMEM);
        }
        fail_alloc.left = -1;
        for (long n = 0; respond_with_failure(b, n); n++)
                ;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(taken_file_is_gone_at_once_and_told_when_it_is_stored),
                T(entry_keeps_why),
                T(note_is_left_and_known_as_own),
                T(no_note_is_left_where_none_belongs),
                T(note_that_cannot_be_written_is_no_failure),
                T(workspace_that_is_gone_when_it_is_stored_gets_no_note),
                T(open_writer_is_told),
                T(other_names_are_told),
                T(another_file_under_the_name_is_left_there),
                T(full_store_is_told_as_the_reason),
                T(content_that_cannot_be_stored_is_a_gap),
                T(want_of_memory_is_a_reason_and_leaves_the_file),
#undef T
        };

        SKIP_WITHOUT_KERNEL_CALLS();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
