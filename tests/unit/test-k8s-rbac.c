/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "tests/unit/analyse.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

extern const struct analyser analyser_k8s_rbac;

static void rbac(const char *text, const char *expected)
{
        analyse_assert(&analyser_k8s_rbac, "yaml", text, expected);
}

#define ROLE(kind, rule) "kind: " kind "\nmetadata: {name: r}\nrules:\n- " rule "\n"

static void narrow_role_is_silent(void **state)
{
        (void)state;
        rbac(ROLE("Role", "{apiGroups: [''], resources: [pods, pods/log], verbs: [get, list]}"),
             "");
        rbac("kind: ClusterRole\nmetadata: {name: aggregate}\naggregationRule: {}\n", "");
        rbac("kind: Pod\nrules: [{verbs: ['*']}]\n", "");
}

static void wildcards_are_graded(void **state)
{
        (void)state;
        rbac(ROLE("Role", "{apiGroups: [x.io], resources: [things], verbs: ['*']}"), "wildcard:4");
        rbac(ROLE("Role", "{apiGroups: ['*'], resources: [things], verbs: [get]}"), "wildcard:4-2");
        rbac(ROLE("Role", "{apiGroups: [x.io], resources: ['*'], verbs: ['*']}"), "wildcard:4+1");
}

static void group_resource_and_verb_must_all_match(void **state)
{
        (void)state;
        rbac(ROLE("Role", "{apiGroups: [''], resources: [secrets], verbs: [get]}"),
             "secrets-access:4");
        rbac(ROLE("Role", "{apiGroups: [metrics.k8s.io], resources: [secrets], verbs: [get]}"), "");
        rbac(ROLE("Role", "{apiGroups: [''], resources: [secrets1], verbs: [get]}"), "");
        rbac(ROLE("Role", "{apiGroups: [''], resources: [secrets], verbs: [just]}"), "");
}

static void subresources_are_resources_of_their_own(void **state)
{
        (void)state;
        rbac(ROLE("Role", "{apiGroups: [''], resources: [pods], verbs: [get, create]}"),
             "pod-create:4");
        rbac(ROLE("Role", "{apiGroups: [''], resources: [pods/exec], verbs: [create]}"),
             "pod-exec:4");
        rbac(ROLE("Role", "{apiGroups: [''], resources: ['*/exec'], verbs: [create]}"),
             "pod-exec:4");
        rbac(ROLE("Role", "{apiGroups: [''], resources: [serviceaccounts], verbs: [create]}"), "");
        rbac(ROLE("Role", "{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}"),
             "sensitive:4+1");
}

static void named_objects_are_narrow(void **state)
{
        (void)state;
        rbac(ROLE("Role",
                  "{apiGroups: [''], resources: [secrets], resourceNames: [tls], verbs: [get]}"),
             "");
        rbac(ROLE("ClusterRole",
                  "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], "
                  "resourceNames: [view], verbs: [bind]}"),
             "");
}

static void roles_that_make_roles_escalate(void **state)
{
        (void)state;
        rbac(ROLE("Role", "{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: "
                          "[escalate]}"),
             "escalate-bind:4");
        rbac(ROLE("Role", "{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: "
                          "[create, get]}"),
             "");
        rbac(ROLE("Role", "{apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], "
                          "verbs: [get, patch]}"),
             "escalate-bind:4-1");
        rbac(ROLE("ClusterRole", "{apiGroups: [''], resources: [groups], verbs: [impersonate]}"),
             "impersonate:4");
}

static void binding_is_named_in_the_detail(void **state)
{
        static const char *const bound =
                "kind: Role\nmetadata: {name: reader}\n"
                "rules: [{apiGroups: [''], resources: [secrets], verbs: [list]}]\n---\n"
                "kind: RoleBinding\nmetadata: {name: b}\nroleRef: {kind: Role, name: reader}\n"
                "subjects: [{kind: ServiceAccount, name: agent}]\n";
        (void)state;
        assert_string_equal(analyse_detail(&analyser_k8s_rbac, "yaml", bound, "secrets-access"),
                            "reader can read Secrets; bound to ServiceAccount agent");
        assert_non_null(
                strstr(analyse_detail(&analyser_k8s_rbac, "yaml",
                                      ROLE("Role",
                                           "{apiGroups: [''], resources: [secrets], verbs: [get]}"),
                                      "secrets-access"),
                       "not bound in this file"));
}

