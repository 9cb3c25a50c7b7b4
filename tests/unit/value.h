/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the tests of references share: a document, and what a node of it has come to. */

#include "detectors/formats/doc.h"
#include "tests/unit/test.h"

/* A document of this text, of the format of this name; the caller frees it. */
struct doc *value_read(const char *format, const char *text);
/* Asserts what n is, on one line: words, ?source of what is not known, [a, b], {k: v}, (none) for NULL. of:
 * named if it is not. */
void value_assert(const struct node *n, const char *wanted, const char *of);
