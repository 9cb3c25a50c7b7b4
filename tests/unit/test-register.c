/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "daemon/register/register.h"
#include "tests/unit/test.h"

struct fixture {
        char dir[64];
        char path[96];
        struct reg *r;
};

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        (void)snprintf(f->dir, sizeof(f->dir), "/tmp/giad-register-XXXXXX");
        assert_non_null(mkdtemp(f->dir));
        (void)snprintf(f->path, sizeof(f->path), "%s/register.db", f->dir);
        assert_int_equal(reg_open(&f->r, f->path, false, NULL), 0);
        *state = f;
        return 0;
}

static size_t files_like(const char *pattern)
{
        glob_t g;

        if (glob(pattern, 0, NULL, &g) != 0)
                return 0;
        size_t n = g.gl_pathc;
        globfree(&g);
        return n;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        char pattern[160];
        glob_t g;

        f->r = reg_free(f->r);
        (void)snprintf(pattern, sizeof(pattern), "%s/*", f->dir);
        if (glob(pattern, 0, NULL, &g) == 0) {
                for (size_t i = 0; i < g.gl_pathc; i++)
                        (void)unlink(g.gl_pathv[i]);
                globfree(&g);
        }
        assert_int_equal(rmdir(f->dir), 0);
        free(f);
        return 0;
}

static void reopen(struct fixture *f)
{
        f->r = reg_free(f->r);
        assert_int_equal(reg_open(&f->r, f->path, false, NULL), 0);
}

static struct finding finding(const char *rule, const char *fingerprint)
{
        struct finding f = {.class = CLASS_SUDO_MISUSE,
                            .severity = SEVERITY_HIGH,
                            .confidence = CONFIDENCE_HIGH,
                            .certainty = CERTAINTY_UNKNOWN,
                            .line = 3,
                            .column = 7,
                            .end_line = 4,
                            .offset = 1ULL << 40,
                            .length = 12};

        (void)snprintf(f.rule, sizeof(f.rule), "%s", rule);
        (void)snprintf(f.fingerprint, sizeof(f.fingerprint), "%s", fingerprint);
        (void)snprintf(f.title, sizeof(f.title), "title of %s", rule);
        return f;
}

static struct reg_artefact artefact(const char *path)
{
        return (struct reg_artefact){.workspace = strdup("/w"),
                                     .path = strdup(path),
                                     .agent = strdup("alice"),
                                     .kind = (enum artefact_kind)1,
                                     .size = 99,
                                     .owner = 1000,
                                     .state = REG_OBSERVED,
                                     .severity = SEVERITY_HIGH};
}

static int count(void *userdata, const struct reg_artefact *a)
{
        (void)a;
        ++*(unsigned *)userdata;
        return 0;
}

static unsigned artefacts(struct reg *r, const char *workspace, const char *path, enum reg_state s)
{
        unsigned n = 0;

        assert_int_equal(reg_artefact_each(r, workspace, path, s, count, &n), 0);
        return n;
}

