/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Comma-separated values as RFC 4180 has them: for spreadsheets, which take some texts for formulas, and for programs. */

#include <stdbool.h>
#include <stdio.h>

/* Writes one cell, with a comma before it unless it is the first of its row. The text is made printable; one that a spreadsheet would
 * take for a formula gets a ' before it. */
void csv_cell(FILE *out, const char *text, bool first);
/* Ends the row. */
void csv_end(FILE *out);
