/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/ruleset.h"

/* The rules of the source tree; the caller frees them. Ends the program if they cannot be read. */
struct ruleset *shipped_rules(void);
