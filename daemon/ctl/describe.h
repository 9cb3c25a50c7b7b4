/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A finding as a program gets it from giactl scan and giactl hook. */

#include "common/model/scan.h"
#include "daemon/ctl/suppressions.h"

/* The object of the output contract (giactl(1), OUTPUT FOR PROGRAMS), owned by the caller. path is made
 * printable. s: what it is suppressed by, or NULL. */
cJSON *describe_finding(const char *path, const struct scan_result *r, const struct finding *f,
                        const struct suppression *s);
