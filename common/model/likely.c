/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the globs of all paths that tell of an identity artefact, each with what a name must have for it.
 * Does not own: the kinds (detectors/classify-path.c).
 *
 * There are some two hundred globs, and nearly every name fits none. So each glob is asked only about a name in which all
 * pairs of letters stand side by side that stand so in the glob: one AND of two words.
 */
#include "common/model/likely.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"

#define NAME_MAX_SIZE 256u /* of a name; what is longer is held against no glob */

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
        uint64_t pairs[ELEMENTSOF(globs)]; /* in small letters */
        bool whole[ELEMENTSOF(globs)];     /* it is about the path, not the name alone */
};

static void fold(char *dst, size_t size, const char *src)
{
        size_t i = 0;

        for (; src[i] && i + 1 < size; i++)
                dst[i] = (char)tolower((unsigned char)src[i]);
        dst[i] = '\0';
}

int likely_new(struct likely **ret)
{
        struct likely *l = calloc(1, sizeof(*l));
        char folded[NAME_MAX_SIZE];

        if (!l)
                return -ENOMEM;
        for (size_t i = 0; i < ELEMENTSOF(globs); i++) {
                l->whole[i] = strchr(globs[i], '/');
                /* a glob of a path minds case */
                if (l->whole[i])
                        l->pairs[i] = text_glob_pairs(globs[i]);
                else {
                        fold(folded, sizeof(folded), globs[i]);
                        l->pairs[i] = text_glob_pairs(folded);
                }
        }
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
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        char folded[NAME_MAX_SIZE];

        fold(folded, sizeof(folded), name);
        uint64_t of_path = text_pairs(path), of_name = text_pairs(folded);
        for (size_t i = 0; i < ELEMENTSOF(globs); i++) {
                if (l->pairs[i] & ~(l->whole[i] ? of_path : of_name))
                        continue;
                if (l->whole[i] ? text_glob_path_pairs(globs[i], path, of_path)
                                : text_glob_name(globs[i], folded))
                        return true;
        }
        return false;
}
