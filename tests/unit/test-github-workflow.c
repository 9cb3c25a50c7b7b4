/* SPDX-FileCopyrightText: giad maintainers */
#include <stdio.h>
#include <string.h>

#include "detectors/privilege/github-workflow.h"
#include "tests/unit/analyse.h"
#include "tests/unit/test.h"

extern const struct analyser analyser_github_workflow;

#define SHA "11bd71901bbe5b1630ceea73d27597364c9af683"

/* One job with one step on line 5 */
static void step(const char *on, const char *lines, const char *expected)
{
        char text[2048];

        (void)snprintf(
                text, sizeof(text),
                "on: %s\npermissions: {}\njobs:\n  j: {runs-on: ubuntu-latest, steps: [\n%s]}\n",
                on, lines);
        analyse_assert(&analyser_github_workflow, "yaml", text, expected);
}

static void careful_workflow_is_silent(void **state)
{
        (void)state;
        step("pull_request",
             "{uses: actions/checkout@" SHA ", with: {persist-credentials: false}},\n"
             "{run: 'make check', env: {TITLE: '${{ github.event.pull_request.title }}'}}",
             "");
        analyse_assert(&analyser_github_workflow, "yaml", "jobs: {a: 1}\nname: no workflow\n", "");
}

static void untrusted_text_in_scripts_is_found(void **state)
{
        (void)state;
        step("issues", "{run: 'echo ${{ github.event.issue.title }}'}", "template-injection:5");
        step("push", "{run: 'echo ${{ github.sha }} ${{ matrix.os }}'}", "");
        step("push", "{run: 'git log ${{ github.event.head_commit.message }}'}",
             "template-injection:5");
        step("issues",
             "{uses: actions/github-script@" SHA
             ", with: {script: 'x(\"${{ github.event.comment.body }}\")'}}",
             "template-injection:5");
        step("issues", "{run: 'echo ${{ env.T }}', env: {T: '${{ github.event.issue.body }}'}}",
             "template-injection:5");
        step("issues", "{run: 'echo ${{ toJSON(github.event) }}'}", "template-injection:5");
        step("issues", "{run: 'test ${{ contains(github.event.issue.title, ''x'') }}'}", "");
        step("issues", "{run: 'echo ${{ github.event.issue.number }}'}", "");
}

static void actions_must_be_pinned(void **state)
{
        (void)state;
        step("push", "{uses: acme/deploy@v3}", "unpinned-action:5-1");
        step("push", "{uses: acme/deploy@main}", "unpinned-action:5");
        step("push", "{uses: acme/deploy@" SHA "}", "");
        step("push", "{uses: actions/setup-go@v5}", "unpinned-action:5-2");
        step("push", "{uses: ./local/action}", "");
        step("push", "{uses: 'docker://alpine:3'}", "unpinned-action:5");
}

static void privileged_triggers_must_not_check_out_strangers(void **state)
{
        static const char *const head = "{uses: actions/checkout@" SHA ", with: {ref: '${{ "
                                        "github.event.pull_request.head.sha }}'}}";
        (void)state;
        step("pull_request_target", head, "dangerous-trigger:1-1 untrusted-checkout:5");
        step("pull_request", head, "");
        step("[workflow_run]",
             "{uses: actions/checkout@" SHA ", with: {ref: '${{ github.event.workflow_run.head_sha "
             "}}'}}",
             "dangerous-trigger:1-1 untrusted-checkout:5");
        step("issue_comment", "{run: 'gh pr checkout 1'}", "untrusted-checkout:5");
        step("pull_request_target", "{uses: actions/checkout@" SHA "}", "dangerous-trigger:1-1");
        step("pull_request_target", "{run: x, env: {T: '${{ secrets.T }}'}}",
             "dangerous-trigger:1");
}

static void flow(const char *text, const char *expected)
{
        analyse_assert(&analyser_github_workflow, "yaml", text, expected);
}

