/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Where the scanner of the tests is. */

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/test.h"

static inline void fake_scanner_path(char *ret, size_t size)
{
        const char *build = getenv("top_builddir");
        char relative[4096];

        (void)snprintf(relative, sizeof(relative), "%s/tests/unit/fake-scanner",
                       build ? build : ".");
        char *path = realpath(relative, NULL);
        assert_non_null(path);
        (void)snprintf(ret, size, "%s", path);
        free(path);
}
