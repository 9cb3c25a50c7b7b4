/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/config/config.h"
#include "tests/unit/test.h"

static struct config *parse(const char *text)
{
        struct config *c = NULL;
        struct config_error e;

        if (config_parse(&c, "giad.yaml", text, strlen(text), &e) < 0)
                print_error("%s:%u:%u: %s\n", e.file, e.line, e.column, e.message);
        assert_non_null(c);
        return c;
}

static void defaults_come_from_the_table(void **state)
{
        struct config *c = parse("");

        (void)state;
        assert_string_equal(config_text(c, OPTION_STATE_DIRECTORY), "/var/lib/giad");
        assert_int_equal(config_number(c, OPTION_SETTLE), 100 * USEC_PER_MSEC);
        assert_int_equal(config_number(c, OPTION_PARSE_SIZE), 8u << 20);
        assert_true(config_bool(c, OPTION_JOURNAL));
        assert_int_equal(c->n_workspaces, 0);
        assert_int_equal(c->on_failure[REASON_QUEUE_OVERFLOW], FAILURE_RETRY);
        (void)config_unref(c);
}

static void every_key_is_read(void **state)
{
        struct config *c = parse(
                "workspaces:\n"
                "  - {path: /srv/agents/*/work/, agent: \"agent {1}\", exclude: [node_modules]}\n"
                "policy:\n"
                "  - {when: {kind: secret, severity: [critical, high], class: jwt}, action: "
                "quarantine}\n"
                "  - {action: report}\n"
                "suppress:\n"
                "  - {rule: generic-*, path: docs, reason: samples, expires: 2030-01-01}\n"
                "on_failure: {scanner-died: quarantine}\n"
                "limits: {file_size: 2M}\n"
                "watch:\n  settle: 1s\n"
                "outputs: {jsonl: {enabled: on, schema: ocsf}}\n"
                "agents:\n"
                "  - {name: ours, programs: [a, b], variables: X, cgroup: ['*/x\\x2dy.slice/*']}\n"
                "  - {name: boxed, container: agent-*}\n");
        char agent[32];
        const char *captures[] = {"alice"};

        (void)state;
        assert_string_equal(c->workspaces[0].pattern, "/srv/agents/*/work");
        config_agent_name(&c->workspaces[0], captures, 1, agent, sizeof(agent));
        assert_string_equal(agent, "agent alice");
        assert_int_equal(c->n_policy, 2);
        assert_int_equal(c->policy[0].severities, 1 << SEVERITY_CRITICAL | 1 << SEVERITY_HIGH);
        assert_int_equal(c->policy[0].line, 4);
        assert_int_equal(c->suppress[0].expires, 1893456000 * USEC_PER_SEC);
        assert_int_equal(c->on_failure[REASON_SCANNER_DIED], FAILURE_QUARANTINE);
        assert_int_equal(config_number(c, OPTION_FILE_SIZE), 2u << 20);
        assert_int_equal(config_number(c, OPTION_SETTLE), USEC_PER_SEC);
        assert_string_equal(config_text(c, OPTION_JSONL_SCHEMA), "ocsf");
        assert_int_equal(c->agents->n, 2);
        assert_string_equal(c->agents->entries[0].name, "ours");
        assert_string_equal(c->agents->entries[0].programs.words[1], "b");
        assert_string_equal(c->agents->entries[0].variables.words[0], "X");
        assert_string_equal(c->agents->entries[0].cgroups.words[0], "*/x\\x2dy.slice/*");
        assert_string_equal(c->agents->entries[1].containers.words[0], "agent-*");
        (void)config_unref(c);
}

