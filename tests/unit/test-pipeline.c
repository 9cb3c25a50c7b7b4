/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What becomes of one file: what is told, what was seen before, what changes meanwhile, and the verdict.
 */
#include "daemon/approvals.h"
#include "tests/unit/pipeline-fixture.h"
#include "tests/unit/test.h"

/* --- what is told -------------------------------------------------------------------------------
 */

static void clean_file_is_scanned_in_silence(void **state)
{
        struct line *l = *state;

        line_write(l, "plain");
        assert_int_equal(l->n_told, 0);
        assert_int_equal(line_stats(l).scans, 1);
        assert_int_equal(line_stats(l).bytes, 12);
        assert_int_equal(l->ws.scanned, 1);
        assert_int_equal(line_stats(l).held, 0);
}

static void finding_is_told_with_its_verdict(void **state)
{
        struct line *l = *state;

        line_write(l, "finding");
        assert_int_equal(line_count(l, EVENT_FINDING), 1);
        assert_int_equal(line_count(l, EVENT_VERDICT), 1);
        assert_string_equal(told_field(line_find(l, EVENT_FINDING), FIELD_RULE), "finding");
        assert_string_equal(told_field(line_find(l, EVENT_VERDICT), FIELD_ACTION), "report");
        assert_int_equal(l->ws.findings, 1);
        assert_true(fixture_there(&l->bed.f, "finding"));
}

static void identity_artefact_is_told_without_a_finding(void **state)
{
        struct line *l = *state;

        line_write(l, "identity");
        assert_int_equal(line_count(l, EVENT_ARTEFACT), 1);
        assert_int_equal(line_stats(l).artefacts, 1);
}

static void secret_in_a_name_is_not_told_on(void **state)
{
        struct line *l = *state;

        line_write(l, "shown-and-a-secret");
        assert_true(l->n_told > 0);
        for (unsigned i = 0; i < l->n_told; i++) {
                assert_null(strstr(l->told[i]->message, "and-a-secret"));
                assert_non_null(strstr(told_field(l->told[i], FIELD_PATH), "without-the-secret"));
        }
}

static void symlink_is_scanned_by_its_target(void **state)
{
        struct line *l = *state;

        assert_int_equal(symlinkat("finding-elsewhere", l->bed.f.root_fd, "finding"), 0);
        line_candidate(l, "finding", CANDIDATE_LINKED);
        line_settle(l);
        assert_int_equal(line_count(l, EVENT_FINDING), 1);
        assert_int_equal(line_stats(l).bytes, strlen("finding-elsewhere"));
        /* it is not gone through */
        assert_int_equal(symlinkat("..", l->bed.f.root_fd, "up"), 0);
        line_candidate(l, "up/register.db", CANDIDATE_WRITTEN);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 1);
}

static void what_is_no_file_is_told_and_not_opened(void **state)
{
        struct line *l = *state;

        assert_int_equal(mkfifoat(l->bed.f.root_fd, "fifo", 0600), 0);
        line_candidate(l, "fifo", CANDIDATE_WALK);
        line_settle(l);
        assert_int_equal(line_count(l, EVENT_NOT_SCANNED), 1);
        assert_string_equal(told_field(l->told[0], FIELD_REASON), "not-regular");
        line_candidate(l, "fifo", CANDIDATE_WALK);
        line_settle(l);
        assert_int_equal(l->n_told, 1); /* once */
        assert_int_equal(mkdirat(l->bed.f.root_fd, "dir", 0700), 0);
        line_candidate(l, "dir", CANDIDATE_WALK);
        assert_int_equal(line_stats(l).pending, 0);
        assert_int_equal(l->n_told, 1);
}

static void file_that_is_gone_is_counted_only(void **state)
{
        struct line *l = *state;

        line_candidate(l, "gone", CANDIDATE_WRITTEN);
        line_candidate(l, "gone/too", CANDIDATE_WRITTEN);
        line_settle(l);
        assert_int_equal(l->n_told, 0);
        assert_int_equal(line_stats(l).reasons[REASON_GONE], 2);
}

