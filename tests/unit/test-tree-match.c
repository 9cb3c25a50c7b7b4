/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/format.h"
#include "detectors/privilege/matchers.h"
#include "detectors/privilege/reporter.h"
#include "detectors/privilege/time-span.h"
#include "tests/unit/test.h"

/* report.c asks for it only on behalf of analysers. */
const struct rule_check *ruleset_checks(const struct ruleset *rs, size_t *ret_n)
{
        (void)rs;
        *ret_n = 0;
        return NULL;
}

static const struct rule rule = {
        .id = "test", .title = "test", .class = CLASS_IAM_ADMIN_POLICY, .severity = SEVERITY_HIGH};
static const uint8_t key[32] = {7};

static struct doc *parse(const char *format, const char *text)
{
        struct doc_error error = {0};
        struct doc *doc = NULL;

        assert_int_equal(doc_new(&doc, &DOC_LIMITS_DEFAULT), 0);
        assert_int_equal(format_by_name(format)->parse(doc, text, strlen(text), &error), 0);
        return doc;
}

static int matcher(struct tree_match **ret, const char *config, struct ruleset_error *error)
{
        struct doc *doc = parse("yaml", config);
        int r = tree_match_new(ret, doc_root(doc), error);

        (void)doc_free(doc);
        return r;
}

static struct scan_result result;

/* Runs the matcher that config describes over a document; what it finds is in `result`. */
static unsigned run_format(const char *config, const char *format, const char *text)
{
        struct ruleset_error error = {0};
        struct tree_match *m = NULL;
        struct reporter reporter;
        struct subject subject = {
                .path = "a", .data = text, .size = strlen(text), .format = format};

        memset(&result, 0, sizeof(result));
        if (matcher(&m, config, &error) < 0)
                fail_msg("%u:%u: %s", error.line, error.column, error.message);
        subject.doc = parse(format, text);
        reporter_init(&reporter, &result, NULL, &subject, key);
        if (tree_match_fits(m, format))
                tree_match_run(m, &rule, &subject, &reporter);
        reporter_done(&reporter);
        (void)doc_free(subject.doc);
        (void)tree_match_free(m);
        return result.n_findings;
}

static unsigned run(const char *config, const char *text)
{
        return run_format(config, "yaml", text);
}

/* What `where` says of {a: …}: 'y', 'u' or 'n'. */
static char says(const char *where, const char *text)
{
        char config[1024];

        (void)snprintf(config, sizeof(config), "{select: ., where: [%s]}", where);
        if (run(config, text) == 0)
                return 'n';
        return result.findings[0].certainty == CERTAINTY_YES ? 'y' : 'u';
}

static const char pods[] = "spec:\n"
                           "  containers:\n"
                           "    - name: one\n"
                           "      image: a\n"
                           "    - name: two\n"
                           "      image: b\n";

static void names_enter_sequences_by_themselves(void **state)
{
        (void)state;
        assert_int_equal(run("{select: spec/containers/image}", pods), 2);
        assert_int_equal(result.findings[1].line, 6);
        assert_int_equal(run("{select: spec/containers/*}", pods), 2);
        assert_int_equal(run("{select: spec/containers}", pods), 2);
        assert_int_equal(run("{select: spec/*/image}", pods), 2);
        assert_int_equal(run("{select: spec/*/*/image}", pods), 2);
}

static void any_depth_finds_each_node_once(void **state)
{
        (void)state;
        assert_int_equal(run("{select: '**/image'}", pods), 2);
        assert_int_equal(run("{select: 'spec/**/image'}", pods), 2);
        assert_int_equal(run("{select: '**/containers/**/name'}", pods), 2);
        assert_int_equal(run("{select: '**/nothing'}", pods), 0);
        /* at the end: every mapping, from the root or from there on; lists are entered */
        assert_int_equal(run("{select: '**', where: [{path: a, equals: 1}]}",
                             "a: 1\nb: [{a: 1}, {c: {a: 1}}, 1]\nd: '{\"a\": 1}'\n"),
                         4);
        assert_int_equal(run("{select: 'b/**', where: [{path: a, equals: 1}]}",
                             "a: 1\nb: {a: 1, c: {a: 2}}\n"),
                         1);
        assert_int_equal(run("{select: '**', where: [{path: a, equals: 1}]}", "a: 1\n---\na: 1\n"),
                         2);
        assert_int_equal(run("{select: '**', where: [{path: a, equals: 1}]}", "b: {Ref: C}\n"), 0);
}