static void drop_ins_override_and_go_in_front(void **state)
{
        char dir[] = "/tmp/giad-config-XXXXXX", path[128], drop[192];
        struct config *c = NULL;
        struct config_error e;

        (void)state;
        assert_non_null(mkdtemp(dir));
        (void)snprintf(path, sizeof(path), "%s/giad.yaml", dir);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        (void)fputs("watch: {settle: 1s}\npolicy:\n  - {action: report}\n", f);
        (void)fclose(f);
        (void)snprintf(drop, sizeof(drop), "%s.d", path);
        assert_int_equal(mkdir(drop, 0700), 0);
        (void)snprintf(drop, sizeof(drop), "%s.d/10.yaml", path);
        f = fopen(drop, "w");
        assert_non_null(f);
        (void)fputs(
                "watch: {settle: 2s}\npolicy:\n  - {when: {kind: secret}, action: quarantine}\n",
                f);
        (void)fclose(f);
        assert_int_equal(config_load(&c, path, &e), 0);
        assert_int_equal(config_number(c, OPTION_SETTLE), 2 * USEC_PER_SEC);
        assert_int_equal(c->policy[0].action, ACTION_QUARANTINE);
        assert_int_equal(c->policy[1].action, ACTION_REPORT);
        c = config_unref(c);
        (void)unlink(drop);
        (void)snprintf(drop, sizeof(drop), "%s.d", path);
        (void)rmdir(drop);
        (void)unlink(path);
        (void)rmdir(dir);
}

