/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/constant.h"
#include "tests/unit/test.h"

static void assert_all(const char *const *texts, enum constant expected)
{
        for (; *texts; texts++)
                if (constant_value(*texts, strlen(*texts)) != expected)
                        fail_msg("%s", *texts);
}

static void what_always_holds_is_true(void **state)
{
        static const char *const texts[] = {"true",
                                            " TRUE\n",
                                            "((true))",
                                            "1 == 1",
                                            "'a' = 'a'",
                                            "\"a || b\" == \"a || b\"",
                                            "x || true",
                                            "(a && b) or 1=1",
                                            "true and (true)",
                                            "!false",
                                            "not false",
                                            "// all\ntrue // of them",
                                            "true -- all",
                                            NULL};

        (void)state;
        assert_all(texts, CONSTANT_TRUE);
}

static void what_never_holds_is_false(void **state)
{
        static const char *const texts[] = {"false",       "!true",          "false && x",
                                            "not (1 = 1)", "false or false", NULL};

        (void)state;
        assert_all(texts, CONSTANT_FALSE);
}

static void what_asks_is_none(void **state)
{
        static const char *const texts[] = {"",
                                            "x",
                                            "truex",
                                            "x == x",
                                            "1 == 2",
                                            "x == 1",
                                            "x := 1",
                                            "1 == 1 == 1",
                                            "true && x",
                                            "false || x",
                                            "(true) (true)",
                                            "f(true)",
                                            "\"true\"",
                                            "1 != 1",
                                            "1 == 1, x",
                                            "nottrue",
                                            "x.or == true",
                                            "true //\n&& x",
                                            "(((((((((((true)))))))))))",
                                            NULL};

        (void)state;
        assert_all(texts, CONSTANT_NONE);
}

static void what_is_cut_is_read_to_its_end(void **state)
{
        static const char text[] = "!(\"a\\\"\" == 'b') && (1 == 1 || x[\"y\"]) // z";

        (void)state;
        for (size_t n = 0; n < sizeof(text); n++) {
                char *exact = malloc(n > 0 ? n : 1);

                assert_non_null(exact);
                memcpy(exact, text, n);
                (void)constant_value(exact, n);
                free(exact);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_always_holds_is_true),
                cmocka_unit_test(what_never_holds_is_false),
                cmocka_unit_test(what_asks_is_none),
                cmocka_unit_test(what_is_cut_is_read_to_its_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
