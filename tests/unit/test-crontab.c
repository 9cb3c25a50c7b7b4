/* SPDX-FileCopyrightText: giad maintainers */
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void jobs_have_schedules(void **state)
{
        (void)state;
        tree_assert("crontab",
                    "# c\n"
                    "SHELL=/bin/sh\n"
                    "*/5 * * * * root curl x | sh # y\n"
                    "@reboot root\t/bin/x  \n",
                    "{} 1:1-4 0+73\n"
                    "  environment={} 1:1-1 0+0 key 0:0\n"
                    "    SHELL=s'/bin/sh' 2:7-2 10+7 key 2:1\n"
                    "  jobs=[] 1:1-4 0+73 key 0:0\n"
                    "    {} 3:1-3 18+32\n"
                    "      schedule=s'*/5 * * * *' 3:1-3 18+11 key 0:0\n"
                    "      user=s'root' 3:13-3 30+4 key 0:0\n"
                    "      command=s'curl x | sh # y' 3:18-3 35+15 key 0:0\n"
                    "      name=s'curl x | sh # y' 3:18-3 35+15 key 0:0\n"
                    "    {} 4:1-4 51+19\n"
                    "      schedule=s'@reboot' 4:1-4 51+7 key 0:0\n"
                    "      user=s'root' 4:9-4 59+4 key 0:0\n"
                    "      command=s'/bin/x' 4:14-4 64+6 key 0:0\n"
                    "      name=s'/bin/x' 4:14-4 64+6 key 0:0\n");
}

static void a_table_without_root_has_no_users(void **state)
{
        (void)state;
        tree_assert_shape("crontab",
                          "\"PATH\" = \"/a:/b\"\n"
                          "0 3 * * 1-5 bob date +\\%F %in%put\n"
                          "{% for x in y %}\n"
                          "{{ m }} 0 * * * {{ x }}\n",
                          "{}\n"
                          "  environment={}\n"
                          "    PATH=s'/a:/b'\n"
                          "  jobs=[]\n"
                          "    {}\n"
                          "      schedule=s'0 3 * * 1-5'\n"
                          "      command=s'bob date +%F '\n"
                          "      name=s'bob date +%F '\n"
                          "      input=s'in%put'\n"
                          "    {}\n"
                          "      schedule=u'{{ m }} 0 * * *'\n"
                          "      command=s'{{ x }}'\n"
                          "      name=s'{{ x }}'\n");
}

static void a_place_says_whether_there_are_users(void **state)
{
        (void)state;
        tree_assert_shape("etc/cron.d/a", "@daily bob /bin/x\n",
                          "{}\n"
                          "  environment={}\n"
                          "  jobs=[]\n"
                          "    {}\n"
                          "      schedule=s'@daily'\n"
                          "      user=s'bob'\n"
                          "      command=s'/bin/x'\n"
                          "      name=s'/bin/x'\n");
}

static void a_spool_has_none(void **state)
{
        (void)state;
        tree_assert_shape("var/spool/cron/crontabs/bob", "@daily root /bin/x\n",
                          "{}\n"
                          "  environment={}\n"
                          "  jobs=[]\n"
                          "    {}\n"
                          "      schedule=s'@daily'\n"
                          "      command=s'root /bin/x'\n"
                          "      name=s'root /bin/x'\n");
}

static void what_makes_no_sense_is_told(void **state)
{
        (void)state;
        tree_assert_bad("crontab", "1 2 3\n", 1, 1);
        tree_assert_bad("crontab", "A=b\n* * * * *\n", 2, 1);
}

static void what_is_cut_ends(void **state)
{
        (void)state;
        tree_assert_sturdy("crontab", "A = 'b'\n@daily root x\r\n1-2 */3 * * mon root a\\%b%c%d\n");
        tree_assert_bounded("crontab", "A=b\nA=c\n@daily root x%y\n@hourly root z\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(jobs_have_schedules),
                cmocka_unit_test(a_table_without_root_has_no_users),
                cmocka_unit_test(a_place_says_whether_there_are_users),
                cmocka_unit_test(a_spool_has_none),
                cmocka_unit_test(what_makes_no_sense_is_told),
                cmocka_unit_test(what_is_cut_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
