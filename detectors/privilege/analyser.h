/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdarg.h>

#include "detectors/classify.h"
#include "detectors/ruleset.h"

/* Reporting, for tree and call matchers and analysers alike: what is found is a finding of the
 * rule, at a place, with reasoning. Fingerprints of privilege findings are over rule id and
 * `identity` (a text that stays the same when lines move: the statement, the role's name), not over
 * positions. */
struct reporter;

struct spot {
        uint32_t line, column, end_line;
        uint64_t offset;
        uint32_t length;
};

static inline struct spot spot_of_node(const struct node *n)
{
        /* a value whose key stands on an earlier line is shown from its key on */
        return (struct spot){
                .line = n->key_line ? n->key_line : n->line,
                .column = n->key_line ? n->key_column : n->column,
                .end_line = n->end_line,
                .offset = n->offset,
                .length = n->length,
        };
}

/* identity may be NULL: then the detail is used. detail is made printable; NULL: none.
 * severity_delta lowers (-1, -2) or raises the rule's severity (a condition lowers, it does not
 * erase). */
void report(struct reporter *r, const struct rule *rule, struct spot at, enum certainty certainty,
            int severity_delta, const char *identity, const char *detail, ...)
        __attribute__((format(printf, 7, 8)));

/* An analyser: what needs meaning. One file each in detectors/privilege/, listed in analysers.def.
 * It looks at one subject and reports by check name; rules (YAML) give each check its id, title,
 * severity, remediation and examples. */
struct analyser {
        const char *name;          /* "aws-iam" */
        const char *const *checks; /* NULL-terminated names of its checks */
        /* Calls check() for what it finds. Checks without an enabled rule are ignored by check().
         */
        void (*run)(const struct subject *s, struct reporter *r);
};

const struct analyser *analyser_by_name(const char *name);

/* report() by the analyser's check name: finds the enabled rule that stands for it (kinds and paths
 * are honoured). */
void report_check(struct reporter *r, const struct analyser *a, const char *check, struct spot at,
                  enum certainty certainty, int severity_delta, const char *identity,
                  const char *detail, ...) __attribute__((format(printf, 8, 9)));
