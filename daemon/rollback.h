/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Approved contents are kept (rollback.versions), and one of them is put back in the place of what stands there: on policy
 * (action rollback), or when an operator says so.
 *
 *   begin  (loop)  a kept version is chosen, and the intent noted: after a crash the start goes on with it
 *   …              what stands there is taken into quarantine, as always
 *   put    (storer) the version is put back, without replacing anything; told
 */

#include <stdint.h>

#include "daemon/governed.h"

struct rollback;
struct workspace;

/* Keeps a copy of the last version, whose content stands at its place, and lets go of the oldest of more than `keep`. [storer]
 * Returns 0; -ESTALE: another content stands there; others. */
int rollback_keep(struct quarantine *versions, struct reg *reg, const struct governed *g,
                  uint64_t keep);
/* This content of what is at a path (raw) of a workspace is approved no more: no copy of it is put back. [storer] */
void rollback_drop(struct quarantine *versions, struct reg *reg, const char *workspace,
                   const char *path, const uint8_t sha256[static 32]);
/* Lets go of copies that no version refers to any more and that are older than so long. [storer] */
void rollback_forget(struct quarantine *versions, struct reg *reg, usec_t older_than);

/* Chooses version n of the artefact, or, if n is 0, the last kept one of another content than `present` (32 bytes; NULL: nothing
 * stands there). Returns 0 with *ret; -ENOENT: none is kept; -EBUSY: it is being put back already; others. */
int rollback_begin(struct manager *m, const struct workspace *ws, const struct reg_artefact *a,
                   const char *place, uint64_t n, const uint8_t *present, struct rollback **ret);
uint64_t rollback_version(const struct rollback *rb);
/* Nothing was made free for it. Accepts NULL, returns NULL. */
struct rollback *rollback_cancel(struct rollback *rb);
/* Puts it back and tells; by NULL: policy. done (may be NULL) is told in the loop: 0, -EEXIST: something stands there again, others. Consumes rb. */
void rollback_put(struct rollback *rb, const struct told_operator *by, const char *comment,
                  void (*done)(void *userdata, int result), void *userdata);
