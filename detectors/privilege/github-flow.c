/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Follows the text of outsiders through a GitHub workflow: environment, outputs of steps and jobs,
 * matrix, to the expressions that use it (github-expression.c). Owns nothing.
 *
 * A script is not run: an output is an outsider's if the line that writes it also holds a variable
 * or an expression that is. Which actions hand on what outsiders chose is from their descriptions
 * (action.yml, README): names of changed files and branches, texts of comments and issues.
 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "detectors/privilege/github-workflow.h"

#define DEPTH_MAX 4u

static const struct {
        const char *action, *output; /* output NULL: any */
} foreign_outputs[] = {
        {"tj-actions/changed-files", NULL},
        {"tj-actions/branch-names", NULL},
        {"tj-actions/verify-changed-files", "changed-files"},
        {"step-security/changed-files", NULL},
        {"trilom/file-changes-action", NULL},
        {"jitterbit/get-changed-files", NULL},
        {"ahmadnassri/action-changed-files", NULL},
        {"masesgroup/retrieve-changed-files", NULL},
        {"lots0logs/gh-action-get-changed-files", NULL},
        {"xt0rted/pull-request-comment-branch", NULL},
        {"eficode/resolve-pr-refs", "head_ref"},
        {"potiuk/get-workflow-origin", "sourceHeadBranch"},
        {"peter-evans/find-comment", "comment-body"},
        {"peter-murray/issue-body-parser-action", NULL},
        {"stefanbuck/github-issue-parser", NULL},
        {"zentered/issue-forms-body-parser", NULL},
        {"edumserrano/github-issue-forms-parser", NULL},
        {"the-coding-turtle/ga-get-last-commit-message", NULL},
};

/* "steps.a.outputs.b" → "a", "b": the parts behind the first one; false if it is something else. */
static bool split(const char *name, const char *first, char *id, size_t size, const char **ret_rest)
{
        size_t n = strlen(first);

        if (strncmp(name, first, n) != 0)
                return false;
        const char *rest = name + n, *dot = strchr(rest, '.');
        if (!dot || (size_t)(dot - rest) >= size)
                return false;
        memcpy(id, rest, (size_t)(dot - rest));
        id[dot - rest] = '\0';
        *ret_rest = dot + 1;
        return true;
}

/* Counts a step; false if none is left. */
static bool may_step(const struct expression_scope *s)
{
        return *s->workflow->steps_left > 0 && --*s->workflow->steps_left > 0;
}

static const struct node *child_named(const struct expression_scope *s, const struct node *mapping,
                                      const char *name)
{
        NODE_CHILDREN(child, mapping)
        {
                if (!may_step(s))
                        return NULL;
                if (child->key && strcasecmp(child->key, name) == 0)
                        return child;
        }
        return NULL;
}

/* --- environment --------------------------------------------------------------------------- */

/* The innermost definition counts. */
static const struct node *variable(const struct expression_scope *s, const char *name)
{
        const struct node *const places[] = {s->step, s->job, s->workflow->root};

        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                const struct node *value = child_named(s, node_get(places[i], "env"), name);

                if (value)
                        return value;
        }
        return NULL;
}

/* Whether the line uses a variable of that name: $TITLE, ${TITLE}, $env:TITLE, %TITLE%. */
static bool uses_variable(const char *line, size_t n, const char *name)
{
        size_t k = strlen(name);

        for (size_t i = 1; i + k <= n; i++) {
                bool marked = line[i - 1] == '$' || line[i - 1] == '{' || line[i - 1] == ':' ||
                              line[i - 1] == '%';

                if (marked && memcmp(line + i, name, k) == 0 &&
                    (i + k == n || (!isalnum((unsigned char)line[i + k]) && line[i + k] != '_')))
                        return true;
        }
        return false;
}

/* --- outputs ------------------------------------------------------------------------------- */

static bool line_untrusted(const char *line, size_t n, const struct expression_scope *s, char *ret,
                           size_t size)
{
        const struct node *const places[] = {s->step, s->job, s->workflow->root};

        if (expression_untrusted(line, n, s, ret, size))
                return true;
        for (size_t i = 0; i < ELEMENTSOF(places); i++)
                NODE_CHILDREN(value, node_get(places[i], "env"))
                {
                        if (may_step(s) && value->key && value->text &&
                            uses_variable(line, n, value->key) &&
                            expression_untrusted(value->text, value->text_len, s, ret, size))
                                return true;
                }
        return false;
}

/* Whether the line writes the output: "name=…" >> $GITHUB_OUTPUT, ::set-output name=name:: */
static bool writes_output(const char *line, size_t n, const char *output)
{
        size_t k = strlen(output);

        for (size_t i = 0; i + k < n; i++) {
                bool begins = i == 0 || (!isalnum((unsigned char)line[i - 1]) &&
                                         line[i - 1] != '_' && line[i - 1] != '-');
                char after = line[i + k];

                if (begins && strncasecmp(line + i, output, k) == 0 &&
                    (after == '=' || after == ':' || after == '<'))
                        return true;
        }
        return false;
}

