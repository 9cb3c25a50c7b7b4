/* SPDX-FileCopyrightText: giad maintainers */
#include <dirent.h>

#include "daemon/approvals.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/pipeline-fixture.h"
#include "tests/unit/test.h"

#define TAKES "policy: [{when: {severity: [high]}, action: quarantine}, {action: report}]\n"
#define REPORTS "policy: [{action: report}]\n"

static struct line line;

static int setup_taking(void **state)
{
        line_make(&line, TAKES);
        *state = &line;
        return 0;
}

static int setup_reporting(void **state)
{
        line_make(&line, REPORTS);
        *state = &line;
        return 0;
}

static int teardown(void **state)
{
        line_done(*state);
        return 0;
}

static void set_config(struct line *l, const char *text)
{
        (void)config_unref(l->bed.config);
        l->bed.config = config_from(text);
        pipeline_set_config(l->pipeline, l->bed.config);
}

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

        set_config(l, "policy: [{when: {severity: [high]}, action: require-approval}]\n");
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

        set_config(l, REPORTS "on_failure: {read-error: retry}\n");
        line_write(l, "error");
        assert_int_equal(line_stats(l).scans, 4);
        assert_int_equal(line_count(l, EVENT_NOT_SCANNED), 4);
        assert_int_equal(line_stats(l).pending, 0);
}

static void failed_scan_takes_the_file_if_so_configured(void **state)
{
        struct line *l = *state;

        set_config(l, REPORTS "on_failure: {read-error: quarantine}\n");
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

        set_config(l, REPORTS "on_failure: {read-error: quarantine}\n");
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
        set_config(l, REPORTS "on_failure: {encrypted: quarantine}\n");
        line_write(l, "encrypted2");
        assert_false(fixture_there(&l->bed.f, "encrypted2"));
        assert_string_equal(told_field(line_find(l, EVENT_QUARANTINED), FIELD_POLICY),
                            "on_failure: encrypted");
}

/* --- much work ---- */

static void past_the_limit_of_work_a_gap_opens(void **state)
{
        struct line *l = *state;
        char name[32];

        set_config(l, REPORTS "limits: {pending: 1000}\n");
        pipeline_set_pool(l->pipeline, NULL); /* nothing moves */
        for (int i = 0; i < 1003; i++) {
                (void)snprintf(name, sizeof(name), "f%d", i);
                fixture_write(&l->bed.f, name, "x", 1);
                line_candidate(l, name, CANDIDATE_WRITTEN);
        }
        /* one workspace alone: four fifths, so that there is room for others */
        assert_int_equal(line_stats(l).pending, 800);
        assert_int_equal(l->n_gaps, 203);
        assert_false(pipeline_has_room(l->pipeline, l->ws.id));
        assert_true(pipeline_has_room(l->pipeline, l->ws.id + 1));
        assert_int_equal(l->gap, REASON_WORK_LIMIT);
        assert_true(line_stats(l).held <= config_number(l->bed.config, OPTION_HELD_FDS));
        pipeline_set_pool(l->pipeline, l->pool);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 800);
        assert_int_equal(line_stats(l).held, 0);
        assert_true(pipeline_has_room(l->pipeline, l->ws.id));
}

static void file_that_waited_without_a_fd_is_what_was_named_or_nothing(void **state)
{
        struct line *l = *state;
        char name[32];

        set_config(l, REPORTS "limits: {held_files: 16}\n");
        pipeline_set_pool(l->pipeline, NULL);
        for (int i = 0; i < 20; i++) {
                (void)snprintf(name, sizeof(name), "finding%d", i);
                fixture_write(&l->bed.f, name, "x", 1);
                line_candidate(l, name, CANDIDATE_WRITTEN);
        }
        assert_int_equal(line_stats(l).held, 16);
        assert_int_equal(unlinkat(l->bed.f.root_fd, "finding19", 0), 0);
        assert_int_equal(unlinkat(l->bed.f.root_fd, "finding18", 0), 0);
        assert_int_equal(symlinkat("finding0", l->bed.f.root_fd, "finding18"), 0);
        fixture_write(&l->bed.f, "finding17", "longer", 6);
        pipeline_set_pool(l->pipeline, l->pool);
        line_settle(l);
        assert_int_equal(line_count(l, EVENT_FINDING), 18);
        assert_int_equal(line_stats(l).reasons[REASON_GONE], 2);
}

