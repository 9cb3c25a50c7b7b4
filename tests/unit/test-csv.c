/* SPDX-FileCopyrightText: giad maintainers */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/csv.h"
#include "tests/unit/test.h"

static void is(const char *const *cells, size_t n, const char *want)
{
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        for (size_t i = 0; i < n; i++)
                csv_cell(f, cells[i], i == 0);
        csv_end(f);
        assert_int_equal(fclose(f), 0);
        assert_string_equal(text, want);
        free(text);
}

static void one_is(const char *cell, const char *want)
{
        char row[256];

        (void)snprintf(row, sizeof(row), "%s\r\n", want);
        is(&cell, 1, row);
}

static void a_row_ends_as_rfc_4180_has_it(void **state)
{
        static const char *const cells[] = {"a", "", "b c", "1.5"};

        (void)state;
        is(cells, 4, "a,,b c,1.5\r\n");
}

static void what_would_end_a_cell_is_quoted(void **state)
{
        (void)state;
        one_is("a,b", "\"a,b\"");
        one_is("say \"hi\"", "\"say \"\"hi\"\"\"");
        one_is("a;b", "\"a;b\"");
        one_is(" led in", "\" led in\"");
        one_is("led out ", "\"led out \"");
        one_is("/srv/w/a-b_c.tf", "/srv/w/a-b_c.tf");
}

/* Each begins a formula in some spreadsheet. */
static void no_cell_is_a_formula(void **state)
{
        (void)state;
        one_is("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"");
        one_is("+1", "\"'+1\"");
        one_is("-1", "\"'-1\"");
        one_is("@SUM(A1)", "\"'@SUM(A1)\"");
        one_is("  =1", "\"'  =1\"");
        one_is("\xef\xbc\x9d"
               "1",
               "\"'\xef\xbc\x9d"
               "1\"");
        one_is("a=b", "a=b");
}

/* A line break would begin a row of somebody else's; a tab a cell, before a formula. */
static void what_is_not_printable_is_shown_as_it_is(void **state)
{
        (void)state;
        one_is("a\r\nb", "a\\x0d\\x0ab");
        one_is("\t=1", "\\x09=1");
        one_is("\xff", "\\xff");
        one_is("x\xe2\x80\xae"
               "fdp",
               "x\\xe2\\x80\\xaefdp");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_row_ends_as_rfc_4180_has_it),
                cmocka_unit_test(what_would_end_a_cell_is_quoted),
                cmocka_unit_test(no_cell_is_a_formula),
                cmocka_unit_test(what_is_not_printable_is_shown_as_it_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
