/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* giactl scan --staged: what git would commit, instead of what lies in the work tree. */

#include "daemon/ctl/offline.h"

/* Scans what is staged, of the paths of the command line if there are any. fn is told paths as
 * offline_walk() tells them, from the working directory on where that holds the file. Returns
 * EXIT_OK, or EXIT_ERROR: an error was printed. */
int staged_walk(struct offline *o, struct ctl *ctl, offline_file_fn fn, void *userdata);
