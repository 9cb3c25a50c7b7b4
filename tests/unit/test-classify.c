/* SPDX-FileCopyrightText: giad maintainers */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/classify.h"
#include "detectors/formats/format.h"
#include "tests/unit/test.h"

DEFINE_CLEANUP(struct doc *, doc_free);
DEFINE_CLEANUP(struct lexer *, lexer_free);

static char evidence[96];

/* As the detector does it: parse by name, read source by name, then classify. */
static enum artefact_kind kind_of(const char *path, const char *text, size_t n)
{
        _cleanup_(doc_freep) struct doc *doc = NULL;
        _cleanup_(lexer_freep) struct lexer *lexer = NULL;
        const struct format *format = classify_format(path, text, n);
        enum language language = lexer_language(path);
        struct subject s = {.path = path, .mode = 0100644, .data = text, .size = n};
        struct doc_error error;

        if (format) {
                assert_int_equal(doc_new(&doc, &DOC_LIMITS_DEFAULT), 0);
                (void)format->parse(doc, text, n, &error);
                s.doc = doc;
                s.format = format->name;
        }
        if (language != LANGUAGE_NONE) {
                (void)lexer_read(&lexer, language, text, n, NULL);
                s.source = lexer ? lexer_source(lexer) : NULL;
        }
        return classify(&s, evidence, sizeof(evidence));
}

struct sample {
        enum artefact_kind kind;
        const char *path;
        const char *text;
};

#define KEY_LINE      \
        "-----BEGIN " \
        "PRIVATE KEY-----\n"