static void the_file_is_ours_alone(void **state)
{
        struct fixture *f = *state;
        char wal[128];
        struct stat st;

        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        (void)snprintf(wal, sizeof(wal), "%s-wal", f->path);
        assert_int_equal(stat(wal, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
}

static void small_values_survive(void **state)
{
        struct fixture *f = *state;
        _cleanup_free_ char *value = NULL;

        assert_int_equal(reg_meta_get(f->r, "k", &value), -ENOENT);
        assert_null(value);
        assert_int_equal(reg_meta_put(f->r, "k", "1"), 0);
        assert_int_equal(reg_meta_put(f->r, "k", "2"), 0);
        reopen(f);
        assert_int_equal(reg_meta_get(f->r, "k", &value), 0);
        assert_string_equal(value, "2");
}

static int sum_seen(void *userdata, const struct reg_seen *seen)
{
        assert_memory_equal(seen->generation, "12345678", 8);
        assert_int_equal(seen->id.mtime_ns, -5);
        *(uint64_t *)userdata += seen->id.ino;
        return 0;
}

static uint64_t seen_sum(struct fixture *f)
{
        uint64_t sum = 0;

        assert_int_equal(reg_seen_each(f->r, sum_seen, &sum), 0);
        return sum;
}

static void seen_files_that_are_not_confirmed_are_forgotten(void **state)
{
        struct fixture *f = *state;
        struct reg_seen one = {.id = {.dev = UINT64_MAX, .ino = 1, .mtime_ns = -5}}, two = one;

        memcpy(one.generation, "12345678", 8);
        two = one;
        two.id.ino = 2;
        assert_int_equal(reg_seen_put(f->r, &one), 0);
        assert_int_equal(reg_seen_put(f->r, &two), 0);
        assert_int_equal(reg_seen_put(f->r, &two), 0);
        assert_int_equal(seen_sum(f), 3);
        assert_int_equal(reg_seen_clear(f->r), 0);
        assert_int_equal(seen_sum(f), 3);
        reopen(f);
        assert_int_equal(seen_sum(f), 3);
        assert_int_equal(reg_seen_put(f->r, &two), 0);
        assert_int_equal(reg_seen_clear(f->r), 0);
        assert_int_equal(seen_sum(f), 2);
        assert_int_equal(reg_seen_clear(f->r), 0);
        assert_int_equal(seen_sum(f), 0);
}

static int one_finding(void *userdata, const struct reg_artefact *a, const struct finding *f)
{
        assert_string_equal(a->workspace, "/w");
        *(struct finding *)userdata = *f;
        return 1;
}

static void trimming_forgets_the_longest_unseen_that_nobody_decided_about(void **state)
{
        struct fixture *f = *state;
        struct finding one = finding("r1", "aa");
        struct reg_seen seen = {.id = {.dev = 1}};
        char name[16];

        for (unsigned i = 0; i < 10; i++) {
                (void)snprintf(name, sizeof(name), "%u.tf", i);
                _cleanup_(reg_artefact_done) struct reg_artefact a = artefact(name);
                a.last_seen = 1000 + i;
                a.state = i == 0 ? REG_PENDING : REG_OBSERVED;
                assert_int_equal(reg_artefact_put(f->r, &a, &one, 1), 0);
                seen.id.ino = i + 1;
                assert_int_equal(reg_seen_put(f->r, &seen), 0);
        }
        assert_int_equal(reg_trim(f->r, 100, 100), 0);
        assert_int_equal(artefacts(f->r, NULL, NULL, _REG_STATE_MAX), 10);
        assert_int_equal(reg_trim(f->r, 5, 3), 0);
        assert_int_equal(artefacts(f->r, NULL, NULL, _REG_STATE_MAX), 4);
        assert_int_equal(artefacts(f->r, "/w", "0.tf", REG_PENDING), 1);
        assert_int_equal(artefacts(f->r, "/w", "6.tf", _REG_STATE_MAX), 0);
        assert_int_equal(artefacts(f->r, "/w", "7.tf", _REG_STATE_MAX), 1);
        /* of this run: they go when they are not confirmed once more */
        assert_int_equal(reg_trim(f->r, 5, 3), 0);
        assert_int_equal(seen_sum(f), 0);
}

static void an_artefact_keeps_its_id_and_gets_new_findings(void **state)
{
        struct fixture *f = *state;
        _cleanup_(reg_artefact_done) struct reg_artefact a = artefact("a.tf");
        struct finding findings[] = {finding("r1", "aa"), finding("r2", "bb")}, got;
        char id[ID_SIZE];

        findings[1].comment = 1;
        assert_int_equal(reg_artefact_put(f->r, &a, findings, 2), 0);
        assert_true(id_valid(a.id));
        memcpy(id, a.id, sizeof(id));
        usec_t first = a.first_seen;
        assert_true(first > 0);
        a.id[0] = '\0';
        a.first_seen = 0;
        a.last_seen = first + 7;
        a.state = REG_PENDING;
        assert_int_equal(reg_artefact_put(f->r, &a, &findings[1], 1), 0);
        assert_string_equal(a.id, id);
        assert_true(a.first_seen == first);
        memset(&got, 0, sizeof(got));
        assert_int_equal(reg_finding_each(f->r, id, one_finding, &got), 0);
        assert_memory_equal(&got, &findings[1], sizeof(got));
        assert_int_equal(artefacts(f->r, NULL, NULL, _REG_STATE_MAX), 1);
        assert_int_equal(artefacts(f->r, "/w", "a.tf", REG_PENDING), 1);
        assert_int_equal(artefacts(f->r, NULL, NULL, REG_OBSERVED), 0);
        assert_int_equal(artefacts(f->r, "/x", NULL, _REG_STATE_MAX), 0);
        assert_int_equal(reg_artefact_state(f->r, "/w", "a.tf", REG_GONE, NULL), 0);
        assert_int_equal(reg_artefact_state(f->r, "/w", "b.tf", REG_GONE, NULL), -ENOENT);
        assert_int_equal(artefacts(f->r, NULL, NULL, REG_GONE), 1);
}

static void what_is_rolled_back_never_was(void **state)
{
        struct fixture *f = *state;
        _cleanup_(reg_artefact_done) struct reg_artefact a = artefact("a"), b = artefact("b");

        assert_int_equal(reg_begin(f->r), 0);
        assert_int_equal(reg_begin(f->r), -EALREADY);
        assert_int_equal(reg_artefact_put(f->r, &a, NULL, 0), 0);
        assert_int_equal(reg_rollback(f->r), 0);
        assert_int_equal(artefacts(f->r, NULL, NULL, _REG_STATE_MAX), 0);
        assert_int_equal(reg_begin(f->r), 0);
        assert_int_equal(reg_artefact_put(f->r, &b, NULL, 0), 0);
        assert_int_equal(reg_commit(f->r, true), 0);
        reopen(f);
        assert_int_equal(artefacts(f->r, NULL, NULL, _REG_STATE_MAX), 1);
        reg_artefact_done(&b);
}

static int one_approval(void *userdata, const struct reg_approval *a)
{
        struct reg_approval *out = userdata;

        *out = *a;
        out->path = strdup(a->path);
        return 1;
}

static void approvals_keep_raw_paths_until_revoked(void **state)
{
        struct fixture *f = *state;
        char workspace[] = "/w", path[] = "x\xff\n.env", reason[] = "ok";
        struct reg_approval a = {
                .workspace = workspace, .path = path, .reason = reason, .expires = 9};
        struct reg_approval got = {.id = ""};

        memset(a.sha256, 7, sizeof(a.sha256));
        assert_int_equal(reg_approval_put(f->r, &a), 0);
        assert_int_equal(reg_approval_each(f->r, one_approval, &got), 0);
        assert_string_equal(got.id, a.id);
        assert_string_equal(got.path, path);
        assert_memory_equal(got.sha256, a.sha256, 32);
        assert_int_equal(got.expires, 9);
        assert_true(got.made > 0);
        free(got.path);
        assert_int_equal(reg_approval_revoke(f->r, a.id), 0);
        assert_int_equal(reg_approval_revoke(f->r, a.id), -ENOENT);
        memset(&got, 0, sizeof(got));
        assert_int_equal(reg_approval_each(f->r, one_approval, &got), 0);
        assert_null(got.path);
}

static void the_digest_is_of_a_set(void **state)
{
        struct finding abc[] = {finding("a", "1"), finding("b", "2"), finding("b", "1")};
        struct finding cab[] = {abc[2], abc[0], abc[1], abc[0]};
        struct finding other[] = {finding("a", "1"), finding("b", "2"), finding("b", "3")};
        uint8_t x[32], y[32], z[32];

        (void)state;
        reg_findings_digest(abc, 3, x);
        cab[0].line = 1000;
        reg_findings_digest(cab, 4, y);
        reg_findings_digest(other, 3, z);
        assert_memory_equal(x, y, 32);
        assert_memory_not_equal(x, z, 32);
        reg_findings_digest(NULL, 0, z);
        assert_memory_not_equal(x, z, 32);
}

static void the_index_of_the_store_follows(void **state)
{
        struct fixture *f = *state;
        uint8_t sha[32] = {1};

        assert_int_equal(reg_quarantine_state(f->r, "nope", "stored", NULL, NULL), -ENOENT);
        assert_int_equal(reg_quarantine_put(f->r, "id", "/w", "p", sha, 5), 0);
        assert_int_equal(reg_quarantine_state(f->r, "id", "released", "root", "why"), 0);
}

static int seqs(void *userdata, uint64_t seq, const char *json)
{
        char *out = userdata;

        assert_non_null(strstr(json, "\"message\":"));
        (void)snprintf(out + strlen(out), 16, "%llu ", (unsigned long long)seq);
        return 0;
}

static void events_are_bounded_and_their_number_is_remembered(void **state)
{
        struct fixture *f = *state;
        uint64_t last = 99;
        char out[64] = "";

        assert_int_equal(reg_event_last_seq(f->r, &last), 0);
        assert_int_equal(last, 0);
        for (uint64_t i = 1; i <= 6; i++) {
                _cleanup_event_ struct event *e = event_new(EVENT_FINDING, SEVERITY_LOW);

                event_set_seq(e, i);
                assert_int_equal(reg_event_put(f->r, e, 3), 0);
        }
        assert_int_equal(reg_event_each(f->r, 0, 0, 100, seqs, out), 0);
        assert_string_equal(out, "6 5 4 ");
        out[0] = '\0';
        assert_int_equal(reg_event_each(f->r, 4, 0, 1, seqs, out), 0);
        assert_string_equal(out, "6 ");
        reopen(f);
        assert_int_equal(reg_event_last_seq(f->r, &last), 0);
        assert_int_equal(last, 6);
}

static void put_event(struct fixture *f, uint64_t seq, uint64_t keep)
{
        _cleanup_event_ struct event *e = event_new(EVENT_FINDING, SEVERITY_LOW);

        event_set_seq(e, seq);
        assert_int_equal(reg_event_put(f->r, e, keep), 0);
}

static void events_are_bounded_by_their_count_whatever_their_numbers(void **state)
{
        struct fixture *f = *state;
        char out[64] = "";

        for (uint64_t i = 1; i <= 3; i++)
                put_event(f, i, 4);
        reopen(f); /* after a crash: the numbers jump */
        put_event(f, 2000000, 4);
        assert_int_equal(reg_event_each(f->r, 0, 0, 100, seqs, out), 0);
        assert_string_equal(out, "2000000 3 2 1 ");
        put_event(f, 2000001, 4);
        /* what was rolled back does not count */
        assert_int_equal(reg_begin(f->r), 0);
        put_event(f, 2000002, 4);
        assert_int_equal(reg_rollback(f->r), 0);
        out[0] = '\0';
        assert_int_equal(reg_event_each(f->r, 0, 0, 100, seqs, out), 0);
        assert_string_equal(out, "2000001 2000000 3 2 ");
        put_event(f, 2000002, 2); /* a lower bound */
        out[0] = '\0';
        assert_int_equal(reg_event_each(f->r, 0, 0, 100, seqs, out), 0);
        assert_string_equal(out, "2000002 2000001 ");
}

static void a_reader_sees_what_the_writer_committed(void **state)
{
        struct fixture *f = *state;
        _cleanup_(reg_artefact_done) struct reg_artefact a = artefact("a");
        struct reg *reader = NULL;

        assert_int_equal(reg_open(&reader, f->path, true, NULL), 0);
        assert_int_equal(reg_begin(f->r), 0);
        assert_int_equal(reg_artefact_put(f->r, &a, NULL, 0), 0);
        assert_int_equal(artefacts(reader, NULL, NULL, _REG_STATE_MAX), 0);
        assert_int_equal(reg_commit(f->r, false), 0);
        assert_int_equal(artefacts(reader, NULL, NULL, _REG_STATE_MAX), 1);
        assert_int_equal(reg_meta_put(reader, "k", "v"), -EROFS);
        reg_free(reader);
        assert_int_equal(reg_open(&reader, "/nonexistent/register", true, NULL), -ENOENT);
}

static void fill(struct fixture *f)
{
        struct finding one = finding("r", "f");
        char path[32];

        assert_int_equal(reg_begin(f->r), 0);
        for (unsigned i = 0; i < 500; i++) {
                (void)snprintf(path, sizeof(path), "file-%u", i);
                _cleanup_(reg_artefact_done) struct reg_artefact a = artefact(path);

                assert_int_equal(reg_artefact_put(f->r, &a, &one, 1), 0);
        }
        assert_int_equal(reg_commit(f->r, true), 0);
        assert_int_equal(reg_check(f->r), 0);
        f->r = reg_free(f->r);
}

static void opens_anew_and_keeps_the_damaged_one(struct fixture *f)
{
        char pattern[128];
        bool aside = false;

        assert_int_equal(reg_open(&f->r, f->path, true, NULL), -EUCLEAN);
        assert_int_equal(reg_open(&f->r, f->path, false, &aside), 0);
        assert_true(aside);
        (void)snprintf(pattern, sizeof(pattern), "%s.damaged-*", f->path);
        assert_true(files_like(pattern) >= 1);
        assert_int_equal(artefacts(f->r, NULL, NULL, _REG_STATE_MAX), 0);
        assert_int_equal(reg_check(f->r), 0);
        assert_int_equal(reg_meta_put(f->r, "k", "v"), 0);
}

static void a_truncated_register_is_set_aside(void **state)
{
        struct fixture *f = *state;
        struct stat st;
        bool aside = false;

        fill(f);
        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(truncate(f->path, st.st_size / 2), 0);
        assert_int_equal(reg_open(&f->r, f->path, false, &aside), 0);
        assert_true(aside);
        assert_int_equal(artefacts(f->r, NULL, NULL, _REG_STATE_MAX), 0);
}

static void a_corrupted_register_is_set_aside(void **state)
{
        struct fixture *f = *state;
        char junk[4096];
        bool aside = false;

        fill(f);
        memset(junk, 0xa5, sizeof(junk));
        _cleanup_close_ int fd = open(f->path, O_WRONLY | O_CLOEXEC);
        for (off_t page = 1; page < 60; page++)
                assert_int_equal(pwrite(fd, junk, sizeof(junk), page * 4096), sizeof(junk));
        assert_int_equal(reg_open(&f->r, f->path, false, &aside), 0);
        assert_true(aside);
        assert_int_equal(reg_check(f->r), 0);
}

static void a_foreign_file_is_set_aside(void **state)
{
        struct fixture *f = *state;

        fill(f);
        _cleanup_close_ int fd = open(f->path, O_WRONLY | O_TRUNC | O_CLOEXEC);
        assert_int_equal(write(fd, "not a database at all\n", 22), 22);
        opens_anew_and_keeps_the_damaged_one(f);
}

static void another_programs_database_is_set_aside(void **state)
{
        struct fixture *f = *state;
        sqlite3 *db = NULL;

        f->r = reg_free(f->r);
        assert_int_equal(unlink(f->path), 0);
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "CREATE TABLE theirs(x)", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        opens_anew_and_keeps_the_damaged_one(f);
}

static void a_newer_schema_is_refused_and_left_alone(void **state)
{
        struct fixture *f = *state;
        sqlite3 *db = NULL;

        f->r = reg_free(f->r);
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "PRAGMA user_version=1000", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        assert_int_equal(reg_open(&f->r, f->path, false, NULL), -EPROTO);
        assert_int_equal(access(f->path, F_OK), 0);
        assert_int_equal(reg_open(&f->r, f->path, true, NULL), -EPROTO);
}

static void a_register_of_before_keeps_its_findings(void **state)
{
        struct fixture *f = *state;
        _cleanup_(reg_artefact_done) struct reg_artefact a = artefact("a.tf");
        struct finding one = finding("r1", "aa"), got = {.comment = 1};
        sqlite3 *db = NULL;

        assert_int_equal(reg_artefact_put(f->r, &a, &one, 1), 0);
        f->r = reg_free(f->r);
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db,
                                      "ALTER TABLE findings DROP COLUMN comment;"
                                      "DROP TABLE versions; DROP TABLE assertions;"
                                      "DROP TABLE transitions; DROP TRIGGER artefact_gone;"
                                      "ALTER TABLE artefacts DROP COLUMN orphaned;"
                                      "DROP TABLE approvals;"
                                      "CREATE TABLE approvals(id TEXT PRIMARY KEY, sha256 BLOB,"
                                      " workspace BLOB, path BLOB, findings BLOB, operator_name"
                                      " TEXT, operator_uid INTEGER, reason TEXT, made INTEGER,"
                                      " expires INTEGER) WITHOUT ROWID;"
                                      "INSERT INTO approvals VALUES('01M34E2M000000000000000002',"
                                      " zeroblob(32), '/w', 'a.tf', zeroblob(32), 'olga', 1000,"
                                      " 'why', 7, 0);"
                                      "PRAGMA user_version=2",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        assert_int_equal(reg_open(&f->r, f->path, false, NULL), 0);
        assert_int_equal(reg_finding_each(f->r, a.id, one_finding, &got), 0);
        assert_memory_equal(&got, &one, sizeof(got));
        struct reg_approval approval = {.id = ""};
        assert_int_equal(reg_approval_each(f->r, one_approval, &approval), 0);
        assert_int_equal(approval.scope, REG_SCOPE_CONTENT);
        assert_false(approval.awaits || approval.reject || approval.told);
        free(approval.path);
}

/* The floor is far below what a quiet machine does (more than 20 000 a second), so that only a
 * change of order of magnitude fails. */
static void puts_are_fast_inside_transactions(void **state)
{
        struct fixture *f = *state;
        struct finding one = finding("rule-id-of-usual-length", "0123456789abcdef0123456789abcdef");
        const unsigned n = 8192;
        usec_t start = clock_monotonic();
        char path[64];

        for (unsigned i = 0; i < n; i++) {
                _cleanup_event_ struct event *e = event_new(EVENT_FINDING, SEVERITY_LOW);

                (void)snprintf(path, sizeof(path), "src/modules/identity/file-%u.tf", i);
                _cleanup_(reg_artefact_done) struct reg_artefact a = artefact(path);

                if (i % 256 == 0)
                        assert_int_equal(reg_begin(f->r), 0);
                event_set_seq(e, i + 1);
                event_set(e, FIELD_PATH, path);
                event_message(e, "A finding in %s", path);
                assert_int_equal(reg_artefact_put(f->r, &a, &one, 1), 0);
                assert_int_equal(reg_event_put(f->r, e, 4096), 0);
                if (i % 256 == 255)
                        assert_int_equal(reg_commit(f->r, false), 0);
        }
        double rate = n * 1e6 / (double)(clock_monotonic() - start);
        print_message("artefact_put + event_put: %.0f per second\n", rate);
        assert_true(rate > 500);
}

static struct reg_version version(uint8_t content, enum reg_state state)
{
        return (struct reg_version){
                .sha256 = {content}, .size = content, .state = state, .agent = strdup("alice")};
}

static struct assertion says(const char *text)
{
        struct assertion a = {.kind = ASSERTION_GRANT, .line = 3};

        (void)snprintf(a.text, sizeof(a.text), "%s", text);
        return a;
}

static void put_version(struct fixture *f, const char *id, uint8_t content, enum reg_state state,
                        const char *text, uint64_t want)
{
        _cleanup_(reg_version_done) struct reg_version v = version(content, state);
        const struct assertion a = says(text);

        assert_int_equal(reg_version_put(f->r, id, &v, &a, 1, 3, "a policy"), 0);
        assert_int_equal(v.n, want);
}

struct told {
        char text[2048];
};

static int tell_version(void *userdata, const struct reg_version *v,
                        const struct assertion *assertions, size_t n)
{
        struct told *t = userdata;
        size_t used = strlen(t->text);

        (void)snprintf(t->text + used, sizeof(t->text) - used, "%llu %u %s %s",
                       (unsigned long long)v->n, v->sha256[0], reg_state_to_string((int)v->state),
                       v->agent);
        for (size_t i = 0; i < n; i++) {
                used = strlen(t->text);
                (void)snprintf(t->text + used, sizeof(t->text) - used, " %s:%s:%u",
                               assertion_kind_to_string(assertions[i].kind), assertions[i].text,
                               assertions[i].line);
        }
        (void)strcat(t->text, "\n");
        return 0;
}

static int tell_transition(void *userdata, const struct reg_transition *t)
{
        struct told *told = userdata;
        size_t used = strlen(told->text);

        (void)snprintf(told->text + used, sizeof(told->text) - used, "%llu %s %s %u %s\n",
                       (unsigned long long)t->version, reg_state_to_string((int)t->state),
                       t->operator_name ? t->operator_name : "-", t->operator_uid,
                       t->reason ? t->reason : "-");
        return 0;
}

static void an_artefact_has_versions_and_a_history(void **state)
{
        struct fixture *f = *state;
        _cleanup_(reg_artefact_done) struct reg_artefact a = artefact("a.tf"), found = {.id = ""};
        const struct reg_decision carol = {"carol", 1001, "looked at"};
        struct told told = {""}, history = {""};

        assert_int_equal(reg_artefact_put(f->r, &a, NULL, 0), 0);
        put_version(f, a.id, 1, REG_OBSERVED, "one", 1);
        put_version(f, a.id, 1, REG_OBSERVED, "one, by other rules", 1);
        put_version(f, a.id, 2, REG_PENDING, "two", 2);
        assert_int_equal(reg_artefact_state(f->r, "/w", "a.tf", REG_REJECTED, &carol), 0);
        put_version(f, a.id, 1, REG_OBSERVED, "one", 3);
        assert_int_equal(reg_version_each(f->r, a.id, tell_version, &told), 0);
        assert_string_equal(told.text, "1 1 superseded alice grant:one, by other rules:3\n"
                                       "2 2 rejected alice grant:two:3\n"
                                       "3 1 observed alice grant:one:3\n");
        assert_int_equal(reg_transition_each(f->r, a.id, tell_transition, &history), 0);
        assert_string_equal(history.text, "1 observed - 0 a policy\n"
                                          "2 pending - 0 a policy\n"
                                          "2 rejected carol 1001 looked at\n"
                                          "3 observed - 0 a policy\n");
        assert_int_equal(reg_artefact_find(f->r, NULL, "/w", "a.tf", &found), 0);
        assert_string_equal(found.id, a.id);
        assert_int_equal(reg_artefact_find(f->r, NULL, "/w", "b.tf", &found), -ENOENT);
        reg_artefact_done(&found);
        assert_int_equal(
                reg_version_put(f->r, "nobody", &(struct reg_version){.n = 0}, NULL, 0, 3, NULL),
                -ENOENT);
}

static uint64_t rows(struct fixture *f, const char *table)
{
        char sql[64];
        sqlite3 *db = NULL;
        sqlite3_stmt *s = NULL;

        (void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(s), SQLITE_ROW);
        uint64_t n = (uint64_t)sqlite3_column_int64(s, 0);
        (void)sqlite3_finalize(s);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        return n;
}

static void the_past_is_bounded_and_goes_with_its_artefact(void **state)
{
        struct fixture *f = *state;
        _cleanup_(reg_artefact_done) struct reg_artefact a = artefact("a.tf");

        assert_int_equal(reg_artefact_put(f->r, &a, NULL, 0), 0);
        for (unsigned i = 0; i < 150; i++)
                put_version(f, a.id, (uint8_t)i, REG_OBSERVED, "x", i + 1);
        assert_int_equal(rows(f, "versions"), 3);
        assert_int_equal(rows(f, "assertions"), 3);
        assert_int_equal(rows(f, "transitions"), REG_TRANSITIONS_MAX);
        assert_int_equal(reg_trim(f->r, 1, 0), 0);
        assert_int_equal(rows(f, "artefacts") + rows(f, "versions") + rows(f, "assertions") +
                                 rows(f, "transitions"),
                         0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(the_file_is_ours_alone, setup, teardown),
                cmocka_unit_test_setup_teardown(small_values_survive, setup, teardown),
                cmocka_unit_test_setup_teardown(seen_files_that_are_not_confirmed_are_forgotten,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(
                        trimming_forgets_the_longest_unseen_that_nobody_decided_about, setup,
                        teardown),
                cmocka_unit_test_setup_teardown(an_artefact_keeps_its_id_and_gets_new_findings,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(what_is_rolled_back_never_was, setup, teardown),
                cmocka_unit_test_setup_teardown(an_artefact_has_versions_and_a_history, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(the_past_is_bounded_and_goes_with_its_artefact,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(approvals_keep_raw_paths_until_revoked, setup,
                                                teardown),
                cmocka_unit_test(the_digest_is_of_a_set),
                cmocka_unit_test_setup_teardown(the_index_of_the_store_follows, setup, teardown),
                cmocka_unit_test_setup_teardown(events_are_bounded_and_their_number_is_remembered,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(
                        events_are_bounded_by_their_count_whatever_their_numbers, setup, teardown),
                cmocka_unit_test_setup_teardown(a_reader_sees_what_the_writer_committed, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(a_truncated_register_is_set_aside, setup, teardown),
                cmocka_unit_test_setup_teardown(a_corrupted_register_is_set_aside, setup, teardown),
                cmocka_unit_test_setup_teardown(a_foreign_file_is_set_aside, setup, teardown),
                cmocka_unit_test_setup_teardown(another_programs_database_is_set_aside, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(a_newer_schema_is_refused_and_left_alone, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(a_register_of_before_keeps_its_findings, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(puts_are_fast_inside_transactions, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