static void note_order(struct line *l, const struct work_item *item)
{
        (void)snprintf(l->gap_detail + strlen(l->gap_detail),
                       sizeof(l->gap_detail) - strlen(l->gap_detail), "%s ", item->path);
}

static void
likely_name_goes_first_and_what_is_named_twice_before_its_turn_is_scanned_once(void **state)
{
        struct line *l = *state;
        static const char *const names[] = {"readme", "notes", "id_rsa", "list", "token.txt"};

        pipeline_set_pool(l->pipeline, NULL);
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                fixture_write(&l->bed.f, names[i], "x", 1);
                line_candidate(l, names[i], CANDIDATE_WRITTEN);
        }
        fixture_write(&l->bed.f, "notes", "longer", 6);
        line_candidate(l, "notes", CANDIDATE_WRITTEN);
        line_candidate(l, "notes", CANDIDATE_WALK);
        l->gap_detail[0] = '\0';
        l->before = note_order;
        pipeline_set_pool(l->pipeline, l->pool);
        line_settle(l);
        assert_string_equal(l->gap_detail, "id_rsa token.txt readme notes list ");
        assert_int_equal(line_stats(l).scans, 5);
        assert_int_equal(line_stats(l).rescans, 0);
        line_candidate(l, "notes", CANDIDATE_WALK); /* as it was scanned */
        assert_int_equal(line_stats(l).pending, 0);
}

/* --- sweeps ---- */

#define SWEPT 40u
#define HAD 16u /* by a scanner at once */

/* Files that were not changed a moment ago, of which there are none in a test's own directory. */
struct old_files {
        int root_fd, kept; /* the workspace's own */
        char names[SWEPT][256];
};

/* The scanner of the tests would do something about it. */
static bool is_order(const char *name)
{
        static const char *const orders[] = {"die",  "hang",  "close", "find",  "leave", "last",
                                             "deaf", "error", "long",  "short", "cut",   "twice"};

        for (size_t i = 0; i < ELEMENTSOF(orders); i++)
                if (strncmp(name, orders[i], strlen(orders[i])) == 0)
                        return true;
        return false;
}

static void find_old_files(struct old_files *o)
{
        DIR *dir = opendir("/usr/include");
        const struct dirent *e;
        struct stat st;
        unsigned n = 0;

        if (!dir)
                skip();
        while (n < SWEPT && (e = readdir(dir)))
                if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                    S_ISREG(st.st_mode) && st.st_size < 8192 && !is_order(e->d_name))
                        (void)snprintf(o->names[n++], sizeof(o->names[0]), "%s", e->d_name);
        (void)closedir(dir);
        if (n < SWEPT)
                skip();
        o->root_fd = open("/usr/include", O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(o->root_fd >= 0);
}

static bool is_one_left_with_the_sweeper(void *userdata)
{
        return line_stats(userdata).pending == HAD;
}

static bool sweeper_runs(void *userdata)
{
        struct scan_pool_stats stats;

        scan_pool_stats(((struct line *)userdata)->pool, &stats);
        return stats.sweepers == 1;
}

static bool all_were_judged(void *userdata)
{
        return ((struct line *)userdata)->n_judged == SWEPT;
}