static const struct sample artefacts[] = {
        /* terraform and what it leaves behind */
        {ARTEFACT_TERRAFORM, "main.tf", "resource \"aws_iam_role\" \"x\" {\n  name = \"x\"\n}\n"},
        {ARTEFACT_TERRAFORM, "m/main.tf", "module \"x\" {\n  source = \"./y\"\n}\n"},
        {ARTEFACT_TERRAFORM, "broken.tf", "resource \"aws_iam_role\" \"x\" {\n  name = \n"},
        {ARTEFACT_TERRAFORM, "prod.tfvars", "region = \"a\"\n"},
        {ARTEFACT_TFSTATE, "terraform.tfstate", "{\"version\": 4}"},
        {ARTEFACT_TFSTATE, "plan.json", "{\"terraform_version\": \"1.9\", \"planned_values\": {}}"},
        /* templates of clouds */
        {ARTEFACT_CLOUDFORMATION, "t.yaml", "Resources:\n  R:\n    Type: AWS::IAM::Role\n"},
        {ARTEFACT_CLOUDFORMATION, "t.json", "{\"AWSTemplateFormatVersion\": \"2010-09-09\"}"},
        {ARTEFACT_CLOUDFORMATION, "serverless.yml",
         "service: a\nprovider:\n  name: aws\nfunctions: {}\n"},
        {ARTEFACT_CLOUDFORMATION, "stack.py", "import aws_cdk as cdk\napp = cdk.App()\n"},
        {ARTEFACT_AZURE, "main.bicep", "param x string\n"},
        {ARTEFACT_AZURE, "deploy.json",
         "{\"$schema\": "
         "\"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\"}"},
        {ARTEFACT_AZURE, "role.json",
         "{\"Name\": \"r\", \"Actions\": [\"*\"], \"AssignableScopes\": [\"/\"]}"},
        {ARTEFACT_AZURE, "manifest.json", "{\"appId\": \"a\", \"requiredResourceAccess\": []}"},
        {ARTEFACT_AZURE, "access.json",
         "[{\"resourceAppId\": \"a\", \"resourceAccess\": [{\"id\": \"b\"}]}]"},
        {ARTEFACT_AZURE, "infra.ts", "import * as a from \"@pulumi/azure-native\";\n"},
        {ARTEFACT_TERRAFORM, "infra.py", "from cdktf import App\n"},
        {ARTEFACT_TERRAFORM, "main.tf.json", "{\"resource\": {\"a\": {\"b\": {}}}}"},
        {ARTEFACT_OAUTH_CLIENT, "Pulumi.yaml",
         "resources:\n  c:\n    type: keycloak:openid/client:Client\n"},
        {ARTEFACT_OAUTH_CLIENT, "app.ini", "[sso]\nclient_id = a\nissuer = https://a.test\n"},
        {ARTEFACT_OAUTH_CLIENT, "kratos.yml", "selfservice: {}\nidentity: {}\n"},
        {ARTEFACT_POLICY_CODE, "p.json", "{\"path\": {\"*\": {\"capabilities\": []}}}"},
        {ARTEFACT_POLICY_CODE, "nomad.hcl", "namespace \"*\" {\n  policy = \"read\"\n}\n"},
        {ARTEFACT_POLICY_CODE, "acl.hujson", "{\"acls\": [{\"action\": \"accept\", \"src\": []}]}"},
        {ARTEFACT_POLICY_CODE, "rules.json", "[{\"authenticators\": [], \"authorizer\": {}}]"},
        {ARTEFACT_SUDOERS, "etc/doas.conf", "permit persist :wheel\n"},
        {ARTEFACT_KUBECONFIG, "kubernetes/admin.conf",
         "apiVersion: v1\nkind: Config\nclusters: []\n"},
        {ARTEFACT_SESSION_CODE, "config/session.php",
         "<?php\nreturn ['driver' => env('SESSION_DRIVER', 'file')];\n"},
        {ARTEFACT_GCP, "policy.yaml", "bindings:\n- role: roles/owner\n  members: [a]\n"},
        {ARTEFACT_GCP, "role.yaml", "title: x\nincludedPermissions: [a.b.c]\n"},
        {ARTEFACT_GCP, "gdm.yaml", "resources:\n- name: b\n  type: storage.v1.bucket\n"},
        {ARTEFACT_ANSIBLE, "site.yml", "- hosts: all\n  tasks: []\n"},
        {ARTEFACT_ANSIBLE, "tasks/main.yml", "- name: u\n  ansible.builtin.user:\n    name: x\n"},
        {ARTEFACT_IAM_POLICY, "p.json",
         "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": "
         "\"*\"}}"},
        {ARTEFACT_IAM_POLICY, "x.json",
         "{\"a\": [{\"PolicyDocument\": {\"Statement\": [{\"Effect\": \"Deny\", \"Action\": "
         "\"*\"}]}}]}"},
        {ARTEFACT_IAM_POLICY, "half.json", "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\""},
        /* Kubernetes */
        {ARTEFACT_K8S_RBAC, "r.yaml",
         "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"},
        {ARTEFACT_K8S_RBAC, "all.yaml",
         "apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: ServiceAccount\n"},
        {ARTEFACT_K8S_WORKLOAD, "d.yaml", "apiVersion: apps/v1\nkind: Deployment\n"},
        {ARTEFACT_K8S_WORKLOAD, "d.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}"},
        {ARTEFACT_K8S_WORKLOAD, "templates/d.yaml",
         "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n{{- if .x }}\n  a: {{ .y }\n"},
        {ARTEFACT_K8S_SECRET, "s.yaml", "apiVersion: v1\nkind: Secret\ndata: {}\n"},
        {ARTEFACT_K8S_SECRET, "kustomization.yaml", "secretGenerator:\n- name: x\n"},
        {ARTEFACT_KUBECONFIG, "conf.yaml", "apiVersion: v1\nkind: Config\nclusters: []\n"},
        {ARTEFACT_KUBECONFIG, ".kube/config", "x"},
        /* who may log in, who may call */
        {ARTEFACT_OAUTH_CLIENT, "c.json", "{\"client_id\": \"a\", \"redirect_uris\": []}"},
        {ARTEFACT_OAUTH_CLIENT, "realm.json", "{\"realm\": \"r\", \"clients\": []}"},
        {ARTEFACT_OAUTH_CLIENT, "m.xml",
         "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\"/>"},
        {ARTEFACT_SESSION_CODE, "web.xml",
         "<j:web-app xmlns:j=\"x\"><j:session-config><j:session-timeout>5</j:session-timeout>"
         "</j:session-config></j:web-app>"},
        {ARTEFACT_SESSION_CODE, "Web.config",
         "<configuration><location path=\"a\"><system.web><authentication mode=\"Forms\"/>"
         "</system.web></location></configuration>"},
        {ARTEFACT_NONE, "App.config",
         "<configuration><startup><supportedRuntime version=\"v4.0\"/></startup></configuration>"},
        {ARTEFACT_SESSION_CODE, "security.xml",
         "<b:beans xmlns:b=\"x\"><http><intercept-url pattern=\"/**\"/></http></b:beans>"},
        {ARTEFACT_NONE, "context.xml", "<beans><bean id=\"a\" class=\"b\"/></beans>"},
        {ARTEFACT_CREDENTIAL_FILE, "conf/tomcat-users.xml",
         "<tomcat-users><user username=\"a\" roles=\"b\"/></tomcat-users>"},
        {ARTEFACT_CREDENTIAL_FILE, "settings.xml",
         "<settings><servers><server><id>a</id><password>${p}</password></server></servers>"
         "</settings>"},
        {ARTEFACT_POLICY_CODE, "jenkins/config.xml",
         "<?xml version='1.1'?><hudson><authorizationStrategy class=\"a\"/></hudson>"},
        {ARTEFACT_POLICY_CODE, "system.d/a.conf",
         "<!DOCTYPE busconfig><busconfig><policy context=\"default\"/></busconfig>"},
        {ARTEFACT_NONE, "session.conf",
         "<busconfig><type>session</type><policy context=\"default\"/></busconfig>"},
        {ARTEFACT_CRONTAB, "task.xml",
         "<Task><Principals><Principal><UserId>S-1-5-18</UserId></Principal></Principals></Task>"},
        {ARTEFACT_NONE, "pom.xml", "<project><groupId>a</groupId></project>"},
        {ARTEFACT_AZURE, "main.bicep", "resource a 'b@c' = {}\n"},
        {ARTEFACT_OAUTH_CLIENT, "application.yml",
         "spring: {security: {oauth2: {client: {registration: {x: {client-id: a, scope: b}}}}}}\n"},
        {ARTEFACT_OAUTH_CLIENT, "spa.json",
         "{\"name\": \"a\", \"app_type\": \"spa\", \"callbacks\": [\"https://a.test/cb\"]}"},
        {ARTEFACT_OAUTH_CLIENT, "entries.json",
         "{\"entries\": [{\"spiffe_id\": \"spiffe://a.test/w\", \"selectors\": []}]}"},
        {ARTEFACT_API_SECURITY, "api.yaml", "openapi: 3.0.0\ninfo: {title: x}\npaths: {}\n"},
        {ARTEFACT_API_SECURITY, "api.json", "{\"swagger\": \"2.0\", \"paths\": {}}"},
        {ARTEFACT_ACCESS_WORKFLOW, "jit.yaml",
         "access_requests:\n  approvers: [a]\n  max_duration: 2h\n"},
        {ARTEFACT_ACCESS_WORKFLOW, "w.yaml",
         "workflow: temporary-access\nsteps:\n- approvers: [a]\n"},
        {ARTEFACT_ACCESS_WORKFLOW, "p.yaml", "apiVersion: access.corp/v1\nkind: AccessPolicy\n"},
        {ARTEFACT_ACCESS_WORKFLOW, "pim.json",
         "{\"properties\": {\"scope\": \"/subscriptions/1\", \"rules\": [{\"id\": "
         "\"Approval_EndUser_Assignment\", "
         "\"ruleType\": \"RoleManagementPolicyApprovalRule\"}]}}\n"},
        {ARTEFACT_ACCESS_WORKFLOW, "bg.yaml", "break_glass:\n  role: admin\n"},
        {ARTEFACT_ACCESS_WORKFLOW, "role.yaml",
         "kind: role\nversion: v7\nmetadata: {name: x}\nspec: {}\n"},
        {ARTEFACT_CI_WORKFLOW, ".github/workflows/a.yml", "name: x\n"},
        {ARTEFACT_CI_WORKFLOW, "a.yml", "on: push\njobs:\n  a:\n    runs-on: x\n    steps: []\n"},
        {ARTEFACT_CI_WORKFLOW, "action.yml", "name: x\nruns:\n  using: composite\n"},
        {ARTEFACT_CI_WORKFLOW, ".gitlab-ci.yml", "a:\n  script: [b]\n"},
        {ARTEFACT_POLICY_CODE, "a.rego", "package a\n"},
        {ARTEFACT_POLICY_CODE, "policy.txt", "package a\ndefault allow = false\n"},
        {ARTEFACT_POLICY_CODE, "p.cedar", "permit(principal, action, resource);"},
        {ARTEFACT_POLICY_CODE, "v.hcl", "path \"secret/*\" {\n  capabilities = [\"read\"]\n}\n"},
        {ARTEFACT_POLICY_CODE, "policy.csv", "p, a, b, c\np, d, e, f\ng, x, y\n"},
        {ARTEFACT_POLICY_CODE, "model.conf",
         "[request_definition]\nr = a\n[policy_effect]\ne = b\n"},
        /* source code */
        {ARTEFACT_SESSION_CODE, "a.py", "import jwt\nt = jwt.encode(p, key)\n"},
        {ARTEFACT_SESSION_CODE, "settings.py", "SESSION_COOKIE_SECURE = False\n"},
        {ARTEFACT_SESSION_CODE, "a.js", "const jwt = require('jsonwebtoken')\n"},
        {ARTEFACT_SESSION_CODE, "b.js", "app.use(session({secret: x, cookie: {secure: true}}))\n"},
        {ARTEFACT_SESSION_CODE, "C.java",
         "class C { void f() { Cookie c = new Cookie(\"a\", b); } }\n"},
        {ARTEFACT_SESSION_CODE, "a.go", "package a\nfunc f() { t := jwt.NewWithClaims(m, c) }\n"},
        {ARTEFACT_SESSION_CODE, "a.php", "<?php\nsetcookie(\"a\", \"b\");\n"},
        {ARTEFACT_SESSION_CODE, "a.rb", "require 'jwt'\n"},
        /* agents */
        {ARTEFACT_AGENT_CONFIG, "x/.claude/settings.local.json", "{}"},
        {ARTEFACT_AGENT_CONFIG, ".codex/config.toml", "model = \"x\"\n"},
        {ARTEFACT_AGENT_CONFIG, "s.json", "{\"permissions\": {\"allow\": [], \"deny\": []}}"},
        {ARTEFACT_AGENT_CONFIG, ".vscode/settings.json", "{\"chat.tools.autoApprove\": true}"},
        {ARTEFACT_TERRAFORM, "main.tf.json", "{\"module\": {\"a\": {\"source\": \"./b\"}}}"},
        {ARTEFACT_AGENT_CONFIG, ".vscode/settings.json", "{\"c\\u0068at.x\": true}"},
        {ARTEFACT_AGENT_CONFIG, ".claude/skills/a/SKILL.md", "---\nallowed-tools: Bash(*)\n---\n"},
        {ARTEFACT_MCP_CONFIG, ".mcp.json", "{}"},
        {ARTEFACT_MCP_CONFIG, "x.json", "{\"mcpServers\": {\"a\": {\"command\": \"b\"}}}"},
        /* hosts */
        {ARTEFACT_SUDOERS, "etc/sudoers.d/x", "x ALL=(ALL) ALL\n"},
        {ARTEFACT_SUDOERS, "files/agent-sudo", "# x\nagent ALL=(ALL) NOPASSWD: ALL\n"},
        {ARTEFACT_SUDOERS, "roles/a/templates/sudoers.j2", "{{ u }} ALL=(ALL) ALL\n"},
        {ARTEFACT_SUDOERS, "agent.conf", "agent ALL=(ALL) NOPASSWD: ALL\n"},
        {ARTEFACT_SSHD_CONFIG, "files/sshd.conf",
         "Port 22\nPermitRootLogin no\nUsePAM yes\nPasswordAuthentication no\n"},
        {ARTEFACT_CRONTAB, "jobs.txt", "SHELL=/bin/sh\n0 3 * * * root /bin/x\n"},
        {ARTEFACT_SSH_AUTHORIZED_KEYS, "keys", "restrict ssh-ed25519 AAAAC3 a\n"},
        {ARTEFACT_POLKIT, "etc/polkit-1/rules.d/1.rules", "x"},
        {ARTEFACT_POLKIT, "a.policy", "<?xml version=\"1.0\"?>\n<policyconfig/>\n"},
        {ARTEFACT_PAM, "etc/pam.d/su", "x"},
        {ARTEFACT_PAM, "files/su", "auth required pam_unix.so\naccount required pam_unix.so\n"},
        {ARTEFACT_SSH_AUTHORIZED_KEYS, "home/a/.ssh/authorized_keys", ""},
        {ARTEFACT_SSHD_CONFIG, "etc/ssh/sshd_config.d/1.conf", "Port 22\n"},
        {ARTEFACT_SSHD_CONFIG, "files/ssh",
         "Port 22\nPermitRootLogin no\nPasswordAuthentication no\n"},
        {ARTEFACT_SYSTEMD_UNIT, "a.service", "[Service]\nExecStart=/bin/x\n"},
        {ARTEFACT_CRONTAB, "etc/cron.d/x", "x"},
        {ARTEFACT_CRONTAB, "files/cron", "MAILTO=a\n*/5 * * * * root /bin/x\n"},
        {ARTEFACT_CONTAINER, "Dockerfile", "FROM x\n"},
        {ARTEFACT_CONTAINER, "build/image", "FROM x\nRUN y\n"},
        {ARTEFACT_CONTAINER, "stack.yml", "services:\n  a:\n    image: b\n"},
        {ARTEFACT_SQL_GRANT, "a.psql", "DO $$ BEGIN CREATE ROLE a; END $$;\n"},
        {ARTEFACT_POLICY_CODE, "policy.txt", "package a\nallow if { input.x }\n"},
        {ARTEFACT_POLICY_CODE, "a.rego.j2", "package a\nx := 1\n"},
        {ARTEFACT_SQL_GRANT, "a.sql", "CREATE TABLE x (y int);\nGRANT ALL ON x TO app;\n"},
        /* credentials */
        {ARTEFACT_CREDENTIAL_FILE, ".aws/credentials", ""},
        {ARTEFACT_CREDENTIAL_FILE, ".npmrc", "//registry.npmjs.org/:_authToken=x\n"},
        {ARTEFACT_CREDENTIAL_FILE, "key.json",
         "{\"type\": \"service_account\", \"private_key\": \"x\"}"},
        {ARTEFACT_CREDENTIAL_FILE, "n", "machine a.test login b password c\n"},
        {ARTEFACT_DOTENV, ".env", ""},
        {ARTEFACT_DOTENV, "a/.env.production", "A=b\n"},
        {ARTEFACT_DOTENV, "prod.env", "A=b\n"},
        {ARTEFACT_PRIVATE_KEY, "x", KEY_LINE "AAAA\n"},
        {ARTEFACT_PRIVATE_KEY, "x.pem", "Bag Attributes\n" KEY_LINE "AAAA\n"},
        {ARTEFACT_PRIVATE_KEY, "k.json", "{\"keys\": [{\"kty\": \"RSA\", \"d\": \"x\"}]}"},
        {ARTEFACT_PRIVATE_KEY, ".ssh/id_ed25519", "x"},
};

