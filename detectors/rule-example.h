/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/formats/doc.h"
#include "detectors/ruleset.h"

/* Reads `examples:` of a rule (config) into rule->bad and rule->good. Returns 0; -EBADMSG with
 * *reterr; -ENOMEM. What was read is the rule's in any case. */
int rule_examples_read(struct rule *rule, const struct node *n, const struct node *config,
                       struct ruleset_error *reterr);
void rule_examples_free(struct rule_example *list, size_t n);
