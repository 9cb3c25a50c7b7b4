/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "daemon/manager.h"

/* Makes the outputs of m->config. Returns 0 or negative errno; what went wrong has been logged. */
int generation_init(struct manager *m);
/* Starts the scanners of m->config. */
int generation_start(struct manager *m);
/* Ends the scanners, and a reload that is under way. The outputs stay: the end is told to them. */
void generation_stop(struct manager *m);
