/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "daemon/sinks/spool-position.h"
#include "daemon/sinks/spool-record.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

/* cmocka's header first */
#include "tests/unit/spool-fixture.h"

#define BOUND ((uint64_t)1024 * 1024)

static int set_up(void **state)
{
        struct spool_bed *b = calloc(1, sizeof(*b));

        spool_bed_make(b, BOUND);
        spool_bed_open(b);
        *state = b;
        return 0;
}

static int tear_down(void **state)
{
        spool_bed_done(*state);
        free(*state);
        return 0;
}

/* As after kill -9. */
static void crash(struct spool_bed *b)
{
        b->spool = spool_abandon(b->spool);
        spool_bed_open(b);
}

static void restart(struct spool_bed *b)
{
        b->spool = spool_close(b->spool, true);
        spool_bed_open(b);
}

static uint64_t handled(const struct spool_bed *b)
{
        struct spool_position p = {0};

        assert_int_equal(spool_position_look(b->dir, &p), 0);
        return p.handled;
}

/* --- order, and what is left ---- */

static void events_come_back_in_their_order_whatever_their_priority(void **state)
{
        struct spool_bed *b = *state;
        unsigned files;

        assert_true(spool_is_empty(b->spool));
        spool_bed_fill(b, 1, 2);
        assert_int_equal(spool_bed_append(b, EVENT_FINDING, SEVERITY_CRITICAL, 3), 0);
        spool_bed_fill(b, 4, 4);
        assert_int_equal(spool_bed_append(b, EVENT_SCANNER_DIED, SEVERITY_INFO, 5), 0);
        assert_int_equal(spool_bed_append(b, EVENT_FINDING, SEVERITY_CRITICAL, 6), 0);
        assert_int_equal(spool_bed_records(b), 6);
        assert_string_equal(spool_bed_read(b, 4), "1 2 3 4 ");
        assert_int_equal(spool_bed_records(b), 2);
        assert_string_equal(spool_bed_read(b, 4), "5 6 ");
        assert_true(spool_is_empty(b->spool));
        assert_int_equal(spool_bed_bytes(b, &files), 0);
        assert_int_equal(files, 0);
        assert_int_equal(b->loss.count, 0);
}

static void an_event_comes_back_with_all_it_had(void **state)
{
        struct spool_bed *b = *state;
        _cleanup_event_ struct event *e = spool_event(EVENT_FINDING, SEVERITY_HIGH, 7);
        _cleanup_buffer_ struct buffer before = BUFFER_NULL, after = BUFFER_NULL;
        const struct event *got = NULL;

        event_set(e, FIELD_PATH, "/srv/\"agents\"/a\\b");
        event_set_u64(e, FIELD_LINE, 12);
        assert_int_equal(spool_append(b->spool, e, &b->loss), 0);
        assert_int_equal(spool_peek(b->spool, &got, &b->loss), 1);
        event_to_json(e, &before);
        event_to_json(got, &after);
        assert_string_equal(before.data, after.data);
}

static void an_event_that_was_peeked_at_stays(void **state)
{
        struct spool_bed *b = *state;
        const struct event *one = NULL, *two = NULL;

        spool_bed_fill(b, 1, 1);
        assert_int_equal(spool_peek(b->spool, &one, &b->loss), 1);
        spool_bed_fill(b, 2, 2);
        assert_int_equal(spool_peek(b->spool, &two, &b->loss), 1);
        assert_ptr_equal(one, two);
        assert_string_equal(spool_bed_read(b, 9), "1 2 ");
}

static void what_waits_outlives_a_clean_end_without_a_mark(void **state)
{
        struct spool_bed *b = *state;

        spool_bed_fill(b, 1, 5);
        assert_string_equal(spool_bed_read(b, 2), "1 2 ");
        spool_note(b->spool, 5, false);
        restart(b);
        assert_int_equal(handled(b), 5);
        assert_int_equal(spool_bed_records(b), 3);
        spool_bed_fill(b, 6, 7);
        assert_string_equal(spool_bed_read(b, 9), "3 4 5 6 7 ");
        restart(b);
        assert_true(spool_is_empty(b->spool));
}

