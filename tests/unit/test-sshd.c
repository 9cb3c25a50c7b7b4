/* SPDX-FileCopyrightText: giad maintainers */
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void the_first_value_counts(void **state)
{
        (void)state;
        tree_assert("sshd",
                    "Port 22\n"
                    "# c\n"
                    "permitrootlogin no\n"
                    "PermitRootLogin yes\n"
                    "port=23\n",
                    "{} 1:1-5 0+59\n"
                    "  port=[] 1:6-5 5+0 key 1:1\n"
                    "    s'22' 1:6-1 5+2\n"
                    "    s'23' 5:6-5 56+2\n"
                    "  permitrootlogin=s'no' 3:17-3 28+2 key 3:1\n");
}

static void arguments_are_words(void **state)
{
        (void)state;
        tree_assert_shape("sshd",
                          "AuthorizedKeysFile .ssh/a \"/etc/ssh/%u b\" # c\n"
                          "ForceCommand \"/bin/x y\"\n"
                          "AuthorizedKeysCommand /bin/a %u #b\n"
                          "PermitOpen=x\n"
                          "Banner {{ x }}\n"
                          "{% if a %}\n",
                          "{}\n"
                          "  authorizedkeysfile=[]\n"
                          "    s'.ssh/a'\n"
                          "    s'/etc/ssh/%u b'\n"
                          "  forcecommand=s'/bin/x y'\n"
                          "  authorizedkeyscommand=s'/bin/a %u #b'\n"
                          "  permitopen=s'x'\n"
                          "  banner=u'{{ x }}'\n");
}

static void blocks_are_for_some(void **state)
{
        (void)state;
        tree_assert_shape("sshd",
                          "PermitRootLogin no\n"
                          "Match User a,!b Address=10.0.0.0/8 # c\n"
                          "  PermitRootLogin \"yes\"\n"
                          "  PermitRootLogin no\n"
                          "match all\n"
                          "  AllowUsers x y\n"
                          "  AllowUsers z\n",
                          "{}\n"
                          "  permitrootlogin=s'no'\n"
                          "  match=[]\n"
                          "    {}\n"
                          "      criteria={}\n"
                          "        user=[]\n"
                          "          s'a'\n"
                          "          s'!b'\n"
                          "        address=s'10.0.0.0/8'\n"
                          "      name=s'User a,!b Address=10.0.0.0/8'\n"
                          "      permitrootlogin=s'yes'\n"
                          "    {}\n"
                          "      criteria={}\n"
                          "        all=b'true'\n"
                          "      name=s'all'\n"
                          "      allowusers=[]\n"
                          "        s'x'\n"
                          "        s'y'\n"
                          "        s'z'\n");
}

static void a_client_has_hosts(void **state)
{
        (void)state;
        tree_assert_shape("ssh",
                          "Host a *.b !c\n"
                          "  User x\n"
                          "Host *\n"
                          "  User y\n"
                          "  IdentityFile ~/.ssh/a\n",
                          "{}\n"
                          "  match=[]\n"
                          "    {}\n"
                          "      criteria={}\n"
                          "        host=[]\n"
                          "          s'a'\n"
                          "          s'*.b'\n"
                          "          s'!c'\n"
                          "      name=s'a *.b !c'\n"
                          "      user=s'x'\n"
                          "    {}\n"
                          "      criteria={}\n"
                          "        host=s'*'\n"
                          "      name=s'*'\n"
                          "      user=s'y'\n"
                          "      identityfile=s'~/.ssh/a'\n");
}

static void what_makes_no_sense_is_told(void **state)
{
        (void)state;
        tree_assert_bad("sshd", "Port 22\n$x\n", 2, 1);
        tree_assert_bad("sshd", "Port\n", 1, 5);
}

static void what_is_cut_ends(void **state)
{
        (void)state;
        tree_assert_sturdy(
                "sshd", "Port 1\r\nA=\"b c\" d\nMatch User a,b Host=\"c\" all\n ForceCommand x\n");
        tree_assert_sturdy("ssh", "Host a \"b\"\nProxyCommand {{ x }}\n");
        tree_assert_bounded("sshd", "Port 1\nMatch User a,b\nAllowUsers c d\nMatch all\n X y\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_first_value_counts),
                cmocka_unit_test(arguments_are_words),
                cmocka_unit_test(blocks_are_for_some),
                cmocka_unit_test(a_client_has_hosts),
                cmocka_unit_test(what_makes_no_sense_is_told),
                cmocka_unit_test(what_is_cut_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