static void globs_and_loose_names_match_keys(void **state)
{
        (void)state;
        assert_int_equal(run("{select: 'sp*/~Containers/im?ge'}", pods), 2);
        assert_int_equal(run("{select: ~redirect_uris}", "redirectUris: x\n"), 1);
        assert_int_equal(run("{select: ~redirectUris}", "redirect-uris: x\n"), 1);
        assert_int_equal(run("{select: redirect_uris}", "redirectUris: x\n"), 0);
        assert_int_equal(run("{select: 'a?b'}", "a/b: x\n"), 1);
        assert_int_equal(run("{select: 'a|b'}", "a: x\nb: x\nc: x\n"), 2);
        assert_int_equal(run("{select: '~client_id|app-*'}", "clientId: x\nappName: x\nc: x\n"), 2);
        assert_int_equal(run("{select: 'a/\\*'}", "a: {'*': x, b: x}\n"), 1);
}

static void each_document_is_a_root(void **state)
{
        (void)state;
        assert_int_equal(run("{select: kind}", "kind: a\n---\nkind: b\n"), 2);
        assert_int_equal(
                run("{select: ., where: [{path: kind, equals: b}]}", "kind: a\n---\nkind: b\n"), 1);
        assert_int_equal(result.findings[0].line, 3);
}

static void json_in_a_string_is_entered(void **state)
{
        (void)state;
        assert_int_equal(run("{select: policy/Statement/Effect, where: [{equals: allow}]}",
                             "policy: '{\"Statement\": [{\"Effect\": \"Allow\"}]}'\n"),
                         1);
}

static void tests_of_scalars(void **state)
{
        (void)state;
        assert_int_equal(says("{path: a, equals: Yes}", "a: yes\n"), 'y');
        assert_int_equal(says("{path: a, equals: [x, y]}", "a: y\n"), 'y');
        assert_int_equal(says("{path: a, equals: [x, y]}", "a: z\n"), 'n');
        assert_int_equal(says("{path: a, not-equals: x}", "a: z\n"), 'y');
        assert_int_equal(says("{path: a, not-equals: x}", "a: x\n"), 'n');
        assert_int_equal(says("{path: a, not-equals: x}", "b: z\n"), 'n');
        assert_int_equal(says("{path: a, matches: '^ro'}", "a: roles\n"), 'y');
        assert_int_equal(says("{path: a, matches: '^ol'}", "a: roles\n"), 'n');
        assert_int_equal(says("{path: a, not-matches: '^ol'}", "a: roles\n"), 'y');
        assert_int_equal(says("{path: a, not-matches: '^ro'}", "a: roles\n"), 'n');
        assert_int_equal(says("{path: a, truth: true}", "a: on\n"), 'y');
        assert_int_equal(says("{path: a, truth: false}", "a: 'no'\n"), 'y');
        assert_int_equal(says("{path: a, truth: false}", "a: maybe\n"), 'n');
        assert_int_equal(says("{path: a, greater: 10}", "a: 11\n"), 'y');
        assert_int_equal(says("{path: a, greater: 10}", "a: 10\n"), 'n');
        assert_int_equal(says("{path: a, less: 10}", "a: '9.5'\n"), 'y');
        assert_int_equal(says("{path: a, less: 10}", "a: 1h\n"), 'n');
        assert_int_equal(says("{path: a, greater: 12h, unit: seconds}", "a: 86400\n"), 'y');
        assert_int_equal(says("{path: a, greater: 12h, unit: seconds}", "a: PT8H\n"), 'n');
        assert_int_equal(says("{path: a, greater: 60, unit: minutes}", "a: 90m\n"), 'y');
        assert_int_equal(says("{path: a, greater: 60, unit: minutes}", "a: 30\n"), 'n');
}

