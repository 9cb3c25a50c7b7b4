/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "daemon/manager.h"

/* Makes and opens what is below the state directory: the key, the register, its approvals, the stores, the storer. *ret_set_aside: the register
 * was damaged, and a new one was begun. Returns 0 or negative errno; what went wrong has been logged. */
int state_open(struct manager *m, bool *ret_set_aside);
/* Frees the approvals and the stores; the reader and the storer go before, each in its time. */
void state_close(struct manager *m);
