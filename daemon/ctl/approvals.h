/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "daemon/ctl/ctl.h"

/* giactl approvals prepare ID@N: writes an approval to be signed. */
int approvals_prepare(struct ctl *ctl, const char *name);
/* giactl approvals check FILE: whose signatures it has, and what it approves. */
int approvals_check(struct ctl *ctl, const char *path);
