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

/* --- github-expression.c */

/* The first piece of an expression ${{ … }} in text that outsiders write, copied into ret; false if
 * there is none. env: environment mappings (up to n, NULLs allowed) through which it may come. */
bool expression_untrusted(const char *text, const struct node *const *env, size_t n, char *ret,
                          size_t size);
/* True if an expression in text hands over the whole secrets context or picks from it by a computed
 * name. */
bool expression_all_secrets(const char *text);
/* True if an expression or bare condition compares the actor with a bot's name. */
bool expression_trusts_bot(const char *text);