static void tests_of_presence_and_content(void **state)
{
        (void)state;
        assert_int_equal(says("{path: a, absent: true}", "b: 1\n"), 'y');
        assert_int_equal(says("{path: a, absent: true}", "a: null\n"), 'y');
        assert_int_equal(says("{path: a, absent: true}", "a: 1\n"), 'n');
        assert_int_equal(says("{path: a, absent: false}", "a: 1\n"), 'y');
        assert_int_equal(says("{path: a, absent: false}", "b: 1\n"), 'n');
        assert_int_equal(says("{path: a, contains: x}", "a: [y, X]\n"), 'y');
        assert_int_equal(says("{path: a, contains: [p, x]}", "a: x\n"), 'y');
        assert_int_equal(says("{path: a, contains: x}", "a: [y]\n"), 'n');
        assert_int_equal(says("{path: a, equals: x}", "a: [y, x]\n"), 'y');
        assert_int_equal(says("{path: a/b, equals: x}", "a: [{b: y}, {b: x}]\n"), 'y');
        assert_int_equal(says("{any: [{path: a, equals: x}, {path: b, equals: x}]}", "b: x\n"),
                         'y');
        assert_int_equal(says("{all: [{path: a, equals: x}, {path: b, equals: x}]}", "b: x\n"),
                         'n');
        assert_int_equal(says("{none: [{path: a, equals: x}, {path: b, equals: x}]}", "b: y\n"),
                         'y');
        assert_int_equal(says("{none: [{path: a, equals: x}, {path: b, equals: x}]}", "b: x\n"),
                         'n');
        assert_int_equal(says("{path: 'a/*', all: [{path: x, equals: 1}, {path: y, equals: 1}]}",
                              "a: [{x: 1, y: 2}, {x: 2, y: 1}]\n"),
                         'n');
}

static void what_is_not_known_is_unknown(void **state)
{
        (void)state;
        assert_int_equal(says("{path: a, equals: x}", "a: !Ref Role\n"), 'u');
        assert_int_equal(says("{path: a, not-matches: x}", "a: !Ref Role\n"), 'u');
        assert_int_equal(says("{path: a, contains: x}", "a: [!Ref Role]\n"), 'u');
        assert_int_equal(says("{path: a, contains: x}", "a: [!Ref Role, x]\n"), 'y');
        assert_int_equal(says("{path: a/b, absent: true}", "a: !Ref Role\n"), 'u');
        assert_int_equal(says("{path: a, absent: true}", "a: !Ref Role\n"), 'n');
        assert_int_equal(says("{none: [{path: a, equals: x}]}", "a: !Ref Role\n"), 'u');
        assert_int_equal(says("{path: a, equals: x}, {path: b, equals: x}", "a: !Ref R\nb: y\n"),
                         'n');
        assert_int_equal(says("{path: a, equals: x}", "a: {Ref: Role}\n"), 'u');
        assert_int_equal(says("{path: a, equals: x}", "a: !Sub '${R}-x'\n"), 'u');
        assert_int_equal(says("{path: a, equals: x}", "a: !Sub x\n"), 'y');
}

static void a_selection_that_is_not_known_says_nothing(void **state)
{
        (void)state;
        assert_int_equal(run("{select: a/b}", "a: !Ref Role\n"), 0);
        /* nor does a document that is one template, of what it does not hold */
        assert_int_equal(run("{select: ., where: [{path: a, absent: true}]}", "{{ x }}\n"), 0);
        assert_int_equal(run("{select: ., where: [{path: a, absent: true}]}", "b: {{ x }}\n"), 1);
}

