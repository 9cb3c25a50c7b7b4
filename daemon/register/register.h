/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The register: SQLite in WAL mode. What was seen, found, decided and kept. Holds no secret: only
 * redactions and keyed fingerprints. All functions return 0 or negative errno unless they say
 * otherwise (-EUCLEAN: the database is damaged). One object is used by one thread; a second one
 * opened read-only serves queries of another thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/base/open.h"
#include "common/model/assertion.h"
#include "common/model/author.h"
#include "common/model/enums.h"
#include "common/model/event.h"
#include "common/model/finding.h"

struct reg;

/* Opens or makes the database at path (0600). A file that is damaged or no database of ours is
 * renamed to PATH.damaged-<time> and a new one begun: *ret_set_aside says so (may be NULL). A newer
 * schema than this build's is -EPROTO. */
int reg_open(struct reg **ret, const char *path, bool read_only, bool *ret_set_aside);
struct reg *reg_free(struct reg *r);

/* Whether SQLite has found it damaged since it was opened: any function that returned -EUCLEAN, or a condemnation. */
bool reg_damaged(const struct reg *r);
/* Somebody else found that. */
void reg_condemn(struct reg *r);
/* How often reg_renew() has begun it anew: who found damage some time ago may have looked at another one. */
unsigned reg_renewals(const struct reg *r);
/* Whether the file is still there and ours, as far as two system calls can tell, and not known to be damaged. 0, or -EUCLEAN with
 * why in words. To be asked often, by who writes. */
int reg_verify(const struct reg *r, const char **ret_why);
/* Sets the file aside as reg_open() does and begins a new one, in the same object; for who writes, outside of a transaction. On
 * failure all is as before. Readers of the former one go on reading that. */
int reg_renew(struct reg *r);
/* As reg_open() was given it. */
const char *reg_path(const struct reg *r);
/* Where the damaged file is that this one took the place of, or NULL. */
const char *reg_aside(const struct reg *r);

/* Everything written between begin and commit is one transaction; commit makes it durable
 * (synchronous=FULL) if durable, else at the next durable one (synchronous=NORMAL). */
int reg_begin(struct reg *r);
int reg_commit(struct reg *r, bool durable);
int reg_rollback(struct reg *r);

/* --- what was seen: so that an unchanged file under unchanged rules is not read again ---- */
struct reg_seen {
        struct file_id id;
        uint64_t place;        /* stands for workspace and path */
        uint8_t generation[8]; /* first bytes of the scanner's generation */
};
int reg_seen_put(struct reg *r, const struct reg_seen *seen);
int reg_seen_each(struct reg *r, int (*fn)(void *userdata, const struct reg_seen *seen),
                  void *userdata);
/* Forgets those not put since the register was opened or this was last called; keeps the table
 * bounded. */
int reg_seen_clear(struct reg *r);

/* Forgets all, whoever put them. */
int reg_seen_forget(struct reg *r);

/* Bounds what a workspace can make grow: past so many, files seen are forgotten as by
 * reg_seen_clear(), and of the artefacts that nobody has decided about the longest unseen. Only some at a time, so that who
 * else writes does not wait: returns 1 if more are to go, 0 if not, or negative errno. */
int reg_trim(struct reg *r, uint64_t seen_max, uint64_t artefacts_max);

/* --- artefacts ---- */
enum reg_state {
        REG_OBSERVED,
        REG_PENDING,
        REG_APPROVED,
        REG_REJECTED,
        REG_QUARANTINED,
        REG_RELEASED,
        REG_GONE,
        REG_SUPERSEDED, /* of a version: another one has taken its place */
        _REG_STATE_MAX
};
DECLARE_NAMES(reg_state);

struct reg_artefact {
        char id[ID_SIZE];       /* given by reg_artefact_put() when new */
        char *workspace, *path; /* path as text_printable */
        char *agent;
        enum artefact_kind kind;
        char *evidence;
        uint8_t sha256[32];
        uint64_t size;
        uint32_t owner;
        enum reg_state state;
        enum severity severity; /* worst finding */
        uint32_t n_findings;
        usec_t first_seen, last_seen; /* realtime */
};
void reg_artefact_done(struct reg_artefact *a);
/* 0 or -ENOMEM. */
int reg_artefact_copy(struct reg_artefact *to, const struct reg_artefact *from);

/* Inserts, or updates the artefact of the same workspace and path; findings replace the former
 * ones. a->id is set. */
int reg_artefact_put(struct reg *r, struct reg_artefact *a, const struct finding *findings,
                     size_t n);
/* A decision about an artefact, for its history. */
struct reg_decision {
        const char *operator_name; /* NULL: giad */
        uint32_t operator_uid;     /* of an operator */
        const char *reason;        /* or NULL */
};
/* Notes what became of the artefact and its last version, and who decided that (NULL: giad). -ENOENT: it is not known. */
int reg_artefact_state(struct reg *r, const char *workspace, const char *path, enum reg_state state,
                       const struct reg_decision *by);
