/* SPDX-FileCopyrightText: giad maintainers */
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void rules_say_who_may_do_what(void **state)
{
        (void)state;
        tree_assert("sudoers",
                    "# c\n"
                    "root ALL=(ALL:ALL) ALL\n"
                    "%ops a, !b = /bin/x y, (app) sudoedit /z\n",
                    "{} 1:1-3 0+68\n"
                    "  rules=[] 1:1-3 0+68 key 0:0\n"
                    "    {} 2:1-2 4+22\n"
                    "      users=s'root' 2:1-2 4+4 key 0:0\n"
                    "      name=s'root' 2:1-2 4+4 key 0:0\n"
                    "      commands=[] 2:6-2 9+17 key 0:0\n"
                    "        {} 2:20-2 23+3\n"
                    "          name=s'ALL' 2:20-2 23+3 key 0:0\n"
                    "          command=s'ALL' 2:20-2 23+3 key 0:0\n"
                    "          as_users=s'ALL' 2:11-2 14+3 key 0:0\n"
                    "          as_groups=s'ALL' 2:15-2 18+3 key 0:0\n"
                    "      hosts=s'ALL' 2:6-2 9+3 key 0:0\n"
                    "    {} 3:1-3 27+40\n"
                    "      users=s'%ops' 3:1-3 27+4 key 0:0\n"
                    "      name=s'%ops' 3:1-3 27+4 key 0:0\n"
                    "      commands=[] 3:6-3 32+35 key 0:0\n"
                    "        {} 3:14-3 40+8\n"
                    "          name=s'/bin/x y' 3:14-3 40+8 key 0:0\n"
                    "          command=s'/bin/x y' 3:14-3 40+8 key 0:0\n"
                    "          as_users=s'root' 3:14-3 40+0 key 0:0\n"
                    "        {} 3:30-3 56+11\n"
                    "          name=s'sudoedit /z' 3:30-3 56+11 key 0:0\n"
                    "          command=s'sudoedit /z' 3:30-3 56+11 key 0:0\n"
                    "          as_users=s'app' 3:25-3 51+3 key 0:0\n"
                    "      hosts=s'a' 3:6-3 32+1 key 0:0\n"
                    "      not_hosts=s'b' 3:10-3 36+1 key 0:0\n"
                    "  defaults=[] 1:1-1 0+0 key 0:0\n"
                    "  aliases={} 1:1-1 0+0 key 0:0\n"
                    "  includes=[] 1:1-1 0+0 key 0:0\n");
}

static void aliases_are_what_they_stand_for_where_they_are_used(void **state)
{
        (void)state;
        tree_assert_shape("sudoers",
                          "AGENTS SHOPS = (OWNERS) EVERYTHING\n"
                          "User_Alias AGENTS = agent, !bob, OTHERS : OTHERS = %ops, !!carl\n"
                          "Host_Alias SHOPS=shop1,shop2\n"
                          "Runas_Alias OWNERS = app\n"
                          "Cmnd_Alias EVERYTHING = ALL, !SHELLS\n"
                          "Cmnd_Alias SHELLS = /bin/sh, /bin/bash -c x\\,y\n",
                          "{}\n"
                          "  rules=[]\n"
                          "    {}\n"
                          "      users=[]\n"
                          "        s'agent'\n"
                          "        s'%ops'\n"
                          "        s'carl'\n"
                          "      not_users=s'bob'\n"
                          "      name=s'AGENTS'\n"
                          "      commands=[]\n"
                          "        {}\n"
                          "          name=s'ALL'\n"
                          "          command=s'ALL'\n"
                          "          alias=s'EVERYTHING'\n"
                          "          as_users=s'app'\n"
                          "        {}\n"
                          "          name=s'/bin/sh'\n"
                          "          command=s'/bin/sh'\n"
                          "          alias=s'EVERYTHING'\n"
                          "          negated=b'true'\n"
                          "          as_users=s'app'\n"
                          "        {}\n"
                          "          name=s'/bin/bash -c x,y'\n"
                          "          command=s'/bin/bash -c x,y'\n"
                          "          alias=s'EVERYTHING'\n"
                          "          negated=b'true'\n"
                          "          as_users=s'app'\n"
                          "      hosts=[]\n"
                          "        s'shop1'\n"
                          "        s'shop2'\n"
                          "  defaults=[]\n"
                          "  aliases={}\n"
                          "    User_Alias={}\n"
                          "      AGENTS=[]\n"
                          "        s'agent'\n"
                          "        s'!bob'\n"
                          "        s'OTHERS'\n"
                          "      OTHERS=[]\n"
                          "        s'%ops'\n"
                          "        s'!!carl'\n"
                          "    Host_Alias={}\n"
                          "      SHOPS=[]\n"
                          "        s'shop1'\n"
                          "        s'shop2'\n"
                          "    Runas_Alias={}\n"
                          "      OWNERS=[]\n"
                          "        s'app'\n"
                          "    Cmnd_Alias={}\n"
                          "      EVERYTHING=[]\n"
                          "        s'ALL'\n"
                          "        s'!SHELLS'\n"
                          "      SHELLS=[]\n"
                          "        s'/bin/sh'\n"
                          "        s'/bin/bash -c x,y'\n"
                          "  includes=[]\n");
}