#define READER(name)                                      \
        "kind: ClusterRole\nmetadata: {name: " name "}\n" \
        "rules: [{apiGroups: [''], resources: [secrets], verbs: [list]}]\n"
#define BOUND(role_kind, name, subject)                                             \
        "kind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: " role_kind \
        ", name: " name "}\nsubjects: [" subject "]\n"
#define AGENT "{kind: ServiceAccount, name: agent}"
#define EVERYBODY "{kind: Group, name: 'system:authenticated'}"

static void bindings_beside_the_file_count(void **state)
{
        static const struct {
                const char *format, *role, *binding, *findings, *bound;
        } cases[] = {
                {"yaml", READER("r"), BOUND("ClusterRole", "r", AGENT), "secrets-access:3",
                 "bound cluster-wide to ServiceAccount agent in binding.yaml"},
                /* who everybody is makes it worse */
                {"yaml", READER("r"), BOUND("ClusterRole", "r", EVERYBODY), "secrets-access:3+1",
                 "bound cluster-wide to Group system:authenticated in binding.yaml"},
                {"yaml", READER("r"), BOUND("Role", "r", EVERYBODY), "secrets-access:3",
                 "not bound in this file"},
                {"yaml", READER("r"), BOUND("ClusterRole", "other", EVERYBODY), "secrets-access:3",
                 "not bound in this file"},
                /* the same template is the same name */
                {"yaml", READER("'{{ include \"a\" . }}'"),
                 BOUND("ClusterRole", "'{{ include \"a\" . }}'", AGENT), "secrets-access:3",
                 "bound cluster-wide to ServiceAccount agent in binding.yaml"},
                {"hcl",
                 "resource \"kubernetes_cluster_role\" \"r\" {\n rule {\n api_groups = [\"\"]\n"
                 " resources = [\"secrets\"]\n verbs = [\"list\"]\n }\n}\n",
                 "resource \"kubernetes_cluster_role_binding_v1\" \"b\" {\n role_ref {\n"
                 " kind = \"ClusterRole\"\n name = kubernetes_cluster_role.r.metadata[0].name\n }\n"
                 " subject {\n kind = \"User\"\n name = \"ann\"\n }\n}\n",
                 "secrets-access:5", "bound cluster-wide to User ann in binding.yaml"},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct doc_error error;
                struct doc *d = NULL;

                assert_int_equal(tree_parse(cases[i].format, cases[i].binding,
                                            strlen(cases[i].binding), &d, &error),
                                 0);
                analyse_beside(&(struct resolve_peer){.name = "binding.yaml", .root = doc_root(d)});
                analyse_assert(&analyser_k8s_rbac, cases[i].format, cases[i].role,
                               cases[i].findings);
                const char *detail = analyse_detail(&analyser_k8s_rbac, cases[i].format,
                                                    cases[i].role, "secrets-access");
                if (!strstr(detail, cases[i].bound))
                        fail_msg("case %zu: %s", i, detail);
                analyse_beside(NULL);
                (void)doc_free(d);
        }
}

#define PATCH(path, value)                                                              \
        "kind: Kustomization\npatches:\n- target: {kind: ClusterRole, name: r, group: " \
        "rbac.authorization.k8s.io}\n  patch: |\n    - op: replace\n      path: " path  \
        "\n      value: " value "\n"

static void a_patch_need_not_name_the_whole_rule(void **state)
{
        (void)state;
        analyse_assert(&analyser_k8s_rbac, "yaml", PATCH("/rules/0/verbs", "['*']"), "wildcard:7");
        analyse_assert(&analyser_k8s_rbac, "yaml", PATCH("/rules/0/resources", "['*']"),
                       "wildcard:7");
        analyse_assert(&analyser_k8s_rbac, "yaml", PATCH("/rules/0/verbs", "[get]"), "");
        analyse_assert(&analyser_k8s_rbac, "yaml", PATCH("/rules/0/resources", "[pods]"), "");
        /* of a whole role, what is not there is not granted */
        analyse_assert(&analyser_k8s_rbac, "yaml", ROLE("Role", "{apiGroups: [''], verbs: ['*']}"),
                       "");
}

#define BINDING(kind, role, subject)                                                    \
        "kind: " kind "\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: " role \
        "}\nsubjects:\n- " subject "\n"

