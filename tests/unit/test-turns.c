/* SPDX-FileCopyrightText: giad maintainers */
#include "common/base/macros.h"
#include "daemon/turns.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

#define MANY 4000u

struct row {
        struct turns *turns;
        struct turn turn[MANY];
        uint32_t workspace[MANY];
        unsigned n;
};

static int setup(void **state)
{
        struct row *r = calloc(1, sizeof(*r));

        assert_non_null(r);
        assert_int_equal(turns_new(&r->turns), 0);
        *state = r;
        return 0;
}

static int teardown(void **state)
{
        struct row *r = *state;

        for (unsigned i = 0; i < r->n; i++)
                if (r->turn[i].place)
                        turns_leave(r->turns, &r->turn[i]);
        assert_null(turns_free(r->turns));
        free(r);
        return 0;
}

static struct turn *add(struct row *r, uint32_t workspace, enum turn_class class, uint64_t size)
{
        struct turn *turn = &r->turn[r->n];

        assert_true(r->n < MANY);
        assert_int_equal(turns_enter(r->turns, turn, workspace), 0);
        turns_wait(r->turns, turn, class, size, false);
        r->workspace[r->n++] = workspace;
        return turn;
}

static void add_many(struct row *r, unsigned n, uint32_t workspace, enum turn_class class,
                     uint64_t size)
{
        for (unsigned i = 0; i < n; i++)
                (void)add(r, workspace, class, size);
}

static uint32_t workspace_of(const struct row *r, const struct turn *turn)
{
        return r->workspace[turn - r->turn];
}

/* How many turns others have until it is this one's; it waits no longer then. */
static unsigned before(struct row *r, const struct turn *wanted)
{
        for (unsigned n = 0;; n++) {
                const struct turn *turn = turns_next(r->turns, TURNS_ALL);

                assert_non_null(turn);
                if (turn == wanted)
                        return n;
        }
}

static void flood_in_one_workspace_leaves_the_other_its_turn(void **state)
{
        struct row *r = *state;

        add_many(r, 3000, 1, TURN_FRESH, 100);
        assert_true(before(r, add(r, 2, TURN_FRESH, 100)) <= 4);
        /* also one that comes when the other has just had some */
        for (unsigned i = 0; i < 20; i++)
                assert_true(before(r, add(r, 2, TURN_FRESH, 100)) <= 4);
        assert_int_equal(turns_of(r->turns, 1), 3000);
        assert_int_equal(turns_of(r->turns, 2), 21);
}

static void every_workspace_has_its_share_by_size(void **state)
{
        struct row *r = *state;
        uint64_t read[4] = {0};

        add_many(r, 40, 1, TURN_FRESH, 4 << 20);
        add_many(r, 2000, 2, TURN_FRESH, 20000);
        add_many(r, 1000, 3, TURN_FRESH, 50000);
        for (unsigned i = 0; i < 1500; i++) {
                const struct turn *turn = turns_next(r->turns, TURNS_ALL);

                read[workspace_of(r, turn)] += turn->size + TURNS_FILE_COST;
        }
        /* each as much as the others, but for one file of the largest */
        for (unsigned w = 2; w < 4; w++)
                assert_in_range(read[w], read[1] > 5 << 20 ? read[1] - (5 << 20) : 0,
                                read[1] + (5 << 20));
        assert_true(read[2] > 20 << 20);
}

static void huge_file_holds_up_others_for_its_own_turn_only(void **state)
{
        struct row *r = *state;

        struct turn *huge = add(r, 1, TURN_FRESH, UINT64_MAX), *next = add(r, 1, TURN_FRESH, 1);
        assert_ptr_equal(turns_next(r->turns, TURNS_ALL), huge);
        add_many(r, 3000, 2, TURN_FRESH, 8192);
        /* then the others read as much as it counts for, at most, and its workspace goes on */
        assert_in_range(before(r, next), 900, TURNS_COST_MAX / 16384 + 4);
}

static void workspace_that_is_alone_owes_nothing(void **state)
{
        struct row *r = *state;

        for (unsigned i = 0; i < 50; i++)
                (void)before(r, add(r, 1, TURN_FRESH, 8 << 20));
        struct turn *a = add(r, 1, TURN_FRESH, 10);
        add_many(r, 100, 2, TURN_FRESH, 10);
        assert_true(before(r, a) <= 4);
}

