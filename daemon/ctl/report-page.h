/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The parts of the page, each a section with its heading. Only for report-*.c. */

#include "daemon/ctl/html.h"
#include "daemon/ctl/report.h"

/* Opens and closes a section; note: a sentence beside the heading, or NULL. */
void page_section(FILE *out, const char *id, const char *title, const char *note);
void page_section_end(FILE *out);
/* What stands above a long table: a box to filter it by, for who lets scripts run. */
void page_filter(FILE *out, const char *table, const char *what, size_t shown, size_t all);
/* A table's head; name: what it is called for who hears it. Each column: "key:Title". key: "" it is not sorted by that, "n" by numbers, the highest first, "d" by times, the last first,
 * "t" by texts; a "w" behind it: left out where there is little room. Ends with NULL. */
void page_table(FILE *out, const char *id, const char *name, const char *const *columns);
void page_table_end(FILE *out);
/* A bar of the severities, as long as its share of max. */
void page_bar(FILE *out, const size_t n[static _SEVERITY_MAX], size_t max);

/* report-figures.c */
void page_classes(const struct report *r, FILE *out);
void page_kinds(const struct report *r, FILE *out);
void page_frameworks(const struct report *r, FILE *out);
/* report-timeline.c */
void page_timeline(const struct report *r, FILE *out);
void page_activity(const struct report *r, FILE *out);
/* report-lists.c */
void page_findings(const struct report *r, FILE *out);
void page_inventory(const struct report *r, FILE *out);
void page_quarantine(const struct report *r, FILE *out);
/* report-coverage.c */
size_t page_gaps(const struct report *r); /* that are open */
void page_coverage(const struct report *r, FILE *out);
