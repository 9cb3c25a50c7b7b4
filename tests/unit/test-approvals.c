/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/text.h"
#include "daemon/approvals.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

#define NOW ((usec_t)1000 * USEC_PER_SEC)

/* A scan's result is too large for many of them on the stack. */
struct bed {
        struct approvals *approvals;
        struct scan_result *result;
        struct reg_approval pin;
};

static void find(struct scan_result *r, const char *rule, const char *fingerprint)
{
        struct finding *f = scan_result_add_finding(r);

        assert_non_null(f);
        (void)text_copy(f->rule, sizeof(f->rule), rule);
        (void)text_copy(f->fingerprint, sizeof(f->fingerprint), fingerprint);
}

static int setup(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        b->result = calloc(1, sizeof(*b->result));
        assert_non_null(b->result);
        assert_int_equal(approvals_new(&b->approvals), 0);
        b->result->hashed = 1;
        memset(b->result->sha256, 0x11, sizeof(b->result->sha256));
        find(b->result, "rule-a", "aa");
        find(b->result, "rule-b", "bb");
        b->pin.workspace = (char *)(uintptr_t) "/w";
        b->pin.path = (char *)(uintptr_t) "infra/role.tf";
        memcpy(b->pin.sha256, b->result->sha256, sizeof(b->pin.sha256));
        reg_findings_digest(b->result->findings, b->result->n_findings, b->pin.findings);
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        struct bed *b = *state;

        assert_null(approvals_free(b->approvals));
        free(b->result);
        free(b);
        return 0;
}

static bool covered(const struct bed *b)
{
        return approvals_cover(b->approvals, "/w", "infra/role.tf", b->result, NOW);
}

static void same_content_place_and_findings_are_covered(void **state)
{
        struct bed *b = *state;

        assert_false(covered(b));
        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        assert_true(covered(b));
        assert_true(
                approvals_cover(b->approvals, "/w", "infra/role.tf", b->result, USEC_INFINITY - 1));
}

static void other_place_is_not_covered(void **state)
{
        struct bed *b = *state;

        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        assert_false(approvals_cover(b->approvals, "/w", "infra/role2.tf", b->result, NOW));
        assert_false(approvals_cover(b->approvals, "/w", "role.tf", b->result, NOW));
        assert_false(approvals_cover(b->approvals, "/v", "infra/role.tf", b->result, NOW));
        assert_false(approvals_cover(b->approvals, "/w/infra", "role.tf", b->result, NOW));
}

static void changed_content_is_not_covered(void **state)
{
        struct bed *b = *state;

        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        b->result->sha256[31] ^= 1;
        assert_false(covered(b));
}

static void content_without_a_hash_is_not_covered(void **state)
{
        struct bed *b = *state;

        memset(b->pin.sha256, 0, sizeof(b->pin.sha256));
        memset(b->result->sha256, 0, sizeof(b->result->sha256));
        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        assert_true(covered(b));
        b->result->hashed = 0;
        assert_false(covered(b));
}

static void other_findings_are_not_covered(void **state)
{
        struct bed *b = *state;

        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        find(b->result, "rule-c", "cc"); /* a new rule finds more */
        assert_false(covered(b));
        b->result->n_findings = 1;
        assert_false(covered(b));
        b->result->n_findings = 2;
        assert_true(covered(b));
        b->result->findings[0].fingerprint[0] = 'x';
        assert_false(covered(b));
}

static void order_of_findings_does_not_matter(void **state)
{
        struct bed *b = *state;

        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        struct finding first = b->result->findings[0];
        b->result->findings[0] = b->result->findings[1];
        b->result->findings[1] = first;
        assert_true(covered(b));
}

static void approval_ends_at_its_expiry(void **state)
{
        struct bed *b = *state;

        b->pin.expires = NOW + 1;
        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        assert_true(covered(b));
        assert_false(approvals_cover(b->approvals, "/w", "infra/role.tf", b->result, NOW + 1));
}

static void same_pin_again_changes_the_expiry(void **state)
{
        struct bed *b = *state;

        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        b->pin.expires = 1; /* how a decision is taken back */
        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        assert_false(covered(b));
        b->pin.expires = 0;
        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        assert_true(covered(b));
}

static void one_content_may_be_approved_at_many_places(void **state)
{
        struct bed *b = *state;
        char path[32];

        b->pin.path = path;
        for (int i = 0; i < 50; i++) {
                (void)snprintf(path, sizeof(path), "copy-%d", i);
                assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        }
        for (int i = 0; i < 50; i++) {
                (void)snprintf(path, sizeof(path), "copy-%d", i);
                assert_true(approvals_cover(b->approvals, "/w", path, b->result, NOW));
        }
        assert_false(covered(b));
}

static bool add_with_failure(struct bed *b, long n)
{
        struct approvals *a = NULL;
        char path[32];

        fail_alloc.failed = false;
        fail_alloc.left = n;
        int k = approvals_new(&a);
        for (int i = 0; k == 0 && i < 30; i++) {
                (void)snprintf(path, sizeof(path), "p%d", i);
                struct reg_approval pin = b->pin;
                pin.path = path;
                pin.sha256[0] = b->result->sha256[0] = (uint8_t)(i / 2);
                int added = approvals_add(a, &pin);

                assert_true(added == 0 || added == -ENOMEM);
                assert_int_equal(approvals_cover(a, "/w", path, b->result, NOW), added == 0);
        }
        fail_alloc.left = -1;
        assert_null(approvals_free(a));
        return fail_alloc.failed;
}

static void want_of_memory_approves_nothing(void **state)
{
        long n = 0;

        while (add_with_failure(*state, n))
                n++;
        assert_true(n > 90);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(same_content_place_and_findings_are_covered),
                T(other_place_is_not_covered),
                T(changed_content_is_not_covered),
                T(content_without_a_hash_is_not_covered),
                T(other_findings_are_not_covered),
                T(order_of_findings_does_not_matter),
                T(approval_ends_at_its_expiry),
                T(same_pin_again_changes_the_expiry),
                T(one_content_may_be_approved_at_many_places),
                T(want_of_memory_approves_nothing),
#undef T
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