static void place_is_the_deciding_node(void **state)
{
        static const char text[] = "permissions:\n"
                                   "  mode: strict\n"
                                   "  allow:\n"
                                   "    - Read\n"
                                   "    - Bash\n";

        (void)state;
        assert_int_equal(run("{select: permissions, where: [{path: allow, equals: Bash}]}", text),
                         1);
        assert_int_equal(result.findings[0].line, 5);
        /* the last of several, and the one of any that was right */
        assert_int_equal(run("{select: permissions, where: [{path: allow, equals: Bash}, "
                             "{path: mode, absent: false}]}",
                             text),
                         1);
        assert_int_equal(result.findings[0].line, 2);
        assert_int_equal(run("{select: permissions, where: [{any: [{path: mode, equals: x}, "
                             "{path: allow, equals: Read}]}]}",
                             text),
                         1);
        assert_int_equal(result.findings[0].line, 4);
        /* what is missing is missing in the whole */
        assert_int_equal(run("{select: permissions, where: [{path: allow, equals: Bash}, "
                             "{path: deny, absent: true}]}",
                             text),
                         1);
        assert_int_equal(result.findings[0].line, 1);
        assert_int_equal(run("{select: permissions, where: [{path: allow, equals: Bash}, "
                             "{none: [{path: deny, absent: false}]}]}",
                             text),
                         1);
        assert_int_equal(result.findings[0].line, 5);
        assert_int_equal(
                run("{select: permissions, where: [{path: allow, equals: Bash}], at: allow}", text),
                1);
        assert_int_equal(result.findings[0].line, 5);
        assert_int_equal(
                run("{select: permissions, where: [{path: allow, equals: Bash}], at: mode}", text),
                1);
        assert_int_equal(result.findings[0].line, 2);
        assert_int_equal(
                run("{select: permissions, where: [{path: x, absent: true}], at: x}", text), 1);
        assert_int_equal(result.findings[0].line, 1);
}

static void of_a_sequence_the_item_decides(void **state)
{
        (void)state;
        assert_int_equal(run("{select: hosts, where: [{equals: b}]}", "hosts:\n  - a\n  - b\n"), 1);
        assert_int_equal(result.findings[0].line, 3);
        assert_int_equal(run("{select: hosts, where: [{contains: b}]}", "hosts:\n  - a\n  - b\n"),
                         1);
        assert_int_equal(result.findings[0].line, 1);
}

static void of_a_document_what_is_in_it_decides(void **state)
{
        (void)state;
        assert_int_equal(
                run("{select: ., where: [{any: [{path: b, equals: x}, {path: c/d, equals: x}]}]}",
                    "a: x\nb: y\nc:\n  d: x\n"),
                1);
        assert_int_equal(result.findings[0].line, 4);
        assert_int_equal(run("{select: ., where: [{path: z, absent: true}]}", "a: x\n"), 1);
        assert_int_equal(result.findings[0].line, 1);
}

static void detail_shows_values_and_what_was_unknown(void **state)
{
        (void)state;
        assert_int_equal(run("{select: ., where: [{path: role, matches: owner}],"
                             " detail: '{role} for {member}, {none}'}",
                             "role: owner\nmember: [bob]\n"),
                         1);
        assert_string_equal(result.findings[0].detail, "owner for bob, -");
        assert_int_equal(run("{select: ., where: [{path: role, matches: owner}], detail: wide}",
                             "role: !Ref R\n"),
                         1);
        assert_string_equal(result.findings[0].detail, "wide; not known: role = R");
}

static void reason_of_an_unknown_shows_no_literal(void **state)
{
        static const char *const samples[][2] = {
                {"a = var.role\n", "not known: a = var.role"},
                {"a = local.roles[0].name\n", "not known: a = local.roles[0].name"},
                {"a = \"postgres://u:hunter2@${var.host}/x\"\n", "not known: a = var.host"},
                {"a = sha256(\"hunter2\")\n", "not known: a"},
                {"a = \"x${join(\"\", [\"hunter2\", var.b])}\"\n", "not known: a"},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                assert_int_equal(run_format("{select: ., where: [{path: a, equals: x}]}", "hcl",
                                            samples[i][0]),
                                 1);
                assert_string_equal(result.findings[0].detail, samples[i][1]);
        }
}

static void fingerprint_survives_lines_that_move(void **state)
{
        char before[FINDING_FINGERPRINT_MAX];

        (void)state;
        assert_int_equal(run("{select: '**/image', where: [{equals: b}]}", pods), 1);
        memcpy(before, result.findings[0].fingerprint, sizeof(before));
        assert_int_equal(run("{select: '**/image', where: [{equals: b}]}",
                             "#\n#\nspec:\n  containers:\n    - image: b\n      name: two\n"),
                         1);
        assert_string_equal(result.findings[0].fingerprint, before);
        assert_int_equal(run("{select: '**/image', where: [{equals: b}]}",
                             "spec:\n  containers:\n    - image: b\n      name: three\n"),
                         1);
        assert_string_not_equal(result.findings[0].fingerprint, before);
}