static void permissions_are_graded(void **state)
{
        (void)state;
        flow("on: push\npermissions: write-all\njobs:\n  a: {runs-on: x}\n",
             "excessive-permissions:2+1");
        flow("on: push\npermissions: {contents: write}\njobs:\n  a: {runs-on: x}\n",
             "excessive-permissions:2-1");
        flow("on: push\npermissions: {contents: write}\njobs:\n  a: {runs-on: x}\n  b: {runs-on: "
             "x}\n",
             "excessive-permissions:2");
        flow("on: push\npermissions: {contents: read, pull-requests: write}\njobs:\n  a: {runs-on: "
             "x}\n",
             "");
        flow("on: push\njobs:\n  a: {runs-on: x}\n", "default-permissions:2");
        flow("on: push\njobs:\n  a: {runs-on: x, permissions: {contents: read}}\n", "");
        flow("on: push\npermissions: {}\njobs:\n  a: {runs-on: x, permissions: write-all}\n",
             "excessive-permissions:4+1");
}

static void secrets_are_handed_over_one_by_one(void **state)
{
        (void)state;
        flow("on: push\npermissions: {}\njobs:\n  a: {uses: 'acme/w/.github/workflows/x.yml@" SHA
             "', secrets: inherit}\n",
             "secrets-inherit:4");
        step("push", "{run: x, env: {ALL: '${{ toJSON(secrets) }}'}}", "all-secrets:5");
        step("push", "{run: x, env: {ONE: '${{ secrets[format(''K_{0}'', matrix.k)] }}'}}",
             "all-secrets:5");
        step("push", "{run: x, env: {ONE: '${{ secrets.KEY }} ${{ toJSON(secrets.KEY) }}'}}", "");
}

static void cloud_roles_need_a_gate(void **state)
{
        static const char *const login = "{uses: aws-actions/configure-aws-credentials@" SHA
                                         ", with: {role-to-assume: 'arn:aws:iam::1:role/deploy'}}";
        (void)state;
        step("[push, pull_request]", login, "role-assumption-broad:5");
        step("push", login, "role-assumption-broad:5-1");
        step("{push: {branches: [main]}}", login, "");
        flow("on: [push, pull_request]\npermissions: {}\njobs:\n  d: {runs-on: x, environment: "
             "prod, steps: [\n"
             "{uses: aws-actions/configure-aws-credentials@" SHA ", with: {role-to-assume: r}}]}\n",
             "");
        step("{push: {branches: [main]}}",
             "{uses: aws-actions/configure-aws-credentials@" SHA
             ", with: {aws-access-key-id: '${{ secrets.K }}'}}",
             "static-cloud-key:5");
}

static void smaller_habits_are_found(void **state)
{
        (void)state;
        step("push", "{run: x, env: {ACTIONS_ALLOW_UNSECURE_COMMANDS: true}}",
             "insecure-commands:5");
        step("pull_request_target", "{run: x, if: \"github.actor == 'dependabot[bot]'\"}",
             "dangerous-trigger:1-1 bot-condition:5+1");
        step("push", "{run: npm publish, env: {NODE_AUTH_TOKEN: '${{ secrets.N }}'}}",
             "publish-token:5");
        step("push", "{run: npm publish --dry-run}", "");
        step("push", "{uses: actions/create-github-app-token@" SHA ", with: {app-id: 1}}",
             "app-token:5");
        step("push",
             "{uses: actions/create-github-app-token@" SHA
             ", with: {app-id: 1, permission-issues: write}}",
             "");
        step("push", "{uses: actions/checkout@" SHA ", with: {persist-credentials: true}}",
             "persist-credentials:5");
        step("push",
             "{uses: actions/checkout@" SHA "},\n{uses: actions/upload-artifact@" SHA
             ", with: {path: .}}",
             "persist-credentials:5+1");
        flow("on: pull_request\npermissions: {}\njobs:\n  a: {runs-on: [self-hosted, big]}\n",
             "self-hosted-runner:4+1");
        flow("on: push\npermissions: {}\njobs:\n  a: {runs-on: '${{ matrix.os }}', strategy: "
             "{matrix: {os: [self-hosted]}}}\n",
             "self-hosted-runner:4");
}

static void composite_actions_are_looked_at(void **state)
{
        (void)state;
        flow("name: x\nruns:\n  using: composite\n  steps:\n  - {uses: acme/x@main}\n",
             "unpinned-action:5");
}

static bool untrusted(const char *text, char *name, size_t size)
{
        unsigned steps = 100;
        struct node root = {.type = NODE_MAPPING};
        const struct workflow w = {.root = &root, .steps_left = &steps};
        const struct expression_scope scope = {.workflow = &w};

        return expression_untrusted(text, strlen(text), &scope, name, size);
}

