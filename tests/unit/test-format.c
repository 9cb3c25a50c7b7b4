/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/format.h"
#include "detectors/formats/policy-lines.h"
#include "tests/unit/test.h"

struct guess {
        const char *path, *text, *format; /* NULL: none */
};

static void assert_guesses(const struct guess *guesses, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const struct guess *g = &guesses[i];
                const struct format *f = format_guess(g->path, g->text, strlen(g->text));

                if (!f != !g->format || (f && strcmp(f->name, g->format) != 0))
                        fail_msg("%s: %s", g->path, f ? f->name : "none");
        }
}

static void names_tell_languages(void **state)
{
        static const struct guess guesses[] = {
                {"a/b.rego", "", "rego"},
                {"b.cedar", "", "cedar"},
                {"b.sql", "", "sql"},
                {"b.psql", "", "sql"},
                {"b.ddl", "", "sql"},
                {"b.cql", "", "sql"},
                {"b.sql.j2", "", "sql"},
                {"b.rego.tmpl", "", "rego"},
                {"b.rego.md", "package a", NULL},
                {"policy.csv", "", NULL},
        };

        (void)state;
        assert_guesses(guesses, ELEMENTSOF(guesses));
}

static void lines_tell_languages_where_names_do_not(void **state)
{
        static const struct guess guesses[] = {
                {"policy", "# c\npackage a\n\ndefault allow := false\n", "rego"},
                {"policy.txt", "package a\nallow if { input.x }\n", "rego"},
                {"policy.txt", "package a\nx := 1\n", NULL},
                {"main.go", "package a\nimport rego.v1\n", NULL},
                {"README.md", "package a\nallow if { input.x }\n", NULL},
                {"policies", "permit(principal, action, resource);\n", "cedar"},
                {"policies", "permit (x)\n", NULL},
                {"rules.csv", "p, a, b, c\np, d, e, f\ng, d, a\n", "casbin"},
                {"rules.csv", "p, a, b, c\ng, d, a\n", NULL},
                {"etc/rbac_policy.csv", "\xef\xbb\xbfp, a, b, c\ng, d, a\n", "casbin"},
                {"policy.csv", "name,premium\nx,1\np,2\n", NULL},
                {"a.csv", "{\"a\": 1}", NULL},
                {"grants", "GRANT a TO b;\n", NULL},
        };

        (void)state;
        assert_guesses(guesses, ELEMENTSOF(guesses));
}

static void languages_are_told_from_data(void **state)
{
        static const char *const languages[] = {"rego", "cedar", "sql", "casbin"};
        static const char *const data[] = {"json", "yaml", "hcl", "dotenv", "ini", "dockerfile"};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(languages); i++)
                assert_true(format_is_language(languages[i]));
        for (size_t i = 0; i < ELEMENTSOF(data); i++)
                assert_false(format_is_language(data[i]));
        assert_false(format_is_language(NULL));
        assert_false(format_is_language("none"));
}

static void rows_of_casbin_are_nearly_all(void **state)
{
        char text[400] = "";

        (void)state;
        for (unsigned i = 0; i < 9; i++)
                (void)strcat(text, "p, a, b, c\n");
        assert_true(policy_is_casbin(text, strlen(text), 2));
        (void)strcat(text, "x\n");
        assert_true(policy_is_casbin(text, strlen(text), 2));
        (void)strcat(text, "y\n");
        assert_false(policy_is_casbin(text, strlen(text), 2));
        assert_false(policy_is_casbin("", 0, 1));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_tell_languages),
                cmocka_unit_test(lines_tell_languages_where_names_do_not),
                cmocka_unit_test(languages_are_told_from_data),
                cmocka_unit_test(rows_of_casbin_are_nearly_all),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