static void aliases_may_go_in_circles(void **state)
{
        (void)state;
        tree_assert_shape("sudoers",
                          "Cmnd_Alias A = B, /bin/a\n"
                          "Cmnd_Alias B = A, /bin/b\n"
                          "x ALL = A, B\n",
                          "{}\n"
                          "  rules=[]\n"
                          "    {}\n"
                          "      users=s'x'\n"
                          "      name=s'x'\n"
                          "      commands=[]\n"
                          "        {}\n"
                          "          name=s'/bin/b'\n"
                          "          command=s'/bin/b'\n"
                          "          alias=s'A'\n"
                          "          as_users=s'root'\n"
                          "        {}\n"
                          "          name=s'/bin/a'\n"
                          "          command=s'/bin/a'\n"
                          "          alias=s'A'\n"
                          "          as_users=s'root'\n"
                          "        {}\n"
                          "          name=s'/bin/a'\n"
                          "          command=s'/bin/a'\n"
                          "          alias=s'B'\n"
                          "          as_users=s'root'\n"
                          "        {}\n"
                          "          name=s'/bin/b'\n"
                          "          command=s'/bin/b'\n"
                          "          alias=s'B'\n"
                          "          as_users=s'root'\n"
                          "      hosts=s'ALL'\n"
                          "  defaults=[]\n"
                          "  aliases={}\n"
                          "    Cmnd_Alias={}\n"
                          "      A=[]\n"
                          "        s'B'\n"
                          "        s'/bin/a'\n"
                          "      B=[]\n"
                          "        s'A'\n"
                          "        s'/bin/b'\n"
                          "  includes=[]\n");
}

static void tags_and_accounts_carry_on(void **state)
{
        (void)state;
        tree_assert_shape("sudoers",
                          "x ALL = (app : adm) NOPASSWD: SETENV: /bin/a, \\\n"
                          "  PASSWD: /bin/b \"c, d\", (root) NOEXEC: /bin/c : h2 = /bin/d\n"
                          "y ALL = CWD=/tmp TIMEOUT=1h NOPASSWD : /bin/a, (:docker) /bin/e\n",
                          "{}\n"
                          "  rules=[]\n"
                          "    {}\n"
                          "      users=s'x'\n"
                          "      name=s'x'\n"
                          "      commands=[]\n"
                          "        {}\n"
                          "          name=s'/bin/a'\n"
                          "          command=s'/bin/a'\n"
                          "          as_users=s'app'\n"
                          "          as_groups=s'adm'\n"
                          "          passwd=b'false'\n"
                          "          setenv=b'true'\n"
                          "        {}\n"
                          "          name=s'/bin/b \"c, d\"'\n"
                          "          command=s'/bin/b \"c, d\"'\n"
                          "          as_users=s'app'\n"
                          "          as_groups=s'adm'\n"
                          "          passwd=b'true'\n"
                          "          setenv=b'true'\n"
                          "        {}\n"
                          "          name=s'/bin/c'\n"
                          "          command=s'/bin/c'\n"
                          "          as_users=s'root'\n"
                          "          passwd=b'true'\n"
                          "          setenv=b'true'\n"
                          "          exec=b'false'\n"
                          "        {}\n"
                          "          name=s'/bin/d'\n"
                          "          command=s'/bin/d'\n"
                          "          as_users=s'root'\n"
                          "      hosts=[]\n"
                          "        s'ALL'\n"
                          "        s'h2'\n"
                          "    {}\n"
                          "      users=s'y'\n"
                          "      name=s'y'\n"
                          "      commands=[]\n"
                          "        {}\n"
                          "          name=s'/bin/a'\n"
                          "          command=s'/bin/a'\n"
                          "          as_users=s'root'\n"
                          "          passwd=b'false'\n"
                          "        {}\n"
                          "          name=s'/bin/e'\n"
                          "          command=s'/bin/e'\n"
                          "          as_groups=s'docker'\n"
                          "          passwd=b'false'\n"
                          "      hosts=s'ALL'\n"
                          "  defaults=[]\n"
                          "  aliases={}\n"
                          "  includes=[]\n");
}

