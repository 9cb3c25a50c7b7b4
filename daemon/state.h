/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "daemon/manager.h"

/* Makes and opens what is below the state directory: the key, the register, its approvals, the stores, the storer. If the register was
 * damaged a new one is begun (m->register_damaged). Returns 0 or negative errno; what went wrong has been logged. */
int state_open(struct manager *m);
/* Frees the approvals and the stores; the reader and the storer go before, each in its time. */
void state_close(struct manager *m);