static const struct sample ordinary[] = {
        {ARTEFACT_NONE, "README.md",
         "# x\n\n    agent ALL=(ALL) NOPASSWD: ALL\n\nDo not do this.\n"},
        {ARTEFACT_NONE, "doc.md", "```yaml\napiVersion: v1\nkind: Secret\n```\n"},
        {ARTEFACT_NONE, "CLAUDE.md", "Run make check before you commit.\n"},
        {ARTEFACT_NONE, "package.json",
         "{\"name\": \"x\", \"scripts\": {\"a\": \"b\"}, \"dependencies\": {}}"},
        {ARTEFACT_NONE, "data.json", "[{\"role\": \"admin\", \"name\": \"x\"}]"},
        {ARTEFACT_NONE, "blog.json", "{\"entries\": [{\"id\": \"a\", \"selectors\": []}]}"},
        {ARTEFACT_NONE, "apps.json", "[{\"app_type\": \"game\", \"name\": \"x\"}]"},
        {ARTEFACT_NONE, "locale.json",
         "{\"permissions\": \"Rights\", \"password\": \"Secret\", \"on\": \"An\"}"},
        {ARTEFACT_NONE, "i18n.yaml", "en:\n  approval: Approval\n  role: Role\n"},
        {ARTEFACT_NONE, "mkdocs.yml", "site_name: x\nnav: [a.md]\n"},
        {ARTEFACT_NONE, "variables.tf", "variable \"x\" {\n  type = string\n}\n"},
        {ARTEFACT_NONE, "packer.hcl", "source \"a\" \"b\" {\n}\n"},
        {ARTEFACT_NONE, ".npmrc", "package-lock=false\n"},
        {ARTEFACT_NONE, ".vscode/settings.json", "{\"editor.tabSize\": 8}"},
        {ARTEFACT_NONE, ".vscode/tasks.json",
         "{\"tasks\": [{\"label\": \"a\", \"command\": \"make\"}]}"},
        {ARTEFACT_NONE, "a.py", "def session(x):\n    return cookie(x)\n"},
        {ARTEFACT_NONE, "b.js", "export function sign(x) { return session(x) + cookie }\n"},
        {ARTEFACT_NONE, "a.sql", "CREATE FUNCTION f() AS 'x';\nSELECT 'GRANT a TO b';\n"},
        {ARTEFACT_NONE, "a.sql",
         "CREATE TABLE granted (x int);\nINSERT INTO granted VALUES (1);\n"},
        {ARTEFACT_NONE, "ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
        {ARTEFACT_NONE, "jwks.json",
         "{\"keys\": [{\"kty\": \"RSA\", \"n\": \"x\", \"e\": \"AQAB\"}]}"},
        {ARTEFACT_NONE, "table.txt", "1 2 3 4 5 six\n2 3 4 5 6 seven\n"},
        {ARTEFACT_NONE, "org.x.service", "[D-BUS Service]\nName=org.x\nExec=/bin/x\n"},
        {ARTEFACT_NONE, "key.c", "static const char k[] =\n\"" KEY_LINE "\";\n"},
        {ARTEFACT_NONE, "setup.sh",
         "#!/bin/sh\necho 'a ALL=(ALL) NOPASSWD: ALL' >> /etc/sudoers\n"},
        {ARTEFACT_NONE, "crd.yaml",
         "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"},
        {ARTEFACT_NONE, "empty", ""},
};

static void check(const struct sample *samples, size_t n)
{
        unsigned failed = 0;

        for (size_t i = 0; i < n; i++) {
                const struct sample *s = &samples[i];
                enum artefact_kind kind = kind_of(s->path, s->text, strlen(s->text));

                if (kind != s->kind) {
                        print_error("%s: %s (%s), not %s\n", s->path,
                                    artefact_kind_to_string((int)kind), evidence,
                                    artefact_kind_to_string((int)s->kind));
                        failed++;
                }
                assert_int_equal(kind != ARTEFACT_NONE, evidence[0] != '\0');
        }
        assert_int_equal(failed, 0);
}

static void artefacts_are_named(void **state)
{
        (void)state;
        check(artefacts, ELEMENTSOF(artefacts));
}

static void ordinary_files_are_none(void **state)
{
        (void)state;
        check(ordinary, ELEMENTSOF(ordinary));
}

static void every_kind_has_a_sample(void **state)
{
        bool seen[_ARTEFACT_MAX] = {[ARTEFACT_NONE] = true};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(artefacts); i++)
                seen[artefacts[i].kind] = true;
        for (int kind = 0; kind < _ARTEFACT_MAX; kind++)
                if (!seen[kind])
                        fail_msg("no sample of %s", artefact_kind_to_string(kind));
}

