/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/model/finding.h"
#include "daemon/config/signed.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char good[] = "giad-approvals: 1\n"
                           "reason: \"the platform's own\"\n"
                           "expires: 2099-01-31\n"
                           "approve:\n"
                           "  - {scope: content, sha256: " HEX
                           ", workspace: /home/*/work, path: a.tf, rules: [r-1, r-2]}\n"
                           "  - {scope: file, workspace: /w, path: 'infra/*.tf'}\n"
                           "  - {scope: class, workspace: /w, class: iam-admin-policy}\n";

static int reads(const char *text, struct signed_file *ret, struct config_error *e)
{
        *e = (struct config_error){.line = 0};
        return signed_file_read("/etc/giad/approvals.d/a.yaml", text, strlen(text), ret, e);
}

static void a_file_says_what_is_approved(void **state)
{
        _cleanup_(signed_file_done) struct signed_file f = {.reason = NULL};
        struct config_error e;

        (void)state;
        assert_int_equal(reads(good, &f, &e), 0);
        assert_string_equal(f.reason, "the platform's own");
        assert_true(f.expires > 0);
        assert_int_equal(f.n, 3);
        assert_int_equal(f.items[0].scope, SIGNED_CONTENT);
        assert_int_equal(f.items[0].sha256[1], 0x23);
        assert_string_equal(f.items[0].workspace, "/home/*/work");
        assert_string_equal(f.items[0].rules, "r-1 r-2");
        assert_int_equal(f.items[0].line, 5);
        assert_string_equal(f.items[1].rules, "");
        assert_string_equal(f.items[2].class, "iam-admin-policy");
        assert_string_equal(f.items[2].path, "");
}

static void errors_say_where_and_what(void **state)
{
#define HEAD "giad-approvals: 1\nreason: x\nexpires: 2099-01-31\napprove:\n  - "
        static const struct {
                const char *text;
                unsigned line;
                const char *says;
        } cases[] = {
                {"", 0, "is empty"},
                {"[]", 1, "must be a mapping"},
                {"reason: x\n", 1, "giad-approvals: 1 is missing"},
                {"giad-approvals: 2\n", 1, "must be 1"},
                {"giad-approvals: 1\n", 1, "need a reason"},
                {"giad-approvals: 1\nreson: x\n", 2, "did you mean \"reason\"?"},
                {"giad-approvals: 1\nreason: x\nexpires: soon\n", 3, "expires is a date"},
                {"giad-approvals: 1\nreason: x\napprove: [{scope: class, workspace: /w, class: "
                 "iam-admin-policy}]\n",
                 1, "need an end"},
                {HEAD "{workspace: /w}\n", 5, "needs a scope"},
                {HEAD "{scope: files, workspace: /w}\n", 5, "did you mean \"file\"?"},
                {HEAD "{scope: file, path: a}\n", 5, "needs a workspace"},
                {HEAD "{scope: file, workspace: w, path: a}\n", 5, "must be an absolute path"},
                {HEAD "{scope: file, workspace: /w}\n", 5, "needs a path"},
                {HEAD "{scope: file, workspace: /w, path: /a}\n", 5, "relative to the workspace"},
                {HEAD "{scope: file, workspace: /w, path: a, sha256: " HEX "}\n", 5,
                 "belongs to scope content"},
                {HEAD "{scope: content, workspace: /w, path: a}\n", 5, "belongs to scope content"},
                {HEAD "{scope: content, workspace: /w, path: a, sha256: abc}\n", 5,
                 "64 hexadecimal"},
                {HEAD "{scope: class, workspace: /w}\n", 5, "belongs to scope class"},
                {HEAD "{scope: class, workspace: /w, class: nothing}\n", 5, "no finding class"},
                {HEAD "{scope: class, workspace: /w, path: a, class: iam-admin-policy}\n", 5,
                 "no path"},
                {HEAD "{scope: file, workspace: /w, path: a, rules: ['a b']}\n", 5, "no spaces"},
                {HEAD "{scope: file, workspace: /w, path: a, path: b}\n", 5, "given twice"},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct signed_file f = {.reason = NULL};
                struct config_error e;

                assert_int_equal(reads(cases[i].text, &f, &e), -EBADMSG);
                if (e.line != cases[i].line || !strstr(e.message, cases[i].says))
                        fail_msg("case %zu: line %u: %s", i, e.line, e.message);
                assert_null(f.reason);
        }
}

static void cut_files_never_crash(void **state)
{
        struct config_error e;

        (void)state;
        for (size_t n = 0; n < strlen(good); n++) {
                _cleanup_(signed_file_done) struct signed_file f = {.reason = NULL};
                int k = signed_file_read("a.yaml", good, n, &f, &e);

                assert_true(k == 0 || k == -EBADMSG);
        }
}

static void want_of_memory_is_told(void **state)
{
        bool failed = true;

        (void)state;
        for (long n = 0; failed; n++) {
                _cleanup_(signed_file_done) struct signed_file f = {.reason = NULL};
                struct config_error e;

                fail_alloc.failed = false;
                fail_alloc.left = n;
                int k = reads(good, &f, &e);
                fail_alloc.left = -1;
                failed = fail_alloc.failed;
                assert_true(failed ? k < 0 : k == 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_file_says_what_is_approved),
                cmocka_unit_test(errors_say_where_and_what),
                cmocka_unit_test(cut_files_never_crash),
                cmocka_unit_test(want_of_memory_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
