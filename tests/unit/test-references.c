/* SPDX-FileCopyrightText: giad maintainers */
/*
 * References in documents: what they become, and what is left as it is.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/formats/format.h"
#include "detectors/formats/resolve.h"
#include "tests/unit/test.h"
#include "tests/unit/value.h"

#define TERRAFORM                                                                  \
        "variable \"act\" { default = \"iam:*\" }\n"                               \
        "variable \"none\" {}\n"                                                   \
        "variable \"acts\" { default = [\"a\", \"b\"] }\n"                         \
        "variable \"map\" { default = { dev = { role = \"x\" } } }\n"              \
        "variable \"on\" { default = true }\n"                                     \
        "locals {\n  two = concat(var.acts, [\"c\"])\n  name = \"${var.act}/y\"\n" \
        "  again = local.name\n  self = local.self\n  a = { b = local.a }\n}\n"

static void terraform_is_followed(void **state)
{
        static const struct {
                const char *expression, *value;
        } cases[] = {
                {"var.act", "iam:*"},
                {"\"${var.act}\"", "iam:*"},
                {"\"x-${var.act}\"", "x-iam:*"},
                {"\"$${var.act}\"", "${var.act}"},
                {"var.none", "?var.none"},
                {"\"${var.none}-x\"", "?${var.none}-x"},
                {"var.nowhere", "?var.nowhere"},
                {"[var.act, var.none]", "[iam:*, ?var.none]"},
                {"{ k = var.act }", "{k: iam:*}"},
                {"local.two", "[a, b, c]"},
                {"local.again", "iam:*/y"},
                {"local.self", "?local.self"},
                {"var.acts[1]", "b"},
                {"var.acts[7]", "?var.acts[7]"},
                {"var.map[\"dev\"].role", "x"},
                {"var.map.dev", "{role: x}"},
                {"var.on ? \"*\" : var.none", "*"},
                {"!var.on ? \"*\" : \"s3:Get\"", "s3:Get"},
                {"var.act == \"iam:*\" ? 1 : 2", "1"},
                {"var.none == \"x\" ? 1 : 2", "?var.none == \"x\" ? 1 : 2"},
                {"var.on || var.none", "true"},
                {"var.on && var.none", "?var.on && var.none"},
                {"var.on || var.none && false", "true"},
                {"false && var.none || var.on", "true"},
                {"-1", "-1"},
                {"-var.act", "?-var.act"},
                {"concat(var.acts, var.none)", "[a, b, ?]"},
                {"merge(var.map, {c = 1})", "{dev: {role: x}, c: 1}"},
                {"join(\",\", var.acts)", "a,b"},
                {"format(\"%s:%d%%\", var.act, 3)", "iam:*:3%"},
                {"lookup(var.map, \"prod\", \"-\")", "-"},
                {"lower(\"ADMIN\")", "admin"},
                {"toset([var.act])", "[iam:*]"},
                {"coalesce(\"\", var.act)", "iam:*"},
                {"coalesce(var.none, var.act)", "?coalesce(var.none, var.act)"},
                {"element(var.acts, 3)", "b"},
                {"jsonencode(var.map.dev)", "{role: x}"},
                /* nothing is computed, and nothing is known of what runs later */
                {"1 + 2", "?1 + 2"},
                {"var.acts[*]", "?var.acts[*]"},
                {"aws_iam_role.r.arn", "?aws_iam_role.r.arn"},
                {"file(\"x\")", "?file(\"x\")"},
                {"(var.act)", "iam:*"},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[1024];

                (void)snprintf(text, sizeof(text), TERRAFORM "x = %s\n", cases[i].expression);
                struct doc *d = value_read("hcl", text);
                assert_int_equal(doc_resolve(d, "hcl", NULL, 0), 0);
                value_assert(node_get(doc_root(d), "x"), cases[i].value, cases[i].expression);
                (void)doc_free(d);
        }
}

