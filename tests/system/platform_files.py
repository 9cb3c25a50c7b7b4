"""The second half of the table of agent_files.py: the five situations that giad was asked for, and what agents write for clouds and platforms."""
import base64
import json

from agent_files import Case, Row, blob, hexed, j, keep, pem, public_key, tok, upper


def statement(effect="Allow", **more):
    return j({"Version": "2012-10-17", "Statement": [{"Effect": effect, **more}]})


def workflow(body, on="push"):
    return f"name: deploy\non: {on}\n{body}"


SHA = "11bd71901bbe5b1630ceea73d27597364c9af683"
GITHUB_OIDC = {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}


def github_trust(condition):
    return statement(Principal=GITHUB_OIDC, Action="sts:AssumeRoleWithWebIdentity", Condition=condition)


AUD = {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}
MAIN = {"token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/main"}

SITUATIONS = [
    Row("situation 1: Terraform gives a service account a standing role and a key",
        Case("terraform/main.tf", '''resource "google_service_account" "deploy" {
  account_id = "deploy"
}

resource "google_service_account_key" "deploy" {
  service_account_id = google_service_account.deploy.name
}

resource "google_project_iam_member" "deploy" {
  project = "acme-prod"
  role    = "roles/owner"
  member  = "serviceAccount:${google_service_account.deploy.email}"
}
''', "gcp-primitive-role", "gcp-sa-key", kind="terraform-identity", harmless='''resource "google_service_account" "deploy" {
  account_id = "deploy"
}

resource "google_storage_bucket_iam_member" "deploy" {
  bucket = "acme-artefacts"
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.deploy.email}"
}
''')),
    Row("situation 2: an OAuth client with a long-lived secret",
        Case("oauth/billing-client.json", j({"client_id": "billing", "client_secret": tok("", 40), "grant_types": ["client_credentials"],
                                             "access_token_lifetime": 31536000, "token_endpoint_auth_method": "client_secret_basic"}),
             "oauth-client-secret-inline", "jwt-long-expiry", kind="oauth-client",
             harmless=j({"client_id": "billing", "grant_types": ["client_credentials"], "access_token_lifetime": 900,
                         "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://billing.acme.test/jwks"}))),
    Row("situation 3: just-in-time access whose approval can be gone round",
        Case("access/production-admin.yaml", '''kind: AccessRequestPolicy
name: production-admin
role: admin
approval:
  required: false
  allow_self_approval: true
duration: permanent
''', "approval-weak", "standing-assignment", kind="access-workflow", harmless='''kind: AccessRequestPolicy
name: production-admin
role: admin
approval:
  required: true
  approvers: [group:sre-leads]
  allow_self_approval: false
  min_approvals: 2
duration: 1h
reason_required: true
''')),
    Row("situation 4: a pipeline that lets a build agent assume deployment roles",
        Case("iam/deploy-trust.json", github_trust({"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}}),
             "ci-role-assumption-broad", kind="iam-policy", harmless=github_trust({"StringEquals": {**AUD, **MAIN}})),
        Case(".github/workflows/deploy.yml", workflow('''permissions: write-all
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@%s
        with:
          role-to-assume: arn:aws:iam::123456789012:role/admin
          aws-region: eu-west-1
''' % SHA, on="[push, pull_request]"), "ci-role-assumption-broad", "ci-excessive-permissions",
             kind="ci-workflow", harmless=workflow('''permissions:
  contents: read
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    permissions:
      contents: read
      id-token: write
    steps:
      - uses: aws-actions/configure-aws-credentials@%s
        with:
          role-to-assume: arn:aws:iam::123456789012:role/app-deploy
          aws-region: eu-west-1
''' % SHA)),
        Case(".github/workflows/any-role.yml", workflow('''permissions:
  id-token: write
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@%s
        with:
          role-to-assume: arn:aws:iam::123456789012:role/${{ inputs.role }}
          aws-region: eu-west-1
''' % SHA, on="{workflow_dispatch: {inputs: {role: {type: string}}}}"), "rule:gha-role-from-input", kind="ci-workflow",
             harmless=workflow('''permissions:
  contents: read
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    permissions:
      id-token: write
    steps:
      - uses: aws-actions/configure-aws-credentials@%s
        with:
          role-to-assume: ${{ vars.DEPLOY_ROLE }}
          aws-region: eu-west-1
''' % SHA, on="{workflow_dispatch: {}}"))),
    Row("situation 5: session middleware with weak tokens",
        Case("web/session.js", f'''const express = require('express');
const session = require('express-session');
const jwt = require('jsonwebtoken');
const app = express();

app.use(session({{
  secret: '{tok("k", 30)}',
  cookie: {{ secure: false, httpOnly: false, maxAge: 1000 * 60 * 60 * 24 * 365 }},
}}));

function login(user) {{
  return jwt.sign({{ sub: user.id }}, '{tok("j", 30)}');
}}
''', "session-hardcoded-secret", "cookie-insecure", "cookie-no-httponly", "jwt-hardcoded-secret", "jwt-no-expiry", "session-duration-long",
             kind="session-middleware", harmless='''const express = require('express');
const session = require('express-session');
const jwt = require('jsonwebtoken');
const app = express();

app.use(session({
  secret: process.env.SESSION_SECRET,
  cookie: { secure: true, httpOnly: true, sameSite: 'lax', maxAge: 1000 * 60 * 30 },
}));

function login(user) {
  return jwt.sign({ sub: user.id }, process.env.JWT_KEY, { algorithm: 'HS256', expiresIn: '15m' });
}
''')),
]

# --- clouds and platforms -----------------------------------------------------------------------------------------------------------


def rbac(kind, name, body):
    return f"apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n{body}"


def binding(role, subject="    kind: ServiceAccount\n    name: agent\n    namespace: ci\n"):
    return rbac("ClusterRoleBinding", "agent", f"roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: {role}\n"
                                               f"subjects:\n  -{subject[3:]}")


def role(groups, resources, verbs):
    return rbac("ClusterRole", "agent", f"rules:\n  - apiGroups: [{groups}]\n    resources: [{resources}]\n    verbs: [{verbs}]\n")


def pod(spec="", container=""):
    return ("apiVersion: v1\nkind: Pod\nmetadata:\n  name: agent\nspec:\n  serviceAccountName: agent\n  automountServiceAccountToken: false\n"
            f"{spec}  containers:\n    - name: agent\n      image: acme/agent@sha256:{'0a' * 32}\n{container}")


def kubeconfig(user, cluster="    server: https://k8s.acme.test\n", context="    user: agent\n    cluster: main\n"):
    return ("apiVersion: v1\nkind: Config\nclusters:\n- name: main\n  cluster:\n" + cluster + "users:\n- name: agent\n  user:\n" + user +
            "contexts:\n- name: main\n  context:\n" + context + "current-context: main\n")


def unit(service):
    return f"[Unit]\nDescription=agent\n\n[Service]\n{service}\n[Install]\nWantedBy=multi-user.target\n"


def realm(**more):
    return j({"realm": "acme", "enabled": True, "sslRequired": "external", "bruteForceProtected": True, **more})


def client(**more):
    return realm(clients=[{"clientId": "web", "protocol": "openid-connect", "redirectUris": ["https://web.acme.test/cb"],
                           "fullScopeAllowed": False, "directAccessGrantsEnabled": False, **more}])


def entra(**more):
    return j({"id": "6f0d2c1e-0000-4000-8000-000000000001", "appId": "6f0d2c1e-0000-4000-8000-000000000002", "displayName": "agent",
              "requiredResourceAccess": [], "signInAudience": "AzureADMyOrg", **more})


def graph(role_id, kind="Role"):
    return entra(requiredResourceAccess=[{"resourceAppId": "00000003-0000-0000-c000-000000000000",
                                          "resourceAccess": [{"id": role_id, "type": kind}]}])


def spire(**more):
    return j({"entries": [{"spiffe_id": "spiffe://acme.test/agent", "parent_id": "spiffe://acme.test/node/a",
                           "selectors": [{"type": "k8s", "value": "ns:ci"}, {"type": "k8s", "value": "sa:agent"}], "x509_svid_ttl": 3600, **more}]})


USER_READ = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"

PLATFORMS = [
    Row("AWS credentials and config",
        Case("home/.aws/credentials", f"[default]\naws_access_key_id = {upper('AK' + 'IA', 16)}\naws_secret_access_key = {tok('', 40)}\n",
             "aws-access-key", kind="credential-file", harmless="[default]\nregion = eu-west-1\n"),
        Case("home/.aws/credentials", f"[default]\naws_access_key_id = {upper('AS' + 'IA', 16)}\naws_secret_access_key = {tok('', 40)}\n"
                                      f"aws_session_token = {tok('IQoJb3JpZ2lu', 240)}\n",
             "aws-session-token", kind="credential-file", harmless="[default]\nregion = eu-west-1\n"),
        Case("home/.aws/config", "[profile ci]\ncredential_process = /workspace/tools/creds.sh ci\n", "rule:aws-credential-process-writable",
             kind="credential-file", harmless="[profile ci]\ncredential_process = /usr/local/bin/creds ci\n"),
        Case("home/.aws/config", "[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/AdministratorAccess\nsource_profile = default\n",
             "mfa-missing", kind="credential-file",
             harmless="[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/AdministratorAccess\nsource_profile = default\n"
                      "mfa_serial = arn:aws:iam::123456789012:mfa/ada\n"),
        Case("home/.aws/credentials", "[default]\nregion = eu-west-1\n", "rule:credential-file-mode", mode=0o644)),

    Row("IAM policy",
        Case("iam/admin.json", statement(Action="*", Resource="*"), "iam-admin-policy", kind="iam-policy",
             harmless=statement(Action="s3:GetObject", Resource="arn:aws:s3:::acme-docs/*")),
        Case("iam/iam-star.json", statement(Action="iam:*", Resource="*"), "iam-wildcard-action", "iam-admin-policy",
             kind="iam-policy", harmless=statement(Action="iam:GetRole", Resource="arn:aws:iam::123456789012:role/app")),
        Case("iam/assume.json", statement(Action="sts:*", Resource="*"), "iam-assume-role-wildcard", "iam-wildcard-action", kind="iam-policy",
             harmless=statement(Action="sts:AssumeRole", Resource="arn:aws:iam::123456789012:role/app-deploy")),
        Case("iam/not-action.json", statement(NotAction="iam:*", Resource="*"), "iam-notaction-allow", kind="iam-policy",
             harmless=statement("Deny", NotAction="iam:*", Resource="*")),
        Case("iam/bucket-policy.json", statement(Principal="*", Action="s3:GetObject", Resource="arn:aws:s3:::acme-docs/*"),
             "resource-policy-public-principal", kind="iam-policy",
             harmless=statement(Principal={"AWS": "arn:aws:iam::123456789012:role/app"}, Action="s3:GetObject",
                                Resource="arn:aws:s3:::acme-docs/*")),
        Case("iam/pass-role.json", statement(Action=["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], Resource="*"),
             "iam-privesc-passrole", kind="iam-policy",
             harmless=statement(Action="lambda:InvokeFunction", Resource="arn:aws:lambda:eu-west-1:123456789012:function:app")),
        Case("iam/trust.json", github_trust({"StringEquals": AUD}), "oidc-trust-weak", kind="iam-policy",
             harmless=github_trust({"StringEquals": {**AUD, **MAIN}})),
        Case("terraform/policy.tf", 'resource "aws_iam_policy" "agent" {\n  name = "agent"\n  policy = jsonencode({\n    Version = "2012-10-17"\n'
             '    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]\n  })\n}\n', "iam-admin-policy", kind="terraform-identity",
             harmless='resource "aws_iam_policy" "agent" {\n  name = "agent"\n  policy = jsonencode({\n    Version = "2012-10-17"\n    Statement = '
                      '[{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-docs/*" }]\n  })\n}\n')),

    Row("gcloud",
        Case("deploy-sa.json", j({"type": "service_account", "project_id": "acme", "private_key_id": hexed(40), "private_key": pem(n=1190),
                                  "client_email": "deploy@acme.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token"}),
             "gcp-service-account", kind="credential-file",
             harmless=j({"type": "service_account", "project_id": "acme", "client_email": "deploy@acme.iam.gserviceaccount.com"}),
             harmless_kind=None),
        Case("home/.config/gcloud/application_default_credentials.json",
             j({"type": "authorized_user", "client_id": "1.apps.googleusercontent.com", "client_secret": tok("d-", 24),
                "refresh_token": tok("1//" + "0g", 60)}), "google-api-key", kind="credential-file",
             harmless=j({"type": "external_account", "audience": "//iam.googleapis.com/p",
                         "credential_source": {"file": "/var/run/secrets/token"}})),
        Case("home/.config/gcloud/application_default_credentials.json",
             j({"type": "external_account", "audience": "//iam.googleapis.com/p", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                "credential_source": {"executable": {"command": "/workspace/bin/token.sh", "timeout_millis": 5000}}}),
             "rule:gcp-credential-executable", kind="credential-file",
             harmless=j({"type": "external_account", "audience": "//iam.googleapis.com/p", "subject_token_type":
                         "urn:ietf:params:oauth:token-type:jwt", "credential_source": {"file": "/var/run/secrets/token"}}))),

    Row("Azure",
        Case("azure/sp.json", j({"clientId": "6f0d2c1e-0000-4000-8000-000000000001", "clientSecret": tok("Kx18Q~", 34),
                                 "tenantId": "6f0d2c1e-0000-4000-8000-000000000002", "subscriptionId": "6f0d2c1e-0000-4000-8000-000000000003"}),
             "azure", harmless=j({"clientId": "6f0d2c1e-0000-4000-8000-000000000001",
                                                            "tenantId": "6f0d2c1e-0000-4000-8000-000000000002"})),
        Case("home/.azure/msal_token_cache.json",
             j({"RefreshToken": {"x": {"secret": tok("0." + "AXoA", 40) + tok(".Ag" + "ABAAEAAAD", 300), "credential_type": "RefreshToken"}}}), "azure",
             kind="credential-file", harmless=j({"RefreshToken": {}})),
        Case("home/.azure/service_principal_entries.json",
             j([{"client_id": "6f0d2c1e-0000-4000-8000-000000000001", "tenant": "acme", "client_secret": tok("Lm28Q~", 34)}]),
             "azure", kind="credential-file", harmless=j([])),
        Case("home/.azure/accessTokens.json", j([{"tokenType": "Bearer", "refreshToken": tok("0." + "AXoB", 300), "_authority": "x"}]),
             "generic-api-key", kind="credential-file", harmless=j([]))),

    Row("kubeconfig",
        Case("home/.kube/config", kubeconfig(f"    token: {tok('', 60)}\n"), "secret-manager-or-iac-token",
             kind="kubeconfig", harmless=kubeconfig("    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: /usr/bin/aws\n")),
        Case("home/.kube/config", kubeconfig(f"    username: admin\n    password: {tok('', 20)}\n"),
             "secret-manager-or-iac-token", kind="kubeconfig", harmless=kubeconfig("    auth-provider: {name: oidc}\n")),
        Case("home/.kube/config", kubeconfig("    client-key-data: " + keep(base64.b64encode(pem("RSA PRIVATE KEY", 1190).encode()).decode()) + "\n"),
             "private-key", kind="kubeconfig", harmless=kubeconfig("    client-key: /etc/agent/key.pem\n")),
        Case("kubeconfig.yaml", kubeconfig("    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: ./bin/token\n"),
             "rule:kubeconfig-exec-writable", kind="kubeconfig",
             harmless=kubeconfig("    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: aws\n")),
        Case("kubeconfig.yaml", kubeconfig("    client-key: /etc/agent/key.pem\n",
                                           "    server: https://k8s.acme.test\n    insecure-skip-tls-verify: true\n"),
             "tls-verify-off", kind="kubeconfig", harmless=kubeconfig("    client-key: /etc/agent/key.pem\n")),
        Case("kubeconfig.yaml", kubeconfig("    client-key: /etc/agent/key.pem\n", context="    user: cluster-admin\n    cluster: main\n"),
             "rule:kubeconfig-cluster-admin", kind="kubeconfig", harmless=kubeconfig("    client-key: /etc/agent/key.pem\n"))),

    Row("Kubernetes manifests",
        Case("k8s/admin.yaml", binding("cluster-admin"), "k8s-cluster-admin-binding", kind="k8s-rbac", harmless=binding("view")),
        Case("k8s/masters.yaml", binding("view", "    kind: Group\n    name: system:masters\n    apiGroup: rbac.authorization.k8s.io\n"),
             "k8s-cluster-admin-binding", kind="k8s-rbac",
             harmless=binding("view", "    kind: Group\n    name: developers\n    apiGroup: rbac.authorization.k8s.io\n")),
        Case("k8s/all.yaml", role('"*"', '"*"', '"*"'), "k8s-rbac-wildcard", kind="k8s-rbac", harmless=role('""', "pods", "get, list")),
        Case("k8s/escalate.yaml", role("rbac.authorization.k8s.io", "clusterroles", "bind, escalate"), "k8s-rbac-escalate-bind",
             kind="k8s-rbac", harmless=role("rbac.authorization.k8s.io", "clusterroles", "get")),
        Case("k8s/impersonate.yaml", role('""', "users", "impersonate"), "k8s-rbac-impersonate", kind="k8s-rbac",
             harmless=role('""', "configmaps", "get")),
        Case("k8s/secret.yaml", f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: {tok('', 20)}\n",
             "password-in-config", kind="k8s-secret",
             harmless="apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: db\nspec:\n  secretStoreRef: {name: vault, kind: ClusterSecretStore}\n"),
        Case("k8s/secret-data.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: " +
             keep(base64.b64encode(tok("", 24).encode()).decode()) + "\n", "password-in-config", kind="k8s-secret",
             harmless="apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata: {}\n"),
        Case("k8s/token.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: agent\n  annotations:\n    kubernetes.io/service-account.name: agent\n"
             "type: kubernetes.io/service-account-token\n", "k8s-static-sa-token-secret", kind="k8s-secret",
             harmless="apiVersion: v1\nkind: Secret\nmetadata:\n  name: agent\ntype: Opaque\n"),
        Case("k8s/privileged.yaml", pod(container="      securityContext: {privileged: true}\n"), "container-privileged", kind="k8s-workload",
             harmless=pod(container="      securityContext: {privileged: false, allowPrivilegeEscalation: false}\n")),
        Case("k8s/host.yaml", pod(spec="  hostPID: true\n"), "container-host-namespace", kind="k8s-workload", harmless=pod()),
        Case("k8s/host-path.yaml", pod(spec="  volumes:\n    - name: host\n      hostPath: {path: /}\n"), "container-host-mount",
             kind="k8s-workload", harmless=pod(spec="  volumes:\n    - name: scratch\n      emptyDir: {}\n"))),

    Row("Kustomize / Helm",
        Case("kustomization.yaml", f"secretGenerator:\n  - name: db\n    literals:\n      - password={tok('', 20)}\n",
             "password-in-config", kind="k8s-secret",
             harmless="secretGenerator:\n  - name: db\n    envs: [db.enc.env]\n"),
        Case("kustomization.yaml", "secretGenerator:\n  - name: db\n    files: [db.txt]\ngeneratorOptions:\n  disableNameSuffixHash: true\n",
             "rule:kustomize-secret-name-fixed", kind="k8s-secret", harmless="secretGenerator:\n  - name: db\n    files: [db.txt]\n"),
        Case("chart/values.yaml", f"image: acme/app\nauth:\n  password: {tok('', 20)}\n", "password-in-config",
             harmless="image: acme/app\nauth:\n  existingSecret: db\n")),

    Row("docker",
        Case("home/.docker/config.json", j({"auths": {"registry.acme.test": {"auth": keep(base64.b64encode(
            b"robot:" + tok("", 24).encode()).decode())}}}), "package-registry-token", kind="credential-file",
             harmless=j({"auths": {"registry.acme.test": {}}, "credsStore": "secretservice"})),
        Case("home/.docker/config.json", j({"auths": {"registry.acme.test": {"identitytoken": tok("", 60)}}}), "package-registry-token",
             kind="credential-file", harmless=j({"credHelpers": {"registry.acme.test": "ecr-login"}})),
        Case("compose.yaml", "services:\n  agent:\n    image: acme/agent\n    privileged: true\n", "container-privileged",
             kind="container-config", harmless="services:\n  agent:\n    image: acme/agent\n    security_opt: [no-new-privileges:true]\n"),
        Case("compose.yaml", "services:\n  agent:\n    image: acme/agent\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock\n",
             "container-host-mount", kind="container-config",
             harmless="services:\n  agent:\n    image: acme/agent\n    volumes:\n      - ./src:/src:ro\n"),
        Case("compose.yaml", "services:\n  agent:\n    image: acme/agent\n    pid: host\n    network_mode: host\n", "container-host-namespace",
             kind="container-config", harmless="services:\n  agent:\n    image: acme/agent\n    networks: [inner]\nnetworks:\n  inner: {}\n"),
        Case("docker-compose.yml", f"services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: {tok('', 18)}\n",
             "password-in-config", kind="container-config",
             harmless="services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD_FILE: /run/secrets/db\n"),
        Case("compose.yaml", "services:\n  agent:\n    image: acme/agent\n    user: root\n", "rule:container-compose-user-root",
             kind="container-config", harmless="services:\n  agent:\n    image: acme/agent\n    user: '1000:1000'\n"),
        Case("Dockerfile", f"FROM debian:12\nENV API_TOKEN={tok('', 36)}\nUSER app\n", "generic-api-key", kind="container-config",
             harmless="FROM debian:12\nRUN --mount=type=secret,id=api_token ./fetch\nUSER app\n"),
        Case("Dockerfile", f"FROM debian:12\nARG NPM_TOKEN={tok('npm_', 36)}\nUSER app\n", "npm-token", kind="container-config",
             harmless="FROM debian:12\nARG NPM_REGISTRY=https://registry.npmjs.org\nUSER app\n")),

    Row("Terraform",
        Case("terraform.tfstate", j({"version": 4, "resources": [{"mode": "managed", "type": "aws_db_instance", "name": "db", "instances": [
            {"attributes": {"id": "db", "username": "app", "password": tok("", 22)}}]}]}), "hardcoded-credential",
             kind="terraform-state", harmless=j({"version": 4, "resources": [{"mode": "managed", "type": "aws_s3_bucket", "name": "b", "instances": [
                 {"attributes": {"id": "b"}}]}]})),
        Case("terraform.tfstate", j({"version": 4, "resources": [{"mode": "managed", "type": "tls_private_key", "name": "k", "instances": [
            {"attributes": {"id": "k", "private_key_pem": pem("RSA PRIVATE KEY", 1190)}}]}]}), "private-key",
             kind="terraform-state", harmless=j({"version": 4, "resources": []})),
        Case("prod.tfvars", f'region = "eu-west-1"\ndb_password = "{tok("", 20)}"\n', "password-in-config",
             kind="terraform-identity", harmless='region = "eu-west-1"\ndb_secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db"\n'),
        Case("provider.tf", f'provider "aws" {{\n  region     = "eu-west-1"\n  access_key = "{upper("AK" + "IA", 16)}"\n  secret_key = "{tok("", 40)}"\n}}\n',
             "aws-access-key", "hardcoded-credential", kind="terraform-identity", harmless='provider "aws" {\n  region = "eu-west-1"\n}\n')),

    Row("package registries",
        Case(".npmrc", f"//registry.npmjs.org/:_authToken={tok('npm_', 36)}\n", "npm-token", kind="credential-file",
             harmless="//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n"),
        Case(".npmrc", "//npm.acme.test/:_password=" + keep(base64.b64encode(tok("", 18).encode()).decode()) + "\n",
             "npm-token", kind="credential-file", harmless="//npm.acme.test/:_password=${NPM_PASSWORD}\n"),
        Case(".npmrc", "registry=http://npm.mirror.test/\n", "rule:package-registry-plain-http",
             harmless="registry=https://registry.npmjs.org/\n"),
        Case(".npmrc", "registry=https://npm.mirror.test/\n", "rule:package-registry-changed",
             gap="another registry over https is what every company has; that an approved file changed is told, not that this line did"),
        Case(".npmrc", "strict-ssl=false\n", "tls-verify-off", harmless="strict-ssl=true\n"),
        Case("home/.pypirc", f"[pypi]\nusername = __token__\npassword = {tok('pypi-' + 'AgEIcHlwaS5vcmc', 150)}\n", "pypi-token",
             kind="credential-file", harmless="[distutils]\nindex-servers = pypi\n"),
        Case("home/.netrc", f"machine git.acme.test login agent password {tok('', 24)}\n", "basic-auth-or-header", kind="credential-file",
             harmless="machine git.acme.test login agent\n"),
        Case("home/.git-credentials", f"https://agent:{tok('', 30)}@git.acme.test\n", "basic-auth-or-header", kind="credential-file",
             harmless="https://git.acme.test\n"),
        Case(".yarnrc.yml", f"npmRegistries:\n  //npm.acme.test:\n    npmAuthToken: {tok('', 36)}\n", "npm-token", kind="credential-file",
             harmless="npmRegistries:\n  //npm.acme.test:\n    npmAuthToken: ${NPM_TOKEN}\n"),
        Case("home/.config/pip/pip.conf", f"[global]\nindex-url = https://agent:{tok('', 30)}@pypi.acme.test/simple\n", "basic-auth-or-header",
             kind="credential-file", harmless="[global]\nindex-url = https://${PIP_USER}:${PIP_PASSWORD}@pypi.acme.test/simple\n"),
        Case("home/.config/pip/pip.conf", "[global]\nindex-url = http://pypi.mirror.test/simple\ntrusted-host = pypi.mirror.test\n",
             "tls-verify-off", harmless="[global]\nindex-url = https://pypi.org/simple\n")),

    Row("GitHub Actions / GitLab CI",
        Case(".github/workflows/all.yml", workflow("permissions: write-all\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"),
             "ci-excessive-permissions", kind="ci-workflow",
             harmless=workflow("permissions:\n  contents: read\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n")),
        Case(".github/workflows/absent.yml", workflow("jobs:\n  a:\n    runs-on: ubuntu-latest\n    permissions:\n      id-token: write\n    steps:\n"
             "      - run: make\n  b:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"), "rule:gha-default-permissions",
             kind="ci-workflow", harmless=workflow("permissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n")),
        Case(".github/workflows/pr.yml", workflow("permissions: {}\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n"
             f"      - uses: actions/checkout@{SHA}\n        with:\n          ref: ${{{{ github.event.pull_request.head.sha }}}}\n"
             "      - run: make\n", on="pull_request_target"), "ci-dangerous-trigger", kind="ci-workflow",
             harmless=workflow("permissions: {}\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n"
                               f"      - uses: actions/checkout@{SHA}\n      - run: make\n", on="pull_request")),
        Case(".github/workflows/third.yml", workflow("permissions: {}\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n"
             "      - uses: some-vendor/deploy@v2\n        with:\n          token: ${{ secrets.DEPLOY_TOKEN }}\n"), "ci-unpinned-action",
             kind="ci-workflow", harmless=workflow("permissions: {}\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n"
             f"      - uses: some-vendor/deploy@{SHA}\n        with:\n          token: ${{{{ secrets.DEPLOY_TOKEN }}}}\n")),
        Case(".github/workflows/echo.yml", workflow("permissions: {}\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n"
             "      - run: echo ${{ secrets.DEPLOY_TOKEN }}\n"), "rule:gha-secret-printed", kind="ci-workflow",
             harmless=workflow("permissions: {}\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ./deploy\n        env:\n"
                               "          DEPLOY_TOKEN: ${{ secrets.DEPLOY_TOKEN }}\n")),
        Case(".github/workflows/title.yml", workflow("permissions: {}\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n"
             "      - run: echo \"${{ github.event.issue.title }}\"\n", on="issues"), "ci-template-injection", kind="ci-workflow",
             harmless=workflow("permissions: {}\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo \"$TITLE\"\n        env:\n"
                               "          TITLE: ${{ github.event.issue.title }}\n", on="issues")),
        Case(".gitlab-ci.yml", f"variables:\n  DEPLOY_TOKEN: glpat{tok('-', 20)}\nbuild:\n  script: [make]\n", "gitlab-token",
             kind="ci-workflow", harmless="variables:\n  REGION: eu-west-1\nbuild:\n  script: [make]\n"),
        Case(".gitlab-ci.yml", "release:\n  script:\n    - git push https://gitlab-ci-token:${CI_JOB_TOKEN}@gitlab.acme.test/web/app.git main\n",
             "gitlab-ci-token-broad", kind="ci-workflow",
             harmless="release:\n  script:\n    - git fetch https://gitlab.acme.test/web/app.git main\n")),

    Row("systemd unit",
        Case("etc/systemd/system/agent.service", unit(f"User=agent\nNoNewPrivileges=yes\nExecStart=/usr/bin/agent\nEnvironment=API_TOKEN={tok('', 36)}\n"),
             "generic-api-key", kind="systemd-unit",
             harmless=unit("User=agent\nNoNewPrivileges=yes\nExecStart=/usr/bin/agent\nLoadCredential=api_token:/etc/agent/token\n")),
        Case("etc/systemd/system/agent.service", unit(f"User=agent\nNoNewPrivileges=yes\nExecStart=/usr/bin/agent --password={tok('', 20)}\n"),
             "password-in-config", kind="systemd-unit",
             harmless=unit("User=agent\nNoNewPrivileges=yes\nExecStart=/usr/bin/agent --password-file=/run/agent/pw\n")),
        Case("etc/systemd/system/agent.service", unit("User=root\nNoNewPrivileges=yes\nExecStart=/home/ada/agent/run.sh\n"),
             "rule:systemd-root-runs-writable", kind="systemd-unit",
             harmless=unit("User=agent\nNoNewPrivileges=yes\nExecStart=/usr/lib/agent/run.sh\n")),
        Case("etc/systemd/system/agent.service", unit("User=agent\nNoNewPrivileges=yes\nExecStart=/usr/bin/agent\nAmbientCapabilities=CAP_SYS_ADMIN\n"),
             "rule:systemd-capabilities-like-root", kind="systemd-unit",
             harmless=unit("User=agent\nNoNewPrivileges=yes\nExecStart=/usr/bin/agent\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n")),
        Case("etc/systemd/system/agent.service", unit("ExecStart=/usr/bin/agent\n"), "rule:systemd-root-unconfined", kind="systemd-unit",
             harmless=unit("DynamicUser=yes\nNoNewPrivileges=yes\nProtectSystem=strict\nExecStart=/usr/bin/agent\n"))),

    Row("sudoers",
        Case("etc/sudoers.d/agent", "agent ALL=(ALL) NOPASSWD: ALL\n", "sudoers-nopasswd-all", kind="sudoers",
             harmless="agent ALL=(root) NOPASSWD: /usr/bin/systemctl restart app.service\n"),
        Case("etc/sudoers.d/agent", "agent ALL=(ALL) ALL\n", "sudo-misuse", kind="sudoers",
             harmless="agent ALL=(app) /usr/bin/app-ctl reload\n"),
        Case("etc/sudoers.d/agent", "Defaults:agent !authenticate\n", "sudoers-nopasswd-all", kind="sudoers",
             harmless="Defaults:agent timestamp_timeout=5\n"),
        Case("etc/sudoers.d/agent", "Defaults env_keep += \"LD_PRELOAD\"\n", "sudo-misuse", kind="sudoers",
             harmless="Defaults env_keep += \"LANG TZ\"\n"),
        Case("etc/sudoers.d/agent", "agent ALL=(root) NOPASSWD: /home/agent/deploy.sh\n", "rule:sudoers-writable-target", kind="sudoers",
             harmless="agent ALL=(root) NOPASSWD: /usr/local/sbin/deploy\n"),
        Case("etc/sudoers.d/agent", "agent ALL=(root) NOPASSWD: /usr/local/sbin/deploy\n", "rule:host-secret-file-mode", mode=0o644)),

    Row("polkit",
        Case("etc/polkit-1/rules.d/10-agent.rules", 'polkit.addRule(function(action, subject) {\n    return polkit.Result.YES;\n});\n',
             "polkit-allow-all", kind="polkit",
             harmless='polkit.addRule(function(action, subject) {\n    if (action.id == "org.acme.reload" && subject.isInGroup("ops")) {\n'
                      '        return polkit.Result.AUTH_ADMIN;\n    }\n});\n'),
        Case("etc/polkit-1/rules.d/20-agent.rules", 'polkit.addRule(function(action, subject) {\n    if (action.id == '
             '"org.freedesktop.systemd1.manage-units") {\n        return polkit.Result.YES;\n    }\n});\n', "polkit-allow-all", kind="polkit",
             harmless='polkit.addRule(function(action, subject) {\n    if (action.id == "org.acme.reload" && subject.user == "app") {\n'
                      '        return polkit.Result.YES;\n    }\n});\n'),
        Case("var/lib/polkit-1/localauthority/50-local.d/agent.pkla", "[agent]\nIdentity=unix-user:*\nAction=org.acme.*\nResultAny=yes\n",
             "polkit-allow-all", kind="polkit", harmless="[agent]\nIdentity=unix-group:ops\nAction=org.acme.reload\nResultAny=auth_admin\n"),
        Case("usr/share/polkit-1/actions/org.acme.policy", "<policyconfig>\n <action id=\"org.acme.run\">\n  <defaults>\n   <allow_any>yes</allow_any>\n"
             "  </defaults>\n </action>\n</policyconfig>\n", "polkit-allow-all", kind="polkit",
             harmless="<policyconfig>\n <action id=\"org.acme.run\">\n  <defaults>\n   <allow_any>auth_admin</allow_any>\n  </defaults>\n"
                      " </action>\n</policyconfig>\n")),

    Row("PAM",
        Case("etc/pam.d/agent", "auth sufficient pam_permit.so\naccount required pam_unix.so\n", "pam-weakened", kind="pam",
             harmless="auth required pam_unix.so\naccount required pam_unix.so\n"),
        Case("etc/pam.d/agent", "auth required pam_unix.so nullok\n", "rule:pam-empty-passwords", kind="pam",
             harmless="auth required pam_unix.so\n"),
        Case("etc/pam.d/agent", "auth optional pam_exec.so /home/agent/hook.sh\n", "pam-weakened", kind="pam",
             harmless="auth optional pam_exec.so /usr/libexec/agent-hook\n"),
        Case("etc/pam.d/agent", "auth sufficient pam_succeed_if.so uid >= 0\nauth required pam_deny.so\n", "pam-weakened", kind="pam",
             harmless="auth requisite pam_succeed_if.so uid >= 1000\nauth required pam_unix.so\n")),

    Row("sshd_config / authorized_keys",
        Case("etc/ssh/sshd_config", "PermitRootLogin yes\n", "sshd-weak-auth", kind="sshd-config", harmless="PermitRootLogin no\n"),
        Case("etc/ssh/sshd_config.d/10-agent.conf", "PermitEmptyPasswords yes\n", "sshd-weak-auth", kind="sshd-config",
             harmless="PermitEmptyPasswords no\n"),
        Case("etc/ssh/sshd_config.d/20-agent.conf", "AuthorizedKeysCommand /workspace/keys.sh\nAuthorizedKeysCommandUser nobody\n",
             "sshd-weak-auth", kind="sshd-config",
             harmless="AuthorizedKeysCommand /usr/libexec/keys\nAuthorizedKeysCommandUser nobody\n"),
        Case("home/.ssh/authorized_keys", public_key() + "\n", "ssh-authorized-key-unrestricted", kind="authorized-keys",
             harmless='restrict,command="/usr/bin/backup" ' + public_key() + "\n"),
        Case("root/.ssh/authorized_keys", f'from="10.0.0.0/8" {public_key()}\n', "rule:ssh-key-for-root", kind="authorized-keys",
             harmless="# none\n")),

    Row("crontab / timers",
        Case("etc/cron.d/agent", "*/5 * * * * root /home/ada/agent/sync.sh\n", "cron-untrusted-command", kind="crontab",
             harmless="*/5 * * * * agent /usr/lib/agent/sync\n"),
        Case("etc/cron.d/agent", "0 3 * * * agent curl -s https://get.acme.test/u | sh\n", "cron-untrusted-command", kind="crontab",
             harmless="0 3 * * * agent curl -s -o /var/lib/agent/u https://get.acme.test/u\n"),
        Case("etc/systemd/system/update.service", unit("User=agent\nNoNewPrivileges=yes\nExecStart=/bin/sh -c 'curl -s https://get.acme.test/u | sh'\n"),
             "rule:systemd-fetch-and-run", kind="systemd-unit",
             harmless=unit("User=agent\nNoNewPrivileges=yes\nExecStart=/usr/lib/agent/update\n"))),

    Row("SPIFFE / SPIRE entries",
        Case("spire/entries.json", spire(selectors=[{"type": "unix", "value": "uid:0"}]), "rule:spire-weak-selector", harmless=spire()),
        Case("spire/entries.json", spire(selectors=[{"type": "k8s", "value": "ns:default"}]), "rule:spire-weak-selector", harmless=spire()),
        Case("spire/entries.json", spire(admin=True), "rule:spire-entry-administers", harmless=spire(admin=False)),
        Case("spire/entries.json", spire(downstream=True), "rule:spire-entry-administers", harmless=spire(downstream=False)),
        Case("spire/entries.json", spire(federates_with=["spiffe://partner.test"]), "rule:spire-federates", harmless=spire(federates_with=[])),
        Case("spire/entries.json", spire(x509_svid_ttl=604800), "rule:spire-long-lived", harmless=spire(x509_svid_ttl=3600)),
        Case("spire/entries.json", spire(store_svid=True), "rule:spire-identity-stored", harmless=spire(store_svid=False))),

    Row("Vault",
        Case("vault/agent.hcl", 'path "*" {\n  capabilities = ["read"]\n}\n', "vault-policy-broad", kind="policy-as-code",
             harmless='path "secret/data/app/*" {\n  capabilities = ["read"]\n}\n'),
        Case("vault/agent.hcl", 'path "sys/*" {\n  capabilities = ["read", "sudo"]\n}\n', "vault-policy-broad", kind="policy-as-code",
             harmless='path "sys/health" {\n  capabilities = ["read"]\n}\n'),
        Case("vault/agent.hcl", 'path "secret/*" {\n  capabilities = ["create", "read", "update", "delete", "list", "sudo"]\n}\n',
             "vault-policy-broad", kind="policy-as-code", harmless='path "secret/data/app" {\n  capabilities = ["read", "list"]\n}\n'),
        Case("home/.vault-token", tok("hvs.", 90) + "\n", "secret-manager-or-iac-token", kind="credential-file", harmless="\n"),
        Case("vault/setup.sh", "#!/bin/sh\nvault write auth/approle/role/agent secret_id_ttl=0 secret_id_num_uses=0 policies=agent\n",
             "vault-policy-broad", harmless="#!/bin/sh\nvault write auth/approle/role/agent secret_id_ttl=10m secret_id_num_uses=1 policies=agent\n"),
        Case("vault/role.json", j({"policies": "agent", "token_ttl": 0, "token_max_ttl": 0, "bind_secret_id": True}), "vault-policy-broad",
             harmless=j({"policies": "agent", "token_ttl": "15m", "token_max_ttl": "1h", "bind_secret_id": True}))),

    Row("OPA Rego",
        Case("policy/authz.rego", "package authz\n\ndefault allow := true\n", "policy-default-allow", kind="policy-as-code",
             harmless="package authz\n\ndefault allow := false\n"),
        Case("policy/authz.rego", "package authz\n\ndefault allow := false\n\nallow if { true }\n", "policy-default-allow", kind="policy-as-code",
             harmless="package authz\n\ndefault allow := false\n\nallow if { input.user.role == \"admin\" }\n"),
        Case("policy/jwt.rego", "package authz\n\nclaims := payload if { [_, payload, _] := io.jwt.decode(input.token) }\n", "jwt-unverified",
             kind="policy-as-code",
             harmless="package authz\n\nclaims := payload if { [true, _, payload] := io.jwt.decode_verify(input.token, {\"cert\": data.cert}) }\n")),

    Row("Cedar",
        Case("policy/app.cedar", "permit(principal, action, resource);\n", "policy-default-allow", kind="policy-as-code",
             harmless="permit(principal in Group::\"ops\", action == Action::\"read\", resource) when { resource.public };\n")),

    Row("Casbin",
        Case("casbin/policy.csv", "p, reader, /docs, read\np, *, *, *\n", "policy-default-allow", kind="policy-as-code",
             harmless="p, reader, /docs, read\np, writer, /docs, write\n"),
        Case("casbin/model.conf", "[request_definition]\nr = sub, obj, act\n\n[policy_definition]\np = sub, obj, act\n\n[matchers]\n"
             "m = r.sub == p.sub && r.obj == p.obj || r.sub == \"root\"\n\n"
             "[policy_effect]\ne = some(where (p.eft == allow))\n", "authz-default-allow",
             harmless="[request_definition]\nr = sub, obj, act\n\n[policy_definition]\np = sub, obj, act\n\n[matchers]\n"
                      "m = r.sub == p.sub && r.obj == p.obj && r.act == p.act\n\n[policy_effect]\ne = some(where (p.eft == allow))\n"),
        Case("casbin/policy.csv", "p, admin, /users, write\np, reader, /docs, read\ng, build-agent, admin\n", "rule:casbin-joins-admin",
             harmless="p, admin, /users, write\np, reader, /docs, read\ng, build-agent, reader\n")),

    Row("Keycloak realm export",
        Case("keycloak/realm-export.json", client(secret=tok("", 32)), "oauth-client-secret-inline", kind="oauth-client",
             harmless=client(secret="**********")),
        Case("keycloak/realm-export.json", client(publicClient=True, serviceAccountsEnabled=True), "rule:keycloak-public-service-account",
             kind="oauth-client", harmless=client(publicClient=False, serviceAccountsEnabled=True)),
        Case("keycloak/realm-export.json", client(redirectUris=["*"]), "oauth-wildcard-redirect", kind="oauth-client", harmless=client()),
        Case("keycloak/realm-export.json", client(webOrigins=["*"]), "cors-wildcard", kind="oauth-client",
             harmless=client(webOrigins=["https://web.acme.test"])),
        Case("keycloak/realm-export.json", client(fullScopeAllowed=True), "keycloak-client-broad", kind="oauth-client", harmless=client()),
        Case("keycloak/realm-export.json", client(directAccessGrantsEnabled=True), "keycloak-client-broad", kind="oauth-client", harmless=client()),
        Case("keycloak/realm-export.json", realm(sslRequired="none"), "oauth-weak-grant", kind="oauth-client", harmless=realm()),
        Case("keycloak/realm-export.json", realm(bruteForceProtected=False), "keycloak-client-broad", kind="oauth-client", harmless=realm()),
        Case("keycloak/realm-export.json", realm(users=[{"username": "ada", "credentials": [{"type": "password", "value": tok("", 20)}]}]),
             "generic-api-key", kind="oauth-client", harmless=realm(users=[{"username": "ada"}])),
        Case("keycloak/realm-export.json", realm(users=[{"username": "ada", "credentials": [{"type": "password", "secretData":
             json.dumps({"value": blob(32), "salt": blob(16)})}]}]), "hardcoded-credential", kind="oauth-client", harmless=realm(users=[])),
        Case("keycloak/realm-export.json", realm(components={"org.keycloak.keys.KeyProvider": [{"providerId": "rsa", "config":
             {"privateKey": [blob(1190)]}}]}), "hardcoded-credential", kind="oauth-client", harmless=realm(components={})),
        Case("keycloak/realm-export.json", realm(ssoSessionMaxLifespan=31536000), "session-duration-long", kind="oauth-client",
             harmless=realm(ssoSessionMaxLifespan=36000)),
        Case("keycloak/realm-export.json", realm(accessTokenLifespan=2592000), "session-duration-long", "keycloak-client-broad", kind="oauth-client",
             harmless=realm(accessTokenLifespan=300))),

    Row("Auth0 / Okta",
        Case("auth0/clients/web.json", j({"name": "web", "app_type": "regular_web", "client_secret": tok("", 64),
                                          "callbacks": ["https://web.acme.test/cb"]}), "oauth-client-secret-inline", kind="oauth-client",
             harmless=j({"name": "web", "app_type": "regular_web", "callbacks": ["https://web.acme.test/cb"]})),
        Case("auth0/clients/job.json", j({"name": "job", "app_type": "non_interactive", "token_endpoint_auth_method": "none",
                                          "grant_types": ["client_credentials"]}), "oauth-weak-grant", kind="oauth-client",
             harmless=j({"name": "job", "app_type": "non_interactive", "token_endpoint_auth_method": "private_key_jwt",
                         "grant_types": ["client_credentials"]})),
        Case("auth0/clients/old.json", j({"name": "old", "app_type": "spa", "grant_types": ["password", "implicit"],
                                          "callbacks": ["https://old.acme.test/cb"]}), "oauth-weak-grant", kind="oauth-client",
             harmless=j({"name": "old", "app_type": "spa", "grant_types": ["authorization_code"], "callbacks": ["https://old.acme.test/cb"]})),
        Case("auth0/clients/http.json", j({"name": "http", "app_type": "spa", "callbacks": ["http://old.acme.test/cb"]}),
             "oauth-wildcard-redirect", kind="oauth-client", harmless=j({"name": "http", "app_type": "spa", "callbacks": ["https://old.acme.test/cb"]})),
        Case("auth0/clients/hs.json", j({"name": "hs", "app_type": "spa", "callbacks": ["https://old.acme.test/cb"],
                                         "jwt_configuration": {"alg": "HS256"}}), "rule:oauth-shared-signing-key", kind="oauth-client",
             harmless=j({"name": "hs", "app_type": "spa", "callbacks": ["https://old.acme.test/cb"], "jwt_configuration": {"alg": "RS256"}})),
        Case("okta/import.sh", f"#!/bin/sh\ncurl -H \"Authorization: SSWS 00{tok('', 40)}\" https://acme.okta.test/api/v1/users\n",
             "identity-provider-token",
             harmless="#!/bin/sh\ncurl -H \"Authorization: SSWS $OKTA_TOKEN\" https://acme.okta.test/api/v1/users\n")),

    Row("Entra manifest",
        Case("entra/manifest.json", graph("9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"), "entra-app-permission-broad",
             harmless=graph(USER_READ, "Scope")),
        Case("entra/manifest.json", graph("06b708a9-e830-4db3-a914-8e69da51d44f"), "entra-app-permission-broad", harmless=graph(USER_READ, "Scope")),
        Case("entra/manifest.json", graph("19dbc75e-c2e2-444c-a770-ec69d8559fc7"), "entra-app-permission-broad", harmless=graph(USER_READ, "Scope")),
        Case("entra/manifest.json", entra(passwordCredentials=[{"displayName": "ci", "secretText": tok("Np38Q~", 34)}]),
             "oauth-client-secret-inline", "azure", harmless=entra(passwordCredentials=[{"displayName": "ci", "hint": "c8Q"}])),
        Case("entra/manifest.json", entra(oauth2AllowImplicitFlow=True), "oauth-weak-grant", harmless=entra(oauth2AllowImplicitFlow=False)),
        Case("entra/manifest.json", entra(replyUrlsWithType=[{"url": "https://*.acme.test/cb", "type": "Web"}]), "oauth-wildcard-redirect",
             harmless=entra(replyUrlsWithType=[{"url": "https://web.acme.test/cb", "type": "Web"}])),
        Case("entra/manifest.json", entra(replyUrlsWithType=[{"url": "http://web.acme.test/cb", "type": "Web"}]), "oauth-wildcard-redirect",
             harmless=entra(replyUrlsWithType=[{"url": "http://localhost:3000/cb", "type": "Web"}])),
        Case("entra/manifest.json", entra(signInAudience="AzureADMultipleOrgs"), "rule:entra-many-tenants", harmless=entra())),

    Row("OAuth client_secret_*.json",
        Case("client_secret_web.json", j({"web": {"client_id": "1-a.apps.googleusercontent.com", "client_secret": tok("GOCSPX-", 28),
                                                  "redirect_uris": ["https://web.acme.test/cb"]}}),
             "oauth-client-secret-inline", "google-api-key", kind="oauth-client",
             harmless=j({"web": {"client_id": "1-a.apps.googleusercontent.com", "redirect_uris": ["https://web.acme.test/cb"]}})),
        Case("client_secret_http.json", j({"web": {"client_id": "1-a.apps.googleusercontent.com", "redirect_uris": ["http://web.acme.test/cb"]}}),
             "oauth-wildcard-redirect", kind="oauth-client",
             harmless=j({"web": {"client_id": "1-a.apps.googleusercontent.com", "redirect_uris": ["http://localhost:8080/cb"]}}))),

    Row("SAML",
        Case("saml/sp-metadata.xml", '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.acme.test">\n'
             '  <md:SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="false"/>\n</md:EntityDescriptor>\n', "rule:saml-assertions-unsigned",
             kind="oauth-client", harmless='<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.acme.test">\n'
             '  <md:SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true"/>\n</md:EntityDescriptor>\n'),
        Case("saml/sp-metadata.xml", '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.acme.test">\n'
             '  <md:SPSSODescriptor AuthnRequestsSigned="false" WantAssertionsSigned="true"/>\n</md:EntityDescriptor>\n', "rule:saml-assertions-unsigned",
             kind="oauth-client", harmless='<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.acme.test">\n'
             '  <md:SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true"/>\n</md:EntityDescriptor>\n'),
        Case("saml/idp-metadata.xml", '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">\n'
             '  <ds:SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/>\n</md:EntityDescriptor>\n', "rule:saml-sha1",
             kind="oauth-client", harmless='<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">\n'
             '  <ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>\n</md:EntityDescriptor>\n'),
        Case("saml/sp.key", pem(n=1190), "private-key", kind="private-key", harmless="# the key is in the HSM, slot 3\n",
             harmless_kind=None)),

    Row("JWKS",
        Case("keys/jwks.json", j({"keys": [{"kty": "RSA", "kid": "a", "n": tok("", 342), "e": "AQAB", "d": tok("", 342), "p": tok("", 171),
                                            "q": tok("", 171)}]}), "private-key",
             harmless=j({"keys": [{"kty": "RSA", "kid": "a", "n": tok("", 342), "e": "AQAB"}]})),
        Case("keys/jwks.json", j({"keys": [{"kty": "EC", "crv": "P-256", "kid": "b", "x": tok("", 43), "y": tok("", 43), "d": tok("", 43)}]}),
             "private-key", harmless=j({"keys": [{"kty": "EC", "crv": "P-256", "kid": "b", "x": tok("", 43), "y": tok("", 43)}]})),
        Case("keys/jwks.json", j({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": tok("", 43), "d": tok("", 43)}]}), "private-key",
             harmless=j({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": tok("", 43)}]})),
        Case("keys/jwks.json", j({"keys": [{"kty": "oct", "kid": "c", "k": tok("", 43)}]}), "private-key",
             harmless=j({"keys": [{"kty": "oct", "kid": "c"}]}))),

    Row(".env",
        Case(".env", f"SESSION_SECRET={tok('', 40)}\n", "generic-api-key", kind="dotenv",
             harmless="SESSION_SECRET=${SESSION_SECRET}\n"),
        Case(".env.production", f"DATABASE_URL=postgres://app:{tok('', 22)}@db.acme.test/app\n", "db-connection-uri",
             kind="dotenv", harmless="DATABASE_URL=op://prod/db/url\n"),
        Case(".env.local", f"STRIPE_SECRET_KEY={tok('sk_' + 'live_', 24)}\n", "stripe", kind="dotenv",
             harmless="STRIPE_SECRET_KEY=vault:secret/stripe#key\n")),

    Row("code",
        Case("app/auth.py", "import jwt\n\n\ndef claims(token):\n    return jwt.decode(token, options={\"verify_signature\": False})\n", "jwt-unverified",
             kind="session-middleware", harmless="import jwt\n\n\ndef claims(token, key):\n    return jwt.decode(token, key, algorithms=[\"RS256\"])\n"),
        Case("app/tokens.js", "const jwt = require('jsonwebtoken');\nmodule.exports = (u) => jwt.sign({ sub: u }, '', { algorithm: 'none', expiresIn: '5m' });\n",
             "jwt-none-alg", kind="session-middleware",
             harmless="const jwt = require('jsonwebtoken');\nmodule.exports = (u, k) => jwt.sign({ sub: u }, k, { algorithm: 'RS256', expiresIn: '5m' });\n"),
        Case("app/settings.py", f"from flask import Flask\n\napp = Flask(__name__)\napp.secret_key = \"{tok('', 30)}\"\n", "session-hardcoded-secret",
             kind="session-middleware", harmless="import os\nfrom flask import Flask\n\napp = Flask(__name__)\napp.secret_key = os.environ[\"SECRET_KEY\"]\n"),
        Case("app/users.py", "import hashlib\n\n\ndef store(user, password):\n    user.password_hash = hashlib.md5(password.encode()).hexdigest()\n",
             "password-hash-weak",
             harmless="import bcrypt\n\n\ndef store(user, password):\n    user.password_hash = bcrypt.hashpw(password.encode(), bcrypt.gensalt(12))\n"),
        Case("app/check.py", "def authenticated(request, expected):\n    token = request.headers.get(\"X-Api-Token\")\n    return token == expected\n",
             "rule:token-compared-in-plain",
             harmless="import hmac\n\n\ndef authenticated(request, expected):\n    token = request.headers.get(\"X-Api-Token\")\n"
                      "    return hmac.compare_digest(token, expected)\n"),
        Case("app/login.py", "import requests\n\n\ndef login(user, password):\n    return requests.post(\"https://sso.acme.test\", data={\"password\": password}, verify=False)\n",
             "tls-verify-off", harmless="import requests\n\n\ndef login(user, password):\n    return requests.post(\"https://sso.acme.test\", data={\"password\": password}, timeout=5)\n"),
        Case("app/models.py", "from django.db import models\n\n\nclass User(models.Model):\n    password = models.CharField(max_length=128)\n"
             "    role = models.CharField(max_length=20, default=\"admin\")\n", "rule:role-default-admin",
             harmless="from django.db import models\n\n\nclass User(models.Model):\n    password = models.CharField(max_length=128)\n"
                      "    role = models.CharField(max_length=20, default=\"viewer\")\n"),
        Case("app/views.py", "from rest_framework.permissions import AllowAny\nfrom rest_framework.views import APIView\n\n\nclass Users(APIView):\n"
             "    permission_classes = [AllowAny]\n", "rule:python-view-open", kind="session-middleware",
             harmless="from rest_framework.permissions import IsAuthenticated\nfrom rest_framework.views import APIView\n\n\nclass Users(APIView):\n"
                      "    permission_classes = [IsAuthenticated]\n"),
        Case("app/cors.js", "const express = require('express');\nconst cors = require('cors');\nconst session = require('express-session');\nconst app = express();\n"
             "app.use(cors({ origin: '*', credentials: true }));\n", "cors-wildcard", kind="session-middleware",
             harmless="const express = require('express');\nconst cors = require('cors');\nconst session = require('express-session');\nconst app = express();\n"
                      "app.use(cors({ origin: 'https://web.acme.test', credentials: true }));\n"),
        Case("app/cookies.py", "from flask import make_response\n\n\ndef login(user):\n    r = make_response(\"ok\")\n"
             "    r.set_cookie(\"session\", user.session, secure=False, httponly=False, samesite=None)\n    return r\n",
             "cookie-insecure", "cookie-no-httponly", "cookie-no-samesite", kind="session-middleware",
             harmless="from flask import make_response\n\n\ndef login(user):\n    r = make_response(\"ok\")\n"
                      "    r.set_cookie(\"session\", user.session, secure=True, httponly=True, samesite=\"Lax\")\n    return r\n"),
        Case("app/config.py", "from datetime import timedelta\nfrom flask import Flask\n\napp = Flask(__name__)\n"
             "app.config[\"PERMANENT_SESSION_LIFETIME\"] = timedelta(days=3650)\n", "session-duration-long", kind="session-middleware",
             harmless="from datetime import timedelta\nfrom flask import Flask\n\napp = Flask(__name__)\n"
                      "app.config[\"PERMANENT_SESSION_LIFETIME\"] = timedelta(minutes=30)\n"),
        Case("app/oauth_client.py", "CLIENT = {\n    \"client_id\": \"web\",\n    \"redirect_uris\": [\"https://*.acme.test/cb\"],\n}\n",
             "oauth-wildcard-redirect", harmless="CLIENT = {\n    \"client_id\": \"web\",\n    \"redirect_uris\": [\"https://web.acme.test/cb\"],\n}\n"),
        Case("app/hash.js", "const bcrypt = require('bcrypt');\nmodule.exports = (password) => bcrypt.hash(password, 4);\n", "password-hash-weak",
             kind="session-middleware", harmless="const bcrypt = require('bcrypt');\nmodule.exports = (password) => bcrypt.hash(password, 12);\n"),
        Case("app/login_sql.py", "def login(db, username, password):\n    return db.execute(\n        f\"SELECT id FROM users WHERE name = '{username}' "
             "AND password = '{password}'\"\n    ).fetchone()\n", "rule:login-query-built",
             harmless="def login(db, username, password):\n    return db.execute(\"SELECT id FROM users WHERE name = ?\", (username,)).fetchone()\n"),
        Case("app/ldap_login.py", "import ldap\n\n\ndef find(conn, username):\n    return conn.search_s(\"dc=acme\", ldap.SCOPE_SUBTREE, \"(uid=\" + username + \")\")\n",
             "rule:login-query-built",
             harmless="import ldap\nfrom ldap.filter import filter_format\n\n\ndef find(conn, username):\n    return conn.search_s(\"dc=acme\", ldap.SCOPE_SUBTREE, filter_format(\"(uid=%s)\", [username]))\n"),
        Case("app/register.js", "const bcrypt = require('bcrypt');\nexports.register = async (req, res) => {\n  const user = await User.create({ email: req.body.email, "
             "password: await bcrypt.hash(req.body.password, 12), role: req.body.role });\n  res.json(user.id);\n};\n", "rule:role-from-request",
             kind="session-middleware", harmless="const bcrypt = require('bcrypt');\nexports.register = async (req, res) => {\n  const user = await User.create({ "
             "email: req.body.email, password: await bcrypt.hash(req.body.password, 12), role: 'viewer' });\n  res.json(user.id);\n};\n"),
        Case("app/backdoor.py", "def login(username, password, check):\n    if username == \"recovery\" and password == \"" + tok("", 16) + "\":\n"
             "        return True\n    return check(username, password)\n", "password-in-config",
             harmless="def login(username, password, check):\n    return check(username, password)\n")),
]
