/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The daemon as a whole in one process, with scanners that answer by a file's name.
 */
#include <cjson/cJSON.h>

#include "daemon/manager.h"
#include "tests/unit/daemon-fixture.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/fake-scanner.h"
#include "tests/unit/test.h"

struct daemon {
        struct fixture f; /* only its directories */
        char config[160], scanner[4096], jsonl[128];
        struct manager *m;
        bool written, reloaded;
        uint64_t last_seq;
};

static void write_config(struct daemon *d, const char *more)
{
        FILE *f = fopen(d->config, "we");

        assert_non_null(f);
        assert_true(
                fprintf(f,
                        "state_directory: %s/state\n"
                        "runtime_directory: %s/run\n"
                        "rules_directory: %s/rules\n"
                        "workspaces: [{path: %s, agent: alice}]\n"
                        "policy: [{when: {severity: [high]}, action: quarantine}, {action: "
                        "report}]\n"
                        "outputs: {journal: {enabled: no}, terminal: {enabled: no}, syslog: "
                        "{enabled: no},"
                        " audit: {enabled: no}, jsonl: {enabled: yes, path: %s, schema: native}}\n"
                        "scanner: {user: %s}\n"
                        "%s",
                        d->f.base, d->f.base, d->f.base, d->f.workspace, d->jsonl,
                        geteuid() == 0 ? "root" : "nobody", more) > 0);
        assert_int_equal(fclose(f), 0);
}

static void start(struct daemon *d)
{
        const struct manager_options options = {.config_path = d->config, .scanner = d->scanner};

        assert_int_equal(manager_new(&d->m, &options), 0);
}

static int setup(void **state)
{
        struct daemon *d = calloc(1, sizeof(*d));
        char rules[128];

        assert_non_null(d);
        fixture_make_in_memory(&d->f);
        (void)snprintf(d->config, sizeof(d->config), "%s/giad.yaml", d->f.base);
        (void)snprintf(d->jsonl, sizeof(d->jsonl), "%s/events.jsonl", d->f.base);
        fake_scanner_path(d->scanner, sizeof(d->scanner));
        fake_scanner_rules(rules, sizeof(rules), d->f.base, "ok");
        write_config(d, "");
        *state = d;
        return 0;
}

static int teardown(void **state)
{
        struct daemon *d = *state;

        assert_null(manager_free(d->m));
        fixture_done(&d->f);
        free(d);
        return 0;
}

/* Runs the daemon; step() is asked after everything that happens, until it says that it is enough.
 */
struct drive {
        struct daemon *d;
        bool (*step)(struct daemon *d);
};

static int on_post(sd_event_source *s, void *userdata)
{
        struct drive *drive = userdata;

        (void)s;
        return drive->step(drive->d) ? sd_event_exit(drive->d->m->event, 0) : 0;
}

static int on_timeout(sd_event_source *s, uint64_t usec, void *userdata)
{
        (void)s;
        (void)usec;
        return sd_event_exit(userdata, -ETIME);
}

static void run(struct daemon *d, bool (*step)(struct daemon *d))
{
        struct drive drive = {d, step};
        sd_event_source *post = NULL, *timeout = NULL;

        assert_int_equal(sd_event_add_post(d->m->event, &post, on_post, &drive), 0);
        assert_int_equal(sd_event_add_time_relative(d->m->event, &timeout, CLOCK_MONOTONIC,
                                                    PATIENCE, 0, on_timeout, d->m->event),
                         0);
        assert_int_equal(manager_run(d->m), 0);
        (void)sd_event_source_disable_unref(timeout);
        (void)sd_event_source_disable_unref(post);
}

static void stop(struct daemon *d)
{
        d->m = manager_free(d->m);
}

/* Events as the sink wrote them, in order: kinds, and that no number comes twice. */
static unsigned read_events(struct daemon *d, const char *kind, char *ret_last, size_t size)
{
        _cleanup_fclose_ FILE *f = fopen(d->jsonl, "re");
        _cleanup_free_ char *line = NULL;
        size_t alloc = 0;
        unsigned n = 0;
        double seq = 0;

        assert_non_null(f);
        while (getline(&line, &alloc, f) > 0) {
                cJSON *e = cJSON_Parse(line);
                const char *name;

                assert_non_null(e);
                name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(e, "event"));
                assert_non_null(name);
                const cJSON *number = cJSON_GetObjectItemCaseSensitive(e, "seq");
                assert_true(cJSON_IsNumber(number));
                assert_true(number->valuedouble > seq);
                seq = number->valuedouble;
                d->last_seq = (uint64_t)seq;
                n += strcmp(name, kind) == 0;
                (void)snprintf(ret_last, size, "%s", name);
                cJSON_Delete(e);
        }
        return n;
}

static bool until_ready(struct daemon *d)
{
        return d->m->ready;
}

