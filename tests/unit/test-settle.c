/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "tests/unit/test.h"
#include "watchers/settle.h"

#define QUIET ((usec_t)100)
#define LONGEST ((usec_t)1000)

static int dir_a, dir_b;

static struct settle *make(size_t max)
{
        struct settle *s;

        assert_int_equal(settle_new(&s, QUIET, LONGEST, max), 0);
        return s;
}

/* Takes out what is due and asserts what it is; name NULL: nothing is. */
static void expect(struct settle *s, usec_t now, const char *name, enum candidate_why why)
{
        struct settle_entry *e = settle_take(s, now);

        if (!name) {
                assert_null(e);
                return;
        }
        assert_non_null(e);
        assert_string_equal(settle_entry_name(e), name);
        assert_int_equal(settle_entry_why(e), why);
        assert_null(settle_entry_free(e));
}

static void touched_file_is_due_after_its_quiet_time(void **state)
{
        struct settle *s = make(10);

        (void)state;
        assert_true(settle_deadline(s) == USEC_INFINITY);
        assert_int_equal(settle_touch(s, &dir_a, "f", CANDIDATE_OPEN, 5000), 1);
        assert_true(settle_deadline(s) == 5000 + QUIET);
        expect(s, 5000 + QUIET - 1, NULL, 0);
        expect(s, 5000 + QUIET, "f", CANDIDATE_OPEN);
        assert_int_equal(settle_count(s), 0);
        assert_null(settle_free(s));
}

static void touches_put_it_off_but_not_for_ever(void **state)
{
        struct settle *s = make(10);

        (void)state;
        assert_int_equal(settle_touch(s, &dir_a, "f", CANDIDATE_OPEN, 0), 1);
        for (usec_t t = 50; t < LONGEST; t += 50) {
                expect(s, t, NULL, 0);
                assert_int_equal(settle_touch(s, &dir_a, "f", CANDIDATE_OPEN, t), 0);
        }
        assert_true(settle_deadline(s) == LONGEST);
        expect(s, LONGEST, "f", CANDIDATE_OPEN);
        /* and then it begins anew */
        assert_int_equal(settle_touch(s, &dir_a, "f", CANDIDATE_OPEN, LONGEST + 1), 1);
        assert_true(settle_deadline(s) == LONGEST + 1 + QUIET);
        assert_null(settle_free(s));
}

static void same_name_in_two_directories_is_two_files(void **state)
{
        struct settle *s = make(10);

        (void)state;
        assert_int_equal(settle_touch(s, &dir_a, "f", CANDIDATE_OPEN, 1), 1);
        assert_int_equal(settle_touch(s, &dir_b, "f", CANDIDATE_OPEN, 2), 1);
        assert_true(settle_cancel(s, &dir_a, "f"));
        assert_false(settle_cancel(s, &dir_a, "f"));
        assert_false(settle_has(s, &dir_a, "f"));
        struct settle_entry *e = settle_take(s, 1000);
        assert_non_null(e);
        assert_ptr_equal(settle_entry_dir(e), &dir_b);
        (void)settle_entry_free(e);
        assert_null(settle_free(s));
}

static void strongest_reason_is_kept(void **state)
{
        struct settle *s = make(10);

        (void)state;
        assert_int_equal(settle_touch(s, &dir_a, "f", CANDIDATE_LINKED, 1), 1);
        assert_int_equal(settle_touch(s, &dir_a, "f", CANDIDATE_CHANGED, 2), 0);
        assert_int_equal(settle_touch(s, &dir_a, "g", CANDIDATE_CHANGED, 3), 1);
        assert_int_equal(settle_touch(s, &dir_a, "g", CANDIDATE_OPEN, 4), 0);
        assert_int_equal(settle_touch(s, &dir_a, "g", CANDIDATE_CHANGED, 4), 0);
        expect(s, 1000, "f", CANDIDATE_LINKED);
        expect(s, 1000, "g", CANDIDATE_OPEN);
        assert_null(settle_free(s));
}

