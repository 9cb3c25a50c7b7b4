/* SPDX-FileCopyrightText: giad maintainers */
/* A hint may pass a glob over only where it does not fit. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/glob.h"
#include "common/base/text.h"
#include "tests/unit/test.h"

static bool fits(const char *glob, const char *path)
{
        const struct glob_hint hint = glob_hint(glob);
        const struct glob_path p = glob_path(path);

        return glob_fits(glob, &hint, &p);
}

static void names_and_paths(void **state)
{
        (void)state;
        assert_true(fits("*.TF", "a/b/main.tf"));
        assert_true(fits("Dockerfile*", "a/dockerfile.dev"));
        assert_false(fits("*.tf", "main.tf/x"));
        assert_false(fits("*.tf", "a.txt"));
        assert_true(fits(".aws/credentials", "home/.aws/credentials"));
        assert_false(fits(".aws/credentials", "home/.aws/Credentials"));
        assert_true(fits("*", ""));
        assert_false(fits("?", "a/"));
}

/* Names are at most 255 bytes on Linux; in an archive they may be longer. */
static void long_names(void **state)
{
        char name[600];

        (void)state;
        memset(name, 'a', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        memcpy(name + sizeof(name) - 5, ".env", 4);
        assert_true(fits("*.ENV", name));
        assert_false(fits("*.tf", name));
}

static void random_text(char *dst, size_t size, const char *letters)
{
        size_t n = (size_t)rand() % size;

        for (size_t i = 0; i < n; i++)
                dst[i] = letters[(size_t)rand() % strlen(letters)];
        dst[n] = '\0';
}

static void hints_change_nothing(void **state)
{
        unsigned fit = 0;

        (void)state;
        srand(1);
        for (unsigned i = 0; i < 300000; i++) {
                char glob[7], path[8];

                random_text(glob, sizeof(glob), "aAb./**?[]-!\\");
                random_text(path, sizeof(path), "aAbB./[");
                const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
                bool named = fnmatch(glob, name, FNM_CASEFOLD) == 0;

                assert_int_equal(text_glob_name(glob, name), named);
                assert_int_equal(text_glob_exact(glob, path), fnmatch(glob, path, 0) == 0);
                assert_int_equal(fits(glob, path),
                                 strchr(glob, '/') ? text_glob_path(glob, path) : named);
                fit += named;
        }
        assert_true(fit > 10000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(names_and_paths),
                                           cmocka_unit_test(long_names),
                                           cmocka_unit_test(hints_change_nothing)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
