/* SPDX-FileCopyrightText: giad maintainers */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/macros.h"
#include "common/model/likely.h"
#include "tests/unit/test.h"

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

/* A path that the glob matches. */
static void example_of(char *dst, size_t size, const char *glob)
{
        size_t n = (size_t)snprintf(dst, size, "some/where/");

        for (const char *at = glob; *at && n + 4 < size; at++) {
                if (strncmp(at, "**", 2) == 0)
                        n += (size_t)snprintf(dst + n, size - n, "d/e"), at++;
                else if (*at == '[')
                        dst[n++] = at[1], at += strcspn(at, "]");
                else
                        dst[n++] = (char)(*at == '*' ? 'x' : *at == '?' ? '_' : *at);
        }
        dst[n] = '\0';
}

static int new_likely(void **state)
{
        struct likely *l = NULL;

        assert_int_equal(likely_new(&l), 0);
        *state = l;
        return 0;
}

static int free_likely(void **state)
{
        assert_null(likely_free(*state));
        return 0;
}

static void every_path_that_tells_a_kind_is_likely(void **state)
{
        char path[256];

        for (size_t i = 0; i < ELEMENTSOF(globs); i++) {
                example_of(path, sizeof(path), globs[i]);
                if (!likely_path(*state, path))
                        fail_msg("%s (%s) is not", path, globs[i]);
        }
}

static void names_are_likely_in_any_case_and_any_directory(void **state)
{
        static const char *const paths[] = {".env",
                                            "a/.ENV.local",
                                            "deploy/DOCKERFILE",
                                            "x/main.tf",
                                            "k8s/rbac.yaml",
                                            "Iam-Admin-Role.json",
                                            "src/session.ts",
                                            ".github/workflows/ci.yml",
                                            "lib/auth.py",
                                            "my_credentials.txt",
                                            "keys/server.pem",
                                            "a/b/.ssh/authorized_keys2",
                                            ".aws/credentials"};

        for (size_t i = 0; i < ELEMENTSOF(paths); i++)
                if (!likely_path(*state, paths[i]))
                        fail_msg("%s is not", paths[i]);
}

static const char *const ordinary[] = {
        "README.md",
        "src/components/Button/index.tsx",
        "node_modules/lodash/fp/_mapping.js",
        "include/linux/list.h",
        "package.json",
        "a/b/c/d/e/f/g/h/i/j/k/test_utils_for_everything.py",
        "docs/index.html",
        "debian/changelog",
        "author.c",
        "",
        "/",
};

static void ordinary_names_are_not(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(ordinary); i++)
                if (likely_path(*state, ordinary[i]))
                        fail_msg("%s is", ordinary[i]);
}

static void long_path_is_no_harm(void **state)
{
        char path[5000];

        memset(path, 'a', sizeof(path) - 1);
        path[sizeof(path) - 1] = '\0';
        assert_false(likely_path(*state, path));
        memcpy(path + sizeof(path) - sizeof("/.env"), "/.env", sizeof("/.env"));
        assert_true(likely_path(*state, path));
}

/* The loop asks for each file: it must not be felt. The bound is for a slow machine with sanitizers. */
static void asking_takes_little_time(void **state)
{
        const unsigned rounds = 20000;
        struct timespec a, b;
        unsigned yes = 0;

        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
        for (unsigned i = 0; i < rounds; i++)
                yes += likely_path(*state, ordinary[i % 9]);
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
        double ns =
                ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / rounds;
        print_message("%.0f ns a file\n", ns);
        assert_int_equal(yes, 0);
        assert_true(ns < 20000);
}

#define T(f) cmocka_unit_test_setup_teardown(f, new_likely, free_likely)

int main(void)
{
        const struct CMUnitTest tests[] = {
                T(every_path_that_tells_a_kind_is_likely),
                T(names_are_likely_in_any_case_and_any_directory),
                T(ordinary_names_are_not),
                T(long_path_is_no_harm),
                T(asking_takes_little_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
