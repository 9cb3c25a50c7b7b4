/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* An artefact as the register knows it, and what operators ask about it: which it is, and what it is now. Loop thread only. */

#include <cjson/cJSON.h>

#include "daemon/register/register.h"
#include "daemon/tell.h"

struct control_call;
struct manager;

struct governed {
        struct reg_artefact artefact;
        struct reg_version version; /* the last one */
};

void governed_done(struct governed *g);
/* The artefact that "id" or "path" (absolute) of the parameters names. Returns 0, or a negative errno when the call has been answered. */
int governed_find(struct reg *r, struct control_call *call, const cJSON *parameters,
                  struct reg_artefact *ret);
/* The artefact at an absolute path, whichever part of it is the workspace's. 0, -ENOENT or others. */
int governed_find_at(struct reg *r, const char *path, struct reg_artefact *ret);
/* The same as governed_find() with its last version. */
int governed_find_version(struct reg *r, struct control_call *call, const cJSON *parameters,
                          struct governed *ret);
/* The same at a path (as it may be shown) of a workspace, without a caller. 0 or negative errno. Also for the storer, with its register. */
int governed_load(struct reg *r, const char *workspace, const char *path, struct governed *ret);
/* What was found in it the last time, at most SCAN_FINDINGS_MAX. NULL: out of memory, or the register cannot be read. The caller frees it. */
struct scan_result *governed_findings(struct reg *r, const struct governed *g);
/* Its raw path below the workspace; "": a secret stands in it, and it is not kept. Borrowed. */
const char *governed_place(const struct governed *g);
/* Borrowed from g. */
struct told_artefact governed_told(const struct governed *g);
/* What was decided about it may be another verdict now: it is looked at again, at once. path NULL: all of the workspace that wait for an
 * approval, or were approved or rejected. */
void governed_look_again(struct manager *m, const char *workspace, const char *path);
