/* SPDX-FileCopyrightText: giad maintainers */
#include "daemon/control/refusals.h"
#include "tests/unit/test.h"

#define T0 (1000 * USEC_PER_SEC)

static const struct control_peer *peer(uid_t uid)
{
        static struct control_peer p;

        p = (struct control_peer){.uid = uid};
        return &p;
}

static void the_first_is_told_at_once_the_rest_in_one_word(void **state)
{
        struct refusals r = {0};
        const struct refusal *u;
        uint64_t n = 0;

        (void)state;
        assert_true(refusals_note(&r, peer(7), "full", T0));
        for (int i = 0; i < 500; i++)
                assert_false(refusals_note(&r, peer(7), "greedy", T0 + (usec_t)i));
        assert_null(refusals_due(&r, T0 + REFUSALS_INTERVAL - 1, &n));
        u = refusals_due(&r, T0 + REFUSALS_INTERVAL, &n);
        assert_non_null(u);
        assert_int_equal(u->peer.uid, 7);
        assert_string_equal(u->why, "greedy");
        assert_int_equal(n, 500);
        assert_null(refusals_due(&r, T0 + REFUSALS_INTERVAL, &n));
        /* who goes on is counted on */
        assert_true(refusals_pending(&r));
        assert_false(refusals_note(&r, peer(7), "greedy", T0 + REFUSALS_INTERVAL + 1));
        assert_non_null(refusals_due(&r, T0 + 2 * REFUSALS_INTERVAL, &n));
        assert_int_equal(n, 1);
        /* who has stopped is forgotten */
        assert_null(refusals_due(&r, T0 + 3 * REFUSALS_INTERVAL, &n));
        assert_false(refusals_pending(&r));
        assert_true(refusals_note(&r, peer(7), "full", T0 + 4 * REFUSALS_INTERVAL));
}

static void one_user_does_not_hide_another(void **state)
{
        struct refusals r = {0};

        (void)state;
        for (int i = 0; i < 100; i++)
                (void)refusals_note(&r, peer(7), "full", T0);
        assert_true(refusals_note(&r, peer(8), "full", T0));
}

static void users_past_the_limit_are_counted_as_one(void **state)
{
        struct refusals r = {0};
        const struct refusal *u;
        unsigned now = 0, later = 0, unnamed = 0;
        uint64_t n = 0;

        (void)state;
        for (uid_t uid = 0; uid < 1000; uid++)
                now += refusals_note(&r, peer(uid), "full", T0);
        assert_int_equal(now, REFUSALS_USERS);
        while ((u = refusals_due(&r, USEC_INFINITY, &n))) {
                later += (unsigned)n;
                unnamed += u->peer.uid == UINT32_MAX;
        }
        assert_int_equal(now + later, 1000);
        assert_int_equal(unnamed, 1);
        assert_false(refusals_pending(&r));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_first_is_told_at_once_the_rest_in_one_word),
                cmocka_unit_test(one_user_does_not_hide_another),
                cmocka_unit_test(users_past_the_limit_are_counted_as_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
