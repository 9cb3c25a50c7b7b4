/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>

#include "detectors/secrets/judge.h"

/* Built-in further checks, named in rules as `validator:`. See judge_validator_fn. */

bool validate_any(struct judge_case *c,
                  struct judgement *j); /* the shape says it all: no placeholder test */
bool validate_basic(struct judge_case *c, struct judgement *j); /* base64 of user:password */
bool validate_jwt(struct judge_case *c,
                  struct judgement *j); /* the header decodes to an object with alg */
bool validate_mixed(struct judge_case *c,
                    struct judgement *j); /* letters and digits, no placeholder */
bool validate_random(struct judge_case *c,
                     struct judgement *j); /* mixed, and no words in camel case */
bool validate_not_in_url(struct judge_case *c,
                         struct judgement *j); /* no part of a longer path or URL */
/* PEM, PGP's armour, PuTTY's file: has a body that is not public; told what it is */
bool validate_private_key(struct judge_case *c, struct judgement *j);
/* the same of DER that begins where the secret does */
bool validate_private_key_der(struct judge_case *c, struct judgement *j);
bool validate_url_password(struct judge_case *c,
                           struct judgement *j); /* password of a URL's userinfo */
/* password of user:password on a command line: words of manuals are none */
bool validate_command_password(struct judge_case *c, struct judgement *j);
/* no placeholder; tells the account */
bool validate_aws_key_id(struct judge_case *c, struct judgement *j);
