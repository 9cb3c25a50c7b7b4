/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "common/base/buffer.h"
#include "common/model/event.h"

/* The foreign shapes of an event, each one JSON object in one line without the newline. host is the
 * host's name. The schemas of what is written stand in etc/schema/. */

/* OCSF 1.8: 2006 Data Security Finding for secrets, 2004 Detection Finding for everything else that
 * concerns a file or an operator, 0 Base Event for the daemon's own life. */
void ocsf_render(const struct event *e, const char *host, struct buffer *out);

/* Elastic Common Schema 9 */
void ecs_render(const struct event *e, const char *host, struct buffer *out);
