/* SPDX-FileCopyrightText: giad maintainers */

/*
 * The github-workflow analyser: GitHub workflows (also Gitea's and Forgejo's) and composite
 * actions. Recognised by shape: a mapping with `jobs` and `on`, or `runs` with `steps`. This file
 * finds them, knows what starts them, and hands jobs (github-job.c) and steps (github-step.c) to
 * their judges. Owns nothing.
 */

#include "detectors/privilege/github-workflow.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "detectors/privilege/reporter.h"

#define FOLLOW_STEPS 500000u

static const char *const checks[] = {
        "untrusted-checkout",
        "excessive-permissions",
        "default-permissions",
        "template-injection",
        "unpinned-action",
        "persist-credentials",
        "secrets-inherit",
        "all-secrets",
        "self-hosted-runner",
        "bot-condition",
        "insecure-commands",
        "role-assumption-broad",
        "static-cloud-key",
        "publish-token",
        "app-token",
        "dangerous-trigger",
        NULL,
};

static void run(const struct subject *s, struct reporter *r);

const struct analyser analyser_github_workflow = {
        .name = "github-workflow", .checks = checks, .run = run};

void workflow_report(const struct workflow *w, const char *check, const struct node *at, int delta,
                     const char *what, const char *detail)
{
        char identity[256];
        /* the nearest job and step by name, so that the finding is the same when lines move */
        const char *place = "";
        for (const struct node *n = at; n; n = n->parent)
                if (n->parent && n->parent->key && strcmp(n->parent->key, "jobs") == 0)
                        place = n->key ? n->key : "";
        (void)snprintf(identity, sizeof(identity), "%s/%s/%s", place, check, what ? what : "");
        report_check(w->reporter, w->analyser, check, spot_of_node(at), CERTAINTY_YES, delta,
                     identity, "%s", detail);
}

bool workflow_has_event(const struct workflow *w, const char *event)
{
        if (!w->on)
                return false;
        return w->on->type == NODE_MAPPING ? node_get(w->on, event) != NULL
                                           : node_contains(w->on, event);
}

static bool has_any_event(const struct workflow *w, const char *const *events, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (workflow_has_event(w, events[i]))
                        return true;
        return false;
}

static void read_triggers(struct workflow *w)
{
        /* these run with the target's secrets and token, and outsiders decide when and with what */
        static const char *const privileged[] = {
                "pull_request_target", "workflow_run",       "issue_comment", "issues",
                "discussion",          "discussion_comment",
        };
        static const char *const outside[] = {"pull_request", "pull_request_review", "fork",
                                              "watch"};

        w->privileged = has_any_event(w, privileged, ELEMENTSOF(privileged));
        w->outsiders = w->privileged || has_any_event(w, outside, ELEMENTSOF(outside));
}

static void judge_steps(const struct workflow *w, const struct job *job, const struct node *steps)
{
        NODE_ITEMS(step, steps)
        {
                workflow_judge_step(w, job, step);
        }
}

/* A step that uploads the workspace as it is, hidden files and all. */
static int visit_upload(struct node *n, void *userdata)
{
        (void)userdata;
        const char *uses = node_text(node_get(n, "uses"));
        if (!uses || strncmp(uses, "actions/upload-artifact", 23) != 0)
                return 0;
        const char *path = node_text(node_get(node_get(n, "with"), "path"));
        return path && (strcmp(path, ".") == 0 || strcmp(path, "./") == 0 ||
                        strstr(path, "github.workspace }}"));
}

static int visit_secret(struct node *n, void *userdata)
{
        (void)userdata;
        return n->text && strstr(n->text, "secrets.") && !strstr(n->text, "secrets.GITHUB_TOKEN");
}

/* These run in the target's name for what strangers send. What they have in their hands decides how
 * much that is. */
static void judge_triggers(const struct workflow *w)
{
        static const char *const dangerous[] = {"pull_request_target", "workflow_run"};

        for (size_t i = 0; i < ELEMENTSOF(dangerous); i++) {
                const struct node *event = node_get(w->on, dangerous[i]);

                if (!workflow_has_event(w, dangerous[i]))
                        continue;
                bool secrets = node_walk(w->root, visit_secret, NULL) != 0;
                workflow_report(w, "dangerous-trigger", event ? event : w->on, secrets ? 0 : -1,
                                dangerous[i],
                                secrets ? "runs for what strangers send, with secrets"
                                        : "runs for what strangers send, in the target's name");
        }
}

static void judge_workflow(struct workflow *w)
{
        read_triggers(w);
        judge_triggers(w);
        w->permissions = node_get(w->root, "permissions");
        w->uploads_workspace = node_walk(w->root, visit_upload, NULL) != 0;
        workflow_judge_permissions(w);
        NODE_CHILDREN(n, node_get(w->root, "jobs"))
        {
                if (n->type != NODE_MAPPING)
                        continue;
                struct job job = {.node = n,
                                  .permissions = node_get(n, "permissions"),
                                  .env = node_get(n, "env")};
                workflow_judge_job(w, &job);
                judge_steps(w, &job, node_get(n, "steps"));
        }
}

static void judge_action(struct workflow *w)
{
        struct job job = {.node = node_get(w->root, "runs")};
        workflow_judge_job(w, &job);
        judge_steps(w, &job, node_get(job.node, "steps"));
}

static void judge_document(struct node *root, struct reporter *r)
{
        unsigned steps_left = FOLLOW_STEPS;
        struct workflow w = {.reporter = r,
                             .analyser = &analyser_github_workflow,
                             .root = root,
                             .steps_left = &steps_left};

        if (root->type != NODE_MAPPING)
                return;
        w.on = node_get(root, "on");
        const struct node *jobs = node_get(root, "jobs"), *runs = node_get(root, "runs");
        if (!w.on) /* YAML 1.1 takes the bare word for a truth value */
                w.on = node_get(root, "true");
        if (w.on && jobs && jobs->type == NODE_MAPPING)
                judge_workflow(&w);
        else if (runs && runs->type == NODE_MAPPING && node_get(runs, "using"))
                judge_action(&w);
        if (steps_left == 0)
                scan_result_add_gap(r->result, REASON_PARSER_LIMIT, 0);
}

static void run(const struct subject *s, struct reporter *r)
{
        if (!s->doc || !doc_root(s->doc))
                return;
        struct node *root = doc_root(s->doc);
        if (!root->multi) {
                judge_document(root, r);
                return;
        }
        NODE_CHILDREN(document, root)
        {
                judge_document(document, r);
        }
}
