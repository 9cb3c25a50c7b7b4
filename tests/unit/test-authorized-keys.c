/* SPDX-FileCopyrightText: giad maintainers */
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void keys_have_options(void **state)
{
        (void)state;
        tree_assert("authorized_keys",
                    "# c\n"
                    "restrict,Command=\"/bin/x \\\"a, b\\\"\",from=\"a\",from=\"b\" ssh-ed25519 "
                    "AAAAC3 a b\n"
                    "  ssh-rsa AAAAB c\n"
                    "sk-ssh-ed25519@openssh.com AAAAG\n",
                    "{} 1:1-4 0+131\n"
                    "  keys=[] 1:1-4 0+131 key 0:0\n"
                    "    {} 2:1-2 4+75\n"
                    "      options={} 2:1-2 4+52 key 0:0\n"
                    "        restrict=b'true' 2:1-2 4+0 key 2:1\n"
                    "        command=s'/bin/x \"a, b\"' 2:19-2 22+15 key 2:10\n"
                    "        from=[] 2:42-2 45+0 key 2:36\n"
                    "          s'a' 2:42-2 45+1\n"
                    "          s'b' 2:51-2 54+1\n"
                    "      type=s'ssh-ed25519' 2:54-2 57+11 key 0:0\n"
                    "      key=s'AAAAC3' 2:66-2 69+6 key 0:0\n"
                    "      name=s'AAAAC3' 2:66-2 69+6 key 0:0\n"
                    "      comment=s'a b' 2:73-2 76+3 key 0:0\n"
                    "    {} 3:3-3 82+15\n"
                    "      type=s'ssh-rsa' 3:3-3 82+7 key 0:0\n"
                    "      key=s'AAAAB' 3:11-3 90+5 key 0:0\n"
                    "      name=s'AAAAB' 3:11-3 90+5 key 0:0\n"
                    "      comment=s'c' 3:17-3 96+1 key 0:0\n"
                    "    {} 4:1-4 98+32\n"
                    "      type=s'sk-ssh-ed25519@openssh.com' 4:1-4 98+26 key 0:0\n"
                    "      key=s'AAAAG' 4:28-4 125+5 key 0:0\n"
                    "      name=s'AAAAG' 4:28-4 125+5 key 0:0\n");
}

static void templates_are_not_known(void **state)
{
        (void)state;
        tree_assert_shape("authorized_keys",
                          "{% for k in keys %}\n"
                          "ssh-rsa {{ k }} x\n"
                          "{{ k }}\n"
                          "{% endfor %}\n",
                          "{}\n"
                          "  keys=[]\n"
                          "    {}\n"
                          "      type=s'ssh-rsa'\n"
                          "      key=u'{{ k }}'\n"
                          "      name=u'{{ k }}'\n"
                          "      comment=s'x'\n");
}

static void what_makes_no_sense_is_told(void **state)
{
        (void)state;
        tree_assert_bad("authorized_keys", "ssh-rsa AAAA\nhello\n", 2, 1);
        tree_assert_bad("authorized_keys", "no-pty\n", 1, 1);
}

static void what_is_cut_ends(void **state)
{
        (void)state;
        tree_assert_sturdy("authorized_keys", "a,b=\"c \\\"d\",e=f ssh-rsa AAAA g\r\n");
        tree_assert_bounded("authorized_keys", "a,b=\"c\",b=\"d\" ssh-rsa AAAA g\nssh-rsa AAAA\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(keys_have_options),
                cmocka_unit_test(templates_are_not_known),
                cmocka_unit_test(what_makes_no_sense_is_told),
                cmocka_unit_test(what_is_cut_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
