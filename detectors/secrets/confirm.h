/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "detectors/ruleset.h"

/* The second look at a hit of the database: a whole match of the rule's expression around it. */
struct confirm;

/* Memory of matching, shared by all expressions of one engine. */
struct confirm_memory;
int confirm_memory_new(struct confirm_memory **ret);
struct confirm_memory *confirm_memory_free(struct confirm_memory *m);

/* Returns 0; -EBADMSG with *reterr naming the rule; -ENOMEM. */
int confirm_new(struct confirm **ret, const struct rule *rule, struct ruleset_error *reterr);
struct confirm *confirm_free(struct confirm *c);

struct confirm_span {
        size_t start, end;               /* the whole match */
        size_t secret_start, secret_end; /* its first capture group, or the whole */
};

/* Looks for the match that holds the byte before hit, beginning at *from or later. Returns 1 found,
 * 0 not; -E2BIG the limits of matching were reached; -ENOMEM. Moves *from to where a match that
 * holds a later byte may begin at the earliest; hits must come in order. */
int confirm_find(const struct confirm *c, struct confirm_memory *m, const uint8_t *data, size_t n,
                 size_t *from, size_t hit, struct confirm_span *ret);