static void only_rules_that_name_it_are_about_a_file_of_the_host(void **state)
{
        static const char table[] = "@daily root /bin/x\n";

        (void)state;
        assert_int_equal(run_format("{format: [crontab], select: jobs/user}", "crontab", table), 1);
        assert_int_equal(run_format("{select: '**/user'}", "crontab", table), 0);
}

static void statements_of_a_language_are_told_apart(void **state)
{
        static const char config[] = "{format: sql, select: 'statements/*/statement'}";
        char before[FINDING_FINGERPRINT_MAX];

        (void)state;
        assert_int_equal(run_format(config, "sql", "GRANT a TO b; GRANT a TO c;"), 2);
        memcpy(before, result.findings[1].fingerprint, sizeof(before));
        assert_string_not_equal(result.findings[0].fingerprint, before);
        assert_int_equal(run_format(config, "sql", "-- x\nGRANT  a\n  TO [c] ;"), 1);
        assert_string_equal(result.findings[0].fingerprint, before);
        assert_int_equal(run_format("{select: 'statements/*/statement'}", "sql", "GRANT a TO b;"),
                         0);
}

static void labels_are_blocks_or_keys(void **state)
{
        static const char hcl[] = "resource \"a_role\" \"x\" {\n  role = \"owner\"\n}\n"
                                  "resource \"b_role\" \"y\" {\n  role = \"owner\"\n}\n";
        static const char json[] = "{\"resource\": {\"a_role\": {\"x\": {\"role\": \"owner\"}},\n"
                                   " \"b_role\": {\"y\": [{\"role\": \"owner\"}]}}}";

        (void)state;
        assert_int_equal(run_format("{select: 'resource[a_*]/role'}", "hcl", hcl), 1);
        assert_int_equal(run_format("{select: 'resource[*][y]/role'}", "hcl", hcl), 1);
        assert_int_equal(result.findings[0].line, 5);
        assert_int_equal(run_format("{select: resource/role}", "hcl", hcl), 2);
        assert_int_equal(run_format("{select: 'resource[a_*]/role'}", "json", json), 1);
        assert_int_equal(run_format("{select: 'resource[*][y]/role'}", "json", json), 1);
        assert_int_equal(result.findings[0].line, 2);
        assert_int_equal(
                run_format(
                        "{select: 'path[a]/capabilities'}", "json",
                        "{\"path\": {\"a\": {\"capabilities\": 1}, \"b\": {\"capabilities\": 1}}}"),
                1);
}

static void format_restricts(void **state)
{
        (void)state;
        assert_int_equal(run("{select: a, format: [json]}", "a: 1\n"), 0);
        assert_int_equal(run("{select: a, format: [json, yaml]}", "a: 1\n"), 1);
}

static void mistakes_in_a_rule_are_refused(void **state)
{
        static const char *const configs[] = {
                "[a]",
                "{where: [{equals: x}]}",
                "{select: a, wher: [{equals: x}]}",
                "{select: a, where: [{path: b}]}",
                "{select: a, where: [{pth: b, equals: x}]}",
                "{select: a, where: [{matches: '('}]}",
                "{select: a, where: [{absent: true, equals: x}]}",
                "{select: a, where: [{greater: many}]}",
                "{select: a, where: [{greater: 3, unit: apples}]}",
                "{select: a, where: [{truth: perhaps}]}",
                "{select: a, where: [{equals: []}]}",
                "{select: a, where: []}",
                "{select: a//b}",
                "{select: 'a|/b'}",
                "{select: 'a[b'}",
                "{select: 'a[b][c][d]'}",
                "{select: '**/a/**/b/**/c'}",
                "{select: a, detail: '{b'}",
                "{select: a, select: b}",
                "{select: a, where: [{contains: [a, b], contains: [c]}]}",
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(configs); i++) {
                struct ruleset_error error = {0};
                struct tree_match *m = NULL;

                if (matcher(&m, configs[i], &error) != -EBADMSG)
                        fail_msg("accepted: %s", configs[i]);
                assert_null(m);
                assert_int_not_equal(error.line, 0);
                assert_int_not_equal(strlen(error.message), 0);
        }
}

static void a_slow_expression_is_unknown_and_not_slow(void **state)
{
        char text[4096] = "a: \"";

        (void)state;
        memset(text + 4, 'a', 3000);
        memcpy(text + 3004, "!\"\n", 4);
        assert_int_equal(says("{path: a, matches: '^(a+)+$'}", text), 'u');
}

