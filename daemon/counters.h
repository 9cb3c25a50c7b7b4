/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What is counted of the events as they are emitted, for metrics: the same record that every output
 * gets. */

#include "common/model/event.h"

struct counters {
        uint64_t events[_EVENT_MAX];
        uint64_t findings[_SEVERITY_MAX][_FINDING_KIND_MAX];
        uint64_t verdicts[_ACTION_MAX];
        uint64_t unhealthy; /* health checks that failed */
        usec_t healthy;     /* realtime: the last one that did not; 0: none */
};

void counters_event(struct counters *c, const struct event *e);
