/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "common/base/buffer.h"
#include "common/model/event.h"

/* Appends the event as one RFC 5424 message without a trailer: facility authpriv, structured data
 * under giad@32473; pid: giad's own. Below 2 KiB unless the fields that no reader can do without are
 * longer. */
void syslog_render(const struct event *e, const char *host, pid_t pid, struct buffer *out);