/* A walk finds old files; the sweeper has HAD of them and never the processor, the others have been read. */
static void sweep_that_does_not_get_on(struct line *l, struct old_files *o)
{
        pid_t ordinary;

        find_old_files(o);
        l->sweepers = 1;
        line_start_pool(l, 1);
        o->kept = l->ws.root_fd;
        l->ws.root_fd = o->root_fd;
        assert_int_equal(scan_pool_pids(l->pool, &ordinary, 1), 1);
        assert_int_equal(kill(ordinary, SIGSTOP), 0);
        l->stop_next = true;
        for (unsigned i = 0; i < SWEPT; i++)
                line_candidate(l, o->names[i], CANDIDATE_WALK);
        assert_int_equal(line_stats(l).pending, SWEPT);
        loop_until(l->bed.event, sweeper_runs, l);
        l->stop_next = false;
        assert_int_equal(kill(ordinary, SIGCONT), 0);
        /* the ordinary scanner helps with the rest */
        loop_until(l->bed.event, is_one_left_with_the_sweeper, l);
        assert_int_equal(line_stats(l).scans, SWEPT - HAD);
}

static void done_with(struct line *l, struct old_files *o)
{
        l->ws.root_fd = o->kept;
        (void)fd_close(o->root_fd);
}

static void what_a_sweeper_has_is_taken_back_when_somebody_writes_it(void **state)
{
        struct line *l = *state;
        struct old_files o;

        sweep_that_does_not_get_on(l, &o);
        for (unsigned i = 0; i < SWEPT; i++)
                line_candidate(l, o.names[i], CANDIDATE_WRITTEN);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 2 * SWEPT - HAD);
        done_with(l, &o);
}

static void who_waits_at_the_gate_waits_for_no_sweeper(void **state)
{
        struct line *l = *state;
        struct old_files o;

        sweep_that_does_not_get_on(l, &o);
        for (unsigned i = 0; i < SWEPT; i++) {
                struct gate_request r = {
                        .ticket = i + 1, .workspace = l->ws.id, .path = o.names[i]};
                _cleanup_close_ int fd = openat(o.root_fd, o.names[i], O_RDONLY | O_CLOEXEC);
                struct stat st;

                assert_int_equal(fstat(fd, &st), 0);
                file_id_from_stat(&r.id, &st);
                r.fd = fd;
                r.mode = st.st_mode;
                r.final = true;
                pipeline_wanted(l->pipeline, &r);
        }
        loop_until(l->bed.event, all_were_judged, l);
        line_settle(l);
        done_with(l, &o);
}

/* As git's: each is made, renamed, and replaced by the next, which gets the inode's number again. */
static void file_that_waits_is_read_once_under_its_last_name(void **state)
{
        struct line *l = *state;
        char name[32], before[32] = "plain";

        pipeline_set_pool(l->pipeline, NULL);
        fixture_write(&l->bed.f, before, "x", 1);
        line_candidate(l, before, CANDIDATE_WALK);
        for (int i = 0; i < 10; i++) {
                (void)snprintf(name, sizeof(name), "finding%d", i);
                assert_int_equal(renameat(l->bed.f.root_fd, before, l->bed.f.root_fd, name), 0);
                line_candidate(l, name, CANDIDATE_MOVED_IN);
                (void)snprintf(before, sizeof(before), "%s", name);
        }
        fixture_write(&l->bed.f, name, "longer", 6);
        line_candidate(l, name, CANDIDATE_WRITTEN);
        line_candidate(l, name, CANDIDATE_WALK);
        pipeline_set_pool(l->pipeline, l->pool);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 1);
        assert_int_equal(line_stats(l).reasons[REASON_GONE], 0);
        assert_int_equal(l->n_rewalks, 0);
        assert_int_equal(line_count(l, EVENT_FINDING), 1);
        assert_non_null(strstr(told_field(line_find(l, EVENT_FINDING), FIELD_PATH), "/finding9"));
}

