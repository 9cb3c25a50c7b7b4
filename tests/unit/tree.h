/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the tests of the formats share: a document as text, and properties that hold for every
 * format. */

#include <stddef.h>

#include "common/base/macros.h"
#include "detectors/formats/doc.h"
#include "tests/unit/test.h"

DEFINE_CLEANUP(struct doc *, doc_free);

/* Parses n bytes (from a heap block of exactly that size) with the format of this name (or of a file
 * of this name: "main.tf.json") and default limits; *ret is always a document. Returns what parse() returned. */
int tree_parse(const char *format, const char *data, size_t n, struct doc **ret,
               struct doc_error *reterr);

/* The tree as text, a node a line, two blanks deeper than its container. A line is
 *   KEY=[!TAG ][<LABEL><LABEL> ]VALUE LINE:COLUMN-END_LINE OFFSET+LENGTH
 * where VALUE is {} (block{} for an HCL block), [] (multi[]), s'…' string, q'…' quoted string, n'…'
 * number, b'…' boolean, u'…' unknown (U'…' quoted), null. In texts newlines are written \n. The
 * caller frees it. */
char *tree_text(struct node *n);
/* The same without places. */
char *tree_shape(struct node *n);

/* Parses data and asserts that tree_text() / tree_shape() gives `expected`. */
void tree_assert(const char *format, const char *data, const char *expected);
void tree_assert_shape(const char *format, const char *data, const char *expected);
/* Asserts that data is malformed at this place. */
void tree_assert_bad(const char *format, const char *data, unsigned line, unsigned column);

/* Parses every prefix of data, and data with every byte replaced by a few that matter: under the
 * sanitizers nothing may be read that is not there, and every tree must be consistent. */
void tree_assert_sturdy(const char *format, const char *data);

/* Parses data with ever larger limits of bytes, nodes and depth: it says -E2BIG or succeeds, and
 * what there is of the tree is consistent. */
void tree_assert_bounded(const char *format, const char *data);

/* Asserts what holds for every tree: links, counts, texts, places within n bytes. */
void tree_assert_consistent(struct node *root, size_t n);

/* Prints how long the format takes for n bytes. Returns 0 or the error of parse(). */
int tree_time(const char *format, const char *data, size_t n);
