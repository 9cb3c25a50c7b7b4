/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Judges the steps of a GitHub workflow or composite action: scripts that untrusted text is pasted
 * into, actions that are not pinned, check-outs of other people's code, tokens that are broader or
 * live longer than needed. Owns nothing.
 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "detectors/privilege/github-workflow.h"

/* "owner/name" of a step's action, compared without its version. */
static bool uses_action(const struct node *step, const char *action)
{
        const char *uses = node_text(node_get(step, "uses"));
        size_t n = strlen(action);
        return uses && strncasecmp(uses, action, n) == 0 &&
               (uses[n] == '@' || uses[n] == '\0' || uses[n] == '/');
}

static const char *input(const struct node *step, const char *name)
{
        const struct node *value = node_get(node_get(step, "with"), name);
        return value ? value->text : NULL;
}

/* --- scripts ------------------------------------------------------------------------------- */

/* Inputs of actions that are run as code. */
static const struct {
        const char *action, *input;
} script_inputs[] = {
        {"actions/github-script", "script"},
        {"azure/cli", "inlineScript"},
        {"azure/powershell", "inlineScript"},
        {"mikefarah/yq", "cmd"},
        {"appleboy/ssh-action", "script"},
        {"nick-fields/retry", "command"},
        {"nick-invision/retry", "command"},
        {"addnab/docker-run-action", "run"},
        {"amadevus/pwsh-script", "script"},
        {"jannekem/run-python-script-action", "script"},
        {"cardinalby/js-eval-action", "expression"},
        {"gradle/gradle-build-action", "arguments"},
};

static void judge_script(const struct workflow *w, const struct job *job, const struct node *step,
                         const struct node *script)
{
        const struct expression_scope scope = {.workflow = w, .job = job->node, .step = step};
        char name[128], detail[200];

        if (!script || !script->text ||
            !expression_untrusted(script->text, script->text_len, &scope, name, sizeof(name)))
                return;
        (void)snprintf(detail, sizeof(detail),
                       "%s is written by outsiders and becomes part of the script", name);
        workflow_report(w, "template-injection", script, 0, name, detail);
}

static void judge_scripts(const struct workflow *w, const struct job *job, const struct node *step)
{
        judge_script(w, job, step, node_get(step, "run"));
        for (size_t i = 0; i < ELEMENTSOF(script_inputs); i++)
                if (uses_action(step, script_inputs[i].action))
                        judge_script(w, job, step,
                                     node_get(node_get(step, "with"), script_inputs[i].input));
}

/* --- pinning ------------------------------------------------------------------------------- */

static bool is_digest(const char *ref)
{
        size_t n = strspn(ref, "0123456789abcdefABCDEF");
        return (n == 40 || n == 64) && ref[n] == '\0';
}

/* Names that move with every push. */
static bool is_branch(const char *ref)
{
        static const char *const names[] = {"main",  "master", "develop", "dev",
                                            "trunk", "latest", "HEAD"};
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcasecmp(ref, names[i]) == 0)
                        return true;
        return false;
}

void workflow_judge_uses(const struct workflow *w, const struct node *uses)
{
        const char *text = node_text(uses);
        if (!text || text[0] == '.' || text[0] == '$' || text[0] == '/')
                return;
        if (strncmp(text, "docker://", 9) == 0) {
                if (!strstr(text, "@sha256:"))
                        workflow_report(w, "unpinned-action", uses, 0, text,
                                        "the image can be replaced under its tag");
                return;
        }
        const char *at = strrchr(text, '@');
        bool own = strncasecmp(text, "actions/", 8) == 0 || strncasecmp(text, "github/", 7) == 0;
        if (!strchr(text, '/'))
                return;
        if (!at || at[1] == '\0')
                workflow_report(w, "unpinned-action", uses, 0, text,
                                "no version: whatever is newest runs");
        else if (is_branch(at + 1))
                workflow_report(w, "unpinned-action", uses, 0, text,
                                "a branch moves with every push");
        else if (!is_digest(at + 1))
                workflow_report(w, "unpinned-action", uses, own ? -2 : -1, text,
                                own ? "a tag can be moved; pin the commit"
                                    : "its owner, or who took the account, can move the tag");
}

/* --- check-outs ---------------------------------------------------------------------------- */

