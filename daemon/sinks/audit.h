/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "common/base/buffer.h"
#include "common/model/event.h"

/* Appends the text of the event's audit record and names its type. Returns 1; 0 if this event is
 * not for the audit log; -ENOMEM, or -EOPNOTSUPP without libaudit. */
int audit_render(const struct event *e, int *ret_type, bool *ret_success, struct buffer *out);

/* What ausearch and aureport call a type of record, static text; NULL: unknown. */
const char *audit_type_name(int type);
