/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the globs of all paths that tell of an identity artefact.
 * Does not own: the kinds (detectors/classify-path.c).
 */
#include "common/model/likely.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/glob.h"
#include "common/base/macros.h"

static const char *const globs[] = {
#define PATH(kind, glob, needs) glob,
#include "common/model/artefact-paths.def"
#undef PATH
#define HOST_FILE(kind, format, glob) glob,
#include "common/model/host-files.def"
#undef HOST_FILE
#define LIKELY(glob) glob,
#include "common/model/likely-names.def"
#undef LIKELY
};

struct likely {
        struct glob_hint hints[ELEMENTSOF(globs)];
};

int likely_new(struct likely **ret)
{
        struct likely *l = calloc(1, sizeof(*l));

        if (!l)
                return -ENOMEM;
        for (size_t i = 0; i < ELEMENTSOF(globs); i++)
                l->hints[i] = glob_hint(globs[i]);
        *ret = l;
        return 0;
}

struct likely *likely_free(struct likely *l)
{
        free(l);
        return NULL;
}

bool likely_path(const struct likely *l, const char *path)
{
        const struct glob_path p = glob_path(path);

        for (size_t i = 0; i < ELEMENTSOF(globs); i++)
                if (glob_fits(globs[i], &l->hints[i], &p))
                        return true;
        return false;
}