/* Expressions that name the head of a pull request from outside. */
static bool names_foreign_head(const char *ref)
{
        static const char *const heads[] = {
                "github.event.pull_request.head",
                "github.event.workflow_run",
                "github.head_ref",
                "refs/pull/",
                "github.event.pull_request.merge_commit_sha",
                "github.event.issue.number",
                "github.event.number",
        };
        for (size_t i = 0; i < ELEMENTSOF(heads); i++)
                if (strcasestr(ref, heads[i]))
                        return true;
        return false;
}

static void judge_checkout(const struct workflow *w, const struct node *step)
{
        if (uses_action(step, "actions/checkout")) {
                const char *ref = input(step, "ref"), *repository = input(step, "repository");
                if (w->privileged && ((ref && names_foreign_head(ref)) ||
                                      (repository && names_foreign_head(repository))))
                        workflow_report(w, "untrusted-checkout", node_get(step, "uses"), 0,
                                        "checkout",
                                        "checks out a stranger's code where secrets and a writing "
                                        "token are at hand");
                const struct node *persist =
                        node_get(node_get(step, "with"), "persist-credentials");
                if (node_truth(persist) == 1)
                        workflow_report(w, "persist-credentials", persist, 0, "true",
                                        "the token stays in .git/config for every later step");
                else if (!persist && w->uploads_workspace)
                        workflow_report(w, "persist-credentials", node_get(step, "uses"), 1,
                                        "artefact",
                                        "the token in .git/config is uploaded with the workspace");
                return;
        }
        const char *run = node_text(node_get(step, "run"));
        if (run && w->privileged && (strstr(run, "gh pr checkout") || strstr(run, "refs/pull/")))
                workflow_report(w, "untrusted-checkout", node_get(step, "run"), 0, "run",
                                "checks out a stranger's code where secrets and a writing token "
                                "are at hand");
}

/* --- tokens -------------------------------------------------------------------------------- */

static void judge_app_token(const struct workflow *w, const struct node *step)
{
        const struct node *with = node_get(step, "with");

        if (!uses_action(step, "actions/create-github-app-token") &&
            !uses_action(step, "tibdex/github-app-token"))
                return;
        const char *skip = input(step, "skip-token-revoke");
        if (skip && strcasecmp(skip, "false") != 0)
                workflow_report(w, "app-token", node_get(with, "skip-token-revoke"), 0, "revoke",
                                "the token outlives its job");
        bool limited = node_get(with, "permissions") != NULL;
        NODE_CHILDREN(value, with)
        {
                limited =
                        limited || (value->key && strncasecmp(value->key, "permission-", 11) == 0);
        }
        if (with && !limited)
                workflow_report(w, "app-token", node_get(step, "uses"), 0, "permissions",
                                "the token has every permission of the app");
        else if (input(step, "owner") && !input(step, "repositories"))
                workflow_report(w, "app-token", node_get(with, "owner"), -1, "repositories",
                                "the token reaches every repository of the owner");
}

/* Finds word followed by blanks (or a continued line) and next; both whole words. */
static bool has_command(const char *script, const char *word, const char *next)
{
        size_t n = strlen(word), m = strlen(next);
        for (const char *s = script; (s = strstr(s, word)); s += n) {
                if (s > script && (isalnum((unsigned char)s[-1]) || s[-1] == '-' || s[-1] == '_'))
                        continue;
                const char *rest = s + n;
                if (strncmp(rest, ".exe", 4) == 0)
                        rest += 4;
                size_t blank = strspn(rest, " \t\\\n");
                if (rest[blank] == '+') { /* a toolchain */
                        blank += strcspn(rest + blank, " \t\\\n");
                        blank += strspn(rest + blank, " \t\\\n");
                }
                if (blank > 0 && strncmp(rest + blank, next, m) == 0 &&
                    !isalnum((unsigned char)rest[blank + m])) {
                        const char *line_end = strchr(rest + blank, '\n');
                        const char *dry = strstr(rest + blank, "--dry-run");
                        if (!dry || (line_end && dry > line_end))
                                return true;
                }
        }
        return false;
}

