/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the titles of framework ids, made from frameworks.def.
 */
#include "common/model/frameworks.h"

#include <string.h>

#include "common/base/macros.h"

static const struct {
        const char *id, *title;
} frameworks[] = {
#define FRAMEWORK(id, title) {id, title},
#include "common/model/frameworks.def"
#undef FRAMEWORK
};

const char *framework_title(const char *id, size_t n)
{
        for (size_t i = 0; i < ELEMENTSOF(frameworks); i++)
                if (strlen(frameworks[i].id) == n && memcmp(frameworks[i].id, id, n) == 0)
                        return frameworks[i].title;
        return NULL;
}