static bool script_untrusted(const char *script, const char *output,
                             const struct expression_scope *s, char *ret, size_t size)
{
        if (!strstr(script, "GITHUB_OUTPUT") && !strstr(script, "set-output"))
                return false;
        for (const char *line = script, *end; *line; line = *end ? end + 1 : end) {
                end = strchrnul(line, '\n');
                if (may_step(s) && writes_output(line, (size_t)(end - line), output) &&
                    line_untrusted(line, (size_t)(end - line), s, ret, size))
                        return true;
        }
        return false;
}

/* actions/github-script: what it returns, or sets, is code; a text of the event in it is enough. */
static bool hands_on_payload(const char *script)
{
        static const char *const texts[] = {".title",     ".body",    "head.ref",
                                            "head.label", ".message", "head_branch"};
        if (!strstr(script, "payload"))
                return false;
        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                if (strstr(script, texts[i]))
                        return true;
        return false;
}

static bool action_hands_on(const char *uses, const char *output)
{
        for (size_t i = 0; i < ELEMENTSOF(foreign_outputs); i++) {
                size_t n = strlen(foreign_outputs[i].action);

                if (strncasecmp(uses, foreign_outputs[i].action, n) == 0 &&
                    (uses[n] == '@' || uses[n] == '\0') &&
                    (!foreign_outputs[i].output ||
                     strcasecmp(output, foreign_outputs[i].output) == 0))
                        return true;
        }
        return false;
}

static bool step_untrusted(const struct node *step, const char *output,
                           const struct expression_scope *s, char *ret, size_t size)
{
        const char *uses = node_text(node_get(step, "uses"));
        const struct node *run = node_get(step, "run");
        struct expression_scope inside = *s;

        inside.step = step;
        if (uses && action_hands_on(uses, output)) {
                (void)snprintf(ret, size, "%.*s", (int)strcspn(uses, "@"), uses);
                return true;
        }
        const struct node *script = node_get(node_get(step, "with"), "script");
        if (uses && script && script->text && hands_on_payload(script->text)) {
                (void)snprintf(ret, size, "github-script");
                return true;
        }
        return run && run->text && script_untrusted(run->text, output, &inside, ret, size);
}

static bool output_of_step(const char *id, const char *output, const struct expression_scope *s,
                           char *ret, size_t size)
{
        NODE_ITEMS(step, node_get(s->job, "steps"))
        {
                const char *own = node_text(node_get(step, "id"));

                if (may_step(s) && own && strcasecmp(own, id) == 0)
                        return step_untrusted(step, output, s, ret, size);
        }
        return false;
}

static bool output_of_job(const char *id, const char *output, const struct expression_scope *s,
                          char *ret, size_t size)
{
        struct expression_scope there = *s;

        there.job = child_named(s, node_get(s->workflow->root, "jobs"), id);
        there.step = NULL;
        const struct node *value = child_named(s, node_get(there.job, "outputs"), output);
        return value && value->text &&
               expression_untrusted(value->text, value->text_len, &there, ret, size);
}

/* --- matrix -------------------------------------------------------------------------------- */

static bool axis_untrusted(const struct node *axis, const struct expression_scope *s, char *ret,
                           size_t size)
{
        NODE_ITEMS(value, axis)
        {
                if (may_step(s) && value->text &&
                    expression_untrusted(value->text, value->text_len, s, ret, size))
                        return true;
        }
        return false;
}

/* The matrix may be one expression, and so may what it includes. */
static bool matrix_untrusted(const char *name, const struct expression_scope *s, char *ret,
                             size_t size)
{
        const struct node *matrix = node_at(s->job, "strategy.matrix");
        char key[64];

        (void)snprintf(key, sizeof(key), "%.*s", (int)strcspn(name, "."), name);
        if (axis_untrusted(matrix && matrix->text ? matrix : child_named(s, matrix, key), s, ret,
                           size))
                return true;
        NODE_ITEMS(more, node_get(matrix, "include"))
        {
                if (axis_untrusted(more->text ? more : child_named(s, more, key), s, ret, size))
                        return true;
        }
        return false;
}

bool expression_name_untrusted(const char *name, const struct expression_scope *scope, char *ret,
                               size_t size)
{
        struct expression_scope s = *scope;
        char id[64];
        const char *rest;

        if (++s.depth > DEPTH_MAX || !may_step(&s))
                return false;
        if (strncmp(name, "env.", 4) == 0) {
                const struct node *value = variable(&s, name + 4);
                return value && value->text &&
                       expression_untrusted(value->text, value->text_len, &s, ret, size);
        }
        if (strncmp(name, "matrix.", 7) == 0)
                return matrix_untrusted(name + 7, &s, ret, size);
        bool step = split(name, "steps.", id, sizeof(id), &rest);
        if (!step && !split(name, "needs.", id, sizeof(id), &rest))
                return false;
        if (strncmp(rest, "outputs.", 8) != 0)
                return false;
        return step ? output_of_step(id, rest + 8, &s, ret, size)
                    : output_of_job(id, rest + 8, &s, ret, size);
}
