/* SPDX-FileCopyrightText: giad maintainers */
#include <stdlib.h>
#include <string.h>

#include "detectors/byte-run.h"
#include "tests/unit/test.h"

static const bool letters[256] = {['a'] = true, ['b'] = true};

/* Byte by byte: what byte_run_next() must give. */
static bool slowly(const uint8_t *text, size_t n, size_t at, size_t min, struct byte_run *ret)
{
        for (size_t i = at; i < n; i++) {
                size_t end = i;

                while (end < n && letters[text[end]])
                        end++;
                if (end - i >= min) {
                        *ret = (struct byte_run){i, end};
                        return true;
                }
                if (end > i)
                        i = end;
        }
        return false;
}

static void finds_what_looking_at_every_byte_finds(void **state)
{
        uint32_t random = 12345;

        (void)state;
        for (unsigned round = 0; round < 20000; round++) {
                uint8_t text[96];
                struct byte_run a = {0}, b = {0};
                size_t n, min, at;

                random = random * 1664525 + 1013904223;
                n = random >> 16 & 63;
                min = 1 + (random >> 24) % 12;
                for (size_t i = 0; i < n; i++) {
                        random = random * 1664525 + 1013904223;
                        text[i] = (random >> 28) < 14 ? 'a' + (random >> 27 & 1) : ' ';
                }
                at = n ? random % (n + 1) : 0;
                bool found = byte_run_next(text, n, at, min, letters, &a);
                assert_int_equal(found, slowly(text, n, at, min, &b));
                if (found) {
                        assert_int_equal(a.begin, b.begin);
                        assert_int_equal(a.end, b.end);
                }
        }
}

static void an_empty_text_has_none(void **state)
{
        struct byte_run r;

        (void)state;
        assert_false(byte_run_next((const uint8_t *)"", 0, 0, 1, letters, &r));
        assert_false(byte_run_next((const uint8_t *)"aaa", 3, 3, 1, letters, &r));
        assert_true(byte_run_next((const uint8_t *)"aaa", 3, 2, 1, letters, &r));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_what_looking_at_every_byte_finds),
                cmocka_unit_test(an_empty_text_has_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