static void expressions_without_an_end_are_survived(void **state)
{
        char name[64];
        (void)state;
        assert_false(untrusted("${{ github.event.issue.title", name, sizeof(name)));
        assert_false(untrusted("${{ 'github.event.issue.title }}", name, sizeof(name)));
        assert_false(untrusted("${{ env.X }} ${{ steps. }} ${{ needs.a. }} ${{ matrix. }}", name,
                               sizeof(name)));
        assert_false(expression_all_secrets("${{ secrets }} ${{ secrets["));
        assert_true(untrusted("a ${{ x }} ${{ github.head_ref }}", name, sizeof(name)));
        assert_string_equal(name, "github.head_ref");
        assert_true(untrusted("${{ github['event']['issue'].title }}", name, sizeof(name)));
}

static void outsiders_text_is_followed(void **state)
{
#define TITLE "env: {T: '${{ github.event.issue.title }}'}"
        (void)state;
        /* through the output of a step */
        step("issues",
             "{id: a, " TITLE ", run: 'echo t=$T >> $GITHUB_OUTPUT'},\n"
             "{run: 'echo ${{ steps.a.outputs.t }}'}",
             "template-injection:6");
        step("issues",
             "{id: a, " TITLE ", run: 'echo v=1 >> $GITHUB_OUTPUT'},\n"
             "{run: 'echo ${{ steps.a.outputs.v }}'}",
             "");
        step("issues",
             "{id: a, uses: tj-actions/changed-files@" SHA "},\n"
             "{run: 'echo ${{ steps.a.outputs.all }}'}",
             "template-injection:6");
        step("issues",
             "{id: a, uses: actions/github-script@" SHA
             ", with: {script: 'return context.payload.issue.title'}},\n"
             "{run: 'echo ${{ steps.a.outputs.result }}'}",
             "template-injection:6");
        /* through a job and a matrix */
        flow("on: issues\npermissions: {}\njobs:\n"
             "  a: {runs-on: x, outputs: {o: '${{ github.event.issue.body }}'}, steps: []}\n"
             "  b: {runs-on: x, strategy: {matrix: {m: ['${{ needs.a.outputs.o }}']}}, steps: [\n"
             "{run: 'echo ${{ matrix.m }}'}]}\n",
             "template-injection:6");
        flow("on: issues\npermissions: {}\njobs:\n"
             "  b: {runs-on: x, strategy: {matrix: {m: [a, b]}}, steps: [\n"
             "{run: 'echo ${{ matrix.m }}'}]}\n",
             "");
        /* in a circle */
        flow("on: issues\npermissions: {}\njobs:\n"
             "  a: {runs-on: x, outputs: {o: '${{ needs.a.outputs.o }}'}, steps: [\n"
             "{run: 'echo ${{ needs.a.outputs.o }}'}]}\n",
             "");
#undef TITLE
}

static void bots_are_told_in_many_ways(void **state)
{
        (void)state;
        assert_true(expression_trusts_bot("github.actor == 'dependabot[bot]'"));
        assert_true(expression_trusts_bot("'renovate[bot]' == github.triggering_actor"));
        assert_true(expression_trusts_bot("github['ACTOR'] == 'x[bot]'"));
        assert_true(expression_trusts_bot("github.actor_id == 49699333"));
        assert_false(expression_trusts_bot("github.actor == 'bob'"));
        assert_false(expression_trusts_bot("github.actor != 'x[bot]'"));
        assert_false(expression_trusts_bot("github.event.x == 'x[bot]'"));
        assert_false(expression_trusts_bot("github.actor =="));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(careful_workflow_is_silent),
                cmocka_unit_test(untrusted_text_in_scripts_is_found),
                cmocka_unit_test(actions_must_be_pinned),
                cmocka_unit_test(privileged_triggers_must_not_check_out_strangers),
                cmocka_unit_test(permissions_are_graded),
                cmocka_unit_test(secrets_are_handed_over_one_by_one),
                cmocka_unit_test(cloud_roles_need_a_gate),
                cmocka_unit_test(smaller_habits_are_found),
                cmocka_unit_test(composite_actions_are_looked_at),
                cmocka_unit_test(expressions_without_an_end_are_survived),
                cmocka_unit_test(outsiders_text_is_followed),
                cmocka_unit_test(bots_are_told_in_many_ways),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