static void signs_mean_what_sudo_means(void **state)
{
        (void)state;
        tree_assert_shape("sudoers",
                          "#1000, %#20, \"a b\" ALL = (#0) /bin/a # no more, /bin/b\n"
                          "{% for u in users %}\n"
                          "{{ u.name }} ALL=(ALL) NOPASSWD:ALL\n"
                          "{% endfor %}\n"
                          "x ALL=(ALL,!root) sha256:abc= /bin/x a:b --c=d\\,e\n"
                          "@includedir /etc/sudoers.d\n"
                          "#include \"/etc/a b\"\n",
                          "{}\n"
                          "  rules=[]\n"
                          "    {}\n"
                          "      users=[]\n"
                          "        s'#1000'\n"
                          "        s'%#20'\n"
                          "        s'a b'\n"
                          "      name=s'#1000, %#20, \"a b\"'\n"
                          "      commands=[]\n"
                          "        {}\n"
                          "          name=s'/bin/a'\n"
                          "          command=s'/bin/a'\n"
                          "          as_users=s'#0'\n"
                          "      hosts=s'ALL'\n"
                          "    {}\n"
                          "      users=u'{{ u.name }}'\n"
                          "      name=u'{{ u.name }}'\n"
                          "      commands=[]\n"
                          "        {}\n"
                          "          name=s'ALL'\n"
                          "          command=s'ALL'\n"
                          "          as_users=s'ALL'\n"
                          "          passwd=b'false'\n"
                          "      hosts=s'ALL'\n"
                          "    {}\n"
                          "      users=s'x'\n"
                          "      name=s'x'\n"
                          "      commands=[]\n"
                          "        {}\n"
                          "          name=s'/bin/x a:b --c=d,e'\n"
                          "          command=s'/bin/x a:b --c=d,e'\n"
                          "          as_users=s'ALL'\n"
                          "          not_as_users=s'root'\n"
                          "      hosts=s'ALL'\n"
                          "  defaults=[]\n"
                          "  aliases={}\n"
                          "  includes=[]\n"
                          "    s'/etc/sudoers.d'\n"
                          "    s'/etc/a b'\n");
}

static void defaults_are_settings(void **state)
{
        (void)state;
        tree_assert_shape("sudoers",
                          "Defaults env_reset, !authenticate # x\n"
                          "Defaults:AGENTS env_keep += \"A \\\n"
                          "  B\", secure_path=\"/a:/b\"\n"
                          "Defaults@h !!requiretty\n"
                          "Defaults!/bin/x env_keep -= C, passprompt=a\\,b\n"
                          "Defaults>root umask=077\n"
                          "User_Alias AGENTS = agent, !bob\n",
                          "{}\n"
                          "  rules=[]\n"
                          "  defaults=[]\n"
                          "    {}\n"
                          "      settings={}\n"
                          "        env_reset=b'true'\n"
                          "        authenticate=b'false'\n"
                          "    {}\n"
                          "      scope=s'user'\n"
                          "      names=s'agent'\n"
                          "      not_names=s'bob'\n"
                          "      name=s'Defaults:AGENTS'\n"
                          "      settings={}\n"
                          "        env_keep=[]\n"
                          "          s'A'\n"
                          "          s'B'\n"
                          "        secure_path=s'/a:/b'\n"
                          "    {}\n"
                          "      scope=s'host'\n"
                          "      names=s'h'\n"
                          "      name=s'Defaults@h'\n"
                          "      settings={}\n"
                          "        requiretty=b'true'\n"
                          "    {}\n"
                          "      scope=s'command'\n"
                          "      names=s'/bin/x'\n"
                          "      name=s'Defaults!/bin/x'\n"
                          "      settings={}\n"
                          "        -env_keep=s'C'\n"
                          "        passprompt=s'a,b'\n"
                          "    {}\n"
                          "      scope=s'runas'\n"
                          "      names=s'root'\n"
                          "      name=s'Defaults>root'\n"
                          "      settings={}\n"
                          "        umask=s'077'\n"
                          "  aliases={}\n"
                          "    User_Alias={}\n"
                          "      AGENTS=[]\n"
                          "        s'agent'\n"
                          "        s'!bob'\n"
                          "  includes=[]\n");
}

static void what_makes_no_sense_is_told(void **state)
{
        (void)state;
        tree_assert_bad("sudoers", "a ALL = ALL\nhello\n", 2, 6);
        tree_assert_bad("sudoers", "a ALL = (root ALL\n", 1, 15);
        tree_assert_bad("sudoers", "User_Alias A\n", 1, 13);
}

static void what_is_cut_ends(void **state)
{
        (void)state;
        tree_assert_sturdy("sudoers",
                           "User_Alias A = b, !A : C = %d\n"
                           "Defaults:A !x, env_keep += \"e \\\n f\"\n"
                           "A, \"g h\" ALL = (A : !i) NOPASSWD: J, !/k l\\,m : n = o \\\n p # q\n"
                           "Cmnd_Alias J = sha224:r /s, {{ t }}\n#includedir /u\n");
}

static void much_is_bounded(void **state)
{
        (void)state;
        tree_assert_bounded("sudoers", "User_Alias A = b, c, d\nCmnd_Alias E = /f, /g\nDefaults:A "
                                       "!h\nA, i ALL = (j) E, E\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rules_say_who_may_do_what),
                cmocka_unit_test(aliases_are_what_they_stand_for_where_they_are_used),
                cmocka_unit_test(aliases_may_go_in_circles),
                cmocka_unit_test(tags_and_accounts_carry_on),
                cmocka_unit_test(signs_mean_what_sudo_means),
                cmocka_unit_test(defaults_are_settings),
                cmocka_unit_test(what_makes_no_sense_is_told),
                cmocka_unit_test(what_is_cut_ends),
                cmocka_unit_test(much_is_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
