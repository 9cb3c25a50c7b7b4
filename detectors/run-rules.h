/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "common/model/scan.h"
#include "detectors/classify.h"
#include "detectors/rule-plan.h"

/* Runs every tree and call rule and every analyser that a rule asks for over one file; what they
 * find goes to res. */
void run_rules(const struct rule_plan *plan, const struct subject *s, const uint8_t key[static 32],
               struct scan_result *res);

/* What an artefact asserts goes to res, as its texts are: secrets of the file may stand in them. */
void run_assertions(const struct rule_plan *plan, const struct subject *s,
                    const uint8_t key[static 32], struct scan_result *res);
