/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The steps of the pipeline, for each other. Nobody else includes this. */

#include "common/model/likely.h"
#include "daemon/beside.h"
#include "daemon/inside.h"
#include "daemon/known.h"
#include "daemon/pipeline.h"
#include "daemon/policy/policy.h"
#include "daemon/respond.h"
#include "daemon/tell.h"
#include "daemon/work.h"

struct pipeline {
        struct config *config;
        struct storer *storer;
        struct approvals *approvals;
        struct scan_pool *pool;
        struct pipeline_host host;
        struct responder *responder;
        struct work *work;
        struct known *known;
        struct beside beside;
        struct likely *likely;
        bool sweeping;         /* something waits that has scanners for sweeps: help is armed */
        sd_event_source *help; /* when the other scanners take of it again */
        usec_t help_since;     /* monotonic */
        int64_t help_left;     /* bytes that they may take */
        struct pipeline_stats stats;
};

/* Looks at a name: it is new and waits for a scanner from now on, or is dropped, or told why not. writer: who gave
 * reason, or NULL. */
void pipeline_look(struct pipeline *p, struct workspace *ws, const char *path,
                   enum work_cause cause, struct provenance *writer);
/* Why an open failed (negative errno), if it is worth saying. Being gone is ordinary life. */
void pipeline_open_failed(struct pipeline *p, struct workspace *ws, const char *path, int error);
/* Counts and tells that a file was not scanned; st and detail may be NULL. */
void pipeline_not_scanned(struct pipeline *p, struct workspace *ws, const char *path,
                          const struct stat *st, enum reason reason, const char *detail);

/* Ends an item; looks once more if it was named again meanwhile. Who still waits for it is let in: it could not be
 * looked at, and policy did not say that this offends. ws may be NULL: it has gone. */
void pipeline_finish(struct pipeline *p, struct workspace *ws, struct work_item *item);

/* Called once; the timer of its own ends with the pipeline. Returns 0 or negative errno. */
int pipeline_pump_init(struct pipeline *p, sd_event *event);
/* Takes it back from the scanner that has it; with sweep only from one of idle priority. Returns whether there was one; then
 * it waits for nothing. */
bool pipeline_recall(struct pipeline *p, struct work_item *item, bool sweep);

/* Answers who waits for the item at the gate. What is remembered for who opens it next is that it offends, and that it
 * does not if nobody could write to it while it was scanned. */
void pipeline_answer_gate(struct pipeline *p, struct work_item *item, bool allow);

/* What policy is asked about. */
struct judging {
        struct policy_subject subject;
        uint64_t approved[CLASS_SET_WORDS];
        usec_t until; /* realtime at which one of the classes' approvals ends; 0: never */
};
void pipeline_subject(const struct pipeline *p, const struct workspace *ws,
                      const struct work_item *item, const struct scan_result *result, usec_t now,
                      struct judging *ret);
void pipeline_judge(struct pipeline *p, const struct workspace *ws, const struct work_item *item,
                    const struct scan_result *result, struct verdict *ret);
/* What could not be looked at counts as well, if the operator says so (on_failure). */
void pipeline_judge_failure(const struct pipeline *p, enum reason reason, struct verdict *v);
/* Carries a verdict out. Returns the state in which the register keeps the artefact (enum reg_state); -ESTALE if the
 * file is another one by now; -EAGAIN if it could not be carried out: the file is still there, and was told of. */
int pipeline_respond(struct pipeline *p, struct workspace *ws, const struct work_item *item,
                     const struct scan_result *result, const struct verdict *verdict);

/* Borrows from all of them; inside is filled with how its writer calls the file. */
struct told_file pipeline_told(const struct workspace *ws, const struct work_item *item,
                               const struct scan_result *result, struct inside *inside);
/* Emits what follows from a verdict: the artefact, its findings, what was not understood, the verdict itself. */
void pipeline_tell(struct pipeline *p, const struct workspace *ws, const struct work_item *item,
                   const struct scan_result *result, const struct verdict *v);
