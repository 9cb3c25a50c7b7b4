/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "common/model/event.h"

/* An event of this kind with fixed, plausible values, for documentation and tests. The severity of
 * a finding and of a verdict is high. NULL if memory is out. */
struct event *sample_event(enum event_kind kind);
