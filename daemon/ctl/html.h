/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Writing HTML. What comes from elsewhere goes through these functions, and nothing else writes it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Text, also in an attribute's quotes: made printable, and no character of it means anything to HTML. */
void html_text(FILE *out, const char *s);
/* "<NAME CLASS>TEXT</NAME>"; class may be NULL. */
void html_element(FILE *out, const char *name, const char *class, const char *text);
/* 1234567 as "1 234 567", with spaces that do not break. */
void html_number(FILE *out, double n);
/* "<td class=num>N</td>", with what it is sorted by. */
void html_cell_number(FILE *out, double n);
/* A time from RFC 3339, to the minute. */
void html_time(FILE *out, const char *rfc3339);
void html_cell_time(FILE *out, const char *rfc3339);
/* A severity or a state as a label. */
void html_pill(FILE *out, const char *word);
/* The words of a script or style sheet that a browser may take: "'sha256-…'" of exactly these bytes. */
#define HTML_HASH_MAX 64
void html_hash(char ret[static HTML_HASH_MAX], const char *text, size_t n);
