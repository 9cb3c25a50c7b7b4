/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/macros.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void rules_have_a_control(void **state)
{
        (void)state;
        tree_assert(
                "pam",
                "#%PAM-1.0\n"
                "@include common-account\n"
                "-auth [success=1 default=ignore] pam_unix.so nullok [a b\\]] # c\n"
                "auth sufficient \\\n"
                "  pam_deny.so\n",
                "{} 1:1-5 0+130\n"
                "  rules=[] 1:1-5 0+130 key 0:0\n"
                "    {} 2:1-2 10+23\n"
                "      control=s'@include' 2:1-2 10+8 key 0:0\n"
                "      module=s'common-account' 2:10-2 19+14 key 0:0\n"
                "      name=s'@include common-account' 2:1-2 10+23 key 0:0\n"
                "    {} 3:1-3 34+60\n"
                "      optional=b'true' 3:1-3 34+0 key 0:0\n"
                "      type=s'auth' 3:2-3 35+4 key 0:0\n"
                "      control={} 3:7-3 40+26 key 0:0\n"
                "        success=s'1' 3:16-3 49+1 key 0:0\n"
                "        default=s'ignore' 3:26-3 59+6 key 0:0\n"
                "      module=s'pam_unix.so' 3:34-3 67+11 key 0:0\n"
                "      name=s'-auth [success=1 default=ignore] pam_unix.so' 3:1-3 34+44 key 0:0\n"
                "      args=[] 3:46-3 79+0 key 0:0\n"
                "        s'nullok' 3:46-3 79+6\n"
                "        s'a b]' 3:54-3 87+5\n"
                "    {} 4:1-5 98+31\n"
                "      type=s'auth' 4:1-4 98+4 key 0:0\n"
                "      control=s'sufficient' 4:6-4 103+10 key 0:0\n"
                "      module=s'pam_deny.so' 5:3-5 118+11 key 0:0\n"
                "      name=s'auth sufficient  pam_deny.so' 4:1-5 98+31 key 0:0\n");
}

static void a_line_may_begin_with_a_service(void **state)
{
        (void)state;
        tree_assert_shape("pam",
                          "login auth required pam_unix.so\n"
                          "login AUTH sufficient pam_permit.so\n"
                          "other auth sufficient pam_permit.so\n"
                          "other session optional pam_permit.so\n",
                          "{}\n"
                          "  rules=[]\n"
                          "    {}\n"
                          "      service=s'login'\n"
                          "      type=s'auth'\n"
                          "      control=s'required'\n"
                          "      module=s'pam_unix.so'\n"
                          "      name=s'login auth required pam_unix.so'\n"
                          "    {}\n"
                          "      service=s'login'\n"
                          "      type=s'auth'\n"
                          "      control=s'sufficient'\n"
                          "      module=s'pam_permit.so'\n"
                          "      name=s'login AUTH sufficient pam_permit.so'\n"
                          "    {}\n"
                          "      service=s'other'\n"
                          "      type=s'auth'\n"
                          "      control=s'sufficient'\n"
                          "      module=s'pam_permit.so'\n"
                          "      name=s'other auth sufficient pam_permit.so'\n"
                          "      lets_in=b'true'\n"
                          "    {}\n"
                          "      service=s'other'\n"
                          "      type=s'session'\n"
                          "      control=s'optional'\n"
                          "      module=s'pam_permit.so'\n"
                          "      name=s'other session optional pam_permit.so'\n");
}

static void everybody_is_let_in_or_not(void **state)
{
        (void)state;
        static const struct {
                unsigned line; /* of the rule that lets everybody in, or 0 */
                const char *text;
        } cases[] = {
                {1, "auth required pam_permit.so\n"},
                {1, "auth sufficient pam_permit.so\nauth required pam_unix.so\n"},
                {0, "auth required pam_permit.so\nauth required pam_unix.so\n"},
                {0, "auth required pam_unix.so\nauth sufficient pam_permit.so\n"},
                {2, "auth sufficient pam_unix.so\nauth required pam_permit.so\n"},
                {0, "auth sufficient pam_unix.so\nauth requisite pam_deny.so\nauth required "
                    "pam_permit.so\n"},
                {0, "auth [success=1 default=ignore] pam_unix.so\nauth requisite pam_deny.so\nauth "
                    "required pam_permit.so\n"},
                {3, "auth [success=2 default=ignore] pam_unix.so\nauth optional pam_deny.so\nauth "
                    "required pam_permit.so\n"},
                {1, "auth [success=done] /lib/security/pam_permit.so\n@include common-auth\n"},
                {0, "@include common-auth\nauth sufficient pam_permit.so\n"},
                {2, "@include common-account\nauth sufficient pam_permit.so\n"},
                {0, "auth include system-auth\nauth sufficient pam_permit.so\n"},
                {1,
                 "auth sufficient pam_succeed_if.so quiet uid >= 0\nauth required pam_deny.so\n"},
                {0, "auth sufficient pam_succeed_if.so uid >= 0 user ingroup ops\nauth required "
                    "pam_deny.so\n"},
                {0, "auth required pam_succeed_if.so user != root\nauth required pam_permit.so\n"},
                {2, "auth required pam_succeed_if.so uid >= 1000\nauth required pam_permit.so\n"},
                {0, "auth sufficient pam_succeed_if.so uid >= 1000\nauth required pam_deny.so\n"},
                {1, "auth [success=1 default=ignore] pam_succeed_if.so uid gt -1\nauth required "
                    "pam_unix.so\n"},
                {3, "auth required pam_env.so\nauth optional pam_unix.so\nauth optional "
                    "pam_permit.so\n"},
                {0, "auth required pam_env.so\naccount required pam_permit.so\n"},
                {3, "auth required pam_unix.so\nauth [default=reset] pam_env.so\nauth sufficient "
                    "pam_permit.so\n"},
                {0, "auth [success=ok auth_err=die] pam_unix.so\nauth sufficient pam_permit.so\n"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(doc_freep) struct doc *doc = NULL;
                struct doc_error error;
                unsigned line = 0;

                assert_int_equal(
                        tree_parse("pam", cases[i].text, strlen(cases[i].text), &doc, &error), 0);
                NODE_CHILDREN(rule, node_get(doc_root(doc), "rules"))
                {
                        if (node_get(rule, "lets_in"))
                                line = rule->line;
                }
                if (line != cases[i].line)
                        print_message("%s", cases[i].text);
                assert_int_equal(line, cases[i].line);
        }
}

static void what_makes_no_sense_is_told(void **state)
{
        (void)state;
        tree_assert_bad("pam", "auth required pam_unix.so\nhello\n", 2, 1);
        tree_assert_bad("pam", "auth required\n", 1, 1);
        tree_assert_bad("pam", "auth [success=1 pam_unix.so\n", 1, 6);
}

static void what_is_cut_ends(void **state)
{
        (void)state;
        tree_assert_sturdy("pam", "-auth [a=b c=1] d.so [e f] \\\n g\n@include h\nlogin auth "
                                  "sufficient pam_permit.so\n");
        tree_assert_bounded("pam", "auth [a=b c=1] d.so e f\nauth sufficient pam_permit.so\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rules_have_a_control),
                cmocka_unit_test(a_line_may_begin_with_a_service),
                cmocka_unit_test(everybody_is_let_in_or_not),
                cmocka_unit_test(what_makes_no_sense_is_told),
                cmocka_unit_test(what_is_cut_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
