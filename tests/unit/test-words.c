/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Words that must be there: what of a pattern is looked for, and where it counts as found.
 */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/source/need.h"
#include "tests/unit/test.h"

DEFINE_CLEANUP(struct words *, words_free);

/* Whether a text of the language may hold what matches the glob. */
static bool may_hold(const char *glob, unsigned flags, enum language language, const char *text)
{
        _cleanup_(words_freep) struct words *w = NULL;
        struct word_term term = {.n = 0};
        struct word_set found;

        assert_int_equal(words_new(&w), 0);
        assert_int_equal(words_add_glob(w, glob, flags, &term), 0);
        words_look(w, language, text, strlen(text), &found);
        return words_have(&found, &term);
}

static bool holds(const char *glob, const char *text)
{
        return may_hold(glob, 0, LANGUAGE_PYTHON, text);
}

static void whole_names_are_found_and_parts_of_names_are_not(void **state)
{
        (void)state;
        assert_true(holds("jwt.encode", "x = jwt.encode(y)"));
        assert_true(holds("jwt.encode", "encode from jwt"));
        assert_false(holds("jwt.encode", "x = jwt.decode(y)"));
        assert_false(holds("set_cookie", "reset_cookie(1)"));
        assert_false(holds("set_cookie", "set_cookies(1)"));
        assert_true(holds("*set_cookie", "reset_cookie(1)"));
        assert_true(holds("md5", "md5"));
        assert_false(holds("md5", ""));
}

static void a_beginning_is_found_where_names_begin(void **state)
{
        (void)state;
        assert_true(holds("jwt.Parse*", "jwt.ParseWithClaims()"));
        assert_false(holds("jwt.Parse*", "jwt.reParse()"));
        assert_true(holds("*SECRET_KEY*", "MY_SECRET_KEYS"));
        assert_false(holds("*SECRET_KEY*", "MY_SECRETS"));
        /* nothing is known of the middle of a name */
        assert_true(holds("*oken*", "nothing"));
}

static void case_counts_unless_it_is_ignored(void **state)
{
        (void)state;
        assert_false(holds("SECRET_KEY", "secret_key = 1"));
        assert_true(may_hold("SECRET_KEY", WORDS_IGNORE_CASE, LANGUAGE_RUBY, "secret_key = 1"));
        assert_true(may_hold("JWT_*", WORDS_IGNORE_CASE, LANGUAGE_GO, "jwt_x := 1"));
}

static void words_are_found_at_any_place(void **state)
{
        char text[300];

        (void)state;
        for (size_t at = 0; at + 12 < sizeof(text); at++) {
                memset(text, ' ', sizeof(text) - 1);
                text[sizeof(text) - 1] = '\0';
                memcpy(text + at, "session_key", 11);
                assert_true(holds("session_key", text));
                assert_true(holds("session_k*", text));
                text[at + 11] = 's';
                assert_false(holds("session_key", text));
        }
}

static void names_that_are_written_otherwise_are_found(void **state)
{
        (void)state;
        assert_true(holds("SECRET_KEY", "config[\"SECRET\\x5fKEY\"] = 1"));
        assert_true(holds("SECRET_KEY", "config[\"\\u0053ECRET_KEY\"] = 1"));
        assert_true(holds("SECRET_KEY", "config[\"SE\\CRET_KEY\"] = 1"));
        assert_true(holds("SECRET_KEY", "config[\"SECRET\\\n_KEY\"] = 1"));
        assert_true(holds("verify", "{\"ver\"  # so\n  r\"ify\": False}"));
        assert_true(holds("verify", "{\"\"\"ver\"\"\" '' 'ify': False}"));
        assert_false(holds("verify", "{\"ver\", \"ify\"}"));
        assert_false(may_hold("verify", 0, LANGUAGE_JAVASCRIPT, "\"ver\" \"ify\""));
        assert_false(holds("SECRET_KEY", "\"SECRET\\nKEY\""));
}

static bool joins(enum language language, const char *text)
{
        _cleanup_(words_freep) struct words *w = NULL;
        struct need_term term = {.joined = true};
        struct need_clause clause = {0};
        struct need need = {0};
        struct word_set found;

        assert_int_equal(words_new(&w), 0);
        assert_int_equal(words_add(w, "allow-control-x", 15, WORDS_IGNORE_CASE, &term.words), 0);
        assert_int_equal(need_clause_add(&clause, &term), 0);
        assert_int_equal(need_add(&need, &clause), 0);
        words_look(w, language, text, strlen(text), &found);
        bool met = need_met(&need, &(struct need_text){w, &found, language, text, strlen(text)});
        need_done(&need);
        return met;
}

static void strings_that_are_joined_are_found(void **state)
{
        (void)state;
        assert_true(joins(LANGUAGE_JAVASCRIPT, "f('Allow-Control-X')"));
        assert_true(joins(LANGUAGE_JAVASCRIPT, "f('Allow-' + 'Control-X')"));
        assert_true(joins(LANGUAGE_JAVASCRIPT, "a = 'Allow-Con'; f(a + 'trol-X')"));
        assert_true(joins(LANGUAGE_JAVASCRIPT, "a = 'Allow-c'; f(a + 'ont' + 'rol-X')"));
        assert_true(joins(LANGUAGE_JAVASCRIPT, "f('Allow-' + '\\x63ontrol-X')"));
        assert_true(joins(LANGUAGE_RUBY, "f(%q(Allow-Con) + %q(trol-X))"));
        assert_false(joins(LANGUAGE_JAVASCRIPT, "f('Allow-' + 'x', c)"));
        assert_false(joins(LANGUAGE_JAVASCRIPT, "allow(control_of)"));
}

static void a_clause_without_words_needs_nothing(void **state)
{
        struct need_clause clause = {0};
        struct need need = {0};
        struct word_set found = {.all = false};

        (void)state;
        assert_int_equal(need_clause_add(&clause, &(struct need_term){.words = {.n = 0}}), 0);
        assert_int_equal(need_add(&need, &clause), 0);
        assert_int_equal(need.n, 0);
        const struct need_text text = {NULL, &found, LANGUAGE_GO, "", 0};
        assert_true(need_met(&need, &text));
        need.languages = 1u << LANGUAGE_PYTHON;
        assert_false(need_met(&need, &text));
        need_done(&need);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(whole_names_are_found_and_parts_of_names_are_not),
                cmocka_unit_test(a_beginning_is_found_where_names_begin),
                cmocka_unit_test(case_counts_unless_it_is_ignored),
                cmocka_unit_test(words_are_found_at_any_place),
                cmocka_unit_test(names_that_are_written_otherwise_are_found),
                cmocka_unit_test(strings_that_are_joined_are_found),
                cmocka_unit_test(a_clause_without_words_needs_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
