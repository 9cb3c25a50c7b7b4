/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <sqlite3.h>

#include "common/base/text.h"
#include "tests/unit/register-fixture.h"

#define N 3000u
#define DAY (24 * 3600 * USEC_PER_SEC)
#define NOW ((usec_t)1800000000 * USEC_PER_SEC)

/* Artefact i: every value is met, some of them rarely. */
static void nth(unsigned i, struct reg_artefact *a, enum finding_class *class, char path[static 64],
                char workspace[static 32])
{
        unsigned r = i * 2654435761u >> 7;

        (void)snprintf(workspace, 32, "/srv/agents/%c/work", 'a' + (int)(r % 5));
        (void)snprintf(path, 64, "%s/dir-%u/file-%u.%s", i % 3 ? "deploy" : "src", r % 40, i,
                       i % 4 ? "tf" : "yaml");
        *class = i % 7 ? _CLASS_MAX : (enum finding_class)(r % 20);
        static char agents[3][8] = {"alice", "bob", "carol"};
        *a = (struct reg_artefact){
                .workspace = workspace,
                .path = path,
                .agent = r % 9 == 0 ? NULL : agents[r % 3],
                .kind = (enum artefact_kind)(r % 11),
                .state = (enum reg_state)(i % 50 ? REG_OBSERVED : 1 + r % 6),
                .severity =
                        (enum severity)(*class < _CLASS_MAX ? r % _SEVERITY_MAX : SEVERITY_INFO),
                .first_seen = NOW - (r % 40) * DAY,
        };
        a->last_seen = a->first_seen + (r % 3) * DAY;
}

static void fill(struct reg *r)
{
        assert_int_equal(reg_begin(r), 0);
        for (unsigned i = 0; i < N; i++) {
                char path[64], workspace[32];
                enum finding_class class;
                struct reg_artefact a;

                nth(i, &a, &class, path, workspace);
                register_put(r, a, class);
        }
        assert_int_equal(reg_commit(r, false), 0);
}

static bool wanted(const struct reg_filter *f, const struct reg_artefact *a,
                   enum finding_class class)
{
        char whole[128];

        (void)snprintf(whole, sizeof(whole), "%s/%s", a->workspace, a->path);
        return (!f->workspace || strcmp(f->workspace, a->workspace) == 0) &&
               (!f->agent || (a->agent && strcmp(f->agent, a->agent) == 0)) &&
               (!f->path || (*f->path == '/' ? text_glob_path(f->path, whole + 1)
                                             : text_glob_path(f->path, a->path))) &&
               (f->state == _REG_STATE_MAX || f->state == a->state) &&
               (f->kind == _ARTEFACT_MAX || f->kind == a->kind) &&
               (f->class == _CLASS_MAX || f->class == class) && f->severity <= a->severity &&
               f->new_since <= a->first_seen && f->seen_since <= a->last_seen;
}

struct met {
        unsigned char times[N];
        size_t n, stop;
};

static int meet(void *userdata, const struct reg_artefact *a)
{
        struct met *met = userdata;
        const char *number = strstr(a->path, "file-");

        assert_non_null(number);
        met->times[strtoul(number + 5, NULL, 10)]++;
        return ++met->n == met->stop;
}

/* Lists them max at a time. Returns how many there are. */
static size_t list(struct reg *r, const struct reg_filter *f, size_t max, size_t stop)
{
        struct met *met = calloc(1, sizeof(*met));
        struct reg_listing *l = NULL;
        size_t n;
        int more;

        assert_non_null(met);
        met->stop = stop;
        assert_int_equal(reg_listing_new(&l, r, f), 0);
        do {
                size_t before = met->n;

                more = reg_listing_step(l, r, max, meet, met);
                assert_true(more >= 0 && met->n - before <= max);
        } while (more > 0);
        (void)reg_listing_free(l);
        for (unsigned i = 0; i < N; i++) {
                char path[64], workspace[32];
                enum finding_class class;
                struct reg_artefact a;

                nth(i, &a, &class, path, workspace);
                if (met->times[i] != wanted(f, &a, class))
                        fail_msg("%s/%s was met %u times", workspace, path, met->times[i]);
        }
        n = met->n;
        free(met);
        return n;
}

