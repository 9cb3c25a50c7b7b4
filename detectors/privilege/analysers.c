/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of analysers, made from analysers.def at link time.
 * Why a table and not registration by constructors or ELF sections: a static library loses
 * those silently.
 */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/privilege/analyser.h"

#define ANALYSER(id, name) extern const struct analyser analyser_##id;
#include "detectors/privilege/analysers.def"
#undef ANALYSER

static const struct analyser *const analysers[] = {
#define ANALYSER(id, name) &analyser_##id,
#include "detectors/privilege/analysers.def"
#undef ANALYSER
};

const struct analyser *analyser_by_name(const char *name)
{
        for (size_t i = 0; i < ELEMENTSOF(analysers); i++)
                if (strcmp(analysers[i]->name, name) == 0)
                        return analysers[i];
        return NULL;
}
