/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of back ends.
 */
#include "watchers/watcher.h"

#include <string.h>

#include "common/base/macros.h"

#define WATCHER(id, name, blind_to) extern const struct watcher_vtable watcher_##name##_vtable;
#include "common/model/watchers.def"
#undef WATCHER

static const struct watcher_vtable *const back_ends[] = {
#define WATCHER(id, name, blind_to) &watcher_##name##_vtable,
#include "common/model/watchers.def"
#undef WATCHER
};

const struct watcher_vtable *watcher_by_name(const char *name)
{
        for (size_t i = 0; i < ELEMENTSOF(back_ends); i++)
                if (strcmp(back_ends[i]->name, name) == 0)
                        return back_ends[i];
        return NULL;
}
