/* SPDX-FileCopyrightText: giad maintainers */
#include <pthread.h>
#include <sqlite3.h>

#include "tests/unit/daemon-fixture.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

/* A door in the storer's way: jobs behind it queue up. */
struct door {
        pthread_mutex_t lock;
        pthread_cond_t moved;
        bool reached, open;
};

#define DOOR_SHUT                                                                 \
        {                                                                         \
                PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false \
        }

/* What one test's jobs leave behind. run() writes order[], done() writes told[]; the storer's lock
 * is between. */
struct record {
        int order[2000], told[2000];
        int results[2000];
        unsigned n_run, n_told;
};

struct numbered {
        struct storer_job job;
        struct record *record;
        struct door *door;
        int number, result;
        bool in_loop_thread;
        pthread_t loop;
        struct storer *more; /* done() submits another job here */
};

static int run_numbered(struct storer_job *job, struct reg *reg, struct quarantine *q)
{
        struct numbered *n = (struct numbered *)job;
        char key[32];

        (void)q;
        n->record->order[n->record->n_run++] = n->number;
        if (n->door) {
                (void)pthread_mutex_lock(&n->door->lock);
                n->door->reached = true;
                (void)pthread_cond_broadcast(&n->door->moved);
                while (!n->door->open)
                        (void)pthread_cond_wait(&n->door->moved, &n->door->lock);
                (void)pthread_mutex_unlock(&n->door->lock);
        }
        (void)snprintf(key, sizeof(key), "job-%d", n->number);
        int k = reg_meta_put(reg, key, "ran");
        return n->result < 0 ? n->result : k;
}

static struct numbered *numbered(struct record *record, int number);

static void numbered_done(struct storer_job *job, void *userdata)
{
        struct numbered *n = (struct numbered *)job;
        struct record *record = userdata;

        assert_true(pthread_equal(pthread_self(), n->loop));
        record->results[record->n_told] = job->result;
        record->told[record->n_told++] = n->number;
        if (n->more)
                storer_submit(n->more, &numbered(record, n->number + 1000)->job);
        free(job);
}

static struct numbered *numbered(struct record *record, int number)
{
        struct numbered *n = calloc(1, sizeof(*n));

        assert_non_null(n);
        n->job.run = run_numbered;
        n->job.done = numbered_done;
        n->job.userdata = n->record = record;
        n->number = number;
        n->loop = pthread_self();
        return n;
}

static void submit_door(struct bed *b, struct record *record, struct door *door)
{
        struct numbered *n = numbered(record, -1);

        n->door = door;
        storer_submit(b->storer, &n->job);
        (void)pthread_mutex_lock(&door->lock);
        while (!door->reached)
                (void)pthread_cond_wait(&door->moved, &door->lock);
        (void)pthread_mutex_unlock(&door->lock);
}

static void open_door(struct door *door)
{
        (void)pthread_mutex_lock(&door->lock);
        door->open = true;
        (void)pthread_cond_broadcast(&door->moved);
        (void)pthread_mutex_unlock(&door->lock);
}

static int setup(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        bed_make(b, "");
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        bed_done(*state);
        free(*state);
        return 0;
}

static bool register_has(const struct bed *b, const char *key)
{
        struct reg *reader = NULL;
        char *value = NULL;

        assert_int_equal(reg_open(&reader, b->reg_path, true, NULL), 0);
        int k = reg_meta_get(reader, key, &value);
        free(value);
        (void)reg_free(reader);
        return k == 0;
}

static void jobs_run_and_are_told_in_their_order(void **state)
{
        struct bed *b = *state;
        struct record record = {.n_run = 0};

        for (int i = 0; i < 1500; i++) /* several batches */
                storer_submit(b->storer, &numbered(&record, i)->job);
        bed_settle(b);
        assert_int_equal(record.n_run, 1500);
        assert_int_equal(record.n_told, 1500);
        for (int i = 0; i < 1500; i++) {
                assert_int_equal(record.order[i], i);
                assert_int_equal(record.told[i], i);
                assert_int_equal(record.results[i], 0);
        }
        assert_int_equal(storer_queued(b->storer), 0);
        assert_true(register_has(b, "job-0"));
        assert_true(register_has(b, "job-1499"));
}