static void operators_in_each_other_have_an_end(void **state)
{
        static const struct {
                const char *format, *head, *unit;
        } cases[] = {
                {"hcl", "x = ", "!"},      {"hcl", "x = ", "("},       {"hcl", "x = ", "!("},
                {"hcl", "x = a == ", "!"}, {"bicep", "var x = ", "!"}, {"bicep", "var x = ", "!("},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct buffer text = {0};

                buffer_puts(&text, cases[i].head);
                for (unsigned k = 0; k < 500000; k++)
                        buffer_puts(&text, cases[i].unit);
                buffer_puts(&text, "true\n");
                struct doc_error error;
                struct doc *d = NULL;
                assert_int_equal(doc_new(&d, NULL), 0);
                (void)format_by_name(cases[i].format)
                        ->parse(d, (const char *)text.data, text.len, &error);
                (void)doc_resolve(d, cases[i].format, NULL, 0);
                (void)doc_free(d);
                buffer_done(&text);
        }
}

static void the_place_is_that_of_the_reference(void **state)
{
        struct doc *d =
                value_read("hcl", "variable \"l\" {\n  default = [\"*\"]\n}\n\nx = var.l\n");

        (void)state;
        assert_int_equal(doc_resolve(d, "hcl", NULL, 0), 0);
        const struct node *x = node_get(doc_root(d), "x");
        assert_int_equal(x->line, 5);
        assert_int_equal(x->first->line, 2);
        (void)doc_free(d);
}

static void a_document_that_is_referred_to_keeps_its_places(void **state)
{
        struct doc *d =
                value_read("hcl", "locals {\n  p = <<E\n{\"a\":\n 1}\nE\n}\n\n\nx = local.p\n");

        (void)state;
        assert_int_equal(doc_resolve(d, "hcl", NULL, 0), 0);
        struct node *tree = doc_embedded(d, node_get(doc_root(d), "x"));
        assert_non_null(tree);
        assert_int_equal(node_get(tree, "a")->line, 4);
        (void)doc_free(d);
}

static void json_in_a_heredoc_is_resolved_inside(void **state)
{
        struct doc *d =
                value_read("hcl", "variable \"a\" { default = \"*\" }\np = <<E\n"
                                  "{\"Action\": \"${var.a}\", \"Resource\": \"${aws_x.y}\"}\nE\n");

        (void)state;
        assert_int_equal(doc_resolve(d, "hcl", NULL, 0), 0);
        struct node *tree = doc_embedded(d, node_get(doc_root(d), "p"));
        value_assert(tree, "{Action: *, Resource: ?${aws_x.y}}", "heredoc");
        assert_int_equal(node_get(tree, "Action")->line, 3);
        (void)doc_free(d);
}

static void values_of_the_directory_count(void **state)
{
        struct doc *d = value_read("hcl", "variable \"a\" { default = \"file\" }\nx = var.a\n"
                                          "y = var.b\nz = var.c\nw = local.l\n"
                                          "v = local.list\nu = local.json\n"
                                          "t = concat(local.list, [var.b])\n");
        struct doc *variables = value_read("hcl", "variable \"b\" { default = \"there\" }\n"
                                                  "variable \"c\" {}\nlocals { l = var.b }\n"
                                                  "\n\n\n\nlocals {\n  list = [\"*\"]\n"
                                                  "  json = \"{\\\"a\\\": 1}\"\n}\n");
        struct doc *automatic = value_read("hcl", "a = \"auto\"\n");
        struct doc *chosen = value_read("hcl", "b = \"prod\"\nc = \"prod\"\n");
        const struct resolve_peer peers[] = {
                {.name = "variables.tf", .root = doc_root(variables)},
                {.name = "x.auto.tfvars", .root = doc_root(automatic)},
                {.name = "prod.tfvars", .root = doc_root(chosen)},
        };

        (void)state;
        assert_int_equal(doc_resolve(d, "hcl", peers, ELEMENTSOF(peers)), 0);
        value_assert(node_get(doc_root(d), "x"), "auto", "a file of values that is always read");
        value_assert(node_get(doc_root(d), "y"), "there", "a default before a chosen file");
        value_assert(node_get(doc_root(d), "z"), "prod", "no default");
        value_assert(node_get(doc_root(d), "w"), "there", "a local of another file");
        /* all of it has a place in this file */
        const struct node *list = node_get(doc_root(d), "v");
        value_assert(list, "[*]", "a list of another file");
        assert_int_equal(list->first->line, list->line);
        list = node_get(doc_root(d), "t");
        value_assert(list, "[*, there]", "a list that is made of one of another file");
        assert_int_equal(list->first->line, list->line);
        /* and so has what is in a text */
        struct node *text = node_get(doc_root(d), "u"), *tree = doc_embedded(d, text);
        value_assert(tree, "{a: 1}", "a document of another file");
        assert_int_equal(node_get(tree, "a")->line, text->line);
        (void)doc_free(d);
        (void)doc_free(variables);
        (void)doc_free(automatic);
        (void)doc_free(chosen);
}