static void candidate_of_another_workspace_is_nothing(void **state)
{
        struct line *l = *state;

        fixture_write(&l->bed.f, "finding", "x", 1);
        const struct candidate c = {.workspace = l->ws.id + 1, .path = "finding"};
        pipeline_candidate(l->pipeline, &c);
        assert_int_equal(line_stats(l).pending, 0);
}

/* --- seen ----------------------------------------------------------------------------------------
 */

static void seen_file_is_dropped(void **state)
{
        struct line *l = *state;
        struct stat st;
        struct file_id id;

        line_write(l, "finding");
        line_forget(l);
        line_candidate(l, "finding", CANDIDATE_WALK);
        line_settle(l);
        assert_int_equal(l->n_told, 0);
        assert_int_equal(line_stats(l).scans, 1);
        assert_int_equal(line_stats(l).dropped, 1);
        /* without an open, if the watcher's own look says so */
        assert_int_equal(fstatat(l->bed.f.root_fd, "finding", &st, 0), 0);
        file_id_from_stat(&id, &st);
        const struct candidate c = {.workspace = l->ws.id, .path = "finding", .seen = &id};
        assert_int_equal(unlinkat(l->bed.f.root_fd, "finding", 0), 0);
        pipeline_candidate(l->pipeline, &c);
        assert_int_equal(line_stats(l).dropped, 2);
        assert_int_equal(line_stats(l).reasons[REASON_GONE], 0);
}

static void changed_file_is_scanned_again(void **state)
{
        struct line *l = *state;

        line_write(l, "finding");
        fixture_write(&l->bed.f, "finding", "other content!", 14);
        line_candidate(l, "finding", CANDIDATE_WRITTEN);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 2);
        assert_int_equal(line_count(l, EVENT_FINDING), 2);
}

static void young_file_is_scanned_again_where_times_are_coarse(void **state)
{
        struct line *l = *state;

        l->ws.fine_times = false;
        fixture_write(&l->bed.f, "plain", "x", 1);
        line_candidate(l, "plain", CANDIDATE_WRITTEN);
        line_settle(l);
        uint64_t seen = line_stats(l).seen;
        /* a machine so slow that the file was old already cannot show it */
        assert_true(seen <= 1);
        l->ws.fine_times = true;
        line_candidate(l, "plain", CANDIDATE_WALK);
        line_settle(l);
        assert_int_equal(line_stats(l).seen, 1);
        assert_int_equal(line_stats(l).scans, 2 - seen);
}

static void new_rules_see_everything_anew(void **state)
{
        struct line *l = *state;
        uint8_t before[32] = {2}, generation[32] = {1};

        assert_true(pipeline_set_generation(l->pipeline, before));
        line_write(l, "finding");
        assert_int_equal(line_stats(l).seen, 1);
        assert_true(pipeline_set_generation(l->pipeline, generation));
        assert_false(pipeline_set_generation(l->pipeline, generation));
        assert_int_equal(line_stats(l).seen, 0);
        line_candidate(l, "finding", CANDIDATE_WALK);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 2);
}

static int collect_seen(void *userdata, const struct reg_seen *seen)
{
        pipeline_add_seen(userdata, seen);
        return 0;
}

static void what_was_seen_outlives_the_process(void **state)
{
        struct line *l = *state;
        struct reg *reader = NULL;
        uint8_t generation[32] = {9}, other[32] = {8};

        (void)pipeline_set_generation(l->pipeline, generation);
        line_write(l, "finding");
        pipeline_flush(l->pipeline);
        bed_settle(&l->bed);
        const struct pipeline_parts parts = line_parts(l);
        const struct pipeline_host host = line_host(l);
        l->pipeline = pipeline_free(l->pipeline);
        assert_int_equal(pipeline_new(&l->pipeline, &parts, &host), 0);
        assert_int_equal(reg_open(&reader, l->bed.reg_path, true, NULL), 0);
        assert_int_equal(reg_seen_each(reader, collect_seen, l->pipeline), 0);
        (void)pipeline_set_generation(l->pipeline, generation);
        pipeline_set_pool(l->pipeline, l->pool);
        assert_int_equal(line_stats(l).seen, 1);
        line_candidate(l, "finding", CANDIDATE_WALK);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 0);
        (void)pipeline_set_generation(l->pipeline, other);
        assert_int_equal(line_stats(l).seen, 0);
        assert_int_equal(reg_seen_each(reader, collect_seen, l->pipeline), 0);
        (void)reg_free(reader);
        line_candidate(l, "finding", CANDIDATE_WALK);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 1); /* under other rules it is not seen */
}

