/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the commands that need no daemon share: a detector, and walking over files. */

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/place.h"
#include "daemon/inspect/inspect.h"

struct offline {
        struct ruleset *rules;
        struct detector *detector;
        struct inspector *inspector;
        bool host_key;      /* fingerprints are giad's */
        struct place place; /* of the file at hand: true names, which may hold a secret
                               (result->shown) */
};

/* Prints what is wrong with the rules; k is what loading or compiling them returned. Returns
 * EXIT_ERROR. */
int offline_rules_error(const struct ruleset_error *error, int k);
/* Loads and compiles the rules. Returns EXIT_OK; or EXIT_ERROR, an error was printed. */
int offline_init(struct offline *o, struct ctl *ctl);
/* The same without the rules' examples, in half of the time. */
int offline_init_quickly(struct offline *o, struct ctl *ctl);
void offline_done(struct offline *o);
/* Says so if fingerprints are not those of giad. */
void offline_tell_key(const struct offline *o, const struct config *config);

struct stat;
/* Scans an open file (borrowed) as the one at path, beside which others may say what its names mean;
 * relative: as rules see it. Of *st mode and size count. Returns 0 or negative errno of reading. */
int offline_scan(struct offline *o, int fd, const char *path, const char *relative,
                 const struct stat *st, struct scan_result *res);

/* Called for each file: shown is the path for people. error: errno
 * when it could not be read, 0 otherwise. Non-zero stops. */
typedef int (*offline_file_fn)(void *userdata, const char *shown, const struct scan_result *result,
                               int error);

/* Scans the paths of the command line, directories with all below them (no links are followed).
 * Returns EXIT_OK or EXIT_ERROR when one of the given paths cannot be read at all; files below them
 * that cannot be read are told to fn. */
int offline_walk(struct offline *o, struct ctl *ctl, offline_file_fn fn, void *userdata);
