/* SPDX-FileCopyrightText: giad maintainers */
/* interface.def as a whole: what varlink asks of names and types, and that every method is there. */
#include <ctype.h>
#include <string.h>

#include "common/base/buffer.h"
#include "daemon/control/interface.h"
#include "daemon/interface.h"
#include "daemon/methods.h"
#include "tests/unit/test.h"

static bool is_declaration(enum control_word word)
{
        return word == CONTROL_TYPE || word == CONTROL_ERROR || word == CONTROL_METHOD;
}

/* [A-Z][A-Za-z0-9]* */
static bool is_name(const char *s)
{
        bool good = isupper((unsigned char)*s);

        for (; *s; s++)
                good = good && isalnum((unsigned char)*s);
        return good;
}

/* [A-Za-z](_?[A-Za-z0-9])* */
static bool is_member(const char *s)
{
        bool good = isalpha((unsigned char)*s), after = false;

        for (; *s; s++) {
                good = good && (isalnum((unsigned char)*s) || (*s == '_' && !after && s[1]));
                after = *s == '_';
        }
        return good;
}

static bool is_type(const struct control_interface *interface, const char *type)
{
        static const char *const basic[] = {"bool", "int", "float", "string", "object"};
        static const char *const prefixes[] = {"?", "[]", "[string]"};

        for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
                if (strncmp(type, prefixes[i], strlen(prefixes[i])) == 0)
                        type += strlen(prefixes[i]);
        for (size_t i = 0; i < ELEMENTSOF(basic); i++)
                if (strcmp(type, basic[i]) == 0)
                        return true;
        for (size_t i = 0; i < interface->n_lines; i++)
                if (interface->lines[i].word == CONTROL_TYPE &&
                    strcmp(interface->lines[i].name, type) == 0)
                        return true;
        return false;
}

static void names_and_types_are_varlinks(void **state)
{
        const struct control_interface *interface = interface_table();

        (void)state;
        assert_string_equal(interface->name, CONTROL_INTERFACE);
        for (size_t i = 0; i < interface->n_lines; i++) {
                const struct control_line *line = &interface->lines[i];

                if (!is_declaration(line->word)) {
                        assert_true(is_member(line->name));
                        if (!is_type(interface, line->type))
                                fail_msg("%s: no type %s", line->name, line->type);
                        continue;
                }
                assert_true(is_name(line->name));
                assert_non_null(line->text);
                /* systemd's varlink has one space of names for all three */
                for (size_t k = 0; k < i; k++)
                        if (is_declaration(interface->lines[k].word) &&
                            strcmp(interface->lines[k].name, line->name) == 0)
                                fail_msg("%s stands twice", line->name);
        }
}

static void every_method_is_there(void **state)
{
        const struct control_interface *interface = interface_table();
        size_t n, found = 0;
        const struct control_method *methods = methods_table(&n);

        (void)state;
        for (size_t i = 0; i < interface->n_lines; i++)
                found += interface->lines[i].word == CONTROL_METHOD;
        assert_int_equal(found, n);
        for (size_t i = 0; i < n; i++)
                assert_non_null(methods[i].call);
}

static void lines_in_disorder_are_no_interface(void **state)
{
        static const struct control_line lines[] = {{CONTROL_IN, "x", "int", NULL}};
        static const struct control_interface interface = {"a.b", NULL, lines, 1};
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;

        (void)state;
        interface_describe(&interface, &out);
        assert_int_equal(out.error, -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_and_types_are_varlinks),
                cmocka_unit_test(every_method_is_there),
                cmocka_unit_test(lines_in_disorder_are_no_interface),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