static void after_kill_9_only_the_one_in_doubt_is_marked(void **state)
{
        struct spool_bed *b = *state;
        const struct event *e;

        spool_bed_fill(b, 1, 5);
        assert_string_equal(spool_bed_read(b, 2), "1 2 ");
        assert_int_equal(spool_peek(b->spool, &e, &b->loss), 1); /* and perhaps it was delivered */
        spool_note(b->spool, 5, false);
        crash(b);
        assert_int_equal(handled(b), 5);
        spool_bed_fill(b, 6, 6);
        assert_string_equal(spool_bed_read(b, 9), "3! 4 5 6 ");
        crash(b);
        spool_bed_fill(b, 7, 8); /* nothing had been left: nothing is in doubt */
        assert_string_equal(spool_bed_read(b, 9), "7 8 ");
        assert_int_equal(b->loss.count, 0);
}

/* Ten were begun together: the receiver hung in the third, and the others went to the disk, but it may have had them. */
static void after_kill_9_all_that_were_begun_are_in_doubt(void **state)
{
        struct spool_bed *b = *state;
        struct spool_position p = {0};

        assert_false(spool_begin(b->spool, 1, 10)); /* what would be told of after a crash? */
        spool_note(b->spool, 1, false);
        assert_true(spool_begin(b->spool, 2, 10));
        spool_note(b->spool, 2, false);
        assert_int_equal(handled(b), 1); /* with the last of them */
        spool_bed_fill(b, 3, 4);
        spool_note(b->spool, 4, true);
        assert_int_equal(handled(b), 4);
        crash(b);
        assert_int_equal(spool_position_look(b->dir, &p), 0);
        assert_int_equal(p.begun, 10);
        /* also if nobody has read them by the next end */
        restart(b);
        spool_bed_fill(b, 11, 12);
        assert_string_equal(spool_bed_read(b, 9), "3! 4! 11 12 ");
        spool_note(b->spool, 10, false);
        assert_int_equal(handled(b), 10);
        spool_bed_fill(b, 13, 13);
        restart(b);
        assert_string_equal(spool_bed_read(b, 9), "13 ");
}

/* The note may be as old as the last writeback. */
static void after_another_boot_all_that_was_there_is_marked(void **state)
{
        struct spool_bed *b = *state;
        struct spool_position p;
        char path[200];

        spool_bed_fill(b, 1, 3);
        b->spool = spool_abandon(b->spool);
        (void)snprintf(path, sizeof(path), "%s/position", b->dir);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        assert_int_equal(spool_position_read(fd, &p), 0);
        assert_int_equal(spool_position_doubt(&p), SPOOL_DOUBT_SOME);
        p.boot[3] ^= 1;
        assert_int_equal(spool_position_doubt(&p), SPOOL_DOUBT_ALL);
        assert_int_equal(spool_position_write(fd, &p), 0);
        (void)close(fd);
        spool_bed_open(b);
        spool_bed_fill(b, 4, 4);
        assert_string_equal(spool_bed_read(b, 9), "1! 2! 3! 4 ");
}

static void a_damaged_position_costs_marks_not_events(void **state)
{
        struct spool_bed *b = *state;
        struct spool_position p;
        char path[200];

        spool_bed_fill(b, 1, 3);
        assert_string_equal(spool_bed_read(b, 1), "1 ");
        b->spool = spool_close(b->spool, true);
        (void)snprintf(path, sizeof(path), "%s/position", b->dir);
        FILE *f = fopen(path, "r+e");
        assert_non_null(f);
        (void)fseek(f, 9, SEEK_SET);
        (void)fputc('x', f);
        (void)fclose(f);
        assert_int_equal(spool_position_look(b->dir, &p), -EBADMSG);
        spool_bed_open(b);
        assert_string_equal(spool_bed_read(b, 9), "1! 2! 3! ");
        b->spool = spool_close(b->spool, true);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(spool_position_look(b->dir, &p), -ENOENT);
        spool_bed_open(b);
        spool_bed_fill(b, 4, 4);
        assert_string_equal(spool_bed_read(b, 9), "4 ");
}