static void a_walk_without_end_is_a_gap(void **state)
{
        enum { DEPTH = 50, WIDTH = 1200 };
        static char text[DEPTH * 128 + WIDTH * 128];
        size_t n = 0;

        (void)state;
        for (unsigned i = 0; i < DEPTH; i++)
                n += (size_t)snprintf(text + n, sizeof(text) - n, "%*sx:\n", (int)i, "");
        for (unsigned i = 0; i < WIDTH; i++)
                n += (size_t)snprintf(text + n, sizeof(text) - n, "%*sk%u: {x: {x: 1}}\n", DEPTH,
                                      "", i);
        (void)run("{select: '**/*', where: [{path: '**/x/**/y', equals: 1}]}", text);
        assert_int_equal(result.n_gaps, 1);
        assert_int_equal(result.gaps[0].reason, REASON_PARSER_LIMIT);
}

static void spans_of_time_are_read(void **state)
{
        static const struct {
                const char *text;
                double seconds;
        } good[] = {
                {"90", 90},       {"12h", 43200},       {"1h30m", 5400},
                {"30d", 2592000}, {"8 hours", 28800},   {"1.5 days", 129600},
                {"PT8H", 28800},  {"P30D", 2592000},    {"P1DT12H", 129600},
                {"500ms", 0.5},   {"2 weeks", 1209600}, {"1 Year", 31536000},
                {" 5 min ", 300},
        };
        static const char *const bad[] = {"",  "x",  "h",  "-1h",     "1h30",
                                          "P", "PT", "P5", "1 apple", "1e9"};
        double value;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                if (!time_span_parse(good[i].text, 1, &value))
                        fail_msg("refused: %s", good[i].text);
                assert_true(value > good[i].seconds - 1e-6 && value < good[i].seconds + 1e-6);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (time_span_parse(bad[i], 1, &value))
                        fail_msg("accepted: %s", bad[i]);
}

static void reference_to_a_resource_is_no_constant(void **state)
{
        static const char *const config = "select: resource[x]\nwhere: [{path: member, matches: "
                                          "'^(user:|data\\.default_account)'}]";

        (void)state;
        assert_int_equal(run_format(config, "hcl",
                                    "resource \"x\" \"a\" { member = my_account.ci.email }\n"),
                         0);
        assert_int_equal(
                run_format(config, "hcl",
                           "resource \"x\" \"a\" { member = \"sa:${my_account.ci.email}\" }\n"),
                0);
        assert_int_equal(
                run_format(config, "hcl",
                           "resource \"x\" \"a\" { member = data.default_account.ci.email }\n"),
                1);
        assert_int_equal(result.findings[0].certainty, CERTAINTY_YES);
        assert_int_equal(
                run_format(config, "hcl", "resource \"x\" \"a\" { member = var.member }\n"), 1);
        assert_int_equal(result.findings[0].certainty, CERTAINTY_UNKNOWN);
        assert_int_equal(run_format(config, "hcl",
                                    "resource \"x\" \"a\" { member = \"${local.kind}:x\" }\n"),
                         1);
        assert_int_equal(result.findings[0].certainty, CERTAINTY_UNKNOWN);
}

static void literal_is_what_is_written_out(void **state)
{
        static const char *const config =
                "select: resource[x]/password\nwhere: [{literal: true}, {matches: '^.{4,}$'}]";

        (void)state;
        assert_int_equal(
                run_format(config, "hcl", "resource \"x\" \"a\" { password = \"tulip-9\" }\n"), 1);
        assert_int_equal(
                run_format(config, "hcl", "resource \"x\" \"a\" { password = var.password }\n"), 0);
        assert_int_equal(run_format(config, "hcl", "resource \"x\" \"a\" { password = x.y.z }\n"),
                         0);
        assert_int_equal(run_format("select: resource[x]/password\nwhere: [{literal: false}]",
                                    "hcl", "resource \"x\" \"a\" { password = \"tulip-9\" }\n"),
                         0);
        /* that it is none is known, whatever it is */
        assert_int_equal(
                run_format("select: resource[x]\nwhere: [{path: password, literal: false}]", "hcl",
                           "resource \"x\" \"a\" { password = var.password }\n"),
                1);
        assert_int_equal(result.findings[0].certainty, CERTAINTY_YES);
}

