/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The files that are read with a staged one (common/model/peers.h), as they are in the index: what
 * is committed together is to be understood together. */

#include "common/model/peers.h"
#include "daemon/ctl/git.h"

struct staged_peers;

/* staged: what `git diff --cached --raw -z` says, n bytes of it. Reads the index and those files of
 * it that may be needed, into a directory of its own that only the caller can look into; objects is
 * borrowed. *ret NULL: none is needed. Returns 0, GIT_E_FAILED or negative errno. */
int staged_peers_new(struct staged_peers **ret, const char *top, struct git_objects *objects,
                     const char *staged, size_t n);
/* Deletes the directory. */
struct staged_peers *staged_peers_free(struct staged_peers *p);
/* Opens those of the file at path, from the top on; p may be NULL. */
void staged_peers_open(const struct staged_peers *p, const char *path, struct scan_peers *ret);
