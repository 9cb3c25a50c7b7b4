/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the list of sinks, made from sinks.def.
 */
#include "daemon/sinks/sink-table.h"

#include <string.h>

static const struct sink_vtable *const table[] = {
#define SINK(id, name) &sink_##id##_vtable,
#include "daemon/sinks/sinks.def"
#undef SINK
};

const struct sink_vtable *sink_by_name(const char *name)
{
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (strcmp(table[i]->name, name) == 0)
                        return table[i];
        return NULL;
}