static void what_waits_is_counted(void **state)
{
        struct bed *b = *state;
        struct record record = {.n_run = 0};
        struct door door = DOOR_SHUT;

        submit_door(b, &record, &door);
        assert_int_equal(storer_queued(b->storer), 0);
        for (int i = 0; i < 7; i++)
                storer_submit(b->storer, &numbered(&record, i)->job);
        assert_int_equal(storer_queued(b->storer), 7);
        open_door(&door);
        bed_settle(b);
        assert_int_equal(storer_queued(b->storer), 0);
}

static void what_queued_up_is_one_transaction(void **state)
{
        struct bed *b = *state;
        struct record record = {.n_run = 0};
        struct door first = DOOR_SHUT, second = DOOR_SHUT;

        submit_door(b, &record, &first);
        storer_submit(b->storer, &numbered(&record, 1)->job);
        struct numbered *last = numbered(&record, 2);
        last->door = &second;
        storer_submit(b->storer, &last->job);
        open_door(&first);
        (void)pthread_mutex_lock(&second.lock);
        while (!second.reached)
                (void)pthread_cond_wait(&second.moved, &second.lock);
        (void)pthread_mutex_unlock(&second.lock);
        /* job 1 has run, in the transaction that job 2 holds open */
        assert_int_equal(record.n_run, 3);
        assert_true(register_has(b, "job--1"));
        assert_false(register_has(b, "job-1"));
        open_door(&second);
        bed_settle(b);
        assert_true(register_has(b, "job-1"));
        assert_true(register_has(b, "job-2"));
}

/* How long it is until jobs that were submitted now, the last of them perhaps urgent, have been told. */
static usec_t told_after(struct bed *b, struct record *record, int n, bool urgent)
{
        usec_t began = clock_monotonic();

        record->n_run = record->n_told = 0;
        for (int i = 0; i < n; i++) {
                struct numbered *job = numbered(record, i);

                job->job.patient = !urgent || i < n - 1;
                storer_submit(b->storer, &job->job);
        }
        while (record->n_told < (unsigned)n)
                assert_true(sd_event_run(b->event, PATIENCE) >= 0);
        return clock_monotonic() - began;
}

static void patient_jobs_wait_for_more_and_urgent_ones_for_none(void **state)
{
        const usec_t quiet = 10 * USEC_PER_MSEC;
        struct bed *b = *state;
        struct record record = {.n_run = 0};
        bool at_once = false;

        assert_in_range(told_after(b, &record, 1, false), quiet, PATIENCE);
        assert_in_range(told_after(b, &record, 3, false), quiet, PATIENCE);
        for (unsigned i = 0; i < 500 && !at_once; i++)
                at_once = told_after(b, &record, 3, true) < quiet;
        assert_true(at_once);
        assert_int_equal(record.told[2], 2); /* in their order all the same */
}

static void patient_jobs_do_not_wait_for_ever(void **state)
{
        struct bed *b = *state;
        struct record record = {.n_run = 0};
        usec_t end = clock_monotonic() + PATIENCE;

        /* one after another without a pause, until one is told */
        for (int i = 0; record.n_told == 0; i++) {
                struct numbered *job = numbered(&record, i % 1000);

                assert_true(clock_monotonic() < end && i < 2000);
                job->job.patient = true;
                storer_submit(b->storer, &job->job);
                assert_true(sd_event_run(b->event, 5 * USEC_PER_MSEC) >= 0);
        }
        bed_settle(b);
}

static void failing_job_does_not_undo_the_others(void **state)
{
        struct bed *b = *state;
        struct record record = {.n_run = 0};
        struct door door = DOOR_SHUT;

        submit_door(b, &record, &door);
        storer_submit(b->storer, &numbered(&record, 1)->job);
        struct numbered *bad = numbered(&record, 2);
        bad->result = -ENOENT; /* an answer to an operator, not a failure of the register */
        storer_submit(b->storer, &bad->job);
        storer_submit(b->storer, &numbered(&record, 3)->job);
        open_door(&door);
        bed_settle(b);
        assert_int_equal(record.results[1], 0);
        assert_int_equal(record.results[2], -ENOENT);
        assert_int_equal(record.results[3], 0);
        assert_true(register_has(b, "job-1"));
        assert_true(register_has(b, "job-3"));
        assert_int_equal(b->told_failed, 0);
}