static void every_filter_finds_what_it_says_each_once(void **state)
{
        struct register_fixture *f = *state;
        static const struct {
                const char *workspace, *agent, *path;
        } texts[] = {
                {NULL, NULL, NULL},
                {"/srv/agents/c/work", NULL, NULL},
                {NULL, "bob", NULL},
                {NULL, NULL, "*.yaml"},
                {NULL, NULL, "deploy/dir-1*/**"},
                {NULL, NULL, "/srv/agents/[ab]/**/*-1?.tf"},
                {"/srv/agents/a/work", "alice", "src/**"},
                {"/nowhere", NULL, NULL},
                {NULL, "nobody", "no-such-name"},
        };
        static const size_t pages[] = {1, 7, 500, 100000};
        size_t all = 0, some = 0;

        fill(f->r);
        for (size_t i = 0; i < 700; i++) {
                unsigned r = (unsigned)i * 2246822519u >> 5;
                struct reg_filter filter = REG_FILTER_ALL;

                filter.workspace = texts[i % ELEMENTSOF(texts)].workspace;
                filter.agent = texts[i % ELEMENTSOF(texts)].agent;
                filter.path = texts[i % ELEMENTSOF(texts)].path;
                if (r % 3 == 0)
                        filter.state = (enum reg_state)(r / 3 % _REG_STATE_MAX);
                if (r % 5 == 0)
                        filter.kind = (enum artefact_kind)(r / 5 % 12);
                if (r % 7 == 0)
                        filter.class = (enum finding_class)(r / 7 % 21);
                if (r % 2 == 0)
                        filter.severity = (enum severity)(r / 2 % _SEVERITY_MAX);
                if (r % 11 == 0)
                        filter.new_since = NOW - (r / 11 % 30) * DAY;
                if (r % 13 == 0)
                        filter.seen_since = NOW - (r / 13 % 30) * DAY;
                size_t n = list(f->r, &filter, pages[i % ELEMENTSOF(pages)], 0);
                all += n;
                some += n > 0;
        }
        /* the filters are neither empty nor without effect */
        assert_true(some > 170 && all < 700 * (size_t)N / 4);
}

static void a_step_that_was_stopped_goes_on_behind(void **state)
{
        struct register_fixture *f = *state;
        const struct reg_filter all = REG_FILTER_ALL;

        fill(f->r);
        for (size_t stop = 1; stop < 20; stop++)
                assert_int_equal(list(f->r, &all, 500, stop), N);
}

static void what_comes_between_two_steps_disturbs_nobody(void **state)
{
        struct register_fixture *f = *state;
        struct reg_filter filter = REG_FILTER_ALL;
        struct reg_listing *l = NULL;
        struct met *met = calloc(1, sizeof(*met));

        assert_non_null(met);
        fill(f->r);
        filter.state = REG_OBSERVED;
        assert_int_equal(reg_listing_new(&l, f->r, &filter), 0);
        assert_int_equal(reg_listing_step(l, f->r, 100, meet, met), 1);
        /* nothing is open: the register may be closed, and its log be put back */
        f->r = reg_free(f->r);
        assert_int_equal(register_files(f, "register.db-wal", NULL), 0);
        assert_int_equal(reg_open(&f->r, f->path, false, NULL), 0);
        assert_int_equal(reg_trim(f->r, 1, 0), 1);
        while (reg_trim(f->r, 1, 0) > 0)
                ;
        assert_int_equal(reg_listing_step(l, f->r, 100, meet, met), 0);
        assert_int_equal(met->n, 100);
        (void)reg_listing_free(l);
        free(met);
}

struct met_findings {
        char last[128];
        size_t n;
};