#define TEMPLATE                                                                                  \
        "AWSTemplateFormatVersion: 2010-09-09\n"                                                  \
        "Parameters:\n  A: {Type: String, Default: '*'}\n  N: {Type: String}\n"                   \
        "  L: {Type: CommaDelimitedList, Default: 'a,b'}\n"                                       \
        "Mappings: {M: {k: {v: found}}}\n"                                                        \
        "Conditions: {All: !Equals [!Ref A, '*'], No: !Not [{Condition: All}], Q: !Equals [!Ref " \
        "N, x]}\n"

static void templates_are_followed(void **state)
{
        static const struct {
                const char *expression, *value;
        } cases[] = {
                {"!Ref A", "*"},
                {"{Ref: A}", "*"},
                {"!Ref L", "[a, b]"},
                {"!Sub 'iam:${A}'", "iam:*"},
                {"{'Fn::Sub': ['${X}:${A}', {X: s3}]}", "s3:*"},
                {"!Sub '${!A}'", "${A}"},
                {"!Join [':', [iam, !Ref A]]", "iam:*"},
                {"!Select [1, !Ref L]", "b"},
                {"!FindInMap [M, k, v]", "found"},
                {"!If [All, yes-it-is, 'no']", "yes-it-is"},
                {"!If [No, yes-it-is, !Ref A]", "*"},
                {"!Split ['/', 'x/y']", "[x, y]"},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[1024];

                (void)snprintf(text, sizeof(text), TEMPLATE "X: %s\n", cases[i].expression);
                struct doc *d = value_read("yaml", text);
                assert_int_equal(doc_resolve(d, "yaml", NULL, 0), 0);
                value_assert(node_get(doc_root(d), "X"), cases[i].value, cases[i].expression);
                (void)doc_free(d);
        }
}

static void what_a_template_does_not_know_is_left(void **state)
{
        static const char *const expressions[] = {
                "!Ref N",
                "!Ref AWS::Region",
                "!Sub '${N}'",
                "!GetAtt R.Arn",
                "!If [Q, a, b]",
                "!Select [9, !Ref L]",
                "!FindInMap [M, k, none]",
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(expressions); i++) {
                char text[1024];

                (void)snprintf(text, sizeof(text), TEMPLATE "X: %s\n", expressions[i]);
                struct doc *d = value_read("yaml", text);
                assert_int_equal(doc_resolve(d, "yaml", NULL, 0), 0);
                assert_non_null(node_get(doc_root(d), "X")->tag);
                (void)doc_free(d);
        }
}

static void words_are_followed(void **state)
{
        struct doc *d =
                value_read("yaml", "service: s\nprovider: {name: aws}\n"
                                   "custom: {v: '*', deep: {l: [a]}, r: '${self:custom.v}'}\n"
                                   "a: ${self:custom.v}\nb: x-${self:custom.v}\n"
                                   "c: ${self:custom.deep.l}\nd: ${self:custom.r}\n"
                                   "e: ${opt:stage, 'dev'}\nf: ${env:X}\ng: ${self:no}\n"
                                   "h: ${P:-true}\n");
        static const char *const values[][2] = {
                {"a", "*"},   {"b", "x-*"},      {"c", "[a]"},        {"d", "*"},
                {"e", "dev"}, {"f", "${env:X}"}, {"g", "${self:no}"}, {"h", "true"},
        };

        (void)state;
        assert_int_equal(doc_resolve(d, "yaml", NULL, 0), 0);
        for (size_t i = 0; i < ELEMENTSOF(values); i++)
                value_assert(node_get(doc_root(d), values[i][0]), values[i][1], values[i][0]);
        (void)doc_free(d);
}

