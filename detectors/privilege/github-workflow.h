/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the parts of the github-workflow analyser share. */

#include "common/base/macros.h"
#include "detectors/privilege/analyser.h"

/* A workflow, or a composite action. Borrows from the document. */
struct workflow {
        struct reporter *reporter;
        const struct analyser *analyser;
        struct node *root;
        const struct node *on;          /* its triggers; NULL for an action */
        const struct node *permissions; /* of the workflow; NULL absent */
        bool outsiders;  /* runs for what people without write access send: pull requests, issues,
                            comments */
        bool privileged; /* … and then with secrets and a writing token */
        bool uploads_workspace; /* a step uploads the whole workspace as an artefact */
        unsigned *steps_left;   /* of following values (github-flow.c); 0: given up */
};

struct job {
        struct node *node;
        const struct node *permissions;
        const struct node *env;
};

/* --- github-workflow.c */
void workflow_report(const struct workflow *w, const char *check, const struct node *at, int delta,
                     const char *what, const char *detail);
bool workflow_has_event(const struct workflow *w, const char *event);

/* --- github-job.c: permissions, runners, roles */
void workflow_judge_permissions(const struct workflow *w);
void workflow_judge_job(const struct workflow *w, const struct job *job);
/* 1: the job's token may write to this scope, 0: not, -1: not said */
int workflow_may_write(const struct workflow *w, const struct job *job, const char *scope);

/* --- github-step.c */
/* an action or called workflow by its name and version */
void workflow_judge_uses(const struct workflow *w, const struct node *uses);
void workflow_judge_step(const struct workflow *w, const struct job *job, const struct node *step);

/* Where an expression stands: what its names mean. */
struct expression_scope {
        const struct workflow *workflow;
        const struct node *job, *step; /* step may be NULL */
        unsigned depth;                /* of what was followed to get here */
};

/* --- github-expression.c */

/* Whether an expression ${{ … }} in text[0..n) is text that outsiders write; where they do is copied
 * into ret. */
bool expression_untrusted(const char *text, size_t n, const struct expression_scope *scope,
                          char *ret, size_t size);
/* True if an expression in text hands over the whole secrets context or picks from it by a computed
 * name. */
bool expression_all_secrets(const char *text);
/* True if an expression or bare condition compares the actor with a bot's name. */
bool expression_trusts_bot(const char *text);

/* --- github-flow.c: the same for a name inside an expression, in lower case: env.title,
 * steps.x.outputs.y, needs.…, matrix.… */
bool expression_name_untrusted(const char *name, const struct expression_scope *scope, char *ret,
                               size_t size);
