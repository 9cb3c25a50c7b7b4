/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/model/enums.h"

/* What an artefact says of identities and access, as plain data: it crosses the scanner's socket as it is. The text is made of
 * a rule's words and values of the file, without secrets, NUL-terminated UTF-8 and printable (text_printable). Two
 * versions of an artefact say the same if kind and text are the same. */

#define ASSERTION_TEXT_MAX 224

struct assertion {
        char text[ASSERTION_TEXT_MAX]; /* "aws_iam_role_policy.ci: iam:PassRole on *" */
        uint32_t line;                 /* from 1 */
        uint8_t kind;                  /* enum assertion_kind */
        uint8_t certainty;             /* enum certainty: unknown, if a value is not in the file */
        uint8_t unused[2];
};

/* True if the text is terminated and printable and every enum is in range. */
bool assertion_valid(const struct assertion *a);
/* Order: by kind, then by text. */
int assertion_compare(const void *a, const void *b);