/* --- changes meanwhile ---- */

static void change_once(struct line *l, const struct work_item *item)
{
        (void)item;
        l->before = NULL;
        fixture_write(&l->bed.f, "finding", "written while it was scanned", 28);
}

static void file_that_changed_during_the_scan_is_scanned_again(void **state)
{
        struct line *l = *state;

        l->before = change_once;
        line_write(l, "finding");
        assert_int_equal(line_stats(l).scans, 2);
        assert_int_equal(line_stats(l).rescans, 1);
        assert_int_equal(line_count(l, EVENT_FINDING), 1); /* only what still stands is told */
        assert_string_equal(told_field(line_find(l, EVENT_FINDING), FIELD_SIZE), "28");
}

static void change_always(struct line *l, const struct work_item *item)
{
        char text[64];

        (void)item;
        memset(text, 'x', sizeof(text));
        fixture_write(&l->bed.f, "finding", text, l->n_answers % sizeof(text) + 1);
}

static void file_that_keeps_changing_is_judged_in_the_end(void **state)
{
        struct line *l = *state;

        l->before = change_always;
        line_write(l, "finding");
        assert_int_equal(line_stats(l).scans, 4);
        assert_int_equal(line_stats(l).reasons[REASON_CHANGING], 1);
        assert_int_equal(line_count(l, EVENT_FINDING), 1);
        assert_int_equal(line_stats(l).seen, 0); /* not this state */
}

static void name_again(struct line *l, const struct work_item *item)
{
        l->before = NULL;
        line_candidate(l, item->path, CANDIDATE_WALK);
}

static void naming_it_again_meanwhile_costs_no_scan_if_nothing_changed(void **state)
{
        struct line *l = *state;

        l->before = name_again;
        line_write(l, "finding");
        assert_int_equal(line_stats(l).scans, 1);
        assert_int_equal(line_count(l, EVENT_FINDING), 1);
}

static void rename_away(struct line *l, const struct work_item *item)
{
        l->before = NULL;
        assert_string_equal(item->path, "plain");
        assert_int_equal(renameat(l->bed.f.root_fd, "plain", l->bed.f.root_fd, "finding"), 0);
        line_candidate(l, "finding", CANDIDATE_MOVED_IN);
}

static void renamed_file_is_judged_by_its_new_name(void **state)
{
        struct line *l = *state;

        l->before = rename_away;
        line_write(l, "plain");
        assert_int_equal(line_count(l, EVENT_FINDING), 1);
        assert_non_null(strstr(told_field(line_find(l, EVENT_FINDING), FIELD_PATH), "/finding"));
}

static void renamed_file_that_was_seen_is_scanned_under_its_new_name(void **state)
{
        struct line *l = *state;

        line_write(l, "plain");
        assert_int_equal(renameat(l->bed.f.root_fd, "plain", l->bed.f.root_fd, "finding"), 0);
        line_candidate(l, "finding", CANDIDATE_MOVED_IN);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 2);
        assert_int_equal(line_count(l, EVENT_FINDING), 1);
}

static void remove_it(struct line *l, const struct work_item *item)
{
        l->before = NULL;
        assert_int_equal(unlinkat(l->bed.f.root_fd, item->path, 0), 0);
}

static void file_that_went_during_the_scan_is_told_and_not_taken(void **state)
{
        struct line *l = *state;

        l->before = remove_it;
        line_write(l, "finding");
        assert_int_equal(line_stats(l).pending, 0);
        assert_int_equal(line_count(l, EVENT_QUARANTINED), 0);
        assert_int_equal(line_count(l, EVENT_RESPONSE_FAILED), 0);
        assert_int_equal(line_in_store(l), 0);
}

