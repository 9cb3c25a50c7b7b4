/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Pattern rules under examination: what the database's expressions hit by themselves, and whether
 * they hit all that PCRE2 finds. For those who write rules; scanning is secrets.h.
 */

#include <stddef.h>
#include <stdint.h>

#include "detectors/ruleset.h"

struct secret_probe;

/* Of n pattern rules (borrowed). Returns 0; -EBADMSG with *reterr naming the rule; -ENOMEM. */
int secret_probe_new(struct secret_probe **ret, const struct rule *const *rules, unsigned n,
                     struct ruleset_error *reterr);
struct secret_probe *secret_probe_free(struct secret_probe *p);

struct secret_probe_count {
        uint64_t hits;    /* of the database */
        uint64_t matches; /* of the expression, before entropy, stop words and the like */
};

/* Adds what is in a text (at most 4 GiB) to counts[i] of each rule i that is for its path (NULL: of
 * each rule). Returns 0 or -ENOMEM. */
int secret_probe_count(struct secret_probe *p, const char *path, const uint8_t *data, size_t n,
                       struct secret_probe_count *counts);

/* Whether the database hits each match of rule i's expression in the text, and near enough for the
 * rule's window. Returns 1 it does; 0 it does not, *ret_at is the first byte of such a match;
 * -E2BIG the limits of matching were reached; -ENOMEM. */
int secret_probe_agrees(struct secret_probe *p, unsigned i, const uint8_t *data, size_t n,
                        size_t *ret_at);
