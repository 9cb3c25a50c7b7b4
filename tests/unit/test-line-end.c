/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Which CRs end a line, and that what is no text is left as it is.
 */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/line-end.h"
#include "tests/unit/test.h"

#define TEXT(s) s, sizeof(s) - 1

static void cr_alone_ends_a_line(void **state)
{
        static const struct {
                const char *text;
                size_t n;
                const char *after; /* NULL: as it is */
        } cases[] = {
                {TEXT(""), NULL},
                {TEXT("a\nb\n"), NULL},
                {TEXT("a\r\nb\r\n"), NULL},
                {TEXT("a\rb\r"), "a\nb\n"},
                {TEXT("\r\r"), "\n\n"},
                {TEXT("a\rb\n"), "a\nb\n"},
                {TEXT("a\rb\r\nc"), "a\nb\r\nc"},
                {TEXT("a\r\nb\rc\r\n"), "a\r\nb\nc\r\n"},
                {TEXT("a\r\r\nb"), "a\n\r\nb"},
                {TEXT("a\n\rb"), "a\n\nb"},
                {TEXT("a\nb\r"), "a\nb\n"},
                {TEXT("\x1b[1m10%\r20%\r\n"), "\x1b[1m10%\n20%\r\n"},
                /* no text */
                {TEXT("\x02\x01\r\x30"), NULL},
                {TEXT("#!/bin/sh\nexit\nPK\x03\x04\rx"), NULL},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint8_t text[64];

                memcpy(text, cases[i].text, cases[i].n);
                assert_int_equal(line_ends_with_cr(text, cases[i].n), cases[i].after != NULL);
                line_ends_normalise(text, cases[i].n);
                assert_memory_equal(text, cases[i].after ?: cases[i].text, cases[i].n);
                assert_false(line_ends_with_cr(text, cases[i].n));
        }
}

/* An archive behind a script: it begins as text, and both ends of lines stand in it by chance. */
static void bytes_behind_a_text_are_left_alone(void **state)
{
        uint8_t bytes[4096], before[4096];

        (void)state;
        memset(bytes, 'x', sizeof(bytes));
        bytes[99] = '\n';
        bytes[3000] = '\r';
        assert_true(line_ends_with_cr(bytes, sizeof(bytes)));
        bytes[3500] = 0;
        memcpy(before, bytes, sizeof(bytes));
        line_ends_normalise(bytes, sizeof(bytes));
        assert_memory_equal(bytes, before, sizeof(bytes));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(cr_alone_ends_a_line),
                cmocka_unit_test(bytes_behind_a_text_are_left_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