static void full_table_refuses_new_files_only(void **state)
{
        struct settle *s = make(2);

        (void)state;
        assert_int_equal(settle_touch(s, &dir_a, "1", CANDIDATE_OPEN, 1), 1);
        assert_int_equal(settle_touch(s, &dir_a, "2", CANDIDATE_OPEN, 1), 1);
        assert_int_equal(settle_touch(s, &dir_a, "3", CANDIDATE_OPEN, 1), -ENOBUFS);
        assert_int_equal(settle_touch(s, &dir_a, "2", CANDIDATE_OPEN, 1), 0);
        assert_null(settle_free(s));
}

static void only_what_was_made_and_left_alone_is_fresh(void **state)
{
        struct settle *s = make(10);

        (void)state;
        assert_int_equal(settle_touch(s, &dir_a, "made", CANDIDATE_LINKED, 1), 1);
        assert_int_equal(settle_touch(s, &dir_a, "written", CANDIDATE_LINKED, 1), 1);
        assert_int_equal(settle_touch(s, &dir_a, "written", CANDIDATE_OPEN, 1), 0);
        assert_int_equal(settle_touch(s, &dir_a, "closed", CANDIDATE_LINKED, 1), 1);
        assert_true(settle_cancel(s, &dir_a, "closed"));
        assert_int_equal(settle_touch(s, &dir_a, "changed", CANDIDATE_CHANGED, 1), 1);
        const struct settle_entry *e = settle_next_fresh(s);
        assert_non_null(e);
        assert_string_equal(settle_entry_name(e), "made");
        assert_null(settle_next_fresh(s));
        assert_int_equal(settle_count(s), 3);
        assert_null(settle_free(s));
}

/* A plain model beside the heap: random touches, cancels and takes must agree with it. */
static void order_agrees_with_a_plain_model(void **state)
{
        struct {
                bool in;
                usec_t first, last;
        } model[200] = {0};
        struct settle *s = make(200);
        unsigned seed = 12345;
        usec_t now = 0;

        (void)state;
        for (unsigned i = 0; i < 20000; i++) {
                char name[16];

                seed = seed * 1103515245 + 12345;
                unsigned k = (seed >> 16) % 200, what = (seed >> 8) % 10;
                (void)snprintf(name, sizeof(name), "f%u", k);
                now += (seed >> 4) % 7;
                if (what < 7) {
                        assert_int_equal(settle_touch(s, &dir_a, name, CANDIDATE_OPEN, now),
                                         model[k].in ? 0 : 1);
                        if (!model[k].in)
                                model[k].first = now;
                        model[k].in = true;
                        model[k].last = now;
                } else if (what < 8) {
                        assert_int_equal(settle_cancel(s, &dir_a, name), model[k].in);
                        model[k].in = false;
                }
                struct settle_entry *e;
                while ((e = settle_take(s, now))) {
                        unsigned n = (unsigned)strtoul(settle_entry_name(e) + 1, NULL, 10);
                        assert_true(model[n].in);
                        assert_true(model[n].last + QUIET <= now ||
                                    model[n].first + LONGEST <= now);
                        model[n].in = false;
                        (void)settle_entry_free(e);
                }
                usec_t due = USEC_INFINITY;
                for (unsigned n = 0; n < ELEMENTSOF(model); n++)
                        if (model[n].in)
                                due = MIN_OF(due, MIN_OF(model[n].last + QUIET,
                                                         model[n].first + LONGEST));
                assert_true(settle_deadline(s) == due);
        }
        assert_null(settle_free(s));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(touched_file_is_due_after_its_quiet_time),
                cmocka_unit_test(touches_put_it_off_but_not_for_ever),
                cmocka_unit_test(same_name_in_two_directories_is_two_files),
                cmocka_unit_test(strongest_reason_is_kept),
                cmocka_unit_test(full_table_refuses_new_files_only),
                cmocka_unit_test(only_what_was_made_and_left_alone_is_fresh),
                cmocka_unit_test(order_agrees_with_a_plain_model),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