static void replace_it(struct line *l, const struct work_item *item)
{
        l->before = NULL;
        fixture_write(&l->bed.f, "other", "innocent", 8);
        assert_int_equal(renameat(l->bed.f.root_fd, "other", l->bed.f.root_fd, item->path), 0);
}

static void file_that_took_the_name_is_not_taken_for_it(void **state)
{
        struct line *l = *state;

        l->before = replace_it;
        line_write(l, "finding");
        /* the other one is looked at by itself: here its name is enough for a finding */
        assert_true(line_stats(l).scans >= 2);
        assert_int_equal(line_count(l, EVENT_QUARANTINED), 1);
        assert_string_equal(told_field(line_find(l, EVENT_QUARANTINED), FIELD_SIZE), "8");
        assert_int_equal(line_in_store(l), 1);
}

static void workspace_that_went_during_the_scan_ends_it(void **state)
{
        struct line *l = *state;

        fixture_write(&l->bed.f, "finding", "x", 1);
        line_candidate(l, "finding", CANDIDATE_WRITTEN);
        l->gone = true;
        loop_until(l->bed.event, line_is_quiet, l);
        assert_int_equal(l->n_told, 0);
        assert_true(fixture_there(&l->bed.f, "finding"));
}

/* --- verdicts ---- */

static void offending_file_is_taken_and_a_note_is_left(void **state)
{
        struct line *l = *state;

        line_write(l, "finding");
        assert_false(fixture_there(&l->bed.f, "finding"));
        assert_int_equal(line_in_store(l), 1);
        assert_int_equal(line_count(l, EVENT_QUARANTINED), 1);
        assert_int_equal(line_stats(l).quarantined, 1);
        assert_int_equal(l->ws.quarantined, 1);
        assert_true(fixture_there(&l->bed.f, "finding.giad.md"));
        /* it is giad's own: its name alone would be a finding here */
        line_forget(l);
        line_candidate(l, "finding.giad.md", CANDIDATE_WRITTEN);
        line_settle(l);
        assert_int_equal(l->n_told, 0);
        /* changed, it is an ordinary file */
        line_write(l, "finding.giad.md");
        assert_int_equal(line_count(l, EVENT_QUARANTINED), 1);
}

static void other_names_of_a_taken_file_are_looked_for(void **state)
{
        struct line *l = *state;

        fixture_write(&l->bed.f, "finding", "x", 1);
        assert_int_equal(linkat(l->bed.f.root_fd, "finding", l->bed.f.root_fd, "second", 0), 0);
        line_candidate(l, "finding", CANDIDATE_WRITTEN);
        line_settle(l);
        assert_int_equal(line_count(l, EVENT_QUARANTINED), 1);
        assert_int_equal(l->n_rewalks, 1);
}

static void approved_content_stays_where_it_was_approved(void **state)
{
        struct line *l = *state;
        struct finding f = {.line = 1};
        struct reg_approval pin = {.workspace = l->ws.path, .path = (char *)(uintptr_t) "finding"};

        line_write(l, "finding");
        const char *hash = told_field(line_find(l, EVENT_QUARANTINED), FIELD_SHA256);
        for (unsigned i = 0; i < 32; i++) {
                unsigned byte;

                assert_int_equal(sscanf(hash + (size_t)2 * i, "%2x", &byte), 1);
                pin.sha256[i] = (uint8_t)byte;
        }
        (void)snprintf(f.rule, sizeof(f.rule), "finding");
        (void)snprintf(f.fingerprint, sizeof(f.fingerprint), "00112233445566778899aabbccddeeff");
        reg_findings_digest(&f, 1, pin.findings);
        assert_int_equal(approvals_add(l->approvals, &pin), 0);
        line_forget(l);
        line_write(l, "finding");
        assert_true(fixture_there(&l->bed.f, "finding"));
        assert_int_equal(line_count(l, EVENT_QUARANTINED), 0);
        assert_non_null(strstr(line_find(l, EVENT_VERDICT)->message, "approved"));
        /* the same content elsewhere is not approved */
        assert_false(fixture_there(&l->bed.f, "finding2"));
}

