/* SPDX-FileCopyrightText: giad maintainers */
#include "detectors/formats/format.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void stages_hold_their_instructions(void **state)
{
        (void)state;
        tree_assert("dockerfile",
                    "# syntax=docker/dockerfile:1\n"
                    "ARG TAG=1\n"
                    "from a:${TAG} AS b\n"
                    "RUN x\n"
                    "\n"
                    "FROM c\r\n"
                    "  user d\r\n",
                    "{} 1:1-7 0+83\n"
                    "  stages=[] 1:1-7 0+83 key 0:0\n"
                    "    {} 2:1-2 29+9\n"
                    "      ARG=s'TAG=1' 2:5-2 33+5 key 2:1\n"
                    "    {} 3:1-4 39+24\n"
                    "      FROM=u'a:${TAG} AS b' 3:6-3 44+13 key 3:1\n"
                    "      RUN=s'x' 4:5-4 62+1 key 4:1\n"
                    "    {} 6:1-7 65+16\n"
                    "      FROM=s'c' 6:6-6 70+1 key 6:1\n"
                    "      USER=s'd' 7:8-7 80+1 key 7:3\n"
                    "      user=s'd' 7:8-7 80+1 key 7:3\n"
                    "      final=b'true' 6:1-6 65+0 key 0:0\n");
}

static void lines_go_on_and_documents_stand_here(void **state)
{
        (void)state;
        tree_assert_shape("dockerfile",
                          "FROM a\n"
                          "RUN one && \\\n"
                          "# not a part\n"
                          "    two \\   \n"
                          "    three\n"
                          "RUN <<-EOT bash\n"
                          "USER root\n"
                          "  EOT\n"
                          "USER app\n"
                          "USER 1000:1000\n",
                          "{}\n"
                          "  stages=[]\n"
                          "    {}\n"
                          "      FROM=s'a'\n"
                          "      RUN=[]\n"
                          "        s'one &&     two     three'\n"
                          "        s'<<-EOT bash'\n"
                          "      USER=[]\n"
                          "        s'app'\n"
                          "        s'1000:1000'\n"
                          "      user=s'1000:1000'\n"
                          "      final=b'true'\n");
        tree_assert_shape("dockerfile",
                          "# escape=`\n"
                          "FROM a\n"
                          "COPY c:\\ `\n"
                          " d:\\\n",
                          "{}\n"
                          "  stages=[]\n"
                          "    {}\n"
                          "      FROM=s'a'\n"
                          "      COPY=s'c:\\  d:\\'\n"
                          "      final=b'true'\n");
}

static void arguments_may_begin_in_a_later_line(void **state)
{
        (void)state;
        tree_assert("dockerfile",
                    "FROM a\n"
                    "USER \\\n"
                    "# who\n"
                    "  root\n",
                    "{} 1:1-4 0+27\n"
                    "  stages=[] 1:1-4 0+27 key 0:0\n"
                    "    {} 1:1-4 0+26\n"
                    "      FROM=s'a' 1:6-1 5+1 key 1:1\n"
                    "      USER=s'root' 4:3-4 22+4 key 2:1\n"
                    "      user=s'root' 4:3-4 22+4 key 2:1\n"
                    "      final=b'true' 1:1-1 0+0 key 0:0\n");
}

static void what_is_cut_ends(void **state)
{
        (void)state;
        tree_assert_shape("dockerfile", "", "{}\n  stages=[]\n");
        tree_assert_shape("dockerfile", "FROM a\nRUN x \\\n",
                          "{}\n  stages=[]\n    {}\n      FROM=s'a'\n      RUN=s'x'\n"
                          "      final=b'true'\n");
        tree_assert_shape("dockerfile", "FROM a\nRUN <<EOT\nx",
                          "{}\n  stages=[]\n    {}\n      FROM=s'a'\n      RUN=s'<<EOT'\n"
                          "      final=b'true'\n");
        tree_assert_bad("dockerfile", "FROM a\n{\"b\": 1}\n", 2, 1);
        tree_assert_sturdy(
                "dockerfile",
                "# escape=`\nFROM a AS b\nRUN <<-E x \\\n  # c\n y\nE\nUSER $U\nUSER b\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(stages_hold_their_instructions),
                cmocka_unit_test(lines_go_on_and_documents_stand_here),
                cmocka_unit_test(arguments_may_begin_in_a_later_line),
                cmocka_unit_test(what_is_cut_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