static void files_are_deleted_as_they_are_read(void **state)
{
        struct spool_bed *b = *state;
        unsigned before, after;

        spool_bed_fill(b, 1, 400);
        assert_true(spool_bed_bytes(b, &before) <= BOUND);
        assert_true(before > 4); /* a 64th of the bound each */
        (void)spool_bed_read(b, 200);
        (void)spool_bed_bytes(b, &after);
        assert_in_range(after, before / 2 - 1, before / 2 + 2);
        crash(b);
        assert_int_equal(spool_bed_records(b), 200);
        (void)spool_bed_read(b, 199);
        assert_string_equal(spool_bed_read(b, 9), "400 ");
}

/* --- the bound ---- */

static void the_bound_is_kept_and_the_oldest_go(void **state)
{
        struct spool_bed *b = *state;
        struct spool_stats stats;
        uint64_t n = 0;

        while (b->loss.count == 0) {
                spool_bed_fill(b, n + 1, n + 1);
                n++;
                assert_true(n < 100000);
        }
        for (uint64_t i = 0; i < 2000; i++) {
                spool_bed_fill(b, n + 1, n + 1);
                n++;
                spool_stats(b->spool, &stats);
                assert_true(stats.bytes <= BOUND);
        }
        assert_true(spool_bed_bytes(b, NULL) == stats.bytes);
        /* little goes at a time */
        assert_true(stats.bytes > BOUND - BOUND / 16);
        assert_int_equal(b->loss.from, 1);
        assert_int_equal(b->loss.to, b->loss.count);
        assert_int_equal(stats.records + b->loss.count, n);
        char expected[32];
        (void)snprintf(expected, sizeof(expected), "%llu ", (unsigned long long)b->loss.count + 1);
        assert_string_equal(spool_bed_read(b, 1), expected);
}

static void a_flood_of_harmless_events_does_not_push_a_finding_out(void **state)
{
        struct spool_bed *b = *state;

        spool_bed_fill(b, 1, 3);
        assert_int_equal(spool_bed_append(b, EVENT_FINDING, SEVERITY_CRITICAL, 4), 0);
        spool_bed_fill(b, 5, 9000);
        assert_true(b->loss.count > 0);
        assert_string_equal(spool_bed_read(b, 1), "4 ");
}

static void a_harmless_event_does_not_enter_a_spool_of_findings(void **state)
{
        struct spool_bed *b = *state;
        _cleanup_event_ struct event *harmless = spool_event(EVENT_ARTEFACT, SEVERITY_INFO, 9999);
        char text[1000];
        uint64_t n = 0;

        /* longer than what is left free */
        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        event_set(harmless, FIELD_COMMENT, text);
        while (spool_bed_bytes(b, NULL) < BOUND - 900)
                assert_int_equal(spool_bed_append(b, EVENT_FINDING, SEVERITY_CRITICAL, ++n), 0);
        assert_int_equal(spool_append(b->spool, harmless, &b->loss), -ENOBUFS);
        assert_int_equal(b->loss.count, 0); /* who is refused is counted by who asked */
        assert_int_equal(spool_bed_records(b), n);
        /* one that is as important as the oldest drives that one out */
        while (b->loss.count == 0)
                assert_int_equal(spool_bed_append(b, EVENT_FINDING, SEVERITY_CRITICAL, ++n), 0);
        assert_int_equal(spool_bed_records(b) + b->loss.count, n);
}

static void a_lower_bound_holds_at_once(void **state)
{
        struct spool_bed *b = *state;

        spool_bed_fill(b, 1, 1500);
        b->spool = spool_close(b->spool, true);
        b->max = BOUND / 4;
        spool_bed_open(b);
        assert_true(spool_bed_bytes(b, NULL) <= BOUND / 4);
        assert_true(b->loss.count > 0);
        assert_int_equal(spool_bed_records(b) + b->loss.count, 1500);
        spool_set_max(b->spool, BOUND / 8);
        spool_bed_fill(b, 1501, 1501);
        assert_true(spool_bed_bytes(b, NULL) <= BOUND / 8);
        assert_int_equal(spool_bed_records(b) + b->loss.count, 1501);
}