static void bindings_to_the_administrator_are_found(void **state)
{
        (void)state;
        rbac(BINDING("ClusterRoleBinding", "cluster-admin", "{kind: ServiceAccount, name: ci}"),
             "cluster-admin:3");
        rbac(BINDING("RoleBinding", "cluster-admin", "{kind: ServiceAccount, name: ci}"),
             "cluster-admin:3-1");
        rbac(BINDING("ClusterRoleBinding", "view", "{kind: Group, name: 'system:masters'}"),
             "cluster-admin:5");
        rbac(BINDING("ClusterRoleBinding", "view", "{kind: ServiceAccount, name: ci}"), "");
}

static void subjects_that_everybody_is_are_found(void **state)
{
        (void)state;
        rbac(BINDING("ClusterRoleBinding", "view", "{kind: User, name: 'system:anonymous'}"),
             "anonymous:5");
        rbac(BINDING("ClusterRoleBinding", "edit", "{kind: Group, name: 'system:authenticated'}"),
             "anonymous:5-1");
        rbac(BINDING("ClusterRoleBinding", "system:discovery",
                     "{kind: Group, name: 'system:authenticated'}"),
             "");
        rbac(BINDING("RoleBinding", "edit", "{kind: ServiceAccount, name: default}"),
             "default-sa:5");
}

static void items_of_a_list_are_looked_at(void **state)
{
        (void)state;
        rbac("kind: List\nitems:\n- kind: ClusterRole\n  metadata: {name: x}\n"
             "  rules:\n  - {apiGroups: ['*'], resources: ['*'], verbs: [get]}\n",
             "wildcard:6 secrets-access:6 pod-exec:6");
}

static void roles_of_terraform_are_looked_at(void **state)
{
        (void)state;
        analyse_assert(
                &analyser_k8s_rbac, "hcl",
                "resource \"kubernetes_cluster_role_v1\" \"a\" {\n metadata {\n  name = \"a\"\n "
                "}\n rule {\n"
                "  api_groups = [\"\"]\n  resources = [\"secrets\"]\n  verbs = [\"list\"]\n }\n}\n"
                "resource \"kubernetes_cluster_role_binding\" \"b\" {\n role_ref {\n  name = "
                "\"cluster-admin\"\n }\n"
                " subject {\n  kind = \"ServiceAccount\"\n  name = \"default\"\n }\n}\n",
                "secrets-access:8 cluster-admin:13 default-sa:17");
}

static void part_of_another_role_is_everybodys_who_has_that(void **state)
{
        (void)state;
        static const char *const part =
                "kind: ClusterRole\nmetadata:\n  name: crd-view\n"
                "  labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}\n"
                "rules:\n- {apiGroups: [''], resources: [secrets], verbs: [get]}\n";
        static const char *const own =
                "kind: ClusterRole\nmetadata: {name: monitoring}\n"
                "aggregationRule: {clusterRoleSelectors: [{matchLabels: {monitor: 'yes'}}]}\n"
                "rules: []\n---\n"
                "kind: ClusterRoleBinding\nmetadata: {name: m}\n"
                "roleRef: {kind: ClusterRole, name: monitoring}\n"
                "subjects: [{kind: Group, name: watchers}]\n---\n"
                "kind: ClusterRole\nmetadata: {name: more, labels: {monitor: 'yes', a: b}}\n"
                "rules:\n- {apiGroups: [''], resources: [secrets], verbs: [get]}\n";

        rbac(part, "secrets-access:6+1");
        assert_string_equal(
                analyse_detail(&analyser_k8s_rbac, "yaml", part, "secrets-access"),
                "crd-view can read Secrets; part of view, and everybody's who has that");
        assert_string_equal(
                analyse_detail(&analyser_k8s_rbac, "yaml", own, "secrets-access"),
                "more can read Secrets; part of monitoring, bound cluster-wide to Group "
                "watchers");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(narrow_role_is_silent),
                cmocka_unit_test(wildcards_are_graded),
                cmocka_unit_test(group_resource_and_verb_must_all_match),
                cmocka_unit_test(subresources_are_resources_of_their_own),
                cmocka_unit_test(named_objects_are_narrow),
                cmocka_unit_test(roles_that_make_roles_escalate),
                cmocka_unit_test(binding_is_named_in_the_detail),
                cmocka_unit_test(bindings_beside_the_file_count),
                cmocka_unit_test(a_patch_need_not_name_the_whole_rule),
                cmocka_unit_test(bindings_to_the_administrator_are_found),
                cmocka_unit_test(subjects_that_everybody_is_are_found),
                cmocka_unit_test(items_of_a_list_are_looked_at),
                cmocka_unit_test(roles_of_terraform_are_looked_at),
                cmocka_unit_test(part_of_another_role_is_everybodys_who_has_that),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
