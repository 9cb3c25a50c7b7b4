/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "daemon/register/register.h"
#include "daemon/sinks/sinks.h"

/* Hands the outputs what the last run had written to the register, but had not brought to them or to
 * their spools when it was killed: the newest `max` of those events at most. Before anything is emitted.
 * Returns 0 or negative errno: then some of them are missing. */
int missed_tell(struct sinks *sinks, struct reg *reg, uint64_t max);