static void first_class_goes_first_in_every_workspace(void **state)
{
        struct row *r = *state;

        for (int c = _TURN_MAX - 1; c >= 0; c--)
                for (uint32_t w = 1; w < 4; w++)
                        add_many(r, 2, w, (enum turn_class)c, 10);
        for (unsigned i = 0, last = 0; i < 15; i++) {
                const struct turn *turn = turns_next(r->turns, TURNS_ALL);

                assert_true(turn->class >= last);
                last = turn->class;
        }
}

static void no_class_waits_for_ever(void **state)
{
        struct row *r = *state;
        unsigned had[_TURN_MAX] = {0}, since[_TURN_MAX] = {0};

        for (int c = 0; c < _TURN_MAX; c++)
                add_many(r, 700, 1, (enum turn_class)c, 10);
        for (unsigned i = 0; i < 600; i++) {
                const struct turn *turn = turns_next(r->turns, TURNS_ALL);

                for (int c = 0; c < _TURN_MAX; c++)
                        since[c]++;
                had[turn->class]++;
                since[turn->class] = 0;
                for (int c = 0; c < _TURN_MAX; c++)
                        assert_true(since[c] <= TURNS_PASSED_MAX + _TURN_MAX - 2);
        }
        /* and it is no more than that: the first class has the rest */
        for (int c = 1; c < _TURN_MAX; c++)
                assert_in_range(had[c], 600 / (TURNS_PASSED_MAX + _TURN_MAX - 1),
                                600 / TURNS_PASSED_MAX);
        assert_true(had[0] > 450);
}

static void only_who_was_asked_for_has_a_turn(void **state)
{
        struct row *r = *state;
        struct turn *sweep = add(r, 1, TURN_SWEEP, 10), *fresh = add(r, 1, TURN_FRESH, 10),
                    *likely = add(r, 1, TURN_LIKELY_SWEEP, 10);

        assert_ptr_equal(turns_next(r->turns, TURNS_SWEEP), likely);
        assert_ptr_equal(turns_next(r->turns, TURNS_SWEEP), sweep);
        assert_false(turns_any(r->turns, TURNS_SWEEP));
        assert_null(turns_next(r->turns, TURNS_SWEEP));
        assert_true(turns_any(r->turns, TURNS_FRESH));
        assert_ptr_equal(turns_next(r->turns, TURNS_FRESH), fresh);
        assert_null(turns_next(r->turns, TURNS_ALL));
}

static void who_left_is_no_longer_waited_for(void **state)
{
        struct row *r = *state;
        struct turn *a = add(r, 1, TURN_FRESH, 1), *b = add(r, 1, TURN_FRESH, 1),
                    *c = add(r, 2, TURN_FRESH, 1);

        turns_leave(r->turns, a);
        assert_int_equal(turns_of(r->turns, 1), 1);
        turns_cancel(r->turns, b);
        turns_cancel(r->turns, b);
        assert_ptr_equal(turns_next(r->turns, TURNS_ALL), c);
        turns_wait(r->turns, c, TURN_FRESH, 1, false);
        turns_wait(r->turns, b, TURN_GATE, 1, true);
        assert_ptr_equal(turns_next(r->turns, TURNS_ALL), b);
        turns_leave(r->turns, c); /* while it waits */
        assert_int_equal(turns_of(r->turns, 2), 0);
        assert_null(turns_next(r->turns, TURNS_ALL));
}

static void want_of_memory_is_told(void **state)
{
        struct row *r = *state;
        long n = 0;

        do {
                fail_alloc.failed = false;
                fail_alloc.left = n++;
                int k = turns_enter(r->turns, &r->turn[r->n], 100 + r->n);

                fail_alloc.left = -1;
                assert_true(k == 0 || (k == -ENOMEM && fail_alloc.failed));
                assert_int_equal(turns_of(r->turns, 100 + r->n), k == 0);
                r->n += k == 0;
        } while (fail_alloc.failed);
        assert_true(n > 2);
}

#define R(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                R(flood_in_one_workspace_leaves_the_other_its_turn),
                R(every_workspace_has_its_share_by_size),
                R(huge_file_holds_up_others_for_its_own_turn_only),
                R(workspace_that_is_alone_owes_nothing),
                R(first_class_goes_first_in_every_workspace),
                R(no_class_waits_for_ever),
                R(only_who_was_asked_for_has_a_turn),
                R(who_left_is_no_longer_waited_for),
                R(want_of_memory_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
