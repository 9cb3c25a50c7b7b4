/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What follows when the register was damaged, set aside and begun anew: what can be found again is. Artefacts by a walk of all
 * workspaces, those that were taken away from the store, the number of the last event from memory. Until then there is a gap,
 * register-damaged.
 */

#include "daemon/manager.h"

/* The register was begun anew: at a start (the walk comes by itself), or by the storer while giad runs. detail: why, and where the
 * damaged one is. */
void rebuild_at_start(struct manager *m, const char *detail);
void rebuild_begin(void *userdata, unsigned renewals, const char *detail);
/* Who reads the register found it damaged: the storer is to begin it anew, unless it has done so since it had been begun so many
 * times. */
void rebuild_suspect(struct manager *m, unsigned renewals);
/* To be asked from time to time while the gap is open: closes it when all is found again. Returns true while it is open. */
bool rebuild_under_way(struct manager *m);