/* What is given up may be what was peeked at. */
static void the_head_may_be_given_up(void **state)
{
        struct spool_bed *b = *state;
        const struct event *e = NULL;

        spool_bed_fill(b, 1, 10);
        assert_int_equal(spool_peek(b->spool, &e, &b->loss), 1);
        spool_bed_fill(b, 11, 5000);
        assert_true(b->loss.count > 0);
        spool_advance(b->spool); /* of nothing */
        assert_int_equal(spool_bed_records(b) + b->loss.count, 5000);
        assert_int_equal(spool_peek(b->spool, &e, &b->loss), 1);
        assert_true(e->seq == b->loss.count + 1);
}

/* --- damage ---- */

static size_t size_of(const char *path)
{
        struct stat st;

        assert_int_equal(stat(path, &st), 0);
        return (size_t)st.st_size;
}

static void overwrite(const char *path, size_t at, const char *bytes, size_t n)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, bytes, n, (off_t)at), n);
        (void)close(fd);
}

/* Whatever it was, it is another now. */
static void damage(const char *path, size_t at)
{
        char byte = 0;
        int fd = open(path, O_RDWR | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
        byte = (char)~byte;
        assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
        (void)close(fd);
}

static void a_torn_tail_costs_one_event(void **state)
{
        struct spool_bed *b = *state;

        for (size_t cut = 1; cut < 400; cut += 23) {
                b->loss = (struct sink_loss){0};
                spool_bed_fill(b, 11, 13);
                b->spool = spool_close(b->spool, true);
                const char *path = spool_bed_file(b, 0);
                size_t size = size_of(path);
                size_t record = size / 3;
                assert_true(record > 100);
                assert_int_equal(truncate(path, (off_t)(size - cut % record)), 0);
                spool_bed_open(b);
                spool_bed_fill(b, 14, 14); /* behind it, in a file of its own */
                assert_string_equal(spool_bed_read(b, 9),
                                    cut % record ? "11 12 14 " : "11 12 13 14 ");
                assert_int_equal(b->loss.count, cut % record != 0);
                if (cut % record)
                        assert_int_equal(b->loss.from, 13);
                assert_true(spool_is_empty(b->spool));
        }
}

static void a_damaged_record_is_passed_over_and_told(void **state)
{
        struct spool_bed *b = *state;
        size_t one = 0;

        /* each byte of the second of three records */
        for (size_t at = 0; at == 0 || at < one; at += 1 + at / 60) {
                b->loss = (struct sink_loss){0};
                spool_bed_fill(b, 21, 23);
                b->spool = spool_close(b->spool, true);
                const char *path = spool_bed_file(b, 0);
                one = size_of(path) / 3;
                damage(path, one + at);
                spool_bed_open(b);
                assert_string_equal(spool_bed_read(b, 9), "21 23 ");
                assert_int_equal(b->loss.count, 1);
                assert_int_equal(b->loss.from, 22);
                assert_int_equal(b->loss.to, 22);
        }
}

static void a_block_of_zeros_costs_what_was_in_it(void **state)
{
        struct spool_bed *b = *state;
        static const char zeros[4096];

        spool_bed_fill(b, 1, 60);
        b->spool = spool_close(b->spool, true);
        const char *path = spool_bed_file(b, 0);
        size_t one = size_of(path) / 60;
        assert_true(size_of(path) > 2 * sizeof(zeros) + 2 * one);
        overwrite(path, 4096, zeros, sizeof(zeros));
        spool_bed_open(b);
        uint64_t left = spool_bed_records(b);
        (void)spool_bed_read(b, 100);
        assert_int_equal(left + b->loss.count, 60);
        assert_in_range(b->loss.count, 4096 / one, 4096 / one + 3);
        assert_in_range(b->loss.from, 2, 60);
        assert_int_equal(b->loss.to, b->loss.from + b->loss.count - 1);
}

static void a_file_of_rubbish_is_lost_and_told(void **state)
{
        struct spool_bed *b = *state;
        static char rubbish[20000];

        for (size_t i = 0; i < sizeof(rubbish); i++)
                rubbish[i] = (char)(i * 2654435761u >> 24);
        spool_bed_fill(b, 1, 2);
        b->spool = spool_close(b->spool, true);
        const char *path = spool_bed_file(b, 0);
        assert_int_equal(truncate(path, 0), 0);
        overwrite(path, 0, rubbish, sizeof(rubbish));
        spool_bed_open(b);
        spool_bed_fill(b, 3, 3);
        assert_string_equal(spool_bed_read(b, 9), "3 ");
        assert_int_equal(b->loss.count, 1); /* at least */
        b->spool = spool_close(b->spool, true);
        /* an empty one says nothing */
        spool_bed_open(b);
        b->loss = (struct sink_loss){0};
        spool_bed_fill(b, 4, 4);
        b->spool = spool_close(b->spool, true);
        assert_int_equal(truncate(spool_bed_file(b, 0), 0), 0);
        spool_bed_open(b);
        assert_true(spool_is_empty(b->spool));
        assert_int_equal(b->loss.count, 0);
}

static void a_file_that_has_gone_is_lost_and_told(void **state)
{
        struct spool_bed *b = *state;

        spool_bed_fill(b, 1, 5);
        crash(b);
        assert_int_equal(unlink(spool_bed_file(b, 0)), 0);
        assert_string_equal(spool_bed_read(b, 9), "");
        assert_int_equal(b->loss.count, 5);
        assert_true(spool_is_empty(b->spool));
}

/* Whole, but not what this version writes. */
static void a_record_of_an_unknown_kind_is_lost_and_told(void **state)
{
        struct spool_bed *b = *state;
        struct buffer record = {.max = 65536};
        _cleanup_event_ struct event *e = spool_event(EVENT_HEALTH, SEVERITY_INFO, 2);
        const struct spool_record r = {.number = 2, .seq = 2, .index = 1};

        spool_bed_fill(b, 1, 1);
        b->spool = spool_close(b->spool, true);
        assert_int_equal(spool_record_make(&record, e), 0);
        memcpy(strstr(record.data + SPOOL_RECORD_HEAD, "health"), "wealth", 6);
        spool_record_seal(&record, &r);
        const char *path = spool_bed_file(b, 0);
        overwrite(path, size_of(path), record.data, record.len);
        buffer_done(&record);
        spool_bed_open(b);
        spool_bed_fill(b, 3, 3);
        assert_string_equal(spool_bed_read(b, 9), "1 3 ");
        assert_int_equal(b->loss.count, 1);
        assert_int_equal(b->loss.from, 2);
}

static void foreign_files_are_left_alone(void **state)
{
        struct spool_bed *b = *state;
        static const char *const names[] = {"notes.txt", "8-00000000000000000001",
                                            "6-1",       "6-0000000000000000000x",
                                            ".hidden",   "6-000000000000000000001"};
        char path[200], outside[120];
        struct stat st;

        spool_bed_fill(b, 1, 1);
        b->spool = spool_close(b->spool, true);
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                (void)snprintf(path, sizeof(path), "%s/%s", b->dir, names[i]);
                (void)close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        }
        /* of our names, but no files: a link that leads out, a directory, a FIFO */
        (void)snprintf(outside, sizeof(outside), "%s/outside", b->base);
        (void)close(open(outside, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        (void)snprintf(path, sizeof(path), "%s/6-00000000000000000002", b->dir);
        assert_int_equal(symlink(outside, path), 0);
        (void)snprintf(path, sizeof(path), "%s/6-00000000000000000003", b->dir);
        assert_int_equal(mkdir(path, 0700), 0);
        (void)snprintf(path, sizeof(path), "%s/6-00000000000000000004", b->dir);
        assert_int_equal(mkfifo(path, 0600), 0);
        spool_bed_open(b);
        spool_bed_fill(b, 2, 3); /* their names are taken: others are found */
        assert_string_equal(spool_bed_read(b, 9), "1 2 3 ");
        assert_int_equal(b->loss.count, 0);
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                (void)snprintf(path, sizeof(path), "%s/%s", b->dir, names[i]);
                assert_int_equal(stat(path, &st), 0);
        }
        assert_int_equal(stat(outside, &st), 0);
        assert_int_equal(st.st_size, 0);
}

static void a_spool_that_is_a_link_is_refused(void **state)
{
        struct spool_bed *b = *state;
        char elsewhere[120], position[200];
        struct spool *s = NULL;

        b->spool = spool_close(b->spool, true);
        (void)snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", b->base);
        assert_int_equal(rename(b->dir, elsewhere), 0);
        assert_int_equal(symlink(elsewhere, b->dir), 0);
        assert_true(spool_open(&s, b->dir, BOUND, &b->loss) < 0);
        assert_null(s);
        assert_int_equal(unlink(b->dir), 0);
        assert_int_equal(rename(elsewhere, b->dir), 0);
        /* nor is a link followed to a file that it would overwrite */
        (void)snprintf(position, sizeof(position), "%s/position", b->dir);
        assert_int_equal(unlink(position), 0);
        (void)close(open(elsewhere, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        assert_int_equal(symlink(elsewhere, position), 0);
        spool_bed_open(b);
        spool_bed_fill(b, 1, 1);
        spool_note(b->spool, 1, false);
        assert_string_equal(spool_bed_read(b, 9), "1 ");
        assert_int_equal(size_of(elsewhere), 0);
}

static void only_root_can_read_it(void **state)
{
        struct spool_bed *b = *state;
        struct stat st;

        spool_bed_fill(b, 1, 1);
        assert_int_equal(stat(b->dir, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
        assert_int_equal(stat(spool_bed_file(b, 0), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        b->spool = spool_close(b->spool, true);
        assert_int_equal(chmod(b->dir, 0755), 0);
        spool_bed_open(b);
        assert_int_equal(stat(b->dir, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
}

/* --- a disk that is full ---- */

static void a_write_that_is_cut_short_leaves_no_torn_record(void **state)
{
        struct spool_bed *b = *state;
        struct rlimit saved, small;

        spool_bed_fill(b, 1, 2);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
        (void)signal(SIGXFSZ, SIG_IGN);
        small = saved;
        small.rlim_cur = size_of(spool_bed_file(b, 0)) + 100;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        int k = spool_bed_append(b, EVENT_ARTEFACT, SEVERITY_INFO, 3);
        int again = spool_bed_append(b, EVENT_ARTEFACT, SEVERITY_INFO, 3);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
        assert_true(k < 0 && k != -ENOBUFS);
        assert_int_equal(again, k);
        spool_bed_fill(b, 3, 3);
        assert_string_equal(spool_bed_read(b, 9), "1 2 3 ");
        assert_int_equal(b->loss.count, 0);
}

static void a_full_disk_is_told_and_survived(void **state)
{
        struct spool_bed *b = *state;
        uint64_t n = 0;
        int k = 0;

        if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
            mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                skip();
        b->spool = spool_close(b->spool, true);
        assert_int_equal(mount("none", b->base, "tmpfs", 0, "size=256k"), 0);
        spool_bed_open(b);
        while (k == 0)
                k = spool_bed_append(b, EVENT_ARTEFACT, SEVERITY_INFO, ++n);
        assert_int_equal(k, -ENOSPC);
        assert_int_equal(spool_bed_records(b), n - 1);
        assert_int_equal(b->loss.count, 0);
        (void)spool_bed_read(b, n / 2);
        spool_bed_fill(b, n, n + 5); /* there is room again */
        assert_int_equal(spool_bed_records(b), n - 1 - n / 2 + 6);
        crash(b); /* the position is there all the time */
        (void)spool_bed_read(b, n - 1 - n / 2);
        char expected[32];
        (void)snprintf(expected, sizeof(expected), "%llu %llu ", (unsigned long long)n,
                       (unsigned long long)n + 1);
        assert_string_equal(spool_bed_read(b, 2), expected);
        b->spool = spool_close(b->spool, true);
        assert_int_equal(umount(b->base), 0);
}

static void a_directory_that_cannot_be_had_is_an_error(void **state)
{
        struct spool_bed *b = *state;
        struct spool *s = NULL;
        char path[200];

        (void)snprintf(path, sizeof(path), "%s/spool/fake/position", b->base);
        assert_true(spool_open(&s, path, BOUND, &b->loss) < 0);
        assert_true(spool_open(&s, "/proc/no/such/place", BOUND, &b->loss) < 0);
        assert_null(s);
}

/* --- the end ---- */

static void removing_counts_what_was_left(void **state)
{
        struct spool_bed *b = *state;
        struct stat st;

        spool_bed_fill(b, 5, 9);
        (void)spool_bed_append(b, EVENT_FINDING, SEVERITY_CRITICAL, 10);
        assert_string_equal(spool_bed_read(b, 2), "5 6 ");
        spool_remove(b->spool, b->dir, &b->loss);
        b->spool = NULL;
        assert_int_equal(b->loss.count, 4);
        assert_int_equal(b->loss.from, 7);
        assert_int_equal(b->loss.to, 10);
        assert_int_equal(stat(b->dir, &st), -1);
}

static void what_is_synced_is_not_dirty(void **state)
{
        struct spool_bed *b = *state;

        assert_false(spool_is_dirty(b->spool));
        spool_bed_fill(b, 1, 1);
        assert_true(spool_is_dirty(b->spool));
        assert_int_equal(spool_sync(b->spool), 0);
        assert_false(spool_is_dirty(b->spool));
        spool_bed_fill(b, 2, 2);
        (void)spool_bed_read(b, 9);
        assert_false(spool_is_dirty(b->spool));
}

static bool all_with_failure(long n)
{
        struct spool_bed b;
        struct sink_loss loss = {0};
        const struct event *e;

        spool_bed_make(&b, BOUND);
        fail_alloc.failed = false;
        fail_alloc.left = n;
        for (int round = 0; round < 2; round++) {
                if (spool_open(&b.spool, b.dir, BOUND, &loss) < 0)
                        break;
                for (uint64_t seq = 1; seq < 4; seq++) {
                        struct event *made = event_new(EVENT_HEALTH, SEVERITY_INFO);

                        if (made)
                                (void)spool_append(b.spool, made, &loss);
                        (void)event_free(made);
                }
                if (spool_peek(b.spool, &e, &loss) > 0)
                        spool_advance(b.spool);
                b.spool = spool_close(b.spool, true);
        }
        fail_alloc.left = -1;
        spool_bed_done(&b);
        return fail_alloc.failed;
}

static void running_out_of_memory_anywhere_is_survived(void **state)
{
        long n = 0;

        (void)state;
        while (all_with_failure(n))
                n++;
        assert_in_range(n, 20, 2000);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                T(events_come_back_in_their_order_whatever_their_priority),
                T(an_event_comes_back_with_all_it_had),
                T(an_event_that_was_peeked_at_stays),
                T(what_waits_outlives_a_clean_end_without_a_mark),
                T(after_kill_9_only_the_one_in_doubt_is_marked),
                T(after_kill_9_all_that_were_begun_are_in_doubt),
                T(after_another_boot_all_that_was_there_is_marked),
                T(a_damaged_position_costs_marks_not_events),
                T(files_are_deleted_as_they_are_read),
                T(the_bound_is_kept_and_the_oldest_go),
                T(a_flood_of_harmless_events_does_not_push_a_finding_out),
                T(a_harmless_event_does_not_enter_a_spool_of_findings),
                T(a_lower_bound_holds_at_once),
                T(the_head_may_be_given_up),
                T(a_torn_tail_costs_one_event),
                T(a_damaged_record_is_passed_over_and_told),
                T(a_block_of_zeros_costs_what_was_in_it),
                T(a_file_of_rubbish_is_lost_and_told),
                T(a_file_that_has_gone_is_lost_and_told),
                T(a_record_of_an_unknown_kind_is_lost_and_told),
                T(foreign_files_are_left_alone),
                T(a_spool_that_is_a_link_is_refused),
                T(only_root_can_read_it),
                T(a_write_that_is_cut_short_leaves_no_torn_record),
                T(a_full_disk_is_told_and_survived),
                T(a_directory_that_cannot_be_had_is_an_error),
                T(removing_counts_what_was_left),
                T(what_is_synced_is_not_dirty),
                cmocka_unit_test(running_out_of_memory_anywhere_is_survived),
        };
#undef T

        return cmocka_run_group_tests(tests, NULL, NULL);
}
