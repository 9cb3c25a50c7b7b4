/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>

#include "detectors/secrets/judge.h"

/* The one careful detector of credentials without a known shape. The match begins with the name
 * that is assigned to, the secret is the value. */
bool generic_validate(struct judge_case *c, struct judgement *j);
/* The same for a value in a list of that name, which stands elsewhere in the case's data. */
bool generic_validate_in_list(struct judge_case *c, const uint8_t *name, size_t n,
                              struct judgement *j);
/* The name that the match begins with, whole: the expression may have begun inside it. Returns its
 * length. */
size_t generic_name(const struct judge_case *c, const uint8_t **ret);
/* The same where the match begins with a keyword and the name comes after it. */
bool generic_validate_in_match(struct judge_case *c, struct judgement *j);
/* The value of a header that carries a credential: anything that does not read like a name. */
bool generic_validate_header(struct judge_case *c, struct judgement *j);
/* The same for a place that is known to hold a password, whatever its name is. */
bool generic_validate_password(struct judge_case *c, struct judgement *j);
/* A password with letters in both cases, digits and signs, and nothing else that it could be. */
bool generic_validate_strong(struct judge_case *c, struct judgement *j);
/* A token whose services nobody wrote a rule for: a head, _ or -, and random text. */
bool generic_validate_prefixed(struct judge_case *c, struct judgement *j);
/* Only that the value is random text, whatever stands before it. */
bool generic_validate_rare(struct judge_case *c, struct judgement *j);
/* The same, or a shorter one or a long number where a sign says that it is assigned: the match
 * begins with the name of a service. */
bool generic_validate_vendor(struct judge_case *c, struct judgement *j);
/* A value whose brackets cannot be an expression's, so that it is a literal even without quotes. */
bool generic_validate_odd(struct judge_case *c, struct judgement *j);