/* NULL filters match all. fn may stop with non-zero. */
int reg_artefact_each(struct reg *r, const char *workspace, const char *path,
                      enum reg_state state_or_max,
                      int (*fn)(void *userdata, const struct reg_artefact *a), void *userdata);
/* How many there are in each state. */
int reg_artefact_count(struct reg *r, uint64_t ret[static _REG_STATE_MAX]);
/* The artefact with that id, or, if it is NULL, the one at the path of the workspace. -ENOENT: it is not known. To be freed
 * with reg_artefact_done(). */
int reg_artefact_find(struct reg *r, const char *id, const char *workspace, const char *path,
                      struct reg_artefact *ret);
/* Those of one artefact. fn may stop with non-zero. */
int reg_finding_each(struct reg *r, const char *artefact_id,
                     int (*fn)(void *userdata, const struct reg_artefact *a,
                               const struct finding *f),
                     void *userdata);

/* --- all of them, step by step: nothing is open between two steps, and another object may serve the next one. What is
 * written meanwhile may be missed, or come twice. Steps return 1: there may be more, 0: that was all, or negative errno;
 * fn may end a step with non-zero, and the next one goes on behind. ---- */
struct reg_filter {
        const char *workspace; /* its root; NULL, like the other texts: any */
        const char *agent;
        const char *
                path; /* glob, as text_glob_path() has it; with a '/' before it, of the whole path */
        enum reg_state state;         /* _REG_STATE_MAX: any */
        enum artefact_kind kind;      /* _ARTEFACT_MAX: any */
        enum finding_class class;     /* of one of its findings; _CLASS_MAX: any, or none */
        enum severity severity;       /* at least */
        usec_t new_since, seen_since; /* realtime: first seen, last seen then or later */
};
#define REG_FILTER_ALL \
        ((struct reg_filter){.state = _REG_STATE_MAX, .kind = _ARTEFACT_MAX, .class = _CLASS_MAX})

struct reg_listing;
/* Copies the filter. 0 or negative errno. */
int reg_listing_new(struct reg_listing **ret, struct reg *r, const struct reg_filter *filter);
struct reg_listing *reg_listing_free(struct reg_listing *l);
/* The next artefacts, at most max; may be none although more come. Takes a few milliseconds. */
int reg_listing_step(struct reg_listing *l, struct reg *r, size_t max,
                     int (*fn)(void *userdata, const struct reg_artefact *a), void *userdata);

/* Where the next step begins; zeros: at the first. */
struct reg_finding_place {
        uint64_t artefact, n;
};
/* The next findings, at most max. */
int reg_finding_step(struct reg *r, struct reg_finding_place *place, size_t max,
                     int (*fn)(void *userdata, const struct reg_artefact *a,
                               const struct finding *f),
                     void *userdata);

/* What of a workspace is there, in pages: up to `limit` artefacts from a row (0: the first) on. path: as it may be shown; place: as
 * it is. *ret_next: where the next page begins; 0: that was the last. fn may not write to the register. 0 or negative errno. */
int reg_place_each(struct reg *r, const char *workspace, uint64_t from, uint64_t limit,
                   int (*fn)(void *userdata, const char *path, const char *place), void *userdata,
                   uint64_t *ret_next);

/* --- who answers for them ---- */
/* Workspaces, and owners, of artefacts that are there, each once. */
int reg_workspace_each(struct reg *r, int (*fn)(void *userdata, const char *workspace),
                       void *userdata);
int reg_owner_each(struct reg *r, int (*fn)(void *userdata, uint32_t owner), void *userdata);
/* Notes of up to `limit` artefacts of that workspace (or, if it is NULL, that owner) that nobody answers for them any more, and gives
 * those of which that was not noted yet. fn may not use the register. Returns 0 or negative errno. */
int reg_orphan_each(struct reg *r, const char *workspace, uint32_t owner, uint64_t limit,
                    void (*fn)(void *userdata, const struct reg_artefact *a), void *userdata);
/* Somebody does again. */
int reg_orphan_clear(struct reg *r, const char *workspace, uint32_t owner);

/* --- versions: what an artefact was, one after the other, and what it said ---- */
#define REG_ASSERTIONS_MAX 128u  /* of a version that are read */
#define REG_TRANSITIONS_MAX 100u /* of an artefact; older ones go */

struct reg_version {
        uint64_t n; /* from 1 */
        uint8_t sha256[32];
        uint64_t size;
        enum reg_state state;
        enum severity severity;
        uint32_t n_findings;
        usec_t first_seen, last_seen; /* realtime */
        char *writer;                 /* who wrote it, for people; this and the rest may be NULL */
        char *agent, *container, *repository, *branch, *revision;
        struct author author; /* of who wrote it first; uid PROVENANCE_NONE: not known */
        char *place; /* raw path below the workspace, if the artefact's is not that; or NULL */
        char *kept;  /* entry of the store of versions with its content, or NULL */
};
void reg_version_done(struct reg_version *v);