static void plays_are_followed(void **state)
{
        struct doc *d = value_read(
                "yaml",
                "- hosts: all\n  vars: {a: '*', d: {e: f}, r: '{{ a }}', s: '{{ s }}'}\n  tasks:\n"
                "  - x:\n      a: '{{ a }}'\n      b: 'iam:{{ a }}'\n      c: '{{ d.e }}'\n"
                "      d: '{{ none }}'\n      e: \"{{ none | default('y') }}\"\n"
                "      f: '{{ a | upper }}'\n      g: '{{ t }}'\n      h: '{{ r }}'\n"
                "      i: '{{ s }}'\n      j: '{{ a'\n      k: \"{{ a | default('y') }}\"\n"
                "    vars: {t: mine}\n");
        static const char *const values[][2] = {
                {"a", "*"},
                {"b", "iam:*"},
                {"c", "f"},
                {"d", "{{ none }}"},
                {"e", "y"},
                {"g", "mine"},
                {"f", "{{ a | upper }}"},
                {"h", "*"},
                {"i", "{{ s }}"},
                {"j", "{{ a"},
                {"k", "*"},
        };

        (void)state;
        assert_int_equal(doc_resolve(d, "yaml", NULL, 0), 0);
        const struct node *x = node_get(node_get(doc_root(d)->first, "tasks")->first, "x");
        for (size_t i = 0; i < ELEMENTSOF(values); i++)
                value_assert(node_get(x, values[i][0]), values[i][1], values[i][0]);
        (void)doc_free(d);
}

static void roles_are_followed(void **state)
{
        struct doc *defaults =
                value_read("yaml", "a: default\nb: default\nlist: ['*']\n"
                                   "path: '/home/{{ user }}'\nuser: agent\nself: '{{ self }}'\n");
        struct doc *vars = value_read("yaml", "b: vars\n");
        struct doc *d = value_read("yaml", "- x:\n    a: '{{ a }}'\n    b: '{{ b }}'\n"
                                           "    c: '{{ list }}'\n    d: '{{ path }}/x'\n"
                                           "    e: '{{ none }}'\n    f: '{{ self }}'\n"
                                           "  vars: {a: task}\n- block:\n  - y: '{{ b }}'\n");
        struct doc *template =
                value_read("yaml", "user: {{ user }}\nall: {{ list }}\nn: {{ none }}\n");
        const struct resolve_peer peers[] = {
                {.name = "defaults/main.yml", .root = doc_root(defaults)},
                {.name = "vars/main.yml", .root = doc_root(vars)},
        };
        static const char *const values[][2] = {
                {"a", "task"},          {"b", "vars"},       {"c", "[*]"},
                {"d", "/home/agent/x"}, {"e", "{{ none }}"}, {"f", "{{ self }}"},
        };

        (void)state;
        assert_int_equal(doc_resolve(d, "yaml", peers, ELEMENTSOF(peers)), 0);
        const struct node *x = node_get(doc_root(d)->first, "x");
        for (size_t i = 0; i < ELEMENTSOF(values); i++)
                value_assert(node_get(x, values[i][0]), values[i][1], values[i][0]);
        assert_int_equal(node_get(x, "c")->first->line, node_get(x, "c")->line);
        value_assert(node_get(doc_root(d)->first->next, "block"), "[{y: vars}]", "a block");
        assert_int_equal(doc_resolve(template, "yaml", peers, ELEMENTSOF(peers)), 0);
        value_assert(doc_root(template), "{user: agent, all: [*], n: ?{{ none }}}", "a template");
        (void)doc_free(template);
        (void)doc_free(d);
        (void)doc_free(defaults);
        (void)doc_free(vars);
}

