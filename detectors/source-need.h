/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/ruleset.h"
#include "detectors/source/need.h"

/* What source files must hold for them to be worth reading: of all rules and of classify(). */
struct source_need;

/* The rules are borrowed. Returns 0 or -ENOMEM. */
int source_need_new(struct source_need **ret, const struct ruleset *rules);
struct source_need *source_need_free(struct source_need *s);

struct source_answer {
        bool reading;     /* a rule may find something, or a call or an assignment tell the kind */
        uint64_t missing; /* subject.missing */
};

struct source_answer source_need_ask(const struct source_need *s, enum language language,
                                     const char *data, size_t n);