static void errors_say_where_and_what_is_allowed(void **state)
{
        static const struct {
                const char *text;
                uint32_t line, column;
                const char *words;
        } cases[] = {
                {"wrokspaces: []\n", 1, 1, "did you mean \"workspaces\"?"},
                {"a: 1\n", 1, 1, "unknown key \"a\""},
                {"watch:\n  setle: 1s\n", 2, 3, "did you mean \"settle\"?"},
                {"watch: 3\n", 1, 8, "is a section"},
                {"watch: {settle: fast}\n", 1, 17, "a time such as"},
                {"watch: {settle: 1us}\n", 1, 17, "out of range"},
                {"limits: {parse_size: 8X}\n", 1, 22, "a size such as"},
                {"limits: {parse_size: [1]}\n", 1, 22, "single value, not a list"},
                {"quarantine: {note: maybe}\n", 1, 20, "yes or no"},
                {"outputs: {jsonl: {schema: cef}}\n", 1, 27, "native|ocsf|ecs"},
                {"state_directory: var\n", 1, 18, "absolute path"},
                {"workspaces: /srv\n", 1, 13, "must be a list"},
                {"workspaces:\n  - {path: work}\n", 2, 12, "must be absolute"},
                {"workspaces:\n  - {path: /}\n", 2, 12, "cannot be a workspace"},
                {"workspaces:\n  - {path: /a/**/b}\n", 2, 12, "not allowed"},
                {"workspaces:\n  - {path: \"/a/[b\"}\n", 2, 12, "without ']'"},
                {"workspaces:\n  - {agent: x}\n", 2, 5, "needs a path"},
                {"workspaces:\n  - {path: /a, backend: kqueue}\n", 2, 25, "unknown backend"},
                {"policy:\n  - {when: {class: [jwtt]}, action: report}\n", 2, 21,
                 "did you mean \"jwt\"?"},
                {"policy:\n  - {when: {severity: hihg}, action: report}\n", 2, 23,
                 "did you mean \"high\"?"},
                {"policy:\n  - {when: {}, action: quarantin}\n", 2, 24,
                 "did you mean \"quarantine\"?"},
                {"policy:\n  - {action: rolback}\n", 2, 14, "did you mean \"rollback\"?"},
                {"policy:\n  - {when: {kind: secret}}\n", 2, 5, "needs an action"},
                {"policy:\n  - {when: {kind: []}, action: report}\n", 2, 19, "empty list"},
                {"policy:\n  - {action: report, action: report}\n", 2, 22, "given twice"},
                {"suppress:\n  - {rule: x}\n", 2, 5, "needs a reason"},
                {"suppress:\n  - {reason: x}\n", 2, 5, "needs a rule"},
                {"suppress:\n  - {rule: x, reason: y, expires: soon}\n", 2, 35, "a date such as"},
                {"suppress:\n  - {rule: x, reason: y, expires: 2030-02-31}\n", 2, 35,
                 "a date such as"},
                {"suppress:\n  - {rule: x, reason: y, expires: 1969-12-31}\n", 2, 35,
                 "a date such as"},
                {"workspaces:\n  - {path: /srv/a, inline_suppressions: maybe}\n", 2, 41,
                 "yes or no"},
                {"agents: x\n", 1, 9, "agents must be a list"},
                {"agents:\n  - {programs: x}\n", 2, 5, "needs a name"},
                {"agents:\n  - {name: a}\n", 2, 5, "programs, variables, cgroup or container"},
                {"agents:\n  - {name: \"a\\nb\", programs: x}\n", 2, 12, "no control"},
                {"agents:\n  - {name: a, programs: [x, /usr/bin/y]}\n", 2, 29, "write \"y\""},
                {"agents:\n  - {name: a, variables: X=1}\n", 2, 26, "leave out \"=\""},
                {"agents:\n  - {name: a, cgroup: x.slice/*}\n", 2, 23, "write \"/x.slice/*\""},
                {"agents:\n  - {name: a, container: [\"a[b]\"]}\n", 2, 27, "only * and ?"},
                {"agents:\n  - {name: a, program: x}\n", 2, 15, "did you mean \"programs\"?"},
                {"agents:\n  - {name: a, programs: []}\n", 2, 25, "empty list"},
                {"on_failure: {scaner-died: report}\n", 1, 14, "did you mean \"scanner-died\"?"},
                {"on_failure: {scanner-died: explode}\n", 1, 28, "unknown action"},
                {"a: [\n", 2, 1, "not valid YAML"},
                {"a: b: c\n", 1, 5, "not valid YAML"},
                {"- 1\n", 1, 1, "must be a mapping"},
                {"watch: {settle: 1s}\n---\nwatch: {settle: 2s}\n", 3, 1, "second YAML document"},
                {"watch: {settle: 1s, settle: 2s}\n", 1, 21, "given twice"},
                {"x: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 1, 35, "deeper than 32"},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct config *c = NULL;
                struct config_error e;

                int k = config_parse(&c, "giad.yaml", cases[i].text, strlen(cases[i].text), &e);
                if (k != -EBADMSG || e.line != cases[i].line || e.column != cases[i].column ||
                    !strstr(e.message, cases[i].words))
                        fail_msg("%s → %d %u:%u %s", cases[i].text, k, e.line, e.column,
                                 k < 0 ? e.message : "");
                assert_null(c);
        }
}

/* Every prefix, and every file with one byte changed, either parses or gives an error with a line.
 */
static void damaged_files_never_crash(void **state)
{
        static const char good[] =
                "workspaces:\n  - {path: /srv/*/w, agent: \"{1}\"}\npolicy:\n"
                "  - {when: {kind: secret, severity: [high]}, action: quarantine}\n"
                "limits: {file_size: 1G}\n";
        unsigned refused = 0;

        (void)state;
        for (size_t i = 0; i < sizeof(good) - 1; i++) {
                static const char changes[] = {'\0', ':', '-', '[', '\n', '\xff', '{', '*', '&'};

                for (size_t k = 0; k <= sizeof(changes); k++) {
                        char text[sizeof(good)];
                        struct config *c = NULL;
                        struct config_error e;
                        size_t n = sizeof(good) - 1;

                        memcpy(text, good, sizeof(good));
                        if (k < sizeof(changes))
                                text[i] = changes[k];
                        else
                                n = i;
                        int r = config_parse(&c, "giad.yaml", text, n, &e);
                        assert_true(r == 0 || r == -EBADMSG);
                        if (r < 0) {
                                refused++;
                                assert_true(e.line > 0);
                                assert_true(strlen(e.message) > 0);
                        }
                        (void)config_unref(c);
                }
        }
        assert_true(refused > 200);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(defaults_come_from_the_table),
                cmocka_unit_test(every_key_is_read),
                cmocka_unit_test(drop_ins_override_and_go_in_front),
                cmocka_unit_test(errors_say_where_and_what_is_allowed),
                cmocka_unit_test(damaged_files_never_crash),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
