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

/* What each of the rules does to ordinary files: hits, findings and time, as a table, or, if there
 * is an answer, as its member "ordinary". directories: NULL-terminated; none: those of the system
 * that hold text. */
int rules_benign(struct ctl *ctl, struct offline *o, const struct rule *const *rules, unsigned n,
                 const char *const *directories, cJSON *answer);
