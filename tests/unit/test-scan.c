/* SPDX-FileCopyrightText: giad maintainers */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "common/model/scan.h"
#include "tests/unit/test.h"

static struct scan_answer *make_answer(void)
{
        struct scan_answer *a = calloc(1, sizeof(*a));

        assert_non_null(a);
        a->type = SCAN_ANSWER;
        a->result.artefact = ARTEFACT_NONE;
        (void)text_copy(a->result.format, sizeof(a->result.format), "yaml");
        (void)text_copy(a->result.evidence, sizeof(a->result.evidence), "key roleRef");
        return a;
}

static size_t size_of(const struct scan_answer *a)
{
        return offsetof(struct scan_answer, result) + scan_result_size(&a->result);
}

static void an_answer_is_as_long_as_its_findings(void **state)
{
        struct scan_answer *a = make_answer();

        (void)state;
        assert_int_equal(scan_answer_check(a, size_of(a)), 0);
        assert_int_equal(scan_answer_check(a, size_of(a) - 1), -EBADMSG);
        assert_int_equal(scan_answer_check(a, size_of(a) + 1), -EBADMSG);
        assert_int_equal(scan_answer_check(a, sizeof(uint32_t)), -EBADMSG);
        a->result.n_findings = SCAN_FINDINGS_MAX + 1;
        assert_int_equal(scan_answer_check(a, sizeof(*a)), -EBADMSG);
        free(a);
}

static void what_follows_the_result_is_checked(void **state)
{
        struct scan_answer *a = make_answer();

        (void)state;
        (void)scan_result_add_finding(&a->result);
        assert_null(scan_answer_about(a));
        a->about_size = sizeof(struct scan_about);
        struct scan_about *about = scan_answer_about(a);
        assert_int_equal(scan_answer_size(a), size_of(a) + sizeof(*about));
        (void)text_copy(about->command, sizeof(about->command), "a tool");
        assert_int_equal(scan_answer_check(a, scan_answer_size(a)), 0);
        assert_int_equal(scan_answer_check(a, size_of(a)), -EBADMSG);
        about->command[1] = '\x1b';
        assert_int_equal(scan_answer_check(a, scan_answer_size(a)), -EBADMSG);
        about->command[1] = ' ';
        about->command_clean = 2;
        assert_int_equal(scan_answer_check(a, scan_answer_size(a)), -EBADMSG);
        memset(about, 'a', sizeof(*about));
        assert_int_equal(scan_answer_check(a, scan_answer_size(a)), -EBADMSG);
        a->about_size--;
        assert_int_equal(scan_answer_check(a, scan_answer_size(a)), -EBADMSG);
        free(a);
}

/* What a scanner that was taken over says is written to terminals and logs. */
static void a_text_that_cannot_be_shown_is_refused(void **state)
{
        static const char *const bad[] = {"\x1b[2J", "a\nb", "\xe2\x80\xae", "\xff", "\x7f"};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                struct scan_answer *a = make_answer();
                struct scan_result *r = &a->result;
                char *const texts[] = {r->format, r->evidence, r->shown};

                for (size_t k = 0; k < ELEMENTSOF(texts); k++) {
                        char kept[16];

                        memcpy(kept, texts[k], sizeof(kept));
                        (void)text_copy(texts[k], sizeof(r->format), bad[i]);
                        assert_int_equal(scan_answer_check(a, size_of(a)), -EBADMSG);
                        memcpy(texts[k], kept, sizeof(kept));
                }
                struct finding *f = scan_result_add_finding(r);
                assert_int_equal(scan_answer_check(a, size_of(a)), 0);
                (void)text_copy(f->detail, sizeof(f->detail), bad[i]);
                assert_int_equal(scan_answer_check(a, size_of(a)), -EBADMSG);
                free(a);
        }
}

static void a_text_without_end_is_refused(void **state)
{
        struct scan_answer *a = make_answer();

        (void)state;
        memset(a->result.evidence, 'a', sizeof(a->result.evidence));
        assert_int_equal(scan_answer_check(a, size_of(a)), -EBADMSG);
        free(a);
}

static void what_is_said_twice_takes_no_room(void **state)
{
        struct scan_result *r = calloc(1, sizeof(*r));
        char text[16];

        (void)state;
        assert_non_null(r);
        for (unsigned i = 0; i < 3 * SCAN_ASSERTIONS_MAX; i++)
                scan_result_assert(r, ASSERTION_GRANT, "same", CERTAINTY_UNKNOWN, 9);
        assert_int_equal(r->n_assertions, 1);
        /* the certain one counts, and of two such the first in the file */
        scan_result_assert(r, ASSERTION_GRANT, "same", CERTAINTY_YES, 7);
        scan_result_assert(r, ASSERTION_GRANT, "same", CERTAINTY_YES, 8);
        assert_int_equal(r->n_assertions, 1);
        assert_int_equal(r->assertions[0].certainty, CERTAINTY_YES);
        assert_int_equal(r->assertions[0].line, 7);
        for (unsigned i = 1; i < SCAN_ASSERTIONS_MAX + 2; i++) {
                (void)snprintf(text, sizeof(text), "%u", i);
                scan_result_assert(r, ASSERTION_GRANT, text, CERTAINTY_YES, i);
        }
        assert_int_equal(r->n_assertions, SCAN_ASSERTIONS_MAX);
        assert_int_equal(r->assertions_dropped, 2);
        free(r);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_answer_is_as_long_as_its_findings),
                cmocka_unit_test(what_follows_the_result_is_checked),
                cmocka_unit_test(a_text_that_cannot_be_shown_is_refused),
                cmocka_unit_test(a_text_without_end_is_refused),
                cmocka_unit_test(what_is_said_twice_takes_no_room),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
