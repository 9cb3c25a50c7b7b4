/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Where a scanned file stands, in each of the ways in which a suppression may name it. */

#include <limits.h>

#include "daemon/config/config.h"

struct place {
        char root[PATH_MAX]; /* the PATH of the command line, absolute and without links; "" if it
                                cannot be told */
        char working[PATH_MAX]; /* working directory; "" if it cannot be told */
        char absolute[2 * PATH_MAX];
        const char *given;  /* as rules see it: relative to the PATH that was given */
        const char *here;   /* relative to the working directory; NULL: not below it */
        const char *inside; /* relative to its workspace; NULL: in none */
        const struct config_workspace *workspace; /* which one */
};

/* Begins with a PATH of the command line. */
void place_root(struct place *p, const char *root);
/* A file that was found at path, which is root or begins with "root/". given is borrowed until the
 * next one. */
void place_file(struct place *p, const struct config *config, const char *root, const char *path,
                const char *given);
/* The name that a suppression for this file should have. */
const char *place_best(const struct place *p);
/* The agent of its workspace (there must be one), with what the globs of the workspace's path stand for. */
void place_agent(const struct place *p, char *dst, size_t size);

/* Length of the part of an absolute path that is a workspace by this pattern, 0 if it is in none.
 */
size_t place_in_pattern(const char *pattern, const char *path);
