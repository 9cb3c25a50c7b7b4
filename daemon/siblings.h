/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Files that are read together: which of them a scanner needs with a file, and which are to be looked at
 * again when one of them changed.
 */

#include "common/model/peers.h"
#include "common/model/scan.h"
#include "daemon/workspace.h"

/* Opens the files in which names of the one at path may be defined. */
void siblings_open(const struct workspace *ws, const char *path, struct scan_peers *ret);

typedef void (*siblings_fn)(void *userdata, struct workspace *ws, const char *path);
/* Calls fn for each file whose names the one at path may define. */
void siblings_of(struct workspace *ws, const char *path, siblings_fn fn, void *userdata);