static int count_one(void *userdata, const struct reg_artefact *a)
{
        (void)a;
        ++*(unsigned *)userdata;
        return 0;
}

static void artefact_that_needs_approval_is_pending(void **state)
{
        struct line *l = *state;
        struct reg *reader = NULL;
        unsigned n = 0;

        line_set_config(l, "policy: [{when: {severity: [high]}, action: require-approval}]\n");
        line_write(l, "finding");
        assert_true(fixture_there(&l->bed.f, "finding"));
        assert_string_equal(told_field(line_find(l, EVENT_VERDICT), FIELD_ACTION),
                            "require-approval");
        assert_int_equal(reg_open(&reader, l->bed.reg_path, true, NULL), 0);
        assert_int_equal(
                reg_artefact_each(reader, l->ws.path, "finding", REG_PENDING, count_one, &n), 0);
        assert_int_equal(n, 1);
        (void)reg_free(reader);
}

/* --- giad's test of itself ---- */

/* Writes a file and says that it is the test. */
static void write_synthetic(struct line *l, const char *path, enum action ordered)
{
        struct stat st;

        fixture_write(&l->bed.f, path, "x", 1);
        assert_int_equal(fstatat(l->bed.f.root_fd, path, &st, 0), 0);
        l->synthetic = st.st_ino;
        l->ordered = ordered;
        line_candidate(l, path, CANDIDATE_WRITTEN);
        line_settle(l);
}

static void of_the_own_test_nothing_is_told_or_recorded(void **state)
{
        struct line *l = *state;

        write_synthetic(l, "finding", ACTION_REPORT);
        assert_int_equal(l->n_synthetic, 1);
        assert_int_equal(l->synthetic_failed, REASON_NONE);
        assert_int_equal(l->n_told, 0);
        assert_int_equal(l->ws.findings, 0);
        assert_true(fixture_there(&l->bed.f, "finding"));
        /* it was not seen either: the same file would be tested again */
        line_candidate(l, "finding", CANDIDATE_WALK);
        line_settle(l);
        assert_int_equal(l->n_synthetic, 2);
        write_synthetic(l, "error", ACTION_REPORT);
        assert_int_equal(l->n_synthetic, 3);
        assert_int_equal(l->synthetic_failed, REASON_READ_ERROR);
        assert_int_equal(l->n_told, 0);
        /* another file is not spared */
        (void)unlinkat(l->bed.f.root_fd, "finding", 0);
        line_write(l, "finding");
        assert_int_equal(line_count(l, EVENT_QUARANTINED), 1);
}

static void own_test_is_taken_if_that_is_to_be_tested(void **state)
{
        struct line *l = *state;

        write_synthetic(l, "finding", ACTION_QUARANTINE);
        assert_false(fixture_there(&l->bed.f, "finding"));
        assert_int_equal(line_count(l, EVENT_QUARANTINED), 1);
        assert_int_equal(l->n_told, 1);
}

/* --- what the scanner cannot do ---- */

static void failed_scan_is_told_and_not_tried_for_ever(void **state)
{
        struct line *l = *state;
        static const char *const names[] = {"die", "error", "garbage"};
        static const char *const reasons[] = {"scanner-died", "read-error", "scanner-answer"};

        for (unsigned i = 0; i < ELEMENTSOF(names); i++) {
                line_forget(l);
                line_write(l, names[i]);
                assert_int_equal(l->n_told, 1);
                assert_int_equal(l->told[0]->kind, EVENT_NOT_SCANNED);
                assert_string_equal(told_field(l->told[0], FIELD_REASON), reasons[i]);
                assert_true(fixture_there(&l->bed.f, names[i]));
                line_candidate(l, names[i], CANDIDATE_WALK);
                line_settle(l);
                assert_int_equal(l->n_told, 1);
        }
}

static void failed_scan_is_tried_again_if_so_configured(void **state)
{
        struct line *l = *state;

        line_set_config(l, REPORTS "on_failure: {read-error: retry}\n");
        line_write(l, "error");
        assert_int_equal(line_stats(l).scans, 4);
        assert_int_equal(line_count(l, EVENT_NOT_SCANNED), 4);
        assert_int_equal(line_stats(l).pending, 0);
}

