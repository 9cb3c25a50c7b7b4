/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The one way for the data: candidate → open → scan → verdict → response → register → event. This
 * is the one place where a stage's output becomes the next one's input.
 */

#include <systemd/sd-event.h>

#include "common/model/candidate.h"
#include "common/model/event.h"
#include "common/model/verdict.h"
#include "daemon/approvals.h"
#include "daemon/histogram.h"
#include "daemon/quarantine/quarantine.h"
#include "daemon/scan/pool.h"
#include "daemon/storer.h"
#include "daemon/workspace.h"
#include "watchers/gate.h"

struct pipeline;
struct rollback;

/* What the pipeline asks of its owner. */
struct pipeline_host {
        struct workspace *(*workspace)(void *userdata, uint32_t id); /* NULL: gone */
        void (*emit)(void *userdata,
                     struct event *e); /* consumes; e may be NULL (memory was out) */
        void (*gap)(void *userdata, uint32_t workspace, enum reason reason, bool open,
                    const char *detail);
        void (*rewalk)(void *userdata, uint32_t workspace); /* soon, not now; 0: all */
        void (*again_at)(void *userdata,
                         usec_t when); /* realtime: all is to be walked again then, at the latest */
        /* A file was judged, before anything is done about it or told of it: for who waits at the gate (ticket; 0:
         * nobody) and who opens it next. fd: the file's, borrowed; -1: none. May be NULL. */
        void (*judged)(void *userdata, uint64_t ticket, int fd, const struct file_id *id,
                       bool allow);
        /* Policy wants the last approved version of what is at this path (as it may be shown, and as it is) back, once the present
         * content, of this hash or NULL, is taken away. NULL: none is kept. May be NULL. */
        struct rollback *(*rollback)(void *userdata, const struct workspace *ws, const char *shown,
                                     const char *path, const uint8_t *present);
        /* Whether a file is giad's own test of itself, of which nothing is recorded or told here; v, the verdict, says
         * then what is to be done about it. result NULL: it could not be scanned, and why. May be NULL. */
        bool (*synthetic)(void *userdata, const struct file_id *id,
                          const struct scan_result *result, enum reason reason, struct verdict *v);
        void *userdata;
};

struct pipeline_parts {
        sd_event *event;
        struct config *config; /* a reference is taken */
        struct quarantine *quarantine;
        struct storer *storer;
        struct approvals *approvals;
        const uint8_t *key; /* 32 secret bytes of this host; copied */
};

int pipeline_new(struct pipeline **ret, const struct pipeline_parts *parts,
                 const struct pipeline_host *host);
/* Hands what it still keeps to the storer. To be called before the storer is freed. */
void pipeline_flush(struct pipeline *p);
/* After the storer: its last jobs end in here. */
struct pipeline *pipeline_free(struct pipeline *p);

/* A watcher's word that a file should be looked at. */
void pipeline_candidate(struct pipeline *p, const struct candidate *c);
/* Somebody decided about what is there: it is looked at again, whatever is known of it. */
void pipeline_decided(struct pipeline *p, struct workspace *ws, const char *path);
/* Was this state of the file looked at, or is it giad's own doing? */
bool pipeline_knows(const struct pipeline *p, const struct workspace *ws, const char *path,
                    const struct file_id *id);
/* Somebody waits at the gate for a verdict on a file: it goes before all others. pipeline_host.judged answers. */
void pipeline_wanted(struct pipeline *p, const struct gate_request *r);
/* A scanner's answer (scan_pool_handler.done); job is what was submitted. */
void pipeline_scanned(struct pipeline *p, void *job, const struct scan_result *result,
                      enum reason reason);
/* What a scanner is given beside the job's file (scan_pool_handler.beside). */
void pipeline_beside(struct pipeline *p, const struct scan_job *job, struct scan_beside *ret);
/* What it said of that (scan_pool_handler.about). */
void pipeline_about(struct pipeline *p, void *job, const struct scan_about *about);
/* Whether there is room again for what is in a workspace, so that it may be walked. */
bool pipeline_has_room(const struct pipeline *p, uint32_t workspace);
/* The scanners have room. */
void pipeline_pump(struct pipeline *p);

/* Scanners to use from now on (NULL: none yet); what the former ones had goes to these. */
void pipeline_set_pool(struct pipeline *p, struct scan_pool *pool);
void pipeline_set_config(struct pipeline *p, struct config *config);
/* The rules have this generation: what was scanned under another one counts as not seen. True if it
 * changed. */
bool pipeline_set_generation(struct pipeline *p, const uint8_t generation[static 32]);
/* The register has lost what it knew: all counts as not seen. */
void pipeline_forget(struct pipeline *p);
/* Takes what the register remembers as seen under the present generation. */
void pipeline_add_seen(struct pipeline *p, const struct reg_seen *seen);

struct pipeline_stats {
        uint64_t candidates, dropped, scans, bytes, artefacts, findings, quarantined, released,
                response_failed, rescans;
        uint64_t reasons[_REASON_MAX];    /* how often each was met */
        struct histogram scan_duration;   /* from handing over to the answer */
        struct histogram verdict_latency; /* from the event, or who waits at the gate, to the end of
                                             what the verdict ordered; not of walks */
        size_t pending, held, seen;
};
void pipeline_stats(const struct pipeline *p, struct pipeline_stats *ret);