static void plays_have_files_of_variables(void **state)
{
        struct doc *all = value_read("yaml", "a: all\nb: all\nc: all\n");
        struct doc *named = value_read("yaml", "b: named\nc: named\n");
        struct doc *other = value_read("yaml", "a: other\nd: other\n");
        struct doc *d =
                value_read("yaml", "- hosts: all\n  vars_files: [./vars/x.yml]\n"
                                   "  vars: {c: play}\n  tasks:\n  - x:\n      a: '{{ a }}'\n"
                                   "      b: '{{ b }}'\n      c: '{{ c }}'\n"
                                   "      d: '{{ d }}'\n      e: '{{ e }}'\n"
                                   "    vars: {e: '{{ a }}!'}\n");
        const struct resolve_peer peers[] = {
                {.name = "group_vars/all.yml", .root = doc_root(all)},
                {.name = "vars/x.yml", .root = doc_root(named)},
                {.name = "vars/main.yml", .root = doc_root(other)},
        };

        (void)state;
        assert_int_equal(doc_resolve(d, "yaml", peers, ELEMENTSOF(peers)), 0);
        /* files that a play names count more than what it says itself; others are not read */
        value_assert(node_get(node_get(doc_root(d)->first, "tasks")->first, "x"),
                     "{a: all, b: named, c: named, d: {{ d }}, e: all!}", "a play");
        (void)doc_free(d);
        (void)doc_free(all);
        (void)doc_free(named);
        (void)doc_free(other);
}

static void charts_are_followed(void **state)
{
        struct doc *values =
                value_read("yaml", "role: admin\nverbs: ['*']\nempty: ''\nnested: {a: {b: c}}\n");
        struct doc *d = value_read(
                "yaml", "{{- if .Values.on }}\na: {{ .Values.role }}\n"
                        "b: \"x-{{ .Values.role }}\"\nc: {{- .Values.verbs -}}\n"
                        "d: {{ .Values.nested.a.b | quote }}\n"
                        "e: {{ .Values.empty | default \"y\" }}\n"
                        "f: {{ .Values.none }}\ng: {{ include \"l\" . }}\n"
                        "h: {{ .Values.role | upper }}\n{{- end }}\n---\nz: {{ .Values.role }}\n");
        static const char *const known[][2] = {
                {"a", "admin"}, {"b", "x-admin"}, {"c", "[*]"}, {"d", "c"}, {"e", "y"},
        };
        static const char *const unknown[] = {"f", "g", "h"};
        const struct resolve_peer peers[] = {{.name = "values.yaml", .root = doc_root(values)}};

        (void)state;
        assert_int_equal(doc_resolve(d, "yaml", peers, 1), 0);
        const struct node *first = doc_root(d)->first;
        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                value_assert(node_get(first, known[i][0]), known[i][1], known[i][0]);
        for (size_t i = 0; i < ELEMENTSOF(unknown); i++)
                assert_int_equal(node_get(first, unknown[i])->type, NODE_UNKNOWN);
        value_assert(node_get(first->next, "z"), "admin", "the second document");
        (void)doc_free(d);
        (void)doc_free(values);
}

static const struct node *document(struct doc *d, size_t i)
{
        const struct node *n = doc_root(d)->first;

        while (n && i-- > 0)
                n = n->next;
        return n;
}

static void patches_are_parts_of_objects(void **state)
{
        struct doc *d = value_read(
                "yaml",
                "kind: Kustomization\npatches:\n- target: {kind: ClusterRole, name: a, "
                "group: rbac.authorization.k8s.io, version: v1}\n  patch: |-\n"
                "    - op: add\n      path: /rules/-\n      value: {verbs: ['*']}\n"
                "    - op: remove\n      path: /rules/0\n"
                "    - op: replace\n      path: /metadata/labels/x~1y\n      value: z\n"
                "- target: {kind: Pod}\n  patch: '[{\"op\": \"add\", \"path\": \"/spec/a/0/b\", "
                "\"value\": true}]'\n"
                "- path: other.yaml\n"
                "patchesStrategicMerge:\n- file.yaml\n- |\n"
                "    apiVersion: v1\n    kind: Pod\n    spec:\n      image: $(IMAGE)\n"
                "      host: $(OTHER)\n      name: x\n"
                "vars: [{name: IMAGE}]\n"
                "replacements:\n- targets: [{select: {kind: Pod}, fieldPaths: [spec.name]}]\n");

        (void)state;
        assert_int_equal(doc_resolve(d, "yaml", NULL, 0), 0);
        assert_true(doc_root(d)->multi);
        value_assert(document(d, 0),
                     "{rules: [{verbs: [*]}], kind: ClusterRole, apiVersion: "
                     "rbac.authorization.k8s.io/v1, "
                     "metadata: {name: a}}",
                     "an addition");
        /* the place in the file, where the value is written */
        const struct node *verbs = node_get(node_get(document(d, 0), "rules")->first, "verbs");
        assert_int_equal(verbs->line, 7);
        assert_int_equal(verbs->column, 22);
        assert_int_equal(verbs->key_column, 15);
        assert_string_equal(document(d, 0)->tag, "patch");
        value_assert(document(d, 1),
                     "{metadata: {labels: {x/y: z}}, kind: ClusterRole, apiVersion: "
                     "rbac.authorization.k8s.io/v1}",
                     "a replacement");
        value_assert(document(d, 2), "{spec: {a: [{b: true}]}, kind: Pod, apiVersion: v1}", "JSON");
        value_assert(
                document(d, 3),
                "{apiVersion: v1, kind: Pod, spec: {image: ?$(IMAGE), host: $(OTHER), name: ?x}}",
                "a strategic merge");
        assert_int_equal(node_get(document(d, 3), "kind")->line, 20);
        /* the kustomization itself comes last */
        assert_non_null(node_get(document(d, 4), "patches"));
        assert_null(document(d, 5));
        (void)doc_free(d);
}

