/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Findings as SARIF 2.1.0 (OASIS, errata 01), for code-scanning services and editors. */

#include <cjson/cJSON.h>

#include "common/model/scan.h"

struct sarif;

/* NULL when memory is out. */
struct sarif *sarif_new(void);
struct sarif *sarif_free(struct sarif *s);
/* path: printable, as the user gave it; it becomes a relative or absolute URI reference.
 * suppressed: why, if the finding is suppressed, or NULL; in_source: by a comment in the file. */
void sarif_add(struct sarif *s, const char *path, const struct scan_result *result,
               const struct finding *finding, const char *suppressed, bool in_source);
/* A file that could not be read: a notification of the run. */
void sarif_add_unread(struct sarif *s, const char *path, const char *why);
/* The whole log; owned by s. success: the run did what it was asked for. */
const cJSON *sarif_log(struct sarif *s, bool success);
