/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "daemon/sinks/sink.h"

/* The sinks of sinks.def, each defined in its own file. */
#define SINK(id, name) extern const struct sink_vtable sink_##id##_vtable;
#include "daemon/sinks/sinks.def"
#undef SINK
