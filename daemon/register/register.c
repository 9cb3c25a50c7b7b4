/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the life of the register: opening, upgrading, checking, beginning anew when it is damaged; transactions; the small
 * values. Does not own: its file as a file (file.c), the tables' contents (seen.c, artefacts.c, approvals.c, events.c). Ownership: struct reg is the caller's, from reg_open() to
 * reg_free(); nothing is shared.
 *
 * A register that cannot be read must never keep giad from protecting: what the register knows can
 * be found again by a walk, so a damaged one is set aside, with its write-ahead log, and a new one
 * begun.
 */
#include "daemon/register/register.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "daemon/register/file.h"
#include "daemon/register/query.h"

#define REG_APPLICATION 0x67696164 /* "giad" */
#define REG_BUSY_MS 2000
#define REG_CACHE_WRITER "-16384" /* KB: filled only by a register that is as large */
#define REG_CACHE_READER "-4096"
#define REG_CHECK_MAX \
        ((uint64_t)64 << 20) /* bytes that are looked through in a tenth of a second */

/* schema[n] makes version n + 1 of version n. */
static const char *const schema[] = {
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE seen(dev INTEGER, ino INTEGER, size INTEGER NOT NULL, ctime INTEGER NOT NULL,"
        " mtime INTEGER NOT NULL, generation BLOB NOT NULL, epoch INTEGER NOT NULL,"
        " PRIMARY KEY(dev, ino)) WITHOUT ROWID;"
        "CREATE TABLE artefacts(row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
        " workspace TEXT NOT NULL, path TEXT NOT NULL, agent TEXT, kind TEXT NOT NULL,"
        " evidence TEXT, sha256 BLOB NOT NULL, size INTEGER NOT NULL, owner INTEGER NOT NULL,"
        " state TEXT NOT NULL, severity TEXT NOT NULL, n_findings INTEGER NOT NULL,"
        " first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, UNIQUE(workspace, path));"
        "CREATE TABLE findings(artefact INTEGER, n INTEGER, rule TEXT NOT NULL, title TEXT NOT "
        "NULL,"
        " redacted TEXT NOT NULL, detail TEXT NOT NULL, remediation TEXT NOT NULL,"
        " fingerprint TEXT NOT NULL, class TEXT NOT NULL, severity TEXT NOT NULL,"
        " confidence TEXT NOT NULL, certainty TEXT NOT NULL, line INTEGER NOT NULL,"
        " col INTEGER NOT NULL, end_line INTEGER NOT NULL, offset INTEGER NOT NULL,"
        " length INTEGER NOT NULL, PRIMARY KEY(artefact, n)) WITHOUT ROWID;"
        "CREATE TABLE approvals(id TEXT PRIMARY KEY, sha256 BLOB NOT NULL, workspace BLOB NOT NULL,"
        " path BLOB NOT NULL, findings BLOB NOT NULL, operator_name TEXT, operator_uid INTEGER NOT "
        "NULL,"
        " reason TEXT, made INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE quarantine(id TEXT PRIMARY KEY, workspace BLOB NOT NULL, path BLOB NOT NULL,"
        " sha256 BLOB NOT NULL, taken INTEGER NOT NULL, state TEXT NOT NULL, operator_name TEXT,"
        " reason TEXT, changed INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE events(seq INTEGER PRIMARY KEY, json TEXT NOT NULL);",
        /* what is not in the table is scanned once more */
        "DROP TABLE seen;"
        "CREATE TABLE seen(dev INTEGER, ino INTEGER, size INTEGER NOT NULL, ctime INTEGER NOT NULL,"
        " mtime INTEGER NOT NULL, place INTEGER NOT NULL, generation BLOB NOT NULL,"
        " epoch INTEGER NOT NULL, PRIMARY KEY(dev, ino)) WITHOUT ROWID;",
        /* whether the line carries a suppression comment */
        "ALTER TABLE findings ADD COLUMN comment INTEGER NOT NULL DEFAULT 0;",
        /* what an artefact was before, what it said, and who decided about it */
        "CREATE TABLE versions(row INTEGER PRIMARY KEY, artefact INTEGER NOT NULL, n INTEGER NOT "
        "NULL,"
        " sha256 BLOB NOT NULL, size INTEGER NOT NULL, state TEXT NOT NULL, severity TEXT NOT NULL,"
        " n_findings INTEGER NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
        " writer TEXT, agent TEXT, container TEXT, repository TEXT, branch TEXT, revision TEXT,"
        " UNIQUE(artefact, n));"
        "CREATE TABLE assertions(version INTEGER, n INTEGER, kind TEXT NOT NULL, text TEXT NOT "
        "NULL,"
        " certainty TEXT NOT NULL, line INTEGER NOT NULL, PRIMARY KEY(version, n)) WITHOUT ROWID;"
        "CREATE TABLE transitions(row INTEGER PRIMARY KEY, artefact INTEGER NOT NULL,"
        " at INTEGER NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL, operator_name TEXT,"
        " operator_uid INTEGER, reason TEXT);"
        "CREATE INDEX transitions_of ON transitions(artefact);"
        "CREATE TRIGGER version_gone AFTER DELETE ON versions BEGIN"
        " DELETE FROM assertions WHERE version = old.row; END;"
        "CREATE TRIGGER artefact_gone AFTER DELETE ON artefacts BEGIN"
        " DELETE FROM versions WHERE artefact = old.row;"
        " DELETE FROM transitions WHERE artefact = old.row; END;",
        /* who wrote a version, as far as it matters to who may decide; where it lies, if its path cannot be shown as it is;
         * where its content is kept. Approvals of more than one content, by more than one person, and rejections. */
        "ALTER TABLE versions ADD COLUMN place BLOB;"
        "ALTER TABLE versions ADD COLUMN kept TEXT;"
        "CREATE INDEX versions_kept ON versions(kept) WHERE kept IS NOT NULL;"
        "ALTER TABLE versions ADD COLUMN author_uid INTEGER;"
        "ALTER TABLE versions ADD COLUMN author_login_uid INTEGER;"
        "ALTER TABLE versions ADD COLUMN author_session INTEGER;"
        "ALTER TABLE versions ADD COLUMN author_pid INTEGER;"
        "ALTER TABLE versions ADD COLUMN author_cgroup TEXT;"
        "ALTER TABLE artefacts ADD COLUMN orphaned INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE approvals ADD COLUMN scope TEXT NOT NULL DEFAULT 'content';"
        "ALTER TABLE approvals ADD COLUMN reject INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE approvals ADD COLUMN rules TEXT;"
        "ALTER TABLE approvals ADD COLUMN class TEXT;"
        "ALTER TABLE approvals ADD COLUMN operator_login_uid INTEGER;"
        "ALTER TABLE approvals ADD COLUMN second_name TEXT;"
        "ALTER TABLE approvals ADD COLUMN second_uid INTEGER;"
        "ALTER TABLE approvals ADD COLUMN second_login_uid INTEGER;"
        "ALTER TABLE approvals ADD COLUMN awaits INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE approvals ADD COLUMN told INTEGER NOT NULL DEFAULT 0;",
        /* what the inventory is asked by (inventory.c), and what is to be forgotten first; findings go with their artefact */
        "CREATE INDEX IF NOT EXISTS artefacts_by_state ON artefacts(state);"
        "CREATE INDEX IF NOT EXISTS artefacts_by_severity ON artefacts(severity);"
        "CREATE INDEX IF NOT EXISTS artefacts_by_kind ON artefacts(kind);"
        "CREATE INDEX IF NOT EXISTS artefacts_by_agent ON artefacts(agent);"
        "CREATE INDEX IF NOT EXISTS artefacts_by_sight ON artefacts(last_seen);"
        "CREATE INDEX IF NOT EXISTS findings_by_class ON findings(class);"
        "CREATE TRIGGER IF NOT EXISTS findings_gone AFTER DELETE ON artefacts BEGIN"
        " DELETE FROM findings WHERE artefact = old.row; END;",
};

static int reg_pragma(struct reg *r, const char *sql, uint64_t *ret)
{
        _cleanup_query_ struct query q = query_fresh(r, sql);
        int k = query_step(&q);

        if (k < 0)
                return k;
        *ret = k > 0 ? query_column_u64(&q, 0) : 0;
        return 0;
}

/* `PRAGMA quick_check(1)` and its like answer "ok" or the first thing that is wrong. */
static int reg_check_with(struct reg *r, const char *sql)
{
        _cleanup_query_ struct query q = query_fresh(r, sql);
        char answer[8];
        int k = query_step(&q);

        if (k < 0)
                return k;
        query_column_copy(&q, 0, answer, sizeof(answer));
        return k > 0 && strcmp(answer, "ok") == 0 ? 0 : -EUCLEAN;
}

/* What takes long is left to who checks behind (reg_check()). That the file was cut short SQLite finds out by itself. */
static int reg_check_small(struct reg *r)
{
        uint64_t pages, size;
        int k = reg_pragma(r, "PRAGMA page_count", &pages);

        if (k == 0)
                k = reg_pragma(r, "PRAGMA page_size", &size);
        if (k < 0 || pages * size > REG_CHECK_MAX)
                return k;
        return reg_check_with(r, "PRAGMA quick_check(1)");
}

int reg_check(struct reg *r)
{
        return reg_check_with(r, "PRAGMA integrity_check(1)");
}

static int reg_upgrade(struct reg *r, uint64_t version)
{
        char pragmas[96];
        int k = query_exec(r, STATEMENT_BEGIN);

        if (k < 0)
                return k;
        for (uint64_t i = version; i < ELEMENTSOF(schema) && k == 0; i++)
                k = query_script(r, schema[i]);
        (void)snprintf(pragmas, sizeof(pragmas),
                       "PRAGMA application_id=%d; PRAGMA user_version=%zu", REG_APPLICATION,
                       ELEMENTSOF(schema));
        if (k == 0)
                k = query_script(r, pragmas);
        if (k == 0)
                k = query_exec(r, STATEMENT_COMMIT);
        if (k < 0) {
                (void)reg_rollback(r);
                return k;
        }
        /* so that the file itself says whose it is */
        return query_script(r, "PRAGMA wal_checkpoint(PASSIVE)");
}

/* Whose file is it, and of which version? */
static int reg_recognise(struct reg *r, uint64_t *ret_version)
{
        uint64_t application, tables, version;
        int k = reg_pragma(r, "PRAGMA application_id", &application);

        if (k == 0)
                k = reg_pragma(r, "SELECT count(*) FROM sqlite_master", &tables);
        if (k == 0)
                k = reg_pragma(r, "PRAGMA user_version", &version);
        if (k < 0)
                return k;
        if (application != REG_APPLICATION && (application || tables || version || r->read_only))
                return -EUCLEAN;
        if (application == REG_APPLICATION && version > ELEMENTSOF(schema))
                return -EPROTO;
        *ret_version = version;
        return 0;
}

/* Rows of `seen` written from now on can be told from those of former runs. */
static int reg_next_epoch(struct reg *r)
{
        _cleanup_free_ char *text = NULL;
        uint64_t epoch = 0;
        char next[24];
        int k = reg_meta_get(r, "seen-epoch", &text);

        if (k < 0 && k != -ENOENT)
                return k;
        if (text)
                (void)text_to_u64(text, 10, &epoch);
        r->seen_epoch = epoch + 1;
        (void)snprintf(next, sizeof(next), "%llu", (unsigned long long)r->seen_epoch);
        return reg_meta_put(r, "seen-epoch", next);
}

static int reg_setup(struct reg *r)
{
        uint64_t version;
        int k = reg_recognise(r, &version);

        if (k < 0)
                return k;
        if (r->read_only && version != ELEMENTSOF(schema))
                return -EPROTO;
        k = query_script(r, "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
                            "PRAGMA cache_size=" REG_CACHE_READER);
        if (k < 0 || r->read_only)
                return k;
        /* temporary: what can be undone within a transaction, which would be written to a file and deleted again */
        k = query_script(r, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                            "PRAGMA wal_autocheckpoint=16000; PRAGMA journal_size_limit=67108864;"
                            "PRAGMA temp_store=MEMORY; PRAGMA cache_size=" REG_CACHE_WRITER);
        if (k == 0)
                k = reg_check_small(r);
        if (k == 0 && version < ELEMENTSOF(schema))
                k = reg_upgrade(r, version);
        if (k == 0)
                k = reg_next_epoch(r);
        return k;
}

static int reg_open_once(struct reg **ret, const char *path, bool read_only)
{
        int flags =
                SQLITE_OPEN_NOMUTEX | (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
        struct reg *r = calloc(1, sizeof(*r));
        int k;

        if (!r)
                return -ENOMEM;
        r->read_only = read_only;
        r->path = strdup(path);
        k = r->path ? query_errno(sqlite3_open_v2(path, &r->db, flags, NULL)) : -ENOMEM;
        if (k == 0)
                k = query_errno(sqlite3_busy_timeout(r->db, REG_BUSY_MS));
        if (k == 0)
                k = reg_setup(r);
        if (k == 0 && !read_only)
                file_remember(r);
        if (k < 0) {
                (void)reg_free(r);
                return k;
        }
        *ret = r;
        return 0;
}

/* What is at the path is set aside; an open connection to it stays whole. */
static int begin_anew(struct reg **ret, const char *path)
{
        char aside[FILE_ASIDE_MAX];
        int k = file_set_aside(path, aside);

        if (k < 0)
                return k;
        k = file_make(path);
        if (k == 0)
                k = reg_open_once(ret, path, false);
        if (k == 0)
                (void)text_copy((*ret)->aside, sizeof((*ret)->aside), aside);
        else
                file_remove(path); /* the next attempt is not to set aside half of a new one */
        return k;
}

int reg_open(struct reg **ret, const char *path, bool read_only, bool *ret_set_aside)
{
        bool set_aside = false;
        int k;

        if (read_only) {
                if (access(path, F_OK) < 0)
                        return -errno;
                k = reg_open_once(ret, path, true);
        } else {
                k = file_make(path);
                if (k == 0)
                        k = reg_open_once(ret, path, false);
                if (k == -EUCLEAN) {
                        k = begin_anew(ret, path);
                        set_aside = true;
                }
        }
        if (k == 0 && ret_set_aside)
                *ret_set_aside = set_aside;
        return k;
}

struct reg *reg_free(struct reg *r)
{
        if (!r)
                return NULL;
        for (size_t i = 0; i < _STATEMENT_MAX; i++)
                (void)sqlite3_finalize(r->statements[i]);
        (void)sqlite3_close_v2(r->db);
        buffer_done(&r->json);
        free(r->path);
        free(r);
        return NULL;
}

bool reg_damaged(const struct reg *r)
{
        return r->damaged;
}

unsigned reg_renewals(const struct reg *r)
{
        return r->renewals;
}

void reg_condemn(struct reg *r)
{
        r->damaged = true;
}

const char *reg_path(const struct reg *r)
{
        return r->path;
}

const char *reg_aside(const struct reg *r)
{
        return *r->aside ? r->aside : NULL;
}

int reg_verify(const struct reg *r, const char **ret_why)
{
        *ret_why = r->damaged ? "it is damaged" : file_changed(r);
        return *ret_why ? -EUCLEAN : 0;
}

int reg_renew(struct reg *r)
{
        struct reg *fresh = NULL, old;
        int k = begin_anew(&fresh, r->path);

        if (k < 0)
                return k;
        /* the caller's pointer stays */
        old = *r;
        *r = *fresh;
        *fresh = old;
        r->renewals = old.renewals + 1;
        /* nothing of the old one may be written into what has its name now */
        (void)sqlite3_db_config(fresh->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        (void)reg_free(fresh);
        return 0;
}

void reg_interrupt(struct reg *r)
{
        sqlite3_interrupt(r->db);
}

int reg_begin(struct reg *r)
{
        if (!sqlite3_get_autocommit(r->db))
                return -EALREADY;
        return query_exec(r, STATEMENT_BEGIN);
}

/* synchronous= cannot be changed inside a transaction, so a durable commit syncs the log itself:
 * the same thing that FULL does. It also makes durable what was committed before without a sync. */
static int reg_sync(struct reg *r)
{
        sqlite3_file *log = NULL;
        int rc = sqlite3_file_control(r->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);

        if (rc == SQLITE_OK && log && log->pMethods)
                rc = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
        return query_errno(rc);
}

int reg_commit(struct reg *r, bool durable)
{
        int k = sqlite3_get_autocommit(r->db) ? 0 : query_exec(r, STATEMENT_COMMIT);

        if (k == 0 && durable)
                k = reg_sync(r);
        return k;
}

int reg_rollback(struct reg *r)
{
        r->events_counted = false;
        return sqlite3_get_autocommit(r->db) ? 0 : query_exec(r, STATEMENT_ROLLBACK);
}

int reg_meta_put(struct reg *r, const char *key, const char *value)
{
        struct query q = query_kept(r, STATEMENT_META_PUT);

        query_text(&q, key);
        query_text(&q, value);
        return query_run(&q);
}

int reg_meta_get(struct reg *r, const char *key, char **ret)
{
        _cleanup_query_ struct query q = query_kept(r, STATEMENT_META_GET);
        char *value = NULL;

        query_text(&q, key);
        int k = query_step(&q);
        if (k <= 0)
                return k < 0 ? k : -ENOENT;
        k = query_column_need(&q, 0, &value);
        if (k < 0)
                return k;
        *ret = value;
        return 0;
}