static bool until_taken(struct daemon *d)
{
        if (!d->m->ready)
                return false;
        if (!d->written) {
                d->written = true;
                fixture_write(&d->f, "finding", "content", 7);
        }
        return !fixture_there(&d->f, "finding");
}

static void it_starts_watches_and_stops(void **state)
{
        struct daemon *d = *state;
        char last[64];

        for (unsigned i = 1; i <= 3; i++) {
                start(d);
                run(d, until_ready);
                stop(d);
                assert_int_equal(read_events(d, "started", last, sizeof(last)), i);
                assert_int_equal(read_events(d, "ready", last, sizeof(last)), i);
                assert_int_equal(read_events(d, "stopped", last, sizeof(last)), i);
                assert_string_equal(last, "stopped");
        }
}

static void file_that_is_being_stored_when_it_stops_is_told_of(void **state)
{
        struct daemon *d = *state;
        struct reg *reader = NULL;
        char last[64], path[160];

        start(d);
        run(d, until_taken); /* ends at once: the loop has not heard of the storing */
        stop(d);
        assert_int_equal(read_events(d, "quarantined", last, sizeof(last)), 1);
        assert_string_equal(last, "stopped");
        assert_true(fixture_there(&d->f, "finding.giad.md"));
        /* the register has all that the sink has, and no number is used again */
        uint64_t seq = 0;
        (void)snprintf(path, sizeof(path), "%s/state/register.db", d->f.base);
        assert_int_equal(reg_open(&reader, path, true, NULL), 0);
        assert_int_equal(reg_event_last_seq(reader, &seq), 0);
        (void)reg_free(reader);
        assert_int_equal(seq, d->last_seq);
        start(d);
        run(d, until_ready);
        stop(d);
        assert_int_equal(read_events(d, "stopped", last, sizeof(last)), 2);
}

static void stopping_without_ever_running_is_clean(void **state)
{
        struct daemon *d = *state;
        char last[64];

        start(d);
        stop(d);
        assert_int_equal(read_events(d, "stopped", last, sizeof(last)), 1);
        assert_null(manager_free(NULL));
}

static bool reload_when_ready(struct daemon *d)
{
        if (!d->m->ready)
                return false;
        if (!d->reloaded) {
                d->reloaded = true;
                write_config(d, "nonsense: 1\n");
                assert_int_equal(manager_reload(d->m), -EBADMSG);
                write_config(d, "quarantine: {note: no}\n");
                assert_int_equal(manager_reload(d->m), 0);
        }
        if (d->m->next.config)
                return false; /* its scanners are still loading their rules */
        if (!d->written) {
                d->written = true;
                fixture_write(&d->f, "finding", "content", 7);
        }
        return !fixture_there(&d->f, "finding");
}

static void reload_is_whole_or_refused(void **state)
{
        struct daemon *d = *state;
        char last[64];

        start(d);
        run(d, reload_when_ready);
        stop(d);
        assert_int_equal(read_events(d, "config-refused", last, sizeof(last)), 1);
        assert_int_equal(read_events(d, "config-loaded", last, sizeof(last)), 1);
        assert_int_equal(read_events(d, "quarantined", last, sizeof(last)), 1);
        assert_false(fixture_there(&d->f, "finding.giad.md")); /* the new settings hold */
}

static void missing_scanner_is_a_gap_and_watching_goes_on(void **state)
{
        struct daemon *d = *state;
        char last[64];

        (void)snprintf(d->scanner, sizeof(d->scanner), "%s/none", d->f.base);
        start(d);
        run(d, until_ready);
        assert_true(d->m->gaps[REASON_SCANNER_MISSING].open);
        stop(d);
        assert_int_equal(read_events(d, "gap-opened", last, sizeof(last)), 1);
}

static bool make_with_failure(struct daemon *d, long n)
{
        const struct manager_options options = {.config_path = d->config, .scanner = d->scanner};
        struct manager *m = NULL;

        fail_alloc.failed = false;
        fail_alloc.left = n;
        int k = manager_new(&m, &options);
        fail_alloc.left = -1;
        assert_int_equal(m != NULL, k == 0);
        if (k < 0)
                assert_true(fail_alloc.failed);
        (void)manager_free(m);
        return fail_alloc.failed;
}

static void want_of_memory_at_the_start_is_an_error(void **state)
{
        long n = 0;

        while (make_with_failure(*state, n))
                n++;
        assert_true(n > 50);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(it_starts_watches_and_stops),
                T(file_that_is_being_stored_when_it_stops_is_told_of),
                T(stopping_without_ever_running_is_clean),
                T(reload_is_whole_or_refused),
                T(missing_scanner_is_a_gap_and_watching_goes_on),
                T(want_of_memory_at_the_start_is_an_error),
#undef T
        };

        SKIP_WITHOUT_KERNEL_CALLS();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
