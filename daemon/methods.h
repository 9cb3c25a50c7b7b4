/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The methods of the control socket, io.giad.Control:
 *
 *   Status() -> (status)                               what runs, what is watched, every open gap
 *   Findings(path?, limit?) -> (findings)              of the register
 *   Inventory(workspace?, agent?, path?, state?, artefact?, class?, severity?, new_since?,
 *             seen_since?, limit?) -> (artefacts)      path: a glob; severity: at least; since:
 *                                                      seconds since the epoch
 *   Show(id?, path?) -> (artefact)                    one: with findings, versions, history
 *   Explain(path) -> (explanation)                     which policy line decides about each
 *                                                      finding, and why
 *   Events(since?, limit?) -> (events)                 kept events, newest first
 *   Watch() -> (event)                                 with more: every event from now on
 *   Sweep(workspace?) -> (workspaces)
 *   QuarantineList() -> (entries)
 *   QuarantineShow(id) -> (entry)
 *   QuarantineRelease(id, reason, to?, expires?) -> (path, dropped)   expires: seconds from now
 *   QuarantinePurge(id, reason) -> ()
 *
 * Findings, Inventory and Events, with more: many replies, until all or limit are told (pages.h).
 *
 * Errors: InvalidParameter, NotFound, PermissionDenied, NotPossible (what stands in the way is in
 * `message`), Failed.
 */

#include <stddef.h>

struct control_method;
struct event;
struct manager;

const struct control_method *methods_table(size_t *ret_n);
/* Tells those who watch. */
void methods_event(struct manager *m, const struct event *e);
void methods_done(struct manager *m);