/* Notes what the artefact (id) is now: the last version, if its content is that, or a new one, which supersedes the
 * last. Of its versions the last `keep` stay. reason: of a new state, or NULL. v->n is set. */
int reg_version_put(struct reg *r, const char *artefact_id, struct reg_version *v,
                    const struct assertion *assertions, size_t n, uint64_t keep,
                    const char *reason);
/* In the order of time. fn may stop with non-zero. */
int reg_version_each(struct reg *r, const char *artefact_id,
                     int (*fn)(void *userdata, const struct reg_version *v,
                               const struct assertion *assertions, size_t n),
                     void *userdata);

/* Does any version say that its content is kept there? */
bool reg_version_refers(struct reg *r, const char *kept);
/* Notes where the content of version n is kept; NULL: no more. */
int reg_version_kept(struct reg *r, const char *artefact_id, uint64_t n, const char *kept);

struct reg_transition {
        usec_t at; /* realtime */
        uint64_t version;
        enum reg_state state;
        char *operator_name; /* NULL: giad */
        uint32_t operator_uid;
        char *reason; /* or NULL */
};
/* In the order of time. fn may stop with non-zero. */
int reg_transition_each(struct reg *r, const char *artefact_id,
                        int (*fn)(void *userdata, const struct reg_transition *t), void *userdata);

/* --- approvals, and rejections ---- */
enum reg_scope {
        REG_SCOPE_CONTENT, /* this content, at this place, with exactly these findings */
        REG_SCOPE_FILE,    /* whatever is at this place, as long as no other rules find something */
        REG_SCOPE_CLASS,   /* findings of one class in this workspace */
        _REG_SCOPE_MAX
};
DECLARE_NAMES(reg_scope);

struct reg_approval {
        char id[ID_SIZE];
        enum reg_scope scope;
        bool reject; /* of a content: it is not to stand there */
        bool pattern; /* workspace and path are globs: of a signed file, never kept in the register */
        uint8_t sha256[32];
        char *workspace, *path; /* raw path; "" for a class */
        uint8_t findings[32];   /* of a content: SHA-256 over the sorted fingerprints and rule ids:
                                   reg_findings_digest() */
        char *rules; /* ids, space-separated: of a file those that may find something; of a content that was signed elsewhere, which
                        cannot know this host's fingerprints, instead of findings. Otherwise NULL */
        char *class; /* of a class: its name */
        char *operator_name;
        uint32_t operator_uid, operator_login_uid; /* PROVENANCE_NONE: none */
        char *second_name; /* where two persons must agree; NULL: nobody yet */
        uint32_t second_uid, second_login_uid;
        bool awaits; /* the second person: it is not in force */
        char *reason;
        usec_t made, expires; /* realtime; expires 0: never */
        bool told;            /* that it has expired */
};
void reg_approval_done(struct reg_approval *a);
/* 0 or -ENOMEM; a workspace or path that is NULL becomes "". */
int reg_approval_copy(struct reg_approval *to, const struct reg_approval *from);
/* Inserts it and gives it an id, or, if it has one, replaces what has that id. */
int reg_approval_put(struct reg *r, struct reg_approval *a);
int reg_approval_revoke(struct reg *r, const char *id);
int reg_approval_each(struct reg *r, int (*fn)(void *userdata, const struct reg_approval *a),
                      void *userdata);
void reg_findings_digest(const struct finding *findings, size_t n, uint8_t ret[static 32]);

/* --- index of the quarantine store ---- */
int reg_quarantine_put(struct reg *r, const char *id, const char *workspace, const char *path,
                       const uint8_t sha256[static 32], usec_t taken);
int reg_quarantine_state(struct reg *r, const char *id,
                         const char *state /* held, stored, released, purged */,
                         const char *operator_name, const char *reason);

/* --- events and gaps ---- */
/* Keeps the event in native JSON; bounded by rows (oldest go). */
int reg_event_put(struct reg *r, const struct event *e, uint64_t keep);
/* Highest sequence number ever given out. */
int reg_event_last_seq(struct reg *r, uint64_t *ret);
/* Those with a number between the two, newest first, at most limit; before_seq 0: all that came after. */
int reg_event_each(struct reg *r, uint64_t since_seq, uint64_t before_seq, uint64_t limit,
                   int (*fn)(void *userdata, uint64_t seq, const char *json), void *userdata);

/* --- small values: the time of the last clean stop, the host key's id … ---- */
int reg_meta_put(struct reg *r, const char *key, const char *value);
int reg_meta_get(struct reg *r, const char *key, char **ret); /* -ENOENT */

/* Whole check of the database, which may take seconds: 0 or -EUCLEAN; -EINTR: reg_interrupt(), which another thread may call. */
int reg_check(struct reg *r);
void reg_interrupt(struct reg *r);
