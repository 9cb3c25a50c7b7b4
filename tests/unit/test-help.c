/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The tables of giactl fit together, and its help shows a command what it takes, and nothing else.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "daemon/ctl/help.h"
#include "tests/unit/test.h"

/* The help of a command, or of all if it is NULL; freed by the caller. */
static char *help_text(const struct help_command *command)
{
        char *text = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&text, &n);

        assert_non_null(f);
        if (command)
                help_print_command(f, command);
        else
                help_print(f);
        assert_int_equal(fclose(f), 0);
        return text;
}

static const struct help_command *command_named(const char *name)
{
        for (size_t i = 0; help_command(i); i++)
                if (strcmp(help_command(i)->name, name) == 0)
                        return help_command(i);
        fail_msg("no command %s", name);
        return NULL;
}

static void names_and_letters_of_options_are_unique(void **state)
{
        (void)state;
        for (int i = 0; i < _CTL_OPTION_MAX; i++) {
                const struct help_option *a = help_option((enum ctl_option)i);

                assert_true(*a->text && *a->name);
                for (int k = 0; k < i; k++) {
                        const struct help_option *b = help_option((enum ctl_option)k);

                        assert_string_not_equal(a->name, b->name);
                        assert_true(a->letter == 0 || a->letter != b->letter);
                }
        }
}

static void every_option_is_taken_by_some_command(void **state)
{
        (void)state;
        for (int i = 0; i < _CTL_OPTION_MAX; i++) {
                bool taken = false;

                for (size_t k = 0; help_command(k); k++) {
                        taken = taken || help_takes(help_command(k), (enum ctl_option)i);
                        /* a bit for what every command takes would say the same twice */
                        if (help_option((enum ctl_option)i)->every)
                                assert_false(help_command(k)->options & (UINT64_C(1) << i));
                }
                assert_true(taken);
        }
}

static void help_names_all_commands_and_options(void **state)
{
        _cleanup_free_ char *text = help_text(NULL);

        (void)state;
        for (size_t i = 0; help_command(i); i++)
                assert_non_null(strstr(text, help_command(i)->text));
        for (int i = 0; i < _CTL_OPTION_MAX; i++)
                assert_non_null(strstr(text, help_option((enum ctl_option)i)->text));
        assert_non_null(strstr(text, "--since=SEQ"));
        assert_non_null(strstr(text, "(events)"));
        assert_non_null(strstr(text, "(scan, hook, baseline, classify, rules)"));
}

static void help_of_a_command_shows_its_ways_of_use_and_its_options(void **state)
{
        _cleanup_free_ char *text = help_text(command_named("quarantine"));

        (void)state;
        assert_non_null(strstr(text, "Usage: giactl [OPTION...] quarantine list\n"));
        assert_non_null(strstr(text, "       giactl [OPTION...] quarantine purge ID\n"));
        assert_non_null(strstr(text, "--reason=TEXT"));
        assert_non_null(strstr(text, "-c, --config=FILE"));
        assert_null(strstr(text, "--limit"));
}

static void help_of_a_command_without_arguments_has_none(void **state)
{
        _cleanup_free_ char *text = help_text(command_named("status"));

        (void)state;
        assert_non_null(strstr(text, "Usage: giactl [OPTION...] status\n"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_and_letters_of_options_are_unique),
                cmocka_unit_test(every_option_is_taken_by_some_command),
                cmocka_unit_test(help_names_all_commands_and_options),
                cmocka_unit_test(help_of_a_command_shows_its_ways_of_use_and_its_options),
                cmocka_unit_test(help_of_a_command_without_arguments_has_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