static void other_texts_are_no_patches(void **state)
{
        static const char *const texts[] = {
                "kind: Kustomization\nresources: [a.yaml]\n",
                "kind: ConfigMap\npatches:\n- patch: |\n    kind: Pod\n",
                "kind: Kustomization\npatches:\n- patch: |\n    {{ broken: [\n    kind: x\n",
                "kind: Kustomization\npatches:\n- patch: |\n    just text with kind: in\n",
                "kind: Kustomization\npatches: text\n",
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                struct doc *d = value_read("yaml", texts[i]);

                assert_int_equal(doc_resolve(d, "yaml", NULL, 0), 0);
                if (i != 3)
                        assert_false(doc_root(d)->multi);
                (void)doc_free(d);
        }
}

/* Each local is twice the one before: the text, and the tree. */
static void growth_ends(void **state)
{
        struct buffer text = {0}, tree = {0};

        (void)state;
        buffer_puts(&text, "locals {\n  l0 = \"0123456789\"\n");
        buffer_puts(&tree, "locals {\n  l0 = [\"0123456789\"]\n");
        for (unsigned i = 1; i < 60; i++) {
                char line[96];

                (void)snprintf(line, sizeof(line), "  l%u = \"${local.l%u}${local.l%u}\"\n", i,
                               i - 1, i - 1);
                buffer_puts(&text, line);
                (void)snprintf(line, sizeof(line), "  l%u = [local.l%u, local.l%u]\n", i, i - 1,
                               i - 1);
                buffer_puts(&tree, line);
        }
        buffer_puts(&text, "}\n");
        buffer_puts(&tree, "}\n");
        const char *const files[] = {(const char *)text.data, (const char *)tree.data};
        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                struct doc *d = value_read("hcl", files[i]);
                int r = doc_resolve(d, "hcl", NULL, 0);

                assert_true(r == 0 || r == -E2BIG);
                assert_int_equal(doc_error(d), 0);
                (void)doc_free(d);
        }
        buffer_done(&text);
        buffer_done(&tree);
}

/* The user of the last stage. */
static void docker_user(const char *text, const char *wanted)
{
        struct doc *d = value_read("dockerfile", text);
        const struct node *stages = node_get(doc_root(d), "stages");

        assert_int_equal(doc_resolve(d, "dockerfile", NULL, 0), 0);
        value_assert(node_get(stages->last, "user"), wanted, text);
        (void)doc_free(d);
}