static void any_value_is_not_selected_for_being_unknown(void **state)
{
        (void)state;
        assert_int_equal(run_format("select: '**/*'\nwhere: [{path: privileged, truth: true}]",
                                    "hcl", "resource \"x\" \"a\" {\n a = var.b\n}\n"),
                         0);
        assert_int_equal(run_format("select: '**/*'\nwhere: [{path: privileged, truth: true}]",
                                    "hcl", "resource \"x\" \"a\" {\n privileged = var.b\n}\n"),
                         1);
}

/* what is asked of one thing is not answered by two of a list */
static void items_of_a_selected_list_are_judged_one_by_one(void **state)
{
        static const char rule_of_two[] = "{select: '**/resources', where: [{path: type, equals: "
                                          "a}, {path: on, truth: false}]}";

        (void)state;
        assert_int_equal(
                run(rule_of_two, "resources:\n- {type: a, on: true}\n- {type: b, on: false}\n"), 0);
        assert_int_equal(run(rule_of_two, "resources:\n- {type: b}\n- type: a\n  on: false\n"), 1);
        assert_int_equal(result.findings[0].line, 4);
}

static void exclusion_leaves_the_place_to_what_was_found(void **state)
{
        (void)state;
        assert_int_equal(run("{select: '*', where: [any: [{path: auth, equals: none}, {path: auth, "
                             "absent: true}], none: [{path: method, equals: options}]]}",
                             "a:\n  method: get\n  auth: none\n"),
                         1);
        assert_int_equal(result.findings[0].line, 3);
        assert_int_equal(
                run("{select: '*', where: [{any: [{path: auth, equals: none}]}, {none: [{path: "
                    "method, equals: options}]}]}",
                    "a:\n  method: get\n  auth: none\n"),
                1);
        assert_int_equal(result.findings[0].line, 3);
        /* of a whole document what the last test found */
        assert_int_equal(
                run("{select: ., where: [{path: kind, equals: K}, {any: [{path: a/mode, equals: "
                    "x}, {path: b, truth: true}]}]}",
                    "kind: K\na:\n  mode: x\n"),
                1);
        assert_int_equal(result.findings[0].line, 3);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_enter_sequences_by_themselves),
                cmocka_unit_test(any_depth_finds_each_node_once),
                cmocka_unit_test(globs_and_loose_names_match_keys),
                cmocka_unit_test(each_document_is_a_root),
                cmocka_unit_test(json_in_a_string_is_entered),
                cmocka_unit_test(tests_of_scalars),
                cmocka_unit_test(tests_of_presence_and_content),
                cmocka_unit_test(what_is_not_known_is_unknown),
                cmocka_unit_test(reference_to_a_resource_is_no_constant),
                cmocka_unit_test(literal_is_what_is_written_out),
                cmocka_unit_test(any_value_is_not_selected_for_being_unknown),
                cmocka_unit_test(items_of_a_selected_list_are_judged_one_by_one),
                cmocka_unit_test(exclusion_leaves_the_place_to_what_was_found),
                cmocka_unit_test(a_selection_that_is_not_known_says_nothing),
                cmocka_unit_test(place_is_the_deciding_node),
                cmocka_unit_test(of_a_sequence_the_item_decides),
                cmocka_unit_test(of_a_document_what_is_in_it_decides),
                cmocka_unit_test(detail_shows_values_and_what_was_unknown),
                cmocka_unit_test(reason_of_an_unknown_shows_no_literal),
                cmocka_unit_test(fingerprint_survives_lines_that_move),
                cmocka_unit_test(statements_of_a_language_are_told_apart),
                cmocka_unit_test(labels_are_blocks_or_keys),
                cmocka_unit_test(format_restricts),
                cmocka_unit_test(mistakes_in_a_rule_are_refused),
                cmocka_unit_test(a_slow_expression_is_unknown_and_not_slow),
                cmocka_unit_test(a_walk_without_end_is_a_gap),
                cmocka_unit_test(spans_of_time_are_read),
                cmocka_unit_test(only_rules_that_name_it_are_about_a_file_of_the_host),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
