/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/macros.h"
#include "detectors/ruleset.h"
#include "detectors/secrets/secrets.h"

/* A match and what stands around it. A validator may narrow the secret; if the match may hold another
 * behind it, it sets next to where, and is asked again. */
struct judge_case {
        const char *path;
        const uint8_t *data;
        size_t size;
        size_t start, end;
        size_t secret_start, secret_end;
        size_t group_start; /* where what was matched as the secret begins, however often it is asked */
        size_t next;        /* 0: nothing more */
};

struct judgement {
        enum finding_class class;
        enum confidence confidence;
        enum severity severity;
        const char *note;             /* static text or NULL */
        char about[SECRET_ABOUT_MAX]; /* what was read from the value: printable, not secret */
        const char *companion;        /* what stands beside it and belongs to it, or NULL */
        size_t companion_at;          /* byte of the data */
};

/* Returns 1 it is right, 0 it is wrong, -1 it does not apply to this value. */
typedef int (*judge_checksum_fn)(const char *secret, size_t n);
/* Returns false if the match is no secret; may change the judgement and narrow the secret. */
typedef bool (*judge_validator_fn)(struct judge_case *c, struct judgement *j);

/* What is asked of a rule's matches. */
struct judge {
        const struct rule *rule;
        judge_checksum_fn checksum;
        judge_validator_fn validator;
};

/* Returns 0, or -EINVAL with *ret_what saying what of the rule is not known. */
int judge_init(struct judge *j, const struct rule *rule, const char **ret_what);
/* Returns true if the match is a secret. */
bool judge(const struct judge *j, struct judge_case *c, struct judgement *ret);

/* Adds to j->about, after a comma. What does not fit is cut; the text must be ASCII. */
void judge_about(struct judgement *j, const char *fmt, ...) _printf_(2, 3);
/* The value was published as an example there. */
void judge_known(struct judgement *j, const char *where);

/* Shannon entropy in bits per byte. */
double judge_entropy(const uint8_t *s, size_t n);

/* NULL if there is none of that name */
judge_checksum_fn judge_checksum_by_name(const char *name);
judge_validator_fn judge_validator_by_name(const char *name);
/* Whether a validator (NULL: none) goes by names and randomness alone. */
bool judge_goes_by_name(const char *validator);
