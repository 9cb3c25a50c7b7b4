/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Where the scanner of the tests is, and the rules that tell it how to begin. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

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

/* Makes dir/rules with one file in it. */
static inline void fake_scanner_rules(char *ret, size_t size, const char *dir, const char *begin)
{
        char path[4096];

        (void)snprintf(ret, size, "%s/rules", dir);
        assert_true(mkdir(ret, 0755) == 0 || errno == EEXIST);
        (void)snprintf(path, sizeof(path), "%s/begin.yaml", ret);
        FILE *f = fopen(path, "we");
        assert_non_null(f);
        assert_true(fputs(begin, f) >= 0);
        assert_int_equal(fclose(f), 0);
}
