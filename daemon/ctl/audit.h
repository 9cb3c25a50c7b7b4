/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "daemon/ctl/ctl.h"

/* Records a decision that was carried out in the Linux audit log from the operator's own session, so that the kernel stamps their login uid and
 * session; giad records it too (outputs.audit), but there both stand as words. Only where that output is on and the operator may
 * (CAP_AUDIT_WRITE); otherwise nothing happens. op: "approve"; id: of what was decided about, or NULL; path: or NULL. */
void audit_decision(struct ctl *ctl, const char *op, const char *id, const char *path);