static void job_without_done_is_freed(void **state)
{
        struct bed *b = *state;
        struct record record = {.n_run = 0};
        struct numbered *n = numbered(&record, 1);

        n->job.done = NULL;
        storer_submit(b->storer, &n->job);
        bed_settle(b);
        assert_int_equal(record.n_run, 1);
        assert_int_equal(record.n_told, 0);
}

/* --- tickets ---------------------------------------------------------------------------------- */

struct stored {
        struct storer_job job;
        char id[ID_SIZE];
        int result;
        bool told, in_store;
        char path[64];
};

static void stored_done(struct storer_job *job, void *userdata)
{
        struct stored *s = userdata;

        s->told = true;
        s->result = job->result;
        if (job->result >= 0)
                (void)snprintf(s->path, sizeof(s->path), "%s", job->entry.path);
        job->ticket = quarantine_ticket_free(job->ticket);
        quarantine_entry_done(&job->entry);
}

static void take(struct bed *b, struct stored *s, const char *path)
{
        *s = (struct stored){.result = -1};
        fixture_write(&b->f, path, "content", 7);
        assert_int_equal(fixture_take(&b->f, path, &s->job.ticket), 0);
        (void)snprintf(s->id, sizeof(s->id), "%s", quarantine_ticket_id(s->job.ticket));
        s->job.done = stored_done;
        s->job.userdata = s;
}

