/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Judges what a GitHub workflow and its jobs are given: the token's permissions, secrets, runners.
 * A permission that is absent is not none: it is the repository's default, which may be to write
 * everything. Owns nothing.
 */

#include <string.h>
#include <strings.h>

#include "detectors/privilege/github-workflow.h"

/* Scopes with which code, packages, releases or identities can be changed; the others only make
 * noise. */
static const char *const grave_scopes[] = {
        "contents",     "packages", "actions",   "deployments",    "id-token", "security-events",
        "attestations", "pages",    "workflows", "administration", "statuses", "checks",
};

static bool all_writes(const struct node *permissions)
{
        return permissions && node_equals(permissions, "write-all");
}

/* The first grave scope that may be written, or NULL. */
static const struct node *grave_write(const struct node *permissions)
{
        if (!permissions || permissions->type != NODE_MAPPING)
                return NULL;
        for (size_t i = 0; i < ELEMENTSOF(grave_scopes); i++) {
                const struct node *value = node_get(permissions, grave_scopes[i]);
                if (value && node_equals(value, "write"))
                        return value;
        }
        return NULL;
}

/* Any other right to write that the whole workflow has. */
static const struct node *other_write(const struct node *permissions)
{
        NODE_CHILDREN(value, permissions)
        {
                if (node_equals(value, "write"))
                        return value;
        }
        return NULL;
}

int workflow_may_write(const struct workflow *w, const struct job *job, const char *scope)
{
        const struct node *permissions = job->permissions ? job->permissions : w->permissions;
        if (!permissions)
                return -1;
        if (all_writes(permissions))
                return 1;
        const struct node *value = node_get(permissions, scope);
        return value && node_equals(value, "write");
}

/* True if some job says nothing of its own. */
static bool job_without_permissions(const struct node *jobs)
{
        NODE_CHILDREN(job, jobs)
        if (job->type == NODE_MAPPING && !node_get(job, "permissions"))
                return true;
        return false;
}

void workflow_judge_permissions(const struct workflow *w)
{
        const struct node *jobs = node_get(w->root, "jobs"), *scope;
        bool several = jobs && jobs->count > 1;

        if (!w->permissions) {
                /* called workflows get what their caller has */
                bool only_called = workflow_has_event(w, "workflow_call") &&
                                   node_item_first(w->on) &&
                                   (node_is_scalar(w->on) || w->on->count == 1);
                if (!only_called && job_without_permissions(jobs))
                        workflow_report(w, "default-permissions", jobs, w->privileged ? 1 : 0,
                                        "absent",
                                        "no permissions: the token has the repository's default, "
                                        "maybe to write everything");
        } else if (all_writes(w->permissions))
                workflow_report(w, "excessive-permissions", w->permissions, 1, "write-all",
                                "the token may write everything");
        else if ((scope = grave_write(w->permissions)))
                workflow_report(w, "excessive-permissions", scope, several ? 0 : -1, scope->key,
                                "every job of the workflow gets this right; give it to the job "
                                "that needs it");
        else if (several && (scope = other_write(w->permissions)))
                workflow_report(w, "excessive-permissions", scope, -1, scope->key,
                                "every job of the workflow gets this right; give it to the job "
                                "that needs it");
        else if (several && node_equals(w->permissions, "read-all"))
                workflow_report(w, "excessive-permissions", w->permissions, -2, "read-all",
                                "every job may read everything, reports of weaknesses and "
                                "packages among it");
}

/* --- runners ------------------------------------------------------------------------------- */

static bool mentions_self_hosted(const struct node *n)
{
        NODE_ITEMS(item, n)
        {
                if (node_equals(item, "self-hosted"))
                        return true;
        }
        return false;
}

static const struct node *self_hosted(const struct node *job)
{
        const struct node *runs_on = node_get(job, "runs-on");
        if (!runs_on)
                return NULL;
        if (mentions_self_hosted(runs_on))
                return runs_on;
        const struct node *labels = node_get(runs_on, "labels");
        if (labels && mentions_self_hosted(labels))
                return labels;
        const char *text = runs_on->text;
        if (text && strstr(text, "matrix.")) {
                NODE_CHILDREN(axis, node_at(job, "strategy.matrix"))
                {
                        if (mentions_self_hosted(axis))
                                return axis;
                }
        }
        return NULL;
}

/* --- secrets ------------------------------------------------------------------------------- */

static int visit_text(struct node *n, void *userdata)
{
        const struct workflow *w = *(const struct workflow **)userdata;
        if (n->text && expression_all_secrets(n->text))
                workflow_report(w, "all-secrets", n, 0, n->key ? n->key : "expression",
                                "hands over every secret at once");
        if (n->key && strcasecmp(n->key, "ACTIONS_ALLOW_UNSECURE_COMMANDS") == 0 &&
            node_truth(n) == 1)
                workflow_report(w, "insecure-commands", n, 0, "env",
                                "output of a step can set the environment of later ones");
        if (n->key && strcmp(n->key, "if") == 0 && n->text && expression_trusts_bot(n->text))
                workflow_report(
                        w, "bot-condition", n, w->privileged ? 1 : 0, "if",
                        "the actor is who acted last, which an outsider can arrange to be a bot");
        return 0;
}

void workflow_judge_job(const struct workflow *w, const struct job *job)
{
        const struct node *hosted = self_hosted(job->node),
                          *secrets = node_get(job->node, "secrets");

        (void)node_walk(job->node, visit_text, &w);
        if (all_writes(job->permissions))
                workflow_report(w, "excessive-permissions", job->permissions, 1, "write-all",
                                "the token may write everything");
        if (hosted)
                workflow_report(w, "self-hosted-runner", hosted, w->outsiders ? 1 : 0, "runs-on",
                                w->outsiders ? "outsiders' code runs on a machine of your own"
                                             : "jobs share a machine of your own, and what one "
                                               "leaves the next finds");
        if (secrets && node_equals(secrets, "inherit")) {
                const char *uses = node_text(node_get(job->node, "uses"));
                workflow_report(w, "secrets-inherit", secrets, uses && uses[0] == '.' ? -1 : 0,
                                "inherit",
                                "the called workflow gets every secret, not those that it needs");
        }
        workflow_judge_uses(w, node_get(job->node, "uses"));
}
