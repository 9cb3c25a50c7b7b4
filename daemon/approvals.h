/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The approvals and rejections in force, in memory: those that the register holds, and those of signed files. What waits for a second
 * person is here as well, and covers nothing. Loop thread only.
 *
 * An approval is for what was judged. Of a content: exactly that, at its place, with exactly the findings (or, if it was
 * signed elsewhere, no rules but those it names). Of a file: whatever is at its place, as long as no other rules find something
 * there. Of a class: its findings in one workspace do not count.
 */

#include "common/model/scan.h"
#include "daemon/register/register.h"

struct approvals;

int approvals_new(struct approvals **ret);
struct approvals *approvals_free(struct approvals *a);
/* Copies. One of the same scope for the same is replaced. 0 or -ENOMEM. */
int approvals_add(struct approvals *a, const struct reg_approval *pin);
/* Forgets the one with that id. */
void approvals_remove(struct approvals *a, const char *id);
/* Forgets those of signed files. */
void approvals_remove_signed(struct approvals *a);
/* One of the same scope for the same, whoever decided, or NULL. Borrowed until the next change. */
const struct reg_approval *approvals_find(const struct approvals *a,
                                          const struct reg_approval *like);
/* Those with an id, in no order; fn may stop with non-zero. */
void approvals_each(const struct approvals *a,
                    int (*fn)(void *userdata, const struct reg_approval *pin), void *userdata);

/* The approval that covers what the scan found at this place at this time (realtime), the one that ends last; NULL: none does.
 * Borrowed until the next change. */
const struct reg_approval *approvals_covering(const struct approvals *a, const char *workspace,
                                              const char *path, const struct scan_result *result,
                                              usec_t now);
/* Realtime at which that ends; 0 never, APPROVALS_NONE: none covers it. */
#define APPROVALS_NONE ((usec_t)1)
usec_t approvals_until(const struct approvals *a, const char *workspace, const char *path,
                       const struct scan_result *result, usec_t now);
/* True if what the scan found at this place is approved at this time (realtime). */
bool approvals_cover(const struct approvals *a, const char *workspace, const char *path,
                     const struct scan_result *result, usec_t now);
/* Who rejected this content at this place, or NULL. Borrowed until the next change. */
const struct reg_approval *approvals_rejected(const struct approvals *a, const char *workspace,
                                              const char *path, const struct scan_result *result);
/* When the approval of this class in this workspace ends; APPROVALS_NONE: there is none. */
usec_t approvals_class_until(const struct approvals *a, const char *workspace, const char *class,
                             usec_t now);
