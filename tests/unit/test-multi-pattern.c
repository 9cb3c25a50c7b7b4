/* SPDX-FileCopyrightText: giad maintainers */
/* The library finds what is there, wherever it stands: Vectorscan 5.4.9 does not with AVX-512. */
#include <string.h>

#include "detectors/secrets/multi-pattern.h"
#include "tests/unit/test.h"

#define TEXT_MAX 512u

struct engine {
        hs_database_t *database;
        hs_scratch_t *scratch;
        char *room;
};

static void make(struct engine *e, const char *pattern)
{
        unsigned flags = 0, id = 0;
        hs_compile_error_t *error = NULL;
        unsigned bad = 0;

        *e = (struct engine){0};
        assert_int_equal(
                multi_pattern_compile(&pattern, &flags, &id, 1, &e->database, &bad, &error), 0);
        assert_int_equal(hs_alloc_scratch(e->database, &e->scratch), HS_SUCCESS);
        e->room = aligned_alloc(64, (size_t)2 * TEXT_MAX);
        assert_non_null(e->room);
}

static void unmake(struct engine *e)
{
        (void)hs_free_scratch(e->scratch);
        (void)hs_free_database(e->database);
        free(e->room);
}

static int count(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                 void *userdata)
{
        (void)id;
        (void)from;
        (void)to;
        (void)flags;
        ++*(unsigned *)userdata;
        return 0;
}

/* before, then first, then between, then last. */
static void is_found(struct engine *e, size_t shift, size_t before, const char *first,
                     size_t between, const char *last)
{
        char *text = e->room + shift;
        size_t n = 0;
        unsigned found = 0;

        memset(text, 'x', before);
        n += before;
        memcpy(text + n, first, strlen(first));
        n += strlen(first);
        memset(text + n, 'z', between);
        n += between;
        memcpy(text + n, last, strlen(last));
        n += strlen(last);
        assert_true(n <= TEXT_MAX);
        assert_int_equal(
                multi_pattern_scan(e->database, text, (unsigned)n, e->scratch, count, &found),
                HS_SUCCESS);
        if (found == 0)
                fail_msg("not found: %zu before, %zu between, shifted by %zu", before, between,
                         shift);
}

static void everywhere(const char *pattern, const char *first, size_t between_max, const char *last)
{
        struct engine e;

        make(&e, pattern);
        for (size_t before = 0; before < 200; before++)
                for (size_t between = 0; between <= between_max; between += 7)
                        for (size_t shift = 0; shift < 64; shift++)
                                is_found(&e, shift, before, first, between, last);
        unmake(&e);
}

static void a_single_character_before_a_repeat_is_found(void **state)
{
        (void)state;
        everywhere("\\|.{0,100}login", "|", 98, "login");
        everywhere("\\|[^\\n|\"]{0,100}login", "|", 98, "login");
        everywhere("=[^\\n]{4,60}end", "=", 56, "zzzzend");
}

static void literals_and_classes_are_found(void **state)
{
        (void)state;
        everywhere("tok_[a-z]{4}", "tok_", 0, "abcd");
        everywhere("(?i)secret[\\w.-]{0,40}[:=]", "SeCret", 35, "=");
        everywhere("[@:][a-z]{8,90}!", "@", 70, "abcdefgh!");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_single_character_before_a_repeat_is_found),
                cmocka_unit_test(literals_and_classes_are_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
