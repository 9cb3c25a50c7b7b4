/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What the files of a repository say, as git writes them and as nobody should.
 */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/git-state.h"
#include "tests/unit/test.h"

#define ONE "0123456789abcdef0123456789abcdef01234567"
#define TWO "89abcdef0123456789abcdef0123456789abcdef"
#define LONG ONE "0123456789abcdef01234567"
#define NONE "0000000000000000000000000000000000000000"

static void head_names_a_branch_or_a_commit(void **state)
{
        static const struct {
                const char *text, *branch, *commit; /* branch NULL: it is none */
        } cases[] = {
                {"ref: refs/heads/main\n", "main", ""},
                {"ref: refs/heads/feature/x-1\n", "feature/x-1", ""},
                {"ref: refs/heads/f\xc3\xbcr", "f\xc3\xbcr", ""},
                {"ref: refs/remotes/origin/main\n", "refs/remotes/origin/main", ""},
                {ONE "\n", "", ONE},
                {LONG "\n", "", LONG},
                {"", NULL, ""},
                {"\n", NULL, ""},
                {NONE "\n", NULL, ""},
                {ONE "0\n", NULL, ""},
                {"0123456789ABCDEF0123456789abcdef01234567\n", NULL, ""},
                {"ref: refs/heads/a\nref: refs/heads/b\n", NULL, ""},
                {"ref: refs/heads/\n", NULL, ""},
                {"ref: \n", NULL, ""},
                {"ref:refs/heads/a\n", NULL, ""},
                {"ref: refs/heads/../../x\n", NULL, ""},
                {"ref: refs/heads/a b\n", NULL, ""},
                {"ref: refs/heads/a\x1b[2J\n", NULL, ""},
                {"ref: refs/heads/a\xff\n", NULL, ""},
                {"ref: refs/heads/a^{}\n", NULL, ""},
                {"ref: refs/heads/a//b\n", NULL, ""},
                {"ref: /etc/passwd\n", NULL, ""},
                {"x", NULL, ""},
        };
        char branch[GIT_BRANCH_MAX], commit[GIT_COMMIT_MAX], many[4096];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                bool is = git_state_head(cases[i].text, strlen(cases[i].text), branch, commit);

                if (is != (cases[i].branch != NULL) || strcmp(branch, cases[i].branch ?: "") != 0 ||
                    strcmp(commit, cases[i].commit) != 0)
                        fail_msg("%s: %d \"%s\" \"%s\"", cases[i].text, is, branch, commit);
        }
        assert_false(git_state_head("ref: refs/heads/a\0b", 19, branch, commit));
        memset(many, 'a', sizeof(many));
        memcpy(many, "ref: refs/heads/", 16);
        assert_false(git_state_head(many, sizeof(many), branch, commit));
        assert_true(git_state_head(many, 16 + GIT_BRANCH_MAX - 1, branch, commit));
        assert_false(git_state_head(many, 16 + GIT_BRANCH_MAX, branch, commit));
        memset(many, 0, sizeof(many));
        assert_false(git_state_head(many, sizeof(many), branch, commit));
}

static void the_log_tells_the_last_commit(void **state)
{
        static const struct {
                const char *text, *commit;
        } cases[] = {
                {NONE " " ONE " a <a@b> 1 +0000\tcommit (initial): x\n", ONE},
                {NONE " " ONE " a\n" ONE " " TWO " b <c> 1 +0000\n", TWO},
                {NONE " " ONE " a\n" ONE " " TWO " b", TWO},
                {"the beginning was cut\n" ONE " " TWO " b\n", TWO},
                {LONG " " LONG " b\n", LONG},
                {ONE " " NONE " b\n", ""},
                {ONE " " LONG " b\n", ""},
                {ONE " " TWO "\n", ""},
                {ONE " " TWO "x b\n", ""},
                {ONE "  " TWO " b\n", ""},
                {ONE " " TWO " b\n\n", ""},
                {ONE, ""},
                {"\n", ""},
                {"", ""},
        };
        char commit[GIT_COMMIT_MAX];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                bool is = git_state_log(cases[i].text, strlen(cases[i].text), commit);

                if (is != (cases[i].commit[0] != '\0') || strcmp(commit, cases[i].commit) != 0)
                        fail_msg("%s: \"%s\"", cases[i].text, commit);
        }
}

static void packed_refs_tell_a_branches_commit(void **state)
{
        static const char text[] =
                "# pack-refs with: peeled fully-peeled sorted\n" ONE " refs/heads/a\n^" TWO "\n" TWO
                " refs/heads/a/b\n" LONG " refs/heads/c\n" NONE " refs/heads/d\n" TWO
                " refs/tags/t\nx refs/heads/e\n" TWO " refs/heads/cut";
        static const struct {
                const char *branch, *commit;
        } cases[] = {{"a", ONE}, {"a/b", TWO}, {"c", LONG}, {"d", ""},    {"t", ""},
                     {"e", ""},  {"", ""},     {"b", ""},   {"cut", TWO}, {"refs/tags/t", TWO}};
        char commit[GIT_COMMIT_MAX];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                (void)git_state_packed(text, sizeof(text) - 1, cases[i].branch, commit);
                assert_string_equal(commit, cases[i].commit);
        }
}

static void config_tells_where_origin_is(void **state)
{
        static const struct {
                const char *text, *url;
        } cases[] = {
                {"[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://h/r.git\n\tfetch = "
                 "+\n",
                 "https://h/r.git"},
                {"[remote \"origin\"]\nurl=git@h:t/r.git", "git@h:t/r.git"},
                {"[REMOTE \"origin\"] # x\n  URL = a ; comment\n", "a"},
                {"[remote \"origin\"]\r\n\turl = a\r\n", "a"},
                {"[remote \"origin\"]\n\turl = \"a # b\"\n", "a # b"},
                {"[remote \"origin\"]\n\turl = \"a\\\"b\"\n", "a\"b"},
                {"[remote \"origin\"]\n\turl = first\n\turl = second\n", "first"},
                {"[remote \"other\"]\n\turl = a\n[remote \"origin\"]\n\tpushurl = b\n", ""},
                {"[remote \"origin\"]\n[branch \"x\"]\n\turl = a\n", ""},
                {"[remote \"origin\"]\n\turl = \"a\n", ""},
                {"[remote \"origin\"]\n\turl\n", ""},
                {"[remote \"origin\"]\n\turlx = a\n", ""},
                {"[remote \"origin\"]\n\turl = a\x1b[2J\n", ""},
                {"[remote \"Origin\"]\n\turl = a\n", ""},
                {"url = a\n", ""},
                {"", ""},
        };
        char url[GIT_URL_MAX], many[3000];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                bool is = git_state_origin(cases[i].text, strlen(cases[i].text), url);

                if (is != (cases[i].url[0] != '\0') || strcmp(url, cases[i].url) != 0)
                        fail_msg("%s: \"%s\"", cases[i].text, url);
        }
        memset(many, 'a', sizeof(many));
        memcpy(many, "[remote \"origin\"]\nurl=", 22);
        assert_false(git_state_origin(many, sizeof(many), url));
        assert_string_equal(url, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(head_names_a_branch_or_a_commit),
                cmocka_unit_test(the_log_tells_the_last_commit),
                cmocka_unit_test(packed_refs_tell_a_branches_commit),
                cmocka_unit_test(config_tells_where_origin_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