static void evidence_is_printable_and_fits(void **state)
{
        static const char text[] =
                "apiVersion: v1\nkind: \"Role\\u202e\\n"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\n";

        (void)state;
        assert_int_equal(kind_of("a.yaml", text, strlen(text)), ARTEFACT_K8S_WORKLOAD);
        assert_true(strlen(evidence) < sizeof(evidence));
        assert_null(strstr(evidence, "\xe2\x80\xae"));
        assert_null(strchr(evidence, '\n'));
}

static void binary_and_cut_files_are_survived(void **state)
{
        static char noise[70000];

        (void)state;
        for (size_t i = 0; i < sizeof(noise); i++)
                noise[i] = (char)(i * 2654435761u >> 13);
        for (size_t i = 0; i < ELEMENTSOF(artefacts); i++)
                (void)kind_of(artefacts[i].path, noise, sizeof(noise));
        for (size_t i = 0; i < ELEMENTSOF(artefacts); i++) {
                for (size_t n = 0; n <= strlen(artefacts[i].text); n++) {
                        /* of exactly this size: a sanitizer sees what reads past it */
                        char *cut = malloc(n + 1);

                        assert_non_null(cut);
                        memcpy(cut + 1, artefacts[i].text, n);
                        (void)kind_of(artefacts[i].path, cut + 1, n);
                        (void)kind_of("x", cut + 1, n);
                        free(cut);
                }
        }
        for (size_t n = 0; n < 8; n++) {
                char *blank = malloc(n + 1);

                assert_non_null(blank);
                memset(blank, '\n', n + 1);
                assert_int_equal(kind_of("x.xml", blank + 1, n), ARTEFACT_NONE);
                free(blank);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(artefacts_are_named),
                cmocka_unit_test(ordinary_files_are_none),
                cmocka_unit_test(every_kind_has_a_sample),
                cmocka_unit_test(evidence_is_printable_and_fits),
                cmocka_unit_test(binary_and_cut_files_are_survived),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