static int count_rows(const struct bed *b, const char *sql, const char *id)
{
        sqlite3 *db = NULL;
        sqlite3_stmt *query = NULL;

        assert_int_equal(sqlite3_open_v2(b->reg_path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_bind_text(query, 1, id, -1, SQLITE_STATIC), SQLITE_OK);
        assert_int_equal(sqlite3_step(query), SQLITE_ROW);
        int n = sqlite3_column_int(query, 0);
        (void)sqlite3_finalize(query);
        (void)sqlite3_close(db);
        return n;
}

static bool stored_whole(struct bed *b, const struct stored *s)
{
        _cleanup_close_ int fd = quarantine_open(b->f.q, s->id);

        return fixture_holds(fd, "content", 7);
}

#define INDEXED "SELECT count(*) FROM quarantine WHERE id = ? AND state = 'stored'"

static void tickets_are_stored_and_indexed_among_other_jobs(void **state)
{
        struct bed *b = *state;
        struct record record = {.n_run = 0};
        struct stored s[3];
        const char *const names[] = {"a", "b", "c"};
        struct door door = DOOR_SHUT;

        if (kernel_calls_missing())
                skip();
        submit_door(b, &record, &door);
        for (int i = 0; i < 3; i++) {
                take(b, &s[i], names[i]);
                storer_submit(b->storer, &s[i].job);
                storer_submit(b->storer, &numbered(&record, i)->job);
        }
        open_door(&door);
        bed_settle(b);
        for (int i = 0; i < 3; i++) {
                assert_true(s[i].told);
                assert_int_equal(s[i].result, 0);
                assert_string_equal(s[i].path, names[i]);
                assert_true(stored_whole(b, &s[i]));
                assert_int_equal(count_rows(b, INDEXED, s[i].id), 1);
        }
        assert_int_equal(record.n_told, 4);
}

/* The index of the quarantine cannot be written any more, or again. */
static void break_register(const struct bed *b, bool broken)
{
        sqlite3 *db = NULL;

        assert_int_equal(sqlite3_open(b->reg_path, &db), SQLITE_OK);
        (void)sqlite3_busy_timeout(db, 60000);
        const char *sql = broken ? "ALTER TABLE quarantine RENAME TO elsewhere"
                                 : "ALTER TABLE elsewhere RENAME TO quarantine";
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        (void)sqlite3_close(db);
}

static void failing_register_is_told_once_and_so_is_its_recovery(void **state)
{
        struct bed *b = *state;
        struct stored s;

        if (kernel_calls_missing())
                skip();
        break_register(b, true);
        for (int i = 0; i < 3; i++) {
                take(b, &s, "a");
                storer_submit(b->storer, &s.job);
                bed_settle(b);
                /* the store describes itself: the file is safe all the same */
                assert_int_equal(s.result, 0);
                assert_true(stored_whole(b, &s));
                /* the barrier was a batch of its own and went well, or was in the same one */
                assert_true(b->told_failed > 0);
        }
        assert_true(b->told_failed <= 3);
        break_register(b, false);
        unsigned failed = b->told_failed;
        take(b, &s, "b");
        storer_submit(b->storer, &s.job);
        bed_settle(b);
        assert_int_equal(b->told_failed, failed);
        assert_int_equal(b->told_works, failed);
        assert_int_equal(count_rows(b, INDEXED, s.id), 1);
}

static void jobs_of_a_batch_that_failed_hear_of_it(void **state)
{
        struct bed *b = *state;
        struct record record = {.n_run = 0};
        struct door door = DOOR_SHUT;
        struct stored s;

        if (kernel_calls_missing())
                skip();
        break_register(b, true);
        submit_door(b, &record, &door);
        take(b, &s, "a");
        storer_submit(b->storer, &numbered(&record, 1)->job);
        storer_submit(b->storer, &s.job);
        storer_submit(b->storer, &numbered(&record, 2)->job);
        open_door(&door);
        bed_settle(b);
        assert_int_equal(record.n_told, 3);
        assert_int_equal(record.results[0], 0);
        assert_true(record.results[1] < 0);
        assert_true(record.results[2] < 0);
        assert_int_equal(s.result, 0);
        assert_int_equal(b->told_failed, 1);
}

/* --- the watchdog's question -------------------------------------------------------------------
 */

static void idle_storer_is_alive_and_a_stuck_one_is_not(void **state)
{
        struct bed *b = *state;
        struct record record = {.n_run = 0};
        struct door door = DOOR_SHUT;

        assert_true(storer_alive(b->storer, 1));
        submit_door(b, &record, &door);
        assert_true(storer_alive(b->storer, PATIENCE));
        for (usec_t end = clock_monotonic() + PATIENCE; storer_alive(b->storer, 1000);)
                assert_true(clock_monotonic() < end);
        open_door(&door);
        bed_settle(b);
        for (usec_t end = clock_monotonic() + PATIENCE; !storer_alive(b->storer, 0);)
                assert_true(clock_monotonic() < end); /* it goes back to sleep */
}

/* --- its end -----------------------------------------------------------------------------------
 */

static void queue_is_run_to_the_end_when_it_is_freed(void **state)
{
        struct bed *b = *state;
        struct record record = {.n_run = 0};
        struct stored s;

        if (kernel_calls_missing())
                skip();
        for (int i = 0; i < 1200; i++)
                storer_submit(b->storer, &numbered(&record, i)->job);
        take(b, &s, "x");
        storer_submit(b->storer, &s.job);
        b->storer = storer_free(b->storer);
        assert_int_equal(record.n_run, 1200);
        assert_int_equal(record.n_told, 1200);
        assert_true(s.told);
        assert_int_equal(s.result, 0);
        assert_true(register_has(b, "job-1199"));
        assert_int_equal(count_rows(b, INDEXED, s.id), 1);
}

struct renewals {
        unsigned n;
        char detail[512];
};

static void renewed(void *userdata, unsigned renewals, const char *detail)
{
        struct renewals *r = userdata;

        r->n++;
        assert_int_equal(renewals, r->n);
        (void)snprintf(r->detail, sizeof(r->detail), "%s", detail);
}

static void one_job(struct bed *b, struct record *record, int number)
{
        storer_submit(b->storer, &numbered(record, number)->job);
        bed_settle(b);
}

static void a_damaged_register_is_begun_anew_before_the_next_job(void **state)
{
        struct bed *b = *state;
        struct record record = {.n_run = 0};
        struct renewals renewals = {.n = 0};

        storer_set_renewed(b->storer, renewed, &renewals);
        one_job(b, &record, 1);
        assert_int_equal(truncate(b->reg_path, 4096), 0);
        one_job(b, &record, 2);
        assert_int_equal(renewals.n, 1);
        assert_non_null(strstr(renewals.detail, "cut short"));
        assert_non_null(strstr(renewals.detail, ".damaged-"));
        assert_int_equal(record.results[1], 0);
        assert_false(register_has(b, "job-1"));
        assert_true(register_has(b, "job-2"));
        /* once is enough */
        one_job(b, &record, 3);
        assert_int_equal(renewals.n, 1);
        assert_true(register_has(b, "job-2") && register_has(b, "job-3"));
        assert_int_equal(b->told_failed, 0);
        assert_int_equal(unlink(b->reg_path), 0);
        one_job(b, &record, 4);
        assert_int_equal(renewals.n, 2);
        assert_null(strstr(renewals.detail, ".damaged-"));
        assert_true(register_has(b, "job-4"));
}

static int condemn(struct storer_job *job, struct reg *reg, struct quarantine *q)
{
        (void)job;
        (void)q;
        reg_condemn(reg);
        return 0;
}

static void what_somebody_else_found_is_mended_without_another_job(void **state)
{
        struct bed *b = *state;
        struct renewals renewals = {.n = 0};
        struct storer_job *job = calloc(1, sizeof(*job));

        assert_non_null(job);
        storer_set_renewed(b->storer, renewed, &renewals);
        job->run = condemn;
        storer_submit(b->storer, job);
        bed_settle(b);
        assert_int_equal(renewals.n, 1);
}

/* The end of a quarantine is an event, and an event is written to the register. */
static void what_ending_jobs_submit_is_run_as_well(void **state)
{
        struct bed *b = *state;
        struct record record = {.n_run = 0};
        struct numbered *n = numbered(&record, 1);

        n->more = b->storer;
        storer_submit(b->storer, &n->job);
        b->storer = storer_free(b->storer);
        assert_int_equal(record.n_run, 2);
        assert_int_equal(record.n_told, 2);
        assert_int_equal(record.told[1], 1001);
        assert_true(register_has(b, "job-1001"));
}

static void storer_that_cannot_be_made_leaves_the_register_to_its_owner(void **state)
{
        struct bed *b = *state;
        struct storer *storer = NULL;
        struct reg *reg = NULL;

        assert_int_equal(reg_open(&reg, b->reg_path, false, NULL), 0);
        fail_alloc.left = 0;
        assert_int_equal(storer_new(&storer, b->event, reg, b->f.q, bed_failed, b), -ENOMEM);
        fail_alloc.left = -1;
        assert_null(storer);
        assert_int_equal(reg_meta_put(reg, "still", "open"), 0);
        assert_null(reg_free(reg));
        assert_null(storer_free(NULL));
}

/* The store runs out of memory while it copies: the file stays held and is told. */
static bool store_with_failure(struct bed *b, long n)
{
        struct stored s;

        take(b, &s, "m");
        fail_alloc.failed = false;
        storer_submit(b->storer, &s.job);
        fail_alloc.left =
                n; /* seen by the thread or not: whichever allocation fails must be survived */
        for (usec_t end = clock_monotonic() + PATIENCE; !s.told;) {
                assert_true(clock_monotonic() < end);
                (void)sd_event_run(b->event, 50 * USEC_PER_MSEC);
        }
        fail_alloc.left = -1;
        if (s.result == 0) {
                assert_true(stored_whole(b, &s));
        } else {
                struct quarantine_entry e = {.size = 0};

                assert_true(s.result < 0);
                (void)quarantine_recover(b->f.q, NULL);
                assert_int_equal(quarantine_get(b->f.q, s.id, &e), 0);
                quarantine_entry_done(&e);
                assert_true(stored_whole(b, &s));
        }
        return fail_alloc.failed;
}

static void want_of_memory_loses_no_file(void **state)
{
        struct bed *b = *state;

        if (kernel_calls_missing())
                skip();
        for (long n = 0; n < 40; n++)
                (void)store_with_failure(b, n);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(jobs_run_and_are_told_in_their_order),
                T(what_waits_is_counted),
                T(what_queued_up_is_one_transaction),
                T(patient_jobs_wait_for_more_and_urgent_ones_for_none),
                T(patient_jobs_do_not_wait_for_ever),
                T(failing_job_does_not_undo_the_others),
                T(job_without_done_is_freed),
                T(tickets_are_stored_and_indexed_among_other_jobs),
                T(failing_register_is_told_once_and_so_is_its_recovery),
                T(jobs_of_a_batch_that_failed_hear_of_it),
                T(a_damaged_register_is_begun_anew_before_the_next_job),
                T(what_somebody_else_found_is_mended_without_another_job),
                T(idle_storer_is_alive_and_a_stuck_one_is_not),
                T(queue_is_run_to_the_end_when_it_is_freed),
                T(what_ending_jobs_submit_is_run_as_well),
                T(storer_that_cannot_be_made_leaves_the_register_to_its_owner),
                T(want_of_memory_loses_no_file),
#undef T
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
