/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>

#include "detectors/secrets/judge.h"

/* True if a line beside that of the secret, three of them at most on either side, assigns a literal
 * to a user's name: what stands in a password's place next to it is a password, however it reads. A
 * line like username: "username" maps fields and is no such line. */
bool beside_user(const struct judge_case *c);
