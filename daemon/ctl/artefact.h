/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "daemon/ctl/ctl.h"

/* Prints what the method Show answers of an artefact, for people. */
void artefact_print(const struct ctl *ctl, const cJSON *artefact);