static int meet_finding(void *userdata, const struct reg_artefact *a, const struct finding *f)
{
        struct met_findings *met = userdata;
        char what[128];

        (void)snprintf(what, sizeof(what), "%s %u", a->path, f->line);
        assert_string_not_equal(what, met->last);
        (void)text_copy(met->last, sizeof(met->last), what);
        met->n++;
        return 0;
}

static void findings_come_page_by_page(void **state)
{
        struct register_fixture *f = *state;
        struct reg_finding_place place = {0};
        struct met_findings met = {.n = 0};
        struct finding three[] = {{.line = 1}, {.line = 2}, {.line = 3}};
        int k;

        for (unsigned i = 0; i < 100; i++) {
                char path[16], workspace[] = "/w";
                struct reg_artefact a = {.workspace = workspace, .path = path};

                (void)snprintf(path, sizeof(path), "%u", i);
                assert_int_equal(reg_artefact_put(f->r, &a, three, i % 4), 0);
        }
        while ((k = reg_finding_step(f->r, &place, 7, meet_finding, &met)) > 0)
                ;
        assert_int_equal(k, 0);
        assert_int_equal(met.n, 25 * (1 + 2 + 3));
}

/* The rest of a program need not know: whatever an index says, a listing ends. */
static void an_index_that_leads_in_a_circle_ends(void **state)
{
        struct register_fixture *f = *state;
        struct reg_filter filter = REG_FILTER_ALL;
        struct reg_listing *l = NULL;
        struct met *met = calloc(1, sizeof(*met));
        sqlite3 *db = NULL;

        assert_non_null(met);
        fill(f->r);
        filter.seen_since = NOW - 400 * DAY;
        assert_int_equal(reg_listing_new(&l, f->r, &filter), 0);
        assert_int_equal(reg_listing_step(l, f->r, 2000, meet, met), 1);
        /* an index of what is no more: each row in it lies before the last one */
        f->r = reg_free(f->r);
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db,
                                      "PRAGMA writable_schema=ON;"
                                      "UPDATE sqlite_master SET sql = 'CREATE INDEX "
                                      "artefacts_by_sight ON artefacts(last_seen DESC)'"
                                      " WHERE name = 'artefacts_by_sight'",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        int k = reg_open(&f->r, f->path, false, NULL);
        for (unsigned i = 0; k == 0 && i < 100; i++)
                k = reg_listing_step(l, f->r, 2000, meet, met) - 1;
        assert_true(k < 0);
        (void)reg_listing_free(l);
        free(met);
}

static int next_seq(void *userdata, uint64_t seq, const char *json)
{
        uint64_t *last = userdata;

        (void)json;
        assert_true(*last == 0 || seq == *last - 1);
        *last = seq;
        return 0;
}

static void events_come_page_by_page_newest_first(void **state)
{
        struct register_fixture *f = *state;
        uint64_t last = 0;

        for (uint64_t i = 1; i <= 25; i++) {
                _cleanup_event_ struct event *e = event_new(EVENT_FINDING, SEVERITY_LOW);

                event_set_seq(e, i);
                assert_int_equal(reg_event_put(f->r, e, 100), 0);
        }
        for (unsigned i = 0; i < 5; i++)
                assert_int_equal(reg_event_each(f->r, 3, last, 6, next_seq, &last), 0);
        assert_int_equal(last, 4);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(every_filter_finds_what_it_says_each_once,
                                                register_setup, register_teardown),
                cmocka_unit_test_setup_teardown(a_step_that_was_stopped_goes_on_behind,
                                                register_setup, register_teardown),
                cmocka_unit_test_setup_teardown(what_comes_between_two_steps_disturbs_nobody,
                                                register_setup, register_teardown),
                cmocka_unit_test_setup_teardown(findings_come_page_by_page, register_setup,
                                                register_teardown),
                cmocka_unit_test_setup_teardown(an_index_that_leads_in_a_circle_ends,
                                                register_setup, register_teardown),
                cmocka_unit_test_setup_teardown(events_come_page_by_page_newest_first,
                                                register_setup, register_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
