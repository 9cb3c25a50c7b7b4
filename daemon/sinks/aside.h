/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * A receiver that may have to wait (sink_vtable.waits), made into one that does not: it is delivered
 * to by a thread of its own. Delivering then takes a moment at most. What has not come back by then
 * is -EAGAIN, and its answer is given to who delivers the same event again; it is not delivered twice.
 */

#include "daemon/sinks/sink.h"

/* Takes ownership of the sink, also when it fails. The wrapped sink has its name. Returns 0 or
 * negative errno. */
int aside_new(struct sink **ret, struct sink *sink);
