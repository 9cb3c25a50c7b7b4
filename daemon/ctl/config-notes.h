/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What is well-formed in a configuration and will still not do what its writer expects, on this
 * host. */

#include <stdio.h>

#include "daemon/config/config.h"

/* Prints a line for each, "note: …"; returns how many. */
unsigned config_notes(const struct config *config, FILE *out);
