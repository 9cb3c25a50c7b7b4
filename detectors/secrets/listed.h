/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>

#include "detectors/secrets/judge.h"

/* Values that are listed under one telling name: tokens = ["…", "…"], passwords: {bob: …}, a YAML
 * sequence. The match begins with the name, the secret is all between the brackets, or the lines. Finds
 * the next credential in it, and asks to be called for the rest. */
bool listed_validate(struct judge_case *c, struct judgement *j);