static void linked_file_that_waits_is_read_under_each_name(void **state)
{
        struct line *l = *state;

        pipeline_set_pool(l->pipeline, NULL);
        fixture_write(&l->bed.f, "plain", "x", 1);
        line_candidate(l, "plain", CANDIDATE_WRITTEN);
        assert_int_equal(linkat(l->bed.f.root_fd, "plain", l->bed.f.root_fd, "finding", 0), 0);
        line_candidate(l, "finding", CANDIDATE_LINKED);
        pipeline_set_pool(l->pipeline, l->pool);
        line_settle(l);
        assert_int_equal(line_stats(l).scans, 2);
        assert_int_equal(line_count(l, EVENT_FINDING), 1);
}

static void what_lost_scanners_had_is_scanned_by_the_next(void **state)
{
        struct line *l = *state;

        fixture_write(&l->bed.f, "finding", "x", 1);
        line_candidate(l, "finding", CANDIDATE_WRITTEN);
        fixture_write(&l->bed.f, "finding2", "x", 1);
        line_candidate(l, "finding2", CANDIDATE_WRITTEN);
        assert_int_equal(line_stats(l).pending, 2);
        line_start_pool(l, 2); /* a reload; answers of the old ones may come first */
        line_settle(l);
        assert_int_equal(line_count(l, EVENT_FINDING), 2);
}

/* --- memory ---- */

static bool flow_with_failure(struct line *l, long n)
{
        char name[64];

        line_forget(l);
        l->n_memory_out = 0;
        (void)snprintf(name, sizeof(name), "finding%ld", n);
        fixture_write(&l->bed.f, name, "x", 1);
        fail_alloc.failed = false;
        fail_alloc.left = n;
        line_candidate(l, name, CANDIDATE_WRITTEN);
        loop_until(l->bed.event, line_is_quiet, l);
        fail_alloc.left = -1;
        bed_settle(&l->bed);
        /* taken; or somebody is told that it was not */
        if (fixture_there(&l->bed.f, name))
                assert_true(l->n_gaps > 0 || line_count(l, EVENT_RESPONSE_FAILED) > 0 ||
                            line_count(l, EVENT_NOT_SCANNED) > 0 || l->n_memory_out > 0);
        return fail_alloc.failed;
}

static void want_of_memory_passes_no_file_in_silence(void **state)
{
        long n = 0;

        while (flow_with_failure(*state, n))
                n++;
        assert_true(n > 20);
}

static bool make_with_failure(struct line *l, long n)
{
        const struct pipeline_parts parts = line_parts(l);
        const struct pipeline_host host = line_host(l);
        struct pipeline *p = NULL;

        fail_alloc.failed = false;
        fail_alloc.left = n;
        int k = pipeline_new(&p, &parts, &host);
        fail_alloc.left = -1;
        assert_int_equal(k, fail_alloc.failed ? -ENOMEM : 0);
        assert_int_equal(p != NULL, k == 0);
        (void)pipeline_free(p);
        return fail_alloc.failed;
}

static void pipeline_without_memory_is_not_made(void **state)
{
        long n = 0;

        while (make_with_failure(*state, n))
                n++;
        assert_true(n >= 5);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define R(fn) cmocka_unit_test_setup_teardown(fn, setup_reporting, teardown)
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup_taking, teardown)
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
                R(past_the_limit_of_work_a_gap_opens),
                R(file_that_waited_without_a_fd_is_what_was_named_or_nothing),
                R(likely_name_goes_first_and_what_is_named_twice_before_its_turn_is_scanned_once),
                R(what_a_sweeper_has_is_taken_back_when_somebody_writes_it),
                R(who_waits_at_the_gate_waits_for_no_sweeper),
                R(file_that_waits_is_read_once_under_its_last_name),
                R(linked_file_that_waits_is_read_under_each_name),
                R(what_lost_scanners_had_is_scanned_by_the_next),
                T(want_of_memory_passes_no_file_in_silence),
                R(pipeline_without_memory_is_not_made),
#undef R
#undef T
        };

        SKIP_WITHOUT_KERNEL_CALLS();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
