/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Turns what happened into event records: which fields say what, and the sentence for people. Pure;
 * the caller emits.
 */

#include "common/model/event.h"
#include "common/model/provenance.h"
#include "common/model/scan.h"
#include "common/model/verdict.h"
#include "daemon/inside.h"
#include "daemon/quarantine/quarantine.h"
#include "daemon/register/register.h"
#include "daemon/repositories.h"
#include "daemon/workspace.h"
#include "watchers/gate.h"

/* The file that an event is about. Everything is borrowed. */
struct told_file {
        const struct workspace *workspace;
        const char *path; /* relative, as it may be shown: scan_result.shown where a secret stands
                             in the name */
        struct file_id id;
        uint32_t mode, owner;
        struct provenance *writer;           /* or NULL */
        const struct repository *repository; /* or NULL */
        const char *found_by;                /* or NULL */
        const struct inside *inside;         /* or NULL */
};

/* All return a new event, or NULL when memory is out. */
struct event *tell_artefact(const struct told_file *file, const struct scan_result *result);
/* suppressed: by the configuration, or by a comment where the workspace obeys them. */
struct event *tell_finding(const struct told_file *file, const struct scan_result *result,
                           const struct finding *f, bool suppressed);
struct event *tell_verdict(const struct told_file *file, const struct scan_result *result,
                           const struct verdict *v);
struct event *tell_not_scanned(const struct told_file *file, enum reason reason,
                               const char *detail);
struct event *tell_response_failed(const struct told_file *file, const struct verdict *v,
                                   enum reason reason, int error);
struct event *tell_quarantined(const struct quarantine_entry *e, const char *agent,
                               struct provenance *writer, const struct verdict *v,
                               enum quarantine_how how, bool still_open);

/* Somebody was kept from opening a file. */
struct event *tell_open_denied(const struct workspace *ws, const struct gate_denial *d);

struct event *tell_gap(const struct workspace *ws, enum reason reason, bool open,
                       const char *detail);

struct told_operator {
        const char *name;
        uint32_t uid, auid; /* UINT32_MAX: none, or not known */
};
/* Detail of an approval that is not in force yet. */
#define TELL_AWAITS "not in force: a second person must agree"
/* released, purged, approved, access-denied: about an entry of the store (or NULL) */
struct event *tell_decision(enum event_kind kind, const struct told_operator *by,
                            const struct quarantine_entry *e, const char *comment,
                            const char *detail);
/* ws NULL: it went away meanwhile */
struct event *tell_health(const struct workspace *ws, const struct told_operator *by, bool ok,
                          const char *detail);

/* The artefact, or the place, that a decision is about. Everything is borrowed. */
struct told_artefact {
        const char *workspace,
                *path;    /* path as it may be shown; "" where the whole workspace is meant */
        const char *id;   /* NULL: none */
        uint64_t version; /* 0: none */
        enum artefact_kind kind;
        enum severity severity;
        const uint8_t *sha256;       /* 32 bytes, or NULL */
        const struct author *author; /* or NULL */
};
/* approved, rejected, revoked, approval-expired, rolled-back, orphaned, access-denied: about an artefact. approval may be NULL. */
struct event *tell_judgement(enum event_kind kind, const struct told_operator *by,
                             const struct told_artefact *a, const struct reg_approval *approval,
                             const char *comment, const char *detail);
