/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * A check of the whole chain: giad writes a harmless synthetic artefact into a workspace, as an
 * agent would, and says how far it got: seen, scanned, judged, (taken away and deleted,) told,
 * delivered by each output. Nothing is recorded of it, and it is told as one event, `health`.
 *
 * Only the very file that giad wrote and still holds open is treated so, and what is in it is
 * fixed: nobody can hide another file behind it.
 */

#include <stdbool.h>

#include "common/model/candidate.h"
#include "common/model/event.h"
#include "common/model/scan.h"
#include "common/model/verdict.h"
#include "daemon/control/control.h"

struct manager;

/* The method Health of the control socket; answers when all is known, or its time is up. */
#define HEALTH_TIMEOUT 15 /* seconds, unless the caller says otherwise */
#define HEALTH_TIMEOUT_MAX 300
void health_check(void *userdata, struct control_call *call, const struct control_peer *peer,
                  const cJSON *parameters, bool more);
/* Ends a check that is under way, and takes its files away. */
void health_stop(struct manager *m);

/* --- what passes by, for the check to hear; each does nothing when none is under way ---- */

void health_candidate(struct manager *m, const struct candidate *c);
/* pipeline_host.synthetic */
bool health_judged(void *userdata, const struct file_id *id, const struct scan_result *result,
                   enum reason reason, struct verdict *v);
void health_event(struct manager *m, const struct event *e);
