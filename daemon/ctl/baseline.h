/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Baselines: files of suppressions for giad.yaml.d/. Between cmd-baseline.c and baseline-*.c. */

#include "common/base/buffer.h"
#include "common/model/finding.h"
#include "daemon/ctl/ctl.h"

/* What create writes when no reason was given; review asks for a better one. */
#define BASELINE_NO_REASON "in the baseline, not reviewed"

/* --- baseline-write.c: text and files */

/* A finding for which a suppression is written. Owns its texts. */
struct baseline_finding {
        char *path;   /* to order by: as it is written, or as it may be shown */
        bool by_path; /* path may stand in the suppression */
        struct finding finding;
};

struct baseline_heading {
        const char *reason, *author; /* author: NULL for none */
        const char *expires;         /* as config_parse_time() takes it; NULL for none */
};

/* By path, rule, fingerprint, line: no run differs from the next one. */
int baseline_compare(const void *a, const void *b);
/* Writes the path as a glob that matches it alone. False: that cannot be done, as of a name that is
 * not UTF-8, or longer than globs may be. */
bool baseline_glob(struct buffer *out, const char *path);
/* The whole file: findings in order, one entry for those that differ in nothing but where they
 * stand. */
void baseline_text(struct buffer *out, const struct baseline_finding *findings, size_t n,
                   const struct baseline_heading *heading);
/* A time such as 30d from now, or a date in the future, as it is written to `expires`. Returns 0 or
 * -EINVAL. */
#define BASELINE_EXPIRES_MAX 32
int baseline_expires(const char *text, usec_t now, char ret[static BASELINE_EXPIRES_MAX]);

/* --- baseline-edit.c: changing entries of a file that people may have written */

enum baseline_fate { BASELINE_KEEP, BASELINE_DROP, BASELINE_EXPIRE };

struct baseline_change {
        uint32_t line; /* of the entry, as config_suppress has it; ascending */
        enum baseline_fate fate;
        char expires[BASELINE_EXPIRES_MAX];
};

/* Writes text with the changes to out: comments above a dropped entry go with it, all else stays.
 * Returns 0; -EINVAL if an entry is written so that it must be changed by hand, with its line in
 * *reterr_line; -ENOMEM. */
int baseline_edit(struct buffer *out, const char *text, const struct baseline_change *changes,
                  size_t n, uint32_t *reterr_line);

/* --- baseline-review.c */
int baseline_review(struct ctl *ctl);