static void variables_of_a_dockerfile(void **state)
{
        (void)state;
        docker_user("FROM a\nARG U=root\nUSER $U\n", "root");
        docker_user("FROM a\nENV A=1 U=\"root\" B=2\nUSER ${U}:${G:-app}\n", "root:app");
        docker_user("FROM a\nENV U root\nUSER $U\n", "root");
        docker_user("FROM a\nARG U=app\nUSER $U\nUSER root\nARG U=x\nUSER $U\n", "x");
        /* before FROM it is for FROM alone, unless it is named again */
        docker_user("ARG U=root\nFROM a\nUSER $U\n", "?$U");
        docker_user("ARG U=root\nFROM a\nARG U\nUSER $U\n", "root");
        docker_user("ARG U=root\nFROM a\nARG U=app\nUSER $U\n", "app");
        /* of another stage, behind it, of another variable, broken */
        docker_user("FROM a\nARG U=root\nFROM b\nUSER $U\n", "?$U");
        docker_user("FROM a\nUSER $U\nARG U=root\n", "?$U");
        docker_user("FROM a\nARG V=1\nARG U=$V\nUSER $U\n", "?$U");
        docker_user("FROM a\nARG U=root\nUSER ${U\n", "?${U");
        docker_user("FROM a\nUSER $\n", "?$");
}

static void files_that_a_kustomization_names_are_patches(void **state)
{
        static const struct {
                const char *kustomization, *name, *text, *wanted;
        } cases[] = {
                {"patches:\n- path: p.yaml\n  target: {kind: Role, name: r, group: g, version: "
                 "v1}\n",
                 "p.yaml",
                 "- op: add\n  path: /rules/-\n  value: {verbs: ['*']}\n- op: remove\n  path: /x\n",
                 "[{rules: [{verbs: [*]}], kind: Role, apiVersion: g/v1, metadata: {name: r}}]"},
                {"patchesStrategicMerge: [./p.yaml]\n", "p.yaml", "kind: Pod\napiVersion: v1\n",
                 "[{kind: Pod, apiVersion: v1}]"},
                {"patches: [{path: patches/p.yaml}]\n", "patches/p.yaml",
                 "kind: A\napiVersion: v1\n---\nkind: B\napiVersion: v1\n",
                 "[{kind: A, apiVersion: v1}, {kind: B, apiVersion: v1}]"},
                /* no patches of it */
                {"resources: [p.yaml]\n", "p.yaml", "kind: Pod\n", "{kind: Pod}"},
                {"patches: [{path: q.yaml}, {path: [p.yaml]}, {patch: p.yaml}, p.yaml]\n", "p.yaml",
                 "kind: Pod\n", "{kind: Pod}"},
                {"patches: p.yaml\n", "p.yaml", "kind: Pod\n", "{kind: Pod}"},
                {"patches: [{path: p.yaml}]\n", "p.yaml", "- a\n- op: add\n", "[a, {op: add}]"},
                {"patches: [{path: p.yaml}]\n", "p.yaml", "text\n", "text"},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct doc *k = value_read("yaml", cases[i].kustomization),
                           *d = value_read("yaml", cases[i].text);
                struct resolve_peer peers[] = {{.name = "values.yaml", .root = doc_root(k)},
                                               {.name = "kustomization.yml", .root = doc_root(k)}};

                doc_read_patch(d, cases[i].name, peers, ELEMENTSOF(peers));
                value_assert(doc_root(d), cases[i].wanted, cases[i].kustomization);
                bool patch = doc_root(d)->multi;
                if (patch)
                        assert_string_equal(doc_root(d)->first->tag, "patch");
                (void)doc_free(d);
                (void)doc_free(k);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(terraform_is_followed),
                cmocka_unit_test(operators_in_each_other_have_an_end),
                cmocka_unit_test(files_that_a_kustomization_names_are_patches),
                cmocka_unit_test(the_place_is_that_of_the_reference),
                cmocka_unit_test(json_in_a_heredoc_is_resolved_inside),
                cmocka_unit_test(a_document_that_is_referred_to_keeps_its_places),
                cmocka_unit_test(values_of_the_directory_count),
                cmocka_unit_test(templates_are_followed),
                cmocka_unit_test(what_a_template_does_not_know_is_left),
                cmocka_unit_test(words_are_followed),
                cmocka_unit_test(plays_are_followed),
                cmocka_unit_test(roles_are_followed),
                cmocka_unit_test(plays_have_files_of_variables),
                cmocka_unit_test(charts_are_followed),
                cmocka_unit_test(patches_are_parts_of_objects),
                cmocka_unit_test(other_texts_are_no_patches),
                cmocka_unit_test(growth_ends),
                cmocka_unit_test(variables_of_a_dockerfile),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
