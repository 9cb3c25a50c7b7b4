/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The verbs of `giactl rules` that have a file of their own. Each returns an exit status. */

#include "daemon/ctl/offline.h"

/* rules test [FILE...]: o is loaded; args[0] is the verb. */
int rules_test(struct ctl *ctl, struct offline *o);
/* rules explain ID, for people */
int rules_explain(struct ctl *ctl, struct offline *o);
/* rules import FILE: needs no rules */
int rules_import(struct ctl *ctl);

/* Tries the examples of the assertions that are switched on, of the packs packs[1 .. n - 1], or of all if there is none; problem is called for each that is not as it says. Returns how many
 * assertions were tried. result is room for scans. */
typedef void (*rules_problem_fn)(void *userdata, const char *pack, uint32_t line, const char *id,
                                 const char *text);
size_t rules_test_assertions(const struct ruleset *rules, const char *const *packs, int n,
                             struct detector *detector, struct scan_result *result,
                             rules_problem_fn problem, void *userdata, size_t *ret_examples);

/* What each of the rules does to ordinary files: hits, findings and time, as a table, or, if there
 * is an answer, as its member "ordinary". directories: NULL-terminated; none: those of the system
 * that hold text. */
int rules_benign(struct ctl *ctl, struct offline *o, const struct rule *const *rules, unsigned n,
                 const char *const *directories, cJSON *answer);
