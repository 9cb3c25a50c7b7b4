/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which words a source file must hold for a `call:` rule to find something in it. Does not
 * own: looking for them (source/words.h). Rules are borrowed.
 *
 * Only what is sure is asked for: a name as it is matched, the keys of an argument that must be
 * there, and the words of a regular expression that a constant string must match. A rule that
 * reports what it does not know asks for the name alone.
 */
#include <errno.h>
#include <string.h>

#include "detectors/privilege/call-test.h"

int call_globs_need(char *const *globs, size_t n, struct words *words, struct need *need)
{
        struct need_clause clause = {0};

        for (size_t i = 0; i < n; i++) {
                struct need_term term = {.joined = false};
                int r = words_add_glob(words, globs[i], 0, &term.words);

                if (r == 0)
                        r = need_clause_add(&clause, &term);
                if (r < 0) {
                        need_clause_done(&clause);
                        return r;
                }
        }
        return need_add(need, &clause);
}

/* --- regular expressions ---- */

static bool is_letter(char c)
{
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Behind the class or group that begins at re. */
static const char *behind_bracket(const char *re)
{
        unsigned depth = 0;
        bool class = false;

        for (; *re; re++) {
                if (*re == '\\' && re[1])
                        re++;
                else if (class)
                        class = *re != ']';
                else if (*re == '[') {
                        class = true;
                        re += re[1] == '^';
                        re += re[1] == ']';
                } else if (*re == '(')
                        depth++;
                else if (*re == ')')
                        depth--;
                if (!class && depth == 0)
                        return re + 1;
        }
        return re;
}

/* One item of the expression: a character that stands for itself, or 0. Returns what follows, or
 * NULL if nothing is known of the whole. */
static const char *next_item(const char *re, char *ret)
{
        *ret = 0;
        switch (*re) {
        case '|':
                return NULL;
        case '(':
                /* options change what follows */
                return re[1] == '*' || (re[1] == '?' && !strchr(":=!<", re[2]))
                               ? NULL
                               : behind_bracket(re);
        case '[':
                return strstr(re, "[:") ? NULL : behind_bracket(re);
        case '\\':
                if (re[1] == '\0' || (is_letter(re[1]) && !strchr("sSdDwWbBAzZ", re[1])))
                        return NULL;
                if (!is_letter(re[1]))
                        *ret = re[1];
                return re + 2;
        case '{': {
                const char *end = strchr(re, '}');
                return end ? end + 1 : NULL;
        }
        default:
                if (!strchr(".^$*+?", *re))
                        *ret = *re;
                return re + 1;
        }
}

/* Text that is in whatever the expression matches, piece by piece. */
static int add_regex(struct words *words, const char *re, struct word_term *term)
{
        struct word_term all = {.n = 0};
        unsigned flags = 0;
        char text[128];
        size_t n = 0;

        if (strncmp(re, "(?i)", 4) == 0) {
                flags = WORDS_IGNORE_CASE;
                re += 4;
        }
        if (strncmp(re, "(?", 2) == 0)
                return 0;
        while (*re) {
                char c;
                const char *next = next_item(re, &c);

                if (!next)
                        return 0;
                if (c && n < sizeof(text) && !strchr("?*{", *next)) {
                        text[n++] = c;
                        if (*next && *next != '+') {
                                re = next;
                                continue;
                        }
                }
                int r = words_add(words, text, n, flags, &all);
                if (r < 0)
                        return r;
                n = 0;
                re = next;
        }
        int r = words_add(words, text, n, flags, &all);
        if (r == 0)
                *term = all;
        return r;
}

/* --- tests ---- */

/* The argument is there: one of the paths' keys are. */
static int paths_clause(const struct where_words *paths, struct words *words,
                        struct need_clause *clause)
{
        int r = 0;

        for (size_t i = 0; i < paths->n && r == 0; i++) {
                struct need_term term = {.joined = false};

                r = words_add(words, paths->v[i], strlen(paths->v[i]), WORDS_BEGINS | WORDS_ENDS,
                              &term.words);
                if (r == 0)
                        r = need_clause_add(clause, &term);
        }
        return r;
}

static int regex_clause(const struct where_regex *re, struct words *words,
                        struct need_clause *clause)
{
        struct need_term term = {.joined = true};
        int r = add_regex(words, where_regex_text(re), &term.words);

        return r < 0 ? r : need_clause_add(clause, &term);
}

static int test_clause(const struct call_test *t, struct words *words, struct need_clause *clause);

/* Adds to the clause what one of the tests needs. */
static int any_clause(const struct call_tests *tests, struct words *words,
                      struct need_clause *clause)
{
        int r = 0;

        for (size_t i = 0; i < tests->n && r == 0; i++) {
                struct need_clause one = {0};

                r = test_clause(&tests->items[i], words, &one);
                clause->open |= one.open || one.n == 0;
                for (size_t k = 0; k < one.n && r == 0; k++)
                        r = need_clause_add(clause, &one.terms[k]);
                need_clause_done(&one);
        }
        return r;
}

static bool says_something(const struct need_clause *clause)
{
        return !clause->open && clause->n > 0;
}

/* One clause that the test needs; there may be none. */
static int test_clause(const struct call_test *t, struct words *words, struct need_clause *clause)
{
        int r = 0;

        if (t->arg.n && t->absent != ASK_TRUE)
                r = paths_clause(&t->arg, words, clause);
        if (r == 0 && t->matches && !says_something(clause)) {
                need_clause_done(clause);
                r = regex_clause(t->matches, words, clause);
        }
        for (size_t i = 0; i < t->all.n && r == 0 && !says_something(clause); i++) {
                need_clause_done(clause);
                r = test_clause(&t->all.items[i], words, clause);
        }
        if (r == 0 && t->any.n && !says_something(clause)) {
                need_clause_done(clause);
                r = any_clause(&t->any, words, clause);
        }
        return r;
}

int call_tests_need(const struct call_tests *tests, struct words *words, struct need *need)
{
        int r = 0;

        for (size_t i = 0; i < tests->n && r == 0; i++) {
                struct need_clause clause = {0};

                r = test_clause(&tests->items[i], words, &clause);
                if (r < 0)
                        need_clause_done(&clause);
                else
                        r = need_add(need, &clause);
        }
        return r;
}
