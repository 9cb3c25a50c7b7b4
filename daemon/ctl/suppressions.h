/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Which findings of a scan without a daemon are suppressed: by the configuration in its workspaces,
 * by the file of --baseline, by a comment where the workspace allows that. */

#include "common/model/finding.h"
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/place.h"

struct suppressions {
        const struct config *config; /* borrowed from ctl */
        struct config *baseline;     /* NULL: none was given */
        usec_t now;
};

struct suppression {
        const struct config_suppress *by; /* NULL: a comment */
        const char *reason;
};

/* Loads a file that holds suppressions. NULL: an error was printed. The caller owns a reference. */
struct config *suppressions_load(const char *path);
/* Returns EXIT_OK; or EXIT_ERROR, an error was printed. */
int suppressions_init(struct suppressions *s, struct ctl *ctl);
void suppressions_done(struct suppressions *s);
/* True, and *ret says by what. */
bool suppressions_cover(const struct suppressions *s, const struct place *p,
                        const struct finding *f, struct suppression *ret);
/* True if an entry of a baseline file names this file by any of its names, and the finding; whether
 * it has expired is not asked. */
bool suppressions_match(const struct config_suppress *entry, const struct place *p,
                        const struct finding *f);
