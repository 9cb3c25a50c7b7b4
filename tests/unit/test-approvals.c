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

static void file_is_covered_as_long_as_no_other_rule_finds_something(void **state)
{
        struct bed *b = *state;

        b->pin.scope = REG_SCOPE_FILE;
        b->pin.rules = (char *)(uintptr_t) "rule-b rule-a rule-aa";
        b->pin.expires = NOW + 10;
        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        assert_true(covered(b));
        b->result->sha256[0]++; /* another content */
        assert_true(covered(b));
        assert_int_equal(approvals_until(b->approvals, "/w", "infra/role.tf", b->result, NOW),
                         NOW + 10);
        assert_false(approvals_cover(b->approvals, "/w", "infra/role.tf", b->result, NOW + 10));
        find(b->result, "rule", "cc"); /* the beginning of one that is named */
        assert_false(covered(b));
        b->result->n_findings = 0;
        assert_true(covered(b));
        assert_false(approvals_cover(b->approvals, "/w", "infra/other.tf", b->result, NOW));
}

static void class_is_approved_in_its_workspace(void **state)
{
        struct bed *b = *state;

        b->pin.scope = REG_SCOPE_CLASS;
        b->pin.class = (char *)(uintptr_t) "iam-admin-policy";
        b->pin.expires = NOW + 10;
        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        assert_false(covered(b)); /* findings of it do not count; nothing is said of a file */
        assert_int_equal(approvals_class_until(b->approvals, "/w", "iam-admin-policy", NOW),
                         NOW + 10);
        assert_int_equal(approvals_class_until(b->approvals, "/w", "iam-admin-policy", NOW + 10),
                         APPROVALS_NONE);
        assert_int_equal(approvals_class_until(b->approvals, "/v", "iam-admin-policy", NOW),
                         APPROVALS_NONE);
        assert_int_equal(approvals_class_until(b->approvals, "/w", "iam-wildcard-action", NOW),
                         APPROVALS_NONE);
}

static void signed_approvals_are_globs_and_name_rules(void **state)
{
        struct bed *b = *state;

        b->pin.pattern = true;
        b->pin.workspace = (char *)(uintptr_t) "/home/*/w";
        b->pin.path = (char *)(uintptr_t) "infra/*.tf";
        b->pin.rules = (char *)(uintptr_t) "rule-a rule-b";
        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        assert_true(approvals_cover(b->approvals, "/home/a/w", "infra/x.tf", b->result, NOW));
        assert_false(approvals_cover(b->approvals, "/home/a/b/w", "infra/x.tf", b->result, NOW));
        assert_false(approvals_cover(b->approvals, "/home/a/w", "infra/deep/x.tf", b->result, NOW));
        find(b->result, "rule-c", "cc");
        assert_false(approvals_cover(b->approvals, "/home/a/w", "infra/x.tf", b->result, NOW));
        b->result->n_findings--;
        approvals_remove_signed(b->approvals);
        assert_false(approvals_cover(b->approvals, "/home/a/w", "infra/x.tf", b->result, NOW));
}

static void what_waits_for_a_second_person_covers_nothing(void **state)
{
        struct bed *b = *state;

        b->pin.awaits = true;
        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        assert_false(covered(b));
        assert_non_null(approvals_find(b->approvals, &b->pin));
        b->pin.awaits = false;
        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        assert_true(covered(b));
}

static void rejection_is_of_a_content_at_a_place_whatever_is_found(void **state)
{
        struct bed *b = *state;

        b->pin.reject = true;
        assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        assert_false(covered(b));
        assert_non_null(approvals_rejected(b->approvals, "/w", "infra/role.tf", b->result));
        find(b->result, "rule-c", "cc");
        assert_non_null(approvals_rejected(b->approvals, "/w", "infra/role.tf", b->result));
        assert_null(approvals_rejected(b->approvals, "/w", "infra/other.tf", b->result));
        b->result->sha256[0]++;
        assert_null(approvals_rejected(b->approvals, "/w", "infra/role.tf", b->result));
}

static int count(void *userdata, const struct reg_approval *a)
{
        (void)a;
        ++*(unsigned *)userdata;
        return 0;
}

/* Of one content, of which the first one found is special; and of others. */
static void what_is_removed_is_gone_and_nothing_else(void **state)
{
        struct bed *b = *state;
        static char path[32];

        b->pin.path = path;
        for (int i = 0; i < 12; i++) {
                (void)snprintf(path, sizeof(path), "p%d", i);
                (void)snprintf(b->pin.id, sizeof(b->pin.id), "id-%d", i);
                b->pin.scope = i % 3 ? REG_SCOPE_CONTENT : REG_SCOPE_FILE;
                b->pin.rules = i % 3 ? NULL : (char *)(uintptr_t) "rule-a rule-b";
                assert_int_equal(approvals_add(b->approvals, &b->pin), 0);
        }
        for (int gone = 0; gone < 12; gone++) {
                unsigned n = 0;

                (void)snprintf(path, sizeof(path), "id-%d", gone);
                approvals_remove(b->approvals, path);
                approvals_each(b->approvals, count, &n);
                assert_int_equal(n, 11 - gone);
                for (int i = 0; i < 12; i++) {
                        (void)snprintf(path, sizeof(path), "p%d", i);
                        assert_int_equal(approvals_cover(b->approvals, "/w", path, b->result, NOW),
                                         i > gone);
                }
        }
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
                T(file_is_covered_as_long_as_no_other_rule_finds_something),
                T(class_is_approved_in_its_workspace),
                T(signed_approvals_are_globs_and_name_rules),
                T(what_waits_for_a_second_person_covers_nothing),
                T(rejection_is_of_a_content_at_a_place_whatever_is_found),
                T(what_is_removed_is_gone_and_nothing_else),
                T(same_pin_again_changes_the_expiry),
                T(one_content_may_be_approved_at_many_places),
                T(want_of_memory_approves_nothing),
#undef T
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
