/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/secrets/judge.h"

/* Looks for the id that belongs to the secret, near it: sets j->companion and j->companion_at and
 * raises the confidence. Leaves j alone if there is none. */
void companion_look(const struct rule *rule, const struct judge_case *c, struct judgement *j);
