/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Positions: lines, columns and offsets are those that counting byte by byte gives, in whatever
 * order they are asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/position.h"
#include "tests/unit/test.h"

#define TEXT_MAX 70000u

/* Counts one byte after the other. */
static struct position count(struct position p, const uint8_t *s, size_t to)
{
        for (; p.at < to; p.at++, p.offset++) {
                uint8_t c = s[p.at];
                bool goes_on = p.inside > 0 && (c & 0xc0) == 0x80;

                if (c == '\r' || (c == '\n' && !p.cr)) {
                        p.line++;
                        p.column = 1;
                } else if (c != '\n' && !goes_on)
                        p.column++;
                if (goes_on)
                        p.inside--;
                else
                        p.inside = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : 0;
                p.cr = c == '\r';
        }
        return p;
}

static void assert_same(const struct position *a, const struct position *b)
{
        assert_int_equal(a->at, b->at);
        assert_int_equal(a->offset, b->offset);
        assert_int_equal(a->line, b->line);
        assert_int_equal(a->column, b->column);
        assert_int_equal(a->inside, b->inside);
        assert_int_equal(a->cr, b->cr);
}

/* Bytes of which one in `rare` is taken from `marks`; the others are letters. */
static void fill(uint8_t *s, size_t n, unsigned *seed, unsigned rare, const char *marks)
{
        for (size_t i = 0; i < n; i++)
                s[i] = rand_r(seed) % rare == 0
                               ? (uint8_t)marks[(size_t)rand_r(seed) % strlen(marks)]
                               : (uint8_t)('a' + (unsigned)rand_r(seed) % 26);
}

static void positions_are_those_of_counting(void **state)
{
        (void)state;
        static const char *const marks[] = {"\n", "\r", "\r\n", "\r\n\n\xc3\xa9\xf0\x9f\x80\x80",
                                            "\xe2\x82\xac\x80\xff"};
        static const unsigned rarities[] = {1, 2, 5, 60, 500, 20000};
        static uint8_t text[TEXT_MAX];
        struct position_index index;
        unsigned seed = 7;

        for (size_t m = 0; m < ELEMENTSOF(marks); m++)
                for (size_t k = 0; k < ELEMENTSOF(rarities); k++) {
                        struct position start = {.offset = 1000, .line = 3, .column = 7};

                        start.cr = m % 2;
                        start.inside = k % 3 ? 0 : 2;
                        fill(text, sizeof(text), &seed, rarities[k], marks[m]);
                        position_index_init(&index, &start, text, sizeof(text));
                        for (unsigned i = 0; i < 40; i++) {
                                size_t at = (size_t)rand_r(&seed) % (sizeof(text) + 1);
                                struct position want = count(start, text, at);
                                struct position got = position_index_at(&index, at);

                                assert_same(&got, &want);
                                got = position_index_offset(&index, want.offset);
                                assert_same(&got, &want);
                        }
                }
}

static void short_steps_are_those_of_counting(void **state)
{
        (void)state;
        static uint8_t text[3000];
        struct position_index index;
        unsigned seed = 11;
        struct position start = {.line = 1, .column = 1}, want = start;

        fill(text, sizeof(text), &seed, 150, "\r\n\n\xc3\xa9");
        position_index_init(&index, &start, text, sizeof(text));
        for (size_t at = 0; at <= sizeof(text); at += (size_t)rand_r(&seed) % 300) {
                struct position got = position_index_at(&index, at);

                want = count(want, text, at);
                assert_same(&got, &want);
        }
}

static void an_offset_behind_the_end_is_the_end(void **state)
{
        (void)state;
        static const uint8_t text[] = "one\ntwo";
        struct position start = {.offset = 10, .line = 1, .column = 1};
        struct position_index index;

        position_index_init(&index, &start, text, 7);
        struct position end = position_index_offset(&index, 500);
        assert_int_equal(end.at, 7);
        assert_int_equal(end.offset, 17);
        assert_int_equal(end.line, 2);
        assert_int_equal(end.column, 4);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(positions_are_those_of_counting),
                cmocka_unit_test(short_steps_are_those_of_counting),
                cmocka_unit_test(an_offset_behind_the_end_is_the_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