static void failed_scan_takes_the_file_if_so_configured(void **state)
{
        struct line *l = *state;

        line_set_config(l, REPORTS "on_failure: {read-error: quarantine}\n");
        line_write(l, "error");
        assert_false(fixture_there(&l->bed.f, "error"));
        assert_int_equal(line_in_store(l), 1);
        assert_int_equal(line_count(l, EVENT_NOT_SCANNED), 1);
        assert_string_equal(told_field(line_find(l, EVENT_QUARANTINED), FIELD_POLICY),
                            "on_failure: read-error");
        assert_int_equal(line_stats(l).quarantined, 1);
        assert_int_equal(l->ws.quarantined, 1);
}

static void file_that_replaced_a_failed_one_is_scanned(void **state)
{
        struct line *l = *state;

        line_set_config(l, REPORTS "on_failure: {read-error: quarantine}\n");
        l->before = replace_it;
        line_write(l, "error");
        assert_true(line_stats(l).scans >= 2);
        assert_int_equal(line_in_store(l), 1);
        assert_string_equal(told_field(line_find(l, EVENT_QUARANTINED), FIELD_SIZE), "8");
}

/* What could be read only in part is a failure as well. */
static void unread_part_takes_the_file_if_so_configured(void **state)
{
        struct line *l = *state;

        line_write(l, "encrypted");
        assert_true(fixture_there(&l->bed.f, "encrypted"));
        assert_string_equal(told_field(line_find(l, EVENT_NOT_SCANNED), FIELD_REASON), "encrypted");
        line_set_config(l, REPORTS "on_failure: {encrypted: quarantine}\n");
        line_write(l, "encrypted2");
        assert_false(fixture_there(&l->bed.f, "encrypted2"));
        assert_string_equal(told_field(line_find(l, EVENT_QUARANTINED), FIELD_POLICY),
                            "on_failure: encrypted");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define R(fn) cmocka_unit_test_setup_teardown(fn, line_setup_reporting, line_teardown)
#define T(fn) cmocka_unit_test_setup_teardown(fn, line_setup_taking, line_teardown)
                T(of_the_own_test_nothing_is_told_or_recorded),
                R(own_test_is_taken_if_that_is_to_be_tested),
                R(clean_file_is_scanned_in_silence),
                R(finding_is_told_with_its_verdict),
                R(identity_artefact_is_told_without_a_finding),
                R(secret_in_a_name_is_not_told_on),
                R(symlink_is_scanned_by_its_target),
                R(what_is_no_file_is_told_and_not_opened),
                R(file_that_is_gone_is_counted_only),
                R(candidate_of_another_workspace_is_nothing),
                R(seen_file_is_dropped),
                R(changed_file_is_scanned_again),
                R(young_file_is_scanned_again_where_times_are_coarse),
                R(new_rules_see_everything_anew),
                R(what_was_seen_outlives_the_process),
                R(file_that_changed_during_the_scan_is_scanned_again),
                R(file_that_keeps_changing_is_judged_in_the_end),
                R(naming_it_again_meanwhile_costs_no_scan_if_nothing_changed),
                R(renamed_file_is_judged_by_its_new_name),
                R(renamed_file_that_was_seen_is_scanned_under_its_new_name),
                T(file_that_went_during_the_scan_is_told_and_not_taken),
                T(file_that_took_the_name_is_not_taken_for_it),
                T(workspace_that_went_during_the_scan_ends_it),
                T(offending_file_is_taken_and_a_note_is_left),
                T(other_names_of_a_taken_file_are_looked_for),
                T(approved_content_stays_where_it_was_approved),
                R(artefact_that_needs_approval_is_pending),
                R(failed_scan_is_told_and_not_tried_for_ever),
                R(failed_scan_is_tried_again_if_so_configured),
                R(failed_scan_takes_the_file_if_so_configured),
                R(file_that_replaced_a_failed_one_is_scanned),
                R(unread_part_takes_the_file_if_so_configured),
#undef R
#undef T
        };

        SKIP_WITHOUT_KERNEL_CALLS();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