static const struct {
        const char *word, *next, *registry;
} publishers[] = {
        {"npm", "publish", "npm"},         {"pnpm", "publish", "npm"},
        {"yarn", "npm publish", "npm"},    {"bun", "publish", "npm"},
        {"cargo", "publish", "crates.io"}, {"twine", "upload", "PyPI"},
        {"nuget", "push", "NuGet"},        {"gem", "push", "RubyGems"},
        {"uv", "publish", "PyPI"},         {"hatch", "publish", "PyPI"},
        {"flit", "publish", "PyPI"},       {"poetry", "publish", "PyPI"},
        {"pdm", "publish", "PyPI"},
};

static void judge_publish(const struct workflow *w, const struct job *job, const struct node *step)
{
        const char *run = node_text(node_get(step, "run"));
        char detail[160];

        if (uses_action(step, "pypa/gh-action-pypi-publish") && input(step, "password")) {
                workflow_report(
                        w, "publish-token", node_get(node_get(step, "with"), "password"), 0, "PyPI",
                        "a stored token publishes to PyPI, where trusted publishing needs none");
                return;
        }
        if (uses_action(step, "rubygems/release-gem") &&
            strcmp(input(step, "setup-trusted-publisher") ?: "true", "false") == 0) {
                workflow_report(w, "publish-token", node_get(step, "uses"), 0, "RubyGems",
                                "trusted publishing is switched off");
                return;
        }
        if (!run || workflow_may_write(w, job, "id-token") == 1)
                return;
        for (size_t i = 0; i < ELEMENTSOF(publishers); i++) {
                if (!has_command(run, publishers[i].word, publishers[i].next))
                        continue;
                (void)snprintf(detail, sizeof(detail),
                               "publishes to %s without an identity token, so with a stored one",
                               publishers[i].registry);
                workflow_report(w, "publish-token", node_get(step, "run"), 0,
                                publishers[i].registry, detail);
                return;
        }
}

/* --- cloud roles --------------------------------------------------------------------------- */

static const struct {
        const char *action, *role, *key;
} cloud_logins[] = {
        {"aws-actions/configure-aws-credentials", "role-to-assume", "aws-access-key-id"},
        {"google-github-actions/auth", "workload_identity_provider", "credentials_json"},
        {"azure/login", "client-id", "creds"},
};

/* True if a condition of the step or job ties it to a branch, tag or environment. */
static bool is_gated(const struct job *job, const struct node *step)
{
        if (node_get(job->node, "environment"))
                return true;
        const struct node *conditions[] = {node_get(step, "if"), node_get(job->node, "if")};
        for (size_t i = 0; i < ELEMENTSOF(conditions); i++) {
                const char *text = conditions[i] ? conditions[i]->text : NULL;
                if (text && (strstr(text, "github.ref") || strstr(text, "github.event_name") ||
                             strstr(text, "github.base_ref")))
                        return true;
        }
        return false;
}

/* True if pushes to any branch start the workflow. */
static bool runs_on_every_push(const struct workflow *w)
{
        if (!workflow_has_event(w, "push"))
                return false;
        const struct node *push = node_get(w->on, "push");
        return !node_get(push, "branches") && !node_get(push, "tags");
}

static void judge_cloud_login(const struct workflow *w, const struct job *job,
                              const struct node *step)
{
        for (size_t i = 0; i < ELEMENTSOF(cloud_logins); i++) {
                if (!uses_action(step, cloud_logins[i].action))
                        continue;
                const struct node *with = node_get(step, "with");
                const struct node *role = node_get(with, cloud_logins[i].role),
                                  *key = node_get(with, cloud_logins[i].key);
                if (key)
                        workflow_report(w, "static-cloud-key", key, 0, cloud_logins[i].key,
                                        "a stored key logs in to the cloud, where the job's own "
                                        "identity could");
                if (!role || is_gated(job, step))
                        continue;
                if (w->outsiders)
                        workflow_report(w, "role-assumption-broad", role, 0, "outsiders",
                                        "also runs for pull requests, and no environment or branch "
                                        "guards the role");
                else if (runs_on_every_push(w))
                        workflow_report(w, "role-assumption-broad", role, -1, "push",
                                        "runs for pushes to every branch, and no environment "
                                        "guards the role");
        }
}

void workflow_judge_step(const struct workflow *w, const struct job *job, const struct node *step)
{
        if (step->type != NODE_MAPPING)
                return;
        judge_scripts(w, job, step);
        workflow_judge_uses(w, node_get(step, "uses"));
        judge_checkout(w, step);
        judge_app_token(w, step);
        judge_publish(w, job, step);
        judge_cloud_login(w, job, step);
}
