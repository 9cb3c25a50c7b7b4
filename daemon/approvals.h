/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The approvals in force, in memory: pins of (content, workspace, path, set of findings) that the
 * register holds. Loop thread only.
 */

#include "common/model/scan.h"
#include "daemon/register/register.h"

struct approvals;

int approvals_new(struct approvals **ret);
struct approvals *approvals_free(struct approvals *a);
/* Copies. A pin of the same content, place and findings is replaced. 0 or -ENOMEM. */
int approvals_add(struct approvals *a, const struct reg_approval *pin);
/* Realtime at which the pin of this content, place and findings ends; 0 never, APPROVALS_NONE:
 * there is none. */
#define APPROVALS_NONE ((usec_t)1)
usec_t approvals_expiry(const struct approvals *a, const struct reg_approval *pin);
/* Realtime at which the approval that covers it ends; 0 never, APPROVALS_NONE: none covers it. */
usec_t approvals_until(const struct approvals *a, const char *workspace, const char *path,
                       const struct scan_result *result);
/* True if this content at this place with exactly these findings is approved at this time
 * (realtime). */
bool approvals_cover(const struct approvals *a, const char *workspace, const char *path,
                     const struct scan_result *result, usec_t now);
